//! M6 and M7: paying by card and printing the receipt; M9: the pages after it.

use super::portal::{INDEBTED, MASHAS, Person, Portal};
use crate::domain::calendar::Span;
use crate::domain::id::{AccountId, PaymentId};
use crate::domain::payment::{CancelReason, PaymentState};
use crate::exchange::Kind;
use crate::service::payments::poll;
use crate::storage::testing::{TestDatabase, on_both_engines};

/// The only payment of the person's account.
pub(super) async fn payment(person: &Person<'_>) -> crate::domain::payment::Payment {
    let mut connection = person.portal.services.db().read().await.unwrap();
    let order = person.portal.bank.orders().pop().expect("the bank has an order");
    let id = PaymentId::parse(&order.payment_id).unwrap();
    crate::storage::payments::by_id(&mut connection, &id).await.unwrap().unwrap()
}

/// Begins a payment of 100 ₽ and returns its identifier at the bank.
pub(super) async fn begins(person: &Person<'_>, account: &AccountId) -> String {
    person.pays(account, "100").await.is(303);
    payment(person).await.acquirer_payment_id.expect("the bank answered")
}

/// Pays 100 ₽, the bank approves, the person comes back; returns the payment's identifier at the bank.
pub(super) async fn pays_to_the_end(person: &Person<'_>, account: &AccountId) -> String {
    let at_bank = begins(person, account).await;
    person.portal.bank.approves(&at_bank);
    comes_back(person).await;
    at_bank
}

/// Comes back from the bank to a payment that succeeded.
async fn comes_back(person: &Person<'_>) {
    person.opens(&format!("/payments/{}", payment(person).await.id)).await.shows("Платёж принят");
}

on_both_engines! {
    async fn the_questions_of_islands_are_refused_with_a_status_of_their_own(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        begins(&ivan, &account).await;
        let status = format!("/api/payment-status?payment_id={}", payment(&ivan).await.id);
        let anna = portal.person("anna@example.ru").await;
        let guest = portal.browser();
        ivan.opens(&status).await.is(200);
        anna.opens(&status).await.is(404);
        anna.opens("/api/payment-status?payment_id=x").await.is(404);
        guest.opens(&status).await.is(401);
        guest.opens("/api/providers?query=a").await.is(401);
        anna.opens("/api/providers?query=a").await.is(200);
        anna.opens("/api/providers").await.is(400);
    }

    async fn the_sum_is_prefilled_with_what_is_due(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        let page = ivan.opens(&format!("/accounts/{account}/pay")).await;
        page.is(200).shows("К ОПЛАТЕ ").shows("1\u{a0}234,56\u{a0}рублей").shows("Сумма к оплате");
    }

    async fn all_that_is_owed_and_the_last_month_alone_are_offered(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        let page = ivan.opens(&format!("/accounts/{account}/pay")).await;
        page.shows("Весь долг: 1\u{a0}234,56").shows("За октябрь 2026: 734,56").shows("Своя сумма");
        let at_bank = begins(&ivan, &account).await;
        portal.bank.approves(&at_bank);
        ivan.opens(&format!("/payments/{}", payment(&ivan).await.id)).await.shows("Платёж принят");
        let page = ivan.opens(&format!("/accounts/{account}/pay")).await;
        page.shows("Весь долг: 1\u{a0}134,56").hides("За октябрь 2026");
    }

    async fn sums_that_cannot_be_paid_are_named_and_nothing_reaches_the_bank(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        for (sum, words) in [
            ("", "Введите сумму"), ("1e5", "цифрами"), ("-1", "меньше 1 рубля"), ("0,001", "не больше двух цифр"),
            ("100000,01", "не больше 100 000 рублей"), ("<script>", "цифрами"), ("🙂", "цифрами"),
        ] {
            ivan.pays(&account, sum).await.is(422).shows(words).shows("<title>Ошибка: ");
        }
        assert!(portal.bank.orders().is_empty());
    }

    async fn a_payment_is_learned_on_return(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        let at_bank = begins(&ivan, &account).await;
        let page = format!("/payments/{}", payment(&ivan).await.id);
        ivan.opens(&page).await.shows("Платёж ожидает оплаты");
        portal.bank.approves(&at_bank);
        ivan.opens(&page).await.shows("Платёж ожидает оплаты");
        portal.passes(Span::seconds(3));
        ivan.opens(&page).await.shows("Платёж принят").shows("Банк принял оплату");
        ivan.opens("/accounts").await.shows("1\u{a0}134,56");
        portal.delivers().await;
        let letter = portal.mail.last_to("ivan@example.ru").unwrap();
        assert_eq!(letter.subject, "Платёж 100,00\u{a0}₽ принят");
    }

    async fn a_payment_survives_the_closed_tab_by_notice_and_by_poll(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        let noticed = begins(&ivan, &account).await;
        portal.bank.approves(&noticed);
        let notice = format!(
            r#"{{"type":"notification","event":"payment.succeeded","object":{{"id":"{noticed}","status":"succeeded"}}}}"#
        );
        let machine = portal.browser();
        for _ in 0..3 {
            let request = machine.request("POST", "/webhooks/yookassa").header("content-type", "application/json");
            machine.sends(request.body(notice.clone().into()).unwrap()).await.is(200);
        }
        assert_eq!(payment(&ivan).await.state, PaymentState::Succeeded);

        portal.passes(Span::minutes(20));
        let polled = begins(&ivan, &account).await;
        portal.bank.approves(&polled);
        portal.passes(Span::seconds(60));
        poll(&portal.services).await.unwrap();
        assert_eq!(payment(&ivan).await.state, PaymentState::Succeeded);
        portal.delivers().await;
        let told = portal.mail.messages().iter().filter(|letter| letter.subject.ends_with("принят")).count();
        assert_eq!(told, 2, "each payment is told once");
    }

    async fn another_sum_of_the_acquirer_holds_up_its_own_payment_only(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        let wrong = begins(&ivan, &account).await;
        let (wrong_id, page) = (payment(&ivan).await.id, format!("/payments/{}", payment(&ivan).await.id));
        let anna = portal.person("anna@example.ru").await;
        let right = begins(&anna, &anna.linked(MASHAS).await).await;
        portal.bank.names_another_sum(&wrong);
        portal.bank.approves(&wrong);
        portal.bank.approves(&right);
        portal.passes(Span::seconds(30));
        assert_eq!(poll(&portal.services).await.unwrap(), 2, "the round does not fail");
        assert_eq!(payment(&anna).await.state, PaymentState::Succeeded);
        portal.passes(Span::seconds(10));
        ivan.opens(&page).await.is(200).shows("Платёж ожидает оплаты");
        let notice = format!(
            r#"{{"type":"notification","event":"payment.succeeded","object":{{"id":"{wrong}","status":"succeeded"}}}}"#
        );
        let request = ivan.request("POST", "/webhooks/yookassa").header("content-type", "application/json");
        ivan.sends(request.body(notice.into()).unwrap()).await.is(200);
        let asked = portal.bank.gets(&wrong);
        portal.passes(Span::seconds(30));
        poll(&portal.services).await.unwrap();
        assert_eq!(portal.bank.gets(&wrong), asked + 1, "the next question is planned");
        let mut connection = portal.services.db().read().await.unwrap();
        let kept = crate::storage::payments::by_id(&mut connection, &wrong_id).await.unwrap().unwrap();
        assert_eq!(kept.state, PaymentState::Pending);
    }

    async fn the_pages_of_one_person_ask_the_acquirer_forty_times_a_minute_at_most(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        let mut at_bank = Vec::new();
        for number in 0..5 {
            let key = format!("a-payment-of-many-000{number}");
            ivan.posts(&format!("/accounts/{account}/pay"), &[("amount", "100"), ("key", &key), ("again", "yes")]).await;
            let payment = payment(&ivan).await;
            at_bank.push((payment.id, payment.acquirer_payment_id.unwrap()));
        }
        // Within a minute each of five payments could be queried about twenty times.
        for _ in 0..15 {
            for (id, _) in &at_bank {
                ivan.opens(&format!("/payments/{id}")).await.is(200);
                ivan.opens(&format!("/payments/{id}")).await.is(200);
            }
            portal.passes(Span::seconds(3));
        }
        let asked = at_bank.iter().map(|(_, id)| portal.bank.gets(id)).sum::<usize>();
        assert_eq!(asked, 40);
    }

    async fn a_late_refusal_does_not_undo_a_paid_one(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        let at_bank = pays_to_the_end(&ivan, &account).await;
        portal.bank.refuses(&at_bank, CancelReason::Other);
        comes_back(&ivan).await;
    }

    async fn a_refusal_tells_the_reason_and_that_no_money_was_taken(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        let at_bank = begins(&ivan, &account).await;
        portal.bank.refuses(&at_bank, CancelReason::InsufficientFunds);
        let page = ivan.opens(&format!("/payments/{}", payment(&ivan).await.id)).await;
        page.shows("Деньги не списаны").shows("не хватило денег").shows("Попробовать ещё раз");
        let again = format!("/accounts/{account}/pay?again_of={}", payment(&ivan).await.id);
        page.shows(&again);
        ivan.opens(&again).await.is(200).shows("value=\"100,00\"").hides("name=\"again\"");
    }

    async fn the_form_takes_the_sum_of_the_users_own_payment_of_that_account_only(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        begins(&ivan, &account).await;
        let id = payment(&ivan).await.id;
        let other = ivan.linked(MASHAS).await;
        let anna = portal.person("anna@example.ru").await;
        let annas = anna.linked(INDEBTED).await;
        for query in ["repeats", "again_of"] {
            ivan.opens(&format!("/accounts/{account}/pay?{query}={id}")).await.is(200);
            ivan.opens(&format!("/accounts/{other}/pay?{query}={id}")).await.is(404);
            ivan.opens(&format!("/accounts/{account}/pay?{query}=x")).await.is(404);
            anna.opens(&format!("/accounts/{annas}/pay?{query}={id}")).await.is(404);
        }
    }

    async fn a_waiting_page_loads_itself_anew_ever_more_rarely(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        begins(&ivan, &account).await;
        let page = format!("/payments/{}", payment(&ivan).await.id);
        let refresh = |seconds: u32| format!("http-equiv=\"refresh\" content=\"{seconds}\"");
        ivan.opens(&page).await.shows(&refresh(5)).shows("Проверить состояние");
        portal.passes(Span::minutes(2));
        ivan.opens(&page).await.shows(&refresh(15));
        portal.passes(Span::minutes(28));
        ivan.opens(&page).await.is(200).hides("http-equiv=\"refresh\"").shows("Проверить состояние");
    }

    async fn one_form_sent_twice_is_one_payment(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        let page = format!("/accounts/{account}/pay");
        let form = [("amount", "100"), ("key", "aaaaaaaaaaaaaaaaaaaaaaaaa1")];
        let taps = futures::future::join_all((0..10).map(|_| ivan.posts(&page, &form))).await;
        assert!(taps.iter().all(|reply| reply.status.is_redirection()));
        assert_eq!(portal.bank.orders().len(), 1);
    }

    async fn a_lost_answer_of_the_bank_is_asked_for_under_the_same_key(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        portal.bank.goes_silent();
        ivan.pays(&account, "100").await.leads_to("/payments/");
        portal.bank.answers_again();
        portal.passes(Span::seconds(60));
        poll(&portal.services).await.unwrap();
        let payment = payment(&ivan).await;
        assert_eq!(payment.state, PaymentState::Pending);
        assert_eq!(portal.bank.orders().len(), 1, "the money is asked for once");
        assert!(portal.bank.creates(&payment.idempotency_key) >= 2);
    }

    async fn anothers_payment_is_not_there(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        begins(&ivan, &account).await;
        let masha = portal.person("masha@example.ru").await;
        masha.opens(&format!("/payments/{}", payment(&ivan).await.id)).await.is(404);
    }

    async fn what_billing_brings_back_is_not_counted_twice(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        let at_bank = pays_to_the_end(&ivan, &account).await;
        let registry =
            format!("account;date;amount;operation_id;source\n{INDEBTED};2026-11-22;100,00;{at_bank};Кабинет\n");
        portal.billing_brings(Kind::Payments, &registry).await;
        assert_eq!(payment(&ivan).await.state, PaymentState::Credited);
        ivan.opens("/accounts").await.shows("1\u{a0}134,56");
        ivan.opens(&format!("/accounts/{account}/payments")).await.shows("22.11.2026").hides("Личный кабинет</td>");
    }

    async fn a_payment_that_the_closed_month_counts_is_not_taken_off_twice(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        pays_to_the_end(&ivan, &account).await;
        let november = format!(
            "account;period;service;opening;charged;paid;closing\n\
             {INDEBTED};2026-11;Газоснабжение природным газом;1234,56;200,00;100,00;1334,56\n"
        );
        portal.billing_brings(Kind::Charges, &november).await;
        ivan.opens("/accounts").await.shows("1\u{a0}334,56").hides("Учтена оплата");
    }

    async fn a_payment_that_billing_names_before_the_bank_answers_is_counted_once(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        let at_bank = begins(&ivan, &account).await;
        let registry =
            format!("account;date;amount;operation_id;source\n{INDEBTED};2026-11-22;100,00;{at_bank};Кабинет\n");
        portal.billing_brings(Kind::Payments, &registry).await;
        portal.bank.approves(&at_bank);
        comes_back(&ivan).await;
        assert_eq!(payment(&ivan).await.state, PaymentState::Credited);
        ivan.opens("/accounts").await.shows("1\u{a0}134,56");
    }

    async fn a_second_payment_while_the_first_is_under_way_is_asked_about(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        let page = format!("/accounts/{account}/pay");
        let tab = |key| [("amount", "100"), ("key", key), ("again", "")];
        ivan.posts(&page, &tab("one-tab-of-two-00001")).await.is(303);
        let asked = ivan.posts(&page, &tab("one-tab-of-two-00002")).await;
        let question = asked.leads_to(&format!("{page}?repeats=")).location.clone().unwrap();
        let asked = ivan.opens(&question).await;
        asked.is(200).shows("Платёж на 100,00\u{a0}₽ ещё не закончен").shows("name=\"again\"").shows("value=\"100,00\"");
        asked.shows(&format!("/payments/{}", payment(&ivan).await.id));
        assert_eq!(portal.bank.orders().len(), 1, "nothing more was asked for");
        let meant = [("amount", "100"), ("key", "one-tab-of-two-00003"), ("again", "yes")];
        ivan.posts(&page, &meant).await.is(303);
        assert_eq!(portal.bank.orders().len(), 2);
    }

    async fn the_same_sum_just_after_it_was_paid_is_asked_about(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        pays_to_the_end(&ivan, &account).await;
        let asked = ivan.pays(&account, "100").await;
        let question = asked.leads_to(&format!("/accounts/{account}/pay?repeats=")).location.clone().unwrap();
        ivan.opens(&question).await.is(200).shows("Вы только что заплатили 100,00\u{a0}₽");
        ivan.pays(&account, "200").await.leads_to("https://");
    }

    async fn another_sum_in_a_form_sent_before_is_another_payment(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        let page = format!("/accounts/{account}/pay");
        ivan.posts(&page, &[("amount", "1500"), ("key", "aaaaaaaaaaaaaaaaaaaaaaaaa1")]).await.is(303);
        let asked = ivan.posts(&page, &[("amount", "150"), ("key", "aaaaaaaaaaaaaaaaaaaaaaaaa1")]).await;
        let question = asked.leads_to(&format!("{page}?repeats=")).location.clone().unwrap();
        ivan.opens(&question).await.is(200).shows("ещё не закончен").hides("value=\"1\u{a0}500,00\"");
        ivan.posts(&page, &[("amount", "150"), ("key", "aaaaaaaaaaaaaaaaaaaaaaaaa1"), ("again", "yes")]).await.is(303);
        let sums: Vec<String> = portal.bank.orders().iter().map(|order| order.amount.plain()).collect();
        assert_eq!(sums, ["1\u{a0}500,00", "150,00"]);
    }

    async fn settlements_show_every_month_and_its_arithmetic(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        let page = ivan.opens(&format!("/accounts/{account}/settlements")).await;
        page.is(200).shows("октябрь 2026").shows("сентябрь 2026").shows("734,56").shows("1\u{a0}000,00");
        page.shows("Подробно за октябрь 2026").hides("Более ранние месяцы");
        let september = ivan.opens(&format!("/accounts/{account}/settlements?month=2026-09")).await;
        september.is(200).shows("Подробно за сентябрь 2026");
        let absent = ivan.opens(&format!("/accounts/{account}/settlements?month=2019-03")).await;
        absent.is(200).shows("За март 2019 начислений нет").shows("Подробно за октябрь 2026");
        ivan.opens(&format!("/accounts/{account}/payments")).await.is(200).shows("Платежей пока нет");
        ivan.opens(&format!("/accounts/{account}/readings")).await.is(200).shows("Прибора учёта нет");
    }

    async fn settlements_of_many_years_are_leafed_through_by_the_year(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        let years = [2023, 2024, 2025];
        let month = |year, month| format!("{INDEBTED};{year}-{month:02};Газ;0;7,00;7,00;0\n");
        let rows: String = years.into_iter().flat_map(|year| (1..=12).map(move |number| month(year, number))).collect();
        let rows = rows.replace("2025-02;Газ;0;7,00;7,00;0", "2025-02;Газ;0;7,00;2,00;5,00");
        let charges = format!("account;period;service;opening;charged;paid;closing\n{rows}");
        portal.billing_brings(Kind::Charges, &charges).await;
        let page = |month: &str| format!("/accounts/{account}/settlements?month={month}");
        let newest = ivan.opens(&page("2026-10")).await;
        newest.is(200).shows("март 2025").hides("февраль 2025").shows("Более ранние").hides("Более поздние");
        newest.shows("?month=2025-02").shows("(есть расхождение)");
        let middle = ivan.opens(&page("2025-02")).await;
        middle.is(200).shows("Подробно за февраль 2025").shows("март 2024").hides("февраль 2024");
        middle.shows("?month=2024-02").shows("?month=2026-10").hides("(есть расхождение)");
        let oldest = ivan.opens(&page("2023-01")).await;
        oldest.is(200).shows("Подробно за январь 2023").hides("Более ранние").shows("Более поздние");
    }

    async fn a_service_that_does_not_continue_its_last_month_says_so(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        let november = format!(
            "account;period;service;opening;charged;paid;closing\n\
             {INDEBTED};2026-11;Газ;10,00;0;0;10,00\n{INDEBTED};2026-11;Вода;20,00;0;0;20,00\n\
             {INDEBTED};2026-12;Газ;20,00;0;0;20,00\n{INDEBTED};2026-12;Вода;10,00;0;0;10,00\n"
        );
        portal.billing_brings(Kind::Charges, &november).await;
        let page = ivan.opens(&format!("/accounts/{account}/settlements?month=2026-12")).await;
        page.is(200).shows("По этой услуге за ноябрь 2026 на конец месяца было").hides("Начало месяца не совпадает");
        let page = ivan.opens(&format!("/accounts/{account}/settlements?month=2026-11")).await;
        page.is(200).shows("Начало месяца не совпадает с концом предыдущего");
    }

    async fn payments_stand_newest_first_whoever_took_them(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        begins(&ivan, &account).await;
        portal.passes(Span::days(2));
        let registry = format!(
            "account;date;amount;operation_id;source\n\
             {INDEBTED};2026-11-24;50,00;a;Почта\n{INDEBTED};2026-11-20;60,00;b;Касса\n"
        );
        portal.billing_brings(Kind::Payments, &registry).await;
        ivan.signs_in("ivan@example.ru", "gaz2026").await;
        let page = ivan.opens(&format!("/accounts/{account}/payments")).await;
        let text = page.is(200).text();
        let at = |day: &str| text.find(day).unwrap_or_else(|| panic!("no payment of {day}"));
        assert!(at("24.11.2026") < at("22.11.2026") && at("22.11.2026") < at("20.11.2026"));
    }

    async fn an_account_without_charges_has_the_form_of_the_receipt_too(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let masha = portal.person("masha@example.ru").await;
        let account = masha.linked(MASHAS).await;
        masha.enters_pin(&account, "87654321").await.leads_to("/accounts/");
        let page = format!("/accounts/{account}/receipt");
        masha.opens(&page).await.is(200).shows("СФОРМИРОВАТЬ").shows("Квитанций пока нет");
        masha.posts(&page, &[("period", "2026-11")]).await.leads_to(&format!("{page}?period=2026-11"));
        masha.opens(&format!("{page}?period=2026-11")).await.is(200).shows("За указанный период нет начислений");
    }

    async fn the_receipt_is_a_pdf_and_a_month_without_charges_is_told(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        let page = format!("/accounts/{account}/receipt");
        let first = ivan.opens(&page).await;
        first.is(200).shows("СФОРМИРОВАТЬ").shows("Начислений за ноябрь 2026 пока нет").hides("Ошибка: ");
        first.shows("Квитанция за октябрь 2026");
        let absent = ivan.opens(&format!("{page}?period=2026-11")).await;
        absent.is(200).shows("За указанный период нет начислений").hides("Ошибка: ");
        ivan.opens(&format!("{page}?period=2026-11&formed=1")).await.hides("успешно сформирована");
        ivan.opens(&format!("{page}?period=2026-10")).await.is(200).hides("успешно сформирована").shows("ноябрь 2026");
        let formed = ivan.posts(&page, &[("period", "2026-10")]).await;
        assert_eq!(formed.location, Some(format!("{page}?period=2026-10&formed=1")));
        ivan.opens(&formed.location.unwrap()).await.is(200).shows("Квитанция успешно сформирована");
        let pdf = ivan.opens(&format!("/accounts/{account}/receipts/2026-10.pdf")).await;
        pdf.is(200);
        assert_eq!(pdf.headers["content-type"], "application/pdf");
        assert!(pdf.bytes.starts_with(b"%PDF-"));
        let preview = ivan.opens(&format!("/accounts/{account}/receipts/2026-10.svg")).await;
        preview.is(200);
        assert_eq!(preview.headers["content-type"], "image/svg+xml; charset=utf-8");
        let policy = preview.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("sandbox;"), "{policy}");
        assert!(preview.bytes.starts_with(b"<svg"));
        let none = ivan.opens(&format!("/accounts/{account}/receipts/2026-11.pdf")).await;
        none.is(404).shows("За указанный период нет начислений").shows("СФОРМИРОВАТЬ");
        ivan.opens(&format!("/accounts/{account}/receipts/2026-11.svg")).await.is(404);
        ivan.opens(&format!("/accounts/{account}/receipts/2026-13.pdf")).await.is(404);
    }
}
