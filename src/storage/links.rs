//! Links between users and accounts, with their access level.

use sqlx::FromRow;

use super::accounts::AccountRow;
use super::operators::account_in_scope;
use super::providers::{ProviderRow, provider_columns};
use super::{Connection, Result, StorageError};
use crate::domain::account::{Access, Account, AccountInScope, AccountNumber, LinkedAccount, MAX_LINKS};
use crate::domain::calendar::Moment;
use crate::domain::id::{AccountId, UserId};
use crate::domain::operator::Scope;

/// A user's link to an account.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Link {
    /// The user.
    pub user_id: UserId,
    /// The account.
    pub account_id: AccountId,
    /// The access level.
    pub access: Access,
}

#[derive(FromRow)]
struct LinkRow {
    user_id: String,
    account_id: String,
    access: String,
}

impl TryFrom<LinkRow> for Link {
    type Error = StorageError;

    fn try_from(row: LinkRow) -> Result<Self> {
        Ok(Self {
            user_id: UserId::trusted(row.user_id),
            account_id: AccountId::trusted(row.account_id),
            access: Access::parse(&row.access).ok_or(StorageError::Corrupt { what: "access of a link" })?,
        })
    }
}

/// A query for links.
macro_rules! links {
    ($rest:literal) => {
        concat!("SELECT user_id, account_id, access FROM links ", $rest)
    };
}

const FIND: &str = links!("WHERE user_id = $1 AND account_id = $2");

/// The user's link to an account.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn find(connection: &mut Connection, user_id: &UserId, account_id: &AccountId) -> Result<Option<Link>> {
    let row: Option<LinkRow> =
        sqlx::query_as(FIND).bind(user_id.as_str()).bind(account_id.as_str()).fetch_optional(connection).await?;
    row.map(Link::try_from).transpose()
}

const OF_USER: &str = links!("WHERE user_id = $1 ORDER BY slot");

/// The user's links, at most [`MAX_LINKS`].
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn of_user(connection: &mut Connection, user_id: &UserId) -> Result<Vec<Link>> {
    let rows: Vec<LinkRow> = sqlx::query_as(OF_USER).bind(user_id.as_str()).fetch_all(connection).await?;
    rows.into_iter().map(Link::try_from).collect()
}

#[derive(FromRow)]
struct LinkedRow {
    access: String,
    #[sqlx(flatten)]
    account: AccountRow,
    #[sqlx(flatten)]
    provider: ProviderRow,
}

/// A linked account, with billing's data in full access only.
pub struct Linked {
    /// All that lite access may show.
    pub own: LinkedAccount,
    /// Billing's data; `None` in lite access.
    pub account: Option<Account>,
}

impl TryFrom<LinkedRow> for Linked {
    type Error = StorageError;

    fn try_from(row: LinkedRow) -> Result<Self> {
        let account = Account::try_from(row.account)?;
        let access = Access::parse(&row.access).ok_or(StorageError::Corrupt { what: "access of a link" })?;
        let (id, number, provider) = (account.id.clone(), account.number.clone(), row.provider.try_into()?);
        Ok(Self {
            own: LinkedAccount { id, number, provider, access },
            account: (access == Access::Full).then_some(account),
        })
    }
}

/// A query for links with their accounts and providers.
macro_rules! linked {
    ($rest:literal) => {
        concat!(
            "SELECT access, accounts.id, provider_id, number, address, subscriber, els, area, heated_area, residents, \
             phone, email, opened_on, closed_on, ",
            provider_columns!(),
            " FROM links JOIN accounts ON accounts.id = account_id JOIN providers ON providers.id = provider_id ",
            $rest
        )
    };
}

const LINKED: &str = linked!("WHERE user_id = $1 AND account_id = $2");

/// An account that the user has linked, with its provider; `None` when they have no link to it.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn linked(connection: &mut Connection, user_id: &UserId, account_id: &AccountId) -> Result<Option<Linked>> {
    let bound = sqlx::query_as(LINKED).bind(user_id.as_str()).bind(account_id.as_str());
    let row: Option<LinkedRow> = bound.fetch_optional(connection).await?;
    row.map(Linked::try_from).transpose()
}

const LINKED_OF_USER: &str = linked!("WHERE user_id = $1 ORDER BY slot");

/// The accounts that the user has linked, at most [`MAX_LINKS`], in the order of linking.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn linked_of_user(connection: &mut Connection, user_id: &UserId) -> Result<Vec<Linked>> {
    let rows: Vec<LinkedRow> = sqlx::query_as(LINKED_OF_USER).bind(user_id.as_str()).fetch_all(connection).await?;
    rows.into_iter().map(Linked::try_from).collect()
}

#[derive(FromRow)]
struct InScopeRow {
    number: String,
    provider: String,
    access: String,
}

impl TryFrom<InScopeRow> for AccountInScope {
    type Error = StorageError;

    fn try_from(row: InScopeRow) -> Result<Self> {
        let access = Access::parse(&row.access).ok_or(StorageError::Corrupt { what: "access of a link" })?;
        Ok(Self { number: AccountNumber::trusted(row.number), provider: row.provider, access })
    }
}

const LINKED_IN_SCOPE: &str = concat!(
    "SELECT a.number, p.name AS provider, l.access FROM links l JOIN accounts a ON a.id = l.account_id \
     JOIN providers p ON p.id = a.provider_id WHERE l.user_id = $2 AND ",
    account_in_scope!(),
    " ORDER BY l.slot"
);

/// The user's linked accounts within the operator's providers, at most [`MAX_LINKS`].
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn linked_in_scope(
    connection: &mut Connection,
    scope: &Scope,
    user_id: &UserId,
) -> Result<Vec<AccountInScope>> {
    let rows: Vec<InScopeRow> = sqlx::query_as(LINKED_IN_SCOPE)
        .bind(scope.operator_id.as_str())
        .bind(user_id.as_str())
        .fetch_all(connection)
        .await?;
    rows.into_iter().map(AccountInScope::try_from).collect()
}

/// Most owners of one account to notify of a new owner: without a limit one request could send hundreds of letters.
const MAX_OWNERS: i64 = 50;
const FULL_OWNERS: &str = links!("WHERE account_id = $1 AND access = 'full' ORDER BY full_at LIMIT 0 + $2");

/// Users with full access to an account.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn full_owners(connection: &mut Connection, account_id: &AccountId) -> Result<Vec<Link>> {
    let rows: Vec<LinkRow> =
        sqlx::query_as(FULL_OWNERS).bind(account_id.as_str()).bind(MAX_OWNERS).fetch_all(connection).await?;
    rows.into_iter().map(Link::try_from).collect()
}

const FREE_SLOT: &str = "SELECT MIN(s.slot) FROM (SELECT 1 AS slot UNION ALL SELECT 2 UNION ALL SELECT 3) AS s \
    WHERE s.slot <= $2 AND s.slot NOT IN (SELECT slot FROM links WHERE user_id = $1)";
const ADD: &str = "INSERT INTO links (user_id, account_id, slot, access, linked_at) VALUES ($1, $2, $3, 'lite', $4)";

/// Links a user to an account with lite access. `None` when every slot up to `most` is taken.
///
/// # Errors
/// [`StorageError::Conflict`] when the account is linked already or another request took the slot first.
pub async fn add(
    connection: &mut Connection,
    user_id: &UserId,
    account_id: &AccountId,
    most: u8,
    now: Moment,
) -> Result<Option<()>> {
    let most = i64::from(most.min(MAX_LINKS));
    let slot: Option<i64> =
        sqlx::query_scalar(FREE_SLOT).bind(user_id.as_str()).bind(most).fetch_one(&mut *connection).await?;
    let Some(slot) = slot else { return Ok(None) };
    sqlx::query(ADD)
        .bind(user_id.as_str())
        .bind(account_id.as_str())
        .bind(slot)
        .bind(now.micros())
        .execute(connection)
        .await?;
    Ok(Some(()))
}

const GRANT_FULL: &str = "UPDATE links SET access = 'full', full_at = $3 \
    WHERE user_id = $1 AND account_id = $2 AND access = 'lite'";

/// Grants full access. `false` when there was no link with lite access.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn grant_full(
    connection: &mut Connection,
    user_id: &UserId,
    account_id: &AccountId,
    now: Moment,
) -> Result<bool> {
    let done = sqlx::query(GRANT_FULL)
        .bind(user_id.as_str())
        .bind(account_id.as_str())
        .bind(now.micros())
        .execute(connection)
        .await?;
    Ok(done.rows_affected() > 0)
}

const REVOKE_FULL: &str = "UPDATE links SET access = 'lite', full_at = NULL \
    WHERE user_id = $1 AND account_id = $2 AND access = 'full'";

/// Revokes full access. `false` when there was no link with full access.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn revoke_full(connection: &mut Connection, user_id: &UserId, account_id: &AccountId) -> Result<bool> {
    let done = sqlx::query(REVOKE_FULL).bind(user_id.as_str()).bind(account_id.as_str()).execute(connection).await?;
    Ok(done.rows_affected() > 0)
}

const HOLD_FULL: &str = "UPDATE links SET access = access \
    WHERE user_id = $1 AND account_id = $2 AND access = 'full'";

/// Locks a link with full access until the end of the transaction, so that what is stored for it is there before the
/// access ends. `false` when there is no link with full access.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn hold_full(connection: &mut Connection, user_id: &UserId, account_id: &AccountId) -> Result<bool> {
    let done = sqlx::query(HOLD_FULL).bind(user_id.as_str()).bind(account_id.as_str()).execute(connection).await?;
    Ok(done.rows_affected() > 0)
}

const REMOVE: &str = "DELETE FROM links WHERE user_id = $1 AND account_id = $2";

/// Removes a user's link to an account. `false` when there was no link.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn remove(connection: &mut Connection, user_id: &UserId, account_id: &AccountId) -> Result<bool> {
    let done = sqlx::query(REMOVE).bind(user_id.as_str()).bind(account_id.as_str()).execute(connection).await?;
    Ok(done.rows_affected() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::login::Login;
    use crate::domain::user::User;
    use crate::storage::testing::{TestDatabase, account, id, on_both_engines, provider};
    use crate::storage::users::{self, Consent};
    use crate::storage::{accounts, providers};

    on_both_engines! {
        async fn a_linked_account_has_billings_data_in_full_access_only(test: TestDatabase) {
            let (mut tx, engine) = (test.database.begin().await.unwrap(), test.database.engine());
            let gas = provider("gas");
            let imported = account(&gas, 1);
            providers::upsert(&mut tx, engine, std::slice::from_ref(&gas)).await.unwrap();
            accounts::upsert(&mut tx, engine, std::slice::from_ref(&imported), &[]).await.unwrap();
            let (now, login) = (Moment::from_micros(0), Login::parse("anna@example.ru").unwrap());
            let user = User { id: UserId::trusted(id(1)), login, name: None, locked_at: None };
            let consent = Consent { at: now, from: String::new(), version: String::new() };
            users::insert(&mut tx, &user, "", &consent, now).await.unwrap();
            let account_id = &imported.account.id;
            add(&mut tx, &user.id, account_id, 1, now).await.unwrap();
            let lite = linked(&mut tx, &user.id, account_id).await.unwrap().unwrap();
            assert_eq!((lite.own.access, lite.account), (Access::Lite, None));
            grant_full(&mut tx, &user.id, account_id, now).await.unwrap();
            let full = linked(&mut tx, &user.id, account_id).await.unwrap().unwrap();
            assert_eq!((full.own.access, full.account), (Access::Full, Some(imported.account)));
        }
    }
}
