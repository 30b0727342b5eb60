//! SMS.

pub mod smsc;

use futures::future::BoxFuture;

pub use super::mail::SendError;

/// A short message. Its `Debug` hides the content.
#[derive(Clone, Eq, PartialEq)]
pub struct Sms {
    /// The phone, as `+7XXXXXXXXXX`.
    pub to: String,
    /// The text.
    pub text: String,
}

impl std::fmt::Debug for Sms {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Sms(…)")
    }
}

/// Sends SMS.
pub trait SmsGateway: Send + Sync + 'static {
    /// Sends one message to the gateway.
    fn send<'a>(&'a self, sms: &'a Sms) -> BoxFuture<'a, Result<(), SendError>>;
}
