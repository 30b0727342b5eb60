//! Operators: what they see, what they may not decide, and the end of their access.

use super::portal::{INDEBTED, MASHAS, PERM, Person, Portal, at_once, new_operator};
use crate::domain::calendar::Span;
use crate::domain::id::PinRequestId;
use crate::exchange::Kind;
use crate::service::Visitor;
use crate::service::operators::{self, Providers};
use crate::service::pin_decisions::{self, DecideError, Decider};
use crate::service::refused::Declined;
use crate::storage::testing::{TestDatabase, on_both_engines};

/// A provider without accounts in the town.
const OTHER: &str = "ufa-gas";
/// Rounds of a race: each starts both sides behind one barrier.
const ROUNDS: usize = 50;

async fn with_another_provider(portal: &Portal) {
    let file = "code;name;region;account_length\nufa-gas;Газ Уфа;Башкортостан;8\n".to_owned();
    portal.billing_brings(Kind::Providers, &file).await;
}

/// Requests a PIN with billing's own name and address.
async fn asks_for_pin(person: &Person<'_>, contact: &str) {
    let account = person.linked(INDEBTED).await;
    let form = [("name", "Соколова Анна Ивановна"), ("address", "Пермь, Береговая, 1"), ("contact", contact)];
    person.posts(&format!("/accounts/{account}/pin-request"), &form).await.leads_to("/accounts/");
}

/// The first form address with this ending on a page of the queue.
fn form_of(page: &str, end: &str) -> String {
    let at = page.find("/console/pin-requests/").expect("a request waits");
    let id: String = page[at + "/console/pin-requests/".len()..].chars().take(26).collect();
    format!("/console/pin-requests/{id}/{end}")
}

on_both_engines! {
    async fn weakness_7_an_operator_of_another_provider_sees_and_decides_nothing(database: TestDatabase) {
        let portal = Portal::open(database).await;
        with_another_provider(&portal).await;
        let ivan = portal.person("ivan@example.ru").await;
        asks_for_pin(&ivan, "other@example.ru").await;
        let sent = ivan.posts("/feedback", &[("subject", "Вопрос"), ("message", "Где платёж?")]).await;
        let thread = format!("/console{}", sent.location.unwrap());
        let ours = portal.operator_with("olga", None, &[PERM]).await;
        let foreign = portal.operator_with("pavel", None, &[OTHER]).await;
        let page = ours.opens("/console/pin-requests").await;
        page.shows(INDEBTED);
        foreign.opens("/console/pin-requests").await.shows("Запросов нет").hides(INDEBTED);
        foreign.opens("/console/feedback").await.shows("Обращений нет");
        foreign.opens(&thread).await.is(404).hides("Где платёж");
        foreign.posts(&thread, &[("message", "Ответ")]).await.is(404);
        let nothing = format!("/console/pin-requests/{}", portal.services.nature().id());
        for (end, form) in [
            ("approve", ("confirmed", "1")),
            ("approve", ("confirmed", "")),
            ("refuse", ("reason", "Нет")),
            ("refuse", ("reason", "")),
        ] {
            foreign.posts(&form_of(&page.text(), end), &[form]).await.is(404);
            foreign.posts(&format!("{nothing}/{end}"), &[form]).await.is(404);
        }
        assert_eq!(portal.dump("audit").await.matches("decision_refused").count(), 4, "each try is in the trail");
        ours.opens(&thread).await.is(200).shows("Где платёж");
        ours.posts(&form_of(&page.text(), "approve"), &[]).await.leads_to("/console/pin-requests");
    }

    async fn weakness_7_an_operator_sees_no_account_of_another_provider_beside_a_question(database: TestDatabase) {
        let portal = Portal::open(database).await;
        with_another_provider(&portal).await;
        let accounts = "account;address;subscriber;email;pin\n77000007;г. Уфа;Морозов;;12345678\n";
        portal.billing_of_brings(OTHER, Kind::Accounts, accounts).await;
        let ivan = portal.person("ivan@example.ru").await;
        ivan.linked(INDEBTED).await;
        ivan.posts("/accounts/link", &[("provider", OTHER), ("number", "77000007")]).await.leads_to("/accounts/");
        let sent = ivan.posts("/feedback", &[("subject", "Вопрос"), ("message", "Где платёж?")]).await;
        let thread = format!("/console{}", sent.location.unwrap());
        let of_perm = portal.operator_with("olga", None, &[PERM]).await;
        of_perm.opens(&thread).await.is(200).shows(INDEBTED).hides("77000007").hides("Газ Уфа");
        of_perm.posts(&thread, &[("message", "")]).await.is(422).hides("77000007");
        let of_ufa = portal.operator_with("pavel", None, &[OTHER]).await;
        of_ufa.opens(&thread).await.is(200).shows("77000007").hides(INDEBTED);
        portal.operator("nina").await.opens(&thread).await.shows("77000007").shows(INDEBTED);
    }

    async fn a_decision_under_way_sees_that_its_operator_was_disabled_or_lost_the_provider(database: TestDatabase) {
        let portal = Portal::open(database).await;
        with_another_provider(&portal).await;
        let ivan = portal.person("ivan@example.ru").await;
        asks_for_pin(&ivan, "other@example.ru").await;
        let olga = portal.operator_with("olga", None, &[PERM]).await;
        let page = olga.opens("/console/pin-requests").await.text();
        let id = PinRequestId::parse(form_of(&page, "approve").split('/').nth(3).unwrap()).unwrap();
        let operators = operators::list(&portal.services).await.unwrap();
        // A request of a browser that passed its check before the administrator's change.
        let scope = operators[0].operator.scope();
        let visitor = Visitor::at("10.0.0.1");
        let decider = Decider { scope: &scope, contact: None, subscriber_device: None, visitor: &visitor };
        let decides = async || pin_decisions::approve(&portal.services, decider, &id, true).await;
        operators::disable(&portal.services, "olga").await.unwrap();
        assert!(matches!(decides().await, Err(Declined::This(DecideError::NotFound))));
        operators::enable(&portal.services, "olga").await.unwrap();
        let gives = async |code: &str| {
            let codes = [code.to_owned()];
            operators::set_providers(&portal.services, "olga", Providers::Only(&codes)).await.unwrap();
        };
        gives(OTHER).await;
        assert!(matches!(decides().await, Err(Declined::This(DecideError::NotFound))));
        gives(PERM).await;
        assert!(decides().await.is_ok());
    }

    async fn a_page_behind_the_last_of_a_console_list_is_the_last(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        asks_for_pin(&ivan, "other@example.ru").await;
        ivan.posts("/feedback", &[("subject", "Вопрос"), ("message", "Где платёж?")]).await;
        let olga = portal.operator("olga").await;
        for page in ["0", "-1", "x", "2", "999", "9223372036854775807", "99999999999999999999"] {
            olga.opens(&format!("/console/pin-requests?page={page}")).await.is(200).shows(INDEBTED);
            olga.opens(&format!("/console/feedback?page={page}")).await.is(200).shows("Вопрос");
            olga.opens(&format!("/console/events?page={page}")).await.is(200).shows("Вход оператора");
            ivan.opens(&format!("/settings/events?page={page}")).await.is(200).shows("Подключён лицевой счёт");
            ivan.opens(&format!("/settings/payments?page={page}")).await.is(200);
        }
    }

    async fn a_request_without_a_name_in_billing_is_asked_about_in_the_words_of_its_table(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let accounts = "account;address;subscriber;email;pin\n59000777;г. Пермь;;;12345678\n";
        portal.billing_brings(Kind::Accounts, accounts).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.linked("59000777").await;
        let form = [("name", "Иванов Иван"), ("address", "Пермь"), ("contact", "ivan@example.ru")];
        ivan.posts(&format!("/accounts/{account}/pin-request"), &form).await.leads_to("/accounts/");
        let olga = portal.operator("olga").await;
        let approve = form_of(&olga.opens("/console/pin-requests").await.text(), "approve");
        let question = olga.posts(&approve, &[]).await.location.unwrap();
        let page = olga.opens(&question).await;
        page.is(200).shows("Не с чем сравнить").shows("нет имени абонента").hides("не совпадает");
    }

    async fn ending_a_session_that_is_not_there_leaves_no_event(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let olga = portal.operator("olga").await;
        let ivan = portal.person("ivan@example.ru").await;
        let nothing = portal.services.nature().id();
        olga.posts(&format!("/console/account/sessions/{nothing}"), &[]).await.leads_to("/console/account");
        ivan.posts(&format!("/settings/sessions/{nothing}"), &[]).await;
        assert!(!portal.dump("audit").await.contains("session_ended"));
    }

    async fn an_operator_reads_the_rule_of_a_password_before_a_mistake(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let olga = portal.operator("olga").await;
        olga.opens("/console/account").await.is(200).shows("От 10 любых знаков").shows("Ольга").shows("olga");
    }

    async fn a_user_without_accounts_is_answered_by_operators_of_all_providers(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        ivan.posts("/feedback", &[("subject", "Вопрос"), ("message", "Где мой счёт?")]).await;
        portal.operator_with("olga", None, &[PERM]).await.opens("/console/feedback").await.shows("Обращений нет");
        portal.operator("pavel").await.opens("/console/feedback").await.shows("Вопрос");
    }

    async fn weakness_7_a_disabled_operators_cookie_opens_nothing(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let olga = portal.operator("olga").await;
        olga.opens("/console/pin-requests").await.is(200);
        operators::disable(&portal.services, "olga").await.unwrap();
        olga.opens("/console/pin-requests").await.leads_to("/console/sign-in");
        operators::enable(&portal.services, "olga").await.unwrap();
        olga.opens("/console/pin-requests").await.leads_to("/console/sign-in");
    }

    async fn weakness_7_an_operator_does_not_approve_a_request_of_their_own(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let bob = portal.person("bob@example.ru").await;
        asks_for_pin(&bob, "bob@evil.example.ru").await;
        for (login, contact) in [("one", "bob@example.ru"), ("two", "bob@evil.example.ru")] {
            let operator = portal.operator_with(login, Some(contact), &[]).await;
            let page = operator.opens("/console/pin-requests").await.text();
            operator.posts(&form_of(&page, "approve"), &[]).await.leads_to("/console/pin-requests");
            operator.opens("/console/pin-requests").await.shows("собственный запрос").shows(INDEBTED);
        }
        portal.delivers().await;
        let letters = portal.mail.messages();
        assert!(!letters.iter().any(|letter| letter.body.contains("ПИН-код для лицевого")), "no PIN left");
    }

    async fn an_operator_does_not_approve_in_a_browser_where_the_applicant_signed_in(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let bob = portal.person("bob@example.ru").await;
        asks_for_pin(&bob, "bob@evil.example.ru").await;
        operators::add(&portal.services, new_operator("olga")).await.unwrap();
        bob.enters_console("olga").await;
        let page = bob.opens("/console/pin-requests").await.text();
        bob.posts(&form_of(&page, "approve"), &[]).await.leads_to("/console/pin-requests");
        bob.opens("/console/pin-requests").await.shows("собственный запрос");
    }

    async fn an_operator_does_not_approve_for_an_account_that_they_linked(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.person("olga@example.ru").await.linked(INDEBTED).await;
        let ivan = portal.person("ivan@example.ru").await;
        asks_for_pin(&ivan, "ivan@example.ru").await;
        let olga = portal.operator_with("olga", Some("olga@example.ru"), &[]).await;
        let page = olga.opens("/console/pin-requests").await.text();
        olga.posts(&form_of(&page, "approve"), &[]).await.leads_to("/console/pin-requests");
        olga.opens("/console/pin-requests").await.shows("собственный запрос");
    }

    async fn a_name_that_differs_is_asked_about_once_more(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.linked(MASHAS).await;
        let form = [("name", "Иванов Иван"), ("address", "Пермь, Береговая 2"), ("contact", "ivan@example.ru")];
        ivan.posts(&format!("/accounts/{account}/pin-request"), &form).await.leads_to("/accounts/");
        let olga = portal.operator("olga").await;
        let approve = form_of(&olga.opens("/console/pin-requests").await.text(), "approve");
        let question = olga.posts(&approve, &[]).await.location.unwrap();
        olga.opens(&question).await.is(200).shows("Имя не совпадает").shows("Всё равно отправить");
        portal.delivers().await;
        assert!(portal.mail.last_to("ivan@example.ru").is_none());
        olga.posts(&approve, &[("confirmed", "1")]).await.leads_to("/console/pin-requests");
    }

    async fn two_operators_who_decide_at_once_send_one_letter(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (olga, pavel) = (portal.operator("olga").await, portal.operator("pavel").await);
        for round in 1..=ROUNDS {
            let ivan = portal.person(&format!("ivan{round}@example.ru")).await;
            let contact = format!("to{round}@example.ru");
            asks_for_pin(&ivan, &contact).await;
            let approve = form_of(&olga.opens("/console/pin-requests").await.text(), "approve");
            at_once(olga.posts(&approve, &[]), pavel.posts(&approve, &[]));
            portal.delivers().await;
            let letters = portal.mail.messages().iter().filter(|letter| letter.to == contact).count();
            let decided = portal.dump("audit").await.matches("|pin_approved|").count();
            assert_eq!((letters, decided), (1, round), "round {round}");
            portal.passes(Span::minutes(1));
        }
    }

    async fn an_operator_changes_the_password_and_sees_what_was_done(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let olga = portal.operator("olga").await;
        let form = |current: &'static str, new: &'static str| [("current_password", current), ("new_password", new)];
        let old = crate::walks::portal::OPERATOR_PASSWORD;
        let change = "/console/account/password";
        olga.posts(change, &form("wrong-wrong", "kama-volga-belaya")).await.is(422).shows("не подошёл");
        olga.posts(change, &form(old, "short")).await.is(422).shows("слишком короткий");
        olga.posts(change, &form(old, "1234567890")).await.is(422).shows("слишком простой");
        olga.posts(change, &form(old, "kama-volga-belaya")).await.leads_to("/console/account");
        olga.opens("/console/events").await.is(200).shows("Пароль оператора изменён").shows("Вход оператора");
    }

    async fn a_user_does_not_fill_the_queue_by_linking_and_unlinking(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        for number in ["59000001", "59000002", "59000003", "59000004"] {
            let account = ivan.linked(number).await;
            let form = [("name", "Иван"), ("address", "Пермь"), ("contact", "a@example.ru")];
            ivan.posts(&format!("/accounts/{account}/pin-request"), &form).await.leads_to("/accounts/");
            ivan.posts(&format!("/settings/unlink/{account}"), &[]).await.leads_to("/settings");
        }
        portal.operator("olga").await.opens("/console/pin-requests").await.shows("Ждут решения: 3");
    }
}
