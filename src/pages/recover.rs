//! `/recover`: a forgotten password.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Redirect};
use axum::routing::get;
use axum::{Form, Router};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::register::username;
use crate::api::call::call;
use crate::api::recovery::{
    BeginRecovery, NewPasswordForm, RecoverByCode, RecoverByLink, RecoverForm, begin_recovery, recover_by_code,
    recover_by_link,
};
use crate::api::words;
use crate::components::{ErrorSummary, FieldError, LinkButton, PasswordField, SubmitButton, TextField, error_of};
use crate::domain::form::SecretText;
use crate::domain::login::Login;
use crate::domain::one_time::LinkToken;
use crate::domain::password::PasswordPolicy;
use crate::http::Web;
use crate::http::answer::{Answer, Failure};
use crate::http::session::Visit;
use crate::islands::ServerForm;
use crate::service::recovery::{RecoverError, look_at_link};
use crate::service::refused::Refused;

/// The address of the form that asks for a link or a code.
const ADDRESS: &str = "/recover";
/// The address of the form of the code.
const BY_CODE: &str = "/recover/code";

/// The routes of this screen.
pub fn router() -> Router<Web> {
    Router::new()
        .route(ADDRESS, get(show).post(submit))
        .route("/recover/sent", get(show_sent))
        .route(BY_CODE, get(show_code).post(submit_code))
        .route("/recover/{token}", get(show_link).post(submit_link))
}

async fn show(visit: Visit) -> Answer {
    login_page(&visit, RecoverForm::default(), Vec::new()).await
}

async fn submit(State(web): State<Web>, parts: Parts, Form(form): Form<RecoverForm>) -> Answer {
    let called = call(&web, &parts, begin_recovery(form.clone())).await?;
    called.or_page(&web, parts, async |visit: Visit, errors| login_page(&visit, form, errors).await).await
}

async fn login_page(visit: &Visit, form: RecoverForm, errors: Vec<FieldError>) -> Answer {
    let shown = errors.clone();
    visit
        .page("Восстановление пароля")
        .under("/sign-in")
        .errors(&errors)
        .show(move || {
            view! {
                <div class="narrow">
                    <h1>"Восстановление пароля"</h1>
                    <ServerForm function=BeginRecovery::PATH.to_owned() action=ADDRESS.to_owned()>
                        <ErrorSummary errors=shown.clone()/>
                        <TextField id="login" label="Электронная почта или телефон" value=form.login
                            hint="Пришлём ссылку письмом или код по SMS." error=error_of(&shown, "login")
                            autocomplete="username"/>
                        <SubmitButton busy="Отправляем…">"Продолжить"</SubmitButton>
                    </ServerForm>
                    <p><a href="/sign-in">"Вернуться ко входу"</a></p>
                </div>
            }
        })
        .await
}

async fn show_sent(visit: Visit) -> Answer {
    visit
        .page("Проверьте почту")
        .under("/sign-in")
        .show(|| {
            view! {
                <div class="narrow">
                    <h1>"Проверьте почту"</h1>
                    <p>"Мы отправили письмо на указанный адрес. Откройте его и нажмите на ссылку: она действует 10 минут."</p>
                    <p>"Письма нет? Загляните в папку «Спам» или через минуту попробуйте ещё раз."</p>
                    <p><LinkButton href=ADDRESS>"Отправить ещё раз"</LinkButton></p>
                </div>
            }
        })
        .await
}

async fn show_code(visit: Visit) -> Answer {
    code_page(&visit, Vec::new()).await
}

async fn submit_code(State(web): State<Web>, parts: Parts, Form(form): Form<NewPasswordForm>) -> Answer {
    let called = call(&web, &parts, recover_by_code(form)).await?;
    called.or_page(&web, parts, async |visit: Visit, errors| code_page(&visit, errors).await).await
}

/// The page shows no login: it must look the same for a login without a user.
async fn code_page(visit: &Visit, errors: Vec<FieldError>) -> Answer {
    if visit.session.as_ref().is_none_or(|session| session.recovery_id.is_none()) {
        return Ok(Redirect::to(ADDRESS).into_response());
    }
    let rule = visit.services().settings().password_policy;
    let page = visit.page("Новый пароль").under("/sign-in").errors(&errors);
    page.show(move || code_view(rule, errors)).await
}

fn code_view(rule: PasswordPolicy, errors: Vec<FieldError>) -> impl IntoView {
    view! {
        <div class="narrow">
            <h1>"Новый пароль"</h1>
            <p>"Мы отправили код на ваш телефон. Он действует 10 минут."</p>
            <ServerForm function=RecoverByCode::PATH.to_owned() action=BY_CODE.to_owned()>
                <ErrorSummary errors=errors.clone()/>
                <TextField id="code" label="Код из SMS" error=error_of(&errors, "code") autocomplete="one-time-code"
                    inputmode="numeric" short=true/>
                {new_password(rule, &errors)}
            </ServerForm>
            <p><a href=ADDRESS>"Запросить новый код"</a></p>
        </div>
    }
}

/// The field of a new password with the button.
fn new_password(rule: PasswordPolicy, errors: &[FieldError]) -> impl IntoView + use<> {
    let error = error_of(errors, "password");
    view! {
        <PasswordField id="password" label="Новый пароль" rule=rule error autocomplete="new-password"/>
        <SubmitButton busy="Сохраняем…">"Сохранить пароль"</SubmitButton>
    }
}

async fn show_link(visit: Visit, Path(token): Path<String>) -> Answer {
    link_page(&visit, &token, Vec::new()).await
}

async fn submit_link(
    State(web): State<Web>,
    parts: Parts,
    Path(token): Path<String>,
    Form(form): Form<NewPasswordForm>,
) -> Answer {
    let form = NewPasswordForm { token: SecretText::new(token.clone()), ..form };
    let called = call(&web, &parts, recover_by_link(form)).await?;
    called.or_page(&web, parts, async |visit: Visit, errors| link_page(&visit, &token, errors).await).await
}

async fn link_page(visit: &Visit, token: &str, errors: Vec<FieldError>) -> Answer {
    let token = LinkToken::parse(token).ok_or(Failure::NotFound)?;
    let login = match look_at_link(visit.services(), &token, &visit.visitor).await {
        Ok(login) => login,
        Err(error) => return closed_page(visit, error).await,
    };
    let rule = visit.services().settings().password_policy;
    let page = visit.page("Новый пароль").under("/sign-in").errors(&errors);
    page.show(move || link_view(&token, &login, rule, errors)).await
}

fn link_view(token: &LinkToken, login: &Login, rule: PasswordPolicy, errors: Vec<FieldError>) -> impl IntoView + use<> {
    let (token, login) = (token.reveal().to_owned(), username(login));
    view! {
        <div class="narrow">
            <h1>"Новый пароль"</h1>
            <ServerForm function=RecoverByLink::PATH.to_owned() action=String::new()>
                <ErrorSummary errors=errors.clone()/>
                <input type="hidden" name="token" value=token/>
                {login}
                {new_password(rule, &errors)}
            </ServerForm>
        </div>
    }
}

/// An invalid link: why, and the next step.
async fn closed_page(visit: &Visit, refused: Refused<RecoverError>) -> Answer {
    let (status, title, text) = match refused {
        Refused::Fault(fault) => return Err(fault.into()),
        Refused::This(RecoverError::UsedBefore) => {
            let text = "Она работает один раз, и новая ссылка отменяет прежние. Откройте последнее письмо или запросите \
                        ссылку снова.";
            (StatusCode::GONE, "Ссылка уже не действует", text.to_owned())
        }
        Refused::This(RecoverError::Expired) => {
            (StatusCode::GONE, "Ссылка устарела", "Она действует 10 минут. Запросите новую.".to_owned())
        }
        Refused::TooOften(limit) => (StatusCode::TOO_MANY_REQUESTS, "Слишком много попыток", words::too_often(limit)),
        Refused::This(_) => {
            let text = "Проверьте, что адрес скопирован из письма целиком, или запросите новую ссылку.";
            (StatusCode::NOT_FOUND, "Ссылка не подошла", text.to_owned())
        }
    };
    visit
        .page(title)
        .under("/sign-in")
        .status(status)
        .show(move || {
            view! {
                <div class="narrow">
                    <h1>{title}</h1>
                    <p>{text}</p>
                    <p><LinkButton href=ADDRESS>"Запросить новую ссылку"</LinkButton></p>
                </div>
            }
        })
        .await
}
