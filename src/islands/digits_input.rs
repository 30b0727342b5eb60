//! Typing a code or a PIN: digits are grouped, a pasted message gives its one run of digits, and a full code of an SMS is
//! submitted at once.

use leptos::ev::Event;
use leptos::html::Div;
use leptos::prelude::*;

/// The behaviour of the `CodeField` or `PinField` inside it.
///
/// ```
/// # use kabinet::{components::*, islands::DigitsInput};
/// # use leptos::prelude::*;
/// # let _ = |errors: Vec<FieldError>| view! {
/// <DigitsInput digits=6 posts_when_full=true><CodeField error=error_of(&errors, "code")/></DigitsInput>
/// # };
/// ```
#[island]
pub fn DigitsInput(
    /// Digits of the code.
    digits: usize,
    /// Whether the form is submitted once all digits are there, and the browser may take the code from an SMS by itself.
    posts_when_full: bool,
    /// The field.
    children: Children,
) -> impl IntoView {
    let place = NodeRef::<Div>::new();
    let posted = StoredValue::new(String::new());
    Effect::new(move |_| {
        if let Some(place) = place.get().filter(|_| posts_when_full) {
            browser::offer_code_of_sms(&place);
        }
    });
    let typed = move |event: Event| {
        if let Some(code) =
            browser::typed(&event, digits).filter(|code| posts_when_full && posted.with_value(|p| p != code))
        {
            posted.set_value(code);
            browser::submit(&event);
        }
    };
    view! { <div class="contents" node_ref=place on:input=typed>{children()}</div> }
}

#[cfg(target_arch = "wasm32")]
mod browser {
    use js_sys::{Array, Function, Object, Promise, Reflect};
    use leptos::ev::Event;
    use leptos::prelude::*;
    use leptos::task::spawn_local;
    use wasm_bindgen::{JsCast as _, JsValue};
    use wasm_bindgen_futures::JsFuture;
    use web_sys::{HtmlElement, HtmlInputElement};

    use crate::domain::typed::{digit_of, digits_of_paste, grouped, is_dash, is_space};

    /// Groups the digits of the field; the code when all are there. Text that is no code stays as it was typed.
    pub(super) fn typed(event: &Event, digits: usize) -> Option<String> {
        let input = input(event)?;
        let text = input.value();
        let code = digits_of_paste(&text, digits);
        let typed_at_end = input.selection_start().ok().flatten() == u32::try_from(text.encode_utf16().count()).ok();
        if let Some(code) = code.clone().or_else(|| begun(&text).filter(|_| typed_at_end)) {
            let shown = grouped(&code);
            if shown != text {
                input.set_value(&shown);
            }
        }
        code
    }

    /// The digits of a code that is not complete; nothing where something else was typed.
    fn begun(text: &str) -> Option<String> {
        let digit = |character: char| digit_of(character).and_then(|digit| char::from_digit(digit, 10));
        let may_be = |character: char| is_space(character) || is_dash(character) || digit_of(character).is_some();
        text.chars().all(may_be).then(|| text.chars().filter_map(digit).collect())
    }

    pub(super) fn submit(event: &Event) {
        if let Some(form) = input(event).and_then(|input| input.form()) {
            let _ = form.request_submit();
        }
    }

    fn input(event: &Event) -> Option<HtmlInputElement> {
        event.target()?.dyn_into().ok()
    }

    /// Where the browser can read the SMS itself, it offers the code (WebOTP).
    pub(super) fn offer_code_of_sms(place: &HtmlElement) {
        let Some(input) = place.query_selector("input").ok().flatten() else { return };
        let Ok(input) = input.dyn_into::<HtmlInputElement>() else { return };
        if let Ok(asked) = ask_for_sms() {
            spawn_local(async move {
                let Ok(answer) = JsFuture::from(asked).await else { return };
                let code = Reflect::get(&answer, &"code".into()).ok().and_then(|code| code.as_string());
                if let (Some(code), Ok(event)) = (code, Event::new_with_event_init_dict("input", &bubbles())) {
                    input.set_value(&code);
                    let _ = input.dispatch_event(&event);
                }
            });
        }
    }

    fn bubbles() -> web_sys::EventInit {
        let init = web_sys::EventInit::new();
        init.set_bubbles(true);
        init
    }

    /// `navigator.credentials.get({ otp: { transport: ["sms"] } })`.
    fn ask_for_sms() -> Result<Promise, JsValue> {
        let window = window();
        if !Reflect::has(&window, &"OTPCredential".into())? {
            return Err(JsValue::NULL);
        }
        let credentials = Reflect::get(&Reflect::get(&window, &"navigator".into())?, &"credentials".into())?;
        let (options, otp) = (Object::new(), Object::new());
        Reflect::set(&otp, &"transport".into(), &Array::of1(&"sms".into()))?;
        Reflect::set(&options, &"otp".into(), &otp)?;
        let get: Function = Reflect::get(&credentials, &"get".into())?.dyn_into()?;
        get.call1(&credentials, &options)?.dyn_into()
    }
}

/// The server renders the field and hears no typing.
#[cfg(not(target_arch = "wasm32"))]
mod browser {
    use leptos::ev::Event;
    use leptos::web_sys::HtmlDivElement;

    pub(super) const fn typed(_event: &Event, _digits: usize) -> Option<String> {
        None
    }
    pub(super) const fn submit(_event: &Event) {}
    pub(super) const fn offer_code_of_sms(_place: &HtmlDivElement) {}
}
