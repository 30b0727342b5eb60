//! The HTTP client shared by the adapters of this module: timeouts, bounded answers, errors without addresses.
//! Independent of the content.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Response, Url};
use thiserror::Error;

/// Timeout for connecting: an address that drops packets must not use up a call's whole timeout.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Idle connections kept open to one gateway.
const IDLE_CONNECTIONS: usize = 4;

/// Why no client can be created from the settings.
#[derive(Debug, Error)]
pub enum ClientError {
    /// The address of the gateway is wrong.
    #[error("the gateway's address must begin with http:// or https://")]
    Address,
    /// The machine's certificates cannot be read.
    #[error("cannot set up HTTPS")]
    Tls(#[source] reqwest::Error),
}

/// Why a call has no answer. The other side may or may not have acted on it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Error)]
pub enum CallError {
    /// No answer in time.
    #[error("no answer in time")]
    Timeout,
    /// No connection could be opened.
    #[error("cannot connect")]
    Connect,
    /// The connection broke before the end of the answer.
    #[error("the connection broke")]
    Broken,
    /// The answer is longer than the limit.
    #[error("the answer is too long")]
    TooLong,
}

/// Drops the address that `reqwest` would print, because addresses can contain keys.
impl From<reqwest::Error> for CallError {
    fn from(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            Self::Timeout
        } else if error.is_connect() {
            Self::Connect
        } else {
            Self::Broken
        }
    }
}

/// A client for one gateway. Follows no redirects, so that credentials are sent to that address only, and uses no proxy
/// for a gateway on this machine.
///
/// # Errors
/// [`ClientError`] when the settings are wrong or HTTPS cannot be set up.
pub fn client_for(base_url: &str, timeout: Duration) -> Result<Client, ClientError> {
    let url = Url::parse(base_url).map_err(|_| ClientError::Address)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(ClientError::Address);
    }
    let builder = Client::builder()
        .timeout(timeout)
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_max_idle_per_host(IDLE_CONNECTIONS)
        .redirect(Policy::none());
    let builder = if is_loopback(&url) { builder.no_proxy() } else { builder };
    builder.build().map_err(ClientError::Tls)
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The body of an answer, if it is at most `most` bytes long.
///
/// # Errors
/// [`CallError`] when the connection breaks, no bytes arrive in time, or the body is longer.
pub async fn read_body(mut response: Response, most: usize) -> Result<Vec<u8>, CallError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > most {
            return Err(CallError::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_make_a_client() {
        let second = Duration::from_secs(1);
        for good in ["https://gate.example/v3", "http://127.0.0.1:3000/test-bank/v3", "http://[::1]:80"] {
            assert!(client_for(good, second).is_ok(), "{good}");
        }
        for bad in ["", "gate.example", "ftp://gate.example", "smtp://gate.example"] {
            assert!(matches!(client_for(bad, second), Err(ClientError::Address)), "{bad}");
        }
    }

    #[test]
    fn this_machine_is_recognised_by_name_and_by_address() {
        for (address, expected) in [
            ("http://localhost:1", true),
            ("http://127.0.0.1", true),
            ("http://[::1]:3000/x", true),
            ("https://localhost.example", false),
            ("https://192.0.2.1", false),
        ] {
            assert_eq!(is_loopback(&Url::parse(address).unwrap()), expected, "{address}");
        }
    }
}
