//! The notice of a payment under way, with the ways to continue it and to hide the notice.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::response::Redirect;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::page;
use crate::api::call::call;
use crate::api::payments::{HideForm, HidePayment, NoticePlace, hide_payment};
use crate::components::{ButtonKind, ErrorSummary, LinkButton, MomentText, Notice, NoticeKind, SubmitButton};
use crate::domain::payment::Payment;
use crate::http::Web;
use crate::http::answer::Answer;
use crate::http::session::SignedIn;
use crate::islands::ServerForm;

/// Hides the notice.
pub(super) async fn submit(
    State(web): State<Web>,
    parts: Parts,
    Path(id): Path<String>,
    Form(form): Form<HideForm>,
) -> Answer {
    let form = HideForm { payment_id: id.clone(), ..form };
    let called = call(&web, &parts, hide_payment(form)).await?;
    called.or_page(&web, parts, async |signed_in: SignedIn, _| page(&signed_in, &id).await).await
}

/// A GET of the form redirects to the page of the payment.
pub(super) async fn back(Path(id): Path<String>) -> Redirect {
    Redirect::to(&format!("/payments/{id}"))
}

/// A payment that waits for the payer or for the bank. `account` names its account where the page shows several; after
/// the notice is hidden, the user returns to `place`.
///
/// It continues on the payment's own page, which asks the acquirer for the state before it offers the card page.
pub fn open_payment_notice(
    payment: &Payment,
    account: Option<String>,
    place: NoticePlace,
    offset_hours: i8,
) -> impl IntoView + use<> {
    let (id, amount, begun) = (payment.id.to_string(), payment.amount, payment.created_at);
    let account = account.map(|account| view! { <p class="long-text">{account}</p> });
    let page = format!("/payments/{id}");
    view! {
        <Notice kind=NoticeKind::Info title=format!("Незаконченный платёж на {amount}")>
            {account}
            <p>
                "Начат " <MomentText at=begun offset_hours/>
                ". Если вы уже заплатили, второй раз не надо: мы ждём ответа банка."
            </p>
            <div class="actions">
                <LinkButton
                    href=page.clone()
                    kind=ButtonKind::Secondary
                    aria_label=format!("Продолжить платёж на {amount}")
                >
                    "Продолжить"
                </LinkButton>
                <ServerForm function=HidePayment::PATH.to_owned() action=format!("{page}/hide")>
                    <ErrorSummary errors=Vec::new()/>
                    <input type="hidden" name="payment_id" value=id/>
                    <input type="hidden" name="place" value=place.as_str()/>
                    <SubmitButton
                        kind=ButtonKind::Quiet
                        busy="Скрываем…"
                        aria_label=format!("Скрыть сообщение о платеже на {amount}")
                    >
                        "Скрыть"
                    </SubmitButton>
                </ServerForm>
            </div>
        </Notice>
    }
}
