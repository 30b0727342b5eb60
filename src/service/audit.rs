//! The audit trail: which actions it knows, and how a user reads their own.

use super::{Services, Visitor, pages};
use crate::domain::calendar::Moment;
use crate::domain::id::{AccountId, OperatorId, UserId};
use crate::storage::audit::Event;
use crate::storage::{Connection, StorageError, audit};
use crate::telemetry;

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident $stored:literal $words:literal;)+) => {
        /// What the trail records.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub enum Action {
            $($(#[$doc])* $name,)+
        }

        impl Action {
            const ALL: &[Self] = &[$(Self::$name,)+];

            /// As stored.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $stored,)+
                }
            }

            /// In words, for the lists of users and operators.
            pub const fn words(self) -> &'static str {
                match self {
                    $(Self::$name => $words,)+
                }
            }
        }
    };
}

actions! {
    /// A registration was confirmed.
    Registered "registered" "Регистрация";
    /// A user signed in.
    SignedIn "signed_in" "Вход";
    /// A wrong password for a login that exists.
    SignInFailed "sign_in_failed" "Неверный пароль при входе";
    /// A user signed out.
    SignedOut "signed_out" "Выход";
    /// A password was changed.
    PasswordChanged "password_changed" "Пароль изменён";
    /// A wrong current password at a change.
    CurrentPasswordWrong "current_password_wrong" "Неверный текущий пароль при его смене";
    /// A recovery of the password was begun.
    RecoveryBegun "recovery_begun" "Запрошено восстановление пароля";
    /// A wrong code of a recovery.
    CodeWrong "code_wrong" "Неверный код из SMS";
    /// A password was recovered.
    PasswordRecovered "password_recovered" "Пароль восстановлен";
    /// The second factor was switched on.
    SecondFactorOn "second_factor_on" "Включён вход с кодом из приложения";
    /// The second factor was switched off.
    SecondFactorOff "second_factor_off" "Выключен вход с кодом из приложения";
    /// A wrong code of the second factor.
    SecondFactorWrong "second_factor_wrong" "Неверный код из приложения";
    /// A backup code was used.
    BackupCodeUsed "backup_code_used" "Вход с запасным кодом";
    /// New backup codes took the place of the old.
    BackupCodesRenewed "backup_codes_renewed" "Выпущены новые запасные коды";
    /// An administrator reset the second factor.
    SecondFactorReset "second_factor_reset" "Администратор сбросил вход с кодом";
    /// Other sessions were ended.
    SessionsEnded "sessions_ended" "Завершены другие сеансы";
    /// One session was ended from the list.
    SessionEnded "session_ended" "Завершён сеанс";
    /// An administrator ended all sessions.
    SessionsEndedByAdministrator "sessions_ended_by_administrator" "Администратор завершил все сеансы";
    /// An administrator locked the user.
    UserLocked "user_locked" "Вход закрыт администратором";
    /// An administrator unlocked the user.
    UserUnlocked "user_unlocked" "Вход открыт администратором";
    /// An account was linked.
    Linked "linked" "Подключён лицевой счёт";
    /// An account was unlinked.
    Unlinked "unlinked" "Отключён лицевой счёт";
    /// A PIN was asked for.
    PinRequested "pin_requested" "Запрошен ПИН-код";
    /// A wrong PIN was entered.
    PinWrong "pin_wrong" "Введён неверный ПИН-код";
    /// Full access was opened.
    FullAccess "full_access" "Открыта полная версия";
    /// An administrator revoked full access.
    AccessRevoked "access_revoked" "Полная версия закрыта поставщиком";
    /// An administrator replaced the PIN of an account.
    PinReplaced "pin_replaced" "ПИН-код заменён поставщиком";
    /// An operator was added.
    OperatorAdded "operator_added" "Оператор добавлен";
    /// An operator was disabled.
    OperatorDisabled "operator_disabled" "Оператор отключён";
    /// An operator was enabled again.
    OperatorEnabled "operator_enabled" "Оператор включён";
    /// The password of an operator was changed.
    OperatorPasswordChanged "operator_password_changed" "Пароль оператора изменён";
    /// The providers of an operator were changed.
    OperatorScopeChanged "operator_scope_changed" "Поставщики оператора изменены";
    /// An operator signed in.
    OperatorSignedIn "operator_signed_in" "Вход оператора";
    /// An operator signed out.
    OperatorSignedOut "operator_signed_out" "Выход оператора";
    /// A wrong password for the login of an operator.
    OperatorSignInFailed "operator_sign_in_failed" "Неверный пароль при входе оператора";
    /// An operator sent a PIN.
    PinApproved "pin_approved" "Оператор отправил ПИН-код";
    /// An operator refused a PIN.
    PinRefused "pin_refused" "Оператор отказал в ПИН-коде";
    /// The four-eyes rule or the providers of an operator did not allow a decision.
    DecisionRefused "decision_refused" "Решение по запросу ПИН-кода не принято";
    /// An operator answered feedback.
    FeedbackAnswered "feedback_answered" "Оператор ответил на обращение";
}

impl Action {
    fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.as_str() == text)
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

    /// Appends what an administrator did about an account, whether anybody has it linked or not.
    pub(super) async fn record_account(
        &self,
        connection: &mut Connection,
        account_id: &AccountId,
        action: Action,
    ) -> Result<(), StorageError> {
        let administrator = Visitor::administrator();
        self.append(connection, None, None, action, Some(account_id.as_str()), &administrator).await
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
        audit::insert(connection, &self.nature().id(), &event, telemetry::request_id().as_deref()).await
    }
}

/// One line of a list of events.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ListedEvent {
    /// When: of a run of the same refusal, the latest.
    pub at: Moment,
    /// What, in words.
    pub words: String,
    /// From which network address; empty where another person acted.
    pub address: String,
}

/// A page of events.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EventPage {
    /// The events, newest first.
    pub events: Vec<ListedEvent>,
    /// How many pages there are, at least one.
    pub pages: i64,
}

/// A page of the user's own security events, newest first; `page` counts from 0.
///
/// # Errors
/// [`StorageError`].
pub async fn own_events(services: &Services, user_id: &UserId, page: i64) -> Result<EventPage, StorageError> {
    let (events, count) = audit::of_user(&mut *services.db().read().await?, user_id, page).await?;
    let hide = |event: &Event| event.operator_id.is_some();
    Ok(EventPage { events: listed(events, hide), pages: pages(count, audit::PAGE) })
}

/// A page of what an operator did, newest first; `page` counts from 0.
///
/// # Errors
/// [`StorageError`].
pub async fn operator_events(services: &Services, id: &OperatorId, page: i64) -> Result<EventPage, StorageError> {
    let (events, count) = audit::of_operator(&mut *services.db().read().await?, id, page).await?;
    Ok(EventPage { events: listed(events, |_| false), pages: pages(count, audit::PAGE) })
}

/// Runs of the same refusal from one address become one line: a stranger's wrong passwords do not push the rest away.
fn listed(events: Vec<Event>, hides_address: impl Fn(&Event) -> bool) -> Vec<ListedEvent> {
    let mut lines: Vec<(ListedEvent, Action, u32)> = Vec::new();
    for event in events {
        let Some(action) = Action::parse(&event.action) else { continue };
        let address = if hides_address(&event) { String::new() } else { event.address };
        match lines.last_mut() {
            Some((line, last, count)) if *last == action && is_refusal(action) && line.address == address => {
                *count += 1
            }
            _ => lines.push((ListedEvent { at: event.at, words: action.words().to_owned(), address }, action, 1)),
        }
    }
    let line = |(mut line, _, count): (ListedEvent, Action, u32)| {
        if count > 1 {
            line.words = format!("{}, {count}\u{a0}раз", line.words);
        }
        line
    };
    lines.into_iter().map(line).collect()
}

const fn is_refusal(action: Action) -> bool {
    matches!(
        action,
        Action::SignInFailed
            | Action::CurrentPasswordWrong
            | Action::CodeWrong
            | Action::PinWrong
            | Action::SecondFactorWrong
    )
}
