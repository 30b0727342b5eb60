//! The site's files inside the binary: WebAssembly, JavaScript, style, fonts, icons.
//!
//! `cargo xtask build` writes them to `target/site`, with a brotli (`.br`) and a gzip (`.gz`) copy where compression
//! pays. A release build embeds them all; a debug build reads the folder. Nothing is compressed at run time. Imports no
//! other module of the crate.

use std::borrow::Cow;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, Request};
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rust_embed::{EmbeddedFile, RustEmbed};

/// `cargo xtask build` sets this to the hash of the site. Read here so that cargo recompiles this file when the site
/// changes, also when files are added or removed.
const _SITE_STAMP: Option<&str> = option_env!("SITE_STAMP");

/// The content at a hashed address never changes. A year is the longest that caches promise.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Any other address is revalidated, and answered with 304 if unchanged.
const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");
/// The service worker of the installed portal, and with `?push` of a tab that shows notices.
const WORKER: &str = "sw.js";
/// The policy of a worker's script also governs what the worker requests: pages, styles and fonts of the portal, and the
/// icon of a notification.
const WORKER_POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; connect-src 'self'; img-src 'self'");
/// Hex digits of the hash in an address: 32 bits distinguish the few versions of a file.
const VERSION_DIGITS: usize = 8;

#[derive(RustEmbed)]
#[folder = "target/site"]
#[allow_missing = true]
struct Files;

/// The files that every page needs.
const NEEDED: [&str; 3] = ["pkg/kabinet.js", "pkg/kabinet_bg.wasm", "style.css"];

/// An error message when the binary was built without the site; the server still runs, without styles and scripts.
pub fn missing() -> Option<&'static str> {
    let whole = NEEDED.iter().all(|name| Files::get(name).is_some());
    (!whole).then_some(
        "the site's files are not in this binary: pages come without style and script; run `cargo xtask build`",
    )
}

/// The address of a file with the hash of its content, cacheable as immutable: `/pkg/kabinet.js` becomes
/// `/pkg/kabinet.js?v=1f2e3d4c`. A missing file keeps its address.
pub fn versioned(path: &str) -> String {
    match Files::get(path.trim_start_matches('/')) {
        Some(file) => format!("{path}?v={}", version(&file.metadata.sha256_hash())),
        None => path.to_owned(),
    }
}

/// The uncompressed bytes of a file, if it is in the binary.
pub(super) fn bytes(name: &str) -> Option<Cow<'static, [u8]>> {
    Files::get(name).map(|file| file.data)
}

/// One route for each file of the site.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let originals = Files::iter().filter(|name| encoding_of_form(name).is_none());
    originals.fold(Router::new(), |router, name| {
        router.route(
            &format!("/{name}"),
            get(move |RawQuery(query): RawQuery, request: Request| async move {
                serve(&name, query.as_deref(), request.headers())
            }),
        )
    })
}

fn serve(name: &str, query: Option<&str>, headers: &HeaderMap) -> Response {
    let Some(file) = Files::get(name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let (encoding, form) = choose(name, headers);
    let tag = tag(&file, encoding);
    let caching = caching(query, &version(&file.metadata.sha256_hash()));
    let mut response = if holds_tag(headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mut whole = body(form.unwrap_or(file)).into_response();
        insert(&mut whole, CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
        if let Some(encoding) = encoding {
            insert(&mut whole, CONTENT_ENCODING, HeaderValue::from_static(encoding.name()));
        }
        whole
    };
    insert(&mut response, CACHE_CONTROL, caching);
    insert(&mut response, VARY, HeaderValue::from_static("accept-encoding"));
    if name == WORKER {
        insert(&mut response, CONTENT_SECURITY_POLICY, WORKER_POLICY);
    }
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        insert(&mut response, ETAG, tag);
    }
    response
}

fn insert(response: &mut Response, name: HeaderName, value: HeaderValue) {
    response.headers_mut().insert(name, value);
}

fn body(file: EmbeddedFile) -> Body {
    match file.data {
        Cow::Borrowed(bytes) => Body::from(Bytes::from_static(bytes)),
        Cow::Owned(bytes) => Body::from(bytes),
    }
}

/// The compression of a file's copy, the smallest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Brotli,
    Gzip,
}

impl Encoding {
    const ALL: [Self; 2] = [Self::Brotli, Self::Gzip];

    const fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    const fn ending(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
        }
    }
}

fn encoding_of_form(name: &str) -> Option<Encoding> {
    Encoding::ALL.into_iter().find(|encoding| name.ends_with(encoding.ending()))
}

/// The smallest copy that the browser accepts, or the uncompressed file.
fn choose(name: &str, headers: &HeaderMap) -> (Option<Encoding>, Option<EmbeddedFile>) {
    for encoding in Encoding::ALL.into_iter().filter(|encoding| accepts(headers, *encoding)) {
        if let Some(form) = Files::get(&format!("{name}{}", encoding.ending())) {
            return (Some(encoding), Some(form));
        }
    }
    (None, None)
}

/// RFC 9110, 12.5.3: accepted if it, or `*`, is listed with a weight above zero; its own weight takes precedence.
fn accepts(headers: &HeaderMap, encoding: Encoding) -> bool {
    let listed = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let offers: Vec<(&str, f32)> = listed.flat_map(|value| value.split(',')).map(offer).collect();
    let weight =
        |name: &str| offers.iter().find(|(offered, _)| offered.eq_ignore_ascii_case(name)).map(|offer| offer.1);
    weight(encoding.name()).or_else(|| weight("*")).is_some_and(|weight| weight > 0.0)
}

fn offer(text: &str) -> (&str, f32) {
    let (name, parameters) = text.split_once(';').unwrap_or((text, ""));
    let weight = parameters.trim().strip_prefix("q=").map_or(1.0, |weight| weight.trim().parse().unwrap_or(0.0));
    (name.trim(), weight)
}

/// A strong ETag, one per encoding, because the bytes differ.
fn tag(file: &EmbeddedFile, encoding: Option<Encoding>) -> String {
    let hash = hex(&file.metadata.sha256_hash()[..16]);
    match encoding {
        Some(encoding) => format!("\"{hash}-{}\"", encoding.name()),
        None => format!("\"{hash}\""),
    }
}

/// RFC 9110, 13.1.2: compared weakly, because a proxy may have weakened the tag.
fn holds_tag(headers: &HeaderMap, tag: &str) -> bool {
    let listed = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    listed
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|held| held == "*" || held.trim_start_matches("W/") == tag)
}

/// The value of `?v=` in the address of a file with this hash.
pub(super) fn version(hash: &[u8]) -> String {
    let mut version = hex(hash);
    version.truncate(VERSION_DIGITS);
    version
}

/// Immutable only when `?v=` is this file's hash: another value may be of another version.
pub(super) fn caching(query: Option<&str>, version: &str) -> HeaderValue {
    let asked = query.and_then(|query| query.strip_prefix("v="));
    if asked == Some(version) { IMMUTABLE } else { REVALIDATE }
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

/// The content type for a file extension.
pub(super) fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("html") => "text/html; charset=utf-8",
        Some("ico") => "image/x-icon",
        Some("js") => "text/javascript; charset=utf-8",
        Some("json") => "application/json",
        Some("png") => "image/png",
        Some("svg") => "image/svg+xml; charset=utf-8",
        Some("txt") => "text/plain; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("webp") => "image/webp",
        Some("webmanifest") => "application/manifest+json",
        Some("woff2") => "font/woff2",
        Some("xml") => "application/xml",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepting(value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(value))])
    }

    #[test]
    fn a_browser_that_lists_brotli_gets_it() {
        assert!(accepts(&accepting("gzip, deflate, br, zstd"), Encoding::Brotli));
        assert!(accepts(&accepting("BR;q=0.1"), Encoding::Brotli));
        assert!(accepts(&accepting("*"), Encoding::Gzip));
    }

    #[test]
    fn a_refused_or_unlisted_encoding_is_not_sent() {
        assert!(!accepts(&HeaderMap::new(), Encoding::Gzip));
        assert!(!accepts(&accepting("identity"), Encoding::Gzip));
        assert!(!accepts(&accepting("br;q=0, *"), Encoding::Brotli));
        assert!(!accepts(&accepting("gzip;q=0.0"), Encoding::Gzip));
        assert!(!accepts(&accepting("gzip;q=much"), Encoding::Gzip));
    }

    #[test]
    fn a_held_tag_is_known_weakened_and_in_a_list() {
        let holding = |value| HeaderMap::from_iter([(IF_NONE_MATCH, HeaderValue::from_static(value))]);
        assert!(holds_tag(&holding("\"aa-br\""), "\"aa-br\""));
        assert!(holds_tag(&holding("\"zz\", W/\"aa\""), "\"aa\""));
        assert!(holds_tag(&holding("*"), "\"aa\""));
        assert!(!holds_tag(&holding("\"aa\""), "\"aa-br\""));
    }

    #[test]
    fn a_missing_file_keeps_its_address_and_answers_404() {
        assert_eq!(versioned("/pkg/no-such.js"), "/pkg/no-such.js");
        assert_eq!(serve("no-such.js", None, &HeaderMap::new()).status(), StatusCode::NOT_FOUND);
    }

    #[test]
    fn an_address_never_leads_out_of_the_site() {
        assert_eq!(serve("../../Cargo.toml", None, &HeaderMap::new()).status(), StatusCode::NOT_FOUND);
    }

    #[test]
    fn every_kind_of_file_in_the_site_has_a_type() {
        for name in Files::iter().filter(|name| encoding_of_form(name).is_none()) {
            assert_ne!(content_type(&name), "application/octet-stream", "{name}");
        }
    }
}
