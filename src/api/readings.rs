//! Sending readings of meters, taking one back, and sending without signing in.

#[cfg(feature = "ssr")]
mod words;

use std::collections::BTreeMap;

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{ApiError, Outcome};

#[cfg(feature = "ssr")]
use crate::components::NoticeKind;
#[cfg(feature = "ssr")]
use crate::domain::form::FieldError;
#[cfg(feature = "ssr")]
use crate::domain::id::MeterId;
#[cfg(feature = "ssr")]
use crate::http::answer::Failure;
#[cfg(feature = "ssr")]
use crate::http::session::SignedIn;
#[cfg(feature = "ssr")]
use crate::service::access::FullAccess;
#[cfg(feature = "ssr")]
use crate::service::readings::{self, SendError, Taken};

/// The prefix of the field of a meter; its identifier follows.
pub const FIELD: &str = "reading-";
/// The field that confirms unusual readings.
pub const CONFIRMED: &str = "confirmed";
/// Most fields of one form: the meters of as many accounts as a user may link, with room.
#[cfg(feature = "ssr")]
const MAX_FIELDS: usize = 200;

/// The form of the readings of one account, or of all accounts.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ReadingsForm {
    /// The account; empty: every account of the user in full access.
    pub account_id: String,
    /// Not empty: the user looked at unusual readings once more.
    pub confirmed: String,
    /// The typed readings: [`FIELD`] with the identifier of a meter.
    #[serde(flatten)]
    pub readings: BTreeMap<String, String>,
}

crate::opaque_debug!(ReadingsForm, account_id);

impl ReadingsForm {
    /// What was typed for a meter.
    pub fn typed(&self, field: &str) -> String {
        self.readings.get(field).cloned().unwrap_or_default()
    }
}

/// Sends the typed readings: all, or none when one is refused.
///
/// # Errors
/// [`ApiError::SignedOut`] without a session, [`ApiError::NotFound`] also for another's account or meter,
/// [`ApiError::Closed`] in lite access.
#[server(endpoint = "send-readings")]
pub async fn send_readings(#[server(flatten)] form: ReadingsForm) -> Result<Outcome, ApiError> {
    let (caller, accounts) = caller_with_accounts(&form.account_id).await?;
    let typed = typed(&form)?;
    let visitor = &caller.visit.visitor;
    match readings::send(caller.services(), &accounts, &typed, !form.confirmed.is_empty(), visitor).await {
        Ok(taken) => super::done(&caller, page_of(&form), NoticeKind::Success, &sent_words(taken)).await,
        Err(refused) => super::refusal(refused, CONFIRMED, |error| send_refused(error, &form)),
    }
}

/// The caller with the proofs of access to the account of the form, or to all their accounts.
#[cfg(feature = "ssr")]
async fn caller_with_accounts(account_id: &str) -> Result<(SignedIn, Vec<FullAccess>), ApiError> {
    use crate::http::account::FullAccount;
    use crate::http::session::AtMoney;
    use crate::service::access::OwnAccess;

    if account_id.is_empty() {
        let AtMoney(caller) = super::caller().await?;
        let all = OwnAccess::all(caller.services(), caller.id()).await.map_err(super::failed)?;
        return Ok((caller, all.iter().filter_map(OwnAccess::full).collect()));
    }
    let FullAccount { signed_in, access } = super::caller_of(account_id).await?;
    Ok((signed_in, vec![access]))
}

#[cfg(feature = "ssr")]
fn typed(form: &ReadingsForm) -> Result<BTreeMap<MeterId, String>, ApiError> {
    if form.readings.len() > MAX_FIELDS {
        return Err(super::refused(Failure::BadRequest));
    }
    let of_meter = |(field, text): (&String, &String)| Some((field.strip_prefix(FIELD)?.to_owned(), text.clone()));
    let parsed = form.readings.iter().filter_map(of_meter).map(|(id, text)| Ok((MeterId::parse(&id)?, text)));
    let parsed: Result<_, crate::domain::id::InvalidId> = parsed.collect();
    parsed.map_err(|_| super::refused(Failure::NotFound))
}

#[cfg(feature = "ssr")]
fn page_of(form: &ReadingsForm) -> String {
    match form.account_id.as_str() {
        "" => "/readings".to_owned(),
        account_id => format!("/accounts/{account_id}/readings"),
    }
}

#[cfg(feature = "ssr")]
fn sent_words(taken: Taken) -> String {
    let sent = if taken.count == 1 {
        "Показание отправлено."
    } else {
        "Показания отправлены."
    };
    match taken.replaced {
        0 => sent.to_owned(),
        _ => format!("{sent} Оно заменило то, что вы передали сегодня раньше."),
    }
}

#[cfg(feature = "ssr")]
fn send_refused(error: SendError, form: &ReadingsForm) -> Result<Outcome, ApiError> {
    let first = || form.readings.keys().find(|field| field.starts_with(FIELD)).cloned();
    Ok(match error {
        SendError::UnknownMeter => return Err(super::refused(Failure::NotFound)),
        SendError::Nothing => {
            let field = first().unwrap_or_else(|| CONFIRMED.to_owned());
            Outcome::invalid(field, "Введите показание хотя бы одного счётчика")
        }
        SendError::Refused(refused) => Outcome::Invalid(
            refused
                .into_iter()
                .map(|(id, error)| FieldError::new(format!("{FIELD}{id}"), words::reading(&error)))
                .collect(),
        ),
        SendError::Doubted(doubted) => Outcome::no_mistake(CONFIRMED, "Проверьте показания", words::doubts(&doubted)),
    })
}

/// The form that takes back a sent reading.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TakeBackForm {
    /// The account.
    pub account_id: String,
    /// The sent reading.
    pub reading_id: String,
}

/// Takes back a sent reading that is not yet with the provider.
///
/// # Errors
/// [`ApiError::SignedOut`] without a session, [`ApiError::NotFound`] also for another's account,
/// [`ApiError::Closed`] in lite access.
#[server(endpoint = "take-back-reading")]
pub async fn take_back_reading(#[server(flatten)] form: TakeBackForm) -> Result<Outcome, ApiError> {
    use crate::domain::id::SentReadingId;
    use crate::http::account::FullAccount;
    use crate::service::readings::TakeBackError;
    use crate::service::refused::Declined;

    let FullAccount { signed_in: caller, access } = super::caller_of(&form.account_id).await?;
    let id = SentReadingId::parse(&form.reading_id).map_err(|_| super::refused(Failure::NotFound))?;
    let (kind, text) = match readings::take_back(caller.services(), &access, &id, &caller.visit.visitor).await {
        Ok(()) => (NoticeKind::Success, "Показание отозвано."),
        Err(Declined::This(TakeBackError::Gone)) => (
            NoticeKind::Info,
            "Это показание уже у поставщика или отозвано раньше. Чтобы исправить его, передайте новое.",
        ),
        Err(Declined::Fault(fault)) => return Err(super::failed(fault)),
    };
    super::done(&caller, format!("/accounts/{}/readings", access.id()), kind, text).await
}

/// The form of a reading without signing in.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ByNumberForm {
    /// Billing's code of the provider.
    pub provider: String,
    /// The account number, as typed.
    pub number: String,
    /// The meter's serial number, as typed.
    pub serial: String,
    /// The reading, as typed.
    pub value: String,
}

crate::opaque_debug!(ByNumberForm, provider);

/// Takes a reading by account number and serial number. The answer is the same whether they exist or not.
///
/// # Errors
/// [`ApiError::Internal`] when the storage fails.
#[server(endpoint = "send-reading-by-number")]
pub async fn send_reading_by_number(#[server(flatten)] form: ByNumberForm) -> Result<Outcome, ApiError> {
    use crate::http::session::Visit;
    use crate::service::readings::ByNumber;

    let caller: Visit = super::caller().await?;
    let ByNumberForm { provider, number, serial, value } = &form;
    let typed = ByNumber { provider, number, serial, value };
    match readings::send_by_number(caller.services(), typed, &caller.visitor).await {
        Ok(()) => Ok(Outcome::Next("/readings/sent".to_owned())),
        Err(refused) => super::refusal(refused, "value", |errors| Ok(Outcome::Invalid(words::by_number(errors)))),
    }
}
