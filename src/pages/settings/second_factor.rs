//! `/settings/second-factor`: the code of an application at sign-in, a choice of the subscriber.

use axum::Form;
use axum::response::{IntoResponse as _, Redirect};
use leptos::prelude::*;

use super::ADDRESS;
use crate::components::{
    ButtonKind, Card, ErrorSummary, FieldError, LinkButton, NoticeKind, SubmitButton, TextField, error_of,
};
use crate::domain::id::Owner;
use crate::domain::login::Login;
use crate::http::answer::Answer;
use crate::http::session::{Fresh, SignedIn};
use crate::pages::second_factor::{CodeForm, code_error, codes_view, enrolment_view};
use crate::service::second_factor::{self, CodeRefused, Enrolment, State};

/// Where this screen is.
pub(super) const SECOND_FACTOR: &str = "/settings/second-factor";

impl SignedIn {
    fn owner(&self) -> Owner {
        Owner::User(self.id().clone())
    }
}

/// The card on the page of settings.
pub(super) fn card(login: &Login, state: State) -> impl IntoView + use<> {
    let risk = matches!(login, Login::Phone(_)).then(|| {
        view! {
            <p>
                "Ваш логин — телефон: пароль можно сменить по SMS, а сообщения и номера иногда перехватывают. Код из "
                "приложения защищает надёжнее."
            </p>
        }
    });
    let (text, button) = match state {
        State::Off => ("Кроме пароля при входе будет нужен код из приложения на телефоне.".to_owned(), "Включить"),
        State::On { backup_codes } => (format!("Включён. Запасных кодов осталось: {backup_codes}."), "Настроить"),
    };
    view! {
        <Card title="Вход с кодом">
            <p>{text}</p>
            {risk}
            <p><LinkButton href=SECOND_FACTOR kind=ButtonKind::Secondary>{button}</LinkButton></p>
        </Card>
    }
}

/// What the page shows.
enum Shown {
    Enrolment(Enrolment),
    On(usize),
}

/// Who opens the address of a form comes back to the page.
pub(super) async fn back() -> Redirect {
    Redirect::to(SECOND_FACTOR)
}

pub(super) async fn show(Fresh(signed_in): Fresh) -> Answer {
    page(&signed_in, Vec::new()).await
}

/// Switches the factor on with its first code, or what the form asks of one that is on.
pub(super) async fn submit(Fresh(signed_in): Fresh, Form(form): Form<CodeForm>) -> Answer {
    let (session, visitor) = (&signed_in.session, &signed_in.visit.visitor);
    match second_factor::confirm(signed_in.services(), &signed_in.owner(), session, &form.code, visitor).await {
        Ok(codes) => show_codes(&signed_in, codes).await,
        Err(CodeRefused::Gone) => Ok(Redirect::to(SECOND_FACTOR).into_response()),
        Err(error) => page(&signed_in, vec![code_error(error)?]).await,
    }
}

pub(super) async fn renew(Fresh(signed_in): Fresh, Form(form): Form<CodeForm>) -> Answer {
    let visitor = &signed_in.visit.visitor;
    match second_factor::renew_backup_codes(signed_in.services(), &signed_in.owner(), &form.code, visitor).await {
        Ok(codes) => show_codes(&signed_in, codes).await,
        Err(CodeRefused::Gone) => Ok(Redirect::to(SECOND_FACTOR).into_response()),
        Err(error) => page(&signed_in, vec![code_error(error)?]).await,
    }
}

pub(super) async fn switch_off(Fresh(signed_in): Fresh, Form(form): Form<CodeForm>) -> Answer {
    let visitor = &signed_in.visit.visitor;
    match second_factor::switch_off(signed_in.services(), signed_in.id(), &form.code, visitor).await {
        Ok(()) => signed_in.redirect(ADDRESS, NoticeKind::Success, "Вход с кодом выключен.").await,
        Err(CodeRefused::Gone) => Ok(Redirect::to(SECOND_FACTOR).into_response()),
        Err(error) => page(&signed_in, vec![code_error(error)?]).await,
    }
}

async fn show_codes(signed_in: &SignedIn, codes: second_factor::BackupCodes) -> Answer {
    let page = signed_in.page("Запасные коды").under(ADDRESS);
    page.show(move || view! { <div class="narrow">{codes_view(codes, ADDRESS.to_owned())}</div> }).await
}

async fn page(signed_in: &SignedIn, errors: Vec<FieldError>) -> Answer {
    let services = signed_in.services();
    let owner = signed_in.owner();
    let shown = match second_factor::state(services, &owner).await? {
        State::On { backup_codes } => Shown::On(backup_codes),
        State::Off => match second_factor::enrol(services, &owner, &signed_in.session).await? {
            Some(enrolment) => Shown::Enrolment(enrolment),
            None => return Ok(Redirect::to(SECOND_FACTOR).into_response()),
        },
    };
    let wrong = errors.clone();
    let page = signed_in.page("Вход с кодом").under(ADDRESS).errors(&errors);
    page.show(move || match shown {
        Shown::Enrolment(enrolment) => view! {
            <p class="breadcrumb"><a href=ADDRESS>"Настройки"</a></p>
            <h1>"Вход с кодом"</h1>
            {enrolment_view(enrolment, SECOND_FACTOR, String::new(), wrong)}
        }
        .into_any(),
        Shown::On(left) => on_view(left, wrong).into_any(),
    })
    .await
}

fn on_view(left: usize, errors: Vec<FieldError>) -> impl IntoView {
    view! {
        <p class="breadcrumb"><a href=ADDRESS>"Настройки"</a></p>
        <h1>"Вход с кодом"</h1>
        <ErrorSummary errors=errors.clone()/>
        <p>{format!("Вход с кодом включён. Запасных кодов осталось: {left}.")}</p>
        <form method="post" novalidate>
            <TextField id="code" label="Код из приложения или запасной код" error=error_of(&errors, "code")
                autocomplete="one-time-code" short=true/>
            <p class="actions">
                <SubmitButton kind=ButtonKind::Secondary busy="Выпускаем…" formaction="/settings/second-factor/codes">
                    "Выпустить новые запасные коды"
                </SubmitButton>
                <SubmitButton kind=ButtonKind::Danger busy="Выключаем…" formaction="/settings/second-factor/off">
                    "Выключить вход с кодом"
                </SubmitButton>
            </p>
        </form>
    }
}
