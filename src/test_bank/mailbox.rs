//! The demo mailbox: letters and SMS stored in the database instead of sent, and shown as in a mail program.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use futures::future::BoxFuture;

use super::{mailbox_beside, mailbox_page, notices_page};
use crate::clock::Nature;
use crate::domain::notice_preview::NoticePreview;
use crate::gateway::mail::{Letter, Mailer, SendError};
use crate::gateway::sms::{Sms, SmsGateway};
use crate::storage::demo_mailbox::{DemoChannel, DemoMessage, insert};
use crate::storage::{Database, StorageError};
use crate::telemetry::chain;

/// The address of the mailbox.
pub const PATH: &str = "/demo/mailbox";

/// The address of the made-up notices.
pub const NOTICES_PATH: &str = "/demo/notices";

/// State of the mailbox's pages.
#[derive(Clone)]
pub struct Mailbox {
    /// The database with the messages.
    pub db: Database,
    /// Only addresses of this site become links in a message.
    pub public_url: Arc<str>,
    /// The offset of the shown times, in hours from UTC.
    pub offset_hours: i8,
    /// Made-up notices, shown at [`NOTICES_PATH`].
    pub notices: Arc<[NoticePreview]>,
}

/// The mailbox's pages, [`PATH`] and [`PATH`]`/{id}`, what shows it beside another page, and the made-up notices at
/// [`NOTICES_PATH`], to be mounted at the root.
pub fn router(mailbox: Mailbox) -> Router {
    routes().with_state(mailbox)
}

/// The same routes without state, to be listed or mounted.
pub fn routes() -> Router<Mailbox> {
    Router::new()
        .route(PATH, get(mailbox_page::list))
        .route(&format!("{PATH}/{{id}}"), get(mailbox_page::open))
        .route(&format!("{PATH}/{{id}}/html"), get(mailbox_page::as_in_mail))
        .route(NOTICES_PATH, get(notices_page::list))
        .route(&format!("{NOTICES_PATH}/{{kind}}/html"), get(notices_page::as_in_mail))
        .route(&format!("{PATH}/beside"), get(mailbox_beside::list))
        .route(&format!("{PATH}.js"), get(mailbox_beside::script))
        .route(&format!("{PATH}.css"), get(mailbox_beside::style))
}

/// Puts letters into the mailbox.
#[derive(Clone)]
pub struct DemoMailer {
    db: Database,
    nature: Nature,
}

/// Puts SMS into the mailbox.
#[derive(Clone)]
pub struct DemoSms {
    db: Database,
    nature: Nature,
}

impl DemoMailer {
    /// Stores into the portal's own database.
    pub const fn new(db: Database, nature: Nature) -> Self {
        Self { db, nature }
    }
}

impl DemoSms {
    /// Stores into the portal's own database.
    pub const fn new(db: Database, nature: Nature) -> Self {
        Self { db, nature }
    }
}

impl Mailer for DemoMailer {
    fn send<'a>(&'a self, letter: &'a Letter) -> BoxFuture<'a, Result<(), SendError>> {
        let message = DemoMessage {
            id: self.nature.id(),
            channel: DemoChannel::Letter,
            recipient: letter.to.clone(),
            subject: letter.subject.clone(),
            body: letter.body.clone(),
            received_at: self.nature.now(),
            has_html: letter.html.is_some(),
            attachment: letter.attachment.as_ref().map(|file| file.name.clone()),
        };
        Box::pin(keep(&self.db, message, letter.html.as_deref()))
    }
}

impl SmsGateway for DemoSms {
    fn send<'a>(&'a self, sms: &'a Sms) -> BoxFuture<'a, Result<(), SendError>> {
        let message = DemoMessage {
            id: self.nature.id(),
            channel: DemoChannel::Sms,
            recipient: sms.to.clone(),
            subject: String::new(),
            body: sms.text.clone(),
            received_at: self.nature.now(),
            has_html: false,
            attachment: None,
        };
        Box::pin(keep(&self.db, message, None))
    }
}

async fn keep(db: &Database, message: DemoMessage, html: Option<&str>) -> Result<(), SendError> {
    let failed = |error: StorageError| format!("the demo mailbox cannot be written: {}", chain(&error));
    store(db, &message, html).await.map_err(|error| SendError::Temporary(failed(error)))
}

async fn store(db: &Database, message: &DemoMessage, html: Option<&str>) -> Result<(), StorageError> {
    let mut tx = db.begin().await?;
    insert(&mut tx, message, html).await?;
    Database::commit(tx).await
}
