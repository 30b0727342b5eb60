//! `/accounts/link`: linking an account (M3, M8).

use axum::extract::Query;
use axum::routing::get;
use axum::{Form, Router};
use leptos::prelude::*;
use serde::Deserialize;

use super::words;
use crate::api::providers::ProviderOption;
use crate::components::{
    ErrorSummary, FieldError, Hint, LinkButton, Notice, NoticeKind, SubmitButton, TextField, error_of,
};
use crate::domain::hint::Topic;
use crate::domain::provider::Provider;
use crate::http::Web;
use crate::http::answer::Answer;
use crate::http::session::SignedIn;
use crate::islands::ProviderCombobox;
use crate::service::links::{LinkError, link, own_accounts};
use crate::service::providers;

/// The address of this screen.
pub fn router() -> Router<Web> {
    Router::new().route("/accounts/link", get(show).post(submit))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct LinkForm {
    /// Billing's code of the chosen provider.
    provider: String,
    /// What was typed into the combobox.
    provider_query: String,
    number: String,
}

async fn show(signed_in: SignedIn, Query(form): Query<LinkForm>) -> Answer {
    page(&signed_in, form, Vec::new()).await
}

async fn submit(signed_in: SignedIn, Form(mut form): Form<LinkForm>) -> Answer {
    if form.provider.is_empty() {
        form.provider = only_match(&signed_in, &form.provider_query).await?;
    }
    let done = link(signed_in.services(), signed_in.id(), &form.provider, &form.number, &signed_in.visit.visitor).await;
    let error = match done {
        Ok(account_id) => {
            let text = "Лицевой счёт подключён. Введите ПИН-код, чтобы открыть полную версию кабинета.";
            return signed_in.redirect(&format!("/accounts/{account_id}"), NoticeKind::Success, text).await;
        }
        Err(LinkError::Fault(fault)) => return Err(fault.into()),
        Err(LinkError::NoProvider) => FieldError::new("provider", "Выберите ресурсоснабжающую организацию из списка"),
        Err(LinkError::Number(error)) => FieldError::new("number", words::account_number(error)),
        Err(LinkError::NotLinkable) => FieldError::new(
            "number",
            "Не получилось подключить этот лицевой счёт. Сверьте номер с квитанцией; если всё верно, напишите нам",
        ),
        Err(LinkError::AlreadyYours) => FieldError::new("number", "Этот лицевой счёт у вас уже подключён"),
        Err(LinkError::NoRoom { most }) => FieldError::new(
            "number",
            format!("Подключено лицевых счетов: {most}, это предел. Отключите ненужный в настройках"),
        ),
        Err(LinkError::TooOften(limit)) => FieldError::new("number", words::too_often(limit)),
    };
    page(&signed_in, form, vec![error]).await
}

/// Who typed the whole name and pressed the button meant that provider.
async fn only_match(signed_in: &SignedIn, query: &str) -> Result<String, crate::service::Fault> {
    if query.trim().is_empty() {
        return Ok(String::new());
    }
    let found = providers::search(signed_in.services(), query).await?;
    Ok(match found.as_slice() {
        [only] => only.code.clone(),
        _ => String::new(),
    })
}

async fn page(signed_in: &SignedIn, form: LinkForm, errors: Vec<FieldError>) -> Answer {
    let services = signed_in.services();
    let most = services.settings().max_links;
    let linked = own_accounts(services, signed_in.id()).await?.len();
    if linked >= usize::from(most) && errors.is_empty() {
        return full_page(signed_in, most).await;
    }
    let mut options = providers::search(services, &form.provider_query).await?;
    if options.is_empty() {
        options = providers::search(services, "").await?;
    }
    let chosen = providers::by_code(services, &form.provider).await?.map(option);
    let options = options.into_iter().map(option).collect();
    let shown = errors.clone();
    signed_in
        .page("Подключение лицевого счёта")
        .under("/accounts")
        .errors(&errors)
        .show(move || view(form, chosen, options, shown))
        .await
}

fn option(provider: Provider) -> ProviderOption {
    ProviderOption {
        code: provider.code,
        name: provider.name,
        region: provider.region,
        account_length: provider.account_length,
    }
}

fn view(
    form: LinkForm,
    chosen: Option<ProviderOption>,
    options: Vec<ProviderOption>,
    errors: Vec<FieldError>,
) -> impl IntoView {
    let query = chosen.as_ref().map_or(form.provider_query, |chosen| chosen.name.clone());
    view! {
        <div class="narrow">
            <h1>"Подключение лицевого счёта"</h1>
            <ErrorSummary errors=errors.clone()/>
            <form method="post" action="/accounts/link" novalidate>
                <ProviderCombobox query chosen options error=error_of(&errors, "provider")/>
                <TextField id="number" label="Номер лицевого счёта" value=form.number
                    hint="Только цифры, как на квитанции." error=error_of(&errors, "number")
                    inputmode="numeric" autocomplete="off">
                    <Hint topic=Topic::AccountNumber/>
                </TextField>
                <SubmitButton busy="Подключаем…">"Подключить"</SubmitButton>
            </form>
        </div>
    }
}

async fn full_page(signed_in: &SignedIn, most: u8) -> Answer {
    signed_in
        .page("Подключение лицевого счёта")
        .under("/accounts")
        .show(move || {
            view! {
                <div class="narrow">
                    <h1>"Подключение лицевого счёта"</h1>
                    <Notice kind=NoticeKind::Info title="Все места заняты">
                        <p>
                            {format!("Подключено лицевых счетов: {most}, это предел. ")}
                            "Чтобы добавить новый, отключите ненужный."
                        </p>
                    </Notice>
                    <p><LinkButton href="/settings">"Настройки"</LinkButton></p>
                </div>
            }
        })
        .await
}
