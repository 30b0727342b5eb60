//! What one row of each kind says, in the domain's own types. A file each.

mod account;
mod charge;
mod meter;
mod payment;
mod provider;
mod reading;
mod value;

use std::hash::{DefaultHasher, Hash, Hasher};

pub use account::AccountRecord;
pub use charge::ChargeRecord;
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
    /// Whether every file has it.
    pub required: bool,
    /// Secret or personal: its value is never quoted in a fault.
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

/// What files of one provider must keep to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rules {
    /// Digits of this provider's account numbers.
    pub account_length: u8,
}

/// A row of one kind.
pub trait Record: Sized + Send + 'static {
    /// Which kind it is.
    const KIND: Kind;
    /// The kind's columns, in the order in which they are written.
    const COLUMNS: &'static [Column];

    /// Makes a record of a row; `None` when the row has faults, which it has noted.
    fn read(row: &mut Row<'_>) -> Option<Self>;

    /// Writes the cells in the order of [`Self::COLUMNS`].
    fn write(&self, cells: &mut CellWriter);

    /// Feeds what no two rows of a file may share.
    fn hash_key(&self, hasher: &mut dyn Hasher);

    /// The account that the row is about, if it is about one.
    fn account(&self) -> Option<&AccountNumber>;

    /// The meter of that account that the row refers to, and that must be there already.
    fn meter_serial(&self) -> Option<&str> {
        None
    }

    /// 96 bits of the key: among five million rows two different keys meet once in 10^15 files.
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

/// Feeds a text and its end, so that two texts never run into one another.
fn hash_text(text: &str, hasher: &mut dyn Hasher) {
    hasher.write(text.as_bytes());
    hasher.write_u8(0xFF);
}
