//! The bank's pages: the card, the 3-D Secure code, and the redirect back to the shop. Plain forms, no scripts.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use leptos::prelude::*;
use serde::Deserialize;

use super::card::{CardFaults, TEST_CARDS, TestCard, TypedCard};
use super::ledger::Entry;
use super::payment::{CODE, CODE_TRIES, Refusal, Stage};
use super::{MOUNT, TestBank};
use crate::components::{
    ButtonKind, CodeField, ErrorSummary, FieldError, Notice, NoticeKind, SubmitButton, TextField, error_of,
};
use crate::http::shell::without_marks;
use crate::storage::StorageError;

/// The clock that decides whether a card has expired: Moscow's, in hours from UTC.
const CARD_CLOCK: i8 = 3;
/// Digits of the 3-D Secure code.
#[expect(clippy::cast_possible_truncation, reason = "a small constant")]
const CODE_DIGITS: u8 = CODE.len() as u8;

/// Why a page cannot be shown.
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
        document(status, heading, move || view! { <h1>{heading}</h1> <p>{words}</p> })
    }
}

/// A page about the bank and its test cards.
pub(super) async fn about() -> Response {
    document(StatusCode::OK, "Карты", || view! { <h1>"Тестовый банк"</h1> {warning()} {known_cards()} })
}

/// The page for the payment's current stage.
pub(super) async fn show(State(bank): State<TestBank>, Path(id): Path<String>) -> Result<Response, PageError> {
    let entry = load(&bank, &id).await?;
    Ok(match entry.payment.stage {
        Stage::AwaitsCard => card_form(&entry, &TypedCard::default(), CardFaults::default()),
        Stage::AwaitsCode { wrong } => code_form(&entry, wrong),
        Stage::Succeeded { .. } | Stage::Canceled { .. } => onward(&entry),
    })
}

/// «ОК»: submits the card.
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

/// The input of the 3-D Secure page.
#[derive(Deserialize)]
pub(super) struct TypedCode {
    #[serde(default)]
    code: String,
}

/// «Подтвердить»: submits the code.
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

/// «Отказаться»: cancels the payment.
pub(super) async fn decline(State(bank): State<TestBank>, Path(id): Path<String>) -> Result<Response, PageError> {
    let entry = load(&bank, &id).await?;
    let stage = entry.payment.stage.given_up(Refusal::PermissionRevoked);
    Ok(onward(&bank.advance(entry, stage).await?))
}

async fn load(bank: &TestBank, id: &str) -> Result<Entry, PageError> {
    bank.find(id).await?.ok_or(PageError::NotFound)
}

/// Redirects to the shop after the payment has ended, else to the bank's page.
fn onward(entry: &Entry) -> Response {
    if entry.payment.stage.is_final() {
        Redirect::to(&entry.payment.return_url).into_response()
    } else {
        Redirect::to(&format!("{MOUNT}/pay/{}", entry.id())).into_response()
    }
}

/// The number and the date keep their values, the CSC does not. Autocomplete is off: a browser must not offer a real
/// card.
fn card_form(entry: &Entry, typed: &TypedCard, faults: CardFaults) -> Response {
    const HEADING: &str = "Оплата картой";
    let errors = faults.errors();
    let action = format!("{MOUNT}/pay/{}", entry.id());
    let (order, typed) = (order(entry), typed.clone());
    answer(HEADING, errors.clone(), move || {
        let field = |id, label, hint, value, most| card_field(id, label, hint, value, most, &errors);
        view! {
            <h1>{HEADING}</h1>
            {warning()}
            <ErrorSummary errors=errors.clone()/>
            {order}
            <form method="post" action=action.clone() novalidate>
                {field("number", "Номер карты", "16 цифр с лицевой стороны.", typed.number, 32)}
                {field("expiry", "Срок действия", "Месяц и год: ММ/ГГ, например 12/30.", typed.expiry, 9)}
                {field("csc", "CVC", "Три цифры с оборота.", String::new(), 3)}
                <div class="actions"><SubmitButton>"ОК"</SubmitButton> {decline_button(&action)}</div>
            </form>
            {known_cards()}
        }
    })
}

/// A field of the card: digits; only the number is long.
fn card_field(
    id: &'static str,
    label: &'static str,
    hint: &'static str,
    value: String,
    maxlength: u16,
    errors: &[FieldError],
) -> impl IntoView + use<> {
    let error = error_of(errors, id);
    let short = id != "number";
    view! { <TextField id label hint value error autocomplete="off" inputmode="numeric" maxlength short/> }
}

fn code_form(entry: &Entry, wrong: u8) -> Response {
    const HEADING: &str = "Подтверждение оплаты";
    let left = CODE_TRIES.saturating_sub(wrong);
    let error = (wrong > 0).then(|| FieldError::new("code", format!("Код не подошёл. Осталось попыток: {left}.")));
    let errors = Vec::from_iter(error);
    let action = format!("{MOUNT}/pay/{}", entry.id());
    let order = order(entry);
    let hint = format!("{CODE_DIGITS} цифр.");
    answer(HEADING, errors.clone(), move || {
        view! {
            <h1>{HEADING}</h1>
            {warning()}
            <ErrorSummary errors=errors.clone()/>
            {order}
            <p>"Настоящий банк прислал бы код в SMS. Здесь он всегда один: " <strong>{CODE}</strong></p>
            <form method="post" action=format!("{action}/code") novalidate>
                <CodeField label="Код 3-D Secure" digits=CODE_DIGITS hint error=error_of(&errors, "code")/>
                <div class="actions"><SubmitButton>"Подтвердить"</SubmitButton> {decline_button(&action)}</div>
            </form>
        }
    })
}

/// Second in its form, because Enter presses the first button.
fn decline_button(action: &str) -> impl IntoView + use<> {
    view! {
        <SubmitButton kind=ButtonKind::Secondary formaction=format!("{action}/decline")>"Отказаться"</SubmitButton>
    }
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
        <Notice kind=NoticeKind::Warning title="Это тестовый банк">
            "Деньги не списываются. Не вводите данные настоящей карты: возьмите тестовую из списка."
        </Notice>
    }
}

fn known_cards() -> impl IntoView {
    let item = |card: &TestCard| {
        let TestCard { number, words, .. } = *card;
        view! { <li><strong>{number}</strong> " — " {words}</li> }
    };
    view! {
        <h2>"Тестовые карты"</h2>
        <ul>{TEST_CARDS.iter().map(item).collect_view()}</ul>
        <p>
            "Срок действия — любой будущий, CVC — любые три цифры, код 3-D Secure — " {CODE}
            ". Остальным картам банк отказывает."
        </p>
    }
}

fn answer<V: IntoView>(heading: &str, errors: Vec<FieldError>, body: impl FnOnce() -> V) -> Response {
    if errors.is_empty() {
        document(StatusCode::OK, heading, body)
    } else {
        document(StatusCode::UNPROCESSABLE_ENTITY, &format!("Ошибка: {heading}"), body)
    }
}

/// A page of the bank, separate from the portal except for the stylesheet. Browsers must not cache it.
fn document<V: IntoView>(status: StatusCode, title: &str, body: impl FnOnce() -> V) -> Response {
    let owner = Owner::new_root(None);
    let html = owner.with(|| {
        let page = view! {
            <html lang="ru">
                <head>
                    <meta charset="utf-8"/>
                    <meta name="viewport" content="width=device-width, initial-scale=1"/>
                    <meta name="color-scheme" content="light dark"/>
                    <meta name="robots" content="noindex"/>
                    <title>{format!("{title} — тестовый банк")}</title>
                    <link rel="stylesheet" href="/style.css"/>
                    <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                </head>
                <body>
                    <main id="main"><div class="page narrow">{body()}</div></main>
                </body>
            </html>
        };
        format!("<!DOCTYPE html>{}", without_marks(&page.to_html()))
    });
    owner.unset_with_forced_cleanup();
    (status, [(header::CACHE_CONTROL, "no-store")], Html(html)).into_response()
}
