//! Warns of gaps in charges, where a month's opening balance differs from the previous closing, with the line of the
//! file.

use std::collections::HashMap;
use std::io;

use super::load::ImportTx;
use super::plan::{Known, Plan};
use super::{Result, blocking};
use crate::domain::account::AccountNumber;
use crate::domain::calendar::Period;
use crate::domain::id::AccountId;
use crate::exchange::fault::MAX_WARNINGS;
use crate::exchange::{ChargeRecord, Warning};
use crate::storage::charges::{self, ACCOUNTS_PER_QUERY, Gap};

/// The accounts and months that a file of charges covers.
#[derive(Default)]
pub(super) struct Coverage {
    accounts: Vec<bool>,
    periods: Option<(Period, Period)>,
}

impl Coverage {
    /// Adds the account and the month of a row.
    pub(super) fn note(&mut self, known: &Known, record: &ChargeRecord) {
        let period = record.charge.period;
        let (first, last) = self.periods.unwrap_or((period, period));
        self.periods = Some((first.min(period), last.max(period)));
        let Some(accounts) = &known.accounts else { return };
        self.accounts.resize(accounts.len(), false);
        if let Some(place) = accounts.place(&record.account) {
            self.accounts[place] = true;
        }
    }

    /// The newest month of the file.
    pub(super) fn newest(&self) -> Option<Period> {
        self.periods.map(|(_, last)| last)
    }

    fn places(&self) -> impl Iterator<Item = usize> {
        self.accounts.iter().enumerate().filter(|(_, covered)| **covered).map(|(place, _)| place)
    }
}

/// Warns of gaps between two adjacent months, at least one of which is in this file.
pub(super) async fn warn_of_gaps(plan: &Plan, coverage: &Coverage, open: &mut ImportTx) -> Result<()> {
    let (Some((first, last)), Some(known)) = (coverage.periods, plan.known.accounts.as_ref()) else {
        return Ok(());
    };
    let mut gaps = Vec::new();
    let mut uncounted = 0;
    let ids: Vec<AccountId> = coverage.places().filter_map(|place| known.id(place)).collect();
    for some in ids.chunks(ACCOUNTS_PER_QUERY) {
        let found = charges::find_gaps(&mut open.tx, open.engine, some, first, last.next()).await?;
        let room = MAX_WARNINGS.saturating_sub(gaps.len());
        uncounted += found.len().saturating_sub(room) as u64;
        gaps.extend(found.into_iter().take(room));
    }
    let plan = plan.clone();
    let warnings = blocking(move || locate_gaps(&plan, &gaps)).await??;
    for warning in warnings {
        open.checked.findings.warn(warning);
    }
    open.checked.findings.count_more(uncounted);
    Ok(())
}

/// Finds the line of each gap: the later month's, or the earlier month's if the later one is not in the file.
fn locate_gaps(plan: &Plan, gaps: &[Gap]) -> io::Result<Vec<Warning>> {
    let key = |gap: &Gap, period| (gap.number.clone(), period, gap.service.clone());
    let mut lines: HashMap<(AccountNumber, Period, String), u64> = HashMap::new();
    for gap in gaps {
        lines.insert(key(gap, gap.period), 0);
        lines.insert(key(gap, gap.period.previous()), 0);
    }
    if !lines.is_empty() {
        let mut reader = plan.open::<ChargeRecord>()?;
        while let Some(ChargeRecord { account, charge }) = reader.read_record()? {
            if let Some(line) = lines.get_mut(&(account, charge.period, charge.service)) {
                *line = reader.line();
            }
        }
    }
    let line_of = |gap: &Gap, period| lines.get(&key(gap, period)).copied().filter(|line| *line > 0);
    let found = gaps.iter().filter_map(|gap| {
        let line = line_of(gap, gap.period).or_else(|| line_of(gap, gap.period.previous()))?;
        Some(Warning::gap(line, gap.number.as_str(), &gap.service, gap.period, gap.opening, gap.previous_closing))
    });
    let mut warnings: Vec<Warning> = found.collect();
    warnings.sort_by_key(|warning| warning.line);
    Ok(warnings)
}
