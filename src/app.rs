//! The router of the whole site: screens, server functions, files, machine endpoints, and the layers around them.

use std::any::Any;
use std::net::SocketAddr;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::header::{ACCEPT, ALLOW, CONTENT_LENGTH, CONTENT_TYPE, REFERER};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version};
use axum::middleware::{Next, from_fn, from_fn_with_state, map_response};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use leptos::prelude::provide_context;
use leptos::server_fn::axum::server_fn_paths;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{Predicate, SizeAbove};
use tower_http::limit::RequestBodyLimitLayer;

use crate::api::ApiError;
use crate::http::answer::{Failure, PlainPage, incident, large_upload, refusal};
use crate::http::display::Display;
use crate::http::headers::Nonce;
use crate::http::nav::Caller;
use crate::http::shell::Nav;
use crate::http::{
    ANSWER_WITHIN, MAX_BODY, MAX_UPLOAD, Web, assets, bad_input, csrf, headers, operations, theme, visitor, webhooks,
};
use crate::telemetry::{self, RequestContext};
use crate::test_bank::mailbox::{self, Mailbox};
use crate::test_bank::{self, TestBank};
use crate::{api, console, pages};

/// A smaller page fits into one network packet uncompressed.
const PACKED_ABOVE: u16 = 1_000;

/// Parts that exist in demo mode only.
pub struct DemoParts {
    /// The embedded acquirer.
    pub bank: TestBank,
    /// The letters and SMS that a real portal would send.
    pub mailbox: Mailbox,
}

/// Which screens a listener serves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Screens {
    /// Subscribers' and operators' screens.
    All,
    /// Subscribers' screens.
    Portal,
    /// Operators' screens.
    Console,
}

impl Screens {
    /// Whether these screens include a server function. A listener without the console serves none of the console's.
    fn have_function(self, path: &str) -> bool {
        let is_of_console = path.starts_with(api::console::PREFIX);
        match self {
            Self::All => true,
            Self::Portal => !is_of_console,
            Self::Console => is_of_console,
        }
    }
}

/// The pattern of every server function.
const FUNCTIONS: &str = "/api/{*function}";

/// All routes of the portal with the layers around them.
pub fn router(web: Web, demo: Option<DemoParts>) -> Router {
    router_of(Screens::All, web, demo)
}

/// The routes of some screens with the layers around them.
pub fn router_of(screens: Screens, web: Web, demo: Option<DemoParts>) -> Router {
    let showcase = demo.as_ref().map(|_| pages::showcase::router()).unwrap_or_default();
    let app = served(screens).merge(showcase).fallback(async || Failure::NotFound).with_state(web.clone());
    let small = guarded(app.merge(demo_routes(demo)), &web, MAX_BODY);
    let large = guarded(uploads(screens).with_state(web.clone()), &web, MAX_UPLOAD).layer(map_response(name_upload));
    layered(small.merge(large), web)
}

/// The routes of some screens, without the demo's.
fn served(screens: Screens) -> Router<Web> {
    let functions = move |State(web): State<Web>, request: Request| call_function(screens, web, request);
    let subscribers = || pages::router().merge(webhooks::router());
    let pages = match screens {
        Screens::All => subscribers().merge(console::router()),
        Screens::Portal => subscribers(),
        Screens::Console => console::router().merge(pages::display::router()),
    };
    let functions = Router::new().route(FUNCTIONS, get(functions).post(functions));
    pages.merge(functions).merge(assets::router()).merge(theme::router()).merge(operations::router())
}

/// The screens of some screens with a form that sends a file.
fn uploads(screens: Screens) -> Router<Web> {
    match screens {
        Screens::All | Screens::Portal => pages::uploads(),
        Screens::Console => Router::new(),
    }
}

/// The `Debug` texts of all routers without their layers: the portal with its showcase, the administrator's listener,
/// the demo's bank and its mailbox.
pub(super) fn debug_texts() -> [String; 4] {
    let portal = served(Screens::All).merge(uploads(Screens::All)).merge(pages::showcase::router());
    let bank = Router::<TestBank>::new().nest(test_bank::MOUNT, test_bank::routes());
    [
        format!("{portal:?}"),
        format!("{:?}", operations::admin_router()),
        format!("{bank:?}"),
        format!("{:?}", mailbox::routes()),
    ]
}

/// The router of the administrator's listener: metrics and readiness.
pub fn admin_router(web: Web) -> Router {
    operations::admin_router().with_state(web).layer(from_fn(bound_time))
}

fn demo_routes(demo: Option<DemoParts>) -> Router {
    let Some(DemoParts { bank, mailbox }) = demo else { return Router::new() };
    Router::new().nest(test_bank::MOUNT, test_bank::router(bank)).merge(mailbox::router(mailbox))
}

/// The innermost layers, which look at the body. The last layer is the outermost: it sees a request first.
fn guarded(app: Router, web: &Web, most: usize) -> Router {
    app.layer(from_fn(bad_input::guard))
        .layer(from_fn_with_state(web.clone(), csrf::guard))
        .layer(RequestBodyLimitLayer::new(most))
}

/// Says that the photo was too large, not the text.
async fn name_upload(response: Response) -> Response {
    if response.status() == StatusCode::PAYLOAD_TOO_LARGE { large_upload() } else { response }
}

/// The layers around [`guarded`] routes.
fn layered(app: Router, web: Web) -> Router {
    app.layer(from_fn(bound_time))
        .layer(CatchPanicLayer::custom(answer_panic))
        .layer(from_fn_with_state(web.clone(), speak_plainly))
        .layer(from_fn_with_state(web.clone(), headers::set))
        .layer(pack_pages())
        .layer(from_fn_with_state(web, log))
}

/// Only compressed does a page of settlements fit into TCP's first window (14 kB). The cheapest level already reduces
/// it to a third. Documents are compressed by themselves, and the site's files at build time.
fn pack_pages() -> CompressionLayer<impl Predicate> {
    let is_page = |_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions| headers::is_page(headers);
    CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(SizeAbove::new(PACKED_ABOVE).and(is_page))
}

/// Calls a server function. leptos finds the function and provides the request's parts to it.
async fn call_function(screens: Screens, web: Web, mut request: Request) -> Response {
    // With these headers leptos would redirect to any address that the request contains.
    request.headers_mut().remove(REFERER);
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
    if !is_function(&request) || !screens.have_function(request.uri().path()) {
        return refuse_call(StatusCode::NOT_FOUND, ApiError::NotFound);
    }
    let context = move || provide_context(web.clone());
    leptos_axum::handle_server_fns_with_context(context, request).await.into_response()
}

fn is_function(request: &Request) -> bool {
    server_fn_paths().any(|(path, method)| path == request.uri().path() && method == request.method())
}

fn refuse_call(status: StatusCode, error: ApiError) -> Response {
    (status, Json(error)).into_response()
}

/// The panic hook logs the panic; the page shows the incident number.
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

/// Turns bare 4xx answers of axum and tower, which are a line of English, and our own [`PlainPage`]s into HTML pages.
async fn speak_plainly(
    State(web): State<Web>,
    Extension(nonce): Extension<Nonce>,
    Extension(display): Extension<Display>,
    request: Request,
    next: Next,
) -> Response {
    const FOR_MACHINES: [&str; 3] = ["/api/", "/webhooks/", "/test-bank/v3/"];
    let is_machine = FOR_MACHINES.iter().any(|prefix| request.uri().path().starts_with(prefix));
    let (method, caller) = (request.method().clone(), Caller::of(&request));
    let mut response = next.run(request).await;
    if !is_machine && is_bare(&response) {
        response = refuse_in_words(response, &method);
    }
    let Some(page) = response.extensions_mut().remove::<PlainPage>() else { return response };
    // Other headers, such as `Allow`, stay; the length would be that of the empty body.
    let (mut head, _) = response.into_parts();
    head.headers.remove(CONTENT_LENGTH);
    // The storage may be the cause of an internal error, so that page does without the session.
    let nav = if head.status.is_client_error() { caller.nav(&web).await } else { Nav::Guest };
    (head, page.render(&web.site, nav, nonce.0, display)).into_response()
}

fn refuse_in_words(response: Response, method: &Method) -> Response {
    match response.status() {
        // A GET has no form: its path could not be parsed.
        StatusCode::BAD_REQUEST if method == Method::GET => Failure::NotFound.into_response(),
        status @ (StatusCode::BAD_REQUEST
        | StatusCode::METHOD_NOT_ALLOWED
        | StatusCode::LENGTH_REQUIRED
        | StatusCode::PAYLOAD_TOO_LARGE
        | StatusCode::UNSUPPORTED_MEDIA_TYPE
        | StatusCode::UNPROCESSABLE_ENTITY) => {
            let mut page = refusal(status);
            if let Some(allowed) = response.headers().get(ALLOW) {
                page.headers_mut().insert(ALLOW, allowed.clone());
            }
            page
        }
        _ => response,
    }
}

fn is_bare(response: &Response) -> bool {
    // The form with a photo has words of its own for a large body.
    let is_large = response.status() == StatusCode::PAYLOAD_TOO_LARGE;
    if is_large && response.extensions().get::<PlainPage>().is_some() {
        return false;
    }
    response.headers().get(CONTENT_TYPE).is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"))
}

/// The request's id, which a user can give to the support.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Logs one line per request: the route's pattern, never the path with its identifiers and tokens, and no query.
/// Ignores an id sent by the client: it could be another request's, or malformed.
async fn log(State(web): State<Web>, request: Request, next: Next) -> Response {
    let visitor = visitor(&web.site, request.extensions().get::<ConnectInfo<SocketAddr>>(), request.headers());
    let context = RequestContext::new(web.services.nature().id(), visitor.address);
    let id = HeaderValue::from_str(&context.id);
    let mut line = Line::begin(&request, &context);
    let (mut response, context) = telemetry::within(context, next.run(request)).await;
    if let Ok(id) = id {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    line.end(response.status(), context);
    response
}

/// The log line of a request. If the client disconnects, the handler is cancelled, and the line says so.
struct Line {
    begun: Instant,
    method: Method,
    route: String,
    context: RequestContext,
    /// The line is written already, or not wanted.
    is_written: bool,
}

impl Line {
    fn begin(request: &Request, context: &RequestContext) -> Self {
        let matched = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str);
        // A server function's path has no identifiers, and the shared pattern does not distinguish the functions. Only
        // that pattern leads to the search, which collects every function: other requests do without.
        let route =
            if matched == FUNCTIONS && is_function(request) { request.uri().path() } else { matched }.to_owned();
        let is_written = operations::PATHS.contains(&route.as_str());
        Self { begun: Instant::now(), method: request.method().clone(), route, context: context.clone(), is_written }
    }

    fn end(&mut self, status: StatusCode, context: RequestContext) {
        if self.is_written {
            return;
        }
        operations::count(status, self.duration());
        self.context = context;
        self.write(Some(status));
    }

    fn duration(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn write(&mut self, status: Option<StatusCode>) {
        self.is_written = true;
        tracing::info!(
            http.method = %self.method,
            http.route = self.route,
            http.status = status.map(|status| status.as_u16()),
            http.canceled = status.is_none().then_some(true),
            duration.ms = self.duration(),
            request.id = self.context.id,
            client.address = self.context.address,
            user.id = self.context.user_id(),
            operator.id = self.context.operator_id(),
            "request"
        );
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if !self.is_written {
            self.write(None);
        }
    }
}

#[cfg(test)]
mod tests;
