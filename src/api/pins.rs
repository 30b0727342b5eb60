//! Requesting a PIN and entering it (M4, M5).
