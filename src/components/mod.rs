//! components: being built.
