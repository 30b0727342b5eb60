//! The penalty by part 14 of article 155 of the Housing Code. Billing sends its sum only, so that the base and the days
//! are unknown: the law and the dates are given, and nothing is computed that billing may have computed otherwise.

use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::domain::balance::unpaid_since;
use crate::domain::calendar::Period;
use crate::domain::money::Money;
use crate::domain::receipt::is_penalty;
use crate::domain::settlement::{Charge, MonthSettlement};

/// The first day of delay with a penalty, of 1/300 of the rate.
pub const FIRST_DAY: i64 = 31;
/// The first day of delay with the higher penalty, of 1/130 of the rate.
pub const HIGHER_DAY: i64 = 91;
/// The divisors of the rate before and from [`HIGHER_DAY`].
pub const DIVISORS: [i64; 2] = [300, 130];
/// The limit of the rate, in tenths of a per cent.
const MAX_RATE: i64 = 95;
/// The first and the last month in which the rate is limited to [`MAX_RATE`]: until 1 January 2027.
const LIMITED: [(i16, i8); 2] = [(2022, 3), (2026, 12)];
/// The debt of the example: 1 000 ₽.
pub const EXAMPLE: Money = Money::from_kopecks(100_000);

/// A penalty charged for a month.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Penalty {
    /// The month.
    pub period: Period,
    /// Charged, before corrections.
    pub charged: Money,
    /// The oldest debt at the month's start, if it is known.
    pub oldest_debt: Option<OldestDebt>,
}

/// The oldest unpaid month, and the days from which its debt has a penalty.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct OldestDebt {
    /// The month.
    pub period: Period,
    /// Its due date: the days of delay follow it.
    pub due: Date,
    /// Day [`FIRST_DAY`] of the delay.
    pub first: Date,
    /// Day [`HIGHER_DAY`] of the delay.
    pub higher: Date,
}

impl Penalty {
    /// Whether the rate is limited in this month.
    pub fn has_limited_rate(&self) -> bool {
        has_limited_rate(self.period)
    }
}

/// Whether the rate is limited to 9.5 % on the days of a month.
pub fn has_limited_rate(month: Period) -> bool {
    (LIMITED[0]..=LIMITED[1]).contains(&(month.year(), month.month()))
}

/// The penalty of one day for a debt at the limit of the rate, rounded to kopecks: the key rate is not counted above the
/// limit, so the real penalty is not higher. `None` when the sum overflows.
pub fn most_of_a_day(debt: Money, divisor: i64) -> Option<Money> {
    let thousandths = 1_000 * i128::from(divisor);
    let kopecks = (i128::from(debt.kopecks()) * i128::from(MAX_RATE) + thousandths / 2) / thousandths;
    i64::try_from(kopecks).ok().map(Money::from_kopecks)
}

/// The penalty of one day for [`EXAMPLE`] at the limit of the rate, rounded to kopecks.
pub const fn example_of_a_day(divisor: i64) -> Money {
    let thousandths = 1_000 * divisor;
    Money::from_kopecks((EXAMPLE.kopecks() * MAX_RATE + thousandths / 2) / thousandths)
}

/// The oldest debt for services at the start of a month; `None` when there is none or its month is unknown.
pub(super) fn oldest_debt(period: Period, charges: &[Charge]) -> Option<OldestDebt> {
    let mut months: Vec<Period> = charges.iter().map(|row| row.period).filter(|month| *month < period).collect();
    months.sort_unstable_by(|one, other| other.cmp(one));
    months.dedup();
    let months: Vec<MonthSettlement> =
        months.into_iter().map(|month| settled(month, charges)).collect::<Option<_>>()?;
    let since = unpaid_since(&months, months.first()?.closing)?;
    let due = since.due_date();
    let day_of_delay = |number: i64| due.checked_add(number.days()).ok();
    Some(OldestDebt { period: since, due, first: day_of_delay(FIRST_DAY)?, higher: day_of_delay(HIGHER_DAY)? })
}

/// A month of all services without penalties; `None` when its sums overflow.
fn settled(period: Period, charges: &[Charge]) -> Option<MonthSettlement> {
    let rows = || charges.iter().filter(|row| row.period == period && !is_penalty(&row.service));
    let sum = |part: fn(&Charge) -> Money| Money::checked_sum(rows().map(part));
    MonthSettlement::of(period, sum(|row| row.opening)?, sum(|row| row.paid)?, sum(|row| row.closing)?).ok()
}
