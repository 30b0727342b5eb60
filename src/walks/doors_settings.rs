//! Settings and feedback: the page's form and the server function give the same result.

use leptos::server_fn::ServerFn as _;

use super::portal::{PERM, Person, Portal};
use crate::api::ApiError;
use crate::api::feedback::{AskAsGuest, NewThread, ReplyInThread};
use crate::api::settings::contacts::{
    BeginContact, BeginLoginChange, ConfirmContact, ConfirmLoginChange, RemoveContact, ResendChangeCode,
};
use crate::api::settings::{
    ChangePassword, EndOtherSessions, EndSession, RenameProfile, RenewBackupCodes, SwitchSecondFactorOff,
    SwitchSecondFactorOn,
};
use crate::domain::calendar::Span;
use crate::service::limits::{GUEST_FEEDBACK_ADDRESS, GUEST_FEEDBACK_CONTACT};
use crate::service::sessions;
use crate::storage::testing::{TestDatabase, on_both_engines};

const IVAN: &str = "ivan@example.ru";
const NAME: (&str, &str) = (RenameProfile::PATH, "/settings/name");
const PASSWORD: (&str, &str) = (ChangePassword::PATH, "/settings/password");
const OTHER_SESSIONS: (&str, &str) = (EndOtherSessions::PATH, "/settings/sessions");
const FACTOR: (&str, &str) = (SwitchSecondFactorOn::PATH, "/settings/second-factor");
const CODES: (&str, &str) = (RenewBackupCodes::PATH, "/settings/second-factor/codes");
const OFF: (&str, &str) = (SwitchSecondFactorOff::PATH, "/settings/second-factor/off");
const CONTACT: (&str, &str) = (BeginContact::PATH, "/settings/contact");
const CONTACT_CODE: (&str, &str) = (ConfirmContact::PATH, "/settings/contact/code");
const REMOVE: (&str, &str) = (RemoveContact::PATH, "/settings/contact/remove");
const CONTACT_AGAIN: (&str, &str) = (ResendChangeCode::PATH, "/settings/contact/resend");
const LOGIN: (&str, &str) = (BeginLoginChange::PATH, "/settings/login");
const LOGIN_CODE: (&str, &str) = (ConfirmLoginChange::PATH, "/settings/login/code");
const LOGIN_AGAIN: (&str, &str) = (ResendChangeCode::PATH, "/settings/login/resend");
const CONTACTS: [(&str, &str); 7] = [CONTACT, CONTACT_CODE, REMOVE, CONTACT_AGAIN, LOGIN, LOGIN_CODE, LOGIN_AGAIN];
const THREAD: (&str, &str) = (NewThread::PATH, "/feedback");
const GUEST: (&str, &str) = (AskAsGuest::PATH, "/feedback/guest");
const CARD: &str = "5555 5555 5555 4444";
/// The redirect from a form without a session.
const ENDED: &str = "&ended=1";

/// The identifier of the session of a browser.
async fn session_id(person: &Person<'_>) -> String {
    let cookie = person.session_cookie();
    let (_, secret) = cookie.split_once('=').unwrap();
    sessions::find(&person.portal.services, secret).await.unwrap().unwrap().id.to_string()
}

/// Enables the factor by a call; returns the secret and the backup codes.
async fn switches_on(person: &Person<'_>) -> (String, Vec<String>) {
    let secret = person.opens(FACTOR.1).await.secret();
    let code = person.portal.code_of(&secret);
    person.calls(FACTOR.0, &[("code", &code)]).await.leads_to(CODES.1);
    let shown = person.opens(CODES.1).await.is(200).text();
    (secret, shown.split("<code>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned()).collect())
}

/// A question of a guest.
const fn question<'a>(contact: &'a str, message: &'a str) -> [(&'static str, &'a str); 4] {
    [("contact", contact), ("subject", "Не могу войти"), ("message", message), ("consent", "on")]
}

on_both_engines! {
    async fn the_name_is_saved_the_same_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        let long = "а".repeat(101);
        ivan.is_refused_both_ways(NAME, &[("name", &long)], ("name", "не больше 100 знаков")).await;
        ivan.is_refused_both_ways(NAME, &[("name", "Иван\u{7}")], ("name", "невидимые знаки")).await;
        ivan.is_refused_both_ways(NAME, &[("name", CARD)], ("name", "номер карты")).await;
        ivan.calls(NAME.0, &[("name", "Иван Петрович")]).await.leads_to("/settings/profile");
        ivan.opens("/settings").await.shows("Имя сохранено").shows("Иван Петрович");
        ivan.posts(NAME.1, &[("name", "Пётр")]).await.leads_to("/settings/profile");
        ivan.opens("/settings").await.shows("Имя сохранено").shows("Пётр").hides("Иван Петрович");
        ivan.calls(NAME.0, &[("name", " ")]).await.leads_to("/settings");
        ivan.opens("/settings").await.hides("Пётр");
    }

    async fn the_password_is_changed_the_same_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        ivan.is_refused_both_ways(PASSWORD, &[], ("current_password", "Введите текущий пароль")).await;
        ivan.is_refused_both_ways(PASSWORD, &[], ("new_password", "Придумайте пароль")).await;
        let short = [("current_password", "gaz2026"), ("new_password", "a1")];
        ivan.is_refused_both_ways(PASSWORD, &short, ("new_password", "слишком короткий")).await;
        let wrong = [("current_password", "wrong1x"), ("new_password", "kama2026x")];
        ivan.is_refused_both_ways(PASSWORD, &wrong, ("current_password", "не подошёл")).await;
        ivan.posts(PASSWORD.1, &wrong).await.hides("wrong1x").hides("kama2026x");
        let right = [("current_password", "gaz2026"), ("new_password", "kama2026x")];
        ivan.calls(PASSWORD.0, &right).await.leads_to("/settings/security");
        ivan.opens("/settings").await.shows("Пароль изменён");
        let back = [("current_password", "kama2026x"), ("new_password", "gaz2026")];
        ivan.posts(PASSWORD.1, &back).await.leads_to("/settings/security");
    }

    async fn one_session_ends_the_same_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        let end = async |browser: &Person<'_>, by_call: bool| {
            let id = session_id(browser).await;
            if by_call {
                ivan.calls(EndSession::PATH, &[("session_id", &id)]).await.leads_to("/settings/sessions");
            } else {
                ivan.posts(&format!("/settings/sessions/{id}"), &[]).await.leads_to("/settings");
            }
            browser.opens("/accounts").await.leads_to("/sign-in");
        };
        for by_call in [true, false] {
            let other = portal.browser();
            other.signs_in(IVAN, "gaz2026").await.leads_to("/accounts");
            end(&other, by_call).await;
        }
    }

    async fn a_session_of_somebody_else_does_not_end_either_way(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (ivan, masha) = (portal.person(IVAN).await, portal.person("masha@example.ru").await);
        let foreign = session_id(&masha).await;
        ivan.calls(EndSession::PATH, &[("session_id", &foreign)]).await.leads_to("/settings");
        ivan.posts(&format!("/settings/sessions/{foreign}"), &[]).await.leads_to("/settings");
        masha.opens("/accounts").await.is(200);
        ivan.calls(EndSession::PATH, &[("session_id", "../sign-out")]).await.fails(ApiError::NotFound).reply.is(404);
        ivan.posts("/settings/sessions/nothing", &[]).await.is(404);
    }

    async fn the_own_session_that_ends_signs_the_browser_out(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        let id = session_id(&ivan).await;
        ivan.calls(EndSession::PATH, &[("session_id", &id)]).await.leads_to("/sign-in");
        assert!(!ivan.cookie().split("; ").any(|cookie| cookie.starts_with("kabinet=")));
    }

    async fn other_sessions_end_the_same_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        for by_call in [true, false] {
            let other = portal.browser();
            other.signs_in(IVAN, "gaz2026").await.leads_to("/accounts");
            if by_call {
                ivan.calls(OTHER_SESSIONS.0, &[]).await.leads_to("/settings");
            } else {
                ivan.posts(OTHER_SESSIONS.1, &[]).await.leads_to("/settings");
            }
            other.opens("/accounts").await.leads_to("/sign-in");
        }
        ivan.opens("/settings").await.shows("Другие сеансы завершены");
    }

    async fn what_needs_a_fresh_password_asks_for_it_either_way(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        portal.passes(Span::minutes(16));
        let id = session_id(&ivan).await;
        ivan.calls(EndSession::PATH, &[("session_id", &id)]).await.fails(ApiError::PasswordNeeded).reply.is(401);
        for (function, page) in [OTHER_SESSIONS, FACTOR, CODES, OFF, CONTACT, REMOVE] {
            ivan.calls(function, &[]).await.fails(ApiError::PasswordNeeded);
            let again = format!("/sign-in?again=1&next={}", page.replace('/', "%2F"));
            ivan.posts(page, &[]).await.leads_to(&again);
        }
        ivan.opens("/settings/name").await.leads_to("/settings/profile");
        ivan.opens(&format!("/settings/sessions/{id}")).await.leads_to("/settings/sessions");
        for page in [PASSWORD.1, OTHER_SESSIONS.1] {
            ivan.opens(page).await.is(200);
        }
    }

    async fn a_guest_changes_no_setting_either_way(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let guest = portal.browser();
        for (function, page) in [NAME, PASSWORD, OTHER_SESSIONS, FACTOR, CODES, OFF, THREAD].into_iter().chain(CONTACTS) {
            guest.calls(function, &[]).await.fails(ApiError::SignedOut).reply.is(401);
            let to = format!("/sign-in?next={}{ENDED}", page.replace('/', "%2F"));
            guest.posts(page, &[]).await.leads_to(&to);
        }
        guest.calls(EndSession::PATH, &[("session_id", "x")]).await.fails(ApiError::SignedOut);
        guest.calls(ReplyInThread::PATH, &[("thread_id", "x")]).await.fails(ApiError::SignedOut);
    }

    async fn a_second_contact_is_added_and_removed_the_same_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        ivan.is_refused_both_ways(CONTACT, &[], ("contact", "Введите мобильный телефон")).await;
        ivan.is_refused_both_ways(CONTACT, &[("contact", "anna@example.ru")], ("contact", "Введите телефон")).await;
        ivan.is_refused_both_ways(CONTACT, &[("contact", "+7902123456")], ("contact", "телефон целиком")).await;
        ivan.is_refused_both_ways(CONTACT, &[("contact", CARD)], ("contact", "номер карты")).await;
        ivan.calls(CONTACT_CODE.0, &[("code", "000000")]).await.leads_to(CONTACT.1);
        ivan.posts(CONTACT_CODE.1, &[("code", "000000")]).await.leads_to(CONTACT.1);
        for (by_call, phone) in [(true, "+79021234567"), (false, "+79021234568")] {
            let named = [("contact", phone)];
            if by_call {
                ivan.calls(CONTACT.0, &named).await.leads_to(CONTACT_CODE.1);
            } else {
                ivan.posts(CONTACT.1, &named).await.leads_to(CONTACT_CODE.1);
            }
            ivan.is_refused_both_ways(CONTACT_CODE, &[("code", "12")], ("code", "В коде 6 цифр")).await;
            let code = portal.sms_code(phone).await;
            if by_call {
                ivan.calls(CONTACT_CODE.0, &[("code", &code)]).await.leads_to("/settings/profile");
            } else {
                ivan.posts(CONTACT_CODE.1, &[("code", &code)]).await.leads_to("/settings/profile");
            }
            ivan.is_refused_both_ways(CONTACT, &named, ("contact", "уже указан")).await;
        }
        ivan.calls(REMOVE.0, &[]).await.leads_to("/settings/profile");
        ivan.posts(REMOVE.1, &[]).await.leads_to("/settings/profile");
        ivan.opens("/settings/profile").await.shows("Не указан");
    }

    async fn a_login_is_changed_the_same_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        let with = |login: &'static str| [("new_login", login), ("current_password", "gaz2026")];
        ivan.is_refused_both_ways(LOGIN, &[], ("new_login", "почту или телефон")).await;
        ivan.is_refused_both_ways(LOGIN, &[], ("current_password", "Введите текущий пароль")).await;
        ivan.is_refused_both_ways(LOGIN, &with(IVAN), ("new_login", "уже указан")).await;
        ivan.is_refused_both_ways(LOGIN, &with(CARD), ("new_login", "номер карты")).await;
        let wrong = [("new_login", "new@example.ru"), ("current_password", "wrong1x")];
        ivan.is_refused_both_ways(LOGIN, &wrong, ("current_password", "не подошёл")).await;
        ivan.calls(LOGIN_CODE.0, &[("code", "000000")]).await.leads_to(LOGIN.1);
        ivan.posts(LOGIN_CODE.1, &[("code", "000000")]).await.leads_to(LOGIN.1);
        ivan.calls(LOGIN.0, &with("+79021234567")).await.leads_to(LOGIN_CODE.1);
        ivan.is_refused_both_ways(LOGIN_CODE, &[("code", "12")], ("code", "В коде 6 цифр")).await;
        let code = portal.sms_code("+79021234567").await;
        ivan.calls(LOGIN_CODE.0, &[("code", &code)]).await.leads_to("/settings/profile");
        ivan.posts(LOGIN.1, &with("+79021234568")).await.leads_to(LOGIN_CODE.1);
        let code = portal.sms_code("+79021234568").await;
        ivan.posts(LOGIN_CODE.1, &[("code", &code)]).await.leads_to("/settings/profile");
    }

    async fn a_code_is_sent_again_the_same_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        let of_login = [("change", "login")];
        for (again, form) in [(CONTACT_AGAIN, CONTACT.1), (LOGIN_AGAIN, LOGIN.1)] {
            ivan.posts(again.1, &[]).await.leads_to(form);
        }
        ivan.calls(LOGIN_AGAIN.0, &of_login).await.leads_to(LOGIN.1);
        let form = [("new_login", "new@example.ru"), ("current_password", "gaz2026")];
        ivan.posts(LOGIN.1, &form).await.leads_to(LOGIN_CODE.1);
        portal.passes(Span::seconds(60));
        ivan.calls(LOGIN_AGAIN.0, &of_login).await.leads_to(LOGIN_CODE.1);
        ivan.opens(LOGIN_CODE.1).await.shows("Отправили ещё раз");
        portal.passes(Span::seconds(60));
        ivan.posts(LOGIN_AGAIN.1, &[]).await.leads_to(LOGIN_CODE.1);
        ivan.opens(LOGIN_CODE.1).await.shows("Отправили ещё раз");
    }

    async fn the_second_factor_goes_on_and_off_the_same_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        ivan.opens(FACTOR.1).await.is(200);
        ivan.is_refused_both_ways(FACTOR, &[("code", "12")], ("code", "шесть цифр")).await;
        let (_, codes) = switches_on(&ivan).await;
        assert_eq!(codes.len(), 10);
        ivan.is_refused_both_ways(OFF, &[("off_code", "12")], ("off_code", "шесть цифр")).await;
        ivan.calls(OFF.0, &[("off_code", &codes[0])]).await.leads_to("/settings");
        ivan.opens("/settings").await.shows("Вход с кодом выключен");
        let secret = ivan.opens(FACTOR.1).await.secret();
        ivan.posts(FACTOR.1, &[("code", &portal.code_of(&secret))]).await.leads_to(CODES.1);
        ivan.opens(CODES.1).await.is(200).shows("Запасные коды");
    }

    async fn backup_codes_are_renewed_the_same_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        let (_, old) = switches_on(&ivan).await;
        ivan.is_refused_both_ways(CODES, &[("code", "12")], ("code", "шесть цифр")).await;
        ivan.calls(CODES.0, &[("code", &old[0])]).await.leads_to(CODES.1);
        let shown = ivan.opens(CODES.1).await.is(200).text();
        let new = shown.split("<code>").nth(1).unwrap().split('<').next().unwrap().to_owned();
        assert!(!old.contains(&new));
        ivan.posts(CODES.1, &[("code", &new)]).await.leads_to(CODES.1);
        ivan.opens(CODES.1).await.is(200).shows("<code>");
    }

    async fn backup_codes_are_shown_once_and_in_their_own_session_only(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        let secret = ivan.opens(FACTOR.1).await.secret();
        ivan.posts(FACTOR.1, &[("code", &portal.code_of(&secret))]).await.leads_to(CODES.1);
        let sealed = ivan.cookie();
        let sealed = sealed.split("; ").find(|cookie| cookie.starts_with("kabinet-backup-codes=")).unwrap();
        let thief = portal.person("masha@example.ru").await;
        thief.holds_cookie(&format!("{}; {sealed}", thief.session_cookie()));
        thief.opens(CODES.1).await.leads_to(FACTOR.1);
        ivan.opens(CODES.1).await.is(200).shows("<code>");
        ivan.opens(CODES.1).await.leads_to(FACTOR.1);
        ivan.holds_cookie(&format!("{}; {sealed}", ivan.session_cookie()));
        portal.passes(Span::minutes(11));
        ivan.opens(CODES.1).await.leads_to(FACTOR.1);
    }

    async fn a_set_up_that_another_session_began_anew_shows_its_new_secret(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        let secret = ivan.opens(FACTOR.1).await.secret();
        let other = portal.browser();
        other.signs_in(IVAN, "gaz2026").await.leads_to("/accounts");
        other.opens(FACTOR.1).await.is(200);
        ivan.calls(FACTOR.0, &[("code", &portal.code_of(&secret))]).await.leads_to(FACTOR.1);
        let shown = ivan.opens(FACTOR.1).await;
        assert_ne!(shown.shows("в другом браузере").secret(), secret);
    }

    async fn a_thread_is_opened_and_continued_the_same_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        let (long, subject) = ("а".repeat(4001), ("subject", "Вопрос"));
        ivan.is_refused_both_ways(THREAD, &[subject], ("message", "Напишите сообщение")).await;
        ivan.is_refused_both_ways(THREAD, &[("message", "Где?")], ("subject", "в нескольких словах")).await;
        ivan.is_refused_both_ways(THREAD, &[subject, ("message", CARD)], ("message", "номер карты")).await;
        ivan.is_refused_both_ways(THREAD, &[subject, ("message", &long)], ("message", "не больше 4000")).await;
        ivan.calls(THREAD.0, &[subject, ("message", "Где платёж?")]).await.leads_to("/feedback/");
        let sent = ivan.posts(THREAD.1, &[("subject", "Второй"), ("message", "Где квитанция?")]).await;
        let page = sent.leads_to("/feedback/").location.clone().unwrap();
        let id = page.rsplit('/').next().unwrap();
        let reply = (ReplyInThread::PATH, page.as_str());
        let hidden = [("thread_id", id), ("message", "а\u{1}б")];
        ivan.is_refused_both_ways(reply, &hidden, ("message", "невидимые знаки")).await;
        ivan.calls(reply.0, &[("thread_id", id), ("message", "Ответ по вызову")]).await.leads_to(&page);
        ivan.posts(reply.1, &[("message", "Ответ со страницы")]).await.leads_to(&page);
        ivan.opens(&page).await.shows("Ответ по вызову").shows("Ответ со страницы");
    }

    async fn a_thread_of_somebody_else_takes_no_reply_either_way(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (ivan, masha) = (portal.person(IVAN).await, portal.person("masha@example.ru").await);
        let sent = masha.posts(THREAD.1, &[("subject", "Вопрос"), ("message", "Где?")]).await;
        let page = sent.location.unwrap();
        let id = page.rsplit('/').next().unwrap();
        let reply = [("thread_id", id), ("message", "Чужое")];
        ivan.calls(ReplyInThread::PATH, &reply).await.fails(ApiError::NotFound).reply.is(404);
        // The identifier in the address is used, not the field of the form.
        ivan.posts(&page, &[("thread_id", "x"), ("message", "Чужое")]).await.is(404);
        masha.opens(&page).await.hides("Чужое");
    }

    async fn a_guest_asks_the_same_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let guest = portal.browser();
        guest.opens("/feedback").await.is(200).shows("Куда ответить");
        guest.opens(GUEST.1).await.leads_to("/feedback");
        let (contact, message, subject) = (("contact", "anna@example.ru"), ("message", "Код не приходит"), ("subject", "Вход"));
        let on = ("consent", "on");
        guest.is_refused_both_ways(GUEST, &[subject, message, on], ("contact", "почту или телефон")).await;
        guest.is_refused_both_ways(GUEST, &[contact, subject, message], ("consent", "без согласия")).await;
        guest.is_refused_both_ways(GUEST, &[contact, subject, ("message", CARD), on], ("message", "номер карты")).await;
        guest.is_refused_both_ways(GUEST, &[("contact", CARD), subject, message, on], ("contact", "номер карты")).await;
        guest.calls(GUEST.0, &[contact, subject, message, on]).await.leads_to("/feedback/sent");
        guest.posts(GUEST.1, &question("8 902 123-45-67", "SMS не приходит")).await.leads_to("/feedback/sent");
        guest.opens("/feedback/sent").await.is(200).shows("Мы получили ваше обращение");
        portal.delivers().await;
        assert!(portal.mail.messages().is_empty(), "nothing is sent before an operator answers");
    }

    async fn a_guest_gets_the_whole_answer_by_mail_or_by_sms(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (guest, olga) = (portal.browser(), portal.operator("olga").await);
        let thread = async || {
            let list = olga.opens("/console/feedback").await.shows("Не могу войти").text();
            let at = list.find("href=\"/console/feedback/").unwrap() + "href=\"".len();
            list[at..].split('"').next().unwrap().to_owned()
        };
        guest.posts(GUEST.1, &question("anna@example.ru", "Письмо не приходит")).await.leads_to("/feedback/sent");
        let page = thread().await;
        olga.opens(&page).await.shows("a***@example.ru").shows("только письмом").hides("anna@example.ru");
        olga.posts(&page, &[("message", "Проверьте папку «Спам»")]).await.leads_to("/console/feedback");
        portal.delivers().await;
        let letter = portal.mail.last_to("anna@example.ru").unwrap();
        assert!(letter.body.contains("Проверьте папку «Спам»"));
        guest.posts(GUEST.1, &question("+7 902 123-45-67", "SMS не приходит")).await.leads_to("/feedback/sent");
        let page = thread().await;
        olga.posts(&page, &[("message", &"а".repeat(501))]).await.is(422).shows("не больше 500 знаков");
        olga.posts(&page, &[("message", "Мы починили")]).await.leads_to("/console/feedback");
        portal.delivers().await;
        assert!(portal.sms.last_to("+79021234567").unwrap().text.contains("Мы починили"));
    }

    async fn questions_of_guests_are_seen_by_operators_of_all_providers_only(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let guest = portal.browser();
        guest.posts(GUEST.1, &question("anna@example.ru", "Где?")).await.leads_to("/feedback/sent");
        let some = portal.operator_with("pavel", None, &[PERM]).await;
        some.opens("/console/feedback").await.shows("Обращений нет");
        portal.operator("olga").await.opens("/console/feedback").await.shows("Не могу войти");
    }

    async fn the_version_of_the_consent_is_kept_with_the_question_of_a_guest(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let version = crate::config::Texts::made_up().consent.version.to_string();
        let (ivan, guest) = (portal.person(IVAN).await, portal.browser().at_address("203.0.113.9"));
        ivan.posts(THREAD.1, &[("subject", "Вопрос"), ("message", "Где?")]).await.leads_to("/feedback/");
        assert!(!portal.dump("feedback_threads").await.contains(&version), "a user consented at registration");
        guest.posts(GUEST.1, &question("anna@example.ru", "Где?")).await.leads_to("/feedback/sent");
        let kept = format!("{}|203.0.113.9|{version}", portal.services.now().micros());
        let threads = portal.dump("feedback_threads").await;
        let of_guest = threads.lines().find(|thread| thread.contains("anna@example.ru")).unwrap();
        assert!(of_guest.ends_with(&kept), "{of_guest}");
    }

    async fn a_guest_who_presses_twice_asks_once(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let guest = portal.browser();
        for _ in 0..2 {
            guest.posts(GUEST.1, &question("anna@example.ru", "Где?")).await.leads_to("/feedback/sent");
        }
        assert_eq!(portal.dump("feedback_messages").await.lines().count(), 1);
    }

    async fn questions_of_guests_are_limited_by_network_and_by_contact(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let guest = portal.browser();
        for number in 0..GUEST_FEEDBACK_CONTACT.most {
            guest.posts(GUEST.1, &question("anna@example.ru", &number.to_string())).await.leads_to("/feedback/sent");
        }
        let one_more = question("anna@example.ru", "ещё");
        guest.posts(GUEST.1, &one_more).await.is(422).shows("Слишком много попыток").shows("ещё");
        let elsewhere = portal.browser().at_address("203.0.113.9");
        elsewhere.calls(GUEST.0, &one_more).await.refuses("message", "Слишком много попыток");
        for number in GUEST_FEEDBACK_CONTACT.most + 1..GUEST_FEEDBACK_ADDRESS.most {
            let contact = format!("guest{number}@example.ru");
            guest.posts(GUEST.1, &question(&contact, "а")).await.leads_to("/feedback/sent");
        }
        guest.calls(GUEST.0, &question("other@example.ru", "а")).await.refuses("message", "Слишком много попыток");
    }

    async fn a_question_of_a_guest_is_forgotten_a_year_after_its_last_message(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.browser().posts(GUEST.1, &question("anna@example.ru", "Где?")).await.leads_to("/feedback/sent");
        portal.passes(Span::days(364));
        sessions::expire(&portal.services).await.unwrap();
        assert!(portal.dump("feedback_threads").await.contains("anna@example.ru"));
        portal.passes(Span::days(2));
        sessions::expire(&portal.services).await.unwrap();
        assert_eq!(portal.dump("feedback_threads").await, "");
        assert_eq!(portal.dump("feedback_messages").await, "");
    }
}
