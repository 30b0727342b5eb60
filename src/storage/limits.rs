//! Rate limits on secrets. Kept in the database, so that they survive restarts and are shared by instances; incremented
//! in one statement, so that every parallel try is counted.

use sqlx::FromRow;

use super::{Connection, Result};
use crate::domain::calendar::{Moment, Span};

/// A rate-limit window: its hits and its end.
#[derive(Clone, Copy, Debug, Eq, PartialEq, FromRow)]
pub struct Window {
    /// Hits so far, this one included.
    pub hits: i64,
    /// When the count resets, in microseconds of UTC.
    pub resets_at: i64,
}

impl Window {
    /// When the count resets.
    pub const fn ends(&self) -> Moment {
        Moment::from_micros(self.resets_at)
    }
}

/// A window that ends later than now plus its length was started while the clock ran ahead: it is treated as expired.
const HIT: &str = "INSERT INTO limits (key, hits, resets_at) VALUES ($1, 1, $2) \
    ON CONFLICT (key) DO UPDATE SET \
    hits = CASE WHEN limits.resets_at <= $3 OR limits.resets_at > $2 THEN 1 ELSE limits.hits + 1 END, \
    resets_at = CASE WHEN limits.resets_at <= $3 OR limits.resets_at > $2 THEN excluded.resets_at \
    ELSE limits.resets_at END \
    RETURNING hits, resets_at";

/// Counts one hit in a window of a given length, which starts with its first hit.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn hit(connection: &mut Connection, key: &str, window: Span, now: Moment) -> Result<Window> {
    Ok(sqlx::query_as(HIT).bind(key).bind(now.plus(window).micros()).bind(now.micros()).fetch_one(connection).await?)
}

const LOOK: &str = "SELECT hits, resets_at FROM limits WHERE key = $1 AND resets_at > $2 AND resets_at <= $3";

/// Reads the current window without counting a hit.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn look(connection: &mut Connection, key: &str, window: Span, now: Moment) -> Result<Option<Window>> {
    let latest = now.plus(window).micros();
    Ok(sqlx::query_as(LOOK).bind(key).bind(now.micros()).bind(latest).fetch_optional(connection).await?)
}

const PROLONG: &str = "UPDATE limits SET resets_at = $2 WHERE key = $1";

/// Moves the end of a window.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn prolong(connection: &mut Connection, key: &str, resets_at: Moment) -> Result<()> {
    sqlx::query(PROLONG).bind(key).bind(resets_at.micros()).execute(connection).await?;
    Ok(())
}

const CLEAR: &str = "DELETE FROM limits WHERE key = $1";

/// Deletes a window, because the secret was right.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn clear(connection: &mut Connection, key: &str) -> Result<()> {
    sqlx::query(CLEAR).bind(key).execute(connection).await?;
    Ok(())
}

const REMOVE_ENDED: &str = "DELETE FROM limits WHERE resets_at <= $1";

/// Deletes expired windows.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn remove_ended(connection: &mut Connection, now: Moment) -> Result<u64> {
    Ok(sqlx::query(REMOVE_ENDED).bind(now.micros()).execute(connection).await?.rows_affected())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::testing::{TestDatabase, on_both_engines};

    on_both_engines! {
        async fn a_window_of_a_clock_that_ran_ahead_ends_when_the_clock_is_set_back(test: TestDatabase) {
            let (now, ahead) = (Moment::from_micros(1), Moment::from_micros(1).plus(Span::days(365)));
            let hour = Span::hours(1);
            let mut tx = test.database.begin().await.unwrap();
            for _ in 0..5 {
                hit(&mut tx, "pin", hour, ahead).await.unwrap();
            }
            assert_eq!(look(&mut tx, "pin", hour, now).await.unwrap(), None);
            let fresh = hit(&mut tx, "pin", hour, now).await.unwrap();
            assert_eq!((fresh.hits, fresh.ends()), (1, now.plus(hour)));
        }
    }
}
