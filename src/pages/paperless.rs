//! `/accounts/{id}/paperless`: receipts by e-mail instead of on paper, by a consent that is as easily withdrawn.

use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::routing::get;
use axum::{Form, Router};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::account::account_head;
use super::marked::block;
use crate::api::call::call;
use crate::api::paperless::{
    CONSENT, GivePaperless, PaperlessForm, WithdrawPaperless, WithdrawPaperlessForm, give_paperless, withdraw_paperless,
};
use crate::components::{
    ButtonKind, Card, CheckboxField, CloseDialog, Dialog, ErrorSummary, FieldError, LinkButton, Notice, NoticeKind,
    SubmitButton, error_of,
};
use crate::config::texts::Consent;
use crate::domain::account::LinkedAccount;
use crate::domain::calendar::show_date;
use crate::domain::id::AccountId;
use crate::http::Web;
use crate::http::account::FullAccount;
use crate::http::answer::Answer;
use crate::http::session::SignedIn;
use crate::islands::ServerForm;
use crate::service::access::FullAccess;
use crate::service::paperless::{Paperless, look};

/// The question before a withdrawal.
const QUESTION: &str = "Вернуть бумажные квитанции?";
/// The dialog with this question.
const DIALOG: &str = "withdraw-paperless";

/// The routes of this screen.
pub fn router() -> Router<Web> {
    Router::new()
        .route("/accounts/{id}/paperless", get(show).post(submit))
        .route("/accounts/{id}/paperless/withdraw", get(ask).post(withdraw))
}

/// The link from other pages of an account.
pub fn link(account_id: &AccountId) -> impl IntoView + use<> {
    view! { <p><a href=address(account_id)>"Квитанции по почте вместо бумаги"</a></p> }
}

fn address(account_id: &AccountId) -> String {
    format!("/accounts/{account_id}/paperless")
}

async fn show(FullAccount { signed_in, access }: FullAccount) -> Answer {
    page(&signed_in, &access, Vec::new()).await
}

/// Gives the consent.
async fn submit(
    State(web): State<Web>,
    parts: Parts,
    Path(id): Path<String>,
    Form(form): Form<PaperlessForm>,
) -> Answer {
    let called = call(&web, &parts, give_paperless(PaperlessForm { account_id: id, ..form })).await?;
    let again = async |FullAccount { signed_in, access }: FullAccount, errors| page(&signed_in, &access, errors).await;
    called.or_page(&web, parts, again).await
}

/// Asks before the withdrawal.
async fn ask(FullAccount { signed_in, access }: FullAccount) -> Answer {
    question_page(&signed_in, &access).await
}

/// Withdraws the consent.
async fn withdraw(State(web): State<Web>, parts: Parts, Path(id): Path<String>) -> Answer {
    let called = call(&web, &parts, withdraw_paperless(WithdrawPaperlessForm { account_id: id })).await?;
    let again = async |FullAccount { signed_in, access }: FullAccount, _| question_page(&signed_in, &access).await;
    called.or_page(&web, parts, again).await
}

async fn question_page(signed_in: &SignedIn, access: &FullAccess) -> Answer {
    let id = access.id().clone();
    let body = move || {
        view! {
            <div class="narrow">
                <p class="breadcrumb"><a href=address(&id)>"Квитанции по почте"</a></p>
                <h1>{QUESTION}</h1>
                {consequences()}
                <div class="actions">
                    {withdraw_form(&id)} <LinkButton href=address(&id) kind=ButtonKind::Secondary>"Оставить по почте"</LinkButton>
                </div>
            </div>
        }
    };
    signed_in.page(QUESTION).under("/accounts").show(body).await
}

async fn page(signed_in: &SignedIn, access: &FullAccess, errors: Vec<FieldError>) -> Answer {
    let services = signed_in.services();
    let (paperless, offset) = (look(services, access).await?, services.settings().utc_offset_hours);
    let (own, texts) = (access.linked().clone(), signed_in.visit.web.site.texts.clone());
    let page = signed_in.page("Квитанции по почте").under("/accounts").errors(&errors);
    page.show(move || view(&own, paperless, &texts.paperless, offset, errors)).await
}

fn view(
    own: &LinkedAccount,
    Paperless { consent, email }: Paperless,
    text: &Consent,
    offset_hours: i8,
    errors: Vec<FieldError>,
) -> impl IntoView + use<> {
    let email = email.map(|email| email.show());
    let state = match (consent, email) {
        (Some(given), email) => {
            let since = show_date(given.given_at.date(offset_hours));
            given_view(&own.id, email.unwrap_or_default(), &since).into_any()
        }
        (None, Some(email)) => form(&own.id, email, errors).into_any(),
        (None, None) => no_email().into_any(),
    };
    view! {
        {account_head(own, "paperless")}
        <h2>"Квитанции по почте вместо бумаги"</h2>
        {state}
        {whole_text(text)}
    }
}

/// The consent is given: since when, where receipts go, and the way back.
fn given_view(id: &AccountId, email: String, since: &str) -> impl IntoView + use<> {
    let since = format!("С {since} новые квитанции приходят на ");
    let (question, withdraw) = (format!("{}/withdraw", address(id)), withdraw_form(id));
    view! {
        <Card title="Сейчас — по почте">
            <p class="long-text">
                {since} <strong>{email}</strong> ". Бумажные не печатаются."
            </p>
            <p>
                <LinkButton href=question kind=ButtonKind::Secondary dialog=DIALOG>
                    "Вернуть бумажные"
                </LinkButton>
            </p>
            <Dialog id=DIALOG title=QUESTION>
                {consequences()}
                <div class="actions">{withdraw} <CloseDialog>"Оставить по почте"</CloseDialog></div>
            </Dialog>
        </Card>
    }
}

fn consequences() -> impl IntoView {
    view! {
        <p>
            "Мы передадим это поставщику, и следующие квитанции придут на бумаге. Вернуться к почте можно в любой момент."
        </p>
    }
}

fn withdraw_form(id: &AccountId) -> impl IntoView + use<> {
    let account_id = id.to_string();
    view! {
        <ServerForm function=WithdrawPaperless::PATH.to_owned() action=format!("{}/withdraw", address(id))>
            <ErrorSummary errors=Vec::new()/>
            <input type="hidden" name="account_id" value=account_id/>
            <SubmitButton busy="Возвращаем…">"Вернуть бумажные"</SubmitButton>
        </ServerForm>
    }
}

/// Receipts come on paper: the consent to get them by e-mail.
fn form(id: &AccountId, email: String, errors: Vec<FieldError>) -> impl IntoView + use<> {
    let (account_id, error) = (id.to_string(), error_of(&errors, CONSENT));
    view! {
        <p>
            "Сейчас квитанции приходят на бумаге. Можно получать их письмом: квитанция придёт раньше и не потеряется, "
            "её можно сохранить и напечатать."
        </p>
        <ServerForm function=GivePaperless::PATH.to_owned() action=address(id)>
            <ErrorSummary errors/>
            <input type="hidden" name="account_id" value=account_id/>
            <CheckboxField id=CONSENT error>
                {format!("Согласен получать квитанции на {email} вместо бумажных")}
            </CheckboxField>
            <SubmitButton busy="Сохраняем…">"Получать по почте"</SubmitButton>
        </ServerForm>
    }
}

fn no_email() -> impl IntoView {
    view! {
        <Notice kind=NoticeKind::Info title="Нужна электронная почта">
            <p>"Квитанции приходят письмом, а адреса почты у вас в кабинете пока нет."</p>
            <p><LinkButton href="/settings/contact" kind=ButtonKind::Secondary>"Добавить почту"</LinkButton></p>
        </Notice>
    }
}

/// The text of the consent, folded.
fn whole_text(text: &Consent) -> impl IntoView + use<> {
    view! {
        <details>
            <summary>{text.document.title.clone()}</summary>
            <p class="muted">{format!("Редакция от {}", show_date(text.version))}</p>
            {text.document.blocks.iter().map(block).collect_view()}
        </details>
    }
}
