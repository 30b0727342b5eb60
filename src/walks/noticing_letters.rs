//! What the worker sends of notices: letters with their receipt and their way out, only while their reason holds, and only to
//! addresses that take them.

use super::paying::pays_to_the_end;
use super::portal::{INDEBTED, Person, Portal};
use crate::domain::calendar::Span;
use crate::domain::id::AccountId;
use crate::domain::login::Login;
use crate::exchange::Kind;
use crate::gateway::mail::Letter;
use crate::service::{notices, user_admin};
use crate::storage::testing::{TestDatabase, on_both_engines};

const IVAN: &str = "ivan@example.ru";
/// Days from the town's first day to three days before the due date of November, at noon.
const UNTIL_REMINDER: Span = Span::days(20);

impl Portal {
    /// The worker plans, composes and sends what is due now.
    async fn works(&self) {
        while notices::round(&self.services).await.unwrap() > 0 {}
        self.passes(Span::minutes(1));
        self.delivers().await;
    }

    /// Billing charges November: 100 ₽ more than before.
    async fn billing_charges_november(&self) {
        let row = format!("{INDEBTED};2026-11;Газоснабжение природным газом;1234,56;100,00;0;1334,56\n");
        let header = "account;period;service;opening;charged;paid;closing\n";
        self.billing_brings(Kind::Charges, &format!("{header}{row}")).await;
    }

    /// The letters whose subject begins so.
    fn letters(&self, subject: &str) -> Vec<Letter> {
        let letters = self.mail.messages().into_iter();
        letters.filter(|letter| letter.subject.starts_with(subject)).collect()
    }
}

/// Pays the whole sum due: the bank approves.
async fn pays_all(person: &Person<'_>, account: &AccountId) {
    person.pays(account, "1334,56").await.is(303);
    let paid = super::paying::payment(person).await;
    person.portal.bank.approves(&paid.acquirer_payment_id.expect("the bank answered"));
    person.opens(&format!("/payments/{}", paid.id)).await.shows("Платёж принят");
}

on_both_engines! {
    async fn a_new_receipt_comes_once_with_its_pdf_to_those_who_gave_up_paper(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        let account = ivan.has_full_access().await;
        ivan.posts(&format!("/accounts/{account}/paperless"), &[("consent", "on")]).await.is(303);
        portal.billing_charges_november().await;
        portal.works().await;
        portal.works().await;
        let letters = portal.letters("Квитанция за ноябрь 2026: к оплате 1\u{a0}334,56");
        assert_eq!(letters.len(), 1);
        let attachment = letters[0].attachment.as_ref().expect("a document");
        assert_eq!(attachment.name, "kvitancia-2026-11.pdf");
        assert!(attachment.pdf.starts_with(b"%PDF-"));
        assert!(letters[0].html.as_ref().unwrap().contains("Посмотреть квитанцию"));
        let link = format!("/accounts/{account}/receipt?period=2026-11&formed=1");
        assert!(letters[0].body.contains(&link), "{}", letters[0].body);
        ivan.opens(&link).await.is(200).shows("ноябрь 2026");
        ivan.opens("/notices").await.shows("Квитанция за ноябрь 2026");
    }

    async fn without_a_consent_the_letter_has_no_document_and_its_way_out_ends_such_letters(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        ivan.has_full_access().await;
        portal.billing_charges_november().await;
        portal.works().await;
        let letter = portal.letters("Квитанция за ноябрь").remove(0);
        assert!(letter.attachment.is_none());
        let way_out = letter.unsubscribe.expect("a way out");
        let path = way_out.strip_prefix("http://127.0.0.1:3000").unwrap();
        portal.browser().posts(path, &[]).await.is(200);
        portal.passes(UNTIL_REMINDER);
        portal.works().await;
        assert_eq!(portal.letters("Срок оплаты через 3").len(), 1, "another kind still comes");
        let december = format!("{INDEBTED};2026-12;Газоснабжение природным газом;1334,56;100,00;0;1434,56\n");
        let header = "account;period;service;opening;charged;paid;closing\n";
        portal.billing_brings(Kind::Charges, &format!("{header}{december}")).await;
        portal.works().await;
        assert_eq!(portal.letters("Квитанция за декабрь").len(), 0);
        ivan.signs_in(IVAN, "gaz2026").await;
        ivan.opens("/notices").await.shows("Квитанция за декабрь 2026");
    }

    async fn a_sum_that_is_paid_in_time_is_not_reminded_of(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        let account = ivan.has_full_access().await;
        portal.billing_charges_november().await;
        portal.works().await;
        pays_all(&ivan, &account).await;
        portal.passes(UNTIL_REMINDER);
        portal.works().await;
        assert_eq!(portal.letters("Срок оплаты").len(), 0);
        let notices = portal.dump("notices").await;
        assert!(notices.lines().any(|line| line.contains("due-soon") && line.contains("dropped")), "{notices}");
    }

    async fn an_address_that_refuses_a_letter_is_named_and_gets_no_notice_until_it_is_tried_again(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        let account = ivan.has_full_access().await;
        portal.mail.refuses();
        portal.billing_charges_november().await;
        portal.works().await;
        portal.mail.works_again();
        ivan.opens("/accounts").await.shows("Письма на ivan@example.ru не доходят");
        pays_to_the_end(&ivan, &account).await;
        portal.works().await;
        assert_eq!(portal.mail.messages().len(), 0, "nothing is sent there");
        ivan.opens("/notices").await.shows("Платёж 100,00").shows("Квитанция за ноябрь 2026");
        ivan.posts("/settings/notices/retry", &[("channel", "mail")]).await.is(303);
        portal.passes(UNTIL_REMINDER);
        portal.works().await;
        assert_eq!(portal.letters("Срок оплаты через 3").len(), 1);
    }

    async fn an_unlinked_account_and_a_locked_user_are_told_nothing(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        let account = ivan.has_full_access().await;
        let anna = portal.person("anna@example.ru").await;
        anna.has_full_access().await;
        portal.billing_charges_november().await;
        ivan.posts(&format!("/settings/unlink/{account}"), &[]).await.is(303);
        user_admin::lock(&portal.services, &Login::parse("anna@example.ru").unwrap()).await.unwrap();
        portal.works().await;
        assert_eq!(portal.letters("Квитанция за ноябрь").len(), 0);
        let notices = portal.dump("notices").await;
        let receipts = notices.lines().filter(|line| line.contains("new-receipt"));
        assert!(receipts.clone().all(|line| line.contains("dropped")), "{notices}");
    }
}
