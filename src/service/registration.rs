//! Registration and its confirmation (M1, M2). No user exists before the confirmation, and the answers do not reveal
//! whether a login is taken: the same pages, the same timing, and the difference only in the letter.

use std::convert::Infallible;

use super::audit::Action;
use super::limits::REGISTER_ADDRESS;
use super::one_time::{CodeOf, IssuedSecret};
use super::refused::{Correctable, Refused};
use super::sessions::{Holder, Token};
use super::{Fault, Services, Visitor};
use crate::domain::calendar::Span;
use crate::domain::id::{RegistrationId, UserId};
use crate::domain::login::{Login, LoginError};
use crate::domain::password::PasswordError;
use crate::domain::user::User;
use crate::storage::registrations::{self, Registration};
use crate::storage::users::{self, Consent};
use crate::storage::{Connection, Database};

/// How long the link of a letter is valid.
pub const LINK_LIFETIME: Span = Span::hours(24);
/// How long the code of an SMS is valid.
pub const CODE_LIFETIME: Span = Span::minutes(10);
/// Consent version of users created without a form, such as the demo's: they accepted no text.
pub(super) const NO_CONSENT: &str = "none";

/// The fields of the form, as typed.
pub struct Form<'a> {
    /// An e-mail address or a phone.
    pub login: &'a str,
    /// The password.
    pub password: &'a str,
    /// Version of the consent that the visitor accepts; `None` when the box is not ticked.
    pub consent: Option<&'a str>,
}

/// Errors of the form, by field.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct FormErrors {
    /// The login.
    pub login: Option<LoginError>,
    /// The password.
    pub password: Option<PasswordError>,
    /// The box was not ticked.
    pub consent_missing: bool,
}

/// Why a registration was rejected.
#[derive(Debug)]
pub enum RegisterError {
    /// The form has invalid fields.
    Form(FormErrors),
}

impl Correctable for RegisterError {}

/// Begins a registration: checks the form, queues the letter or SMS, opens a guest session.
///
/// # Errors
/// [`Refused`] when the form is invalid, a limit is reached, or on an internal error.
pub async fn register(services: &Services, form: Form<'_>, visitor: &Visitor) -> Result<Token, Refused<RegisterError>> {
    let (login, accepted) = check(services, &form).await?.map_err(RegisterError::Form)?;
    services.count_visitor(REGISTER_ADDRESS, visitor).await??;
    services.count_send(&login, visitor, None).await??;

    let password_hash = services.passwords().hash(form.password).await?;
    let now = services.now();
    let id = RegistrationId::trusted(services.nature().id());
    let secret = services.issue_secret(&login);
    let registration = Registration {
        secret: services.stored(&secret, CodeOf::Registration, id.as_str()),
        id,
        secret_expires_at: now.plus(lifetime(&login)),
        login,
        password_hash,
        consent: consent_of(services, visitor, accepted),
        tries: 0,
        last_sent_at: now,
        user_id: None,
    };
    let mut tx = services.db().begin().await?;
    registrations::insert(&mut tx, &registration).await?;
    send_secret(services, &mut tx, &registration.login, &secret).await?;
    let holder = Holder::Guest { registration: Some(registration.id), recovery: None };
    let token = services.open_session(&mut tx, holder, None, visitor).await?;
    Database::commit(tx).await?;
    Ok(token)
}

/// The visitor's consent to a version of the text, given now.
pub(super) fn consent_of(services: &Services, visitor: &Visitor, version: &str) -> Consent {
    Consent { at: services.now(), from: visitor.address.clone(), version: version.to_owned() }
}

/// The login and the accepted version of the consent, or the errors of the form.
async fn check<'a>(services: &Services, form: &Form<'a>) -> Result<Result<(Login, &'a str), FormErrors>, Fault> {
    let login = Login::parse(form.login);
    let password = match &login {
        Ok(login) => services.check_new_password(form.password, login, None).await?,
        Err(_) => services.check_password(services.settings().password_policy, form.password, &[]),
    };
    let errors = FormErrors {
        login: login.as_ref().err().copied(),
        password: password.err(),
        consent_missing: form.consent.is_none(),
    };
    Ok(match (login, form.consent) {
        (Ok(login), Some(accepted)) if errors == FormErrors::default() => Ok((login, accepted)),
        _ => Err(errors),
    })
}

const fn lifetime(login: &Login) -> Span {
    match login {
        Login::Email(_) => LINK_LIFETIME,
        Login::Phone(_) => CODE_LIFETIME,
    }
}

async fn send_secret(
    services: &Services,
    connection: &mut Connection,
    login: &Login,
    secret: &IssuedSecret,
) -> Result<(), Fault> {
    let taken = users::by_login(connection, login).await?.is_some();
    let text = match secret {
        _ if taken => services.text_already_registered(),
        IssuedSecret::Link(token) => services.text_confirm(token),
        IssuedSecret::Code(code) => services.text_registration_code(code),
    };
    services.send(connection, login, text).await
}

/// A pending registration, as the waiting page shows it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Waiting {
    /// The login, masked except for the part that its owner recognises.
    pub masked: String,
    /// Whether a code was sent, not a link.
    pub by_code: bool,
    /// Whether it is confirmed already.
    pub confirmed: bool,
    /// Seconds until a new letter or SMS may be requested.
    pub resend_in: i64,
}

/// The pending registration of this browser.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn waiting(services: &Services, id: &RegistrationId) -> Result<Option<Waiting>, Fault> {
    let mut connection = services.db().read().await?;
    let Some(registration) = registrations::by_id(&mut connection, id).await? else { return Ok(None) };
    Ok(Some(Waiting {
        masked: registration.login.masked(),
        by_code: registration.login.is_phone(),
        confirmed: registration.user_id.is_some(),
        resend_in: services.resend_in(registration.last_sent_at),
    }))
}

/// Sends a new letter or SMS for the pending registration of this browser.
///
/// # Errors
/// [`Refused::TooOften`] within a minute of the last one, or after five in a day.
pub async fn resend(services: &Services, id: &RegistrationId, visitor: &Visitor) -> Result<(), Refused<Infallible>> {
    let mut connection = services.db().read().await?;
    let Some(registration) = registrations::by_id(&mut connection, id).await? else { return Ok(()) };
    drop(connection);
    if registration.user_id.is_some() {
        return Ok(());
    }
    services.count_send(&registration.login, visitor, None).await??;
    let secret = services.issue_secret(&registration.login);
    let stored = services.stored(&secret, CodeOf::Registration, id.as_str());
    let now = services.now();
    let mut tx = services.db().begin().await?;
    registrations::renew(&mut tx, id, &stored, now.plus(lifetime(&registration.login)), now).await?;
    send_secret(services, &mut tx, &registration.login, &secret).await?;
    Database::commit(tx).await?;
    Ok(())
}

/// Creates a confirmed user at once, for the demo and for tests; the password is not checked against the policy.
///
/// # Errors
/// [`Fault`] when the storage or the hashing fails; a taken login is [`crate::storage::StorageError::Conflict`].
pub async fn make_confirmed(services: &Services, login: &Login, password: &str) -> Result<UserId, Fault> {
    let user = User { id: UserId::trusted(services.nature().id()), login: login.clone(), name: None, locked_at: None };
    let password_hash = services.passwords().hash(password).await?;
    let consent = consent_of(services, &Visitor::at("127.0.0.1"), NO_CONSENT);
    let mut tx = services.db().begin().await?;
    users::insert(&mut tx, &user, &password_hash, &consent, services.now()).await?;
    Database::commit(tx).await?;
    Ok(user.id)
}

/// Creates the user of a confirmed registration, with the password and consent of the confirming person.
pub(super) async fn make_user(
    services: &Services,
    connection: &mut Connection,
    registration: &Registration,
    password_hash: &str,
    consent: &Consent,
    visitor: &Visitor,
) -> Result<Option<UserId>, Fault> {
    // Two registrations of one login may be pending; the first confirmation creates the user.
    if registration.user_id.is_some() || users::by_login(connection, &registration.login).await?.is_some() {
        return Ok(None);
    }
    let user = User {
        id: UserId::trusted(services.nature().id()),
        login: registration.login.clone(),
        name: None,
        locked_at: None,
    };
    users::insert(connection, &user, password_hash, consent, services.now()).await?;
    registrations::confirm(connection, &registration.id, &user.id).await?;
    services.record(connection, &user.id, Action::Registered, None, visitor).await?;
    Ok(Some(user.id))
}
