//! Charts drawn on the server as SVG. They show nothing that the table beside them does not; series differ by pattern
//! and by shape, not by colour alone.

use leptos::prelude::*;

use super::ids::PageIds;
use crate::domain::calendar::Period;
use crate::domain::decimal::{Volume, format_fixed};
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

/// One point of a line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChartPoint {
    /// The label under it, e.g. `05.11.2026`.
    pub label: String,
    /// Its height.
    pub value: Volume,
    /// Whether billing computed it: drawn hollow.
    pub calculated: bool,
}

/// Height of a chart and the part that its axes take, in SVG units.
const HEIGHT: i64 = 260;
const TOP: i64 = 14;
const BOTTOM: i64 = 44;
const LEFT: i64 = 84;
const RIGHT: i64 = 18;
/// Width of one month: two bars and the space around them.
const MONTH_WIDTH: i64 = 60;
const BAR_WIDTH: i64 = 20;
/// Width of one point of a line: room for its date.
const POINT_WIDTH: i64 = 88;
/// Lines across the chart, besides the lowest.
const MAX_STEPS: i64 = 5;

/// The vertical axis: its range, in round steps (1, 2, 5, 10, 20, 50…).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Axis {
    from: i64,
    to: i64,
    step: i64,
}

impl Axis {
    /// An axis that covers all values and consists of whole `unit`s.
    fn around(values: impl Iterator<Item = i64> + Clone, zero_based: bool, unit: i64) -> Self {
        let lowest = values.clone().min().unwrap_or(0);
        let least = if zero_based { lowest.min(0) } else { lowest };
        let most = values.max().unwrap_or(0).max(least.saturating_add(unit));
        let span = most.saturating_sub(least);
        let step = round_steps(unit).find(|step| span / step < MAX_STEPS).unwrap_or(unit);
        let from = least.div_euclid(step).saturating_mul(step);
        let to = most.saturating_add(step - 1).div_euclid(step).saturating_mul(step).max(from.saturating_add(step));
        Self { from, to, step }
    }

    /// Distance of a value from the top.
    fn y(self, value: i64) -> i64 {
        let room = i128::from(HEIGHT - TOP - BOTTOM);
        let span = i128::from(self.to) - i128::from(self.from);
        let above = i128::from(self.to) - i128::from(value);
        TOP + i64::try_from(above * room / span.max(1)).unwrap_or(0)
    }

    fn ticks(self) -> impl Iterator<Item = i64> {
        (0..=MAX_STEPS + 2)
            .map(move |n| self.from.saturating_add(self.step.saturating_mul(n)))
            .take_while(move |tick| *tick <= self.to)
    }
}

/// 1, 2, 5, 10, 20, 50… units, as far as 64 bits go.
fn round_steps(unit: i64) -> impl Iterator<Item = i64> {
    let tens = (0..).map_while(move |power| 10_i64.checked_pow(power)?.checked_mul(unit));
    tens.flat_map(|ten| [1, 2, 5].map(|factor| ten.saturating_mul(factor)))
}

/// Grid lines of a chart with their values. All lines are one path: a page of many small shapes is slow to build and to
/// draw.
fn grid(axis: Axis, width: i64, words: impl Fn(i64) -> String) -> impl IntoView {
    let line = |tick: i64| format!("M{LEFT} {}H{}", axis.y(tick), width - RIGHT);
    let lines: String = axis.ticks().filter(|tick| *tick != 0).map(line).collect();
    let zero = axis.ticks().find(|tick| *tick == 0).map(line);
    let label = |tick: i64| view! { <text x=LEFT - 10 y=axis.y(tick) + 4 text-anchor="end">{words(tick)}</text> };
    view! {
        <path class="chart-grid" d=lines></path>
        {zero.map(|zero| view! { <path class="chart-axis" d=zero></path> })}
        {axis.ticks().map(label).collect_view()}
    }
}

/// The frame of a chart: its heading, the drawing that scrolls on a phone with the newest in sight, its legend.
fn figure(title: String, words: String, width: i64, drawing: impl IntoView, key: impl IntoView) -> impl IntoView {
    let size = format!("0 0 {width} {HEIGHT}");
    let name = title.clone();
    view! {
        <figure class="chart">
            <figcaption>{title}</figcaption>
            <div class="chart-scroll" tabindex="0" role="group" aria-label="График, можно прокрутить вбок">
                <svg viewBox=size width=width height=HEIGHT role="img" aria-label=name>
                    <desc>{words}</desc>
                    {drawing}
                </svg>
            </div>
            {key}
        </figure>
    }
}

const SHORT_MONTHS: [&str; 12] =
    ["янв", "фев", "март", "апр", "май", "июнь", "июль", "авг", "сен", "окт", "ноя", "дек"];

fn short_month(period: Period) -> &'static str {
    SHORT_MONTHS.get(usize::try_from(period.month() - 1).unwrap_or(0)).copied().unwrap_or_default()
}

/// Charged and paid by month, side by side, oldest first. Nothing when there are no months.
///
/// ```
/// # use kabinet::{components::*, domain::{calendar::Period, money::Money}};
/// # use leptos::prelude::*;
/// # let _ = |period: Period, charged: Money, paid: Money| view! {
/// <BarChart title="Начислено и оплачено по месяцам" bars=vec![MonthBar { period, charged, paid }]/>
/// # };
/// ```
#[component]
pub fn BarChart(
    /// What it shows.
    #[prop(into)]
    title: String,
    /// The months, oldest first.
    bars: Vec<MonthBar>,
) -> impl IntoView {
    (!bars.is_empty()).then(|| {
        let hatch = PageIds::next("hatch");
        let fill = format!("url(#{hatch})");
        let values = bars.iter().flat_map(|bar| [bar.charged.kopecks(), bar.paid.kopecks()]);
        let axis = Axis::around(values, true, 100);
        let width = LEFT + RIGHT + MONTH_WIDTH * i64::try_from(bars.len()).unwrap_or(1);
        let words = bars.iter().map(month_words).collect::<Vec<_>>().join("; ");
        let middles = || (0..).map(|index| LEFT + MONTH_WIDTH * index + MONTH_WIDTH / 2);
        let path = |left: i64, sum: fn(&MonthBar) -> Money| -> String {
            middles().zip(&bars).map(|(middle, bar)| column(axis, middle + left, sum(bar))).collect()
        };
        let charged = path(-BAR_WIDTH - 2, |bar| bar.charged);
        let paid = path(2, |bar| bar.paid);
        let labels = middles().zip(&bars).enumerate().map(|(index, (x, bar))| month_label(x, bar.period, index == 0));
        let drawing = view! {
            <defs>{hatch_pattern(hatch)}</defs>
            {grid(axis, width, |tick| format_fixed(tick, 2, 0) + "\u{a0}₽")}
            <path class="chart-charged" d=charged></path>
            <path class="chart-paid" d=paid fill=fill.clone()></path>
            {labels.collect_view()}
        };
        figure(title, words, width, drawing, bar_key(fill))
    })
}

/// Slanted lines on the page's background: distinct from a full bar without colour.
fn hatch_pattern(id: String) -> impl IntoView {
    view! {
        <pattern id=id width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <line class="chart-hatch" x1="0" y1="0" x2="0" y2="7"></line>
        </pattern>
    }
}

fn month_words(bar: &MonthBar) -> String {
    format!("{}: начислено {}, оплачено {}", bar.period, bar.charged, bar.paid)
}

/// A bar from zero to a sum, as a part of a path.
fn column(axis: Axis, left: i64, sum: Money) -> String {
    let (top, foot) = (axis.y(sum.kopecks().max(0)), axis.y(sum.kopecks().min(0)));
    format!("M{left} {top}h{BAR_WIDTH}v{}h-{BAR_WIDTH}z", (foot - top).max(1))
}

fn month_label(middle: i64, period: Period, first: bool) -> impl IntoView {
    let year = (first || period.month() == 1).then(|| {
        view! { <text x=middle y=HEIGHT - 6 text-anchor="middle">{period.year()}</text> }
    });
    view! {
        <text x=middle y=HEIGHT - 24 text-anchor="middle">{short_month(period)}</text>
        {year}
    }
}

fn bar_key(hatch: String) -> impl IntoView {
    view! {
        <ul class="chart-legend">
            <li>
                <svg class="chart-key" viewBox="0 0 20 20" aria-hidden="true">
                    <rect class="chart-charged" width="20" height="20"></rect>
                </svg>
                "Начислено"
            </li>
            <li>
                <svg class="chart-key" viewBox="0 0 20 20" aria-hidden="true">
                    <rect class="chart-paid" x="1" y="1" width="18" height="18" fill=hatch></rect>
                </svg>
                "Оплачено"
            </li>
        </ul>
    }
}

/// Values over time, oldest first. Nothing for fewer than two points: there is no line between them.
///
/// ```
/// # use kabinet::components::*;
/// # use leptos::prelude::*;
/// # let _ = |points: Vec<ChartPoint>| view! {
/// <LineChart title="Показания счётчика" unit="м³" points/>
/// # };
/// ```
#[component]
pub fn LineChart(
    /// What it shows.
    #[prop(into)]
    title: String,
    /// Unit of the values.
    #[prop(into)]
    unit: String,
    /// The points, oldest first.
    points: Vec<ChartPoint>,
) -> impl IntoView {
    (points.len() > 1).then(|| {
        let axis = Axis::around(points.iter().map(|point| point.value.raw()), false, 1000);
        let width = LEFT + RIGHT + POINT_WIDTH * i64::try_from(points.len()).unwrap_or(1);
        let words = points.iter().map(|point| point_words(point, &unit)).collect::<Vec<_>>().join("; ");
        let has_calculated = points.iter().any(|point| point.calculated);
        let x = |index: usize| LEFT + POINT_WIDTH * i64::try_from(index).unwrap_or(0) + POINT_WIDTH / 2;
        let path = points
            .iter()
            .enumerate()
            .map(|(index, point)| format!("{},{}", x(index), axis.y(point.value.raw())))
            .collect::<Vec<_>>()
            .join(" ");
        let marks = points.into_iter().enumerate().map(|(index, point)| mark(axis, x(index), point)).collect_view();
        let drawing = view! {
            {grid(axis, width, |tick| format_fixed(tick, 3, 0))}
            <polyline class="chart-line" points=path></polyline>
            {marks}
        };
        figure(format!("{title}, {unit}"), words, width, drawing, has_calculated.then(line_key))
    })
}

fn point_words(point: &ChartPoint, unit: &str) -> String {
    let calculated = if point.calculated { " (расчётное)" } else { "" };
    format!("{}: {} {unit}{calculated}", point.label, point.value)
}

fn mark(axis: Axis, x: i64, point: ChartPoint) -> impl IntoView {
    let class = if point.calculated { "chart-point-calculated" } else { "chart-point" };
    view! {
        <circle class=class cx=x cy=axis.y(point.value.raw()) r="5"></circle>
        <text x=x y=HEIGHT - 20 text-anchor="middle">{point.label}</text>
    }
}

fn line_key() -> impl IntoView {
    let key = |class: &'static str, words: &'static str| {
        view! {
            <li>
                <svg class="chart-key" viewBox="0 0 20 20" aria-hidden="true">
                    <circle class=class cx="10" cy="10" r="6"></circle>
                </svg>
                {words}
            </li>
        }
    };
    view! {
        <ul class="chart-legend">
            {key("chart-point", "Переданные или снятые показания")} {key("chart-point-calculated", "Расчётные показания")}
        </ul>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_axis_counts_in_round_steps_from_zero() {
        let axis = Axis::around([0, 123_456, 50_000].into_iter(), true, 100);
        assert_eq!(axis, Axis { from: 0, to: 150_000, step: 50_000 });
        assert_eq!(axis.y(0), HEIGHT - BOTTOM);
        assert_eq!(axis.y(150_000), TOP);
    }

    #[test]
    fn an_axis_reaches_below_zero_for_a_recalculation() {
        let axis = Axis::around([-21_237, 44_763].into_iter(), true, 100);
        assert!(axis.from <= -21_237 && axis.to >= 44_763);
    }

    #[test]
    fn months_without_charges_still_have_an_axis() {
        assert_eq!(Axis::around([0, 0].into_iter(), true, 100), Axis { from: 0, to: 100, step: 100 });
    }

    proptest! {
        #[test]
        fn every_value_stands_inside_the_chart(values in prop::collection::vec(-10_000_000_i64..10_000_000, 1..30)) {
            let axis = Axis::around(values.iter().copied(), true, 100);
            prop_assert!(axis.ticks().count() <= usize::try_from(MAX_STEPS + 3).unwrap());
            for value in values {
                prop_assert!((TOP..=HEIGHT - BOTTOM).contains(&axis.y(value)), "{value} in {axis:?}");
            }
        }

        #[test]
        fn no_sum_makes_an_axis_panic(values in prop::collection::vec(any::<i64>(), 0..5)) {
            let axis = Axis::around(values.iter().copied(), true, 100);
            axis.ticks().for_each(|tick| {
                let _ = axis.y(tick);
            });
        }
    }
}
