//! The field of a meter's reading.

use leptos::prelude::*;

use super::field::Surround;
use crate::domain::decimal::Volume;

/// Longest typed reading: nine digits, a comma, three decimals, spaces and a unit.
const MAX_TYPED: u8 = 24;

/// The previous value of a meter's dial and the price of a unit of the dial.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DialPrice {
    /// The previous reading.
    pub previous: Volume,
    /// Micro-roubles for one unit of the dial.
    pub micro_roubles: i64,
}

/// A meter's reading: a large number with as many decimals as the dial has. The hydrated form says below it how much
/// the consumption since the previous reading costs.
///
/// ```
/// # use kabinet::components::*;
/// # use leptos::prelude::*;
/// # let _ = |price: Option<DialPrice>, errors: Vec<FieldError>| view! {
/// <ReadingField id="reading-1" label="ВК-G4 № 12345" hint="Предыдущее: 1 234,5 на 20.10.2026."
///     price error=error_of(&errors, "reading-1")/>
/// # };
/// ```
#[component]
pub fn ReadingField(
    /// Its id and name.
    #[prop(into)]
    id: String,
    /// Its label.
    #[prop(into)]
    label: String,
    /// What was typed.
    #[prop(optional, into)]
    value: String,
    /// The previous reading and the digits of the dial.
    #[prop(into)]
    hint: String,
    /// For the cost; none is shown without it.
    #[prop(optional_no_strip)]
    price: Option<DialPrice>,
    /// What is wrong.
    #[prop(optional_no_strip)]
    error: Option<String>,
) -> impl IntoView {
    let cost = format!("{id}-cost");
    let surround = Surround { id: id.clone(), label, optional: false, hint: Some(hint), error, aside: None };
    let (described_by, invalid) = (surround.described_by(), surround.invalid());
    surround.around(view! {
        <input
            class="input input-dial"
            type="text"
            id=id.clone()
            name=id
            value=value
            inputmode="decimal"
            autocomplete="off"
            maxlength=MAX_TYPED
            data-previous=price.as_ref().map(|price| price.previous.raw())
            data-price=price.as_ref().map(|price| price.micro_roubles)
            aria-describedby=described_by
            aria-invalid=invalid
        />
        {price.map(|_| view! { <p class="field-rules" id=cost role="status"></p> })}
    })
}
