//! The shell around every page: head, navigation, flash message, footer, and the scripts that hydrate the islands.
//!
//! A handler loads all data first and then calls [`render`], which is synchronous. No inline style, and a nonce on
//! every script, as the content security policy requires.

use std::sync::Arc;

use hydration_context::SsrSharedContext;
use leptos::prelude::*;
use memchr::memmem;

use crate::components::{ButtonKind, Icon, Logo, Notice, NoticeKind, PageIds, SubmitButton, ToastPlace, WithHint};
use crate::domain::account::LinkedAccount;
use crate::domain::hint::{Hints, Topic};
use crate::domain::in_words::noun_after;
use crate::domain::session::MAX_UNREAD;
use crate::http::assets::versioned;
use crate::http::display::Display;
use crate::http::theme::{LOGO_HEIGHT, Theme};

/// The kind of visitor: decides the navigation.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Nav {
    /// Not signed in.
    Guest,
    /// A signed-in user.
    User {
        /// The login with its middle hidden.
        login_masked: String,
        /// Unread notices, counted up to one more than [`MAX_UNREAD`].
        unread: u32,
    },
    /// The operators' sign-in page: no items, since subscribers' pages do not belong there.
    ConsoleDoor,
    /// A signed-in operator.
    Operator {
        /// Their name.
        name: String,
    },
}

/// The message about the last action, stored across the redirect.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Flash {
    /// The kind of outcome.
    pub kind: NoticeKind,
    /// The text.
    pub text: String,
}

/// The user's accounts, which a view reads from its context to offer a switch between them.
#[derive(Clone)]
pub struct Switchable(pub Vec<LinkedAccount>);

/// Everything the shell needs from a page.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Frame {
    /// The page's own title.
    pub title: String,
    /// Whether its form has validation errors: the title begins with that.
    pub has_errors: bool,
    /// The kind of visitor.
    pub nav: Nav,
    /// Address of the current navigation item; empty without one.
    pub current: &'static str,
    /// The message about the last action.
    pub flash: Option<Flash>,
    /// Reloads the page after so many seconds where JavaScript is off.
    pub refresh_seconds: Option<u32>,
    /// The address of a script that only this page needs.
    pub script: Option<&'static str>,
    /// The request's nonce, added to every script.
    pub nonce: String,
    /// The display settings: classes of `<html>`.
    pub display: Display,
    /// The support's e-mail address.
    pub support_email: Option<String>,
    /// The texts of the hints, if the page has any.
    pub hints: Option<Hints>,
    /// The provider's name, logo and accent.
    pub theme: Theme,
    /// The user's accounts, for the switcher on the pages of an account.
    pub linked: Vec<LinkedAccount>,
    /// Whether this is the demo: a ribbon says so and leads to its sign-ins and its mailbox.
    pub demo: bool,
    /// The portal's own origin, for pages with a link to share: messengers need absolute addresses.
    pub shared_from: Option<String>,
}

/// The description that search engines and messengers show for a link to the portal.
const DESCRIPTION: &str = "Личный кабинет абонента: начисления, оплата картой, квитанции и показания счётчиков";
/// The colour of the header in both schemes (`--surface` of `style/tokens.css`): phones colour the browser's bar with
/// it.
const SURFACES: [(&str, &str); 2] =
    [("(prefers-color-scheme: light)", "#ffffff"), ("(prefers-color-scheme: dark)", "#151e27")];
/// The start of an island's tag: a page without it loads no WebAssembly.
const ISLAND_MARK: &str = "<leptos-island";
/// leptos' marker between texts, needed for hydration. HTML calls it a parse error that browsers recover from, so pages
/// with islands get a valid comment instead; pages without islands get none and are smaller by a twelfth.
const MARK: &str = "<!>";
const MARK_WRITTEN_OUT: &str = "<!---->";
/// Loads the WebAssembly and hydrates each island in document order; on failure the forms work without JavaScript.
const HYDRATE_ISLANDS: &str = include_str!("hydrate_islands.js");

/// Renders the whole document around a body.
pub fn render<V: IntoView + 'static>(mut frame: Frame, body: impl FnOnce() -> V) -> String {
    // An island with children reads this context to see whether they belong to another island.
    let owner = Owner::new_root(Some(Arc::new(SsrSharedContext::new_islands())));
    let html = owner.with(|| {
        provide_context(PageIds::default());
        if !frame.linked.is_empty() {
            provide_context(Switchable(std::mem::take(&mut frame.linked)));
        }
        if let Some(hints) = &frame.hints {
            provide_context(hints.clone());
        }
        let main = body().into_view().to_html();
        let islands = memmem::find(main.as_bytes(), ISLAND_MARK.as_bytes()).is_some();
        let main = if islands { with_marks(&main, MARK_WRITTEN_OUT) } else { main };
        format!("<!DOCTYPE html>{}", without_marks(&document(frame, main, islands).to_html()))
    });
    owner.unset_with_forced_cleanup();
    html
}

/// The HTML without leptos' markers: for documents without islands, with or without this shell.
pub fn without_marks(html: &str) -> String {
    with_marks(html, "")
}

/// Replaces leptos' markers. By hand: `str::replace` took 4 % of a whole answer.
fn with_marks(html: &str, mark: &str) -> String {
    let mut marked = String::with_capacity(html.len());
    let mut from = 0;
    for at in memmem::find_iter(html.as_bytes(), MARK) {
        marked.push_str(&html[from..at]);
        marked.push_str(mark);
        from = at + MARK.len();
    }
    marked.push_str(&html[from..]);
    marked
}

fn title(frame: &Frame) -> String {
    let error = if frame.has_errors { "Ошибка: " } else { "" };
    format!("{error}{} — {}", frame.title, frame.theme.name)
}

fn document(frame: Frame, main: String, has_islands: bool) -> impl IntoView {
    let islands = has_islands.then(|| hydrate_islands(&frame.nonce));
    let refresh = frame.refresh_seconds.map(|seconds| {
        view! { <noscript><meta http-equiv="refresh" content=seconds.to_string()/></noscript> }
    });
    let script = frame.script.map(|address| {
        // It shows parts of the page, so nothing is painted before it has run.
        view! { <script defer blocking="render" nonce=frame.nonce.clone() src=versioned(address)></script> }
    });
    let accent = frame.theme.style().map(|address| view! { <link rel="stylesheet" href=address.to_owned()/> });
    let manifest = frame.theme.manifest().map_or_else(|| versioned("/manifest.webmanifest"), str::to_owned);
    let icon = match frame.theme.icon() {
        Some(address) => view! { <link rel="icon" href=address.to_owned()/> }.into_any(),
        None => view! {
            <link rel="icon" href=versioned("/favicon.svg") type="image/svg+xml"/>
            <link rel="apple-touch-icon" href=versioned("/apple-touch-icon.png")/>
        }
        .into_any(),
    };
    view! {
        <html lang="ru" class=frame.display.classes()>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                // The first paint waits for the whole header: a phone's bar is at the foot and would shift as it grows.
                <link rel="expect" href="#main" blocking="render"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="format-detection" content="telephone=no"/>
                <meta name="description" content=DESCRIPTION/>
                {SURFACES.map(|(scheme, colour)| theme_colour(scheme, colour)).collect_view()}
                <title>{title(&frame)}</title>
                {frame.shared_from.as_ref().map(|origin| shared(origin, &frame))}
                <link rel="stylesheet" href=versioned("/style.css")/>
                {accent}
                {icon}
                <link rel="manifest" href=manifest/>
                <script defer nonce=frame.nonce.clone() src=versioned("/site.js")></script>
                {frame.demo.then(|| mailbox_beside(&frame.nonce))}
                {script}
                {refresh}
                {islands}
            </head>
            <body class=matches!(frame.nav, Nav::User { .. }).then_some("with-bar")>
                <a class="skip-link" href="#main">"К содержанию"</a>
                {frame.demo.then(demo_ribbon)}
                {header(&frame)}
                <main id="main" tabindex="-1">
                    {frame.flash.map(|flash| view! { <Notice kind=flash.kind announce=true>{flash.text}</Notice> })}
                    <div class="page" inner_html=main></div>
                </main>
                {footer(frame.support_email)}
                <ToastPlace/>
            </body>
        </html>
    }
}

/// The preview of a link in messengers: <https://ogp.me>. The picture bears the product's own name.
fn shared(origin: &str, frame: &Frame) -> impl IntoView + use<> {
    let picture = frame.theme.is_default().then(|| {
        let address = format!("{origin}{}", versioned("/preview.png"));
        [property("og:image", &address), property("og:image:width", "1200"), property("og:image:height", "630")]
    });
    let words = [
        property("og:type", "website"),
        property("og:locale", "ru_RU"),
        property("og:site_name", &frame.theme.name),
        property("og:title", &frame.title),
        property("og:description", DESCRIPTION),
    ];
    (words.into_iter().collect_view(), picture.map(|picture| picture.into_iter().collect_view()))
}

/// By hand: the macro has no `property` attribute for `meta`.
fn property(name: &'static str, content: &str) -> impl IntoView + use<> {
    leptos::html::meta().attr("property", name).content(content.to_owned())
}

/// By hand: the macro has no `media` attribute for `meta`.
fn theme_colour(scheme: &'static str, colour: &'static str) -> impl IntoView {
    leptos::html::meta().name("theme-color").attr("media", scheme).content(colour)
}

fn hydrate_islands(nonce: &str) -> impl IntoView + use<> {
    let (script, wasm) = (versioned("/pkg/kabinet.js"), versioned("/pkg/kabinet_bg.wasm"));
    view! {
        <script type="module" nonce=nonce.to_owned() data-script=script data-wasm=wasm inner_html=HYDRATE_ISLANDS></script>
    }
}

/// The text of a navigation item: in a menu beside the logo, and in the bar at the foot of a phone's screen, where it is
/// short and below an icon.
#[derive(Clone, Copy)]
enum Label {
    /// The same text in both places.
    Both(&'static str, Option<Icon>),
    /// Another text on a phone.
    Short(&'static str, &'static str, Icon),
    /// Only in the menu: a phone has it under «Ещё».
    Wide(&'static str),
    /// Only on a phone.
    Phone(&'static str, Icon),
}

/// An item of the navigation: its address, its text and its hint.
type Item = (&'static str, Label, Option<Topic>);
const GUEST_ITEMS: &[Item] = &[
    ("/sign-in", Label::Both("Войти", None), None),
    ("/register", Label::Both("Регистрация", None), None),
    ("/help", Label::Both("Помощь", None), Some(Topic::Help)),
];
const USER_ITEMS: &[Item] = &[
    ("/accounts", Label::Short("Лицевые счета", "Счета", Icon::Home), Some(Topic::Accounts)),
    ("/readings", Label::Both("Показания", Some(Icon::Meter)), Some(Topic::Readings)),
    ("/payments", Label::Both("Платежи", Some(Icon::Card)), Some(Topic::Payments)),
    ("/feedback", Label::Wide("Обращения"), Some(Topic::Feedback)),
    ("/settings", Label::Wide("Настройки"), Some(Topic::Settings)),
    ("/help", Label::Wide("Помощь"), Some(Topic::Help)),
    (MORE, Label::Phone("Ещё", Icon::More), None),
];
const OPERATOR_ITEMS: &[Item] = &[
    ("/console/pin-requests", Label::Both("Запросы ПИН-кода", None), None),
    ("/console/feedback", Label::Both("Обращения", None), None),
    ("/console/announcements", Label::Both("Объявления", None), None),
    ("/console/instalments", Label::Both("Рассрочки", None), None),
    ("/console/events", Label::Both("Журнал", None), None),
    ("/console/account", Label::Both("Профиль", None), None),
];
/// The page that lists the sections without a place of their own in a phone's bar.
const MORE: &str = "/more";
/// The page of the notices, which the bell leads to.
const NOTICES: &str = "/notices";

/// Whether an item leads to the current page; «Ещё» on a phone also marks the sections behind it.
fn current_mark(item: &Item, current: &str) -> Option<&'static str> {
    let (href, ..) = item;
    let is_behind_more =
        || USER_ITEMS.iter().any(|(href, label, _)| *href == current && matches!(label, Label::Wide(_)));
    if *href == current {
        return Some("page");
    }
    (*href == MORE && is_behind_more()).then_some("true")
}

fn nav_item(item: &'static Item, current: &'static str) -> impl IntoView {
    let (href, label, hint) = item;
    let (class, icon, text) = match *label {
        Label::Both(text, icon) => (None, icon, text.into_any()),
        Label::Short(text, short, icon) => {
            let both = view! { <span class="only-wide">{text}</span> <span class="only-phone">{short}</span> };
            (None, Some(icon), both.into_any())
        }
        Label::Wide(text) => (Some("only-wide"), None, text.into_any()),
        Label::Phone(text, icon) => (Some("only-phone"), Some(icon), text.into_any()),
    };
    view! {
        <li class=class>
            <WithHint topic=*hint let:described_by>
                <a href=*href aria-current=current_mark(item, current) aria-describedby=described_by>
                    {icon.map(Icon::draw)}
                    {text}
                </a>
            </WithHint>
        </li>
    }
}

fn header(frame: &Frame) -> impl IntoView + use<> {
    let (home, items, who, sign_out) = match &frame.nav {
        Nav::Guest => ("/", GUEST_ITEMS, None, None),
        Nav::ConsoleDoor => ("/console/sign-in", [].as_slice(), None, None),
        Nav::User { login_masked, .. } => ("/accounts", USER_ITEMS, Some(login_masked.clone()), Some("/sign-out")),
        Nav::Operator { name } => {
            ("/console/pin-requests", OPERATOR_ITEMS, Some(name.clone()), Some("/console/sign-out"))
        }
    };
    let logo = match frame.theme.logo() {
        Some(logo) => {
            let (address, width) = (logo.address().to_owned(), logo.width());
            view! { <img class="logo-own" src=address width=width height=LOGO_HEIGHT alt=""/> }.into_any()
        }
        None => view! { <Logo/> }.into_any(),
    };
    let current = frame.current;
    let (class, bell) = match frame.nav {
        Nav::User { unread, .. } => ("site-nav phone-bar", Some(bell(unread, current))),
        _ => ("site-nav", None),
    };
    view! {
        <header class="site-header">
            <div class="site-header-inner">
                <a class="logo" href=home>
                    {logo}
                    <span>{frame.theme.name.to_string()}</span>
                </a>
                {(!items.is_empty())
                    .then(|| {
                        view! {
                            <nav class=class aria-label="Главное меню">
                                <ul>{items.iter().map(|item| nav_item(item, current)).collect_view()}</ul>
                            </nav>
                        }
                    })}
                {sign_out.map(|action| own_corner(action, who, bell))}
            </div>
        </header>
    }
}

/// Before the first paint, so that a page beside the open mailbox does not shift. The key and the class are those of
/// `src/test_bank/mailbox.js`.
const KEEP_MAILBOX_OPEN: &str =
    r#""mailbox-open" in sessionStorage && document.documentElement.classList.add("mailbox-open")"#;

/// Served by the demo's mailbox (`src/test_bank/mailbox.js`). A phone has no room beside a page, so no page of it waits
/// for the style.
fn mailbox_beside(nonce: &str) -> impl IntoView + use<> {
    view! {
        <script nonce=nonce.to_owned() inner_html=KEEP_MAILBOX_OPEN></script>
        <link rel="stylesheet" href="/demo/mailbox.css" media="(min-width: 80rem)"/>
        <script defer nonce=nonce.to_owned() src="/demo/mailbox.js"></script>
    }
}

/// The mailbox opens beside the page, or without JavaScript and on a phone in a window of its own, so that a code can be
/// read while a page asks for it.
fn demo_ribbon() -> impl IntoView {
    view! {
        <aside class="demo-ribbon" aria-label="Демонстрация">
            <p>
                <span class="only-wide">"Демонстрация: люди и суммы выдуманы."</span>
                <a href="/sign-in"><span class="only-wide">"Войти абонентом"</span><span class="only-phone">"Абонент"</span></a>
                <a href="/console/sign-in"><span class="only-wide">"Войти оператором"</span><span class="only-phone">"Оператор"</span></a>
                <a href="/demo/mailbox" target="mailbox">"Почта и SMS"</a>
            </p>
        </aside>
    }
}

/// The person's own corner of the header: the bell, the name, the way out.
fn own_corner(sign_out: &'static str, who: Option<String>, bell: Option<impl IntoView>) -> impl IntoView {
    // A long name is truncated on the page; its title has all of it.
    let who = who.map(|who| view! { <span class="sign-out-who" title=who.clone()>{who.clone()}</span> });
    view! {
        <div class="sign-out">
            {bell}
            {who}
            <form method="post" action=sign_out>
                <SubmitButton kind=ButtonKind::Quiet>"Выйти"</SubmitButton>
            </form>
        </div>
    }
}

/// The way to the notices with the number of unread ones. The number lies on the bell, so that nothing moves when it
/// grows.
fn bell(unread: u32, current: &str) -> impl IntoView + use<> {
    let is_here = (current == NOTICES).then_some("page");
    let number = if unread > MAX_UNREAD { format!("{MAX_UNREAD}+") } else { unread.to_string() };
    let label = match unread {
        0 => "Уведомления".to_owned(),
        _ => format!("Уведомления, {number} {}", noun_after(unread.into(), ["новое", "новых", "новых"])),
    };
    view! {
        <a class="bell" href=NOTICES aria-label=label aria-current=is_here>
            {Icon::Bell.draw()}
            {(unread > 0).then(|| view! { <span>{number}</span> })}
        </a>
    }
}

fn footer(support_email: Option<String>) -> impl IntoView {
    let support = support_email.map(|email| {
        let address = format!("mailto:{email}");
        view! {
            <p>
                "Служба поддержки: " <a href=address>{email}</a>
            </p>
        }
    });
    view! {
        <footer class="site-footer">
            <div class="site-footer-inner">
                {support}
                <p><a href="/help">"Помощь"</a></p>
                <p><a href="/display">"Крупный шрифт и контраст"</a></p>
                <p><a href="/consent">"Согласие на обработку персональных данных"</a></p>
            </div>
        </footer>
    }
}
