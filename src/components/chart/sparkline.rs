//! A year of consumption as tiny bars without words, for a card.

use leptos::prelude::*;

use super::axis::{Axis, Bar, WHOLE};
use crate::domain::calendar::Period;
use crate::domain::consumption::YEAR;
use crate::domain::decimal::Volume;

/// Size of the drawing, in CSS pixels.
const WIDTH: i64 = 260;
const HEIGHT: i64 = 56;
/// Width of a bar; a twelfth of the drawing less a gap.
const BAR_WIDTH: i64 = 15;

/// The newest twelve months of consumption; a month that is missing stays a gap. Nothing when there are no months.
///
/// ```
/// # use kabinet::{components::*, domain::{calendar::Period, decimal::Volume}};
/// # use leptos::prelude::*;
/// # let _ = |months: Vec<(Period, Volume)>| view! { <Sparkline unit="м³" months/> };
/// ```
#[component]
pub fn Sparkline(
    /// Unit of the volumes.
    #[prop(into)]
    unit: String,
    /// The months with their volumes, oldest first.
    months: Vec<(Period, Volume)>,
) -> impl IntoView {
    sparkline(&months, &unit)
}

fn sparkline(months: &[(Period, Volume)], unit: &str) -> impl IntoView + use<> {
    months.last().map(|(newest, _)| {
        let from = newest.months_before(YEAR - 1);
        let year: Vec<_> = months.iter().filter(|(period, _)| *period >= from).copied().collect();
        let (others, last) = paths(&year, from);
        view! {
            <svg
                class="sparkline"
                viewBox=format!("0 0 {WIDTH} {HEIGHT}")
                width=WIDTH
                height=HEIGHT
                role="img"
                aria-label=consumption_words(&year, unit)
            >
                <path d=others></path>
                <path class="sparkline-last" d=last></path>
            </svg>
        }
    })
}

/// The bars of a year that begins with `from`, as two paths: all but the newest, and the newest.
fn paths(year: &[(Period, Volume)], from: Period) -> (String, String) {
    let axis = Axis::around(year.iter().map(|(_, volume)| volume.raw()), 1);
    let path = |(period, volume): &(Period, Volume)| {
        let place = i64::from(months_between(from, *period));
        let slot = WIDTH / i64::from(YEAR);
        let left = (WIDTH - slot * i64::from(YEAR)) / 2 + slot * place + (slot - BAR_WIDTH) / 2;
        let scaled = |thousandths: i64| thousandths * HEIGHT / WHOLE;
        axis.bar(volume.raw()).map(|Bar { top, height }| {
            let (top, foot) = (scaled(top), scaled(top + height));
            format!("M{left} {top}h{BAR_WIDTH}v{}h-{BAR_WIDTH}z", (foot - top).max(1))
        })
    };
    let (last, others) = year.split_last().map_or((None, year), |(last, others)| (Some(last), others));
    (others.iter().filter_map(path).collect(), last.and_then(path).unwrap_or_default())
}

/// Months from one to a later one.
fn months_between(from: Period, to: Period) -> u32 {
    let number = |period: Period| i64::from(period.year()) * i64::from(YEAR) + i64::from(period.month());
    u32::try_from(number(to) - number(from)).unwrap_or(0)
}

/// `Расход по месяцам: от 52 до 455 м³, в октябре 390 м³`; empty for no months.
pub(super) fn consumption_words(months: &[(Period, Volume)], unit: &str) -> String {
    let Some((period, newest)) = months.last() else { return String::new() };
    let month = period.prepositional(Some(*period));
    let volumes = || months.iter().map(|(_, volume)| *volume);
    match (volumes().min(), volumes().max()) {
        (Some(least), Some(most)) if months.len() > 1 => {
            format!("Расход по месяцам: от {least} до {most}\u{a0}{unit}, в {month} {newest}\u{a0}{unit}")
        }
        _ => format!("Расход в {month}: {newest}\u{a0}{unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn months(volumes: &[(&str, i64)]) -> Vec<(Period, Volume)> {
        let month = |(period, volume): &(&str, i64)| (Period::parse(period).unwrap(), Volume::from_raw(*volume));
        volumes.iter().map(month).collect()
    }

    #[test]
    fn a_year_is_told_in_one_sentence() {
        let year = months(&[("2026-08", 52_000), ("2026-09", 455_000), ("2026-10", 390_000)]);
        let told = consumption_words(&year, "м³").replace('\u{a0}', " ");
        assert_eq!(told, "Расход по месяцам: от 52 до 455 м³, в октябре 390 м³");
        let told = consumption_words(&year[..1], "м³").replace('\u{a0}', " ");
        assert_eq!(told, "Расход в августе: 52 м³");
        assert_eq!(consumption_words(&[], "м³"), "");
    }

    #[test]
    fn a_missing_month_stays_a_gap() {
        let year = months(&[("2025-11", 10_000), ("2026-01", 20_000), ("2026-10", 40_000)]);
        let (others, last) = paths(&year, Period::parse("2025-11").unwrap());
        let left = |place: i64| format!("M{} ", 4 + 21 * place + 3);
        assert_eq!(others.matches('M').count(), 2);
        assert!(others.starts_with(&left(0)) && others.contains(&left(2)), "{others}");
        assert_eq!(last, format!("{}0h15v56h-15z", left(11)));
    }

    #[test]
    fn a_month_without_consumption_has_no_bar() {
        let (others, last) = paths(&months(&[("2026-09", 0), ("2026-10", 5_000)]), Period::parse("2026-09").unwrap());
        assert_eq!((others.as_str(), last.is_empty()), ("", false));
    }

    #[test]
    fn a_recalculated_month_goes_below_the_others() {
        let (others, last) = paths(&months(&[("2026-09", 50_000), ("2026-10", -50_000)]), newest().previous());
        assert!(others.contains(" 0h15v28") && last.contains(" 28h15v28"), "{others} {last}");
    }

    fn newest() -> Period {
        Period::parse("2026-10").unwrap()
    }

    #[test]
    fn months_are_counted_across_a_year() {
        assert_eq!(months_between(Period::parse("2025-11").unwrap(), newest()), 11);
        assert_eq!(months_between(newest(), newest()), 0);
    }
}
