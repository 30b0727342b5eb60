//! Security events: one line in the log and one number in the metrics each.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::request::current;

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

impl SecurityEvent {
    /// The event's name and, of a limit, the limit's.
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::SignInRefused => ("sign_in_refused", ""),
            Self::SecondFactorRefused => ("second_factor_refused", ""),
            Self::SecretRefused => ("secret_refused", ""),
            Self::LimitReached(limit) => ("limit_reached", limit),
            Self::CeilingReached(limit) => ("ceiling_reached", limit),
            Self::ForeignId => ("foreign_id", ""),
            Self::CrossSiteRefused => ("cross_site_refused", ""),
            Self::NoticeRefused => ("notice_refused", ""),
            Self::CardNumberRefused => ("card_number_refused", ""),
            Self::BadInput => ("bad_input", ""),
            Self::LockedOut => ("locked_out", ""),
            Self::OperatorRefused => ("operator_refused", ""),
        }
    }
}

/// Events since the start, by name and limit. Names are constants, so the map stays small.
static COUNTS: Mutex<BTreeMap<(&'static str, &'static str), u64>> = Mutex::new(BTreeMap::new());

/// Logs and counts a security event; a ceiling is an error, because somebody has to look.
pub fn security(event: SecurityEvent) {
    let (name, limit) = event.names();
    *COUNTS.lock().unwrap_or_else(PoisonError::into_inner).entry((name, limit)).or_default() += 1;
    let context = current().unwrap_or_default();
    let (user, operator) = (context.user_id().unwrap_or_default(), context.operator_id().unwrap_or_default());
    let request = context.id.as_str();
    let address = context.address.as_str();
    if let SecurityEvent::CeilingReached(_) = event {
        tracing::error!(
            security.event = name,
            security.limit = limit,
            security.alarm = true,
            request.id = request,
            client.address = address,
            "a ceiling of the installation is reached"
        );
    } else {
        tracing::warn!(
            security.event = name,
            security.limit = limit,
            request.id = request,
            client.address = address,
            user.id = user,
            operator.id = operator,
            "a security event"
        );
    }
}

/// How many of each since the start: name, limit, count.
pub fn counts() -> Vec<(&'static str, &'static str, u64)> {
    let counts = COUNTS.lock().unwrap_or_else(PoisonError::into_inner);
    counts.iter().map(|((name, limit), count)| (*name, *limit, *count)).collect()
}

#[cfg(test)]
mod tests {
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
}
