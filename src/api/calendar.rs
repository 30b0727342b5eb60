//! The secret address of an account's calendar: making or replacing it, and switching it off.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{ApiError, Outcome};

/// The form of both actions.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CalendarForm {
    /// The account.
    pub account_id: String,
}

/// Makes the address, in place of an earlier one; the next page shows it once.
///
/// # Errors
/// [`ApiError::SignedOut`] without a session, [`ApiError::NotFound`] also for another's account, [`ApiError::Closed`] in
/// lite access.
#[server(endpoint = "make-calendar-address")]
pub async fn make_calendar_address(#[server(flatten)] form: CalendarForm) -> Result<Outcome, ApiError> {
    use crate::http::account::FullAccount;
    use crate::http::answer::Failure;
    use crate::http::cookies::carry_calendar_key;
    use crate::http::session::Entry;
    use crate::service::calendars;
    use crate::service::refused::Declined;

    let FullAccount { signed_in: caller, access } = super::caller_of(&form.account_id).await?;
    match calendars::make(caller.services(), &access, &caller.visit.visitor).await {
        Ok(key) => {
            let sealed = calendars::seal_key(caller.services(), &caller.session, access.id(), &key);
            let cookies = vec![carry_calendar_key(&caller.visit.web.site, &sealed)];
            Ok(super::entered(Entry { to: format!("/accounts/{}/calendar/address", access.id()), cookies }))
        }
        Err(Declined::This(calendars::NoAccess)) => Err(super::refused(Failure::Closed(access.id().clone()))),
        Err(Declined::Fault(fault)) => Err(super::failed(fault)),
    }
}

/// Switches the address off. One that is switched off already is no error: the form was sent twice.
///
/// # Errors
/// [`ApiError::SignedOut`] without a session, [`ApiError::NotFound`] also for another's account, [`ApiError::Closed`] in
/// lite access.
#[server(endpoint = "switch-calendar-off")]
pub async fn switch_calendar_off(#[server(flatten)] form: CalendarForm) -> Result<Outcome, ApiError> {
    use crate::components::NoticeKind;
    use crate::http::account::FullAccount;
    use crate::service::calendars;

    let FullAccount { signed_in: caller, access } = super::caller_of(&form.account_id).await?;
    let removed = calendars::switch_off(caller.services(), &access, &caller.visit.visitor).await;
    removed.map_err(super::failed)?;
    let text = "Адрес выключен: календари больше не получают по нему сроки.";
    super::done(&caller, format!("/accounts/{}/calendar", access.id()), NoticeKind::Success, text).await
}
