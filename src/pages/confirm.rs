//! `/confirm/{token}`: the link of a registration's letter (M2).

use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Form, Router};
use leptos::prelude::*;
use serde::Deserialize;

use super::register::{CONSENT_MISSING, FIRST_PAGE, accepted_consent, consent_field};
use crate::api::words;
use crate::components::{ButtonKind, ErrorSummary, FieldError, LinkButton, PasswordField, SubmitButton, error_of};
use crate::domain::id::RegistrationId;
use crate::domain::one_time::LinkToken;
use crate::domain::password::{PasswordError, PasswordPolicy};
use crate::http::Web;
use crate::http::answer::{Answer, Failure};
use crate::http::session::{Door, Visit, enter_fully};
use crate::service::confirmation::{ConfirmError, LinkPage, LinkProof, confirm_by_link, look_at_link};

/// The addresses of this screen.
pub fn router() -> Router<Web> {
    Router::new().route("/confirm/{token}", get(show).post(submit))
}

/// The field of the password that was typed at registration.
const PASSWORD: &str = "password";
/// The field of a new one in its place.
const NEW_PASSWORD: &str = "new_password";

#[derive(Default, Deserialize)]
#[serde(default)]
struct ConfirmForm {
    password: String,
    new_password: String,
    consent: String,
}

impl Visit {
    /// The registration that this browser waits to confirm.
    fn own_registration(&self) -> Option<&RegistrationId> {
        self.session.as_ref().and_then(|session| session.registration_id.as_ref())
    }
}

async fn show(visit: Visit, Path(token): Path<String>) -> Answer {
    let token = LinkToken::parse(&token).ok_or(Failure::NotFound)?;
    page(&visit, &token, &ConfirmForm::default(), Vec::new()).await
}

async fn submit(visit: Visit, Path(token): Path<String>, Form(form): Form<ConfirmForm>) -> Answer {
    let token = LinkToken::parse(&token).ok_or(Failure::NotFound)?;
    let accepted = accepted_consent(&visit, &form.consent);
    let proof = match visit.own_registration() {
        _ if !form.new_password.is_empty() => {
            LinkProof::NewPassword { password: &form.new_password, consent: accepted.as_deref() }
        }
        Some(own) if form.password.is_empty() => LinkProof::OwnBrowser(own),
        _ => LinkProof::Password(&form.password),
    };
    let policy = visit.services().settings().password_policy;
    let error = match confirm_by_link(visit.services(), &token, proof, &visit.visitor).await {
        Ok(signed_in) => {
            return Ok(axum::response::IntoResponse::into_response(enter_fully(
                &visit.web.site,
                Door::Portal,
                &signed_in,
                FIRST_PAGE,
            )));
        }
        Err(ConfirmError::Wrong { left }) => {
            FieldError::new(PASSWORD, format!("Пароль не подошёл. Осталось попыток: {left}"))
        }
        Err(ConfirmError::NoTriesLeft) => {
            FieldError::new(PASSWORD, "Попытки закончились. Придумайте новый пароль ниже")
        }
        Err(ConfirmError::PasswordNeeded) => FieldError::new(PASSWORD, "Введите пароль, который вы придумали"),
        Err(ConfirmError::Password(PasswordError::Empty)) => FieldError::new(PASSWORD, "Введите пароль"),
        Err(ConfirmError::Password(error)) => {
            let field = if form.new_password.is_empty() { PASSWORD } else { NEW_PASSWORD };
            FieldError::new(field, words::password(error, policy))
        }
        Err(ConfirmError::ConsentMissing) => FieldError::new("consent", CONSENT_MISSING),
        Err(other) => return closed(&visit, other).await,
    };
    page(&visit, &token, &form, vec![error]).await
}

/// In the browser that registered, and within ten minutes, one press confirms, and `site.js` makes it; otherwise a password
/// is asked for.
async fn page(visit: &Visit, token: &LinkToken, form: &ConfirmForm, errors: Vec<FieldError>) -> Answer {
    let asked = look_at_link(visit.services(), token, visit.own_registration(), &visit.visitor).await;
    let asked = match asked {
        Ok(asked) => asked,
        Err(error) => return closed(visit, error).await,
    };
    let action = format!("/confirm/{}", token.reveal());
    let policy = visit.services().settings().password_policy;
    let consent = form.consent == "on";
    let shown = errors.clone();
    let page = visit.page("Подтверждение почты").under("/register").errors(&errors);
    page.show(move || match asked {
        LinkPage::OwnBrowser => own_view(action).into_any(),
        LinkPage::Password { masked, own } => password_view(action, masked, own, policy, consent, shown).into_any(),
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

fn password_view(
    action: String,
    masked: String,
    own: bool,
    rule: PasswordPolicy,
    consent: bool,
    errors: Vec<FieldError>,
) -> impl IntoView {
    view! {
        <div class="narrow">
            <h1>"Подтверждение почты"</h1>
            <p>
                "Регистрация с адресом " <strong>{masked}</strong>
                {if own { " начата больше десяти минут назад. " } else { " начата в другом браузере. " }}
                "Чтобы её завершить, введите пароль, который вы придумали."
            </p>
            <ErrorSummary errors=errors.clone()/>
            <form method="post" action=action.clone() novalidate>
                <PasswordField id=PASSWORD label="Пароль из формы регистрации" error=error_of(&errors, PASSWORD)
                    autocomplete="current-password"/>
                <SubmitButton busy="Подтверждаем…">"Подтвердить"</SubmitButton>
            </form>
            <h2>"Не помните пароль или регистрировались не вы?"</h2>
            <p>"Придумайте новый: тот, что был в форме, перестанет действовать."</p>
            <form method="post" action=action novalidate>
                <PasswordField id=NEW_PASSWORD label="Новый пароль" rule=rule error=error_of(&errors, NEW_PASSWORD)
                    autocomplete="new-password"/>
                {consent_field(consent, error_of(&errors, "consent"))}
                <SubmitButton kind=ButtonKind::Secondary busy="Сохраняем…">"Задать новый пароль"</SubmitButton>
            </form>
        </div>
    }
}

/// A link that opens nothing: why, and the next step.
async fn closed(visit: &Visit, error: ConfirmError) -> Answer {
    let (status, title, text) = match error {
        ConfirmError::Fault(fault) => return Err(fault.into()),
        ConfirmError::UsedBefore => {
            (StatusCode::GONE, "Почта уже подтверждена", "Эта ссылка сработала раньше. Просто войдите.".to_owned())
        }
        ConfirmError::Expired => {
            let text = "Она действует 24 часа. Зарегистрируйтесь ещё раз.";
            (StatusCode::GONE, "Ссылка устарела", text.to_owned())
        }
        ConfirmError::TooOften(limit) => {
            (StatusCode::TOO_MANY_REQUESTS, "Слишком много попыток", words::too_often(limit))
        }
        _ => {
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
