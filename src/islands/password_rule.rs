//! A new password while it is typed: each broken rule by its name.

use leptos::ev::Event;
use leptos::prelude::*;

use crate::domain::password::{BrokenRule, PasswordPolicy};

/// Names the rules that the new password inside it breaks, as it is typed. The password stays in its field.
///
/// ```
/// # use kabinet::{components::*, domain::password::PasswordPolicy, islands::PasswordRule};
/// # use leptos::prelude::*;
/// # let _ = |policy: PasswordPolicy| view! {
/// <PasswordRule policy>
///     <PasswordField id="password" label="Пароль" rule=policy autocomplete="new-password"/>
/// </PasswordRule>
/// # };
/// ```
#[island]
pub fn PasswordRule(
    /// The rule for passwords.
    policy: PasswordPolicy,
    /// The field.
    children: Children,
) -> impl IntoView {
    let words = RwSignal::new(String::new());
    let typed = move |event: Event| words.set(verdict(policy, &event_target_value(&event), &login(&event)));
    view! {
        <div class="contents" on:input=typed>
            {children()}
            <p class="field-rules" role="status">{move || words.get()}</p>
        </div>
    }
}

/// The broken rules in words; nothing for an empty field.
fn verdict(policy: PasswordPolicy, password: &str, login: &str) -> String {
    if password.is_empty() {
        return String::new();
    }
    let broken = policy.broken(password, login);
    if broken.is_empty() {
        return "Пароль подходит".to_owned();
    }
    let words: Vec<String> = broken.into_iter().map(BrokenRule::words).collect();
    ["Не подходит: ", &words.join(", ")].concat()
}

/// The login typed in the same form: a password must differ from it.
#[cfg(target_arch = "wasm32")]
fn login(event: &Event) -> String {
    use wasm_bindgen::JsCast as _;

    let form = event.target().and_then(|field| field.dyn_into::<web_sys::HtmlInputElement>().ok()?.form());
    let login = form.and_then(|form| form.query_selector("[autocomplete=username]").ok().flatten());
    login
        .and_then(|login| login.dyn_into::<web_sys::HtmlInputElement>().ok())
        .map(|login| login.value())
        .unwrap_or_default()
}

/// The server renders the field and hears no typing.
#[cfg(not(target_arch = "wasm32"))]
const fn login(_event: &Event) -> String {
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_broken_rule_has_its_name_and_a_good_password_is_confirmed() {
        let words = |password: &str| verdict(PasswordPolicy::Manual, password, "ivan@example.ru");
        assert_eq!(words(""), "");
        assert_eq!(words("gaz2026"), "Пароль подходит");
        assert!(words("gaz 2026").contains("пробел"), "{}", words("gaz 2026"));
        assert!(words("gaz20262026").contains("11 символов вместо 10"), "{}", words("gaz20262026"));
        assert!(words("Пгаз2026").contains("заглавная кириллическая буква"), "{}", words("Пгаз2026"));
    }
}
