//! Fields of a form. The id of a field is also its name. Each field links its label, hint and error by ids, is required
//! unless `optional`, and an optional field says so in words.
//!
//! The children of a field are rendered beside its label: the place for a `<Hint/>`.

use leptos::prelude::*;

pub use crate::domain::form::{FieldError, error_of, errors_of};
use crate::domain::password::PasswordPolicy;
use crate::domain::pin::PIN_LENGTH;

/// The markup around an input: its label, hint and error, and the ids that link them.
pub(super) struct Surround {
    pub id: String,
    pub label: String,
    pub optional: bool,
    pub hint: Option<String>,
    pub error: Option<String>,
    pub aside: Option<Children>,
}

impl Surround {
    /// The ids that describe the input: its error, whose element is always rendered, then its hint.
    pub fn described_by(&self) -> String {
        let id = &self.id;
        if self.hint.is_some() { format!("{id}-error {id}-hint") } else { format!("{id}-error") }
    }

    /// `true` for the attribute, or no attribute.
    pub fn invalid(&self) -> Option<&'static str> {
        self.error.is_some().then_some("true")
    }

    /// Puts an input inside.
    pub fn around(self, input: impl IntoView) -> impl IntoView {
        let id = self.id;
        let (hint_id, error) = (format!("{id}-hint"), field_error(&id, self.error));
        view! {
            <div class="field">
                <div class="field-head">
                    <label for=id>
                        {self.label} {self.optional.then(|| view! { <span class="field-optional">" (необязательно)"</span> })}
                    </label>
                    {self.aside.map(|aside| aside())}
                </div>
                {self.hint.map(|hint| view! { <p class="field-hint" id=hint_id>{hint}</p> })}
                {error}
                {input}
            </div>
        }
    }
}

/// The element for the error of a field, empty without one; the word «Ошибка» is for a screen reader.
fn field_error(id: &str, error: Option<String>) -> impl IntoView + use<> {
    let error = error.map(|error| view! { <span class="visually-hidden">"Ошибка: "</span> {error} });
    view! { <p class="field-error" id=format!("{id}-error")>{error}</p> }
}

/// One line of text.
///
/// ```
/// # use kabinet::components::*;
/// # use leptos::prelude::*;
/// # let _ = |login: String, errors: Vec<FieldError>| view! {
/// <TextField id="login" label="Электронная почта или телефон" value=login
///     error=error_of(&errors, "login") autocomplete="username" inputmode="email"/>
/// # };
/// ```
#[component]
pub fn TextField(
    /// Its id and name.
    id: &'static str,
    /// Its label.
    #[prop(into)]
    label: String,
    /// What was typed.
    #[prop(optional, into)]
    value: String,
    /// What to type, shown before any mistake.
    #[prop(optional, into)]
    hint: Option<String>,
    /// What is wrong.
    #[prop(optional_no_strip)]
    error: Option<String>,
    /// `text` by default.
    #[prop(default = "text")]
    input_type: &'static str,
    /// What the browser may fill in, e.g. `username`, `off`.
    #[prop(optional)]
    autocomplete: Option<&'static str>,
    /// The phone's keyboard, e.g. `numeric`, `email`, `decimal`.
    #[prop(optional)]
    inputmode: Option<&'static str>,
    /// Most characters; longer text cannot be typed.
    #[prop(optional)]
    maxlength: Option<u16>,
    /// Whether it may stay empty.
    #[prop(optional)]
    optional: bool,
    /// A short line, as for a number or a date.
    #[prop(optional)]
    short: bool,
    /// A hint beside the label.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let surround = Surround { id: id.into(), label, optional, hint, error, aside: children };
    let (described_by, invalid) = (surround.described_by(), surround.invalid());
    surround.around(view! {
        <input
            class=if short { "input input-short" } else { "input" }
            type=input_type
            id=id
            name=id
            value=value
            autocomplete=autocomplete
            inputmode=inputmode
            maxlength=maxlength
            required=!optional
            aria-describedby=described_by
            aria-invalid=invalid
        />
    })
}

/// A password. The value is never written back; `site.js` adds «Показать». With a `rule`, the hydrated form names each
/// violated part of the rule as the password is typed.
///
/// ```
/// # use kabinet::{components::*, domain::password::PasswordPolicy};
/// # use leptos::prelude::*;
/// # let _ = |policy: PasswordPolicy, errors: Vec<FieldError>| view! {
/// <PasswordField id="password" label="Пароль" rule=policy error=error_of(&errors, "password")
///     autocomplete="new-password"/>
/// # };
/// ```
#[component]
pub fn PasswordField(
    /// Its id and name.
    id: &'static str,
    /// Its label.
    #[prop(into)]
    label: String,
    /// The rule for a new password, shown before any mistake.
    #[prop(optional)]
    rule: Option<PasswordPolicy>,
    /// A rule in words, where no subscribers' policy applies.
    #[prop(optional, into)]
    hint: Option<String>,
    /// What is wrong.
    #[prop(optional_no_strip)]
    error: Option<String>,
    /// `current-password` or `new-password`.
    autocomplete: &'static str,
    /// A hint beside the label.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let hint = rule.map(|policy| policy.rule().to_owned()).or(hint);
    let surround = Surround { id: id.into(), label, optional: false, hint, error, aside: children };
    let (described_by, invalid) = (surround.described_by(), surround.invalid());
    surround.around(view! {
        <div class="input-group password">
            <input
                class="input"
                type="password"
                id=id
                name=id
                autocomplete=autocomplete
                spellcheck="false"
                minlength=rule.map(|policy| policy.min_length().to_string())
                data-rule=rule.map(PasswordPolicy::name)
                {..passwordrules(rule)}
                required
                aria-describedby=described_by
                aria-invalid=invalid
            />
            <RevealButton id shown=false/>
        </div>
        {rule.map(|_| view! { <p class="field-rules" id=format!("{id}-rules") role="status"></p> })}
    })
}

/// The rule in the format that password managers read when they generate a password.
fn passwordrules(rule: Option<PasswordPolicy>) -> impl leptos::attr::Attribute {
    leptos::attr::custom::custom_attribute("passwordrules", rule.map(PasswordPolicy::passwordrules))
}

/// The button that hides and shows a secret; hidden until `site.js` runs.
#[component]
fn RevealButton(id: &'static str, shown: bool) -> impl IntoView {
    let (pressed, text) = if shown { ("true", "Скрыть") } else { ("false", "Показать") };
    view! {
        <button type="button" class="button button-secondary reveal" data-reveal=id aria-pressed=pressed hidden>
            {text}
        </button>
    }
}

/// The code of an SMS: six digits. The hydrated form groups them, accepts a paste of the whole message, and submits
/// itself once when all digits are typed.
///
/// ```
/// # use kabinet::components::*;
/// # use leptos::prelude::*;
/// # let _ = |errors: Vec<FieldError>| view! {
/// <CodeField error=error_of(&errors, "code")/>
/// # };
/// ```
#[component]
pub fn CodeField(
    /// Its id and name.
    #[prop(default = "code")]
    id: &'static str,
    /// Its label.
    #[prop(default = "Код из SMS".to_owned(), into)]
    label: String,
    /// Digits of the code.
    #[prop(default = 6)]
    digits: u8,
    /// What to type.
    #[prop(default = "6 цифр, можно вставить с пробелами.".to_owned(), into)]
    hint: String,
    /// What is wrong.
    #[prop(optional_no_strip)]
    error: Option<String>,
    /// A hint beside the label.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let surround = Surround { id: id.into(), label, optional: false, hint: Some(hint), error, aside: children };
    let (described_by, invalid) = (surround.described_by(), surround.invalid());
    surround.around(view! {
        <input
            class="input input-code"
            type="text"
            id=id
            name=id
            inputmode="numeric"
            autocomplete="one-time-code"
            data-digits=digits
            data-posts-when-full=""
            required
            aria-describedby=described_by
            aria-invalid=invalid
        />
    })
}

/// The PIN of an account: eight digits, readable and grouped, with a button that hides them.
///
/// ```
/// # use kabinet::{components::*, domain::hint::Topic};
/// # use leptos::prelude::*;
/// # let _ = |errors: Vec<FieldError>| view! {
/// <PinField error=error_of(&errors, "pin")><Hint topic=Topic::Pin/></PinField>
/// # };
/// ```
#[component]
pub fn PinField(
    /// Its id and name.
    #[prop(default = "pin")]
    id: &'static str,
    /// What is wrong.
    #[prop(optional_no_strip)]
    error: Option<String>,
    /// A hint beside the label.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let hint = Some(format!("{PIN_LENGTH} цифр. Они напечатаны на квитанции перед расшифровкой счёта."));
    let surround =
        Surround { id: id.into(), label: "ПИН-код".to_owned(), optional: false, hint, error, aside: children };
    let (described_by, invalid) = (surround.described_by(), surround.invalid());
    surround.around(view! {
        <div class="input-group">
            <input
                class="input input-code"
                type="text"
                id=id
                name=id
                inputmode="numeric"
                autocomplete="off"
                data-digits=PIN_LENGTH
                required
                aria-describedby=described_by
                aria-invalid=invalid
            />
            <RevealButton id shown=true/>
        </div>
    })
}

/// Several lines of text.
///
/// ```
/// # use kabinet::components::*;
/// # use leptos::prelude::*;
/// # let _ = |message: String, errors: Vec<FieldError>| view! {
/// <TextArea id="message" label="Сообщение" value=message error=error_of(&errors, "message") rows=6/>
/// # };
/// ```
#[component]
pub fn TextArea(
    /// Its id.
    #[prop(into)]
    id: String,
    /// Its name, where it is not the id: a page with many such forms needs an id for each.
    #[prop(optional)]
    name: Option<&'static str>,
    /// Its label.
    #[prop(into)]
    label: String,
    /// What was typed.
    #[prop(optional, into)]
    value: String,
    /// What to type, shown before any mistake.
    #[prop(optional, into)]
    hint: Option<String>,
    /// What is wrong.
    #[prop(optional_no_strip)]
    error: Option<String>,
    /// Visible lines.
    #[prop(default = 6)]
    rows: u8,
    /// Whether it may stay empty.
    #[prop(optional)]
    optional: bool,
    /// A hint beside the label.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let surround = Surround { id: id.clone(), label, optional, hint, error, aside: children };
    let (described_by, invalid) = (surround.described_by(), surround.invalid());
    surround.around(view! {
        <textarea
            class="input"
            name=name.map_or_else(|| id.clone(), str::to_owned)
            id=id
            rows=rows
            required=!optional
            aria-describedby=described_by
            aria-invalid=invalid
            inner_html=textarea_text(&value)
        ></textarea>
    })
}

/// Leptos does not escape the text of a `<textarea>`; without this a typed tag would close it.
fn textarea_text(value: &str) -> String {
    value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// One choice of a list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SelectOption {
    /// The posted value.
    pub value: String,
    /// The visible text.
    pub text: String,
}

impl SelectOption {
    /// A choice of a value and a text.
    pub fn new(value: impl Into<String>, text: impl Into<String>) -> Self {
        Self { value: value.into(), text: text.into() }
    }
}

/// A choice out of a list.
///
/// ```
/// # use kabinet::components::*;
/// # use leptos::prelude::*;
/// # let _ = |periods: Vec<SelectOption>, errors: Vec<FieldError>| view! {
/// <SelectField id="period" label="Период" options=periods selected="2026-11" error=error_of(&errors, "period")/>
/// # };
/// ```
#[component]
pub fn SelectField(
    /// Its id and name.
    id: &'static str,
    /// Its label.
    #[prop(into)]
    label: String,
    /// The choices.
    options: Vec<SelectOption>,
    /// The value chosen.
    #[prop(optional, into)]
    selected: String,
    /// How to choose.
    #[prop(optional, into)]
    hint: Option<String>,
    /// What is wrong.
    #[prop(optional_no_strip)]
    error: Option<String>,
    /// A hint beside the label.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let surround = Surround { id: id.into(), label, optional: false, hint, error, aside: children };
    let (described_by, invalid) = (surround.described_by(), surround.invalid());
    let option = |option: SelectOption| {
        let chosen = option.value == selected;
        view! { <option value=option.value selected=chosen>{option.text}</option> }
    };
    surround.around(view! {
        <select class="input" id=id name=id aria-describedby=described_by aria-invalid=invalid>
            {options.into_iter().map(option).collect_view()}
        </select>
    })
}

/// A checkbox; posts `on` or nothing. Its label is its children, so that it can contain a link.
///
/// ```
/// # use kabinet::components::*;
/// # use leptos::prelude::*;
/// # let _ = |consent: bool, errors: Vec<FieldError>| view! {
/// <CheckboxField id="consent" checked=consent error=error_of(&errors, "consent")>
///     "Согласен на " <a href="/consent">"обработку персональных данных"</a>
/// </CheckboxField>
/// # };
/// ```
#[component]
pub fn CheckboxField(
    /// Its id and name.
    id: &'static str,
    /// Whether it is ticked.
    #[prop(optional)]
    checked: bool,
    /// What is wrong.
    #[prop(optional_no_strip)]
    error: Option<String>,
    /// Whether it may stay unticked.
    #[prop(optional)]
    optional: bool,
    /// The label.
    children: Children,
) -> impl IntoView {
    let invalid = error.is_some().then_some("true");
    let described_by = format!("{id}-error");
    view! {
        <div class="field">
            {field_error(id, error)}
            <div class="checkbox">
                <input
                    type="checkbox"
                    id=id
                    name=id
                    checked=checked
                    required=!optional
                    aria-describedby=described_by
                    aria-invalid=invalid
                />
                <label for=id>{children()}</label>
            </div>
        </div>
    }
}
