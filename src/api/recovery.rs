//! Recovering a password: ask, code, new password.
