//! The whole site: screens, islands' questions, files, machines, and the layers around them.

use std::any::Any;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use leptos::prelude::provide_context;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;

use crate::console;
use crate::http::answer::{Failure, incident, refusal};
use crate::http::{ANSWER_WITHIN, BODY_MOST, Web, assets, csrf, headers, operations, webhooks};
use crate::test_bank::mailbox::{self, Mailbox};
use crate::test_bank::{self, TestBank};
use crate::{console, pages};

/// What only the demo has.
pub struct DemoParts {
    /// The embedded acquirer.
    pub bank: TestBank,
    /// The letters and SMS that would have gone out.
    pub mailbox: Mailbox,
}

/// Every address of the portal with the layers around it.
pub fn router(web: Web, demo: Option<DemoParts>) -> Router {
    let app = Router::new()
        .merge(screens())
        .merge(assets::router())
        .merge(webhooks::router())
        .merge(operations::router())
        .route("/api/{*function}", get(answer_island).post(answer_island))
        .fallback(async || Failure::NotFound)
        .with_state(web.clone());
    layered(app.merge(demo_routes(demo)), web)
}

/// The screens of subscribers and of operators.
fn screens() -> Router<Web> {
    pages::router().merge(console::router())
}

fn demo_routes(demo: Option<DemoParts>) -> Router {
    let Some(DemoParts { bank, mailbox }) = demo else { return Router::new() };
    Router::new().nest(test_bank::MOUNT, test_bank::router(bank)).merge(mailbox::router(mailbox))
}

/// The last one stands outermost: a request meets it first.
fn layered(app: Router, web: Web) -> Router {
    app.layer(from_fn_with_state(web.clone(), csrf::guard))
        .layer(RequestBodyLimitLayer::new(BODY_MOST))
        .layer(from_fn(bound_time))
        .layer(CatchPanicLayer::custom(answer_panic))
        .layer(from_fn(speak_plainly))
        .layer(from_fn_with_state(web, headers::set))
        .layer(from_fn(log))
}

/// A question of an island. leptos finds the function; the context says who asks and what answers.
async fn answer_island(State(web): State<Web>, headers: HeaderMap, request: Request) -> Response {
    let context = move || {
        provide_context(web.clone());
        provide_context(headers.clone());
    };
    leptos_axum::handle_server_fns_with_context(context, request).await.into_response()
}

/// What panicked is logged by the panic hook; the page shows the number of the incident.
fn answer_panic(_: Box<dyn Any + Send>) -> Response<Body> {
    incident("a handler panicked")
}

async fn bound_time(request: Request, next: Next) -> Response {
    tokio::time::timeout(ANSWER_WITHIN, next.run(request)).await.unwrap_or_else(|_| {
        let mut response = incident("no answer in time");
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        response
    })
}

/// Refusals of the libraries below come as a line of English: people get a page in place of it.
async fn speak_plainly(request: Request, next: Next) -> Response {
    let for_machines = ["/api/", "/webhooks/", "/test-bank/v3/"];
    let is_machine = for_machines.iter().any(|prefix| request.uri().path().starts_with(prefix));
    let response = next.run(request).await;
    let is_bare = match response.headers().get(CONTENT_TYPE) {
        None => true,
        Some(kind) => kind.as_bytes().starts_with(b"text/plain"),
    };
    if is_machine || !is_bare {
        return response;
    }
    match response.status() {
        StatusCode::BAD_REQUEST
        | StatusCode::METHOD_NOT_ALLOWED
        | StatusCode::LENGTH_REQUIRED
        | StatusCode::PAYLOAD_TOO_LARGE
        | StatusCode::UNSUPPORTED_MEDIA_TYPE
        | StatusCode::UNPROCESSABLE_ENTITY => refusal(response.status()),
        _ => response,
    }
}

/// One line a request: the pattern of its path, never the path with its identifiers and tokens, and no query.
async fn log(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method: Method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let response = next.run(request).await;
    let status = response.status().as_u16();
    let duration = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    if operations::PATHS.contains(&route.as_str()) {
        tracing::debug!(http.method = %method, http.route = route, http.status = status, duration.ms = duration, "request");
    } else {
        tracing::info!(http.method = %method, http.route = route, http.status = status, duration.ms = duration, "request");
    }
    response
}
