//! M5: the PIN.

use super::portal::{INDEBTED, MASHAS, Person, Portal};
use crate::domain::calendar::Span;
use crate::domain::id::AccountId;
use crate::exchange::Kind;
use crate::storage::testing::{TestDatabase, on_both_engines};

const REQUEST: [(&str, &str); 2] = [("name", "Морозова Мария"), ("address", "Пермь, Береговая, 2")];

fn request<'a>(contact: &'a str) -> Vec<(&'static str, &'a str)> {
    let mut fields: Vec<(&'static str, &'a str)> = REQUEST.to_vec();
    fields.push(("contact", contact));
    fields
}

/// Enters four different wrong PINs: the next one is the last.
async fn enters_four_wrong_pins(person: &Person<'_>, account: &AccountId) {
    for pin in ["00000001", "00000002", "00000003", "00000004"] {
        person.enters_pin(account, pin).await.is(422).shows("ПИН-код не подошёл");
    }
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
        page.shows("Поздравляем").shows("Береговая").shows("1\u{a0}234,56");
    }

    async fn five_wrong_pins_lock_entry_for_an_hour(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.linked(INDEBTED).await;
        ivan.enters_pin(&account, "1").await.is(422).shows("из 8 цифр");
        enters_four_wrong_pins(&ivan, &account).await;
        let page = format!("/accounts/{account}/pin");
        ivan.enters_pin(&account, "00000000").await.leads_to(&page);
        ivan.enters_pin(&account, "12345678").await.leads_to(&page);
        let closed = ivan.opens(&page).await;
        closed.is(200).shows("Ввод ПИН-кода закрыт до 13:00").hides("name=\"pin\"");
        ivan.opens(&format!("/accounts/{account}")).await.shows("закрыт до 13:00").hides("name=\"pin\"");
        portal.passes(Span::hours(1));
        ivan.signs_in("ivan@example.ru", "gaz2026").await;
        ivan.enters_pin(&account, "12345678").await.leads_to("/accounts/");
    }

    async fn the_hour_of_rest_begins_with_the_fifth_wrong_pin(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.linked(INDEBTED).await;
        enters_four_wrong_pins(&ivan, &account).await;
        portal.passes(Span::minutes(29));
        ivan.opens("/accounts").await.is(200);
        portal.passes(Span::minutes(29));
        ivan.enters_pin(&account, "00000000").await.leads_to("/accounts/");
        portal.passes(Span::minutes(29));
        ivan.enters_pin(&account, "12345678").await.leads_to(&format!("/accounts/{account}/pin"));
        ivan.opens(&format!("/accounts/{account}/pin")).await.shows("закрыт до 13:58");
    }

    async fn a_hundred_parallel_pins_are_counted_one_by_one(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.linked(INDEBTED).await;
        let pins: Vec<String> = (0..100).map(|number| format!("{number:08}")).collect();
        futures::future::join_all(pins.iter().map(|pin| ivan.enters_pin(&account, pin))).await;
        let compared = portal.dump("audit").await.matches("pin_wrong").count();
        assert_eq!(compared, 5, "so many guesses were compared");
    }

    async fn a_wrong_pin_posted_again_is_no_new_try(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.linked(INDEBTED).await;
        for typed in ["00000000", "00000000", "0000 0000", "00000000"] {
            ivan.enters_pin(&account, typed).await.is(422).shows("Осталось попыток: 4");
        }
        ivan.enters_pin(&account, "00000001").await.is(422).shows("Осталось попыток: 3");
        ivan.enters_pin(&account, "00000000").await.is(422).shows("Осталось попыток: 3");
        assert_eq!(portal.dump("audit").await.matches("pin_wrong").count(), 2);
    }

    async fn parallel_posts_of_one_wrong_pin_count_once(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.linked(INDEBTED).await;
        futures::future::join_all((0..20).map(|_| ivan.enters_pin(&account, "00000000"))).await;
        assert_eq!(portal.dump("audit").await.matches("pin_wrong").count(), 1);
        ivan.enters_pin(&account, "00000001").await.is(422).shows("Осталось попыток: 3");
    }

    async fn a_wrong_pin_counts_again_after_an_hour(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.linked(INDEBTED).await;
        ivan.enters_pin(&account, "00000000").await.is(422).shows("Осталось попыток: 4");
        portal.passes(Span::minutes(61));
        ivan.signs_in("ivan@example.ru", "gaz2026").await.leads_to("/accounts");
        ivan.enters_pin(&account, "00000000").await.is(422).shows("Осталось попыток: 4");
    }

    async fn a_pin_refused_during_a_lock_out_counts_after_it(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.linked(INDEBTED).await;
        let page = format!("/accounts/{account}/pin");
        enters_four_wrong_pins(&ivan, &account).await;
        ivan.enters_pin(&account, "00000005").await.leads_to(&page);
        portal.passes(Span::minutes(59));
        ivan.signs_in("ivan@example.ru", "gaz2026").await.leads_to("/accounts");
        ivan.enters_pin(&account, "00000006").await.leads_to(&page);
        portal.passes(Span::minutes(2));
        ivan.enters_pin(&account, "00000006").await.is(422).shows("Осталось попыток: 4");
    }

    async fn a_pin_that_billing_brings_later_opens_the_account_to_those_who_tried_it(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.linked(INDEBTED).await;
        ivan.enters_pin(&account, "11223344").await.is(422);
        let billed = format!("account;address;subscriber;email;pin\n{INDEBTED};г. Пермь;Образцова;;11223344\n");
        portal.billing_brings(Kind::Accounts, &billed).await;
        ivan.enters_pin(&account, "11223344").await.leads_to("/accounts/");
    }

    async fn one_address_cannot_try_many_accounts(database: TestDatabase) {
        let portal = Portal::open(database).await;
        for number in 0..25 {
            let thief = portal.person(&format!("thief{number}@example.ru")).await;
            let account = thief.linked(INDEBTED).await;
            for pin in ["00000000", "00000001"] {
                thief.enters_pin(&account, pin).await.is(422);
            }
        }
        let last = portal.person("last@example.ru").await;
        let account = last.linked(INDEBTED).await;
        last.enters_pin(&account, "12345678").await.leads_to(&format!("/accounts/{account}/pin"));
        last.opens(&format!("/accounts/{account}/pin")).await.shows("Слишком много неверных попыток");
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
        // Billing has masha's address, but this user has not confirmed it.
        ivan.posts(&page, &request("masha@example.ru")).await.leads_to("/accounts/");
        portal.delivers().await;
        assert!(portal.mail.last_to("masha@example.ru").is_none());
        ivan.opens(&format!("/accounts/{account}")).await.shows("на рассмотрении");
        ivan.posts(&page, &request("ivan@example.ru")).await.leads_to("/accounts/");
        ivan.opens(&format!("/accounts/{account}")).await.shows("уже на рассмотрении");
    }

    async fn a_request_that_waits_is_shown_in_place_of_a_second_one(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.linked(INDEBTED).await;
        let (page, button) = (format!("/accounts/{account}"), "Подать запрос на получение ПИН-кода");
        ivan.opens(&page).await.shows(button).shows("Ввести ПИН-код");
        ivan.posts(&format!("{page}/pin-request"), &request("ivan@example.ru")).await.leads_to(&page);
        ivan.opens(&page).await.shows("Запрос на рассмотрении").hides(button);
        ivan.opens(&format!("{page}/pin-request")).await.shows("Запрос на рассмотрении").hides("name=\"contact\"");
    }

    async fn the_entered_pin_closes_the_request_that_waits(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.linked(INDEBTED).await;
        ivan.posts(&format!("/accounts/{account}/pin-request"), &request("ivan@example.ru")).await.leads_to("/accounts/");
        let olga = portal.operator("olga").await;
        olga.opens("/console/pin-requests").await.shows(INDEBTED);
        ivan.enters_pin(&account, "12345678").await.leads_to("/accounts/");
        olga.opens("/console/pin-requests").await.shows("Запросов нет").hides(INDEBTED);
    }

    async fn the_pages_of_the_pin_lead_on_once_the_account_is_open(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.linked(INDEBTED).await;
        ivan.opens(&format!("/accounts/{account}/pin")).await.is(200).shows("Подтвердить");
        ivan.enters_pin(&account, "12345678").await.leads_to("/accounts/");
        for page in ["pin", "pin-request"] {
            let reply = ivan.opens(&format!("/accounts/{account}/{page}")).await;
            assert_eq!(reply.location, Some(format!("/accounts/{account}")), "{page}");
        }
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
