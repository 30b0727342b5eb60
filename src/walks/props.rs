//! The props of islands in the pages of a signed-in person: they are in the page's source and in the browser's tools,
//! so they must contain no secret and no personal data.

use super::portal::{INDEBTED, Portal};
use crate::storage::testing::{TestDatabase, on_both_engines};

const LOGIN: &str = "ivan@example.ru";
/// The login, its password, the PIN, and the subscriber, the address and the number of the account.
const PRIVATE: [&str; 7] = [LOGIN, "gaz2026", "12345678", "Соколова", "Береговая", INDEBTED, "Иван Ильич"];

/// The attributes with the props of every island of a page.
fn props(page: &str) -> Vec<&str> {
    page.split("data-props=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

on_both_engines! {
    async fn the_props_of_no_island_hold_a_secret_or_personal_data(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(LOGIN).await;
        let account = ivan.has_full_access().await;
        ivan.posts("/settings/name", &[("name", "Иван Ильич")]).await.leads_to("/settings");
        let of_account = ["/pay", "/receipt"].map(|page| format!("/accounts/{account}{page}"));
        let general = [
            "/pay",
            "/accounts/link",
            "/settings",
            "/settings/profile",
            "/settings/contact",
            "/settings/login",
            "/settings/password",
            "/settings/sessions",
            "/settings/second-factor",
            "/settings/notices",
            "/feedback",
        ];
        let mut islands = 0;
        for page in of_account.iter().map(String::as_str).chain(general) {
            let text = ivan.opens(page).await.is(200).text();
            islands += props(&text).len();
            for private in PRIVATE {
                let found = props(&text).into_iter().find(|props| props.contains(private));
                assert_eq!(found, None, "{page} has «{private}» in the props of an island");
            }
        }
        assert!(islands >= 6, "only {islands} islands were seen");
    }

    async fn the_token_of_a_letters_link_is_not_in_the_props_of_its_form(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.browser().registers("new@example.ru", "gaz2026").await.leads_to("/register/code");
        let confirmation = portal.letter_link("new@example.ru", "/confirm/").await;
        let ivan = portal.person(LOGIN).await;
        ivan.posts("/recover", &[("login", LOGIN)]).await.leads_to("/recover/sent");
        let recovery = portal.letter_link(LOGIN, "/recover/").await;
        for link in [confirmation, recovery] {
            let text = portal.browser().opens(&link).await.is(200).text();
            let token = link.rsplit('/').next().unwrap();
            assert!(text.contains(token) && !props(&text).is_empty(), "the page has no form");
            assert!(props(&text).iter().all(|props| !props.contains(token)), "the token is in the props");
        }
    }
}
