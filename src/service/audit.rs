//! The audit trail: which actions it knows, and how a user reads their own.

use super::{Services, Visitor};
use crate::domain::calendar::Moment;
use crate::domain::id::{OperatorId, UserId};
use crate::storage::audit::Event;
use crate::storage::{Connection, StorageError, audit};

/// What the trail records.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Action {
    /// A registration was confirmed.
    Registered,
    /// Someone signed in.
    SignedIn,
    /// A wrong password for a login that exists.
    SignInFailed,
    /// A password was changed.
    PasswordChanged,
    /// A recovery of the password was begun.
    RecoveryBegun,
    /// A password was recovered.
    PasswordRecovered,
    /// Other sessions were ended.
    SessionsEnded,
    /// One session was ended from the list.
    SessionEnded,
    /// An account was linked.
    Linked,
    /// An account was unlinked.
    Unlinked,
    /// A PIN was asked for.
    PinRequested,
    /// A wrong PIN was entered.
    PinWrong,
    /// Full access was opened.
    FullAccess,
    /// An operator signed in.
    OperatorSignedIn,
    /// A wrong password for an operator's login.
    OperatorSignInFailed,
    /// An operator sent a PIN.
    PinApproved,
    /// An operator refused a PIN.
    PinRefused,
    /// An operator answered feedback.
    FeedbackAnswered,
}

impl Action {
    const ALL: [Self; 18] = [
        Self::Registered,
        Self::SignedIn,
        Self::SignInFailed,
        Self::PasswordChanged,
        Self::RecoveryBegun,
        Self::PasswordRecovered,
        Self::SessionsEnded,
        Self::SessionEnded,
        Self::Linked,
        Self::Unlinked,
        Self::PinRequested,
        Self::PinWrong,
        Self::FullAccess,
        Self::OperatorSignedIn,
        Self::OperatorSignInFailed,
        Self::PinApproved,
        Self::PinRefused,
        Self::FeedbackAnswered,
    ];

    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::SignedIn => "signed_in",
            Self::SignInFailed => "sign_in_failed",
            Self::PasswordChanged => "password_changed",
            Self::RecoveryBegun => "recovery_begun",
            Self::PasswordRecovered => "password_recovered",
            Self::SessionsEnded => "sessions_ended",
            Self::SessionEnded => "session_ended",
            Self::Linked => "linked",
            Self::Unlinked => "unlinked",
            Self::PinRequested => "pin_requested",
            Self::PinWrong => "pin_wrong",
            Self::FullAccess => "full_access",
            Self::OperatorSignedIn => "operator_signed_in",
            Self::OperatorSignInFailed => "operator_sign_in_failed",
            Self::PinApproved => "pin_approved",
            Self::PinRefused => "pin_refused",
            Self::FeedbackAnswered => "feedback_answered",
        }
    }

    /// In words, for the user's own list.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Registered => "Регистрация",
            Self::SignedIn => "Вход",
            Self::SignInFailed => "Неверный пароль при входе",
            Self::PasswordChanged => "Пароль изменён",
            Self::RecoveryBegun => "Запрошено восстановление пароля",
            Self::PasswordRecovered => "Пароль восстановлен",
            Self::SessionsEnded => "Завершены другие сеансы",
            Self::SessionEnded => "Завершён сеанс",
            Self::Linked => "Подключён лицевой счёт",
            Self::Unlinked => "Отключён лицевой счёт",
            Self::PinRequested => "Запрошен ПИН-код",
            Self::PinWrong => "Введён неверный ПИН-код",
            Self::FullAccess => "Открыта полная версия",
            Self::OperatorSignedIn => "Вход оператора",
            Self::OperatorSignInFailed => "Неверный пароль при входе оператора",
            Self::PinApproved => "Оператор отправил ПИН-код",
            Self::PinRefused => "Оператор отказал в ПИН-коде",
            Self::FeedbackAnswered => "Оператор ответил на обращение",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == text)
    }
}

impl Services {
    /// Appends what a user did, in the transaction of the deed.
    pub(super) async fn record(
        &self,
        connection: &mut Connection,
        user_id: &UserId,
        action: Action,
        subject: Option<&str>,
        visitor: &Visitor,
    ) -> Result<(), StorageError> {
        self.append(connection, Some(user_id), None, action, subject, visitor).await
    }

    /// Appends what an operator did about a user.
    pub(super) async fn record_operator(
        &self,
        connection: &mut Connection,
        operator_id: &OperatorId,
        user_id: Option<&UserId>,
        action: Action,
        subject: Option<&str>,
        visitor: &Visitor,
    ) -> Result<(), StorageError> {
        self.append(connection, user_id, Some(operator_id), action, subject, visitor).await
    }

    async fn append(
        &self,
        connection: &mut Connection,
        user_id: Option<&UserId>,
        operator_id: Option<&OperatorId>,
        action: Action,
        subject: Option<&str>,
        visitor: &Visitor,
    ) -> Result<(), StorageError> {
        let event = Event {
            at: self.now(),
            user_id: user_id.cloned(),
            operator_id: operator_id.cloned(),
            action: action.as_str().to_owned(),
            subject: subject.map(str::to_owned),
            address: visitor.address.clone(),
        };
        audit::insert(connection, &self.nature().id(), &event).await
    }
}

/// One line of a user's own list of security events.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OwnEvent {
    /// When.
    pub at: Moment,
    /// What, in words.
    pub words: &'static str,
    /// From which network address.
    pub address: String,
}

/// The user's own security events, newest first.
///
/// # Errors
/// [`StorageError`].
pub async fn own_events(services: &Services, user_id: &UserId) -> Result<Vec<OwnEvent>, StorageError> {
    let mut connection = services.db().read().await?;
    let events = audit::of_user(&mut connection, user_id).await?;
    Ok(events
        .into_iter()
        .filter_map(|event| {
            let by_operator = event.operator_id.is_some();
            let address = if by_operator { String::new() } else { event.address };
            Some(OwnEvent { at: event.at, words: Action::parse(&event.action)?.words(), address })
        })
        .collect())
}
