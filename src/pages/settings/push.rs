//! `/settings/push`: the browsers that show notices by themselves. `public/push.js` subscribes this one.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::response::Redirect;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::{ADDRESS, crumb, device};
use crate::api::call::call;
use crate::api::settings::push::{
    BrowserForm, SendTrialPush, SubscribePush, SubscriptionForm, WithdrawPush, send_trial_push, subscribe_push,
    withdraw_push,
};
use crate::components::{
    Badge, BadgeKind, ButtonKind, Card, ErrorSummary, FieldError, MomentText, SubmitButton, errors_of,
};
use crate::domain::push::SubscribedBrowser;
use crate::http::Web;
use crate::http::answer::Answer;
use crate::http::session::{AtMoney, SignedIn};
use crate::islands::ServerForm;
use crate::service::push;

/// The address of this screen; each browser's own form is below it.
pub(super) const PUSH: &str = "/settings/push";
/// The address of the form that sends a push on trial.
pub(super) const TRIAL_FORM: &str = "/settings/push/trial";
/// The page above.
const NOTICES: &str = "/settings/notices";
/// The script of this page.
const SCRIPT: &str = "/push.js";

/// What the script says about this browser, by the state that it finds.
const STATES: [(&str, &str); 5] = [
    ("on", "Уведомления в этом браузере включены."),
    (
        "unsupported",
        "Этот браузер не умеет показывать уведомления. Обновите его или откройте кабинет в другом: подойдут Chrome, \
         Яндекс Браузер, Edge, Firefox.",
    ),
    (
        "install",
        "На iPhone и iPad уведомления приходят только из установленного кабинета. Нажмите «Поделиться», затем «На экран \
         „Домой“», и откройте кабинет оттуда.",
    ),
    (
        "denied",
        "Для этого сайта уведомления запрещены. Нажмите на значок слева от адреса страницы, разрешите уведомления и \
         обновите страницу.",
    ),
    ("failed", "Не получилось связаться со службой уведомлений. Проверьте интернет и нажмите кнопку ещё раз."),
];

pub(super) async fn show(AtMoney(signed_in): AtMoney) -> Answer {
    page(&signed_in, Vec::new()).await
}

/// A GET of a form's address redirects to the page.
pub(super) async fn back() -> Redirect {
    Redirect::to(PUSH)
}

/// Subscribes this browser.
pub(super) async fn subscribe(State(web): State<Web>, parts: Parts, Form(form): Form<SubscriptionForm>) -> Answer {
    let called = call(&web, &parts, subscribe_push(form)).await?;
    called.or_page(&web, parts, again).await
}

/// Ends the subscription of a browser.
pub(super) async fn withdraw(State(web): State<Web>, Path(id): Path<String>, parts: Parts) -> Answer {
    let called = call(&web, &parts, withdraw_push(BrowserForm { browser_id: id })).await?;
    called.or_page(&web, parts, again).await
}

/// Sends a push on trial.
pub(super) async fn send_trial(State(web): State<Web>, parts: Parts) -> Answer {
    let called = call(&web, &parts, send_trial_push()).await?;
    called.or_page(&web, parts, again).await
}

async fn again(AtMoney(signed_in): AtMoney, errors: Vec<FieldError>) -> Answer {
    page(&signed_in, errors).await
}

async fn page(signed_in: &SignedIn, errors: Vec<FieldError>) -> Answer {
    let services = signed_in.services();
    let key = push::public_key(services).await?;
    let browsers = push::list(services, signed_in.id()).await?;
    let offset_hours = services.settings().utc_offset_hours;
    let page = signed_in.page("Уведомления в браузере").under(ADDRESS).script(SCRIPT).errors(&errors);
    let (own, trial) = (errors_of(&errors, &["subscription"]), errors_of(&errors, &["trial"]));
    page.show(move || {
        view! {
            {crumb(NOTICES, "Уведомления")}
            <h1>"Уведомления в браузере"</h1>
            <p class="long-text">
                "Компьютер или телефон сам покажет, что пришла квитанция или пора передать показания, даже когда кабинет "
                "закрыт. Сумм и адреса в таком уведомлении нет: их видно только в кабинете."
            </p>
            <Card title="Этот браузер">{this_browser(key, own)}</Card>
            <Card title="Где включены">{list(browsers, offset_hours, trial)}</Card>
        }
    })
    .await
}

/// The script shows the form where the browser can show pushes.
fn this_browser(key: String, errors: Vec<FieldError>) -> impl IntoView {
    let state = |(state, text): (&'static str, &'static str)| view! { <p data-push=state hidden>{text}</p> };
    view! {
        <noscript>
            <p>"Чтобы включить уведомления, нужен браузер с JavaScript. Здесь он выключен."</p>
        </noscript>
        <div role="status">{STATES.map(state).collect_view()}</div>
        <div id="push" data-key=key hidden>
            <ServerForm function=SubscribePush::PATH.to_owned() action=PUSH.to_owned()>
                <ErrorSummary errors/>
                <input type="hidden" id="subscription" name="subscription"/>
                // `push.js` subscribes the browser first, and then sends the form.
                <SubmitButton busy="Включаем…">"Включить в этом браузере"</SubmitButton>
            </ServerForm>
        </div>
        <p class="muted long-text">
            "Кнопка «Выйти» выключает уведомления в этом браузере. После входа их можно включить снова."
        </p>
    }
}

fn list(browsers: Vec<SubscribedBrowser>, offset_hours: i8, errors: Vec<FieldError>) -> impl IntoView {
    let is_empty = browsers.is_empty();
    let none = is_empty.then(|| view! { <p>"Пока ни в одном браузере."</p> });
    let trial = (!is_empty || !errors.is_empty()).then(|| {
        view! {
            <ServerForm function=SendTrialPush::PATH.to_owned() action=TRIAL_FORM.to_owned()>
                <ErrorSummary errors/>
                <SubmitButton kind=ButtonKind::Secondary busy="Отправляем…">"Прислать пробное"</SubmitButton>
            </ServerForm>
        }
    });
    let rows = browsers.into_iter().map(|browser| row(browser, offset_hours));
    view! {
        {none}
        <ul class="rows">{rows.collect_view()}</ul>
        {trial}
    }
}

fn row(browser: SubscribedBrowser, offset_hours: i8) -> impl IntoView {
    let device = device(&browser.user_agent);
    let label = format!("Отключить: {device}, {}", browser.created_at.show(offset_hours));
    view! {
        <li class="row">
            <div class="row-text">
                <p>{device}</p>
                <p class="muted">"Включены " <MomentText at=browser.created_at offset_hours/></p>
                <p id=browser.endpoint_hash hidden><Badge kind=BadgeKind::SUCCESS text="Этот браузер"/></p>
            </div>
            <ServerForm function=WithdrawPush::PATH.to_owned() action=format!("{PUSH}/{}", browser.id)>
                <ErrorSummary errors=Vec::new()/>
                <input type="hidden" name="browser_id" value=browser.id.to_string()/>
                <SubmitButton kind=ButtonKind::Secondary busy="Отключаем…" aria_label=label>"Отключить"</SubmitButton>
            </ServerForm>
        </li>
    }
}
