//! Logs: a message and dotted fields with units, to standard error. `KABINET_LOG` filters them.

use tracing_subscriber::EnvFilter;

/// What is logged when nothing else is asked for.
const DEFAULT_FILTER: &str = "info,sqlx=warn,hyper=warn,tower_http=warn";

/// Starts logging; a second call changes nothing.
pub fn init() {
    let filter = EnvFilter::try_from_env("KABINET_LOG").unwrap_or_else(|_| EnvFilter::new(DEFAULT_FILTER));
    let _ =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false).try_init();
}

/// An error and all its causes in one line, each told once.
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

/// What an attack, or a mistake that looks like one, leaves in the log and in the metrics.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SecurityEvent {
    /// A wrong password or an unknown login.
    SignInRefused,
    /// A wrong code of a second factor or a wrong backup code.
    SecondFactorRefused,
    /// A wrong code or link of a registration or a recovery.
    SecretRefused,
    /// A limit of one person, address or account, by its name.
    LimitReached(&'static str),
    /// A ceiling of the whole installation, by its name: an alarm.
    CeilingReached(&'static str),
    /// An identifier that is not there or belongs to somebody else.
    ForeignId,
    /// An unsafe request from another site.
    CrossSiteRefused,
    /// A notice from outside the acquirer's networks, or one that cannot be read.
    NoticeRefused,
    /// Something that looks like a card number.
    CardNumberRefused,
    /// Bytes that no page of the portal sends.
    BadInput,
    /// A locked user or a disabled operator with the right password.
    LockedOut,
    /// An operator asked for what their providers or the four-eyes rule do not allow.
    OperatorRefused,
}

/// Logs and counts a security event.
pub fn security(event: SecurityEvent) {
    tracing::warn!(security.event = ?event, "a security event");
}
