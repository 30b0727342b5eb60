//! The receipt as a PDF and the payment QR on it: typst as a library, in process.
//!
//! What a receipt says is decided in `domain::receipt`; this room only sets it on paper. No clock, no disk, no network:
//! the same record gives the same bytes. May import `domain`.

pub mod payment_qr;
pub mod receipt;
pub mod sample;
#[cfg(test)]
mod scanned;

pub use receipt::{DocumentError, ReceiptPrinter};
