//! External services: the mail server, the SMS gateway, the acquirer. Each has a trait, an adapter and a recording test
//! double. Imports `domain` only; every call has a timeout.

pub mod acquirer;
pub mod http_client;
pub mod mail;
pub mod push;
#[cfg(test)]
pub mod recording;
pub mod sms;
