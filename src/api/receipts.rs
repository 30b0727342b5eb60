//! Forming a receipt (M7).
