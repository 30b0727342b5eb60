//! Stores the rows of each kind: maps a record of the file to a row of a table.

use std::collections::HashMap;

use jiff::civil::Date;

use super::gaps::{Coverage, warn_of_gaps};
use super::load::{ImportTx, Load, Loadable};
use super::{DEFAULT_ACCOUNT_LENGTH, Result};
use crate::clock::Nature;
use crate::domain::account::Account;
use crate::domain::id::{AccountId, MeterId, ProviderId};
use crate::domain::login::Login;
use crate::domain::meter::Meter;
use crate::domain::notice_occasion::Occasion;
use crate::domain::provider::Provider;
use crate::domain::reading_rules::ReadingRules;
use crate::domain::sent_reading::SentReading;
use crate::exchange::{AccountRecord, ChargeRecord, MeterRecord, PaymentRecord, ProviderRecord, ReadingRecord};
use crate::service::notices;
use crate::storage::accounts::{self, ImportedAccount};
use crate::storage::bulk::AccountIds;
use crate::storage::{billing_payments, charges, meters, payments, providers, readings, sent_readings};

impl Loadable for ProviderRecord {
    type Context = ();

    async fn prepare(_load: &Load<'_>, _open: &mut ImportTx) -> Result<()> {
        Ok(())
    }

    async fn store(batch: Vec<Self>, _context: &mut (), load: &Load<'_>, open: &mut ImportTx) -> Result<()> {
        let mut rows = Vec::with_capacity(batch.len());
        for record in batch {
            let stored = providers::by_code(&mut open.tx, &record.code).await?;
            rows.push(merge_provider(&record, stored, &open.checked.present, load.nature));
        }
        Ok(providers::upsert(&mut open.tx, open.engine, &rows).await?)
    }
}

/// The context for storing accounts.
pub(super) struct AccountContext {
    provider_id: ProviderId,
    /// Read under the lock, because a PIN is sealed for the actual id of the account.
    known: AccountIds,
    /// Columns of the table that are in the file.
    updated: Vec<&'static str>,
}

impl Loadable for AccountRecord {
    type Context = AccountContext;

    async fn prepare(load: &Load<'_>, open: &mut ImportTx) -> Result<AccountContext> {
        let provider_id = load.provider_id()?.clone();
        let known = AccountIds::load(&mut open.tx, &provider_id).await?;
        let updated = open.checked.present.iter().map(|column| table_column(column)).collect();
        Ok(AccountContext { provider_id, known, updated })
    }

    async fn store(batch: Vec<Self>, context: &mut AccountContext, load: &Load<'_>, open: &mut ImportTx) -> Result<()> {
        let row = |record: Self| {
            let id = context.known.find(&record.number).unwrap_or_else(|| AccountId::trusted(load.nature.id()));
            let pin_sealed = record.pin.as_ref().map(|pin| load.vault.seal(pin, &id));
            ImportedAccount { account: account(record, id, context.provider_id.clone()), pin_sealed }
        };
        let rows: Vec<ImportedAccount> = batch.into_iter().map(row).collect();
        Ok(accounts::upsert(&mut open.tx, open.engine, &rows, &context.updated).await?)
    }
}

impl Loadable for ChargeRecord {
    type Context = Coverage;

    async fn prepare(_load: &Load<'_>, _open: &mut ImportTx) -> Result<Coverage> {
        Ok(Coverage::default())
    }

    async fn store(batch: Vec<Self>, coverage: &mut Coverage, load: &Load<'_>, open: &mut ImportTx) -> Result<()> {
        let known = &load.plan.known;
        let mut rows = Vec::with_capacity(batch.len());
        for record in batch {
            coverage.note(known, &record);
            rows.push((known.account(&record.account)?, record.charge));
        }
        rows.sort_unstable_by(|a, b| (&a.0, a.1.period).cmp(&(&b.0, b.1.period)));
        Ok(charges::upsert(&mut open.tx, open.engine, &rows).await?)
    }

    async fn finish(coverage: Coverage, load: &Load<'_>, open: &mut ImportTx) -> Result<()> {
        warn_of_gaps(&load.plan, &coverage, open).await?;
        plan_receipts(&coverage, load, open).await
    }
}

/// Plans the notices of the newest month of a file, unless its due date has passed: then the file is history.
async fn plan_receipts(coverage: &Coverage, load: &Load<'_>, open: &mut ImportTx) -> Result<()> {
    let today = load.nature.now().date(load.file.utc_offset_hours);
    let Some(period) = coverage.newest().filter(|period| period.due_date() >= today) else { return Ok(()) };
    let occasion = Occasion::NewReceipt { period, import: load.nature.id() };
    Ok(notices::add_plan(&mut open.tx, load.nature, load.provider_id()?, &occasion).await?)
}

impl Loadable for PaymentRecord {
    type Context = ();

    async fn prepare(_load: &Load<'_>, _open: &mut ImportTx) -> Result<()> {
        Ok(())
    }

    async fn store(batch: Vec<Self>, _context: &mut (), load: &Load<'_>, open: &mut ImportTx) -> Result<()> {
        let row = |record: Self| Ok((load.plan.known.account(&record.account)?, record.payment));
        let rows = batch.into_iter().map(row).collect::<Result<Vec<_>>>()?;
        Ok(billing_payments::upsert(&mut open.tx, open.engine, &rows).await?)
    }

    async fn finish(_context: (), load: &Load<'_>, open: &mut ImportTx) -> Result<()> {
        let (provider_id, offset) = (load.provider_id()?, load.file.utc_offset_hours);
        let now = load.nature.now();
        open.credited = payments::credit_returned(&mut open.tx, provider_id, offset, now).await?;
        if open.credited > 0 {
            notices::plan_credited(&mut open.tx, open.engine, load.nature, provider_id, now).await?;
        }
        Ok(())
    }
}

impl Loadable for MeterRecord {
    type Context = ();

    async fn prepare(_load: &Load<'_>, _open: &mut ImportTx) -> Result<()> {
        Ok(())
    }

    async fn store(batch: Vec<Self>, _context: &mut (), load: &Load<'_>, open: &mut ImportTx) -> Result<()> {
        let row = |record: Self| {
            let account_id = load.plan.known.account(&record.account)?;
            Ok(meter(record, MeterId::trusted(load.nature.id()), account_id))
        };
        let rows = batch.into_iter().map(row).collect::<Result<Vec<_>>>()?;
        Ok(meters::upsert(&mut open.tx, open.engine, &rows, &open.checked.present).await?)
    }
}

/// The readings that were sent through the portal and wait for billing's decision, by meter and day.
type Undecided = HashMap<(MeterId, Date), SentReading>;

impl Loadable for ReadingRecord {
    type Context = Undecided;

    async fn prepare(load: &Load<'_>, open: &mut ImportTx) -> Result<Undecided> {
        let undecided = sent_readings::undecided(&mut open.tx, load.provider_id()?).await?;
        Ok(undecided.into_iter().map(|sent| ((sent.meter_id.clone(), sent.date), sent)).collect())
    }

    async fn store(batch: Vec<Self>, undecided: &mut Undecided, load: &Load<'_>, open: &mut ImportTx) -> Result<()> {
        let mut rows = Vec::with_capacity(batch.len());
        for record in batch {
            let (reading, rejected) = (record.reading, record.rejected);
            let meter_id = load.plan.known.meter(&record.account, &record.serial)?;
            if let Some(sent) = undecided.remove(&(meter_id.clone(), reading.date)) {
                let decided = match &rejected {
                    Some(reason) => sent.reject(Some(reason.clone())),
                    None => sent.settle(reading.value),
                };
                // An undecided reading allows both.
                if let Ok(decided) = decided {
                    sent_readings::decide(&mut open.tx, &decided).await?;
                }
            }
            if rejected.is_none() {
                rows.push((meter_id, reading));
            }
        }
        Ok(readings::upsert(&mut open.tx, open.engine, &rows).await?)
    }
}

/// The column of the table for a column of the file.
fn table_column(column: &'static str) -> &'static str {
    match column {
        "area_m2" => "area",
        "heated_area_m2" => "heated_area",
        other => other,
    }
}

/// The provider with the values of the file; values without a column in the file keep their stored value.
fn merge_provider(record: &ProviderRecord, stored: Option<Provider>, present: &[&str], nature: &Nature) -> Provider {
    let new = || Provider::new(ProviderId::trusted(nature.id()), record.code.clone(), DEFAULT_ACCOUNT_LENGTH);
    let mut provider = stored.unwrap_or_else(new);
    provider.name.clone_from(&record.name);
    provider.account_length = record.account_length.unwrap_or(provider.account_length);
    let take = |column: &str, field: &mut Option<String>, value: Option<String>| {
        if present.contains(&column) {
            *field = value;
        }
    };
    take("region", &mut provider.region, record.region.clone());
    take("inn", &mut provider.inn, record.inn.clone());
    take("kpp", &mut provider.kpp, record.kpp.clone());
    take("bank_name", &mut provider.bank_name, record.bank_name.clone());
    take("bik", &mut provider.bik, record.bik.clone());
    take("settlement_account", &mut provider.settlement_account, record.settlement_account.clone());
    take("correspondent_account", &mut provider.correspondent_account, record.correspondent_account.clone());
    take("support_email", &mut provider.support_email, record.support_email.clone());
    take("support_phone", &mut provider.support_phone, record.support_phone.clone());
    take("support_hours", &mut provider.support_hours, record.support_hours.clone());
    take("site", &mut provider.site, record.site.clone());
    provider.readings = merge_rules(record, provider.readings, present);
    provider
}

/// The rules for readings. Without the column of the window in the file they keep their stored values; an empty window
/// ends the acceptance. Every other rule without a value is the stored one, or the usual one.
fn merge_rules(record: &ProviderRecord, stored: Option<ReadingRules>, present: &[&str]) -> Option<ReadingRules> {
    let has_window = present.contains(&"readings_window");
    let window = if has_window { record.readings_window } else { stored.map(|rules| rules.window) }?;
    let kept = stored.unwrap_or_else(|| ReadingRules::new(window));
    Some(ReadingRules {
        window,
        ceiling: record.readings_ceiling.unwrap_or(kept.ceiling),
        expired: record.readings_expired.unwrap_or(kept.expired),
        digits: record.readings_digits.unwrap_or(kept.digits),
        open: record.readings_open.unwrap_or(kept.open),
    })
}

fn account(record: AccountRecord, id: AccountId, provider_id: ProviderId) -> Account {
    let stored = |login: Login| login.as_str().to_owned();
    Account {
        id,
        provider_id,
        number: record.number,
        address: record.address,
        subscriber: record.subscriber,
        els: record.els,
        area: record.area,
        heated_area: record.heated_area,
        residents: record.residents,
        phone: record.phone.map(stored),
        email: record.email.map(stored),
        opened_on: record.opened_on,
        closed_on: record.closed_on,
    }
}

fn meter(record: MeterRecord, id: MeterId, account_id: AccountId) -> Meter {
    Meter {
        id,
        account_id,
        serial: record.serial,
        model: record.model,
        digits: record.digits,
        decimals: record.decimals,
        coefficient: record.coefficient,
        installed_on: record.installed_on,
        verified_until: record.verified_until,
        sealed_on: record.sealed_on,
        location: record.location,
        removed_on: record.removed_on,
    }
}
