//! Readings that subscribers send: the sheet of an account's meters, sending, taking back. `export` writes them for
//! billing, `by_number` takes them without signing in.

mod by_number;
mod export;

pub use by_number::{ByNumber, ByNumberErrors, ProviderError, open_providers, send_by_number};
pub use export::{ExportError, export};

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::access::FullAccess;
use super::accounts::{MeterHistory, histories, history_of};
use super::audit::Action;
use super::limits::READINGS_USER;
use super::refused::{Correctable, Declined, Refused};
use super::{Fault, Services, Visitor};
use crate::domain::calendar::Period;
use crate::domain::consumption::of_readings;
use crate::domain::decimal::Volume;
use crate::domain::id::{MeterId, SentReadingId};
use crate::domain::meter::{HistoryRow, Meter, Reading, ReadingSource};
use crate::domain::reading_rules::ReadingRules;
use crate::domain::sent_reading::{
    CheckedReading, Doubt, MeterContext, MeterPrice, ReadingError, Sender, SentReading, SentState,
};
use crate::storage::sent_readings::{self, Stored};
use crate::storage::{Connection, Database, StorageError, charges, reading_photos};
use crate::telemetry::{self, SecurityEvent};

/// Months between a month and the same month a year earlier.
const A_YEAR: u32 = 12;

/// The meters of an account with what their page and their form need.
pub struct Sheet {
    /// The meters, removed ones included.
    pub meters: Vec<MeterSheet>,
    /// What the account's users sent, newest first.
    pub sent: Vec<SentReading>,
    /// Those of them that have a photo of the meter.
    pub with_photo: BTreeSet<SentReadingId>,
    /// The unit of the meters; `None` when the charges have none or several.
    pub unit: Option<String>,
    /// The price of a unit; `None` when the newest month has no single metered charge.
    pub price: Option<MeterPrice>,
    /// The day, in the portal's time zone.
    pub today: Date,
}

impl Sheet {
    /// The meters that are not removed.
    pub fn installed(&self) -> impl Iterator<Item = &MeterSheet> {
        self.meters.iter().filter(|sheet| sheet.context.meter.removed_by(self.today).is_none())
    }
}

/// One meter of a sheet.
pub struct MeterSheet {
    /// What a reading is checked against.
    pub context: MeterContext,
    /// Billing's readings with the consumption between them, newest first.
    pub rows: Vec<HistoryRow>,
    /// The reading that was sent today.
    pub today: Option<SentReading>,
}

/// The sheet of an account's meters.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn sheet(services: &Services, access: &FullAccess) -> Result<Sheet, Fault> {
    let mut connection = services.db().read().await?;
    let (id, today) = (access.id(), services.today());
    let (meters, sent) = meter_sheets(&mut connection, access, today).await?;
    Ok(Sheet {
        meters,
        sent,
        with_photo: reading_photos::of_account(&mut connection, id).await?.into_iter().collect(),
        unit: charges::meter_unit(&mut connection, id).await?,
        price: charges::meter_price(&mut connection, id).await?,
        today,
    })
}

/// The meters of an account, and what its users sent, newest first.
async fn meter_sheets(
    connection: &mut Connection,
    access: &FullAccess,
    today: Date,
) -> Result<(Vec<MeterSheet>, Vec<SentReading>), StorageError> {
    let sent = sent_readings::of_account(connection, access.id()).await?;
    let meter_sheet = |history: MeterHistory| {
        let MeterHistory { meter, rows } = history;
        let meter_id = meter.id.clone();
        let mut of_meter = sent.iter().filter(|sent| sent.meter_id == meter_id);
        let context = context(meter, access.provider().readings, &rows, of_meter.clone(), today);
        MeterSheet { context, rows, today: of_meter.find(|sent| sent.date == today).cloned() }
    };
    let meters = histories(connection, access.id()).await?.into_iter().map(meter_sheet).collect();
    Ok((meters, sent))
}

/// What a reading of one meter is checked against.
async fn context_of(
    connection: &mut Connection,
    meter: Meter,
    rules: Option<ReadingRules>,
    today: Date,
) -> Result<MeterContext, StorageError> {
    let sent = sent_readings::of_account(connection, &meter.account_id).await?;
    let MeterHistory { meter, rows } = history_of(connection, meter).await?;
    let meter_id = meter.id.clone();
    let of_meter = sent.iter().filter(|sent| sent.meter_id == meter_id);
    Ok(context(meter, rules, &rows, of_meter, today))
}

fn context<'a>(
    meter: Meter,
    rules: Option<ReadingRules>,
    rows: &[HistoryRow],
    sent: impl Iterator<Item = &'a SentReading>,
    today: Date,
) -> MeterContext {
    let (previous, year_ago) = (previous(rows, sent, today), year_ago(&meter, rows, today));
    MeterContext { meter, rules, previous, year_ago }
}

/// The newest reading that today's is compared with: billing's, or an earlier one that billing has not listed. The
/// subscriber's own reading of today is the one that is being replaced.
fn previous<'a>(rows: &[HistoryRow], sent: impl Iterator<Item = &'a SentReading>, today: Date) -> Option<Reading> {
    let is_own_of_today = |reading: &Reading| reading.date == today && reading.source == ReadingSource::Subscriber;
    let listed = rows.iter().map(|row| row.reading).filter(|reading| !is_own_of_today(reading));
    let undecided = sent.filter(|sent| sent.state != SentState::Rejected && sent.date < today);
    let undecided = undecided.map(SentReading::reading);
    // Of one day billing's reading counts, and `max_by_key` takes the last.
    undecided.chain(listed).max_by_key(|reading| reading.date)
}

/// The consumption of the same month a year ago, by the meter's own readings.
fn year_ago(meter: &Meter, rows: &[HistoryRow], today: Date) -> Option<Volume> {
    let month = Period::of(today).months_before(A_YEAR);
    of_readings(meter, rows).into_iter().find(|known| known.period == month).map(|known| known.volume)
}

/// Why readings were not sent.
#[derive(Debug)]
pub enum SendError {
    /// Every field is empty.
    Nothing,
    /// A field belongs to no meter of the user's accounts in full access.
    UnknownMeter,
    /// Rules refuse these readings; none is stored.
    Refused(Vec<(MeterId, ReadingError)>),
    /// These readings are unusual, and the sender has not confirmed them; none is stored.
    Doubted(Vec<DoubtedReading>),
}

impl Correctable for SendError {}

/// A reading that its sender should look at once more.
#[derive(Clone, Debug)]
pub struct DoubtedReading {
    /// The meter's serial number.
    pub serial: String,
    /// The reason.
    pub doubt: Doubt,
}

/// The readings that were stored.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Taken {
    /// Stored now or by an earlier click.
    pub count: usize,
    /// Of those, replaced another value of today.
    pub replaced: usize,
}

/// Sends the typed readings of a user's accounts: all of them, or none. An empty field sends nothing for its meter.
/// `confirmed`: the user looked at unusual readings once more.
///
/// # Errors
/// [`Refused`] when nothing was typed, a meter is unknown, a rule refuses a reading, an unusual one is not confirmed, a
/// limit is reached, or on an internal error.
pub async fn send(
    services: &Services,
    accounts: &[FullAccess],
    typed: &BTreeMap<MeterId, String>,
    confirmed: bool,
    visitor: &Visitor,
) -> Result<Taken, Refused<SendError>> {
    let Some(user_id) = accounts.first().map(|access| access.user_id().clone()) else {
        return Err(SendError::UnknownMeter.into());
    };
    services.count(READINGS_USER, user_id.as_str()).await??;
    let today = services.today();
    let mut tx = services.db().begin().await?;
    let mut known = BTreeMap::new();
    for access in accounts {
        let (meters, _) = meter_sheets(&mut tx, access, today).await?;
        let contexts = meters.into_iter().map(|sheet| sheet.context);
        let installed = contexts.filter(|context| context.meter.removed_by(today).is_none());
        known.extend(installed.map(|context| (context.meter.id.clone(), (access, context))));
    }
    let checked = check(&known, typed, confirmed, today)?;
    let mut taken = Taken { count: checked.len(), replaced: 0 };
    for reading in checked {
        let id = SentReadingId::trusted(services.nature().id());
        let sent = reading.sent(id, Sender::User, services.now());
        let stored = sent_readings::put(&mut tx, &sent, Some(&user_id)).await?;
        taken.replaced += usize::from(stored == Stored::Replaced);
        if let Some((access, _)) = known.get(&sent.meter_id).filter(|_| stored != Stored::Same) {
            services.record(&mut tx, &user_id, Action::ReadingSent, Some(access.id().as_str()), visitor).await?;
        }
    }
    Database::commit(tx).await?;
    Ok(taken)
}

/// Checks every typed reading, so that the form shows all errors at once.
fn check(
    known: &BTreeMap<MeterId, (&FullAccess, MeterContext)>,
    typed: &BTreeMap<MeterId, String>,
    confirmed: bool,
    today: Date,
) -> Result<Vec<CheckedReading>, SendError> {
    let (mut checked, mut refused, mut doubted) = (Vec::new(), Vec::new(), Vec::new());
    for (meter_id, text) in typed {
        let Some((_, context)) = known.get(meter_id) else {
            telemetry::security(SecurityEvent::ForeignId);
            return Err(SendError::UnknownMeter);
        };
        match context.check(text, today) {
            Ok(reading) => {
                let serial = &context.meter.serial;
                doubted.extend(reading.doubt().map(|doubt| DoubtedReading { serial: serial.clone(), doubt }));
                checked.push(reading);
            }
            Err(ReadingError::Empty) => {}
            Err(error) => refused.push((meter_id.clone(), error)),
        }
    }
    if !refused.is_empty() {
        return Err(SendError::Refused(refused));
    }
    if checked.is_empty() {
        return Err(SendError::Nothing);
    }
    if !confirmed && !doubted.is_empty() {
        return Err(SendError::Doubted(doubted));
    }
    Ok(checked)
}

/// Why a reading was not taken back.
#[derive(Clone, Copy, Debug)]
pub enum TakeBackError {
    /// It was exported to billing, taken back before, or never existed.
    Gone,
}

impl Correctable for TakeBackError {}

/// Takes back a sent reading that was not exported yet.
///
/// # Errors
/// [`Declined`] when the account has no such reading, it was exported, or on an internal error.
pub async fn take_back(
    services: &Services,
    access: &FullAccess,
    id: &SentReadingId,
    visitor: &Visitor,
) -> Result<(), Declined<TakeBackError>> {
    let mut tx = services.db().begin().await?;
    if !sent_readings::take_back(&mut tx, access.id(), id).await? {
        return Err(TakeBackError::Gone.into());
    }
    let account_id = access.id().as_str();
    services.record(&mut tx, access.user_id(), Action::ReadingTakenBack, Some(account_id), visitor).await?;
    Ok(Database::commit(tx).await?)
}
