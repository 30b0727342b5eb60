//! `/accounts/{id}`: the overview; in lite access what is closed and why, the request for a PIN and the PIN (M4, M5).

use axum::extract::{Path, Query};
use axum::routing::{get, post};
use axum::{Form, Router};
use leptos::prelude::*;
use serde::Deserialize;

use super::accounts::balance_view;
use crate::api::words;
use crate::components::{
    Badge, BadgeKind, ButtonKind, Card, CopyButton, ErrorSummary, FieldError, Hint, LinkButton, Notice, NoticeKind,
    PinField, SubmitButton, Tab, Tabs, TextField, error_of,
};
use crate::domain::account::{Access, Account};
use crate::domain::hint::Topic;
use crate::domain::pin::{PinError, PinRequestState};
use crate::http::Web;
use crate::http::account::own;
use crate::http::answer::{Answer, write_flash};
use crate::http::session::{AtMoney, SignedIn};
use crate::service::accounts::{BalanceOn, balance};
use crate::service::links::LinkedAccount;
use crate::service::pins::{self, EnterError, Form as PinRequestInput, PinRequest, RequestError, Requested};
use crate::service::sessions;

/// The addresses of this screen.
pub fn router() -> Router<Web> {
    Router::new()
        .route("/accounts/{id}", get(show))
        .route("/accounts/{id}/pin", post(enter_pin))
        .route("/accounts/{id}/pin-request", get(show_request).post(submit_request))
}

/// The head of every page of an account: whose it is, and the tabs.
pub fn account_head(own: &LinkedAccount, current: &str) -> impl IntoView + use<> {
    let id = own.account.id.to_string();
    let address =
        move |tab: &str| if tab.is_empty() { format!("/accounts/{id}") } else { format!("/accounts/{id}/{tab}") };
    let tabs = (own.access == Access::Full).then(|| {
        let items = vec![
            Tab::new(address(""), "Обзор").hint(Topic::Overview),
            Tab::new(address("settlements"), "Взаиморасчёты").hint(Topic::Settlements),
            Tab::new(address("payments"), "Платежи").hint(Topic::Payments),
            Tab::new(address("readings"), "Показания").hint(Topic::Readings),
        ];
        view! { <Tabs label="Разделы лицевого счёта" items current=address(current)/> }
    });
    view! {
        <p class="breadcrumb"><a href="/accounts">"Лицевые счета"</a></p>
        <h1>{format!("Лицевой счёт {}", own.account.number)}</h1>
        <p class="account-provider">{own.provider.name.clone()}</p>
        {tabs}
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Arrival {
    /// Whoever comes from a page that is closed in lite access.
    closed: Option<String>,
}

async fn show(AtMoney(signed_in): AtMoney, Path(id): Path<String>, Query(arrival): Query<Arrival>) -> Answer {
    let own = own(&signed_in, &id).await?;
    match own.access {
        Access::Full => full_page(&signed_in, own).await,
        Access::Lite => lite_page(&signed_in, own, arrival.closed.is_some(), Vec::new()).await,
    }
}

async fn full_page(signed_in: &SignedIn, own: LinkedAccount) -> Answer {
    let balance = balance(signed_in.services(), &own.account.id).await?;
    let title = format!("Лицевой счёт {}", own.account.number);
    signed_in.page(&title).under("/accounts").show(move || full_view(own, balance)).await
}

fn full_view(own: LinkedAccount, balance: BalanceOn) -> impl IntoView {
    let id = own.account.id.to_string();
    view! {
        {account_head(&own, "")}
        <Card>
            {balance_view(balance)}
            <p class="actions">
                <LinkButton href=format!("/accounts/{id}/pay") kind=ButtonKind::Primary hint=Topic::Pay>"ОПЛАТИТЬ"</LinkButton>
                <LinkButton href=format!("/accounts/{id}/receipt") kind=ButtonKind::Secondary hint=Topic::Receipt>"КВИТАНЦИЯ"</LinkButton>
            </p>
        </Card>
        <Card title="О лицевом счёте">{facts(&own.account)}</Card>
    }
}

fn facts(account: &Account) -> impl IntoView + use<> {
    let square = |area: crate::domain::decimal::Area| format!("{area}\u{a0}м²");
    let number = account.number.to_string();
    let rows: Vec<(&str, Option<String>)> = vec![
        ("Абонент", account.subscriber.clone()),
        ("Адрес", Some(account.address.clone())),
        ("Единый лицевой счёт", account.els.clone()),
        ("Зарегистрировано", account.residents.map(|n| format!("{n}\u{a0}чел."))),
        ("Общая площадь", account.area.map(square)),
        ("Отапливаемая площадь", account.heated_area.map(square)),
    ];
    let rows = rows.into_iter().filter_map(|(name, value)| {
        let value = value?;
        Some(view! { <div><dt>{name}</dt><dd>{value}</dd></div> })
    });
    view! {
        <dl class="facts">
            <div>
                <dt>"Номер"</dt>
                <dd>
                    {number.clone()} " "
                    <CopyButton text=number copied="Номер лицевого счёта скопирован" aria_label="Скопировать номер лицевого счёта"/>
                </dd>
            </div>
            {rows.collect_view()}
        </dl>
    }
}

async fn lite_page(signed_in: &SignedIn, own: LinkedAccount, from_closed: bool, errors: Vec<FieldError>) -> Answer {
    let request = pins::latest_request(signed_in.services(), signed_in.id(), &own.account.id).await?;
    let title = format!("Лицевой счёт {}", own.account.number);
    let shown = errors.clone();
    signed_in
        .page(&title)
        .under("/accounts")
        .errors(&errors)
        .show(move || lite_view(own, request, from_closed, shown))
        .await
}

fn lite_view(
    own: LinkedAccount,
    request: Option<PinRequest>,
    from_closed: bool,
    errors: Vec<FieldError>,
) -> impl IntoView {
    let address = |page: &str| format!("/accounts/{}/{page}", own.account.id);
    let (pin, pin_request, pay) = (address("pin"), address("pin-request"), address("pay"));
    view! {
        {account_head(&own, "")}
        <p>
            <Badge kind=BadgeKind::INFO text="Ограниченная версия"/>
            " "
            <Hint topic=Topic::FullAccess/>
        </p>
        {from_closed.then(closed_notice)}
        <ErrorSummary errors=errors.clone()/>
        <div class="card-grid">
            <Card title="Откройте полную версию">
                <p>"Введите ПИН-код: так мы убедимся, что лицевой счёт ваш."</p>
                <form method="post" action=pin novalidate>
                    <PinField error=error_of(&errors, "pin")>
                        <Hint topic=Topic::Pin/>
                    </PinField>
                    <SubmitButton busy="Проверяем…">"Подтвердить"</SubmitButton>
                </form>
            </Card>
            <Card title="Где взять ПИН-код">
                <p>"Он напечатан на квитанции перед расшифровкой счёта. Нет квитанции — запросите ПИН-код."</p>
                {request_view(request)}
                <p>
                    <LinkButton href=pin_request kind=ButtonKind::Secondary>
                        "Подать запрос на получение ПИН-кода"
                    </LinkButton>
                </p>
            </Card>
            <Card title="Что доступно сейчас">
                <ul>
                    <li>"Можно: оплатить лицевой счёт картой."</li>
                    <li>"Откроется с ПИН-кодом: адрес, начисления и баланс, платежи, показания, квитанции."</li>
                </ul>
                <p><LinkButton href=pay kind=ButtonKind::Secondary hint=Topic::Pay>"ОПЛАТИТЬ"</LinkButton></p>
            </Card>
        </div>
    }
}

fn closed_notice() -> impl IntoView {
    view! {
        <Notice kind=NoticeKind::Warning title="Этот раздел открывается с ПИН-кодом" announce=true>
            <p>"Начисления, квитанции и платежи видит только тот, кто подтвердил, что лицевой счёт его. Введите ПИН-код ниже."</p>
        </Notice>
    }
}

fn request_view(request: Option<PinRequest>) -> impl IntoView {
    request.map(|request| match request.state {
        PinRequestState::Pending => view! {
            <Notice kind=NoticeKind::Info title="Запрос на рассмотрении">
                <p>"Сотрудник проверит данные и отправит ПИН-код туда, куда вы указали."</p>
            </Notice>
        }
        .into_any(),
        PinRequestState::Approved => view! {
            <Notice kind=NoticeKind::Success title="ПИН-код отправлен">
                <p>"Проверьте почту или SMS и введите его на этой странице."</p>
            </Notice>
        }
        .into_any(),
        PinRequestState::Refused => view! {
            <Notice kind=NoticeKind::Warning title="Запрос отклонён">
                <p>{request.reason.unwrap_or_default()}</p>
            </Notice>
        }
        .into_any(),
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PinForm {
    pin: String,
}

async fn enter_pin(AtMoney(signed_in): AtMoney, Path(id): Path<String>, Form(form): Form<PinForm>) -> Answer {
    let own = own(&signed_in, &id).await?;
    let address = format!("/accounts/{}", own.account.id);
    if own.access == Access::Full {
        return signed_in.redirect(&address, NoticeKind::Success, "Полная версия уже открыта.").await;
    }
    let visitor = &signed_in.visit.visitor;
    let entered = pins::enter(signed_in.services(), &signed_in.session, signed_in.id(), &own, &form.pin, visitor).await;
    let message = match entered {
        Ok(token) => return welcome(&signed_in, &token, &address).await,
        Err(EnterError::Fault(fault)) => return Err(fault.into()),
        Err(EnterError::Form(PinError::Empty)) => "Введите ПИН-код с квитанции или из письма".to_owned(),
        Err(EnterError::Form(PinError::NotEightDigits)) => "ПИН-код состоит из 8 цифр. Проверьте его".to_owned(),
        Err(EnterError::Wrong { left: 0 }) => {
            "ПИН-код не подошёл. Попытки закончились, попробуйте через час".to_owned()
        }
        Err(EnterError::Wrong { left }) => format!("ПИН-код не подошёл. Осталось попыток: {left}"),
        Err(EnterError::TooManyOwners) => format!(
            "ПИН-код верный, но полная версия этого счёта уже открыта в нескольких кабинетах. Напишите нам, и мы \
             разберёмся: {}",
            signed_in.visit.web.site.support_email
        ),
        Err(EnterError::Locked(limit)) => {
            format!("Слишком много неверных попыток. Ввод ПИН-кода откроется через {}", words::wait(limit.seconds))
        }
    };
    lite_page(&signed_in, own, false, vec![FieldError::new("pin", message)]).await
}

/// The session is new after full access is opened, so the message goes into the new one.
async fn welcome(signed_in: &SignedIn, token: &sessions::Token, address: &str) -> Answer {
    if let Some(session) = sessions::find(signed_in.services(), token.reveal()).await? {
        let text = "Поздравляем! Все шаги пройдены, открыта полная версия личного кабинета.";
        sessions::leave_flash(signed_in.services(), &session, &write_flash(NoticeKind::Success, text)).await?;
    }
    Ok(axum::response::IntoResponse::into_response(signed_in.visit.enter(token, address)))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RequestForm {
    name: String,
    address: String,
    contact: String,
}

async fn show_request(AtMoney(signed_in): AtMoney, Path(id): Path<String>) -> Answer {
    let own = own(&signed_in, &id).await?;
    let form = RequestForm {
        name: signed_in.user.name.clone().unwrap_or_default(),
        address: String::new(),
        contact: signed_in.user.login.show(),
    };
    request_page(&signed_in, &own, form, Vec::new()).await
}

async fn submit_request(AtMoney(signed_in): AtMoney, Path(id): Path<String>, Form(form): Form<RequestForm>) -> Answer {
    let own = own(&signed_in, &id).await?;
    let address = format!("/accounts/{}", own.account.id);
    let input = PinRequestInput { name: &form.name, address: &form.address, contact: &form.contact };
    let done = pins::request(signed_in.services(), signed_in.id(), &own, input, &signed_in.visit.visitor).await;
    let errors = match done {
        Ok(Requested::SentAtOnce) => {
            let text = "ПИН-код отправлен. Введите его здесь, когда получите.";
            return signed_in.redirect(&address, NoticeKind::Success, text).await;
        }
        Ok(Requested::Queued) => {
            let text = "Запрос принят. Сотрудник проверит данные и отправит ПИН-код туда, куда вы указали.";
            return signed_in.redirect(&address, NoticeKind::Success, text).await;
        }
        Err(RequestError::WaitsAlready) => {
            return signed_in.redirect(&address, NoticeKind::Info, "Ваш запрос уже на рассмотрении.").await;
        }
        Err(RequestError::TooManyWait) => {
            let text = "Несколько ваших запросов уже на рассмотрении. Дождитесь ответа на них.";
            return signed_in.redirect(&address, NoticeKind::Info, text).await;
        }
        Err(RequestError::AlreadyFull) => {
            return signed_in.redirect(&address, NoticeKind::Info, "Полная версия уже открыта.").await;
        }
        Err(RequestError::Fault(fault)) => return Err(fault.into()),
        Err(RequestError::TooOften(limit)) => vec![FieldError::new("contact", words::too_often(limit))],
        Err(RequestError::Form(errors)) => [
            errors.name.map(|e| FieldError::new("name", words::text(e, "Напишите фамилию, имя и отчество"))),
            errors.address.map(|e| FieldError::new("address", words::text(e, "Напишите адрес, как в квитанции"))),
            errors.contact.map(|e| FieldError::new("contact", words::login(e))),
        ]
        .into_iter()
        .flatten()
        .collect(),
    };
    request_page(&signed_in, &own, form, errors).await
}

async fn request_page(signed_in: &SignedIn, own: &LinkedAccount, form: RequestForm, errors: Vec<FieldError>) -> Answer {
    let action = format!("/accounts/{}/pin-request", own.account.id);
    let head = account_head(own, "pin-request").into_any();
    let shown = errors.clone();
    signed_in
        .page("Запрос ПИН-кода")
        .under("/accounts")
        .errors(&errors)
        .show(move || {
            view! {
                <div class="narrow">
                    {head}
                    <h2>"Запрос ПИН-кода " <Hint topic=Topic::PinRequest/></h2>
                    <ErrorSummary errors=shown.clone()/>
                    <form method="post" action=action novalidate>
                        <TextField id="name" label="Фамилия, имя, отчество" value=form.name
                            error=error_of(&shown, "name") autocomplete="name"/>
                        <TextField id="address" label="Адрес" value=form.address
                            hint="Адрес квартиры или дома, для которых открыт лицевой счёт."
                            error=error_of(&shown, "address") autocomplete="address-line1"/>
                        <TextField id="contact" label="Куда прислать ПИН-код" value=form.contact
                            hint="Электронная почта или телефон." error=error_of(&shown, "contact")/>
                        <SubmitButton busy="Отправляем…">"Отправить запрос"</SubmitButton>
                    </form>
                </div>
            }
        })
        .await
}
