//! `/settings`: profile, linked accounts (M8, M10), security, the user's payments, and the addresses for letters.

mod events;
mod payments;
mod second_factor;
mod security;
mod unlink;

use axum::extract::State;
use axum::http::request::Parts;
use axum::response::Redirect;
use axum::routing::get;
use axum::{Form, Router};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::api::call::call;
use crate::api::settings::{NameForm, RenameProfile, rename_profile};
use crate::components::{
    Badge, BadgeKind, ButtonKind, Card, EmptyState, ErrorSummary, FieldError, Hint, LinkButton, SubmitButton,
    TextField, error_of, errors_of,
};
use crate::domain::account::Access;
use crate::domain::hint::Topic;
use crate::domain::id::Owner;
use crate::domain::login::Login;
use crate::http::Web;
use crate::http::answer::Answer;
use crate::http::session::{AtMoney, SignedIn};
use crate::islands::ServerForm;
use crate::service::links::{LinkedAccount, own_accounts};
use crate::service::second_factor::{State as Factor, state};
pub use events::{Asked, trail};
use payments::OwnPayments;
use security::Security;
pub use security::device;

/// The address of this screen.
const ADDRESS: &str = "/settings";
/// The address of the form of the name.
const NAME_FORM: &str = "/settings/name";

/// The routes of this screen.
pub fn router() -> Router<Web> {
    Router::new()
        .route(ADDRESS, get(show))
        .route(NAME_FORM, get(back).post(submit_name))
        .route(security::PASSWORD_FORM, get(back).post(security::submit_password))
        .route(security::SESSIONS_FORM, get(back).post(security::end_others))
        .route("/settings/sessions/{id}", get(back).post(security::end_one))
        .route(second_factor::SECOND_FACTOR, get(second_factor::show).post(second_factor::submit))
        .route(second_factor::CODES, get(second_factor::show_codes).post(second_factor::renew))
        .route(second_factor::OFF_FORM, get(second_factor::back).post(second_factor::switch_off))
        .route("/settings/events", get(events::show))
        .route("/settings/payments", get(payments::show))
        .route("/settings/unlink/{id}", get(unlink::show).post(unlink::submit))
}

async fn show(AtMoney(signed_in): AtMoney) -> Answer {
    page(&signed_in, None, Vec::new()).await
}

/// A GET of a form's address, after an error or from the history, redirects to the page.
async fn back() -> Redirect {
    Redirect::to(ADDRESS)
}

async fn submit_name(State(web): State<Web>, parts: Parts, Form(form): Form<NameForm>) -> Answer {
    let called = call(&web, &parts, rename_profile(form.clone())).await?;
    let again = async |AtMoney(signed_in): AtMoney, errors| page(&signed_in, Some(form.name), errors).await;
    called.or_page(&web, parts, again).await
}

/// The data of the page, loaded before rendering.
struct Settings {
    login: Login,
    name: String,
    accounts: Vec<LinkedAccount>,
    max_links: u8,
    security: Security,
    second_factor: Factor,
    payments: OwnPayments,
}

/// The whole page; a rejected form passes its errors and, if it is not a secret, the typed text.
async fn page(signed_in: &SignedIn, typed_name: Option<String>, errors: Vec<FieldError>) -> Answer {
    let services = signed_in.services();
    let settings = Settings {
        login: signed_in.user.login.clone(),
        name: typed_name.or_else(|| signed_in.user.name.clone()).unwrap_or_default(),
        accounts: own_accounts(services, signed_in.id()).await?,
        max_links: services.settings().max_links,
        security: Security::load(signed_in).await?,
        second_factor: state(services, &Owner::User(signed_in.id().clone())).await?,
        payments: OwnPayments::newest(signed_in).await?,
    };
    let shown = errors.clone();
    signed_in.page("Настройки").under(ADDRESS).errors(&errors).show(move || view(settings, &shown)).await
}

fn view(settings: Settings, errors: &[FieldError]) -> impl IntoView + use<> {
    let Settings { login, name, accounts, max_links, security, second_factor, payments } = settings;
    let second_factor = second_factor::card(&login, second_factor);
    let notices = notices(&login);
    view! {
        <h1>"Настройки"</h1>
        {profile(&login, name, errors)}
        {accounts_card(accounts, max_links)}
        {security.view(&login, errors)}
        {second_factor}
        {payments.card()}
        {notices}
    }
}

fn profile(login: &Login, name: String, errors: &[FieldError]) -> impl IntoView + use<> {
    let kind = match login {
        Login::Email(_) => "Электронная почта",
        Login::Phone(_) => "Телефон",
    };
    let (login, errors) = (login.show(), errors_of(errors, &["name"]));
    let error = error_of(&errors, "name");
    view! {
        <Card title="Профиль">
            <dl class="facts">
                <div>
                    <dt>{kind} ", логин для входа " <Hint topic=Topic::Login/></dt>
                    <dd class="long-text">{login}</dd>
                </div>
            </dl>
            <ServerForm function=RenameProfile::PATH.to_owned() action=NAME_FORM.to_owned()>
                <ErrorSummary errors/>
                <TextField id="name" label="Как к вам обращаться" value=name optional=true autocomplete="name"
                    hint="Например, Мария Ивановна. Это имя увидит сотрудник, когда будет отвечать вам."
                    error/>
                <SubmitButton kind=ButtonKind::Secondary busy="Сохраняем…">"Сохранить имя"</SubmitButton>
            </ServerForm>
        </Card>
    }
}

fn accounts_card(accounts: Vec<LinkedAccount>, max_links: u8) -> impl IntoView {
    let count = accounts.len();
    let list = if accounts.is_empty() {
        view! {
            <EmptyState title="Пока ни одного лицевого счёта">
                <p>"Подключите лицевой счёт: его номер напечатан на квитанции."</p>
            </EmptyState>
        }
        .into_any()
    } else {
        view! {
            <ul class="rows">{accounts.into_iter().map(account_row).collect_view()}</ul>
            <p class="muted">"Ненужный счёт можно отключить. " <Hint topic=Topic::Unlink/></p>
        }
        .into_any()
    };
    let link = if count < usize::from(max_links) {
        view! { <p><LinkButton href="/accounts/link">"ПОДКЛЮЧИТЬ ЛИЦЕВОЙ СЧЁТ"</LinkButton></p> }.into_any()
    } else {
        view! {
            <p class="muted">
                {format!("Подключено счетов: {count} из {max_links}, это предел. ")}
                "Чтобы подключить другой лицевой счёт, сначала отключите ненужный."
            </p>
        }
        .into_any()
    };
    view! {
        <Card title="Лицевые счета">
            {list}
            {link}
        </Card>
    }
}

fn account_row(own: LinkedAccount) -> impl IntoView {
    let unlink = unlink::link(&own);
    let LinkedAccount { account, provider, access } = own;
    let (kind, version) = match access {
        Access::Full => (BadgeKind::SUCCESS, "Полная версия"),
        Access::Lite => (BadgeKind::INFO, "Ограниченная версия"),
    };
    let address = (access == Access::Full).then(|| view! { <p class="muted long-text">{account.address.clone()}</p> });
    let number = account.number.to_string();
    view! {
        <li class="row">
            <div class="row-text">
                <p class="long-text">{provider.name}</p>
                <p>"Лицевой счёт " <a href=format!("/accounts/{}", account.id)>{number}</a></p>
                {address}
                <p><Badge kind text=version/></p>
            </div>
            {unlink}
        </li>
    }
}

fn notices(login: &Login) -> impl IntoView + use<> {
    let shown = login.show();
    let way = match login {
        Login::Email(_) => "Письма приходят на адрес ",
        Login::Phone(_) => "Сообщения приходят по SMS на номер ",
    };
    view! {
        <Card title="Уведомления">
            <p class="long-text">
                {way} <strong>{shown}</strong>
                ": когда платёж принят, когда мы ответили на обращение, когда изменён пароль и когда кто-то ещё получил "
                "доступ к вашему лицевому счёту. ПИН-код приходит туда, куда вы попросили в запросе."
            </p>
        </Card>
    }
}
