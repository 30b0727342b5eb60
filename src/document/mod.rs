//! document: being built.
