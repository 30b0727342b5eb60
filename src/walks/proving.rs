//! M5: the PIN.

use super::portal::{INDEBTED, MASHAS, Portal};
use crate::domain::calendar::Span;
use crate::storage::testing::{TestDatabase, on_both_engines};

const REQUEST: [(&str, &str); 2] = [("name", "Примерова Мария"), ("address", "Пермь, Придуманная, 2")];

fn request<'a>(contact: &'a str) -> Vec<(&'static str, &'a str)> {
    let mut fields: Vec<(&'static str, &'a str)> = REQUEST.to_vec();
    fields.push(("contact", contact));
    fields
}

on_both_engines! {
    async fn the_right_pin_opens_full_access_with_a_new_session(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.linked(INDEBTED).await;
        let before = ivan.cookie();
        ivan.enters_pin(&account, "1234 5678").await.leads_to("/accounts/");
        assert_ne!(before, ivan.cookie());
        let page = ivan.opens(&format!("/accounts/{account}")).await;
        page.shows("Поздравляем").shows("Придуманная").shows("1\u{a0}234,56");
    }

    async fn five_wrong_pins_lock_entry_for_an_hour(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.linked(INDEBTED).await;
        ivan.enters_pin(&account, "1").await.is(422).shows("из 8 цифр");
        for _ in 0..5 {
            ivan.enters_pin(&account, "00000000").await.is(422).shows("ПИН-код не подошёл");
        }
        ivan.enters_pin(&account, "12345678").await.is(422).shows("откроется через");
        portal.passes(Span::hours(1));
        ivan.signs_in("ivan@example.ru", "gaz2026").await;
        ivan.enters_pin(&account, "12345678").await.leads_to("/accounts/");
    }

    async fn the_hour_of_rest_begins_with_the_fifth_wrong_pin(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.linked(INDEBTED).await;
        for _ in 0..4 {
            ivan.enters_pin(&account, "00000000").await.is(422).shows("ПИН-код не подошёл");
        }
        portal.passes(Span::minutes(29));
        ivan.opens("/accounts").await.is(200);
        portal.passes(Span::minutes(29));
        ivan.enters_pin(&account, "00000000").await.is(422).shows("ПИН-код не подошёл");
        portal.passes(Span::minutes(29));
        ivan.enters_pin(&account, "12345678").await.is(422).shows("откроется через");
    }

    async fn a_hundred_parallel_pins_are_counted_one_by_one(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.linked(INDEBTED).await;
        let guesses = (0..100).map(|_| ivan.enters_pin(&account, "00000000"));
        let replies = futures::future::join_all(guesses).await;
        let told = replies.iter().filter(|reply| reply.text().contains("ПИН-код не подошёл")).count();
        assert_eq!(told, 5, "so many guesses were compared");
    }

    async fn one_address_cannot_try_many_accounts(database: TestDatabase) {
        let portal = Portal::open(database).await;
        for number in 0..17 {
            let thief = portal.person(&format!("thief{number}@example.ru")).await;
            let account = thief.linked(INDEBTED).await;
            for _ in 0..3 {
                thief.enters_pin(&account, "00000000").await.is(422);
            }
        }
        let last = portal.person("last@example.ru").await;
        let account = last.linked(INDEBTED).await;
        last.enters_pin(&account, "12345678").await.is(422).shows("Слишком много неверных попыток");
        let elsewhere = portal.browser().at_address("10.9.9.9");
        elsewhere.signs_in("last@example.ru", "gaz2026").await;
        elsewhere.enters_pin(&account, "12345678").await.leads_to("/accounts/");
    }

    async fn the_contact_that_billing_holds_gets_the_pin_at_once(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let masha = portal.person("masha@example.ru").await;
        let account = masha.linked(MASHAS).await;
        let page = format!("/accounts/{account}/pin-request");
        masha.posts(&page, &request("Masha@example.ru")).await.leads_to("/accounts/");
        portal.delivers().await;
        assert!(portal.mail.last_to("masha@example.ru").unwrap().body.contains("87654321"));
    }

    async fn another_contact_waits_for_an_operator(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.linked(MASHAS).await;
        let page = format!("/accounts/{account}/pin-request");
        // Billing holds masha's address, but this user has not confirmed it.
        ivan.posts(&page, &request("masha@example.ru")).await.leads_to("/accounts/");
        portal.delivers().await;
        assert!(portal.mail.last_to("masha@example.ru").is_none());
        ivan.opens(&format!("/accounts/{account}")).await.shows("на рассмотрении");
        ivan.posts(&page, &request("ivan@example.ru")).await.leads_to("/accounts/");
        ivan.opens(&format!("/accounts/{account}")).await.shows("уже на рассмотрении");
    }

    async fn a_request_names_each_wrong_field(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.linked(INDEBTED).await;
        let page = format!("/accounts/{account}/pin-request");
        let long = "я".repeat(121);
        let card = "карта 5555 5555 5555 4444";
        let reply = ivan.posts(&page, &[("name", &long), ("address", card), ("contact", "нет")]).await;
        reply.is(422).shows("не больше 120 знаков").shows("номер карты").shows("Введите почту вида");
        ivan.posts(&page, &[("name", "\u{7}"), ("address", "🙂"), ("contact", "")]).await.shows("невидимые знаки");
    }

    async fn other_owners_are_told_of_a_new_one(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.person("ivan@example.ru").await.has_full_access().await;
        portal.person("masha@example.ru").await.has_full_access().await;
        portal.delivers().await;
        let letter = portal.mail.last_to("ivan@example.ru").unwrap();
        assert!(letter.subject.contains("Кто-то ещё получил доступ"), "{}", letter.subject);
        assert!(portal.mail.last_to("masha@example.ru").is_none());
    }
}
