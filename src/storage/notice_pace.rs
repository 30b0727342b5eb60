//! When each channel has room for the next notice.

use super::{Connection, Result};
use crate::domain::calendar::Moment;
use crate::domain::notice::NoticeChannel;

const LOCK: &str = "INSERT INTO notice_pace (channel, free_from) VALUES ($1, 0) \
    ON CONFLICT (channel) DO UPDATE SET free_from = notice_pace.free_from RETURNING free_from";

/// From when a channel is free; locks it until the end of the transaction.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn lock(connection: &mut Connection, channel: NoticeChannel) -> Result<Moment> {
    let free: i64 = sqlx::query_scalar(LOCK).bind(channel.as_str()).fetch_one(connection).await?;
    Ok(Moment::from_micros(free))
}

const SET: &str = "UPDATE notice_pace SET free_from = $2 WHERE channel = $1";

/// Stores from when a channel is free.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn set(connection: &mut Connection, channel: NoticeChannel, free_from: Moment) -> Result<()> {
    sqlx::query(SET).bind(channel.as_str()).bind(free_from.micros()).execute(connection).await?;
    Ok(())
}

const FREE_FROM: &str = "SELECT free_from FROM notice_pace WHERE channel = $1";

/// From when a channel is free, without a lock.
///
/// # Errors
/// [`super::StorageError`] when the database refuses or does not answer.
pub async fn free_from(connection: &mut Connection, channel: NoticeChannel) -> Result<Moment> {
    let free: Option<i64> = sqlx::query_scalar(FREE_FROM).bind(channel.as_str()).fetch_optional(connection).await?;
    Ok(Moment::from_micros(free.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::testing::{TestDatabase, on_both_engines};

    on_both_engines! {
        async fn a_channel_is_free_until_it_is_taken(test: TestDatabase) {
            let mut tx = test.database.begin().await.unwrap();
            assert_eq!(free_from(&mut tx, NoticeChannel::Sms).await.unwrap(), Moment::from_micros(0));
            assert_eq!(lock(&mut tx, NoticeChannel::Sms).await.unwrap(), Moment::from_micros(0));
            set(&mut tx, NoticeChannel::Sms, Moment::from_micros(5)).await.unwrap();
            assert_eq!(lock(&mut tx, NoticeChannel::Sms).await.unwrap(), Moment::from_micros(5));
            assert_eq!(free_from(&mut tx, NoticeChannel::Mail).await.unwrap(), Moment::from_micros(0));
        }
    }
}
