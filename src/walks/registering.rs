//! M1 and M2: registration and its confirmation.

use super::portal::Portal;
use crate::domain::calendar::Span;
use crate::storage::testing::{TestDatabase, on_both_engines};

/// The six digits of the last SMS to a phone.
async fn code(portal: &Portal, phone: &str) -> String {
    portal.delivers().await;
    let sms = portal.sms.last_to(phone).expect("an SMS came");
    sms.text.rsplit('#').next().unwrap().trim().to_owned()
}

/// A code that is not the right one.
fn another_code(right: &str) -> &'static str {
    if right == "000000" { "000001" } else { "000000" }
}

on_both_engines! {
    async fn a_letters_link_opens_the_portal_in_the_same_browser(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.browser();
        ivan.registers("Ivan@Example.ru", "gaz2026").await.leads_to("/register/code");
        ivan.opens("/register/code").await.is(200).shows("i***@example.ru");
        let link = portal.letter_link("ivan@example.ru", "/confirm/").await;
        ivan.opens(&link).await.is(200).shows("Подтвердить");
        ivan.opens("/accounts").await.leads_to("/sign-in");
        ivan.posts(&link, &[]).await.leads_to("/accounts");
        ivan.opens("/accounts").await.is(200).shows("Для вас создан личный кабинет");
        ivan.posts(&link, &[]).await.shows("Почта уже подтверждена");
    }

    async fn a_letters_link_in_another_browser_asks_to_sign_in(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.browser().registers("ivan@example.ru", "gaz2026").await.leads_to("/register/code");
        let link = portal.letter_link("ivan@example.ru", "/confirm/").await;
        let other = portal.browser();
        other.posts(&link, &[]).await.shows("Вы успешно зарегистрированы");
        other.opens("/accounts").await.leads_to("/sign-in");
        other.signs_in("ivan@example.ru", "gaz2026").await.leads_to("/accounts");
    }

    async fn a_letters_link_holds_24_hours(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.browser();
        ivan.registers("ivan@example.ru", "gaz2026").await.leads_to("/register/code");
        let link = portal.letter_link("ivan@example.ru", "/confirm/").await;
        portal.passes(Span::hours(24));
        ivan.posts(&link, &[]).await.shows("Ссылка устарела");
    }

    async fn the_code_of_an_sms_may_be_typed_with_spaces_and_sent_twice(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.browser();
        ivan.registers("8 (902) 123-45-67", "gaz2026").await.leads_to("/register/code");
        let code = code(&portal, "+79021234567").await;
        let spaced = format!(" {} {} ", &code[..3], &code[3..]);
        let before = ivan.cookie();
        ivan.posts("/register/code", &[("code", &spaced)]).await.leads_to("/accounts");
        let second_tap = portal.browser();
        second_tap.holds_cookie(&before);
        second_tap.posts("/register/code", &[("code", &code)]).await.leads_to("/accounts");
        second_tap.opens("/accounts").await.is(200);
    }

    async fn a_code_that_was_right_on_the_last_try_may_be_sent_twice_too(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.browser();
        ivan.registers("+79021234567", "gaz2026").await.leads_to("/register/code");
        let code = code(&portal, "+79021234567").await;
        let wrong = another_code(&code);
        for _ in 0..4 {
            ivan.posts("/register/code", &[("code", wrong)]).await.is(422).shows("Код не подошёл");
        }
        let before = ivan.cookie();
        ivan.posts("/register/code", &[("code", &code)]).await.leads_to("/accounts");
        let second_tap = portal.browser();
        second_tap.holds_cookie(&before);
        second_tap.posts("/register/code", &[("code", &code)]).await.leads_to("/accounts");
        for _ in 0..2 {
            second_tap.holds_cookie(&before);
            second_tap.posts("/register/code", &[("code", wrong)]).await.is(422);
        }
        second_tap.holds_cookie(&before);
        let late = second_tap.posts("/register/code", &[("code", &code)]).await;
        late.is(422).shows("Попытки закончились");
    }

    async fn the_last_line_of_an_sms_binds_the_code_to_the_site(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.browser().registers("+79021234567", "gaz2026").await.leads_to("/register/code");
        let code = code(&portal, "+79021234567").await;
        let sms = portal.sms.last_to("+79021234567").unwrap();
        assert_eq!(sms.text.lines().last(), Some(format!("@127.0.0.1 #{code}").as_str()));
        assert_eq!(code.len(), 6);
    }

    async fn five_wrong_codes_end_the_tries_even_when_sent_at_once(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.browser();
        ivan.registers("+79021234567", "gaz2026").await.leads_to("/register/code");
        let right = code(&portal, "+79021234567").await;
        let wrong = another_code(&right);
        let guesses: Vec<[(&str, &str); 1]> = (0..100).map(|_| [("code", wrong)]).collect();
        let replies = futures::future::join_all(guesses.iter().map(|form| ivan.posts("/register/code", form))).await;
        let told = replies.iter().filter(|reply| reply.text().contains("Код не подошёл")).count();
        assert!(told <= 5, "{told} guesses were compared");
        ivan.posts("/register/code", &[("code", &right)]).await.is(422).shows("Попытки закончились");
    }

    async fn a_code_holds_ten_minutes(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.browser();
        ivan.registers("+79021234567", "gaz2026").await.leads_to("/register/code");
        let code = code(&portal, "+79021234567").await;
        portal.passes(Span::minutes(10));
        ivan.posts("/register/code", &[("code", &code)]).await.is(422).shows("Время действия кода вышло");
    }

    async fn a_new_letter_may_be_asked_for_after_a_minute_and_five_times_a_day(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.browser();
        ivan.registers("ivan@example.ru", "gaz2026").await.leads_to("/register/code");
        let first = portal.letter_link("ivan@example.ru", "/confirm/").await;
        ivan.posts("/register/resend", &[]).await.leads_to("/register/code");
        ivan.opens("/register/code").await.shows("можно запросить через");
        for _ in 0..4 {
            portal.passes(Span::seconds(61));
            ivan.posts("/register/resend", &[]).await;
            ivan.opens("/register/code").await.shows("Отправили ещё раз");
        }
        portal.passes(Span::seconds(61));
        ivan.posts("/register/resend", &[]).await;
        ivan.opens("/register/code").await.shows("можно запросить через");
        ivan.posts(&first, &[]).await.shows("Ссылка не подошла");
    }

    async fn a_taken_login_is_answered_like_a_free_one(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.person("ivan@example.ru").await;
        let stranger = portal.browser();
        stranger.registers("ivan@example.ru", "gaz2026").await.leads_to("/register/code");
        stranger.opens("/register/code").await.is(200).shows("i***@example.ru");
        portal.delivers().await;
        let letter = portal.mail.last_to("ivan@example.ru").unwrap();
        assert!(letter.body.contains("уже есть") && !letter.body.contains("/confirm/"));
    }

    async fn each_wrong_field_is_named_and_what_was_typed_stays(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.browser();
        let reply = ivan.posts("/register", &[("login", "<b>'; DROP TABLE users;--"), ("password", "секретик1")]).await;
        reply.is(422).shows("<title>Ошибка: Регистрация").shows("&lt;b&gt;").hides("<b>'");
        reply.shows("Введите почту").shows("только латинские буквы и цифры").shows("Без согласия").hides("секретик1");
        ivan.posts("/register", &[]).await.is(422).shows("Введите электронную почту или телефон");
    }
}
