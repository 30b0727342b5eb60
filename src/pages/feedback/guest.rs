//! `/feedback` of a person who cannot sign in: the answer goes to the address or phone that they leave.

use axum::Form;
use axum::extract::State;
use axum::http::request::Parts;
use axum::response::Redirect;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::{ADDRESS, question_fields};
use crate::api::call::call;
use crate::api::feedback::{AskAsGuest, GuestForm, ask_as_guest};
use crate::components::{Card, CheckboxField, ErrorSummary, FieldError, LinkButton, SubmitButton, TextField, error_of};
use crate::http::Web;
use crate::http::answer::Answer;
use crate::http::session::Visit;
use crate::islands::ServerForm;

/// The address of the form.
pub(super) const FORM: &str = "/feedback/guest";
/// The page after a question was submitted.
pub(super) const SENT: &str = "/feedback/sent";

/// A GET of the form's address redirects to the page.
pub(super) async fn back() -> Redirect {
    Redirect::to(ADDRESS)
}

pub(super) async fn submit(State(web): State<Web>, parts: Parts, Form(form): Form<GuestForm>) -> Answer {
    let called = call(&web, &parts, ask_as_guest(form.clone())).await?;
    called.or_page(&web, parts, async |visit: Visit, errors| page(&visit, form, errors).await).await
}

pub(super) async fn page(visit: &Visit, form: GuestForm, errors: Vec<FieldError>) -> Answer {
    let support = visit.web.site.support_email.clone();
    let shown = errors.clone();
    visit.page("Обращение").under(ADDRESS).errors(&errors).show(move || view(form, support, shown)).await
}

fn view(form: GuestForm, support: String, errors: Vec<FieldError>) -> impl IntoView {
    let mail = format!("mailto:{support}");
    view! {
        <div class="narrow">
            <h1>"Напишите нам"</h1>
            <p>
                "Если кабинет у вас есть, "
                <a href="/sign-in?next=%2Ffeedback">"войдите"</a>
                ": так мы увидим ваши лицевые счета и ответим быстрее."
            </p>
            <Card title="Новое обращение">
                <ServerForm function=AskAsGuest::PATH.to_owned() action=FORM.to_owned()>
                    <ErrorSummary errors=errors.clone()/>
                    <TextField id="contact" label="Куда ответить" value=form.contact
                        hint="Электронная почта или мобильный телефон." error=error_of(&errors, "contact")
                        autocomplete="email"/>
                    {question_fields(form.subject, form.message, "Не приходит письмо для входа", &errors)}
                    <CheckboxField id="consent" checked=form.consent == "on" error=error_of(&errors, "consent")>
                        "Согласен на "
                        <a href="/consent" target="_blank">"обработку персональных данных"</a>
                    </CheckboxField>
                    <SubmitButton busy="Отправляем…">"Отправить"</SubmitButton>
                </ServerForm>
                <p class="muted long-text">"Можно и письмом: " <a href=mail>{support}</a></p>
            </Card>
        </div>
    }
}

/// Confirms that the question was received.
pub(super) async fn show_sent(visit: Visit) -> Answer {
    let page = visit.page("Обращение принято").under(ADDRESS);
    page.show(|| {
        view! {
            <div class="narrow">
                <h1>"Мы получили ваше обращение"</h1>
                <p>"Ответим на ту почту или тот телефон, что вы указали. Если ошиблись в них, напишите ещё раз."</p>
                <p class="actions">
                    <LinkButton href="/">"На главную"</LinkButton>
                </p>
            </div>
        }
    })
    .await
}
