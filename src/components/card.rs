//! Surfaces: a card, an empty state, a badge.

use leptos::prelude::*;

use super::notice::NoticeKind;

/// A raised surface that holds one thing. With a `title` it is a region with a heading.
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
    /// What stands on it.
    children: Children,
) -> impl IntoView {
    view! {
        <section class="card">
            {title.map(|title| view! { <h2 class="card-title">{title}</h2> })}
            {children()}
        </section>
    }
}

/// What stands where a list would be, when there is nothing to list: why, and what to do.
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
    /// What is not there.
    #[prop(into)]
    title: String,
    /// Why, and what to do.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <p class="empty-title">{title}</p>
            {children.map(|children| children())}
        </div>
    }
}

/// What a badge is about: the same kinds as a notice, and a plain one.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum BadgeKind {
    /// Says nothing by its colour.
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

/// A state in a word or two, told by its sign too.
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
