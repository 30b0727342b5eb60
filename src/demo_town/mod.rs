//! A made-up town as exchange files, version 1: four suppliers, two thousand accounts, three years of settlements. The
//! same day gives the same bytes. It contains no real people and no
//! real towns.
//!
//! It only writes files: they are imported like any billing's own. May import `domain` and `exchange` (its writers).

mod bulk;
mod dice;
mod household;
mod ledger;
mod names;
mod plot;
mod rates;
mod suppliers;

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use jiff::civil::Date;

pub use bulk::{BulkFiles, write_charges};

use crate::domain::account::AccountNumber;
use crate::domain::calendar::Period;
use crate::domain::pin::Pin;
use crate::exchange::{
    AccountRecord, ChargeRecord, Kind, MeterRecord, PaymentRecord, ProviderRecord, ReadingRecord, Record, Writer,
};
use household::Household;
use ledger::Story;
use plot::{Plot, TALES, Tale};
use suppliers::SUPPLIERS;

/// Months of settlements.
pub const MONTHS: u32 = 36;

/// The written town.
pub struct Town {
    /// Its files, in the order in which they have to be imported.
    pub files: Vec<TownFile>,
    /// Accounts for demonstrations.
    pub showcase: Vec<ShowcaseAccount>,
}

/// One file of the town.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TownFile {
    /// The kind of its records.
    pub kind: Kind,
    /// The provider's code; `None` for the list of providers.
    pub provider_code: Option<&'static str>,
    /// Its path.
    pub path: PathBuf,
    /// Its rows.
    pub rows: u64,
    /// Warnings expected when it is imported: one month of one account deliberately does not continue the previous one.
    pub warnings: u64,
}

/// An account for demonstrations. Made up, so its PIN may be shown.
pub struct ShowcaseAccount {
    /// The provider's code.
    pub provider_code: &'static str,
    /// The supplier's name.
    pub provider_name: &'static str,
    /// Its number.
    pub number: AccountNumber,
    /// Its PIN.
    pub pin: Pin,
    /// What it demonstrates, in Russian.
    pub shows: &'static str,
    /// The login of the demo's user who has it in full access.
    pub owner: Option<&'static str>,
}

/// Writes the town in its state on a day: settlements through the month before, readings and payments through the day
/// itself. The folder is created; files in it are replaced.
///
/// # Errors
/// The [`io::Error`] when the folder or a file cannot be written.
pub fn write_town(folder: &Path, today: Date) -> io::Result<Town> {
    std::fs::create_dir_all(folder)?;
    let mut files = vec![write_providers(folder)?];
    for supplier in 0..SUPPLIERS.len() {
        files.extend(write_supplier(folder, supplier, today)?);
    }
    Ok(Town { files, showcase: showcase_accounts() })
}

/// Accounts for demonstrations, each with a story; the same on every day.
pub fn showcase_accounts() -> Vec<ShowcaseAccount> {
    let shown = |tale: &Tale| {
        let household = Household::new(tale.supplier, tale.index);
        let supplier = &SUPPLIERS[tale.supplier];
        ShowcaseAccount {
            provider_code: supplier.code,
            provider_name: supplier.name,
            number: household.number(),
            pin: household.pin(),
            shows: tale.shows,
            owner: tale.owner,
        }
    };
    TALES.iter().map(shown).collect()
}

fn write_providers(folder: &Path) -> io::Result<TownFile> {
    let mut sheet = Sheet::<ProviderRecord>::create(folder, None)?;
    for supplier in &SUPPLIERS {
        sheet.write(&supplier.record())?;
    }
    sheet.finish(0)
}

fn write_supplier(folder: &Path, supplier: usize, today: Date) -> io::Result<[TownFile; 5]> {
    let code = SUPPLIERS[supplier].code;
    let mut accounts = Sheet::<AccountRecord>::create(folder, Some(code))?;
    let mut charges = Sheet::<ChargeRecord>::create(folder, Some(code))?;
    let mut payments = Sheet::<PaymentRecord>::create(folder, Some(code))?;
    let mut meters = Sheet::<MeterRecord>::create(folder, Some(code))?;
    let mut readings = Sheet::<ReadingRecord>::create(folder, Some(code))?;
    let mut gaps = 0;
    for index in 0..SUPPLIERS[supplier].accounts {
        let household = Household::new(supplier, index);
        let story = Story::tell(&household, last_period(today), today);
        accounts.write(&household.record(last_period(today)))?;
        story.charges.iter().try_for_each(|charge| charges.write(charge))?;
        story.payments.iter().try_for_each(|payment| payments.write(payment))?;
        story.meter.iter().try_for_each(|meter| meters.write(meter))?;
        story.readings.iter().try_for_each(|reading| readings.write(reading))?;
        gaps += u64::from(household.plot() == Plot::Gap);
    }
    Ok([accounts.finish(0)?, charges.finish(gaps)?, payments.finish(0)?, meters.finish(0)?, readings.finish(0)?])
}

/// The newest month with settlements: the current one is not charged yet.
fn last_period(today: Date) -> Period {
    Period::of(today).previous()
}

/// A file being written.
struct Sheet<R: Record> {
    writer: Writer<R, BufWriter<File>>,
    provider_code: Option<&'static str>,
    path: PathBuf,
    rows: u64,
}

impl<R: Record> Sheet<R> {
    fn create(folder: &Path, provider_code: Option<&'static str>) -> io::Result<Self> {
        let folder = folder.join(provider_code.unwrap_or_default());
        std::fs::create_dir_all(&folder)?;
        let path = folder.join(format!("{}.csv", R::KIND));
        let writer = Writer::new(BufWriter::new(File::create(&path)?))?;
        Ok(Self { writer, provider_code, path, rows: 0 })
    }

    fn write(&mut self, record: &R) -> io::Result<()> {
        self.rows += 1;
        self.writer.write(record)
    }

    fn finish(self, warnings: u64) -> io::Result<TownFile> {
        let Self { writer, provider_code, path, rows } = self;
        writer.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok(TownFile { kind: R::KIND, provider_code, path, rows, warnings })
    }
}

#[cfg(test)]
mod tests;
