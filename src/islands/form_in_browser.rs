//! The hydrated form and its use of the page's elements. The state of a form is in the page itself (`aria-busy`, the
//! elements of errors), because `site.js` guards the same form before the WebAssembly is loaded.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement, HtmlFormElement, HtmlInputElement, Node, NodeList, Storage, UrlSearchParams};

use super::field_error;
use crate::api::{ApiError, NotDone, Outcome, fields, post};
use crate::domain::form::{FieldError, is_calm, summary_title};

const BUSY: &str = "aria-busy";
/// The title of a page whose form has mistakes begins with this prefix, as the server writes it.
const TITLE_MARK: &str = "Ошибка: ";
/// Fields whose text survives a sign-in: typed by hand, neither secrets nor codes.
const KEPT: &str = "textarea, input[type=text]:not([data-digits])";

/// Restores the text that was typed before the session ended.
pub(super) fn restore_typed() {
    let Some(storage) = storage() else { return };
    for form in all(&document(), "leptos-island > form").filter_map(|form| form.dyn_into::<HtmlFormElement>().ok()) {
        let key = storage_key(&form);
        let Some(kept) = storage.get_item(&key).ok().flatten() else { continue };
        let _ = storage.remove_item(&key);
        let Ok(kept) = UrlSearchParams::new_with_str(&kept) else { continue };
        for field in all(&form, KEPT) {
            let Some(text) = field.get_attribute("name").and_then(|name| kept.get(&name)) else { continue };
            match field.dyn_into::<HtmlInputElement>() {
                Ok(input) => input.set_value(&text),
                // The text of an untouched `<textarea>`.
                Err(area) => area.set_text_content(Some(&text)),
            }
        }
    }
}

/// Posts the form to its function; a form that is being sent is not posted again.
pub(super) fn submit(event: &SubmitEvent, function: &str) {
    event.prevent_default();
    let Some(form) = event.current_target().and_then(|form| form.dyn_into::<HtmlFormElement>().ok()) else { return };
    if form.has_attribute(BUSY) {
        return;
    }
    let button = event.submitter();
    let _ = form.set_attribute(BUSY, "true");
    if let Some(button) = &button {
        show_busy(button);
    }
    let function = function.to_owned();
    spawn_local(async move {
        match post(&function, &form, button.as_ref()).await {
            // The form stays busy while the next page loads.
            Ok(Outcome::Next(to)) => return go(&to),
            Ok(Outcome::Invalid(errors)) => show_errors(&form, &errors),
            Err(NotDone { error: ApiError::SignedOut, .. }) => {
                keep_typed(&form);
                return go(&sign_in_page("?ended=1&next="));
            }
            Err(NotDone { error: ApiError::PasswordNeeded, .. }) => return go(&sign_in_page("?again=1&next=")),
            // The page itself explains why it is closed.
            Err(NotDone { error: ApiError::Closed, .. }) => return go(&action(&form)),
            Err(failure) => show_failure(&form, &failure),
        }
        if let Some(button) = &button {
            show_idle(button);
        }
        let _ = form.remove_attribute(BUSY);
    });
}

fn go(to: &str) {
    let _ = window().location().assign(to);
}

/// `site.js` reads `data-text` too, when the page comes back from the back/forward cache.
fn show_busy(button: &HtmlElement) {
    let _ = button.set_attribute("aria-disabled", "true");
    if let Some(busy) = button.get_attribute("data-busy") {
        let _ = button.set_attribute("data-text", &button.text_content().unwrap_or_default());
        button.set_text_content(Some(&busy));
    }
}

fn show_idle(button: &HtmlElement) {
    let _ = button.remove_attribute("aria-disabled");
    if let Some(text) = button.get_attribute("data-text") {
        button.set_text_content(Some(&text));
    }
}

fn show_errors(form: &HtmlFormElement, errors: &[FieldError]) {
    for field in all(form, "[aria-invalid=true]") {
        field_error::clear(&field);
    }
    let calm = is_calm(errors);
    for error in errors.iter().filter(|_| !calm) {
        if let Some(field) = document().get_element_by_id(&error.field) {
            field_error::show(&field, &error.message);
        }
    }
    let lines = errors.iter().map(|error| (Some(&*error.field), error.message.as_str()));
    show_summary(form, summary_title(errors), calm, lines);
}

fn show_failure(form: &HtmlFormElement, failure: &NotDone) {
    let text = match failure.error {
        ApiError::NoAnswer => "Нет ответа. Проверьте интернет и нажмите кнопку ещё раз",
        ApiError::Busy => "Сейчас очень много людей. Подождите минуту и нажмите кнопку ещё раз",
        ApiError::NotFound | ApiError::BadRequest => "Форма устарела. Обновите страницу и заполните её ещё раз",
        _ => "Что-то сломалось, мы уже знаем об этом. Попробуйте через несколько минут",
    };
    let number = failure.number.as_deref().filter(|_| failure.error == ApiError::Internal);
    let number = number.map(|number| [". Номер для поддержки: ", number].concat()).unwrap_or_default();
    show_summary(form, "Не отправлено", true, std::iter::once((None, &*[text, &number].concat())));
}

/// Fills the summary of the form, and moves the focus there. `calm`: the person made no mistake.
fn show_summary<'a>(
    form: &HtmlFormElement,
    title: &str,
    calm: bool,
    lines: impl Iterator<Item = (Option<&'a str>, &'a str)>,
) {
    let Ok(Some(summary)) = form.query_selector(".error-summary") else { return };
    let part = |selector: &str| summary.query_selector(selector).ok().flatten();
    let (Some(heading), Some(list)) = (part("h2 span"), part("ul")) else { return };
    heading.set_text_content(Some(title));
    list.set_text_content(None);
    for (field, message) in lines {
        if let Some(line) = line(field, message) {
            let _ = list.append_child(&line);
        }
    }
    let _ = summary.remove_attribute("hidden");
    let _ = if calm { summary.set_attribute("data-calm", "") } else { summary.remove_attribute("data-calm") };
    if let Some(summary) = summary.dyn_ref::<HtmlElement>() {
        let _ = summary.focus();
    }
    let page = document().title();
    let mark = if calm { "" } else { TITLE_MARK };
    document().set_title(&[mark, page.strip_prefix(TITLE_MARK).unwrap_or(&page)].concat());
}

fn line(field: Option<&str>, message: &str) -> Option<Element> {
    let item = document().create_element("li").ok()?;
    let Some(field) = field else {
        item.set_text_content(Some(message));
        return Some(item);
    };
    let link = document().create_element("a").ok()?;
    let _ = link.set_attribute("href", &["#", field].concat());
    link.set_text_content(Some(message));
    let _ = item.append_child(&link);
    Some(item)
}

/// The sign-in page of this part of the site, which leads back to this page with its query.
fn sign_in_page(query: &str) -> String {
    let location = window().location();
    let path = location.pathname().unwrap_or_default();
    let door = if path.starts_with("/console") { "/console/sign-in" } else { "/sign-in" };
    let back = String::from(js_sys::encode_uri_component(&[path, location.search().unwrap_or_default()].concat()));
    [door, query, &back].concat()
}

/// Keeps the typed text in this tab until the form is opened again.
fn keep_typed(form: &HtmlFormElement) {
    let (Some(storage), Ok(typed)) = (storage(), fields(form, None)) else { return };
    let kept = all(form, KEPT).filter_map(|field| field.get_attribute("name"));
    let Ok(only) = UrlSearchParams::new() else { return };
    for name in kept {
        only.set(&name, &typed.get(&name).unwrap_or_default());
    }
    let _ = storage.set_item(&storage_key(form), &String::from(only.to_string()));
}

/// Reads the attribute, because a field named `action` would shadow the property.
fn action(form: &HtmlFormElement) -> String {
    form.get_attribute("action").unwrap_or_default()
}

fn storage() -> Option<Storage> {
    window().session_storage().ok().flatten()
}

/// Unique to a form and a person: on a shared computer the next person does not get the text.
fn storage_key(form: &HtmlFormElement) -> String {
    let person = document().query_selector(".sign-out-who").ok().flatten().and_then(|who| who.text_content());
    [&action(form), "|", &person.unwrap_or_default()].concat()
}

fn all(place: &Node, selector: &str) -> impl Iterator<Item = Element> + use<> {
    let found = match place.dyn_ref::<Element>() {
        Some(element) => element.query_selector_all(selector),
        None => document().query_selector_all(selector),
    };
    let found = found.ok();
    let count = found.as_ref().map_or(0, NodeList::length);
    (0..count).filter_map(move |at| found.as_ref()?.item(at)?.dyn_into().ok())
}
