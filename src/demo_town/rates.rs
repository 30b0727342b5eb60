//! Norms of consumption, and tariffs with the days of their rises.

use super::household::{Household, Norm};
use crate::domain::calendar::Period;

/// Rises of tariffs by their first month, in thousandths: the country's averages. In 2026 they rose twice: in January
/// with the value-added tax, and in October instead of July.
const RISES: [(i16, i8, i64); 4] = [(2024, 7, 1_098), (2025, 7, 1_119), (2026, 1, 1_017), (2026, 10, 1_099)];
/// The rise of each October from this year on, in thousandths.
const LATER_RISES: (i16, i64) = (2027, 1_070);

/// Heating runs from October to April.
fn is_heated(period: Period) -> bool {
    !(5..=9).contains(&period.month())
}

/// The standard consumption of a month for the whole account, in thousandths.
pub(super) fn norm_volume(household: &Household, norm: Norm, period: Period) -> i64 {
    let people = i64::from(household.residents);
    let heated = |per_metre: i64| if is_heated(period) { household.heated_area * per_metre / 1_000 } else { 0 };
    match norm {
        Norm::Person(each) => each * people,
        Norm::PersonAndHeat(each, per_metre) => each * people + heated(per_metre),
        Norm::Heat(per_metre) => heated(per_metre),
        Norm::Same => norm_volume(household, household.services[0].norm, period),
        Norm::Sum(_) => 0,
    }
}

/// The standard consumption, higher in the colder months and lower in the milder.
pub(super) fn norm_by_weather(household: &Household, period: Period) -> i64 {
    let cold = [150, 140, 105, 70, 100, 100, 100, 100, 100, 75, 110, 140];
    let share = if matches!(household.services[0].norm, Norm::PersonAndHeat(..)) {
        cold[usize::try_from(period.month() - 1).unwrap_or_default()]
    } else {
        100
    };
    norm_volume(household, household.services[0].norm, period) * share / 100
}

/// The standard consumption for one person or one metre, as the receipt shows it.
pub(super) fn person_norm(norm: Norm) -> Option<i64> {
    match norm {
        Norm::Person(each) | Norm::PersonAndHeat(each, _) | Norm::Heat(each) => Some(each),
        Norm::Same | Norm::Sum(_) => None,
    }
}

/// A tariff of a month, from the first one, which was in force before July 2024. In micro-roubles, rounded to a tenth
/// of a kopeck.
pub(super) fn tariff_in(first: i64, period: Period) -> i64 {
    let later = (LATER_RISES.0..=period.year()).map(|year| (year, 10, LATER_RISES.1));
    let risen =
        RISES.into_iter().chain(later).filter(|(year, month, _)| (*year, *month) <= (period.year(), period.month()));
    risen.fold(first, |tariff, (_, _, rise)| round_to(tariff * rise / 1_000, 1_000))
}

/// Kopecks of a volume in thousandths at a tariff in micro-roubles, rounded to the nearest.
pub(super) fn cost(volume: i64, tariff: i64) -> i64 {
    let exact = i128::from(volume) * i128::from(tariff);
    i64::try_from((exact + 5_000_000) / 10_000_000).unwrap_or_default()
}

pub(super) fn round_to(value: i64, step: i64) -> i64 {
    (value + step / 2) / step * step
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tariffs_rise_in_the_months_of_the_real_rises() {
        let months = (0..48).scan(Period::parse("2023-11").unwrap(), |period, _| {
            *period = period.next();
            Some(*period)
        });
        let rises: Vec<String> = months
            .filter(|period| tariff_in(6_543_000, *period) > tariff_in(6_543_000, period.previous()))
            .map(Period::machine)
            .collect();
        assert_eq!(rises, ["2024-07", "2025-07", "2026-01", "2026-10", "2027-10"]);
    }
}
