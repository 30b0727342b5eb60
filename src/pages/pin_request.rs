//! `/accounts/{id}/pin-request`: requesting a PIN (M5).

use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Redirect};
use axum::routing::get;
use axum::{Form, Router};
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::account::account_head;
use crate::api::call::call;
use crate::api::pins::{PinRequestForm, RequestPin, request_pin};
use crate::components::{
    ButtonKind, ErrorSummary, FieldError, Hint, LinkButton, Notice, NoticeKind, SubmitButton, TextField, error_of,
};
use crate::domain::account::{Access, LinkedAccount};
use crate::domain::hint::Topic;
use crate::domain::pin::{PinRequest, PinRequestState};
use crate::http::Web;
use crate::http::account::OwnAccount;
use crate::http::answer::Answer;
use crate::http::session::SignedIn;
use crate::islands::ServerForm;
use crate::service::access::OwnAccess;
use crate::service::pins::latest_request;

/// The route of this screen.
pub fn router() -> Router<Web> {
    Router::new().route("/accounts/{id}/pin-request", get(show).post(submit))
}

async fn show(OwnAccount { signed_in, own }: OwnAccount) -> Answer {
    let form = PinRequestForm {
        account_id: own.id().to_string(),
        name: signed_in.user.name.clone().unwrap_or_default(),
        address: String::new(),
        contact: signed_in.user.login.show(),
    };
    page(&signed_in, own, form, Vec::new()).await
}

async fn submit(
    State(web): State<Web>,
    parts: Parts,
    Path(id): Path<String>,
    Form(form): Form<PinRequestForm>,
) -> Answer {
    let form = PinRequestForm { account_id: id, ..form };
    let called = call(&web, &parts, request_pin(form.clone())).await?;
    let again = async |OwnAccount { signed_in, own }: OwnAccount, errors| page(&signed_in, own, form, errors).await;
    called.or_page(&web, parts, again).await
}

async fn page(signed_in: &SignedIn, own: OwnAccess, form: PinRequestForm, errors: Vec<FieldError>) -> Answer {
    if own.linked().access == Access::Full {
        return Ok(Redirect::to(&format!("/accounts/{}", own.id())).into_response());
    }
    let request = latest_request(signed_in.services(), &own).await?;
    let waits = request.is_some_and(|request| request.state == PinRequestState::Pending);
    let shown = errors.clone();
    let page = signed_in.page("Запрос ПИН-кода").under("/accounts").errors(&errors);
    page.show(move || view(own.linked(), form, waits, shown)).await
}

fn address(own: &LinkedAccount) -> String {
    format!("/accounts/{}/pin-request", own.id)
}

fn view(own: &LinkedAccount, form: PinRequestForm, waits: bool, errors: Vec<FieldError>) -> impl IntoView + use<> {
    let body = if waits { waiting_notice().into_any() } else { form_view(own, form, errors).into_any() };
    view! {
        <div class="narrow">
            {account_head(own, "pin-request")}
            <h2>"Запрос ПИН-кода " <Hint topic=Topic::PinRequest/></h2>
            {body}
            <p><a href=format!("/accounts/{}", own.id)>"Вернуться к лицевому счёту"</a></p>
        </div>
    }
}

fn form_view(own: &LinkedAccount, form: PinRequestForm, errors: Vec<FieldError>) -> impl IntoView + use<> {
    view! {
        <ServerForm function=RequestPin::PATH.to_owned() action=address(own)>
            <ErrorSummary errors=errors.clone()/>
            <input type="hidden" name="account_id" value=form.account_id/>
            <TextField id="name" label="Фамилия, имя, отчество" value=form.name
                error=error_of(&errors, "name") autocomplete="name"/>
            <TextField id="address" label="Адрес" value=form.address
                hint="Адрес квартиры или дома, для которых открыт лицевой счёт."
                error=error_of(&errors, "address") autocomplete="address-line1"/>
            <TextField id="contact" label="Куда прислать ПИН-код" value=form.contact
                hint="Электронная почта или телефон." error=error_of(&errors, "contact")/>
            <SubmitButton busy="Отправляем…">"Отправить запрос"</SubmitButton>
        </ServerForm>
    }
}

/// The button of the request on the account's page, or the pending request.
pub fn entry(own: &LinkedAccount, request: Option<PinRequest>) -> impl IntoView + use<> {
    let refused = match request {
        Some(request) if request.state == PinRequestState::Pending => return waiting_notice().into_any(),
        Some(request) if request.state == PinRequestState::Refused => Some(refused_notice(request)),
        _ => None,
    };
    view! {
        {refused}
        <p>
            <LinkButton href=address(own) kind=ButtonKind::Secondary>"Подать запрос на получение ПИН-кода"</LinkButton>
        </p>
    }
    .into_any()
}

fn waiting_notice() -> impl IntoView {
    view! {
        <Notice kind=NoticeKind::Info title="Запрос на рассмотрении">
            <p>"Сотрудник проверит данные и отправит ПИН-код туда, куда вы указали."</p>
        </Notice>
    }
}

fn refused_notice(request: PinRequest) -> impl IntoView {
    view! {
        <Notice kind=NoticeKind::Warning title="Запрос отклонён">
            <p>{request.reason.unwrap_or_default()}</p>
        </Notice>
    }
}

/// Says that the PIN was sent; empty for a request in another state.
pub fn sent_notice(request: &PinRequest) -> Option<impl IntoView + use<>> {
    (request.state == PinRequestState::Approved).then(|| {
        view! {
            <Notice kind=NoticeKind::Success title="ПИН-код отправлен">
                <p>"Проверьте почту или SMS и введите его здесь."</p>
            </Notice>
        }
    })
}
