//! A reading by account number and serial number, without signing in. The answer is the same for right and wrong
//! numbers, so that it does not reveal which accounts and meters exist.

use jiff::civil::Date;

use super::context_of;
use crate::domain::account::{AccountNumber, AccountNumberError};
use crate::domain::id::SentReadingId;
use crate::domain::provider::Provider;
use crate::domain::sent_reading::{CheckedReading, ReadingError, Sender, parse_dial};
use crate::domain::typed::{lower, plain};
use crate::service::limits::{READINGS_ALL, READINGS_NETWORK, READINGS_NUMBER};
use crate::service::refused::{Correctable, Refused};
use crate::service::{Fault, Services, Visitor};
use crate::storage::{Connection, Database, StorageError, accounts, meters, providers, sent_readings};

/// The longest dial: the form does not know the meter, so only the meter's own digits refuse later.
const ANY_DIGITS: u8 = 9;
/// Decimals of a stored volume.
const ANY_DECIMALS: u8 = 3;

/// The form, as typed.
#[derive(Clone, Copy)]
pub struct ByNumber<'a> {
    /// Billing's code of the provider.
    pub provider: &'a str,
    /// The account number.
    pub number: &'a str,
    /// The meter's serial number.
    pub serial: &'a str,
    /// The reading.
    pub value: &'a str,
}

/// Errors of the form. None depends on an account or a meter.
#[derive(Debug, Default, Eq, PartialEq)]
pub struct ByNumberErrors {
    /// No provider was chosen, or it accepts no readings without signing in.
    pub provider: Option<ProviderError>,
    /// The account number has another format.
    pub number: Option<AccountNumberError>,
    /// The serial number is missing.
    pub serial_missing: bool,
    /// The reading is no number.
    pub value: Option<ReadingError>,
}

/// Why a provider's readings are not accepted without signing in.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ProviderError {
    /// None was chosen.
    Missing,
    /// The provider does not allow it.
    NotAllowed,
    /// The window is closed.
    Closed(ReadingError),
}

impl Correctable for ByNumberErrors {}

/// The providers that accept readings without signing in.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn open_providers(services: &Services) -> Result<Vec<Provider>, Fault> {
    Ok(providers::open_for_readings(&mut *services.db().read().await?).await?)
}

/// Takes a reading by account number and serial number. `Ok` says only that the form was accepted: an unknown number, a
/// reading that the meter cannot have and a meter whose reading of today a signed-in user sent change nothing.
///
/// # Errors
/// [`Refused`] when a field is malformed, the provider does not allow it, a limit is reached, or on an internal error.
pub async fn send_by_number(
    services: &Services,
    form: ByNumber<'_>,
    visitor: &Visitor,
) -> Result<(), Refused<ByNumberErrors>> {
    let today = services.today();
    let provider = providers::by_code(&mut *services.db().read().await?, form.provider).await?;
    let (provider, number, serial) = check(provider, form, today)?;
    services.count_visitor(READINGS_NETWORK, visitor).await??;
    services.count(READINGS_NUMBER, &format!("{}:{}", provider.code, number.as_str())).await??;
    let mut tx = services.db().begin().await?;
    services.under_ceiling(&mut tx, READINGS_ALL).await??;
    if let Some(reading) = accepted(&mut tx, &provider, &number, &serial, form.value, today).await? {
        let id = SentReadingId::trusted(services.nature().id());
        sent_readings::put(&mut tx, &reading.sent(id, Sender::Guest, services.now()), None).await?;
    }
    Ok(Database::commit(tx).await?)
}

/// Checks what does not depend on an account.
fn check(
    provider: Option<Provider>,
    form: ByNumber<'_>,
    today: Date,
) -> Result<(Provider, AccountNumber, String), ByNumberErrors> {
    let mut errors = ByNumberErrors::default();
    match provider.as_ref().map(|provider| provider.readings.filter(|rules| rules.open)) {
        None => errors.provider = Some(ProviderError::Missing),
        Some(None) => errors.provider = Some(ProviderError::NotAllowed),
        Some(Some(rules)) => {
            errors.provider = rules.window.accepts(today).err().map(ProviderError::Closed);
        }
    }
    let length = provider.as_ref().map_or(0, |provider| provider.account_length);
    let number = AccountNumber::parse(form.number, length);
    // Without a provider the length of the number is unknown.
    let wrong_length = |error: &AccountNumberError| matches!(error, AccountNumberError::WrongLength { .. });
    errors.number = number.as_ref().err().copied().filter(|error| provider.is_some() || !wrong_length(error));
    let serial = folded(form.serial);
    errors.serial_missing = serial.is_empty();
    errors.value = parse_dial(form.value, ANY_DIGITS, ANY_DECIMALS).err();
    match (provider, number) {
        (Some(provider), Ok(number)) if errors == ByNumberErrors::default() => Ok((provider, number, serial)),
        _ => Err(errors),
    }
}

/// The reading, if the account has the meter and the rules accept it.
async fn accepted(
    connection: &mut Connection,
    provider: &Provider,
    number: &AccountNumber,
    serial: &str,
    value: &str,
    today: Date,
) -> Result<Option<CheckedReading>, StorageError> {
    let Some(account) = accounts::find(connection, &provider.id, number).await? else { return Ok(None) };
    let of_account = meters::of_account(connection, &account.id).await?;
    let Some(meter) = of_account.into_iter().find(|meter| folded(&meter.serial) == serial) else { return Ok(None) };
    let context = context_of(connection, meter, provider.readings, today).await?;
    Ok(context.check(value, today).ok())
}

/// A serial number without what people leave out or add: spaces, dashes, the sign of a number, leading zeros.
fn folded(serial: &str) -> String {
    let kept = lower(&plain(serial)).chars().filter(|character| character.is_alphanumeric()).collect::<String>();
    kept.trim_start_matches('0').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_number_is_known_with_spaces_dashes_and_without_its_zeros() {
        assert_eq!(folded("№ 00-12 34 А"), "1234а");
        assert_eq!(folded("001234А"), folded("1234 а"));
        assert_eq!(folded(" № "), "");
    }
}
