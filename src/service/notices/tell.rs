//! Notices that are shown and sent at once: an answer, an accepted payment, an event of security.

use super::compose::{Composed, When, deliver, push};
use super::facts::Facts;
use crate::domain::id::{AccountId, NoticeId, UserId};
use crate::domain::notice::{NoticeKind, PlannedNotice};
use crate::domain::notice_text::NoticeValues;
use crate::domain::user::User;
use crate::service::messages::Text;
use crate::service::{Fault, Services};
use crate::storage::notices::{PortalText, insert_shown};
use crate::storage::{Connection, push_subscriptions};

/// The page of the events of security.
const EVENTS: &str = "/settings/events";

/// Shows a notice and sends it by the user's channels, in the transaction of its cause.
pub(in crate::service) async fn tell(
    services: &Services,
    connection: &mut Connection,
    user: &User,
    kind: NoticeKind,
    subject: String,
    account_id: Option<&AccountId>,
    (values, link): (NoticeValues, String),
) -> Result<(), Fault> {
    let now = services.now();
    let notice = planned(services, &user.id, kind, subject, account_id);
    let composed = Composed::of(services, notice, Facts { values, link, receipt: None });
    if insert_shown(connection, &composed.notice, &composed.portal, now).await? {
        deliver(services, connection, user, &composed, When::Now).await?;
    }
    Ok(())
}

/// Shows an event of security in the portal and in the user's browsers. Its letter and its SMS go to all addresses of the
/// user whatever they have chosen, so they are sent by `alert`.
pub(in crate::service) async fn show_alert(
    services: &Services,
    connection: &mut Connection,
    user_id: &UserId,
    text: &Text,
) -> Result<(), Fault> {
    let now = services.now();
    let notice = planned(services, user_id, NoticeKind::Security, services.nature().id(), None);
    let portal = PortalText { title: text.subject.to_owned(), body: text.sms.clone(), link: EVENTS.to_owned() };
    insert_shown(connection, &notice, &portal, now).await?;
    for browser in push_subscriptions::ids_of_user(connection, user_id).await? {
        push(services, connection, &browser, (NoticeKind::Security, EVENTS), now).await?;
    }
    Ok(())
}

fn planned(
    services: &Services,
    user_id: &UserId,
    kind: NoticeKind,
    subject: String,
    account_id: Option<&AccountId>,
) -> PlannedNotice {
    PlannedNotice {
        id: NoticeId::trusted(services.nature().id()),
        user_id: user_id.clone(),
        kind,
        subject,
        account_id: account_id.cloned(),
        due_at: services.now(),
    }
}
