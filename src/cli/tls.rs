//! TLS in this program: the certificate, reloaded when its files change, and the redirect from a plain listener.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::extract::Request;
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use thiserror::Error;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;

use crate::config::TlsConfig;
use crate::service::private_file::{Exposed, check_private};
use crate::telemetry::chain;

/// Timeout of a handshake: a slow phone needs two seconds.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);
/// Interval between checks of the files: a renewed certificate is used within a minute.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// Why TLS cannot be used.
#[derive(Debug, Error)]
pub(super) enum TlsError {
    #[error("cannot read {0}: {1}")]
    File(PathBuf, #[source] io::Error),
    #[error("{0} holds no certificate in PEM")]
    Certificate(PathBuf),
    #[error("{0} holds no private key in PEM")]
    Key(PathBuf),
    #[error(transparent)]
    Exposed(#[from] Exposed),
    #[error("the certificate and the key cannot be used: {0}")]
    Unusable(#[from] rustls::Error),
}

/// The certificate in use, shared by clones.
#[derive(Clone)]
pub(super) struct Tls {
    settings: Arc<TlsConfig>,
    current: Arc<RwLock<Arc<ServerConfig>>>,
}

impl Tls {
    /// Reads the certificate and its key.
    pub(super) fn open(settings: TlsConfig) -> Result<Self, TlsError> {
        let current = Arc::new(RwLock::new(Arc::new(read(&settings)?)));
        Ok(Self { settings: Arc::new(settings), current })
    }

    /// Does the handshake of a new connection; an error comes from the visitor's network or a scanner.
    pub(super) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let config = Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner));
        let accepted = tokio::time::timeout(HANDSHAKE_WITHIN, TlsAcceptor::from(config).accept(stream)).await;
        accepted.unwrap_or(Err(io::ErrorKind::TimedOut.into()))
    }

    /// Reloads the files; if they cannot be used, the current certificate stays.
    pub(super) fn reload(&self) -> Result<(), TlsError> {
        let fresh = Arc::new(read(&self.settings)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// Reloads the files when they change, and at once on SIGHUP, until `stop`. Registers the signal handler before it
    /// returns: without one SIGHUP would end the program.
    ///
    /// # Errors
    /// [`io::Error`] when the system cannot register the signal handler.
    pub(super) fn keep_fresh(self, stop: CancellationToken) -> io::Result<()> {
        let mut hangups = Hangups::listen()?;
        tokio::spawn(async move {
            let mut seen = self.changed_at();
            loop {
                let asked = tokio::select! {
                    () = stop.cancelled() => return,
                    () = hangups.next() => true,
                    () = tokio::time::sleep(LOOK_EVERY) => false,
                };
                let now = self.changed_at();
                if asked || now != seen {
                    seen = now;
                    self.reload_and_log();
                }
            }
        });
        Ok(())
    }

    fn reload_and_log(&self) {
        match self.reload() {
            Ok(()) => tracing::info!("the certificate is read again"),
            Err(error) => tracing::error!(cause = chain(&error), "the new certificate is not used"),
        }
    }

    fn changed_at(&self) -> [Option<SystemTime>; 2] {
        let at = |file: &Path| fs::metadata(file).and_then(|metadata| metadata.modified()).ok();
        [at(&self.settings.certificate_file), at(&self.settings.key_file)]
    }
}

/// SIGHUP, with which service managers ask a program to reload its files.
#[cfg(unix)]
struct Hangups(tokio::signal::unix::Signal);

#[cfg(unix)]
impl Hangups {
    fn listen() -> io::Result<Self> {
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).map(Self)
    }

    async fn next(&mut self) {
        // The stream ends with the runtime: not a request to reload.
        if self.0.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }
}

/// For systems without SIGHUP.
#[cfg(not(unix))]
struct Hangups;

#[cfg(not(unix))]
impl Hangups {
    fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        std::future::pending::<()>().await;
    }
}

/// TLS 1.2 and 1.3 with the crypto provider's default cipher suites.
fn read(settings: &TlsConfig) -> Result<ServerConfig, TlsError> {
    let (certificate_file, key_file) = (&settings.certificate_file, &settings.key_file);
    let certificate = fs::read(certificate_file).map_err(|error| TlsError::File(certificate_file.clone(), error))?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&certificate).collect();
    let chain = chain.ok().filter(|chain| !chain.is_empty());
    let chain = chain.ok_or_else(|| TlsError::Certificate(certificate_file.clone()))?;
    let key = fs::read(key_file).map_err(|error| TlsError::File(key_file.clone(), error))?;
    check_private(key_file).map_err(|error| TlsError::File(key_file.clone(), error))??;
    let key = PrivateKeyDer::from_pem_slice(&key).map_err(|_| TlsError::Key(key_file.clone()))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// Redirects every request of the plain listener to the same path at the portal's own origin.
pub(super) fn redirect_router(origin: &str) -> Router {
    let origin = origin.to_owned();
    Router::new().fallback(async move |request: Request| redirect(&origin, &request))
}

fn redirect(origin: &str, request: &Request) -> Response {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    // Not the request's `Host`: the client chooses it.
    match HeaderValue::from_str(&format!("{origin}{path}")) {
        Ok(address) if path.starts_with('/') => (StatusCode::PERMANENT_REDIRECT, [(LOCATION, address)]).into_response(),
        _ => StatusCode::BAD_REQUEST.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use rustls::pki_types::ServerName;
    use rustls::{ClientConfig, RootCertStore};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;
    use crate::service::private_file::private;

    /// A folder with a certificate for `localhost`, and the certificate's bytes.
    fn certificate(folder: &Path) -> (TlsConfig, CertificateDer<'static>) {
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let (certificate_file, key_file) = (folder.join("chain.pem"), folder.join("key.pem"));
        fs::write(&certificate_file, made.cert.pem()).unwrap();
        let mut key = private().write(true).create(true).truncate(true).open(&key_file).unwrap();
        key.write_all(made.signing_key.serialize_pem().as_bytes()).unwrap();
        (TlsConfig { certificate_file, key_file, redirect_listen: None }, made.cert.der().clone())
    }

    async fn shakes_hands(tls: &Tls, trusted: CertificateDer<'static>) -> bool {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = async {
            let Ok(mut stream) = tls.accept(listener.accept().await.unwrap().0).await else { return };
            stream.write_all(b"hello").await.unwrap();
            stream.shutdown().await.unwrap();
        };
        let client = async {
            let mut roots = RootCertStore::empty();
            roots.add(trusted).unwrap();
            let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_root_certificates(roots)
                .with_no_client_auth();
            let stream = TcpStream::connect(address).await.unwrap();
            let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
            let name = ServerName::try_from("localhost").unwrap();
            let Ok(mut stream) = connector.connect(name, stream).await else { return false };
            let mut text = String::new();
            stream.read_to_string(&mut text).await.is_ok() && text == "hello"
        };
        tokio::join!(server, client).1
    }

    #[tokio::test]
    async fn a_certificate_that_changes_is_used_without_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let (settings, first) = certificate(folder.path());
        let tls = Tls::open(settings).unwrap();
        assert!(shakes_hands(&tls, first.clone()).await);
        let (_, second) = certificate(folder.path());
        tls.reload().unwrap();
        assert!(shakes_hands(&tls, second).await);
        assert!(!shakes_hands(&tls, first).await, "the first one is not used any more");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_hangup_reads_the_certificate_again_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let (settings, _) = certificate(folder.path());
        let tls = Tls::open(settings).unwrap();
        let stop = CancellationToken::new();
        tls.clone().keep_fresh(stop.clone()).unwrap();
        let (_, second) = certificate(folder.path());
        let process = std::process::id().to_string();
        assert!(std::process::Command::new("kill").args(["-HUP", &process]).status().unwrap().success());
        let used = async { while !shakes_hands(&tls, second.clone()).await {} };
        // Less than `LOOK_EVERY`, so the signal caused the reload.
        tokio::time::timeout(Duration::from_secs(15), used).await.expect("the second certificate is used");
        stop.cancel();
    }

    #[tokio::test]
    async fn a_broken_certificate_leaves_the_one_in_use() {
        let folder = tempfile::tempdir().unwrap();
        let (settings, first) = certificate(folder.path());
        let tls = Tls::open(settings.clone()).unwrap();
        fs::write(&settings.certificate_file, "no certificate").unwrap();
        assert!(matches!(tls.reload(), Err(TlsError::Certificate(_))));
        assert!(shakes_hands(&tls, first).await);
    }

    #[tokio::test]
    async fn tls_below_1_2_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (settings, _) = certificate(folder.path());
        let tls = Tls::open(settings).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let client = async {
            let mut stream = TcpStream::connect(address).await.unwrap();
            // A ClientHello of TLS 1.1 with two cipher suites of that version.
            let hello =
                [&[22, 3, 1, 0, 47, 1, 0, 0, 43, 3, 2][..], &[7; 32], &[0, 0, 4, 0, 0x2f, 0, 0x35, 1, 0]].concat();
            stream.write_all(&hello).await.unwrap();
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer).await;
            answer
        };
        let (accepted, answer) = tokio::join!(async { tls.accept(listener.accept().await.unwrap().0).await }, client);
        assert!(accepted.is_err());
        assert_eq!(answer.first(), Some(&21), "an alert: {answer:?}");
    }

    #[cfg(unix)]
    #[test]
    fn a_private_key_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (settings, _) = certificate(folder.path());
        fs::set_permissions(&settings.key_file, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(Tls::open(settings), Err(TlsError::Exposed(_))));
    }

    #[test]
    fn the_plain_listener_leads_to_the_same_address_at_the_portals_origin() {
        let leads = |uri: &str| {
            let request = Request::builder().uri(uri).header("host", "evil.example").body(axum::body::Body::empty());
            let response = redirect("https://lk.example.ru", &request.unwrap());
            response.headers().get(LOCATION).map(|address| address.to_str().unwrap().to_owned())
        };
        assert_eq!(leads("/pay?x=1").as_deref(), Some("https://lk.example.ru/pay?x=1"));
        assert_eq!(leads("http://evil.example//a").as_deref(), Some("https://lk.example.ru//a"));
        assert_eq!(leads("/a%0d%0ab").as_deref(), Some("https://lk.example.ru/a%0d%0ab"));
    }
}
