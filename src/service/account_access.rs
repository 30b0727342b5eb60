//! Lists the users with full access to an account and lets an administrator revoke it, as the letter about a new owner
//! promises.

use super::audit::Action;
use super::links::full_access_ended;
use super::messages::Text;
use super::{Fault, Services, Visitor};
use crate::domain::account::{Account, AccountNumber};
use crate::domain::id::UserId;
use crate::domain::login::Login;
use crate::domain::pin::{PINS, Pin};
use crate::storage::{Connection, Database, accounts, links, providers, users};

/// A user with full access.
pub struct FullOwner {
    /// The login, by which the administrator identifies the user.
    pub login: Login,
}

/// The result of revoking a user's full access.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Revoked {
    /// Full access was revoked.
    Closed,
    /// The user had no full access: nothing changed.
    HadNone,
    /// The login is unknown.
    NoUser,
}

/// An account by its provider's code and its number; `None` when no account matches.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn find(services: &Services, provider_code: &str, number: &str) -> Result<Option<Account>, Fault> {
    let mut connection = services.db().read().await?;
    let Some(provider) = providers::by_code(&mut connection, provider_code).await? else { return Ok(None) };
    let Ok(number) = AccountNumber::parse(number, provider.account_length) else { return Ok(None) };
    Ok(accounts::find(&mut connection, &provider.id, &number).await?)
}

/// Users with full access to an account.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn owners(services: &Services, account: &Account) -> Result<Vec<FullOwner>, Fault> {
    let mut connection = services.db().read().await?;
    let mut owners = Vec::new();
    for link in links::full_owners(&mut connection, &account.id).await? {
        if let Some(user) = users::by_id(&mut connection, &link.user_id).await? {
            owners.push(FullOwner { login: user.login });
        }
    }
    Ok(owners)
}

/// Revokes the full access of a user; the account stays linked in lite access.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn revoke(services: &Services, account: &Account, login: &Login) -> Result<Revoked, Fault> {
    let mut tx = services.db().begin().await?;
    let Some(user) = users::by_login(&mut tx, login).await? else { return Ok(Revoked::NoUser) };
    let closed = close(services, &mut tx, account, &user.id, login).await?;
    Database::commit(tx).await?;
    Ok(if closed { Revoked::Closed } else { Revoked::HadNone })
}

async fn close(
    services: &Services,
    connection: &mut Connection,
    account: &Account,
    user_id: &UserId,
    login: &Login,
) -> Result<bool, Fault> {
    if !links::revoke_full(connection, user_id, &account.id).await? {
        return Ok(false);
    }
    let (subject, administrator) = (Some(account.id.as_str()), Visitor::administrator());
    full_access_ended(services, connection, user_id, &account.id, &administrator).await?;
    services.record(connection, user_id, Action::AccessRevoked, subject, &administrator).await?;
    services.alert(connection, user_id, login, text_revoked(services, account)).await?;
    Ok(true)
}

/// Replaces the PIN of an account with a random one, which the next receipt shows; `revoke_all` also revokes every full
/// access. Returns the number of revoked accesses.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn replace_pin(services: &Services, account: &Account, revoke_all: bool) -> Result<usize, Fault> {
    let pin = Pin::from_number(services.nature().below(PINS));
    let sealed = services.vault().seal_pin(&pin, &account.id);
    let mut tx = services.db().begin().await?;
    accounts::replace_pin(&mut tx, &account.id, &sealed).await?;
    services.record_account(&mut tx, &account.id, Action::PinReplaced).await?;
    let mut ended = 0;
    for link in links::full_owners(&mut tx, &account.id).await? {
        let subject = Some(account.id.as_str());
        let administrator = Visitor::administrator();
        services.record(&mut tx, &link.user_id, Action::PinReplaced, subject, &administrator).await?;
        let Some(user) = users::by_id(&mut tx, &link.user_id).await? else { continue };
        if revoke_all && close(services, &mut tx, account, &user.id, &user.login).await? {
            ended += 1;
        }
    }
    Database::commit(tx).await?;
    Ok(ended)
}

fn text_revoked(services: &Services, account: &Account) -> Text {
    let (number, support) = (&account.number, &services.settings().support_email);
    Text {
        subject: "Полная версия закрыта",
        letter: services.letter(&format!(
            "Поставщик закрыл полную версию лицевого счёта {number} в вашем кабинете.\n\n\
             Чтобы открыть её снова, введите ПИН-код с новой квитанции или напишите нам."
        )),
        sms: format!("Полная версия л/с {number} закрыта. Вопросы: {support}"),
    }
}
