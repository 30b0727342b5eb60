//! Registration, sign-in, recovery, second factor: the page's form and the server function answer the same.

use leptos::server_fn::ServerFn as _;

use super::portal::{Person, Portal};
use crate::api::ApiError;
use crate::api::recovery::{BeginRecovery, RecoverByCode, RecoverByLink};
use crate::api::registration::{ConfirmCode, ConfirmLink, Register, ResendCode};
use crate::api::sign_in::{EnterCode, SignIn, SignOut};
use crate::domain::calendar::Span;
use crate::storage::testing::{TestDatabase, on_both_engines};

const REGISTER: (&str, &str) = (Register::PATH, "/register");
const CONFIRM_CODE: (&str, &str) = (ConfirmCode::PATH, "/register/code");
const SIGN_IN: (&str, &str) = (SignIn::PATH, "/sign-in");
const ENTER_CODE: (&str, &str) = (EnterCode::PATH, "/sign-in/code");
const RECOVER: (&str, &str) = (BeginRecovery::PATH, "/recover");
const RECOVER_BY_CODE: (&str, &str) = (RecoverByCode::PATH, "/recover/code");
const PHONE: &str = "+79021234567";
const IVAN: &str = "ivan@example.ru";
const PASSWORD: &str = "gaz2026";
const GREETING: &str = "Вы успешно зарегистрированы в Системе. Для Вас создан Личный кабинет!";
/// A well-formed token that was never sent.
const UNKNOWN_TOKEN: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// The six digits of the last SMS.
async fn code(portal: &Portal) -> String {
    portal.delivers().await;
    let sms = portal.sms.last_to(PHONE).expect("an SMS came");
    sms.text.rsplit('#').next().unwrap().trim().to_owned()
}

/// A wrong code.
fn another_code(right: &str) -> &'static str {
    if right == "000000" { "000001" } else { "000000" }
}

fn token(link: &str) -> &str {
    link.rsplit('/').next().unwrap()
}

/// Registers in a browser and returns the link of the letter.
async fn link_of(person: &Person<'_>) -> String {
    person.registers(IVAN, PASSWORD).await.leads_to("/register/code");
    person.portal.letter_link(IVAN, "/confirm/").await
}

/// The first page shows the greeting, the second does not.
async fn is_greeted_once(person: &Person<'_>) {
    person.opens("/accounts").await.is(200).shows(GREETING);
    person.opens("/accounts").await.is(200).hides(GREETING);
}

on_both_engines! {
    async fn a_registration_answers_the_same_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let guest = portal.browser();
        let good = [("login", IVAN), ("password", PASSWORD), ("consent", "on")];
        guest.is_refused_both_ways(REGISTER, &good[..2], ("consent", "Без согласия")).await;
        guest.is_refused_both_ways(REGISTER, &[], ("login", "Введите электронную почту")).await;
        let long = "a".repeat(5_000);
        for (login, words) in [("<b>@", "вида имя@example.ru"), ("ivan\u{7}@example.ru", "вида"), (long.as_str(), "вида")] {
            let form = [("login", login), good[1], good[2]];
            guest.is_refused_both_ways(REGISTER, &form, ("login", words)).await;
        }
        let form = [good[0], ("password", "ab"), good[2]];
        guest.is_refused_both_ways(REGISTER, &form, ("password", "слишком короткий")).await;
        guest.calls(REGISTER.0, &good).await.leads_to("/register/code");
        guest.opens("/register/code").await.is(200).shows("i***@example.ru");
    }

    async fn a_code_answers_the_same_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.browser();
        ivan.registers(PHONE, PASSWORD).await.leads_to("/register/code");
        let right = code(&portal).await;
        ivan.is_refused_both_ways(CONFIRM_CODE, &[("code", "12345")], ("code", "В коде 6 цифр")).await;
        ivan.is_refused_both_ways(CONFIRM_CODE, &[], ("code", "Введите 6 цифр")).await;
        let wrong = [("code", another_code(&right))];
        ivan.calls(CONFIRM_CODE.0, &wrong).await.refuses("code", "Осталось попыток: 4");
        ivan.posts(CONFIRM_CODE.1, &wrong).await.is(422).shows("Осталось попыток: 4").hides(&format!("value=\"{}\"", wrong[0].1));
        ivan.calls(CONFIRM_CODE.0, &[("code", &right)]).await.leads_to("/accounts");
        is_greeted_once(&ivan).await;
    }

    async fn a_code_without_a_registration_leads_to_the_sign_in_either_way(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let guest = portal.browser();
        guest.calls(CONFIRM_CODE.0, &[("code", "123456")]).await.leads_to("/sign-in");
        guest.posts(CONFIRM_CODE.1, &[("code", "123456")]).await.leads_to("/sign-in");
    }

    async fn a_letter_is_sent_once_more_by_call_and_by_page_but_by_no_reload(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.browser();
        link_of(&ivan).await;
        ivan.calls(ResendCode::PATH, &[]).await.leads_to("/register/code");
        ivan.opens("/register/code").await.shows("можно запросить через");
        for by_call in [true, false] {
            portal.passes(Span::seconds(61));
            if by_call {
                ivan.calls(ResendCode::PATH, &[]).await.leads_to("/register/code");
            } else {
                ivan.posts("/register/resend", &[]).await.leads_to("/register/code");
            }
            ivan.opens("/register/code").await.shows("Отправили ещё раз");
        }
        portal.delivers().await;
        let sent = portal.mail.messages().len();
        portal.passes(Span::seconds(61));
        ivan.opens("/register/resend").await.leads_to("/register/code");
        ivan.opens("/register/code").await.is(200).hides("Отправили ещё раз");
        portal.delivers().await;
        assert_eq!(portal.mail.messages().len(), sent);
        let guest = portal.browser();
        guest.calls(ResendCode::PATH, &[]).await.leads_to("/register");
        guest.posts("/register/resend", &[]).await.leads_to("/register");
    }

    async fn a_letters_link_answers_the_same_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let link = link_of(&portal.browser()).await;
        let (other, by) = (portal.browser(), (ConfirmLink::PATH, link.as_str()));
        let token = ("token", token(&link));
        other.is_refused_both_ways(by, &[token], ("password", "Введите пароль")).await;
        other.is_refused_both_ways(by, &[token, ("way", "new")], ("new_password", "Придумайте пароль")).await;
        let new = [token, ("way", "new"), ("new_password", "kama2026x")];
        other.is_refused_both_ways(by, &new, ("consent", "Без согласия")).await;
        other.calls(by.0, &[token, ("password", "wrong1")]).await.refuses("password", "Осталось попыток: 4");
        other.posts(by.1, &[("password", "wrong1")]).await.is(422).shows("Осталось попыток: 3");
        other.calls(by.0, &[token, ("password", PASSWORD)]).await.leads_to("/accounts");
        is_greeted_once(&other).await;
        other.calls(by.0, &[token, ("password", PASSWORD)]).await.leads_to(&link);
        other.posts(by.1, &[("password", PASSWORD)]).await.leads_to(&link);
        other.opens(&link).await.is(410).shows("Почта уже подтверждена");
    }

    async fn a_token_that_no_letter_holds_confirms_and_recovers_nothing_either_way(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let guest = portal.browser();
        for (function, page) in [(ConfirmLink::PATH, "/confirm/"), (RecoverByLink::PATH, "/recover/")] {
            for hostile in ["", "../sign-out", "%", "+79021234567:123456"] {
                guest.calls(function, &[("token", hostile), ("password", "x")]).await.fails(ApiError::NotFound);
            }
            guest.posts(&format!("{page}short"), &[("token", UNKNOWN_TOKEN)]).await.is(404);
            let address = format!("{page}{UNKNOWN_TOKEN}");
            guest.calls(function, &[("token", UNKNOWN_TOKEN), ("password", "kama2026x")]).await.leads_to(&address);
            guest.posts(&address, &[("password", "kama2026x")]).await.leads_to(&address);
            guest.opens(&address).await.is(404).shows("Ссылка не подошла");
        }
    }

    async fn the_press_of_the_own_browser_and_a_new_password_greet_too(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.browser();
        let link = link_of(&ivan).await;
        ivan.opens(&link).await.shows("data-submit-at-once");
        ivan.posts(&link, &[]).await.leads_to("/accounts");
        is_greeted_once(&ivan).await;
        portal.browser().registers("anna@example.ru", PASSWORD).await.leads_to("/register/code");
        let link = portal.letter_link("anna@example.ru", "/confirm/").await;
        let anna = portal.browser();
        let form = [("token", token(&link)), ("way", "new"), ("new_password", "kama2026x"), ("consent", "on")];
        anna.calls(ConfirmLink::PATH, &form).await.leads_to("/accounts");
        is_greeted_once(&anna).await;
    }

    async fn the_link_of_a_login_that_was_confirmed_elsewhere_offers_no_form(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (first, second) = (portal.browser(), portal.browser().at_address("192.0.2.9"));
        let (link, late) = (link_of(&first).await, link_of(&second).await);
        first.posts(&link, &[]).await.leads_to("/accounts");
        second.posts(&late, &[]).await.leads_to(&late);
        second.opens(&late).await.is(410).shows("Почта уже подтверждена").hides("data-submit-at-once");
    }

    async fn the_own_browser_alone_is_shown_its_login_beside_the_password(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.browser();
        let link = link_of(&ivan).await;
        portal.passes(Span::minutes(10));
        ivan.opens(&link).await.is(200).shows("autocomplete=\"username\" value=\"ivan@example.ru\"");
        portal.browser().opens(&link).await.is(200).hides(IVAN).hides("autocomplete=\"username\"");
    }

    async fn a_sign_in_answers_the_same_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.person(IVAN).await;
        let guest = portal.browser();
        guest.is_refused_both_ways(SIGN_IN, &[("password", PASSWORD)], ("login", "Введите электронную почту")).await;
        guest.is_refused_both_ways(SIGN_IN, &[("login", IVAN)], ("password", "Введите пароль")).await;
        let wrong = [("login", IVAN), ("password", "wrong1"), ("next", "/feedback")];
        guest.is_refused_both_ways(SIGN_IN, &wrong, ("password", "Логин или пароль не подошли")).await;
        guest.posts(SIGN_IN.1, &wrong).await.shows("value=\"ivan@example.ru\"").shows("value=\"/feedback\"").hides("wrong1");
        let long = "я".repeat(2_000);
        guest.calls(SIGN_IN.0, &[("login", &long), ("password", &long)]).await.refuses("password", "не подошли");
        guest.calls(SIGN_IN.0, &[("login", IVAN), ("password", PASSWORD)]).await.leads_to("/accounts");
        guest.opens("/accounts").await.is(200);
    }

    async fn a_sign_in_leads_back_to_the_page_with_its_query(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let account = portal.person(IVAN).await.has_full_access().await;
        let page = format!("/accounts/{account}/receipt?period=2026-10");
        let guest = portal.browser();
        let to = guest.opens(&page).await.location.unwrap();
        guest.opens(&to).await.is(200).shows(&format!("name=\"next\" value=\"{page}\""));
        let form = [("login", IVAN), ("password", PASSWORD), ("next", page.as_str())];
        assert_eq!(guest.posts(SIGN_IN.1, &form).await.location.as_deref(), Some(page.as_str()));
        portal.browser().calls(SIGN_IN.0, &form).await.leads_to(&page);
        for hostile in ["//evil.example", "https://evil.example", "/\\evil.example", "/sign-out", "/a\r\nb: c", "/#a"] {
            let form = [("login", IVAN), ("password", PASSWORD), ("next", hostile)];
            portal.browser().calls(SIGN_IN.0, &form).await.leads_to("/accounts");
            portal.browser().posts(SIGN_IN.1, &form).await.leads_to("/accounts");
        }
    }

    async fn the_sign_in_page_says_why_it_was_opened(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let guest = portal.browser();
        let to = guest.posts("/accounts/link", &[]).await.location.unwrap();
        guest.opens(&to).await.is(200).shows("Вы давно ничего не делали, и вход закрылся").hides("чтобы открыть эту");
        guest.opens("/sign-in?next=%2Ffeedback").await.shows("Войдите, чтобы открыть эту страницу").hides("вход закрылся");
        let ivan = portal.person(IVAN).await;
        let again = "/sign-in?again=1&next=%2Fsettings";
        ivan.opens(again).await.is(200).shows("Чтобы продолжить, введите пароль ещё раз").shows("value=\"ivan@example.ru\"");
        ivan.opens("/sign-in?ended=1&next=%2Fsettings").await.leads_to("/settings");
        portal.passes(Span::minutes(31));
        ivan.opens(again).await.is(200).hides("value=\"ivan@example.ru\"");
    }

    async fn a_sign_out_clears_the_browser_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        for by_call in [true, false] {
            let login = if by_call { IVAN } else { "anna@example.ru" };
            let person = portal.person(login).await;
            person.opens("/sign-out").await.leads_to("/");
            person.opens("/accounts").await.is(200);
            let stolen = portal.browser();
            stolen.holds_cookie(&person.session_cookie());
            let reply = if by_call {
                let called = person.calls(SignOut::PATH, &[]).await;
                called.leads_to("/");
                called.reply
            } else {
                person.posts("/sign-out", &[]).await
            };
            assert_eq!(reply.headers["clear-site-data"], "\"cache\", \"storage\"");
            assert!(reply.headers["set-cookie"].to_str().unwrap().starts_with("kabinet=; "));
            stolen.opens("/accounts").await.leads_to("/sign-in");
        }
        portal.browser().calls(SignOut::PATH, &[]).await.leads_to("/");
    }

    async fn the_second_step_answers_the_same_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        let secret = ivan.opens("/settings/second-factor").await.secret();
        ivan.posts("/settings/second-factor", &[("code", &portal.code_of(&secret))]).await;
        portal.passes(Span::seconds(30));
        let other = portal.browser();
        other.calls(ENTER_CODE.0, &[("code", "123456")]).await.leads_to("/sign-in?expired=1");
        other.posts(ENTER_CODE.1, &[("code", "123456")]).await.leads_to("/sign-in?expired=1");
        let form = [("login", IVAN), ("password", PASSWORD), ("next", "/feedback")];
        other.calls(SIGN_IN.0, &form).await.leads_to("/sign-in/code?next=%2Ffeedback");
        other.is_refused_both_ways(ENTER_CODE, &[("code", "12345")], ("code", "Введите шесть цифр")).await;
        other.is_refused_both_ways(ENTER_CODE, &[("backup", "я")], ("backup", "Введите шесть цифр")).await;
        let right = portal.code_of(&secret);
        other.calls(ENTER_CODE.0, &[("code", another_code(&right))]).await.refuses("code", "Код не подошёл");
        other.calls(ENTER_CODE.0, &[("code", &right), ("next", "/feedback")]).await.leads_to("/feedback");
        other.opens("/accounts").await.is(200);
    }

    async fn a_recovery_begins_the_same_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let guest = portal.browser();
        for login in ["", "ivan\u{7}", "<script>", "2200 0000 0000 0004"] {
            let form = [("login", login)];
            let called = guest.calls(RECOVER.0, &form).await;
            called.refuses("login", "");
            guest.posts(RECOVER.1, &form).await.is(422).shows("id=\"login-error\"").hides("<script>");
        }
        guest.calls(RECOVER.0, &[("login", IVAN)]).await.leads_to("/recover/sent");
        guest.is_refused_both_ways(RECOVER, &[("login", IVAN)], ("login", "можно запросить через")).await;
        guest.posts(RECOVER.1, &[("login", "anna@example.ru")]).await.leads_to("/recover/sent");
        guest.calls(RECOVER.0, &[("login", PHONE)]).await.leads_to("/recover/code");
        guest.opens("/recover/code").await.is(200).hides("autocomplete=\"username\"");
    }

    async fn a_recovery_by_code_answers_the_same_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.person(PHONE).await;
        let guest = portal.browser();
        guest.calls(RECOVER_BY_CODE.0, &[("code", "123456")]).await.leads_to("/recover");
        guest.posts(RECOVER_BY_CODE.1, &[("code", "123456")]).await.leads_to("/recover");
        guest.calls(RECOVER.0, &[("login", PHONE)]).await.leads_to("/recover/code");
        let right = code(&portal).await;
        let short = [("code", "12345"), ("password", "kama2026x")];
        guest.is_refused_both_ways(RECOVER_BY_CODE, &short, ("code", "В коде 6 цифр")).await;
        let weak = [("code", right.as_str()), ("password", "ab")];
        guest.is_refused_both_ways(RECOVER_BY_CODE, &weak, ("password", "слишком короткий")).await;
        let wrong = [("code", another_code(&right)), ("password", "kama2026x")];
        guest.calls(RECOVER_BY_CODE.0, &wrong).await.refuses("code", "Осталось попыток: 4");
        guest.posts(RECOVER_BY_CODE.1, &wrong).await.is(422).shows("Осталось попыток: 4");
        guest.calls(RECOVER_BY_CODE.0, &[("code", &right), ("password", "kama2026x")]).await.leads_to("/accounts");
        guest.opens("/accounts").await.is(200);
    }

    async fn a_recovery_by_link_answers_the_same_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.person(IVAN).await;
        let guest = portal.browser();
        guest.calls(RECOVER.0, &[("login", IVAN)]).await.leads_to("/recover/sent");
        let link = portal.letter_link(IVAN, "/recover/").await;
        let (by, token) = ((RecoverByLink::PATH, link.as_str()), ("token", token(&link)));
        guest.opens(&link).await.is(200).shows("autocomplete=\"username\" value=\"ivan@example.ru\"");
        guest.is_refused_both_ways(by, &[token, ("password", "ab")], ("password", "слишком короткий")).await;
        guest.is_refused_both_ways(by, &[token], ("password", "Придумайте пароль")).await;
        guest.calls(by.0, &[token, ("password", "kama2026x")]).await.leads_to("/accounts");
        guest.calls(by.0, &[token, ("password", "volga2026")]).await.leads_to(&link);
        guest.posts(by.1, &[("password", "volga2026")]).await.leads_to(&link);
        guest.opens(&link).await.is(410).shows("Ссылка уже не действует");
        portal.browser().signs_in(IVAN, "kama2026x").await.leads_to("/accounts");
    }
}
