//! `/settings/password`: a new password.

use axum::Form;
use axum::extract::State;
use axum::http::request::Parts;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::security::SECURITY;
use super::{ADDRESS, crumb};
use crate::api::call::call;
use crate::api::settings::{ChangePassword, PasswordForm, change_password};
use crate::components::{ErrorSummary, FieldError, Hint, PasswordField, SubmitButton, error_of};
use crate::domain::hint::Topic;
use crate::domain::login::Login;
use crate::domain::password::PasswordPolicy;
use crate::http::Web;
use crate::http::answer::Answer;
use crate::http::session::AtMoney;
use crate::islands::ServerForm;

/// The address of this screen.
pub(super) const PASSWORD: &str = "/settings/password";
/// The field of the current password.
const CURRENT: &str = "current_password";
/// The field of the new password.
const NEW: &str = "new_password";

pub(super) async fn show(caller: AtMoney) -> Answer {
    page(caller, Vec::new()).await
}

/// Changes the password.
pub(super) async fn submit(State(web): State<Web>, parts: Parts, Form(form): Form<PasswordForm>) -> Answer {
    let called = call(&web, &parts, change_password(form)).await?;
    called.or_page(&web, parts, page).await
}

/// The page; the fields are secrets, so typed values are not written back.
async fn page(AtMoney(signed_in): AtMoney, errors: Vec<FieldError>) -> Answer {
    let policy = signed_in.services().settings().password_policy;
    let login = signed_in.user.login.clone();
    let page = signed_in.page("Пароль").under(ADDRESS).errors(&errors);
    page.show(move || {
        view! {
            <div class="narrow">
                {crumb(SECURITY, "Безопасность")}
                <h1>"Пароль"</h1>
                <p>"После смены пароля на других устройствах нужно будет войти заново."</p>
                {form(policy, &login, errors)}
            </div>
        }
    })
    .await
}

fn form(policy: PasswordPolicy, login: &Login, errors: Vec<FieldError>) -> impl IntoView + use<> {
    let login = login.as_str().to_owned();
    view! {
        <ServerForm function=ChangePassword::PATH.to_owned() action=PASSWORD.to_owned()>
            <ErrorSummary errors=errors.clone()/>
            // For a password manager: the login of this password.
            <input type="hidden" name="username" autocomplete="username" value=login/>
            <PasswordField id=CURRENT label="Текущий пароль" error=error_of(&errors, CURRENT)
                autocomplete="current-password"/>
            <PasswordField id=NEW label="Новый пароль" rule=policy error=error_of(&errors, NEW)
                autocomplete="new-password">
                <Hint topic=Topic::Password/>
            </PasswordField>
            <SubmitButton busy="Меняем…">"Изменить пароль"</SubmitButton>
        </ServerForm>
    }
}
