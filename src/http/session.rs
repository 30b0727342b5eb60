//! Sessions: the cookie, the session that it names, and extractors that admit only a user or only an operator.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts, OriginalUri};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::response::{IntoResponse, Redirect, Response};

use super::answer::Failure;
use super::cookies::{Cookie, cookie_header, drop_cookie, read_cookie, set_cookie};
use super::display::Display;
use super::headers::Nonce;
use super::{Site, Web, visitor};
use crate::domain::account::LinkedAccount;
use crate::domain::id::{RegistrationId, UserId};
use crate::domain::operator::{Operator, Scope};
use crate::domain::session::{OpenSession, Session};
use crate::domain::user::User;
use crate::service::operators;
use crate::service::sessions::{self, FRESH, MONEY_IDLE, OPERATOR_IDLE};
pub use crate::service::sign_in::Door;
use crate::service::sign_in::{self as service, Step};
use crate::service::{Services, Visitor, fingerprint};
use crate::telemetry;

/// Lifetime of the device cookie, in seconds: as long as the portal remembers a browser.
const DEVICE_SECONDS: i64 = sessions::DEVICE.whole_seconds();

/// Changes to the browser after an action: its cookies, and the next page.
pub struct Entry {
    /// The address of the next page.
    pub to: String,
    /// The headers that set the cookies.
    pub cookies: Vec<(HeaderName, HeaderValue)>,
}

impl IntoResponse for Entry {
    fn into_response(self) -> Response {
        let redirect = Redirect::to(&self.to).into_response();
        self.on(redirect)
    }
}

impl Entry {
    /// Sets the cookies on another answer.
    pub fn on(self, mut response: Response) -> Response {
        for (name, value) in self.cookies {
            response.headers_mut().append(name, value);
        }
        response
    }
}

/// Sets the cookies of a new session and redirects to the page, or to the second factor.
pub fn enter(site: &Site, door: Door, step: &Step, to: &str) -> Entry {
    match step {
        Step::SignedIn(signed_in) => enter_fully(site, door, signed_in, to),
        Step::SecondFactor(token) => {
            let page = match door {
                Door::Portal => "/sign-in/code",
                Door::Console => "/console/sign-in/code",
            };
            Entry { to: with_next(page, to), cookies: vec![set_cookie(site, door, token)] }
        }
    }
}

/// Sets the cookies of a full session.
pub fn enter_fully(site: &Site, door: Door, signed_in: &service::SignedIn, to: &str) -> Entry {
    let mut cookies = vec![set_cookie(site, door, &signed_in.session)];
    if let Some(device) = &signed_in.device {
        cookies.push(cookie_header(site, Cookie::Device(door), device.reveal(), DEVICE_SECONDS));
    }
    Entry { to: to.to_owned(), cookies }
}

/// Ends the browser's session at a door: clears the cookie, the cache and the texts in its storage.
pub fn leave(site: &Site, door: Door, to: &str) -> Entry {
    let kept = HeaderValue::from_static("\"cache\", \"storage\"");
    let cookies = vec![drop_cookie(site, door), (HeaderName::from_static("clear-site-data"), kept)];
    Entry { to: to.to_owned(), cookies }
}

/// The address of a page with the `next` address to redirect to.
pub fn with_next(page: &str, next: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
    let joint = if page.contains('?') { '&' } else { '?' };
    format!("{page}{joint}{query}")
}

/// The session cookie of a door, if the request has it.
fn session_cookie<'a>(web: &Web, door: Door, headers: &'a HeaderMap) -> Option<&'a str> {
    read_cookie(headers, &Cookie::Session(door).name(web.site.https))
}

async fn find_session(web: &Web, door: Door, headers: &HeaderMap) -> Result<Option<Session>, Failure> {
    match session_cookie(web, door, headers) {
        Some(cookie) => Ok(sessions::find(&web.services, cookie).await?),
        None => Ok(None),
    }
}

/// The client of a request at a door, with the cookies that it sent.
fn visitor_at(web: &Web, door: Door, parts: &Parts) -> Visitor {
    let hash = |cookie: Cookie| read_cookie(&parts.headers, &cookie.name(web.site.https)).map(fingerprint);
    Visitor {
        session_hash: hash(Cookie::Session(door)),
        device_hash: hash(Cookie::Device(door)),
        ..visitor(&web.site, parts.extensions.get::<ConnectInfo<SocketAddr>>(), &parts.headers)
    }
}

/// A request to the portal, by a guest or a user.
pub struct Visit {
    /// Use cases and the site.
    pub web: Web,
    /// The session, if the browser has one.
    pub session: Option<Session>,
    /// The user of the session.
    pub user: Option<User>,
    /// The user's unread notices, for the bell.
    pub unread: u32,
    /// The client of the request.
    pub visitor: Visitor,
    /// The nonce of this answer.
    pub nonce: String,
    /// The display settings of the browser.
    pub display: Display,
}

impl Visit {
    /// Use cases.
    pub const fn services(&self) -> &Services {
        &self.web.services
    }

    /// The registration that waits for confirmation in this browser.
    pub fn registration(&self) -> Option<&RegistrationId> {
        self.session.as_ref().and_then(|session| session.registration_id.as_ref())
    }
}

impl FromRequestParts<Web> for Visit {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failure> {
        let found = match session_cookie(web, Door::Portal, &parts.headers) {
            Some(cookie) => sessions::find_with_user(&web.services, cookie).await?,
            None => None,
        };
        let (session, user, unread) = match found {
            Some(OpenSession { session, user, unread }) => (Some(session), user, unread),
            None => (None, None, 0),
        };
        let user = user.filter(|user| user.locked_at.is_none());
        if let Some(user) = &user {
            telemetry::note_user(user.id.as_str());
        }
        Ok(Self {
            web: web.clone(),
            session,
            user,
            unread,
            visitor: visitor_at(web, Door::Portal, parts),
            nonce: nonce(parts),
            display: display(parts),
        })
    }
}

fn nonce(parts: &Parts) -> String {
    parts.extensions.get::<Nonce>().map(|nonce| nonce.0.clone()).unwrap_or_default()
}

fn display(parts: &Parts) -> Display {
    parts.extensions.get().copied().unwrap_or_default()
}

/// A signed-in user; others are redirected to the sign-in page and back.
pub struct SignedIn {
    /// The visit.
    pub visit: Visit,
    /// The session.
    pub session: Session,
    /// The user.
    pub user: User,
    /// The user's accounts, for the switcher; loaded only on the pages of an account.
    pub linked: Vec<LinkedAccount>,
}

impl SignedIn {
    /// Use cases.
    pub const fn services(&self) -> &Services {
        &self.visit.web.services
    }
    /// The user's identifier.
    pub const fn id(&self) -> &UserId {
        &self.user.id
    }
}

impl FromRequestParts<Web> for SignedIn {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failure> {
        let visit = Visit::from_request_parts(parts, web).await?;
        match (visit.session.clone(), visit.user.clone()) {
            (Some(session), Some(user)) => Ok(Self { visit, session, user, linked: Vec::new() }),
            _ => Err(signed_out(parts, Door::Portal)),
        }
    }
}

/// A signed-in user on a page about money or personal data: after 30 idle minutes the password is asked for again. The
/// list of accounts, feedback and the page of a payment are exempt: they show little, and a long text must not be lost.
pub struct AtMoney(pub SignedIn);

impl FromRequestParts<Web> for AtMoney {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failure> {
        let signed_in = SignedIn::from_request_parts(parts, web).await?;
        let idle = web.services.now().since(signed_in.session.seen_at);
        if idle <= MONEY_IDLE {
            return Ok(Self(signed_in));
        }
        sessions::sign_out(&web.services, &signed_in.session, &signed_in.visit.visitor).await?;
        Err(signed_out(parts, Door::Portal))
    }
}

/// The sign-in page that redirects back to the requested page, with its query. A redirect cannot submit a form again,
/// so a form redirects back to its page, and the sign-in page says that the session ended.
pub fn signed_out(parts: &Parts, door: Door) -> Failure {
    let page = match door {
        Door::Portal => "/sign-in",
        Door::Console => "/console/sign-in",
    };
    let back = back_to(parts);
    let target = if back == "/" { page.to_owned() } else { with_next(page, &back) };
    let ended = parts.method != Method::GET;
    Failure::SignedOut(if ended { with_ended(&target) } else { target })
}

/// Adds a parameter to a sign-in address: the session ended while a form was open.
fn with_ended(target: &str) -> String {
    let joint = if target.contains('?') { '&' } else { '?' };
    format!("{target}{joint}ended=1")
}

/// The page that asks for the password again and redirects back.
pub fn password_needed(parts: &Parts) -> Failure {
    Failure::PasswordNeeded(with_next("/sign-in?again=1", &back_to(parts)))
}

/// The page of a request; the address of a form answers GET with a redirect to its page.
fn back_to(parts: &Parts) -> String {
    let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |OriginalUri(uri)| uri);
    let query = uri.query().filter(|_| parts.method == Method::GET);
    query.map_or_else(|| uri.path().to_owned(), |query| format!("{}?{query}", uri.path()))
}

/// A signed-in operator.
pub struct Staff {
    /// Use cases and the site.
    pub web: Web,
    /// The session.
    pub session: Session,
    /// The operator.
    pub operator: Operator,
    /// What they may see.
    pub scope: Scope,
    /// SHA-256 of the subscriber's device cookie in the same browser: for the four-eyes rule.
    pub subscriber_device: Option<String>,
    /// The client of the request.
    pub visitor: Visitor,
    /// The nonce of this answer.
    pub nonce: String,
    /// The display settings of the browser.
    pub display: Display,
}

impl FromRequestParts<Web> for Staff {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failure> {
        let to_door = |parts: &Parts| signed_out(parts, Door::Console);
        let session = find_session(web, Door::Console, &parts.headers).await?;
        let Some(session) = session else { return Err(to_door(parts)) };
        let Some(id) = &session.operator_id else { return Err(to_door(parts)) };
        if web.services.now().since(session.seen_at) > OPERATOR_IDLE {
            sessions::sign_out(&web.services, &session, &visitor_at(web, Door::Console, parts)).await?;
            return Err(to_door(parts));
        }
        let operator = operators::by_id(&web.services, id).await?;
        let Some(operator) = operator else { return Err(to_door(parts)) };
        telemetry::note_operator(operator.id.as_str());
        Ok(Self {
            web: web.clone(),
            scope: operator.scope(),
            subscriber_device: visitor_at(web, Door::Portal, parts).device_hash,
            operator,
            visitor: visitor_at(web, Door::Console, parts),
            nonce: nonce(parts),
            display: display(parts),
            session,
        })
    }
}

/// A request to the operators' door, signed in or not.
pub struct AtConsole {
    /// Use cases and the site.
    pub web: Web,
    /// The session at this door, if the browser has one.
    pub session: Option<Session>,
    /// The client, with the cookies of this door.
    pub visitor: Visitor,
    /// The nonce of this answer.
    pub nonce: String,
    /// The display settings of the browser.
    pub display: Display,
}

impl FromRequestParts<Web> for AtConsole {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failure> {
        let session = find_session(web, Door::Console, &parts.headers).await?;
        let visitor = visitor_at(web, Door::Console, parts);
        Ok(Self { web: web.clone(), session, visitor, nonce: nonce(parts), display: display(parts) })
    }
}

/// A signed-in user who entered the password recently, for actions that require it: ending sessions, switching the
/// second factor off. Others are asked for the password again and return to the settings.
pub struct Fresh(pub SignedIn);

impl FromRequestParts<Web> for Fresh {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failure> {
        let signed_in = SignedIn::from_request_parts(parts, web).await?;
        if web.services.now().since(signed_in.session.created_at) <= FRESH {
            return Ok(Self(signed_in));
        }
        Err(password_needed(parts))
    }
}

/// An address of this site, with its query, that a sign-in may redirect to; any other value becomes the list of
/// accounts. Browsers send no fragment, and the outcome of an action must not have a fragment.
pub fn safe_next(next: Option<&str>) -> &str {
    let fits = |next: &&str| {
        next.starts_with('/')
            && !next.starts_with("//")
            && !next.contains(['\\', '#'])
            && !next.starts_with("/sign-")
            && next.chars().all(|c| c.is_ascii_graphic())
    };
    next.filter(fits).unwrap_or("/accounts")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(https: bool) -> Site {
        Site {
            origin: String::new(),
            https,
            trusted_proxies: crate::config::TrustedProxies::default(),
            form_targets: String::new(),
            support_email: String::new(),
            hints: crate::config::hints(None).unwrap(),
            texts: crate::config::Texts::made_up(),
            theme: crate::http::theme::Theme::default(),
        }
    }

    #[test]
    fn cookies_are_bound_to_the_host_and_hidden_from_scripts() {
        let sessions = [Door::Portal, Door::Console].map(Cookie::Session);
        for cookie in sessions.into_iter().chain([Cookie::Device(Door::Portal), Cookie::Display]) {
            let (_, value) = cookie_header(&site(true), cookie, "secret", 60);
            let text = value.to_str().unwrap();
            assert!(text.starts_with("__Host-kabinet") && text.contains("=secret; Path=/;"), "{text}");
            for part in ["; HttpOnly", "; SameSite=Lax", "; Secure", "; Max-Age=60"] {
                assert!(text.contains(part), "{text}");
            }
            assert!(!text.contains("Domain"), "{text}");
            let (_, plain) = cookie_header(&site(false), cookie, "secret", 60);
            assert!(!plain.to_str().unwrap().contains("Secure"), "plain HTTP is for loopback");
        }
    }

    #[test]
    fn a_page_that_leads_on_carries_its_address_encoded() {
        assert_eq!(with_next("/sign-in", "/accounts/a&b=c"), "/sign-in?next=%2Faccounts%2Fa%26b%3Dc");
    }

    #[test]
    fn a_sign_in_leads_back_to_this_site_only() {
        assert_eq!(safe_next(Some("/accounts/abc/pay")), "/accounts/abc/pay");
        for next in ["//evil.example", "https://evil.example", "/\\evil.example", "", "/sign-out", "javascript:1"] {
            assert_eq!(safe_next(Some(next)), "/accounts", "{next}");
        }
        for next in ["/accounts#top", "/accounts\r\nx: y", "/счета", "accounts", "/sign-in?next=/accounts"] {
            assert_eq!(safe_next(Some(next)), "/accounts", "{next}");
        }
    }

    #[test]
    fn a_sign_in_leads_back_to_an_address_with_its_query() {
        for next in ["/accounts/abc/receipt?period=2026-05", "/settlements?from=2026-01&to=2026-05", "/help?q=%D0%B0"] {
            assert_eq!(safe_next(Some(next)), next);
        }
    }
}
