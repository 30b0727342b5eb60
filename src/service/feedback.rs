//! Feedback: threads between users, or people without an account, and the operators (M11).

use super::audit::Action;
use super::limits::{FEEDBACK, GUEST_FEEDBACK_ADDRESS, GUEST_FEEDBACK_ALL, GUEST_FEEDBACK_CONTACT, TooOften};
use super::refused::{Correctable, Declined, Refused};
use super::registration::consent_of;
use super::{Fault, Services, Visitor, notices};
use crate::domain::account::AccountInScope;
use crate::domain::calendar::{Moment, Span};
use crate::domain::feedback::{Author, MAX_MESSAGE, MAX_SMS_ANSWER, MAX_SUBJECT, Thread, ThreadMessage, ThreadOwner};
use crate::domain::id::{ThreadId, UserId};
use crate::domain::login::{Login, LoginError};
use crate::domain::notice::NoticeKind;
use crate::domain::notice_text::NoticeValues;
use crate::domain::operator::Scope;
use crate::domain::paging::{AskedPage, PagePlace};
use crate::domain::text::{TextError, clean_text};
use crate::storage::users::{self, Consent};
use crate::storage::{Connection, Database, StorageError, feedback, links};
use crate::telemetry::{self, SecurityEvent};

/// The same text within this time counts as one message submitted twice.
const SECOND_CLICK: Span = Span::minutes(1);

/// The errors of the form, by field.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct FormErrors {
    /// The subject.
    pub subject: Option<TextError>,
    /// The message.
    pub message: Option<TextError>,
    /// The contact for the answer, of a person without an account.
    pub contact: Option<LoginError>,
    /// A person without an account did not consent to the processing of personal data.
    pub consent_missing: bool,
}

/// Why a message was rejected.
#[derive(Debug)]
pub enum FeedbackError {
    /// The form has errors that the user can correct.
    Form(FormErrors),
    /// The user or the operator has no such thread.
    NotFound,
    /// The thread has the maximum number of messages.
    Full,
}

impl Correctable for FeedbackError {}

/// Opens a thread.
///
/// # Errors
/// [`Refused`] when a field is invalid, a limit is reached, or on an internal error.
pub async fn open(
    services: &Services,
    user_id: &UserId,
    subject: &str,
    message: &str,
) -> Result<ThreadId, Refused<FeedbackError>> {
    let (subject, body) = question(subject, message).map_err(FeedbackError::Form)?;
    services.count(FEEDBACK, user_id.as_str()).await??;
    let mut tx = services.db().begin().await?;
    let newest = feedback::of_user(&mut tx, user_id).await?.into_iter().next();
    let opening = Opening { owner: ThreadOwner::User(user_id.clone()), consent: None, subject, body };
    let id = begin(services, &mut tx, newest, opening).await?;
    Database::commit(tx).await?;
    Ok(id)
}

/// The question of a person without an account.
pub struct GuestQuestion<'a> {
    /// The address or phone for the answer, as typed.
    pub contact: &'a str,
    /// The subject, as typed.
    pub subject: &'a str,
    /// The message, as typed.
    pub message: &'a str,
    /// Version of the consent to the processing of personal data that the person accepts; `None` when the box is not
    /// ticked.
    pub consent: Option<&'a str>,
}

/// Opens a thread of a person without an account and stores their consent with it. Nothing is sent to the contact until
/// an operator answers, so the form cannot be used to send letters to strangers.
///
/// # Errors
/// [`FeedbackError::Form`] for invalid fields, [`Refused::TooOften`] when a limit of the network, of the contact or of
/// the installation is reached, [`Refused::Fault`] on an internal error.
pub async fn ask_as_guest(
    services: &Services,
    typed: GuestQuestion<'_>,
    visitor: &Visitor,
) -> Result<(), Refused<FeedbackError>> {
    let (contact, question) = (Login::parse(typed.contact), question(typed.subject, typed.message));
    let (contact, (subject, body), accepted) = match (contact, question, typed.consent) {
        (Ok(contact), Ok(question), Some(accepted)) => (contact, question, accepted),
        (contact, question, accepted) => {
            let texts = question.err().unwrap_or_default();
            let errors = FormErrors { contact: contact.err(), consent_missing: accepted.is_none(), ..texts };
            return Err(FeedbackError::Form(errors).into());
        }
    };
    count_guest(services, &contact, visitor).await??;
    let mut tx = services.db().begin().await?;
    let newest = feedback::newest_of_guest(&mut tx, &contact).await?;
    let consent = Some(consent_of(services, visitor, accepted));
    begin(services, &mut tx, newest, Opening { owner: ThreadOwner::Guest(contact), consent, subject, body }).await?;
    Ok(Database::commit(tx).await?)
}

async fn count_guest(
    services: &Services,
    contact: &Login,
    visitor: &Visitor,
) -> Result<Result<(), TooOften>, StorageError> {
    if let Err(limit) = services.count_visitor(GUEST_FEEDBACK_ADDRESS, visitor).await? {
        return Ok(Err(limit));
    }
    if let Err(limit) = services.count(GUEST_FEEDBACK_CONTACT, contact.as_str()).await? {
        return Ok(Err(limit));
    }
    let mut tx = services.db().begin().await?;
    let counted = services.under_ceiling(&mut tx, GUEST_FEEDBACK_ALL).await?;
    Database::commit(tx).await?;
    Ok(counted)
}

/// The cleaned subject and message of a new thread.
fn question(subject: &str, message: &str) -> Result<(String, String), FormErrors> {
    match (clean_text(subject, MAX_SUBJECT), clean_text(message, MAX_MESSAGE)) {
        (Ok(subject), Ok(body)) => Ok((subject.replace('\n', " "), body)),
        (subject, message) => {
            Err(FormErrors { subject: subject.err(), message: message.err(), ..FormErrors::default() })
        }
    }
}

/// A thread to open.
struct Opening {
    owner: ThreadOwner,
    /// The consent of a person without an account.
    consent: Option<Consent>,
    subject: String,
    body: String,
}

/// Inserts a thread with its first message, unless the owner's newest thread is the same form submitted within
/// [`SECOND_CLICK`].
async fn begin(
    services: &Services,
    connection: &mut Connection,
    newest: Option<Thread>,
    Opening { owner, consent, subject, body }: Opening,
) -> Result<ThreadId, StorageError> {
    let now = services.now();
    if let Some(newest) = newest.filter(|newest| newest.subject == subject)
        && is_repeated(connection, &newest.id, &body, now).await?
    {
        return Ok(newest.id);
    }
    let id = ThreadId::trusted(services.nature().id());
    let thread = Thread { id: id.clone(), owner, subject, updated_at: now, last_author: Author::User };
    feedback::insert(connection, &thread, consent.as_ref()).await?;
    feedback::add_message(connection, &id, &ThreadMessage { author: Author::User, body, at: now }, None).await?;
    Ok(id)
}

/// Adds the user's message to their thread.
///
/// # Errors
/// [`Refused`] when the message is invalid, a limit is reached, the thread is full or not the user's, or on an
/// internal error.
pub async fn add(
    services: &Services,
    user_id: &UserId,
    id: &ThreadId,
    message: &str,
) -> Result<(), Refused<FeedbackError>> {
    let body = message_body(message)?;
    services.count(FEEDBACK, user_id.as_str()).await??;
    let mut tx = services.db().begin().await?;
    let thread = feedback::by_id(&mut tx, id).await?.filter(|thread| thread.owner.is_user(user_id));
    if thread.is_none() {
        telemetry::security(SecurityEvent::ForeignId);
        return Err(FeedbackError::NotFound.into());
    }
    if is_repeated(&mut tx, id, &body, services.now()).await? {
        return Ok(());
    }
    let message = ThreadMessage { author: Author::User, body, at: services.now() };
    feedback::add_message(&mut tx, id, &message, None).await.map_err(full::<Refused<FeedbackError>>)?;
    Database::commit(tx).await?;
    Ok(())
}

/// Whether the thread's last message is the same text of its user within [`SECOND_CLICK`]: a second click on
/// «Отправить».
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

/// Answers a thread. The answer is sent by mail or SMS: a user can also read it in the portal, a person without an
/// account cannot.
///
/// # Errors
/// [`Declined`] when the thread is outside the operator's scope or full, the message is invalid, or on an internal
/// error.
pub async fn answer(
    services: &Services,
    scope: &Scope,
    id: &ThreadId,
    message: &str,
    visitor: &Visitor,
) -> Result<(), Declined<FeedbackError>> {
    let operator_id = &scope.operator_id;
    let mut tx = services.db().begin().await?;
    if !feedback::is_in_scope(&mut tx, scope, id).await? {
        telemetry::security(SecurityEvent::OperatorRefused);
        return Err(FeedbackError::NotFound.into());
    }
    let body = message_body(message)?;
    let thread = feedback::by_id(&mut tx, id).await?.ok_or(FeedbackError::NotFound)?;
    if let ThreadOwner::Guest(contact) = &thread.owner
        && GuestAnswer::to(contact) == GuestAnswer::Sms
        && body.chars().count() > MAX_SMS_ANSWER
    {
        return Err(message_error(TextError::TooLong(MAX_SMS_ANSWER)).into());
    }
    let message = ThreadMessage { author: Author::Operator, body, at: services.now() };
    feedback::add_message(&mut tx, id, &message, Some(operator_id)).await.map_err(full::<Declined<FeedbackError>>)?;
    let user_id = match &thread.owner {
        ThreadOwner::User(user_id) => {
            tell_answer(services, &mut tx, user_id, (id, &thread.subject), &message).await?;
            Some(user_id)
        }
        ThreadOwner::Guest(contact) => {
            services.send(&mut tx, contact, services.text_guest_answer(&thread.subject, &message.body)).await?;
            None
        }
    };
    let action = Action::FeedbackAnswered;
    services.record_operator(&mut tx, operator_id, user_id, action, Some(id.as_str()), visitor).await?;
    Database::commit(tx).await?;
    Ok(())
}

async fn tell_answer(
    services: &Services,
    connection: &mut Connection,
    user_id: &UserId,
    (id, question): (&ThreadId, &str),
    answer: &ThreadMessage,
) -> Result<(), Fault> {
    let user = users::by_id(connection, user_id).await?.ok_or(Fault::Broken("a thread of no user"))?;
    let values = NoticeValues::default().with("question", question).with("answer", answer.body.as_str());
    let (kind, subject) = (NoticeKind::Answer, format!("{id} {}", answer.at.micros()));
    notices::tell(services, connection, &user, kind, subject, None, (values, format!("/feedback/{id}"))).await
}

/// How an answer is sent to a person without an account.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum GuestAnswer {
    /// By mail.
    Letter,
    /// By SMS, with the whole answer: at most [`MAX_SMS_ANSWER`] characters.
    Sms,
}

impl GuestAnswer {
    const fn to(contact: &Login) -> Self {
        match contact {
            Login::Email(_) => Self::Letter,
            Login::Phone(_) => Self::Sms,
        }
    }
}

fn message_body(message: &str) -> Result<String, FeedbackError> {
    clean_text(message, MAX_MESSAGE).map_err(message_error)
}

fn message_error(error: TextError) -> FeedbackError {
    FeedbackError::Form(FormErrors { message: Some(error), ..FormErrors::default() })
}

fn full<R: From<FeedbackError> + From<StorageError>>(error: StorageError) -> R {
    match error {
        StorageError::Conflict => FeedbackError::Full.into(),
        other => other.into(),
    }
}

/// The user's threads, the most recently updated first.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn own_threads(services: &Services, user_id: &UserId) -> Result<Vec<Thread>, Fault> {
    Ok(feedback::of_user(&mut *services.db().read().await?, user_id).await?)
}

/// The user's own thread with its messages; `None` when the user has no such thread.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn own_thread(
    services: &Services,
    user_id: &UserId,
    id: &ThreadId,
) -> Result<Option<(Thread, Vec<ThreadMessage>)>, Fault> {
    let found = thread(&mut *services.db().read().await?, id).await?;
    let own = found.filter(|(thread, _)| thread.owner.is_user(user_id));
    if own.is_none() {
        telemetry::security(SecurityEvent::ForeignId);
    }
    Ok(own)
}

/// A thread as shown to an operator.
pub struct Conversation {
    /// The thread.
    pub thread: Thread,
    /// Its messages, the oldest first.
    pub messages: Vec<ThreadMessage>,
    /// The author of the thread.
    pub asker: Asker,
}

/// The author of a thread as shown to an operator: only the data that an answer needs.
pub struct Asker {
    /// How the answer is sent to a person without an account; `None` for a user.
    pub guest_answer: Option<GuestAnswer>,
    /// The name of the profile.
    pub name: Option<String>,
    /// The masked login, or the masked contact of a person without an account: only its ends are visible.
    pub login_masked: Option<String>,
    /// The linked accounts of the operator's providers; those of other providers are hidden.
    pub accounts: Vec<AccountInScope>,
}

/// A thread in the operator's scope; `None` outside it. Threads of people without an account are in the scope of
/// operators of all providers.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn thread_in_scope(services: &Services, scope: &Scope, id: &ThreadId) -> Result<Option<Conversation>, Fault> {
    let mut connection = services.db().read().await?;
    if !feedback::is_in_scope(&mut connection, scope, id).await? {
        telemetry::security(SecurityEvent::OperatorRefused);
        return Ok(None);
    }
    let Some((thread, messages)) = thread(&mut connection, id).await? else { return Ok(None) };
    let asker = asker(&mut connection, scope, &thread.owner).await?;
    Ok(Some(Conversation { thread, messages, asker }))
}

async fn asker(connection: &mut Connection, scope: &Scope, owner: &ThreadOwner) -> Result<Asker, StorageError> {
    match owner {
        ThreadOwner::User(user_id) => {
            let user = users::by_id(connection, user_id).await?;
            Ok(Asker {
                guest_answer: None,
                login_masked: user.as_ref().map(|user| user.login.masked()),
                name: user.and_then(|user| user.name),
                accounts: links::linked_in_scope(connection, scope, user_id).await?,
            })
        }
        ThreadOwner::Guest(contact) => Ok(Asker {
            guest_answer: Some(GuestAnswer::to(contact)),
            login_masked: Some(contact.masked()),
            name: None,
            accounts: Vec::new(),
        }),
    }
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
    /// The number of threads without an answer, on all pages.
    pub waiting: i64,
    /// The position of this page.
    pub place: PagePlace,
}

/// A page of the threads in the operator's scope: threads without an answer come first.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn queue(services: &Services, scope: &Scope, asked: AskedPage) -> Result<Queue, Fault> {
    let mut connection = services.db().read().await?;
    let (count, waiting) = feedback::count(&mut connection, scope).await?;
    let place = PagePlace::within(asked, count.unsigned_abs(), feedback::QUEUE_PAGE);
    let threads = feedback::queue(&mut connection, scope, place).await?;
    Ok(Queue { threads, waiting, place })
}
