//! `/settings/contact`: the second contact, confirmed by a code (M1).

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
    BeginContact, CONTACT, CONTACT_CODE, CONTACT_FIELD, ConfirmContact, ContactForm, RemoveContact, ResendForm,
    begin_contact, confirm_contact, remove_contact, resend_change_code,
};
use crate::components::{ButtonKind, Card, ErrorSummary, FieldError, SubmitButton, TextField, error_of};
use crate::domain::login::Login;
use crate::http::Web;
use crate::http::answer::Answer;
use crate::http::session::{AtMoney, Fresh, SignedIn};
use crate::islands::ServerForm;
use crate::service::contacts::{ChangeOf, second_contact, waiting};

/// The address of the form that removes the contact.
pub(super) const REMOVE_FORM: &str = "/settings/contact/remove";
/// The address of the form that sends the code again.
pub(super) const RESEND_FORM: &str = "/settings/contact/resend";

const CODE_PAGE: CodePage = CodePage {
    above: (CONTACT, "Второй контакт"),
    function: ConfirmContact::PATH,
    action: CONTACT_CODE,
    resend: RESEND_FORM,
    change: "contact",
};

pub(super) async fn show(fresh: Fresh) -> Answer {
    page(fresh, String::new(), Vec::new()).await
}

/// A GET of the form that removes redirects to the page.
pub(super) async fn back() -> Redirect {
    Redirect::to(CONTACT)
}

/// A GET of the form that sends again redirects to the page of the code.
pub(super) async fn back_to_code() -> Redirect {
    Redirect::to(CONTACT_CODE)
}

/// Sends a code to a new contact.
pub(super) async fn submit(State(web): State<Web>, parts: Parts, Form(form): Form<ContactForm>) -> Answer {
    let called = call(&web, &parts, begin_contact(form.clone())).await?;
    called.or_page(&web, parts, async |fresh: Fresh, errors| page(fresh, form.contact, errors).await).await
}

/// Removes the contact.
pub(super) async fn remove(State(web): State<Web>, parts: Parts) -> Answer {
    let called = call(&web, &parts, remove_contact()).await?;
    called.or_page(&web, parts, async |fresh: Fresh, errors| page(fresh, String::new(), errors).await).await
}

pub(super) async fn show_code(AtMoney(signed_in): AtMoney) -> Answer {
    code_page(&signed_in, Vec::new()).await
}

/// Confirms the contact.
pub(super) async fn submit_code(State(web): State<Web>, parts: Parts, Form(form): Form<CodeForm>) -> Answer {
    let called = call(&web, &parts, confirm_contact(form)).await?;
    called.or_page(&web, parts, async |AtMoney(signed_in): AtMoney, errors| code_page(&signed_in, errors).await).await
}

/// Sends the code again.
pub(super) async fn resend(State(web): State<Web>, parts: Parts) -> Answer {
    let called = call(&web, &parts, resend_change_code(ResendForm::default())).await?;
    called.or_page(&web, parts, async |AtMoney(signed_in): AtMoney, errors| code_page(&signed_in, errors).await).await
}

async fn code_page(signed_in: &SignedIn, errors: Vec<FieldError>) -> Answer {
    match waiting(signed_in.services(), signed_in.id(), ChangeOf::Contact).await? {
        Some(waiting) => CODE_PAGE.show(signed_in, waiting, errors).await,
        None => Ok(Redirect::to(CONTACT).into_response()),
    }
}

async fn page(Fresh(signed_in): Fresh, typed: String, errors: Vec<FieldError>) -> Answer {
    let contact = second_contact(signed_in.services(), signed_in.id()).await?;
    let is_phone = !signed_in.user.login.is_phone();
    let pending = waiting(signed_in.services(), signed_in.id(), ChangeOf::Contact).await?;
    let page = signed_in.page("Второй контакт").under(ADDRESS).errors(&errors);
    page.show(move || {
        let current = contact.as_ref().map(current);
        view! {
            <div class="narrow">
                {crumb(PROFILE, "Профиль")}
                <h1>"Второй контакт"</h1>
                <p>
                    "Сюда, кроме логина, придёт сообщение, если изменятся пароль или логин или кто-то ещё получит доступ "
                    "к вашему счёту. Войти со вторым контактом нельзя."
                </p>
                {pending_line(pending, CONTACT_CODE)}
                {current}
                {form(is_phone, contact.is_some(), typed, errors)}
            </div>
        }
    })
    .await
}

/// The current contact, and its removal.
fn current(contact: &Login) -> impl IntoView + use<> {
    let contact = contact.show();
    view! {
        <Card title="Сейчас">
            <p class="long-text">{contact}</p>
            <ServerForm function=RemoveContact::PATH.to_owned() action=REMOVE_FORM.to_owned()>
                <ErrorSummary errors=Vec::new()/>
                <SubmitButton kind=ButtonKind::Danger busy="Удаляем…">"Удалить второй контакт"</SubmitButton>
            </ServerForm>
        </Card>
    }
}

fn form(is_phone: bool, has_contact: bool, typed: String, errors: Vec<FieldError>) -> impl IntoView {
    let error = error_of(&errors, CONTACT_FIELD);
    let label = match (is_phone, has_contact) {
        (true, false) => "Телефон",
        (true, true) => "Новый телефон",
        (false, false) => "Электронная почта",
        (false, true) => "Новая электронная почта",
    };
    let (hint, mode, fill) = if is_phone {
        ("Мобильный, например +7 902 123-45-67. Пришлём код по SMS.", "tel", "tel")
    } else {
        ("Вида имя@example.ru. Пришлём письмо с кодом.", "email", "email")
    };
    view! {
        <ServerForm function=BeginContact::PATH.to_owned() action=CONTACT.to_owned()>
            <ErrorSummary errors/>
            <TextField id=CONTACT_FIELD label value=typed hint error inputmode=mode autocomplete=fill/>
            <SubmitButton busy="Отправляем…">"Получить код"</SubmitButton>
        </ServerForm>
    }
}
