//! exchange: being built.
