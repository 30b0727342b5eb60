//! Linking an account (M3, M8) and unlinking it (M10).

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{ApiError, Outcome};

/// The form of a link.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LinkForm {
    /// Billing's code of the chosen provider.
    pub provider: String,
    /// The text of the combobox.
    pub provider_query: String,
    /// The account number, as typed.
    pub number: String,
}

/// Links an account in lite access.
///
/// # Errors
/// [`ApiError::SignedOut`] without a session.
#[server(endpoint = "link-account")]
pub async fn link_account(#[server(flatten)] form: LinkForm) -> Result<Outcome, ApiError> {
    use crate::components::NoticeKind;
    use crate::http::session::SignedIn;
    use crate::service::links;

    let caller: SignedIn = super::caller().await?;
    let provider = links::chosen_provider(caller.services(), &form.provider, &form.provider_query).await;
    let provider = provider.map_err(super::failed)?;
    match links::link(caller.services(), caller.id(), &provider, &form.number, &caller.visit.visitor).await {
        Ok(id) => {
            let text = "Лицевой счёт подключён. Введите ПИН-код, чтобы открыть полную версию кабинета.";
            super::done(&caller, format!("/accounts/{id}"), NoticeKind::Success, text).await
        }
        Err(refused) => super::refusal(refused, "number", |error| Ok(link_refused(error))),
    }
}

#[cfg(feature = "ssr")]
fn link_refused(error: crate::service::links::LinkError) -> Outcome {
    use super::words;
    use crate::service::links::LinkError;

    let (field, message) = match error {
        LinkError::NoProvider { no_number } => {
            return words::missing([
                (true, "provider", "Выберите ресурсоснабжающую организацию из списка"),
                (no_number, "number", words::NO_ACCOUNT_NUMBER),
            ]);
        }
        LinkError::Number(error) => ("number", words::account_number(error)),
        LinkError::NotLinkable => (
            "number",
            "Не получилось подключить этот лицевой счёт. Сверьте номер с квитанцией; если всё верно, напишите нам"
                .to_owned(),
        ),
        LinkError::AlreadyYours => {
            return Outcome::no_mistake("number", "Счёт уже подключён", "Этот лицевой счёт у вас уже подключён");
        }
        LinkError::NoRoom { most } => {
            let text = format!("Подключено лицевых счетов: {most}, это предел. Отключите ненужный в настройках");
            return Outcome::no_mistake("number", "Больше подключить нельзя", text);
        }
    };
    Outcome::invalid(field, message)
}

/// The form that unlinks an account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct UnlinkForm {
    /// The account.
    pub account_id: String,
}

/// Unlinks an account; the user's payments remain theirs. An account that is already unlinked is no error: the form was
/// sent twice.
///
/// # Errors
/// [`ApiError::SignedOut`] without a session, [`ApiError::NotFound`] for a malformed identifier.
#[server(endpoint = "unlink-account")]
pub async fn unlink_account(#[server(flatten)] form: UnlinkForm) -> Result<Outcome, ApiError> {
    use crate::components::NoticeKind;
    use crate::domain::id::AccountId;
    use crate::http::answer::Failure;
    use crate::http::session::AtMoney;
    use crate::service::access::OwnAccess;
    use crate::service::links::unlink;

    let AtMoney(caller) = super::caller().await?;
    let id = AccountId::parse(&form.account_id).map_err(|_| super::refused(Failure::NotFound))?;
    let text = match OwnAccess::find(caller.services(), caller.id(), &id).await.map_err(super::failed)? {
        Some(own) => {
            unlink(caller.services(), &own, &caller.visit.visitor).await.map_err(super::failed)?;
            format!("Лицевой счёт {} отключён. История платежей осталась в настройках.", own.linked().number)
        }
        None => "Лицевой счёт отключён.".to_owned(),
    };
    super::done(&caller, "/settings", NoticeKind::Success, &text).await
}
