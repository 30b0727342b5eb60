//! Registries: files exchanged between billing and the portal (exchange, version 1). Readers and writers are streaming:
//! memory does not grow with the file.
//!
//! Handles the format of a file and the content of one row; does not access the database or check that an account
//! exists. May import `domain` and its own libraries.

pub mod cells;
pub mod fault;
pub mod reader;
pub mod record;
pub mod survey;
pub mod writer;

pub use fault::{Fault, Findings, Reason, Warning};
pub use reader::{Reader, Row};
pub use record::{
    AccountRecord, ChargeRecord, Column, ConsentLine, MeterRecord, PaymentRecord, ProviderRecord, ReadingRecord,
    Record, Rules,
};
pub use survey::{Encoding, Survey, survey};
pub use writer::Writer;

use std::fmt;

/// The content of an exchange file.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Kind {
    /// Suppliers with their requisites.
    Providers,
    /// Billed accounts.
    Accounts,
    /// Settlements by account, month and service.
    Charges,
    /// Payments listed by billing.
    Payments,
    /// Meters of accounts.
    Meters,
    /// Readings of meters.
    Readings,
}

impl Kind {
    /// Every kind, in an order in which a whole set of files can be loaded.
    pub const ALL: [Self; 6] =
        [Self::Providers, Self::Accounts, Self::Charges, Self::Payments, Self::Meters, Self::Readings];

    /// The name on the command line and in the table of imports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Providers => "providers",
            Self::Accounts => "accounts",
            Self::Charges => "charges",
            Self::Payments => "payments",
            Self::Meters => "meters",
            Self::Readings => "readings",
        }
    }

    /// Parses the name from the command line or storage.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The label on the page.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Providers => "поставщики",
            Self::Accounts => "лицевые счета",
            Self::Charges => "начисления",
            Self::Payments => "платежи",
            Self::Meters => "приборы учёта",
            Self::Readings => "показания",
        }
    }

    /// Whether a file of this kind belongs to one provider and requires its code.
    pub const fn needs_provider(self) -> bool {
        !matches!(self, Self::Providers)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests;
