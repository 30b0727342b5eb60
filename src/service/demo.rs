//! What only the demo needs: its people, and an account past the PIN. Knows nothing of the town itself.

use std::fmt;

use super::{Fault, Services, operators, registration, second_factor};
use crate::domain::account::{Access, AccountNumber};
use crate::domain::id::{AccountId, Owner, UserId};
use crate::domain::login::Login;
use crate::storage::{Database, StorageError, accounts, links, operators as stored_operators, providers, users};

/// The demo's user.
pub const USER: &str = "demo@example.ru";
/// Their password, told to everybody.
pub const USER_PASSWORD: &str = "demo2026";
/// The demo's operator.
pub const OPERATOR: &str = "operator";
/// Their name in the console.
const OPERATOR_NAME: &str = "Оператор Демонстрационный";
/// Their password, told to everybody.
pub const OPERATOR_PASSWORD: &str = "operator2026";

/// Where their one-time codes go: into the mailbox of the demo.
pub const OPERATOR_MAIL: &str = "operator@example.ru";

/// How far a database is a demo.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stage {
    /// Nothing was loaded.
    Empty,
    /// The demo was begun and cut short.
    Begun,
    /// The demo is whole.
    Filled,
    /// Somebody's own data: people whom everybody knows the password of must not come in.
    Foreign,
}

/// How far the database is a demo.
///
/// # Errors
/// [`Fault`].
pub async fn stage(services: &Services) -> Result<Stage, Fault> {
    let mut connection = services.db().read().await?;
    let is_empty = providers::count(&mut connection).await? == 0;
    let Some(user) = users::by_login(&mut connection, &login()?).await? else {
        return Ok(if is_empty { Stage::Empty } else { Stage::Foreign });
    };
    let links = links::of_user(&mut connection, &user.id).await?;
    Ok(if links.iter().any(|link| link.access == Access::Full) { Stage::Filled } else { Stage::Begun })
}

fn login() -> Result<Login, Fault> {
    Login::parse(USER).map_err(|_| Fault::Broken("the demo's login"))
}

/// Makes the demo's user and operator where they are missing; returns the user.
///
/// # Errors
/// [`Fault`].
pub async fn make_people(services: &Services) -> Result<UserId, Fault> {
    if let Some(operator) = operators::make_for_demo(services, OPERATOR, OPERATOR_NAME, OPERATOR_PASSWORD).await? {
        second_factor::enrol_for_demo(services, &Owner::Operator(operator)).await?;
    }
    let login = login()?;
    match registration::make_confirmed(services, &login, USER_PASSWORD).await {
        Err(Fault::Storage(StorageError::Conflict)) => {
            let user = users::by_login(&mut *services.db().read().await?, &login).await?;
            user.map(|user| user.id).ok_or(Fault::Broken("the demo's user"))
        }
        made => made,
    }
}

/// Who may sign in with a password of the demo.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KnownPassword {
    /// The demo's operator.
    Operator,
    /// The demo's user.
    User,
}

impl KnownPassword {
    /// The command that closes the way in.
    pub const fn way_out(self) -> &'static str {
        match self {
            Self::Operator => "kabinet operator password operator",
            Self::User => "kabinet user lock demo@example.ru",
        }
    }
}

impl fmt::Display for KnownPassword {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operator => write!(formatter, "the operator {OPERATOR}"),
            Self::User => write!(formatter, "the user {USER}"),
        }
    }
}

/// Who may sign in with a password of the demo. The mark of the database does not answer this: a demo that was cut short
/// before there were marks may hold its operator alone.
///
/// # Errors
/// [`Fault`].
pub async fn known_password(services: &Services) -> Result<Option<KnownPassword>, Fault> {
    let mut connection = services.db().read().await?;
    let operator = stored_operators::by_login(&mut connection, OPERATOR).await?;
    let user = users::by_login(&mut connection, &login()?).await?;
    drop(connection);
    if let Some(operator) = operator.filter(|operator| operator.disabled_at.is_none())
        && services.passwords().verify(OPERATOR_PASSWORD, Some(&operator.password_hash)).await?
    {
        return Ok(Some(KnownPassword::Operator));
    }
    if let Some(user) = user.filter(|user| user.locked_at.is_none())
        && services.passwords().verify(USER_PASSWORD, Some(&user.password_hash)).await?
    {
        return Ok(Some(KnownPassword::User));
    }
    Ok(None)
}

/// Links a user to an account in full access, without its PIN.
///
/// # Errors
/// [`Fault::Broken`] when there is no such account or no room for it.
pub async fn link_full(
    services: &Services,
    user_id: &UserId,
    provider_code: &str,
    number: &str,
) -> Result<AccountId, Fault> {
    const NO_ACCOUNT: Fault = Fault::Broken("the demo's account is not there");
    let now = services.now();
    let mut tx = services.db().begin().await?;
    let provider = providers::by_code(&mut tx, provider_code).await?.ok_or(NO_ACCOUNT)?;
    let number = AccountNumber::parse(number, provider.account_length).map_err(|_| NO_ACCOUNT)?;
    let account = accounts::find(&mut tx, &provider.id, &number).await?.ok_or(NO_ACCOUNT)?;
    if links::find(&mut tx, user_id, &account.id).await?.is_none() {
        let added = links::add(&mut tx, user_id, &account.id, services.settings().max_links, now).await?;
        added.ok_or(Fault::Broken("the demo's user has no room for the account"))?;
    }
    links::grant_full(&mut tx, user_id, &account.id, now).await?;
    Database::commit(tx).await?;
    Ok(account.id)
}
