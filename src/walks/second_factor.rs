//! The second factor: of operators, who need it, and of subscribers, who may choose it.

use futures::future::join;

use super::portal::{OPERATOR_PASSWORD, Person, Portal, Reply};
use crate::domain::calendar::Span;
use crate::storage::testing::{TestDatabase, on_both_engines};

/// Switches the factor on in the settings; returns the secret and the backup codes.
async fn switches_on(person: &Person<'_>) -> (String, Vec<String>) {
    let secret = person.opens("/settings/second-factor").await.secret();
    let code = person.portal.code_of(&secret);
    let shown = person.posts("/settings/second-factor", &[("code", &code)]).await;
    shown.is(200).shows("Запасные коды");
    (secret, backup_codes(&shown))
}

fn backup_codes(page: &Reply) -> Vec<String> {
    page.text().split("<code>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned()).collect()
}

/// Enters the password: a code is asked for.
async fn enters_password(person: &Person<'_>) {
    person.signs_in("ivan@example.ru", "gaz2026").await.leads_to("/sign-in/code");
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
        for _ in 0..50 {
            portal.passes(Span::minutes(16));
            let (one, other) = (portal.browser(), portal.browser());
            enters_password(&one).await;
            enters_password(&other).await;
            let code = portal.code_of(&secret);
            let form = [("code", code.as_str())];
            let (first, second) = join(one.posts("/sign-in/code", &form), other.posts("/sign-in/code", &form)).await;
            let opened = [first, second].iter().filter(|reply| reply.status.is_redirection()).count();
            assert_eq!(opened, 1);
        }
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
        ivan.posts("/settings/second-factor/off", &[("code", "000000")]).await.is(422);
        ivan.posts("/settings/second-factor/off", &[("code", &codes[0])]).await.leads_to("/settings");
        portal.browser().signs_in("ivan@example.ru", "gaz2026").await.leads_to("/accounts");
    }

    async fn new_backup_codes_take_the_place_of_the_old(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let (_, old) = switches_on(&ivan).await;
        let shown = ivan.posts("/settings/second-factor/codes", &[("code", &old[0])]).await;
        let new = backup_codes(&shown);
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
        for page in ["/console/pin-requests", "/console/feedback", "/console/account", "/console/events"] {
            thief.opens(page).await.leads_to("/console/sign-in");
        }
        // The factor is on: its secret is not shown again, and cannot be set up anew.
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
        other.posts("/sign-in/code", &[("code", &portal.code_of(&secret))]).await.leads_to("/sign-in");
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
