//! Sends pushes: encrypts them for the browser (RFC 8291), signs them (RFC 8292) and posts them to the push service
//! that the browser has named (RFC 8030).

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};

use super::endpoint::{InvalidEndpoint, PublicOnly, public_endpoint};
use super::{Push, PushError, PushGateway};
use crate::domain::calendar::Span;
use crate::gateway::http_client::{CallError, ClientError};

/// Longest payload, in bytes: the body of 4096 bytes that every push service takes, without the header of 86 bytes, the
/// delimiter and the tag (RFC 8291, section 4).
pub const MAX_PAYLOAD: usize = 3_993;
/// Timeout of one push: push services answer within a second.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Timeout for connecting.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Seconds for which a push service keeps a push for a browser that is off: a day later the notice is old, and it is in
/// the portal.
const TTL: &str = "86400";
/// How long the signature is valid: the standard allows a day, and clocks differ.
const SIGNED_FOR: Span = Span::hours(12);

/// Sends pushes to the push services of browsers.
pub struct WebPush {
    client: Client,
    contact: String,
    admit: fn(&str) -> Result<Url, InvalidEndpoint>,
}

impl WebPush {
    /// Sends to public hosts only, directly and without redirects: an address comes from a user. `contact` tells push
    /// services who sends: the public URL of the portal. They read ASCII only, as a parsed URL is.
    ///
    /// # Errors
    /// [`ClientError`] when `contact` is no URL or HTTPS cannot be set up.
    pub fn new(contact: &str) -> Result<Self, ClientError> {
        let contact = Url::parse(contact).map_err(|_| ClientError::Address)?;
        // A proxy would resolve the names by itself, past `PublicOnly`.
        let builder = Client::builder().https_only(true).dns_resolver(Arc::new(PublicOnly)).no_proxy();
        let builder = builder.timeout(TIMEOUT).connect_timeout(CONNECT_TIMEOUT).redirect(Policy::none());
        let client = builder.build().map_err(ClientError::Tls)?;
        Ok(Self { client, contact: contact.into(), admit: public_endpoint })
    }

    async fn post(&self, push: &Push) -> Result<(), PushError> {
        let never = |why: &dyn std::fmt::Display| PushError::Permanent(why.to_string());
        let endpoint = (self.admit)(&push.to.endpoint).map_err(|error| never(&error))?;
        let body = encrypted(push)?;
        let audience = endpoint.origin().ascii_serialization();
        let authorization = push.key.authorization(&audience, &self.contact, push.sent_at.plus(SIGNED_FOR));
        let request = self.client.post(endpoint);
        let request = request.header(CONTENT_TYPE, "application/octet-stream").header(CONTENT_ENCODING, "aes128gcm");
        let request = request.header(AUTHORIZATION, authorization).header("TTL", TTL).header("Urgency", "normal");
        match request.body(body).send().await {
            // Only the status counts: the body is not read.
            Ok(answer) => judge(answer.status()),
            Err(error) if is_internal(&error) => Err(never(&InvalidEndpoint)),
            Err(error) => Err(PushError::Temporary(CallError::from(error).to_string())),
        }
    }
}

impl PushGateway for WebPush {
    fn send<'a>(&'a self, push: &'a Push) -> BoxFuture<'a, Result<(), PushError>> {
        Box::pin(self.post(push))
    }
}

/// The body for the browser: only it can read the payload.
fn encrypted(push: &Push) -> Result<Vec<u8>, PushError> {
    let never = |why: &str| PushError::Permanent(why.to_owned());
    if push.payload.len() > MAX_PAYLOAD {
        return Err(never("the payload is too long"));
    }
    let (key, auth) = push.to.keys().ok_or_else(|| never("the keys of the browser are invalid"))?;
    web_push_native::encrypt(push.payload.clone().into_bytes(), &key, &auth)
        .map_err(|_| never("the payload cannot be encrypted"))
}

/// Whether [`PublicOnly`] refused the name.
fn is_internal(error: &reqwest::Error) -> bool {
    std::iter::successors(error.source(), |&cause| cause.source()).any(<dyn Error>::is::<InvalidEndpoint>)
}

fn judge(status: StatusCode) -> Result<(), PushError> {
    match status {
        status if status.is_success() => Ok(()),
        StatusCode::NOT_FOUND | StatusCode::GONE => Err(PushError::Gone),
        status => {
            let why = format!("the push service answered {}", status.as_u16());
            let is_later = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT);
            Err(if is_later || status.is_server_error() {
                PushError::Temporary(why)
            } else {
                PushError::Permanent(why)
            })
        }
    }
}

#[cfg(test)]
mod tests;
