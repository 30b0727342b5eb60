//! Registration and its confirmation (M1, M2). No user exists before the confirmation, and nothing tells whether a
//! login is taken: the same pages, the same time, and the difference only in the letter.

use subtle::ConstantTimeEq as _;

use super::audit::Action;
use super::limits::{REGISTER_ADDRESS, RESEND_PAUSE, SENDS_A_DAY, TooOften};
use super::sessions::{Holder, Token};
use super::{Fault, Services, Visitor, fingerprint};
use crate::domain::calendar::Span;
use crate::domain::id::{RegistrationId, UserId};
use crate::domain::login::{Login, LoginError};
use crate::domain::password::PasswordError;
use crate::storage::users::{Consent, Registration, User};
use crate::storage::{Connection, Database, StorageError, users};

/// How long the link of a letter holds.
pub const LINK_LIFETIME: Span = Span::hours(24);
/// How long the code of an SMS holds.
pub const CODE_LIFETIME: Span = Span::minutes(10);
/// Digits of the code.
pub const CODE_LENGTH: usize = 6;
/// All codes there are.
const CODES: u32 = 10_u32.pow(CODE_LENGTH as u32);
/// Wrong codes before a new one must be asked for.
pub const CODE_TRIES: i64 = 5;
/// How often the right code may come again after it was taken: a double tap, and a paste that sends twice.
const SECOND_TAPS: i64 = 3;
/// The text of the consent that is in force.
pub const CONSENT_VERSION: &str = "2026-09-01";

/// What was typed, field by field.
pub struct Form<'a> {
    /// An address or a phone.
    pub login: &'a str,
    /// The password.
    pub password: &'a str,
    /// Whether the box was ticked.
    pub consent: bool,
}

/// What is wrong with the form, each with its field.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct FormErrors {
    /// The login.
    pub login: Option<LoginError>,
    /// The password.
    pub password: Option<PasswordError>,
    /// The box was not ticked.
    pub consent_missing: bool,
}

/// Why a registration did not begin.
#[derive(Debug)]
pub enum RegisterError {
    /// The form can be mended.
    Form(FormErrors),
    /// A limit was reached.
    TooOften(TooOften),
    /// Nobody's fault at the other end.
    Fault(Fault),
}

impl<E: Into<Fault>> From<E> for RegisterError {
    fn from(error: E) -> Self {
        Self::Fault(error.into())
    }
}

/// Begins a registration: the form is checked, the letter or SMS is written, the browser gets a guest's session.
///
/// # Errors
/// [`RegisterError`].
pub async fn register(services: &Services, form: Form<'_>, visitor: &Visitor) -> Result<Token, RegisterError> {
    let login = check(services, &form).map_err(RegisterError::Form)?;
    let counted = services.count(REGISTER_ADDRESS, &visitor.network()).await?;
    counted.map_err(RegisterError::TooOften)?;
    count_send(services, &login).await?.map_err(RegisterError::TooOften)?;

    let password_hash = services.passwords().hash(form.password).await?;
    let now = services.now();
    let secret = new_secret(services, &login);
    let registration = Registration {
        id: RegistrationId::trusted(services.nature().id()),
        secret_hash: secret_hash(&login, &secret),
        secret_expires_at: now.plus(lifetime(&login)),
        login,
        password_hash,
        consent: Consent { at: now, from: visitor.address.clone(), version: CONSENT_VERSION.to_owned() },
        tries: 0,
        last_sent_at: now,
        user_id: None,
    };
    let mut tx = services.db().begin().await?;
    users::insert_registration(&mut tx, &registration).await?;
    send_secret(services, &mut tx, &registration.login, &secret).await?;
    let holder = Holder::Guest { registration: Some(registration.id), recovery: None };
    let token = services.open_session(&mut tx, holder, None, visitor).await?;
    Database::commit(tx).await?;
    Ok(token)
}

fn check(services: &Services, form: &Form<'_>) -> Result<Login, FormErrors> {
    let login = Login::parse(form.login);
    let password = services.settings().password_policy.check(form.password, login.as_ref().ok());
    let errors =
        FormErrors { login: login.as_ref().err().copied(), password: password.err(), consent_missing: !form.consent };
    match login {
        Ok(login) if errors == FormErrors::default() => Ok(login),
        _ => Err(errors),
    }
}

/// One letter or SMS a minute and five a day, for each login.
pub(super) async fn count_send(services: &Services, login: &Login) -> Result<Result<(), TooOften>, StorageError> {
    if let Err(too_often) = services.count(RESEND_PAUSE, login.as_str()).await? {
        return Ok(Err(too_often));
    }
    Ok(services.count(SENDS_A_DAY, login.as_str()).await?.map(|_| ()))
}

const fn lifetime(login: &Login) -> Span {
    match login {
        Login::Email(_) => LINK_LIFETIME,
        Login::Phone(_) => CODE_LIFETIME,
    }
}

/// A token for a link, six digits for an SMS.
pub(super) fn new_secret(services: &Services, login: &Login) -> String {
    match login {
        Login::Email(_) => services.nature().token(),
        Login::Phone(_) => format!("{:0CODE_LENGTH$}", services.nature().below(CODES)),
    }
}

/// Six digits are bound to the login: the table of all of them would be short.
pub(super) fn secret_hash(login: &Login, secret: &str) -> String {
    match login {
        Login::Email(_) => fingerprint(secret),
        Login::Phone(phone) => fingerprint(&format!("{phone}:{secret}")),
    }
}

async fn send_secret(
    services: &Services,
    connection: &mut Connection,
    login: &Login,
    secret: &str,
) -> Result<(), Fault> {
    let taken = users::by_login(connection, login).await?.is_some();
    let text = match (taken, login) {
        (true, _) => services.text_already_registered(),
        (false, Login::Email(_)) => services.text_confirm(secret),
        (false, Login::Phone(_)) => services.text_code(secret),
    };
    services.send(connection, login, text).await
}

/// What the page of waiting shows.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Waiting {
    /// The login, hidden but for what its owner recognises.
    pub masked: String,
    /// Whether a code is awaited, not a link.
    pub by_code: bool,
    /// Whether it is confirmed already.
    pub confirmed: bool,
    /// Seconds until a new letter or SMS may be asked for.
    pub resend_in: i64,
}

/// The registration that this browser waits to confirm.
///
/// # Errors
/// [`Fault`].
pub async fn waiting(services: &Services, id: &RegistrationId) -> Result<Option<Waiting>, Fault> {
    let mut connection = services.db().read().await?;
    let Some(registration) = users::registration(&mut connection, id).await? else { return Ok(None) };
    let since = services.now().since(registration.last_sent_at).whole_seconds();
    Ok(Some(Waiting {
        masked: registration.login.masked(),
        by_code: matches!(registration.login, Login::Phone(_)),
        confirmed: registration.user_id.is_some(),
        resend_in: (RESEND_PAUSE.window.whole_seconds() - since).max(0),
    }))
}

/// Why a code or a link did not confirm.
#[derive(Debug)]
pub enum ConfirmError {
    /// Nothing was typed.
    Empty,
    /// Not the code that was sent; so many tries are left.
    WrongCode {
        /// Tries that are left.
        left: i64,
    },
    /// The tries have run out: ask for a new code.
    NoTriesLeft,
    /// The time has run out: ask for a new one.
    Expired,
    /// The link was used before.
    UsedBefore,
    /// No such link, or the browser waits for nothing.
    Unknown,
    /// Nobody's fault at the other end.
    Fault(Fault),
}

impl<E: Into<Fault>> From<E> for ConfirmError {
    fn from(error: E) -> Self {
        Self::Fault(error.into())
    }
}

/// Confirms a registration by the code of the SMS, typed or pasted with spaces. The same code sent twice from the same
/// browser opens the same door twice.
///
/// # Errors
/// [`ConfirmError`].
pub async fn confirm_by_code(
    services: &Services,
    id: &RegistrationId,
    code: &str,
    visitor: &Visitor,
) -> Result<Token, ConfirmError> {
    let code: String = code.chars().filter(char::is_ascii_digit).collect();
    if code.is_empty() {
        return Err(ConfirmError::Empty);
    }
    // Counted and kept before the comparison: parallel guesses are counted one by one.
    let mut tx = services.db().begin().await?;
    let tried = users::count_registration_try(&mut tx, id, CODE_TRIES + SECOND_TAPS).await?;
    Database::commit(tx).await?;

    let mut tx = services.db().begin().await?;
    users::lock_registration(&mut tx, id).await?;
    let registration = users::registration(&mut tx, id).await?.ok_or(ConfirmError::Unknown)?;
    if registration.secret_expires_at <= services.now() {
        return Err(ConfirmError::Expired);
    }
    // A code that was right on the last try may be sent again by a second tap.
    let most = if registration.user_id.is_some() { CODE_TRIES + SECOND_TAPS } else { CODE_TRIES };
    if tried.is_none_or(|tried| tried > most) {
        return Err(ConfirmError::NoTriesLeft);
    }
    let typed = secret_hash(&registration.login, &code);
    let right: bool = typed.as_bytes().ct_eq(registration.secret_hash.as_bytes()).into();
    if !right {
        let left = (CODE_TRIES - registration.tries).max(0);
        return Err(if left == 0 { ConfirmError::NoTriesLeft } else { ConfirmError::WrongCode { left } });
    }
    let user_id = make_user(services, &mut tx, &registration, visitor).await?;
    let token = services.open_session(&mut tx, Holder::User(user_id), None, visitor).await?;
    Database::commit(tx).await?;
    Ok(token)
}

/// What a confirmed link opens.
pub enum Confirmed {
    /// The browser that registered: it is signed in.
    SignedIn(Token),
    /// Another browser: it is asked to sign in, so that a letter alone opens nothing.
    SignInPlease,
}

/// Confirms a registration by the link of the letter, once. `own` is what this browser waits for.
///
/// # Errors
/// [`ConfirmError`].
pub async fn confirm_by_link(
    services: &Services,
    token: &str,
    own: Option<&RegistrationId>,
    visitor: &Visitor,
) -> Result<Confirmed, ConfirmError> {
    let mut tx = services.db().begin().await?;
    let registration =
        users::registration_by_secret(&mut tx, &fingerprint(token)).await?.ok_or(ConfirmError::Unknown)?;
    if registration.user_id.is_some() {
        return Err(ConfirmError::UsedBefore);
    }
    if registration.secret_expires_at <= services.now() {
        return Err(ConfirmError::Expired);
    }
    let user_id = make_user(services, &mut tx, &registration, visitor).await?;
    let confirmed = if own == Some(&registration.id) {
        Confirmed::SignedIn(services.open_session(&mut tx, Holder::User(user_id), None, visitor).await?)
    } else {
        Confirmed::SignInPlease
    };
    Database::commit(tx).await?;
    Ok(confirmed)
}

async fn make_user(
    services: &Services,
    connection: &mut Connection,
    registration: &Registration,
    visitor: &Visitor,
) -> Result<UserId, ConfirmError> {
    if let Some(user_id) = &registration.user_id {
        return Ok(user_id.clone());
    }
    // Two registrations of one login may wait; the first that is confirmed makes the user.
    if users::by_login(connection, &registration.login).await?.is_some() {
        return Err(ConfirmError::UsedBefore);
    }
    let user = User {
        id: UserId::trusted(services.nature().id()),
        login: registration.login.clone(),
        password_hash: registration.password_hash.clone(),
        name: None,
    };
    users::insert(connection, &user, &registration.consent, services.now()).await?;
    users::confirm_registration(connection, &registration.id, &user.id).await?;
    services.record(connection, &user.id, Action::Registered, None, visitor).await?;
    Ok(user.id)
}

/// Sends a new letter or SMS for the registration that this browser waits to confirm.
///
/// # Errors
/// [`RegisterError::TooOften`] within a minute of the last one, or after five in a day.
pub async fn resend(services: &Services, id: &RegistrationId) -> Result<(), RegisterError> {
    let mut connection = services.db().read().await?;
    let Some(registration) = users::registration(&mut connection, id).await? else { return Ok(()) };
    drop(connection);
    if registration.user_id.is_some() {
        return Ok(());
    }
    count_send(services, &registration.login).await?.map_err(RegisterError::TooOften)?;
    let secret = new_secret(services, &registration.login);
    let now = services.now();
    let mut tx = services.db().begin().await?;
    let hash = secret_hash(&registration.login, &secret);
    users::renew_registration(&mut tx, id, &hash, now.plus(lifetime(&registration.login)), now).await?;
    send_secret(services, &mut tx, &registration.login, &secret).await?;
    Database::commit(tx).await?;
    Ok(())
}

/// Makes a confirmed user at once, for the demo and for tests; the password is not checked against the policy.
///
/// # Errors
/// [`Fault`]; a taken login is [`StorageError::Conflict`].
pub async fn make_confirmed(services: &Services, login: &Login, password: &str) -> Result<UserId, Fault> {
    let now = services.now();
    let user = User {
        id: UserId::trusted(services.nature().id()),
        login: login.clone(),
        password_hash: services.passwords().hash(password).await?,
        name: None,
    };
    let consent = Consent { at: now, from: "127.0.0.1".to_owned(), version: CONSENT_VERSION.to_owned() };
    let mut tx = services.db().begin().await?;
    users::insert(&mut tx, &user, &consent, now).await?;
    Database::commit(tx).await?;
    Ok(user.id)
}
