//! Registration and its confirmation (M1, M2).
