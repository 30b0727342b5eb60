//! A debt by law: the months it consists of, its stage, and what follows on which day if nothing is paid.
//!
//! Payments cover the oldest month first, as in [`DueSplit`]. The account counts as a whole, as on the receipt: an advance
//! in one service covers a debt in another, and [`Standing::Offset`] says so. The portal knows no notices of the supplier
//! and no agreements with it, so it tells what the law allows, not what the supplier has decided.

#[cfg(test)]
mod tests;

use std::fmt;

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::balance::DueSplit;
use super::calendar::Period;
use super::explanation::{DIVISORS, FIRST_DAY, HIGHER_DAY, has_limited_rate, most_of_a_day};
use super::money::Money;
use super::settlement::{Balance, Charge, MonthSettlement};

/// When a late payment has a penalty, and of which share of the rate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct PenaltyRule {
    /// The first day of delay with a penalty, of the first rate.
    first_day: i64,
    /// The first day of delay with the second rate.
    higher_day: i64,
    /// Both rates.
    rates: [DailyRate; 2],
}

/// When the supplier may suspend the supply of gas.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SuspensionRule {
    /// Unpaid billing periods in a row.
    pub periods: usize,
    /// Days between the supplier's notice and the suspension, at least.
    pub notice_days: i64,
}

/// Rules of penalties, each with the first period to which it applies: part 14 of article 155 of the Housing Code as
/// amended by 307-ФЗ, in force since January 2016, when the charges of December 2015 were due.
const PENALTIES: [(i64, PenaltyRule); 1] = [(
    201_512,
    PenaltyRule {
        first_day: FIRST_DAY,
        higher_day: HIGHER_DAY,
        rates: [DailyRate { divisor: DIVISORS[0] }, DailyRate { divisor: DIVISORS[1] }],
    },
)];

/// Rules of suspension, each with the first period to which it applies: items 45–47 of the Rules of the supply of gas (the
/// Government's decree 549), three periods at first, two as amended by the decree 112 of 17.02.2014.
const SUSPENSIONS: [(i64, SuspensionRule); 2] = [
    (200_808, SuspensionRule { periods: 3, notice_days: 20 }),
    (201_403, SuspensionRule { periods: 2, notice_days: 20 }),
];

/// The rule of a period; the first rule for earlier periods.
fn rule_of<T: Copy, const N: usize>(rules: &[(i64, T); N], period: Period) -> T {
    rules.iter().rev().find(|(from, _)| period.number() >= *from).map_or(rules[0].1, |(_, rule)| *rule)
}

/// The share of the rate that is the penalty of a day: `1/300`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DailyRate {
    /// The divisor of the rate.
    pub divisor: i64,
}

impl fmt::Display for DailyRate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "1/{}", self.divisor)
    }
}

/// The unpaid part of a month's charges.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct UnpaidMonth {
    /// The month.
    pub period: Period,
    /// Its unpaid part; below zero for a recalculation that reduces the debt of other months.
    pub sum: Money,
}

impl UnpaidMonth {
    /// Whether it is unpaid on a day after its due date.
    fn is_late(&self, today: Date) -> bool {
        self.sum > Money::ZERO && self.period.due_date() < today
    }

    /// The days since its due date; zero until then.
    fn days_late(&self, today: Date) -> i64 {
        days_after(self.period.due_date(), today).max(0)
    }
}

/// The stage of a debt on a day: the most serious one that is reached.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DebtStage {
    /// Nothing is owed.
    NotDue,
    /// A sum is owed, and its due date has not passed.
    Due {
        /// The due date.
        until: Date,
    },
    /// The due date has passed, and there is no penalty yet.
    Overdue {
        /// The first day of the delay.
        since: Date,
        /// The number of this day of the delay.
        days: i64,
        /// The first day with a penalty.
        penalty_from: Date,
    },
    /// Each day has a penalty.
    Penalty {
        /// The rate of the oldest month.
        rate: DailyRate,
        /// The first day with the higher rate; `None` when it is reached.
        next_rate_from: Option<Date>,
    },
    /// The supplier may suspend the supply of gas after its notice.
    MayBeSuspended {
        /// Unpaid periods in a row that are past their due dates.
        periods: usize,
    },
}

/// What happens to a debt on a day.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Event {
    /// The oldest unpaid month ended.
    Charged,
    /// The first day after the due date.
    Late,
    /// The first day with a penalty.
    Penalty(DailyRate),
    /// The first day with the higher penalty.
    HigherPenalty(DailyRate),
    /// The first day on which the supplier may send the notice of a suspension.
    Suspension(SuspensionRule),
}

/// Whether the day of an event has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum When {
    /// It has, and a later event too.
    Past,
    /// It has, and no later event.
    Now,
    /// It has not.
    Ahead,
}

/// An event with its day.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Milestone {
    /// The day.
    pub date: Date,
    /// What happens.
    pub event: Event,
    /// Whether the day has come.
    pub when: When,
}

/// A sum due with the months that it is owed for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Debt {
    /// The sum due.
    pub total: Money,
    /// The part of it that is past its due date.
    pub overdue: Money,
    /// The unpaid months, the oldest first. They add up to the sum due.
    pub months: Vec<UnpaidMonth>,
    /// Whether the debt begins with the oldest of them. If not, that one includes all earlier months, and the days may
    /// have come earlier than computed.
    pub is_beginning_known: bool,
    /// The stage on the day that it was computed for.
    pub stage: DebtStage,
    /// When the supplier may send the notice of a suspension if nothing is paid; only for gas, and only while it is known.
    suspension: Option<(Date, SuspensionRule)>,
}

impl Debt {
    /// The debt on a day, after the payments made since the newest month. `months` are the newest ones, newest first, as
    /// for [`DueSplit::of`]; `is_gas` tells that the rules of the supply of gas apply. `None` when nothing is due, when
    /// there are no months, and when a sum or a day overflows.
    pub fn of(months: &[MonthSettlement], paid_since: Money, today: Date, is_gas: bool) -> Option<Self> {
        let split = DueSplit::of(months, paid_since)?;
        let total = split.older_debt.checked_add(split.for_period)?;
        let known = known_months(months, split);
        let is_beginning_known = known.is_some();
        let unpaid = known.unwrap_or_else(|| {
            let newest = UnpaidMonth { period: split.period, sum: split.for_period };
            without_zeros(vec![UnpaidMonth { period: split.period.previous(), sum: split.older_debt }, newest])
        });
        let oldest = *unpaid.first()?;
        let late = unpaid.iter().filter(|month| month.period.due_date() < today);
        let overdue = Money::checked_sum(late.map(|month| month.sum))?.max(Money::ZERO).min(total);
        let suspension = if is_gas { suspension(&unpaid, split.period, today) } else { None };
        let stage = stage(&unpaid, oldest.period, suspension, today)?;
        Some(Self { total, overdue, months: unpaid, is_beginning_known, stage, suspension })
    }

    /// The days between the supplier's notice and a suspension by the rule that applies; `None` when none does.
    pub fn notice_days(&self) -> Option<i64> {
        self.suspension.map(|(_, rule)| rule.notice_days)
    }

    /// The month from which the days of delay count.
    pub fn oldest(&self) -> Option<UnpaidMonth> {
        self.months.first().copied()
    }

    /// What has happened and what follows if nothing is paid, in the order of the days.
    pub fn timeline(&self, today: Date) -> Vec<Milestone> {
        let Some(UnpaidMonth { period, .. }) = self.oldest() else { return Vec::new() };
        let PenaltyRule { first_day, higher_day, rates } = rule_of(&PENALTIES, period);
        let day_of_delay = |number| day_of_delay(period, number);
        let dates = [
            (Some(period.last_day()), Event::Charged),
            (day_of_delay(1), Event::Late),
            (day_of_delay(first_day), Event::Penalty(rates[0])),
            (day_of_delay(higher_day), Event::HigherPenalty(rates[1])),
        ];
        let mut dates: Vec<(Date, Event)> =
            dates.into_iter().filter_map(|(date, event)| Some((date?, event))).collect();
        dates.extend(self.suspension.map(|(date, rule)| (date, Event::Suspension(rule))));
        dates.sort_by_key(|(date, _)| *date);
        let now = dates.iter().rposition(|(date, _)| *date <= today);
        let when = |place: usize| match now {
            Some(now) if place < now => When::Past,
            Some(now) if place == now => When::Now,
            _ => When::Ahead,
        };
        let milestone = |(place, (date, event))| Milestone { date, event, when: when(place) };
        dates.into_iter().enumerate().map(milestone).collect()
    }

    /// The highest possible penalty of a day: of each month by its own days of delay, at the limit of the rate. `None`
    /// without a penalty, after the limit has ended, and when a sum overflows.
    pub fn most_penalty_a_day(&self, today: Date) -> Option<Money> {
        if !has_limited_rate(Period::of(today)) {
            return None;
        }
        let of_month = |month: &UnpaidMonth| match rate_on(month, today) {
            Some(rate) => most_of_a_day(month.sum, rate.divisor),
            None => Some(Money::ZERO),
        };
        let penalties = self.months.iter().map(of_month).collect::<Option<Vec<Money>>>()?;
        Money::checked_sum(penalties).filter(|penalty| *penalty > Money::ZERO)
    }
}

/// The unpaid months, the oldest first; `None` when the older debt began before the months at hand, and on overflow.
fn known_months(months: &[MonthSettlement], split: DueSplit) -> Option<Vec<UnpaidMonth>> {
    let mut unpaid = vec![UnpaidMonth { period: split.period, sum: split.for_period }];
    if !split.older_debt.is_zero() {
        let since = split.older_since?;
        let mut left = split.older_debt;
        for month in months.iter().skip(1).take_while(|month| month.period > since) {
            left = left.checked_sub(month.charged)?;
            unpaid.push(UnpaidMonth { period: month.period, sum: month.charged });
        }
        unpaid.push(UnpaidMonth { period: since, sum: left });
    }
    unpaid.reverse();
    Some(without_zeros(unpaid))
}

fn without_zeros(mut months: Vec<UnpaidMonth>) -> Vec<UnpaidMonth> {
    months.retain(|month| !month.sum.is_zero());
    months
}

/// The number of days from one day to another.
fn days_after(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| span.get_days().into())
}

/// A day of the delay of a period; day 1 follows the due date.
fn day_of_delay(period: Period, number: i64) -> Option<Date> {
    period.due_date().checked_add(number.days()).ok()
}

/// The rate of a month's penalty on a day; `None` before the first day with a penalty, and for a month that reduces the
/// debt.
fn rate_on(month: &UnpaidMonth, today: Date) -> Option<DailyRate> {
    let rule = rule_of(&PENALTIES, month.period);
    let days = month.days_late(today);
    let rate = if days >= rule.higher_day { rule.rates[1] } else { rule.rates[0] };
    Some(rate).filter(|_| month.sum > Money::ZERO && days >= rule.first_day)
}

/// The runs of unpaid months that follow one another, each as its last month and its length so far.
fn runs<'a>(months: impl Iterator<Item = &'a UnpaidMonth>) -> Vec<(Period, usize)> {
    let mut runs: Vec<(Period, usize)> = Vec::new();
    for month in months.filter(|month| month.sum > Money::ZERO) {
        let length = match runs.last() {
            Some((before, length)) if before.next() == month.period => length + 1,
            _ => 1,
        };
        runs.push((month.period, length));
    }
    runs
}

/// The first day on which enough periods in a row are past their due dates. Periods that billing has not sent yet count as
/// unpaid: their day is a possibility. `None` when that day has passed without such a period, and when it
/// overflows.
fn suspension(months: &[UnpaidMonth], newest: Period, today: Date) -> Option<(Date, SuspensionRule)> {
    let runs = runs(months.iter());
    let reached = runs.iter().find(|(period, length)| *length >= rule_of(&SUSPENSIONS, *period).periods);
    if let Some((period, _)) = reached {
        return Some((day_of_delay(*period, 1)?, rule_of(&SUSPENSIONS, *period)));
    }
    let (mut period, mut length) = runs.last().copied().filter(|(last, _)| *last == newest).unwrap_or((newest, 0));
    while length < rule_of(&SUSPENSIONS, period).periods {
        (period, length) = (period.next(), length + 1);
    }
    day_of_delay(period, 1).filter(|day| *day > today).map(|day| (day, rule_of(&SUSPENSIONS, period)))
}

/// The stage on a day; `None` when a day overflows.
fn stage(
    months: &[UnpaidMonth],
    oldest: Period,
    suspension: Option<(Date, SuspensionRule)>,
    today: Date,
) -> Option<DebtStage> {
    let until = oldest.due_date();
    if today <= until {
        return Some(DebtStage::Due { until });
    }
    if suspension.is_some_and(|(from, _)| from <= today) {
        let late = runs(months.iter().filter(|month| month.is_late(today)));
        let periods = late.into_iter().map(|(_, length)| length).max().unwrap_or_default();
        return Some(DebtStage::MayBeSuspended { periods });
    }
    let PenaltyRule { first_day, higher_day, rates } = rule_of(&PENALTIES, oldest);
    let (penalty_from, higher_from) = (day_of_delay(oldest, first_day)?, day_of_delay(oldest, higher_day)?);
    Some(if today < penalty_from {
        DebtStage::Overdue { since: day_of_delay(oldest, 1)?, days: days_after(until, today), penalty_from }
    } else if today < higher_from {
        DebtStage::Penalty { rate: rates[0], next_rate_from: Some(higher_from) }
    } else {
        DebtStage::Penalty { rate: rates[1], next_rate_from: None }
    })
}

/// A debt in one service.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ServiceDebt {
    /// Billing's name of the service.
    pub service: String,
    /// Its debt.
    pub sum: Money,
}

/// How an account stands: whether anything is owed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Standing {
    /// Billing has sent no charges.
    Unknown,
    /// Nothing is owed.
    Clear,
    /// Nothing is owed for all services together, but an advance in one service covers these debts in others.
    Offset(Vec<ServiceDebt>),
    /// A sum is due.
    Owed(Debt),
}

impl Standing {
    /// The standing on a day. `months` as for [`Debt::of`]; `newest` are the rows of the newest month. Payments since then
    /// are of no known service: they count for the services in debt first.
    pub fn of(months: &[MonthSettlement], newest: &[Charge], paid_since: Money, today: Date, is_gas: bool) -> Self {
        let balance = Balance::of(months.first().map(|month| month.closing), paid_since);
        match balance {
            Balance::Unknown => Self::Unknown,
            Balance::Due(_) => Debt::of(months, paid_since, today, is_gas).map_or(Self::Unknown, Self::Owed),
            Balance::Settled | Balance::Overpaid(_) => {
                let debts = debts_by_service(newest);
                let owed = Money::checked_sum(debts.iter().map(|debt| debt.sum));
                if owed.is_some_and(|owed| owed <= paid_since.max(Money::ZERO)) {
                    Self::Clear
                } else {
                    Self::Offset(debts)
                }
            }
        }
    }

    /// The stage of the debt.
    pub const fn stage(&self) -> DebtStage {
        match self {
            Self::Owed(debt) => debt.stage,
            Self::Unknown | Self::Clear | Self::Offset(_) => DebtStage::NotDue,
        }
    }
}

fn debts_by_service(rows: &[Charge]) -> Vec<ServiceDebt> {
    let owing = rows.iter().filter(|row| row.closing > Money::ZERO);
    owing.map(|row| ServiceDebt { service: row.service.clone(), sum: row.closing }).collect()
}
