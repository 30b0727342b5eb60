//! The records of each kind, in the domain's types; one module per kind.

mod account;
mod charge;
mod consent;
mod meter;
mod payment;
mod provider;
mod reading;
mod value;

use std::hash::{DefaultHasher, Hash, Hasher};

pub use account::AccountRecord;
pub use charge::ChargeRecord;
pub use consent::ConsentLine;
pub use meter::MeterRecord;
pub use payment::PaymentRecord;
pub use provider::ProviderRecord;
pub use reading::{DEFAULT_SOURCE, ReadingRecord};

use super::Kind;
use super::reader::Row;
use super::writer::CellWriter;
use crate::domain::account::AccountNumber;

/// One column of a kind.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Column {
    /// Its name in the header.
    pub name: &'static str,
    /// Whether it is required in every file.
    pub required: bool,
    /// Secret or personal data: a fault never quotes its value.
    pub private: bool,
}

impl Column {
    const fn required(name: &'static str) -> Self {
        Self { name, required: true, private: false }
    }

    const fn optional(name: &'static str) -> Self {
        Self { name, required: false, private: false }
    }

    const fn private(self) -> Self {
        Self { private: true, ..self }
    }
}

/// The rules for files of one provider.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rules {
    /// Digits of this provider's account numbers.
    pub account_length: u8,
}

/// A row of one kind.
pub trait Record: Sized + Send + 'static {
    /// The kind.
    const KIND: Kind;
    /// The kind's columns, in the order of writing.
    const COLUMNS: &'static [Column];

    /// Parses a row into a record; `None` when the row has faults, which are added to the findings.
    fn read(row: &mut Row<'_>) -> Option<Self>;

    /// Writes the cells in the order of [`Self::COLUMNS`].
    fn write(&self, cells: &mut CellWriter);

    /// Hashes the record's unique key within a file.
    fn hash_key(&self, hasher: &mut dyn Hasher);

    /// The account of the row, if it has one.
    fn account(&self) -> Option<&AccountNumber>;

    /// The account's meter to which the row refers; it must exist already.
    fn meter_serial(&self) -> Option<&str> {
        None
    }

    /// A 96-bit hash of the key: among five million rows two different keys collide once in 10^15 files.
    #[expect(clippy::cast_possible_truncation, reason = "half of a hash")]
    fn fingerprint(&self) -> (u64, u32) {
        let half = |salt: u8| {
            let mut hasher = DefaultHasher::new();
            salt.hash(&mut hasher);
            self.hash_key(&mut hasher);
            hasher.finish()
        };
        (half(0), half(1) as u32)
    }
}

/// Hashes a text and a terminator, so that adjacent texts stay distinct.
fn hash_text(text: &str, hasher: &mut dyn Hasher) {
    hasher.write(text.as_bytes());
    hasher.write_u8(0xFF);
}
