//! Receipts by e-mail instead of on paper: the consent to it and its withdrawal. `export` lists both for billing, so that
//! the print shop leaves these accounts out.

mod export;

pub use export::export;

use super::access::FullAccess;
use super::audit::Action;
use super::limits::PAPERLESS;
use super::messages::Text;
use super::refused::{Correctable, Refused};
use super::{Fault, Services, Visitor};
use crate::domain::account::AccountNumber;
use crate::domain::id::{AccountId, PaperlessConsentId, UserId};
use crate::domain::login::Login;
use crate::domain::paperless::PaperlessConsent;
use crate::domain::user::User;
use crate::storage::{Connection, Database, StorageError, accounts, contacts, links, paperless_consents, users};

/// How a user gets the receipts of an account.
pub struct Paperless {
    /// The current consent; `None`: on paper.
    pub consent: Option<PaperlessConsent>,
    /// The e-mail address of the user: the login, or the second contact.
    pub email: Option<Login>,
}

/// Why a consent was not given.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum GiveError {
    /// The user has no e-mail address.
    NoEmail,
    /// The full access has ended meanwhile.
    NoAccess,
}

impl Correctable for GiveError {}

/// How the user gets the receipts of an account.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn look(services: &Services, access: &FullAccess) -> Result<Paperless, Fault> {
    let mut connection = services.db().read().await?;
    let user = users::by_id(&mut connection, access.user_id()).await?;
    let user = user.ok_or(Fault::Broken("an access of no user"))?;
    Ok(Paperless {
        consent: paperless_consents::current(&mut connection, &user.id, access.id()).await?,
        email: email_of(&mut connection, &user).await?,
    })
}

/// The e-mail address of a user: the login, or the second contact. One of them may be a phone.
async fn email_of(connection: &mut Connection, user: &User) -> Result<Option<Login>, StorageError> {
    let contact = contacts::of_user(connection, &user.id).await?;
    Ok(email_among(std::iter::once(user.login.clone()).chain(contact)))
}

fn email_among(addresses: impl IntoIterator<Item = Login>) -> Option<Login> {
    addresses.into_iter().find(|address| !address.is_phone())
}

/// Stores the consent to a version of the text; a letter to the e-mail address confirms it. A second click changes
/// nothing.
///
/// # Errors
/// [`Refused`] when the user has no e-mail address, the full access has ended, a limit is reached, or on an internal
/// error.
pub async fn give(
    services: &Services,
    access: &FullAccess,
    version: &str,
    visitor: &Visitor,
) -> Result<(), Refused<GiveError>> {
    services.count(PAPERLESS, access.user_id().as_str()).await??;
    let mut tx = services.db().begin().await?;
    let user = users::lock(&mut tx, access.user_id()).await?.ok_or(Fault::Broken("an access of no user"))?;
    if !links::hold_full(&mut tx, &user.id, access.id()).await? {
        return Err(GiveError::NoAccess.into());
    }
    let email = email_of(&mut tx, &user).await?.ok_or(GiveError::NoEmail)?;
    let consent = PaperlessConsent {
        id: PaperlessConsentId::trusted(services.nature().id()),
        account_id: access.id().clone(),
        user_id: user.id.clone(),
        text_version: version.to_owned(),
        given_at: services.now(),
        given_from: visitor.address.clone(),
        withdrawn_at: None,
    };
    if paperless_consents::give(&mut tx, &consent).await? {
        services.record(&mut tx, &user.id, Action::PaperlessGiven, Some(access.id().as_str()), visitor).await?;
        services.send(&mut tx, &email, text_given(services, access)).await?;
    }
    Ok(Database::commit(tx).await?)
}

/// Withdraws the consent; a letter confirms it. `false` when there was none.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn withdraw(services: &Services, access: &FullAccess, visitor: &Visitor) -> Result<bool, Fault> {
    let mut tx = services.db().begin().await?;
    let withdrawn = end(services, &mut tx, access.user_id(), access.id(), visitor).await?;
    Database::commit(tx).await?;
    Ok(withdrawn)
}

/// Withdraws a user's consent for an account, in the transaction that ends its reason. `false` when there was none.
pub(super) async fn end(
    services: &Services,
    connection: &mut Connection,
    user_id: &UserId,
    account_id: &AccountId,
    visitor: &Visitor,
) -> Result<bool, Fault> {
    match paperless_consents::current(connection, user_id, account_id).await? {
        Some(consent) => end_one(services, connection, consent, visitor).await,
        None => Ok(false),
    }
}

/// Withdraws every consent of a user who has no e-mail address any more, in the transaction that removed it: otherwise
/// the receipts would come neither by e-mail nor on paper.
pub(super) async fn end_without_email(
    services: &Services,
    connection: &mut Connection,
    user_id: &UserId,
    visitor: &Visitor,
) -> Result<(), Fault> {
    let user = users::by_id(connection, user_id).await?.ok_or(Fault::Broken("contacts of no user"))?;
    if email_of(connection, &user).await?.is_none() {
        for consent in paperless_consents::of_user(connection, user_id).await? {
            end_one(services, connection, consent, visitor).await?;
        }
    }
    Ok(())
}

async fn end_one(
    services: &Services,
    connection: &mut Connection,
    consent: PaperlessConsent,
    visitor: &Visitor,
) -> Result<bool, Fault> {
    let withdrawn = consent.withdraw(services.now());
    let withdrawn = withdrawn.map_err(|_| Fault::Broken("a current consent that was withdrawn"))?;
    if !paperless_consents::withdraw(connection, &withdrawn).await? {
        return Ok(false);
    }
    let PaperlessConsent { user_id, account_id, .. } = &withdrawn;
    let user = users::by_id(connection, user_id).await?.ok_or(Fault::Broken("a consent of no user"))?;
    let account = accounts::by_id(connection, account_id).await?.ok_or(Fault::Broken("a consent of no account"))?;
    services.record(connection, user_id, Action::PaperlessWithdrawn, Some(account_id.as_str()), visitor).await?;
    let to = email_of(connection, &user).await?.unwrap_or(user.login);
    services.send(connection, &to, text_withdrawn(services, &account.number)).await?;
    Ok(true)
}

/// Whether a user gets the receipts of an account by e-mail: the letter about a new one has the document then.
pub(super) async fn wants_receipt(
    connection: &mut Connection,
    user_id: &UserId,
    account_id: &AccountId,
) -> Result<bool, StorageError> {
    paperless_consents::is_in_force(connection, user_id, account_id).await
}

fn text_given(services: &Services, access: &FullAccess) -> Text {
    let (number, url) = (&access.linked().number, &services.settings().public_url);
    let page = format!("{url}/accounts/{}/paperless", access.id());
    Text {
        subject: "Квитанции будут приходить по почте",
        letter: services.letter(&format!(
            "Вы согласились получать квитанции по лицевому счёту {number} на этот адрес вместо бумажных. Новая квитанция \
             придёт письмом, как только поставщик пришлёт начисления.\n\n\
             Передумаете — вернуть бумажные можно одной кнопкой: {page}\n\n\
             Если это были не вы, верните бумажные квитанции, смените пароль и напишите нам."
        )),
        sms: String::new(),
    }
}

fn text_withdrawn(services: &Services, number: &AccountNumber) -> Text {
    Text {
        subject: "Квитанции снова будут на бумаге",
        letter: services.letter(&format!(
            "Согласие получать квитанции по лицевому счёту {number} по почте отозвано. Они снова будут приходить на бумаге."
        )),
        sms: format!("Квитанции по л/с {number} снова будут приходить на бумаге."),
    }
}
