//! The receipt as one data record.
