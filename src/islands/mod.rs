//! islands: being built.
