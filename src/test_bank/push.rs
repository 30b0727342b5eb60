//! Pushes of the demo: stored in the mailbox, as an SMS to «браузер», instead of sent.

use futures::future::BoxFuture;

use crate::clock::Nature;
use crate::gateway::push::{Push, PushError, PushGateway};
use crate::storage::demo_mailbox::{DemoChannel, DemoMessage, insert};
use crate::storage::{Database, StorageError};
use crate::telemetry::chain;

/// The recipient of every push in the mailbox.
const BROWSER: &str = "браузер";

/// Puts pushes into the mailbox.
#[derive(Clone)]
pub struct DemoPush {
    db: Database,
    nature: Nature,
}

impl DemoPush {
    /// Stores into the portal's own database.
    pub const fn new(db: Database, nature: Nature) -> Self {
        Self { db, nature }
    }

    async fn keep(&self, push: &Push) -> Result<(), StorageError> {
        let message = DemoMessage {
            id: self.nature.id(),
            channel: DemoChannel::Sms,
            recipient: BROWSER.to_owned(),
            subject: String::new(),
            body: text(&push.payload),
            attachment: None,
            has_html: false,
            received_at: self.nature.now(),
        };
        let mut tx = self.db.begin().await?;
        insert(&mut tx, &message, None).await?;
        Database::commit(tx).await
    }
}

impl PushGateway for DemoPush {
    fn send<'a>(&'a self, push: &'a Push) -> BoxFuture<'a, Result<(), PushError>> {
        let failed = |error: StorageError| format!("the demo mailbox cannot be written: {}", chain(&error));
        Box::pin(async move { self.keep(push).await.map_err(|error| PushError::Temporary(failed(error))) })
    }
}

/// What the browser would show, line by line.
fn text(payload: &str) -> String {
    let payload: serde_json::Value = serde_json::from_str(payload).unwrap_or_default();
    let lines = ["title", "body", "link"].map(|name| payload[name].as_str().unwrap_or_default().to_owned());
    lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mailbox_shows_what_the_browser_would() {
        assert_eq!(
            text(r#"{"title":"Новая квитанция","body":"За октябрь","link":"/accounts"}"#),
            "Новая квитанция\nЗа октябрь\n/accounts"
        );
        assert_eq!(text("broken"), "");
    }
}
