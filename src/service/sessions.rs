//! Sessions: made, found, ended. The cookie's 256 random bits are never stored, only their SHA-256.

use std::time::Duration;

use super::audit::Action;
use super::{Fault, Services, Visitor, fingerprint};
use crate::domain::calendar::{Moment, Span};
use crate::domain::id::{OperatorId, RegistrationId, SessionId, UserId};
pub use crate::storage::sessions::Session;
use crate::storage::users::User;
use crate::storage::{Connection, Database, outbox, sessions, users};

/// Days that a session lives at most.
pub const ABSOLUTE: Span = Span::days(30);
/// Minutes without a request after which money pages ask for the password again.
pub const MONEY_IDLE: Span = Span::minutes(30);
/// How long a guest's session lives: it remembers a registration or a recovery.
pub const GUEST: Span = Span::days(2);
/// An operator's session lives for a working day.
pub const OPERATOR: Span = Span::hours(12);
/// How long an ended registration or recovery, or a letter that left, can still be asked about: a week covers what
/// people write to the support about, and personal data must not stay without an end.
const KEPT_FOR: Span = Span::days(7);
/// `seen_at` is kept to the minute, so that reading pages rarely writes.
const TOUCH_EVERY: Span = Span::seconds(60);
/// How long a page waits for that: longer than any write of the portal's own, shorter than anybody notices.
const NOTED_WITHIN: Duration = Duration::from_millis(500);

/// Whom a session is for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Holder {
    /// Nobody yet; may remember a registration or a recovery.
    Guest {
        /// The registration that this browser waits to confirm.
        registration: Option<RegistrationId>,
        /// The recovery that this browser waits to finish.
        recovery: Option<String>,
    },
    /// A user.
    User(UserId),
    /// An operator.
    Operator(OperatorId),
}

impl Holder {
    const fn lifetime(&self) -> Span {
        match self {
            Self::Guest { .. } => GUEST,
            Self::User(_) => ABSOLUTE,
            Self::Operator(_) => OPERATOR,
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
    /// Opens a session within a transaction and returns the secret for the cookie.
    pub(super) async fn open_session(
        &self,
        connection: &mut Connection,
        holder: Holder,
        flash: Option<&str>,
        visitor: &Visitor,
    ) -> Result<Token, Fault> {
        let token = Token(self.nature().token());
        let now = self.now();
        let expires_at = now.plus(holder.lifetime());
        let (user_id, operator_id, registration_id, recovery_id) = match holder {
            Holder::Guest { registration, recovery } => (None, None, registration, recovery),
            Holder::User(id) => (Some(id), None, None, None),
            Holder::Operator(id) => (None, Some(id), None, None),
        };
        let session = Session {
            token_hash: fingerprint(token.reveal()),
            id: SessionId::trusted(self.nature().id()),
            user_id,
            operator_id,
            registration_id,
            recovery_id,
            flash: flash.map(str::to_owned),
            user_agent: visitor.user_agent.clone(),
            address: visitor.address.clone(),
            created_at: now,
            seen_at: now,
            expires_at,
        };
        sessions::insert(connection, &session).await?;
        Ok(token)
    }
}

/// The living session of a cookie, as it was last seen; notes that it is seen now. A user's session that was idle for
/// longer than [`MONEY_IDLE`] stays idle whatever page is opened: only the password ends that.
///
/// # Errors
/// [`Fault`].
pub async fn find(services: &Services, cookie: &str) -> Result<Option<Session>, Fault> {
    Ok(find_with_user(services, cookie).await?.map(|(session, _)| session))
}

/// The living session of a cookie, as [`find`] tells it, and its user: every page begins with them.
///
/// # Errors
/// [`Fault`].
pub async fn find_with_user(services: &Services, cookie: &str) -> Result<Option<(Session, Option<User>)>, Fault> {
    let mut connection = services.db().read().await?;
    let now = services.now();
    let found = sessions::find_with_user(&mut connection, &fingerprint(cookie), now).await?;
    drop(connection);
    if let Some((session, _)) = &found
        && now.since(session.seen_at) > TOUCH_EVERY
        && (session.user_id.is_none() || now.since(session.seen_at) <= MONEY_IDLE)
    {
        note_seen(services, session, now).await?;
    }
    Ok(found)
}

/// Not at any price: while an import holds the database the page comes all the same, and the next one notes it.
async fn note_seen(services: &Services, session: &Session, now: Moment) -> Result<(), Fault> {
    let noted = async {
        let mut tx = services.db().begin().await?;
        sessions::touch(&mut tx, &session.token_hash, now).await?;
        Database::commit(tx).await
    };
    Ok(tokio::time::timeout(NOTED_WITHIN, noted).await.unwrap_or(Ok(()))?)
}

/// Leaves a message for the next page.
///
/// # Errors
/// [`Fault`].
pub async fn leave_flash(services: &Services, session: &Session, text: &str) -> Result<(), Fault> {
    let mut tx = services.db().begin().await?;
    sessions::set_flash(&mut tx, &session.token_hash, Some(text)).await?;
    Ok(Database::commit(tx).await?)
}

/// Takes the message away, once it was shown.
///
/// # Errors
/// [`Fault`].
pub async fn clear_flash(services: &Services, session: &Session) -> Result<(), Fault> {
    let mut tx = services.db().begin().await?;
    sessions::set_flash(&mut tx, &session.token_hash, None).await?;
    Ok(Database::commit(tx).await?)
}

/// Ends a session.
///
/// # Errors
/// [`Fault`].
pub async fn sign_out(services: &Services, session: &Session) -> Result<(), Fault> {
    let mut tx = services.db().begin().await?;
    sessions::remove(&mut tx, &session.token_hash).await?;
    Ok(Database::commit(tx).await?)
}

/// The user's living sessions, the last seen first.
///
/// # Errors
/// [`Fault`].
pub async fn list(services: &Services, user_id: &UserId) -> Result<Vec<Session>, Fault> {
    let mut connection = services.db().read().await?;
    Ok(sessions::of_user(&mut connection, user_id, services.now()).await?)
}

/// Ends one of the user's sessions. `false` when it is not theirs or ended before.
///
/// # Errors
/// [`Fault`].
pub async fn revoke(services: &Services, user_id: &UserId, id: &SessionId, visitor: &Visitor) -> Result<bool, Fault> {
    let mut tx = services.db().begin().await?;
    let removed = sessions::remove_one(&mut tx, user_id, id).await?;
    if removed {
        services.record(&mut tx, user_id, Action::SessionEnded, Some(id.as_str()), visitor).await?;
    }
    Database::commit(tx).await?;
    Ok(removed)
}

/// Forgets ended sessions and limits at once; ended registrations and recoveries and letters that left, a week later.
///
/// # Errors
/// [`Fault`].
pub async fn expire(services: &Services) -> Result<(), Fault> {
    let now = services.now();
    let mut tx = services.db().begin().await?;
    sessions::remove_expired(&mut tx, now).await?;
    crate::storage::limits::remove_ended(&mut tx, now).await?;
    let forgotten = now.minus(KEPT_FOR);
    users::forget_registrations(&mut tx, forgotten).await?;
    users::forget_recoveries(&mut tx, forgotten).await?;
    outbox::forget(&mut tx, forgotten).await?;
    Ok(Database::commit(tx).await?)
}
