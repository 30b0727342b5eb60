//! Rate limits. The limits on guessing a secret are counted in the database before the secret is compared.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::vault::Vault;
use super::{Services, Visitor};
use crate::domain::calendar::Span;
use crate::storage::{Connection, Database, StorageError, limits};
use crate::telemetry::{self, SecurityEvent};

/// A limit was reached: the user may retry after some seconds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TooOften {
    /// Seconds to wait.
    pub seconds: i64,
}

/// A rate limit: the number of hits that a window of time allows.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// The prefix of the stored key.
    pub name: &'static str,
    /// Hits allowed per window.
    pub most: i64,
    /// The length of the window, which starts at its first hit.
    pub window: Span,
}

/// Sign-in, per login, from browsers that never signed in with it: a lock-out in addition to the delays.
pub const SIGN_IN_LOGIN: Limit = Limit { name: "sign-in-login", most: 30, window: Span::minutes(15) };
/// Sign-in, per login and known browser: a stranger's tries do not count here.
pub const SIGN_IN_DEVICE: Limit = Limit { name: "sign-in-device", most: 30, window: Span::minutes(15) };
/// Sign-in, per network: enough for a family behind one router, too few for a list of stolen passwords.
pub const SIGN_IN_ADDRESS: Limit = Limit { name: "sign-in-address", most: 100, window: Span::minutes(15) };
/// Sign-in, all unknown browsers together: the capacity of the thread pool that hashes passwords.
pub const SIGN_IN_ALL: Limit = Limit { name: "sign-in-all", most: 3_000, window: Span::minutes(5) };
/// Events of refused sign-ins, per person: a flood of tries must not fill the trail.
pub const SIGN_IN_NOTED: Limit = Limit { name: "sign-in-noted", most: 1, window: Span::minutes(15) };
/// Sign-ins with a login that has no user: counted, never refused.
pub const SIGN_IN_UNKNOWN: Limit = Limit { name: "sign-in-unknown", most: i64::MAX, window: Span::days(1) };
/// The current password, required before a change, per signed-in person: a stolen session must not allow guessing it.
pub const CURRENT_PASSWORD: Limit = Limit { name: "current-password", most: 30, window: Span::minutes(15) };
/// Tries of a password without a delay.
pub const QUICK_TRIES: i64 = 5;
/// Back-off after the tries without a delay, in seconds: the last delay repeats.
pub const DELAYS: [i64; 4] = [1, 3, 5, 10];
/// Registrations and recoveries, per network.
pub const REGISTER_ADDRESS: Limit = Limit { name: "register-address", most: 30, window: Span::hours(1) };
/// Wrong links of letters, per network: 256 bits cannot be guessed, but each try costs a query.
pub const LINK_TRIES: Limit = Limit { name: "link-tries", most: 60, window: Span::minutes(15) };
/// Minimum time between two letters or SMS for one login requested by one network.
pub const RESEND_PAUSE: Limit = Limit { name: "resend-pause", most: 1, window: Span::seconds(60) };
/// Letters or SMS per day for one login requested by one network: a stranger cannot use up the owner's quota.
pub const SENDS_A_DAY: Limit = Limit { name: "sends-a-day", most: 5, window: Span::days(1) };
/// Letters or SMS per day for one login, from all networks: protects the recipient from a flood.
pub const SENDS_RECIPIENT: Limit = Limit { name: "sends-recipient", most: 15, window: Span::days(1) };
/// SMS of registration and recovery per hour, all unknown browsers together: each costs money. A supplier that invites
/// 300 000 households by letter has a few hundred an hour.
pub const SMS_ALL: Limit = Limit { name: "sms-all", most: 1_000, window: Span::hours(1) };
/// Letters of registration and recovery per hour, all unknown browsers together: few enough that mail servers do not
/// classify the sender as a spammer.
pub const LETTERS_ALL: Limit = Limit { name: "letters-all", most: 5_000, window: Span::hours(1) };
/// SMS and letters of known browsers, which have their own quota: a flood of strangers does not use it up.
pub const SENDS_KNOWN: Limit = Limit { name: "sends-known", most: 1_000, window: Span::hours(1) };
/// Codes for a new second contact or a new login, per user: a signed-in stranger cannot send codes to many addresses.
pub const CONTACT_CODES: Limit = Limit { name: "contact-codes", most: 10, window: Span::days(1) };
/// Account numbers tried, per user.
pub const LINK_USER: Limit = Limit { name: "link-user", most: 20, window: Span::hours(1) };
/// Account numbers tried, per network.
pub const LINK_ADDRESS: Limit = Limit { name: "link-address", most: 60, window: Span::hours(1) };
/// Codes of an SMS that were counted as a try, per sent code and typed code: the same code again is no new try, because
/// a reload of the page posts it again. As long as a code is valid.
pub const CODE_TRIED: Limit = Limit { name: "code-tried", most: 1, window: Span::minutes(10) };
/// Forms of readings, per user: a household sends one or two a month and corrects some.
pub const READINGS_USER: Limit = Limit { name: "readings-user", most: 60, window: Span::hours(1) };
/// Photos of meters, per user: each costs up to a second of a core, and a household has two or three meters.
pub const PHOTOS_USER: Limit = Limit { name: "photos-user", most: 20, window: Span::hours(1) };
/// Readings without signing in, per network: a caretaker sends those of a stairwell.
pub const READINGS_NETWORK: Limit = Limit { name: "readings-network", most: 30, window: Span::hours(1) };
/// Readings without signing in, per account number: a stranger cannot write over the owner's all day.
pub const READINGS_NUMBER: Limit = Limit { name: "readings-number", most: 5, window: Span::days(1) };
/// Readings without signing in, all networks together: a supplier of 300 000 households has some 2 000 in the busiest hour.
pub const READINGS_ALL: Limit = Limit { name: "readings-all", most: 5_000, window: Span::hours(1) };
/// PINs tried, per user and account: five, then a lock-out of an hour.
pub const PIN_ACCOUNT: Limit = Limit { name: "pin-account", most: 5, window: Span::hours(1) };
/// PINs tried, per network: prevents one try on each of a million accounts.
pub const PIN_ADDRESS: Limit = Limit { name: "pin-address", most: 50, window: Span::hours(1) };
/// PINs that were counted as a try, per user, account and PIN. The same PIN within this time is no new try: a reload of
/// the page posts it again, and a repeat tells an attacker nothing new. Not longer than the window of tries.
pub const PIN_TRIED: Limit = Limit { name: "pin-tried", most: 1, window: PIN_ACCOUNT.window };
/// Wrong PINs, per provider: reaching the limit raises an alarm.
pub const PIN_PROVIDER: Limit = Limit { name: "pin-provider", most: 2_000, window: Span::hours(1) };
/// Requests for a PIN, per user and account.
pub const PIN_REQUESTS: Limit = Limit { name: "pin-requests", most: 5, window: Span::days(1) };
/// Requests for a PIN, per user over all accounts: linking and unlinking does not reset it.
pub const PIN_REQUESTS_USER: Limit = Limit { name: "pin-requests-user", most: 10, window: Span::days(1) };
/// Requests for an instalment plan, per user: a person asks once and may correct it; each is read by an operator.
pub const INSTALMENTS_USER: Limit = Limit { name: "instalments-user", most: 10, window: Span::days(1) };
/// Messages of feedback, per user.
pub const FEEDBACK: Limit = Limit { name: "feedback", most: 30, window: Span::days(1) };
/// Questions of people without an account, per network: a household sends a few, a script would fill the operators'
/// list.
pub const GUEST_FEEDBACK_ADDRESS: Limit = Limit { name: "guest-feedback-address", most: 10, window: Span::hours(1) };
/// The same, per address or phone of the answer: no person gets more answers than that because of a stranger.
pub const GUEST_FEEDBACK_CONTACT: Limit = Limit { name: "guest-feedback-contact", most: 5, window: Span::days(1) };
/// The same, all networks together: more than operators can read in an hour counts as a flood.
pub const GUEST_FEEDBACK_ALL: Limit = Limit { name: "guest-feedback-all", most: 300, window: Span::hours(1) };
/// Consents to receipts by e-mail, per user: each sends a letter, and so does its withdrawal.
pub const PAPERLESS: Limit = Limit { name: "paperless", most: 10, window: Span::days(1) };
/// Wrong keys of calendars, per network: 256 bits cannot be guessed, but each try costs a query. Generous, because the
/// services of phone makers ask for the calendars of many people from one network, also for those that were switched
/// off; apart from [`LINK_TRIES`], so that they do not keep anyone from a letter's link.
pub const CALENDAR_KEYS: Limit = Limit { name: "calendar-keys", most: 600, window: Span::minutes(15) };
/// Payments started, per user.
pub const PAYMENTS: Limit = Limit { name: "payments", most: 60, window: Span::hours(1) };
/// Polls of the acquirer for one payment, caused by its page.
pub const ASK_ACQUIRER: Limit = Limit { name: "ask-acquirer", most: 1, window: Span::seconds(3) };
/// The same for all payments of one user: two waiting pages poll 24 times a minute, a loop over old payments polls
/// more.
pub const ASK_ACQUIRER_USER: Limit = Limit { name: "ask-acquirer-user", most: 40, window: Span::minutes(1) };
/// Errors in the log about one payment for which the acquirer reports another sum: people check the log once a day.
pub const OTHER_SUM: Limit = Limit { name: "other-sum", most: 1, window: Span::days(1) };
/// Documents printed, per user: receipts, statements, certificates.
pub const DOCUMENTS: Limit = Limit { name: "documents", most: 300, window: Span::hours(1) };
/// Browsers subscribed to pushes, per user: a household has a few, and each names a host that the portal calls.
pub const PUSH_BROWSERS: Limit = Limit { name: "push-browsers", most: 20, window: Span::hours(1) };
/// Pushes on trial, per user: each goes to up to ten browsers while the person waits.
pub const PUSH_TRIALS: Limit = Limit { name: "push-trials", most: 10, window: Span::hours(1) };
/// Operators' sign-in, per login.
pub const OPERATOR_LOGIN: Limit = Limit { name: "operator-login", most: 30, window: Span::minutes(15) };

/// Multiples of one subscriber line's limit for wider networks: an attacker with a whole /48 of IPv6 or /24 of IPv4
/// gets eight times as many tries as one household, not 65 536 times.
const WIDER: [(Width, i64); 5] =
    [(Width::V4(32), 1), (Width::V4(24), 8), (Width::V6(64), 1), (Width::V6(56), 2), (Width::V6(48), 8)];

/// The prefix length of a network, in bits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Width {
    V4(u32),
    V6(u32),
}

impl Width {
    /// The network of an address; `None` for the other version of IP.
    fn of(self, address: IpAddr) -> Option<String> {
        match (self, address) {
            (Self::V4(bits), IpAddr::V4(address)) => {
                let network = address.to_bits() & (!0 << (32 - bits));
                Some(format!("{}/{bits}", Ipv4Addr::from_bits(network)))
            }
            (Self::V6(bits), IpAddr::V6(address)) => {
                let network = address.to_bits() & (!0 << (128 - bits));
                Some(format!("{}/{bits}", Ipv6Addr::from_bits(network)))
            }
            _ => None,
        }
    }
}

impl Visitor {
    /// The widest network of this visitor that limits count.
    pub(super) fn network(&self) -> String {
        networks(self).pop().map_or_else(|| self.address.clone(), |(network, _)| network)
    }
}

/// The networks that a visitor's tries count for, the narrowest first, each with the multiple of its limit.
fn networks(visitor: &Visitor) -> Vec<(String, i64)> {
    let Ok(address) = visitor.address.parse::<IpAddr>() else { return vec![(visitor.address.clone(), 1)] };
    let address = address.to_canonical();
    WIDER.iter().filter_map(|(width, multiple)| Some((width.of(address)?, *multiple))).collect()
}

impl Limit {
    /// The stored key: the name and a keyed hash. Phones and addresses are few enough for a brute-force search of a
    /// hash without a key.
    fn key(&self, vault: &Vault, subject: &str) -> String {
        format!("{}:{}", self.name, vault.mac("limit", &[self.name, subject]))
    }

    /// Counts a hit; returns the time until a retry when the window is full.
    pub(super) async fn hit(
        &self,
        services: &Services,
        connection: &mut Connection,
        subject: &str,
    ) -> Result<Result<i64, TooOften>, StorageError> {
        let now = services.now();
        let window = limits::hit(connection, &self.key(services.vault(), subject), self.window, now).await?;
        if window.hits > self.most {
            telemetry::security(SecurityEvent::LimitReached(self.name));
            return Ok(Err(TooOften { seconds: window.ends().since(now).whole_seconds().max(1) }));
        }
        Ok(Ok(window.hits))
    }

    /// Counts a hit of a visitor for each of their networks, the narrowest first; stops at the first full window.
    pub(super) async fn hit_visitor(
        &self,
        services: &Services,
        connection: &mut Connection,
        visitor: &Visitor,
    ) -> Result<Result<i64, TooOften>, StorageError> {
        let mut own = Ok(0);
        for (network, multiple) in networks(visitor) {
            let wider = Self { most: self.most.saturating_mul(multiple), ..*self };
            own = match wider.hit(services, connection, &network).await? {
                Ok(hits) if multiple == 1 => Ok(hits),
                Ok(_) => own,
                Err(too_often) => return Ok(Err(too_often)),
            };
        }
        Ok(own)
    }

    /// Counts a hit that is never refused. `true` for the first of its window, and for one of several parallel hits.
    pub(super) async fn is_first(
        &self,
        services: &Services,
        connection: &mut Connection,
        subject: &str,
    ) -> Result<bool, StorageError> {
        let key = self.key(services.vault(), subject);
        Ok(limits::hit(connection, &key, self.window, services.now()).await?.hits == 1)
    }

    /// Hits of the current window, without counting.
    pub(super) async fn hits(
        &self,
        services: &Services,
        connection: &mut Connection,
        subject: &str,
    ) -> Result<i64, StorageError> {
        let key = self.key(services.vault(), subject);
        let window = limits::look(connection, &key, self.window, services.now()).await?;
        Ok(window.map_or(0, |window| window.hits))
    }

    /// Fills the window with all allowed hits.
    #[cfg(test)]
    pub(crate) async fn fill(&self, services: &Services, subject: &str) {
        let (key, now) = (self.key(services.vault(), subject), services.now());
        let mut tx = services.db().begin().await.unwrap();
        for _ in 0..self.most {
            limits::hit(&mut tx, &key, self.window, now).await.unwrap();
        }
        Database::commit(tx).await.unwrap();
    }

    /// Whether the window is full, without counting.
    pub(super) async fn is_full(
        &self,
        services: &Services,
        connection: &mut Connection,
        subject: &str,
    ) -> Result<Option<TooOften>, StorageError> {
        let now = services.now();
        let window = limits::look(connection, &self.key(services.vault(), subject), self.window, now).await?;
        Ok(window
            .filter(|window| window.hits >= self.most)
            .map(|window| TooOften { seconds: window.ends().since(now).whole_seconds().max(1) }))
    }

    /// Whether the window of one of a visitor's networks is full, without counting.
    pub(super) async fn is_full_for(
        &self,
        services: &Services,
        connection: &mut Connection,
        visitor: &Visitor,
    ) -> Result<Option<TooOften>, StorageError> {
        for (network, multiple) in networks(visitor) {
            let wider = Self { most: self.most.saturating_mul(multiple), ..*self };
            if let Some(too_often) = wider.is_full(services, connection, &network).await? {
                return Ok(Some(too_often));
            }
        }
        Ok(None)
    }

    /// Restarts the window, so that the last allowed hit is followed by a full lock-out.
    pub(super) async fn rest(
        &self,
        services: &Services,
        connection: &mut Connection,
        subject: &str,
    ) -> Result<(), StorageError> {
        limits::prolong(connection, &self.key(services.vault(), subject), services.now().plus(self.window)).await
    }

    /// Resets the hits after a correct secret.
    pub(super) async fn clear(
        &self,
        services: &Services,
        connection: &mut Connection,
        subject: &str,
    ) -> Result<(), StorageError> {
        limits::clear(connection, &self.key(services.vault(), subject)).await
    }
}

impl Services {
    /// Counts a hit of one limit in its own transaction, so that a later rollback does not undo it.
    pub(super) async fn count(&self, limit: Limit, subject: &str) -> Result<Result<i64, TooOften>, StorageError> {
        let mut tx = self.db().begin().await?;
        let counted = limit.hit(self, &mut tx, subject).await?;
        Database::commit(tx).await?;
        Ok(counted)
    }

    /// Counts a hit of a visitor's networks in its own transaction.
    pub(super) async fn count_visitor(
        &self,
        limit: Limit,
        visitor: &Visitor,
    ) -> Result<Result<i64, TooOften>, StorageError> {
        let mut tx = self.db().begin().await?;
        let counted = limit.hit_visitor(self, &mut tx, visitor).await?;
        Database::commit(tx).await?;
        Ok(counted)
    }

    /// Counts a try of a password: after five tries without a delay, one try per delay of 1, 3, 5, then 10 seconds. A
    /// try within a delay is refused and does not lengthen the next delay. A browser known to the login has its own
    /// counters, so that a stranger's tries do not lock the owner out.
    pub(super) async fn count_password_try(
        &self,
        limit: Limit,
        login: &str,
        browser: Browser<'_>,
    ) -> Result<Result<(), TooOften>, StorageError> {
        let mut tx = self.db().begin().await?;
        let counted = self.password_try(&mut tx, limit, login, browser).await?;
        Database::commit(tx).await?;
        Ok(counted)
    }

    /// The same within the caller's transaction, which must be committed whatever the result.
    pub(super) async fn password_try(
        &self,
        connection: &mut Connection,
        limit: Limit,
        login: &str,
        browser: Browser<'_>,
    ) -> Result<Result<(), TooOften>, StorageError> {
        match browser {
            Browser::Known(device) => self.delayed_try(connection, SIGN_IN_DEVICE, &format!("{login} {device}")).await,
            Browser::SignedIn => self.delayed_try(connection, limit, login).await,
            Browser::Unknown(visitor) => self.unknown_try(connection, limit, login, visitor).await,
        }
    }

    async fn unknown_try(
        &self,
        connection: &mut Connection,
        limit: Limit,
        login: &str,
        visitor: &Visitor,
    ) -> Result<Result<(), TooOften>, StorageError> {
        if let Err(too_often) = SIGN_IN_ADDRESS.hit_visitor(self, connection, visitor).await? {
            return Ok(Err(too_often));
        }
        if let Err(too_often) = self.delayed_try(connection, limit, login).await? {
            return Ok(Err(too_often));
        }
        // Last: only tries that reach the hash count for all, so that refused tries of one host do not lock others out.
        self.under_ceiling(connection, SIGN_IN_ALL).await
    }

    async fn delayed_try(
        &self,
        connection: &mut Connection,
        limit: Limit,
        subject: &str,
    ) -> Result<Result<(), TooOften>, StorageError> {
        let longest = DELAYS[DELAYS.len() - 1];
        let paused = format!("{} {subject}", limit.name);
        let pause = |seconds| Limit { name: "password-pause", most: 1, window: Span::seconds(seconds) };
        if let Some(too_often) = pause(longest).is_full(self, connection, &paused).await? {
            telemetry::security(SecurityEvent::LimitReached("password-pause"));
            return Ok(Err(too_often));
        }
        let hits = match limit.hit(self, connection, subject).await? {
            Ok(hits) => hits,
            Err(too_often) => return Ok(Err(too_often)),
        };
        if hits > QUICK_TRIES {
            let step = usize::try_from(hits - QUICK_TRIES - 1).unwrap_or(0).min(DELAYS.len() - 1);
            // The first of parallel tries starts the pause, the others are refused by it.
            if let Err(too_often) = pause(DELAYS[step]).hit(self, connection, &paused).await? {
                return Ok(Err(too_often));
            }
        }
        Ok(Ok(()))
    }

    /// Counts a hit of a limit of the whole installation; reaching it raises an alarm.
    pub(super) async fn under_ceiling(
        &self,
        connection: &mut Connection,
        ceiling: Limit,
    ) -> Result<Result<(), TooOften>, StorageError> {
        let counted = ceiling.hit(self, connection, "all").await?;
        if counted.is_err() {
            telemetry::security(SecurityEvent::CeilingReached(ceiling.name));
        }
        Ok(counted.map(|_| ()))
    }
}

/// The browser that sent a password.
#[derive(Clone, Copy)]
pub(super) enum Browser<'a> {
    /// It has signed in with this login before: the hash of its device cookie.
    Known(&'a str),
    /// It is signed in and has to confirm the password.
    SignedIn,
    /// It has never signed in with this login.
    Unknown(&'a Visitor),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_count_for_each_network_that_an_address_belongs_to() {
        let of = |address: &str| networks(&Visitor::at(address));
        assert_eq!(of("192.0.2.77"), [("192.0.2.77/32".to_owned(), 1), ("192.0.2.0/24".to_owned(), 8)]);
        assert_eq!(of("::ffff:192.0.2.77"), of("192.0.2.77"));
        let line = [("2001:db8:1:2::/64", 1), ("2001:db8:1::/56", 2), ("2001:db8:1::/48", 8)];
        assert_eq!(of("2001:db8:1:2:a:b:c:d"), line.map(|(network, multiple)| (network.to_owned(), multiple)));
        assert_eq!(of("unknown"), [("unknown".to_owned(), 1)]);
    }
}
