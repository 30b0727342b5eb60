//! M9: a month explains itself, and the sum due says its months.

use super::portal::{INDEBTED, Person, Portal};
use crate::domain::id::AccountId;
use crate::exchange::Kind;
use crate::storage::testing::{TestDatabase, on_both_engines};

/// Billing sends two months of gas by the meter, and a penalty without its base.
async fn metered_months(portal: &Portal) {
    let gas = "Газоснабжение природным газом";
    let text = format!(
        "account;period;service;opening;charged;paid;closing;volume;unit;tariff;method\n\
         {INDEBTED};2026-11;{gas};1234,56;175,86;0;1410,42;26,17;м³;6,72;meter\n\
         {INDEBTED};2026-12;{gas};1410,42;222,61;0;1633,03;30,37;м³;7,33;meter\n\
         {INDEBTED};2026-12;Пеня за газ;0;4,12;0;4,12;;;;other\n"
    );
    portal.billing_brings(Kind::Charges, &text).await;
}

/// Opens the settlements of a month.
async fn reads_month(person: &Person<'_>, account: &AccountId, month: &str) -> String {
    let page = person.opens(&format!("/accounts/{account}/settlements?month={month}")).await;
    page.is(200).text().replace("<!---->", "").replace('\u{a0}', " ")
}

fn shows(page: &str, words: &[&str]) {
    for words in words {
        assert!(page.contains(words), "no «{words}» in:\n{page}");
    }
}

on_both_engines! {
    async fn a_month_says_why_it_costs_as_much_as_it_does(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        metered_months(&portal).await;
        let page = reads_month(&ivan, &account, "2026-12").await;
        shows(&page, &["Почему столько?", "В декабре 2026 начислено 226,73 ₽ — на 50,87 ₽ больше, чем в ноябре: из-за объёма"]);
        shows(&page, &["С декабря тариф вырос: был 6,72 ₽ за м³, стал 7,33 ₽", "(30,37 м³ − 26,17 м³) × 6,72 ₽ = 28,22 ₽"]);
        shows(&page, &["30,37 м³ × 7,33 ₽ = 222,6121 ₽", "class=\"explanation-bar-now\"", "ноябрь 2026</span>"]);
        shows(&page, &["Пеня 4,12 ₽. С какого долга", "часть 14 статьи 155", "В декабре учтённых оплат нет."]);
        assert!(!page.contains("иное: ") && !page.contains("style="), "{page}");
        let first = reads_month(&ivan, &account, "2026-09").await;
        shows(&first, &["В сентябре 2026 начислено 1 000,00 ₽. Сравнить не с чем: данных за август нет."]);
    }

    async fn the_sum_due_says_which_part_is_owed_since_when(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        let split = "734,56\u{a0}₽ за октябрь 2026 + 500,00\u{a0}₽ долг с\u{a0}сентября";
        ivan.opens("/accounts").await.is(200).shows(split);
        ivan.opens(&format!("/accounts/{account}")).await.is(200).shows(split);
        let payment = format!("account;date;amount;operation_id\n{INDEBTED};2026-11-20;500,00;a\n");
        portal.billing_brings(Kind::Payments, &payment).await;
        ivan.opens("/accounts").await.is(200).shows("734,56").shows("за октябрь 2026").hides("долг с");
    }
}
