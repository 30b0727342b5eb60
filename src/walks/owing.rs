//! A debt: what is owed since when, what follows by law, and the certificate that nothing is owed.

use super::paying::payment;
use super::portal::{INDEBTED, MASHAS, Person, Portal};
use crate::domain::id::AccountId;
use crate::exchange::Kind;
use crate::service::limits::DOCUMENTS;
use crate::storage::testing::{TestDatabase, on_both_engines};

/// The header of a file of charges.
const CHARGES: &str = "account;period;service;opening;charged;paid;closing\n";

/// The page of an account's debt.
fn page_of(account: &AccountId) -> String {
    format!("/accounts/{account}/debt")
}

/// The certificate that an account owes nothing.
fn certificate_of(account: &AccountId) -> String {
    format!("/accounts/{account}/debt/certificate.pdf")
}

/// Pays the whole debt of the town's account: the bank approves, the person comes back.
async fn pays_all(person: &Person<'_>, account: &AccountId) {
    person.pays(account, "1234,56").await.is(303);
    let paid = payment(person).await;
    person.portal.bank.approves(&paid.acquirer_payment_id.expect("the bank answered"));
    person.opens(&format!("/payments/{}", paid.id)).await.shows("Платёж принят");
}

/// Masha's account in full access, with charges as rows of billing.
async fn mashas_with(person: &Person<'_>, rows: &str) -> AccountId {
    let account = person.linked(MASHAS).await;
    person.enters_pin(&account, "87654321").await.leads_to("/accounts/");
    if !rows.is_empty() {
        person.portal.billing_brings(Kind::Charges, &format!("{CHARGES}{rows}")).await;
    }
    account
}

on_both_engines! {
    async fn an_overdue_debt_says_its_months_what_follows_and_what_can_be_done(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        ivan.opens("/accounts").await.is(200).shows(&page_of(&account)).shows("Что будет с долгом");
        ivan.opens(&format!("/accounts/{account}")).await.is(200).shows(&page_of(&account));
        let page = ivan.opens(&page_of(&account)).await;
        page.is(200).shows("Что с долгом и что делать").shows("1\u{a0}234,56\u{a0}₽");
        page.shows("сентябрь 2026").shows("500,00\u{a0}₽").shows("октябрь 2026").shows("734,56\u{a0}₽");
        page.shows("Не оплачено 2 месяца подряд").shows("не больше 0,16\u{a0}₽ в день");
        page.shows("Срок оплаты — до 15 октября 2026").shows("С 15 ноября 2026 — пеня 1/300");
        page.shows("С 16 ноября 2026 поставщик вправе предупредить").shows("С 14 января 2027 — пеня 1/130");
        page.shows("часть 14 статьи 155").shows("№ 549");
        page.shows("Оплатить всё: 1\u{a0}234,56\u{a0}₽").shows(&format!("/accounts/{account}/pay")).shows("/feedback");
        page.hides("Оплатить просроченное").hides("certificate.pdf").hides("notice-error");
    }

    async fn a_payment_that_billing_brings_moves_the_debt_to_an_earlier_stage(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        let registry = format!("account;date;amount;operation_id\n{INDEBTED};2026-11-20;500,00;a\n");
        portal.billing_brings(Kind::Payments, &registry).await;
        let page = ivan.opens(&page_of(&account)).await;
        page.is(200).shows("Срок оплаты прошёл 7 дней назад").shows("Пеня начнётся 16 декабря 2026");
        page.shows("Уже учтена оплата").hides("сентябрь 2026").hides("подряд. В таком случае");
    }

    async fn the_part_that_is_not_due_yet_is_told_apart_and_can_be_left_out(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        let november = format!("{INDEBTED};2026-11;Газоснабжение природным газом;1234,56;200,00;0;1434,56\n");
        portal.billing_brings(Kind::Charges, &format!("{CHARGES}{november}")).await;
        let page = ivan.opens(&page_of(&account)).await;
        page.is(200).shows("Оплатить всё: 1\u{a0}434,56\u{a0}₽").shows("Оплатить просроченное: 1\u{a0}234,56\u{a0}₽");
        let pay = format!("/accounts/{account}/pay?part=overdue");
        page.shows(&pay);
        ivan.opens(&pay).await.is(200).shows("value=\"1\u{a0}234,56\"");
        ivan.opens(&format!("/accounts/{account}/pay?part=x")).await.is(200).shows("value=\"1\u{a0}434,56\"");
    }

    async fn a_sum_that_is_not_due_yet_is_no_overdue_debt(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let masha = portal.person("masha@example.ru").await;
        let row = format!("{MASHAS};2026-11;Газоснабжение природным газом;0;300,00;0;300,00\n");
        let account = mashas_with(&masha, &row).await;
        masha.opens("/accounts").await.is(200).shows("300,00").hides("Что будет с долгом");
        let page = masha.opens(&page_of(&account)).await;
        page.is(200).shows("Срок оплаты ещё не прошёл").shows("до 15 декабря 2026").hides("Не оплачено");
    }

    async fn a_debt_that_is_paid_in_the_portal_is_gone_and_the_certificate_is_there(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        pays_all(&ivan, &account).await;
        ivan.opens("/accounts").await.is(200).hides("Что будет с долгом");
        let page = ivan.opens(&page_of(&account)).await;
        page.is(200).shows("Долга нет").shows(&certificate_of(&account)).hides("Оплатить всё").hides("Не оплачено");
        let pdf = ivan.opens(&certificate_of(&account)).await;
        pdf.is(200);
        assert_eq!(pdf.headers["content-type"], "application/pdf");
        assert_eq!(pdf.headers["cache-control"], "no-store");
        let name = "attachment; filename=\"spravka-o-dolge-2026-11-22.pdf\"";
        assert_eq!(pdf.headers["content-disposition"], name);
        assert!(pdf.bytes.starts_with(b"%PDF-1.7"));
        ivan.posts(&certificate_of(&account), &[]).await.is(405);
    }

    async fn an_account_that_owes_has_no_certificate_and_is_told_calmly(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        ivan.opens(&certificate_of(&account)).await.leads_to(&page_of(&account));
        let page = ivan.opens(&page_of(&account)).await;
        page.is(200).shows("Справка будет готова, как только счёт будет оплачен").hides("notice-error");
    }

    async fn an_account_without_charges_has_neither_a_debt_nor_a_certificate(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let masha = portal.person("masha@example.ru").await;
        let account = mashas_with(&masha, "").await;
        masha.opens(&page_of(&account)).await.is(200).shows("Начислений пока нет").hides("certificate.pdf");
        masha.opens(&certificate_of(&account)).await.leads_to(&page_of(&account));
        masha.opens(&page_of(&account)).await.shows("когда поставщик пришлёт начисления");
    }

    async fn an_advance_in_one_service_is_no_certificate_for_a_debt_in_another(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let masha = portal.person("masha@example.ru").await;
        let rows = format!(
            "{MASHAS};2026-10;Газоснабжение природным газом;0;500,00;0;500,00\n\
             {MASHAS};2026-10;Обслуживание оборудования;0;0;600,00;-600,00\n"
        );
        let account = mashas_with(&masha, &rows).await;
        masha.opens("/accounts").await.is(200).shows("Переплата").hides("Что будет с долгом");
        let page = masha.opens(&page_of(&account)).await;
        page.is(200).shows("По счёту в целом долга нет").shows("Газоснабжение природным газом: ").shows("500,00\u{a0}₽");
        page.hides("certificate.pdf");
        masha.opens(&certificate_of(&account)).await.leads_to(&page_of(&account));
    }

    async fn a_debt_is_closed_in_lite_access_and_to_everybody_else(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.linked(INDEBTED).await;
        let masha = portal.person("masha@example.ru").await;
        for address in [page_of(&account), certificate_of(&account)] {
            ivan.opens(&address).await.leads_to(&format!("/accounts/{account}?closed=1"));
            masha.opens(&address).await.is(404);
            portal.browser().opens(&address).await.leads_to("/sign-in");
        }
    }

    async fn certificates_of_no_debt_count_as_documents(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        pays_all(&ivan, &account).await;
        DOCUMENTS.fill(&portal.services, payment(&ivan).await.user_id.as_str()).await;
        ivan.opens(&certificate_of(&account)).await.leads_to(&page_of(&account));
        ivan.opens(&page_of(&account)).await.shows("Слишком много попыток");
    }
}
