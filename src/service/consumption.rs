//! An account's consumption by month, from the volumes that billing charged. The home screen shows it small, a month
//! beside the year before it shows it large.

use super::access::FullAccess;
use super::{Fault, Services};
use crate::domain::calendar::Period;
use crate::domain::consumption::{Consumption, TWO_YEARS, YEAR, of_charges};
use crate::domain::id::AccountId;
use crate::storage::{Connection, charges};

/// Months read from the storage: the two years that a chart may show, and a year for billing that has sent nothing for
/// so long.
const MONTHS_READ: u32 = TWO_YEARS + YEAR;

/// The newest `months` of the consumption of the account's main metered service, at most [`TWO_YEARS`]; `None` when
/// nothing was charged by a meter.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn consumption(services: &Services, access: &FullAccess, months: u32) -> Result<Option<Consumption>, Fault> {
    let mut connection = services.db().read().await?;
    consumption_on(&mut connection, access.id(), services.current_period(), months).await
}

/// The same on a connection that the caller has already, for a page that reads more. `today` is the current month.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub(super) async fn consumption_on(
    connection: &mut Connection,
    account_id: &AccountId,
    today: Period,
    months: u32,
) -> Result<Option<Consumption>, Fault> {
    let from = today.months_before(MONTHS_READ - 1);
    let rows = charges::volumes(connection, account_id, from, today).await?;
    Ok(of_charges(rows, months.min(TWO_YEARS)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::decimal::Volume;
    use crate::domain::money::Money;
    use crate::domain::settlement::{Charge, Method};
    use crate::storage::testing::{TestDatabase, account, id, on_both_engines, provider};
    use crate::storage::{accounts, providers};

    fn charge(period: Period, service: &str, volume: i64) -> Charge {
        Charge {
            volume: Some(Volume::from_raw(volume)),
            unit: Some("м³".to_owned()),
            method: Some(Method::Meter),
            ..Charge::unchanged(period, service, Money::ZERO)
        }
    }

    on_both_engines! {
        async fn the_newest_year_ends_with_the_newest_month_that_billing_sent(test: TestDatabase) {
            let today = Period::parse("2026-11").unwrap();
            let (mut tx, engine) = (test.database.begin().await.unwrap(), test.database.engine());
            let town = provider("gas");
            providers::upsert(&mut tx, engine, std::slice::from_ref(&town)).await.unwrap();
            accounts::upsert(&mut tx, engine, &[account(&town, 1)], &[]).await.unwrap();
            let own = AccountId::trusted(id(1));
            let months = (3..40).map(|ago| today.months_before(ago));
            let rows: Vec<_> = months.map(|month| (own.clone(), charge(month, "Газ", month.number()))).collect();
            charges::upsert(&mut tx, engine, &rows).await.unwrap();
            let year = consumption_on(&mut tx, &own, today, YEAR).await.unwrap().unwrap();
            let periods: Vec<String> = year.months.iter().map(|month| month.period.machine()).collect();
            assert_eq!((periods.len(), periods[0].as_str(), periods[11].as_str()), (12, "2025-09", "2026-08"));
            let more = consumption_on(&mut tx, &own, today, 1_000).await.unwrap().unwrap();
            assert_eq!(more.months.len(), 24);
        }

        async fn an_account_without_volumes_has_no_consumption(test: TestDatabase) {
            let today = Period::parse("2026-11").unwrap();
            let mut connection = test.database.read().await.unwrap();
            let nobody = AccountId::trusted(id(1));
            assert_eq!(consumption_on(&mut connection, &nobody, today, YEAR).await.unwrap(), None);
        }
    }
}
