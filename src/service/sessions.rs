//! Sessions: opened, found, ended. The cookie's 256 random bits are never stored, only their SHA-256.

use std::time::Duration;

use super::announcements::ARCHIVED_FOR;
use super::audit::{Action, forget_old};
use super::{Fault, Services, Visitor, fingerprint};
use crate::domain::calendar::{Moment, Span};
use crate::domain::id::{OperatorId, Owner, RegistrationId, SessionId, UserId};
use crate::domain::session::{OpenSession, Session};
use crate::storage::{
    Connection, Database, StorageError, announcements, contacts, devices, feedback, notice_inbox, notice_plans, outbox,
    reading_photos, recoveries, registrations, sessions,
};
use crate::telemetry::{self, SecurityEvent};

/// Maximum lifetime of a session.
pub const ABSOLUTE: Span = Span::days(30);
/// Idle time after which money pages ask for the password again.
pub const MONEY_IDLE: Span = Span::minutes(30);
/// Lifetime of a guest session: it stores a registration or a recovery.
pub const GUEST: Span = Span::days(2);
/// Lifetime of an operator's session: a working day.
pub const OPERATOR: Span = Span::hours(12);
/// Idle time after which the console asks for the password again: it shows other people's data.
pub const OPERATOR_IDLE: Span = Span::minutes(15);
/// Maximum time between the right password and the code of the second factor.
pub const PENDING: Span = Span::minutes(10);
/// How recently the password must have been entered for a sensitive action, such as ending sessions.
pub const FRESH: Span = Span::minutes(15);
/// Maximum concurrent sessions of one user: the devices of a family share an account, a list of hundreds is an attack.
pub const MAX_SESSIONS: i64 = 20;
/// How long a browser is known after its last sign-in.
pub const DEVICE: Span = Span::days(365);
/// Maximum clock skew between two instances; a session further in the future was created by a clock that ran ahead.
const CLOCK_TOLERANCE: Span = Span::minutes(5);
/// Retention of ended registrations, ended recoveries and sent letters: a week covers questions to support, and
/// personal data must not be kept indefinitely.
const KEPT_FOR: Span = Span::days(7);
/// Retention of notices in the portal: the same month a year ago can still be found.
const NOTICES_KEPT: Span = Span::days(400);
/// Retention of finished plans of notices: longer than an occasion of the calendar comes again.
const PLANS_KEPT: Span = Span::days(400);
/// Retention of a question of a person without an account, after its last message: a year covers a complaint.
const GUEST_FEEDBACK_KEPT: Span = Span::days(365);
/// Retention of a photo of a meter: the recalculation of a year, and a month to dispute it.
const PHOTO_KEPT: Span = Span::days(400);
/// `seen_at` has a resolution of a minute, so that page views rarely write.
const TOUCH_EVERY: Span = Span::seconds(60);
/// How long a page waits for that write: longer than any write of the portal itself, too short to be noticed.
const NOTED_WITHIN: Duration = Duration::from_millis(500);

/// The holder of a session.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Holder {
    /// Not signed in; may store a registration or a recovery.
    Guest {
        /// The pending registration of this browser.
        registration: Option<RegistrationId>,
        /// The pending recovery of this browser.
        recovery: Option<String>,
    },
    /// A user.
    User(UserId),
    /// An operator.
    Operator(OperatorId),
    /// The password was right, the second factor is still missing.
    Pending(Owner),
}

impl From<Owner> for Holder {
    fn from(owner: Owner) -> Self {
        match owner {
            Owner::User(id) => Self::User(id),
            Owner::Operator(id) => Self::Operator(id),
        }
    }
}

impl Holder {
    const fn lifetime(&self) -> Span {
        match self {
            Self::Guest { .. } => GUEST,
            Self::User(_) => ABSOLUTE,
            Self::Operator(_) => OPERATOR,
            Self::Pending(_) => PENDING,
        }
    }
}

/// The secret of a new cookie.
#[derive(Clone, Eq, PartialEq)]
pub struct Token(String);

impl Token {
    /// The text for the cookie.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl Services {
    /// Opens a session within a transaction and returns the secret for the cookie. The session that the browser sent
    /// ends, whatever its kind.
    pub(super) async fn open_session(
        &self,
        connection: &mut Connection,
        holder: Holder,
        flash: Option<&str>,
        visitor: &Visitor,
    ) -> Result<Token, Fault> {
        if let Some(presented) = &visitor.session_hash {
            sessions::remove(connection, presented).await?;
        }
        let token = Token(self.nature().token());
        let session = self.new_session(&token, holder, flash, visitor);
        sessions::insert(connection, &session).await?;
        if let Some(user_id) = &session.user_id {
            sessions::keep_newest(connection, user_id, MAX_SESSIONS).await?;
        }
        Ok(token)
    }

    fn new_session(&self, token: &Token, holder: Holder, flash: Option<&str>, visitor: &Visitor) -> Session {
        let now = self.now();
        let expires_at = now.plus(holder.lifetime());
        let mut session = Session {
            token_hash: fingerprint(token.reveal()),
            id: SessionId::trusted(self.nature().id()),
            user_id: None,
            operator_id: None,
            registration_id: None,
            recovery_id: None,
            pending_user_id: None,
            pending_operator_id: None,
            flash: flash.map(str::to_owned),
            user_agent: visitor.user_agent.clone(),
            address: visitor.address.clone(),
            created_at: now,
            seen_at: now,
            expires_at,
        };
        match holder {
            Holder::Guest { registration, recovery } => {
                session.registration_id = registration;
                session.recovery_id = recovery;
            }
            Holder::User(id) => session.user_id = Some(id),
            Holder::Operator(id) => session.operator_id = Some(id),
            Holder::Pending(Owner::User(id)) => session.pending_user_id = Some(id),
            Holder::Pending(Owner::Operator(id)) => session.pending_operator_id = Some(id),
        }
        session
    }

    /// Remembers the browser of a sign-in; returns the secret for its cookie when it is new to this person.
    pub(super) async fn remember_device(
        &self,
        connection: &mut Connection,
        owner: &Owner,
        visitor: &Visitor,
    ) -> Result<Option<Token>, Fault> {
        let now = self.now();
        if let Some(hash) = &visitor.device_hash
            && devices::knows(connection, hash, owner, now).await?
        {
            devices::touch(connection, hash, now, now.plus(DEVICE)).await?;
            return Ok(None);
        }
        let token = Token(self.nature().token());
        devices::insert(connection, &fingerprint(token.reveal()), owner, now, now.plus(DEVICE)).await?;
        Ok(Some(token))
    }
}

/// The active session of a cookie, with its previous `seen_at`; stores the new one. A user's session that was idle for
/// longer than [`MONEY_IDLE`] stays idle on every page until the password is entered again.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn find(services: &Services, cookie: &str) -> Result<Option<Session>, Fault> {
    Ok(find_with_user(services, cookie).await?.map(|found| found.session))
}

/// The active session of a cookie, as [`find`] returns it, its user and the number of their unread notices: every page
/// needs them.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn find_with_user(services: &Services, cookie: &str) -> Result<Option<OpenSession>, Fault> {
    let mut connection = services.db().read().await?;
    let now = services.now();
    let newest = now.plus(CLOCK_TOLERANCE);
    let found = sessions::find_with_user(&mut connection, &fingerprint(cookie), now, newest).await?;
    drop(connection);
    if let Some(OpenSession { session, .. }) = &found
        && now.since(session.seen_at) > TOUCH_EVERY
        && now.since(session.seen_at) <= idle_most(session)
    {
        note_seen(services, session, now).await?;
    }
    Ok(found)
}

/// After this idle time a session stays idle until the password is entered again.
const fn idle_most(session: &Session) -> Span {
    if session.operator_id.is_some() {
        OPERATOR_IDLE
    } else if session.user_id.is_some() {
        MONEY_IDLE
    } else {
        GUEST
    }
}

/// Best effort: while an import locks the database the page is served anyway, and the next one stores `seen_at`.
async fn note_seen(services: &Services, session: &Session, now: Moment) -> Result<(), Fault> {
    let noted = async {
        let mut tx = services.db().begin().await?;
        sessions::touch(&mut tx, &session.token_hash, now).await?;
        Database::commit(tx).await
    };
    Ok(tokio::time::timeout(NOTED_WITHIN, noted).await.unwrap_or(Ok(()))?)
}

/// Stores a flash message for the next page.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn leave_flash(services: &Services, session: &Session, text: &str) -> Result<(), Fault> {
    let mut tx = services.db().begin().await?;
    sessions::set_flash(&mut tx, &session.token_hash, Some(text)).await?;
    Ok(Database::commit(tx).await?)
}

/// Removes the flash message after it was shown.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn clear_flash(services: &Services, session: &Session) -> Result<(), Fault> {
    let mut tx = services.db().begin().await?;
    sessions::set_flash(&mut tx, &session.token_hash, None).await?;
    Ok(Database::commit(tx).await?)
}

/// Ends a session. No event is recorded if it has already ended.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn sign_out(services: &Services, session: &Session, visitor: &Visitor) -> Result<(), Fault> {
    let mut tx = services.db().begin().await?;
    if !sessions::remove(&mut tx, &session.token_hash).await? {
        return Ok(());
    }
    if let Some(user_id) = &session.user_id {
        services.record(&mut tx, user_id, Action::SignedOut, None, visitor).await?;
    }
    if let Some(id) = &session.operator_id {
        services.record_operator(&mut tx, id, None, Action::OperatorSignedOut, None, visitor).await?;
    }
    Ok(Database::commit(tx).await?)
}

/// The user's active sessions, the last seen first.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn list(services: &Services, user_id: &UserId) -> Result<Vec<Session>, Fault> {
    let mut connection = services.db().read().await?;
    Ok(sessions::of_user(&mut connection, user_id, services.now()).await?)
}

/// Ends one of the user's sessions. `false` when it is not theirs or has already ended.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn revoke(services: &Services, user_id: &UserId, id: &SessionId, visitor: &Visitor) -> Result<bool, Fault> {
    let mut tx = services.db().begin().await?;
    let removed = sessions::remove_one(&mut tx, user_id, id).await?;
    if removed {
        services.record(&mut tx, user_id, Action::SessionEnded, Some(id.as_str()), visitor).await?;
    } else {
        telemetry::security(SecurityEvent::ForeignId);
    }
    Database::commit(tx).await?;
    Ok(removed)
}

/// Ends every session of a person and forgets their browsers, except one of each; an empty hash excepts no row. Returns
/// how many sessions were active.
pub(super) async fn end_all_but(
    services: &Services,
    connection: &mut Connection,
    owner: &Owner,
    session_hash: &str,
    device_hash: &str,
) -> Result<usize, StorageError> {
    let ended = sessions::remove_others(connection, owner, session_hash, services.now()).await?;
    devices::forget_others(connection, owner, device_hash).await?;
    Ok(ended)
}

/// Ends every session of a person and forgets their browsers. Returns how many sessions were active.
pub(super) async fn end_all(
    services: &Services,
    connection: &mut Connection,
    owner: &Owner,
) -> Result<usize, StorageError> {
    end_all_but(services, connection, owner, "", "").await
}

/// Ends every session of a user except this one. No event is recorded without other sessions.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn end_others(
    services: &Services,
    session: &Session,
    user_id: &UserId,
    visitor: &Visitor,
) -> Result<(), Fault> {
    let mut tx = services.db().begin().await?;
    let owner = Owner::User(user_id.clone());
    if sessions::remove_others(&mut tx, &owner, &session.token_hash, services.now()).await? > 0 {
        services.record(&mut tx, user_id, Action::SessionsEnded, None, visitor).await?;
    }
    Ok(Database::commit(tx).await?)
}

/// Deletes data that ended a week ago: sessions, limits, registrations, recoveries, changes of contacts, devices, sent
/// letters. Not at once: a clock that runs an hour ahead must not delete every session and every lock-out. Questions of
/// guests, announcements and photos of meters are kept longer.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn expire(services: &Services) -> Result<(), Fault> {
    let forgotten = services.now().minus(KEPT_FOR);
    let mut tx = services.db().begin().await?;
    sessions::remove_expired(&mut tx, forgotten).await?;
    crate::storage::limits::remove_ended(&mut tx, forgotten).await?;
    registrations::forget(&mut tx, forgotten).await?;
    recoveries::forget(&mut tx, forgotten).await?;
    contacts::forget(&mut tx, forgotten).await?;
    devices::remove_expired(&mut tx, forgotten).await?;
    outbox::forget(&mut tx, forgotten).await?;
    feedback::forget_guests(&mut tx, services.now().minus(GUEST_FEEDBACK_KEPT)).await?;
    reading_photos::forget(&mut tx, services.now().minus(PHOTO_KEPT)).await?;
    notice_inbox::forget(&mut tx, services.now().minus(NOTICES_KEPT)).await?;
    notice_plans::forget(&mut tx, services.now().minus(PLANS_KEPT)).await?;
    announcements::forget(&mut tx, services.now().minus(ARCHIVED_FOR)).await?;
    Database::commit(tx).await?;
    forget_old(services).await
}
