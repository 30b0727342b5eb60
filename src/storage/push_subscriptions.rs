//! Browsers that show notices by themselves.

use sqlx::FromRow;

use super::{Connection, Result};
use crate::domain::calendar::Moment;
use crate::domain::id::{PushSubscriptionId, UserId};
use crate::domain::push::SubscribedBrowser;

/// Most browsers of a user that get a push; a newer one replaces the oldest.
pub const MAX_BROWSERS: i64 = 10;

/// A subscription to be stored.
#[derive(Clone, Copy)]
pub struct NewSubscription<'a> {
    /// Its new identifier, for which `sealed` is sealed.
    pub id: &'a PushSubscriptionId,
    /// Whose notices the browser shows.
    pub user_id: &'a UserId,
    /// SHA-256 of the endpoint.
    pub endpoint_hash: &'a str,
    /// The endpoint and the keys, sealed.
    pub sealed: &'a str,
    /// The browser.
    pub user_agent: &'a str,
}

const PUT: &str = "INSERT INTO push_subscriptions (id, user_id, endpoint_hash, sealed, user_agent, created_at) \
    VALUES ($1, $2, $3, $4, $5, $6) \
    ON CONFLICT (endpoint_hash) DO UPDATE SET id = excluded.id, user_id = excluded.user_id, \
    sealed = excluded.sealed, user_agent = excluded.user_agent, created_at = excluded.created_at";

/// Stores a subscription. It replaces an earlier one of the same browser, whoever that was: what still waits for the
/// earlier identifier does not reach the browser.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn put(connection: &mut Connection, new: NewSubscription<'_>, now: Moment) -> Result<()> {
    sqlx::query(PUT)
        .bind(new.id.as_str())
        .bind(new.user_id.as_str())
        .bind(new.endpoint_hash)
        .bind(new.sealed)
        .bind(new.user_agent)
        .bind(now.micros())
        .execute(connection)
        .await?;
    Ok(())
}

const KEEP_NEWEST: &str = "DELETE FROM push_subscriptions WHERE user_id = $1 AND id NOT IN \
    (SELECT id FROM push_subscriptions WHERE user_id = $1 ORDER BY created_at DESC, id DESC LIMIT 0 + $2)";

/// Deletes a user's oldest subscriptions beyond [`MAX_BROWSERS`].
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn keep_newest(connection: &mut Connection, user_id: &UserId) -> Result<()> {
    sqlx::query(KEEP_NEWEST).bind(user_id.as_str()).bind(MAX_BROWSERS).execute(connection).await?;
    Ok(())
}

const IDS: &str = "SELECT id FROM push_subscriptions WHERE user_id = $1 ORDER BY created_at, id LIMIT 0 + $2";

/// The subscribed browsers of a user.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn ids_of_user(connection: &mut Connection, user_id: &UserId) -> Result<Vec<PushSubscriptionId>> {
    let bound = sqlx::query_scalar(IDS).bind(user_id.as_str()).bind(MAX_BROWSERS);
    let ids: Vec<String> = bound.fetch_all(connection).await?;
    Ok(ids.into_iter().map(PushSubscriptionId::trusted).collect())
}

#[derive(FromRow)]
struct Row {
    id: String,
    user_agent: String,
    endpoint_hash: String,
    created_at: i64,
}

const OF_USER: &str = "SELECT id, user_agent, endpoint_hash, created_at FROM push_subscriptions WHERE user_id = $1 \
    ORDER BY created_at DESC, id DESC LIMIT 0 + $2";

/// The subscribed browsers of a user, the newest first.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn of_user(connection: &mut Connection, user_id: &UserId) -> Result<Vec<SubscribedBrowser>> {
    let bound = sqlx::query_as(OF_USER).bind(user_id.as_str()).bind(MAX_BROWSERS);
    let rows: Vec<Row> = bound.fetch_all(connection).await?;
    let browser = |row: Row| SubscribedBrowser {
        id: PushSubscriptionId::trusted(row.id),
        user_agent: row.user_agent,
        endpoint_hash: row.endpoint_hash,
        created_at: Moment::from_micros(row.created_at),
    };
    Ok(rows.into_iter().map(browser).collect())
}

const SEALED: &str = "SELECT sealed FROM push_subscriptions WHERE id = $1";

/// The sealed endpoint and keys of a subscription, if it is still there.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn sealed(connection: &mut Connection, id: &PushSubscriptionId) -> Result<Option<String>> {
    Ok(sqlx::query_scalar(SEALED).bind(id.as_str()).fetch_optional(connection).await?)
}

const REMOVE: &str = "DELETE FROM push_subscriptions WHERE id = $1";

/// Deletes a subscription that its browser has ended.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn remove(connection: &mut Connection, id: &PushSubscriptionId) -> Result<()> {
    sqlx::query(REMOVE).bind(id.as_str()).execute(connection).await?;
    Ok(())
}

const REMOVE_OWN: &str = "DELETE FROM push_subscriptions WHERE id = $1 AND user_id = $2";

/// Deletes a subscription of a user. `false` when the user has no such one.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn remove_own(connection: &mut Connection, user_id: &UserId, id: &PushSubscriptionId) -> Result<bool> {
    let done = sqlx::query(REMOVE_OWN).bind(id.as_str()).bind(user_id.as_str()).execute(connection).await?;
    Ok(done.rows_affected() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::login::Login;
    use crate::domain::user::User;
    use crate::storage::testing::{TestDatabase, id, on_both_engines};
    use crate::storage::users::{self, Consent};

    async fn user(connection: &mut Connection, number: usize) -> UserId {
        let login = Login::parse(&format!("user{number}@example.ru")).unwrap();
        let user = User { id: UserId::trusted(id(number)), login, name: None, locked_at: None };
        let at = Moment::from_micros(1);
        let consent = Consent { at, from: String::new(), version: String::new() };
        users::insert(connection, &user, "", &consent, at).await.unwrap();
        user.id
    }

    /// Stores the subscription `number` of a browser at the moment of the same number.
    async fn subscribes(connection: &mut Connection, user_id: &UserId, number: usize, browser: &str) {
        let id = PushSubscriptionId::trusted(id(number));
        let new = NewSubscription { id: &id, user_id, endpoint_hash: browser, sealed: "v2.x", user_agent: "Firefox/1" };
        put(connection, new, Moment::from_micros(number as i64)).await.unwrap();
    }

    async fn numbers(connection: &mut Connection, user_id: &UserId) -> Vec<usize> {
        let ids = ids_of_user(connection, user_id).await.unwrap();
        ids.iter().map(|id| id.as_str().parse().unwrap()).collect()
    }

    on_both_engines! {
        async fn a_browser_that_subscribes_again_changes_its_owner(test: TestDatabase) {
            let mut tx = test.database.begin().await.unwrap();
            let (anna, ivan) = (user(&mut tx, 1).await, user(&mut tx, 2).await);
            subscribes(&mut tx, &anna, 1, "shared").await;
            subscribes(&mut tx, &anna, 2, "phone").await;
            subscribes(&mut tx, &ivan, 3, "shared").await;
            assert_eq!(numbers(&mut tx, &anna).await, [2]);
            assert_eq!(numbers(&mut tx, &ivan).await, [3]);
            assert_eq!(sealed(&mut tx, &PushSubscriptionId::trusted(id(1))).await.unwrap(), None);
        }

        async fn the_oldest_browsers_beyond_the_limit_are_forgotten(test: TestDatabase) {
            let mut tx = test.database.begin().await.unwrap();
            let (anna, ivan) = (user(&mut tx, 1).await, user(&mut tx, 2).await);
            subscribes(&mut tx, &ivan, 100, "other").await;
            for number in 1..=12 {
                subscribes(&mut tx, &anna, number, &format!("browser {number}")).await;
            }
            keep_newest(&mut tx, &anna).await.unwrap();
            assert_eq!(numbers(&mut tx, &anna).await, (3..=12).collect::<Vec<_>>());
            assert_eq!(numbers(&mut tx, &ivan).await, [100]);
            let newest = of_user(&mut tx, &anna).await.unwrap().remove(0);
            assert_eq!((newest.endpoint_hash.as_str(), newest.created_at.micros()), ("browser 12", 12));
        }

        async fn a_subscription_is_ended_by_its_owner_only(test: TestDatabase) {
            let mut tx = test.database.begin().await.unwrap();
            let (anna, ivan) = (user(&mut tx, 1).await, user(&mut tx, 2).await);
            subscribes(&mut tx, &anna, 1, "phone").await;
            subscribes(&mut tx, &anna, 2, "tablet").await;
            let first = PushSubscriptionId::trusted(id(1));
            assert!(!remove_own(&mut tx, &ivan, &first).await.unwrap());
            assert!(remove_own(&mut tx, &anna, &first).await.unwrap());
            assert!(!remove_own(&mut tx, &anna, &first).await.unwrap());
            remove(&mut tx, &PushSubscriptionId::trusted(id(2))).await.unwrap();
            assert_eq!(numbers(&mut tx, &anna).await, Vec::<usize>::new());
        }
    }
}
