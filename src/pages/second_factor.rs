//! `/sign-in/code`: the second step of a sign-in. The views of the second factor, which the settings and the console show
//! too.

use axum::extract::{Query, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Redirect};
use axum::routing::get;
use axum::{Form, Router};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use qrcodegen::{QrCode, QrCodeEcc};
use serde::Deserialize;

use crate::api::call::call;
use crate::api::sign_in::{BACKUP, CODE, EXPIRED, EnterCode, SecondFactorForm, enter_code};
use crate::components::{
    ButtonKind, CopyButton, ErrorSummary, FieldError, LinkButton, PrintButton, SubmitButton, TextField, error_of,
    errors_of,
};
use crate::http::Web;
use crate::http::answer::Answer;
use crate::http::session::{Visit, safe_next, with_next};
use crate::islands::ServerForm;
use crate::service::second_factor::{BackupCodes, Enrolment, pending};

/// The address of the second step.
const ADDRESS: &str = "/sign-in/code";
/// The forms of this page.
const DOOR: SecondStep = (EnterCode::PATH, ADDRESS);
/// Blank modules around a QR code (ISO/IEC 18004).
const QUIET_ZONE: i32 = 4;

/// The routes of this screen.
pub fn router() -> Router<Web> {
    Router::new().route(ADDRESS, get(show).post(submit))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Target {
    next: String,
}

async fn show(visit: Visit, Query(target): Query<Target>) -> Answer {
    page(&visit, &target.next, Vec::new()).await
}

async fn submit(State(web): State<Web>, parts: Parts, Form(form): Form<SecondFactorForm>) -> Answer {
    let next = form.next.clone();
    let called = call(&web, &parts, enter_code(form)).await?;
    called.or_page(&web, parts, async |visit: Visit, errors| page(&visit, &next, errors).await).await
}

async fn page(visit: &Visit, next: &str, errors: Vec<FieldError>) -> Answer {
    let next = safe_next(Some(next)).to_owned();
    if visit.session.as_ref().and_then(pending).is_none() {
        return Ok(Redirect::to(&with_next(EXPIRED, &next)).into_response());
    }
    let support = visit.web.site.support_email.clone();
    let shown = errors.clone();
    let page = visit.page("Код для входа").under("/sign-in").errors(&errors);
    page.show(move || view(next, support, shown)).await
}

fn view(next: String, support: String, errors: Vec<FieldError>) -> impl IntoView {
    view! {
        <div class="narrow">
            <h1>"Код для входа"</h1>
            <p>"Откройте приложение с кодами на телефоне и введите шесть цифр."</p>
            {code_form(DOOR, next.clone(), Keyboard::Digits, &errors)}
            {backup_form(DOOR, next, &errors)}
            <p class="muted">"Нет ни телефона, ни запасных кодов? Напишите нам: " {support}</p>
        </div>
    }
}

/// The keyboard that a phone shows for a code.
#[derive(Clone, Copy)]
pub enum Keyboard {
    /// Digits alone.
    Digits,
    /// Letters and digits: the code may be a backup code.
    Whole,
}

impl Keyboard {
    const fn inputmode(self) -> &'static str {
        match self {
            Self::Digits => "numeric",
            Self::Whole => "text",
        }
    }
}

/// Where the forms of a second step are sent: the server function and the page's own address.
pub type SecondStep = (&'static str, &'static str);

/// The form of a code.
pub fn code_form(step: SecondStep, next: String, keyboard: Keyboard, errors: &[FieldError]) -> impl IntoView + use<> {
    let ((function, action), fields) = (step, code_fields(next, "Войти", keyboard, errors));
    view! { <ServerForm function=function.to_owned() action=action.to_owned()>{fields}</ServerForm> }
}

/// The content of a code form: its errors, the field, the button.
fn code_fields(next: String, button: &'static str, keyboard: Keyboard, errors: &[FieldError]) -> impl IntoView + use<> {
    let (errors, error) = (errors_of(errors, &[CODE]), error_of(errors, CODE));
    view! {
        <ErrorSummary errors/>
        <input type="hidden" name="next" value=next/>
        <TextField id=CODE label="Код" error autocomplete="one-time-code" inputmode=keyboard.inputmode() short=true/>
        <SubmitButton busy="Проверяем…">{button}</SubmitButton>
    }
}

/// The form of a backup code, folded unless it has an error.
pub fn backup_form(step: SecondStep, next: String, errors: &[FieldError]) -> impl IntoView + use<> {
    let ((function, action), errors, error) = (step, errors_of(errors, &[BACKUP]), error_of(errors, BACKUP));
    let is_open = error.is_some();
    view! {
        <details open=is_open>
            <summary>"Телефона нет под рукой?"</summary>
            <ServerForm function=function.to_owned() action=action.to_owned()>
                <ErrorSummary errors/>
                <input type="hidden" name="next" value=next/>
                <TextField id=BACKUP label="Запасной код" error autocomplete="off" short=true
                    hint="Один из тех, что вы сохранили, когда включали вход с кодом"/>
                <SubmitButton kind=ButtonKind::Secondary busy="Проверяем…">"Войти с запасным кодом"</SubmitButton>
            </ServerForm>
        </details>
    }
}

/// How to set up the authenticator app, and the form of the first code.
pub fn enrolment_view(
    enrolment: Enrolment,
    (function, action): SecondStep,
    next: String,
    errors: &[FieldError],
) -> impl IntoView + use<> {
    let fields = code_fields(next, "Включить", Keyboard::Digits, errors);
    view! {
        {enrolment_steps(enrolment)}
        <ServerForm function=function.to_owned() action=action.to_owned()>{fields}</ServerForm>
    }
}

/// How to set up the authenticator app: the QR code, and the secret for typing.
pub fn enrolment_steps(Enrolment { secret, uri }: Enrolment) -> impl IntoView {
    let grouped: Vec<String> =
        secret.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into_owned()).collect();
    let uri_link = uri.clone();
    view! {
        <ol>
            <li>
                <p>"Установите на телефон приложение для кодов: например, «Яндекс Ключ», FreeOTP или Google Authenticator."</p>
            </li>
            <li>
                <p>"Отсканируйте в нём этот код."</p>
                {qr(&uri)}
                <p class="muted">
                    "Не сканируется? Введите вручную: "
                    <strong id="secret" class="long-text">{grouped.join(" ")}</strong>
                    <CopyButton text=secret copied="Ключ скопирован" aria_label="Скопировать ключ для приложения"/>
                    " или " <a href=uri_link>"откройте приложение на этом телефоне"</a> "."
                </p>
            </li>
            <li><p>"Введите шесть цифр, которые покажет приложение."</p></li>
        </ol>
    }
}

/// The backup codes, shown once.
pub fn codes_view(codes: BackupCodes, next: String) -> impl IntoView {
    let BackupCodes(codes) = codes;
    view! {
        <h1>"Запасные коды"</h1>
        <p>
            "Если телефон потеряется, вместо кода из приложения введите один из этих. Каждый работает один раз. "
            <strong>"Больше мы их не покажем: распечатайте или перепишите."</strong>
        </p>
        <ul class="backup-codes">{codes.into_iter().map(|code| view! { <li><code>{code}</code></li> }).collect_view()}</ul>
        <p class="actions">
            <LinkButton href=next kind=ButtonKind::Primary>"Я сохранил коды"</LinkButton>
            <PrintButton>"Распечатать"</PrintButton>
        </p>
    }
}

/// A QR code as inline SVG: its modules are one path.
fn qr(text: &str) -> Option<impl IntoView + use<>> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let size = code.size();
    let dark = (0..size).flat_map(|y| (0..size).map(move |x| (x, y))).filter(|(x, y)| code.get_module(*x, *y));
    let path =
        dark.map(|(x, y)| format!("M{},{}h1v1h-1z", x + QUIET_ZONE, y + QUIET_ZONE)).collect::<Vec<_>>().concat();
    let side = size + 2 * QUIET_ZONE;
    Some(view! {
        <svg class="qr" viewBox=format!("0 0 {side} {side}") role="img" aria-label="QR-код для приложения">
            <rect width="100%" height="100%" fill="#fff"/>
            <path d=path fill="#000"/>
        </svg>
    })
}
