//! `/payments/{id}`: the state of a payment and what follows (M6), its certificate, and the notice of one under way.

mod certificate;
mod notice;
mod paid;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::routing::get;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

pub use self::notice::open_payment_notice;
use crate::api::call::call;
use crate::api::payments::{RefreshForm, RefreshPayment, refresh_payment, refreshed};
use crate::components::{
    ButtonKind, ErrorSummary, LinkButton, MomentText, MoneyText, Notice, NoticeKind, SubmitButton,
};
use crate::domain::calendar::Span;
use crate::domain::payment::{OwnPayment, Payment, PaymentState};
use crate::http::Web;
use crate::http::answer::{Answer, Failure};
use crate::http::session::SignedIn;
use crate::islands::{PaymentWatch, ServerForm};
use crate::service::access::OwnAccess;
use crate::service::payments::{others_due, with_payee};

/// How often the page of a waiting payment reloads itself without JavaScript: maximum age of the payment, and the
/// interval in seconds. A page of an older payment does not reload: it was probably left open.
const REFRESHES: [(Span, u32); 3] = [(Span::minutes(1), 5), (Span::minutes(5), 15), (Span::minutes(30), 60)];

/// The routes of this screen.
pub fn router() -> Router<Web> {
    Router::new()
        .route("/payments/{id}", get(show).post(submit))
        .route("/payments/{id}/certificate", get(certificate::show))
        .route("/payments/{id}/hide", get(notice::back).post(notice::submit))
}

async fn show(signed_in: SignedIn, Path(id): Path<String>) -> Answer {
    page(&signed_in, &id).await
}

async fn submit(State(web): State<Web>, parts: Parts, Path(id): Path<String>) -> Answer {
    let called = call(&web, &parts, refresh_payment(RefreshForm { payment_id: id.clone() })).await?;
    called.or_page(&web, parts, async |signed_in: SignedIn, _| page(&signed_in, &id).await).await
}

async fn page(signed_in: &SignedIn, id: &str) -> Answer {
    let screen = Screen::load(signed_in, id).await?;
    let mut page = signed_in.page("Платёж").under("/accounts");
    if !screen.payment.state.is_final()
        && let Some(seconds) = refresh_seconds(signed_in.services().now().since(screen.payment.created_at))
    {
        page = page.refresh(seconds);
    }
    page.show(move || view(&screen)).await
}

/// Seconds until the page of a waiting payment of this age reloads itself.
fn refresh_seconds(age: Span) -> Option<u32> {
    REFRESHES.into_iter().find(|(until, _)| age < *until).map(|(_, seconds)| seconds)
}

/// The data of the page.
struct Screen {
    payment: Payment,
    /// The provider and the account's number: an unlinked account keeps them here.
    payee: String,
    /// The page of the account; an account unlinked since then has none.
    account_page: Option<String>,
    /// The user's other accounts with a sum due, after this payment was accepted.
    others_due: usize,
    /// Where the fiscal receipt goes.
    login_masked: String,
    offset_hours: i8,
}

impl Screen {
    async fn load(signed_in: &SignedIn, id: &str) -> Result<Self, Failure> {
        let services = signed_in.services();
        let own_payment = with_payee(services, refreshed(signed_in, id).await?).await?;
        let OwnPayment { payment, number, provider } = own_payment;
        let linked = OwnAccess::find(services, signed_in.id(), &payment.account_id).await?;
        let is_paid = payment.state.is_paid();
        let others_due = if is_paid { others_due(services, signed_in.id(), &payment.account_id).await? } else { 0 };
        Ok(Self {
            payment,
            payee: number.with_provider(&provider),
            account_page: linked.map(|own| format!("/accounts/{}", own.id())),
            others_due,
            login_masked: signed_in.user.login.masked(),
            offset_hours: services.settings().utc_offset_hours,
        })
    }

    /// The page that pays the same sum again.
    fn again(&self) -> Option<String> {
        self.account_page.as_ref().map(|page| format!("{page}/pay?again_of={}", self.payment.id))
    }

    /// The title, the sum, and the account that it is for.
    fn head(&self, title: &'static str) -> impl IntoView + use<> {
        view! {
            <h1>{title}</h1>
            <p class="balance-sum"><MoneyText sum=self.payment.amount/></p>
            <p class="account-provider">{self.payee.clone()}</p>
        }
    }

    fn begun(&self) -> impl IntoView + use<> {
        view! { <p class="muted">"Начат " <MomentText at=self.payment.created_at offset_hours=self.offset_hours/></p> }
    }

    fn account_link(&self, kind: ButtonKind) -> Option<impl IntoView + use<>> {
        let href = self.account_page.clone()?;
        Some(view! { <LinkButton href kind>"К лицевому счёту"</LinkButton> })
    }
}

fn view(screen: &Screen) -> impl IntoView + use<> {
    let body = match screen.payment.state {
        PaymentState::Created | PaymentState::Pending => waiting_view(screen).into_any(),
        PaymentState::Succeeded | PaymentState::Credited => paid::view(screen).into_any(),
        PaymentState::Canceled => canceled_view(screen).into_any(),
    };
    view! { <div class="narrow">{body}</div> }
}

fn waiting_view(screen: &Screen) -> impl IntoView + use<> {
    let payment = &screen.payment;
    let id = payment.id.to_string();
    let card = payment.confirmation_url.clone().filter(|url| !url.is_empty()).map(|url| {
        view! { <p><LinkButton href=url kind=ButtonKind::Primary>"Перейти к оплате картой"</LinkButton></p> }
    });
    view! {
        {screen.head("Платёж ожидает оплаты")}
        {screen.begun()}
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

/// A refusal is a warning only if the payer has to correct something, and never an error.
fn canceled_view(screen: &Screen) -> impl IntoView + use<> {
    let reason = screen.payment.cancel_reason.map(|reason| {
        let kind = if reason.needs_correction() { NoticeKind::Warning } else { NoticeKind::Info };
        view! { <Notice kind title="Деньги не списаны"><p>{reason.words()}</p></Notice> }
    });
    let again = screen.again().map(|href| {
        view! { <LinkButton href kind=ButtonKind::Primary>"Попробовать ещё раз"</LinkButton> }
    });
    view! {
        {screen.head("Платёж не прошёл")}
        {screen.begun()}
        {reason}
        <div class="actions">{again} {screen.account_link(ButtonKind::Secondary)}</div>
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
