//! M6: what follows a payment: its page and certificate, the notice of one under way, and the next account to pay.

use std::collections::BTreeSet;

use leptos::server_fn::ServerFn as _;

use super::paying::{begins, payment, pays_to_the_end};
use super::portal::{INDEBTED, MASHAS, Person, Portal};
use crate::api::ApiError;
use crate::api::payments::HidePayment;
use crate::domain::calendar::Span;
use crate::domain::id::AccountId;
use crate::domain::payment::{CancelReason, PaymentState};
use crate::exchange::Kind;
use crate::service::certificates::certificate_of;
use crate::service::limits::DOCUMENTS;
use crate::service::payments::poll;
use crate::storage::testing::{TestDatabase, on_both_engines};

/// The header of a file of charges.
const CHARGES: &str = "account;period;service;opening;charged;paid;closing\n";

/// Masha's account in full access, with a debt.
async fn owes_for_mashas(person: &Person<'_>, roubles: &str) -> AccountId {
    let account = person.linked(MASHAS).await;
    person.enters_pin(&account, "87654321").await.leads_to("/accounts/");
    let row = format!("{MASHAS};2026-10;Газоснабжение природным газом;0;{roubles};0;{roubles}\n");
    person.portal.billing_brings(Kind::Charges, &format!("{CHARGES}{row}")).await;
    account
}

/// The page of the person's newest payment.
async fn page_of(person: &Person<'_>) -> String {
    format!("/payments/{}", payment(person).await.id)
}

on_both_engines! {
    async fn an_accepted_payment_says_what_has_happened_to_it(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        let at_bank = pays_to_the_end(&ivan, &account).await;
        let page = page_of(&ivan).await;
        let shown = ivan.opens(&page).await;
        shown.is(200).shows("100,00\u{a0}₽").shows("Банк принял оплату").shows("Платёж учтён в балансе");
        shown.shows("Поставщик учтёт платёж, когда получит реестр от банка").shows("i***@example.ru");
        shown.shows(&format!("{page}/certificate")).shows(&format!("/accounts/{account}/pay?again_of="));
        shown.hides("сейчас</span>").hides("ivan@example.ru").hides("Дальше: ещё");
        let registry =
            format!("account;date;amount;operation_id;source\n{INDEBTED};2026-11-22;100,00;{at_bank};Кабинет\n");
        portal.billing_brings(Kind::Payments, &registry).await;
        ivan.opens(&page).await.shows("Поставщик учёл платёж").shows("Сообщил нам об этом 22.11.2026");
    }

    async fn an_accepted_payment_is_repeated_with_the_same_sum(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        pays_to_the_end(&ivan, &account).await;
        let again = format!("/accounts/{account}/pay?again_of={}", payment(&ivan).await.id);
        ivan.opens(&again).await.is(200).shows("value=\"100,00\"");
    }

    async fn a_refusal_is_shown_without_red(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        let at_bank = begins(&ivan, &account).await;
        portal.bank.refuses(&at_bank, CancelReason::Refused);
        let page = ivan.opens(&page_of(&ivan).await).await;
        page.is(200).shows("Деньги не списаны").shows("100,00\u{a0}₽").shows("notice-info").hides("notice-error");
    }

    async fn the_certificate_of_a_paid_payment_is_a_pdf_for_its_payer_only(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        let at_bank = begins(&ivan, &account).await;
        let certificate = format!("{}/certificate", page_of(&ivan).await);
        ivan.opens(&certificate).await.is(404);
        portal.bank.approves(&at_bank);
        portal.passes(Span::seconds(30));
        poll(&portal.services).await.unwrap();
        let pdf = ivan.opens(&certificate).await;
        pdf.is(200);
        assert_eq!(pdf.headers["content-type"], "application/pdf");
        assert_eq!(pdf.headers["cache-control"], "no-store");
        let name = "attachment; filename=\"spravka-ob-oplate-2026-11-22.pdf\"";
        assert_eq!(pdf.headers["content-disposition"], name);
        assert!(pdf.bytes.starts_with(b"%PDF-1.7"));
        portal.person("anna@example.ru").await.opens(&certificate).await.is(404);
        portal.browser().opens(&certificate).await.leads_to("/sign-in");
        ivan.opens("/payments/x/certificate").await.is(404);
        ivan.posts(&certificate, &[]).await.is(405);
    }

    async fn a_certificate_has_the_address_in_full_access_only(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.linked(INDEBTED).await;
        pays_to_the_end(&ivan, &account).await;
        let paid = payment(&ivan).await;
        ivan.opens(&format!("/payments/{}/certificate", paid.id)).await.is(200);
        let lite = certificate_of(&portal.services, &paid.user_id, &paid.id).await.unwrap().unwrap();
        assert!(lite.address.is_none() && lite.account_number.as_str() == INDEBTED);
        ivan.enters_pin(&account, "12345678").await.leads_to("/accounts/");
        let full = certificate_of(&portal.services, &paid.user_id, &paid.id).await.unwrap().unwrap();
        assert_eq!(full.address.as_deref(), Some("г. Пермь, ул. Береговая, 1"));
    }

    async fn certificates_count_as_documents(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        pays_to_the_end(&ivan, &account).await;
        DOCUMENTS.fill(&portal.services, payment(&ivan).await.user_id.as_str()).await;
        let page = page_of(&ivan).await;
        ivan.opens(&format!("{page}/certificate")).await.leads_to(&page);
        ivan.opens(&page).await.shows("Слишком много попыток");
    }

    async fn a_payment_under_way_is_a_notice_that_can_be_hidden_but_not_lost(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        let at_bank = begins(&ivan, &account).await;
        let (pay, page) = (format!("/accounts/{account}/pay"), page_of(&ivan).await);
        let notice = "Незаконченный платёж на 100,00\u{a0}₽";
        ivan.opens(&pay).await.is(200).shows(notice).shows(&format!("href=\"{page}\"")).hides("notice-error");
        ivan.posts(&format!("{page}/hide"), &[("place", "account")]).await.leads_to(&pay);
        ivan.opens(&pay).await.is(200).shows("Сообщение скрыто").hides("Незаконченный платёж");
        assert_eq!(payment(&ivan).await.state, PaymentState::Pending, "nothing pretends to be canceled");
        portal.bank.approves(&at_bank);
        portal.passes(Span::seconds(30));
        poll(&portal.services).await.unwrap();
        assert_eq!(payment(&ivan).await.state, PaymentState::Succeeded);
        ivan.opens("/accounts").await.shows("1\u{a0}134,56");
    }

    async fn a_notice_is_hidden_the_same_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        begins(&ivan, &account).await;
        let id = payment(&ivan).await.id;
        let form = |place| [("payment_id", id.as_str()), ("place", place)];
        let page = format!("/payments/{id}/hide");
        for (place, next) in [("all", "/pay"), ("accounts", "/accounts"), ("//evil.example", "/accounts"), ("", "/accounts")] {
            ivan.calls(HidePayment::PATH, &form(place)).await.leads_to(next);
            ivan.posts(&page, &form(place)).await.leads_to(next);
        }
        ivan.opens(&page).await.leads_to(&format!("/payments/{id}"));
        let anna = portal.person("anna@example.ru").await;
        anna.calls(HidePayment::PATH, &form("")).await.fails(ApiError::NotFound);
        anna.posts(&page, &form("")).await.is(404);
        portal.browser().calls(HidePayment::PATH, &form("")).await.fails(ApiError::SignedOut);
        portal.browser().posts(&page, &form("")).await.leads_to("/sign-in");
        ivan.calls(HidePayment::PATH, &[("payment_id", "x")]).await.fails(ApiError::NotFound);
    }

    async fn several_accounts_are_paid_one_after_another(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let first = ivan.has_full_access().await;
        let second = owes_for_mashas(&ivan, "50,00").await;
        let lite = ivan.linked("59000003").await;
        let all = ivan.opens("/pay").await;
        all.is(200).shows("value=\"1234.56\"").shows("К ОПЛАТЕ 1\u{a0}234,56\u{a0}₽").shows("value=\"50.00\"");
        all.shows(&format!("href=\"/accounts/{lite}/pay\"")).shows("Ограниченная версия");

        let form = [("amount", "1234.56"), ("key", "aaaaaaaaaaaaaaaaaaaaaaaaa1")];
        ivan.posts(&format!("/accounts/{first}/pay"), &form).await.leads_to("https://");
        let waiting = ivan.opens("/pay").await;
        waiting.is(200).shows("Незаконченный платёж").hides("value=\"1234.56\"").shows("value=\"50.00\"");

        portal.bank.approves(&payment(&ivan).await.acquirer_payment_id.unwrap());
        let done = ivan.opens(&page_of(&ivan).await).await;
        done.is(200).shows("Платёж принят").shows("Дальше: ещё 1 счёт").shows("href=\"/pay\"");
        let next = ivan.opens("/pay").await;
        next.is(200).shows("оплачено только что: 1\u{a0}234,56\u{a0}₽").shows("value=\"50.00\"");

        ivan.pays(&second, "50").await.leads_to("https://");
        portal.bank.approves(&payment(&ivan).await.acquirer_payment_id.unwrap());
        ivan.opens(&page_of(&ivan).await).await.shows("Платёж принят").hides("Дальше: ещё");
        ivan.opens("/pay").await.is(200).shows("По счетам в полной версии долга нет").hides("name=\"amount\"");
    }

    async fn the_forms_of_several_accounts_share_no_id(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        ivan.has_full_access().await;
        owes_for_mashas(&ivan, "50,00").await;
        let page = ivan.opens("/pay").await.is(200).text();
        let ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let distinct: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(distinct.len(), ids.len(), "{ids:?}");
        assert_eq!(page.matches("name=\"key\"").count(), 2);
    }

    async fn a_debt_beyond_one_payment_is_paid_on_the_accounts_own_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = owes_for_mashas(&ivan, "100000,01").await;
        let page = ivan.opens("/pay").await;
        page.is(200).shows("К ОПЛАТЕ 100\u{a0}000,01\u{a0}₽").shows(&format!("href=\"/accounts/{account}/pay\""));
        page.hides("name=\"amount\"");
    }

    async fn who_owes_nothing_has_nothing_to_pay(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        ivan.opens("/pay").await.is(200).shows("Платить сейчас не за что");
        portal.browser().opens("/pay").await.leads_to("/sign-in");
    }
}
