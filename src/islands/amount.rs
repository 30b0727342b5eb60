//! The sum to pay and the button that says it (M6).

use leptos::html::Input;
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
    error.words()
}

/// `1 234,56 рублей` for the button; nothing while what is typed cannot be paid.
fn button_sum(typed: &str) -> String {
    parse_payment_amount(typed).map(|sum| sum.plain() + "\u{a0}рублей").unwrap_or_default()
}

/// What to say under the field when it is left: an empty field is not nagged about.
fn complaint(typed: &str) -> String {
    match parse_payment_amount(typed) {
        Ok(_) | Err(AmountError::Empty) => String::new(),
        Err(error) => amount_error_words(error).to_owned(),
    }
}

/// The only text that the server's button is true for: while another is typed, CSS hides the button's sum
/// (`:invalid`), so that it never lies where WebAssembly is absent. The island takes the attribute away.
fn exact_pattern(value: &str) -> Option<String> {
    parse_payment_amount(value).ok().map(|_| value.replace('.', "\\."))
}

/// Whether what is typed is this sum.
fn is_typed(typed: &str, sum: Money) -> bool {
    parse_payment_amount(typed) == Ok(sum)
}

/// Field «Сумма к оплате» (name `amount`) and the button «К ОПЛАТЕ 1 234,56 рублей», which follows what is typed.
/// It stands inside the page's own form, in place of a submit button.
///
/// ```ignore
/// <AmountField value="1234,56".to_owned() error=error_of(&errors, "amount")
///     quick=vec![QuickSum { text: "Весь долг".into(), sum }]/>
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
    let input = NodeRef::<Input>::new();
    let pattern = exact_pattern(&value);
    let typed = RwSignal::new(value.clone());
    let wrong = RwSignal::new(error.unwrap_or_default());

    // What was typed while the WebAssembly was still on its way is not lost; from here on the button follows it.
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            let _ = input.remove_attribute("pattern");
            typed.set(input.value());
        }
    });
    let on_input = move |event| {
        typed.set(event_target_value(&event));
        if typed.with(|typed| complaint(typed).is_empty()) {
            wrong.set(String::new());
        }
    };
    let fill = move |text: String| {
        if let Some(input) = input.get_untracked() {
            input.set_value(&text);
            let _ = input.focus();
        }
        typed.set(text);
        wrong.set(String::new());
    };
    let check = move |event: leptos::ev::MouseEvent| {
        if let Err(error) = typed.with_untracked(|typed| parse_payment_amount(typed)) {
            event.prevent_default();
            wrong.set(amount_error_words(error).to_owned());
            if let Some(input) = input.get_untracked() {
                let _ = input.focus();
            }
        }
    };
    let is_wrong = move || wrong.with(|wrong| !wrong.is_empty());
    let quick_button = move |quick: QuickSum| {
        let sum = quick.sum;
        view! {
            <button
                type="button"
                class="button button-secondary button-small"
                aria-pressed=move || if typed.with(|typed| is_typed(typed, sum)) { "true" } else { "false" }
                on:click=move |_| fill(sum.plain())
            >
                {quick.text} ": " {sum.to_string()}
            </button>
        }
    };
    // A sum of one's own that is typed already stays.
    let sums: Vec<Money> = quick.iter().map(|quick| quick.sum).collect();
    let fill_own = move |_| {
        let text = typed.get_untracked();
        let is_offered = sums.iter().any(|sum| is_typed(&text, *sum));
        fill(if is_offered { String::new() } else { text });
    };
    let own_sum = (!quick.is_empty()).then(|| {
        view! {
            <button type="button" class="button button-secondary button-small" on:click=fill_own>
                "Своя сумма"
            </button>
        }
    });

    view! {
        <div class="amount">
            <div class="field">
                <div class="field-head"><label for="amount">"Сумма к оплате"</label></div>
                <p class="field-hint" id="amount-hint">"В рублях, от 1 до 100 000. Копейки — через запятую."</p>
                <p class="field-error" id="amount-error" aria-live="polite">{move || wrong.get()}</p>
                <div class="input-unit">
                    <input
                        node_ref=input
                        class="input input-sum"
                        type="text"
                        id="amount"
                        name="amount"
                        value=value
                        inputmode="decimal"
                        autocomplete="off"
                        required
                        pattern=pattern
                        aria-describedby="amount-error amount-hint"
                        aria-invalid=move || if is_wrong() { "true" } else { "false" }
                        on:input=on_input
                        on:blur=move |_| wrong.set(typed.with_untracked(|typed| complaint(typed)))
                    />
                    <span class="unit" aria-hidden="true">"₽"</span>
                </div>
            </div>
            <div class="quick-sums" role="group" aria-label="Подставить сумму">
                {quick.into_iter().map(quick_button).collect_view()} {own_sum}
            </div>
            <button type="submit" class="button button-wide" data-busy="Открываем страницу банка…" on:click=check>
                "К ОПЛАТЕ " <span class="amount-sum">{move || typed.with(|typed| button_sum(typed))}</span>
            </button>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_button_says_the_sum_as_it_is_typed_and_nothing_false() {
        assert_eq!(button_sum("1234,56"), "1\u{a0}234,56\u{a0}рублей");
        assert_eq!(button_sum("1234.5"), "1\u{a0}234,50\u{a0}рублей");
        assert_eq!(button_sum("100000,01"), "");
        assert_eq!(button_sum(""), "");
    }

    #[test]
    fn an_empty_field_is_not_nagged_about_and_a_wrong_one_is_explained() {
        assert_eq!(complaint(" "), "");
        assert_eq!(complaint("0,5"), amount_error_words(AmountError::TooSmall));
        assert_eq!(complaint("сто"), amount_error_words(AmountError::NotASum));
    }

    #[test]
    fn the_pattern_of_a_sum_matches_that_sum_only() {
        assert_eq!(exact_pattern("1234.56").as_deref(), Some("1234\\.56"));
        assert_eq!(exact_pattern("(a+)+"), None);
    }
}
