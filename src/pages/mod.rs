//! pages: being built.

pub mod app;
pub mod hints;
pub mod showcase;
