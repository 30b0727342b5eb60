//! M3, M8, M10: linking and unlinking accounts.

use super::portal::{INDEBTED, MASHAS, PERM, Portal};
use crate::domain::account::AccountNumber;
use crate::service::Fault;
use crate::service::demo::{self, Stage};
use crate::storage::testing::{TestDatabase, on_both_engines};

/// The pages that only full access opens.
const FULL_PAGES: [&str; 9] = [
    "/settlements",
    "/payments",
    "/readings",
    "/receipt",
    "/receipts/2026-10.pdf",
    "/receipts/2026-10.svg",
    "/statement",
    "/statement.pdf?from=2026-09&to=2026-10",
    "/statement.csv?from=2026-09&to=2026-10",
];

on_both_engines! {
    async fn an_account_is_linked_in_lite_access(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.linked(INDEBTED).await;
        let page = ivan.opens(&format!("/accounts/{account}")).await;
        page.is(200).shows("Подать запрос на получение ПИН-кода").hides("Береговая").hides("1\u{a0}234,56");
        ivan.opens("/accounts").await.shows(INDEBTED).hides("Береговая");
    }

    async fn fifty_parallel_requests_link_at_most_three(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let numbers: Vec<String> = (0..50).map(|n| format!("5900000{}", n % 8 + 1)).collect();
        futures::future::join_all(numbers.iter().map(|number| ivan.links(number))).await;
        let login = crate::domain::login::Login::parse("ivan@example.ru").unwrap();
        let mut connection = portal.services.db().read().await.unwrap();
        let user = crate::storage::users::by_login(&mut connection, &login).await.unwrap().unwrap();
        let links = crate::storage::links::of_user(&mut connection, &user.id).await.unwrap();
        assert_eq!(links.len(), 3);
    }

    async fn a_fourth_account_is_refused_with_what_to_do(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        for number in ["59000001", "59000002", "59000003"] {
            ivan.linked(number).await;
        }
        ivan.links("59000004").await.is(422).shows("Отключите ненужный в настройках");
        ivan.opens("/accounts/link").await.shows("Все места заняты");
    }

    async fn the_demos_people_have_their_accounts_in_full_access_and_no_more_than_fit(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let services = &portal.services;
        demo::make_people(services).await.unwrap();
        assert_eq!(demo::stage(services).await.unwrap(), Stage::Begun);
        let numbers = ["59000001", "59000002", "59000003", "59000004"].map(|n| AccountNumber::trusted(n.to_owned()));
        let own: Vec<_> = numbers.iter().map(|number| (PERM, number)).collect();
        let [first, family, ..] = &demo::PEOPLE;
        demo::link_full(services, family, &own).await.unwrap();
        assert_eq!(demo::stage(services).await.unwrap(), Stage::Begun, "the first user is linked last");
        let nobodys = AccountNumber::trusted("59999999".to_owned());
        let refused = demo::link_full(services, first, &[(PERM, &numbers[0]), (PERM, &nobodys)]).await;
        assert!(matches!(refused, Err(Fault::Broken(_))));
        assert_eq!(demo::stage(services).await.unwrap(), Stage::Begun, "all or none");
        demo::link_full(services, first, &own[..2]).await.unwrap();
        assert_eq!(demo::stage(services).await.unwrap(), Stage::Filled);
        let visitor = portal.browser();
        visitor.signs_in(family.login, demo::USER_PASSWORD).await.leads_to("/accounts");
        visitor.opens("/accounts").await.shows("59000001").shows("59000003").hides("59000004");
        visitor.opens("/accounts/link").await.shows("Все места заняты");
    }

    async fn an_unknown_number_gives_nothing_away(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        ivan.links("59999999").await.is(422).shows("Сверьте номер с квитанцией").shows("59999999");
        ivan.links("5900001").await.is(422).shows("из 8 цифр");
        ivan.links("").await.is(422).shows("Введите номер лицевого счёта");
        ivan.posts("/accounts/link", &[("number", INDEBTED)]).await.is(422).shows("Выберите ресурсоснабжающую");
    }

    async fn a_typed_name_that_fits_one_provider_is_enough(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let form = [("provider_query", "межрегионгаз ПЕРМЬ"), ("number", INDEBTED)];
        ivan.posts("/accounts/link", &form).await.leads_to("/accounts/");
    }

    async fn the_search_finds_any_part_in_any_case(database: TestDatabase) {
        let portal = Portal::open(database).await;
        for query in ["Пермь", "перм", "ГАЗ", "край", "межрегионгаз пермь", "  "] {
            let found = crate::service::providers::search(&portal.services, query).await.unwrap();
            assert_eq!(found.first().map(|p| p.code.as_str()), Some(PERM), "{query}");
        }
        for query in ["100%", "_", "Тюмень", "'; --"] {
            assert!(crate::service::providers::search(&portal.services, query).await.unwrap().is_empty(), "{query}");
        }
    }

    async fn anothers_account_answers_like_one_that_does_not_exist(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        let masha = portal.person("masha@example.ru").await;
        let missing = "a".repeat(26);
        for page in ["", "/pay"].iter().chain(&FULL_PAGES) {
            let theirs = masha.opens(&format!("/accounts/{account}{page}")).await;
            let none = masha.opens(&format!("/accounts/{missing}{page}")).await;
            assert_eq!((theirs.status.as_u16(), none.status.as_u16()), (404, 404), "{page}");
        }
    }

    async fn a_number_is_linked_as_it_is_pasted_from_a_receipt(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        ivan.linked(&format!("Л/с №\u{a0}{}\u{2011}{}\u{feff}", &INDEBTED[..4], &INDEBTED[4..])).await;
        ivan.opens("/accounts").await.shows(INDEBTED);
    }

    async fn what_cannot_be_a_pin_is_not_counted_as_a_try(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.linked(INDEBTED).await;
        for typed in ["1234567", "123456789", "12345678a", "пин-код", "12345678 87654321", "1234", "1 2 3"] {
            ivan.enters_pin(&account, typed).await.is(422).shows("ПИН-код состоит из 8 цифр");
        }
        ivan.enters_pin(&account, "ПИН-код: 1234\u{a0}5678").await.leads_to("/accounts/");
    }

    async fn lite_access_does_not_open_what_the_pin_guards(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.linked(INDEBTED).await;
        for page in FULL_PAGES {
            let closed = ivan.opens(&format!("/accounts/{account}{page}")).await;
            assert_eq!(closed.location, Some(format!("/accounts/{account}?closed=1")), "{page}");
        }
        let told = ivan.opens(&format!("/accounts/{account}?closed=1")).await;
        told.is(200).shows("открывается с ПИН-кодом").shows("Подтвердить").hides("1\u{a0}234,56");
        ivan.opens(&format!("/accounts/{account}/pay")).await.is(200).hides("1\u{a0}234,56");
    }

    async fn unlinking_keeps_the_history_of_payments(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        ivan.pays(&account, "100").await;
        ivan.opens(&format!("/settings/unlink/{account}")).await.is(200).shows("Отключить");
        ivan.posts(&format!("/settings/unlink/{account}"), &[]).await.leads_to("/settings");
        ivan.opens("/settings").await.shows("отключён");
        ivan.opens("/settings/payments").await.shows("100,00");
        ivan.opens("/accounts").await.hides(INDEBTED);
        ivan.opens(&format!("/accounts/{account}")).await.is(404);
        assert_eq!(ivan.links(MASHAS).await.status.as_u16(), 303);
    }
}
