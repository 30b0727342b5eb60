//! «Почему столько?»: why the charges of a month are as they are (M9).
//!
//! Facts are computed from billing's rows alone; each has a sentence and the arithmetic behind it. A missing number gives
//! no fact, and no cause is named that the rows do not contain.

mod arithmetic;
mod change;
mod facts;
mod penalty;
mod words;

#[cfg(test)]
mod tests;

use super::calendar::Period;
use super::decimal::{Area, Volume};
use super::money::Money;
use super::receipt::{charged_for_month, is_penalty};
use super::settlement::Charge;

pub use arithmetic::{Effects, Product, tenths_of_percent};
pub use change::{Cause, MonthChange, Turnover};
pub use facts::{Fact, TariffChange};
pub use penalty::{DIVISORS, FIRST_DAY, HIGHER_DAY, OldestDebt, Penalty, has_limited_rate, most_of_a_day};

/// Months before the explained one whose rows are needed: the same month last year, and a tariff's beginning before it.
pub const MAX_HISTORY: u32 = 24;
/// The number of months in a year.
const YEAR: u32 = 12;
/// The length of the longest bar.
pub const BAR_LENGTH: u16 = 1_000;

/// A fact in words.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Line {
    /// One or two sentences.
    pub sentence: String,
    /// Its arithmetic, a step each; empty when there is none.
    pub formula: Vec<String>,
}

/// The account's data that norms are multiplied by.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Household {
    /// Residents counted by the norm.
    pub residents: Option<u16>,
    /// Heated area.
    pub heated_area: Option<Area>,
}

/// Why the charges of a month are as they are.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Explanation {
    /// The month's charges against the month before.
    pub change: MonthChange,
    /// Its services, in the order of its rows.
    pub services: Vec<ServiceExplanation>,
    /// Its payments, and the debt before and after it.
    pub turnover: Turnover,
}

/// Why one service costs as much as it does.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ServiceExplanation {
    /// Billing's name of the service.
    pub service: String,
    /// Charged for the month, with corrections.
    pub charged: Money,
    /// Its facts, the charge first.
    pub facts: Vec<Fact>,
    /// Its volume beside earlier ones; empty when there is nothing to compare.
    pub bars: Vec<VolumeBar>,
}

/// A volume as a bar.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VolumeBar {
    /// Its month.
    pub period: Period,
    /// `29,52 м³`.
    pub volume: String,
    /// Its length, up to [`BAR_LENGTH`].
    pub length: u16,
}

/// Explains a month by its rows and those of up to [`MAX_HISTORY`] months before it, in any order. `None` when the month
/// has no rows, or its sums overflow.
pub fn explain(period: Period, charges: &[Charge], household: Household) -> Option<Explanation> {
    let of = |period: Period| -> Vec<&Charge> { charges.iter().filter(|row| row.period == period).collect() };
    let (month, before) = (of(period), of(period.previous()));
    let oldest_debt = penalty::oldest_debt(period, charges);
    let service = |now: &&Charge| {
        let history: Vec<&Charge> = charges.iter().filter(|row| row.service == now.service).collect();
        let fact_finder = facts::Comparison::of(now, &history, !before.is_empty(), household);
        Some(ServiceExplanation {
            service: now.service.clone(),
            charged: charged_for_month(now)?,
            facts: if is_penalty(&now.service) {
                fact_finder.of_penalty(oldest_debt)
            } else {
                fact_finder.of_service()
            },
            bars: bars(now, &history),
        })
    };
    Some(Explanation {
        change: MonthChange::between(period, &month, &before)?,
        services: month.iter().map(service).collect::<Option<_>>()?,
        turnover: Turnover::of(period, &month)?,
    })
}

/// The row of a month.
fn row_of<'a>(history: &[&'a Charge], period: Period) -> Option<&'a Charge> {
    history.iter().copied().find(|row| row.period == period)
}

/// A volume that can be compared with that of another row: not negative, as in a reversal, and in the same unit.
fn comparable(now: &Charge, other: &Charge) -> Option<Volume> {
    other.volume.filter(|volume| volume.raw() >= 0 && other.unit == now.unit)
}

/// The bars of this month, the month before and the same month last year; none for a single volume and for volumes of
/// zero.
fn bars(now: &Charge, history: &[&Charge]) -> Vec<VolumeBar> {
    let months = [now.period, now.period.previous(), now.period.months_before(YEAR)];
    let volumes = months.map(|period| Some((period, comparable(now, row_of(history, period)?)?)));
    let volumes: Vec<(Period, Volume)> = volumes.into_iter().flatten().collect();
    let most = volumes.iter().map(|(_, volume)| i128::from(volume.raw())).max().unwrap_or(0);
    let has_now = volumes.first().is_some_and(|(period, _)| *period == now.period);
    if !has_now || volumes.len() < 2 || most == 0 {
        return Vec::new();
    }
    let length = |volume: Volume| i128::from(volume.raw()) * i128::from(BAR_LENGTH) / most;
    let bar = |(period, volume): (Period, Volume)| VolumeBar {
        period,
        volume: words::quantity(volume, &words::unit(now)),
        length: u16::try_from(length(volume)).unwrap_or(BAR_LENGTH),
    };
    volumes.into_iter().map(bar).collect()
}
