//! Requesting a PIN and entering it (M4, M5).

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{ApiError, Outcome};
use crate::domain::form::SecretText;

#[cfg(feature = "ssr")]
use crate::components::NoticeKind;
#[cfg(feature = "ssr")]
use crate::http::session::SignedIn;
#[cfg(feature = "ssr")]
use crate::service::pins::{EnterError, FormErrors, RequestError, Requested};
#[cfg(feature = "ssr")]
use crate::service::refused::Refused;

/// The form of a request for a PIN.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PinRequestForm {
    /// The account.
    pub account_id: String,
    /// The applicant's name.
    pub name: String,
    /// The applicant's address.
    pub address: String,
    /// Where the PIN is sent: an e-mail address or a phone.
    pub contact: String,
}

crate::opaque_debug!(PinRequestForm, account_id);

/// Requests a PIN: it is sent at once, or an operator decides.
///
/// # Errors
/// [`ApiError::SignedOut`] without a session, [`ApiError::NotFound`] also for another's account.
#[server(endpoint = "request-pin")]
pub async fn request_pin(#[server(flatten)] form: PinRequestForm) -> Result<Outcome, ApiError> {
    use crate::http::account::OwnAccount;
    use crate::service::pins;

    let OwnAccount { signed_in: caller, own } = super::caller_of(&form.account_id).await?;
    let input = pins::Form { name: &form.name, address: &form.address, contact: &form.contact };
    let requested = pins::request(caller.services(), &own, input, &caller.visit.visitor).await;
    let (kind, text) = match requested {
        Ok(Requested::SentAtOnce) => (NoticeKind::Success, "ПИН-код отправлен. Введите его здесь, когда получите."),
        Ok(Requested::Queued) => {
            (NoticeKind::Success, "Запрос принят. Сотрудник проверит данные и отправит ПИН-код туда, куда вы указали.")
        }
        Err(Refused::This(RequestError::WaitsAlready)) => (NoticeKind::Info, "Ваш запрос уже на рассмотрении."),
        Err(Refused::This(RequestError::TooManyWait)) => {
            (NoticeKind::Info, "Несколько ваших запросов уже на рассмотрении. Дождитесь ответа на них.")
        }
        Err(Refused::This(RequestError::AlreadyFull)) => (NoticeKind::Info, ALREADY_FULL),
        Err(Refused::This(RequestError::Form(errors))) => return Ok(Outcome::Invalid(request_errors(errors))),
        Err(Refused::TooOften(limit)) => {
            use super::words::{WAIT, too_often};
            return Ok(Outcome::no_mistake("contact", WAIT, too_often(limit)));
        }
        Err(Refused::Fault(fault)) => return Err(super::failed(fault)),
    };
    super::done(&caller, format!("/accounts/{}", own.id()), kind, text).await
}

#[cfg(feature = "ssr")]
const ALREADY_FULL: &str = "Полная версия уже открыта.";

#[cfg(feature = "ssr")]
fn request_errors(errors: FormErrors) -> Vec<crate::domain::form::FieldError> {
    use super::words;
    use crate::domain::form::FieldError;

    let FormErrors { name, address, contact } = errors;
    [
        name.map(|error| FieldError::new("name", words::text(error, "Напишите фамилию, имя и отчество"))),
        address.map(|error| FieldError::new("address", words::text(error, "Напишите адрес, как в квитанции"))),
        contact.map(|error| FieldError::new("contact", words::login(error))),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The form of the PIN.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PinForm {
    /// The account.
    pub account_id: String,
    /// The PIN, as typed.
    pub pin: SecretText,
}

/// Opens full access with the PIN; the browser gets a new session.
///
/// # Errors
/// [`ApiError::SignedOut`] without a session, [`ApiError::NotFound`] also for another's account.
#[server(endpoint = "enter-pin")]
pub async fn enter_pin(#[server(flatten)] form: PinForm) -> Result<Outcome, ApiError> {
    use crate::domain::account::Access;
    use crate::http::account::OwnAccount;
    use crate::service::pins;

    let OwnAccount { signed_in: caller, own } = super::caller_of(&form.account_id).await?;
    let address = format!("/accounts/{}", own.id());
    if own.linked().access == Access::Full {
        return super::done(&caller, address, NoticeKind::Success, ALREADY_FULL).await;
    }
    let (pin, visitor) = (form.pin.reveal(), &caller.visit.visitor);
    match pins::enter(caller.services(), &caller.session, &own, pin, visitor).await {
        Ok(token) => welcome(&caller, &token, &address).await,
        // The page of the PIN shows the end of the lock-out.
        Err(Refused::TooOften(_)) => Ok(Outcome::Next(pin_page(&address))),
        Err(refused) => super::refusal(refused, "pin", |error| {
            Ok(pin_refused(error, &address, &caller.visit.web.site.support_email))
        }),
    }
}

/// Full access starts a new session, so the message is stored in that one.
#[cfg(feature = "ssr")]
async fn welcome(
    caller: &SignedIn,
    token: &crate::service::sessions::Token,
    address: &str,
) -> Result<Outcome, ApiError> {
    use crate::service::sessions;

    let services = caller.services();
    if let Some(session) = sessions::find(services, token.reveal()).await.map_err(super::failed)? {
        let text = "Поздравляем! Все шаги пройдены, открыта полная версия личного кабинета.";
        super::flash(services, &session, NoticeKind::Success, text).await?;
    }
    Ok(super::entered(caller.visit.enter(token, address)))
}

#[cfg(feature = "ssr")]
fn pin_page(address: &str) -> String {
    format!("{address}/pin")
}

/// After the last try the page of the PIN shows the end of the lock-out.
#[cfg(feature = "ssr")]
fn pin_refused(error: EnterError, address: &str, support_email: &str) -> Outcome {
    use crate::domain::pin::PinError;

    let message = match error {
        EnterError::Wrong { left: 0 } => return Outcome::Next(pin_page(address)),
        EnterError::Form(PinError::Empty) => "Введите ПИН-код с квитанции или из письма".to_owned(),
        EnterError::Form(PinError::NotEightDigits) => "ПИН-код состоит из 8 цифр. Проверьте его".to_owned(),
        EnterError::Wrong { left } => format!("ПИН-код не подошёл. Осталось попыток: {left}"),
        EnterError::TooManyOwners => {
            let words =
                "Но полная версия этого счёта уже открыта в нескольких кабинетах. Напишите нам, и мы разберёмся";
            return Outcome::no_mistake("pin", "ПИН-код верный", format!("{words}: {support_email}"));
        }
    };
    Outcome::invalid("pin", message)
}
