//! `/confirm/{token}`: the link of a registration's letter (M2).

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::routing::get;
use axum::{Form, Router};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::register::{consent_field, username};
use crate::api::call::call;
use crate::api::registration::{ConfirmForm, ConfirmLink, NEW_PASSWORD, PASSWORD, WITH_NEW_PASSWORD, confirm_link};
use crate::api::words;
use crate::components::{ButtonKind, ErrorSummary, FieldError, LinkButton, PasswordField, SubmitButton, error_of};
use crate::domain::form::SecretText;
use crate::domain::login::Login;
use crate::domain::one_time::LinkToken;
use crate::domain::password::PasswordPolicy;
use crate::http::Web;
use crate::http::answer::{Answer, Failure};
use crate::http::session::Visit;
use crate::islands::ServerForm;
use crate::service::confirmation::{ConfirmError, LinkPage, look_at_link};
use crate::service::refused::Refused;

/// The routes of this screen.
pub fn router() -> Router<Web> {
    Router::new().route("/confirm/{token}", get(show).post(submit))
}

async fn show(visit: Visit, Path(token): Path<String>) -> Answer {
    page(&visit, &token, false, Vec::new()).await
}

async fn submit(
    State(web): State<Web>,
    parts: Parts,
    Path(token): Path<String>,
    Form(form): Form<ConfirmForm>,
) -> Answer {
    let consent = form.consent == "on";
    let form = ConfirmForm { token: SecretText::new(token.clone()), ..form };
    let called = call(&web, &parts, confirm_link(form)).await?;
    called.or_page(&web, parts, async |visit: Visit, errors| page(&visit, &token, consent, errors).await).await
}

/// In the browser that registered, within ten minutes, one press confirms, and `site.js` submits it; otherwise the
/// password is required.
async fn page(visit: &Visit, token: &str, consent: bool, errors: Vec<FieldError>) -> Answer {
    let token = LinkToken::parse(token).ok_or(Failure::NotFound)?;
    let asked = match look_at_link(visit.services(), &token, visit.registration(), &visit.visitor).await {
        Ok(asked) => asked,
        Err(error) => return closed(visit, error).await,
    };
    let rule = visit.services().settings().password_policy;
    let page = visit.page("Подтверждение почты").under("/register").errors(&errors);
    page.show(move || match asked {
        LinkPage::OwnBrowser => own_view(format!("/confirm/{}", token.reveal())).into_any(),
        LinkPage::Password { masked, own } => {
            let (new, old) = errors.into_iter().partition(|error| error.field != PASSWORD);
            view! {
                <div class="narrow">
                    <h1>"Подтверждение почты"</h1>
                    {password_view(&token, masked, own.as_ref(), old)}
                    {new_password_view(&token, own.as_ref(), rule, consent, new)}
                </div>
            }
            .into_any()
        }
    })
    .await
}

fn own_view(action: String) -> impl IntoView {
    view! {
        <div class="narrow">
            <h1>"Подтверждение почты"</h1>
            <p>"Нажмите кнопку, чтобы завершить регистрацию."</p>
            <form method="post" action=action data-submit-at-once>
                <SubmitButton busy="Подтверждаем…">"Подтвердить"</SubmitButton>
            </form>
        </div>
    }
}

/// The form of the password chosen at registration; `own` is the login if this browser registered.
fn password_view(
    token: &LinkToken,
    masked: String,
    own: Option<&Login>,
    errors: Vec<FieldError>,
) -> impl IntoView + use<> {
    let (token, username) = (token.reveal().to_owned(), own.map(username));
    let begun = if own.is_some() {
        " начата больше десяти минут назад. "
    } else {
        " начата в другом браузере. "
    };
    view! {
        <p>
            "Регистрация с адресом " <strong>{masked}</strong> {begun}
            "Чтобы её завершить, введите пароль, который вы придумали."
        </p>
        <ServerForm function=ConfirmLink::PATH.to_owned() action=String::new()>
            <ErrorSummary errors=errors.clone()/>
            <input type="hidden" name="token" value=token/>
            {username}
            <PasswordField id=PASSWORD label="Пароль из формы регистрации" error=error_of(&errors, PASSWORD)
                autocomplete="current-password"/>
            <SubmitButton busy="Подтверждаем…">"Подтвердить"</SubmitButton>
        </ServerForm>
    }
}

fn new_password_view(
    token: &LinkToken,
    own: Option<&Login>,
    rule: PasswordPolicy,
    consent: bool,
    errors: Vec<FieldError>,
) -> impl IntoView + use<> {
    let (token, username) = (token.reveal().to_owned(), own.map(username));
    view! {
        <h2>"Не помните пароль или регистрировались не вы?"</h2>
        <p>"Придумайте новый: тот, что был в форме, перестанет действовать."</p>
        <ServerForm function=ConfirmLink::PATH.to_owned() action=String::new()>
            <ErrorSummary errors=errors.clone()/>
            <input type="hidden" name="token" value=token/>
            <input type="hidden" name="way" value=WITH_NEW_PASSWORD/>
            {username}
            <PasswordField id=NEW_PASSWORD label="Новый пароль" rule=rule error=error_of(&errors, NEW_PASSWORD)
                autocomplete="new-password"/>
            {consent_field(consent, error_of(&errors, "consent"))}
            <SubmitButton kind=ButtonKind::Secondary busy="Сохраняем…">"Задать новый пароль"</SubmitButton>
        </ServerForm>
    }
}

/// An invalid link: why, and the next step.
async fn closed(visit: &Visit, refused: Refused<ConfirmError>) -> Answer {
    let (status, title, text) = match refused {
        Refused::Fault(fault) => return Err(fault.into()),
        Refused::This(ConfirmError::UsedBefore) => {
            (StatusCode::GONE, "Почта уже подтверждена", "Эта ссылка сработала раньше. Просто войдите.".to_owned())
        }
        Refused::This(ConfirmError::Expired) => {
            let text = "Она действует 24 часа. Зарегистрируйтесь ещё раз.";
            (StatusCode::GONE, "Ссылка устарела", text.to_owned())
        }
        Refused::TooOften(limit) => (StatusCode::TOO_MANY_REQUESTS, "Слишком много попыток", words::too_often(limit)),
        Refused::This(_) => {
            let text = "Проверьте, что адрес скопирован из письма целиком, или запросите новое письмо.";
            (StatusCode::NOT_FOUND, "Ссылка не подошла", text.to_owned())
        }
    };
    visit
        .page(title)
        .under("/register")
        .status(status)
        .show(move || {
            view! {
                <div class="narrow">
                    <h1>{title}</h1>
                    <p>{text}</p>
                    <p class="actions">
                        <LinkButton href="/sign-in" kind=ButtonKind::Primary>"Войти"</LinkButton>
                        <LinkButton href="/register" kind=ButtonKind::Secondary>"Зарегистрироваться"</LinkButton>
                    </p>
                </div>
            }
        })
        .await
}
