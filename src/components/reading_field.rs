//! The field of a meter's reading.

use leptos::prelude::*;

use super::field::Surround;
use crate::domain::decimal::Volume;

/// Thousandths in one unit of a dial.
const THOUSANDTHS: i64 = 1000;
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

/// The face of a meter with a value on it: the digits before the comma, and those after it in red.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DialFace {
    /// The digits before the comma, with leading zeros.
    whole: String,
    /// The digits after the comma; empty for a dial without them.
    fraction: String,
}

impl DialFace {
    /// The face of a dial with a number of digits before and after the comma, at most three after it.
    pub fn new(value: Volume, digits: u8, decimals: u8) -> Self {
        let (whole, fraction) = (value.raw() / THOUSANDTHS, value.raw() % THOUSANDTHS);
        let fraction = format!("{fraction:03}").chars().take(decimals.into()).collect();
        Self { whole: format!("{whole:0width$}", width = usize::from(digits)), fraction }
    }

    /// A picture for the eyes: the hint says the same value in words.
    fn draw(self) -> impl IntoView {
        view! { <p class="dial" aria-hidden="true">{self.whole} <b>{self.fraction}</b></p> }
    }
}

/// A meter's reading: a large number with as many decimals as the dial has. The hydrated form says below it how much
/// the consumption since the previous reading costs.
///
/// ```
/// # use kabinet::components::*;
/// # use leptos::prelude::*;
/// # let _ = |face: Option<DialFace>, price: Option<DialPrice>, errors: Vec<FieldError>| view! {
/// <ReadingField id="reading-1" label="ВК-G4 № 12345" hint="Предыдущее: 1 234,5 на 20.10.2026."
///     face price error=error_of(&errors, "reading-1")/>
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
    /// The previous reading on the face of the dial.
    #[prop(optional_no_strip)]
    face: Option<DialFace>,
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
        {face.map(DialFace::draw)}
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_face_shows_as_many_digits_as_the_dial_has() {
        let face = |raw, digits, decimals| {
            let DialFace { whole, fraction } = DialFace::new(Volume::from_raw(raw), digits, decimals);
            (whole, fraction)
        };
        assert_eq!(face(2_376_200, 5, 3), ("02376".to_owned(), "200".to_owned()));
        assert_eq!(face(2_376_050, 5, 1), ("02376".to_owned(), "0".to_owned()));
        assert_eq!(face(5, 4, 0), ("0000".to_owned(), String::new()));
        assert_eq!(face(123_456_000, 5, 3), ("123456".to_owned(), "000".to_owned()), "a value longer than the dial");
    }
}
