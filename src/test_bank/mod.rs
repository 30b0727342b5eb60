//! The embedded acquirer and the demo mailbox, for demo mode only: a bank that implements ЮKassa's protocol and takes
//! no money, and a mail program that shows the letters and SMS that a real portal would send.
//!
//! The portal talks to the bank over HTTP, as to a real one; nothing here calls the portal's services. May import
//! `domain`, `components`, `gateway`, `storage`, `http`, `clock`.
//!
//! Mount [`router`] under [`MOUNT`] and [`mailbox::router`] at the root.

mod card;
mod card_page;
mod ledger;
pub mod mailbox;
mod mailbox_beside;
mod mailbox_page;
mod notice;
mod notices_page;
mod payment;
mod protocol;
pub mod push;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

use crate::clock::Nature;
use crate::gateway::http_client::{ClientError, client_for};
use crate::storage::Database;

/// The mount path of the bank's router, which its own links contain.
pub const MOUNT: &str = "/test-bank";
/// Longest body of a request: an order or a card form is a kilobyte or two.
const MAX_BODY: usize = 64 * 1024;
/// Timeout of one notice; the portal only stores it.
const NOTICE_TIMEOUT: Duration = Duration::from_secs(10);

/// Settings that the bank and the portal share. No `Debug`: it contains the secret.
#[derive(Clone)]
pub struct TestBankSettings {
    /// The shop that may register payments.
    pub shop_id: String,
    /// Its secret key.
    pub secret: String,
    /// The address of the site that the bank's pages are part of, e.g. `http://127.0.0.1:3000`.
    pub public_url: String,
    /// The address for notices, e.g. `http://127.0.0.1:3000/webhooks/yookassa`.
    pub notify_url: String,
}

/// The bank. Clones share their state.
#[derive(Clone)]
pub struct TestBank {
    db: Database,
    nature: Nature,
    settings: Arc<TestBankSettings>,
    client: reqwest::Client,
}

impl TestBank {
    /// A bank over the portal's own database.
    ///
    /// # Errors
    /// [`ClientError`] when `notify_url` is not a web address or HTTPS cannot be set up.
    pub fn new(db: Database, nature: Nature, settings: TestBankSettings) -> Result<Self, ClientError> {
        let client = client_for(&settings.notify_url, NOTICE_TIMEOUT)?;
        Ok(Self { db, nature, settings: Arc::new(settings), client })
    }
}

/// The bank's protocol and its pages, relative to [`MOUNT`]: `/v3/payments`, `/v3/payments/{id}`, `/pay/{id}`.
pub fn router(bank: TestBank) -> Router {
    routes().with_state(bank)
}

/// The same routes without state, to be listed or mounted.
pub fn routes() -> Router<TestBank> {
    Router::new()
        .route("/v3/payments", post(protocol::register))
        .route("/v3/payments/{id}", get(protocol::show))
        .route("/", get(card_page::about))
        .route("/pay/{id}", get(card_page::show).post(card_page::pay))
        .route("/pay/{id}/code", post(card_page::confirm))
        .route("/pay/{id}/decline", post(card_page::decline))
        .layer(DefaultBodyLimit::max(MAX_BODY))
}
