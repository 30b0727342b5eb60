//! Headers of every answer: the content security policy with a nonce, and protection against framing and caching.

use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use super::Web;
use super::display::Display;

/// The nonce of one answer: the browser runs only scripts that carry it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Nonce(pub String);

/// Headers that never change.
const FIXED: [(HeaderName, HeaderValue); 6] = [
    (HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff")),
    (HeaderName::from_static("referrer-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("x-frame-options"), HeaderValue::from_static("DENY")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), microphone=(), geolocation=(), otp-credentials=(self)"),
    ),
];
/// The browser uses TLS only, for a year after its first visit.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000; includeSubDomains");

/// Creates the request's nonce, reads the display settings for the page, and sets the answer's headers.
pub async fn set(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let nonce = Nonce(data_encoding::BASE64.encode(&web.services.nature().bytes::<16>()));
    let display = Display::read(&web.site, request.headers());
    request.extensions_mut().insert(nonce.clone());
    request.extensions_mut().insert(display);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.insert(name, value);
    }
    if web.site.https {
        headers.insert("strict-transport-security", HSTS);
    }
    let policy = content_policy(headers, &nonce, &web.site.form_targets);
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// Whether these are the headers of HTML.
pub fn is_page(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

/// The content security policy: no answer may be framed, and only HTML loads anything. A PDF has the first part only,
/// because browsers show it in pages of their own.
fn content_policy(headers: &HeaderMap, nonce: &Nonce, form_targets: &str) -> String {
    let own = headers.get(CONTENT_SECURITY_POLICY).and_then(|policy| policy.to_str().ok());
    let is = |kind: &[u8]| headers.get(CONTENT_TYPE).is_some_and(|own| own.as_bytes().starts_with(kind));
    match own {
        Some(own) => format!("{own}; frame-ancestors 'none'"),
        None if is_page(headers) => policy(nonce, form_targets),
        None if is(b"application/pdf") => "frame-ancestors 'none'".to_owned(),
        None => "default-src 'none'; frame-ancestors 'none'".to_owned(),
    }
}

fn policy(Nonce(nonce): &Nonce, form_targets: &str) -> String {
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; \
         form-action 'self'{form_targets}; frame-ancestors 'none'; base-uri 'none'"
    )
}
