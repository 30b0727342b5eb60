//! Connections: as many as there is memory for, and none that lives for ever. axum's own `serve` waits without end for
//! the headers of a slow client, so the loop stands here, over hyper.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use crate::http::ANSWER_WITHIN;

/// Connections at once; further ones wait in the system's queue. Most systems let a process have 1024 files.
const CONNECTIONS_MOST: usize = 900;
/// Time for a request's headers, and for the pause before the next request of a kept connection.
const HEADERS_WITHIN: Duration = Duration::from_secs(20);
/// Headers of one request; browsers send two dozen.
const HEADERS_MOST: usize = 64;
/// Bytes of a request's headers: room for a heap of cookies, not for a flood.
const HEADER_BYTES_MOST: usize = 32 * 1024;
/// A connection is closed after so long, between two answers; whoever reads slower than this is cut off.
const LIFETIME: Duration = Duration::from_secs(10 * 60);
/// After a failure to accept, as with too many open files: time for some to close.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// Answers connections until `stop`, then lets those under way end. `false` when some took longer than `grace`.
pub(super) async fn serve(listener: TcpListener, app: Router, stop: CancellationToken, grace: Duration) -> bool {
    let room = Arc::new(Semaphore::new(CONNECTIONS_MOST));
    let connections = TaskTracker::new();
    loop {
        let next = async {
            let permit = Arc::clone(&room).acquire_owned().await;
            (permit, listener.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            () = stop.cancelled() => break,
            next = next => next,
        };
        match (permit, accepted) {
            (Ok(permit), Ok((stream, peer))) => {
                connections.spawn(answer(stream, peer, app.clone(), stop.clone(), permit));
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

async fn answer(
    stream: TcpStream,
    peer: SocketAddr,
    app: Router,
    stop: CancellationToken,
    _permit: OwnedSemaphorePermit,
) {
    // Pages leave in few writes; waiting to fill a packet only delays them.
    let _ = stream.set_nodelay(true);
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
            .max_headers(HEADERS_MOST)
            .max_buf_size(HEADER_BYTES_MOST)
            .serve_connection(TokioIo::new(stream), service)
    );
    // What breaks here is the visitor's network: the request that it broke is not ours to log.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = stop.cancelled() => {}
        () = tokio::time::sleep(LIFETIME) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = tokio::time::timeout(ANSWER_WITHIN, connection).await;
}
