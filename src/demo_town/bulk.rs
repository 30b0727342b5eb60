//! Files of any size for measuring import speed: the simplest rows that pass every check.

use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use crate::domain::account::AccountNumber;
use crate::domain::calendar::Period;
use crate::domain::decimal::{Tariff, Volume};
use crate::domain::money::Money;
use crate::domain::settlement::{Charge, Method};
use crate::exchange::{AccountRecord, ChargeRecord, ProviderRecord, Record, Writer};

/// Code of the supplier of these files.
pub const BULK_CODE: &str = "bulk";
/// Digits of its account numbers.
const NUMBER_LENGTH: u8 = 10;
/// The first month of every account.
const FIRST_MONTH: (i16, i8) = (2000, 1);
/// Most months of one account: the calendar of the portal ends in 2199.
const MAX_MONTHS: u64 = 2_000;
/// Charged every month, in kopecks.
const CHARGED: i64 = 21_632;

/// Paths of the files, in the order in which they have to be imported.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BulkFiles {
    /// One supplier, [`BULK_CODE`].
    pub providers: PathBuf,
    /// Its accounts.
    pub accounts: PathBuf,
    /// Their charges.
    pub charges: PathBuf,
}

/// Writes a supplier, `accounts` accounts, and `rows` rows of charges spread over them, account by account.
///
/// # Errors
/// [`io::ErrorKind::InvalidInput`] for rows without accounts or more than 2 000 months of each; another [`io::Error`]
/// when a file cannot be written.
pub fn write_charges(folder: &Path, accounts: u32, rows: u64) -> io::Result<BulkFiles> {
    if rows > u64::from(accounts) * MAX_MONTHS {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "too many rows for so few accounts"));
    }
    std::fs::create_dir_all(folder)?;
    let files = BulkFiles {
        providers: folder.join("providers.csv"),
        accounts: folder.join("accounts.csv"),
        charges: folder.join("charges.csv"),
    };
    write(&files.providers, std::iter::once(provider()))?;
    write(&files.accounts, (0..accounts).map(account))?;
    write(&files.charges, charges(accounts, rows))?;
    Ok(files)
}

fn write<R: Record>(path: &Path, records: impl Iterator<Item = R>) -> io::Result<()> {
    let mut writer = Writer::<R, _>::new(BufWriter::new(std::fs::File::create(path)?))?;
    for record in records {
        writer.write(&record)?;
    }
    writer.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
    Ok(())
}

fn provider() -> ProviderRecord {
    ProviderRecord {
        code: BULK_CODE.to_owned(),
        name: "Поставщик для измерений".to_owned(),
        region: None,
        inn: Some("5900000122".to_owned()),
        kpp: Some("590001001".to_owned()),
        bank_name: Some("Банк «Тихоярский» (АО)".to_owned()),
        bik: Some("045799999".to_owned()),
        settlement_account: Some("40702810300000000123".to_owned()),
        correspondent_account: Some("30101810300000000999".to_owned()),
        account_length: Some(NUMBER_LENGTH),
        ..ProviderRecord::default()
    }
}

fn number(index: u32) -> AccountNumber {
    AccountNumber::trusted(format!("{index:010}"))
}

fn account(index: u32) -> AccountRecord {
    AccountRecord {
        number: number(index),
        address: format!("г. Тихоярск, ул. Береговая, д. {}, кв. {}", index / 100 + 1, index % 100 + 1),
        subscriber: Some("Ковалёв Иван Петрович".to_owned()),
        els: None,
        area: None,
        heated_area: None,
        residents: Some(2),
        phone: None,
        email: None,
        pin: None,
        opened_on: None,
        closed_on: None,
    }
}

fn charges(accounts: u32, rows: u64) -> impl Iterator<Item = ChargeRecord> {
    let (each, more) = (rows / u64::from(accounts.max(1)), rows % u64::from(accounts.max(1)));
    (0..accounts).flat_map(move |index| {
        let months = each + u64::from(u64::from(index) < more);
        months_from_first().take(usize::try_from(months).unwrap_or_default()).map(move |(place, period)| {
            let money = Money::from_kopecks;
            let opening = if place == 0 { 0 } else { CHARGED };
            ChargeRecord {
                account: number(index),
                charge: Charge {
                    charged: money(CHARGED),
                    paid: money(opening),
                    closing: money(CHARGED),
                    volume: Some(Volume::from_raw(29_520)),
                    unit: Some("м³".to_owned()),
                    tariff: Some(Tariff::from_raw(7_328_000)),
                    method: Some(Method::Meter),
                    ..Charge::unchanged(period, "Газоснабжение природным газом", money(opening))
                },
            }
        })
    })
}

fn months_from_first() -> impl Iterator<Item = (usize, Period)> {
    let first = Period::new(FIRST_MONTH.0, FIRST_MONTH.1).ok();
    std::iter::successors(first, |period| Some(period.next())).enumerate()
}
