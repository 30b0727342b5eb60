//! Choosing a provider by typing a part of its name (M3): an editable combobox with a listbox, by WAI-ARIA.

use leptos::ev::KeyboardEvent;
use leptos::html::Input;
use leptos::prelude::*;

use crate::api::providers::{ProviderOption, find_providers};

/// Debounce before the server is asked, in milliseconds: a slow typist on a phone pauses for about as long.
const QUIET_MILLIS: u64 = 250;

/// The state of the list, read by a screen reader and shown under the field.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Search {
    /// No request, or an option has been chosen.
    Idle,
    /// The request is in flight.
    Asking,
    /// The number of options found.
    Found(usize),
    /// The request failed.
    Failed,
}

impl Search {
    fn words(self) -> String {
        match self {
            Self::Idle => String::new(),
            Self::Asking => "Ищем…".to_owned(),
            Self::Found(0) => "Ничего не нашлось. Введите часть названия, как на квитанции, или регион.".to_owned(),
            Self::Found(count) => format!("Найдено: {count}. Выберите из списка."),
            Self::Failed => "Нет ответа. Проверьте интернет и нажмите кнопку «Подключить».".to_owned(),
        }
    }
}

/// The index of the option that becomes active when the arrow goes `down` (or up) from `active` in a list of `count`;
/// it wraps around.
fn step(active: Option<usize>, count: usize, down: bool) -> Option<usize> {
    let last = count.checked_sub(1)?;
    Some(match (active, down) {
        (None, true) => 0,
        (Some(at), true) if at >= last => 0,
        (Some(at), true) => at + 1,
        (None | Some(0), false) => last,
        (Some(at), false) => at - 1,
    })
}

/// The state of the combobox.
#[derive(Clone, Copy)]
struct Combobox {
    input: NodeRef<Input>,
    /// Posts the code of the chosen option; disabled until hydration, because the radio buttons post it before.
    code: NodeRef<Input>,
    chosen: RwSignal<Option<ProviderOption>>,
    listed: RwSignal<Vec<ProviderOption>>,
    active: RwSignal<Option<usize>>,
    open: RwSignal<bool>,
    search: RwSignal<Search>,
    /// Counts the requests, so that a late response to an earlier one is dropped.
    asked: StoredValue<u32>,
}

impl Combobox {
    fn new(chosen: Option<ProviderOption>) -> Self {
        Self {
            input: NodeRef::new(),
            code: NodeRef::new(),
            chosen: RwSignal::new(chosen),
            listed: RwSignal::new(Vec::new()),
            active: RwSignal::new(None),
            open: RwSignal::new(false),
            search: RwSignal::new(Search::Idle),
            asked: StoredValue::new(0),
        }
    }

    fn shown(self) -> bool {
        self.open.get() && self.listed.with(|listed| !listed.is_empty())
    }

    /// The text of the status line: the chosen option, or the progress of the search.
    fn words(self) -> String {
        match (self.search.get(), self.chosen.get()) {
            (Search::Idle, Some(chosen)) => {
                // As `usize`, whose formatting is compiled for the count anyway.
                let digits = usize::from(chosen.account_length).to_string();
                ["Выбрано: ", &chosen.name, ". Номер лицевого счёта из ", &digits, " цифр."].concat()
            }
            (search, _) => search.words(),
        }
    }

    fn set_chosen(self, chosen: Option<ProviderOption>) {
        if let Some(code) = self.code.get_untracked() {
            code.set_value(chosen.as_ref().map_or("", |chosen| chosen.code.as_str()));
        }
        self.chosen.set(chosen);
    }

    fn typed(self, text: String) {
        self.set_chosen(None);
        self.active.set(None);
        let question = self.asked.with_value(|asked| asked.wrapping_add(1));
        self.asked.set_value(question);
        self.ask(text, question);
    }

    fn ask(self, text: String, question: u32) {
        let current = move || self.asked.try_get_value() == Some(question);
        let send = async move {
            let answer = find_providers(&text).await;
            if !current() {
                return;
            }
            self.search.set(answer.as_ref().map_or(Search::Failed, |found| Search::Found(found.len())));
            self.listed.set(answer.unwrap_or_default());
            self.open.set(true);
        };
        let wait = std::time::Duration::from_millis(QUIET_MILLIS);
        set_timeout(
            move || {
                if current() {
                    self.search.set(Search::Asking);
                    leptos::task::spawn_local(send);
                }
            },
            wait,
        );
    }

    fn choose(self, index: usize) {
        let Some(option) = self.listed.with_untracked(|listed| listed.get(index).cloned()) else { return };
        if let Some(input) = self.input.get_untracked() {
            input.set_value(&option.name);
        }
        // A response still in flight must not open the list again.
        self.asked.update_value(|asked| *asked = asked.wrapping_add(1));
        self.set_chosen(Some(option));
        self.search.set(Search::Idle);
        self.close();
    }

    fn close(self) {
        self.open.set(false);
        self.active.set(None);
    }

    fn pressed(self, event: &KeyboardEvent) {
        let shown = self.open.get_untracked() && self.listed.with_untracked(|listed| !listed.is_empty());
        match event.key().as_str() {
            key @ ("ArrowDown" | "ArrowUp") => {
                event.prevent_default();
                self.open.set(true);
                let count = self.listed.with_untracked(Vec::len);
                self.active.update(|active| *active = step(*active, count, key == "ArrowDown"));
            }
            "Enter" if shown => {
                let only = self.listed.with_untracked(|listed| (listed.len() == 1).then_some(0));
                if let Some(index) = self.active.get_untracked().or(only) {
                    event.prevent_default();
                    self.choose(index);
                }
            }
            "Escape" if shown => {
                event.prevent_default();
                self.close();
            }
            _ => {}
        }
    }
}

/// Field «Выберите ресурсоснабжающую организацию». Posts `provider_query` (the text) and `provider` (the code);
/// its id, for errors, is `provider`.
///
/// Without WebAssembly it is a text field and, where there are `options`, radio buttons named `provider`: if the text
/// matches several, the page answers with the same form and the matches as `options`.
///
/// ```
/// # use kabinet::{components::*, api::providers::ProviderOption, islands::ProviderCombobox};
/// # use leptos::prelude::*;
/// # let _ = |query: String, found: Vec<ProviderOption>, errors: Vec<FieldError>| view! {
/// <ProviderCombobox query chosen=None options=found error=error_of(&errors, "provider")/>
/// # };
/// ```
#[island]
pub fn ProviderCombobox(
    /// The typed text.
    query: String,
    /// The option chosen already.
    chosen: Option<ProviderOption>,
    /// The options offered before anything is typed, and without WebAssembly.
    options: Vec<ProviderOption>,
    /// What is wrong.
    error: Option<String>,
) -> impl IntoView {
    let offered = with_chosen(options, chosen.as_ref());
    let value = chosen.as_ref().map_or(query, |chosen| chosen.name.clone());
    let is_invalid = error.is_some();
    let box_ = Combobox::new(chosen);
    let hydrated = RwSignal::new(false);
    let radios = StoredValue::new(offered.clone());
    Effect::new(move |_| {
        if let Some(input) = box_.input.get() {
            take_over(box_, &input, &offered);
            hydrated.set(true);
        }
    });

    view! {
        <div class="field">
            <div class="field-head"><label for="provider">"Выберите ресурсоснабжающую организацию"</label></div>
            <p class="field-hint" id="provider-hint">"Начните вводить название или регион, например «Пермь»."</p>
            <p class="field-error" id="provider-error">{error}</p>
            <div class="combobox">
                {text_field(box_, hydrated, value, is_invalid)}
                {listbox(box_)}
            </div>
            <input node_ref=box_.code type="hidden" name="provider" disabled/>
            <p class="combobox-status" role="status">{move || box_.words()}</p>
            {move || (!hydrated.get()).then(|| radios.with_value(|radios| radio_list(radios, box_.chosen.get_untracked())))}
        </div>
    }
}

/// The offered options, including the chosen one.
fn with_chosen(mut options: Vec<ProviderOption>, chosen: Option<&ProviderOption>) -> Vec<ProviderOption> {
    if let Some(chosen) = chosen.filter(|chosen| options.iter().all(|option| option.code != chosen.code)) {
        options.insert(0, chosen.clone());
    }
    options
}

/// The ARIA attributes that make the field a combobox.
const ROLE: [(&str, &str); 3] =
    [("role", "combobox"), ("aria-autocomplete", "list"), ("aria-controls", "provider-list")];

/// Takes over the text that was typed, or the radio button that was selected, before hydration.
fn take_over(box_: Combobox, input: &leptos::web_sys::HtmlInputElement, offered: &[ProviderOption]) {
    let ticked = document().query_selector("input[type=radio][name=provider]:checked").ok().flatten();
    let code = ticked.and_then(|radio| radio.get_attribute("value"));
    let chosen = offered.iter().find(|option| Some(&option.code) == code.as_ref());
    if let Some(chosen) = chosen {
        input.set_value(&chosen.name);
    }
    for (name, value) in ROLE {
        let _ = input.set_attribute(name, value);
    }
    if let Some(code) = box_.code.get_untracked() {
        code.set_disabled(false);
    }
    box_.set_chosen(chosen.cloned());
    box_.listed.set(offered.to_vec());
    let text = input.value();
    if chosen.is_none() && !text.trim().is_empty() {
        box_.typed(text);
    }
}

/// The field for a part of the name.
fn text_field(box_: Combobox, hydrated: RwSignal<bool>, value: String, is_invalid: bool) -> impl IntoView {
    view! {
        <input
            node_ref=box_.input
            class="input"
            type="text"
            id="provider"
            name="provider_query"
            value=value
            autocomplete="off"
            autocapitalize="none"
            spellcheck="false"
            maxlength="160"
            required
            aria-expanded=move || hydrated.get().then(|| if box_.shown() { "true" } else { "false" })
            aria-activedescendant=move || box_.active.get().map(option_id)
            aria-describedby="provider-error provider-hint provider-tip"
            aria-invalid=is_invalid.then_some("true")
            on:input=move |event| box_.typed(event_target_value(&event))
            on:keydown=move |event| box_.pressed(&event)
            on:click=move |_| box_.open.set(true)
            on:blur=move |_| box_.close()
        />
    }
}

/// The list of the options found.
fn listbox(box_: Combobox) -> impl IntoView {
    view! {
        <ul
            class="listbox"
            id="provider-list"
            role="listbox"
            aria-label="Организации"
            // Keeps the focus in the field while a line is pressed.
            on:mousedown=move |event| event.prevent_default()
        >
            {move || box_.listed.get().into_iter().enumerate().map(|(i, o)| line(box_, i, o)).collect_view()}
        </ul>
    }
}

fn option_id(index: usize) -> String {
    format!("provider-option-{index}")
}

/// One option of the list.
fn line(box_: Combobox, index: usize, option: ProviderOption) -> impl IntoView {
    let active = move || box_.active.get() == Some(index);
    view! {
        <li
            class="option"
            id=option_id(index)
            role="option"
            aria-selected=move || if active() { "true" } else { "false" }
            on:click=move |_| box_.choose(index)
        >
            <span class="option-name">{option.name}</span>
            <span class="option-note">{option.region}</span>
        </li>
    }
}

/// The options without WebAssembly.
fn radio_list(options: &[ProviderOption], chosen: Option<ProviderOption>) -> Option<impl IntoView + use<>> {
    let radio = |(index, option): (usize, &ProviderOption)| {
        let id = format!("provider-radio-{index}");
        let ticked = chosen.as_ref().is_some_and(|chosen| chosen.code == option.code);
        view! {
            <div class="checkbox">
                <input type="radio" id=id.clone() name="provider" value=option.code.clone() checked=ticked/>
                <label for=id>
                    {option.name.clone()} <span class="option-note">{option.region.clone()}</span>
                </label>
            </div>
        }
    };
    (!options.is_empty()).then(|| {
        view! {
            <fieldset class="radio-list">
                <legend>"Выберите из списка"</legend>
                {options.iter().enumerate().map(radio).collect_view()}
            </fieldset>
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_go_round_the_list() {
        assert_eq!(step(None, 3, true), Some(0));
        assert_eq!(step(None, 3, false), Some(2));
        assert_eq!(step(Some(2), 3, true), Some(0));
        assert_eq!(step(Some(0), 3, false), Some(2));
        assert_eq!(step(Some(1), 3, true), Some(2));
        assert_eq!(step(Some(7), 3, true), Some(0), "a list that became shorter");
        assert_eq!(step(None, 0, true), None);
    }

    #[test]
    fn what_is_chosen_is_always_among_what_is_offered_once() {
        let option =
            |code: &str| ProviderOption { code: code.into(), name: code.into(), region: None, account_length: 8 };
        assert_eq!(with_chosen(vec![option("a")], Some(&option("b"))).len(), 2);
        assert_eq!(with_chosen(vec![option("a")], Some(&option("a"))).len(), 1);
    }
}
