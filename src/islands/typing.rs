//! Input handling of a hydrated form: groups the digits of a code or a PIN, extracts the only run of digits from a
//! pasted message, submits a full SMS code at once, names each rule that a new password violates.
//!
//! Fields declare their kind by attributes: `data-digits`, `data-posts-when-full`, `data-rule`.

use leptos::ev::Event;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::HtmlInputElement;

use crate::domain::decimal::{Volume, parse_fixed};
use crate::domain::password::{BrokenRule, PasswordPolicy};
use crate::domain::sent_reading::cost_words;
use crate::domain::typed::{digit_of, digits_of_paste, grouped, is_dash, is_space};

/// The code that was last posted, so that a wrong one is not posted twice.
const POSTED: &str = "data-posted";

/// Reacts to an `input` event anywhere in the form.
pub(super) fn typed(event: &Event) {
    let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) else { return };
    if let Some(digits) = input.get_attribute("data-digits").and_then(|digits| digits.parse().ok()) {
        code_typed(&input, digits);
    }
    if let Some(rule) = input.get_attribute("data-rule") {
        password_typed(&input, PasswordPolicy::named(&rule));
    }
    if let Some(price) = number(&input, "data-price") {
        reading_typed(&input, price);
    }
}

/// The whole number in an attribute. [`parse_fixed`] is compiled for sums anyway: the parser of the standard library would
/// cost a download of its own.
fn number(input: &HtmlInputElement, attribute: &str) -> Option<i64> {
    parse_fixed(&input.get_attribute(attribute)?, 0).ok()
}

/// Says how much the consumption since the previous reading costs; nothing for a text that is no later reading.
fn reading_typed(input: &HtmlInputElement, price: i64) {
    let typed = Volume::parse(&input.value()).ok();
    let used = typed.zip(number(input, "data-previous")).map(|(typed, previous)| typed.raw() - previous);
    let words = used.filter(|used| *used >= 0).map(|used| cost_words(used, price)).unwrap_or_default();
    say(input, "-cost", &words);
}

/// Sets the text below a field.
fn say(input: &HtmlInputElement, place: &str, words: &str) {
    if let Some(place) = document().get_element_by_id(&[&input.id(), place].concat()) {
        place.set_text_content(Some(words));
    }
}

fn code_typed(input: &HtmlInputElement, digits: usize) {
    let text = input.value();
    let typed_at_end = input.selection_start().ok().flatten() == u32::try_from(text.encode_utf16().count()).ok();
    let code = digits_of_paste(&text, digits);
    // Text that cannot become a code stays as typed: the server reports the error.
    if let Some(code) = code.clone().or_else(|| begun(&text).filter(|_| typed_at_end)) {
        let shown = grouped(&code);
        if shown != text {
            input.set_value(&shown);
        }
    }
    let Some(code) = code.filter(|_| input.has_attribute("data-posts-when-full")) else { return };
    if input.get_attribute(POSTED).is_none_or(|posted| posted != code) {
        let _ = input.set_attribute(POSTED, &code);
        if let Some(form) = input.form() {
            let _ = form.request_submit();
        }
    }
}

/// The digits of an incomplete code; nothing if other text was typed.
fn begun(text: &str) -> Option<String> {
    let may_be = |character: char| is_space(character) || is_dash(character) || digit_of(character).is_some();
    let digit = |character: char| digit_of(character).and_then(|digit| char::from_digit(digit, 10));
    text.chars().all(may_be).then(|| text.chars().filter_map(digit).collect())
}

fn password_typed(input: &HtmlInputElement, policy: PasswordPolicy) {
    let password = input.value();
    let mut broken: Vec<String> = policy.broken_by_itself(&password).into_iter().map(BrokenRule::words).collect();
    if login(input).is_some_and(|login| login == password) {
        broken.push("совпадает с логином".to_owned());
    }
    let words = match (password.is_empty(), broken.is_empty()) {
        (true, _) => String::new(),
        (false, true) => "Пароль подходит".to_owned(),
        (false, false) => ["Не подходит: ", &broken.join(", ")].concat(),
    };
    say(input, "-rules", &words);
}

/// The login typed in the same form.
fn login(input: &HtmlInputElement) -> Option<String> {
    let login = input.form()?.query_selector("[autocomplete=username]").ok()??;
    Some(login.dyn_into::<HtmlInputElement>().ok()?.value()).filter(|login| !login.is_empty())
}
