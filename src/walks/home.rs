//! The home screen: each account at a glance, and the ways to its sections.

use super::portal::{INDEBTED, MASHAS, Portal};
use crate::exchange::Kind;
use crate::storage::testing::{TestDatabase, on_both_engines};

/// A meter and two readings of the account with the debt.
const METERS: &str = "account;serial;model;installed_on\n59000001;777;ВК-G4;2020-01-01\n";
const READINGS: &str =
    "account;serial;date;value;source\n59000001;777;2026-09-20;100,5;\n59000001;777;2026-10-20;112,25;\n";

on_both_engines! {
    async fn the_only_account_is_shown_with_everything_about_it(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        let home = ivan.opens("/accounts").await;
        home.is(200).shows("1\u{a0}234,56\u{a0}₽").shows("ОПЛАТИТЬ").shows("КВИТАНЦИЯ").shows("Последний платёж");
        for section in ["settlements", "payments", "readings", "receipt", "pay"] {
            home.shows(&format!("/accounts/{account}/{section}"));
        }
        home.shows(&format!("/accounts/{account}/receipt?period=2026-10")).hides("Оплатить всё");
    }

    async fn the_home_screen_shows_the_newest_reading_and_where_to_send_the_next(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.billing_brings(Kind::Meters, METERS).await;
        portal.billing_brings(Kind::Readings, READINGS).await;
        let ivan = portal.person("ivan@example.ru").await;
        ivan.has_full_access().await;
        let home = ivan.opens("/accounts").await;
        home.is(200).shows("112,25").shows("20.10.2026").hides("100,5").shows("Показания принимает поставщик");
    }

    async fn the_home_screen_shows_the_newest_payment(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        ivan.has_full_access().await;
        ivan.opens("/accounts").await.is(200).shows("Платежей пока не было");
        let registry = format!(
            "account;date;amount;operation_id;source\n{INDEBTED};2026-11-20;100,00;a;Касса\n{INDEBTED};2026-11-20;50,00;b;Касса\n\
             {INDEBTED};2026-10-01;900,00;c;Касса\n"
        );
        portal.billing_brings(Kind::Payments, &registry).await;
        ivan.opens("/accounts").await.is(200).shows("20.11.2026").shows("150,00\u{a0}₽").hides("900,00");
    }

    async fn the_home_screen_carries_its_date_for_a_person_without_a_connection(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        ivan.opens("/accounts").await.is(200).hides("<template");
        ivan.has_full_access().await;
        let home = ivan.opens("/accounts").await;
        home.is(200).shows("<template>").shows("Нет связи. Данные на 22 ноября 2026, 12:00");
        assert_eq!(home.text().matches("template").count(), 2, "the worker replaces this word");
        assert_eq!(home.headers["cache-control"], "no-store");
    }

    async fn an_account_in_lite_access_shows_no_data_at_a_glance(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        ivan.linked(INDEBTED).await;
        let home = ivan.opens("/accounts").await;
        home.is(200).shows("Ограниченная версия").hides("1\u{a0}234,56").hides("Последний платёж").hides("КВИТАНЦИЯ");
    }

    async fn the_menu_leads_to_the_section_of_the_only_account(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        ivan.opens("/readings").await.leads_to("/accounts");
        let account = ivan.has_full_access().await;
        ivan.opens("/readings").await.leads_to(&format!("/accounts/{account}/readings"));
        ivan.opens("/payments").await.leads_to(&format!("/accounts/{account}/payments"));
    }

    async fn the_menu_lets_the_user_choose_among_several_accounts(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        let lite = ivan.linked(MASHAS).await;
        let choice = ivan.opens("/readings").await;
        choice.is(200).shows(&format!("/accounts/{account}/readings")).hides(&format!("/accounts/{lite}/readings"));
        choice.shows(&format!("/accounts/{lite}\"")).shows("Раздел откроется после ввода ПИН-кода");
    }

    async fn the_other_sections_are_one_press_away_on_a_phone(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let more = ivan.opens("/more").await;
        more.is(200).shows("/feedback").shows("/settings").shows("/help").shows("/accounts/link");
        portal.browser().opens("/more").await.leads_to("/sign-in?next=%2Fmore");
    }

    async fn an_error_page_keeps_the_menu_of_its_person(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        for address in ["/no-such-page", "/payments/AAAAAAAAAAAAAAAAAAAAAA"] {
            ivan.opens(address).await.is(404).shows("Выйти").hides("Регистрация");
        }
        portal.browser().opens("/no-such-page").await.is(404).shows("Регистрация").hides("Выйти");
        let olga = portal.operator("olga").await;
        olga.opens("/console/no-such-page").await.is(404).shows("Журнал").hides("Регистрация");
    }
}
