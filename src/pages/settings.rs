//! `/settings`: the linked accounts (M8, M10), and a row for each page of the settings.

mod accounts;
mod contact;
mod data;
mod events;
mod login;
mod notices;
mod password;
mod payments;
mod profile;
mod push;
mod second_factor;
mod security;
mod sessions;
mod unlink;
mod waiting;

use axum::Router;
use axum::routing::get;
use leptos::prelude::*;

use crate::api::notices::CHANNELS;
use crate::api::settings::contacts::{CONTACT, CONTACT_CODE, LOGIN, LOGIN_CODE};
use crate::components::{Card, RowLink};
use crate::domain::id::Owner;
use crate::domain::login::Login;
use crate::http::Web;
use crate::http::answer::{Answer, Failure};
use crate::http::session::{AtMoney, SignedIn};
use crate::service::contacts::second_contact;
use crate::service::second_factor::{State as Factor, state};
use accounts::Accounts;
pub use events::{Asked, trail};
pub use notices::refusal_words;
pub use sessions::device;

/// The address of this screen.
const ADDRESS: &str = "/settings";

/// The routes of this screen.
pub fn router() -> Router<Web> {
    Router::new()
        .route(ADDRESS, get(show))
        .route(accounts::ACCOUNTS, get(accounts::show))
        .route("/settings/unlink/{id}", get(unlink::show).post(unlink::submit))
        .route(CHANNELS, get(notices::show).post(notices::submit))
        .route(notices::RETRY_FORM, get(notices::back).post(notices::retry))
        .route(notices::FORMER, get(notices::back))
        .route(payments::PAYMENTS, get(payments::show))
        .route(data::DATA, get(data::show))
        .merge(push_routes())
        .merge(profile_routes())
        .merge(security_routes())
}

fn profile_routes() -> Router<Web> {
    Router::new()
        .route(profile::PROFILE, get(profile::show))
        .route(profile::NAME_FORM, get(profile::back).post(profile::submit_name))
        .route(CONTACT, get(contact::show).post(contact::submit))
        .route(contact::REMOVE_FORM, get(contact::back).post(contact::remove))
        .route(CONTACT_CODE, get(contact::show_code).post(contact::submit_code))
        .route(contact::RESEND_FORM, get(contact::back_to_code).post(contact::resend))
        .route(LOGIN, get(login::show).post(login::submit))
        .route(LOGIN_CODE, get(login::show_code).post(login::submit_code))
        .route(login::RESEND_FORM, get(login::back_to_code).post(login::resend))
}

fn push_routes() -> Router<Web> {
    Router::new()
        .route(push::PUSH, get(push::show).post(push::subscribe))
        .route(push::TRIAL_FORM, get(push::back).post(push::send_trial))
        .route("/settings/push/{id}", get(push::back).post(push::withdraw))
}

fn security_routes() -> Router<Web> {
    Router::new()
        .route(security::SECURITY, get(security::show))
        .route(password::PASSWORD, get(password::show).post(password::submit))
        .route(sessions::SESSIONS, get(sessions::show).post(sessions::end_others))
        .route("/settings/sessions/{id}", get(sessions::back).post(sessions::end_one))
        .route(second_factor::SECOND_FACTOR, get(second_factor::show).post(second_factor::submit))
        .route(second_factor::CODES, get(second_factor::show_codes).post(second_factor::renew))
        .route(second_factor::OFF_FORM, get(second_factor::back).post(second_factor::switch_off))
        .route(events::EVENTS, get(events::show))
}

/// The way back to the page above.
fn crumb(href: &'static str, page: &'static str) -> impl IntoView {
    view! { <p class="breadcrumb"><a href=href>{page}</a></p> }
}

/// An address and its second contact, if there is one, in a line.
fn addresses(login: &Login, contact: Option<&Login>) -> String {
    match contact {
        Some(contact) => format!("{} и {}", login.show(), contact.show()),
        None => login.show(),
    }
}

async fn show(AtMoney(signed_in): AtMoney) -> Answer {
    let hub = Hub::load(&signed_in).await?;
    signed_in.page("Настройки").under(ADDRESS).show(move || hub.view()).await
}

/// The data of the page, loaded before rendering.
struct Hub {
    accounts: Accounts,
    profile: String,
    security: &'static str,
    notices: String,
    payments: String,
}

impl Hub {
    async fn load(signed_in: &SignedIn) -> Result<Self, Failure> {
        let services = signed_in.services();
        let login = &signed_in.user.login;
        let contact = second_contact(services, signed_in.id()).await?;
        let addresses = addresses(login, contact.as_ref());
        let profile = match &signed_in.user.name {
            Some(name) => format!("{name}, {}", login.show()),
            None => login.show(),
        };
        let security = match state(services, &Owner::User(signed_in.id().clone())).await? {
            Factor::Off => "Вход по паролю",
            Factor::On { .. } => "Вход по паролю и коду из приложения",
        };
        Ok(Self {
            accounts: Accounts::load(signed_in).await?,
            profile,
            security,
            notices: format!("Приходят на {addresses}"),
            payments: payments::number_of(signed_in).await?,
        })
    }

    fn view(self) -> impl IntoView {
        let Self { accounts, profile, security, notices, payments } = self;
        let linked = accounts.state();
        view! {
            <h1>"Настройки"</h1>
            <Card title="Лицевые счета">{accounts.view()}</Card>
            <Card>
                <ul class="rows">
                    <RowLink href=profile::PROFILE title="Профиль" state=profile/>
                    <RowLink href=accounts::ACCOUNTS title="Лицевые счета" state=linked/>
                    <RowLink href=security::SECURITY title="Безопасность" state=security/>
                    <RowLink href=CHANNELS title="Уведомления" state=notices/>
                    <RowLink href=payments::PAYMENTS title="Мои платежи" state=payments/>
                    <RowLink href=data::DATA title="Данные" state="Что хранится о вас, согласие, выписки"/>
                    <RowLink href="/display" title="Крупный шрифт и контраст" state="Размер букв на всех страницах"/>
                </ul>
            </Card>
        }
    }
}
