//! What an administrator does about a lost phone: the second factor goes.

use super::SECOND_FACTOR;
use super::messages::{Event, notify};
use crate::domain::id::Owner;
use crate::service::audit::Action;
use crate::service::sign_in::record_of;
use crate::service::{Fault, Services, Visitor};
use crate::storage::{Connection, second_factors, sessions};

/// Removes the factor of a person within a transaction that holds their row: codes that are renewed at this moment would
/// keep the factor from going. The count of wrong codes goes with it, and the sessions between the password and the code
/// end. `false` when there was no factor; one whose set-up was begun goes without an event.
///
/// # Errors
/// [`Fault`].
pub(in crate::service) async fn reset(
    services: &Services,
    connection: &mut Connection,
    owner: &Owner,
    visitor: &Visitor,
) -> Result<bool, Fault> {
    let was_on = second_factors::find(connection, owner).await?.is_some_and(|factor| factor.confirmed);
    second_factors::remove(connection, owner).await?;
    sessions::remove_pending(connection, owner).await?;
    if was_on {
        SECOND_FACTOR.clear(services, connection, owner.as_str()).await?;
        let reset = Action::SecondFactorReset;
        record_of(services, connection, owner, reset, reset, visitor).await?;
        notify(services, connection, owner, Event::Reset).await?;
    }
    Ok(was_on)
}
