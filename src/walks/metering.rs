//! M9: the meters, their readings and the consumption by month.

use super::portal::{INDEBTED, Portal};
use crate::exchange::Kind;
use crate::storage::testing::{TestDatabase, on_both_engines};

on_both_engines! {
    async fn readings_stand_in_the_unit_that_the_meter_is_charged_by(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        portal.billing_brings(Kind::Meters, &format!("account;serial;model\n{INDEBTED};7;СЕ101\n")).await;
        let reading = format!("account;serial;date;value\n{INDEBTED};7;2026-10-20;1234,5\n");
        portal.billing_brings(Kind::Readings, &reading).await;
        let page = format!("/accounts/{account}/readings");
        ivan.opens(&page).await.is(200).shows("1\u{a0}234,5 на 20.10.2026").hides("м³");
        let november = format!(
            "account;period;service;opening;charged;paid;closing;volume;unit;method\n\
             {INDEBTED};2026-11;Электроснабжение;0;200,00;0;200,00;34,5;кВт·ч;meter\n"
        );
        portal.billing_brings(Kind::Charges, &november).await;
        ivan.opens(&page).await.is(200).shows("1\u{a0}234,5\u{a0}кВт·ч на 20.10.2026");
    }

    async fn the_history_of_a_meter_shows_its_consumption_by_month_and_its_readings_by_year(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        portal.billing_brings(Kind::Meters, &format!("account;serial;model\n{INDEBTED};7;СЕ101\n")).await;
        let reading = |date: &str, value: &str| format!("{INDEBTED};7;{date};{value}\n");
        let rows = reading("2025-12-20", "1200") + &reading("2026-09-20", "1260") + &reading("2026-10-20", "1234,5");
        portal.billing_brings(Kind::Readings, &format!("account;serial;date;value\n{rows}")).await;
        let readings = format!("/accounts/{account}/readings");
        let page = ivan.opens(&readings).await;
        let page = page.is(200).shows("Расход в сентябре: 60").text();
        let meter = page.split(&format!("{readings}/")).nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        let history = ivan.opens(&format!("{readings}/{meter}")).await;
        history.is(200).shows("Расход по месяцам, ед.").shows("сентябрь 2026").hides("октябрь 2026");
        history.shows("<summary>2025 год, показаний: 1").hides("<summary>2026 год");
    }
}
