//! The browser's half of a call: one `fetch` of a function's address.
//!
//! The client of server functions is not used: it took 9 kB of a phone's 100 kB when this was measured.

use leptos::serde_json;
use serde::de::DeserializeOwned;

use super::ApiError;

/// Timeout of a query in milliseconds: the server answers these within a few.
#[cfg(target_arch = "wasm32")]
const MAX_QUESTION_MILLIS: u32 = 15_000;
/// Timeout of an action in milliseconds: the server's own is 30 seconds.
#[cfg(target_arch = "wasm32")]
const MAX_ACTION_MILLIS: u32 = 45_000;

/// Calls a server function that takes one named text.
///
/// # Errors
/// The error of the function, or [`ApiError::NoAnswer`] when no response came.
pub(super) async fn ask<T: DeserializeOwned>(address: &str, name: &str, value: &str) -> Result<T, ApiError> {
    let (ok, body) = get(address, name, value).await.ok_or(ApiError::NoAnswer)?;
    read(ok, &body)
}

fn read<T: DeserializeOwned>(ok: bool, body: &str) -> Result<T, ApiError> {
    if ok {
        return serde_json::from_str(body).map_err(|_| ApiError::Internal);
    }
    Err(serde_json::from_str(body).unwrap_or(ApiError::Internal))
}

/// The server only renders islands and makes no calls.
#[cfg(not(target_arch = "wasm32"))]
#[expect(clippy::unused_async, reason = "the browser's half waits for an answer")]
async fn get(_address: &str, _name: &str, _value: &str) -> Option<(bool, String)> {
    None
}

#[cfg(target_arch = "wasm32")]
use wasm::get;
#[cfg(target_arch = "wasm32")]
pub(crate) use wasm::{NotDone, fields, post};

#[cfg(target_arch = "wasm32")]
mod wasm {
    use leptos::prelude::window;
    use wasm_bindgen::{JsCast as _, JsValue};
    use wasm_bindgen_futures::JsFuture;
    use web_sys::{AbortSignal, FormData, HtmlElement, HtmlFormElement, RequestInit, Response, UrlSearchParams};

    use super::{ApiError, MAX_ACTION_MILLIS, MAX_QUESTION_MILLIS, read};
    use crate::domain::form::Outcome;

    /// Whether the status is a success, and the body; nothing when there is no response.
    pub(super) async fn get(address: &str, name: &str, value: &str) -> Option<(bool, String)> {
        let value = String::from(js_sys::encode_uri_component(value));
        let request = RequestInit::new();
        let answer = fetch(&[address, "?", name, "=", &value].concat(), &request, MAX_QUESTION_MILLIS).await?;
        Some((answer.ok(), text(&answer).await?))
    }

    /// Why an action has no outcome, and the request number under which the server logged an internal error.
    pub(crate) struct NotDone {
        /// The error.
        pub error: ApiError,
        /// The number of the request.
        pub number: Option<String>,
    }

    /// Posts a form to a server function, with the button that submitted it.
    ///
    /// # Errors
    /// [`NotDone`] when the function has no outcome or no response came.
    pub(crate) async fn post(
        address: &str,
        form: &HtmlFormElement,
        button: Option<&HtmlElement>,
    ) -> Result<Outcome, NotDone> {
        let lost = || NotDone { error: ApiError::NoAnswer, number: None };
        let fields = fields(form, button).map_err(|_| lost())?;
        let request = RequestInit::new();
        request.set_method("POST");
        request.set_body(&fields);
        let answer = fetch(address, &request, MAX_ACTION_MILLIS).await.ok_or_else(lost)?;
        let body = text(&answer).await.ok_or_else(lost)?;
        let number = answer.headers().get("x-request-id").ok().flatten();
        read(answer.ok(), &body).map_err(|error| NotDone { error, number })
    }

    /// The form's fields as the browser would post them.
    pub(crate) fn fields(form: &HtmlFormElement, button: Option<&HtmlElement>) -> Result<UrlSearchParams, JsValue> {
        let data = FormData::new_with_form(form)?;
        let fields = UrlSearchParams::new_with_str_sequence_sequence(&data)?;
        let named = button.and_then(|button| button.get_attribute("name").zip(button.get_attribute("value")));
        if let Some((name, value)) = named {
            fields.append(&name, &value);
        }
        Ok(fields)
    }

    async fn fetch(address: &str, request: &RequestInit, within_millis: u32) -> Option<Response> {
        request.set_signal(Some(&AbortSignal::timeout_with_u32(within_millis)));
        let answer = JsFuture::from(window().fetch_with_str_and_init(address, request)).await.ok()?;
        answer.dyn_into().ok()
    }

    async fn text(answer: &Response) -> Option<String> {
        JsFuture::from(answer.text().ok()?).await.ok()?.as_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_and_an_error_keeps_its_kind() {
        assert_eq!(read::<Vec<u8>>(true, "[1,2]"), Ok(vec![1, 2]));
        assert_eq!(read::<Vec<u8>>(false, "\"SignedOut\""), Err(ApiError::SignedOut));
        assert_eq!(read::<Vec<u8>>(false, "<html>"), Err(ApiError::Internal));
        assert_eq!(read::<Vec<u8>>(true, "<html>"), Err(ApiError::Internal));
    }
}
