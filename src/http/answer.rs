//! Answers: a page in the portal's shell, a redirect with a message, a failure with an incident number.

use axum::Extension;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use leptos::prelude::*;

use super::Site;
use super::cookies::set_cookie;
use super::display::Display;
use super::headers::Nonce;
use super::session::{AtConsole, Door, Entry, SignedIn, Staff, Visit};
use super::shell::{Flash, Frame, Nav, render};
use super::theme::Theme;
use crate::components::{FieldError, LinkButton, NoticeKind};
use crate::domain::form::is_calm;
use crate::domain::id::AccountId;
use crate::domain::session::Session;
use crate::service::sessions::{self, Token};
use crate::service::{Fault, Services};
use crate::telemetry::{self, SecurityEvent, chain};

/// What a handler returns.
pub type Answer = Result<Response, Failure>;

/// Why a handler cannot show its page.
#[derive(Debug)]
pub enum Failure {
    /// Unknown, or another user's: the same answer for both.
    NotFound,
    /// Needs full access: redirects to the account's page, which says why and asks for the PIN.
    Closed(AccountId),
    /// No session, or an expired one: carries the address of the sign-in page, which redirects back.
    SignedOut(String),
    /// The action needs a recently entered password: carries the address of the page that asks for it and redirects
    /// back.
    PasswordNeeded(String),
    /// The request lacks a part, or a part is malformed.
    BadRequest,
    /// An internal error: logged once, shown with an incident number.
    Fault(Fault),
    /// The queue of password checks is full, and the event is already counted.
    Busy,
    /// An internal error that is already logged: shown with the incident number of its request.
    Logged,
}

impl<E: Into<Fault>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Fault(error.into())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::NotFound => {
                let text = "Такой страницы нет, или она вам недоступна. Проверьте адрес или начните с главной.";
                plain(StatusCode::NOT_FOUND, "Страница не найдена", text.to_owned())
            }
            Self::Closed(account) => Redirect::to(&format!("/accounts/{account}?closed=1")).into_response(),
            Self::SignedOut(to) | Self::PasswordNeeded(to) => Redirect::to(&to).into_response(),
            Self::BadRequest => refusal(StatusCode::BAD_REQUEST),
            Self::Fault(Fault::Busy) => {
                count_busy();
                busy()
            }
            Self::Busy => busy(),
            Self::Logged => incident_page(&incident_number()),
            Self::Fault(fault) => incident(&chain(&fault)),
        }
    }
}

/// Logs the cause with an incident number and shows the number only: the cause never reaches the page.
pub fn incident(cause: &str) -> Response {
    let number = incident_number();
    tracing::error!(incident = number, cause, "a request failed");
    incident_page(&number)
}

/// The request's id serves as the incident number.
pub fn incident_number() -> String {
    telemetry::request_id().unwrap_or_else(|| crate::clock::Nature::system().id())
}

fn incident_page(number: &str) -> Response {
    let text = format!(
        "Мы уже знаем об этом и чиним. Попробуйте ещё раз через несколько минут. Ваши данные и деньги в порядке. \
         Если напишете в поддержку, назовите номер {number}."
    );
    plain(StatusCode::INTERNAL_SERVER_ERROR, "Что-то сломалось", text)
}

/// Counts the event of a full queue of password checks.
pub fn count_busy() {
    telemetry::security(SecurityEvent::LimitReached("password-queue"));
}

/// The queue of password checks is full: a rate limit, not an incident; no data is lost.
fn busy() -> Response {
    let text = "Сейчас входит очень много людей. Подождите минуту, вернитесь назад и попробуйте ещё раз: ничего не \
                потерялось.";
    let mut response = plain(StatusCode::SERVICE_UNAVAILABLE, "Слишком много входов", text.to_owned());
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("60"));
    response
}

/// Rejects a request that no page of the portal sends: wrong method, body too large, wrong content type.
pub fn refusal(status: StatusCode) -> Response {
    let (title, text) = match status {
        StatusCode::PAYLOAD_TOO_LARGE => {
            ("Слишком длинный текст", "Вернитесь назад, сократите текст и отправьте его ещё раз.")
        }
        StatusCode::METHOD_NOT_ALLOWED => {
            ("Здесь нечего открывать", "По этому адресу приходят данные формы. Начните с главной страницы.")
        }
        _ => ("Форма пришла не целиком", "Вернитесь назад, обновите страницу и заполните форму ещё раз."),
    };
    plain(status, title, text.to_owned())
}

/// The body with a photo exceeds its limit: the page's own form refuses a photo that is slightly too large.
pub fn large_upload() -> Response {
    let text =
        "Снимок больше 10\u{a0}МБ. Вернитесь назад, уменьшите его или пришлите снимок экрана с этой фотографией.";
    plain(StatusCode::PAYLOAD_TOO_LARGE, "Слишком большой снимок", text.to_owned())
}

/// A plain error page. Handlers without a `Site` return it; the `speak_plainly` layer renders it.
#[derive(Clone, Debug)]
pub struct PlainPage {
    title: &'static str,
    text: String,
}

fn plain(status: StatusCode, title: &'static str, text: String) -> Response {
    (status, Extension(PlainPage { title, text })).into_response()
}

impl PlainPage {
    /// Renders the page in the shell of this site.
    pub fn render(self, site: &Site, nav: Nav, nonce: String, display: Display) -> Html<String> {
        let Self { title, text } = self;
        let mut frame = frame(title, nav, nonce, display, site.theme.clone());
        frame.support_email = Some(site.support_email.clone());
        Html(render(frame, move || {
            view! {
                <h1>{title}</h1>
                <p>{text}</p>
                <p>
                    <LinkButton href="/">"На главную"</LinkButton>
                </p>
            }
        }))
    }
}

fn frame(title: &str, nav: Nav, nonce: String, display: Display, theme: Theme) -> Frame {
    Frame {
        title: title.to_owned(),
        has_errors: false,
        nav,
        current: "",
        flash: None,
        refresh_seconds: None,
        script: None,
        nonce,
        display,
        support_email: None,
        hints: None,
        theme,
        linked: Vec::new(),
        demo: false,
        shared_from: None,
    }
}

/// A page before it is rendered.
pub struct Page<'a> {
    frame: Frame,
    status: StatusCode,
    services: &'a Services,
    session: Option<&'a Session>,
}

impl Page<'_> {
    /// Marks the page's item in the navigation as current.
    pub const fn under(mut self, item: &'static str) -> Self {
        self.frame.current = item;
        self
    }

    /// The form is refused: sets the status to 422, and adds to the title that the person made a mistake.
    pub fn errors(mut self, errors: &[FieldError]) -> Self {
        if !errors.is_empty() {
            self.frame.has_errors = !is_calm(errors);
            self.status = StatusCode::UNPROCESSABLE_ENTITY;
        }
        self
    }

    /// Sets a status other than 200.
    pub const fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Reloads the page after so many seconds where JavaScript is off.
    pub const fn refresh(mut self, seconds: u32) -> Self {
        self.frame.refresh_seconds = Some(seconds);
        self
    }

    /// Loads a script that only this page needs.
    pub const fn script(mut self, address: &'static str) -> Self {
        self.frame.script = Some(address);
        self
    }

    /// Renders the page; a stored flash message is shown once.
    ///
    /// # Errors
    /// [`Failure`] when the flash message cannot be cleared.
    pub async fn show<V: IntoView + 'static>(mut self, body: impl FnOnce() -> V) -> Answer {
        if let Some(session) = self.session
            && let Some(flash) = session.flash.as_deref()
        {
            self.frame.flash = Some(read_flash(flash));
            sessions::clear_flash(self.services, session).await?;
        }
        Ok((self.status, Html(render(self.frame, body))).into_response())
    }
}

impl Visit {
    /// The navigation of a guest or of the signed-in user.
    pub fn nav(&self) -> Nav {
        match &self.user {
            Some(user) => Nav::User { login_masked: user.login.masked(), unread: self.unread },
            None => Nav::Guest,
        }
    }

    /// A page with that navigation.
    pub fn page(&self, title: &str) -> Page<'_> {
        let mut frame = frame(title, self.nav(), self.nonce.clone(), self.display, self.web.site.theme.clone());
        frame.support_email = Some(self.web.site.support_email.clone());
        frame.hints = Some(self.web.site.hints.clone());
        frame.demo = self.web.services.settings().demo;
        frame.shared_from = self.user.is_none().then(|| self.web.site.origin.clone());
        Page { frame, status: StatusCode::OK, services: &self.web.services, session: self.session.as_ref() }
    }

    /// Redirects and sets the cookie of a new session.
    pub fn enter(&self, token: &Token, to: &str) -> Entry {
        Entry { to: to.to_owned(), cookies: vec![set_cookie(&self.web.site, Door::Portal, token)] }
    }
}

impl SignedIn {
    /// A page for this user.
    pub fn page(&self, title: &str) -> Page<'_> {
        let mut page = self.visit.page(title);
        page.frame.linked.clone_from(&self.linked);
        page
    }

    /// Redirects, with a flash message for the next page.
    ///
    /// # Errors
    /// [`Failure`] when the flash message cannot be stored.
    pub async fn redirect(&self, to: &str, kind: NoticeKind, text: &str) -> Answer {
        redirect(self.services(), &self.session, to, kind, text).await
    }
}

impl AtConsole {
    /// A page before the operators' sign-in. Ignores any subscriber session.
    pub fn page(&self, title: &str) -> Page<'_> {
        let frame = frame(title, Nav::ConsoleDoor, self.nonce.clone(), self.display, self.web.site.theme.clone());
        Page { frame, status: StatusCode::OK, services: &self.web.services, session: self.session.as_ref() }
    }
}

impl Staff {
    /// A page of the console.
    pub fn page(&self, title: &str) -> Page<'_> {
        let nav = Nav::Operator { name: self.operator.name.clone() };
        let frame = frame(title, nav, self.nonce.clone(), self.display, self.web.site.theme.clone());
        Page { frame, status: StatusCode::OK, services: &self.web.services, session: Some(&self.session) }
    }

    /// Redirects, with a flash message for the next page.
    ///
    /// # Errors
    /// [`Failure`] when the flash message cannot be stored.
    pub async fn redirect(&self, to: &str, kind: NoticeKind, text: &str) -> Answer {
        redirect(&self.web.services, &self.session, to, kind, text).await
    }
}

async fn redirect(services: &Services, session: &Session, to: &str, kind: NoticeKind, text: &str) -> Answer {
    sessions::leave_flash(services, session, &write_flash(kind, text)).await?;
    Ok(Redirect::to(to).into_response())
}

/// A flash message as the session stores it: its kind, `|`, its text.
pub fn write_flash(kind: NoticeKind, text: &str) -> String {
    format!("{}|{text}", kind.as_str())
}

fn read_flash(stored: &str) -> Flash {
    let (kind, text) = stored.split_once('|').unwrap_or(("", stored));
    Flash { kind: NoticeKind::parse(kind).unwrap_or_default(), text: text.to_owned() }
}

/// A page in the portal's shell for the mailbox of the demo, which has no session and the default display settings.
pub fn shell(title: String, nonce: &Nonce, body: AnyView) -> String {
    render(frame(&title, Nav::Guest, nonce.0.clone(), Display::default(), Theme::default()), move || body)
}
