//! The mailbox beside a page of the demo: its newest messages as a list, and the script and the style that show it.

use axum::Extension;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{Html, IntoResponse, Response};
use leptos::prelude::*;

use super::mailbox::{Mailbox, PATH};
use super::mailbox_page::{channel, failure, messages, paragraphs, recipient, title_of};
use crate::components::MomentText;
use crate::http::headers::Nonce;
use crate::http::shell::without_marks;
use crate::storage::demo_mailbox::{DemoChannel, DemoMessage};

/// Messages beside a page: older ones are in the whole mailbox.
const MAX_BESIDE: usize = 10;
/// The files change with a release only, and their addresses have no version: ten minutes are a short delay.
const CACHING: &str = "public, max-age=600";

/// The newest messages with their texts, newest first: a part of a page, which the script puts into its place.
pub(super) async fn list(State(mailbox): State<Mailbox>, nonce: Option<Extension<Nonce>>) -> Response {
    match messages(&mailbox).await {
        Ok(messages) => {
            let items = messages.iter().take(MAX_BESIDE).map(|message| item(&mailbox, message)).collect_view();
            Html(without_marks(&view! { <ol>{items}</ol> }.to_html())).into_response()
        }
        Err(error) => failure(&error, nonce),
    }
}

/// The script, loaded by every page of the demo.
pub(super) async fn script() -> impl IntoResponse {
    file("text/javascript; charset=utf-8", include_str!("mailbox.js"))
}

/// The style.
pub(super) async fn style() -> impl IntoResponse {
    file("text/css; charset=utf-8", include_str!("mailbox.css"))
}

fn file(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, CACHING)], text)
}

/// The identifier lets the script tell a new message from one that is already on the page.
fn item(mailbox: &Mailbox, message: &DemoMessage) -> impl IntoView + use<> {
    let (received_at, offset_hours) = (message.received_at, mailbox.offset_hours);
    let subject = (message.channel == DemoChannel::Letter).then(|| {
        let address = format!("{PATH}/{}", message.id);
        view! { <p><a href=address target="mailbox">{title_of(message)}</a></p> }
    });
    view! {
        <li id=format!("message-{}", message.id)>
            <p class="mailbox-to">
                {channel(message.channel)} " для " {recipient(message)} ", "
                <MomentText at=received_at offset_hours/>
            </p>
            {subject}
            {paragraphs(&message.body, &mailbox.public_url)}
        </li>
    }
}
