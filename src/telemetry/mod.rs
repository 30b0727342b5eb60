//! Logs: a message and dotted fields with units, to standard error. `KABINET_LOG` sets the filter. Each line of a
//! request has the request's id, which the answer, the error page and the audit trail have too.

mod json;
#[cfg(test)]
pub mod kept;
mod request;
mod security;

use std::io::IsTerminal as _;

use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::JsonFields;
use tracing_subscriber::fmt::{MakeWriter, fmt};
use tracing_subscriber::util::SubscriberInitExt as _;

pub use request::{RequestContext, carried, note_operator, note_user, request_id, within};
pub use security::{SecurityEvent, alarms, counts, security};

/// The default filter.
pub const DEFAULT_FILTER: &str = "info,sqlx=warn,hyper=warn,tower_http=warn";

/// Starts logging, as text for people or as one JSON object per line; a second call has no effect.
pub fn init(as_json: bool) {
    let filter = EnvFilter::try_from_env("KABINET_LOG").unwrap_or_else(|_| EnvFilter::new(DEFAULT_FILTER));
    let _ = if as_json {
        json(filter, std::io::stderr).try_init()
    } else {
        text(filter, std::io::stderr, std::io::stderr().is_terminal()).try_init()
    };
}

fn json<W>(filter: EnvFilter, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    fmt()
        .fmt_fields(JsonFields::new())
        .event_format(json::JsonLine)
        .with_env_filter(filter)
        .with_writer(writer)
        .finish()
}

fn text<W>(filter: EnvFilter, writer: W, colours: bool) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    fmt().with_target(false).with_ansi(colours).with_env_filter(filter).with_writer(writer).finish()
}

/// An error and all its causes in one line, without repetitions.
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
    use super::kept::Kept;
    use super::*;

    #[tokio::test]
    async fn a_log_in_json_is_one_object_a_line() {
        let (kept, _guard) = Kept::listen(DEFAULT_FILTER);
        within(RequestContext::new("request-one".into(), "192.0.2.1".into()), async {
            note_user("user-one");
            tracing::info!(text = "a\nb\u{1b}[31m", number = 7, "within a request");
            security(SecurityEvent::ForeignId);
        })
        .await;
        let text = kept.text();
        assert!(!text.contains('\u{1b}'), "control characters are escaped: {text}");
        let lines = kept.take();
        assert_eq!(lines.len(), 2, "{text}");
        for line in &lines {
            let person = (&line["request.id"], &line["client.address"], &line["user.id"]);
            assert_eq!(person, (&"request-one".into(), &"192.0.2.1".into(), &"user-one".into()), "{line}");
            assert!(line["timestamp"].as_str().unwrap().ends_with('Z') && line["span"].is_null(), "{line}");
        }
        assert_eq!((&lines[0]["message"], &lines[0]["number"]), (&"within a request".into(), &7.into()));
        assert_eq!((&lines[1]["security.event"], &lines[1]["level"]), (&"foreign_id".into(), &"WARN".into()));
    }

    #[tokio::test]
    async fn a_line_of_text_quotes_control_characters() {
        let (kept, _guard) = Kept::listen_to_text(DEFAULT_FILTER);
        tracing::info!(text = "a\nforged line\u{1b}[31m", "a value of a stranger");
        let text = kept.text();
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
    }
}
