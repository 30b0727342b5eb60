//! M1: a second contact, and a change of the login.

use super::portal::{INDEBTED, Person, Portal};
use crate::domain::calendar::Span;
use crate::domain::id::UserId;
use crate::service::limits::CONTACT_CODES;
use crate::service::sessions;
use crate::storage::testing::{TestDatabase, on_both_engines};

const IVAN: &str = "ivan@example.ru";
const PHONE: &str = "+79021234567";
/// The phone as pages show it.
const SHOWN_PHONE: &str = "+7\u{a0}902\u{a0}123-45-67";
const NEW: &str = "new@example.ru";
const PASSWORD: &str = "gaz2026";

/// The six digits of the last letter to an address.
async fn letter_code(portal: &Portal, to: &str) -> String {
    portal.delivers().await;
    let letter = portal.mail.last_to(to).expect("a letter came").body;
    let (_, rest) = letter.split_once("Код подтверждения: ").expect("the letter has a code");
    rest[..6].to_owned()
}

/// A wrong code.
fn another_code(right: &str) -> &'static str {
    if right == "000000" { "000001" } else { "000000" }
}

/// The user of a browser.
async fn user_of(person: &Person<'_>) -> UserId {
    let cookie = person.session_cookie();
    let session = sessions::find(&person.portal.services, cookie.split_once('=').unwrap().1).await.unwrap();
    session.unwrap().user_id.unwrap()
}

/// The subject of the last letter to an address, after delivery.
async fn last_subject(portal: &Portal, to: &str) -> String {
    portal.delivers().await;
    portal.mail.last_to(to).map(|letter| letter.subject).unwrap_or_default()
}

impl Person<'_> {
    /// Asks for a code for a second contact.
    async fn names_contact(&self, contact: &str) {
        self.posts("/settings/contact", &[("contact", contact)]).await.leads_to("/settings/contact/code");
    }

    /// Adds a phone as the second contact.
    async fn adds_phone(&self, phone: &str) {
        self.names_contact(phone).await;
        let code = self.portal.sms_code(phone).await;
        self.posts("/settings/contact/code", &[("code", &code)]).await.leads_to("/settings/profile");
    }

    /// Asks for a code for a new login.
    async fn names_login(&self, login: &str) {
        let form = [("new_login", login), ("current_password", PASSWORD)];
        self.posts("/settings/login", &form).await.leads_to("/settings/login/code");
    }

    /// Changes the login to an e-mail address.
    async fn takes_login(&self, login: &str) {
        self.names_login(login).await;
        let code = letter_code(self.portal, login).await;
        self.posts("/settings/login/code", &[("code", &code)]).await.leads_to("/settings/profile");
    }
}

on_both_engines! {
    async fn a_phone_is_added_after_its_code_and_taken_away_again(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        ivan.names_contact("8 (902) 123-45-67").await;
        ivan.opens("/settings/contact/code").await.is(200).shows(SHOWN_PHONE).shows("Код из SMS");
        ivan.opens("/settings/contact").await.shows("Ждём код").shows("href=\"/settings/contact/code\"");
        ivan.opens("/settings/profile").await.shows("Не указан").hides(SHOWN_PHONE);
        let code = portal.sms_code(PHONE).await;
        ivan.posts("/settings/contact/code", &[("code", &code)]).await.leads_to("/settings/profile");
        ivan.opens("/settings/profile").await.shows("Второй контакт подтверждён").shows(SHOWN_PHONE);
        ivan.opens("/settings/notices").await.shows(SHOWN_PHONE);
        assert_eq!(last_subject(&portal, IVAN).await, "Добавлен второй контакт");
        ivan.posts("/settings/contact/remove", &[]).await.leads_to("/settings/profile");
        ivan.opens("/settings/profile").await.shows("Не указан");
        portal.delivers().await;
        assert!(portal.sms.last_to(PHONE).unwrap().text.contains("удалён"));
    }

    async fn an_address_is_added_after_the_code_of_its_letter(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(PHONE).await;
        ivan.names_contact("Ivan@Example.ru").await;
        ivan.opens("/settings/contact/code").await.shows("Код из письма");
        let code = letter_code(&portal, IVAN).await;
        ivan.posts("/settings/contact/code", &[("code", &code)]).await.leads_to("/settings/profile");
        ivan.opens("/settings/profile").await.shows(IVAN);
    }

    async fn a_second_contact_signs_nobody_in(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.person(IVAN).await.adds_phone(PHONE).await;
        portal.browser().signs_in(PHONE, PASSWORD).await.is(422).shows("не подошли");
    }

    async fn a_message_about_security_goes_to_the_login_and_to_the_second_contact(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        ivan.adds_phone(PHONE).await;
        let account = ivan.has_full_access().await;
        let anna = portal.person("anna@example.ru").await;
        assert_eq!(anna.linked(INDEBTED).await, account);
        anna.enters_pin(&account, "12345678").await.leads_to("/accounts/");
        assert_eq!(last_subject(&portal, IVAN).await, "Кто-то ещё получил доступ к вашему лицевому счёту");
        assert!(portal.sms.last_to(PHONE).unwrap().text.contains("открыт доступ ещё в одном"));
        let form = [("current_password", PASSWORD), ("new_password", "kama2026x")];
        ivan.posts("/settings/password", &form).await.leads_to("/settings/security");
        assert_eq!(last_subject(&portal, IVAN).await, "Пароль личного кабинета изменён");
        assert!(portal.sms.last_to(PHONE).unwrap().text.contains("Пароль личного кабинета изменён"));
    }

    async fn five_wrong_codes_end_the_tries_even_when_sent_at_once(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        ivan.names_contact(PHONE).await;
        let right = portal.sms_code(PHONE).await;
        let wrong: Vec<String> = (0..31).map(|n| format!("{n:06}")).filter(|code| *code != right).collect();
        let guesses: Vec<[(&str, &str); 1]> = wrong.iter().map(|code| [("code", code.as_str())]).collect();
        let page = "/settings/contact/code";
        let replies = futures::future::join_all(guesses.iter().map(|form| ivan.posts(page, form))).await;
        let told = replies.iter().filter(|reply| reply.text().contains("Код не подошёл")).count();
        assert!(told <= 5, "{told} guesses were compared");
        ivan.posts(page, &[("code", &right)]).await.is(422).shows("Попытки закончились");
        ivan.opens("/settings/profile").await.shows("Не указан");
    }

    async fn the_same_wrong_code_again_is_no_new_try(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        ivan.names_contact(PHONE).await;
        let wrong = another_code(&portal.sms_code(PHONE).await);
        for _ in 0..6 {
            ivan.posts("/settings/contact/code", &[("code", wrong)]).await.is(422).shows("Осталось попыток: 4");
        }
    }

    async fn a_code_of_a_contact_holds_ten_minutes(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        ivan.names_contact(PHONE).await;
        let code = portal.sms_code(PHONE).await;
        portal.passes(Span::minutes(10));
        ivan.posts("/settings/contact/code", &[("code", &code)]).await.is(422).shows("Время действия кода вышло");
    }

    async fn a_code_sent_again_after_a_minute_voids_the_one_before(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        ivan.names_contact(PHONE).await;
        let old = portal.sms_code(PHONE).await;
        ivan.posts("/settings/contact/resend", &[]).await.leads_to("/settings/contact/code");
        ivan.opens("/settings/contact/code").await.shows("можно запросить через");
        portal.passes(Span::seconds(60));
        ivan.posts("/settings/contact/resend", &[]).await.leads_to("/settings/contact/code");
        ivan.opens("/settings/contact/code").await.shows("Отправили ещё раз");
        let new = portal.sms_code(PHONE).await;
        if old != new {
            ivan.posts("/settings/contact/code", &[("code", &old)]).await.is(422).shows("Осталось попыток: 4");
        }
        ivan.posts("/settings/contact/code", &[("code", &new)]).await.leads_to("/settings/profile");
    }

    async fn a_change_that_waits_for_an_hour_begins_anew(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        ivan.names_login(NEW).await;
        for _ in 0..4 {
            portal.passes(Span::minutes(15));
            ivan.opens("/accounts").await.is(200);
        }
        ivan.opens("/settings/login/code").await.leads_to("/settings/login");
        ivan.posts("/settings/login/resend", &[]).await.leads_to("/settings/login");
        ivan.posts("/settings/login/code", &[("code", "000000")]).await.leads_to("/settings/login");
    }

    async fn a_user_asks_for_a_few_codes_a_day(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        CONTACT_CODES.fill(&portal.services, user_of(&ivan).await.as_str()).await;
        ivan.posts("/settings/contact", &[("contact", PHONE)]).await.is(422).shows("можно запросить через");
        portal.delivers().await;
        assert!(portal.sms.last_to(PHONE).is_none());
    }

    async fn a_code_of_a_contact_confirms_no_login_and_no_contact_of_another_user(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (ivan, anna) = (portal.person(IVAN).await, portal.person("anna@example.ru").await);
        ivan.names_contact(PHONE).await;
        let code = portal.sms_code(PHONE).await;
        ivan.names_login("+79021234568").await;
        anna.names_contact("+79021234569").await;
        if code != portal.sms_code("+79021234568").await {
            ivan.posts("/settings/login/code", &[("code", &code)]).await.is(422).shows("Код не подошёл");
        }
        if code != portal.sms_code("+79021234569").await {
            anna.posts("/settings/contact/code", &[("code", &code)]).await.is(422).shows("Код не подошёл");
        }
        ivan.posts("/settings/contact/code", &[("code", &code)]).await.leads_to("/settings/profile");
    }

    async fn a_new_login_counts_after_its_code_and_ends_the_old_one_with_its_sessions(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (ivan, other) = (portal.person(IVAN).await, portal.browser());
        other.signs_in(IVAN, PASSWORD).await.leads_to("/accounts");
        ivan.names_login(NEW).await;
        ivan.opens("/settings/profile").await.shows(IVAN).hides(NEW);
        portal.browser().signs_in(NEW, PASSWORD).await.is(422);
        let code = letter_code(&portal, NEW).await;
        ivan.posts("/settings/login/code", &[("code", &code)]).await.leads_to("/settings/profile");
        ivan.opens("/settings/profile").await.is(200).shows("Логин изменён").shows(NEW);
        other.opens("/accounts").await.leads_to("/sign-in");
        portal.browser().signs_in(IVAN, PASSWORD).await.is(422).shows("не подошли");
        portal.browser().signs_in(NEW, PASSWORD).await.leads_to("/accounts");
        assert_eq!(last_subject(&portal, IVAN).await, "Логин личного кабинета изменён");
        let letter = portal.mail.last_to(IVAN).unwrap().body;
        assert!(letter.contains("n***@example.ru") && !letter.contains(NEW), "{letter}");
        ivan.opens("/settings/events").await.shows("Изменён логин");
    }

    async fn a_login_changes_only_with_the_current_password(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        let wrong = [("new_login", NEW), ("current_password", "wrong1")];
        ivan.posts("/settings/login", &wrong).await.is(422).shows("не подошёл").hides("wrong1");
        ivan.opens("/settings/login/code").await.leads_to("/settings/login");
        portal.delivers().await;
        assert!(portal.mail.last_to(NEW).is_none());
    }

    async fn a_login_that_is_taken_looks_the_same_and_gets_a_letter_without_a_code(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (ivan, anna) = (portal.person(IVAN).await, portal.person("anna@example.ru").await);
        ivan.names_login("anna@example.ru").await;
        ivan.opens("/settings/login/code").await.is(200).shows("Мы отправили код на");
        assert_eq!(last_subject(&portal, "anna@example.ru").await, "С этим адресом уже есть личный кабинет");
        assert!(!portal.mail.last_to("anna@example.ru").unwrap().body.contains("Код подтверждения"));
        anna.opens("/settings/profile").await.shows("anna@example.ru");
    }

    async fn of_two_users_with_codes_for_one_login_the_first_gets_it(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (ivan, anna) = (portal.person(IVAN).await, portal.person("anna@example.ru").await);
        ivan.names_login(NEW).await;
        let first = letter_code(&portal, NEW).await;
        portal.passes(Span::seconds(60));
        anna.names_login(NEW).await;
        let second = letter_code(&portal, NEW).await;
        ivan.posts("/settings/login/code", &[("code", &first)]).await.leads_to("/settings/profile");
        anna.posts("/settings/login/code", &[("code", &second)]).await.is(422).shows("уже есть другой кабинет");
        anna.opens("/settings/profile").await.shows("anna@example.ru");
    }

    async fn a_second_contact_of_the_kind_of_a_new_login_gives_its_place_to_the_old_login(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        ivan.adds_phone(PHONE).await;
        portal.passes(Span::seconds(60));
        ivan.names_login(PHONE).await;
        let code = portal.sms_code(PHONE).await;
        ivan.posts("/settings/login/code", &[("code", &code)]).await.leads_to("/settings/profile");
        assert!(portal.dump("contacts").await.contains(IVAN));
        portal.browser().signs_in(PHONE, PASSWORD).await.leads_to("/accounts");
    }

    async fn a_new_login_keeps_a_second_contact_of_the_other_kind(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        ivan.adds_phone(PHONE).await;
        ivan.takes_login(NEW).await;
        ivan.opens("/settings/profile").await.shows(NEW).shows(SHOWN_PHONE);
        portal.delivers().await;
        assert!(portal.sms.last_to(PHONE).unwrap().text.contains("Логин личного кабинета изменён"));
    }

    async fn a_new_login_voids_a_recovery_by_the_old_one(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        portal.browser().posts("/recover", &[("login", IVAN)]).await.leads_to("/recover/sent");
        let link = portal.letter_link(IVAN, "/recover/").await;
        ivan.takes_login(NEW).await;
        portal.browser().opens(&link).await.is(410);
    }

    async fn a_changed_password_voids_a_login_that_waits_for_its_code(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        ivan.names_login(NEW).await;
        let code = letter_code(&portal, NEW).await;
        let form = [("current_password", PASSWORD), ("new_password", "kama2026x")];
        ivan.posts("/settings/password", &form).await.leads_to("/settings/security");
        ivan.posts("/settings/login/code", &[("code", &code)]).await.leads_to("/settings/login");
        ivan.opens("/settings/profile").await.shows(IVAN).hides(NEW);
    }

    async fn an_operator_does_not_approve_a_request_of_the_user_whose_second_contact_they_are(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        ivan.adds_phone(PHONE).await;
        let account = ivan.linked(INDEBTED).await;
        let who = [("name", "Образцова Пример Ивановна"), ("address", "Пермь, Придуманная, 1")];
        let form = [who[0], who[1], ("contact", "other@example.ru")];
        ivan.posts(&format!("/accounts/{account}/pin-request"), &form).await.leads_to("/accounts/");
        let olga = portal.operator_with("olga", Some(PHONE), &[]).await;
        let page = olga.opens("/console/pin-requests").await.text();
        let at = page.find("/console/pin-requests/").expect("a request waits");
        let id = &page[at + "/console/pin-requests/".len()..][..26];
        let approve = format!("/console/pin-requests/{id}/approve");
        olga.posts(&approve, &[]).await.leads_to("/console/pin-requests");
        olga.opens("/console/pin-requests").await.shows("собственный запрос");
    }

    async fn a_change_without_its_code_is_forgotten_after_a_week(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.person(IVAN).await.names_contact(PHONE).await;
        portal.passes(Span::days(8));
        sessions::expire(&portal.services).await.unwrap();
        assert_eq!(portal.dump("contact_changes").await, "");
    }

    async fn the_settings_lead_to_a_page_for_each_subject(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        let account = ivan.has_full_access().await;
        let settings = ivan.opens("/settings").await;
        settings.is(200).shows("ПОДКЛЮЧИТЬ ЛИЦЕВОЙ СЧЁТ").shows("Отключить").shows("Подключено: 1 из 3");
        for (page, words) in [
            ("/settings/profile", "Не указан"),
            ("/settings/accounts", "ПОДКЛЮЧИТЬ ЛИЦЕВОЙ СЧЁТ"),
            ("/settings/security", "Открыто сеансов: 1"),
            ("/settings/notices", "Новая квитанция"),
            ("/settings/payments", "Платежей пока нет"),
            ("/settings/data", "согласие не записано"),
        ] {
            settings.shows(&format!("href=\"{page}\""));
            ivan.opens(page).await.is(200).shows(words);
        }
        ivan.opens("/settings/data").await.shows(&format!("/accounts/{account}/statement"));
    }

    async fn the_page_of_data_names_the_consent_that_was_given(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let anna = portal.browser();
        anna.registers("anna@example.ru", PASSWORD).await.leads_to("/register/code");
        let link = portal.letter_link("anna@example.ru", "/confirm/").await;
        anna.posts(&link, &[]).await.leads_to("/accounts");
        let version = crate::config::Texts::made_up().consent.version;
        let edition = crate::domain::calendar::show_date(version);
        anna.opens("/settings/data").await.shows("Вы дали согласие 22.11.2026").shows(&edition);
    }
}
