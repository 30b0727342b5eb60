//! `/sign-in/code`: the second step of a sign-in. The views of the second factor, which the settings and the console show
//! too.

use axum::extract::Query;
use axum::response::{IntoResponse as _, Redirect};
use axum::routing::get;
use axum::{Form, Router};
use leptos::prelude::*;
use qrcodegen::{QrCode, QrCodeEcc};
use serde::Deserialize;

use crate::api::words;
use crate::components::{
    ButtonKind, CopyButton, ErrorSummary, FieldError, LinkButton, PrintButton, SubmitButton, TextField, error_of,
};
use crate::http::Web;
use crate::http::answer::{Answer, Failure};
use crate::http::session::{Door, Visit, enter_fully, safe_next, with_next};
use crate::service::second_factor::{BackupCodes, CodeRefused, Enrolment, finish, pending};

/// The field of a code.
const CODE: &str = "code";
/// The field of a backup code: letters too, so it has the phone's whole keyboard.
const BACKUP: &str = "backup";
/// Where a sign-in whose second step took too long begins once more.
const EXPIRED: &str = "/sign-in?expired=1";
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
    /// A backup code, from the form of its own.
    pub backup: String,
    /// The page that the sign-in leads to.
    pub next: String,
}

impl CodeForm {
    /// The code that was typed, whichever form it came from.
    pub fn typed(&self) -> &str {
        if self.backup.is_empty() { &self.code } else { &self.backup }
    }

    /// What is wrong with it, beside the field that it was typed into.
    ///
    /// # Errors
    /// [`Failure`] for an internal error.
    pub fn error(&self, error: CodeRefused) -> Result<FieldError, Failure> {
        let field = if self.backup.is_empty() { CODE } else { BACKUP };
        Ok(FieldError::new(field, code_error(error)?.message))
    }
}

async fn show(visit: Visit, Query(form): Query<CodeForm>) -> Answer {
    page(&visit, &form.next, Vec::new()).await
}

async fn submit(visit: Visit, Form(form): Form<CodeForm>) -> Answer {
    let next = safe_next(Some(&form.next));
    let Some(session) = &visit.session else { return expired(next) };
    match finish(visit.services(), session, form.typed(), &visit.visitor).await {
        Ok(signed_in) => Ok(enter_fully(&visit.web.site, Door::Portal, &signed_in, next).into_response()),
        Err(CodeRefused::Gone) => expired(next),
        Err(error) => page(&visit, next, vec![form.error(error)?]).await,
    }
}

fn expired(next: &str) -> Answer {
    Ok(Redirect::to(&with_next(EXPIRED, next)).into_response())
}

async fn page(visit: &Visit, next: &str, errors: Vec<FieldError>) -> Answer {
    let next = safe_next(Some(next)).to_owned();
    if visit.session.as_ref().and_then(pending).is_none() {
        return expired(&next);
    }
    let support = visit.web.site.support_email.clone();
    let shown = errors.clone();
    let page = visit.page("Код для входа").under("/sign-in").errors(&errors);
    page.show(move || {
        view! {
            <div class="narrow">
                <h1>"Код для входа"</h1>
                <p>"Откройте приложение с кодами на телефоне и введите шесть цифр."</p>
                {code_form("/sign-in/code", next.clone(), "Войти", Keyboard::Digits, shown.clone())}
                {backup_form("/sign-in/code", next, &shown)}
                <p class="muted">"Нет ни телефона, ни запасных кодов? Напишите нам: " {support}</p>
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
    Ok(FieldError::new(CODE, words::factor_code(error)?))
}

/// The keyboard that a phone shows for a code.
#[derive(Clone, Copy)]
pub enum Keyboard {
    /// Digits alone.
    Digits,
    /// Everything: the code may be a backup code.
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

/// The form of a code, below the list of what is wrong on the page.
pub fn code_form(
    action: &'static str,
    next: String,
    button: &'static str,
    keyboard: Keyboard,
    errors: Vec<FieldError>,
) -> impl IntoView {
    view! {
        <ErrorSummary errors=errors.clone()/>
        <form method="post" action=action novalidate>
            <input type="hidden" name="next" value=next/>
            <TextField id=CODE label="Код" error=error_of(&errors, CODE) autocomplete="one-time-code"
                inputmode=keyboard.inputmode() short=true/>
            <SubmitButton busy="Проверяем…">{button}</SubmitButton>
        </form>
    }
}

/// The form of a backup code, folded until it is asked for or what was typed is wrong.
pub fn backup_form(action: &'static str, next: String, errors: &[FieldError]) -> impl IntoView + use<> {
    let error = error_of(errors, BACKUP);
    let is_open = error.is_some();
    view! {
        <details open=is_open>
            <summary>"Телефона нет под рукой?"</summary>
            <form method="post" action=action novalidate>
                <input type="hidden" name="next" value=next/>
                <TextField id=BACKUP label="Запасной код" hint="Один из тех, что вы сохранили, когда включали вход с кодом"
                    error=error autocomplete="off" short=true/>
                <SubmitButton kind=ButtonKind::Secondary busy="Проверяем…">"Войти с запасным кодом"</SubmitButton>
            </form>
        </details>
    }
}

/// How to set the application up, and the form of the first code.
pub fn enrolment_view(
    enrolment: Enrolment,
    action: &'static str,
    next: String,
    errors: Vec<FieldError>,
) -> impl IntoView {
    view! {
        {enrolment_steps(enrolment)}
        {code_form(action, next, "Включить", Keyboard::Digits, errors)}
    }
}

/// How to set the application up: the QR code, and the secret for typing.
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
