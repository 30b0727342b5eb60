//! How a refused form is titled: «Исправьте ошибку» only above a mistake of the person; and an empty form names all its
//! empty fields at once.

use leptos::server_fn::ServerFn as _;

use super::portal::{INDEBTED, MASHAS, OPERATOR_PASSWORD, PERM, Person, Portal, Reply, new_operator};
use crate::api::Outcome;
use crate::api::console::account::ChangePassword as ChangeOperatorPassword;
use crate::api::console::sign_in::SignIn as SignInToConsole;
use crate::api::feedback::{AskAsGuest, NewThread};
use crate::api::links::LinkAccount;
use crate::api::payments::BeginPayment;
use crate::api::pins::{EnterPin, RequestPin};
use crate::api::recovery::{BeginRecovery, RecoverByCode};
use crate::api::registration::{ConfirmLink, Register};
use crate::api::settings::ChangePassword;
use crate::api::settings::contacts::{BeginContact, BeginLoginChange};
use crate::api::sign_in::SignIn;
use crate::domain::calendar::Span;
use crate::domain::form::FieldError;
use crate::storage::testing::{TestDatabase, on_both_engines};

const IVAN: &str = "ivan@example.ru";
const PHONE: &str = "+79021234567";
/// The title above one mistake. The hidden summary of another form on the page has the plural.
const MISTAKE: &str = "Исправьте ошибку";

impl Reply {
    /// Fails unless the form is refused calmly, under this title: nothing speaks of a mistake, and no field is marked.
    fn refuses_calmly(&self, title: &str) -> &Self {
        self.is(422).shows(title).shows("data-calm").hides(MISTAKE).hides("<title>Ошибка").hides("aria-invalid")
    }

    /// Fails unless the form is refused because of one mistake.
    fn names_a_mistake(&self) -> &Self {
        self.is(422).shows(MISTAKE).shows("<title>Ошибка: ").hides("data-calm")
    }
}

impl Person<'_> {
    /// The errors that a function returns for a form.
    async fn errors_of(&self, function: &str, fields: &[(&str, &str)]) -> Vec<FieldError> {
        match self.calls(function, fields).await.outcome() {
            Outcome::Invalid(errors) => errors,
            Outcome::Next(to) => panic!("{function} leads to {to}"),
        }
    }

    /// Fails unless a form without any field typed names these fields as mistakes, in this order, both ways.
    async fn is_told_of_all(&self, (function, page): (&str, &str), hidden: &[(&str, &str)], fields: &[&str]) {
        let errors = self.errors_of(function, hidden).await;
        let named: Vec<&str> = errors.iter().map(|error| &*error.field).collect();
        assert_eq!(named, fields, "{function}");
        assert!(errors.iter().all(FieldError::is_mistake), "{errors:?}");
        let reply = self.posts(page, hidden).await;
        let reply = reply.is(422);
        for field in fields {
            reply.shows(&format!("href=\"#{field}\""));
        }
    }
}

on_both_engines! {
    async fn who_signs_in_too_often_is_asked_to_wait_and_not_to_mend_anything(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.person(IVAN).await;
        let guest = portal.browser();
        for _ in 0..6 {
            guest.signs_in(IVAN, "wrong1").await.names_a_mistake().shows("не подошли");
        }
        guest.signs_in(IVAN, "gaz2026").await.refuses_calmly("Подождите немного").shows("Слишком много попыток");
        let called = guest.errors_of(SignIn::PATH, &[("login", IVAN), ("password", "gaz2026")]).await;
        assert_eq!((called.len(), &*called[0].title), (1, "Подождите немного"));
    }

    async fn an_operator_who_signs_in_too_often_is_asked_to_wait(database: TestDatabase) {
        let portal = Portal::open(database).await;
        crate::service::operators::add(&portal.services, new_operator("olga")).await.unwrap();
        let olga = portal.browser();
        let form = |password| [("login", "olga"), ("password", password)];
        olga.posts("/console/sign-in", &form("wrong-wrong-9")).await.names_a_mistake();
        for _ in 0..9 {
            olga.posts("/console/sign-in", &form("wrong-wrong-9")).await.is(422);
        }
        olga.posts("/console/sign-in", &form(OPERATOR_PASSWORD)).await.refuses_calmly("Подождите немного");
    }

    async fn a_locked_user_made_no_mistake(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.person(IVAN).await;
        let login = crate::domain::login::Login::parse(IVAN).unwrap();
        crate::service::user_admin::lock(&portal.services, &login).await.unwrap();
        portal.browser().signs_in(IVAN, "gaz2026").await.refuses_calmly("Вход закрыт").shows("support@example.ru");
    }

    async fn a_wrong_pin_is_a_mistake_and_the_closed_field_is_none(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        let account = ivan.linked(INDEBTED).await;
        for pin in ["00000001", "00000002", "00000003", "00000004"] {
            ivan.enters_pin(&account, pin).await.names_a_mistake();
        }
        ivan.enters_pin(&account, "00000005").await.leads_to(&format!("/accounts/{account}/pin"));
        let closed = ivan.opens(&format!("/accounts/{account}/pin")).await;
        closed.is(200).shows("Ввод ПИН-кода закрыт до").hides(MISTAKE);
    }

    async fn a_letter_asked_for_again_too_soon_is_waited_for(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.person(IVAN).await;
        let guest = portal.browser();
        guest.posts("/recover", &[("login", IVAN)]).await.leads_to("/recover/sent");
        guest.posts("/recover", &[("login", IVAN)]).await.refuses_calmly("Подождите немного").shows("через");
        guest.posts("/recover", &[("login", "ivan@")]).await.names_a_mistake();
    }

    async fn a_code_that_can_no_longer_be_used_is_asked_for_again(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.browser();
        ivan.registers(PHONE, "gaz2026").await.leads_to("/register/code");
        let code = portal.sms_code(PHONE).await;
        ivan.posts("/register/code", &[("code", "12")]).await.names_a_mistake();
        portal.passes(Span::minutes(11));
        ivan.posts("/register/code", &[("code", &code)]).await.refuses_calmly("Нужен новый код");
        ivan.posts("/register/resend", &[]).await;
        let new = portal.sms_code(PHONE).await;
        ivan.posts("/register/code", &[("code", &new)]).await.leads_to("/accounts");
    }

    async fn an_account_that_is_linked_already_and_a_full_list_are_no_mistakes(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        ivan.links("59").await.names_a_mistake();
        ivan.linked(INDEBTED).await;
        ivan.links(INDEBTED).await.refuses_calmly("Счёт уже подключён");
        for number in [MASHAS, "59000003"] {
            ivan.linked(number).await;
        }
        ivan.links("59000004").await.refuses_calmly("Больше подключить нельзя").shows("это предел");
    }

    async fn an_empty_form_of_a_guest_names_every_field_at_once(database: TestDatabase) {
        let portal = Portal::open(database).await;
        crate::service::operators::add(&portal.services, new_operator("olga")).await.unwrap();
        let guest = portal.browser();
        guest.is_told_of_all((SignIn::PATH, "/sign-in"), &[], &["login", "password"]).await;
        guest.is_told_of_all((Register::PATH, "/register"), &[], &["login", "password", "consent"]).await;
        guest.is_told_of_all((BeginRecovery::PATH, "/recover"), &[], &["login"]).await;
        let asked = ["contact", "subject", "message", "consent"];
        guest.is_told_of_all((AskAsGuest::PATH, "/feedback/guest"), &[], &asked).await;
        guest.is_told_of_all((SignInToConsole::PATH, "/console/sign-in"), &[], &["login", "password"]).await;

        guest.posts("/recover", &[("login", PHONE)]).await.leads_to("/recover/code");
        guest.is_told_of_all((RecoverByCode::PATH, "/recover/code"), &[], &["code", "password"]).await;

        portal.browser().registers(IVAN, "gaz2026").await.leads_to("/register/code");
        let link = portal.letter_link(IVAN, "/confirm/").await;
        let hidden = [("token", link.rsplit('/').next().unwrap()), ("way", "new")];
        guest.is_told_of_all((ConfirmLink::PATH, &link), &hidden, &["new_password", "consent"]).await;
    }

    async fn an_empty_form_of_a_user_names_every_field_at_once(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        ivan.is_told_of_all((LinkAccount::PATH, "/accounts/link"), &[], &["provider", "number"]).await;
        ivan.is_told_of_all((LinkAccount::PATH, "/accounts/link"), &[("provider", PERM)], &["number"]).await;
        ivan.is_told_of_all((NewThread::PATH, "/feedback"), &[], &["subject", "message"]).await;
        let passwords = ["current_password", "new_password"];
        ivan.is_told_of_all((ChangePassword::PATH, "/settings/password"), &[], &passwords).await;
        ivan.is_told_of_all((BeginContact::PATH, "/settings/contact"), &[], &["contact"]).await;
        ivan.is_told_of_all((BeginLoginChange::PATH, "/settings/login"), &[], &["new_login", "current_password"]).await;

        let account = ivan.linked(INDEBTED).await;
        let (page, hidden) = (format!("/accounts/{account}"), [("account_id", account.as_str())]);
        let at = |tab: &str| format!("{page}/{tab}");
        ivan.is_told_of_all((RequestPin::PATH, &at("pin-request")), &hidden, &["name", "address", "contact"]).await;
        ivan.is_told_of_all((EnterPin::PATH, &at("pin")), &hidden, &["pin"]).await;
        ivan.is_told_of_all((BeginPayment::PATH, &at("pay")), &hidden, &["amount"]).await;
    }

    async fn an_empty_form_of_an_operator_names_every_field_at_once(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let olga = portal.operator("olga").await;
        let way = (ChangeOperatorPassword::PATH, "/console/account/password");
        olga.is_told_of_all(way, &[], &["current_password", "new_password"]).await;
    }
}
