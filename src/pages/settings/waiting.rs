//! The page of the code that confirms a new second contact or a new login.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::{ADDRESS, crumb};
use crate::api::settings::contacts::ResendChangeCode;
use crate::api::words;
use crate::components::{ButtonKind, CodeField, ErrorSummary, FieldError, Notice, NoticeKind, SubmitButton, error_of};
use crate::domain::login::Login;
use crate::http::answer::Answer;
use crate::http::session::SignedIn;
use crate::islands::ServerForm;
use crate::service::contacts::Waiting;

/// The way back to the code, on the page where the change began.
pub(super) fn pending_line(waiting: Option<Waiting>, code_page: &'static str) -> impl IntoView {
    waiting.map(|waiting| {
        let address = waiting.address.show();
        view! {
            <Notice kind=NoticeKind::Info title="Ждём код">
                <p class="long-text">{format!("Мы отправили его на {address}. ")} <a href=code_page>"Ввести код"</a></p>
            </Notice>
        }
    })
}

/// What differs between the two pages.
#[derive(Clone, Copy)]
pub(super) struct CodePage {
    /// The page above: its address and its name.
    pub(super) above: (&'static str, &'static str),
    /// The server function of the code.
    pub(super) function: &'static str,
    /// The address of the form of the code.
    pub(super) action: &'static str,
    /// The address of the form that sends the code again.
    pub(super) resend: &'static str,
    /// What that form changes.
    pub(super) change: &'static str,
}

impl CodePage {
    /// The page of a change that waits for its code.
    pub(super) async fn show(self, signed_in: &SignedIn, waiting: Waiting, errors: Vec<FieldError>) -> Answer {
        let page = signed_in.page("Код подтверждения").under(ADDRESS).errors(&errors);
        page.show(move || self.view(waiting, errors)).await
    }

    fn view(self, waiting: Waiting, errors: Vec<FieldError>) -> impl IntoView {
        let (above, name) = self.above;
        view! {
            <div class="narrow">
                {crumb(above, name)}
                <h1>"Введите код"</h1>
                {self.code_form(&waiting.address, errors)}
                {self.resend_form(waiting.resend_in)}
                <p><a href=above>"Указать другой адрес"</a></p>
            </div>
        }
    }

    fn code_form(self, address: &Login, errors: Vec<FieldError>) -> impl IntoView + use<> {
        let (shown, label) = match address {
            Login::Email(_) => (address.show(), "Код из письма"),
            Login::Phone(_) => (address.show(), "Код из SMS"),
        };
        view! {
            <p>"Мы отправили код на " <strong class="long-text">{shown}</strong> ". Он действует 10 минут."</p>
            <ServerForm function=self.function.to_owned() action=self.action.to_owned()>
                <ErrorSummary errors=errors.clone()/>
                <CodeField label error=error_of(&errors, "code")/>
                <SubmitButton busy="Проверяем…">"Подтвердить"</SubmitButton>
            </ServerForm>
        }
    }

    fn resend_form(self, resend_in: i64) -> impl IntoView {
        let wait = (resend_in > 0)
            .then(|| view! { <p>{format!("Отправить ещё раз можно через {}.", words::wait(resend_in))}</p> });
        view! {
            {wait}
            <ServerForm function=ResendChangeCode::PATH.to_owned() action=self.resend.to_owned()>
                <ErrorSummary errors=Vec::new()/>
                <input type="hidden" name="change" value=self.change/>
                <SubmitButton kind=ButtonKind::Secondary busy="Отправляем…">"Отправить ещё раз"</SubmitButton>
            </ServerForm>
        }
    }
}
