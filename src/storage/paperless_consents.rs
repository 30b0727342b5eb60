//! Consents to receive receipts by e-mail instead of on paper.

use sqlx::FromRow;

use super::users::stored_login;
use super::{Connection, Result, StorageError};
use crate::domain::account::AccountNumber;
use crate::domain::calendar::Moment;
use crate::domain::id::{AccountId, PaperlessConsentId, ProviderId, UserId};
use crate::domain::login::Login;
use crate::domain::paperless::PaperlessConsent;

/// Most current consents that are read for a user or an account: more than a user may link accounts, and than an account
/// may have users with full access.
const MAX_CURRENT: i64 = 50;

#[derive(FromRow)]
struct Row {
    id: String,
    account_id: String,
    user_id: String,
    text_version: String,
    given_at: i64,
    given_from: String,
    withdrawn_at: Option<i64>,
}

impl From<Row> for PaperlessConsent {
    fn from(row: Row) -> Self {
        Self {
            id: PaperlessConsentId::trusted(row.id),
            account_id: AccountId::trusted(row.account_id),
            user_id: UserId::trusted(row.user_id),
            text_version: row.text_version,
            given_at: Moment::from_micros(row.given_at),
            given_from: row.given_from,
            withdrawn_at: row.withdrawn_at.map(Moment::from_micros),
        }
    }
}

/// A query for consents.
macro_rules! consents {
    ($rest:literal) => {
        concat!(
            "SELECT id, account_id, user_id, text_version, given_at, given_from, withdrawn_at FROM paperless_consents ",
            $rest
        )
    };
}

const GIVE: &str = "INSERT INTO paperless_consents (id, account_id, user_id, text_version, given_at, given_from) \
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account_id, user_id) WHERE withdrawn_at IS NULL DO NOTHING";

/// Stores a new consent. `false` when the user has a current one for the account.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn give(connection: &mut Connection, consent: &PaperlessConsent) -> Result<bool> {
    let done = sqlx::query(GIVE)
        .bind(consent.id.as_str())
        .bind(consent.account_id.as_str())
        .bind(consent.user_id.as_str())
        .bind(&consent.text_version)
        .bind(consent.given_at.micros())
        .bind(&consent.given_from)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() > 0)
}

const CURRENT: &str = consents!("WHERE user_id = $1 AND account_id = $2 AND withdrawn_at IS NULL");

/// The current consent of a user for an account.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn current(
    connection: &mut Connection,
    user_id: &UserId,
    account_id: &AccountId,
) -> Result<Option<PaperlessConsent>> {
    let bound = sqlx::query_as(CURRENT).bind(user_id.as_str()).bind(account_id.as_str());
    let row: Option<Row> = bound.fetch_optional(connection).await?;
    Ok(row.map(PaperlessConsent::from))
}

const OF_USER: &str = consents!("WHERE user_id = $1 AND withdrawn_at IS NULL ORDER BY given_at, id LIMIT 0 + $2");

/// The current consents of a user.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn of_user(connection: &mut Connection, user_id: &UserId) -> Result<Vec<PaperlessConsent>> {
    let bound = sqlx::query_as(OF_USER).bind(user_id.as_str()).bind(MAX_CURRENT);
    let rows: Vec<Row> = bound.fetch_all(connection).await?;
    Ok(rows.into_iter().map(PaperlessConsent::from).collect())
}

const OF_ACCOUNT: &str = consents!("WHERE account_id = $1 AND withdrawn_at IS NULL ORDER BY given_at, id LIMIT 0 + $2");

/// The current consents of an account's users.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn of_account(connection: &mut Connection, account_id: &AccountId) -> Result<Vec<PaperlessConsent>> {
    let bound = sqlx::query_as(OF_ACCOUNT).bind(account_id.as_str()).bind(MAX_CURRENT);
    let rows: Vec<Row> = bound.fetch_all(connection).await?;
    Ok(rows.into_iter().map(PaperlessConsent::from).collect())
}

const IN_FORCE: &str = "SELECT COUNT(*) FROM paperless_consents \
    JOIN links ON links.user_id = paperless_consents.user_id AND links.account_id = paperless_consents.account_id \
    WHERE paperless_consents.user_id = $1 AND paperless_consents.account_id = $2 \
    AND withdrawn_at IS NULL AND access = 'full'";

/// Whether a user who has full access to an account has a current consent for it.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn is_in_force(connection: &mut Connection, user_id: &UserId, account_id: &AccountId) -> Result<bool> {
    let bound = sqlx::query_scalar(IN_FORCE).bind(user_id.as_str()).bind(account_id.as_str());
    let count: i64 = bound.fetch_one(connection).await?;
    Ok(count > 0)
}

const WITHDRAW: &str = "UPDATE paperless_consents SET withdrawn_at = $1, exported_at = NULL \
    WHERE id = $2 AND withdrawn_at IS NULL";

/// Stores that a consent was withdrawn; the next file for billing lists it. `false` when it was withdrawn before.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn withdraw(connection: &mut Connection, withdrawn: &PaperlessConsent) -> Result<bool> {
    let at = withdrawn.withdrawn_at.map(Moment::micros);
    let done = sqlx::query(WITHDRAW).bind(at).bind(withdrawn.id.as_str()).execute(connection).await?;
    Ok(done.rows_affected() > 0)
}

/// A consent as a file for billing lists it.
pub struct Waiting {
    /// The consent, in its present state.
    pub consent: PaperlessConsent,
    /// The account's number.
    pub number: AccountNumber,
    /// The login and the second contact of its user, of which one is the e-mail address.
    pub addresses: Vec<Login>,
    /// How many users of the account have a current consent.
    pub holders: i64,
}

#[derive(FromRow)]
struct WaitingRow {
    #[sqlx(flatten)]
    consent: Row,
    number: String,
    login: String,
    contact: Option<String>,
    holders: i64,
}

impl TryFrom<WaitingRow> for Waiting {
    type Error = StorageError;

    fn try_from(row: WaitingRow) -> Result<Self> {
        let addresses = std::iter::once(row.login).chain(row.contact);
        Ok(Self {
            consent: row.consent.into(),
            number: AccountNumber::trusted(row.number),
            addresses: addresses.map(|address| stored_login(&address)).collect::<Result<_>>()?,
            holders: row.holders,
        })
    }
}

const WAITING: &str = "SELECT paperless_consents.id, paperless_consents.account_id, paperless_consents.user_id, \
    text_version, given_at, given_from, withdrawn_at, accounts.number, users.login, contacts.address AS contact, \
    (SELECT COUNT(*) FROM paperless_consents AS beside \
    WHERE beside.account_id = accounts.id AND beside.withdrawn_at IS NULL) AS holders \
    FROM paperless_consents JOIN accounts ON accounts.id = paperless_consents.account_id \
    JOIN users ON users.id = paperless_consents.user_id \
    LEFT JOIN contacts ON contacts.user_id = paperless_consents.user_id \
    WHERE exported_at IS NULL AND accounts.provider_id = $1 \
    ORDER BY COALESCE(withdrawn_at, given_at), paperless_consents.id LIMIT 0 + $2";

/// Consents of a provider's accounts whose present state no file has listed yet, the oldest change first. Those that
/// are marked as exported are not among the next ones.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer, or a stored value is invalid.
pub async fn waiting(connection: &mut Connection, provider_id: &ProviderId, most: i64) -> Result<Vec<Waiting>> {
    let bound = sqlx::query_as(WAITING).bind(provider_id.as_str()).bind(most);
    let rows: Vec<WaitingRow> = bound.fetch_all(connection).await?;
    rows.into_iter().map(Waiting::try_from).collect()
}

const EXPORTED: &str = "UPDATE paperless_consents SET exported_at = $1 \
    WHERE id = $2 AND exported_at IS NULL AND COALESCE(withdrawn_at, 0) = $3";

/// Marks a consent as listed in a file, unless its state changed meanwhile.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn mark_exported(connection: &mut Connection, listed: &PaperlessConsent, now: Moment) -> Result<()> {
    let state = listed.withdrawn_at.map_or(0, Moment::micros);
    sqlx::query(EXPORTED).bind(now.micros()).bind(listed.id.as_str()).bind(state).execute(connection).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::paperless::PaperlessState;
    use crate::domain::user::User;
    use crate::storage::testing::{TestDatabase, id, meter, on_both_engines, provider};
    use crate::storage::users::{self, Consent};
    use crate::storage::{contacts, links};

    const NOW: Moment = Moment::from_micros(10);
    const LATER: Moment = Moment::from_micros(20);

    fn account_id() -> AccountId {
        AccountId::trusted(id(1))
    }

    fn consent(number: usize, user_id: &UserId, given_at: Moment) -> PaperlessConsent {
        PaperlessConsent {
            id: PaperlessConsentId::trusted(id(number)),
            account_id: account_id(),
            user_id: user_id.clone(),
            text_version: "2026-11-27".to_owned(),
            given_at,
            given_from: "192.0.2.1".to_owned(),
            withdrawn_at: None,
        }
    }

    /// Stores a user with a phone and an e-mail address who has linked the account.
    async fn user(connection: &mut Connection, number: usize) -> UserId {
        let login = Login::parse(&format!("+7902123450{number}")).unwrap();
        let user = User { id: UserId::trusted(id(number)), login, name: None, locked_at: None };
        let accepted = Consent { at: NOW, from: String::new(), version: String::new() };
        users::insert(connection, &user, "", &accepted, NOW).await.unwrap();
        let mail = Login::parse(&format!("user{number}@example.ru")).unwrap();
        contacts::set(connection, &user.id, &mail, NOW).await.unwrap();
        links::add(connection, &user.id, &account_id(), 1, NOW).await.unwrap();
        user.id
    }

    on_both_engines! {
        async fn a_user_has_one_current_consent_for_an_account(test: TestDatabase) {
            meter(&test.database).await;
            let mut tx = test.database.begin().await.unwrap();
            let ivan = user(&mut tx, 1).await;
            let first = consent(1, &ivan, NOW);
            assert!(give(&mut tx, &first).await.unwrap());
            assert!(!give(&mut tx, &consent(2, &ivan, NOW)).await.unwrap());
            assert_eq!(current(&mut tx, &ivan, &account_id()).await.unwrap(), Some(first.clone()));
            let withdrawn = first.withdraw(LATER).unwrap();
            assert!(withdraw(&mut tx, &withdrawn).await.unwrap());
            assert!(!withdraw(&mut tx, &withdrawn).await.unwrap());
            assert_eq!(current(&mut tx, &ivan, &account_id()).await.unwrap(), None);
            assert!(give(&mut tx, &consent(3, &ivan, LATER)).await.unwrap());
            assert_eq!(of_user(&mut tx, &ivan).await.unwrap().len(), 1);
        }

        async fn a_consent_is_in_force_while_the_access_is_full(test: TestDatabase) {
            meter(&test.database).await;
            let mut tx = test.database.begin().await.unwrap();
            let ivan = user(&mut tx, 1).await;
            give(&mut tx, &consent(1, &ivan, NOW)).await.unwrap();
            assert!(!is_in_force(&mut tx, &ivan, &account_id()).await.unwrap());
            links::grant_full(&mut tx, &ivan, &account_id(), NOW).await.unwrap();
            assert!(links::hold_full(&mut tx, &ivan, &account_id()).await.unwrap());
            assert!(is_in_force(&mut tx, &ivan, &account_id()).await.unwrap());
            links::revoke_full(&mut tx, &ivan, &account_id()).await.unwrap();
            assert!(!links::hold_full(&mut tx, &ivan, &account_id()).await.unwrap());
            assert!(!is_in_force(&mut tx, &ivan, &account_id()).await.unwrap());
        }

        async fn every_state_waits_for_a_file_once_in_the_order_of_the_changes(test: TestDatabase) {
            meter(&test.database).await;
            let gas = provider("gas").id;
            let mut tx = test.database.begin().await.unwrap();
            let (ivan, anna) = (user(&mut tx, 1).await, user(&mut tx, 2).await);
            give(&mut tx, &consent(9, &ivan, NOW)).await.unwrap();
            give(&mut tx, &consent(1, &anna, LATER)).await.unwrap();
            assert_eq!(of_account(&mut tx, &account_id()).await.unwrap().len(), 2);
            let listed = waiting(&mut tx, &gas, 10).await.unwrap();
            let names: Vec<_> = listed.iter().map(|one| (one.consent.user_id.clone(), one.holders)).collect();
            assert_eq!(names, [(ivan.clone(), 2), (anna, 2)]);
            assert_eq!((listed[0].number.as_str(), listed[0].addresses[1].as_str()), ("00000001", "user1@example.ru"));
            for one in &listed {
                mark_exported(&mut tx, &one.consent, LATER).await.unwrap();
            }
            assert!(waiting(&mut tx, &gas, 10).await.unwrap().is_empty());
            let withdrawn = consent(9, &ivan, NOW).withdraw(LATER).unwrap();
            withdraw(&mut tx, &withdrawn).await.unwrap();
            // The file that was written before says nothing about the new state.
            mark_exported(&mut tx, &consent(9, &ivan, NOW), LATER).await.unwrap();
            let [again] = waiting(&mut tx, &gas, 10).await.unwrap().try_into().ok().unwrap();
            assert_eq!((again.consent.state(), again.holders), (PaperlessState::Withdrawn, 1));
            mark_exported(&mut tx, &withdrawn, LATER).await.unwrap();
            assert!(waiting(&mut tx, &gas, 10).await.unwrap().is_empty());
        }
    }
}
