//! console: being built.
