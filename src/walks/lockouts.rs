//! Tests that a stranger can neither lock an owner out nor exhaust a shared limit (weakness 8).

use super::portal::Portal;
use crate::domain::calendar::Span;
use crate::storage::testing::{TestDatabase, on_both_engines};

on_both_engines! {
    async fn weakness_8_a_stranger_does_not_keep_a_known_browser_out(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        ivan.posts("/sign-out", &[]).await.leads_to("/");
        let stranger = portal.browser().at_address("203.0.113.6");
        for _ in 0..40 {
            stranger.signs_in("ivan@example.ru", "wrong1").await.is(422);
            portal.passes(Span::seconds(10));
        }
        let elsewhere = portal.browser().at_address("198.51.100.1");
        elsewhere.signs_in("ivan@example.ru", "gaz2026").await.is(422).shows("Слишком много попыток");
        ivan.signs_in("ivan@example.ru", "gaz2026").await.leads_to("/accounts");
    }

    async fn a_known_browser_has_a_cap_of_its_own(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        ivan.posts("/sign-out", &[]).await.leads_to("/");
        for _ in 0..31 {
            ivan.signs_in("ivan@example.ru", "wrong1").await.is(422);
            portal.passes(Span::seconds(10));
        }
        ivan.signs_in("ivan@example.ru", "gaz2026").await.is(422).shows("Слишком много попыток");
    }

    async fn weakness_8_a_stranger_does_not_take_recovery_away(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.person("ivan@example.ru").await;
        let stranger = portal.browser().at_address("203.0.113.6");
        for _ in 0..6 {
            stranger.posts("/recover", &[("login", "ivan@example.ru")]).await;
            portal.passes(Span::seconds(61));
        }
        stranger.posts("/recover", &[("login", "ivan@example.ru")]).await.is(422);
        let owner = portal.browser();
        owner.posts("/recover", &[("login", "ivan@example.ru")]).await.leads_to("/recover/sent");
    }

    async fn a_known_browser_recovers_while_strangers_use_the_days_letters_up(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        ivan.posts("/sign-out", &[]).await.leads_to("/");
        for network in 0..4 {
            let stranger = portal.browser().at_address(&format!("203.0.{network}.6"));
            for _ in 0..5 {
                stranger.posts("/recover", &[("login", "ivan@example.ru")]).await;
                portal.passes(Span::seconds(61));
            }
        }
        portal.browser().posts("/recover", &[("login", "ivan@example.ru")]).await.is(422);
        ivan.posts("/recover", &[("login", "ivan@example.ru")]).await.leads_to("/recover/sent");
    }

    async fn weakness_8_one_ipv6_56_gets_twice_the_tries_of_one_line(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let mut compared = 0;
        for line in 0..4 {
            let thief = portal.browser().at_address(&format!("[2001:db8:0:{line:x}::1]"));
            for number in 0..100 {
                let login = format!("user{line}x{number}@example.ru");
                let reply = thief.signs_in(&login, "wrong1").await;
                compared += usize::from(reply.text().contains("не подошли"));
            }
        }
        assert_eq!(compared, 200);
    }

    async fn a_user_has_at_most_twenty_sessions(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let first = portal.person("ivan@example.ru").await;
        for _ in 0..20 {
            portal.passes(Span::seconds(61));
            portal.browser().signs_in("ivan@example.ru", "gaz2026").await.leads_to("/accounts");
        }
        first.opens("/accounts").await.leads_to("/sign-in");
    }

    async fn sessions_are_ended_only_soon_after_the_password(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        portal.passes(Span::minutes(16));
        ivan.posts("/settings/sessions", &[]).await.leads_to("/sign-in?again=1");
        ivan.opens("/sign-in?again=1&next=%2Fsettings").await.is(200).shows("Вход");
        ivan.signs_in("ivan@example.ru", "gaz2026").await.leads_to("/accounts");
        ivan.posts("/settings/sessions", &[]).await.leads_to("/settings");
    }

    async fn a_session_made_while_the_clock_ran_ahead_does_not_count(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.passes(Span::days(365));
        let ivan = portal.person("ivan@example.ru").await;
        portal.passes(Span::days(-365));
        ivan.opens("/accounts").await.leads_to("/sign-in");
    }

    async fn a_clock_that_jumps_ahead_for_an_hour_deletes_no_session(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        portal.passes(Span::days(32));
        crate::service::sessions::expire(&portal.services).await.unwrap();
        portal.passes(Span::days(-32));
        ivan.opens("/accounts").await.is(200);
    }

    async fn a_locked_user_learns_whom_to_write_to_and_only_with_the_right_password(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let login = crate::domain::login::Login::parse("ivan@example.ru").unwrap();
        crate::service::user_admin::lock(&portal.services, &login).await.unwrap();
        ivan.opens("/accounts").await.leads_to("/sign-in");
        let guest = portal.browser();
        guest.signs_in("ivan@example.ru", "wrong1").await.is(422).shows("не подошли").hides("закрыт");
        guest.signs_in("ivan@example.ru", "gaz2026").await.is(422).shows("support@example.ru");
    }

    async fn an_administrator_ends_the_sessions_of_a_user(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let login = crate::domain::login::Login::parse("ivan@example.ru").unwrap();
        assert_eq!(crate::service::user_admin::end_sessions(&portal.services, &login).await.unwrap(), 1);
        ivan.opens("/accounts").await.leads_to("/sign-in");
        ivan.signs_in("ivan@example.ru", "gaz2026").await.leads_to("/accounts");
    }

    async fn a_foreign_identifier_and_a_reached_limit_are_counted(database: TestDatabase) {
        let of = |name: &str| -> u64 {
            crate::telemetry::counts().into_iter().filter(|(event, ..)| *event == name).map(|(.., count)| count).sum()
        };
        let portal = Portal::open(database).await;
        let (ivan, anna) = (portal.person("ivan@example.ru").await, portal.person("anna@example.ru").await);
        let account = ivan.has_full_access().await;
        let before = (of("foreign_id"), of("limit_reached"), of("card_number_refused"));
        anna.opens(&format!("/accounts/{account}")).await.is(404);
        for _ in 0..7 {
            portal.browser().signs_in("ivan@example.ru", "wrong1").await;
        }
        anna.posts("/feedback", &[("subject", "a"), ("message", "5555 5555 5555 4444")]).await.is(422);
        let after = (of("foreign_id"), of("limit_reached"), of("card_number_refused"));
        assert!(after.0 > before.0 && after.1 > before.1 && after.2 > before.2, "{before:?} {after:?}");
    }

    async fn nothing_personal_is_in_the_debug_text_of_records(database: TestDatabase) {
        use crate::service::access::OwnAccess;
        use crate::service::{sessions, sign_in};
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        let secret = ivan.session_cookie();
        let session = sessions::find(&portal.services, secret.split_once('=').unwrap().1).await.unwrap().unwrap();
        let user_id = session.user_id.clone().unwrap();
        let user = sign_in::user(&portal.services, &user_id).await.unwrap();
        let own = OwnAccess::find(&portal.services, &user_id, &account).await.unwrap();
        let visitor = crate::service::Visitor::at("192.0.2.77");
        let text = format!("{session:?} {user:?} {own:?} {visitor:?}");
        let login = user.unwrap().login;
        let stored = crate::storage::users::credentials(&mut portal.services.db().read().await.unwrap(), &login).await;
        let hash = stored.unwrap().unwrap().password_hash;
        for personal in ["ivan@", "Соколова", "Береговая", "192.0.2.77", "10.0.0.1", &session.token_hash, &hash] {
            assert!(!text.contains(personal), "{personal}: {text}");
        }
        assert!(text.contains(user_id.as_str()), "{text}");
    }

    async fn a_console_in_constant_use_asks_again_after_twelve_hours(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let olga = portal.operator("olga").await;
        for _ in 0..12 * 6 - 1 {
            portal.passes(Span::minutes(10));
            olga.opens("/console/pin-requests").await.is(200);
        }
        portal.passes(Span::minutes(10));
        olga.opens("/console/pin-requests").await.leads_to("/console/sign-in");
    }

    async fn a_console_left_alone_for_fifteen_minutes_asks_again(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let olga = portal.operator("olga").await;
        portal.passes(Span::minutes(14));
        olga.opens("/console/pin-requests").await.is(200);
        portal.passes(Span::minutes(14));
        olga.opens("/console/pin-requests").await.is(200);
        portal.passes(Span::minutes(16));
        olga.opens("/console/pin-requests").await.leads_to("/console/sign-in");
    }
}
