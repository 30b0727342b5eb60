//! Surfaces: a card, an empty state, a badge.

use leptos::prelude::*;

use super::illustration::Illustration;
use super::notice::NoticeKind;

/// A raised surface for one thing. With a `title` it is a region with a heading.
///
/// ```
/// # use kabinet::components::*;
/// # use leptos::prelude::*;
/// # let _ = || view! {
/// <Card title="Межрегионгаз Пермь"><p>"Лицевой счёт 59012345"</p></Card>
/// # };
/// ```
#[component]
pub fn Card(
    /// Its heading, of the second level.
    #[prop(optional, into)]
    title: Option<String>,
    /// Its content.
    children: Children,
) -> impl IntoView {
    view! {
        <section class="card">
            {title.map(|title| view! { <h2 class="card-title">{title}</h2> })}
            {children()}
        </section>
    }
}

/// Shown in place of an empty list: why it is empty, and what to do.
///
/// ```
/// # use kabinet::components::*;
/// # use leptos::prelude::*;
/// # let _ = |pay: String| view! {
/// <EmptyState title="Платежей пока нет"><LinkButton href=pay>"ОПЛАТИТЬ"</LinkButton></EmptyState>
/// # };
/// ```
#[component]
pub fn EmptyState(
    /// What is missing.
    #[prop(into)]
    title: String,
    /// Why, and what to do.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            {Illustration::Empty.draw()}
            <p class="empty-title">{title}</p>
            {children.map(|children| children())}
        </div>
    }
}

/// The meaning of a badge: the kinds of a notice, and a plain one.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum BadgeKind {
    /// The colour has no meaning.
    #[default]
    Plain,
    /// Coloured as a notice.
    Of(NoticeKind),
}

impl BadgeKind {
    /// «Принято».
    pub const SUCCESS: Self = Self::Of(NoticeKind::Success);
    /// «На рассмотрении».
    pub const INFO: Self = Self::Of(NoticeKind::Info);
    /// «Скоро истекает».
    pub const WARNING: Self = Self::Of(NoticeKind::Warning);
    /// «Отказано».
    pub const ERROR: Self = Self::Of(NoticeKind::Error);

    const fn class(self) -> &'static str {
        match self {
            Self::Plain => "badge",
            Self::Of(NoticeKind::Info) => "badge badge-info",
            Self::Of(NoticeKind::Success) => "badge badge-success",
            Self::Of(NoticeKind::Warning) => "badge badge-warning",
            Self::Of(NoticeKind::Error) => "badge badge-error",
        }
    }
}

/// A state in a word or two, shown by its sign too.
///
/// ```
/// # use kabinet::components::*;
/// # use leptos::prelude::*;
/// # let _ = || view! {
/// <Badge kind=BadgeKind::SUCCESS text="зачислено"/>
/// # };
/// ```
#[component]
pub fn Badge(
    /// How it is coloured.
    #[prop(optional)]
    kind: BadgeKind,
    /// The word.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    let sign = match kind {
        BadgeKind::Plain => None,
        BadgeKind::Of(kind) => Some(kind.icon().draw()),
    };
    view! { <span class=kind.class()>{sign} {text}</span> }
}
