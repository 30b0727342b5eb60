//! Confirming a registration (M2), by the code of an SMS or the link of a letter. The browser that registered only
//! confirms; any other browser needs the password of the form or a new one, because a stranger may have started the
//! registration.

use super::one_time::{CODE_TRIES, CodeOf};
use super::refused::{Correctable, Refused};
use super::registration::{consent_of, make_user};
use super::sign_in::{SignedIn, open_with_flash};
use super::{Fault, Services, Visitor, fingerprint};
use crate::domain::calendar::Span;
use crate::domain::id::{Owner, RegistrationId};
use crate::domain::login::Login;
use crate::domain::one_time::{CodeError, LinkToken, SmsCode};
use crate::domain::password::PasswordError;
use crate::storage::registrations::{self, Registration};
use crate::storage::users::{self, Consent};
use crate::storage::{Connection, Database, sessions};
use crate::telemetry::{self, SecurityEvent};

/// How long a link signs in the browser that registered (ASVS 6.5.5). After that it only proves ownership of the
/// mailbox, and every browser needs the password of the form.
const LINK_SIGNS_IN: Span = Span::minutes(10);

/// Why a code or a link was rejected.
#[derive(Debug)]
pub enum ConfirmError {
    /// The input is not a valid code: not counted as a try.
    Code(CodeError),
    /// Wrong code or password.
    Wrong {
        /// The number of tries left.
        left: i64,
    },
    /// No tries are left: the user needs a new code or has to choose a new password.
    NoTriesLeft,
    /// The code or the link has expired: the user needs a new one.
    Expired,
    /// The link or the code was used before.
    UsedBefore,
    /// The link no longer signs this browser in: the password is required.
    PasswordNeeded,
    /// The link is unknown, or the browser has no pending registration.
    Unknown,
    /// The password of the form is empty: not counted as a try.
    NoPassword,
    /// The form of a new password has errors.
    NewPassword {
        /// The new password breaks the policy.
        password: Option<PasswordError>,
        /// The box of the consent was not ticked.
        consent_missing: bool,
    },
}

impl Correctable for ConfirmError {}

/// Confirms a registration by the code of the SMS, once, in the browser that requested it. A second tap is no new try
/// and signs in too: it replaces the session of the first request, whose response the browser may have dropped. The
/// first page shows the greeting.
///
/// # Errors
/// [`Refused`] when the code is malformed, wrong, expired or used, no tries are left, or on an internal error.
pub async fn confirm_by_code(
    services: &Services,
    id: &RegistrationId,
    code: &str,
    greeting: &str,
    visitor: &Visitor,
) -> Result<SignedIn, Refused<ConfirmError>> {
    let code = SmsCode::parse(code).map_err(ConfirmError::Code)?;
    let counted = count_code(services, id, &code).await?;
    let mut tx = services.db().begin().await?;
    let registration = lock(services, &mut tx, id).await?;
    // The secret of the counted try: a code that was sent again meanwhile has its own tries.
    if !services.is_code_of(&counted.secret, CodeOf::Registration, id.as_str(), &code) {
        telemetry::security(SecurityEvent::SecretRefused);
        return Err(wrong(counted.tries).into());
    }
    let signed_in = if let Some(user_id) = &registration.user_id {
        let owner = Owner::User(user_id.clone());
        sessions::remove_others(&mut tx, &owner, "", services.now()).await?;
        open_with_flash(services, &mut tx, owner, Some(greeting), visitor).await?
    } else {
        let confirmed = (registration.password_hash.clone(), registration.consent.clone());
        finish(services, &mut tx, &registration, confirmed, greeting, visitor).await?
    };
    Database::commit(tx).await?;
    Ok(signed_in)
}

/// Counts a try of a code, unless the same code was counted before, and returns the registration with its tries. It
/// commits before the comparison, so that parallel guesses are counted one by one.
async fn count_code(
    services: &Services,
    id: &RegistrationId,
    code: &SmsCode,
) -> Result<Registration, Refused<ConfirmError>> {
    let mut tx = services.db().begin().await?;
    registrations::lock(&mut tx, id).await?;
    let registration = registrations::by_id(&mut tx, id).await?.ok_or(ConfirmError::NoTriesLeft)?;
    if !services.is_new_try(&mut tx, registration.secret.code_mac(), id.as_str(), code).await? {
        return Ok(registration);
    }
    let tries = registrations::count_try(&mut tx, id, CODE_TRIES).await?.ok_or(ConfirmError::NoTriesLeft)?;
    Database::commit(tx).await?;
    Ok(Registration { tries, ..registration })
}

/// Counts a try of a password and commits it before the comparison. `None` when no tries are left.
async fn count_try(services: &Services, id: &RegistrationId) -> Result<Option<i64>, Fault> {
    let mut tx = services.db().begin().await?;
    let tries = registrations::count_try(&mut tx, id, CODE_TRIES).await?;
    Database::commit(tx).await?;
    Ok(tries)
}

const fn wrong(tries: i64) -> ConfirmError {
    let left = CODE_TRIES - tries;
    if left > 0 { ConfirmError::Wrong { left } } else { ConfirmError::NoTriesLeft }
}

/// The registration, locked until the transaction ends; an error when it has expired.
async fn lock(
    services: &Services,
    connection: &mut Connection,
    id: &RegistrationId,
) -> Result<Registration, Refused<ConfirmError>> {
    registrations::lock(connection, id).await?;
    let registration = registrations::by_id(connection, id).await?.ok_or(ConfirmError::Unknown)?;
    if registration.secret_expires_at <= services.now() {
        return Err(ConfirmError::Expired.into());
    }
    Ok(registration)
}

/// Creates the user with the confirmed password and consent, and signs the browser in.
async fn finish(
    services: &Services,
    connection: &mut Connection,
    registration: &Registration,
    (password_hash, consent): (String, Consent),
    greeting: &str,
    visitor: &Visitor,
) -> Result<SignedIn, Refused<ConfirmError>> {
    let made = make_user(services, connection, registration, &password_hash, &consent, visitor).await?;
    let owner = Owner::User(made.ok_or(ConfirmError::UsedBefore)?);
    Ok(open_with_flash(services, connection, owner, Some(greeting), visitor).await?)
}

/// The kind of page that a letter's link opens.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum LinkPage {
    /// This browser registered: one click confirms.
    OwnBrowser,
    /// The page requests the password of the form, or a new one.
    Password {
        /// The masked login: only its ends are visible.
        masked: String,
        /// The login, if this browser registered but [`LINK_SIGNS_IN`] has passed.
        own: Option<Login>,
    },
}

/// Chooses the page for the browser that opens a letter's link. `own` is the pending registration of the browser.
///
/// # Errors
/// [`Refused`] when the link is unknown, expired or used, a limit is reached, or on an internal error.
pub async fn look_at_link(
    services: &Services,
    token: &LinkToken,
    own: Option<&RegistrationId>,
    visitor: &Visitor,
) -> Result<LinkPage, Refused<ConfirmError>> {
    let registration = by_link(services, token, visitor).await?;
    let is_own = own == Some(&registration.id);
    if is_own && signs_in(services, &registration) {
        return Ok(LinkPage::OwnBrowser);
    }
    Ok(LinkPage::Password { masked: registration.login.masked(), own: is_own.then_some(registration.login) })
}

fn signs_in(services: &Services, registration: &Registration) -> bool {
    services.now().since(registration.last_sent_at) < LINK_SIGNS_IN
}

async fn by_link(
    services: &Services,
    token: &LinkToken,
    visitor: &Visitor,
) -> Result<Registration, Refused<ConfirmError>> {
    services.link_tries_left(visitor).await??;
    let mut connection = services.db().read().await?;
    let Some(registration) = registrations::by_link(&mut connection, &fingerprint(token.reveal())).await? else {
        drop(connection);
        services.count_wrong_link(visitor).await?;
        return Err(ConfirmError::Unknown.into());
    };
    // Another registration of the login may have been confirmed first: this link is then void too, and its page must
    // not show a form that submits itself.
    if registration.user_id.is_some() || users::by_login(&mut connection, &registration.login).await?.is_some() {
        return Err(ConfirmError::UsedBefore.into());
    }
    if registration.secret_expires_at <= services.now() {
        return Err(ConfirmError::Expired.into());
    }
    Ok(registration)
}

/// How the person who opened a link proves that the registration is theirs.
#[derive(Clone, Copy)]
pub enum LinkProof<'a> {
    /// The browser that registered: no password is needed.
    OwnBrowser(&'a RegistrationId),
    /// The password chosen at registration.
    Password(&'a str),
    /// A new password instead, with a consent given in the same form.
    NewPassword {
        /// The password.
        password: &'a str,
        /// Version of the consent that the person accepts; `None` when the box is not ticked.
        consent: Option<&'a str>,
    },
}

/// Confirms a registration by the link of the letter, once. The first page shows the greeting.
///
/// # Errors
/// [`Refused`] when the link is unknown, expired or used, the proof is rejected, a limit is reached, or on an
/// internal error.
pub async fn confirm_by_link(
    services: &Services,
    token: &LinkToken,
    proof: LinkProof<'_>,
    greeting: &str,
    visitor: &Visitor,
) -> Result<SignedIn, Refused<ConfirmError>> {
    let found = by_link(services, token, visitor).await?;
    let confirmed = match proof {
        LinkProof::OwnBrowser(own) if *own != found.id || !signs_in(services, &found) => {
            return Err(ConfirmError::PasswordNeeded.into());
        }
        LinkProof::OwnBrowser(_) => (found.password_hash.clone(), found.consent.clone()),
        LinkProof::Password(password) => check_password(services, &found, password).await?,
        LinkProof::NewPassword { password, consent } => {
            choose_password(services, &found, password, consent, visitor).await?
        }
    };
    let mut tx = services.db().begin().await?;
    let registration = lock(services, &mut tx, &found.id).await?;
    let signed_in = finish(services, &mut tx, &registration, confirmed, greeting, visitor).await?;
    Database::commit(tx).await?;
    Ok(signed_in)
}

async fn check_password(
    services: &Services,
    registration: &Registration,
    password: &str,
) -> Result<(String, Consent), Refused<ConfirmError>> {
    if password.is_empty() {
        return Err(ConfirmError::NoPassword.into());
    }
    let tries = count_try(services, &registration.id).await?.ok_or(ConfirmError::NoTriesLeft)?;
    if !services.passwords().verify(password, Some(&registration.password_hash)).await? {
        telemetry::security(SecurityEvent::SecretRefused);
        return Err(wrong(tries).into());
    }
    Ok((registration.password_hash.clone(), registration.consent.clone()))
}

async fn choose_password(
    services: &Services,
    registration: &Registration,
    password: &str,
    consent: Option<&str>,
    visitor: &Visitor,
) -> Result<(String, Consent), Refused<ConfirmError>> {
    let error = services.check_new_password(password, &registration.login, None).await?.err();
    let (None, Some(accepted)) = (error, consent) else {
        return Err(ConfirmError::NewPassword { password: error, consent_missing: consent.is_none() }.into());
    };
    Ok((services.passwords().hash(password).await?, consent_of(services, visitor, accepted)))
}
