//! What stands outside: the mail server, the SMS gateway, the acquirer. A trait each, the real adapter, and a
//! recording twin for tests. Imports `domain` only; every call has a timeout.

pub mod acquirer;
pub mod http_client;
pub mod mail;
#[cfg(test)]
pub mod recording;
pub mod sms;
