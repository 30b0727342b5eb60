//! M1 and M2: registration and its confirmation.

use super::portal::Portal;
use crate::domain::calendar::Span;
use crate::storage::testing::{TestDatabase, on_both_engines};

/// A wrong code.
fn another_code(right: &str) -> &'static str {
    if right == "000000" { "000001" } else { "000000" }
}

on_both_engines! {
    async fn a_letters_link_signs_its_browser_in_for_ten_minutes_and_asks_for_the_password_after(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.browser();
        ivan.registers("ivan@example.ru", "gaz2026").await.leads_to("/register/code");
        let link = portal.letter_link("ivan@example.ru", "/confirm/").await;
        portal.passes(Span::seconds(599));
        ivan.opens(&link).await.is(200).hides("Пароль из формы");
        portal.passes(Span::seconds(1));
        ivan.posts(&link, &[]).await.is(422).shows("Введите пароль, который вы придумали");
        ivan.opens(&link).await.is(200).shows("больше десяти минут назад").shows("Пароль из формы");
        ivan.posts(&link, &[("password", "wrong1")]).await.is(422);
        ivan.posts(&link, &[("password", "gaz2026")]).await.leads_to("/accounts");
    }

    async fn a_letters_link_opens_the_portal_in_the_same_browser(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.browser();
        ivan.registers("Ivan@Example.ru", "gaz2026").await.leads_to("/register/code");
        ivan.opens("/register/code").await.is(200).shows("i***@example.ru");
        let link = portal.letter_link("ivan@example.ru", "/confirm/").await;
        ivan.opens(&link).await.is(200).shows("Подтвердить");
        ivan.opens("/accounts").await.leads_to("/sign-in");
        ivan.posts(&link, &[]).await.leads_to("/accounts");
        ivan.opens("/accounts").await.is(200).shows("Вы успешно зарегистрированы в Системе");
        ivan.posts(&link, &[]).await.leads_to(&link);
        ivan.opens(&link).await.is(410).shows("Почта уже подтверждена");
    }

    async fn the_version_of_the_consent_is_kept_with_whoever_accepts_it(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let version = crate::config::Texts::made_up().consent.version.to_string();
        let ivan = portal.browser();
        ivan.registers("ivan@example.ru", "gaz2026").await.leads_to("/register/code");
        assert!(portal.dump("registrations").await.contains(&version));
        let link = portal.letter_link("ivan@example.ru", "/confirm/").await;
        ivan.posts(&link, &[]).await.leads_to("/accounts");
        assert!(portal.dump("users").await.contains(&version));
    }

    async fn a_letters_link_in_another_browser_asks_for_the_password_of_the_form(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.browser().registers("ivan@example.ru", "gaz2026").await.leads_to("/register/code");
        let link = portal.letter_link("ivan@example.ru", "/confirm/").await;
        let other = portal.browser();
        other.opens(&link).await.is(200).shows("i***@example.ru").hides("data-submit-at-once");
        other.posts(&link, &[]).await.is(422).shows("Введите пароль");
        other.posts(&link, &[("password", "gaz2025")]).await.is(422).shows("Осталось попыток: 4");
        other.posts(&link, &[("password", "gaz2026")]).await.leads_to("/accounts");
        other.opens("/accounts").await.is(200);
    }

    async fn a_new_password_at_a_letters_link_needs_a_consent_and_takes_the_place_of_the_old(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.browser().registers("ivan@example.ru", "gaz2026").await.leads_to("/register/code");
        let link = portal.letter_link("ivan@example.ru", "/confirm/").await;
        let other = portal.browser();
        other.posts(&link, &[("new_password", "kama2026x")]).await.is(422).shows("Без согласия");
        other.posts(&link, &[("new_password", "ab"), ("consent", "on")]).await.is(422);
        other.posts(&link, &[("new_password", "kama2026x"), ("consent", "on")]).await.leads_to("/accounts");
        portal.browser().signs_in("ivan@example.ru", "gaz2026").await.is(422);
        portal.browser().signs_in("ivan@example.ru", "kama2026x").await.leads_to("/accounts");
    }

    async fn five_wrong_passwords_at_a_letters_link_leave_only_a_new_one(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.browser().registers("ivan@example.ru", "gaz2026").await.leads_to("/register/code");
        let link = portal.letter_link("ivan@example.ru", "/confirm/").await;
        let other = portal.browser();
        for _ in 0..5 {
            other.posts(&link, &[("password", "wrong1")]).await.is(422);
        }
        other.posts(&link, &[("password", "gaz2026")]).await.is(422).shows("Придумайте новый пароль");
        other.posts(&link, &[("new_password", "kama2026x"), ("consent", "on")]).await.leads_to("/accounts");
    }

    async fn a_letters_link_holds_24_hours(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.browser();
        ivan.registers("ivan@example.ru", "gaz2026").await.leads_to("/register/code");
        let link = portal.letter_link("ivan@example.ru", "/confirm/").await;
        portal.passes(Span::hours(24));
        ivan.posts(&link, &[]).await.leads_to(&link);
        ivan.opens(&link).await.is(410).shows("Ссылка устарела");
    }

    async fn the_code_of_an_sms_may_be_typed_with_spaces_and_works_once(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.browser();
        ivan.registers("8 (902) 123-45-67", "gaz2026").await.leads_to("/register/code");
        let code = portal.sms_code("+79021234567").await;
        let spaced = format!(" {} {} ", &code[..3], &code[3..]);
        let before = ivan.cookie();
        ivan.posts("/register/code", &[("code", &spaced)]).await.leads_to("/accounts");
        // A second tap is redirected: its browser already has the first tap's cookie.
        ivan.posts("/register/code", &[("code", &code)]).await.leads_to("/sign-in");
        ivan.opens("/sign-in").await.leads_to("/accounts");
        let thief = portal.browser();
        thief.holds_cookie(&before);
        thief.posts("/register/code", &[("code", &code)]).await.leads_to("/sign-in");
        thief.opens("/accounts").await.leads_to("/sign-in");
    }

    async fn two_taps_of_the_right_code_at_once_both_open_the_portal(database: TestDatabase) {
        let portal = Portal::open(database).await;
        for round in 10..60 {
            let phone = format!("+790212345{round}");
            let ivan = portal.browser().at_address(&format!("10.4.{round}.1"));
            ivan.registers(&phone, "gaz2026").await.leads_to("/register/code");
            let code = portal.sms_code(&phone).await;
            let second = portal.browser();
            second.holds_cookie(&ivan.cookie());
            let form = [("code", code.as_str())];
            let (one, other) =
                futures::future::join(ivan.posts("/register/code", &form), second.posts("/register/code", &form)).await;
            let opened = [&one, &other].iter().filter(|reply| reply.location.as_deref() == Some("/accounts")).count();
            assert!(opened >= 1, "{:?} {:?}", one.location, other.location);
            let living = [ivan.opens("/accounts").await, second.opens("/accounts").await];
            assert_eq!(living.iter().filter(|reply| reply.status.is_success()).count(), 1, "one session lives");
        }
    }

    async fn what_cannot_be_a_code_is_not_counted_as_a_try(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.browser();
        ivan.registers("+79021234567", "gaz2026").await.leads_to("/register/code");
        let code = portal.sms_code("+79021234567").await;
        for _ in 0..7 {
            ivan.posts("/register/code", &[("code", "12345")]).await.is(422).shows("В коде 6 цифр");
        }
        let whole = portal.sms.last_to("+79021234567").unwrap().text;
        assert!(whole.contains(&code));
        ivan.posts("/register/code", &[("code", &whole)]).await.leads_to("/accounts");
    }

    async fn what_cannot_be_a_code_of_a_recovery_is_not_counted_as_a_try(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.person("+79021234567").await;
        let guest = portal.browser();
        guest.posts("/recover", &[("login", "+79021234567")]).await.leads_to("/recover/code");
        let code = portal.sms_code("+79021234567").await;
        for typed in ["12345", "123456a", "код", "123456 654321", "12345", "1", "1234567"] {
            let form = [("code", typed), ("password", "new2026")];
            guest.posts("/recover/code", &form).await.is(422).shows("В коде 6 цифр");
        }
        guest.posts("/recover/code", &[("code", &code), ("password", "new2026")]).await.leads_to("/accounts");
    }

    async fn the_last_line_of_an_sms_binds_the_code_to_the_site(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.browser().registers("+79021234567", "gaz2026").await.leads_to("/register/code");
        let code = portal.sms_code("+79021234567").await;
        let sms = portal.sms.last_to("+79021234567").unwrap();
        assert_eq!(sms.text.lines().last(), Some(format!("@127.0.0.1 #{code}").as_str()));
        assert_eq!(code.len(), 6);
    }

    async fn five_wrong_codes_end_the_tries_even_when_sent_at_once(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.browser();
        ivan.registers("+79021234567", "gaz2026").await.leads_to("/register/code");
        let right = portal.sms_code("+79021234567").await;
        let wrong: Vec<String> = (0..101).map(|code| format!("{code:06}")).filter(|code| *code != right).collect();
        let guesses: Vec<[(&str, &str); 1]> = wrong.iter().take(100).map(|code| [("code", code.as_str())]).collect();
        let replies = futures::future::join_all(guesses.iter().map(|form| ivan.posts("/register/code", form))).await;
        let told = replies.iter().filter(|reply| reply.text().contains("Код не подошёл")).count();
        assert!(told <= 5, "{told} guesses were compared");
        ivan.posts("/register/code", &[("code", &right)]).await.is(422).shows("Попытки закончились");
    }

    async fn a_wrong_code_posted_again_is_no_new_try(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.browser();
        ivan.registers("+79021234567", "gaz2026").await.leads_to("/register/code");
        let right = portal.sms_code("+79021234567").await;
        let wrong = [("code", another_code(&right))];
        futures::future::join_all((0..10).map(|_| ivan.posts("/register/code", &wrong))).await;
        ivan.posts("/register/code", &wrong).await.is(422).shows("Осталось попыток: 4");
        let other = if right == "000002" { "000003" } else { "000002" };
        ivan.posts("/register/code", &[("code", other)]).await.is(422).shows("Осталось попыток: 3");
        ivan.posts("/register/code", &[("code", &right)]).await.leads_to("/accounts");
    }

    async fn a_wrong_code_counts_again_for_a_code_sent_again(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.browser();
        ivan.registers("+79021234567", "gaz2026").await.leads_to("/register/code");
        let first = portal.sms_code("+79021234567").await;
        portal.passes(Span::seconds(61));
        ivan.posts("/register/code", &[("code", another_code(&first))]).await.shows("Осталось попыток: 4");
        ivan.posts("/register/resend", &[]).await.leads_to("/register/code");
        let second = portal.sms_code("+79021234567").await;
        if another_code(&first) != second {
            ivan.posts("/register/code", &[("code", another_code(&first))]).await.shows("Осталось попыток: 4");
        }
    }

    async fn a_wrong_code_of_a_recovery_posted_again_is_no_new_try(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.person("+79021234567").await;
        let guest = portal.browser();
        guest.posts("/recover", &[("login", "+79021234567")]).await.leads_to("/recover/code");
        let right = portal.sms_code("+79021234567").await;
        let wrong = [("code", another_code(&right)), ("password", "new2026")];
        for _ in 0..7 {
            guest.posts("/recover/code", &wrong).await.is(422).shows("Осталось попыток: 4");
        }
        assert_eq!(portal.dump("audit").await.matches("code_wrong").count(), 1);
        guest.posts("/recover/code", &[("code", &right), ("password", "new2026")]).await.leads_to("/accounts");
    }

    async fn a_code_holds_ten_minutes(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.browser();
        ivan.registers("+79021234567", "gaz2026").await.leads_to("/register/code");
        let code = portal.sms_code("+79021234567").await;
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
        ivan.posts(&first, &[]).await.leads_to(&first);
        ivan.opens(&first).await.is(404).shows("Ссылка не подошла");
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
