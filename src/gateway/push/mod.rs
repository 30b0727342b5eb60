//! Pushes to browsers (RFC 8030).

use futures::future::BoxFuture;

pub use super::mail::SendError;

/// The address and the keys of a browser, as its Push API gives them. Its `Debug` hides them: whoever has them can write to
/// the browser.
#[derive(Clone, Eq, PartialEq)]
pub struct Subscription {
    /// The address of the browser at its push service.
    pub endpoint: String,
    /// The browser's public key: 65 bytes, base64url.
    pub p256dh: String,
    /// The shared secret: 16 bytes, base64url.
    pub auth: String,
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Subscription(…)")
    }
}

/// A push. Its `Debug` hides the content.
#[derive(Clone, Eq, PartialEq)]
pub struct Push {
    /// The browser.
    pub to: Subscription,
    /// What the service worker receives, as JSON.
    pub payload: String,
}

impl std::fmt::Debug for Push {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Push(…)")
    }
}

/// Sends pushes.
pub trait PushGateway: Send + Sync + 'static {
    /// Sends one push to the browser's push service.
    fn send<'a>(&'a self, push: &'a Push) -> BoxFuture<'a, Result<(), SendError>>;
}
