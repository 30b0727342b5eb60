//! The actions of browsers that show notices by themselves.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::api::{ApiError, Outcome};
use crate::domain::form::SecretText;

/// The page of the subscribed browsers.
#[cfg(feature = "ssr")]
const PUSH: &str = "/settings/push";

/// The form that subscribes a browser; `public/push.js` fills it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SubscriptionForm {
    /// The subscription as JSON. It contains no personal data, but whoever has it can write to the browser.
    pub subscription: SecretText,
}

/// Subscribes the browser of the caller.
///
/// # Errors
/// [`ApiError::SignedOut`] without a session, or after 30 idle minutes.
#[server(endpoint = "subscribe-push")]
pub async fn subscribe_push(#[server(flatten)] form: SubscriptionForm) -> Result<Outcome, ApiError> {
    use crate::components::NoticeKind;
    use crate::http::session::AtMoney;
    use crate::service::push::{SubscribeError, subscribe};

    let AtMoney(caller) = crate::api::caller().await?;
    let (typed, agent) = (form.subscription.reveal(), &caller.visit.visitor.user_agent);
    match subscribe(caller.services(), caller.id(), typed, agent).await {
        Ok(()) => {
            crate::api::done(&caller, PUSH, NoticeKind::Success, "Готово: уведомления будут приходить в этот браузер.")
                .await
        }
        Err(refused) => crate::api::refusal(refused, "subscription", |error| {
            let words = match error {
                SubscribeError::NotASubscription => "Браузер не дал разрешение до конца. Нажмите «Включить» ещё раз",
                SubscribeError::Endpoint => {
                    "Служба уведомлений этого браузера недоступна из интернета. Откройте кабинет в другом браузере"
                }
            };
            Ok(Outcome::no_mistake("subscription", "Уведомления не включены", words))
        }),
    }
}

/// The form that ends the subscription of a browser.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BrowserForm {
    /// The subscription.
    pub browser_id: String,
}

/// Ends the subscription of a browser. One that has already ended is no error.
///
/// # Errors
/// [`ApiError::SignedOut`] without a session, or after 30 idle minutes; [`ApiError::NotFound`] for a malformed identifier.
#[server(endpoint = "withdraw-push")]
pub async fn withdraw_push(#[server(flatten)] form: BrowserForm) -> Result<Outcome, ApiError> {
    use crate::components::NoticeKind;
    use crate::domain::id::PushSubscriptionId;
    use crate::http::answer::Failure;
    use crate::http::session::AtMoney;
    use crate::service::push::withdraw;

    let AtMoney(caller) = crate::api::caller().await?;
    let id = PushSubscriptionId::parse(&form.browser_id).map_err(|_| crate::api::refused(Failure::NotFound))?;
    withdraw(caller.services(), caller.id(), &id).await.map_err(crate::api::failed)?;
    crate::api::done(&caller, PUSH, NoticeKind::Success, "Браузер отключён: уведомления в него больше не придут.").await
}

/// Sends a push on trial to every subscribed browser of the caller.
///
/// # Errors
/// [`ApiError::SignedOut`] without a session, or after 30 idle minutes.
#[server(endpoint = "send-trial-push")]
pub async fn send_trial_push() -> Result<Outcome, ApiError> {
    use crate::components::NoticeKind;
    use crate::http::session::AtMoney;
    use crate::service::push::{TrialError, send_trial};

    let AtMoney(caller) = crate::api::caller().await?;
    match send_trial(caller.services(), caller.id()).await {
        Ok(_) => {
            let text = "Пробное уведомление отправлено. Если оно не появилось за минуту, проверьте, разрешены ли \
                        уведомления в настройках устройства.";
            crate::api::done(&caller, PUSH, NoticeKind::Success, text).await
        }
        Err(refused) => crate::api::refusal(refused, "trial", |error| {
            let words = match error {
                TrialError::NoBrowser => "Сначала включите уведомления хотя бы в одном браузере",
                TrialError::NotSent => {
                    "Служба уведомлений не ответила или браузер отменил подписку. Обновите страницу и попробуйте ещё раз"
                }
            };
            Ok(Outcome::no_mistake("trial", "Пробное уведомление не отправлено", words))
        }),
    }
}
