//! The facts about one service of a month.

use super::arithmetic::{Effects, Product};
use super::penalty::{OldestDebt, Penalty};
use super::{Household, YEAR, comparable, row_of, words};
use crate::domain::calendar::Period;
use crate::domain::decimal::{Tariff, Volume};
use crate::domain::money::Money;
use crate::domain::receipt::charged_for_month;
use crate::domain::settlement::{Charge, Method, NormFactor};

/// A fact about one service of a month. `shown` is that month: other months of its year are named without the year.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Fact {
    /// Charged for a volume at a tariff.
    ByTariff {
        /// Charged.
        charged: Money,
        /// How the volume was determined.
        method: Option<Method>,
        /// The volume.
        volume: Volume,
        /// Its unit.
        unit: String,
        /// The price of a unit.
        tariff: Tariff,
        /// The norm and its factor, if their product is the volume.
        norm: Option<(Volume, NormFactor)>,
    },
    /// Charged another sum than the volume at the tariff.
    NotByTariff {
        /// Charged.
        charged: Money,
        /// The volume.
        volume: Volume,
        /// Its unit.
        unit: String,
        /// The price of a unit.
        tariff: Tariff,
        /// The volume at the tariff.
        expected: Money,
    },
    /// Charged without a volume or without a tariff.
    Charged {
        /// Charged.
        charged: Money,
    },
    /// Charged against the month before.
    Change {
        /// The month.
        shown: Period,
        /// Charged for it.
        now: Money,
        /// Charged for the month before.
        before: Money,
        /// The rows' volumes and the old tariff, with the effects of volume and tariff.
        effects: Option<(ChangeOfVolume, Effects)>,
    },
    /// The month before has rows, but not of this service.
    New {
        /// The month.
        shown: Period,
    },
    /// The volume against earlier months.
    Volume {
        /// The month.
        shown: Period,
        /// The volume.
        now: Volume,
        /// Its unit.
        unit: String,
        /// Earlier months with their volumes: the month before and the same month last year. At least one.
        earlier: Vec<(Period, Volume)>,
    },
    /// The volume was determined otherwise than in the month before.
    OtherMethod {
        /// The month.
        shown: Period,
        /// The method of the month.
        now: &'static str,
        /// The method of the month before.
        before: &'static str,
    },
    /// The tariff has changed, in this month or before.
    Tariff(TariffChange),
    /// Recalculated.
    Recalculated {
        /// The sum, either sign, not zero.
        sum: Money,
        /// Billing's reason.
        reason: Option<String>,
    },
    /// A benefit, subtracted.
    Benefit(Money),
    /// Adjusted by hand, either sign.
    Adjusted(Money),
    /// Written off, subtracted.
    WrittenOff(Money),
    /// Charged for the month with its corrections.
    Total {
        /// Charged, before corrections.
        charged: Money,
        /// The corrections with their names and signs, without those of zero.
        corrections: Vec<(&'static str, Money)>,
        /// The sum of all.
        total: Money,
    },
    /// A penalty.
    Penalty(Penalty),
}

/// The volumes of two months and the tariff of the earlier one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChangeOfVolume {
    /// The volume of the month.
    pub now: Volume,
    /// The volume of the month before.
    pub before: Volume,
    /// Their unit.
    pub unit: String,
    /// The tariff of the month before.
    pub tariff: Tariff,
}

/// The latest change of a tariff.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TariffChange {
    /// The explained month.
    pub shown: Period,
    /// The first month with the new tariff.
    pub since: Period,
    /// The tariff before.
    pub from: Tariff,
    /// The new tariff.
    pub to: Tariff,
    /// The unit it is the price of.
    pub unit: String,
}

impl TariffChange {
    /// The latest change up to a month; `None` when the known months show none: a missing month or tariff, another unit
    /// and a tariff that is not positive end the search.
    fn of(now: &Charge, history: &[&Charge]) -> Option<Self> {
        let positive = |row: &Charge| row.tariff.filter(|tariff| tariff.raw() > 0);
        let to = positive(now)?;
        let mut since = now.period;
        loop {
            let before = row_of(history, since.previous()).filter(|row| row.unit == now.unit)?;
            let from = positive(before)?;
            if from != to {
                return Some(Self { shown: now.period, since, from, to, unit: words::unit(now) });
            }
            since = before.period;
        }
    }
}

/// A row and the rows that it is compared with.
pub(super) struct Comparison<'a> {
    now: &'a Charge,
    history: &'a [&'a Charge],
    before: Option<&'a Charge>,
    /// Whether the month before has rows of any service.
    has_before: bool,
    household: Household,
}

impl<'a> Comparison<'a> {
    pub(super) fn of(now: &'a Charge, history: &'a [&'a Charge], has_before: bool, household: Household) -> Self {
        let before = row_of(history, now.period.previous());
        Self { now, history, before, has_before, household }
    }

    pub(super) fn of_service(&self) -> Vec<Fact> {
        let tariff = TariffChange::of(self.now, self.history).map(Fact::Tariff);
        let facts = [Some(self.charged()), self.change(), self.volume(), self.other_method(), tariff];
        facts.into_iter().flatten().chain(self.corrections()).collect()
    }

    pub(super) fn of_penalty(&self, oldest_debt: Option<OldestDebt>) -> Vec<Fact> {
        let Charge { period, charged, .. } = *self.now;
        let penalty = Fact::Penalty(Penalty { period, charged, oldest_debt });
        [Some(penalty), self.change()].into_iter().flatten().chain(self.corrections()).collect()
    }

    fn charged(&self) -> Fact {
        let charge = self.now;
        let charged = charge.charged;
        let plain = Fact::Charged { charged };
        let (Some(volume), Some(tariff)) = (charge.volume, charge.tariff) else { return plain };
        let (product, unit) = (Product::of(volume, tariff), words::unit(charge));
        if !product.makes(charged) {
            return match product.rounded() {
                Some(expected) => Fact::NotByTariff { charged, volume, unit, tariff, expected },
                None => plain,
            };
        }
        let factor = charge.norm_factor(self.household.residents, self.household.heated_area);
        Fact::ByTariff { charged, method: charge.method, volume, unit, tariff, norm: charge.norm.zip(factor) }
    }

    /// A charge below zero reverses earlier ones: «more» and «less» would mislead.
    fn change(&self) -> Option<Fact> {
        let (now, shown) = (self.now, self.now.period);
        let Some(before) = self.before else { return self.has_before.then_some(Fact::New { shown }) };
        if now.charged.is_negative() || before.charged.is_negative() {
            return None;
        }
        let effects = Effects::between(before, now).and_then(|effects| {
            let volumes = ChangeOfVolume {
                now: now.volume?,
                before: before.volume?,
                unit: words::unit(now),
                tariff: before.tariff?,
            };
            Some((volumes, effects))
        });
        Some(Fact::Change { shown, now: now.charged, before: before.charged, effects })
    }

    fn volume(&self) -> Option<Fact> {
        let now = comparable(self.now, self.now)?;
        let shown = self.now.period;
        let earlier = [shown.previous(), shown.months_before(YEAR)];
        let earlier = earlier.map(|month| Some((month, comparable(self.now, row_of(self.history, month)?)?)));
        let earlier: Vec<_> = earlier.into_iter().flatten().collect();
        (!earlier.is_empty()).then(|| Fact::Volume { shown, now, unit: words::unit(self.now), earlier })
    }

    fn other_method(&self) -> Option<Fact> {
        let [now, before] = [self.now, self.before?].map(|row| row.volume.and(row.method)?.words());
        let (now, before) = now.zip(before).filter(|(now, before)| now != before)?;
        Some(Fact::OtherMethod { shown: self.now.period, now, before })
    }

    /// The corrections, and the total if there are any.
    fn corrections(&self) -> Vec<Fact> {
        let Charge { charged, recalculated, benefit, adjusted, written_off, .. } = *self.now;
        let reason = self.now.recalculation_reason.clone();
        let facts = [
            (recalculated, Fact::Recalculated { sum: recalculated, reason }),
            (benefit, Fact::Benefit(benefit)),
            (adjusted, Fact::Adjusted(adjusted)),
            (written_off, Fact::WrittenOff(written_off)),
        ];
        let mut facts: Vec<Fact> = facts.into_iter().filter(|(sum, _)| !sum.is_zero()).map(|(_, fact)| fact).collect();
        if !facts.is_empty() {
            facts.extend(self.total(charged));
        }
        facts
    }

    fn total(&self, charged: Money) -> Option<Fact> {
        let minus = |sum: Money| Money::ZERO.checked_sub(sum);
        let mut corrections = vec![
            ("перерасчёт", self.now.recalculated),
            ("льгота", minus(self.now.benefit)?),
            ("корректировка", self.now.adjusted),
            ("списание", minus(self.now.written_off)?),
        ];
        corrections.retain(|(_, sum)| !sum.is_zero());
        Some(Fact::Total { charged, corrections, total: charged_for_month(self.now)? })
    }
}
