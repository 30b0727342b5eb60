//! `/sign-in/code`: the second step of a sign-in. The views of the second factor, which the settings and the console show
//! too.

use axum::extract::Query;
use axum::response::{IntoResponse as _, Redirect};
use axum::routing::get;
use axum::{Form, Router};
use leptos::prelude::*;
use qrcodegen::{QrCode, QrCodeEcc};
use serde::Deserialize;

use super::words;
use crate::components::{
    ButtonKind, ErrorSummary, FieldError, LinkButton, PrintButton, SubmitButton, TextField, error_of,
};
use crate::http::Web;
use crate::http::answer::{Answer, Failure};
use crate::http::session::{Door, Visit, enter_fully, safe_next};
use crate::service::second_factor::{BackupCodes, CodeRefused, Enrolment, finish, pending};

/// The field of a code.
const CODE: &str = "code";
/// Blank modules around a QR code (ISO/IEC 18004).
const QUIET_ZONE: i32 = 4;

/// The addresses of this screen.
pub fn router() -> Router<Web> {
    Router::new().route("/sign-in/code", get(show).post(submit))
}

/// What is posted by the forms of codes.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct CodeForm {
    /// A code of the application, or a backup code.
    pub code: String,
    /// Where the sign-in leads on to.
    pub next: String,
}

async fn show(visit: Visit, Query(form): Query<CodeForm>) -> Answer {
    page(&visit, &form.next, Vec::new()).await
}

async fn submit(visit: Visit, Form(form): Form<CodeForm>) -> Answer {
    let owner = visit.session.as_ref().and_then(pending);
    let Some(owner) = owner else { return Ok(Redirect::to("/sign-in").into_response()) };
    let next = safe_next(Some(&form.next)).to_owned();
    match finish(visit.services(), owner, &form.code, &visit.visitor).await {
        Ok(signed_in) => Ok(enter_fully(&visit.web.site, Door::Portal, &signed_in, &next)),
        Err(CodeRefused::Gone) => Ok(Redirect::to("/sign-in").into_response()),
        Err(error) => page(&visit, &next, vec![code_error(error)?]).await,
    }
}

async fn page(visit: &Visit, next: &str, errors: Vec<FieldError>) -> Answer {
    if visit.session.as_ref().and_then(pending).is_none() {
        return Ok(Redirect::to("/sign-in").into_response());
    }
    let next = safe_next(Some(next)).to_owned();
    let support = visit.web.site.support_email.clone();
    let shown = errors.clone();
    let page = visit.page("Код для входа").under("/sign-in").errors(&errors);
    page.show(move || {
        view! {
            <div class="narrow">
                <h1>"Код для входа"</h1>
                <p>"Откройте приложение с кодами на телефоне и введите шесть цифр."</p>
                {code_form("/sign-in/code", next, "Войти", shown)}
                <p class="muted">
                    "Телефона нет под рукой? Введите один из запасных кодов. Нет и их? Напишите нам: " {support}
                </p>
            </div>
        }
    })
    .await
}

/// What is wrong with a code, in words.
///
/// # Errors
/// [`Failure`] for an internal error.
pub fn code_error(error: CodeRefused) -> Result<FieldError, Failure> {
    let words = match error {
        CodeRefused::Fault(fault) => return Err(fault.into()),
        CodeRefused::Form => "Введите шесть цифр из приложения или запасной код".to_owned(),
        CodeRefused::Wrong => "Код не подошёл или уже использован. Дождитесь следующего кода и введите его".to_owned(),
        CodeRefused::Gone => "Время вышло. Начните сначала".to_owned(),
        CodeRefused::TooOften(limit) => words::too_often(limit),
    };
    Ok(FieldError::new(CODE, words))
}

/// The form of a code.
pub fn code_form(action: &'static str, next: String, button: &'static str, errors: Vec<FieldError>) -> impl IntoView {
    view! {
        <ErrorSummary errors=errors.clone()/>
        <form method="post" action=action novalidate>
            <input type="hidden" name="next" value=next/>
            <TextField id=CODE label="Код" error=error_of(&errors, CODE) autocomplete="one-time-code" short=true/>
            <SubmitButton busy="Проверяем…">{button}</SubmitButton>
        </form>
    }
}

/// How to set the application up: the QR code, the secret for typing, and the form of the first code.
pub fn enrolment_view(
    enrolment: Enrolment,
    action: &'static str,
    next: String,
    errors: Vec<FieldError>,
) -> impl IntoView {
    let Enrolment { secret, uri } = enrolment;
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
                    " или " <a href=uri_link>"откройте приложение на этом телефоне"</a> "."
                </p>
            </li>
            <li><p>"Введите шесть цифр, которые покажет приложение."</p></li>
        </ol>
        {code_form(action, next, "Включить", errors)}
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

/// A QR code as a picture of the page: its modules are one path.
fn qr(text: &str) -> Option<impl IntoView + use<>> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let size = code.size();
    let dark = (0..size).flat_map(|y| (0..size).map(move |x| (x, y))).filter(|(x, y)| code.get_module(*x, *y));
    let path: String = dark.map(|(x, y)| format!("M{},{}h1v1h-1z", x + QUIET_ZONE, y + QUIET_ZONE)).collect();
    let side = size + 2 * QUIET_ZONE;
    Some(view! {
        <svg class="qr" viewBox=format!("0 0 {side} {side}") role="img" aria-label="QR-код для приложения">
            <rect width="100%" height="100%" fill="#fff"/>
            <path d=path fill="#000"/>
        </svg>
    })
}
