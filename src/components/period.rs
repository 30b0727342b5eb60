//! Choosing months.

use leptos::prelude::*;

use super::field::{SelectField, SelectOption};
use crate::domain::calendar::Period;

/// A range of months: two lists, so that touch, keyboard and screen reader work alike. Posted as `from` and `to`.
///
/// ```
/// # use kabinet::{components::*, domain::calendar::Period};
/// # use leptos::prelude::*;
/// # let _ = |periods: Vec<Period>, from: Period, to: Period, errors: Vec<FieldError>| view! {
/// <PeriodRange periods from to error=error_of(&errors, "from")/>
/// # };
/// ```
#[component]
pub fn PeriodRange(
    /// The months that may be chosen, the newest first.
    periods: Vec<Period>,
    /// The first month that is chosen.
    from: Period,
    /// The last one.
    to: Period,
    /// What is wrong.
    #[prop(optional_no_strip)]
    error: Option<String>,
) -> impl IntoView {
    let options = || periods.iter().map(|period| SelectOption::new(period.machine(), period.to_string())).collect();
    view! {
        <fieldset class="period-range">
            <legend>"За какие месяцы"</legend>
            <SelectField id="from" label="С месяца" options=options() selected=from.machine() error/>
            <SelectField id="to" label="По месяц" options=options() selected=to.machine()/>
        </fieldset>
    }
}
