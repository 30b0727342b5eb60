//! `/help`: how to do each thing, in steps (M1–M11), contacts, and a search that needs no JavaScript. `/consent`: the
//! text that a registration agrees to. Both are open to guests; their texts come from `texts/help.toml` and
//! `texts/consent.md`, or from the supplier's files.

use axum::Router;
use axum::extract::Query;
use axum::routing::get;
use leptos::prelude::*;
use serde::Deserialize;

use super::marked::{block, line};
use crate::components::{ButtonKind, Card, EmptyState, LinkButton, SubmitButton, TextField};
use crate::config::texts::{Consent, Help, HelpTopic};
use crate::domain::calendar::show_date;
use crate::domain::hint::{HintText, Hints};
use crate::domain::login::show_phone;
use crate::domain::markdown::Inline;
use crate::domain::provider::Provider;
use crate::domain::search::{MAX_QUERY, Search};
use crate::http::Web;
use crate::http::answer::{Answer, Failure};
use crate::http::session::Visit;
use crate::service::access::OwnAccess;

/// The address of the help.
const ADDRESS: &str = "/help";
/// The anchor and the title of the glossary.
const WORDS: &str = "words";
const WORDS_TITLE: &str = "Что значат слова";

/// The routes of this screen.
pub fn router() -> Router<Web> {
    Router::new().route(ADDRESS, get(show)).route("/consent", get(show_consent))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    /// The words to search for, as typed.
    q: String,
}

async fn show(visit: Visit, Query(asked): Query<Asked>) -> Answer {
    let contacts = Contacts { support: visit.web.site.support_email.clone(), providers: own_providers(&visit).await? };
    let (texts, hints) = (visit.web.site.texts.clone(), visit.web.site.hints.clone());
    visit.page("Помощь").under(ADDRESS).show(move || view(contacts, &texts.help, &hints, &asked.q)).await
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

fn view(contacts: Contacts, help: &Help, hints: &Hints, typed: &str) -> impl IntoView + use<> {
    let body = match Search::parse(typed) {
        Some(search) => results(contacts, help, hints, &search).into_any(),
        None => whole(contacts, help, hints).into_any(),
    };
    view! {
        <h1>"Помощь"</h1>
        <form method="get" action=ADDRESS role="search">
            <TextField id="q" label="Поиск по справке" value=cut(typed) input_type="search" maxlength=MAX_QUERY
                hint="Например, «пароль» или «квитанция»." autocomplete="off"/>
            <SubmitButton kind=ButtonKind::Secondary>"Найти"</SubmitButton>
        </form>
        {body}
    }
}

/// The typed words as far as they are searched for.
fn cut(typed: &str) -> String {
    typed.chars().take(MAX_QUERY.into()).collect()
}

/// The whole help: the contacts, the contents, and every topic folded.
fn whole(contacts: Contacts, help: &Help, hints: &Hints) -> impl IntoView + use<> {
    let link = |id: &str, title: &str| view! { <li><a href=format!("#{id}")>{title.to_owned()}</a></li> };
    let topics = help.topics.iter().map(|topic| link(&topic.id, &topic.title));
    let contents = topics.chain([link(WORDS, WORDS_TITLE)]).collect_view();
    view! {
        {contacts_card(contacts, &help.emergency)}
        <Card title="Как это сделать">
            <ol>{contents}</ol>
        </Card>
        {help.topics.iter().map(|topic| topic_view(topic, false)).collect_view()}
        {glossary(hints.iter(), false)}
    }
}

/// What the search finds, unfolded; the contacts are below, for a person who did not find the answer.
fn results(contacts: Contacts, help: &Help, hints: &Hints, search: &Search) -> impl IntoView + use<> {
    let topics: Vec<&HelpTopic> = help.topics.iter().filter(|topic| search.fits(texts_of(topic))).collect();
    let words: Vec<&HintText> =
        hints.iter().filter(|hint| search.fits([hint.about.as_str(), hint.text.as_str()])).collect();
    let found = topics.len() + words.len();
    let told = if found == 0 {
        view! {
            <EmptyState title="Ничего не нашлось">
                <p>"Напишите то же другими словами или спросите нас: ответим."</p>
            </EmptyState>
        }
        .into_any()
    } else {
        view! { <p role="status">{format!("Нашлось ответов: {found}")}</p> }.into_any()
    };
    let words = (!words.is_empty()).then(|| glossary(words.into_iter(), true));
    view! {
        {told}
        {topics.into_iter().map(|topic| topic_view(topic, true)).collect_view()}
        {words}
        <p><a href=ADDRESS>"Вся справка"</a></p>
        {contacts_card(contacts, &help.emergency)}
    }
}

/// The title and the steps of a topic, without marks.
fn texts_of(topic: &HelpTopic) -> impl Iterator<Item = &str> {
    let steps = topic.steps.iter().flatten().map(|piece| match piece {
        Inline::Text(text) | Inline::Strong(text) | Inline::Link { text, .. } => text.as_str(),
    });
    std::iter::once(topic.title.as_str()).chain(steps)
}

fn topic_view(topic: &HelpTopic, open: bool) -> impl IntoView + use<> {
    let steps = topic.steps.iter().map(|step| view! { <li>{line(step)}</li> }).collect_view();
    folded(topic.id.clone(), topic.title.clone(), open, view! { <ol>{steps}</ol> })
}

/// A heading that unfolds its text. The anchor is inside, because a browser unfolds what a link leads into.
fn folded(id: String, title: String, open: bool, body: impl IntoView) -> impl IntoView {
    view! {
        <details class="help-topic" open=open>
            <summary><h2>{title}</h2></summary>
            <div id=id>{body}</div>
        </details>
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
fn glossary<'a>(hints: impl Iterator<Item = &'a HintText>, open: bool) -> AnyView {
    let entry = |HintText { about, text }: &HintText| {
        view! { <div><dt>{capitalised(about)}</dt><dd>{text.clone()}</dd></div> }
    };
    let entries = hints.map(entry).collect_view();
    folded(WORDS.to_owned(), WORDS_TITLE.to_owned(), open, view! { <dl class="glossary">{entries}</dl> }).into_any()
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
