//! How an island asks: a plain `fetch` of a server function's own address.
//!
//! The client that comes with server functions is not used: it took 9 kB of a phone's 100 kB when this was
//! measured.

use leptos::serde_json;
use serde::de::DeserializeOwned;

use super::ApiError;

/// Milliseconds after which a question is given up: the server answers these within a few.
#[cfg(target_arch = "wasm32")]
const ANSWER_WITHIN_MILLIS: u32 = 15_000;

/// Asks a server function that takes one named text.
///
/// # Errors
/// What the function answered, or [`ApiError::Internal`] when no answer came.
pub(super) async fn ask<T: DeserializeOwned>(address: &str, name: &str, value: &str) -> Result<T, ApiError> {
    let (ok, body) = get(address, name, value).await.ok_or(ApiError::Internal)?;
    read(ok, &body)
}

fn read<T: DeserializeOwned>(ok: bool, body: &str) -> Result<T, ApiError> {
    if ok {
        return serde_json::from_str(body).map_err(|_| ApiError::Internal);
    }
    Err(serde_json::from_str(body).unwrap_or(ApiError::Internal))
}

/// Whether the answer is good, and its text; nothing when there is no answer.
#[cfg(target_arch = "wasm32")]
async fn get(address: &str, name: &str, value: &str) -> Option<(bool, String)> {
    use leptos::prelude::window;
    use wasm_bindgen::JsCast as _;
    use wasm_bindgen_futures::JsFuture;
    use web_sys::{AbortSignal, RequestInit, Response};

    let value = String::from(js_sys::encode_uri_component(value));
    let address = [address, "?", name, "=", &value].concat();
    let request = RequestInit::new();
    request.set_signal(Some(&AbortSignal::timeout_with_u32(ANSWER_WITHIN_MILLIS)));
    let answer = JsFuture::from(window().fetch_with_str_and_init(&address, &request)).await.ok()?;
    let answer: Response = answer.dyn_into().ok()?;
    let body = JsFuture::from(answer.text().ok()?).await.ok()?;
    Some((answer.ok(), body.as_string()?))
}

/// The server renders islands and never asks.
#[cfg(not(target_arch = "wasm32"))]
async fn get(_address: &str, _name: &str, _value: &str) -> Option<(bool, String)> {
    None
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
