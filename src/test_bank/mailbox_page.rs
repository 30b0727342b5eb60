//! The pages of the demo mailbox: the list and one message.

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use leptos::prelude::*;
use url::Url;

use super::mailbox::{Mailbox, NOTICES_PATH, PATH};
use crate::components::{Column, DataTable, EmptyState, MomentText, Notice};
use crate::domain::login::show_phone;
use crate::http::answer::shell;
use crate::http::headers::Nonce;
use crate::storage::StorageError;
use crate::storage::demo_mailbox::{DemoChannel, DemoMessage, find, html_of, newest};

/// Characters of an SMS shown in the list in place of a subject.
const PREVIEW: usize = 60;
/// A letter as in a mail program: its styles are in its tags, and nothing else is loaded or run.
const LETTER_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'";
/// The list's title.
const TITLE: &str = "Почта демо-режима";

/// The list, newest first.
pub(super) async fn list(State(mailbox): State<Mailbox>, nonce: Option<Extension<Nonce>>) -> Response {
    match messages(&mailbox).await {
        Ok(messages) => answer(StatusCode::OK, TITLE, nonce, message_list(&mailbox, messages).into_any()),
        Err(error) => failure(&error, nonce),
    }
}

/// One message.
pub(super) async fn open(
    State(mailbox): State<Mailbox>,
    Path(id): Path<String>,
    nonce: Option<Extension<Nonce>>,
) -> Response {
    match message(&mailbox, &id).await {
        Ok(Some(message)) => {
            let title = title_of(&message);
            answer(StatusCode::OK, &title, nonce, opened(&mailbox, &message).into_any())
        }
        Ok(None) => no_letter(nonce),
        Err(error) => failure(&error, nonce),
    }
}

/// The HTML of a letter.
pub(super) async fn as_in_mail(
    State(mailbox): State<Mailbox>,
    Path(id): Path<String>,
    nonce: Option<Extension<Nonce>>,
) -> Response {
    match html(&mailbox, &id).await {
        Ok(Some(html)) => letter(html),
        Ok(None) => no_letter(nonce),
        Err(error) => failure(&error, nonce),
    }
}

/// A page that is a letter in HTML.
pub(super) fn letter(html: String) -> Response {
    ([(header::CONTENT_SECURITY_POLICY, LETTER_POLICY)], Html(html)).into_response()
}

/// The page where there is no such message.
pub(super) fn no_letter(nonce: Option<Extension<Nonce>>) -> Response {
    let title = "Такого сообщения нет";
    answer(StatusCode::NOT_FOUND, title, nonce, view! { <h1>{title}</h1> {back()} }.into_any())
}

async fn html(mailbox: &Mailbox, id: &str) -> Result<Option<String>, StorageError> {
    html_of(&mut *mailbox.db.read().await?, id).await
}

pub(super) async fn messages(mailbox: &Mailbox) -> Result<Vec<DemoMessage>, StorageError> {
    newest(&mut *mailbox.db.read().await?, None).await
}

async fn message(mailbox: &Mailbox, id: &str) -> Result<Option<DemoMessage>, StorageError> {
    find(&mut *mailbox.db.read().await?, id).await
}

pub(super) fn failure(error: &StorageError, nonce: Option<Extension<Nonce>>) -> Response {
    tracing::error!(error = error as &dyn std::error::Error, "the demo mailbox cannot be read");
    let title = "Почта не открылась";
    let body = view! { <h1>{title}</h1> <p>"Обновите страницу через минуту. Сообщения не потеряны."</p> };
    answer(StatusCode::INTERNAL_SERVER_ERROR, title, nonce, body.into_any())
}

pub(super) fn answer(status: StatusCode, title: &str, nonce: Option<Extension<Nonce>>, body: AnyView) -> Response {
    let nonce = nonce.map_or_else(|| Nonce(String::new()), |Extension(nonce)| nonce);
    let html = shell(title.to_owned(), &nonce, body);
    (status, [(header::CACHE_CONTROL, "no-store")], Html(html)).into_response()
}

fn message_list(mailbox: &Mailbox, messages: Vec<DemoMessage>) -> impl IntoView + use<> {
    let offset = mailbox.offset_hours;
    view! {
        <h1>{TITLE}</h1>
        {hint()}
        <p><a href=PATH>"Обновить"</a></p>
        <p><a href=NOTICES_PATH>"Как выглядят уведомления"</a></p>
        {if messages.is_empty() {
            view! {
                <EmptyState title="Писем и SMS пока нет">
                    <p>"Они появятся здесь, когда портал что-нибудь отправит."</p>
                </EmptyState>
            }
            .into_any()
        } else {
            table(messages, offset).into_any()
        }}
    }
}

fn table(messages: Vec<DemoMessage>, offset: i8) -> impl IntoView {
    let rows = messages.into_iter().map(move |message| {
        let address = format!("{PATH}/{}", message.id);
        view! {
            <tr>
                <th scope="row"><a href=address>{title_of(&message)}</a></th>
                <td data-label="Вид">{channel(message.channel)}</td>
                <td data-label="Кому">{recipient(&message)}</td>
                <td data-label="Получено"><MomentText at=message.received_at offset_hours=offset/></td>
            </tr>
        }
    });
    view! {
        <DataTable caption="Письма и SMS, новые сверху" head=vec![Column::Text("Тема"), Column::Text("Вид"), Column::Text("Кому"), Column::Text("Получено")]>
            {rows.collect_view()}
        </DataTable>
    }
}

fn opened(mailbox: &Mailbox, message: &DemoMessage) -> impl IntoView + use<> {
    let (channel, recipient) = (channel(message.channel), recipient(message));
    let (received_at, offset_hours) = (message.received_at, mailbox.offset_hours);
    let text = paragraphs(&message.body, &mailbox.public_url);
    let attachment = message.attachment.clone().map(|name| view! { <p>"Вложение: " {name}</p> });
    let as_in_mail = message.has_html.then(|| {
        let address = format!("{PATH}/{}/html", message.id);
        view! { <p><a href=address>"Показать как в почте"</a></p> }
    });
    view! {
        <h1>{title_of(message)}</h1>
        {hint()}
        <p>{channel} ". Кому: " {recipient} ". Получено " <MomentText at=received_at offset_hours/> "."</p>
        {attachment}
        <article class="card">{text}</article>
        {as_in_mail}
        {back()}
    }
}

fn hint() -> impl IntoView {
    view! {
        <Notice title="Только в демо-режиме">
            "Здесь письма и SMS, которые портал отправил бы людям."
        </Notice>
    }
}

pub(super) fn back() -> impl IntoView {
    view! { <p><a href=PATH>"Ко всем сообщениям"</a></p> }
}

pub(super) fn channel(channel: DemoChannel) -> impl IntoView {
    let (icon, word) = match channel {
        DemoChannel::Letter => ("✉", "Письмо"),
        DemoChannel::Sms => ("☎", "SMS"),
    };
    view! { <span><span aria-hidden="true">{icon}</span> " " {word}</span> }
}

pub(super) fn recipient(message: &DemoMessage) -> String {
    match message.channel {
        DemoChannel::Letter => message.recipient.clone(),
        DemoChannel::Sms => show_phone(&message.recipient),
    }
}

/// The subject, or the beginning of an SMS.
pub(super) fn title_of(message: &DemoMessage) -> String {
    let line = message.body.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    match message.subject.trim() {
        "" if line.is_empty() => "Без темы".to_owned(),
        "" if line.chars().count() > PREVIEW => line.chars().take(PREVIEW).chain(['…']).collect(),
        "" => line.to_owned(),
        subject => subject.to_owned(),
    }
}

/// Splits paragraphs at empty lines; keeps single line breaks.
pub(super) fn paragraphs(body: &str, public_url: &str) -> impl IntoView + use<> {
    let body = body.replace("\r\n", "\n");
    let paragraphs = body.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty());
    paragraphs.map(|paragraph| view! { <p>{lines(paragraph, public_url)}</p> }).collect_view()
}

fn lines(paragraph: &str, public_url: &str) -> impl IntoView + use<> {
    let lines = paragraph.trim_matches('\n').lines().enumerate();
    lines
        .map(|(number, line)| {
            let pieces = pieces(line, public_url).into_iter().map(|piece| match piece {
                Piece::Text(text) => text.into_any(),
                Piece::Link(address) => view! { <a href=address.clone()>{address.clone()}</a> }.into_any(),
            });
            view! { {(number > 0).then(|| view! { <br/> })} {pieces.collect_view()} }
        })
        .collect_view()
}

#[derive(Debug, Eq, PartialEq)]
enum Piece {
    Text(String),
    Link(String),
}

/// Splits a line into text and links to this site; other addresses stay text.
fn pieces(line: &str, public_url: &str) -> Vec<Piece> {
    let home = Url::parse(public_url).ok();
    let mut pieces = Vec::new();
    let mut text = String::new();
    for (index, word) in line.split(' ').enumerate() {
        if index > 0 {
            text.push(' ');
        }
        let (before, address, after) = trim_marks(word);
        if is_link_home(address, home.as_ref()) {
            text.push_str(before);
            pieces.push(Piece::Text(std::mem::take(&mut text)));
            pieces.push(Piece::Link(address.to_owned()));
            text.push_str(after);
        } else {
            text.push_str(word);
        }
    }
    pieces.push(Piece::Text(text));
    pieces.retain(|piece| *piece != Piece::Text(String::new()));
    pieces
}

/// Splits off the punctuation around an address in a sentence.
fn trim_marks(word: &str) -> (&str, &str, &str) {
    let marks = ['.', ',', ';', ':', '!', '?', '(', ')', '«', '»', '"', '\'', '<', '>'];
    let tail = word.trim_start_matches(marks);
    let address = tail.trim_end_matches(marks);
    (&word[..word.len() - tail.len()], address, &tail[address.len()..])
}

fn is_link_home(text: &str, home: Option<&Url>) -> bool {
    let web = text.starts_with("https://") || text.starts_with("http://");
    let (Some(home), Ok(url)) = (home, Url::parse(text)) else { return false };
    web && url.origin() == home.origin() && url.username().is_empty() && url.password().is_none()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOME: &str = "http://127.0.0.1:3000";

    fn text(text: &str) -> Piece {
        Piece::Text(text.into())
    }

    fn link(address: &str) -> Piece {
        Piece::Link(address.into())
    }

    #[test]
    fn links_to_this_site_can_be_followed_and_others_cannot() {
        let found = pieces("Откройте http://127.0.0.1:3000/confirm/abc-_. Спасибо", HOME);
        assert_eq!(found, [text("Откройте "), link("http://127.0.0.1:3000/confirm/abc-_"), text(". Спасибо")]);
        for line in [
            "https://elsewhere.example/",
            "http://127.0.0.1:3001/",
            "http://127.0.0.1:3000@elsewhere.example/",
            "http://user:secret@127.0.0.1:3000/",
            "javascript:alert(1)",
            "//127.0.0.1:3000/",
            "Код 123456",
        ] {
            assert_eq!(pieces(line, HOME), [text(line)], "{line}");
        }
    }

    #[test]
    fn what_a_message_says_is_escaped() {
        let html = paragraphs("<script>alert(1)</script>\nи\n\nвсё <b>", HOME).to_html();
        assert!(!html.contains("<script>") && !html.contains("<b>"), "{html}");
        assert_eq!(html.matches("<p>").count(), 2, "{html}");
        assert_eq!(html.matches("<br>").count(), 1, "{html}");
    }

    proptest! {
        #[test]
        fn nothing_of_a_line_is_lost(line in "[a-zа-я:/. «»@0-9<>-]{0,60}|(http://127\\.0\\.0\\.1:3000/[a-z]{0,5}[ .,]{0,2}){0,4}") {
            let joined: String = pieces(&line, HOME).into_iter().map(|piece| match piece {
                Piece::Text(text) | Piece::Link(text) => text,
            }).collect();
            prop_assert_eq!(joined, line);
        }
    }
}
