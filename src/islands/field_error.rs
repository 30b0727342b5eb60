//! The error of one field in the page: the same element and the same words as the server renders.

use leptos::prelude::*;
use web_sys::Element;

/// Shows an error at a field.
pub(super) fn show(field: &Element, message: &str) {
    let _ = field.set_attribute("aria-invalid", "true");
    if let Some(place) = place(field) {
        place.set_inner_html("<span class=\"visually-hidden\">Ошибка: </span>");
        let _ = place.append_with_str_1(message);
    }
}

/// Removes the error.
pub(super) fn clear(field: &Element) {
    let _ = field.remove_attribute("aria-invalid");
    if let Some(place) = place(field) {
        place.set_text_content(None);
    }
}

fn place(field: &Element) -> Option<Element> {
    document().get_element_by_id(&[&field.id(), "-error"].concat())
}
