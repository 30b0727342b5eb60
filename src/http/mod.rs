//! What stands between a socket and a page: sessions, CSRF, headers, limits, assets, answers.
//!
//! May import `domain`, `components`, `service`, `clock`. Knows no screen; `pages` and `console` call it.

pub mod account;
pub mod answer;
pub mod assets;
pub mod bad_input;
pub mod csrf;
pub mod headers;
pub mod operations;
pub mod session;
pub mod shell;
pub mod theme;
pub mod webhooks;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, FromRef};
use axum::http::HeaderMap;

use crate::config::{Texts, TrustedProxies};
use crate::domain::card::has_card_number;
use crate::domain::hint::Hints;
use crate::service::{Services, Visitor};

/// Largest body of a form: a message of feedback in percent-encoded Cyrillic takes 24 kB.
pub const MAX_BODY: usize = 64 * 1024;
/// Longest time for one answer; the slowest is a receipt while others are printed.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// Characters of a browser's own name that are kept.
const MAX_USER_AGENT: usize = 200;

/// What handlers share.
#[derive(Clone)]
pub struct Web {
    /// Use cases.
    pub services: Services,
    /// How the site is reached.
    pub site: Arc<Site>,
}

/// How the site is reached, from the settings.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Site {
    /// The portal's own origin.
    pub origin: String,
    /// Whether browsers come through TLS.
    pub https: bool,
    /// Proxies in front that add to `X-Forwarded-For`.
    pub trusted_proxies: TrustedProxies,
    /// Where forms may lead besides the portal: the acquirer's pages.
    pub form_targets: String,
    /// Where people write for help.
    pub support_email: String,
    /// The words of the hints.
    pub hints: Hints,
    /// The help and the consent.
    pub texts: Arc<Texts>,
    /// The provider's name, logo and accent.
    pub theme: theme::Theme,
}

impl FromRef<Web> for Services {
    fn from_ref(web: &Web) -> Self {
        web.services.clone()
    }
}

/// The other end of a request. Behind proxies the address is the one that the outermost trusted proxy saw.
pub fn visitor(site: &Site, peer: Option<&ConnectInfo<SocketAddr>>, headers: &HeaderMap) -> Visitor {
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(address)| address.ip());
    let forwarded: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        // A value that is no text is an entry all the same: it must not shift the others.
        .flat_map(|value| value.to_str().unwrap_or("?").split(','))
        .collect();
    let address = site.trusted_proxies.visitor(peer, &forwarded);
    // Whoever hides a card number there gets no name at all.
    let agent = headers.get("user-agent").and_then(|value| value.to_str().ok()).filter(|agent| !has_card_number(agent));
    let agent = agent.unwrap_or_default();
    Visitor {
        user_agent: agent.chars().filter(|c| !c.is_control()).take(MAX_USER_AGENT).collect(),
        ..Visitor::at(&address.to_string())
    }
}
