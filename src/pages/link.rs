//! `/accounts/link`: linking an account (M3, M8).

use axum::extract::{Query, State};
use axum::http::request::Parts;
use axum::routing::get;
use axum::{Form, Router};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::api::call::call;
use crate::api::links::{LinkAccount, LinkForm, link_account};
use crate::api::providers::ProviderOption;
use crate::components::{
    ErrorSummary, FieldError, FieldWithHint, Hint, LinkButton, Notice, NoticeKind, SubmitButton, TextField, error_of,
};
use crate::domain::hint::Topic;
use crate::http::Web;
use crate::http::answer::Answer;
use crate::http::session::SignedIn;
use crate::islands::{ProviderCombobox, ServerForm};
use crate::service::access::OwnAccess;
use crate::service::{Fault, Services, providers};

const ADDRESS: &str = "/accounts/link";

/// The route of this screen.
pub fn router() -> Router<Web> {
    Router::new().route(ADDRESS, get(show).post(submit))
}

async fn show(signed_in: SignedIn, Query(form): Query<LinkForm>) -> Answer {
    page(&signed_in, form, Vec::new()).await
}

async fn submit(State(web): State<Web>, parts: Parts, Form(form): Form<LinkForm>) -> Answer {
    let called = call(&web, &parts, link_account(form.clone())).await?;
    called.or_page(&web, parts, async |signed_in: SignedIn, errors| page(&signed_in, form, errors).await).await
}

async fn page(signed_in: &SignedIn, form: LinkForm, errors: Vec<FieldError>) -> Answer {
    let services = signed_in.services();
    let most = services.settings().max_links;
    let linked = OwnAccess::all(services, signed_in.id()).await?.len();
    if linked >= usize::from(most) && errors.is_empty() {
        return full_page(signed_in, most).await;
    }
    let form = ShownForm::load(services, form).await?;
    let shown = errors.clone();
    let page = signed_in.page("Подключение лицевого счёта").under("/accounts").errors(&errors);
    page.show(move || {
        view! {
            <div class="narrow">
                <h1>"Подключение лицевого счёта"</h1>
                {form.view(&shown)}
            </div>
        }
    })
    .await
}

/// The form of a link with the providers that it offers; also the first page of a user without accounts.
pub struct ShownForm {
    form: LinkForm,
    chosen: Option<ProviderOption>,
    options: Vec<ProviderOption>,
}

impl ShownForm {
    /// Loads the providers: the matches of the typed text, or the first ones.
    ///
    /// # Errors
    /// [`Fault`] when the storage fails.
    pub async fn load(services: &Services, form: LinkForm) -> Result<Self, Fault> {
        let mut options = providers::search(services, &form.provider_query).await?;
        if options.is_empty() {
            options = providers::search(services, "").await?;
        }
        let chosen = providers::by_code(services, &form.provider).await?.map(ProviderOption::from);
        Ok(Self { form, chosen, options: options.into_iter().map(ProviderOption::from).collect() })
    }

    /// The form with its errors.
    pub fn view(self, errors: &[FieldError]) -> impl IntoView + use<> {
        let Self { form, chosen, options } = self;
        let (provider_error, number_error) = (error_of(errors, "provider"), error_of(errors, "number"));
        let errors = errors.to_vec();
        let query = chosen.as_ref().map_or(form.provider_query, |chosen| chosen.name.clone());
        view! {
            <ServerForm function=LinkAccount::PATH.to_owned() action=ADDRESS.to_owned()>
                <ErrorSummary errors/>
                <FieldWithHint topic=Topic::Provider field="provider">
                    <ProviderCombobox query chosen options error=provider_error/>
                </FieldWithHint>
                <TextField id="number" label="Номер лицевого счёта" value=form.number
                    hint="Только цифры, как на квитанции." error=number_error
                    inputmode="numeric" autocomplete="off">
                    <Hint topic=Topic::AccountNumber/>
                </TextField>
                <SubmitButton busy="Подключаем…">"Подключить"</SubmitButton>
            </ServerForm>
        }
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
