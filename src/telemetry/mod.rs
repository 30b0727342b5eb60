//! Logs: a message and dotted fields with units, to standard error. `KABINET_LOG` filters them. Each line of a request
//! carries the request's id, which the answer, the page of an incident and the audit trail carry too.

mod request;
mod security;

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

pub use request::{RequestContext, note_operator, note_user, request_id, within};
pub use security::{SecurityEvent, counts, security};

/// What is logged when nothing else is asked for.
const DEFAULT_FILTER: &str = "info,sqlx=warn,hyper=warn,tower_http=warn";

/// Starts logging, as text for people or as one JSON object a line; a second call changes nothing.
pub fn init(json: bool) {
    let filter = EnvFilter::try_from_env("KABINET_LOG").unwrap_or_else(|_| EnvFilter::new(DEFAULT_FILTER));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    let _ = if json {
        lines.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
    } else {
        lines.with_ansi(std::io::stderr().is_terminal()).try_init()
    };
}

/// An error and all its causes in one line, each once.
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use super::*;

    /// Keeps what is logged.
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_log_in_json_is_one_object_a_line() {
        let kept = Kept::default();
        let writer = kept.clone();
        let lines = tracing_subscriber::fmt().with_writer(move || writer.clone());
        let subscriber = lines.json().flatten_event(true).with_current_span(true).with_span_list(false).finish();
        let guard = tracing::subscriber::set_default(subscriber);
        within(RequestContext::new("request-one".into(), "192.0.2.1".into()), async {
            note_user("user-one");
            tracing::info!(text = "a\nb\u{1b}[31m", "within a request");
            security(SecurityEvent::ForeignId);
        })
        .await;
        drop(guard);
        let text = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert!(!text.contains('\u{1b}'), "control characters are escaped");
        for line in &lines {
            assert_eq!(line["span"]["request.id"], "request-one", "{line}");
        }
        assert_eq!(lines[1]["security.event"], "foreign_id");
        assert_eq!(lines[1]["user.id"], "user-one");
    }
}
