//! Signing in, the second factor, signing out.
