//! Composes planned notices that are due: shows them in the portal and writes their messages into the outbox.

use super::facts::{Facts, facts_of};
use super::letter::{self, LetterFrame};
use super::preferences;
use super::unsubscribe;
use crate::domain::calendar::{Moment, Span};
use crate::domain::id::PushSubscriptionId;
use crate::domain::login::Login;
use crate::domain::notice::{NoticeChannel, NoticeKind, PlannedNotice};
use crate::domain::notice_text::WrittenNotice;
use crate::domain::user::User;
use crate::service::messages::{AttachedReceipt, Body, Outgoing};
use crate::service::push::payload;
use crate::service::{Fault, Services};
use crate::storage::notices::PortalText;
use crate::storage::outbox::{Channel, Priority};
use crate::storage::{Connection, Database, StorageError, contacts, notice_pace, notices, push_subscriptions, users};

/// Notices of one batch: their facts are read in some tens of milliseconds.
const BATCH: i64 = 100;
/// How long a lease lasts: far longer than a batch takes.
const LEASE: Span = Span::minutes(2);
/// Letters are composed at most this long before they are sent: a sum that was paid meanwhile is rarely named.
const AHEAD: Span = Span::minutes(15);
/// The text of each push below its title.
const PUSH_BODY: &str = "Подробности — в личном кабинете.";
/// The page where a user chooses what to receive.
const CHOICES: &str = "/settings/notices";

/// When the messages of a notice are sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum When {
    /// At once, whatever the hour: the user has just acted, or waits for it.
    Now,
    /// When the channel has room, outside quiet hours.
    Paced,
}

/// A notice with its text.
pub(super) struct Composed {
    pub notice: PlannedNotice,
    pub written: WrittenNotice,
    pub portal: PortalText,
    receipt: Option<AttachedReceipt>,
}

impl Composed {
    /// Writes the text of a notice.
    pub fn of(services: &Services, notice: PlannedNotice, facts: Facts) -> Self {
        let Facts { values, link, receipt } = facts;
        let address = format!("{}{link}", services.settings().public_url);
        let written = services.settings().notice_texts.of(notice.kind).write(&values.with("link", address));
        let portal = PortalText { title: written.subject.clone(), body: written.portal.clone(), link };
        Self { notice, written, portal, receipt }
    }
}

/// Composes a batch of due notices; returns its size. None while the letters that wait reach further than [`AHEAD`].
///
/// # Errors
/// [`Fault`] when the storage fails.
pub(super) async fn compose_batch(services: &Services) -> Result<usize, Fault> {
    let now = services.now();
    let batch = lease(services, now).await?;
    let mut connection = services.db().read().await?;
    let mut composed = Vec::with_capacity(batch.len());
    let mut dropped = Vec::new();
    let size = batch.len();
    for notice in batch {
        match facts_of(services, &mut connection, &notice).await {
            Ok(Some(facts)) => composed.push(Composed::of(services, notice, facts)),
            Ok(None) => dropped.push(notice.id),
            Err(Fault::Storage(StorageError::Corrupt { what })) => {
                tracing::error!(notice.id = %notice.id, what, "a notice cannot be composed");
                dropped.push(notice.id);
            }
            Err(fault) => return Err(fault),
        }
    }
    drop(connection);
    if size > 0 {
        let mut tx = services.db().begin().await?;
        for id in &dropped {
            notices::drop_planned(&mut tx, id).await?;
        }
        for notice in &composed {
            show(services, &mut tx, notice, now).await?;
        }
        Database::commit(tx).await?;
    }
    Ok(size)
}

async fn lease(services: &Services, now: Moment) -> Result<Vec<PlannedNotice>, Fault> {
    let mut connection = services.db().read().await?;
    let is_ahead = notice_pace::free_from(&mut connection, NoticeChannel::Mail).await? > now.plus(AHEAD);
    if is_ahead || !notices::is_any_due(&mut connection, now).await? {
        return Ok(Vec::new());
    }
    drop(connection);
    let mut tx = services.db().begin().await?;
    let batch = notices::lease(&mut tx, now, now.plus(LEASE), BATCH).await?;
    Database::commit(tx).await?;
    Ok(batch)
}

/// Shows a planned notice and sends it, unless another instance has done so.
async fn show(services: &Services, connection: &mut Connection, composed: &Composed, now: Moment) -> Result<(), Fault> {
    let user = users::by_id(connection, &composed.notice.user_id).await?;
    let Some(user) = user.filter(|user| user.locked_at.is_none()) else {
        return Ok(notices::drop_planned(connection, &composed.notice.id).await?);
    };
    if notices::show(connection, &composed.notice.id, &composed.portal, now).await? {
        deliver(services, connection, &user, composed, When::Paced).await?;
    }
    Ok(())
}

/// Writes the messages of a notice into the outbox, by the channels of its user.
pub(super) async fn deliver(
    services: &Services,
    connection: &mut Connection,
    user: &User,
    composed: &Composed,
    when: When,
) -> Result<(), Fault> {
    let contact = contacts::of_user(connection, &user.id).await?;
    let channels = preferences::channels(connection, user, contact.as_ref(), composed.notice.kind).await?;
    for channel in channels.iter() {
        let at = match when {
            When::Now => services.now(),
            When::Paced => slot(services, connection, channel).await?,
        };
        let to = preferences::address(user, contact.as_ref(), channel);
        match channel {
            NoticeChannel::Mail => letter(services, connection, to, composed, (when, at)).await?,
            NoticeChannel::Sms => sms(services, connection, to, composed, (when, at)).await?,
            NoticeChannel::Push => {
                for browser in push_subscriptions::ids_of_user(connection, &user.id).await? {
                    let (kind, link) = (composed.notice.kind, composed.portal.link.as_str());
                    push(services, connection, &browser, (kind, link), at).await?;
                }
            }
        }
    }
    Ok(())
}

/// The next moment at which a channel has room; takes it.
async fn slot(services: &Services, connection: &mut Connection, channel: NoticeChannel) -> Result<Moment, Fault> {
    let settings = services.settings();
    let free = notice_pace::lock(connection, channel).await?.max(services.now());
    let slot = settings.notices.quiet.after(free, settings.utc_offset_hours);
    let interval = settings.notices.pace(channel).interval();
    notice_pace::set(connection, channel, slot.plus(interval)).await?;
    Ok(slot)
}

impl When {
    const fn priority(self) -> Priority {
        match self {
            Self::Now => Priority::Urgent,
            Self::Paced => Priority::Notice,
        }
    }
}

async fn letter(
    services: &Services,
    connection: &mut Connection,
    to: Option<&Login>,
    composed: &Composed,
    (when, at): (When, Moment),
) -> Result<(), Fault> {
    let Some(to) = to else { return Ok(()) };
    let settings = services.settings();
    let unsubscribe = unsubscribe_address(services, composed);
    let choices = format!("{}{CHOICES}", settings.public_url);
    let frame = LetterFrame {
        portal_name: &settings.portal_name,
        public_url: &settings.public_url,
        support_email: &settings.support_email,
        settings_url: &choices,
        unsubscribe_url: unsubscribe.as_deref(),
    };
    let written = &composed.written;
    let body = Body {
        text: letter::plain(written, &frame),
        html: Some(letter::html(written, &frame)),
        receipt: composed.receipt.clone(),
        unsubscribe,
    };
    let (to, subject, priority) = (to.as_str(), written.subject.as_str(), when.priority());
    services.put_out(connection, Outgoing { channel: Channel::Mail, to, subject, body, priority, at }).await
}

/// The address that ends such letters; `None` for a kind that cannot be switched off.
fn unsubscribe_address(services: &Services, composed: &Composed) -> Option<String> {
    let PlannedNotice { kind, user_id, .. } = &composed.notice;
    kind.why_always().is_none().then(|| {
        let token = unsubscribe::token(services, user_id, *kind);
        format!("{}/unsubscribe/{token}", services.settings().public_url)
    })
}

async fn sms(
    services: &Services,
    connection: &mut Connection,
    to: Option<&Login>,
    composed: &Composed,
    (when, at): (When, Moment),
) -> Result<(), Fault> {
    let Some(to) = to else { return Ok(()) };
    let (to, body, priority) = (to.as_str(), Body::plain(composed.written.sms.clone()), when.priority());
    services.put_out(connection, Outgoing { channel: Channel::Sms, to, subject: "", body, priority, at }).await
}

/// Writes a push to a browser into the outbox. A push shows on a locked phone and on a shared computer: it names the kind
/// of the notice, never a sum or an address.
pub(super) async fn push(
    services: &Services,
    connection: &mut Connection,
    browser: &PushSubscriptionId,
    (kind, link): (NoticeKind, &str),
    at: Moment,
) -> Result<(), Fault> {
    let body = Body::plain(payload(kind.title(), PUSH_BODY, link));
    let (channel, to, priority) = (Channel::Push, browser.as_str(), Priority::Notice);
    services.put_out(connection, Outgoing { channel, to, subject: "", body, priority, at }).await
}
