//! `/settings/second-factor`: the code of an authenticator app at sign-in, optional for subscribers.

use axum::Form;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Redirect};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::security::SECURITY;
use super::{ADDRESS, crumb};
use crate::api::call::call;
use crate::api::settings::{
    CodeForm, RenewBackupCodes, SwitchOffForm, SwitchSecondFactorOff, SwitchSecondFactorOn, renew_backup_codes,
    switch_second_factor_off, switch_second_factor_on,
};
use crate::components::{ButtonKind, ErrorSummary, FieldError, SubmitButton, TextField, error_of, errors_of};
use crate::domain::id::Owner;
use crate::http::Web;
use crate::http::answer::Answer;
use crate::http::cookies::{carried_backup_codes, drop_backup_codes};
use crate::http::session::{AtMoney, Door, Fresh, SignedIn};
use crate::islands::ServerForm;
use crate::pages::second_factor::{codes_view, enrolment_steps};
use crate::service::second_factor::{self, Enrolment, State as Factor, unseal_codes};

/// The address of this screen.
pub(super) const SECOND_FACTOR: &str = "/settings/second-factor";
/// The page of new backup codes, and the address of the form that makes them.
pub(super) const CODES: &str = "/settings/second-factor/codes";
/// The address of the form that disables the second factor.
pub(super) const OFF_FORM: &str = "/settings/second-factor/off";
/// The field of the code that enables the factor or makes new backup codes.
const CODE: &str = "code";
/// The field of the code that disables the factor.
const OFF_CODE: &str = "off_code";

impl SignedIn {
    fn owner(&self) -> Owner {
        Owner::User(self.id().clone())
    }
}

/// The page's state.
enum Shown {
    Enrolment(Enrolment),
    On(usize),
}

/// A GET of a form's address redirects to the page.
pub(super) async fn back() -> Redirect {
    Redirect::to(SECOND_FACTOR)
}

pub(super) async fn show(fresh: Fresh) -> Answer {
    page(fresh, Vec::new()).await
}

/// Enables the factor with its first code.
pub(super) async fn submit(State(web): State<Web>, parts: Parts, Form(form): Form<CodeForm>) -> Answer {
    let called = call(&web, &parts, switch_second_factor_on(form)).await?;
    called.or_page(&web, parts, page).await
}

/// Makes new backup codes.
pub(super) async fn renew(State(web): State<Web>, parts: Parts, Form(form): Form<CodeForm>) -> Answer {
    let called = call(&web, &parts, renew_backup_codes(form)).await?;
    called.or_page(&web, parts, page).await
}

/// Disables the factor.
pub(super) async fn switch_off(State(web): State<Web>, parts: Parts, Form(form): Form<SwitchOffForm>) -> Answer {
    let called = call(&web, &parts, switch_second_factor_off(form)).await?;
    called.or_page(&web, parts, page).await
}

/// Shows new backup codes once: the answer deletes the cookie that carried them here.
pub(super) async fn show_codes(AtMoney(signed_in): AtMoney, headers: HeaderMap) -> Answer {
    let site = &signed_in.visit.web.site;
    let sealed = carried_backup_codes(site, Door::Portal, &headers);
    let codes = sealed.and_then(|sealed| unseal_codes(signed_in.services(), &signed_in.session, sealed));
    let Some(codes) = codes else { return Ok(Redirect::to(SECOND_FACTOR).into_response()) };
    let page = signed_in.page("Запасные коды").under(ADDRESS);
    let shown = page.show(move || view! { <div class="narrow">{codes_view(codes, SECURITY.to_owned())}</div> }).await?;
    Ok(([drop_backup_codes(site, Door::Portal)], shown).into_response())
}

async fn page(Fresh(signed_in): Fresh, errors: Vec<FieldError>) -> Answer {
    let services = signed_in.services();
    let owner = signed_in.owner();
    let shown = match second_factor::state(services, &owner).await? {
        Factor::On { backup_codes } => Shown::On(backup_codes),
        Factor::Off => match second_factor::enrol(services, &owner, &signed_in.session).await? {
            Some(enrolment) => Shown::Enrolment(enrolment),
            None => return Ok(Redirect::to(SECOND_FACTOR).into_response()),
        },
    };
    let wrong = errors.clone();
    let page = signed_in.page("Вход с кодом").under(ADDRESS).errors(&errors);
    page.show(move || {
        view! {
            {crumb(SECURITY, "Безопасность")}
            <h1>"Вход с кодом"</h1>
            {match shown {
                Shown::Enrolment(enrolment) => off_view(enrolment, wrong).into_any(),
                Shown::On(left) => on_view(left, &wrong).into_any(),
            }}
        }
    })
    .await
}

/// The factor is disabled: how to set it up, and its first code.
fn off_view(enrolment: Enrolment, errors: Vec<FieldError>) -> impl IntoView {
    view! {
        {enrolment_steps(enrolment)}
        <ServerForm function=SwitchSecondFactorOn::PATH.to_owned() action=SECOND_FACTOR.to_owned()>
            <ErrorSummary errors=errors.clone()/>
            <TextField id=CODE label="Код" error=error_of(&errors, CODE) autocomplete="one-time-code"
                inputmode="numeric" short=true/>
            <SubmitButton busy="Проверяем…">"Включить"</SubmitButton>
        </ServerForm>
    }
}

/// The factor is enabled: new backup codes, and disabling it.
fn on_view(left: usize, errors: &[FieldError]) -> impl IntoView + use<> {
    let (renewal, off) = (errors_of(errors, &[CODE]), errors_of(errors, &[OFF_CODE]));
    let hint = "Шесть цифр из приложения или запасной код.";
    view! {
        <p>"Вход с кодом включён."</p>
        <h2>"Запасные коды"</h2>
        <p>{format!("Запасных кодов осталось: {left}. Новые заменят прежние.")}</p>
        <ServerForm function=RenewBackupCodes::PATH.to_owned() action=CODES.to_owned()>
            <ErrorSummary errors=renewal.clone()/>
            <TextField id=CODE label="Код, чтобы выпустить новые" hint error=error_of(&renewal, CODE)
                autocomplete="one-time-code" short=true/>
            <SubmitButton kind=ButtonKind::Secondary busy="Выпускаем…">"Выпустить новые запасные коды"</SubmitButton>
        </ServerForm>
        <h2>"Выключение"</h2>
        <p>"После выключения для входа хватит пароля."</p>
        <ServerForm function=SwitchSecondFactorOff::PATH.to_owned() action=OFF_FORM.to_owned()>
            <ErrorSummary errors=off.clone()/>
            <TextField id=OFF_CODE label="Код, чтобы выключить" hint error=error_of(&off, OFF_CODE)
                autocomplete="one-time-code" short=true/>
            <SubmitButton kind=ButtonKind::Danger busy="Выключаем…">"Выключить вход с кодом"</SubmitButton>
        </ServerForm>
    }
}
