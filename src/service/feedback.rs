//! Feedback: a thread between a user and the operators (M11).

use super::audit::Action;
use super::limits::{FEEDBACK, TooOften};
use super::{Fault, Services, Visitor};
use crate::domain::calendar::{Moment, Span};
use crate::domain::feedback::{Author, MAX_MESSAGE, MAX_SUBJECT, Thread, ThreadMessage};
use crate::domain::id::{ThreadId, UserId};
use crate::domain::operator::Scope;
use crate::domain::paging::{AskedPage, PagePlace};
use crate::domain::text::{TextError, clean_text};
pub use crate::storage::links::AccountInScope;
use crate::storage::{Connection, Database, StorageError, feedback, links, users};
use crate::telemetry::{self, SecurityEvent};

/// The same words within this time are one message sent twice.
const SECOND_CLICK: Span = Span::minutes(1);

/// What is wrong with the form, each with its field.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct FormErrors {
    /// The subject.
    pub subject: Option<TextError>,
    /// The message.
    pub message: Option<TextError>,
}

/// Why a message was not taken.
#[derive(Debug)]
pub enum FeedbackError {
    /// The form can be mended.
    Form(FormErrors),
    /// No such thread for this user.
    NotFound,
    /// The thread has as many messages as it may.
    Full,
    /// A limit was reached.
    TooOften(TooOften),
    /// Nobody's fault at the other end.
    Fault(Fault),
}

impl<E: Into<Fault>> From<E> for FeedbackError {
    fn from(error: E) -> Self {
        Self::Fault(error.into())
    }
}

/// Opens a thread.
///
/// # Errors
/// [`FeedbackError`].
pub async fn open(
    services: &Services,
    user_id: &UserId,
    subject: &str,
    message: &str,
) -> Result<ThreadId, FeedbackError> {
    let (subject, body) = match (clean_text(subject, MAX_SUBJECT), clean_text(message, MAX_MESSAGE)) {
        (Ok(subject), Ok(body)) => (subject.replace('\n', " "), body),
        (subject, message) => {
            return Err(FeedbackError::Form(FormErrors { subject: subject.err(), message: message.err() }));
        }
    };
    services.count(FEEDBACK, user_id.as_str()).await?.map_err(FeedbackError::TooOften)?;
    let now = services.now();
    let id = ThreadId::trusted(services.nature().id());
    let thread =
        Thread { id: id.clone(), user_id: user_id.clone(), subject, updated_at: now, last_author: Author::User };
    let mut tx = services.db().begin().await?;
    if let Some(newest) = feedback::of_user(&mut tx, user_id).await?.into_iter().next()
        && newest.subject == thread.subject
        && is_repeated(&mut tx, &newest.id, &body, now).await?
    {
        return Ok(newest.id);
    }
    feedback::insert(&mut tx, &thread).await?;
    feedback::add_message(&mut tx, &id, &ThreadMessage { author: Author::User, body, at: now }, None).await?;
    Database::commit(tx).await?;
    Ok(id)
}

/// Adds the user's message to their thread.
///
/// # Errors
/// [`FeedbackError`].
pub async fn add(services: &Services, user_id: &UserId, id: &ThreadId, message: &str) -> Result<(), FeedbackError> {
    let body = message_body(message)?;
    services.count(FEEDBACK, user_id.as_str()).await?.map_err(FeedbackError::TooOften)?;
    let mut tx = services.db().begin().await?;
    let thread = feedback::by_id(&mut tx, id).await?.filter(|thread| thread.user_id == *user_id);
    if thread.is_none() {
        telemetry::security(SecurityEvent::ForeignId);
        return Err(FeedbackError::NotFound);
    }
    if is_repeated(&mut tx, id, &body, services.now()).await? {
        return Ok(());
    }
    let message = ThreadMessage { author: Author::User, body, at: services.now() };
    feedback::add_message(&mut tx, id, &message, None).await.map_err(full)?;
    Database::commit(tx).await?;
    Ok(())
}

/// Whether the thread's last words are the same words of its user, a moment ago: a second click on «Отправить».
async fn is_repeated(
    connection: &mut Connection,
    id: &ThreadId,
    body: &str,
    now: Moment,
) -> Result<bool, StorageError> {
    let messages = feedback::messages(connection, id).await?;
    Ok(messages
        .last()
        .is_some_and(|last| last.author == Author::User && last.body == body && now.since(last.at) < SECOND_CLICK))
}

/// Answers a thread; the answer goes to the user's mail too.
///
/// # Errors
/// [`FeedbackError`].
pub async fn answer(
    services: &Services,
    scope: &Scope,
    id: &ThreadId,
    message: &str,
    visitor: &Visitor,
) -> Result<(), FeedbackError> {
    let operator_id = &scope.operator_id;
    let mut tx = services.db().begin().await?;
    if !feedback::is_in_scope(&mut tx, scope, id).await? {
        telemetry::security(SecurityEvent::OperatorRefused);
        return Err(FeedbackError::NotFound);
    }
    let body = message_body(message)?;
    let thread = feedback::by_id(&mut tx, id).await?.ok_or(FeedbackError::NotFound)?;
    let user = users::by_id(&mut tx, &thread.user_id).await?.ok_or(Fault::Broken("a thread of no user"))?;
    let text = services.text_feedback_answer(&thread.subject, &body, id.as_str());
    let message = ThreadMessage { author: Author::Operator, body, at: services.now() };
    feedback::add_message(&mut tx, id, &message, Some(operator_id)).await.map_err(full)?;
    services.send(&mut tx, &user.login, text).await?;
    let action = Action::FeedbackAnswered;
    services.record_operator(&mut tx, operator_id, Some(&user.id), action, Some(id.as_str()), visitor).await?;
    Database::commit(tx).await?;
    Ok(())
}

fn message_body(message: &str) -> Result<String, FeedbackError> {
    clean_text(message, MAX_MESSAGE)
        .map_err(|error| FeedbackError::Form(FormErrors { subject: None, message: Some(error) }))
}

fn full(error: StorageError) -> FeedbackError {
    match error {
        StorageError::Conflict => FeedbackError::Full,
        other => other.into(),
    }
}

/// The user's threads, the liveliest first.
///
/// # Errors
/// [`Fault`].
pub async fn own_threads(services: &Services, user_id: &UserId) -> Result<Vec<Thread>, Fault> {
    Ok(feedback::of_user(&mut *services.db().read().await?, user_id).await?)
}

/// The user's own thread with its messages.
///
/// # Errors
/// [`Fault`].
pub async fn own_thread(
    services: &Services,
    user_id: &UserId,
    id: &ThreadId,
) -> Result<Option<(Thread, Vec<ThreadMessage>)>, Fault> {
    let found = thread(&mut *services.db().read().await?, id).await?;
    let own = found.filter(|(thread, _)| thread.user_id == *user_id);
    if own.is_none() {
        telemetry::security(SecurityEvent::ForeignId);
    }
    Ok(own)
}

/// A thread as an operator reads it.
pub struct Conversation {
    /// The thread.
    pub thread: Thread,
    /// Its messages, the oldest first.
    pub messages: Vec<ThreadMessage>,
    /// The user who asks.
    pub asker: Asker,
}

/// A user as an operator sees them: as much as an answer needs.
pub struct Asker {
    /// The name of the profile.
    pub name: Option<String>,
    /// The login, hidden but for its ends.
    pub login_masked: Option<String>,
    /// The linked accounts of the operator's providers; those of other providers stay unseen.
    pub accounts: Vec<AccountInScope>,
}

/// A thread of one of the operator's subscribers; `None` when it is none of theirs.
///
/// # Errors
/// [`Fault`].
pub async fn thread_in_scope(services: &Services, scope: &Scope, id: &ThreadId) -> Result<Option<Conversation>, Fault> {
    let mut connection = services.db().read().await?;
    if !feedback::is_in_scope(&mut connection, scope, id).await? {
        telemetry::security(SecurityEvent::OperatorRefused);
        return Ok(None);
    }
    let Some((thread, messages)) = thread(&mut connection, id).await? else { return Ok(None) };
    let user = users::by_id(&mut connection, &thread.user_id).await?;
    let asker = Asker {
        login_masked: user.as_ref().map(|user| user.login.masked()),
        name: user.and_then(|user| user.name),
        accounts: links::linked_in_scope(&mut connection, scope, &thread.user_id).await?,
    };
    Ok(Some(Conversation { thread, messages, asker }))
}

async fn thread(
    connection: &mut Connection,
    id: &ThreadId,
) -> Result<Option<(Thread, Vec<ThreadMessage>)>, StorageError> {
    let Some(thread) = feedback::by_id(connection, id).await? else { return Ok(None) };
    let messages = feedback::messages(connection, id).await?;
    Ok(Some((thread, messages)))
}

/// A page of an operator's list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Queue {
    /// The threads of this page.
    pub threads: Vec<Thread>,
    /// How many wait for an answer, on all pages.
    pub waiting: i64,
    /// Which page this is.
    pub place: PagePlace,
}

/// A page of the threads of the operator's subscribers: those that wait for an answer first.
///
/// # Errors
/// [`Fault`].
pub async fn queue(services: &Services, scope: &Scope, asked: AskedPage) -> Result<Queue, Fault> {
    let mut connection = services.db().read().await?;
    let (count, waiting) = feedback::count(&mut connection, scope).await?;
    let place = PagePlace::within(asked, count.unsigned_abs(), feedback::QUEUE_PAGE);
    let threads = feedback::queue(&mut connection, scope, place).await?;
    Ok(Queue { threads, waiting, place })
}
