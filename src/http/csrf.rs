//! Cross-site request forgery: an unsafe method must come from the portal's own pages. Browsers send the origin in
//! `Sec-Fetch-Site` or `Origin`; a request without either is rejected.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::Web;
use crate::telemetry::{self, SecurityEvent};

/// Paths for machine clients, which are authenticated in other ways. Mail programs post the link of a letter without
/// `Sec-Fetch-Site` and `Origin` (RFC 8058): its secret token is the proof, and no session counts there.
const MACHINES: [&str; 3] = ["/webhooks/", "/test-bank/v3/", "/unsubscribe/"];

/// Rejects unsafe requests from other sites.
pub async fn guard(State(web): State<Web>, request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let machine = MACHINES.iter().any(|prefix| request.uri().path().starts_with(prefix));
    if safe || machine || comes_from_here(request.headers(), &web.site.origin) {
        return next.run(request).await;
    }
    // The request's log line has the route.
    telemetry::security(SecurityEvent::CrossSiteRefused);
    (StatusCode::FORBIDDEN, "Запрос пришёл с другого сайта и отклонён. Вернитесь на страницу и попробуйте ещё раз.")
        .into_response()
}

fn comes_from_here(headers: &HeaderMap, own: &str) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, origin) => origin == Some(own),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn unsafe_methods_need_same_origin_or_a_matching_origin() {
        let own = "https://lk.example.ru";
        let from_here = |pairs: &[(&'static str, &'static str)]| comes_from_here(&headers(pairs), own);
        assert!(from_here(&[("sec-fetch-site", "same-origin")]));
        assert!(from_here(&[("sec-fetch-site", "none")]));
        assert!(from_here(&[("origin", "https://lk.example.ru")]));
        assert!(!from_here(&[("sec-fetch-site", "cross-site"), ("origin", "https://lk.example.ru")]));
        assert!(!from_here(&[("sec-fetch-site", "same-site")]));
        assert!(!from_here(&[("origin", "https://evil.example")]));
        assert!(!from_here(&[("origin", "null")]));
        assert!(!from_here(&[]));
    }
}
