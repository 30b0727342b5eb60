//! Use cases of the demo only: its people, and linking an account without the PIN. Independent of the demo town's data.

use std::fmt;

use super::{Fault, Services, operators, registration, second_factor};
use crate::domain::account::{Access, AccountNumber};
use crate::domain::id::{AccountId, Owner, UserId};
use crate::domain::login::Login;
use crate::storage::{Database, StorageError, accounts, links, operators as stored_operators, providers, users};

/// The demo's user.
pub const USER: &str = "demo@example.ru";
/// The password, which is public.
pub const USER_PASSWORD: &str = "demo2026";
/// The demo's operator.
pub const OPERATOR: &str = "operator";
/// The name in the console.
const OPERATOR_NAME: &str = "Оператор Демонстрационный";
/// The password, which is public.
pub const OPERATOR_PASSWORD: &str = "operator2026";

/// The operator's address for one-time codes: the mailbox of the demo.
pub const OPERATOR_MAIL: &str = "operator@example.ru";

/// The state of a database as a demo.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stage {
    /// The database has no data.
    Empty,
    /// Loading the demo was interrupted.
    Begun,
    /// The demo is complete.
    Filled,
    /// The database has real data: accounts with public passwords must not be added.
    Foreign,
}

/// Detects the state of the database as a demo.
///
/// # Errors
/// [`Fault`] when the storage fails.
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

/// Creates the demo's user and operator if they are missing; returns the user.
///
/// # Errors
/// [`Fault`] when the storage fails or a password cannot be hashed.
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

/// A person of the demo with a public password who can sign in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KnownPassword {
    /// The demo's operator.
    Operator,
    /// The demo's user.
    User,
}

impl KnownPassword {
    /// The command that disables this sign-in.
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

/// Finds a person who can sign in with a public password of the demo. The mark of the database is not enough: a demo
/// that was interrupted before marks existed may have its operator only.
///
/// # Errors
/// [`Fault`] when the storage fails or a password cannot be checked.
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
/// [`Fault::Broken`] when the account does not exist or the user has the maximum of accounts, [`Fault::Storage`] when
/// the storage fails.
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
