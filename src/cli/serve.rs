//! `kabinet serve`: the portal itself, until Ctrl-C or SIGTERM.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::failure::CliError;
use super::{app, compose, connections};
use crate::clock::Nature;
use crate::config::{Config, Loaded};
use crate::http::{Web, assets};
use crate::service::demo;
use crate::test_bank::mailbox;
use crate::worker::Worker;

/// How long requests and jobs under way may still take once the program is told to stop; service managers wait longer.
const GRACE: Duration = Duration::from_secs(10);

/// Serves until told to stop.
pub(super) async fn serve(mut loaded: Loaded, with_demo: bool, nature: Nature) -> Result<(), CliError> {
    let listener = bind(loaded.config.listen).await?;
    let listen = listener.local_addr().map_err(|error| CliError::Listen(loaded.config.listen, error))?;
    loaded.listens_on(listen);
    if !with_demo && !loaded.is_given("public_url") {
        let why = "letters and the acquirer lead there, e.g. https://lk.example.ru";
        return Err(CliError::Missing { key: "public_url", why });
    }
    let config = &loaded.config;

    let db = compose::open_database(config).await?;
    let (vault, outside, parts) = if with_demo {
        let vault = compose::open_demo_vault(config, &nature)?;
        let outside = compose::demo_outside(&db, &nature, listen)?;
        (vault, outside, Some(compose::demo_parts(config, &db, &nature, listen)?))
    } else {
        (compose::open_vault(config, &nature)?, compose::real_outside(config)?, None)
    };
    let services = compose::services(config, with_demo, db.clone(), vault, outside, nature)?;
    let web = Web { services: services.clone(), site: Arc::new(compose::site(config, with_demo)) };

    log_panics();
    announce(config, listen, with_demo);
    if with_demo && demo::stage(&services).await? == demo::Stage::Empty {
        println!("The database is empty: `kabinet demo` fills it with a made-up town.");
    }
    let stop = CancellationToken::new();
    stop_on_signal(stop.clone());
    let worker = Worker::start(&services, stop.clone());
    let answered = connections::serve(listener, app::router(web, parts), stop, GRACE).await;
    let finished = worker.finish(GRACE).await;
    if !(answered && finished) {
        tracing::warn!(grace.seconds = GRACE.as_secs(), "stopped without waiting for what was still under way");
    }
    db.close().await;
    tracing::info!("stopped");
    Ok(())
}

async fn bind(address: SocketAddr) -> Result<TcpListener, CliError> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => CliError::PortTaken(address),
        _ => CliError::Listen(address, error),
    })
}

fn announce(config: &Config, listen: SocketAddr, demo: bool) {
    println!("The portal: {} (listens on {listen})", config.public_url);
    if demo {
        println!("Letters and SMS: {}{}", config.public_url, mailbox::PATH);
        if !listen.ip().is_loopback() {
            tracing::warn!("the demo shows everybody's letters, and others can reach this address");
        }
    }
    if let Some(missing) = assets::missing() {
        tracing::warn!("{missing}");
    }
}

/// Where it happened; the message may quote data and stays out of the log.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(String::new, ToString::to_string);
        tracing::error!(panic.place = place, "a panic");
    }));
}

fn stop_on_signal(stop: CancellationToken) {
    tokio::spawn(async move {
        signal().await;
        tracing::info!("told to stop");
        stop.cancel();
    });
}

#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return interrupt().await };
    tokio::select! {
        () = interrupt() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn signal() {
    interrupt().await;
}

/// Ctrl-C; where it cannot be heard, never.
async fn interrupt() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
