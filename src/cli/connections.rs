//! Connections, limited in number and lifetime. axum's own `serve` has no timeout for a slow client's headers, so this
//! module has its own accept loop over hyper.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use super::tls::Tls;
use crate::config::TrustedProxies;
use crate::http::ANSWER_WITHIN;
use crate::telemetry::{self, SecurityEvent};

/// Connections of visitors at once, over all listeners; further ones wait in the system's queue. Most systems allow a
/// process 1024 open files.
const MAX_CONNECTIONS: usize = 900;
/// Connections to the administrator's listener at once: a few probes and a collector of metrics.
const MAX_ADMIN_CONNECTIONS: usize = 20;
/// Timeout for a request's headers, and for an idle keep-alive connection.
const HEADERS_WITHIN: Duration = Duration::from_secs(20);
/// Headers of one request; browsers send two dozen.
const MAX_HEADERS: usize = 64;
/// Bytes of a request's headers: enough for many cookies.
const MAX_HEADER_BYTES: usize = 32 * 1024;
/// Longest life of a connection, which closes after the current answer; slower downloads are cut off.
const LIFETIME: Duration = Duration::from_mins(10);
/// Back-off after a failed accept, as with too many open files: time for some to close.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// Connections of one address at once, or of one /56 of IPv6: a browser opens six, a family and its phones a few dozen.
const CONNECTIONS_OF_ONE: usize = 100;

/// The limit on connections at once; listeners with a clone share it.
#[derive(Clone)]
pub(super) struct Room(Arc<Semaphore>);

impl Room {
    /// For the portal, the console and the redirect together.
    pub(super) fn for_visitors() -> Self {
        Self(Arc::new(Semaphore::new(MAX_CONNECTIONS)))
    }

    /// For the administrator, so that many visitors cannot use up the places.
    pub(super) fn for_administrator() -> Self {
        Self(Arc::new(Semaphore::new(MAX_ADMIN_CONNECTIONS)))
    }
}

/// A listener and its router.
pub(super) struct Listening {
    pub listener: TcpListener,
    pub app: Router,
    /// Absent on a plain listener.
    pub tls: Option<Tls>,
    /// Connections from these are not limited by address: each carries many visitors.
    pub proxies: TrustedProxies,
    pub room: Room,
}

/// Number of connections of each address.
#[derive(Clone, Default)]
struct Crowd(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// A counted connection of an address; dropping it releases the place.
struct Place(Crowd, IpAddr);

impl Crowd {
    /// Counts one more connection of this address; `None` at its limit.
    fn admit(&self, address: IpAddr) -> Option<Place> {
        let network = network_of(address);
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(network).or_default();
        if *count >= CONNECTIONS_OF_ONE {
            return None;
        }
        *count += 1;
        Some(Place(self.clone(), network))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut entry) = counts.entry(self.1) {
            *entry.get_mut() -= 1;
            if *entry.get() == 0 {
                entry.remove();
            }
        }
    }
}

/// The key of the limit by address: an IPv4 address, or the /56 that an IPv6 customer may have.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (!0 << 72)).into(),
        address @ IpAddr::V4(_) => address,
    }
}

/// Serves connections until `stop`, then lets those in progress finish. `false` when some took longer than `grace`.
pub(super) async fn serve(listening: Listening, stop: CancellationToken, grace: Duration) -> bool {
    let Listening { listener, app, tls, proxies, room: Room(room) } = listening;
    let crowd = Crowd::default();
    let connections = TaskTracker::new();
    loop {
        let next = async {
            // A listener waiting for a connection uses one place; there are three at most.
            let permit = Arc::clone(&room).acquire_owned().await;
            (permit, listener.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            () = stop.cancelled() => break,
            next = next => next,
        };
        match (permit, accepted) {
            (Ok(permit), Ok((stream, peer))) => {
                let place = if proxies.includes(peer.ip()) { Some(None) } else { crowd.admit(peer.ip()).map(Some) };
                let Some(place) = place else {
                    telemetry::security(SecurityEvent::LimitReached("connections"));
                    continue;
                };
                let (app, tls, stop) = (app.clone(), tls.clone(), stop.clone());
                connections.spawn(async move {
                    let _held = (permit, place);
                    // Pages are sent in few writes; Nagle's algorithm would only delay them.
                    let _ = stream.set_nodelay(true);
                    match tls {
                        None => answer(stream, peer, app, stop).await,
                        // A failed handshake is the visitor's network or a scanner: not logged.
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                answer(stream, peer, app, stop).await;
                            }
                        }
                    }
                });
            }
            (_, Err(error)) if is_of_one_connection(&error) => {}
            (_, Err(error)) => {
                tracing::error!(error = %error, "cannot accept connections");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
            // The semaphore is never closed.
            (Err(_), Ok(_)) => break,
        }
    }
    drop(listener);
    connections.close();
    tokio::time::timeout(grace, connections.wait()).await.is_ok()
}

fn is_of_one_connection(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

async fn answer(stream: impl AsyncRead + AsyncWrite + Unpin, peer: SocketAddr, app: Router, stop: CancellationToken) {
    let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        let answer = app.clone().oneshot(request);
        async move { Ok::<Response, Infallible>(answer.await.unwrap_or_else(|never| match never {})) }
    });
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADERS_WITHIN)
            .max_headers(MAX_HEADERS)
            .max_buf_size(MAX_HEADER_BYTES)
            .serve_connection(TokioIo::new(stream), service)
    );
    // Errors here come from the visitor's network; not logged.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = stop.cancelled() => {}
        () = tokio::time::sleep(LIFETIME) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = tokio::time::timeout(ANSWER_WITHIN, connection).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listeners_of_visitors_share_their_places_and_the_administrator_has_others() {
        let (portal, admin) = (Room::for_visitors(), Room::for_administrator());
        let redirect = portal.clone();
        let held = Arc::clone(&redirect.0).try_acquire_many_owned(MAX_CONNECTIONS as u32).unwrap();
        assert!(Arc::clone(&portal.0).try_acquire_owned().is_err());
        assert!(Arc::clone(&admin.0).try_acquire_owned().is_ok());
        drop(held);
        assert!(portal.0.try_acquire_owned().is_ok());
    }

    #[test]
    fn one_address_has_its_share_of_connections_and_gets_places_back() {
        let crowd = Crowd::default();
        let at = |text: &str| crowd.admit(text.parse().unwrap());
        let held: Vec<_> = (0..CONNECTIONS_OF_ONE).map(|n| at(&format!("2001:db8::{n:x}:0:0:1")).unwrap()).collect();
        assert!(at("2001:db8::ffff:0:0:1").is_none(), "the same /56");
        assert!(at("2001:db8:1::1").is_some() && at("192.0.2.1").is_some());
        drop(held);
        assert!(at("2001:db8::1").is_some());
        assert!(crowd.0.lock().unwrap().is_empty(), "what ended is forgotten");
    }
}
