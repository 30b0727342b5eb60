//! Adds the plans of the day, of an import and of an announcement.

use crate::clock::Nature;
use crate::domain::calendar::Moment;
use crate::domain::id::{NoticeId, PlanId, ProviderId};
use crate::domain::notice::{NoticeKind, PlannedNotice};
use crate::domain::notice_occasion::{Occasion, occasions_on};
use crate::service::{Fault, Services};
use crate::storage::notice_candidates::{self, CreditedPayment};
use crate::storage::{Connection, Database, Engine, StorageError, notice_plans, notices, providers};

/// Credited payments planned at once.
const CREDITED_BATCH: i64 = 1_000;

/// Adds a plan for all subscribers of a provider, in the transaction of its cause. An occasion is planned once.
pub(in crate::service) async fn add_plan(
    connection: &mut Connection,
    nature: &Nature,
    provider_id: &ProviderId,
    occasion: &Occasion,
) -> Result<(), StorageError> {
    let id = PlanId::trusted(nature.id());
    notice_plans::add(connection, &id, provider_id, (occasion.kind(), &occasion.written()), nature.now()).await?;
    Ok(())
}

/// Adds the plans of this day for every provider, once a day: a provider that has the day's last plan is done, and a round
/// without anything new locks nothing.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub(super) async fn plan_today(services: &Services) -> Result<(), Fault> {
    let today = services.today();
    let due_in_days = services.settings().notices.due_in_days;
    let mut missing = Vec::new();
    let mut connection = services.db().read().await?;
    for (provider_id, window) in providers::windows(&mut connection).await? {
        let occasions = occasions_on(today, window, due_in_days);
        let Some(last) = occasions.last() else { continue };
        if !notice_plans::is_known(&mut connection, &provider_id, (last.kind(), &last.written())).await? {
            missing.extend(occasions.into_iter().map(|occasion| (provider_id.clone(), occasion)));
        }
    }
    drop(connection);
    if missing.is_empty() {
        return Ok(());
    }
    let mut tx = services.db().begin().await?;
    for (provider_id, occasion) in &missing {
        add_plan(&mut tx, services.nature(), provider_id, occasion).await?;
    }
    Ok(Database::commit(tx).await?)
}

/// Plans a notice for each payment that an import credited at a moment, in the transaction of the import.
pub(in crate::service) async fn plan_credited(
    connection: &mut Connection,
    engine: Engine,
    nature: &Nature,
    provider_id: &ProviderId,
    at: Moment,
) -> Result<(), StorageError> {
    let mut after = String::new();
    loop {
        let batch = notice_candidates::credited(connection, provider_id, at, &after, CREDITED_BATCH).await?;
        let Some(last) = batch.last() else { return Ok(()) };
        after = last.payment_id.as_str().to_owned();
        let planned = |credited: CreditedPayment| PlannedNotice {
            id: NoticeId::trusted(nature.id()),
            user_id: credited.user_id,
            kind: NoticeKind::PaymentCredited,
            subject: credited.payment_id.as_str().to_owned(),
            account_id: Some(credited.account_id),
            due_at: at,
        };
        let planned: Vec<PlannedNotice> = batch.into_iter().map(planned).collect();
        notices::plan(connection, engine, &planned).await?;
    }
}
