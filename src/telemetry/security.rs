//! Security events: each is one log line and one counter in the metrics. The line's request, address and person come
//! from the request's span.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// An event that may be an attack, for the log and the metrics.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SecurityEvent {
    /// A wrong password or an unknown login.
    SignInRefused,
    /// A wrong code of a second factor or a wrong backup code.
    SecondFactorRefused,
    /// A wrong code or link of a registration or a recovery.
    SecretRefused,
    /// A wrong current password of a signed-in user.
    PasswordRefused,
    /// A wrong PIN of an account.
    PinRefused,
    /// A rate limit of one person, address or account, by its name.
    LimitReached(&'static str),
    /// A rate limit of the whole installation, by its name: an alarm.
    CeilingReached(&'static str),
    /// An identifier that does not exist or belongs to another user.
    ForeignId,
    /// An unsafe request from another site.
    CrossSiteRefused,
    /// A notice from outside the acquirer's networks, or one that cannot be read.
    NoticeRefused,
    /// A number that looks like a card number.
    CardNumberRefused,
    /// Bytes that no page of the portal sends.
    BadInput,
    /// A locked user or a disabled operator with the right password.
    LockedOut,
    /// An operator's request that their providers or the four-eyes rule do not allow.
    OperatorRefused,
}

impl SecurityEvent {
    /// Events without a limit: the metrics start them at zero, so that an alarm notices the first one.
    const WITHOUT_LIMIT: [Self; 12] = [
        Self::SignInRefused,
        Self::SecondFactorRefused,
        Self::SecretRefused,
        Self::PasswordRefused,
        Self::PinRefused,
        Self::ForeignId,
        Self::CrossSiteRefused,
        Self::NoticeRefused,
        Self::CardNumberRefused,
        Self::BadInput,
        Self::LockedOut,
        Self::OperatorRefused,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::SignInRefused => "sign_in_refused",
            Self::SecondFactorRefused => "second_factor_refused",
            Self::SecretRefused => "secret_refused",
            Self::PasswordRefused => "password_refused",
            Self::PinRefused => "pin_refused",
            Self::LimitReached(_) => "limit_reached",
            Self::CeilingReached(_) => CEILING,
            Self::ForeignId => "foreign_id",
            Self::CrossSiteRefused => "cross_site_refused",
            Self::NoticeRefused => "notice_refused",
            Self::CardNumberRefused => "card_number_refused",
            Self::BadInput => "bad_input",
            Self::LockedOut => "locked_out",
            Self::OperatorRefused => "operator_refused",
        }
    }

    const fn limit(self) -> Option<&'static str> {
        match self {
            Self::LimitReached(limit) | Self::CeilingReached(limit) => Some(limit),
            _ => None,
        }
    }
}

/// The name of the alarm event.
const CEILING: &str = "ceiling_reached";

/// Events since the start, by name and limit. Names are constants, so the map stays small.
static COUNTS: Mutex<BTreeMap<(&'static str, &'static str), u64>> = Mutex::new(BTreeMap::new());

/// Logs and counts a security event; a limit of the installation is logged as an error, because it needs attention.
pub fn security(event: SecurityEvent) {
    let (name, limit) = (event.name(), event.limit());
    *COUNTS.lock().unwrap_or_else(PoisonError::into_inner).entry((name, limit.unwrap_or_default())).or_default() += 1;
    if let SecurityEvent::CeilingReached(_) = event {
        tracing::error!(
            security.event = name,
            security.limit = limit,
            security.alarm = true,
            "a ceiling of the installation is reached"
        );
    } else {
        tracing::warn!(security.event = name, security.limit = limit, "a security event");
    }
}

/// Counts since the start: name, limit, count.
pub fn counts() -> Vec<(&'static str, &'static str, u64)> {
    let mut all: BTreeMap<_, _> = SecurityEvent::WITHOUT_LIMIT.iter().map(|event| ((event.name(), ""), 0)).collect();
    all.extend(COUNTS.lock().unwrap_or_else(PoisonError::into_inner).iter().map(|(key, count)| (*key, *count)));
    all.into_iter().map(|((name, limit), count)| (name, limit, count)).collect()
}

/// Number of alarms since the start.
pub fn alarms() -> u64 {
    counts().into_iter().filter(|(name, ..)| *name == CEILING).map(|(.., count)| count).sum()
}

#[cfg(test)]
mod tests {
    use super::super::kept::Kept;
    use super::*;

    #[test]
    fn events_are_counted_by_name_and_limit() {
        let of = |name, limit| {
            counts().into_iter().find(|(n, l, _)| (*n, *l) == (name, limit)).map_or(0, |(_, _, count)| count)
        };
        let before = of("limit_reached", "a test");
        security(SecurityEvent::LimitReached("a test"));
        security(SecurityEvent::LimitReached("a test"));
        assert_eq!(of("limit_reached", "a test"), before + 2);
    }

    #[test]
    fn an_event_that_has_not_happened_is_counted_as_none() {
        for event in SecurityEvent::WITHOUT_LIMIT {
            assert!(counts().iter().any(|(name, limit, _)| (*name, *limit) == (event.name(), "")), "{event:?}");
        }
    }

    #[test]
    fn a_ceiling_is_an_alarm_at_the_level_of_errors() {
        let (kept, _guard) = Kept::listen("info");
        let before = alarms();
        security(SecurityEvent::CeilingReached("a test"));
        assert!(alarms() > before);
        let line = kept.take().pop().unwrap();
        assert_eq!((&line["level"], &line["security.alarm"]), (&"ERROR".into(), &true.into()));
        assert_eq!(line["security.limit"], "a test");
    }
}
