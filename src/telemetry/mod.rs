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
