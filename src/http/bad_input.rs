//! Rejects bytes that no page of the portal sends: NUL and invalid UTF-8 in addresses and forms, and any control
//! character in a path. One check before all handlers keeps them out of the database and the log. A person may paste
//! other control characters into a form: validation of the field reports them.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::MAX_BODY;
use super::answer::{Failure, refusal};
use crate::telemetry::{self, SecurityEvent};

/// Rejects requests with such bytes: 404 for an address, 400 for a form.
pub async fn guard(request: Request, next: Next) -> Response {
    let uri = request.uri();
    if !(is_clean(uri.path(), Kind::Path) && is_clean(uri.query().unwrap_or_default(), Kind::Form)) {
        telemetry::security(SecurityEvent::BadInput);
        return Failure::NotFound.into_response();
    }
    if !is_form(request.headers()) {
        return next.run(request).await;
    }
    let (head, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, MAX_BODY).await else { return refusal(StatusCode::PAYLOAD_TOO_LARGE) };
    let clean = std::str::from_utf8(&bytes).is_ok_and(|text| is_clean(text, Kind::Form));
    if !clean {
        telemetry::security(SecurityEvent::BadInput);
        return refusal(StatusCode::BAD_REQUEST);
    }
    next.run(Request::from_parts(head, Body::from(bytes))).await
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    kind.starts_with(b"application/x-www-form-urlencoded")
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Kind {
    /// No control character at all.
    Path,
    /// No NUL.
    Form,
}

/// Whether a percent-encoded text decodes to UTF-8 without the characters that its kind forbids.
fn is_clean(encoded: &str, kind: Kind) -> bool {
    let decoded = String::from_utf8(decode(encoded.as_bytes()));
    let may_be = |c: char| c != '\0' && (kind == Kind::Form || !c.is_control());
    decoded.is_ok_and(|text| text.chars().all(may_be))
}

/// Decodes percent-encoding once; keeps invalid escapes.
fn decode(encoded: &[u8]) -> Vec<u8> {
    let hex = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut decoded = Vec::with_capacity(encoded.len());
    let mut rest = encoded;
    while let Some((&byte, after)) = rest.split_first() {
        let escape = match (byte, after) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)).map(|(high, low)| high * 16 + low),
            _ => None,
        };
        decoded.push(escape.unwrap_or(byte));
        rest = if escape.is_some() { &after[2..] } else { after };
    }
    decoded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nul_and_broken_utf8_are_not_clean_anywhere_and_control_characters_not_in_a_path() {
        for bad in ["%00", "a%00b", "%ff", "%c0%80", "%ed%a0%80", "a\u{0}"] {
            assert!(!is_clean(bad, Kind::Form), "{bad}");
        }
        for good in ["", "a=b&c=%D0%B0", "%", "%2", "%zz", "a%0D%0Ab", "%E2%80%8E"] {
            assert!(is_clean(good, Kind::Form), "{good}");
        }
        for bad in ["/a%0Ab", "%01", "%7f", "%C2%85"] {
            assert!(!is_clean(bad, Kind::Path) && is_clean(bad, Kind::Form), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_decoder_panic_and_clean_text_has_no_nul(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let text = String::from_utf8_lossy(&bytes);
            if is_clean(&text, Kind::Form) {
                prop_assert!(!decode(text.as_bytes()).contains(&0));
            }
        }
    }
}
