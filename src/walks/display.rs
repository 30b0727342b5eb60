//! Large print and high contrast: a choice of the browser that every page follows.

use axum::body::Body;
use axum::http::header::SET_COOKIE;

use super::portal::Portal;
use crate::storage::testing::{TestDatabase, on_both_engines};

const LARGEST: [(&str, &str); 2] = [("print", "largest"), ("contrast", "more")];
const CLASSES: &str = "class=\"print-largest contrast-more\"";

on_both_engines! {
    async fn a_guest_chooses_large_print_and_every_page_has_it(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let guest = portal.browser();
        guest.opens("/display").await.is(200).hides("class=\"print-");
        let chosen = guest.posts("/display", &LARGEST).await;
        chosen.leads_to("/display?saved=1");
        let cookie = chosen.headers[SET_COOKIE].to_str().unwrap();
        assert_eq!(cookie, "kabinet-display=largest.more; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000");
        for page in ["/display?saved=1", "/", "/sign-in", "/console/sign-in"] {
            guest.opens(page).await.is(200).shows(CLASSES);
        }
        guest.opens("/no-such-page").await.is(404).shows(CLASSES);
        guest.opens("/display").await.shows("value=\"largest\" checked").shows("value=\"more\" checked");
    }

    async fn the_choice_is_kept_through_a_sign_in_and_a_sign_out(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        ivan.posts("/display", &LARGEST).await;
        for page in ["/accounts", "/settings", "/more"] {
            ivan.opens(page).await.is(200).shows(CLASSES).shows("href=\"/display\"");
        }
        ivan.posts("/sign-out", &[]).await;
        ivan.opens("/").await.is(200).shows(CLASSES);
    }

    async fn an_operator_has_large_print_in_the_console(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let olga = portal.operator("olga").await;
        olga.posts("/display", &LARGEST).await;
        olga.opens("/console/feedback").await.is(200).shows(CLASSES);
    }

    async fn the_usual_look_can_be_chosen_again(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let guest = portal.browser();
        guest.posts("/display", &LARGEST).await;
        guest.posts("/display", &[("print", "regular"), ("contrast", "system")]).await.leads_to("/display");
        guest.opens("/").await.hides("class=\"print-").hides("contrast-more");
    }

    async fn a_cookie_that_the_portal_never_sets_changes_nothing(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let guest = portal.browser();
        for value in ["huge.more", "largest", "\"><script>alert(1)</script>", "largest.more.x"] {
            guest.holds_cookie(&format!("kabinet-display={value}"));
            guest.opens("/").await.is(200).hides("class=\"print-").hides("contrast-more").hides("alert(1)");
        }
    }

    async fn an_unknown_size_is_refused(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let guest = portal.browser();
        for fields in [[("print", "huge"), ("contrast", "more")], [("print", "large"), ("colour", "more")]] {
            let refused = guest.posts("/display", &fields).await;
            refused.is(422).shows("Форма пришла не целиком");
            assert!(!refused.headers.contains_key(SET_COOKIE));
        }
    }

    async fn another_site_cannot_change_the_look(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let guest = portal.browser();
        let request = guest
            .request("POST", "/display")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "cross-site")
            .body(Body::from("print=largest&contrast=more"));
        let refused = guest.sends(request.unwrap()).await;
        refused.is(403);
        assert!(!refused.headers.contains_key(SET_COOKIE));
    }
}
