//! The sum to pay and the button that shows it (M6).

use leptos::html::Input;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::domain::money::{AmountError, Money, parse_payment_amount};

/// A sum that one press fills in.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct QuickSum {
    /// The visible text, e.g. «Весь долг».
    pub text: String,
    /// The sum.
    pub sum: Money,
}

/// `1 234,56 рублей` for the button; empty while the typed text is not a payable sum.
fn button_sum(typed: &str) -> String {
    parse_payment_amount(typed).map(|sum| sum.plain() + "\u{a0}рублей").unwrap_or_default()
}

/// The error shown under the field on blur: an empty field gets none.
fn complaint(typed: &str) -> String {
    match parse_payment_amount(typed) {
        Ok(_) | Err(AmountError::Empty) => String::new(),
        Err(error) => error.words().to_owned(),
    }
}

/// The only text for which the server's button is correct: for any other text CSS hides the button's sum (`:invalid`),
/// so that it is never wrong without WebAssembly. The island removes the attribute.
fn exact_pattern(value: &str) -> Option<String> {
    parse_payment_amount(value).ok().map(|_| value.replace('.', "\\.").replace('+', "\\+"))
}

/// Whether the typed text is this sum.
fn is_typed(typed: &str, sum: Money) -> bool {
    parse_payment_amount(typed) == Ok(sum)
}

/// Field «Сумма к оплате» (name `amount`) and the button «К ОПЛАТЕ 1 234,56 рублей», which follows the typed sum.
/// It is placed inside the form, instead of a submit button.
///
/// ```
/// # use kabinet::{components::*, domain::money::Money, islands::{AmountField, QuickSum}};
/// # use leptos::prelude::*;
/// # let _ = |sum: Money, errors: Vec<FieldError>| view! {
/// <AmountField value="1234,56".to_owned() error=error_of(&errors, "amount")
///     quick=vec![QuickSum { text: "Весь долг".into(), sum }]/>
/// # };
/// ```
#[island]
pub fn AmountField(
    /// The typed text, or the sum due.
    value: String,
    /// What is wrong.
    error: Option<String>,
    /// Sums that one press fills in.
    quick: Vec<QuickSum>,
) -> impl IntoView {
    let amount = Amount { input: NodeRef::new(), typed: RwSignal::new(value.clone()) };
    Effect::new(move |_| amount.hydrated());
    view! {
        <div class="amount">
            {amount_field(amount, value, error, quick)}
            <button
                type="submit"
                class="button button-wide"
                data-busy="Открываем страницу банка…"
                on:click=move |event| amount.check(&event)
            >
                "К ОПЛАТЕ " <span class="amount-sum">{move || amount.typed.with(|typed| button_sum(typed))}</span>
            </button>
        </div>
    }
}

/// The field and the text in it.
#[derive(Clone, Copy)]
struct Amount {
    input: NodeRef<Input>,
    typed: RwSignal<String>,
}

impl Amount {
    /// Takes over the text that was typed before hydration; from then on the button follows it.
    fn hydrated(self) {
        if let Some(input) = self.input.get() {
            let _ = input.remove_attribute("pattern");
            self.typed.set(input.value());
        }
    }

    fn typed(self, text: String) {
        if complaint(&text).is_empty() {
            self.complain("");
        }
        self.typed.set(text);
    }

    fn fill(self, text: String) {
        if let Some(input) = self.input.get_untracked() {
            input.set_value(&text);
            let _ = input.focus();
        }
        self.typed(text);
    }

    /// Does not send a sum that cannot be paid.
    fn check(self, event: &leptos::ev::MouseEvent) {
        if let Err(error) = self.typed.with_untracked(|typed| parse_payment_amount(typed)) {
            event.prevent_default();
            self.complain(error.words());
            if let Some(input) = self.input.get_untracked() {
                let _ = input.focus();
            }
        }
    }

    /// Shows an error at the field, or removes it.
    fn complain(self, words: &str) {
        if let Some(input) = self.input.get_untracked() {
            show_error(&input, words);
        }
    }
}

#[cfg(target_arch = "wasm32")]
fn show_error(input: &leptos::web_sys::HtmlInputElement, words: &str) {
    if words.is_empty() { super::field_error::clear(input) } else { super::field_error::show(input, words) }
}

/// The server renders the error itself.
#[cfg(not(target_arch = "wasm32"))]
const fn show_error(_input: &leptos::web_sys::HtmlInputElement, _words: &str) {}

fn amount_field(amount: Amount, value: String, error: Option<String>, quick: Vec<QuickSum>) -> impl IntoView {
    let invalid = error.is_some().then_some("true");
    view! {
        <div class="field">
            <div class="field-head"><label for="amount">"Сумма к оплате"</label></div>
            {quick_sums(amount, quick)}
            <p class="field-hint" id="amount-hint">"В рублях, от 1 до 100 000. Копейки — через запятую."</p>
            <p class="field-error" id="amount-error">{error}</p>
            <div class="input-unit">
                <input
                    node_ref=amount.input
                    class="input input-sum"
                    type="text"
                    id="amount"
                    name="amount"
                    pattern=exact_pattern(&value)
                    value=value
                    inputmode="decimal"
                    autocomplete="off"
                    required
                    aria-describedby="amount-error amount-hint amount-tip"
                    aria-invalid=invalid
                    on:input=move |event| amount.typed(event_target_value(&event))
                    on:blur=move |_| amount.complain(&amount.typed.with_untracked(|typed| complaint(typed)))
                />
                <span class="unit" aria-hidden="true">"₽"</span>
            </div>
        </div>
    }
}

fn quick_sums(amount: Amount, quick: Vec<QuickSum>) -> impl IntoView {
    // Another typed sum is kept when «Своя сумма» is pressed.
    let sums: Vec<Money> = quick.iter().map(|quick| quick.sum).collect();
    let fill_own = move |_| {
        let text = amount.typed.get_untracked();
        let is_offered = sums.iter().any(|sum| is_typed(&text, *sum));
        amount.fill(if is_offered { String::new() } else { text });
    };
    let own_sum = (!quick.is_empty()).then(|| {
        view! {
            <button type="button" class="button button-secondary button-small" on:click=fill_own>
                "Своя сумма"
            </button>
        }
    });
    let quick_button = move |QuickSum { text, sum }: QuickSum| {
        view! {
            <button
                type="button"
                class="button button-secondary button-small"
                aria-pressed=move || if amount.typed.with(|typed| is_typed(typed, sum)) { "true" } else { "false" }
                on:click=move |_| amount.fill(sum.plain())
            >
                {text} ": " {sum.to_string()}
            </button>
        }
    };
    view! {
        <div class="quick-sums" role="group" aria-label="Подставить сумму">
            {quick.into_iter().map(quick_button).collect_view()} {own_sum}
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
        assert_eq!(complaint("0,5"), AmountError::TooSmall.words());
        assert_eq!(complaint("сто"), AmountError::NotASum.words());
    }

    #[test]
    fn the_pattern_of_a_sum_matches_that_sum_only() {
        assert_eq!(exact_pattern("1234.56").as_deref(), Some("1234\\.56"));
        assert_eq!(exact_pattern("+10 р.").as_deref(), Some("\\+10 р\\."));
        assert_eq!(exact_pattern("(a+)+"), None);
    }
}
