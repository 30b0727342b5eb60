//! The audit trail: its actions, and the lists of their own events for users and operators.

use super::{Fault, Services, Visitor};
use crate::domain::calendar::{Moment, Span};
use crate::domain::id::{AccountId, OperatorId, Owner, UserId};
use crate::domain::in_words::noun_after;
use crate::domain::paging::{AskedPage, PagePlace};
use crate::storage::audit::{Event, Line};
pub use crate::storage::audit::{MAX_TRIES, Show, Tries};
use crate::storage::{Connection, Database, StorageError, audit};
use crate::telemetry::{self, SecurityEvent};

/// Days over which refused tries of strangers are counted: a month is as far back as a person looks.
pub const TRIES_DAYS: i64 = 30;
/// Allowed clock skew in days: the database refuses young events by its own clock, the portal selects old ones by its
/// clock.
const CLOCKS_APART_DAYS: i64 = 1;

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident $stored:literal $words:literal;)+) => {
        /// An action in the audit trail.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub enum Action {
            $($(#[$doc])* $name,)+
        }

        impl Action {
            const ALL: &[Self] = &[$(Self::$name,)+];

            /// The name in the database.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $stored,)+
                }
            }

            /// The text for the lists of users and operators.
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
    /// A user signed in with a known browser.
    SignedIn "signed_in" "Вход";
    /// A user signed in with a new browser.
    SignInOnNewDevice "sign_in_on_new_device" "Вход с нового устройства";
    /// A wrong password for a login that exists.
    SignInFailed "sign_in_failed" "Неверный пароль при входе";
    /// Rate limits refused sign-in tries, whatever the password.
    SignInRefused "sign_in_refused" "Слишком много попыток входа, вход приостановлен";
    /// A user signed out.
    SignedOut "signed_out" "Выход";
    /// A password was changed.
    PasswordChanged "password_changed" "Пароль изменён";
    /// A wrong current password at a change of the password or the login.
    CurrentPasswordWrong "current_password_wrong" "Неверный текущий пароль";
    /// A password recovery was started.
    RecoveryBegun "recovery_begun" "Запрошено восстановление пароля";
    /// A wrong code of a recovery.
    CodeWrong "code_wrong" "Неверный код из SMS";
    /// A password was recovered.
    PasswordRecovered "password_recovered" "Пароль восстановлен";
    /// A code for a new second contact was sent.
    ContactAsked "contact_asked" "Запрошен код для второго контакта";
    /// A second contact was added or replaced.
    ContactAdded "contact_added" "Добавлен второй контакт";
    /// The second contact was removed.
    ContactRemoved "contact_removed" "Удалён второй контакт";
    /// A code for a new login was sent.
    LoginAsked "login_asked" "Запрошен код для нового логина";
    /// The login was changed.
    LoginChanged "login_changed" "Изменён логин";
    /// A wrong code for a new contact or login.
    ContactCodeWrong "contact_code_wrong" "Неверный код при смене контакта или логина";
    /// A reading of a meter was sent.
    ReadingSent "reading_sent" "Переданы показания счётчика";
    /// A sent reading was taken back.
    ReadingTakenBack "reading_taken_back" "Показания счётчика отозваны";
    /// A photo of the meter was attached to a sent reading.
    PhotoAttached "photo_attached" "Приложено фото счётчика";
    /// An operator looked at the photo of a sent reading.
    PhotoShown "photo_shown" "Оператор посмотрел фото счётчика";
    /// The second factor was switched on.
    SecondFactorOn "second_factor_on" "Включён вход с кодом из приложения";
    /// The second factor was switched off.
    SecondFactorOff "second_factor_off" "Выключен вход с кодом из приложения";
    /// A wrong code of the second factor.
    SecondFactorWrong "second_factor_wrong" "Неверный код из приложения";
    /// A backup code was used.
    BackupCodeUsed "backup_code_used" "Вход с запасным кодом";
    /// New backup codes replaced the old ones.
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
    /// A PIN was requested.
    PinRequested "pin_requested" "Запрошен ПИН-код";
    /// A wrong PIN was entered.
    PinWrong "pin_wrong" "Введён неверный ПИН-код";
    /// Full access was opened.
    FullAccess "full_access" "Открыта полная версия";
    /// An administrator revoked full access.
    AccessRevoked "access_revoked" "Полная версия закрыта поставщиком";
    /// An administrator replaced the PIN of an account.
    PinReplaced "pin_replaced" "ПИН-код заменён поставщиком";
    /// A consent to receive receipts by e-mail instead of on paper was given.
    PaperlessGiven "paperless_given" "Согласие на квитанции по почте";
    /// That consent was withdrawn.
    PaperlessWithdrawn "paperless_withdrawn" "Отозвано согласие на квитанции по почте";
    /// A secret address of an account's calendar was made.
    CalendarAddressMade "calendar_address_made" "Создан адрес календаря";
    /// The secret address of an account's calendar was switched off.
    CalendarAddressRemoved "calendar_address_removed" "Выключен адрес календаря";
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
    /// An operator rejected a request for a PIN.
    PinRefused "pin_refused" "Оператор отказал в ПИН-коде";
    /// The four-eyes rule or the operator's list of providers forbade a decision.
    DecisionRefused "decision_refused" "Решение по запросу ПИН-кода не принято";
    /// An instalment plan was asked for.
    InstalmentsAsked "instalments_asked" "Запрошена рассрочка";
    /// A request for an instalment plan was withdrawn.
    InstalmentsWithdrawn "instalments_withdrawn" "Запрос рассрочки отозван";
    /// An operator agreed to an instalment plan.
    InstalmentsAgreed "instalments_agreed" "Оператор согласовал рассрочку";
    /// An operator refused an instalment plan.
    InstalmentsRefused "instalments_refused" "Оператор отказал в рассрочке";
    /// An operator answered feedback.
    FeedbackAnswered "feedback_answered" "Оператор ответил на обращение";
    /// An announcement was drafted.
    AnnouncementDrafted "announcement_drafted" "Подготовлено объявление";
    /// A draft of an announcement was changed.
    AnnouncementChanged "announcement_changed" "Изменён черновик объявления";
    /// An announcement was published.
    AnnouncementPublished "announcement_published" "Опубликовано объявление";
    /// An announcement was withdrawn.
    AnnouncementWithdrawn "announcement_withdrawn" "Отозвано объявление";
}

impl Action {
    fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.as_str() == text)
    }

    /// The security event of a refused try, unless the use case reports it itself.
    const fn security_event(self) -> Option<SecurityEvent> {
        match self {
            Self::CurrentPasswordWrong => Some(SecurityEvent::PasswordRefused),
            Self::PinWrong => Some(SecurityEvent::PinRefused),
            _ => None,
        }
    }
}

impl Services {
    /// Appends a user's action, in the same transaction as the action.
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

    /// Appends an administrator's action on an account, whether it is linked or not.
    pub(super) async fn record_account(
        &self,
        connection: &mut Connection,
        account_id: &AccountId,
        action: Action,
    ) -> Result<(), StorageError> {
        let administrator = Visitor::administrator();
        self.append(connection, None, None, action, Some(account_id.as_str()), &administrator).await
    }

    /// Appends an administrator's action that concerns no user and no account.
    pub(super) async fn record_administrator(
        &self,
        connection: &mut Connection,
        action: Action,
        subject: &str,
    ) -> Result<(), StorageError> {
        self.append(connection, None, None, action, Some(subject), &Visitor::administrator()).await
    }

    /// Appends an operator's action, with the user if it concerns one.
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
        let request_id = telemetry::request_id();
        audit::insert(connection, &self.nature().id(), &event, request_id.as_deref()).await?;
        if request_id.is_some() {
            log(&event);
        }
        if let Some(event) = action.security_event() {
            telemetry::security(event);
        }
        Ok(())
    }
}

/// Copies the event to the log, so that the log server has a copy of the trail. Events of a transaction that is later
/// rolled back are logged too.
fn log(event: &Event) {
    tracing::info!(
        audit.action = event.action,
        audit.subject = event.subject,
        user.id = event.user_id.as_ref().map(UserId::as_str),
        operator.id = event.operator_id.as_ref().map(OperatorId::as_str),
        "an event of the audit trail"
    );
}

/// Deletes events past their retention period. Has its own transaction: an event that the database still refuses to
/// delete does not block other clean-up.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub(super) async fn forget_old(services: &Services) -> Result<(), Fault> {
    let before = services.now().minus(Span::days(audit::KEPT_DAYS + CLOCKS_APART_DAYS));
    let mut tx = services.db().begin().await?;
    audit::forget(&mut tx, before).await?;
    Ok(Database::commit(tx).await?)
}

/// One line of a list of events.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ListedEvent {
    /// When it happened; the latest time for a run of the same refusal.
    pub at: Moment,
    /// The action as text.
    pub words: String,
    /// The network address; empty when another person acted.
    pub address: String,
}

/// A page of a list of events.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EventPage {
    /// The lines, newest first.
    pub events: Vec<ListedEvent>,
    /// The position of this page.
    pub place: PagePlace,
    /// The refused tries of strangers in the last [`TRIES_DAYS`] days.
    pub tries: Tries,
}

/// A page of the trail of a user or an operator, newest first. A run of the same refused try is one line.
///
/// # Errors
/// [`StorageError`] when the database refuses or does not answer.
pub async fn events(
    services: &Services,
    owner: &Owner,
    show: Show,
    asked: AskedPage,
) -> Result<EventPage, StorageError> {
    let mut connection = services.db().read().await?;
    let count = audit::count(&mut connection, owner, show).await?;
    let place = PagePlace::within(asked, count.unsigned_abs(), audit::PAGE);
    let lines = audit::list(&mut connection, owner, show, place).await?;
    let since = services.now().minus(Span::days(TRIES_DAYS));
    let tries = audit::tries(&mut connection, owner, since).await?;
    let events = lines.into_iter().filter_map(|line| listed(owner, line)).collect();
    Ok(EventPage { events, place, tries })
}

/// `None` for an action stored by a newer version of this program.
fn listed(owner: &Owner, line: Line) -> Option<ListedEvent> {
    let action = Action::parse(&line.action)?;
    let mut words = action.words().to_owned();
    if let Some(account) = &line.account {
        let joint = if words.ends_with("лицевой счёт") { "" } else { ", лицевой счёт" };
        words = format!("{words}{joint} {account}");
    }
    if line.times > 1 {
        words = format!("{words}, {}", times(line.times));
    }
    // Users must not see an operator's network address; the administrator has no address.
    let is_hidden = owner.user().is_some() && line.operator_id.is_some();
    let address = match line.addresses - 1 {
        _ if is_hidden || line.address == Visitor::administrator().address => String::new(),
        0 => line.address,
        others => format!("{} и ещё {others}", line.address),
    };
    Some(ListedEvent { at: line.at, words, address })
}

/// A number of times in words: 2 раза, 5 раз, 12 раз, 22 раза.
fn times(number: i64) -> String {
    format!("{number}\u{a0}{}", noun_after(number.unsigned_abs(), ["раз", "раза", "раз"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_that_the_statements_name_is_known() {
        for name in audit::REFUSED.split(", ").map(|quoted| quoted.trim_matches('\'')) {
            assert!(Action::parse(name).is_some(), "{name}");
        }
    }

    #[test]
    fn every_action_is_stored_under_a_name_of_its_own() {
        for action in Action::ALL {
            assert_eq!(Action::parse(action.as_str()), Some(*action));
        }
    }

    #[test]
    fn a_number_of_times_is_written_as_it_is_said() {
        let said = [1, 2, 4, 5, 11, 12, 14, 21, 22, 111, 112, 1_000].map(times);
        let forms = said.map(|text| text.ends_with("раза"));
        assert_eq!(forms, [false, true, true, false, false, false, false, false, true, false, false, false]);
    }

    fn line(action: Action) -> Line {
        Line {
            at: Moment::from_micros(1),
            operator_id: None,
            action: action.as_str().to_owned(),
            address: "192.0.2.1".to_owned(),
            times: 1,
            addresses: 1,
            account: None,
        }
    }

    #[test]
    fn a_line_names_its_account_how_often_and_from_where() {
        let user = Owner::User(UserId::trusted("a".repeat(26)));
        let of = |line: Line| listed(&user, line).map(|event| (event.words, event.address)).unwrap();
        let account = Some("59000001".to_owned());
        let (words, _) = of(Line { account: account.clone(), ..line(Action::Linked) });
        assert_eq!(words, "Подключён лицевой счёт 59000001");
        let (words, address) = of(Line { account, times: 3, addresses: 2, ..line(Action::PinWrong) });
        assert_eq!(words, "Введён неверный ПИН-код, лицевой счёт 59000001, 3\u{a0}раза");
        assert_eq!(address, "192.0.2.1 и ещё 1");
    }

    #[test]
    fn a_user_does_not_see_where_an_operator_works() {
        let (user, operator) = (UserId::trusted("a".repeat(26)), OperatorId::trusted("b".repeat(26)));
        let of = |owner: &Owner| {
            let line = Line { operator_id: Some(operator.clone()), ..line(Action::PinApproved) };
            listed(owner, line).unwrap().address
        };
        assert_eq!(of(&Owner::User(user)), "");
        assert_eq!(of(&Owner::Operator(operator.clone())), "192.0.2.1");
    }
}
