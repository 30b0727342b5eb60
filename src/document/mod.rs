//! Documents: the receipt and the payment QR on it, the statement, the certificates of a payment and
//! of no debt. typst as a library, in process.
//!
//! `domain` decides the content of a document; this room only lays it out. No clock, no disk, no network: the same
//! record gives the same bytes. May import `domain`.

pub mod cases;
pub mod certificate;
#[cfg(test)]
mod golden;
mod letters;
pub mod no_debt;
mod object_streams;
pub mod payment_qr;
mod press;
mod previews;
mod provider;
mod receipt;
pub mod sample;
#[cfg(test)]
mod scanned;
pub mod statement;

pub use press::{DocumentError, Press};
