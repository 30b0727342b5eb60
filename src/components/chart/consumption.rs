//! Consumption by month, each month in front of the same month a year earlier.

use leptos::prelude::*;

use super::axis::Axis;
use super::sparkline::consumption_words;
use super::{Month, Place, bar, figure, key_line};
use crate::domain::calendar::Period;
use crate::domain::consumption::{MonthVolume, YEAR};
use crate::domain::decimal::format_fixed;

/// The bar of the year before is wider than the bar in front of it, so that both are seen whichever is higher.
const BEFORE: Place = (80, 840);
const IN_FRONT: Place = (260, 480);

/// A year of consumption by month, oldest first, in front of the paler bars of the year before. A month without a
/// volume is left empty; computed volumes are hollow. Nothing when there are no months.
///
/// ```
/// # use kabinet::{components::*, domain::consumption::MonthVolume};
/// # use leptos::prelude::*;
/// # let _ = |months: Vec<MonthVolume>| view! {
/// <ConsumptionChart title="Расход по месяцам" unit="м³" months/>
/// # };
/// ```
#[component]
pub fn ConsumptionChart(
    /// What it shows.
    #[prop(into)]
    title: String,
    /// Unit of the volumes.
    #[prop(into)]
    unit: String,
    /// The months with a volume, oldest first; those earlier than two years are not shown.
    months: Vec<MonthVolume>,
    /// The month chosen at first; by default the newest.
    #[prop(optional_no_strip, into)]
    selected: Option<Period>,
) -> impl IntoView {
    let shown = shown_periods(&months);
    (!shown.is_empty()).then(|| {
        let of = |period: Period| months.iter().find(|month| month.period == period).copied();
        let pairs: Vec<_> = shown.iter().map(|period| (*period, of(*period), of(period.months_before(YEAR)))).collect();
        let drawn: Vec<MonthVolume> = pairs.iter().flat_map(|(_, own, before)| [*own, *before]).flatten().collect();
        let axis = Axis::around(drawn.iter().map(|month| month.volume.raw()), 1000);
        let has_computed = pairs.iter().any(|(_, own, _)| own.is_some_and(|month| month.computed));
        let has_before = pairs.iter().any(|(_, _, before)| before.is_some());
        let summary: Vec<_> = pairs.iter().filter_map(|(period, own, _)| Some((*period, (*own)?.volume))).collect();
        let summary = consumption_words(&summary, &unit);
        let columns = pairs.into_iter().map(|(period, own, before)| Month {
            period,
            words: month_words(own, before, &unit),
            drawing: month_bars(axis, own, before).into_any(),
        });
        let key = view! {
            <p class="visually-hidden">{summary}</p>
            {(has_before || has_computed).then(|| legend(has_before, has_computed))}
        };
        let title = format!("{title}, {unit}");
        figure(title, axis, |tick| format_fixed(tick, 3, 0), columns.collect(), selected, key)
    })
}

/// The calendar months of the newest year, from the first that has a volume or had one a year earlier.
fn shown_periods(months: &[MonthVolume]) -> Vec<Period> {
    let Some(newest) = months.last().map(|month| month.period) else { return Vec::new() };
    let year = (0..YEAR).rev().map(|ago| newest.months_before(ago));
    let is_empty = |period: &Period| {
        let before = period.months_before(YEAR);
        !months.iter().any(|month| month.period == *period || month.period == before)
    };
    year.skip_while(is_empty).collect()
}

/// `390 м³, годом раньше 412 м³ (расчётный объём)`.
fn month_words(own: Option<MonthVolume>, before: Option<MonthVolume>, unit: &str) -> String {
    let words = |month: MonthVolume| {
        let computed = if month.computed { " (расчётный объём)" } else { "" };
        format!("{}\u{a0}{unit}{computed}", month.volume)
    };
    let own = own.map_or_else(|| "нет данных".to_owned(), words);
    match before {
        Some(before) => format!("{own}, годом раньше {}", words(before)),
        None => own,
    }
}

fn month_bars(axis: Axis, own: Option<MonthVolume>, before: Option<MonthVolume>) -> impl IntoView {
    let before = before.map(|month| bar(axis, month.volume.raw(), BEFORE, "chart-before", None));
    let own = own.map(|month| {
        let class = if month.computed { "chart-computed" } else { "chart-bar" };
        bar(axis, month.volume.raw(), IN_FRONT, class, None)
    });
    (before, own)
}

fn legend(has_before: bool, has_computed: bool) -> impl IntoView {
    view! {
        <ul class="chart-legend">
            {key_line("chart-bar", None, "Расход за месяц", None)}
            {has_before.then(|| key_line("chart-before", None, "Годом раньше", None))}
            {has_computed.then(|| key_line("chart-computed", None, "Расчётный объём", None))}
        </ul>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::decimal::Volume;

    fn month(period: &str, volume: i64, computed: bool) -> MonthVolume {
        MonthVolume { period: Period::parse(period).unwrap(), volume: Volume::from_raw(volume), computed }
    }

    #[test]
    fn a_year_ends_with_the_newest_month_and_skips_what_is_empty_before() {
        let shown = |months: &[&str]| {
            let months: Vec<_> = months.iter().map(|period| month(period, 1_000, false)).collect();
            shown_periods(&months).iter().map(|period| period.machine()).collect::<Vec<_>>()
        };
        assert_eq!(shown(&["2026-08", "2026-10"]), ["2026-08", "2026-09", "2026-10"]);
        assert_eq!(shown(&["2025-09", "2026-10"]).first().map(String::as_str), Some("2026-09"));
        assert_eq!(shown(&["2024-01", "2025-11", "2026-10"]).len(), 12);
        assert!(shown(&[]).is_empty());
    }

    #[test]
    fn a_month_tells_its_volume_and_the_one_a_year_earlier() {
        let (own, before) = (month("2026-10", 390_500, false), month("2025-10", 412_000, true));
        let told = |own, before| month_words(own, before, "м³").replace('\u{a0}', " ");
        assert_eq!(told(Some(own), None), "390,5 м³");
        assert_eq!(told(Some(own), Some(before)), "390,5 м³, годом раньше 412 м³ (расчётный объём)");
        assert_eq!(told(None, Some(before)), "нет данных, годом раньше 412 м³ (расчётный объём)");
    }
}
