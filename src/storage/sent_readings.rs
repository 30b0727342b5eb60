//! Readings that subscribers sent through the portal, until billing decides on them.

use jiff::civil::Date;
use sqlx::FromRow;

use super::{Connection, Result, StorageError, reading_photos};
use crate::domain::account::AccountNumber;
use crate::domain::calendar::{Moment, parse_date};
use crate::domain::decimal::Volume;
use crate::domain::id::{AccountId, MeterId, ProviderId, SentReadingId, UserId};
use crate::domain::sent_reading::{Sender, SentReading, SentState};

/// Most sent readings of an account on a page: four meters for two years of months.
const MAX_LISTED: i64 = 100;

#[derive(FromRow)]
struct Row {
    id: String,
    meter_id: String,
    date: String,
    value: i64,
    sender: String,
    state: String,
    reason: Option<String>,
    sent_at: i64,
}

impl TryFrom<Row> for SentReading {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: SentReadingId::trusted(row.id),
            meter_id: MeterId::trusted(row.meter_id),
            date: day(&row.date)?,
            value: Volume::from_raw(row.value),
            sender: Sender::parse(&row.sender).ok_or(StorageError::Corrupt { what: "sender of a reading" })?,
            state: SentState::parse(&row.state).ok_or(StorageError::Corrupt { what: "state of a sent reading" })?,
            reason: row.reason,
            sent_at: Moment::from_micros(row.sent_at),
        })
    }
}

fn day(text: &str) -> Result<Date> {
    parse_date(text).map_err(|_| StorageError::Corrupt { what: "day of a sent reading" })
}

/// The effect of a sent reading.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stored {
    /// The first of the day.
    New,
    /// The same value was stored before: a second click.
    Same,
    /// It replaced another value of the day.
    Replaced,
    /// A user's reading of the day stays: a guest's does not replace it.
    Kept,
}

/// Before an update of the row, so that two senders of one meter take turns.
const OF_DAY: &str = "SELECT id, meter_id, date, value, sender, state, reason, sent_at FROM sent_readings \
    WHERE meter_id = $1 AND date = $2";
const PUT: &str = "INSERT INTO sent_readings (id, meter_id, date, value, sender, user_id, state, sent_at) \
    VALUES ($1, $2, $3, $4, $5, $6, 'sent', $7) ON CONFLICT (meter_id, date) DO UPDATE SET value = excluded.value, \
    sender = excluded.sender, user_id = excluded.user_id, state = 'sent', reason = NULL, \
    sent_at = excluded.sent_at, exported_at = NULL \
    WHERE sent_readings.sender = 'guest' OR excluded.sender = 'user'";

/// Stores a reading of a meter and a day, in place of an earlier one of that day. A photo of another value is deleted.
/// `user_id` is `None` for a guest.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn put(connection: &mut Connection, sent: &SentReading, user_id: Option<&UserId>) -> Result<Stored> {
    let date = sent.date.to_string();
    let stored: Option<Row> =
        sqlx::query_as(OF_DAY).bind(sent.meter_id.as_str()).bind(&date).fetch_optional(&mut *connection).await?;
    let stored = stored.map(SentReading::try_from).transpose()?;
    if stored.as_ref().is_some_and(|stored| stored.value == sent.value && stored.state != SentState::Rejected) {
        return Ok(Stored::Same);
    }
    let written = sqlx::query(PUT)
        .bind(sent.id.as_str())
        .bind(sent.meter_id.as_str())
        .bind(&date)
        .bind(sent.value.raw())
        .bind(sent.sender.as_str())
        .bind(user_id.map(UserId::as_str))
        .bind(sent.sent_at.micros())
        .execute(&mut *connection)
        .await?;
    if written.rows_affected() > 0
        && let Some(replaced) = stored.as_ref().filter(|stored| stored.value != sent.value)
    {
        reading_photos::remove(connection, &replaced.id).await?;
    }
    Ok(match (written.rows_affected(), stored) {
        (0, _) => Stored::Kept,
        (_, None) => Stored::New,
        (_, Some(_)) => Stored::Replaced,
    })
}

const OF_ACCOUNT: &str = "SELECT sent_readings.id, meter_id, date, value, sender, state, reason, sent_at \
    FROM sent_readings JOIN meters ON meters.id = meter_id WHERE account_id = $1 \
    ORDER BY date DESC, sent_readings.id LIMIT 0 + $2";

/// The newest sent readings of an account's meters, newest first.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn of_account(connection: &mut Connection, account_id: &AccountId) -> Result<Vec<SentReading>> {
    let rows: Vec<Row> =
        sqlx::query_as(OF_ACCOUNT).bind(account_id.as_str()).bind(MAX_LISTED).fetch_all(connection).await?;
    rows.into_iter().map(SentReading::try_from).collect()
}

/// The newest sent reading of an account's meters.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn newest(connection: &mut Connection, account_id: &AccountId) -> Result<Option<SentReading>> {
    let row: Option<Row> =
        sqlx::query_as(OF_ACCOUNT).bind(account_id.as_str()).bind(1_i64).fetch_optional(connection).await?;
    row.map(SentReading::try_from).transpose()
}

const BY_ID: &str = "SELECT sent_readings.id, meter_id, date, value, sender, state, reason, sent_at \
    FROM sent_readings JOIN meters ON meters.id = meter_id WHERE account_id = $1 AND sent_readings.id = $2";

/// A sent reading of an account's meter.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn by_id(
    connection: &mut Connection,
    account_id: &AccountId,
    id: &SentReadingId,
) -> Result<Option<SentReading>> {
    let bound = sqlx::query_as(BY_ID).bind(account_id.as_str()).bind(id.as_str());
    let row: Option<Row> = bound.fetch_optional(connection).await?;
    row.map(SentReading::try_from).transpose()
}

const HOLD: &str = "UPDATE sent_readings SET sent_at = sent_at \
    WHERE id = $1 AND value = $2 AND state IN ('sent', 'exported')";

/// Locks a sent reading until the end of the transaction, so that its photo is stored for this value. `false` when
/// billing has decided on it, or it was replaced or taken back meanwhile.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn hold(connection: &mut Connection, sent: &SentReading) -> Result<bool> {
    let bound = sqlx::query(HOLD).bind(sent.id.as_str()).bind(sent.value.raw());
    Ok(bound.execute(connection).await?.rows_affected() > 0)
}

/// The update locks the row, so that no photo is attached between the two deletions.
const TAKE: &str = "UPDATE sent_readings SET sent_at = sent_at WHERE id = $1 AND state = 'sent' \
    AND meter_id IN (SELECT id FROM meters WHERE account_id = $2)";
const REMOVE: &str = "DELETE FROM sent_readings WHERE id = $1";

/// Deletes a sent reading of an account's meter with its photo. `false` when there is none, or it was exported before.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn take_back(connection: &mut Connection, account_id: &AccountId, id: &SentReadingId) -> Result<bool> {
    let taken = sqlx::query(TAKE).bind(id.as_str()).bind(account_id.as_str()).execute(&mut *connection).await?;
    if taken.rows_affected() == 0 {
        return Ok(false);
    }
    reading_photos::remove(connection, id).await?;
    sqlx::query(REMOVE).bind(id.as_str()).execute(connection).await?;
    Ok(true)
}

/// A sent reading as a file for billing lists it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Waiting {
    /// The sent reading.
    pub sent: SentReading,
    /// The account's number.
    pub account: AccountNumber,
    /// The meter's serial number.
    pub serial: String,
}

#[derive(FromRow)]
struct WaitingRow {
    #[sqlx(flatten)]
    sent: Row,
    number: String,
    serial: String,
}

impl TryFrom<WaitingRow> for Waiting {
    type Error = StorageError;

    fn try_from(row: WaitingRow) -> Result<Self> {
        let account = AccountNumber::trusted(row.number);
        Ok(Self { sent: row.sent.try_into()?, account, serial: row.serial })
    }
}

const WAITING: &str = "SELECT sent_readings.id, meter_id, date, value, sender, state, reason, sent_at, number, serial \
    FROM sent_readings JOIN meters ON meters.id = meter_id \
    JOIN accounts ON accounts.id = account_id \
    WHERE sent_readings.state = 'sent' AND provider_id = $1 \
    AND sent_readings.id > $2 ORDER BY sent_readings.id LIMIT 0 + $3";

/// The readings of a provider's accounts that no file has listed yet, in the order of their identifiers, after one.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn waiting(
    connection: &mut Connection,
    provider_id: &ProviderId,
    after: Option<&SentReadingId>,
    most: i64,
) -> Result<Vec<Waiting>> {
    let after = after.map_or("", SentReadingId::as_str);
    let rows: Vec<WaitingRow> =
        sqlx::query_as(WAITING).bind(provider_id.as_str()).bind(after).bind(most).fetch_all(connection).await?;
    rows.into_iter().map(Waiting::try_from).collect()
}

const EXPORTED: &str = "UPDATE sent_readings SET state = 'exported', exported_at = $1 \
    WHERE id = $2 AND state = 'sent' AND value = $3";

/// Marks a reading as written to a file, unless its sender changed it meanwhile.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn mark_exported(connection: &mut Connection, exported: &SentReading, now: Moment) -> Result<()> {
    let bound = sqlx::query(EXPORTED).bind(now.micros()).bind(exported.id.as_str());
    bound.bind(exported.value.raw()).execute(connection).await?;
    Ok(())
}

const UNDECIDED: &str = "SELECT sent_readings.id, meter_id, date, value, sender, state, reason, sent_at \
    FROM sent_readings JOIN meters ON meters.id = meter_id JOIN accounts ON accounts.id = account_id \
    WHERE state IN ('sent', 'exported') AND provider_id = $1";

/// The readings of a provider's accounts that billing has not decided on: at most one for each meter and day since the
/// last file of readings.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn undecided(connection: &mut Connection, provider_id: &ProviderId) -> Result<Vec<SentReading>> {
    let rows: Vec<Row> = sqlx::query_as(UNDECIDED).bind(provider_id.as_str()).fetch_all(connection).await?;
    rows.into_iter().map(SentReading::try_from).collect()
}

const DECIDE: &str = "UPDATE sent_readings SET state = $1, reason = $2 \
    WHERE id = $3 AND value = $4 AND state IN ('sent', 'exported')";

/// Stores billing's decision on a reading, unless its sender changed it meanwhile.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn decide(connection: &mut Connection, decided: &SentReading) -> Result<()> {
    let bound = sqlx::query(DECIDE).bind(decided.state.as_str()).bind(decided.reason.as_deref());
    bound.bind(decided.id.as_str()).bind(decided.value.raw()).execute(connection).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::testing::{TestDatabase, id, meter, on_both_engines, provider};

    const DAY: Date = Date::constant(2026, 11, 20);

    fn sent(number: usize, value: i64, sender: Sender) -> SentReading {
        SentReading {
            id: SentReadingId::trusted(id(number)),
            meter_id: MeterId::trusted(id(7)),
            date: DAY,
            value: Volume::from_raw(value),
            sender,
            state: SentState::Sent,
            reason: None,
            sent_at: Moment::from_micros(5),
        }
    }

    async fn listed(connection: &mut Connection) -> Vec<(i64, SentState, Option<String>)> {
        let listed = of_account(connection, &AccountId::trusted(id(1))).await.unwrap();
        listed.into_iter().map(|sent| (sent.value.raw(), sent.state, sent.reason)).collect()
    }

    on_both_engines! {
        async fn a_second_reading_of_a_day_replaces_the_first(test: TestDatabase) {
            meter(&test.database).await;
            let mut tx = test.database.begin().await.unwrap();
            assert_eq!(put(&mut tx, &sent(1, 100, Sender::User), None).await.unwrap(), Stored::New);
            assert_eq!(put(&mut tx, &sent(2, 100, Sender::User), None).await.unwrap(), Stored::Same);
            assert_eq!(put(&mut tx, &sent(3, 200, Sender::User), None).await.unwrap(), Stored::Replaced);
            assert_eq!(listed(&mut tx).await, [(200, SentState::Sent, None)]);
        }

        async fn a_guest_never_replaces_the_reading_of_a_user(test: TestDatabase) {
            meter(&test.database).await;
            let mut tx = test.database.begin().await.unwrap();
            put(&mut tx, &sent(1, 100, Sender::Guest), None).await.unwrap();
            assert_eq!(put(&mut tx, &sent(2, 200, Sender::User), None).await.unwrap(), Stored::Replaced);
            assert_eq!(put(&mut tx, &sent(3, 300, Sender::Guest), None).await.unwrap(), Stored::Kept);
            assert_eq!(listed(&mut tx).await, [(200, SentState::Sent, None)]);
        }

        async fn an_exported_reading_cannot_be_taken_back(test: TestDatabase) {
            meter(&test.database).await;
            let (gas, account_id) = (provider("gas").id, AccountId::trusted(id(1)));
            let mut tx = test.database.begin().await.unwrap();
            put(&mut tx, &sent(1, 100, Sender::User), None).await.unwrap();
            let [waiting] = waiting(&mut tx, &gas, None, 10).await.unwrap().try_into().unwrap();
            assert_eq!((waiting.account.as_str(), waiting.serial.as_str()), ("00000001", "12345"));
            mark_exported(&mut tx, &waiting.sent, Moment::from_micros(6)).await.unwrap();
            assert!(super::waiting(&mut tx, &gas, None, 10).await.unwrap().is_empty());
            assert!(!take_back(&mut tx, &account_id, &waiting.sent.id).await.unwrap());
            // A new value of the day is a new reading for billing.
            put(&mut tx, &sent(2, 200, Sender::User), None).await.unwrap();
            assert_eq!(super::waiting(&mut tx, &gas, None, 10).await.unwrap().len(), 1);
            assert!(take_back(&mut tx, &account_id, &waiting.sent.id).await.unwrap());
        }

        async fn a_photo_goes_with_its_reading_and_with_its_value(test: TestDatabase) {
            meter(&test.database).await;
            let (account_id, first) = (AccountId::trusted(id(1)), SentReadingId::trusted(id(1)));
            let now = Moment::from_micros(6);
            let mut tx = test.database.begin().await.unwrap();
            put(&mut tx, &sent(1, 100, Sender::User), None).await.unwrap();
            reading_photos::put(&mut tx, &first, "v2.00000000.old", now).await.unwrap();
            reading_photos::put(&mut tx, &first, "v2.00000000.new", now).await.unwrap();
            put(&mut tx, &sent(2, 100, Sender::User), None).await.unwrap();
            let kept = reading_photos::sealed(&mut tx, &account_id, &first).await.unwrap();
            assert_eq!(kept.as_deref(), Some("v2.00000000.new"), "the same value keeps its photo");
            put(&mut tx, &sent(3, 200, Sender::User), None).await.unwrap();
            assert!(reading_photos::of_account(&mut tx, &account_id).await.unwrap().is_empty());
            assert!(!hold(&mut tx, &sent(1, 100, Sender::User)).await.unwrap(), "the value is another one");
            assert!(hold(&mut tx, &sent(1, 200, Sender::User)).await.unwrap());
            reading_photos::put(&mut tx, &first, "v2.00000000.new", now).await.unwrap();
            assert_eq!(reading_photos::of_account(&mut tx, &account_id).await.unwrap(), std::slice::from_ref(&first));
            assert!(take_back(&mut tx, &account_id, &first).await.unwrap());
            assert!(reading_photos::of_account(&mut tx, &account_id).await.unwrap().is_empty());
            assert!(by_id(&mut tx, &account_id, &first).await.unwrap().is_none());
        }

        async fn an_old_photo_is_forgotten_and_its_reading_stays(test: TestDatabase) {
            meter(&test.database).await;
            let (account_id, first) = (AccountId::trusted(id(1)), SentReadingId::trusted(id(1)));
            let mut tx = test.database.begin().await.unwrap();
            put(&mut tx, &sent(1, 100, Sender::User), None).await.unwrap();
            reading_photos::put(&mut tx, &first, "v2.00000000.a", Moment::from_micros(6)).await.unwrap();
            reading_photos::forget(&mut tx, Moment::from_micros(6)).await.unwrap();
            assert_eq!(reading_photos::of_account(&mut tx, &account_id).await.unwrap().len(), 1);
            reading_photos::forget(&mut tx, Moment::from_micros(7)).await.unwrap();
            assert!(reading_photos::of_account(&mut tx, &account_id).await.unwrap().is_empty());
            assert!(by_id(&mut tx, &account_id, &first).await.unwrap().is_some());
        }

        async fn a_reading_of_another_account_cannot_be_taken_back(test: TestDatabase) {
            meter(&test.database).await;
            let mut tx = test.database.begin().await.unwrap();
            put(&mut tx, &sent(1, 100, Sender::User), None).await.unwrap();
            let other = AccountId::trusted(id(2));
            assert!(!take_back(&mut tx, &other, &SentReadingId::trusted(id(1))).await.unwrap());
        }

        async fn a_decision_of_billing_is_stored_once(test: TestDatabase) {
            meter(&test.database).await;
            let gas = provider("gas").id;
            let mut tx = test.database.begin().await.unwrap();
            put(&mut tx, &sent(1, 100, Sender::User), None).await.unwrap();
            let [open] = undecided(&mut tx, &gas).await.unwrap().try_into().unwrap();
            decide(&mut tx, &open.clone().reject(Some("не читается".to_owned())).unwrap()).await.unwrap();
            decide(&mut tx, &open.accept().unwrap()).await.unwrap();
            assert!(undecided(&mut tx, &gas).await.unwrap().is_empty());
            assert_eq!(listed(&mut tx).await, [(100, SentState::Rejected, Some("не читается".to_owned()))]);
        }
    }
}
