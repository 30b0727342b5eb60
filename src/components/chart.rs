//! Charts drawn on the server. They show nothing that the table beside them does not; series differ by pattern and by
//! shape, not by colour alone.
//!
//! A chart is a group of radio buttons, one per month: a tap or an arrow key chooses a month, and its values appear
//! above the bars, without a script. Positions inside the drawings are percentages and all words are HTML or unscaled
//! text, so that a year of months fits a phone without scrolling and letters keep their size.

mod axis;
mod consumption;
mod sparkline;

use leptos::prelude::*;

pub use consumption::ConsumptionChart;
pub use sparkline::Sparkline;

use self::axis::{Axis, Bar, percent};
use super::ids::PageIds;
use crate::domain::calendar::Period;
use crate::domain::decimal::format_fixed;
use crate::domain::money::Money;

/// The sums charged and paid in one month.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct MonthBar {
    /// The month.
    pub period: Period,
    /// Charged.
    pub charged: Money,
    /// Paid.
    pub paid: Money,
}

/// Horizontal place of a bar within its month, in thousandths of the month's width: its left edge and its width.
type Place = (i64, i64);
/// Places of two bars side by side.
const SIDE_BY_SIDE: [Place; 2] = [(120, 370), (510, 370)];
/// Fewer months than this all have their names on a phone; of more, every other month has.
const MONTHS_WITH_NAMES: usize = 7;
/// Months between two names of a year, so that they do not run into each other on a phone.
const YEARS_APART: usize = 2;
/// Width of one digit of the axis in em, in hundredths, and the space beside the digits.
const DIGIT_WIDTH: usize = 64;
const DIGITS_SPACE: usize = 70;

/// One month of a chart.
struct Month {
    period: Period,
    /// Its values in words, for everybody.
    words: String,
    drawing: AnyView,
}

/// The frame of a chart: heading, axis, months with their values, legend. `tick` gives the words of a line.
fn figure(
    title: String,
    axis: Axis,
    tick: impl Fn(i64) -> String,
    months: Vec<Month>,
    selected: Option<Period>,
    key: impl IntoView,
) -> impl IntoView {
    let group = PageIds::next("chart");
    let count = months.len();
    let is_known = |period: &Period| months.iter().any(|month| month.period == *period);
    let selected = selected.filter(is_known).or_else(|| months.last().map(|month| month.period));
    let years: Vec<bool> = year_marks(&months.iter().map(|month| month.period).collect::<Vec<_>>());
    let months = months.into_iter().zip(years).enumerate().map(|(place, (month, has_year))| {
        let is_named = count < MONTHS_WITH_NAMES || (count - place) % 2 == 1;
        let is_selected = selected == Some(month.period);
        month_column(&group, month, is_selected, is_named, has_year)
    });
    let name = title.clone();
    view! {
        <figure class="chart">
            <figcaption>{title}</figcaption>
            <div class="chart-plot" role="radiogroup" aria-label=name>
                {axis_labels(axis, tick)}
                {grid(axis)}
                <div class="chart-months">{months.collect_view()}</div>
            </div>
            {key}
        </figure>
    }
}

/// Which months bear the number of their year: each January, and the first month unless a January follows closely.
fn year_marks(periods: &[Period]) -> Vec<bool> {
    let is_january = |period: &Period| period.month() == 1;
    let january_soon = periods.iter().skip(1).take(YEARS_APART).any(is_january);
    let mark = |(place, period)| is_january(period) || (place == 0 && !january_soon);
    periods.iter().enumerate().map(mark).collect()
}

fn month_column(group: &str, month: Month, is_selected: bool, is_named: bool, has_year: bool) -> impl IntoView + use<> {
    let Month { period, words, drawing } = month;
    let name = if is_named { "chart-name" } else { "chart-name chart-name-spare" };
    view! {
        <label class="chart-month">
            <input type="radio" name=group.to_owned() value=period.machine() checked=is_selected/>
            <svg class="chart-bars" aria-hidden="true">
                {drawing}
            </svg>
            <span class=name aria-hidden="true">
                {short_month(period)}
            </span>
            {has_year.then(|| view! { <span class="chart-year" aria-hidden="true">{period.year()}</span> })}
            <span class="chart-value">
                <span class="chart-value-month">{format!("{period} ")}</span>
                {words}
            </span>
        </label>
    }
}

const SHORT_MONTHS: [&str; 12] = ["янв", "фев", "мар", "апр", "май", "июн", "июл", "авг", "сен", "окт", "ноя", "дек"];

fn short_month(period: Period) -> &'static str {
    SHORT_MONTHS.get(usize::try_from(period.month() - 1).unwrap_or(0)).copied().unwrap_or_default()
}

/// The values of the lines, in a column of their own; its width fits the longest.
fn axis_labels(axis: Axis, tick: impl Fn(i64) -> String) -> impl IntoView {
    let longest = axis.ticks().map(|value| tick(value).chars().count()).max().unwrap_or(0);
    let width = longest * DIGIT_WIDTH + DIGITS_SPACE;
    let label = |value: i64| {
        let y = percent(axis.y(value));
        view! { <text x="100%" y=y dx="-0.5em" dy="0.35em" text-anchor="end">{tick(value)}</text> }
    };
    view! {
        <svg class="chart-axis" width=format!("{}.{:02}em", width / 100, width % 100) aria-hidden="true">
            {axis.ticks().map(label).collect_view()}
        </svg>
    }
}

fn grid(axis: Axis) -> impl IntoView {
    let line = |value: i64| {
        let class = if value == 0 { "chart-zero" } else { "chart-line" };
        view! { <line class=class x1="0" x2="100%" y1=percent(axis.y(value)) y2=percent(axis.y(value))></line> }
    };
    view! {
        <svg class="chart-grid" aria-hidden="true">
            {axis.ticks().map(line).collect_view()}
        </svg>
    }
}

/// A bar of a value at a place of its month; nothing for zero.
fn bar(axis: Axis, value: i64, (left, width): Place, class: &'static str, fill: Option<String>) -> impl IntoView {
    axis.bar(value).map(|Bar { top, height }| {
        view! {
            <rect
                class=class
                x=percent(left)
                width=percent(width)
                y=percent(top)
                height=percent(height)
                rx="3"
                fill=fill
            ></rect>
        }
    })
}

/// One line of a legend: a small drawing and its words. `hatch` is the id of the pattern that the chart fills with.
fn key_line(class: &'static str, fill: Option<String>, words: &'static str, hatch: Option<String>) -> impl IntoView {
    view! {
        <li>
            <svg class="chart-key" viewBox="0 0 20 20" aria-hidden="true">
                {hatch.map(|id| view! { <defs>{hatch_pattern(id)}</defs> })}
                <rect class=class x="1" y="1" width="18" height="18" rx="3" fill=fill></rect>
            </svg>
            {words}
        </li>
    }
}

/// Charged and paid by month, side by side, oldest first. Nothing when there are no months.
///
/// ```
/// # use kabinet::{components::*, domain::{calendar::Period, money::Money}};
/// # use leptos::prelude::*;
/// # let _ = |period: Period, charged: Money, paid: Money| view! {
/// <BarChart title="Начислено и оплачено по месяцам" bars=vec![MonthBar { period, charged, paid }] selected=period/>
/// # };
/// ```
#[component]
pub fn BarChart(
    /// What it shows.
    #[prop(into)]
    title: String,
    /// The months, oldest first.
    bars: Vec<MonthBar>,
    /// The month chosen at first; by default the newest.
    #[prop(optional_no_strip, into)]
    selected: Option<Period>,
) -> impl IntoView {
    (!bars.is_empty()).then(|| {
        let hatch = PageIds::next("hatch");
        let fill = format!("url(#{hatch})");
        let axis = Axis::around(bars.iter().flat_map(|bar| [bar.charged.kopecks(), bar.paid.kopecks()]), 100);
        let months = bars.iter().map(|month| Month {
            period: month.period,
            words: format!("начислено {}, оплачено {}", month.charged, month.paid),
            drawing: view! {
                {bar(axis, month.charged.kopecks(), SIDE_BY_SIDE[0], "chart-bar", None)}
                {bar(axis, month.paid.kopecks(), SIDE_BY_SIDE[1], "chart-paid", Some(fill.clone()))}
            }
            .into_any(),
        });
        let months = months.collect();
        let key = view! {
            <ul class="chart-legend">
                {key_line("chart-bar", None, "Начислено", None)}
                {key_line("chart-paid", Some(fill), "Оплачено", Some(hatch))}
            </ul>
        };
        figure(format!("{title}, ₽"), axis, |tick| format_fixed(tick, 2, 0), months, selected, key)
    })
}

/// Slanted lines on the page's background: distinct from a full bar without colour.
fn hatch_pattern(id: String) -> impl IntoView {
    view! {
        <pattern id=id width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <line class="chart-hatch" x1="0" y1="0" x2="0" y2="6"></line>
        </pattern>
    }
}

#[cfg(test)]
mod tests {
    use super::axis::WHOLE;
    use super::*;

    fn periods(first: &str, count: usize) -> Vec<Period> {
        std::iter::successors(Period::parse(first).ok(), |period| Some(period.next())).take(count).collect()
    }

    #[test]
    fn a_name_of_a_month_has_three_letters() {
        assert!(SHORT_MONTHS.iter().all(|name| name.chars().count() == 3));
        assert_eq!(short_month(Period::parse("2026-06").unwrap()), "июн");
    }

    #[test]
    fn a_year_is_named_at_its_beginning() {
        let marked = |first: &str| -> Vec<usize> {
            let marks = year_marks(&periods(first, 12));
            marks.into_iter().enumerate().filter(|(_, mark)| *mark).map(|(place, _)| place).collect()
        };
        assert_eq!(marked("2025-06"), [0, 7]);
        assert_eq!(marked("2026-01"), [0]);
        assert_eq!(marked("2025-11"), [2], "two years side by side would run into each other");
    }

    #[test]
    fn two_bars_fit_into_their_month() {
        for (left, width) in SIDE_BY_SIDE {
            assert!(left >= 0 && left + width <= WHOLE);
        }
    }
}
