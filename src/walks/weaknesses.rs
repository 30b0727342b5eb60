//! Attacks on sign-in and registration that a reviewer demonstrated: one test for each, by its name.

use super::portal::{OPERATOR_PASSWORD, Person, Portal, at_once};
use crate::domain::calendar::Span;
use crate::domain::login::Login;
use crate::service::demo::{self, KnownPassword};
use crate::service::operators;
use crate::service::sessions;
use crate::service::user_admin;
use crate::storage::testing::{TestDatabase, on_both_engines};

/// Rounds of a race: each starts both sides behind one barrier.
const ROUNDS: usize = 50;

/// The code of the last SMS to a phone.
async fn code(portal: &Portal, phone: &str) -> String {
    portal.delivers().await;
    let sms = portal.sms.last_to(phone).expect("an SMS came");
    sms.text.rsplit('#').next().unwrap().trim().to_owned()
}

async fn asks_for_recovery(person: &Person<'_>, login: &str) {
    let asked = person.posts("/recover", &[("login", login)]).await;
    asked.leads_to("/recover/");
}

on_both_engines! {
    async fn weakness_1_the_code_of_an_sms_is_no_link_of_a_recovery(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.person("+79021234567").await;
        asks_for_recovery(&portal.browser(), "+79021234567").await;
        let code = code(&portal, "+79021234567").await;
        let stranger = portal.browser();
        let address = format!("/recover/+79021234567:{code}");
        stranger.opens(&address).await.is(404);
        stranger.posts(&address, &[("password", "taken2026")]).await.is(404);
        portal.browser().signs_in("+79021234567", "gaz2026").await.leads_to("/accounts");
    }

    async fn weakness_1_the_code_of_an_sms_is_no_link_of_a_registration(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.browser().registers("+79021234567", "gaz2026").await.leads_to("/register/code");
        let code = code(&portal, "+79021234567").await;
        let stranger = portal.browser();
        stranger.posts(&format!("/confirm/+79021234567:{code}"), &[]).await.is(404);
        portal.browser().signs_in("+79021234567", "gaz2026").await.is(422);
    }

    async fn weakness_1_a_code_works_only_in_the_browser_that_asked(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.person("+79021234567").await;
        asks_for_recovery(&portal.browser(), "+79021234567").await;
        let code = code(&portal, "+79021234567").await;
        let form = [("code", code.as_str()), ("password", "taken2026")];
        portal.browser().posts("/recover/code", &form).await.leads_to("/recover");
        let other = portal.browser();
        asks_for_recovery(&other, "+79020000000").await;
        other.posts("/recover/code", &form).await.is(422).shows("Код не подошёл");
    }

    async fn weakness_1_of_two_codes_only_the_newer_works(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.person("+79021234567").await;
        let (first, second) = (portal.browser(), portal.browser());
        asks_for_recovery(&first, "+79021234567").await;
        let old = code(&portal, "+79021234567").await;
        portal.passes(Span::seconds(61));
        asks_for_recovery(&second, "+79021234567").await;
        let form = [("code", old.as_str()), ("password", "new2026")];
        first.posts("/recover/code", &form).await.is(422).shows("больше не действует");
    }

    async fn weakness_1_five_codes_are_compared_under_a_hundred_parallel_tries(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.person("+79021234567").await;
        let thief = portal.browser();
        asks_for_recovery(&thief, "+79021234567").await;
        let right = code(&portal, "+79021234567").await;
        let wrong: Vec<String> = (0..101).map(|code| format!("{code:06}")).filter(|code| *code != right).collect();
        let forms: Vec<_> = wrong.iter().map(|code| [("code", code.as_str()), ("password", "taken2026")]).collect();
        let tries = forms.iter().take(100).map(|form| thief.posts("/recover/code", form));
        let replies = futures::future::join_all(tries).await;
        let compared = replies.iter().filter(|reply| reply.text().contains("Код не подошёл")).count();
        assert!(compared <= 5, "{compared} codes were compared");
        let form = [("code", right.as_str()), ("password", "taken2026")];
        thief.posts("/recover/code", &form).await.is(422).shows("Попытки закончились");
    }

    async fn weakness_1_wrong_links_are_counted_per_network(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let thief = portal.browser();
        let link = format!("/recover/{}", "a".repeat(43));
        for _ in 0..60 {
            thief.opens(&link).await.is(404);
        }
        thief.opens(&link).await.is(429).shows("Слишком много попыток");
        thief.opens(&format!("/confirm/{}", "a".repeat(43))).await.is(429);
        portal.browser().at_address("192.0.2.9").opens(&link).await.is(404);
    }

    async fn weakness_2_a_link_never_becomes_the_action_of_a_form(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let victim = portal.person("ivan@example.ru").await;
        for path in ["..%2Fsign-out", "..%2Fsettings%2Fsessions", "%2e%2e%2fsign-out", "a%22onload%3d"] {
            for page in ["confirm", "recover"] {
                let reply = victim.opens(&format!("/{page}/{path}")).await;
                reply.is(404).hides("<form method=\"post\" action=\"/confirm").hides("data-submit-at-once");
            }
        }
        victim.opens("/accounts").await.is(200);
    }

    async fn weakness_2_only_the_browser_that_registered_gets_a_form_that_submits_itself(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.browser();
        ivan.registers("ivan@example.ru", "gaz2026").await.leads_to("/register/code");
        let link = portal.letter_link("ivan@example.ru", "/confirm/").await;
        ivan.opens(&link).await.shows("data-submit-at-once");
        portal.browser().opens(&link).await.is(200).hides("data-submit-at-once");
    }

    async fn weakness_3_a_stranger_who_began_the_registration_does_not_keep_the_password(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let attacker = portal.browser().at_address("203.0.113.6");
        attacker.registers("victim@example.ru", "mine2026").await.leads_to("/register/code");
        let link = portal.letter_link("victim@example.ru", "/confirm/").await;
        let victim = portal.browser();
        // A mail scanner that runs scripts may press the button: that creates no user.
        victim.posts(&link, &[]).await.is(422);
        attacker.signs_in("victim@example.ru", "mine2026").await.is(422);
        victim.posts(&link, &[("new_password", "kama2026x"), ("consent", "on")]).await.leads_to("/accounts");
        attacker.signs_in("victim@example.ru", "mine2026").await.is(422);
    }

    async fn weakness_4_a_finished_recovery_voids_the_other_links(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.person("ivan@example.ru").await;
        let guest = portal.browser();
        asks_for_recovery(&guest, "ivan@example.ru").await;
        let first = portal.letter_link("ivan@example.ru", "/recover/").await;
        portal.passes(Span::seconds(61));
        asks_for_recovery(&guest, "ivan@example.ru").await;
        let second = portal.letter_link("ivan@example.ru", "/recover/").await;
        assert_ne!(first, second);
        guest.posts(&second, &[("password", "first2026")]).await.leads_to("/accounts");
        portal.browser().posts(&first, &[("password", "again2026")]).await.leads_to(&first);
        portal.browser().opens(&first).await.is(410);
        portal.browser().signs_in("ivan@example.ru", "first2026").await.leads_to("/accounts");
    }

    async fn weakness_4_a_change_of_the_password_voids_recoveries(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        asks_for_recovery(&portal.browser(), "ivan@example.ru").await;
        let link = portal.letter_link("ivan@example.ru", "/recover/").await;
        let form = [("current_password", "gaz2026"), ("new_password", "kama2026x")];
        ivan.posts("/settings/password", &form).await.leads_to("/settings");
        portal.browser().posts(&link, &[("password", "thief2026")]).await.leads_to(&link);
        portal.browser().opens(&link).await.is(410);
    }

    async fn weakness_5_a_recovery_wins_over_a_change_of_the_password_under_way(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.person("ivan@example.ru").await;
        let mut kept = "gaz2026".to_owned();
        for round in 0..ROUNDS {
            let thief = portal.browser();
            thief.signs_in("ivan@example.ru", &kept).await.leads_to("/accounts");
            let owner = portal.browser().at_address(&format!("10.3.0.{round}"));
            asks_for_recovery(&owner, "ivan@example.ru").await;
            let link = portal.letter_link("ivan@example.ru", "/recover/").await;
            let (by_thief, by_owner) = (format!("thief{round}"), format!("owner{round}"));
            let change = [("current_password", kept.as_str()), ("new_password", by_thief.as_str())];
            let recovery = [("password", by_owner.as_str())];
            let (changed, recovered) =
                at_once(thief.posts("/settings/password", &change), owner.posts(&link, &recovery));
            // A change that comes first voids the link; one that comes second is given the wrong current password.
            let is_recovered = recovered.location.as_deref() == Some("/accounts");
            let winner = if is_recovered { &by_owner } else { &by_thief };
            assert!(is_recovered || changed.status.is_redirection(), "one of them is done");
            portal.browser().signs_in("ivan@example.ru", winner).await.leads_to("/accounts");
            kept = winner.clone();
            portal.passes(Span::days(1));
        }
    }

    async fn weakness_6_signing_in_again_ends_the_session_before(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let before = ivan.session_cookie();
        ivan.signs_in("ivan@example.ru", "gaz2026").await.leads_to("/accounts");
        let thief = portal.browser();
        thief.holds_cookie(&before);
        thief.opens("/accounts").await.leads_to("/sign-in");
        let before = ivan.session_cookie();
        asks_for_recovery(&ivan, "ivan@example.ru").await;
        thief.holds_cookie(&before);
        thief.opens("/accounts").await.leads_to("/sign-in");
    }

    async fn weakness_6_a_confirmed_registration_ends_the_guests_session(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.browser();
        ivan.registers("ivan@example.ru", "gaz2026").await.leads_to("/register/code");
        let guest = ivan.session_cookie();
        let link = portal.letter_link("ivan@example.ru", "/confirm/").await;
        ivan.posts(&link, &[]).await.leads_to("/accounts");
        let secret = guest.split_once('=').unwrap().1;
        assert!(sessions::find(&portal.services, secret).await.unwrap().is_none());
    }

    async fn weakness_7_an_operator_changed_while_the_hash_is_computed_does_not_get_in(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let olga = portal.operator("olga").await;
        olga.opens("/console/pin-requests").await.is(200);
        for _ in 0..ROUNDS {
            let form = [("login", "olga"), ("password", OPERATOR_PASSWORD)];
            let browser = portal.browser();
            let disabled = operators::disable(&portal.services, "olga");
            let (entered, disabled) = at_once(browser.posts("/console/sign-in", &form), disabled);
            disabled.unwrap();
            // In either order, no code can complete the sign-in afterwards.
            assert!(entered.status.is_redirection() || entered.status.as_u16() == 422, "{}", entered.status);
            browser.opens("/console/sign-in/code").await.leads_to("/console/sign-in");
            browser.opens("/console/pin-requests").await.leads_to("/console/sign-in");
            operators::enable(&portal.services, "olga").await.unwrap();
            portal.passes(Span::minutes(16));
        }
    }

    async fn weakness_9_a_demo_password_is_found_until_it_opens_nothing(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let services = &portal.services;
        assert_eq!(demo::known_password(services).await.unwrap(), None);
        demo::make_people(services).await.unwrap();
        assert_eq!(demo::known_password(services).await.unwrap(), Some(KnownPassword::Operator));
        operators::disable(services, demo::OPERATOR).await.unwrap();
        for person in &demo::PEOPLE {
            assert_eq!(demo::known_password(services).await.unwrap(), Some(KnownPassword::User(person.login)));
            user_admin::lock(services, &Login::parse(person.login).unwrap()).await.unwrap();
        }
        assert_eq!(demo::known_password(services).await.unwrap(), None);
    }
}
