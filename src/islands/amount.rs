//! The sum to pay and the button that says it (M6).

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::domain::money::{AmountError, Money, parse_payment_amount};

/// A sum that one press fills in.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct QuickSum {
    /// What is read, e.g. «Весь долг».
    pub text: String,
    /// The sum.
    pub sum: Money,
}

/// What is wrong with a typed sum and what to type, for the page and for the island alike.
pub const fn amount_error_words(error: AmountError) -> &'static str {
    match error {
        AmountError::Empty => "Введите сумму, например 1234,56",
        AmountError::NotASum => "Введите сумму цифрами, например 1234,56",
        AmountError::TooManyDecimals => "После запятой — не больше двух цифр, например 1234,56",
        AmountError::TooSmall => "Сумма не может быть меньше 1 рубля",
        AmountError::TooLarge => "За один раз можно заплатить не больше 100 000 рублей. Разделите платёж на части",
    }
}

/// Field «Сумма к оплате» (name `amount`) and the button «К ОПЛАТЕ 1 234,56 рублей», which follows what is typed.
///
/// ```ignore
/// <AmountField value="1234,56".to_owned() error=error_of(&errors, "amount") quick=vec![]/>
/// ```
#[island]
pub fn AmountField(
    /// What was typed, or what is due.
    value: String,
    /// What is wrong.
    error: Option<String>,
    /// Sums that one press fills in.
    quick: Vec<QuickSum>,
) -> impl IntoView {
    let (typed, set_typed) = signal(value);
    let _ = (error, quick);
    let words = move || typed.with(|typed| parse_payment_amount(typed).map(Money::plain).unwrap_or_default());
    view! {
        <input name="amount" id="amount" prop:value=typed on:input=move |event| set_typed.set(event_target_value(&event))/>
        <button type="submit" class="button">"К ОПЛАТЕ " {words} " рублей"</button>
    }
}
