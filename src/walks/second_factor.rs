//! The second factor: required for operators, optional for subscribers.

use std::sync::Arc;

use futures::future::join;
use tokio::sync::Barrier;

use super::portal::{OPERATOR_PASSWORD, Person, Portal, Reply, new_operator};
use crate::domain::calendar::Span;
use crate::domain::id::Owner;
use crate::domain::session::Session;
use crate::service::refused::Refused;
use crate::service::second_factor::{self, CodeRefused, State};
use crate::service::sessions;
use crate::service::{Visitor, demo, operators};
use crate::storage::testing::{TestDatabase, on_both_engines, tables};

/// Rounds of a race: each starts both sides behind one barrier.
const ROUNDS: usize = 50;

/// The page of new backup codes, in the settings.
const CODES: &str = "/settings/second-factor/codes";

/// Enables the factor in the settings; returns the secret and the backup codes.
async fn switches_on(person: &Person<'_>) -> (String, Vec<String>) {
    let secret = person.opens("/settings/second-factor").await.secret();
    let code = person.portal.code_of(&secret);
    person.posts("/settings/second-factor", &[("code", &code)]).await.leads_to(CODES);
    let shown = person.opens(CODES).await;
    shown.is(200).shows("Запасные коды");
    (secret, backup_codes(&shown))
}

fn backup_codes(page: &Reply) -> Vec<String> {
    page.text().split("<code>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned()).collect()
}

/// Enters the password and expects the question for the code.
async fn enters_password(person: &Person<'_>) {
    person.signs_in("ivan@example.ru", "gaz2026").await.leads_to("/sign-in/code");
}

/// The session of a browser at the portal.
async fn session(person: &Person<'_>) -> Session {
    let cookie = person.session_cookie();
    let (_, secret) = cookie.split_once('=').unwrap();
    sessions::find(&person.portal.services, secret).await.unwrap().unwrap()
}

/// Sends one code from two browsers between the two steps, each in its own task behind one barrier; returns how many
/// full sessions it opened.
async fn opened_by_both(portal: &Portal, code: &str) -> usize {
    let barrier = Arc::new(Barrier::new(2));
    let mut tasks = Vec::new();
    for _ in 0..2 {
        let browser = portal.browser();
        enters_password(&browser).await;
        let (services, session) = (portal.services.clone(), session(&browser).await);
        let (barrier, code) = (barrier.clone(), code.to_owned());
        tasks.push(tokio::spawn(async move {
            barrier.wait().await;
            second_factor::finish(&services, &session, &code, &Visitor::at("10.0.0.1")).await
        }));
    }
    let mut opened = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => opened += 1,
            Err(Refused::This(CodeRefused::Wrong)) => {}
            Err(other) => panic!("{other:?}"),
        }
    }
    opened
}

/// Enters an operator's password; returns the secret that the page offers, if any.
async fn offered_secret(browser: &Person<'_>, login: &str) -> String {
    let form = [("login", login), ("password", OPERATOR_PASSWORD)];
    browser.posts("/console/sign-in", &form).await.leads_to("/console/sign-in/code");
    browser.opens("/console/sign-in/code").await.secret()
}

on_both_engines! {
    async fn a_subscriber_with_the_factor_enters_with_password_and_code(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let (secret, codes) = switches_on(&ivan).await;
        assert_eq!(codes.len(), 10);
        portal.passes(Span::seconds(30));
        let other = portal.browser();
        enters_password(&other).await;
        other.opens("/accounts").await.leads_to("/sign-in");
        other.posts("/sign-in/code", &[("code", "12345")]).await.is(422).shows("шесть цифр");
        other.posts("/sign-in/code", &[("code", &portal.code_of(&secret))]).await.leads_to("/accounts");
        other.opens("/accounts").await.is(200);
        portal.delivers().await;
        assert!(portal.mail.last_to("ivan@example.ru").unwrap().body.contains("нужен код"));
    }

    async fn a_code_works_once_even_when_it_is_sent_twice_at_once(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let (secret, _) = switches_on(&ivan).await;
        for _ in 0..ROUNDS {
            portal.passes(Span::minutes(16));
            assert_eq!(opened_by_both(&portal, &portal.code_of(&secret)).await, 1);
        }
    }

    async fn a_backup_code_works_once_even_when_it_is_sent_twice_at_once(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let (_, mut codes) = switches_on(&ivan).await;
        let owner = Owner::User(session(&ivan).await.user_id.unwrap());
        for _ in 0..ROUNDS {
            portal.passes(Span::minutes(16));
            let code = codes.pop().unwrap();
            if codes.is_empty() {
                let visitor = Visitor::at("10.0.0.1");
                let renewed = second_factor::renew_backup_codes(&portal.services, &owner, &code, &visitor).await;
                codes = renewed.unwrap_or_else(|error| panic!("{error:?}")).0;
                continue;
            }
            assert_eq!(opened_by_both(&portal, &code).await, 1);
        }
    }

    async fn codes_renewed_twice_at_once_are_ten(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let (_, codes) = switches_on(&ivan).await;
        let owner = Owner::User(session(&ivan).await.user_id.unwrap());
        let (one_form, other_form) = ([("code", codes[0].as_str())], [("code", codes[1].as_str())]);
        let (one, other) = join(ivan.posts(CODES, &one_form), ivan.posts(CODES, &other_form)).await;
        assert!([one, other].iter().any(|reply| reply.location.as_deref() == Some(CODES)));
        let state = second_factor::state(&portal.services, &owner).await.unwrap();
        assert_eq!(state, State::On { backup_codes: 10 });
    }

    async fn a_page_of_the_set_up_opened_twice_at_once_shows_one_secret(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let address = "/settings/second-factor";
        let (one, other) = join(ivan.opens(address), ivan.opens(address)).await;
        assert_eq!(one.is(200).secret(), other.is(200).secret());
    }

    async fn a_secret_seen_in_one_session_is_confirmed_in_no_other(database: TestDatabase) {
        let portal = Portal::open(database).await;
        operators::add(&portal.services, new_operator("olga")).await.unwrap();
        let (thief, olga) = (portal.browser(), portal.browser());
        let seen = offered_secret(&thief, "olga").await;
        let own = offered_secret(&olga, "olga").await;
        assert_ne!(seen, own);
        let set_up = "/console/sign-in/set-up";
        thief.posts(set_up, &[("code", &portal.code_of(&seen))]).await.leads_to("/console/sign-in/code");
        thief.opens("/console/sign-in/code").await.is(200);
        // The thief's page has replaced Olga's secret: she sees a new one and an explanation.
        olga.posts(set_up, &[("code", &portal.code_of(&own))]).await.leads_to("/console/sign-in/code");
        let again = olga.opens("/console/sign-in/code").await;
        let own = again.is(200).shows("в другом браузере").secret();
        olga.posts(set_up, &[("code", &portal.code_of(&own))]).await.leads_to("/console/account/codes");
        thief.posts("/console/sign-in/code", &[("code", &portal.code_of(&seen))]).await.is(422);
    }

    async fn a_page_of_the_set_up_that_is_loaded_again_keeps_its_secret(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let secret = ivan.opens("/settings/second-factor").await.secret();
        let wrong = if portal.code_of(&secret) == "000000" { "000001" } else { "000000" };
        let refused = ivan.posts("/settings/second-factor", &[("code", wrong)]).await;
        assert_eq!(refused.is(422).secret(), secret);
        assert_eq!(ivan.opens("/settings/second-factor").await.secret(), secret);
    }

    async fn a_second_step_that_ended_meanwhile_opens_nothing_and_costs_no_code(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let (_, codes) = switches_on(&ivan).await;
        let thief = portal.browser();
        enters_password(&thief).await;
        // The thief's request has already loaded its session; then the password is changed.
        let found = session(&thief).await;
        let form = [("current_password", "gaz2026"), ("new_password", "kama2026x")];
        ivan.posts("/settings/password", &form).await.leads_to("/settings");
        let visitor = Visitor::at("203.0.113.6");
        let refused = second_factor::finish(&portal.services, &found, &codes[0], &visitor).await;
        assert!(matches!(refused, Err(Refused::This(CodeRefused::Gone))));
        let owner = Owner::User(session(&ivan).await.user_id.unwrap());
        let state = second_factor::state(&portal.services, &owner).await.unwrap();
        assert_eq!(state, State::On { backup_codes: 10 });
    }

    async fn a_code_holds_thirty_seconds_and_a_late_one_says_so(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let (secret, codes) = switches_on(&ivan).await;
        portal.passes(Span::seconds(60));
        let other = portal.browser();
        enters_password(&other).await;
        let late = portal.code_of(&secret);
        portal.passes(Span::seconds(30));
        other.posts("/sign-in/code", &[("code", &late)]).await.is(422).shows("только что сменился");
        other.posts("/sign-in/code", &[("code", &portal.code_of(&secret))]).await.leads_to("/accounts");
        // A backup code is compared after argon2id and opens as before.
        let third = portal.browser();
        enters_password(&third).await;
        third.posts("/sign-in/code", &[("backup", &codes[1])]).await.leads_to("/accounts");
    }

    async fn a_session_between_the_steps_opens_one_full_session(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let (_, codes) = switches_on(&ivan).await;
        let browser = portal.browser();
        enters_password(&browser).await;
        let found = session(&browser).await;
        let visitor = Visitor::at("10.0.0.1");
        assert!(second_factor::finish(&portal.services, &found, &codes[0], &visitor).await.is_ok());
        let again = second_factor::finish(&portal.services, &found, &codes[1], &visitor).await;
        assert!(matches!(again, Err(Refused::This(CodeRefused::Gone))));
    }

    async fn the_secret_and_the_backup_codes_are_nowhere_in_the_database_in_clear(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let (secret, codes) = switches_on(&ivan).await;
        portal.operator("olga").await;
        assert!(!portal.dump("second_factors").await.is_empty() && !portal.dump("backup_codes").await.is_empty());
        let mut secrets = vec![secret.clone(), secret.replace(' ', "")];
        secrets.extend(codes.iter().flat_map(|code| [code.clone(), code.replace('-', "")]));
        for table in tables() {
            let rows = portal.dump(&table).await.to_lowercase();
            for secret in &secrets {
                assert!(!rows.contains(&secret.to_lowercase()), "{table} holds a secret");
            }
        }
    }

    async fn a_backup_code_has_a_field_of_its_own(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let (_, codes) = switches_on(&ivan).await;
        let other = portal.browser();
        enters_password(&other).await;
        let page = other.opens("/sign-in/code").await;
        page.shows("inputmode=\"numeric\"").shows("<details>").shows("id=\"backup\"");
        let refused = other.posts("/sign-in/code", &[("code", ""), ("backup", "aaaaa-aaaaa")]).await;
        refused.is(422).shows("href=\"#backup\"").shows("<details open>");
        other.posts("/sign-in/code", &[("backup", &codes[0])]).await.leads_to("/accounts");
    }

    async fn five_wrong_first_codes_lock_the_set_up_too(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let secret = ivan.opens("/settings/second-factor").await.secret();
        let right = portal.code_of(&secret);
        let wrong = if right == "000000" { "000001" } else { "000000" };
        for _ in 0..5 {
            ivan.posts("/settings/second-factor", &[("code", wrong)]).await.is(422).shows("не подошёл");
        }
        ivan.posts("/settings/second-factor", &[("code", &right)]).await.is(422).shows("Слишком много попыток");
    }

    async fn an_operator_whose_factor_was_reset_reads_to_set_it_up_again(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let olga = portal.operator_with("olga", Some("olga@example.ru"), &[]).await;
        assert!(operators::reset_second_factor(&portal.services, "olga").await.unwrap());
        portal.delivers().await;
        let letter = portal.mail.last_to("olga@example.ru").unwrap().body;
        assert!(letter.contains("настройте приложение") && !letter.contains("достаточно пароля"), "{letter}");
        olga.opens("/console/pin-requests").await.leads_to("/console/sign-in");
        olga.enters_console("olga").await;
        assert!(operators::reset_second_factor(&portal.services, "nina").await.is_err());
    }

    async fn the_code_of_the_demos_operator_comes_by_letter(database: TestDatabase) {
        let portal = Portal::open(database).await;
        demo::make_people(&portal.services).await.unwrap();
        let visitor = portal.browser();
        let form = [("login", demo::OPERATOR), ("password", demo::OPERATOR_PASSWORD)];
        for _ in 0..55 {
            portal.passes(Span::seconds(1));
            visitor.posts("/console/sign-in", &form).await.leads_to("/console/sign-in/code");
        }
        visitor.opens("/console/sign-in/code").await.shows("/demo/mailbox").hides("id=\"secret\"");
        portal.delivers().await;
        let letter = portal.mail.last_to(demo::OPERATOR_MAIL).unwrap().body;
        let code = letter.split("входа сотрудника: ").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
        visitor.posts("/console/sign-in/code", &[("code", &code)]).await.leads_to("/console/");
        let kept = portal.dump("backup_codes").await.lines().count();
        assert!(kept <= 50, "{kept} codes are kept");
    }

    async fn five_wrong_codes_lock_the_second_step_for_a_quarter_of_an_hour(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let (secret, _) = switches_on(&ivan).await;
        portal.passes(Span::minutes(16));
        let thief = portal.browser();
        enters_password(&thief).await;
        let right = portal.code_of(&secret);
        let wrong = if right == "000000" { "000001" } else { "000000" };
        for _ in 0..5 {
            thief.posts("/sign-in/code", &[("code", wrong)]).await.is(422).shows("не подошёл");
        }
        thief.posts("/sign-in/code", &[("code", &right)]).await.is(422).shows("Слишком много попыток");
        portal.passes(Span::minutes(16));
        enters_password(&thief).await;
        thief.posts("/sign-in/code", &[("code", &portal.code_of(&secret))]).await.leads_to("/accounts");
    }

    async fn what_cannot_be_a_code_is_not_counted_as_a_try(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let (secret, _) = switches_on(&ivan).await;
        portal.passes(Span::minutes(16));
        let browser = portal.browser();
        enters_password(&browser).await;
        for typed in ["12345", "1234567", "123456a", "код", "123456 654321", "abcde-1890", " "] {
            browser.posts("/sign-in/code", &[("code", typed)]).await.is(422).hides("не подошёл");
        }
        browser.posts("/sign-in/code", &[("code", &portal.code_of(&secret))]).await.leads_to("/accounts");
    }

    async fn a_backup_code_works_once(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let (_, codes) = switches_on(&ivan).await;
        let form = [("code", codes[3].as_str())];
        let other = portal.browser();
        enters_password(&other).await;
        other.posts("/sign-in/code", &form).await.leads_to("/accounts");
        let again = portal.browser();
        enters_password(&again).await;
        again.posts("/sign-in/code", &form).await.is(422);
        portal.delivers().await;
        assert!(portal.mail.last_to("ivan@example.ru").unwrap().body.contains("запасных кодов"));
    }

    async fn a_recovered_password_does_not_get_around_the_factor(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        switches_on(&ivan).await;
        let thief = portal.browser();
        thief.posts("/recover", &[("login", "ivan@example.ru")]).await.leads_to("/recover/sent");
        let link = portal.letter_link("ivan@example.ru", "/recover/").await;
        thief.posts(&link, &[("password", "kama2026x")]).await.leads_to("/sign-in/code");
        thief.opens("/accounts").await.leads_to("/sign-in");
    }

    async fn a_factor_is_switched_off_with_a_code(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let (_, codes) = switches_on(&ivan).await;
        ivan.posts("/settings/second-factor/off", &[("off_code", "000000")]).await.is(422);
        ivan.posts("/settings/second-factor/off", &[("off_code", &codes[0])]).await.leads_to("/settings");
        portal.browser().signs_in("ivan@example.ru", "gaz2026").await.leads_to("/accounts");
    }

    async fn new_backup_codes_take_the_place_of_the_old(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let (_, old) = switches_on(&ivan).await;
        ivan.posts(CODES, &[("code", &old[0])]).await.leads_to(CODES);
        let new = backup_codes(&ivan.opens(CODES).await);
        assert!(new.len() == 10 && !new.contains(&old[1]));
        let other = portal.browser();
        enters_password(&other).await;
        other.posts("/sign-in/code", &[("code", &old[1])]).await.is(422);
        other.posts("/sign-in/code", &[("code", &new[1])]).await.leads_to("/accounts");
    }

    async fn no_page_of_the_console_opens_without_the_factor(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.operator("olga").await;
        let thief = portal.browser();
        let form = [("login", "olga"), ("password", OPERATOR_PASSWORD)];
        thief.posts("/console/sign-in", &form).await.leads_to("/console/sign-in/code");
        let account = ["/console/account", "/console/account/codes"];
        for page in ["/console/pin-requests", "/console/feedback", "/console/events"].into_iter().chain(account) {
            thief.opens(page).await.leads_to("/console/sign-in");
        }
        // The factor is enabled: its secret is not shown again and no second one is set up.
        thief.opens("/console/sign-in/code").await.is(200).hides("id=\"secret\"");
        thief.posts("/console/sign-in/set-up", &[("code", "123456")]).await.leads_to("/console/sign-in");
    }

    async fn the_second_step_ends_after_ten_minutes(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let (secret, _) = switches_on(&ivan).await;
        let other = portal.browser();
        enters_password(&other).await;
        portal.passes(Span::minutes(10));
        let code = portal.code_of(&secret);
        other.posts("/sign-in/code", &[("code", &code), ("next", "/feedback")]).await.leads_to("/sign-in?expired=1");
        other.opens("/sign-in?expired=1&next=%2Ffeedback").await.is(200).shows("Введите пароль ещё раз");
        other.opens("/console/sign-in/code").await.leads_to("/console/sign-in?expired=1");
        other.opens("/console/sign-in?expired=1").await.is(200).shows("Введите пароль ещё раз");
    }

    async fn an_administrator_resets_a_lost_factor(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        switches_on(&ivan).await;
        let login = crate::domain::login::Login::parse("ivan@example.ru").unwrap();
        assert!(crate::service::user_admin::reset_second_factor(&portal.services, &login).await.unwrap());
        portal.browser().signs_in("ivan@example.ru", "gaz2026").await.leads_to("/accounts");
    }
}
