//! `/help`: how to do each thing, in steps (M1–M11), and contacts. `/consent`: the text that a registration agrees to.
//! Both are open to guests; their texts come from `texts/help.toml` and `texts/consent.md`, or from the supplier's files.

use axum::Router;
use axum::routing::get;
use leptos::prelude::*;

use crate::components::{Card, LinkButton, Notice, NoticeKind};
use crate::config::texts::markdown::{Block, Inline};
use crate::config::texts::{Consent, Help, HelpTopic};
use crate::domain::calendar::show_date;
use crate::domain::hint::{HintText, Hints};
use crate::domain::login::show_phone;
use crate::domain::provider::Provider;
use crate::http::Web;
use crate::http::answer::{Answer, Failure};
use crate::http::session::Visit;
use crate::service::access::OwnAccess;

/// The routes of this screen.
pub fn router() -> Router<Web> {
    Router::new().route("/help", get(show)).route("/consent", get(show_consent))
}

async fn show(visit: Visit) -> Answer {
    let contacts = Contacts { support: visit.web.site.support_email.clone(), providers: own_providers(&visit).await? };
    let (texts, hints) = (visit.web.site.texts.clone(), visit.web.site.hints.clone());
    visit.page("Помощь").under("/help").show(move || view(contacts, &texts.help, &hints)).await
}

/// The contacts.
struct Contacts {
    support: String,
    /// Providers of the accounts that the user has linked; empty for a guest.
    providers: Vec<Provider>,
}

async fn own_providers(visit: &Visit) -> Result<Vec<Provider>, Failure> {
    let Some(user) = &visit.user else { return Ok(Vec::new()) };
    let mut providers = Vec::new();
    for own in OwnAccess::all(visit.services(), &user.id).await? {
        let provider = &own.linked().provider;
        if !providers.contains(provider) {
            providers.push(provider.clone());
        }
    }
    Ok(providers)
}

fn view(contacts: Contacts, help: &Help, hints: &Hints) -> impl IntoView + use<> {
    let contents = help.topics.iter().map(|topic| {
        let address = format!("#{}", topic.id);
        view! { <li><a href=address>{topic.title.clone()}</a></li> }
    });
    let contents = contents.collect_view();
    view! {
        <h1>"Помощь"</h1>
        {contacts_card(contacts, &help.emergency)}
        <Card title="Как это сделать">
            <ol>{contents}</ol>
        </Card>
        {help.topics.iter().map(topic_view).collect_view()}
        {glossary(hints)}
    }
}

fn topic_view(topic: &HelpTopic) -> impl IntoView + use<> {
    let heading = format!("{}-title", topic.id);
    let heading_id = heading.clone();
    view! {
        <section class="help-topic" id=topic.id.clone() aria-labelledby=heading>
            <h2 id=heading_id>{topic.title.clone()}</h2>
            <ol>{topic.steps.iter().map(|step| view! { <li>{line(step)}</li> }).collect_view()}</ol>
        </section>
    }
}

fn contacts_card(contacts: Contacts, emergency: &[Inline]) -> impl IntoView + use<> {
    let mail = format!("mailto:{}", contacts.support);
    let emergency = (!emergency.is_empty()).then(|| view! { <p>{line(emergency)}</p> });
    view! {
        <Card title="Куда обратиться">
            <p><LinkButton href="/feedback">"Написать обращение"</LinkButton></p>
            <p class="long-text">"Служба поддержки личного кабинета: " <a href=mail>{contacts.support}</a></p>
            {contacts.providers.into_iter().map(provider_contacts).collect_view()}
            {emergency}
        </Card>
    }
}

fn provider_contacts(provider: Provider) -> impl IntoView {
    let phone = provider.support_phone.map(|phone| {
        let digits: String = phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
        view! { <a href=format!("tel:{digits}")>{show_phone(&phone)}</a> }
    });
    let mail = provider.support_email.map(|mail| view! { <a href=format!("mailto:{mail}")>{mail.clone()}</a> });
    if phone.is_none() && mail.is_none() {
        return None;
    }
    let comma = (phone.is_some() && mail.is_some()).then_some(", ");
    Some(view! { <p class="long-text">{provider.name} ": " {phone} {comma} {mail}</p> })
}

/// The glossary: the same texts as the hints of the fields.
fn glossary(hints: &Hints) -> impl IntoView + use<> {
    let entry = |HintText { about, text }: &HintText| {
        view! { <div><dt>{capitalised(about)}</dt><dd>{text.clone()}</dd></div> }
    };
    view! {
        <section class="help-topic" id="words" aria-labelledby="words-title">
            <h2 id="words-title">"Что значат слова"</h2>
            <dl class="glossary">{hints.iter().map(entry).collect_view()}</dl>
        </section>
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

async fn show_consent(visit: Visit) -> Answer {
    let texts = visit.web.site.texts.clone();
    let title = texts.consent.document.title.clone();
    visit.page(&title).show(move || consent_view(&texts.consent)).await
}

fn consent_view(consent: &Consent) -> impl IntoView + use<> {
    view! {
        <h1>{consent.document.title.clone()}</h1>
        <p class="muted">{format!("Редакция от {}", show_date(consent.version))}</p>
        {consent.document.blocks.iter().map(block).collect_view()}
    }
}

fn block(block: &Block) -> AnyView {
    match block {
        Block::Heading(text) => view! { <h2>{text.clone()}</h2> }.into_any(),
        Block::Paragraph(pieces) => {
            let has_link = pieces.iter().any(|piece| matches!(piece, Inline::Link { .. }));
            view! { <p class=has_link.then_some("long-text")>{line(pieces)}</p> }.into_any()
        }
        Block::List { numbered, items } => {
            let items = items.iter().map(|item| view! { <li>{line(item)}</li> }).collect_view();
            if *numbered { view! { <ol>{items}</ol> }.into_any() } else { view! { <ul>{items}</ul> }.into_any() }
        }
        Block::Notice { title, text } => {
            let text = line(text);
            view! { <Notice kind=NoticeKind::Warning title=title.clone()><p>{text}</p></Notice> }.into_any()
        }
    }
}

/// The inline parts of a line of a text.
fn line(pieces: &[Inline]) -> Vec<AnyView> {
    let piece = |piece: &Inline| match piece {
        Inline::Text(text) => text.clone().into_any(),
        Inline::Strong(text) => view! { <strong>{text.clone()}</strong> }.into_any(),
        Inline::Link { text, address } => view! { <a href=address.clone()>{text.clone()}</a> }.into_any(),
    };
    pieces.iter().map(piece).collect()
}
