//! Receipts by e-mail instead of on paper: the consent, its ends, and the file for billing.

use leptos::server_fn::ServerFn as _;

use super::portal::{INDEBTED, MASHAS, PERM, Person, Portal};
use crate::api::ApiError;
use crate::api::paperless::{GivePaperless, WithdrawPaperless};
use crate::domain::calendar::Span;
use crate::domain::id::AccountId;
use crate::domain::login::Login;
use crate::service::account_access::{self, Revoked};
use crate::service::paperless::export;
use crate::storage::testing::{TestDatabase, on_both_engines};

const IVAN: &str = "ivan@example.ru";
const PHONE: &str = "+79021234567";
/// The subjects of the letters that confirm a consent and its withdrawal.
const GIVEN: &str = "Квитанции будут приходить по почте";
const WITHDRAWN: &str = "Квитанции снова будут на бумаге";
/// The columns of the file for billing.
const HEADER: &str = "account;consent;at;text_version;email;paper";

fn page_of(account: &AccountId) -> String {
    format!("/accounts/{account}/paperless")
}

impl Portal {
    /// The file that billing gets.
    async fn exports_consents(&self) -> String {
        let mut file = Vec::new();
        export(&self.services, PERM, &mut file, |_| Ok(())).await.unwrap();
        String::from_utf8(file).unwrap()
    }

    /// How many letters with a subject came, after delivery.
    async fn letters_about(&self, subject: &str) -> usize {
        self.delivers().await;
        self.mail.messages().iter().filter(|letter| letter.subject == subject).count()
    }

    /// The supplier revokes the full access of a user to the account with the debt.
    pub(super) async fn revokes_access(&self, login: &str) {
        let account = account_access::find(&self.services, PERM, INDEBTED).await.unwrap().unwrap();
        let revoked = account_access::revoke(&self.services, &account, &Login::parse(login).unwrap()).await.unwrap();
        assert_eq!(revoked, Revoked::Closed);
    }
}

impl Person<'_> {
    /// Agrees to receipts by e-mail.
    async fn goes_paperless(&self, account: &AccountId) {
        self.posts(&page_of(account), &[("consent", "on")]).await.leads_to(&page_of(account));
    }
}

on_both_engines! {
    async fn a_consent_is_given_by_an_own_box_and_withdrawn_by_one_button(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        let account = ivan.has_full_access().await;
        let page = page_of(&account);
        ivan.opens(&format!("/accounts/{account}/receipt")).await.shows(&page);
        let paper = ivan.opens(&page).await;
        paper.is(200).shows("Согласен получать квитанции на ivan@example.ru").shows("Редакция от");
        paper.hides("name=\"consent\" checked").hides("Сейчас — по почте");
        ivan.goes_paperless(&account).await;
        let given = ivan.opens(&page).await;
        given.shows("С 22.11.2026 новые квитанции приходят на").shows("Вернуть бумажные").hides("Согласен получать");
        assert_eq!(portal.letters_about(GIVEN).await, 1);
        ivan.opens("/settings/events").await.shows("Согласие на квитанции по почте, лицевой счёт 59000001");
        ivan.opens(&format!("{page}/withdraw")).await.is(200).shows("Вернуть бумажные квитанции?");
        ivan.posts(&format!("{page}/withdraw"), &[]).await.leads_to(&page);
        ivan.opens(&page).await.shows("Сейчас квитанции приходят на бумаге").shows("снова будут приходить на бумаге");
        assert_eq!(portal.letters_about(WITHDRAWN).await, 1);
        ivan.opens("/settings/events").await.shows("Отозвано согласие на квитанции по почте");
    }

    async fn a_consent_needs_its_mark_the_same_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        let account = ivan.has_full_access().await;
        let page = page_of(&account);
        let form = [("account_id", account.as_str())];
        ivan.is_refused_both_ways((GivePaperless::PATH, &page), &form, ("consent", "Поставьте отметку")).await;
        assert_eq!(portal.dump("paperless_consents").await, "");
        ivan.calls(GivePaperless::PATH, &[form[0], ("consent", "on")]).await.leads_to(&page);
        ivan.calls(WithdrawPaperless::PATH, &form).await.leads_to(&page);
        // A form that is sent twice is no error.
        ivan.calls(WithdrawPaperless::PATH, &form).await.leads_to(&page);
    }

    async fn a_second_click_gives_no_second_consent(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        let account = ivan.has_full_access().await;
        ivan.goes_paperless(&account).await;
        ivan.goes_paperless(&account).await;
        assert_eq!(portal.dump("paperless_consents").await.lines().count(), 1);
        assert_eq!(portal.letters_about(GIVEN).await, 1);
    }

    async fn who_has_no_address_of_mail_is_asked_to_add_one(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let anna = portal.person(PHONE).await;
        let account = anna.has_full_access().await;
        anna.opens(&page_of(&account)).await.is(200).shows("Нужна электронная почта").shows("/settings/contact");
        let form = [("account_id", account.as_str()), ("consent", "on")];
        anna.calls(GivePaperless::PATH, &form).await.refuses("consent", "Добавьте электронную почту");
        anna.posts(&page_of(&account), &form).await.is(422);
        assert_eq!(portal.dump("paperless_consents").await, "");
    }

    async fn only_full_access_opens_the_page_and_its_functions(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (ivan, masha) = (portal.person(IVAN).await, portal.person("masha@example.ru").await);
        let account = ivan.has_full_access().await;
        let lite = masha.linked(MASHAS).await;
        masha.opens(&page_of(&lite)).await.leads_to(&format!("/accounts/{lite}?closed=1"));
        masha.opens(&page_of(&account)).await.is(404);
        for (id, error) in [(&lite, ApiError::Closed), (&account, ApiError::NotFound)] {
            let form = [("account_id", id.as_str()), ("consent", "on")];
            masha.calls(GivePaperless::PATH, &form).await.fails(error);
            masha.calls(WithdrawPaperless::PATH, &form).await.fails(error);
        }
        portal.browser().opens(&page_of(&account)).await.leads_to("/sign-in");
    }

    async fn a_consent_ends_with_the_link_and_with_the_full_access(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        let account = ivan.has_full_access().await;
        ivan.goes_paperless(&account).await;
        portal.revokes_access(IVAN).await;
        assert_eq!(portal.letters_about(WITHDRAWN).await, 1);
        ivan.enters_pin(&account, "12345678").await.leads_to("/accounts/");
        ivan.opens(&page_of(&account)).await.shows("Сейчас квитанции приходят на бумаге");
        ivan.goes_paperless(&account).await;
        ivan.posts(&format!("/settings/unlink/{account}"), &[]).await.leads_to("/settings");
        assert_eq!(portal.letters_about(WITHDRAWN).await, 2);
        let given = portal.dump("paperless_consents").await;
        assert_eq!(given.lines().count(), 2);
        let account = ivan.has_full_access().await;
        ivan.opens(&page_of(&account)).await.shows("Сейчас квитанции приходят на бумаге");
    }

    async fn a_consent_ends_with_the_last_address_of_mail(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let anna = portal.person(PHONE).await;
        let account = anna.has_full_access().await;
        anna.posts("/settings/contact", &[("contact", IVAN)]).await.leads_to("/settings/contact/code");
        portal.delivers().await;
        let letter = portal.mail.last_to(IVAN).expect("a letter came").body;
        let (_, code) = letter.split_once("Код подтверждения: ").expect("the letter has a code");
        anna.posts("/settings/contact/code", &[("code", &code[..6])]).await.leads_to("/settings/profile");
        anna.goes_paperless(&account).await;
        anna.opens(&page_of(&account)).await.shows("приходят на").shows(IVAN);
        anna.posts("/settings/contact/remove", &[]).await.leads_to("/settings/profile");
        anna.opens(&page_of(&account)).await.shows("Нужна электронная почта");
        portal.delivers().await;
        assert!(portal.sms.last_to(PHONE).unwrap().text.contains("снова будут приходить на бумаге"));
    }

    async fn billing_gets_every_change_once(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (ivan, anna) = (portal.person(IVAN).await, portal.person("anna@example.ru").await);
        let account = ivan.has_full_access().await;
        anna.has_full_access().await;
        assert_eq!(portal.exports_consents().await, format!("{HEADER}\n"));
        ivan.goes_paperless(&account).await;
        portal.passes(Span::minutes(1));
        anna.goes_paperless(&account).await;
        let version = crate::config::Texts::made_up().paperless.version;
        let given = format!(
            "{HEADER}\n59000001;given;2026-11-22T07:00:00Z;{version};{IVAN};no\n\
             59000001;given;2026-11-22T07:01:00Z;{version};anna@example.ru;no\n"
        );
        assert_eq!(portal.exports_consents().await, given);
        assert_eq!(portal.exports_consents().await, format!("{HEADER}\n"));
        ivan.posts(&format!("{}/withdraw", page_of(&account)), &[]).await;
        // Paper is not needed yet: the other user of the account still gets the receipts by e-mail.
        let withdrawn = format!("{HEADER}\n59000001;withdrawn;2026-11-22T07:01:00Z;{version};{IVAN};no\n");
        assert_eq!(portal.exports_consents().await, withdrawn);
        anna.posts(&format!("{}/withdraw", page_of(&account)), &[]).await;
        let last = portal.exports_consents().await;
        assert!(last.ends_with(&format!(";{version};anna@example.ru;yes\n")), "{last}");
    }

    async fn a_file_that_cannot_be_written_loses_no_change(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        let account = ivan.has_full_access().await;
        ivan.goes_paperless(&account).await;
        let full = |_| Err(std::io::Error::other("the disk is full"));
        assert!(export(&portal.services, PERM, Vec::new(), full).await.is_err());
        assert_eq!(portal.exports_consents().await.lines().count(), 2);
    }
}
