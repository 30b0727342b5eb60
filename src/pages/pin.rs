//! `/accounts/{id}/pin`: entering the PIN (M5), in a dialog of the account's page or on a page of its own.

use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Redirect};
use axum::routing::get;
use axum::{Form, Router};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::account::account_head;
use crate::api::call::call;
use crate::api::pins::{EnterPin, PinForm, enter_pin};
use crate::components::{
    ButtonKind, CloseDialog, Dialog, ErrorSummary, FieldError, Hint, LinkButton, Notice, NoticeKind, PinField,
    SubmitButton, error_of,
};
use crate::domain::account::{Access, LinkedAccount};
use crate::domain::hint::Topic;
use crate::http::Web;
use crate::http::account::OwnAccount;
use crate::http::answer::Answer;
use crate::http::session::SignedIn;
use crate::islands::ServerForm;
use crate::service::Fault;
use crate::service::access::OwnAccess;
use crate::service::pins::locked_until;

/// The dialog of the account's page.
const DIALOG: &str = "enter-pin";

/// The route of this screen.
pub fn router() -> Router<Web> {
    Router::new().route("/accounts/{id}/pin", get(show).post(submit))
}

async fn show(OwnAccount { signed_in, own }: OwnAccount) -> Answer {
    page(&signed_in, own, Vec::new()).await
}

async fn submit(State(web): State<Web>, parts: Parts, Path(id): Path<String>, Form(form): Form<PinForm>) -> Answer {
    let form = PinForm { account_id: id, ..form };
    let called = call(&web, &parts, enter_pin(form)).await?;
    let again = async |OwnAccount { signed_in, own }: OwnAccount, errors| page(&signed_in, own, errors).await;
    called.or_page(&web, parts, again).await
}

async fn page(signed_in: &SignedIn, own: OwnAccess, errors: Vec<FieldError>) -> Answer {
    if own.linked().access == Access::Full {
        return Ok(Redirect::to(&format!("/accounts/{}", own.id())).into_response());
    }
    let locked = lock(signed_in, &own).await?;
    let shown = errors.clone();
    let page = signed_in.page("Ввод ПИН-кода").under("/accounts").errors(&errors);
    page.show(move || view(own.linked(), locked, shown)).await
}

/// The end of a lock-out, as a clock time.
pub struct Lock {
    until: String,
}

/// The lock-out of a user's account, if there were too many wrong PINs.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn lock(signed_in: &SignedIn, own: &OwnAccess) -> Result<Option<Lock>, Fault> {
    let services = signed_in.services();
    let until = locked_until(services, own, &signed_in.visit.visitor).await?;
    let offset = services.settings().utc_offset_hours;
    Ok(until.map(|until| Lock { until: until.show_minute(offset) }))
}

impl Lock {
    fn notice(self) -> impl IntoView + use<> {
        let Self { until } = self;
        view! {
            <Notice kind=NoticeKind::Warning title=format!("Ввод ПИН-кода закрыт до {until}") announce=true>
                <p>
                    {format!("Слишком много неверных попыток. Сверьте ПИН-код с квитанцией и введите его после {until}.")}
                </p>
            </Notice>
        }
    }
}

fn address(own: &LinkedAccount) -> String {
    format!("/accounts/{}/pin", own.id)
}

fn view(own: &LinkedAccount, locked: Option<Lock>, errors: Vec<FieldError>) -> impl IntoView + use<> {
    let body = match locked {
        Some(lock) => lock.notice().into_any(),
        None => form(own, errors).into_any(),
    };
    view! {
        <div class="narrow">
            {account_head(own, "pin")}
            <h2>"Ввод ПИН-кода " <Hint topic=Topic::Pin/></h2>
            {body}
            <p><a href=format!("/accounts/{}", own.id)>"Вернуться к лицевому счёту"</a></p>
        </div>
    }
}

/// The button that opens the dialog of the PIN, or the end of the lock-out.
pub fn entry(own: &LinkedAccount, locked: Option<Lock>) -> impl IntoView + use<> {
    if let Some(lock) = locked {
        return lock.notice().into_any();
    }
    let (href, form) = (address(own), form(own, Vec::new()));
    view! {
        <p>
            <LinkButton href kind=ButtonKind::Primary dialog=DIALOG>"Ввести ПИН-код"</LinkButton>
        </p>
        <Dialog id=DIALOG title="Введите ПИН-код">
            {form}
            <div class="actions"><CloseDialog focused=false>"Закрыть"</CloseDialog></div>
        </Dialog>
    }
    .into_any()
}

fn form(own: &LinkedAccount, errors: Vec<FieldError>) -> impl IntoView + use<> {
    let account_id = own.id.to_string();
    view! {
        <ServerForm function=EnterPin::PATH.to_owned() action=address(own)>
            <ErrorSummary errors=errors.clone()/>
            <input type="hidden" name="account_id" value=account_id/>
            <PinField error=error_of(&errors, "pin")/>
            <SubmitButton busy="Проверяем…">"Подтвердить"</SubmitButton>
        </ServerForm>
    }
}
