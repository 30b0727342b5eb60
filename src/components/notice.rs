//! A notice: what happened or what to know, shown by a sign, a word and a colour at once.

use leptos::prelude::*;

use super::icon::Icon;

/// What a notice is about.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum NoticeKind {
    /// Something to know.
    #[default]
    Info,
    /// It worked.
    Success,
    /// Something to do soon.
    Warning,
    /// It did not work.
    Error,
}

impl NoticeKind {
    /// As kept in a session's flash.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Success => "success",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// From a session's flash.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Info, Self::Success, Self::Warning, Self::Error].into_iter().find(|kind| kind.as_str() == text)
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Info => "К сведению",
            Self::Success => "Готово",
            Self::Warning => "Внимание",
            Self::Error => "Ошибка",
        }
    }

    pub(super) const fn icon(self) -> Icon {
        match self {
            Self::Info => Icon::Info,
            Self::Success => Icon::Done,
            Self::Warning => Icon::Warning,
            Self::Error => Icon::Error,
        }
    }

    const fn class(self) -> &'static str {
        match self {
            Self::Info => "notice notice-info",
            Self::Success => "notice notice-success",
            Self::Warning => "notice notice-warning",
            Self::Error => "notice notice-error",
        }
    }
}

/// A notice of which only the title is seen; a press opens the rest.
///
/// ```
/// # use kabinet::components::*;
/// # use leptos::prelude::*;
/// # let _ = || view! {
/// <FoldedNotice kind=NoticeKind::Warning title="Завтра не будет газа"><p>"С 9 до 12 часов."</p></FoldedNotice>
/// # };
/// ```
#[component]
pub fn FoldedNotice(
    /// What it is about.
    kind: NoticeKind,
    /// Its heading.
    #[prop(into)]
    title: String,
    /// The text.
    children: Children,
) -> impl IntoView {
    view! {
        <div class=kind.class()>
            {kind.icon().draw()}
            <details class="notice-body">
                <summary class="notice-title">{title}</summary>
                {children()}
            </details>
        </div>
    }
}

/// A notice. `announce` makes a screen reader say it at once: for the result of the last action.
///
/// ```
/// # use kabinet::components::*;
/// # use leptos::prelude::*;
/// # let _ = || view! {
/// <Notice kind=NoticeKind::Warning title="Поверка счётчика истекает">"Осталось 60 дней."</Notice>
/// <Notice kind=NoticeKind::Success announce=true>"Квитанция сформирована."</Notice>
/// # };
/// ```
#[component]
pub fn Notice(
    /// What it is about.
    #[prop(optional)]
    kind: NoticeKind,
    /// Its heading; the kind's own word if absent.
    #[prop(optional, into)]
    title: Option<String>,
    /// Whether it reports the result of the last action.
    #[prop(optional)]
    announce: bool,
    /// The text.
    children: Children,
) -> impl IntoView {
    let role = announce.then_some(if kind == NoticeKind::Error { "alert" } else { "status" });
    view! {
        <div class=kind.class() role=role>
            {kind.icon().draw()}
            <div class="notice-body">
                <p class="notice-title">{title.unwrap_or_else(|| kind.word().to_owned())}</p>
                <div>{children()}</div>
            </div>
        </div>
    }
}
