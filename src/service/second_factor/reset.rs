//! Reset of the second factor by an administrator, after a lost phone.

use super::SECOND_FACTOR;
use super::messages::{Event, notify};
use crate::domain::id::Owner;
use crate::service::audit::Action;
use crate::service::sign_in::record_of;
use crate::service::{Fault, Services, Visitor};
use crate::storage::{Connection, second_factors, sessions};

/// Removes the factor of a person in a transaction that has locked their row: a concurrent renewal of codes would
/// prevent the removal. Clears the count of wrong codes and ends pending sessions. `false` when no factor was on; an
/// unconfirmed factor is removed without an event.
///
/// # Errors
/// [`Fault`] when the storage fails.
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
