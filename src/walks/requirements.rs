//! Requirements of the security ledger that no other walk tests.

use axum::body::Body;

use super::portal::{INDEBTED, Person, Portal, Reply};
use crate::domain::calendar::Span;
use crate::storage::testing::{TestDatabase, on_both_engines};
use crate::telemetry;

/// The password used by `Portal::person`.
const PASSWORD: &str = "gaz2026";
/// The PIN of the town's accounts.
const PIN: &str = "12345678";

/// Sends a form body as written, from a page of the named site.
async fn posts_raw(person: &Person<'_>, address: &str, body: &'static str, site: &str) -> Reply {
    let request = person
        .request("POST", address)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", site)
        .body(Body::from(body));
    person.sends(request.unwrap()).await
}

/// The count of an event. Tests run in parallel, so it only grows.
fn counted(event: &str) -> u64 {
    telemetry::counts().into_iter().filter(|(name, ..)| *name == event).map(|(.., count)| count).sum()
}

on_both_engines! {
    async fn a_password_is_compared_exactly_as_it_was_typed(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.person("ivan@example.ru").await;
        let browser = portal.browser();
        for other in ["GAZ2026", " gaz2026", "gaz2026 ", "gaz2026\u{200b}"] {
            browser.signs_in("ivan@example.ru", other).await.is(422);
        }
        browser.signs_in("ivan@example.ru", PASSWORD).await.leads_to("/accounts");
    }

    async fn a_password_holds_until_its_owner_changes_it(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.person("ivan@example.ru").await;
        portal.passes(Span::days(800));
        portal.browser().signs_in("ivan@example.ru", PASSWORD).await.leads_to("/accounts");
    }

    async fn a_field_that_comes_twice_is_refused(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.person("ivan@example.ru").await;
        let browser = portal.browser();
        for form in [
            "login=anna%40example.ru&login=ivan%40example.ru&password=gaz2026",
            "login=ivan%40example.ru&password=wrong1&password=gaz2026",
            "login=ivan%40example.ru&password=gaz2026&password=wrong1",
        ] {
            let reply = posts_raw(&browser, "/sign-in", form, "same-origin").await;
            assert!(reply.status.is_client_error(), "{form}: {}", reply.status);
        }
        browser.opens("/accounts").await.leads_to("/sign-in");
    }

    async fn a_phone_login_learns_what_an_sms_risks_beside_the_stronger_way(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let phone = portal.person("+79021234567").await;
        phone.opens("/settings/security").await.is(200).shows("иногда перехватывают").shows("Вход с кодом");
        let mailbox = portal.person("ivan@example.ru").await;
        mailbox.opens("/settings/security").await.is(200).hides("иногда перехватывают").shows("Вход с кодом");
    }

    async fn no_redirect_carries_a_login_a_password_or_a_pin(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let newcomer = portal.browser();
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.linked(INDEBTED).await;
        let forgetful = portal.browser();
        let change = [("current_password", PASSWORD), ("new_password", "teplo777")];
        let replies = [
            newcomer.registers("anna@example.ru", "teplo777").await,
            newcomer.signs_in("ivan@example.ru", PASSWORD).await,
            forgetful.posts("/recover", &[("login", "ivan@example.ru")]).await,
            portal.browser().posts("/recover", &[("login", "+79021234567")]).await,
            ivan.enters_pin(&account, PIN).await,
            ivan.posts("/settings/password", &change).await,
        ];
        for reply in &replies {
            let address = reply.location.as_deref().expect("a redirect");
            for secret in ["anna", "ivan", "9021234567", PASSWORD, "teplo777", PIN] {
                assert!(!address.contains(secret), "{address}");
            }
        }
    }

    async fn requests_of_other_sites_forged_notices_and_strange_bytes_are_counted(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let events = ["cross_site_refused", "notice_refused", "bad_input"];
        let before = events.map(counted);
        let stranger = portal.browser();
        posts_raw(&stranger, "/sign-out", "", "cross-site").await.is(403);
        posts_raw(&stranger, "/webhooks/yookassa", "no notice", "none").await.is(400);
        posts_raw(&stranger, "/sign-in", "login=a%00b&password=x", "same-origin").await.is(400);
        for (event, before) in events.into_iter().zip(before) {
            assert!(counted(event) > before, "{event}");
        }
    }

    async fn what_lies_beside_the_site_is_not_served_and_no_folder_is_listed(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let stranger = portal.browser();
        for address in ["/.git/config", "/.git/HEAD", "/.svn/entries", "/Cargo.toml", "/kabinet.toml", "/data/kabinet.db"] {
            stranger.opens(address).await.is(404);
        }
        for folder in ["/pkg", "/pkg/", "/theme/", "/api/"] {
            stranger.opens(folder).await.is(404);
        }
    }
}
