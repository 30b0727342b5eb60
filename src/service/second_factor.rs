//! The second factor: a code of an application on the phone (TOTP, RFC 6238), and ten backup codes for a lost phone.
//! Required of operators, a choice of subscribers. Knows one kind; the table has room for passkeys.

use totp_rs::{Builder, Secret, Totp};

use super::audit::Action;
use super::limits::{Limit, TooOften};
use super::messages::Text;
use super::sessions::Session;
use super::sign_in::{SignedIn, is_locked, open_signed_in, record_of};
use super::{Fault, Services, Visitor};
use crate::domain::calendar::Span;
use crate::domain::id::Owner;
use crate::domain::login::Login;
use crate::storage::second_factors::{self, SecondFactor};
use crate::storage::{Connection, Database, StorageError, operators, users};
use crate::telemetry::{self, SecurityEvent};

/// Codes tried, per person: five, then a quarter of an hour of rest.
pub const SECOND_FACTOR: Limit = Limit { name: "second-factor", most: 5, window: Span::minutes(15) };
/// Seconds that a code holds (RFC 6238).
const STEP: u64 = 30;
/// Digits of a code.
const CODE_LENGTH: usize = 6;
/// Bytes of a secret: as long as SHA-1, as RFC 4226 asks.
const SECRET_LENGTH: usize = 20;
/// Backup codes of one person.
pub const BACKUP_CODES: usize = 10;
/// Characters of a backup code: 50 random bits in base 32.
const BACKUP_LENGTH: usize = 10;
/// What keyed hashes of backup codes are for.
const BACKUP_PURPOSE: &str = "backup code";

/// What was typed.
enum Typed {
    /// Six digits of the application.
    Code(String),
    /// A backup code.
    Backup(String),
}

impl Typed {
    /// Reads a code with spaces and dashes; `None` when it can be neither.
    fn parse(text: &str) -> Option<Self> {
        let text: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect::<String>().to_lowercase();
        let base32 = |c: char| matches!(c, 'a'..='z' | '2'..='7');
        if text.len() == CODE_LENGTH && text.chars().all(|c| c.is_ascii_digit()) {
            return Some(Self::Code(text));
        }
        (text.len() == BACKUP_LENGTH && text.chars().all(base32)).then_some(Self::Backup(text))
    }
}

/// Why a code was not taken.
#[derive(Debug)]
pub enum CodeRefused {
    /// It cannot be a code: not counted as a try.
    Form,
    /// Wrong, or used before.
    Wrong,
    /// There is no factor to check, or the sign-in took too long.
    Gone,
    /// A limit was reached.
    TooOften(TooOften),
    /// An internal error.
    Fault(Fault),
}

impl<E: Into<Fault>> From<E> for CodeRefused {
    fn from(error: E) -> Self {
        Self::Fault(error.into())
    }
}

/// Where a person stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum State {
    /// No factor.
    Off,
    /// A factor that guards the sign-in, with so many backup codes left.
    On {
        /// Backup codes that were not used.
        backup_codes: usize,
    },
}

/// A factor on its way: shown until its first code is right.
#[derive(Clone, Eq, PartialEq)]
pub struct Enrolment {
    /// The secret in base 32, for typing.
    pub secret: String,
    /// The address that the QR code carries.
    pub uri: String,
}

/// Backup codes, shown once.
#[derive(Clone, Eq, PartialEq)]
pub struct BackupCodes(pub Vec<String>);

/// Whether a person has a factor.
///
/// # Errors
/// [`Fault`].
pub async fn state(services: &Services, owner: &Owner) -> Result<State, Fault> {
    let mut connection = services.db().read().await?;
    let factor = second_factors::find(&mut connection, owner).await?.filter(|factor| factor.confirmed);
    let Some(factor) = factor else { return Ok(State::Off) };
    let backup_codes = second_factors::unused_codes(&mut connection, &factor.id).await?.len();
    Ok(State::On { backup_codes })
}

/// Whether the right password is not enough: never for an operator, and for a user who chose so.
pub(super) async fn is_needed(connection: &mut Connection, owner: &Owner) -> Result<bool, StorageError> {
    match owner {
        Owner::Operator(_) => Ok(true),
        Owner::User(_) => Ok(second_factors::find(connection, owner).await?.is_some_and(|factor| factor.confirmed)),
    }
}

/// Begins a factor, or goes on with the one that waits for its first code. `None` when one is on already.
///
/// # Errors
/// [`Fault`].
pub async fn enrol(services: &Services, owner: &Owner) -> Result<Option<Enrolment>, Fault> {
    let mut tx = services.db().begin().await?;
    let factor = match second_factors::find(&mut tx, owner).await? {
        Some(factor) if factor.confirmed => return Ok(None),
        Some(factor) => factor,
        None => begin(services, &mut tx, owner).await?,
    };
    let account = account_of(&mut tx, owner).await?;
    Database::commit(tx).await?;
    let totp = totp(&open(services, &factor)?, &account, &services.settings().public_host)?;
    let uri = totp.to_url().map_err(|_| Fault::Broken("a second factor without an account"))?;
    Ok(Some(Enrolment { secret: totp.secret().to_base32(), uri }))
}

async fn begin(services: &Services, connection: &mut Connection, owner: &Owner) -> Result<SecondFactor, Fault> {
    let secret = data_encoding::BASE32_NOPAD.encode(&services.nature().bytes::<SECRET_LENGTH>());
    let id = services.nature().id();
    let secret_sealed = services.vault().seal(&purpose(&id), &secret);
    match second_factors::insert(connection, &id, owner, &secret_sealed, services.now()).await {
        Ok(()) => Ok(SecondFactor { id, secret_sealed, last_step: 0, confirmed: false }),
        Err(error) => Err(error.into()),
    }
}

pub(super) fn purpose(factor_id: &str) -> String {
    format!("second factor:{factor_id}")
}

fn open(services: &Services, factor: &SecondFactor) -> Result<String, Fault> {
    Ok(services.vault().unseal(&purpose(&factor.id), &factor.secret_sealed)?)
}

/// How the application names the account.
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

/// The time step whose code this is: the current one, or the one before for a phone whose clock is slow.
fn step_of(totp: &Totp, code: &str, now: u64) -> Option<i64> {
    let step = totp.check(code, now).or_else(|| totp.check(code, now.saturating_sub(STEP)))?;
    i64::try_from(step).ok()
}

fn seconds(services: &Services) -> u64 {
    u64::try_from(services.now().micros() / 1_000_000).unwrap_or(0)
}

/// Switches a factor on with its first code; returns the backup codes, once.
///
/// # Errors
/// [`CodeRefused`].
pub async fn confirm(
    services: &Services,
    owner: &Owner,
    code: &str,
    visitor: &Visitor,
) -> Result<BackupCodes, CodeRefused> {
    let Some(Typed::Code(code)) = Typed::parse(code) else { return Err(CodeRefused::Form) };
    services.count(SECOND_FACTOR, owner.as_str()).await?.map_err(CodeRefused::TooOften)?;
    let mut tx = services.db().begin().await?;
    let factor = second_factors::find(&mut tx, owner).await?.filter(|factor| !factor.confirmed);
    let factor = factor.ok_or(CodeRefused::Gone)?;
    let totp = totp(&open(services, &factor)?, "kabinet", "kabinet")?;
    let step = step_of(&totp, &code, seconds(services)).ok_or(CodeRefused::Wrong)?;
    if !second_factors::confirm(&mut tx, &factor.id, step, services.now()).await? {
        return Err(CodeRefused::Gone);
    }
    let codes = new_codes(services, &mut tx, &factor.id).await?;
    SECOND_FACTOR.clear(services, &mut tx, owner.as_str()).await?;
    record_of(services, &mut tx, owner, Action::SecondFactorOn, Action::SecondFactorOn, visitor).await?;
    tell(services, &mut tx, owner, text_on(services)).await?;
    Database::commit(tx).await?;
    Ok(codes)
}

async fn new_codes(
    services: &Services,
    connection: &mut Connection,
    factor_id: &str,
) -> Result<BackupCodes, StorageError> {
    second_factors::remove_codes(connection, factor_id).await?;
    let mut codes = Vec::with_capacity(BACKUP_CODES);
    for _ in 0..BACKUP_CODES {
        codes.push(add_code(services, connection, factor_id).await?);
    }
    Ok(BackupCodes(codes))
}

async fn add_code(services: &Services, connection: &mut Connection, factor_id: &str) -> Result<String, StorageError> {
    let random = data_encoding::BASE32_NOPAD.encode(&services.nature().bytes::<7>()).to_lowercase();
    let code = random[..BACKUP_LENGTH].to_owned();
    let id = services.nature().id();
    let mac = services.vault().mac(BACKUP_PURPOSE, &[&id, &code]);
    second_factors::insert_code(connection, &id, factor_id, &mac).await?;
    let (left, right) = code.split_at(BACKUP_LENGTH / 2);
    Ok(format!("{left}-{right}"))
}

/// Checks a code of the application or a backup code; each works once.
async fn check(services: &Services, owner: &Owner, code: &str, visitor: &Visitor) -> Result<(), CodeRefused> {
    let typed = Typed::parse(code).ok_or(CodeRefused::Form)?;
    let counted = services.count(SECOND_FACTOR, owner.as_str()).await?;
    counted.map_err(CodeRefused::TooOften)?;
    let mut tx = services.db().begin().await?;
    let factor = second_factors::find(&mut tx, owner).await?.filter(|factor| factor.confirmed);
    let factor = factor.ok_or(CodeRefused::Gone)?;
    let right = match &typed {
        Typed::Code(code) => use_code(services, &mut tx, &factor, code).await?,
        Typed::Backup(code) => use_backup(services, &mut tx, owner, &factor, code, visitor).await?,
    };
    if right {
        SECOND_FACTOR.clear(services, &mut tx, owner.as_str()).await?;
    } else {
        let wrong = Action::SecondFactorWrong;
        record_of(services, &mut tx, owner, wrong, wrong, visitor).await?;
        telemetry::security(SecurityEvent::SecondFactorRefused);
    }
    Database::commit(tx).await?;
    if right { Ok(()) } else { Err(CodeRefused::Wrong) }
}

async fn use_code(
    services: &Services,
    connection: &mut Connection,
    factor: &SecondFactor,
    code: &str,
) -> Result<bool, Fault> {
    let totp = totp(&open(services, factor)?, "kabinet", "kabinet")?;
    match step_of(&totp, code, seconds(services)) {
        Some(step) => Ok(second_factors::use_step(connection, &factor.id, step).await?),
        None => Ok(false),
    }
}

async fn use_backup(
    services: &Services,
    connection: &mut Connection,
    owner: &Owner,
    factor: &SecondFactor,
    code: &str,
    visitor: &Visitor,
) -> Result<bool, Fault> {
    for (id, mac) in second_factors::unused_codes(connection, &factor.id).await? {
        if services.vault().mac_matches(&mac, BACKUP_PURPOSE, &[&id, code]) {
            if !second_factors::use_code(connection, &id, services.now()).await? {
                return Ok(false);
            }
            record_of(services, connection, owner, Action::BackupCodeUsed, Action::BackupCodeUsed, visitor).await?;
            tell(services, connection, owner, text_backup_used(services)).await?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// The person whose password was right in this session.
pub fn pending(session: &Session) -> Option<Owner> {
    let user = session.pending_user_id.clone().map(Owner::User);
    user.or_else(|| session.pending_operator_id.clone().map(Owner::Operator))
}

/// Ends a sign-in with the code: the session between the two steps becomes a full one.
///
/// # Errors
/// [`CodeRefused`].
pub async fn finish(services: &Services, owner: Owner, code: &str, visitor: &Visitor) -> Result<SignedIn, CodeRefused> {
    check(services, &owner, code, visitor).await?;
    open_full(services, owner, visitor).await
}

/// Ends the first sign-in of an operator: switches the factor on, and opens the full session.
///
/// # Errors
/// [`CodeRefused`].
pub async fn confirm_and_finish(
    services: &Services,
    owner: Owner,
    code: &str,
    visitor: &Visitor,
) -> Result<(SignedIn, BackupCodes), CodeRefused> {
    let codes = confirm(services, &owner, code, visitor).await?;
    Ok((open_full(services, owner, visitor).await?, codes))
}

async fn open_full(services: &Services, owner: Owner, visitor: &Visitor) -> Result<SignedIn, CodeRefused> {
    let mut tx = services.db().begin().await?;
    if is_locked(&mut tx, &owner).await? {
        telemetry::security(SecurityEvent::LockedOut);
        return Err(CodeRefused::Gone);
    }
    let signed_in = open_signed_in(services, &mut tx, owner, visitor).await?;
    Database::commit(tx).await?;
    Ok(signed_in)
}

/// Makes new backup codes in place of the old ones, after a code was right.
///
/// # Errors
/// [`CodeRefused`].
pub async fn renew_backup_codes(
    services: &Services,
    owner: &Owner,
    code: &str,
    visitor: &Visitor,
) -> Result<BackupCodes, CodeRefused> {
    check(services, owner, code, visitor).await?;
    let mut tx = services.db().begin().await?;
    let factor = second_factors::find(&mut tx, owner).await?.ok_or(CodeRefused::Gone)?;
    let codes = new_codes(services, &mut tx, &factor.id).await?;
    let renewed = Action::BackupCodesRenewed;
    record_of(services, &mut tx, owner, renewed, renewed, visitor).await?;
    Database::commit(tx).await?;
    Ok(codes)
}

/// Switches the factor of a subscriber off, after a code was right.
///
/// # Errors
/// [`CodeRefused`].
pub async fn switch_off(services: &Services, owner: &Owner, code: &str, visitor: &Visitor) -> Result<(), CodeRefused> {
    check(services, owner, code, visitor).await?;
    let mut tx = services.db().begin().await?;
    second_factors::remove(&mut tx, owner).await?;
    record_of(services, &mut tx, owner, Action::SecondFactorOff, Action::SecondFactorOff, visitor).await?;
    tell(services, &mut tx, owner, text_off(services)).await?;
    Database::commit(tx).await?;
    Ok(())
}

/// Removes the factor of a person who lost it, by the administrator. `false` when there was none.
///
/// # Errors
/// [`Fault`].
pub async fn reset(services: &Services, owner: &Owner, visitor: &Visitor) -> Result<bool, Fault> {
    let mut tx = services.db().begin().await?;
    let removed = second_factors::remove(&mut tx, owner).await?;
    if removed {
        let reset = Action::SecondFactorReset;
        record_of(services, &mut tx, owner, reset, reset, visitor).await?;
        tell(services, &mut tx, owner, text_off(services)).await?;
    }
    Database::commit(tx).await?;
    Ok(removed)
}

/// Gives the operator of the demo a factor that is on: its codes come by letter.
///
/// # Errors
/// [`Fault`].
pub async fn enrol_for_demo(services: &Services, owner: &Owner) -> Result<(), Fault> {
    let mut tx = services.db().begin().await?;
    if second_factors::find(&mut tx, owner).await?.is_none() {
        let factor = begin(services, &mut tx, owner).await?;
        second_factors::confirm(&mut tx, &factor.id, 0, services.now()).await?;
    }
    Ok(Database::commit(tx).await?)
}

/// In the demo the operator's code comes by letter into the mailbox, so that the walk needs no phone.
pub(super) async fn send_demo_code(
    services: &Services,
    connection: &mut Connection,
    owner: &Owner,
) -> Result<(), Fault> {
    let Owner::Operator(id) = owner else { return Ok(()) };
    let operator = operators::by_id(connection, id).await?;
    let is_demos = operator.is_some_and(|operator| operator.login == super::demo::OPERATOR);
    if !(services.settings().demo && is_demos) {
        return Ok(());
    }
    let Some(factor) = second_factors::find(connection, owner).await? else { return Ok(()) };
    let code = add_code(services, connection, &factor.id).await?;
    let to = Login::parse(super::demo::OPERATOR_MAIL).map_err(|_| Fault::Broken("the demo operator's address"))?;
    let letter = services.letter(&format!(
        "Одноразовый код для входа сотрудника: {code}\n\nВ настоящем портале код показывает приложение на телефоне."
    ));
    let text = Text { subject: "Код для входа сотрудника", letter, sms: String::new() };
    services.send(connection, &to, text).await
}

/// Tells the person by letter or SMS; an operator without a contact learns it from the trail.
async fn tell(services: &Services, connection: &mut Connection, owner: &Owner, text: Text) -> Result<(), Fault> {
    let contact = match owner {
        Owner::User(id) => users::by_id(connection, id).await?.map(|user| user.login),
        Owner::Operator(id) => {
            let operator = operators::by_id(connection, id).await?;
            operator.and_then(|operator| operator.contact).and_then(|contact| Login::parse(&contact).ok())
        }
    };
    match contact {
        Some(contact) => services.send(connection, &contact, text).await,
        None => Ok(()),
    }
}

const NOT_YOU: &str = "Если это были не вы, смените пароль и напишите нам.";

fn text_on(services: &Services) -> Text {
    Text {
        subject: "Включён вход с кодом",
        letter: services.letter(&format!("Теперь при входе кроме пароля нужен код из приложения.\n\n{NOT_YOU}")),
        sms: format!("Личный кабинет: включён вход с кодом из приложения. {NOT_YOU}"),
    }
}

fn text_off(services: &Services) -> Text {
    Text {
        subject: "Вход с кодом выключен",
        letter: services.letter(&format!("Теперь для входа достаточно пароля.\n\n{NOT_YOU}")),
        sms: format!("Личный кабинет: вход с кодом выключен. {NOT_YOU}"),
    }
}

fn text_backup_used(services: &Services) -> Text {
    Text {
        subject: "Вход с запасным кодом",
        letter: services.letter(&format!("Только что использован один из ваших запасных кодов.\n\n{NOT_YOU}")),
        sms: format!("Личный кабинет: использован запасной код. {NOT_YOU}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_rfc_6238() {
        let secret = data_encoding::BASE32_NOPAD.encode(b"12345678901234567890");
        let totp = totp(&secret, "a", "b").unwrap();
        // Appendix B, SHA-1, the last six of the eight digits.
        for (at, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")]
        {
            assert_eq!(step_of(&totp, code, at), Some(i64::try_from(at / STEP).unwrap()), "{at}");
            assert_eq!(step_of(&totp, code, at + STEP), Some(i64::try_from(at / STEP).unwrap()), "a slow clock");
            assert_eq!(step_of(&totp, code, at + 2 * STEP), None, "{at}");
        }
    }

    #[test]
    fn a_code_is_read_with_spaces_and_a_backup_code_with_its_dash() {
        assert!(matches!(Typed::parse(" 123 456 "), Some(Typed::Code(code)) if code == "123456"));
        assert!(matches!(Typed::parse("ABCDE-23456"), Some(Typed::Backup(code)) if code == "abcde23456"));
        for other in ["", "12345", "1234567", "abcde-1890", "абвгд-абвгд"] {
            assert!(Typed::parse(other).is_none(), "{other}");
        }
    }
}
