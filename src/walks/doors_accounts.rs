//! Linking, PINs, payments, receipts: the page's form and the server function answer the same.

use leptos::server_fn::ServerFn as _;

use super::portal::{INDEBTED, MASHAS, PERM, Portal};
use crate::api::ApiError;
use crate::api::links::LinkAccount;
use crate::storage::testing::{TestDatabase, on_both_engines};

const LINK: (&str, &str) = (LinkAccount::PATH, "/accounts/link");

on_both_engines! {
    async fn linking_answers_the_same_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let wrong = [("provider", PERM), ("number", "59")];
        ivan.is_refused_both_ways(LINK, &wrong, ("number", "из 8 цифр")).await;
        ivan.is_refused_both_ways(LINK, &[("number", INDEBTED)], ("provider", "Выберите ресурсоснабжающую")).await;
        ivan.calls(LINK.0, &[("provider", PERM), ("number", INDEBTED)]).await.leads_to("/accounts/");
        ivan.opens("/accounts").await.shows(INDEBTED);
        ivan.posts(LINK.1, &[("provider", PERM), ("number", MASHAS)]).await.leads_to("/accounts/");
    }

    async fn a_guest_links_nothing_either_way(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let guest = portal.browser();
        let form = [("provider", PERM), ("number", INDEBTED)];
        guest.calls(LINK.0, &form).await.fails(ApiError::SignedOut).reply.is(401);
        guest.posts(LINK.1, &form).await.leads_to("/sign-in?next=%2Faccounts%2Flink&ended=1");
    }
}
