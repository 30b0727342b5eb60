//! An operator's announcements: saving a draft, publishing, withdrawing.

#[cfg(feature = "ssr")]
mod words;

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::api::{ApiError, Outcome};
#[cfg(feature = "ssr")]
use crate::components::NoticeKind;
#[cfg(feature = "ssr")]
use crate::domain::announcement::AnnouncementState;
#[cfg(feature = "ssr")]
use crate::domain::id::AnnouncementId;
#[cfg(feature = "ssr")]
use crate::http::answer::Failure;
#[cfg(feature = "ssr")]
use crate::http::session::Staff;
#[cfg(feature = "ssr")]
use crate::service::announcements::{self, AnnouncementError, Author, Typed};
#[cfg(feature = "ssr")]
use crate::service::refused::Declined;

/// The list of the console.
pub const LIST: &str = "/console/announcements";

/// The form of an announcement; each field as typed.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AnnouncementForm {
    /// The draft that is changed; empty for a new one.
    pub announcement_id: String,
    /// Billing's code of the provider.
    pub provider: String,
    /// What it is about.
    pub kind: String,
    /// The title.
    pub title: String,
    /// The text.
    pub text: String,
    /// When it appears.
    pub starts: String,
    /// When it disappears.
    pub ends: String,
    /// The kind of the audience.
    pub audience: String,
    /// The street.
    pub street: String,
    /// The houses.
    pub houses: String,
    /// The account numbers.
    pub accounts: String,
    /// The sum in roubles.
    pub debt: String,
}

crate::opaque_debug!(AnnouncementForm, announcement_id);

/// The form of a decision about an announcement.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DecisionForm {
    /// The announcement.
    pub announcement_id: String,
}

/// Stores a new draft, or changes one.
///
/// # Errors
/// [`ApiError::SignedOut`] without an operator's session, [`ApiError::NotFound`] for an announcement of another provider.
#[server(endpoint = "console-save-announcement")]
pub async fn save_announcement(#[server(flatten)] form: AnnouncementForm) -> Result<Outcome, ApiError> {
    let staff: Staff = crate::api::caller().await?;
    let services = &staff.web.services;
    let saved = if form.announcement_id.is_empty() {
        announcements::draft(services, author(&staff), typed(&form)).await
    } else {
        let id = parse_id(&form.announcement_id)?;
        announcements::change(services, author(&staff), &id, typed(&form)).await.map(|()| id)
    };
    match saved {
        Ok(id) => {
            let text = "Черновик сохранён. Проверьте, как его увидят абоненты, и опубликуйте.";
            crate::api::done(&staff, page_of(id.as_str()), NoticeKind::Success, text).await
        }
        Err(declined) => not_done(&staff, declined, &form.announcement_id).await,
    }
}

/// Publishes a draft: at once when its time has come, else at that time.
///
/// # Errors
/// [`ApiError::SignedOut`] without an operator's session, [`ApiError::NotFound`] for an announcement of another provider.
#[server(endpoint = "console-publish-announcement")]
pub async fn publish_announcement(#[server(flatten)] form: DecisionForm) -> Result<Outcome, ApiError> {
    let staff: Staff = crate::api::caller().await?;
    let id = parse_id(&form.announcement_id)?;
    match announcements::publish(&staff.web.services, author(&staff), &id).await {
        Ok(state) => {
            let text = match state {
                AnnouncementState::Scheduled => "Объявление появится у абонентов в указанное время.",
                _ => "Объявление опубликовано: абоненты его уже видят.",
            };
            crate::api::done(&staff, page_of(id.as_str()), NoticeKind::Success, text).await
        }
        Err(declined) => not_done(&staff, declined, &form.announcement_id).await,
    }
}

/// Withdraws an announcement, or throws a draft away.
///
/// # Errors
/// [`ApiError::SignedOut`] without an operator's session, [`ApiError::NotFound`] for an announcement of another provider.
#[server(endpoint = "console-withdraw-announcement")]
pub async fn withdraw_announcement(#[server(flatten)] form: DecisionForm) -> Result<Outcome, ApiError> {
    let staff: Staff = crate::api::caller().await?;
    let id = parse_id(&form.announcement_id)?;
    match announcements::withdraw(&staff.web.services, author(&staff), &id).await {
        Ok(()) => {
            let text = "Объявление отозвано: абоненты его больше не видят.";
            crate::api::done(&staff, LIST, NoticeKind::Success, text).await
        }
        Err(declined) => not_done(&staff, declined, &form.announcement_id).await,
    }
}

#[cfg(feature = "ssr")]
const fn author(staff: &Staff) -> Author<'_> {
    Author::Operator { scope: &staff.scope, visitor: &staff.visitor }
}

#[cfg(feature = "ssr")]
fn typed(form: &AnnouncementForm) -> Typed<'_> {
    Typed {
        provider: &form.provider,
        kind: &form.kind,
        title: &form.title,
        text: &form.text,
        starts: &form.starts,
        ends: &form.ends,
        audience: &form.audience,
        street: &form.street,
        houses: &form.houses,
        accounts: &form.accounts,
        debt: &form.debt,
    }
}

#[cfg(feature = "ssr")]
fn parse_id(text: &str) -> Result<AnnouncementId, ApiError> {
    AnnouncementId::parse(text).map_err(|_| crate::api::refused(Failure::NotFound))
}

#[cfg(feature = "ssr")]
fn page_of(id: &str) -> String {
    format!("{LIST}/{id}")
}

#[cfg(feature = "ssr")]
async fn not_done(staff: &Staff, declined: Declined<AnnouncementError>, id: &str) -> Result<Outcome, ApiError> {
    let error = match declined {
        Declined::This(error) => error,
        Declined::Fault(fault) => return Err(crate::api::failed(fault)),
    };
    let text = match error {
        AnnouncementError::NotFound => return Err(crate::api::refused(Failure::NotFound)),
        AnnouncementError::Draft(faults) => return Ok(Outcome::Invalid(words::faults(faults))),
        AnnouncementError::State(_) => "Другой сотрудник уже изменил это объявление. Посмотрите, что с ним стало.",
        AnnouncementError::Over => "Время объявления уже прошло, его никто не увидит. Измените даты.",
    };
    crate::api::done(staff, page_of(id), NoticeKind::Warning, text).await
}
