//! A secret that is shown once travels sealed in a cookie from the action that makes it to the page that shows it.

use axum::http::{HeaderMap, HeaderName, HeaderValue};

use super::Site;
use super::session::{Cookie, cookie_header, read_cookie};
use crate::service::calendars::CARRIED;

/// The header that carries the sealed key of a calendar's address to the page that shows it.
pub fn carry_calendar_key(site: &Site, sealed: &str) -> (HeaderName, HeaderValue) {
    cookie_header(site, Cookie::CalendarKey, sealed, CARRIED.whole_seconds())
}

/// The header that deletes the sealed key after it was shown.
pub fn drop_calendar_key(site: &Site) -> (HeaderName, HeaderValue) {
    cookie_header(site, Cookie::CalendarKey, "", 0)
}

/// The sealed key in the request's cookies.
pub fn carried_calendar_key<'a>(site: &Site, headers: &'a HeaderMap) -> Option<&'a str> {
    read_cookie(headers, &Cookie::CalendarKey.name(site.https))
}
