//! The bank's pages: the card, the 3-D Secure code, and back to the shop. Plain forms, no scripts.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use leptos::prelude::*;
use serde::Deserialize;

use super::card::{CardFaults, TEST_CARDS, TypedCard};
use super::ledger::Entry;
use super::payment::{CODE, CODE_TRIES, Refusal, Stage};
use super::{MOUNT, TestBank};
use crate::storage::StorageError;

/// The wall clock that decides whether a card has expired: Moscow's, in hours from UTC.
const CARD_CLOCK: i8 = 3;

/// What stands in place of a page.
pub(super) enum PageError {
    NotFound,
    Internal,
}

impl From<StorageError> for PageError {
    fn from(error: StorageError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "the test bank cannot use its database");
        Self::Internal
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let (status, heading, words) = match self {
            Self::NotFound => {
                (StatusCode::NOT_FOUND, "Такого платежа нет", "Вернитесь в магазин и начните оплату заново.")
            }
            Self::Internal => {
                let words = "Деньги не списаны. Обновите страницу через минуту.";
                (StatusCode::INTERNAL_SERVER_ERROR, "Банк не отвечает", words)
            }
        };
        document(status, heading, view! { <h1>{heading}</h1> <p>{words}</p> })
    }
}

/// What the bank is, and its cards.
pub(super) async fn about() -> Response {
    let body = view! { <h1>"Тестовый банк"</h1> {warning()} {known_cards()} };
    document(StatusCode::OK, "Тестовый банк", body)
}

/// The page that the payment is at.
pub(super) async fn show(State(bank): State<TestBank>, Path(id): Path<String>) -> Result<Response, PageError> {
    let entry = load(&bank, &id).await?;
    Ok(match entry.payment.stage {
        Stage::AwaitsCard => card_form(&entry, &TypedCard::default(), CardFaults::default()),
        Stage::AwaitsCode { wrong } => code_form(&entry, wrong),
        Stage::Succeeded { .. } | Stage::Canceled { .. } => onward(&entry),
    })
}

/// «ОК»: the card was typed.
pub(super) async fn pay(
    State(bank): State<TestBank>,
    Path(id): Path<String>,
    Form(card): Form<TypedCard>,
) -> Result<Response, PageError> {
    let entry = load(&bank, &id).await?;
    if entry.payment.stage != Stage::AwaitsCard {
        return Ok(onward(&entry));
    }
    let now = bank.nature.now();
    match card.check(now.date(CARD_CLOCK)) {
        Err(faults) => Ok(card_form(&entry, &card, faults)),
        Ok(outcome) => {
            let stage = entry.payment.stage.with_card(outcome, now);
            Ok(onward(&bank.advance(entry, stage).await?))
        }
    }
}

/// What is typed on the 3-D Secure page.
#[derive(Deserialize)]
pub(super) struct TypedCode {
    #[serde(default)]
    code: String,
}

/// «Подтвердить»: the code was typed.
pub(super) async fn confirm(
    State(bank): State<TestBank>,
    Path(id): Path<String>,
    Form(typed): Form<TypedCode>,
) -> Result<Response, PageError> {
    let entry = load(&bank, &id).await?;
    let stage = entry.payment.stage.with_code(&typed.code, bank.nature.now());
    let entry = bank.advance(entry, stage).await?;
    Ok(match entry.payment.stage {
        Stage::AwaitsCode { wrong } if wrong > 0 => code_form(&entry, wrong),
        _ => onward(&entry),
    })
}

/// «Отказаться».
pub(super) async fn decline(State(bank): State<TestBank>, Path(id): Path<String>) -> Result<Response, PageError> {
    let entry = load(&bank, &id).await?;
    let stage = entry.payment.stage.given_up(Refusal::PermissionRevoked);
    Ok(onward(&bank.advance(entry, stage).await?))
}

async fn load(bank: &TestBank, id: &str) -> Result<Entry, PageError> {
    bank.find(id).await?.ok_or(PageError::NotFound)
}

/// Where the payer goes next: back to the shop once the payment is over, else to the bank's page.
fn onward(entry: &Entry) -> Response {
    if entry.payment.stage.is_final() {
        Redirect::to(&entry.payment.return_url).into_response()
    } else {
        Redirect::to(&format!("{MOUNT}/pay/{}", entry.id())).into_response()
    }
}

/// The number and the date stay as typed; the code does not.
fn card_form(entry: &Entry, typed: &TypedCard, faults: CardFaults) -> Response {
    let faulty = faults != CardFaults::default();
    let heading = "Оплата картой";
    let list = [("number", faults.number), ("expiry", faults.expiry), ("csc", faults.csc)];
    let action = format!("{MOUNT}/pay/{}", entry.id());
    let body = view! {
        <h1>{heading}</h1>
        {warning()}
        {fault_summary(&list)}
        {order(entry)}
        <form method="post" action=action.clone() class="card" novalidate>
            {field(Field {
                id: "number", label: "Номер карты", hint: "16 цифр с лицевой стороны", most: 32,
                value: typed.number.clone(), fault: faults.number,
            })}
            {field(Field {
                id: "expiry", label: "Срок действия", hint: "ММ/ГГ, например 12/30", most: 9,
                value: typed.expiry.clone(), fault: faults.expiry,
            })}
            {field(Field {
                id: "csc", label: "CVC", hint: "три цифры с оборота", most: 3,
                value: String::new(), fault: faults.csc,
            })}
            <p><button type="submit" class="button primary">"ОК"</button></p>
        </form>
        {decline_form(&action)}
        {known_cards()}
    };
    answer(faulty, heading, body)
}

fn code_form(entry: &Entry, wrong: u8) -> Response {
    let heading = "Подтверждение оплаты";
    let left = CODE_TRIES.saturating_sub(wrong);
    let fault = match (wrong, left) {
        (0, _) => None,
        (_, 1) => Some("Код не подошёл. Осталась одна попытка."),
        _ => Some("Код не подошёл. Осталось две попытки."),
    };
    let action = format!("{MOUNT}/pay/{}", entry.id());
    let body = view! {
        <h1>{heading}</h1>
        {warning()}
        {fault_summary(&[("code", fault)])}
        {order(entry)}
        <form method="post" action=format!("{action}/code") class="card" novalidate>
            <p>"Настоящий банк прислал бы код в SMS. Здесь он всегда один: " <strong>{CODE}</strong></p>
            {field(Field {
                id: "code", label: "Код 3-D Secure", hint: "восемь цифр", most: 16,
                value: String::new(), fault,
            })}
            <p><button type="submit" class="button primary">"Подтвердить"</button></p>
        </form>
        {decline_form(&action)}
    };
    answer(fault.is_some(), heading, body)
}

struct Field {
    id: &'static str,
    label: &'static str,
    hint: &'static str,
    most: u8,
    value: String,
    fault: Option<&'static str>,
}

/// Autocomplete is off: a browser must not offer a real card here.
fn field(field: Field) -> impl IntoView {
    let Field { id, label, hint, most, value, fault } = field;
    let (hint_id, fault_id) = (format!("{id}-hint"), format!("{id}-fault"));
    let described_by = if fault.is_some() { format!("{fault_id} {hint_id}") } else { hint_id.clone() };
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <p class="hint" id=hint_id>{hint}</p>
            {fault.map(|words| view! { <p class="error" id=fault_id>{words}</p> })}
            <input
                id=id
                name=id
                type="text"
                inputmode="numeric"
                autocomplete="off"
                maxlength=most.to_string()
                required
                value=value
                aria-describedby=described_by
                aria-invalid=fault.map(|_| "true")
            />
        </div>
    }
}

/// A form of its own, so that Enter in the card's fields never declines.
fn decline_form(action: &str) -> impl IntoView + use<> {
    view! {
        <form method="post" action=format!("{action}/decline")>
            <p><button type="submit" class="button">"Отказаться"</button></p>
        </form>
    }
}

/// Takes the focus and leads to the fields.
fn fault_summary(list: &[(&'static str, Option<&'static str>)]) -> impl IntoView + use<> {
    let faults: Vec<_> = list.iter().filter_map(|(id, fault)| fault.map(|words| (*id, words))).collect();
    (!faults.is_empty()).then(|| {
        let items = faults.into_iter().map(|(id, words)| {
            view! { <li><a href=format!("#{id}")>{words}</a></li> }
        });
        view! {
            <div class="notice error" role="alert" tabindex="-1" autofocus>
                <h2>"Проверьте данные"</h2>
                <ul>{items.collect_view()}</ul>
            </div>
        }
    })
}

fn order(entry: &Entry) -> impl IntoView + use<> {
    let description = entry.payment.description.clone();
    view! {
        <p>
            "К оплате: " <strong>{entry.payment.amount.to_string()}</strong>
            {description.map(|text| view! { <br/> {text} })}
        </p>
    }
}

fn warning() -> impl IntoView {
    view! {
        <p class="notice">
            <strong>"Это тестовый банк."</strong>
            " Деньги не списываются. Не вводите данные настоящей карты: возьмите тестовую из списка на этой странице."
        </p>
    }
}

fn known_cards() -> impl IntoView {
    let rows = TEST_CARDS.iter().map(|card| {
        view! { <tr><td>{card.number}</td><td>{card.words}</td></tr> }
    });
    view! {
        <section>
            <h2>"Тестовые карты"</h2>
            <table class="data">
                <thead><tr><th scope="col">"Номер"</th><th scope="col">"Что будет"</th></tr></thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
            <p>
                "Срок действия — любой будущий, CVC — любые три цифры, код 3-D Secure — " {CODE}
                ". Остальным картам банк отказывает."
            </p>
        </section>
    }
}

fn answer(faulty: bool, heading: &str, body: impl IntoView) -> Response {
    if faulty {
        document(StatusCode::UNPROCESSABLE_ENTITY, &format!("Ошибка: {heading}"), body)
    } else {
        document(StatusCode::OK, heading, body)
    }
}

/// The bank stands apart from the portal: its own page, only the stylesheet is shared. Never kept by the browser.
fn document(status: StatusCode, title: &str, body: impl IntoView) -> Response {
    let page = view! {
        <html lang="ru">
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="robots" content="noindex"/>
                <title>{format!("{title} — тестовый банк")}</title>
                <link rel="stylesheet" href="/style.css"/>
            </head>
            <body><main>{body}</main></body>
        </html>
    };
    let html = format!("<!DOCTYPE html>{}", page.to_html());
    (status, [(header::CACHE_CONTROL, "no-store")], Html(html)).into_response()
}
