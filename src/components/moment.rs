//! A moment in a form for people and for machines.

use leptos::prelude::*;

use crate::domain::calendar::Moment;

/// A day and a time of day: `05.11.2026 14:07`.
///
/// ```
/// # use kabinet::{components::*, domain::payment::Payment};
/// # use leptos::prelude::*;
/// # let _ = |payment: Payment, offset_hours: i8| view! {
/// <MomentText at=payment.created_at offset_hours/>
/// # };
/// ```
#[component]
pub fn MomentText(
    /// The moment.
    at: Moment,
    /// The portal's time zone, in hours from UTC.
    offset_hours: i8,
) -> impl IntoView {
    view! { <time datetime=at.machine()>{at.show(offset_hours)}</time> }
}
