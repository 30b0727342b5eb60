//! Notices to subscribers: planned for all subscribers of a provider, composed when they are due, shown in the portal and
//! sent by letter, SMS and push.
//!
//! 1. `occasions` turns the calendar, an import or an announcement into a plan of a provider.
//! 2. `planning` works a plan through in batches: one planned notice for each user, kind and subject.
//! 3. `compose` takes planned notices that are due, asks `facts` whether their reason still holds, shows them and writes
//!    their messages into the outbox, spread over time and outside quiet hours.
//! 4. `tell` does the same at once for an answer, a payment and an event of security.

mod compose;
mod facts;
pub mod inbox;
mod letter;
mod occasions;
mod planning;
pub mod preferences;
pub mod sample;
mod tell;
pub mod unsubscribe;

pub(super) use occasions::{add_plan, plan_credited};
pub(super) use tell::{show_alert, tell};

use super::{Fault, Services};

/// One round of the worker: the occasions of the day, a batch of a plan, a batch of due notices. Returns the number of
/// notices that it worked on; call again until it is 0.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn round(services: &Services) -> Result<usize, Fault> {
    occasions::plan_today(services).await?;
    Ok(planning::plan_batch(services).await? + compose::compose_batch(services).await?)
}
