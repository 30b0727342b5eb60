//! Notices: the bank notifies the portal that a payment has ended, like the real acquirer: unsigned, and retried until
//! the portal answers 200.

use std::time::Duration;

use serde_json::json;

use super::TestBank;
use super::ledger::Entry;

/// Back-off before each try. A real bank retries for a day; the portal polls long before.
const PAUSES: [Duration; 5] =
    [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(3), Duration::from_secs(10), Duration::from_secs(30)];

impl TestBank {
    /// Sends the notice in the background.
    pub(super) fn announce(&self, entry: &Entry) {
        let event = format!("payment.{}", entry.payment.status());
        let notice = json!({ "type": "notification", "event": event, "object": self.show(entry) }).to_string();
        let (client, url) = (self.client.clone(), self.settings.notify_url.clone());
        tokio::spawn(async move {
            if !deliver(&client, &url, &notice, &PAUSES).await {
                tracing::warn!(tries = PAUSES.len(), "the portal did not take a notice of the test bank");
            }
        });
    }
}

/// Whether a try was answered with 200.
async fn deliver(client: &reqwest::Client, url: &str, notice: &str, pauses: &[Duration]) -> bool {
    for pause in pauses {
        tokio::time::sleep(*pause).await;
        let request = client.post(url).header("Content-Type", "application/json").body(notice.to_owned());
        if request.send().await.is_ok_and(|answer| answer.status() == reqwest::StatusCode::OK) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::http::StatusCode;
    use axum::routing::post;

    use super::*;
    use crate::gateway::http_client::client_for;

    /// A portal that fails this many times before it answers 200; counts the notices.
    async fn portal(failures: usize) -> (String, Arc<AtomicUsize>) {
        let count = Arc::new(AtomicUsize::new(0));
        let counter = count.clone();
        let handler = move || {
            let number = counter.fetch_add(1, Ordering::SeqCst);
            async move { if number < failures { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::OK } }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let router = axum::Router::new().route("/", post(handler));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        (url, count)
    }

    #[tokio::test]
    async fn a_notice_is_repeated_until_it_is_taken_and_then_no_more() {
        let client = client_for("http://127.0.0.1", Duration::from_secs(5)).unwrap();
        let (url, count) = portal(2).await;
        assert!(deliver(&client, &url, "{}", &[Duration::ZERO; 5]).await);
        assert_eq!(count.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn a_portal_that_never_takes_it_is_left_alone_in_the_end() {
        let client = client_for("http://127.0.0.1", Duration::from_secs(5)).unwrap();
        let (url, count) = portal(usize::MAX).await;
        assert!(!deliver(&client, &url, "{}", &[Duration::ZERO; 5]).await);
        assert_eq!(count.load(Ordering::SeqCst), 5);
    }
}
