//! M9: the statement of some months, as a document and as a table.

use super::portal::{INDEBTED, MASHAS, Portal};
use crate::exchange::Kind;
use crate::storage::testing::{TestDatabase, on_both_engines};

on_both_engines! {
    async fn a_statement_is_offered_from_the_settlements_with_the_months_that_have_charges(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        let page = format!("/accounts/{account}/statement");
        ivan.opens(&format!("/accounts/{account}/settlements")).await.is(200).shows(&page);
        ivan.opens(&page).await.is(200).shows("сентябрь 2026").shows("октябрь 2026").hides("ноябрь 2026");
    }

    async fn the_table_leads_from_the_first_debt_to_the_last_by_each_charge_and_payment(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        let registry = format!("account;date;amount;operation_id;source\n{INDEBTED};2026-10-12;500,00;a;=Почта\n");
        portal.billing_brings(Kind::Payments, &registry).await;
        let table = ivan.opens(&format!("/accounts/{account}/statement.csv?from=2026-09&to=2026-10")).await;
        table.is(200);
        assert_eq!(table.headers["content-type"], "text/csv; charset=utf-8");
        assert_eq!(table.headers["content-disposition"], "attachment; filename=\"vypiska-2026-09-2026-10.csv\"");
        let gas = "Газоснабжение природным газом";
        let rows = [
            "\u{feff}Месяц;Дата;Что;Подробности;Начислено;Оплачено;Долг (минус — переплата)".to_owned(),
            "2026-09;;На начало месяца;;;;0,00".to_owned(),
            format!("2026-09;;{gas};;1000,00;0,00;1000,00"),
            "2026-09;;На конец месяца;;;;1000,00".to_owned(),
            "2026-10;;На начало месяца;;;;1000,00".to_owned(),
            format!("2026-10;;{gas};;734,56;0,00;1734,56"),
            "2026-10;12.10.2026;Платёж;'=Почта;0,00;500,00;1234,56".to_owned(),
            "2026-10;;На конец месяца;;;;1234,56".to_owned(),
        ];
        assert_eq!(table.text().lines().collect::<Vec<_>>(), rows);
    }

    async fn the_document_is_a_pdf_of_the_months(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        let pdf = ivan.opens(&format!("/accounts/{account}/statement.pdf?from=2026-09&to=2026-10")).await;
        pdf.is(200);
        assert_eq!(pdf.headers["content-type"], "application/pdf");
        assert_eq!(pdf.headers["content-disposition"], "attachment; filename=\"vypiska-2026-09-2026-10.pdf\"");
        assert!(pdf.bytes.starts_with(b"%PDF-1.7"));
    }

    async fn months_in_the_wrong_order_are_swapped_and_the_page_says_so(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        for file in ["statement.pdf", "statement.csv"] {
            let page = ivan.opens(&format!("/accounts/{account}/{file}?from=2026-10&to=2026-09")).await;
            page.is(422).shows("Месяцы переставлены").shows("поменяли их местами").hides("Исправьте ошибк");
            page.shows("value=\"2026-09\" selected").shows("Скачать PDF");
        }
        let form = ivan.opens(&format!("/accounts/{account}/statement?from=2026-10&to=2026-09")).await;
        form.is(200).shows("Месяцы переставлены");
    }

    async fn months_without_charges_make_no_file_and_say_so(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        for file in ["statement.pdf", "statement.csv"] {
            let empty = ivan.opens(&format!("/accounts/{account}/{file}?from=2020-01&to=2020-02")).await;
            empty.is(404).shows("За указанный период нет начислений").shows("Скачать PDF");
            let nonsense = ivan.opens(&format!("/accounts/{account}/{file}?from=now")).await;
            nonsense.is(422).shows("Выберите месяцы из списков");
        }
    }

    async fn an_account_without_charges_says_that_there_is_nothing_to_state(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let masha = portal.person("masha@example.ru").await;
        let account = masha.linked(MASHAS).await;
        masha.enters_pin(&account, "87654321").await.leads_to("/accounts/");
        masha.opens(&format!("/accounts/{account}/statement")).await.is(200).shows("Начислений пока нет");
    }
}
