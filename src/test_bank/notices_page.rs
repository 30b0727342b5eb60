//! The page of made-up notices: what each kind says in the portal, by SMS and in a letter.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use leptos::prelude::*;

use super::mailbox::{Mailbox, NOTICES_PATH};
use super::mailbox_page::{answer, back, letter, no_letter, paragraphs};
use crate::domain::in_words::noun_after;
use crate::domain::notice_preview::{NoticePreview, sms_parts};
use crate::http::headers::Nonce;

/// The page's title.
const TITLE: &str = "Как выглядят уведомления";

/// All kinds, in the order of the settings page.
pub(super) async fn list(State(mailbox): State<Mailbox>, nonce: Option<Extension<Nonce>>) -> Response {
    let notices = mailbox.notices.iter().map(|preview| notice(preview, &mailbox.public_url)).collect_view();
    let body = view! {
        <h1>{TITLE}</h1>
        <p>"Значения выдуманы. Тексты можно заменить своими."</p>
        {notices}
        {back()}
    };
    answer(StatusCode::OK, TITLE, nonce, body.into_any())
}

/// The letter of a kind as HTML.
pub(super) async fn as_in_mail(
    State(mailbox): State<Mailbox>,
    Path(kind): Path<String>,
    nonce: Option<Extension<Nonce>>,
) -> Response {
    match mailbox.notices.iter().find(|preview| preview.kind.as_str() == kind) {
        Some(preview) => letter(preview.html.clone()),
        None => no_letter(nonce),
    }
}

fn notice(preview: &NoticePreview, public_url: &str) -> impl IntoView + use<> {
    let kind = preview.kind;
    let heading = format!("notice-{}", kind.as_str());
    let written = preview.written.clone();
    let parts = sms_parts(&written.sms);
    let in_parts = format!("{parts} {}", noun_after(parts as u64, ["часть", "части", "частей"]));
    let as_in_mail = format!("{NOTICES_PATH}/{}/html", kind.as_str());
    view! {
        <section aria-labelledby=heading>
            <h2 id=heading.clone()>{kind.title()}</h2>
            <h3>"В кабинете"</h3>
            <article class="card">
                <p><strong>{written.subject}</strong></p>
                {paragraphs(&written.portal, public_url)}
            </article>
            <h3>"SMS, " {in_parts}</h3>
            <article class="card">{paragraphs(&written.sms, public_url)}</article>
            <h3>"Письмо"</h3>
            <article class="card">{paragraphs(&preview.plain, public_url)}</article>
            <p><a href=as_in_mail>"Показать как в почте"<span class="visually-hidden">": " {kind.title()}</span></a></p>
        </section>
    }
}
