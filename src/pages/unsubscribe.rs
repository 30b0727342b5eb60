//! `/unsubscribe/{token}`: the link of a letter that switches letters of its kind off, without signing in.

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::get;
use leptos::prelude::*;

use crate::api::notices::CHANNELS;
use crate::api::words;
use crate::components::{ButtonKind, LinkButton, SubmitButton};
use crate::domain::notice::NoticeKind;
use crate::http::Web;
use crate::http::answer::Answer;
use crate::http::session::Visit;
use crate::service::notices::unsubscribe::{UnknownLink, look_at_link, unsubscribe};
use crate::service::refused::Refused;

/// The route of this screen.
pub fn router() -> Router<Web> {
    Router::new().route("/unsubscribe/{token}", get(show).post(submit))
}

/// A GET only asks: scanners of mail open every link.
async fn show(visit: Visit, Path(token): Path<String>) -> Answer {
    match look_at_link(visit.services(), &token, &visit.visitor).await {
        Ok(kind) => visit.page("Отписка от писем").show(move || question(kind)).await,
        Err(refused) => closed(&visit, refused).await,
    }
}

/// The button of the page, and a mail program's one click, whose body says nothing more. Neither gets a redirect: mail
/// programs do not follow it (RFC 8058), and a reload that posts again changes nothing.
async fn submit(visit: Visit, Path(token): Path<String>) -> Answer {
    match unsubscribe(visit.services(), &token, &visit.visitor).await {
        Ok(kind) => visit.page("Письма отключены").show(move || done(kind)).await,
        Err(refused) => closed(&visit, refused).await,
    }
}

/// The form has no address of its own: the browser posts to the one that it shows, so the token is not in the page.
fn question(kind: NoticeKind) -> impl IntoView {
    view! {
        <div class="narrow">
            <h1>"Отписка от писем"</h1>
            <p>{format!("Больше не присылать письма «{}»?", kind.title())}</p>
            <p>"Остальные письма будут приходить как раньше."</p>
            <form method="post">
                <SubmitButton busy="Отключаем…">"Больше не присылать"</SubmitButton>
            </form>
        </div>
    }
}

fn done(kind: NoticeKind) -> impl IntoView {
    view! {
        <div class="narrow">
            <h1>"Письма отключены"</h1>
            <p>{format!("Больше не будем присылать письма «{}». Само уведомление останется в кабинете.", kind.title())}</p>
            <p>"Если передумаете, включите письма снова в настройках."</p>
            <p class="actions">
                <LinkButton href=CHANNELS kind=ButtonKind::Secondary>"Открыть настройки уведомлений"</LinkButton>
            </p>
        </div>
    }
}

/// An invalid link: why, and the next step.
async fn closed(visit: &Visit, refused: Refused<UnknownLink>) -> Answer {
    let (status, title, text) = match refused {
        Refused::Fault(fault) => return Err(fault.into()),
        Refused::TooOften(limit) => (StatusCode::TOO_MANY_REQUESTS, "Слишком много попыток", words::too_often(limit)),
        Refused::This(UnknownLink) => {
            let text =
                "Возможно, адрес скопирован из письма не целиком. Письма можно отключить и в кабинете, в настройках.";
            (StatusCode::NOT_FOUND, "Ссылка не подошла", text.to_owned())
        }
    };
    let page = visit.page(title).status(status);
    page.show(move || {
        view! {
            <div class="narrow">
                <h1>{title}</h1>
                <p>{text}</p>
                <p class="actions">
                    <LinkButton href=CHANNELS kind=ButtonKind::Secondary>"Открыть настройки уведомлений"</LinkButton>
                </p>
            </div>
        }
    })
    .await
}
