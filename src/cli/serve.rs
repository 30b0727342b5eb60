//! `kabinet serve`: runs the portal until Ctrl-C or SIGTERM.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use futures::future::join_all;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::compose;
use super::connections::{self, Listening, Room};
use super::failure::CliError;
use super::tls::{Tls, redirect_router};
use crate::app::{DemoParts, Screens, admin_router, router_of};
use crate::clock::Nature;
use crate::config::{Config, Loaded, TrustedProxies};
use crate::http::{Site, Web, assets};
use crate::service::demo;
use crate::service::installation::{self, Kind};
use crate::service::private_file::check_private;
use crate::test_bank::mailbox;
use crate::worker::Worker;

/// Grace period for requests and jobs in progress at shutdown; service managers wait longer.
const GRACE: Duration = Duration::from_secs(10);

/// Timeout for closing the database; committed data is safe without that.
const CLOSING: Duration = Duration::from_secs(2);

/// Serves until a signal stops it.
pub(super) async fn serve(mut loaded: Loaded, with_demo: bool, nature: Nature) -> Result<(), CliError> {
    let listener = bind(loaded.config.listen).await?;
    let listen = listener.local_addr().map_err(|error| CliError::Listen(loaded.config.listen, error))?;
    loaded.listens_on(listen);
    if !with_demo && !loaded.is_given("public_url") {
        let why = "letters and the acquirer lead there, e.g. https://lk.example.ru";
        return Err(CliError::Missing { key: "public_url", why });
    }
    warn_of_open_settings(&loaded);
    let config = &loaded.config;
    let site = compose::site(&loaded, with_demo)?;
    let tls = config.tls.clone().map(Tls::open).transpose()?;

    let vault =
        if with_demo { compose::open_demo_vault(config, &nature) } else { compose::open_vault(config, &nature) }?;
    let real = if with_demo { None } else { Some(compose::real_outside(config)?) };
    let db = compose::open_database(config).await?;
    compose::check_key(config, &db, &vault).await?;
    installation::claim(&db, if with_demo { Kind::Demo } else { Kind::Real }).await?;
    let texts = compose::notice_texts(config, &loaded.texts, with_demo);
    let (outside, parts) = if let Some(outside) = real {
        (outside, None)
    } else {
        let parts = compose::demo_parts(config, &texts, &db, &nature, listen)?;
        (compose::demo_outside(config, &db, &nature, listen)?, Some(parts))
    };
    let services = compose::services(config, texts, with_demo, db.clone(), vault, outside, nature)?;
    if !with_demo && let Some(known) = demo::known_password(&services).await? {
        return Err(CliError::KnownPassword(known));
    }
    let web = Web { services: services.clone(), site: Arc::new(site) };

    log_panics();
    let stop = CancellationToken::new();
    stop_on_signal(stop.clone())?;
    let (proxies, room) = (config.trusted_proxies.clone(), Room::for_visitors());
    let portal = Listening { listener, app: Router::new(), tls: tls.clone(), proxies, room };
    let listening = listeners(&loaded, portal, web, parts).await?;
    if let Some(tls) = tls {
        tls.keep_fresh(stop.clone()).map_err(CliError::Runtime)?;
    }
    announce(config, listen, with_demo);
    if with_demo && demo::stage(&services).await? == demo::Stage::Empty {
        println!("The database is empty: `kabinet demo` fills it with a made-up town.");
    }
    let worker = Worker::start(&services, stop.clone());
    let served = join_all(listening.into_iter().map(|one| connections::serve(one, stop.clone(), GRACE)));
    let worked = async {
        stop.cancelled().await;
        worker.finish(GRACE).await
    };
    let (answered, finished) = tokio::join!(served, worked);
    if !(answered.into_iter().all(|all| all) && finished) {
        tracing::warn!(grace.seconds = GRACE.as_secs(), "stopped without waiting for what was still under way");
    }
    let _ = tokio::time::timeout(CLOSING, db.close()).await;
    tracing::info!("stopped");
    Ok(())
}

/// Every listener with its router: the portal, the console if it has a listener of its own, the administrator's, and
/// the redirect to TLS.
async fn listeners(
    loaded: &Loaded,
    portal: Listening,
    web: Web,
    parts: Option<DemoParts>,
) -> Result<Vec<Listening>, CliError> {
    let config = &loaded.config;
    let (tls, proxies, room) = (portal.tls.clone(), portal.proxies.clone(), portal.room.clone());
    let screens = if config.console_listen.is_some() { Screens::Portal } else { Screens::All };
    let mut all = vec![Listening { app: router_of(screens, web.clone(), parts), ..portal }];
    if let Some(address) = config.console_listen {
        let site = Arc::new(console_site(config, &web.site));
        let app = router_of(Screens::Console, Web { site, ..web.clone() }, None);
        let (proxies, room) = (proxies.clone(), room.clone());
        all.push(Listening { listener: bind(address).await?, app, tls, proxies, room });
    }
    if let Some(listener) = bind_admin(loaded).await? {
        let app = admin_router(web);
        let (proxies, room) = (TrustedProxies::default(), Room::for_administrator());
        all.push(Listening { listener, app, tls: None, proxies, room });
    }
    if let Some(address) = config.tls.as_ref().and_then(|tls| tls.redirect_listen) {
        let app = redirect_router(&config.origin());
        all.push(Listening { listener: bind(address).await?, app, tls: None, proxies, room });
    }
    Ok(all)
}

/// The site as the console's own listener serves it: with another origin.
fn console_site(config: &Config, portal: &Site) -> Site {
    let url = config.console_url.as_deref().and_then(|url| url::Url::parse(url).ok());
    let origin = url.map(|url| url.origin().ascii_serialization()).unwrap_or_default();
    Site { https: origin.starts_with("https://"), origin, ..portal.clone() }
}

/// The default port may be in use, as by a second portal on this machine: then there is no such listener. An explicitly
/// set address must be free.
async fn bind_admin(loaded: &Loaded) -> Result<Option<TcpListener>, CliError> {
    let address = loaded.config.admin_listen;
    match bind(address).await {
        Ok(listener) => Ok(Some(listener)),
        Err(CliError::PortTaken(_)) if !loaded.is_given("admin_listen") => {
            tracing::warn!(%address, "no metrics and no readiness: the address is taken; write another admin_listen");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, CliError> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => CliError::PortTaken(address),
        _ => CliError::Listen(address, error),
    })
}

/// Only the owner should read settings with passwords; the portal still starts, `doctor` reports it as bad.
fn warn_of_open_settings(loaded: &Loaded) {
    let file = loaded.settings_file().filter(|_| loaded.config.has_secrets());
    if let Some(Ok(Err(exposed))) = file.map(check_private) {
        tracing::warn!("the settings hold passwords: {exposed}");
    }
}

fn announce(config: &Config, listen: SocketAddr, demo: bool) {
    println!("The portal: {} (listens on {listen})", config.public_url);
    if demo {
        println!("Letters and SMS: {}{}", config.public_url, mailbox::PATH);
        if !listen.ip().is_loopback() {
            tracing::warn!("the demo shows everybody's letters, and others can reach this address");
        }
    }
    if !demo && !listen.ip().is_loopback() && config.tls.is_none() && !config.trusted_proxies.is_any() {
        tracing::warn!("passwords reach this address without TLS; write [tls], or listen on 127.0.0.1 behind a proxy");
    }
    if let Some(missing) = assets::missing() {
        tracing::warn!("{missing}");
    }
}

/// Logs a panic's location; the message may quote data and is not logged.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(String::new, ToString::to_string);
        tracing::error!(panic.place = place, "a panic");
    }));
}

/// Registers the signal handlers before it returns, so that no signal is lost.
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
