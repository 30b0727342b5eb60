//! TLS in this program: the certificate, read again when its files change, and the redirect from a plain listener.

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

/// Time for a handshake: a slow phone needs two seconds.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);
/// How often the files are looked at: a renewed certificate is used within the minute.
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

/// The certificate in use.
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

    /// Shakes hands on a new connection; an error is the visitor's network or a scanner.
    pub(super) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let config = Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner));
        let accepted = tokio::time::timeout(HANDSHAKE_WITHIN, TlsAcceptor::from(config).accept(stream)).await;
        accepted.unwrap_or(Err(io::ErrorKind::TimedOut.into()))
    }

    /// Uses the files as they are now; files that cannot be used leave the certificate as it was.
    pub(super) fn reload(&self) -> Result<(), TlsError> {
        let fresh = Arc::new(read(&self.settings)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// Reads the files again whenever they change, and at once on SIGHUP, until `stop`. Listens for the signal from this
    /// call on: without a listener it would end the program.
    ///
    /// # Errors
    /// Those of the system, which may have no room for a listener of signals.
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

/// SIGHUP, by which service managers ask a program to read its files again.
#[cfg(unix)]
struct Hangups(tokio::signal::unix::Signal);

#[cfg(unix)]
impl Hangups {
    fn listen() -> io::Result<Self> {
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).map(Self)
    }

    async fn next(&mut self) {
        // The end of the signals, which comes with the runtime's, is no request.
        if self.0.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }
}

/// A system without the signal.
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

/// TLS 1.2 and 1.3 with the provider's own choice of cipher suites.
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

/// Answers every request of the plain listener with the same address at the portal's own origin.
pub(super) fn redirect_router(origin: &str) -> Router {
    let origin = origin.to_owned();
    Router::new().fallback(async move |request: Request| redirect(&origin, &request))
}

fn redirect(origin: &str, request: &Request) -> Response {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    // Not the host of the request: it may name anything.
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

    /// A certificate for `localhost` in a folder, and its bytes.
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
        // Less than LOOK_EVERY: it was the signal.
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
            // A hello of TLS 1.1 with two suites of its time.
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
