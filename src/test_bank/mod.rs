//! test_bank: being built.
