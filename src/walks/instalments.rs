//! An instalment plan: asked for by a person in debt, decided by an operator, paid part by part.

use leptos::server_fn::ServerFn as _;

use super::paying::payment;
use super::portal::{INDEBTED, MASHAS, Person, Portal, at_once};
use crate::api::ApiError;
use crate::api::console::instalments::{AgreeInstalments, RefuseInstalments};
use crate::api::instalments::{AskInstalments, WithdrawInstalments};
use crate::domain::calendar::{Period, Span};
use crate::domain::id::AccountId;
use crate::domain::login::Login;
use crate::domain::money::Money;
use crate::domain::receipt::Receipt;
use crate::exchange::Kind;
use crate::service::access::OwnAccess;
use crate::service::limits::INSTALMENTS_USER;
use crate::service::receipts::receipt_of;
use crate::storage::testing::{TestDatabase, on_both_engines};
use crate::storage::users;

const IVAN: &str = "ivan@example.ru";
/// The list of the console.
const LIST: &str = "/console/instalments";
/// The header of a file of charges.
const CHARGES: &str = "account;period;service;opening;charged;paid;closing\n";
/// The form of a request.
const SIX_MONTHS: [(&str, &str); 2] = [("months", "6"), ("note", "до весны трудно")];

fn debt_of(account: &AccountId) -> String {
    format!("/accounts/{account}/debt")
}

impl Portal {
    /// Ivan in full access to the account whose debt of 1 234,56 ₽ is overdue.
    async fn debtor(&self) -> (Person<'_>, AccountId) {
        let ivan = self.person(IVAN).await;
        let account = ivan.has_full_access().await;
        (ivan, account)
    }

    /// Billing brings a payment for the account in debt.
    async fn billing_brings_payment(&self, date: &str, amount: &str) {
        let registry = format!("account;date;amount;operation_id\n{INDEBTED};{date};{amount};{date}\n");
        self.billing_brings(Kind::Payments, &registry).await;
    }

    /// The receipt of a month for Ivan's account.
    async fn receipt(&self, account: &AccountId, month: &str) -> Receipt {
        let login = Login::parse(IVAN).unwrap();
        let user = users::by_login(&mut self.services.db().read().await.unwrap(), &login).await.unwrap().unwrap();
        let own = OwnAccess::find(&self.services, &user.id, account).await.unwrap().unwrap();
        let access = own.full().unwrap();
        let period = Period::parse(month).unwrap();
        receipt_of(&self.services, access.provider(), access.account(), period).await.unwrap().unwrap()
    }
}

/// Asks for six months.
async fn asks(person: &Person<'_>, account: &AccountId) {
    person.posts(&debt_of(account), &SIX_MONTHS).await.leads_to(&debt_of(account));
}

/// The page of the first plan in an operator's list.
async fn first_plan(operator: &Person<'_>) -> String {
    let list = operator.opens(LIST).await.text();
    let mark = format!("{LIST}/");
    let at = list.find(&mark).expect("a plan is listed") + mark.len();
    format!("{mark}{}", &list[at..at + 26])
}

/// Asks for six months, and an operator agrees to three.
async fn has_a_plan(person: &Person<'_>, account: &AccountId) {
    asks(person, account).await;
    let olga = person.portal.operator("olga").await;
    let plan = first_plan(&olga).await;
    olga.posts(&format!("{plan}/agree"), &[("months", "3")]).await.leads_to(LIST);
}

on_both_engines! {
    async fn a_person_asks_an_operator_agrees_to_other_months_and_a_payment_pays_the_first_part(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (ivan, account) = portal.debtor().await;
        let debt = debt_of(&account);
        ivan.opens(&debt).await.is(200).shows("Попросить рассрочку").shows("6\u{a0}месяцев, по 205,76\u{a0}₽");
        asks(&ivan, &account).await;
        let page = ivan.opens(&debt).await;
        page.shows("Запрос на рассрочку отправлен").shows("Запрос на рассмотрении").shows("Отозвать запрос");
        page.hides("Попросить рассрочку");

        let olga = portal.operator("olga").await;
        olga.opens(LIST).await.is(200).shows(INDEBTED).shows("ждёт решения").shows("Ждут решения: 1");
        let plan = first_plan(&olga).await;
        let page = olga.opens(&plan).await;
        page.is(200).shows("до весны трудно").shows("Просроченный долг сегодня").shows("1\u{a0}234,56");
        olga.posts(&format!("{plan}/agree"), &[("months", "3")]).await.leads_to(LIST);
        olga.opens(LIST).await.shows("Рассрочка согласована").shows("согласована</span>").hides("ждёт решения");

        let page = ivan.opens(&debt).await;
        page.shows("15.12.2026").shows("15.01.2027").shows("15.02.2027").shows("411,52").shows("нужно оплатить");
        page.hides("Попросить рассрочку").hides("оплачено</span>");
        let pay = format!("/accounts/{account}/pay?part=instalment");
        page.shows(&pay);
        ivan.opens(&pay).await.is(200).shows("value=\"411,52\"");
        assert_eq!(portal.letter_link(IVAN, "/accounts/").await, debt);
        let letters = portal.mail.messages();
        assert!(letters.iter().any(|letter| letter.body.contains("1. До 15 декабря 2026 — 411,52")));

        portal.billing_brings_payment("2026-11-20", "500,00").await;
        let page = ivan.opens(&debt).await;
        page.shows("оплачено</span>").shows("оплачено частично").shows("323,04").shows("734,56");
        ivan.opens(&pay).await.shows("value=\"323,04\"");
        olga.opens(&plan).await.shows("График").shows("оплачено частично").hides("Согласовать рассрочку");
        for event in ["Запрошена рассрочка", "Оператор согласовал рассрочку"] {
            ivan.opens("/settings/events").await.shows(event);
        }
    }

    async fn a_payment_in_the_portal_pays_a_part_too(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (ivan, account) = portal.debtor().await;
        has_a_plan(&ivan, &account).await;
        ivan.pays(&account, "411,52").await.is(303);
        let paid = payment(&ivan).await;
        portal.bank.approves(&paid.acquirer_payment_id.expect("the bank answered"));
        ivan.opens(&format!("/payments/{}", paid.id)).await.shows("Платёж принят");
        ivan.opens(&debt_of(&account)).await.shows("оплачено</span>").shows("823,04").hides("оплачено частично");
    }

    async fn the_receipt_has_the_part_that_is_due_with_it(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (ivan, account) = portal.debtor().await;
        has_a_plan(&ivan, &account).await;
        let november = format!("{CHARGES}{INDEBTED};2026-11;Газоснабжение природным газом;1234,56;200,00;0;1434,56\n");
        portal.billing_brings(Kind::Charges, &november).await;
        let line = portal.receipt(&account, "2026-11").await.instalment.unwrap();
        assert_eq!((line.part.number, line.months, line.part.sum), (1, 3, Money::from_kopecks(41_152)));
        assert_eq!(line.payable, Money::from_kopecks(61_152), "the charges of 200 ₽ and this part");
        assert_eq!(portal.receipt(&account, "2026-10").await.instalment, None);
        ivan.opens(&format!("/accounts/{account}/receipts/2026-11.pdf")).await.is(200);
    }

    async fn a_refusal_says_why_and_another_plan_can_be_asked_for(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (ivan, account) = portal.debtor().await;
        asks(&ivan, &account).await;
        let olga = portal.operator("olga").await;
        let plan = first_plan(&olga).await;
        olga.posts(&format!("{plan}/refuse"), &[("reason", "Срок слишком длинный")]).await.leads_to(LIST);
        let page = ivan.opens(&debt_of(&account)).await;
        page.shows("В рассрочке отказано").shows("Срок слишком длинный").shows("Попросить рассрочку");
        portal.delivers().await;
        let letters = portal.mail.messages();
        assert!(letters.iter().any(|letter| letter.body.contains("Причина: Срок слишком длинный")));
        olga.opens(&plan).await.shows("Причина отказа").hides("Согласовать рассрочку");
        asks(&ivan, &account).await;
        ivan.opens(&debt_of(&account)).await.shows("Запрос на рассмотрении").hides("В рассрочке отказано");
    }

    async fn a_request_is_withdrawn_before_the_decision_and_then_nobody_decides_it(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (ivan, account) = portal.debtor().await;
        asks(&ivan, &account).await;
        let olga = portal.operator("olga").await;
        let plan = first_plan(&olga).await;
        let id = plan.rsplit('/').next().unwrap();
        let withdraw = format!("{}/instalments/withdraw", debt_of(&account));
        ivan.opens(&withdraw).await.leads_to(&debt_of(&account));
        ivan.posts(&withdraw, &[("plan_id", id)]).await.leads_to(&debt_of(&account));
        let page = ivan.opens(&debt_of(&account)).await;
        page.shows("Запрос на рассрочку отозван").shows("Попросить рассрочку").hides("Запрос на рассмотрении");
        ivan.calls(WithdrawInstalments::PATH, &[("account_id", account.as_str()), ("plan_id", id)]).await
            .leads_to(&debt_of(&account));
        ivan.opens(&debt_of(&account)).await.shows("Этот запрос уже не на рассмотрении");
        olga.posts(&format!("{plan}/agree"), &[("months", "3")]).await.leads_to(&plan);
        olga.opens(&plan).await.shows("абонент отозвал запрос").shows("отозвана");
        assert_eq!(portal.dump("instalments").await, "");
    }

    async fn a_double_submit_asks_once(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (ivan, account) = portal.debtor().await;
        let debt = debt_of(&account);
        let (one, other) = at_once(ivan.posts(&debt, &SIX_MONTHS), ivan.posts(&debt, &SIX_MONTHS));
        one.leads_to(&debt);
        other.leads_to(&debt);
        asks(&ivan, &account).await;
        ivan.opens(&debt).await.shows("Запрос на рассрочку уже на рассмотрении");
        assert_eq!(portal.dump("instalment_plans").await.lines().count(), 1);
    }

    async fn a_running_plan_excludes_another_and_a_broken_one_does_not(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (ivan, account) = portal.debtor().await;
        has_a_plan(&ivan, &account).await;
        asks(&ivan, &account).await;
        ivan.opens(&debt_of(&account)).await.shows("Рассрочка по этому счёту уже действует");
        portal.passes(Span::days(60));
        ivan.signs_in(IVAN, "gaz2026").await;
        let page = ivan.opens(&debt_of(&account)).await;
        page.shows("График рассрочки нарушен").shows("просрочено").shows("Попросить рассрочку");
        asks(&ivan, &account).await;
        let plans = portal.dump("instalment_plans").await;
        assert!(plans.contains("|broken|") && plans.contains("|asked|"), "{plans}");
    }

    async fn a_paid_plan_says_so(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (ivan, account) = portal.debtor().await;
        has_a_plan(&ivan, &account).await;
        portal.billing_brings_payment("2026-11-20", "1234,56").await;
        let page = ivan.opens(&debt_of(&account)).await;
        page.shows("Рассрочка выплачена").shows("Долга нет").hides("Попросить рассрочку");
    }

    async fn without_an_overdue_debt_there_is_no_plan(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let masha = portal.person("masha@example.ru").await;
        let account = masha.linked(MASHAS).await;
        masha.enters_pin(&account, "87654321").await.leads_to("/accounts/");
        let november = format!("{CHARGES}{MASHAS};2026-11;Газ;0;300,00;0;300,00\n");
        portal.billing_brings(Kind::Charges, &november).await;
        masha.opens(&debt_of(&account)).await.is(200).hides("Попросить рассрочку");
        masha.posts(&debt_of(&account), &SIX_MONTHS).await.leads_to(&debt_of(&account));
        masha.opens(&debt_of(&account)).await.shows("Просроченного долга нет");
        assert_eq!(portal.dump("instalment_plans").await, "");
    }

    async fn in_lite_access_and_for_others_there_is_no_plan(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (ivan, masha) = (portal.person(IVAN).await, portal.person("masha@example.ru").await);
        let account = ivan.linked(INDEBTED).await;
        let form = [("account_id", account.as_str()), ("months", "6")];
        ivan.posts(&debt_of(&account), &SIX_MONTHS).await.leads_to(&format!("/accounts/{account}?closed=1"));
        ivan.calls(AskInstalments::PATH, &form).await.fails(ApiError::Closed);
        ivan.calls(WithdrawInstalments::PATH, &form).await.fails(ApiError::Closed);
        masha.posts(&debt_of(&account), &SIX_MONTHS).await.is(404);
        masha.calls(AskInstalments::PATH, &form).await.fails(ApiError::NotFound);
        portal.browser().posts(&debt_of(&account), &SIX_MONTHS).await.leads_to("/sign-in");
        assert_eq!(portal.dump("instalment_plans").await, "");
    }

    async fn another_owner_of_the_account_sees_the_request_and_cannot_withdraw_it(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (ivan, account) = portal.debtor().await;
        let anna = portal.person("anna@example.ru").await;
        anna.has_full_access().await;
        asks(&ivan, &account).await;
        anna.opens(&debt_of(&account)).await.shows("Запрос на рассмотрении").hides("Отозвать запрос");
        let plan = first_plan(&portal.operator("olga").await).await;
        let id = plan.rsplit('/').next().unwrap();
        let withdraw = format!("{}/instalments/withdraw", debt_of(&account));
        anna.posts(&withdraw, &[("plan_id", id)]).await.leads_to(&debt_of(&account));
        ivan.opens(&debt_of(&account)).await.shows("Запрос на рассмотрении");
    }

    async fn wrong_fields_are_refused_the_same_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (ivan, account) = portal.debtor().await;
        let debt = debt_of(&account);
        let ask = (AskInstalments::PATH, debt.as_str());
        for months in ["", "1", "13", "шесть"] {
            let form = [("account_id", account.as_str()), ("months", months)];
            ivan.is_refused_both_ways(ask, &form, ("months", "Выберите срок")).await;
        }
        let note = "а".repeat(501);
        let form = [("account_id", account.as_str()), ("months", "6"), ("note", &note)];
        ivan.is_refused_both_ways(ask, &form, ("note", "не больше 500 знаков")).await;
        asks(&ivan, &account).await;

        let olga = portal.operator("olga").await;
        let plan = first_plan(&olga).await;
        let id = plan.rsplit('/').next().unwrap();
        let (agree, refuse) = (format!("{plan}/agree"), format!("{plan}/refuse"));
        let agree = (AgreeInstalments::PATH, agree.as_str());
        olga.is_refused_both_ways(agree, &[("plan_id", id), ("months", "1")], ("months", "Выберите срок")).await;
        let refuse = (RefuseInstalments::PATH, refuse.as_str());
        olga.is_refused_both_ways(refuse, &[("plan_id", id), ("reason", " ")], ("reason", "почему отказано")).await;
        olga.opens(LIST).await.shows("ждёт решения");
    }

    async fn too_many_requests_have_to_wait(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (ivan, account) = portal.debtor().await;
        let login = Login::parse(IVAN).unwrap();
        let user = users::by_login(&mut portal.services.db().read().await.unwrap(), &login).await.unwrap().unwrap();
        INSTALMENTS_USER.fill(&portal.services, user.id.as_str()).await;
        ivan.posts(&debt_of(&account), &SIX_MONTHS).await.is(422).shows("Слишком много попыток");
        assert_eq!(portal.dump("instalment_plans").await, "");
    }

    async fn an_operator_outside_the_scope_sees_and_decides_nothing(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (ivan, account) = portal.debtor().await;
        asks(&ivan, &account).await;
        let olga = portal.operator("olga").await;
        let plan = first_plan(&olga).await;
        let id = plan.rsplit('/').next().unwrap();
        let other = "code;name;region;account_length\nufa-gas;Газ Уфа;Башкортостан;8\n";
        portal.billing_brings(Kind::Providers, other).await;
        let pavel = portal.operator_with("pavel", None, &["ufa-gas"]).await;
        pavel.opens(LIST).await.is(200).shows("Запросов нет").hides(INDEBTED);
        pavel.opens(&plan).await.is(404);
        pavel.posts(&format!("{plan}/agree"), &[("months", "3")]).await.is(404);
        pavel.posts(&format!("{plan}/refuse"), &[("reason", "нет")]).await.is(404);
        pavel.calls(AgreeInstalments::PATH, &[("plan_id", id), ("months", "3")]).await.fails(ApiError::NotFound);
        pavel.calls(RefuseInstalments::PATH, &[("plan_id", id), ("reason", "x")]).await.fails(ApiError::NotFound);
        ivan.calls(AgreeInstalments::PATH, &[("plan_id", id), ("months", "3")]).await.fails(ApiError::SignedOut);
        olga.opens(LIST).await.shows("ждёт решения");
    }

    async fn an_operator_does_not_decide_about_themselves(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (ivan, account) = portal.debtor().await;
        asks(&ivan, &account).await;
        let ivan_at_work = portal.operator_with("ivan", Some(IVAN), &[]).await;
        let plan = first_plan(&ivan_at_work).await;
        ivan_at_work.posts(&format!("{plan}/agree"), &[("months", "3")]).await.leads_to(&plan);
        ivan_at_work.opens(&plan).await.shows("решение примет другой сотрудник").shows("ждёт решения");
    }

    async fn a_debt_that_is_paid_before_the_decision_is_not_divided(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (ivan, account) = portal.debtor().await;
        asks(&ivan, &account).await;
        let olga = portal.operator("olga").await;
        let plan = first_plan(&olga).await;
        portal.billing_brings_payment("2026-11-20", "1234,56").await;
        olga.opens(&plan).await.is(200).shows("Просроченного долга уже нет").hides("Согласовать рассрочку");
        olga.posts(&format!("{plan}/agree"), &[("months", "3")]).await.leads_to(&plan);
        olga.opens(&plan).await.shows("ждёт решения");
        assert_eq!(portal.dump("instalments").await, "");
    }

    async fn a_person_who_has_unlinked_the_account_gets_no_plan(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (ivan, account) = portal.debtor().await;
        asks(&ivan, &account).await;
        let olga = portal.operator("olga").await;
        let plan = first_plan(&olga).await;
        ivan.posts(&format!("/settings/unlink/{account}"), &[]).await.is(303);
        olga.posts(&format!("{plan}/agree"), &[("months", "3")]).await.leads_to(&plan);
        olga.opens(&plan).await.shows("отключил этот лицевой счёт").shows("ждёт решения");
    }
}
