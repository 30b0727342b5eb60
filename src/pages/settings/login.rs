//! `/settings/login`: a new login, confirmed by a code (M1).

use axum::Form;
use axum::extract::State;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Redirect};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::profile::PROFILE;
use super::waiting::{CodePage, pending_line};
use super::{ADDRESS, crumb};
use crate::api::call::call;
use crate::api::settings::CodeForm;
use crate::api::settings::contacts::{
    BeginLoginChange, ConfirmLoginChange, LOGIN, LOGIN_CODE, LOGIN_FIELD, LoginForm, OF_LOGIN, PASSWORD_FIELD,
    ResendForm, begin_login_change, confirm_login_change, resend_change_code,
};
use crate::components::{ErrorSummary, FieldError, PasswordField, SubmitButton, TextField, error_of};
use crate::domain::login::Login;
use crate::http::Web;
use crate::http::answer::Answer;
use crate::http::session::{AtMoney, SignedIn};
use crate::islands::ServerForm;
use crate::service::contacts::{ChangeOf, waiting};

/// The address of the form that sends the code again.
pub(super) const RESEND_FORM: &str = "/settings/login/resend";

const CODE_PAGE: CodePage = CodePage {
    above: (LOGIN, "Логин"),
    function: ConfirmLoginChange::PATH,
    action: LOGIN_CODE,
    resend: RESEND_FORM,
    change: OF_LOGIN,
};

pub(super) async fn show(AtMoney(signed_in): AtMoney) -> Answer {
    page(&signed_in, String::new(), Vec::new()).await
}

/// A GET of the form that sends again redirects to the page of the code.
pub(super) async fn back_to_code() -> Redirect {
    Redirect::to(LOGIN_CODE)
}

/// Sends a code to a new login.
pub(super) async fn submit(State(web): State<Web>, parts: Parts, Form(form): Form<LoginForm>) -> Answer {
    let called = call(&web, &parts, begin_login_change(form.clone())).await?;
    let again = async |AtMoney(signed_in): AtMoney, errors| page(&signed_in, form.new_login, errors).await;
    called.or_page(&web, parts, again).await
}

pub(super) async fn show_code(AtMoney(signed_in): AtMoney) -> Answer {
    code_page(&signed_in, Vec::new()).await
}

/// Changes the login.
pub(super) async fn submit_code(State(web): State<Web>, parts: Parts, Form(form): Form<CodeForm>) -> Answer {
    let called = call(&web, &parts, confirm_login_change(form)).await?;
    called.or_page(&web, parts, async |AtMoney(signed_in): AtMoney, errors| code_page(&signed_in, errors).await).await
}

/// Sends the code again.
pub(super) async fn resend(State(web): State<Web>, parts: Parts) -> Answer {
    let called = call(&web, &parts, resend_change_code(ResendForm { change: OF_LOGIN.to_owned() })).await?;
    called.or_page(&web, parts, async |AtMoney(signed_in): AtMoney, errors| code_page(&signed_in, errors).await).await
}

async fn code_page(signed_in: &SignedIn, errors: Vec<FieldError>) -> Answer {
    match waiting(signed_in.services(), signed_in.id(), ChangeOf::Login).await? {
        Some(waiting) => CODE_PAGE.show(signed_in, waiting, errors).await,
        None => Ok(Redirect::to(LOGIN).into_response()),
    }
}

async fn page(signed_in: &SignedIn, typed: String, errors: Vec<FieldError>) -> Answer {
    let login = signed_in.user.login.clone();
    let pending = waiting(signed_in.services(), signed_in.id(), ChangeOf::Login).await?;
    let page = signed_in.page("Логин").under(ADDRESS).errors(&errors);
    page.show(move || {
        let shown = login.show();
        view! {
            <div class="narrow">
                {crumb(PROFILE, "Профиль")}
                <h1>"Логин"</h1>
                <p>
                    "Сейчас вы входите с логином " <strong class="long-text">{shown}</strong>
                    ". Новый начнёт действовать, когда вы введёте код, который придёт на него. На прежний мы сообщим о смене."
                </p>
                {pending_line(pending, LOGIN_CODE)}
                {form(&login, typed, errors)}
            </div>
        }
    })
    .await
}

fn form(login: &Login, typed: String, errors: Vec<FieldError>) -> impl IntoView + use<> {
    let (username, login_error) = (login.as_str().to_owned(), error_of(&errors, LOGIN_FIELD));
    let password_error = error_of(&errors, PASSWORD_FIELD);
    view! {
        <ServerForm function=BeginLoginChange::PATH.to_owned() action=LOGIN.to_owned()>
            <ErrorSummary errors/>
            // For a password manager: the login of this password.
            <input type="hidden" name="username" autocomplete="username" value=username/>
            <TextField id=LOGIN_FIELD label="Новая электронная почта или телефон" value=typed
                hint="Сюда придёт код, а потом и все сообщения." error=login_error autocomplete="off"/>
            <PasswordField id=PASSWORD_FIELD label="Текущий пароль" error=password_error
                autocomplete="current-password"/>
            <SubmitButton busy="Отправляем…">"Получить код"</SubmitButton>
        </ServerForm>
    }
}
