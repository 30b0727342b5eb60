//! service: being built.
