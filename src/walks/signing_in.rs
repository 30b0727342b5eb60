//! Signing in, sessions, recovery, and the checks of every request.

use axum::body::Body;

use crate::domain::calendar::Span;
use crate::domain::login::Login;
use crate::domain::password::HashWork;
use crate::service::operators as staff;
use crate::service::passwords::Passwords;
use crate::storage::testing::{TestDatabase, on_both_engines};
use crate::storage::{Database, operators, users};
use crate::walks::portal::{OPERATOR_PASSWORD, Portal, new_operator};

/// A hash with weaker parameters than the settings require.
async fn weak_hash(portal: &Portal, password: &str) -> String {
    let work = HashWork { passes: 1, ..HashWork::LEAST };
    Passwords::new(portal.services.nature(), work).unwrap().hash(password).await.unwrap()
}

on_both_engines! {
    async fn a_users_hash_that_is_weaker_than_the_settings_is_renewed_at_sign_in(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let login = Login::parse("ivan@example.ru").unwrap();
        let weak = weak_hash(&portal, "gaz2026").await;
        let mut tx = portal.services.db().begin().await.unwrap();
        let user = users::by_login(&mut tx, &login).await.unwrap().unwrap();
        users::set_password(&mut tx, &user.id, &weak).await.unwrap();
        Database::commit(tx).await.unwrap();
        portal.browser().signs_in("ivan@example.ru", "wrong1").await.is(422);
        assert!(portal.dump("users").await.contains(&weak), "a wrong password renews nothing");
        portal.browser().signs_in("ivan@example.ru", "gaz2026").await.leads_to("/accounts");
        let kept = portal.dump("users").await;
        assert!(kept.contains("$argon2id$v=19$m=19456,t=2,p=1$") && !kept.contains(&weak), "{kept}");
        portal.browser().signs_in("ivan@example.ru", "gaz2026").await.leads_to("/accounts");
        ivan.opens("/accounts").await.is(200);
    }

    async fn an_operators_hash_that_is_weaker_than_the_settings_is_renewed_at_sign_in(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let id = staff::add(&portal.services, new_operator("olga")).await.unwrap();
        let weak = weak_hash(&portal, OPERATOR_PASSWORD).await;
        let mut tx = portal.services.db().begin().await.unwrap();
        operators::set_password(&mut tx, &id, &weak).await.unwrap();
        Database::commit(tx).await.unwrap();
        let form = [("login", "olga"), ("password", OPERATOR_PASSWORD)];
        portal.browser().posts("/console/sign-in", &form).await.leads_to("/console/sign-in/code");
        let kept = portal.dump("operators").await;
        assert!(kept.contains("$argon2id$v=19$m=19456,t=2,p=1$") && !kept.contains(&weak), "{kept}");
        portal.browser().posts("/console/sign-in", &form).await.leads_to("/console/sign-in/code");
    }

    async fn an_unknown_login_and_a_wrong_password_have_one_answer(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.person("ivan@example.ru").await;
        let guest = portal.browser();
        let wrong = guest.signs_in("ivan@example.ru", "wrong1").await;
        let unknown = guest.signs_in("nobody@example.ru", "wrong1").await;
        assert_eq!((wrong.status, wrong.status.as_u16()), (unknown.status, 422));
        wrong.shows("Логин или пароль не подошли");
        unknown.shows("Логин или пароль не подошли");
    }

    async fn after_five_quick_tries_come_delays_of_1_3_5_10_seconds(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.person("ivan@example.ru").await;
        let thief = portal.browser();
        for _ in 0..6 {
            thief.signs_in("ivan@example.ru", "wrong1").await.shows("не подошли");
        }
        for delay in [1, 3, 5, 10, 10] {
            portal.passes(Span::seconds(delay - 1));
            thief.signs_in("ivan@example.ru", "gaz2026").await.shows("Слишком много попыток");
            portal.passes(Span::seconds(1));
            thief.signs_in("ivan@example.ru", "wrong1").await.shows("не подошли");
        }
    }

    async fn a_login_has_a_cap_of_tries_whatever_the_address(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.person("ivan@example.ru").await;
        for number in 0..35 {
            let thief = portal.browser().at_address(&format!("10.1.0.{number}"));
            thief.signs_in("ivan@example.ru", "wrong1").await;
            portal.passes(Span::seconds(11));
        }
        let thief = portal.browser().at_address("10.2.0.1");
        thief.signs_in("ivan@example.ru", "gaz2026").await.is(422).shows("Слишком много попыток");
        portal.passes(Span::minutes(16));
        thief.signs_in("ivan@example.ru", "gaz2026").await.leads_to("/accounts");
    }

    async fn a_session_is_new_on_sign_in_and_ends_on_sign_out(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let first = ivan.cookie();
        ivan.signs_in("ivan@example.ru", "gaz2026").await.leads_to("/accounts");
        assert_ne!(first, ivan.cookie());
        let stolen = portal.browser();
        stolen.holds_cookie(&ivan.cookie());
        stolen.opens("/accounts").await.is(200);
        ivan.posts("/sign-out", &[]).await.leads_to("/");
        stolen.opens("/accounts").await.leads_to("/sign-in");
    }

    async fn a_session_ends_after_30_days(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        portal.passes(Span::days(29));
        ivan.opens("/accounts").await.is(200);
        portal.passes(Span::days(1));
        ivan.opens("/accounts").await.leads_to("/sign-in");
    }

    async fn money_pages_ask_again_after_30_idle_minutes(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        ivan.opens(&format!("/accounts/{account}/pay")).await.is(200);
        portal.passes(Span::minutes(31));
        ivan.opens(&format!("/accounts/{account}/pay")).await.leads_to("/sign-in?next=%2Faccounts%2F");
    }

    async fn another_page_does_not_make_an_idle_session_fresh_for_money(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        portal.passes(Span::minutes(31));
        ivan.opens("/accounts").await.is(200);
        ivan.opens(&format!("/accounts/{account}/pay")).await.leads_to("/sign-in?next=%2Faccounts%2F");
    }

    async fn only_the_sha256_of_a_cookie_is_stored(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let cookie = ivan.session_cookie();
        let secret = cookie.split_once('=').unwrap().1;
        assert_eq!(secret.len(), 43, "256 bits");
        let found = crate::service::sessions::find(&portal.services, secret).await.unwrap().unwrap();
        assert_eq!(found.token_hash, crate::service::fingerprint(secret));
        assert_ne!(found.token_hash, secret);
    }

    async fn a_recovered_password_ends_every_session(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let guest = portal.browser();
        guest.posts("/recover", &[("login", "ivan@example.ru")]).await.leads_to("/recover/sent");
        let link = portal.letter_link("ivan@example.ru", "/recover/").await;
        guest.posts(&link, &[("password", "new2026")]).await.leads_to("/accounts");
        ivan.opens("/accounts").await.leads_to("/sign-in");
        guest.posts(&link, &[("password", "new2027")]).await.leads_to(&link);
        guest.opens(&link).await.is(410).shows("Ссылка уже не действует");
        portal.browser().signs_in("ivan@example.ru", "new2026").await.leads_to("/accounts");
    }

    async fn a_recovery_link_holds_ten_minutes(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.person("ivan@example.ru").await;
        let guest = portal.browser();
        guest.posts("/recover", &[("login", "ivan@example.ru")]).await.leads_to("/recover/sent");
        let link = portal.letter_link("ivan@example.ru", "/recover/").await;
        portal.passes(Span::minutes(9));
        guest.opens(&link).await.is(200).shows("Новый пароль");
        portal.passes(Span::minutes(1));
        guest.opens(&link).await.is(410).shows("Ссылка устарела");
        guest.posts(&link, &[("password", "kama2026x")]).await.leads_to(&link);
    }

    async fn signing_out_clears_what_the_browser_kept(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let out = ivan.posts("/sign-out", &[]).await;
        assert_eq!(out.headers["clear-site-data"], "\"cache\", \"storage\"");
        let dropped: Vec<&str> = out.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
        assert!(dropped.iter().any(|cookie| cookie.starts_with("kabinet=;") && cookie.contains("Max-Age=0")));
    }

    async fn recovery_does_not_tell_whether_a_login_exists(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let guest = portal.browser();
        guest.posts("/recover", &[("login", "nobody@example.ru")]).await.leads_to("/recover/sent");
        portal.delivers().await;
        assert!(portal.mail.last_to("nobody@example.ru").unwrap().body.contains("личного кабинета с ним нет"));
    }

    async fn an_unsafe_request_from_another_site_is_refused(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example"), ("x-none", "")] {
            let request = ivan.request("POST", "/sign-out").header(name, value).body(Body::empty()).unwrap();
            ivan.sends(request).await.is(403);
        }
        ivan.opens("/accounts").await.is(200);
    }

    async fn every_page_has_a_content_policy_with_a_fresh_nonce(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let guest = portal.browser();
        let policy = |reply: &crate::walks::portal::Reply| {
            reply.headers.get("content-security-policy").unwrap().to_str().unwrap().to_owned()
        };
        let (first, second) = (guest.opens("/sign-in").await, guest.opens("/sign-in").await);
        assert_ne!(policy(&first), policy(&second));
        for part in ["script-src 'nonce-", "'strict-dynamic'", "frame-ancestors 'none'", "form-action 'self'"] {
            assert!(policy(&first).contains(part), "{part}");
        }
        assert!(!policy(&first).contains("unsafe-inline"));
        let nonce = policy(&first).split("'nonce-").nth(1).unwrap().split('\'').next().unwrap().to_owned();
        first.shows(&format!("nonce=\"{nonce}\""));
        assert_eq!(first.headers["x-content-type-options"], "nosniff");
        assert_eq!(first.headers["cache-control"], "no-store");
    }

    async fn an_unknown_page_is_404_and_a_huge_body_is_refused(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let guest = portal.browser();
        guest.opens("/no-such-page").await.is(404).shows("Страница не найдена");
        let huge = "a".repeat(70 * 1024);
        guest.posts("/sign-in", &[("login", &huge), ("password", "x")]).await.is(413);
    }
}
