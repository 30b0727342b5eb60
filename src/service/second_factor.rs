//! The second factor: a code of an authenticator app (TOTP, RFC 6238), and ten backup codes for a lost phone. Mandatory
//! for operators, optional for subscribers. There is one kind; the table has room for passkeys.

mod backup;
mod carried;
mod demo;
mod messages;
mod reset;

use totp_rs::{Builder, Secret, Totp};

use self::backup::{NewCodes, use_backup};
use self::messages::{Event, notify};
use super::audit::Action;
use super::limits::Limit;
use super::passwords::Stretched;
use super::refused::{Correctable, Refused};
use super::sign_in::{SignedIn, is_locked, open_signed_in, record_of};
use super::{Fault, Services, Visitor};
use crate::domain::calendar::Span;
use crate::domain::id::{Owner, SessionId, UserId};
use crate::domain::session::Session;
use crate::domain::typed::{digits_of_paste, plain};
use crate::storage::second_factors::{self, SecondFactor};
use crate::storage::{Connection, Database, StorageError, Tx, operators, sessions, users};
use crate::telemetry::{self, SecurityEvent};

pub use carried::{CARRIED, seal_codes, unseal_codes};
pub use demo::enrol_for_demo;
pub(super) use demo::send_demo_code;
pub(super) use reset::reset;

/// Code tries, per person: at five in a quarter of an hour, guessing one in 500 000 takes years.
pub const SECOND_FACTOR: Limit = Limit { name: "second-factor", most: 5, window: Span::minutes(15) };
/// Seconds for which a code is valid (RFC 6238).
const STEP: u64 = 30;
/// Digits of a code.
const CODE_LENGTH: usize = 6;
/// Bytes of a secret: as long as SHA-1, as RFC 4226 asks.
const SECRET_LENGTH: usize = 20;
/// Backup codes per person.
pub const BACKUP_CODES: usize = 10;
/// Characters of a backup code: 50 random bits in base 32.
const BACKUP_LENGTH: usize = 10;

/// A code as it was typed.
enum Typed {
    /// Six digits of the authenticator app.
    Code(String),
    /// A backup code.
    Backup(String),
}

/// A code prepared for the transaction that compares it.
enum Tried {
    /// Six digits of the authenticator app.
    Code(String),
    /// A backup code, stretched for the factor with this identifier.
    Backup(Stretched, String),
}

impl Typed {
    /// Parses a code in any digits, with spaces and dashes, or a whole message with one code; `None` when it is
    /// neither.
    fn parse(text: &str) -> Option<Self> {
        let joined: String = plain(text).chars().filter(|c| !matches!(c, ' ' | '-')).collect::<String>().to_lowercase();
        let base32 = |c: char| matches!(c, 'a'..='z' | '2'..='7');
        if joined.len() == BACKUP_LENGTH && joined.chars().all(base32) {
            return Some(Self::Backup(joined));
        }
        digits_of_paste(text, CODE_LENGTH).map(Self::Code)
    }
}

/// Why a code was rejected.
#[derive(Debug)]
pub enum CodeRefused {
    /// The code is malformed: not counted as a try.
    Form,
    /// Wrong, or used before.
    Wrong,
    /// The right code of the previous thirty seconds: expired.
    Late,
    /// There is no factor to check, or the sign-in took too long.
    Gone,
    /// Another session restarted the set-up: the secret on the page is void.
    Replaced,
}

impl Correctable for CodeRefused {}

/// Whether a person has the factor.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum State {
    /// No factor.
    Off,
    /// A confirmed factor, required at sign-in.
    On {
        /// Unused backup codes.
        backup_codes: usize,
    },
}

/// An unconfirmed factor, as the set-up page shows it until the first code.
#[derive(Clone, Eq, PartialEq)]
pub struct Enrolment {
    /// The secret in base 32, for typing.
    pub secret: String,
    /// The URI in the QR code.
    pub uri: String,
}

/// Backup codes, shown once.
#[derive(Clone, Eq, PartialEq)]
pub struct BackupCodes(pub Vec<String>);

/// Whether a person has a factor.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn state(services: &Services, owner: &Owner) -> Result<State, Fault> {
    let mut connection = services.db().read().await?;
    let factor = second_factors::find(&mut connection, owner).await?.filter(|factor| factor.confirmed);
    let Some(factor) = factor else { return Ok(State::Off) };
    let backup_codes = second_factors::unused_codes(&mut connection, &factor.id).await?.len();
    Ok(State::On { backup_codes })
}

/// Whether sign-in requires the second factor: always for an operator, and for a user who switched it on.
pub(super) async fn is_needed(connection: &mut Connection, owner: &Owner) -> Result<bool, StorageError> {
    match owner {
        Owner::Operator(_) => Ok(true),
        Owner::User(_) => Ok(second_factors::find(connection, owner).await?.is_some_and(|factor| factor.confirmed)),
    }
}

/// Begins the set-up of a factor. The session that began it gets the same secret until the first right code; any other
/// session gets a new secret, so that a secret seen by another person is never confirmed. `None` when the factor is
/// already on.
///
/// # Errors
/// [`Fault`] when the storage fails or the secret cannot be opened.
pub async fn enrol(services: &Services, owner: &Owner, session: &Session) -> Result<Option<Enrolment>, Fault> {
    let mut tx = services.db().begin().await?;
    // Serialises two pages of one person: each would insert a row.
    is_locked(&mut tx, owner).await?;
    let factor = match second_factors::find(&mut tx, owner).await? {
        Some(factor) if factor.confirmed => return Ok(None),
        Some(factor) if factor.begun_in.as_ref() == Some(&session.id) => factor,
        Some(stale) => {
            second_factors::discard(&mut tx, &stale.id).await?;
            begin(services, &mut tx, owner, session).await?
        }
        None => begin(services, &mut tx, owner, session).await?,
    };
    let account = account_of(&mut tx, owner).await?;
    Database::commit(tx).await?;
    let totp = totp(&open(services, &factor)?, &account, &services.settings().public_host)?;
    let uri = totp.to_url().map_err(|_| Fault::Broken("a second factor without an account"))?;
    Ok(Some(Enrolment { secret: totp.secret().to_base32(), uri }))
}

async fn begin(
    services: &Services,
    connection: &mut Connection,
    owner: &Owner,
    session: &Session,
) -> Result<SecondFactor, Fault> {
    let factor = generate(services, Some(session.id.clone()));
    second_factors::insert(connection, &factor, owner, services.now()).await?;
    Ok(factor)
}

/// A factor with a random secret, sealed for its own row.
fn generate(services: &Services, begun_in: Option<SessionId>) -> SecondFactor {
    let secret = data_encoding::BASE32_NOPAD.encode(&services.nature().bytes::<SECRET_LENGTH>());
    let id = services.nature().id();
    let secret_sealed = services.vault().seal(&purpose(&id), &secret);
    SecondFactor { id, secret_sealed, last_step: 0, confirmed: false, begun_in }
}

pub(super) fn purpose(factor_id: &str) -> String {
    format!("second factor:{factor_id}")
}

fn open(services: &Services, factor: &SecondFactor) -> Result<String, Fault> {
    Ok(services.vault().unseal(&purpose(&factor.id), &factor.secret_sealed)?)
}

/// The account name shown in the authenticator app.
async fn account_of(connection: &mut Connection, owner: &Owner) -> Result<String, Fault> {
    let login = match owner {
        Owner::User(id) => users::by_id(connection, id).await?.map(|user| user.login.as_str().to_owned()),
        Owner::Operator(id) => operators::by_id(connection, id).await?.map(|operator| operator.login),
    };
    Ok(login.unwrap_or_default().replace(':', " "))
}

fn totp(secret: &str, account: &str, issuer: &str) -> Result<Totp, Fault> {
    let secret = Secret::try_from_base32(secret).map_err(|_| Fault::Broken("a second factor's secret"))?;
    let built = Builder::new()
        .with_secret(secret)
        .with_step_duration(STEP)
        .with_skew(0)
        .with_account_name(account)
        .with_issuer(Some(issuer))
        .build();
    built.map_err(|_| Fault::Broken("a second factor that cannot be set up"))
}

/// The result of checking a code of the app against the clock.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Checked {
    /// The code of the current step.
    Right(i64),
    /// The code of the previous step: the person or the phone's clock is slow.
    Late,
    /// Neither.
    Wrong,
}

/// A code is valid only for its own thirty seconds (ASVS 6.5.5); the previous step only explains the rejection.
fn check_code(totp: &Totp, code: &str, now: u64) -> Checked {
    match totp.check(code, now).map(i64::try_from) {
        Some(Ok(step)) => Checked::Right(step),
        _ if totp.check(code, now.saturating_sub(STEP)).is_some() => Checked::Late,
        _ => Checked::Wrong,
    }
}

fn check_code_of(services: &Services, factor: &SecondFactor, code: &str) -> Result<Checked, Fault> {
    let totp = totp(&open(services, factor)?, "kabinet", "kabinet")?;
    let now = u64::try_from(services.now().micros() / 1_000_000).unwrap_or(0);
    Ok(check_code(&totp, code, now))
}

/// Switches a factor on with its first code, in the session that began it; returns the backup codes, once.
///
/// # Errors
/// [`Refused`] when the code is malformed, wrong or late, the set-up is gone or replaced, a limit is reached, or on
/// an internal error.
pub async fn confirm(
    services: &Services,
    owner: &Owner,
    session: &Session,
    code: &str,
    visitor: &Visitor,
) -> Result<BackupCodes, Refused<CodeRefused>> {
    let (tx, codes) = switch_on(services, owner, session, code, visitor).await?;
    Database::commit(tx).await?;
    Ok(codes)
}

/// [`confirm`] without the commit.
async fn switch_on(
    services: &Services,
    owner: &Owner,
    session: &Session,
    code: &str,
    visitor: &Visitor,
) -> Result<(Tx, BackupCodes), Refused<CodeRefused>> {
    let Some(Typed::Code(code)) = Typed::parse(code) else { return Err(CodeRefused::Form.into()) };
    services.count(SECOND_FACTOR, owner.as_str()).await??;
    let new_codes = codes_for_right(services, owner, &code).await?;
    let mut tx = begin_for(services, owner).await?;
    let factor = second_factors::find(&mut tx, owner).await?.filter(|factor| !factor.confirmed);
    let factor = factor.ok_or(CodeRefused::Gone)?;
    if factor.begun_in.as_ref() != Some(&session.id) {
        return Err(CodeRefused::Replaced.into());
    }
    let checked = check_code_of(services, &factor, &code)?;
    let Checked::Right(step) = checked else {
        return Err(refuse(services, tx, owner, checked, visitor).await?.into());
    };
    let new_codes = new_codes.filter(|codes| codes.are_of(&factor)).ok_or(CodeRefused::Late)?;
    if !second_factors::confirm(&mut tx, &factor.id, step, services.now()).await? {
        return Err(CodeRefused::Gone.into());
    }
    let codes = new_codes.replace(services, &mut tx).await?;
    SECOND_FACTOR.clear(services, &mut tx, owner.as_str()).await?;
    record_of(services, &mut tx, owner, Action::SecondFactorOn, Action::SecondFactorOn, visitor).await?;
    notify(services, &mut tx, owner, Event::On).await?;
    Ok((tx, codes))
}

/// New backup codes, if the code is right. The transaction checks it again; a wrong code costs no hashes.
async fn codes_for_right(services: &Services, owner: &Owner, code: &str) -> Result<Option<NewCodes>, Fault> {
    let factor = second_factors::find(&mut *services.db().read().await?, owner).await?;
    let Some(factor) = factor else { return Ok(None) };
    match check_code_of(services, &factor, code)? {
        Checked::Right(_) => Ok(Some(NewCodes::make(services, &factor.id).await?)),
        Checked::Late | Checked::Wrong => Ok(None),
    }
}

/// A transaction with the person's row locked, so that their concurrent actions are serialised.
async fn begin_for(services: &Services, owner: &Owner) -> Result<Tx, Refused<CodeRefused>> {
    let mut tx = services.db().begin().await?;
    if is_locked(&mut tx, owner).await? {
        telemetry::security(SecurityEvent::LockedOut);
        return Err(CodeRefused::Gone.into());
    }
    Ok(tx)
}

/// Checks a code of the app or a backup code; each works once. The code is used up when the caller commits the
/// transaction: a change that fails costs no code.
async fn check(services: &Services, owner: &Owner, code: &str, visitor: &Visitor) -> Result<Tx, Refused<CodeRefused>> {
    let typed = Typed::parse(code).ok_or(CodeRefused::Form)?;
    services.count(SECOND_FACTOR, owner.as_str()).await??;
    let tried = prepare(services, owner, typed).await?;
    let mut tx = begin_for(services, owner).await?;
    let factor = second_factors::find(&mut tx, owner).await?.filter(|factor| factor.confirmed);
    let factor = factor.ok_or(CodeRefused::Gone)?;
    let checked = match &tried {
        Tried::Code(code) => use_code(services, &mut tx, &factor, code).await?,
        Tried::Backup(code, factor_id) if *factor_id == factor.id => {
            let is_right = use_backup(services, &mut tx, owner, &factor, code, visitor).await?;
            if is_right { Checked::Right(factor.last_step) } else { Checked::Wrong }
        }
        Tried::Backup(..) => Checked::Wrong,
    };
    if !matches!(checked, Checked::Right(_)) {
        return Err(refuse(services, tx, owner, checked, visitor).await?.into());
    }
    SECOND_FACTOR.clear(services, &mut tx, owner.as_str()).await?;
    Ok(tx)
}

/// Stretches a backup code before the transaction begins.
async fn prepare(services: &Services, owner: &Owner, typed: Typed) -> Result<Tried, Refused<CodeRefused>> {
    let code = match typed {
        Typed::Code(code) => return Ok(Tried::Code(code)),
        Typed::Backup(code) => code,
    };
    let factor = second_factors::find(&mut *services.db().read().await?, owner).await?;
    let factor = factor.ok_or(CodeRefused::Gone)?;
    Ok(Tried::Backup(services.passwords().stretch(&code, &factor.id).await?, factor.id))
}

/// Records a wrong code.
async fn refuse(
    services: &Services,
    mut tx: Tx,
    owner: &Owner,
    checked: Checked,
    visitor: &Visitor,
) -> Result<CodeRefused, StorageError> {
    let wrong = Action::SecondFactorWrong;
    record_of(services, &mut tx, owner, wrong, wrong, visitor).await?;
    Database::commit(tx).await?;
    telemetry::security(SecurityEvent::SecondFactorRefused);
    Ok(if checked == Checked::Late { CodeRefused::Late } else { CodeRefused::Wrong })
}

async fn use_code(
    services: &Services,
    connection: &mut Connection,
    factor: &SecondFactor,
    code: &str,
) -> Result<Checked, Fault> {
    let checked = check_code_of(services, factor, code)?;
    match checked {
        Checked::Right(step) if !second_factors::use_step(connection, &factor.id, step).await? => Ok(Checked::Wrong),
        other => Ok(other),
    }
}

/// The person who entered the right password in this session.
pub fn pending(session: &Session) -> Option<Owner> {
    let user = session.pending_user_id.clone().map(Owner::User);
    user.or_else(|| session.pending_operator_id.clone().map(Owner::Operator))
}

/// Completes a sign-in with the code: the pending session ends, and a full one opens.
///
/// # Errors
/// [`Refused`] when the code is malformed, wrong or late, the pending session has ended, a limit is reached, or on
/// an internal error.
pub async fn finish(
    services: &Services,
    session: &Session,
    code: &str,
    visitor: &Visitor,
) -> Result<SignedIn, Refused<CodeRefused>> {
    let owner = pending(session).ok_or(CodeRefused::Gone)?;
    let tx = check(services, &owner, code, visitor).await?;
    open_full(services, tx, session, owner, visitor).await
}

/// Completes the first sign-in of an operator: switches the factor on, and opens the full session.
///
/// # Errors
/// [`Refused`] when the code is malformed, wrong or late, the set-up or the pending session is gone, a limit is
/// reached, or on an internal error.
pub async fn confirm_and_finish(
    services: &Services,
    session: &Session,
    code: &str,
    visitor: &Visitor,
) -> Result<(SignedIn, BackupCodes), Refused<CodeRefused>> {
    let owner = pending(session).ok_or(CodeRefused::Gone)?;
    let (tx, codes) = switch_on(services, &owner, session, code, visitor).await?;
    Ok((open_full(services, tx, session, owner, visitor).await?, codes))
}

/// The password may have been changed, or another code accepted, since the request began: a pending session that has
/// ended does not become a full one.
async fn open_full(
    services: &Services,
    mut tx: Tx,
    session: &Session,
    owner: Owner,
    visitor: &Visitor,
) -> Result<SignedIn, Refused<CodeRefused>> {
    if !sessions::end_pending(&mut tx, &session.token_hash, &owner, services.now()).await? {
        return Err(CodeRefused::Gone.into());
    }
    let signed_in = open_signed_in(services, &mut tx, owner, visitor).await?;
    Database::commit(tx).await?;
    Ok(signed_in)
}

/// Replaces the backup codes, after a right code.
///
/// # Errors
/// [`Refused`] when the code is malformed, wrong or late, the factor is gone, a limit is reached, or on an internal
/// error.
pub async fn renew_backup_codes(
    services: &Services,
    owner: &Owner,
    code: &str,
    visitor: &Visitor,
) -> Result<BackupCodes, Refused<CodeRefused>> {
    let mut connection = services.db().read().await?;
    // Hashes are computed only while the limit allows a try.
    if let Some(limit) = SECOND_FACTOR.is_full(services, &mut connection, owner.as_str()).await? {
        return Err(limit.into());
    }
    let factor = second_factors::find(&mut connection, owner).await?.ok_or(CodeRefused::Gone)?;
    drop(connection);
    let new_codes = NewCodes::make(services, &factor.id).await?;
    let mut tx = check(services, owner, code, visitor).await?;
    let factor = second_factors::find(&mut tx, owner).await?.ok_or(CodeRefused::Gone)?;
    let new_codes = Some(new_codes).filter(|codes| codes.are_of(&factor)).ok_or(CodeRefused::Gone)?;
    let codes = new_codes.replace(services, &mut tx).await?;
    let renewed = Action::BackupCodesRenewed;
    record_of(services, &mut tx, owner, renewed, renewed, visitor).await?;
    Database::commit(tx).await?;
    Ok(codes)
}

/// Switches the factor of a subscriber off, after a right code. The page asks for the password before.
///
/// # Errors
/// [`Refused`] when the code is malformed, wrong or late, the factor is gone, a limit is reached, or on an internal
/// error.
pub async fn switch_off(
    services: &Services,
    user_id: &UserId,
    code: &str,
    visitor: &Visitor,
) -> Result<(), Refused<CodeRefused>> {
    let owner = Owner::User(user_id.clone());
    let mut tx = check(services, &owner, code, visitor).await?;
    second_factors::remove(&mut tx, &owner).await?;
    services.record(&mut tx, user_id, Action::SecondFactorOff, None, visitor).await?;
    notify(services, &mut tx, &owner, Event::Off).await?;
    Ok(Database::commit(tx).await?)
}

#[cfg(test)]
mod tests;
