//! `/payments/{id}`: the status of a payment (M6).

use axum::Router;
use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::routing::get;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use crate::api::call::call;
use crate::api::payments::{RefreshForm, RefreshPayment, refresh_payment, refreshed};
use crate::components::{
    ButtonKind, ErrorSummary, LinkButton, MomentText, MoneyText, Notice, NoticeKind, Step, StepState, Steps,
    SubmitButton,
};
use crate::domain::account::LinkedAccount;
use crate::domain::calendar::Span;
use crate::domain::payment::{CancelReason, Payment, PaymentState};
use crate::http::Web;
use crate::http::answer::Answer;
use crate::http::session::SignedIn;
use crate::islands::{PaymentWatch, ServerForm};
use crate::service::access::OwnAccess;

/// How often the page of a waiting payment reloads itself without JavaScript: maximum age of the payment, and the
/// interval in seconds. A page of an older payment does not reload: it was probably left open.
const REFRESHES: [(Span, u32); 3] = [(Span::minutes(1), 5), (Span::minutes(5), 15), (Span::minutes(30), 60)];

/// The route of this screen.
pub fn router() -> Router<Web> {
    Router::new().route("/payments/{id}", get(show).post(submit))
}

async fn show(signed_in: SignedIn, Path(id): Path<String>) -> Answer {
    page(&signed_in, &id).await
}

async fn submit(State(web): State<Web>, parts: Parts, Path(id): Path<String>) -> Answer {
    let called = call(&web, &parts, refresh_payment(RefreshForm { payment_id: id.clone() })).await?;
    called.or_page(&web, parts, async |signed_in: SignedIn, _| page(&signed_in, &id).await).await
}

async fn page(signed_in: &SignedIn, id: &str) -> Answer {
    let services = signed_in.services();
    let payment = refreshed(signed_in, id).await?;
    let linked = OwnAccess::find(services, signed_in.id(), &payment.account_id).await?;
    let linked = linked.map(|own| own.linked().clone());
    let offset = services.settings().utc_offset_hours;
    let mut page = signed_in.page("Платёж").under("/accounts");
    if !payment.state.is_final()
        && let Some(seconds) = refresh_seconds(services.now().since(payment.created_at))
    {
        page = page.refresh(seconds);
    }
    page.show(move || view(payment, linked, offset)).await
}

/// Seconds until the page of a waiting payment of this age reloads itself.
fn refresh_seconds(age: Span) -> Option<u32> {
    REFRESHES.into_iter().find(|(until, _)| age < *until).map(|(_, seconds)| seconds)
}

fn view(payment: Payment, linked: Option<LinkedAccount>, offset: i8) -> impl IntoView {
    let title = match payment.state {
        PaymentState::Created | PaymentState::Pending => "Платёж ожидает оплаты",
        PaymentState::Succeeded | PaymentState::Credited => "Платёж принят",
        PaymentState::Canceled => "Платёж не прошёл",
    };
    // An account unlinked since then has no page to link to.
    let address = linked.as_ref().map(|own| format!("/accounts/{}", own.id));
    let account = linked.map(|own| {
        view! { <div><dt>"Лицевой счёт"</dt><dd>{own.provider.name}", "{own.number.to_string()}</dd></div> }
    });
    let waiting = (!payment.state.is_final()).then(|| waiting_view(&payment));
    let again = address.as_ref().map(|address| format!("{address}/pay?again_of={}", payment.id));
    let refused = payment.cancel_reason.map(|reason| refused_view(reason, again));
    let done = address.filter(|_| payment.state.is_paid()).map(|address| {
        view! { <p><LinkButton href=address kind=ButtonKind::Primary>"К лицевому счёту"</LinkButton></p> }
    });
    view! {
        <div class="narrow">
            <h1>{title}</h1>
            <dl class="facts">
                <div><dt>"Сумма"</dt><dd><MoneyText sum=payment.amount/></dd></div>
                {account}
                <div><dt>"Начат"</dt><dd><MomentText at=payment.created_at offset_hours=offset/></dd></div>
            </dl>
            {(payment.state != PaymentState::Canceled).then(|| view! { <Steps items=steps(&payment)/> })}
            {waiting}
            {refused}
            {done}
        </div>
    }
}

fn steps(payment: &Payment) -> Vec<Step> {
    use StepState::{Ahead, Current, Done};
    let (bank, fiscal, sent, credited) = match payment.state {
        PaymentState::Created | PaymentState::Pending | PaymentState::Canceled => (Current, Ahead, Ahead, Ahead),
        // The portal does not learn whether the cash register has sent the receipt.
        PaymentState::Succeeded => (Done, Current, Ahead, Ahead),
        PaymentState::Credited => (Done, Done, Done, Done),
    };
    vec![
        Step::new("Банк принял оплату", bank),
        Step::new("Фискальный чек придёт вам отдельно", fiscal),
        Step::new("Платёж передан поставщику", sent),
        Step::new("Зачислено на лицевой счёт", credited),
    ]
}

fn waiting_view(payment: &Payment) -> impl IntoView + use<> {
    let id = payment.id.to_string();
    let card = payment.confirmation_url.clone().filter(|url| !url.is_empty()).map(|url| {
        view! { <p><LinkButton href=url kind=ButtonKind::Primary>"Перейти к оплате картой"</LinkButton></p> }
    });
    view! {
        <Notice kind=NoticeKind::Info title="Ждём ответа банка">
            <p>
                "Если вы уже заплатили, ничего делать не нужно, и платить второй раз не надо: мы узнаем о платеже, даже "
                "если закрыть эту страницу."
            </p>
        </Notice>
        <PaymentWatch payment_id=id.clone() state=payment.state/>
        {card}
        <ServerForm function=RefreshPayment::PATH.to_owned() action=format!("/payments/{id}")>
            <ErrorSummary errors=Vec::new()/>
            <input type="hidden" name="payment_id" value=id/>
            <SubmitButton kind=ButtonKind::Secondary busy="Проверяем…">"Проверить состояние"</SubmitButton>
        </ServerForm>
    }
}

fn refused_view(reason: CancelReason, again: Option<String>) -> impl IntoView {
    let again = again.map(|address| {
        view! { <p><LinkButton href=address kind=ButtonKind::Primary>"Попробовать ещё раз"</LinkButton></p> }
    });
    view! {
        <Notice kind=NoticeKind::Error title="Деньги не списаны">
            <p>{reason.words()}</p>
        </Notice>
        {again}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_waiting_page_loads_itself_anew_ever_more_rarely_and_not_for_ever() {
        assert_eq!(refresh_seconds(Span::seconds(0)), Some(5));
        assert_eq!(refresh_seconds(Span::minutes(2)), Some(15));
        assert_eq!(refresh_seconds(Span::minutes(20)), Some(60));
        assert_eq!(refresh_seconds(Span::hours(1)), None);
    }
}
