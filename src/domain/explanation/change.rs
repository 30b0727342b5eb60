//! The charges of a month against the month before, by cause, and the turnover of the month.

use super::arithmetic::Effects;
use crate::domain::calendar::Period;
use crate::domain::money::Money;
use crate::domain::receipt::{charged_for_month, is_penalty};
use crate::domain::settlement::Charge;

/// A cause of a difference between the charges of two months.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Cause {
    /// Another volume, at the old tariff.
    Volume,
    /// Another tariff.
    Tariff,
    /// Charges whose difference cannot be divided into volume and tariff.
    Charges,
    /// Services that the month before does not have.
    NewServices,
    /// Services that this month does not have.
    GoneServices,
    /// Recalculations.
    Recalculation,
    /// Benefits.
    Benefit,
    /// Adjustments by hand.
    Adjustment,
    /// Write-offs.
    WriteOff,
    /// Penalties.
    Penalty,
}

/// The charges of a month and of the month before.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MonthChange {
    /// The month.
    pub period: Period,
    /// Charged for it, over all services.
    pub charged: Money,
    /// Charged for the month before; `None` when billing has sent nothing for it.
    pub before: Option<Money>,
    /// The causes of the difference, the largest first, without those of zero. They add up to the difference.
    pub causes: Vec<(Cause, Money)>,
}

impl MonthChange {
    /// From the rows of both months; `None` when the month has none, or a sum overflows.
    pub(super) fn between(period: Period, month: &[&Charge], before: &[&Charge]) -> Option<Self> {
        if month.is_empty() {
            return None;
        }
        let charged = total(month)?;
        if before.is_empty() {
            return Some(Self { period, charged, before: None, causes: Vec::new() });
        }
        let mut causes = Causes::default();
        for now in month {
            match before.iter().find(|row| row.service == now.service) {
                Some(row) => causes.compare(row, now)?,
                None => causes.add(cause_of(now, Cause::NewServices), charged_for_month(now)?)?,
            }
        }
        for row in before.iter().filter(|row| month.iter().all(|now| now.service != row.service)) {
            let gone = Money::ZERO.checked_sub(charged_for_month(row)?)?;
            causes.add(cause_of(row, Cause::GoneServices), gone)?;
        }
        Some(Self { period, charged, before: Some(total(before)?), causes: causes.largest_first() })
    }
}

fn total(rows: &[&Charge]) -> Option<Money> {
    rows.iter().try_fold(Money::ZERO, |sum, row| sum.checked_add(charged_for_month(row)?))
}

/// A penalty is its own cause, whichever months have it.
fn cause_of(row: &Charge, otherwise: Cause) -> Cause {
    if is_penalty(&row.service) { Cause::Penalty } else { otherwise }
}

/// Sums by cause.
#[derive(Default)]
struct Causes(Vec<(Cause, Money)>);

impl Causes {
    /// Adds to the sum of a cause; `None` when it overflows.
    fn add(&mut self, cause: Cause, sum: Money) -> Option<()> {
        match self.0.iter_mut().find(|(known, _)| *known == cause) {
            Some((_, total)) => *total = total.checked_add(sum)?,
            None => self.0.push((cause, sum)),
        }
        Some(())
    }

    /// Adds the differences between two rows of one service; `None` when a sum overflows.
    fn compare(&mut self, before: &Charge, now: &Charge) -> Option<()> {
        if is_penalty(&now.service) {
            return self.add(Cause::Penalty, charged_for_month(now)?.checked_sub(charged_for_month(before)?)?);
        }
        match Effects::between(before, now) {
            Some(effects) => {
                self.add(Cause::Volume, effects.volume)?;
                self.add(Cause::Tariff, effects.tariff)?;
            }
            None => self.add(Cause::Charges, now.charged.checked_sub(before.charged)?)?,
        }
        self.add(Cause::Recalculation, now.recalculated.checked_sub(before.recalculated)?)?;
        self.add(Cause::Benefit, before.benefit.checked_sub(now.benefit)?)?;
        self.add(Cause::Adjustment, now.adjusted.checked_sub(before.adjusted)?)?;
        self.add(Cause::WriteOff, before.written_off.checked_sub(now.written_off)?)
    }

    fn largest_first(mut self) -> Vec<(Cause, Money)> {
        self.0.retain(|(_, sum)| !sum.is_zero());
        self.0.sort_by_key(|(_, sum)| std::cmp::Reverse(sum.magnitude()));
        self.0
    }
}

/// The payments of a month, and the debt before and after it, over all services.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Turnover {
    /// The month.
    pub period: Period,
    /// Owed at its start; negative is an overpayment.
    pub opening: Money,
    /// Charged for it.
    pub charged: Money,
    /// Paid within it; negative is a return.
    pub paid: Money,
    /// Owed at its end.
    pub closing: Money,
}

impl Turnover {
    /// From the rows of the month; `None` when a sum overflows.
    pub(super) fn of(period: Period, month: &[&Charge]) -> Option<Self> {
        let sum = |part: fn(&Charge) -> Money| Money::checked_sum(month.iter().map(|row| part(row)));
        Some(Self {
            period,
            opening: sum(|row| row.opening)?,
            charged: total(month)?,
            paid: sum(|row| row.paid)?,
            closing: sum(|row| row.closing)?,
        })
    }

    /// Whether the sums lead from the opening to the closing.
    pub fn closes(&self) -> bool {
        let owed = self.opening.checked_add(self.charged).and_then(|owed| owed.checked_sub(self.paid));
        owed == Some(self.closing)
    }
}
