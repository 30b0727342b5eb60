//! The whole site as one router: its layers, its headers, its routes.

use std::io::Read as _;
use std::sync::Arc;

use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;
use tracing::subscriber::DefaultGuard;

use super::*;
use crate::clock::Nature;
use crate::domain::password::PasswordPolicy;
use crate::gateway::recording::RecordingMailer;
use crate::http::Site;
use crate::service::vault::Vault;
use crate::service::{Outside, Services, Settings, demo};
use crate::storage::Database;
use crate::telemetry::kept::Kept;

/// The portal over an empty database, with an extra route that panics and another that never answers.
struct Portal {
    app: Router,
    admin: Router,
    services: Services,
    _folder: tempfile::TempDir,
}

impl Portal {
    async fn open(demo: bool) -> Self {
        Self::with_theme(demo, theme::Theme::default()).await
    }

    async fn with_theme(demo: bool, theme: theme::Theme) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let nature = Nature::system();
        let key = folder.path().join("secret.key");
        Vault::create_key(&key, &nature).unwrap();
        let vault = Vault::open(&key, nature.clone()).unwrap();
        let db = Database::open(&format!("sqlite://{}/k.db", folder.path().display())).await.unwrap();
        db.migrate().await.unwrap();
        let outside = Outside::recording(&RecordingMailer::new());
        let settings = Settings {
            portal_name: crate::http::theme::NAME.to_owned(),
            public_url: "https://lk.example.ru".to_owned(),
            public_host: "lk.example.ru".to_owned(),
            password_policy: PasswordPolicy::Manual,
            max_links: 3,
            utc_offset_hours: 5,
            support_email: "support@example.ru".to_owned(),
            demo,
            password_hash: crate::domain::password::HashWork::LEAST,
            context_words: Vec::new(),
            notices: crate::domain::notice::NoticeSettings::USUAL,
            notice_texts: Arc::new(crate::config::texts::notices::built_in().unwrap()),
        };
        let site = Site {
            origin: "https://lk.example.ru".to_owned(),
            https: true,
            trusted_proxies: crate::config::TrustedProxies::default(),
            form_targets: String::new(),
            support_email: "support@example.ru".to_owned(),
            hints: crate::config::hints(None).unwrap(),
            texts: crate::config::Texts::made_up(),
            theme,
        };
        let services = Services::new(db, nature, vault, outside, settings).unwrap();
        let web = Web { services: services.clone(), site: Arc::new(site) };
        let panics: Router = Router::new()
            .route("/panics", get(async || -> &'static str { panic!("a test") }))
            .route("/waits", get(std::future::pending::<&'static str>));
        let admin = admin_router(web.clone());
        Self {
            app: router(web.clone(), None).merge(layered(guarded(panics, &web, MAX_BODY), web)),
            admin,
            services,
            _folder: folder,
        }
    }

    async fn ask_admin(&self, path: &str) -> (StatusCode, String) {
        let response = self.admin.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
        let status = response.status();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8_lossy(&bytes).into_owned())
    }

    async fn ask(&self, method: &str, path: &str, body: impl Into<Body>) -> (StatusCode, HeaderMap, String) {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("sec-fetch-site", "same-origin")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .extension(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 4_000))))
            .body(body.into())
            .unwrap();
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        if let Some(length) = parts.headers.get(CONTENT_LENGTH) {
            assert_eq!(length.to_str().unwrap(), bytes.len().to_string(), "{method} {path}");
        }
        (parts.status, parts.headers, String::from_utf8_lossy(&bytes).into_owned())
    }
}

#[test]
fn the_portals_address_does_not_serve_a_console_that_has_its_own() {
    let routes = |screens| format!("{:?}", served(screens));
    assert!(!routes(Screens::Portal).contains("/console") && routes(Screens::Portal).contains("\"/sign-in\""));
    assert!(
        routes(Screens::Console).contains("/console/sign-in") && !routes(Screens::Console).contains("\"/sign-in\"")
    );
    assert!(routes(Screens::All).contains("/console/sign-in"));
    for screens in [Screens::All, Screens::Portal, Screens::Console] {
        assert!(routes(screens).contains("\"/display\""), "the footer of every page leads there");
    }
}

#[test]
fn a_listener_serves_only_the_functions_of_its_own_screens() {
    let (portals, consoles) = ("/api/link-account", "/api/console-sign-in");
    for (screens, of_portal, of_console) in
        [(Screens::All, true, true), (Screens::Portal, true, false), (Screens::Console, false, true)]
    {
        assert_eq!(screens.have_function(portals), of_portal, "{screens:?}");
        assert_eq!(screens.have_function(consoles), of_console, "{screens:?}");
    }
}

#[tokio::test]
async fn metrics_and_readiness_are_not_on_the_public_address() {
    let portal = Portal::open(true).await;
    for path in ["/metrics", "/readyz"] {
        assert_eq!(portal.ask("GET", path, "").await.0, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_question_of_an_island_never_redirects_to_the_address_that_it_names() {
    let portal = Portal::open(true).await;
    let request = Request::get("/api/providers?query=x")
        .header(ACCEPT, "text/html")
        .header(REFERER, "https://evil.example/")
        .extension(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 4_000))));
    let response = portal.app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert!(!response.status().is_redirection() && !response.headers().contains_key("location"), "{response:?}");
}

#[tokio::test]
async fn a_request_has_an_id_of_the_portals_own_which_an_incident_shows() {
    let portal = Portal::open(true).await;
    let request = Request::get("/panics").header("x-request-id", "mine").body(Body::empty()).unwrap();
    let response = portal.app.clone().oneshot(request).await.unwrap();
    let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    assert!(id.len() == 26 && id != "mine", "{id}");
    let page = response.into_body().collect().await.unwrap().to_bytes();
    assert!(String::from_utf8_lossy(&page).contains(&id), "the incident's number is the request's id");
}

/// A portal, and the log since its start.
async fn logged() -> (Kept, DefaultGuard, Portal) {
    let (kept, guard) = Kept::listen(telemetry::DEFAULT_FILTER);
    let portal = Portal::open(true).await;
    kept.take();
    (kept, guard, portal)
}

#[tokio::test]
async fn a_request_leaves_one_line_with_its_route_and_without_its_path() {
    let (kept, _guard, portal) = logged().await;
    let (_, headers, _) = portal.ask("GET", "/confirm/secret-token?next=hidden", "").await;
    let lines = kept.take();
    let line = lines.iter().find(|line| line["message"] == "request").unwrap();
    assert_eq!((&line["http.route"], &line["http.method"]), (&"/confirm/{token}".into(), &"GET".into()));
    assert_eq!((&line["client.address"], &line["http.status"]), (&"192.0.2.1".into(), &404.into()));
    assert!(line["duration.ms"].is_u64() && line["request.id"] == headers["x-request-id"].to_str().unwrap(), "{line}");
    let text = format!("{lines:?}");
    assert!(!text.contains("secret-token") && !text.contains("hidden"), "{text}");
    portal.ask("GET", "/healthz", "").await;
    assert!(kept.take().is_empty(), "probes leave no lines");
}

#[tokio::test]
async fn an_incident_is_one_line_under_the_id_of_its_request() {
    let (kept, _guard, portal) = logged().await;
    let (_, headers, _) = portal.ask("GET", "/panics", "").await;
    let lines = kept.take();
    let incidents: Vec<_> = lines.iter().filter(|line| !line["incident"].is_null()).collect();
    assert_eq!(incidents.len(), 1, "{lines:?}");
    let id = headers["x-request-id"].to_str().unwrap();
    assert!(incidents[0]["incident"] == id && incidents[0]["request.id"] == id, "{incidents:?}");
}

#[tokio::test]
async fn a_browser_that_goes_away_before_the_answer_leaves_a_line() {
    let (kept, _guard, portal) = logged().await;
    let answer = portal.app.clone().oneshot(Request::get("/waits").body(Body::empty()).unwrap());
    assert!(futures::FutureExt::now_or_never(answer).is_none());
    let lines = kept.take();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0]["http.canceled"] == true && lines[0]["http.status"].is_null(), "{lines:?}");
}

#[tokio::test]
async fn every_answer_refuses_to_be_framed_and_allows_no_other_site() {
    let portal = Portal::open(true).await;
    for path in ["/", "/no-such-page", "/healthz", "/favicon.svg", "/theme.css", "/api/providers?query=x"] {
        let (_, headers, _) = portal.ask("GET", path, "").await;
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert_eq!(headers["referrer-policy"], "same-origin", "{path}");
        assert_eq!(headers["strict-transport-security"], "max-age=31536000; includeSubDomains", "{path}");
        assert!(!headers.contains_key("access-control-allow-origin"), "{path}");
    }
    assert_ne!(portal.ask("TRACE", "/", "").await.0, StatusCode::OK);
}

const NOTICE: &str = r#"{"type":"notification","event":"payment.succeeded","object":{"id":"no-such-payment"}}"#;

#[tokio::test]
async fn probes_answer_and_metrics_count_without_paths() {
    let portal = Portal::open(true).await;
    assert_eq!(portal.ask("GET", "/healthz", "").await.0, StatusCode::OK);
    portal.ask("GET", "/confirm/secret-token", "").await;
    let (status, text) = portal.ask_admin("/readyz").await;
    assert_eq!((status, text.as_str()), (StatusCode::OK, "ready\n"));
    let (status, text) = portal.ask_admin("/metrics").await;
    assert_eq!(status, StatusCode::OK);
    assert!(text.contains("kabinet_outbox_waiting 0\n") && !text.contains("confirm"), "{text}");
}

#[tokio::test]
async fn a_panic_answers_a_page_with_an_incident_number_and_the_process_lives() {
    let portal = Portal::open(true).await;
    let (status, headers, page) = portal.ask("GET", "/panics", "").await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(page.contains("назовите номер") && !page.contains("a test"), "{page}");
    assert!(headers.contains_key("content-security-policy"));
    assert_eq!(portal.ask("GET", "/healthz", "").await.0, StatusCode::OK);
}

#[tokio::test]
async fn an_unknown_address_answers_a_page_in_russian_with_every_header() {
    let portal = Portal::open(true).await;
    let (status, headers, page) = portal.ask("GET", "/no-such-page", "").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(page.contains("Страница не найдена"), "{page}");
    for name in ["content-security-policy", "x-content-type-options", "strict-transport-security", "cache-control"] {
        assert!(headers.contains_key(name), "{name}");
    }
}

#[tokio::test]
async fn a_page_is_packed_for_a_browser_that_asks_for_it_and_a_short_answer_is_not() {
    let portal = Portal::open(true).await;
    let encoding = async |path: &str, accepted: &'static str| {
        let mut request = Request::get(path).header(ACCEPT_ENCODING, accepted).body(Body::empty()).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 4_000))));
        let response = portal.app.clone().oneshot(request).await.unwrap();
        let encoding = response.headers().get(CONTENT_ENCODING).map(|name| name.to_str().unwrap().to_owned());
        (encoding, response.into_body().collect().await.unwrap().to_bytes())
    };
    let (encoded, packed) = encoding("/sign-in", "gzip, deflate, br, zstd").await;
    assert_eq!(encoded.as_deref(), Some("gzip"));
    let mut page = String::new();
    flate2::read::GzDecoder::new(&*packed).read_to_string(&mut page).unwrap();
    assert!(page.contains("<html") && packed.len() < page.len() * 2 / 3, "{} of {}", packed.len(), page.len());
    assert_eq!(encoding("/sign-in", "identity").await.0, None);
    assert_eq!(encoding("/healthz", "gzip").await.0, None);
}

#[tokio::test]
async fn bare_refusals_become_pages() {
    let portal = Portal::open(true).await;
    let large = vec![b'a'; MAX_BODY + 1];
    let (status, _, page) = portal.ask("POST", "/sign-in", large).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(page.contains("Слишком длинный текст"), "{page}");
    let (status, headers, page) = portal.ask("DELETE", "/sign-in", "").await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(headers.contains_key(ALLOW) && page.contains("<html"), "{page}");
}

#[tokio::test]
async fn only_the_form_with_a_photo_takes_a_large_body() {
    const BEYOND_FORMS: usize = 65 * 1024;
    let portal = Portal::open(true).await;
    let id = "a".repeat(26);
    let photo = format!("/accounts/{id}/readings/photo/{id}");
    let ask = async |path: &str, length: usize| {
        let request = Request::post(path)
            .header("sec-fetch-site", "same-origin")
            .header(CONTENT_TYPE, "multipart/form-data; boundary=limit")
            .header(CONTENT_LENGTH, length)
            .extension(ConnectInfo(SocketAddr::from(([192, 0, 2, 1], 4_000))))
            .body(Body::from(vec![b'a'; length]))
            .unwrap();
        let response = portal.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        (parts.status, String::from_utf8_lossy(&bytes).into_owned())
    };
    for elsewhere in [format!("/accounts/{id}/readings"), format!("{photo}/file"), "/feedback".to_owned()] {
        let (status, page) = ask(&elsewhere, BEYOND_FORMS).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE, "{elsewhere}");
        assert!(page.contains("Слишком длинный текст"), "{page}");
    }
    // A guest is sent to the sign-in before the body is read.
    assert_eq!(ask(&photo, BEYOND_FORMS).await.0, StatusCode::SEE_OTHER);
    let (status, page) = ask(&photo, MAX_UPLOAD + 1).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(page.contains("Слишком большой снимок") && page.contains("<html"), "{page}");
}

/// The theme «Газ Прикамья» with a logo with this view box.
fn red_theme_with_logo(view_box: &str) -> theme::Theme {
    let folder = tempfile::tempdir().unwrap();
    let logo = folder.path().join("logo.svg");
    std::fs::write(&logo, format!("<svg xmlns='http://www.w3.org/2000/svg' viewBox='{view_box}'/>")).unwrap();
    theme::Theme::new(Some("Газ Прикамья"), Some("#b5121b"), Some(&logo)).unwrap()
}

#[tokio::test]
async fn a_providers_name_logo_and_accent_are_on_every_page_also_where_there_is_none() {
    let theme = red_theme_with_logo("0 0 90 30");
    let (style, logo) = (theme.style().unwrap().to_owned(), theme.logo().unwrap().address().to_owned());
    let portal = Portal::with_theme(true, theme).await;
    for path in ["/", "/sign-in", "/no-such-page", "/panics"] {
        let (_, _, page) = portal.ask("GET", path, "").await;
        assert!(page.contains("— Газ Прикамья</title>") && !page.contains("— Кабинет"), "{path}: {page}");
        assert!(page.contains(&style) && page.contains(&logo), "{path}: {page}");
        assert!(page.contains("width=\"96\" height=\"32\""), "the logo's place is kept free: {page}");
    }
    let (status, headers, css) = portal.ask("GET", &style, "").await;
    assert_eq!((status, headers["cache-control"].to_str().unwrap().contains("immutable")), (StatusCode::OK, true));
    let (_, outdated, _) = portal.ask("GET", "/theme.css?v=00000000", "").await;
    assert_eq!(outdated["cache-control"], "no-cache");
    assert!(headers[CONTENT_TYPE].to_str().unwrap().starts_with("text/css") && css.contains("#b5121b"), "{css}");
    let (status, headers, _) = portal.ask("GET", &logo, "").await;
    assert_eq!((status, headers[CONTENT_TYPE].to_str().unwrap()), (StatusCode::OK, "image/svg+xml; charset=utf-8"));
    assert!(headers["content-security-policy"].to_str().unwrap().contains("sandbox"));
}

#[tokio::test]
async fn a_phone_that_keeps_the_portal_on_its_screen_learns_the_themes_name_colour_and_icon() {
    let theme = red_theme_with_logo("0 0 30 30");
    let Some(address) = theme.manifest().map(str::to_owned) else {
        assert!(assets::missing().is_some(), "a theme has a manifest wherever the product has one");
        return;
    };
    let icon = theme.icon().unwrap().to_owned();
    let portal = Portal::with_theme(true, theme).await;
    let (_, _, page) = portal.ask("GET", "/", "").await;
    assert!(page.contains(&format!("<link rel=\"manifest\" href=\"{address}\"")), "{page}");
    let (_, headers, manifest) = portal.ask("GET", &address, "").await;
    assert_eq!(headers[CONTENT_TYPE], "application/manifest+json");
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!(manifest["name"], "Газ Прикамья");
    assert_eq!(manifest["theme_color"], "#b5121b");
    assert_eq!(manifest["icons"][0]["src"], icon);
}

#[tokio::test]
async fn the_icons_of_the_installed_portal_are_served() {
    if assets::missing().is_some() {
        return;
    }
    let portal = Portal::open(true).await;
    let (_, _, manifest) = portal.ask("GET", "/manifest.webmanifest", "").await;
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    let icons = manifest["icons"].as_array().unwrap().iter();
    let listed = icons.map(|icon| (icon["src"].as_str().unwrap(), icon["type"].as_str().unwrap()));
    for (path, kind) in listed.chain([("/favicon.ico", "image/x-icon"), ("/apple-touch-icon.png", "image/png")]) {
        let (status, headers, _) = portal.ask("GET", path, "").await;
        assert_eq!(status, StatusCode::OK, "{path}");
        assert!(headers[CONTENT_TYPE].to_str().unwrap().starts_with(kind), "{path}");
    }
    let (_, _, page) = portal.ask("GET", "/", "").await;
    assert!(page.contains("<link rel=\"apple-touch-icon\" href=\"/apple-touch-icon.png?v="), "{page}");
}

#[tokio::test]
async fn the_worker_is_revalidated_and_may_request_only_the_portal() {
    if assets::missing().is_some() {
        return;
    }
    let portal = Portal::open(true).await;
    let (status, headers, _) = portal.ask("GET", "/sw.js", "").await;
    assert_eq!((status, &headers["cache-control"]), (StatusCode::OK, &HeaderValue::from_static("no-cache")));
    assert!(headers[CONTENT_TYPE].to_str().unwrap().starts_with("text/javascript"));
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert_eq!(policy, "default-src 'none'; connect-src 'self'; img-src 'self'; frame-ancestors 'none'");
    let (_, headers, _) = portal.ask("GET", "/", "").await;
    assert!(headers["content-security-policy"].to_str().unwrap().contains("worker-src 'self'"));
}

#[tokio::test]
async fn without_a_theme_its_addresses_lead_nowhere() {
    let portal = Portal::open(true).await;
    for path in ["/theme.css", "/theme/logo", "/theme/manifest.webmanifest"] {
        assert_eq!(portal.ask("GET", path, "").await.0, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_notice_of_no_payment_of_ours_ends_the_repeating_and_garbage_is_refused() {
    let portal = Portal::open(true).await;
    let refund = NOTICE.replace("payment.", "refund.");
    assert_eq!(portal.ask("POST", webhooks::YOOKASSA, refund).await.0, StatusCode::OK);
    assert_eq!(portal.ask("POST", webhooks::YOOKASSA, NOTICE).await.0, StatusCode::OK);
    assert_eq!(portal.ask("POST", webhooks::YOOKASSA, "{}").await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn outside_the_demo_a_notice_from_elsewhere_is_refused() {
    let portal = Portal::open(false).await;
    assert_eq!(portal.ask("POST", webhooks::YOOKASSA, NOTICE).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn without_the_demo_there_is_no_test_bank_no_mailbox_and_no_showcase() {
    let portal = Portal::open(false).await;
    let beside = ["/demo/mailbox.js", "/demo/mailbox.css", "/demo/mailbox/beside", "/demo/notices"];
    for path in ["/test-bank/", mailbox::PATH, "/demo/components"].into_iter().chain(beside) {
        assert_eq!(portal.ask("GET", path, "").await.0, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn only_a_page_of_the_demo_loads_the_mailbox_and_its_policy_is_that_of_any_page() {
    let mut policies = Vec::new();
    for demo in [false, true] {
        let portal = Portal::open(demo).await;
        let (_, headers, page) = portal.ask("GET", "/sign-in", "").await;
        assert_eq!((page.contains("/demo/"), page.contains("sessionStorage")), (demo, demo), "{page}");
        let policy = headers["content-security-policy"].to_str().unwrap();
        let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
        let script = format!("<script defer nonce=\"{nonce}\" src=\"/demo/mailbox.js\">");
        assert_eq!(page.contains(&script), demo, "{page}");
        policies.push(policy.replace(nonce, ""));
    }
    assert_eq!(policies[0], policies[1]);
}

#[tokio::test]
async fn the_demos_people_are_named_in_the_demo_only() {
    assert_eq!(demo::people(&Portal::open(true).await.services), &demo::PEOPLE);
    assert!(demo::people(&Portal::open(false).await.services).is_empty());
}

#[tokio::test]
async fn an_island_without_a_session_is_told_so_and_nothing_else() {
    let portal = Portal::open(true).await;
    let (status, _, text) = portal.ask("GET", "/api/providers?query=x", "").await;
    assert_ne!(status, StatusCode::OK);
    assert!(text.contains("SignedOut"), "{text}");
}
