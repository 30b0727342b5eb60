//! Limits on guessing: how often a secret may be tried, counted in the database before it is compared.

use super::{Services, fingerprint};
use crate::domain::calendar::{Moment, Span};
use crate::storage::{Connection, Database, StorageError, limits};

/// A limit was reached: come again after so many seconds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TooOften {
    /// Seconds to wait.
    pub seconds: i64,
}

/// How many hits a window of time allows.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// The first part of the key.
    pub name: &'static str,
    /// Hits that pass.
    pub most: i64,
    /// The window, from its first hit.
    pub window: Span,
}

/// Sign-in, per login: beyond the delays, a hard stop.
pub const SIGN_IN_LOGIN: Limit = Limit { name: "sign-in-login", most: 30, window: Span::minutes(15) };
/// Sign-in, per network address: a family behind one router, not a list of stolen passwords.
pub const SIGN_IN_ADDRESS: Limit = Limit { name: "sign-in-address", most: 100, window: Span::minutes(15) };
/// Sign-in, all together: what the pool of hashes can bear.
pub const SIGN_IN_ALL: Limit = Limit { name: "sign-in-all", most: 3_000, window: Span::minutes(5) };
/// Sign-ins with a login that nobody has: counted, never refused.
pub const SIGN_IN_UNKNOWN: Limit = Limit { name: "sign-in-unknown", most: i64::MAX, window: Span::days(1) };
/// Quick tries of a password before delays begin.
pub const QUICK_TRIES: i64 = 5;
/// Delays after the quick tries, in seconds: the last one stays.
pub const DELAYS: [i64; 4] = [1, 3, 5, 10];
/// Registrations and recoveries, per network address.
pub const REGISTER_ADDRESS: Limit = Limit { name: "register-address", most: 30, window: Span::hours(1) };
/// Least time between two letters or SMS for one login.
pub const RESEND_PAUSE: Limit = Limit { name: "resend-pause", most: 1, window: Span::seconds(60) };
/// Letters or SMS for one login in a day.
pub const SENDS_A_DAY: Limit = Limit { name: "sends-a-day", most: 5, window: Span::days(1) };
/// Account numbers tried, per user.
pub const LINK_USER: Limit = Limit { name: "link-user", most: 20, window: Span::hours(1) };
/// Account numbers tried, per network address.
pub const LINK_ADDRESS: Limit = Limit { name: "link-address", most: 60, window: Span::hours(1) };
/// PINs tried, per user and account: five, then an hour of rest.
pub const PIN_ACCOUNT: Limit = Limit { name: "pin-account", most: 5, window: Span::hours(1) };
/// PINs tried, per network address: against one try on each of a million accounts.
pub const PIN_ADDRESS: Limit = Limit { name: "pin-address", most: 50, window: Span::hours(1) };
/// Wrong PINs, per provider: against the same from a million addresses.
pub const PIN_PROVIDER: Limit = Limit { name: "pin-provider", most: 2_000, window: Span::hours(1) };
/// Requests for a PIN, per user and account.
pub const PIN_REQUESTS: Limit = Limit { name: "pin-requests", most: 5, window: Span::days(1) };
/// Messages of feedback, per user.
pub const FEEDBACK: Limit = Limit { name: "feedback", most: 30, window: Span::days(1) };
/// Payments begun, per user.
pub const PAYMENTS: Limit = Limit { name: "payments", most: 60, window: Span::hours(1) };
/// Receipts and statements printed, per user.
pub const DOCUMENTS: Limit = Limit { name: "documents", most: 300, window: Span::hours(1) };
/// Operators' sign-in, per login.
pub const OPERATOR_LOGIN: Limit = Limit { name: "operator-login", most: 30, window: Span::minutes(15) };

impl Limit {
    /// The stored key: the name and a fingerprint, so that the table holds no logins and no addresses.
    fn key(&self, subject: &str) -> String {
        let print = fingerprint(subject);
        format!("{}:{}", self.name, &print[..32])
    }

    /// Counts a hit; says when to come again once the window is full.
    pub(super) async fn hit(
        &self,
        connection: &mut Connection,
        subject: &str,
        now: Moment,
    ) -> Result<Result<i64, TooOften>, StorageError> {
        let window = limits::hit(connection, &self.key(subject), self.window, now).await?;
        if window.hits > self.most {
            return Ok(Err(TooOften { seconds: window.ends().since(now).whole_seconds().max(1) }));
        }
        Ok(Ok(window.hits))
    }

    /// Whether the window is full, without counting.
    pub(super) async fn is_full(
        &self,
        connection: &mut Connection,
        subject: &str,
        now: Moment,
    ) -> Result<Option<TooOften>, StorageError> {
        let window = limits::look(connection, &self.key(subject), now).await?;
        Ok(window
            .filter(|window| window.hits >= self.most)
            .map(|window| TooOften { seconds: window.ends().since(now).whole_seconds().max(1) }))
    }

    /// Begins the window's length anew: the last hit that passes is followed by a whole window of rest.
    pub(super) async fn rest(
        &self,
        connection: &mut Connection,
        subject: &str,
        now: Moment,
    ) -> Result<(), StorageError> {
        limits::prolong(connection, &self.key(subject), now.plus(self.window)).await
    }

    /// Forgets the hits, because the secret was right.
    pub(super) async fn clear(&self, connection: &mut Connection, subject: &str) -> Result<(), StorageError> {
        limits::clear(connection, &self.key(subject)).await
    }
}

impl Services {
    /// Counts a hit of one limit in a transaction of its own, so that it stays counted whatever comes after.
    pub(super) async fn count(&self, limit: Limit, subject: &str) -> Result<Result<i64, TooOften>, StorageError> {
        let mut tx = self.db().begin().await?;
        let counted = limit.hit(&mut tx, subject, self.now()).await?;
        Database::commit(tx).await?;
        Ok(counted)
    }

    /// Counts a try of a password: after five quick ones, one try per delay of 1, 3, 5, then 10 seconds. A try within a
    /// delay is refused and does not lengthen the next one.
    pub(super) async fn count_password_try(
        &self,
        limit: Limit,
        login: &str,
        network: &str,
    ) -> Result<Result<(), TooOften>, StorageError> {
        let mut tx = self.db().begin().await?;
        let outcome = self.password_try(&mut tx, limit, login, network).await?;
        Database::commit(tx).await?;
        Ok(outcome)
    }

    async fn password_try(
        &self,
        connection: &mut Connection,
        limit: Limit,
        login: &str,
        network: &str,
    ) -> Result<Result<(), TooOften>, StorageError> {
        let now = self.now();
        if let Err(too_often) = SIGN_IN_ADDRESS.hit(connection, network, now).await? {
            return Ok(Err(too_often));
        }
        let pause = |seconds| Limit { name: "sign-in-pause", most: 1, window: Span::seconds(seconds) };
        if let Some(too_often) = pause(0).is_full(connection, login, now).await? {
            return Ok(Err(too_often));
        }
        let hits = match limit.hit(connection, login, now).await? {
            Ok(hits) => hits,
            Err(too_often) => return Ok(Err(too_often)),
        };
        if hits > QUICK_TRIES {
            let step = usize::try_from(hits - QUICK_TRIES - 1).unwrap_or(0).min(DELAYS.len() - 1);
            // Of parallel tries one opens the pause, the others find it open.
            if let Err(too_often) = pause(DELAYS[step]).hit(connection, login, now).await? {
                return Ok(Err(too_often));
            }
        }
        // Last: only what reaches the hash counts for all, so that the refused tries of one host shut nobody out.
        Ok(SIGN_IN_ALL.hit(connection, "all", now).await?.map(|_| ()))
    }
}
