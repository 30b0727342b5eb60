//! A print run: the receipts of all accounts of a provider for a month, and the list of them. Either one PDF for each
//! account, for sending, or many receipts per file in address order, for a print shop and a courier; in a folder or in
//! an archive.
//!
//! A stopped run can be resumed at any point: the same run then prints the missing receipts. After a completed run the
//! next one prints all of them again. Invalid data of one account is reported and does not stop the other receipts; a
//! failing database or disk stops the run.

mod archive;
mod list;
mod merged;

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use futures::{StreamExt as _, stream};
use thiserror::Error;

use self::list::{List, Row, hash, write_private};
use super::receipts::{lacks_code, receipt_of};
use super::vault::VaultError;
use super::{Fault, Services};
use crate::document::DocumentError;
use crate::domain::account::{Account, AccountNumber};
use crate::domain::calendar::Period;
use crate::domain::money::Money;
use crate::domain::provider::Provider;
use crate::domain::receipt::Receipt;
use crate::storage::{StorageError, accounts, providers};

/// Accounts per page of the query.
const ACCOUNTS_AT_ONCE: i64 = 1_000;
/// Failed accounts that are listed; the rest are only counted.
const FAILED_NAMED: usize = 100;

/// Why a run failed.
#[derive(Debug, Error)]
pub enum PrintRunError {
    /// No provider has this billing code.
    #[error("there is no provider {0}")]
    UnknownProvider(String),
    /// The database failed, or another error that is not caused by one account's data.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// A file or folder of the run cannot be read or written.
    #[error("cannot read or write {0}")]
    Disk(PathBuf, #[source] io::Error),
    /// The list's path is taken by a file that this program did not create.
    #[error("{0} is no list of receipts")]
    Foreign(PathBuf),
    /// An archive of that name already exists.
    #[error("{0} is there already")]
    Taken(PathBuf),
    /// Another process prints the same month into the same folder.
    #[error("{0} is in use: the same receipts are being printed there")]
    Running(PathBuf),
}

impl From<StorageError> for PrintRunError {
    fn from(error: StorageError) -> Self {
        Self::Fault(error.into())
    }
}

/// How receipts are distributed over files.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Files {
    /// One file per account.
    PerAccount,
    /// Many receipts per file, in address order.
    Merged,
}

/// What to print, and where to.
#[derive(Clone, Debug)]
pub struct PrintRun {
    /// Billing's code of the provider.
    pub provider_code: String,
    /// The month.
    pub period: Period,
    /// How receipts are distributed over files.
    pub files: Files,
    /// A folder, created if missing; it may contain other months and providers too. Or an archive, whose name ends with
    /// `.zip`.
    pub out: PathBuf,
    /// Receipts, or merged files, printed concurrently, at least 1.
    pub jobs: usize,
}

impl PrintRun {
    /// The path of the result of a completed run: the list, or the archive that contains it.
    pub fn result(&self) -> PathBuf {
        if self.is_archive() { self.out.clone() } else { self.list() }
    }

    fn is_archive(&self) -> bool {
        self.out.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip"))
    }

    /// The folder for the files. Those of an archive are collected beside it: an incomplete archive cannot be read, so
    /// a stopped run could not resume from it.
    fn folder(&self) -> PathBuf {
        if !self.is_archive() {
            return self.out.clone();
        }
        let archive = self.out.file_name().unwrap_or_default().to_string_lossy();
        self.out.with_file_name(format!("{archive}.{}.unfinished", self.name()))
    }

    fn list(&self) -> PathBuf {
        self.folder().join(format!("{}.csv", self.name()))
    }

    fn unfinished(&self) -> PathBuf {
        self.folder().join(format!("{}.unfinished", self.name()))
    }

    fn path(&self, file_name: &str) -> PathBuf {
        self.folder().join(file_name)
    }

    fn file_name(&self, account: &AccountNumber) -> String {
        format!("{}-{account}.pdf", self.name())
    }

    /// The prefix of its file names.
    fn name(&self) -> String {
        let kind = match self.files {
            Files::PerAccount => "",
            Files::Merged => "-print",
        };
        format!("{}-{}{kind}", self.provider_code, self.period.machine())
    }
}

/// The result of a run.
#[derive(Debug, Default)]
pub struct Printed {
    /// Receipts printed by this call.
    pub printed: u64,
    /// Those of them with a sum to pay but no payment QR code: the provider's bank details are missing.
    pub without_code: u64,
    /// Receipts that the run had printed before it was stopped.
    pub kept: u64,
    /// Accounts without charges in the month.
    pub without_charges: u64,
    /// Accounts that failed.
    pub failures: u64,
    /// The first hundred failed accounts, with the cause.
    pub failed: Vec<(AccountNumber, Fault)>,
}

impl Printed {
    fn done(&self) -> u64 {
        self.printed + self.kept + self.without_charges + self.failures
    }

    fn note(&mut self, end: End, list: &mut List) -> Result<(), PrintRunError> {
        match end {
            End::Printed(number, row, lacks_code) => {
                list.add(number, row)?;
                self.printed += 1;
                self.without_code += u64::from(lacks_code);
            }
            End::Kept => self.kept += 1,
            End::NoCharges(number) => {
                list.drop_account(&number)?;
                self.without_charges += 1;
            }
            End::Failed(number, cause) => {
                list.drop_account(&number)?;
                self.failures += 1;
                if self.failed.len() < FAILED_NAMED {
                    self.failed.push((number, cause));
                }
            }
        }
        Ok(())
    }
}

/// Prints the receipts; `progress` gets the number of finished accounts and the total.
///
/// # Errors
/// [`PrintRunError`] when the provider is unknown, the output is taken or in use, or the database or the disk fails;
/// the receipts printed so far stay, and the same run resumes from there.
pub async fn print_all(
    services: &Services,
    run: &PrintRun,
    progress: impl FnMut(u64, u64),
) -> Result<Printed, PrintRunError> {
    let (provider, total) = find_provider(services, &run.provider_code).await?;
    let list = List::open(run)?;
    let desk = Desk { services, run, provider, total };
    let (printed, list) = match run.files {
        Files::PerAccount => print_each(&desk, list, progress).await?,
        Files::Merged => merged::print(&desk, list, progress).await?,
    };
    if run.is_archive() {
        let run = run.clone();
        // The list stays locked, and the run resumable, until the archive is complete.
        let packing = tokio::task::spawn_blocking(move || archive::pack(&run, &list));
        packing.await.map_err(|_| Fault::Broken("the packing of receipts panicked"))??;
    } else {
        list.finish()?;
        list.close()?;
    }
    Ok(printed)
}

/// The context shared by all parts of a run.
struct Desk<'a> {
    services: &'a Services,
    run: &'a PrintRun,
    provider: Provider,
    /// Accounts of the provider.
    total: u64,
}

async fn print_each(
    desk: &Desk<'_>,
    mut list: List,
    mut progress: impl FnMut(u64, u64),
) -> Result<(Printed, List), PrintRunError> {
    let mut printed = Printed::default();
    let mut last = None;
    loop {
        let accounts = next_accounts(desk, last.as_ref()).await?;
        let Some(newest) = accounts.last() else { break };
        last = Some(newest.number.clone());
        let prints: Vec<_> = accounts
            .into_iter()
            .map(|account| {
                let earlier = list.row(&account.number);
                print_one(desk, account, earlier)
            })
            .collect();
        let mut prints = stream::iter(prints).buffer_unordered(desk.run.jobs.max(1));
        while let Some(end) = prints.next().await {
            printed.note(end?, &mut list)?;
            progress(printed.done(), desk.total);
        }
    }
    Ok((printed, list))
}

async fn find_provider(services: &Services, code: &str) -> Result<(Provider, u64), PrintRunError> {
    let mut connection = services.db().read().await?;
    let provider = providers::by_code(&mut connection, code).await?;
    let provider = provider.ok_or_else(|| PrintRunError::UnknownProvider(code.to_owned()))?;
    let total = accounts::count_of_provider(&mut connection, &provider.id).await?;
    Ok((provider, u64::try_from(total).unwrap_or_default()))
}

async fn next_accounts(desk: &Desk<'_>, last: Option<&AccountNumber>) -> Result<Vec<Account>, PrintRunError> {
    let mut connection = desk.services.db().read().await?;
    Ok(accounts::of_provider(&mut connection, &desk.provider.id, last, ACCOUNTS_AT_ONCE).await?)
}

/// The outcome for one account.
enum End {
    /// The flag is set when the payment QR code is missing.
    Printed(AccountNumber, Row, bool),
    Kept,
    NoCharges(AccountNumber),
    Failed(AccountNumber, Fault),
}

async fn print_one(desk: &Desk<'_>, account: Account, earlier: Option<Row>) -> Result<End, PrintRunError> {
    let number = account.number.clone();
    if let Some(row) = earlier
        && row.holds(desk.run.path(&row.file)).await
    {
        return Ok(End::Kept);
    }
    match print_file(desk, &account).await {
        Ok(Some((row, lacks_code))) => Ok(End::Printed(number, row, lacks_code)),
        Ok(None) => Ok(End::NoCharges(number)),
        Err(PrintRunError::Fault(fault)) if lies_in_the_account(&fault) => Ok(End::Failed(number, fault)),
        Err(error) => Err(error),
    }
}

/// Writes the account's receipt, if it has one.
async fn print_file(desk: &Desk<'_>, account: &Account) -> Result<Option<(Row, bool)>, PrintRunError> {
    let Some(receipt) = receipt_of(desk.services, &desk.provider, account, desk.run.period).await? else {
        return Ok(None);
    };
    let press = desk.services.inner.press.clone();
    let issued = desk.services.today();
    let name = desk.run.file_name(&account.number);
    let path = desk.run.path(&name);
    let printing = tokio::task::spawn_blocking(move || {
        let sum = sum_of(&receipt)?;
        let pdf = press.receipt(&receipt).map_err(Fault::from)?;
        write_file(&path, &pdf)?;
        Ok((Row { sum, file: name, page: 1, hash: hash(&pdf), issued }, lacks_code(&receipt)))
    });
    printing.await.map_err(|_| Fault::Broken("the printing of a receipt panicked"))?.map(Some)
}

fn sum_of(receipt: &Receipt) -> Result<Money, Fault> {
    receipt.payable().map_err(|error| DocumentError::Receipt(error.into()).into())
}

fn write_file(path: &Path, pdf: &[u8]) -> Result<(), PrintRunError> {
    write_private(path, |mut to| to.write_all(pdf)).map_err(|error| PrintRunError::Disk(path.to_owned(), error))
}

/// Whether only this account is affected, so that the run continues with the next one.
fn lies_in_the_account(fault: &Fault) -> bool {
    matches!(
        fault,
        Fault::Document(_)
            | Fault::Broken(_)
            | Fault::Sealed(VaultError::Unreadable)
            | Fault::Storage(StorageError::Corrupt { .. })
    )
}
