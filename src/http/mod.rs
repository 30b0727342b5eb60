//! Web infrastructure between the socket and the pages: sessions, CSRF, headers, limits, assets, answers.
//!
//! May import `domain`, `components`, `service`, `gateway`, `clock`. Contains no screens; `pages` and `console` call
//! it.

pub mod account;
pub mod answer;
pub mod assets;
pub mod bad_input;
pub mod cookies;
pub mod csrf;
pub mod display;
pub mod headers;
pub mod nav;
pub mod operations;
pub mod session;
pub mod shell;
pub mod theme;
pub mod upload;
pub mod webhooks;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, FromRef};
use axum::http::HeaderMap;

use crate::config::{Texts, TrustedProxies};
use crate::domain::card::has_card_number;
use crate::domain::hint::Hints;
use crate::service::photos::MAX_PHOTO;
use crate::service::{Services, Visitor};

/// Largest body of a form: a message of feedback in percent-encoded Cyrillic takes 24 kB.
pub const MAX_BODY: usize = 64 * 1024;
/// Largest body of a form with a photo: the file, and 16 KiB for what multipart adds.
pub const MAX_UPLOAD: usize = MAX_PHOTO + 16 * 1024;
/// Longest time for one answer; the slowest is a receipt printed while others are.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// Characters of the `User-Agent` header that are stored.
const MAX_USER_AGENT: usize = 200;

/// State shared by all handlers.
#[derive(Clone)]
pub struct Web {
    /// Use cases.
    pub services: Services,
    /// Addresses and texts of the site.
    pub site: Arc<Site>,
}

/// Addresses and texts of the site, from the settings.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Site {
    /// The portal's own origin.
    pub origin: String,
    /// Whether browsers connect over TLS.
    pub https: bool,
    /// Proxies in front that add to `X-Forwarded-For`.
    pub trusted_proxies: TrustedProxies,
    /// Form targets allowed besides the portal: the acquirer's pages.
    pub form_targets: String,
    /// The support's e-mail address.
    pub support_email: String,
    /// The texts of the hints.
    pub hints: Hints,
    /// The texts of the help and the consent.
    pub texts: Arc<Texts>,
    /// The provider's name, logo and accent.
    pub theme: theme::Theme,
}

impl FromRef<Web> for Services {
    fn from_ref(web: &Web) -> Self {
        web.services.clone()
    }
}

/// The client of a request. Behind proxies its address is the one that the outermost trusted proxy reported.
pub fn visitor(site: &Site, peer: Option<&ConnectInfo<SocketAddr>>, headers: &HeaderMap) -> Visitor {
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(address)| address.ip());
    let forwarded: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        // A value that is not text still counts as an entry: skipping it would shift the others.
        .flat_map(|value| value.to_str().unwrap_or("?").split(','))
        .collect();
    let address = site.trusted_proxies.visitor(peer, &forwarded);
    // A `User-Agent` with a card number is dropped.
    let agent = headers.get("user-agent").and_then(|value| value.to_str().ok()).filter(|agent| !has_card_number(agent));
    let agent = agent.unwrap_or_default();
    Visitor {
        user_agent: agent.chars().filter(|c| !c.is_control()).take(MAX_USER_AGENT).collect(),
        ..Visitor::at(&address.to_string())
    }
}
