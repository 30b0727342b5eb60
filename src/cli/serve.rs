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

/// How long the database may take to close; what was committed is safe without it.
const CLOSING: Duration = Duration::from_secs(2);

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
    let site = Arc::new(compose::site(&loaded, with_demo)?);

    let vault =
        if with_demo { compose::open_demo_vault(config, &nature) } else { compose::open_vault(config, &nature) }?;
    let real = if with_demo { None } else { Some(compose::real_outside(config)?) };
    let db = compose::open_database(config).await?;
    compose::check_key(config, &db, &vault).await?;
    let (outside, parts) = match real {
        Some(outside) => (outside, None),
        None => {
            let parts = compose::demo_parts(config, &db, &nature, listen)?;
            (compose::demo_outside(&db, &nature, listen)?, Some(parts))
        }
    };
    let services = compose::services(config, with_demo, db.clone(), vault, outside, nature)?;
    let web = Web { services: services.clone(), site };

    log_panics();
    let stop = CancellationToken::new();
    stop_on_signal(stop.clone())?;
    announce(config, listen, with_demo);
    if with_demo && demo::stage(&services).await? == demo::Stage::Empty {
        println!("The database is empty: `kabinet demo` fills it with a made-up town.");
    }
    let worker = Worker::start(&services, stop.clone());
    let served = connections::serve(listener, app::router(web, parts), stop.clone(), GRACE);
    let worked = async {
        stop.cancelled().await;
        worker.finish(GRACE).await
    };
    let (answered, finished) = tokio::join!(served, worked);
    if !(answered && finished) {
        tracing::warn!(grace.seconds = GRACE.as_secs(), "stopped without waiting for what was still under way");
    }
    let _ = tokio::time::timeout(CLOSING, db.close()).await;
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

/// Listens for signals from this call on, so that none is lost.
#[cfg(unix)]
fn stop_on_signal(stop: CancellationToken) -> Result<(), CliError> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt()).map_err(CliError::Runtime)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(CliError::Runtime)?;
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        tracing::info!("told to stop");
        stop.cancel();
    });
    Ok(())
}

#[cfg(not(unix))]
fn stop_on_signal(stop: CancellationToken) -> Result<(), CliError> {
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            tracing::info!("told to stop");
            stop.cancel();
        }
    });
    Ok(())
}
