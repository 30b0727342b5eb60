//! `/settings/profile`: the name, the login and the second contact (M1).

use axum::Form;
use axum::extract::State;
use axum::http::request::Parts;
use axum::response::Redirect;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::{ADDRESS, crumb};
use crate::api::call::call;
use crate::api::settings::contacts::{CONTACT, LOGIN};
use crate::api::settings::{NameForm, RenameProfile, rename_profile};
use crate::components::{Card, ErrorSummary, FieldError, RowLink, SubmitButton, TextField, error_of};
use crate::http::Web;
use crate::http::answer::Answer;
use crate::http::session::{AtMoney, SignedIn};
use crate::islands::ServerForm;
use crate::service::contacts::second_contact;

/// The address of this screen.
pub(super) const PROFILE: &str = "/settings/profile";
/// The address of the form of the name.
pub(super) const NAME_FORM: &str = "/settings/name";

pub(super) async fn show(AtMoney(signed_in): AtMoney) -> Answer {
    page(&signed_in, None, Vec::new()).await
}

/// A GET of a form's address, after an error or from the history, redirects to the page.
pub(super) async fn back() -> Redirect {
    Redirect::to(PROFILE)
}

/// Saves the name.
pub(super) async fn submit_name(State(web): State<Web>, parts: Parts, Form(form): Form<NameForm>) -> Answer {
    let called = call(&web, &parts, rename_profile(form.clone())).await?;
    let again = async |AtMoney(signed_in): AtMoney, errors| page(&signed_in, Some(form.name), errors).await;
    called.or_page(&web, parts, again).await
}

/// The page; a rejected form passes its errors and the typed name.
async fn page(signed_in: &SignedIn, typed_name: Option<String>, errors: Vec<FieldError>) -> Answer {
    let name = typed_name.or_else(|| signed_in.user.name.clone()).unwrap_or_default();
    let login = signed_in.user.login.show();
    let contact = second_contact(signed_in.services(), signed_in.id()).await?;
    let contact = contact.map_or_else(|| "Не указан".to_owned(), |contact| contact.show());
    let page = signed_in.page("Профиль").under(ADDRESS).errors(&errors);
    page.show(move || {
        view! {
            {crumb(ADDRESS, "Настройки")}
            <h1>"Профиль"</h1>
            <Card>
                <ul class="rows">
                    <RowLink href=LOGIN title="Логин" state=login/>
                    <RowLink href=CONTACT title="Второй контакт" state=contact/>
                </ul>
            </Card>
            <Card title="Имя">{name_form(name, errors)}</Card>
        }
    })
    .await
}

fn name_form(name: String, errors: Vec<FieldError>) -> impl IntoView {
    let error = error_of(&errors, "name");
    view! {
        <ServerForm function=RenameProfile::PATH.to_owned() action=NAME_FORM.to_owned()>
            <ErrorSummary errors/>
            <TextField id="name" label="Как к вам обращаться" value=name optional=true autocomplete="name"
                hint="Например, Мария Ивановна. Это имя увидит сотрудник, когда будет отвечать вам."
                error/>
            <SubmitButton busy="Сохраняем…">"Сохранить имя"</SubmitButton>
        </ServerForm>
    }
}
