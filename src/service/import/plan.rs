//! Shared by all passes over a file: how to read it, and the stored records that its rows may refer to.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::PathBuf;
use std::sync::Arc;

use super::{ImportError, Result};
use crate::domain::account::AccountNumber;
use crate::domain::id::{AccountId, MeterId, ProviderId};
use crate::exchange::{Kind, Reader, Reason, Record, Rules, Survey};
use crate::storage::Database;
use crate::storage::bulk::{AccountIds, MeterIds};

/// Bytes per read of a file.
const READ_BUFFER: usize = 256 * 1024;

/// The stored records that rows may refer to.
#[derive(Default)]
pub(super) struct Known {
    pub(super) accounts: Option<AccountIds>,
    meters: Option<MeterIds>,
}

impl Known {
    /// Loads the records that rows of a kind may refer to.
    pub(super) async fn load(db: &Database, kind: Kind, provider: Option<&ProviderId>) -> Result<Self> {
        let mut known = Self::default();
        let Some(provider) = provider else { return Ok(known) };
        let mut connection = db.read().await?;
        if matches!(kind, Kind::Charges | Kind::Payments | Kind::Meters | Kind::Readings) {
            known.accounts = Some(AccountIds::load(&mut connection, provider).await?);
        }
        if kind == Kind::Readings {
            known.meters = Some(MeterIds::load(&mut connection, provider).await?);
        }
        Ok(known)
    }

    /// The first missing record that a row refers to: the column and the reason.
    pub(super) fn missing<R: Record>(&self, record: &R) -> Option<(&'static str, Reason)> {
        let account = record.account()?;
        if self.accounts.as_ref().is_some_and(|accounts| accounts.place(account).is_none()) {
            return Some(("account", Reason::UnknownAccount));
        }
        let serial = record.meter_serial()?;
        let unknown = self.meters.as_ref().is_some_and(|meters| meters.find(account, serial).is_none());
        unknown.then_some(("serial", Reason::UnknownMeter))
    }

    /// The id of an account; the check has verified that it exists.
    pub(super) fn account(&self, number: &AccountNumber) -> Result<AccountId> {
        self.accounts.as_ref().and_then(|accounts| accounts.find(number)).ok_or(ImportError::FileChanged)
    }

    /// The id of a meter; the check has verified that it exists.
    pub(super) fn meter(&self, number: &AccountNumber, serial: &str) -> Result<MeterId> {
        self.meters.as_ref().and_then(|meters| meters.find(number, serial)).ok_or(ImportError::FileChanged)
    }
}

/// How to read a file, the same in each pass.
#[derive(Clone)]
pub(super) struct Plan {
    pub(super) path: PathBuf,
    pub(super) survey: Survey,
    pub(super) rules: Rules,
    pub(super) known: Arc<Known>,
}

impl Plan {
    /// Opens the file for a pass.
    pub(super) fn open<R: Record>(&self) -> io::Result<Reader<R, BufReader<File>>> {
        self.read(File::open(&self.path)?)
    }

    /// Starts a pass over an open file.
    pub(super) fn read<R: Record, I: Read>(&self, input: I) -> io::Result<Reader<R, BufReader<I>>> {
        let input = BufReader::with_capacity(READ_BUFFER, input);
        Reader::open(input, self.survey.encoding, self.rules)
    }
}
