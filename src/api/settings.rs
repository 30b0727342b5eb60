//! The actions of the settings: profile, password, sessions, second factor (M10).
