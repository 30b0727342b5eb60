//! The portal's cookies: their names, the headers that set and delete them, and secrets that travel sealed in one from the
//! action that makes them to the page that shows them once.

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, HeaderValue};

use super::Site;
use crate::service::calendars;
use crate::service::second_factor::CARRIED;
use crate::service::sessions::{self, Token};
use crate::service::sign_in::Door;

/// The cookie of users and guests; `__Host-` binds it to this host and to TLS.
const USER_COOKIE: &str = "kabinet";
/// The cookie of operators: separate from that of users.
const CONSOLE_COOKIE: &str = "kabinet-console";
/// Lifetime of the session cookie, in seconds: as long as a session may live.
const COOKIE_SECONDS: i64 = sessions::ABSOLUTE.whole_seconds();

/// The kinds of cookies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Cookie {
    /// A session, of users or of operators.
    Session(Door),
    /// A browser known from an earlier sign-in.
    Device(Door),
    /// Sealed backup codes, between the action that creates them and the page that shows them.
    BackupCodes(Door),
    /// The sealed key of a calendar's address, on the same way.
    CalendarKey,
    /// The display settings, at both doors.
    Display,
}

impl Cookie {
    pub(super) fn name(self, https: bool) -> String {
        let (door, suffix) = match self {
            Self::Session(door) => (door, ""),
            Self::Device(door) => (door, "-device"),
            Self::BackupCodes(door) => (door, "-backup-codes"),
            Self::CalendarKey => (Door::Portal, "-calendar"),
            Self::Display => (Door::Portal, "-display"),
        };
        let name = match door {
            Door::Portal => USER_COOKIE,
            Door::Console => CONSOLE_COOKIE,
        };
        if https { format!("__Host-{name}{suffix}") } else { format!("{name}{suffix}") }
    }
}

/// The header that sets the session cookie. Lax: Strict would lose the session on return from the acquirer.
pub fn set_cookie(site: &Site, door: Door, token: &Token) -> (HeaderName, HeaderValue) {
    cookie_header(site, Cookie::Session(door), token.reveal(), COOKIE_SECONDS)
}

/// The header that deletes the session cookie.
pub fn drop_cookie(site: &Site, door: Door) -> (HeaderName, HeaderValue) {
    cookie_header(site, Cookie::Session(door), "", 0)
}

/// The header that carries sealed backup codes to the page that shows them.
pub fn carry_backup_codes(site: &Site, door: Door, sealed: &str) -> (HeaderName, HeaderValue) {
    cookie_header(site, Cookie::BackupCodes(door), sealed, CARRIED.whole_seconds())
}

/// The header that deletes the sealed backup codes after they were shown.
pub fn drop_backup_codes(site: &Site, door: Door) -> (HeaderName, HeaderValue) {
    cookie_header(site, Cookie::BackupCodes(door), "", 0)
}

/// The sealed backup codes in the request's cookies.
pub fn carried_backup_codes<'a>(site: &Site, door: Door, headers: &'a HeaderMap) -> Option<&'a str> {
    read_cookie(headers, &Cookie::BackupCodes(door).name(site.https))
}

/// The header that carries the sealed key of a calendar's address to the page that shows it.
pub fn carry_calendar_key(site: &Site, sealed: &str) -> (HeaderName, HeaderValue) {
    cookie_header(site, Cookie::CalendarKey, sealed, calendars::CARRIED.whole_seconds())
}

/// The header that deletes the sealed key after it was shown.
pub fn drop_calendar_key(site: &Site) -> (HeaderName, HeaderValue) {
    cookie_header(site, Cookie::CalendarKey, "", 0)
}

/// The sealed key in the request's cookies.
pub fn carried_calendar_key<'a>(site: &Site, headers: &'a HeaderMap) -> Option<&'a str> {
    read_cookie(headers, &Cookie::CalendarKey.name(site.https))
}

/// The header that sets a cookie for so many seconds.
pub(super) fn cookie_header(site: &Site, cookie: Cookie, value: &str, seconds: i64) -> (HeaderName, HeaderValue) {
    let secure = if site.https { "; Secure" } else { "" };
    let name = cookie.name(site.https);
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    (SET_COOKIE, HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("")))
}

/// The value of a cookie in the request's headers.
pub(super) fn read_cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, value)| *key == name && !value.is_empty())
        .map(|(_, value)| value)
}
