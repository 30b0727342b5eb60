//! The actions of notices: reading them all, choosing their channels, trying an address again.

use std::collections::BTreeMap;

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{ApiError, Outcome};
use crate::domain::notice::{NoticeChannel, NoticeKind};

#[cfg(feature = "ssr")]
use crate::components::NoticeKind as Look;
#[cfg(feature = "ssr")]
use crate::service::notices::preferences::Wanted;

/// The page of the notices.
pub const NOTICES: &str = "/notices";
/// The page of the channels.
pub const CHANNELS: &str = "/settings/notices";

/// The name of the box of a kind and a channel.
pub fn box_name(kind: NoticeKind, channel: NoticeChannel) -> String {
    format!("{}-{}", kind.as_str(), channel.as_str())
}

/// The form of the channels.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ChannelsForm {
    /// The ticked boxes, by [`box_name`]; any other field is ignored.
    #[serde(flatten)]
    pub ticked: BTreeMap<String, String>,
}

#[cfg(feature = "ssr")]
impl ChannelsForm {
    fn wanted(&self) -> Wanted {
        let known = |name: &String| {
            let (kind, channel) = name.rsplit_once('-')?;
            Some((NoticeKind::parse(kind)?, NoticeChannel::parse(channel)?))
        };
        let mut wanted = Wanted::new();
        for (kind, channel) in self.ticked.keys().filter_map(known) {
            let channels = wanted.entry(kind).or_default();
            *channels = channels.with(channel);
        }
        wanted
    }
}

/// Marks all notices of the user as read.
///
/// # Errors
/// [`ApiError::SignedOut`] without a session.
#[server(endpoint = "read-all-notices")]
pub async fn read_all_notices() -> Result<Outcome, ApiError> {
    use crate::http::session::SignedIn;
    use crate::service::notices::inbox;

    let caller: SignedIn = super::caller().await?;
    inbox::mark_all_read(caller.services(), caller.id()).await.map_err(super::failed)?;
    super::done(&caller, NOTICES, Look::Success, "Все уведомления отмечены прочитанными.").await
}

/// Saves the channels of each kind of notice. What cannot be switched off stays as it was.
///
/// # Errors
/// [`ApiError::SignedOut`] without a session, or after 30 idle minutes.
#[server(endpoint = "save-notice-channels")]
pub async fn save_notice_channels(#[server(flatten)] form: ChannelsForm) -> Result<Outcome, ApiError> {
    use crate::http::session::AtMoney;
    use crate::service::notices::preferences;

    let AtMoney(caller) = super::caller().await?;
    preferences::choose(caller.services(), &caller.user, &form.wanted()).await.map_err(super::failed)?;
    super::done(&caller, CHANNELS, Look::Success, "Настройки уведомлений сохранены.").await
}

/// The form that tries an address again.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RetryForm {
    /// The channel whose address is meant: the user has one of each.
    pub channel: String,
}

/// Lets notices go again to the user's address of a channel. One that refuses nothing is no error.
///
/// # Errors
/// [`ApiError::SignedOut`] without a session, or after 30 idle minutes, [`ApiError::NotFound`] for an unknown channel.
#[server(endpoint = "try-address-again")]
pub async fn try_address_again(#[server(flatten)] form: RetryForm) -> Result<Outcome, ApiError> {
    use crate::http::answer::Failure;
    use crate::http::session::AtMoney;
    use crate::service::notices::preferences;

    let AtMoney(caller) = super::caller().await?;
    let channel = NoticeChannel::parse(&form.channel).ok_or_else(|| super::refused(Failure::NotFound))?;
    preferences::try_again(caller.services(), &caller.user, channel).await.map_err(super::failed)?;
    super::done(&caller, CHANNELS, Look::Success, "Хорошо, следующее уведомление отправим и сюда.").await
}
