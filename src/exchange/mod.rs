//! Registries: what billing gives the portal and takes from it, as files (exchange, version 1). Readers and writers,
//! streamed: memory does not grow with the file.
//!
//! Knows the form of a file and what one row says; does not know the database, nor whether an account is there.
//! May import `domain` and its own libraries.

pub mod cells;
pub mod fault;
pub mod reader;
pub mod record;
pub mod survey;
pub mod writer;

pub use fault::{Fault, Findings, Reason, Warning};
pub use reader::{Reader, Row};
pub use record::{
    AccountRecord, ChargeRecord, Column, MeterRecord, PaymentRecord, ProviderRecord, ReadingRecord, Record, Rules,
};
pub use survey::{Encoding, Survey, survey};
pub use writer::Writer;

use std::fmt;

/// What a file of exchange holds.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Kind {
    /// Suppliers with their requisites.
    Providers,
    /// Billed accounts.
    Accounts,
    /// Settlements by account, month and service.
    Charges,
    /// Payments as billing lists them.
    Payments,
    /// Meters of accounts.
    Meters,
    /// Values of meters.
    Readings,
}

impl Kind {
    /// Every kind, in an order in which a whole set of files can be loaded.
    pub const ALL: [Self; 6] =
        [Self::Providers, Self::Accounts, Self::Charges, Self::Payments, Self::Meters, Self::Readings];

    /// As the command line and the table of imports name it.
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

    /// From the command line or storage.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// In words, for the page.
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

    /// Whether a file of this kind belongs to one provider, whose code must be given.
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
