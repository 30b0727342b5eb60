//! Notices from the acquirer. A notice is unsigned and not trusted: it only makes the portal poll the acquirer at once.

use std::net::{IpAddr, SocketAddr};

use axum::body::Bytes;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Extension, Router};

use super::{Web, visitor};
use crate::gateway::acquirer::yookassa::{Notice, YOOKASSA_NETWORKS, is_from, parse_notification};
use crate::service::{Fault, payments};
use crate::telemetry::{self, SecurityEvent, chain};

/// Where ЮKassa sends its notices.
pub const YOOKASSA: &str = "/webhooks/yookassa";

/// The routes that acquirers call.
pub fn router() -> Router<Web> {
    Router::new().route(YOOKASSA, post(yookassa))
}

/// 200 ends the acquirer's retries, also for payments that are not the portal's; 500 requests another retry.
async fn yookassa(
    State(web): State<Web>,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let sender = visitor(&web.site, peer.as_deref(), &headers).address;
    if !web.services.settings().demo && !is_yookassa(&sender) {
        tracing::warn!("a notice from outside the acquirer's networks is refused");
        telemetry::security(SecurityEvent::NoticeRefused);
        return StatusCode::FORBIDDEN;
    }
    let id = match parse_notification(&body) {
        Some(Notice::Payment(id)) => id,
        Some(Notice::Other) => return StatusCode::OK,
        None => {
            tracing::warn!(http.body_bytes = body.len(), "a notice cannot be understood");
            telemetry::security(SecurityEvent::NoticeRefused);
            return StatusCode::BAD_REQUEST;
        }
    };
    match payments::notified(&web.services, &id).await {
        Ok(known) => {
            tracing::info!(payment.known = known, "the acquirer sent a notice");
            StatusCode::OK
        }
        Err(Fault::Acquirer(error)) => {
            // The poll is already scheduled and retries until the acquirer answers.
            tracing::warn!(error = %error, "the acquirer sent a notice and does not answer");
            StatusCode::OK
        }
        Err(fault) => {
            tracing::error!(cause = chain(&fault), "a notice could not be stored");
            StatusCode::INTERNAL_SERVER_ERROR
        }
    }
}

fn is_yookassa(sender: &str) -> bool {
    sender.parse::<IpAddr>().is_ok_and(|ip| is_from(ip, &YOOKASSA_NETWORKS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_acquirers_networks_count_as_the_acquirer() {
        assert!(is_yookassa("185.71.76.1"));
        assert!(is_yookassa("2a02:5180::1"));
        for other in ["127.0.0.1", "185.71.76.64", "", "unknown"] {
            assert!(!is_yookassa(other), "{other}");
        }
    }
}
