//! Linking, PINs, payments, receipts: the page's form and the server function give the same result.

use leptos::server_fn::ServerFn as _;

use super::portal::{INDEBTED, MASHAS, PERM, Portal};
use crate::api::ApiError;
use crate::api::links::{LinkAccount, UnlinkAccount};
use crate::api::payments::{BeginPayment, RefreshPayment};
use crate::api::pins::{EnterPin, RequestPin};
use crate::api::receipts::FormReceipt;
use crate::domain::calendar::Span;
use crate::domain::id::AccountId;
use crate::storage::testing::{TestDatabase, on_both_engines};

const LINK: (&str, &str) = (LinkAccount::PATH, "/accounts/link");

on_both_engines! {
    async fn linking_answers_the_same_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let wrong = [("provider", PERM), ("number", "59")];
        ivan.is_refused_both_ways(LINK, &wrong, ("number", "из 8 цифр")).await;
        ivan.is_refused_both_ways(LINK, &[("number", INDEBTED)], ("provider", "Выберите ресурсоснабжающую")).await;
        ivan.calls(LINK.0, &[("provider", PERM), ("number", INDEBTED)]).await.leads_to("/accounts/");
        ivan.opens("/accounts").await.shows(INDEBTED);
        ivan.posts(LINK.1, &[("provider", PERM), ("number", MASHAS)]).await.leads_to("/accounts/");
    }

    async fn a_guest_links_nothing_either_way(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let guest = portal.browser();
        let form = [("provider", PERM), ("number", INDEBTED)];
        guest.calls(LINK.0, &form).await.fails(ApiError::SignedOut).reply.is(401);
        guest.posts(LINK.1, &form).await.leads_to("/sign-in?next=%2Faccounts%2Flink&ended=1");
    }

    async fn a_request_for_a_pin_answers_the_same_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.linked(INDEBTED).await;
        let page = format!("/accounts/{account}/pin-request");
        let way = (RequestPin::PATH, page.as_str());
        let good = ("contact", "ivan@example.ru");
        let form = |name, address| [("account_id", account.as_str()), ("name", name), ("address", address), good];
        let long = "я".repeat(121);
        ivan.is_refused_both_ways(way, &form(&long, "Пермь"), ("name", "не больше 120 знаков")).await;
        ivan.is_refused_both_ways(way, &form("Соколова", ""), ("address", "Напишите адрес")).await;
        let no_contact = [("account_id", account.as_str()), ("name", "Соколова"), ("address", "Пермь")];
        ivan.is_refused_both_ways(way, &no_contact, ("contact", "Введите электронную почту")).await;
        ivan.calls(way.0, &form("Соколова", "Пермь")).await.leads_to(&format!("/accounts/{account}"));
        ivan.opens(&format!("/accounts/{account}")).await.shows("Запрос принят").shows("Запрос на рассмотрении");
        ivan.calls(way.0, &form("Соколова", "Пермь")).await.leads_to(&format!("/accounts/{account}"));
        ivan.opens(&format!("/accounts/{account}")).await.shows("Ваш запрос уже на рассмотрении");
    }

    async fn a_pin_answers_the_same_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.linked(INDEBTED).await;
        let page = format!("/accounts/{account}/pin");
        let way = (EnterPin::PATH, page.as_str());
        let form = |pin| [("account_id", account.as_str()), ("pin", pin)];
        ivan.is_refused_both_ways(way, &form(""), ("pin", "Введите ПИН-код")).await;
        ivan.is_refused_both_ways(way, &form("1234567"), ("pin", "из 8 цифр")).await;
        ivan.calls(way.0, &form("00000000")).await.refuses("pin", "Осталось попыток: 4");
        ivan.posts(way.1, &form("00000001")).await.is(422).shows("Осталось попыток: 3").hides("00000001");
        ivan.posts(way.1, &form("00000000")).await.is(422).shows("Осталось попыток: 3").hides("00000000");
        ivan.calls(way.0, &form("00000001")).await.refuses("pin", "Осталось попыток: 3");
        let before = ivan.session_cookie();
        ivan.calls(way.0, &form("12345678")).await.leads_to(&format!("/accounts/{account}"));
        assert_ne!(before, ivan.session_cookie());
        ivan.opens(&format!("/accounts/{account}")).await.shows("Поздравляем");
        ivan.calls(way.0, &form("12345678")).await.leads_to(&format!("/accounts/{account}"));
    }

    async fn the_last_wrong_pin_leads_to_the_closed_field_either_way(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.linked(INDEBTED).await;
        let page = format!("/accounts/{account}/pin");
        let form = |pin| [("account_id", account.as_str()), ("pin", pin)];
        for pin in ["00000001", "00000002", "00000003", "00000004"] {
            ivan.calls(EnterPin::PATH, &form(pin)).await.refuses("pin", "не подошёл");
        }
        ivan.calls(EnterPin::PATH, &form("00000005")).await.leads_to(&page);
        ivan.posts(&page, &form("00000005")).await.leads_to(&page);
        ivan.posts(&page, &form("00000006")).await.leads_to(&page);
    }

    async fn a_payment_begins_the_same_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.linked(INDEBTED).await;
        let page = format!("/accounts/{account}/pay");
        let way = (BeginPayment::PATH, page.as_str());
        let form = |amount, key, again| {
            [("account_id", account.as_str()), ("amount", amount), ("key", key), ("again", again)]
        };
        let (first, second) = ("aaaaaaaaaaaaaaaaaaaaaaaaa1", "aaaaaaaaaaaaaaaaaaaaaaaaa2");
        ivan.is_refused_both_ways(way, &form("0", first, ""), ("amount", "меньше 1 рубля")).await;
        ivan.is_refused_both_ways(way, &form("сто", first, ""), ("amount", "цифрами")).await;
        ivan.calls(way.0, &form("100", first, "")).await.leads_to("https://");
        ivan.posts(way.1, &form("100", first, "")).await.leads_to("https://");
        assert_eq!(portal.bank.orders().len(), 1, "the same form is the same payment either way");
        ivan.calls(way.0, &form("100", second, "")).await.leads_to(&format!("{page}?repeats="));
        ivan.posts(way.1, &form("100", second, "")).await.leads_to(&format!("{page}?repeats="));
        ivan.calls(way.0, &form("100", second, "yes")).await.leads_to("https://");
        portal.bank.goes_silent();
        ivan.calls(way.0, &form("300", "", "yes")).await.leads_to("/payments/");
    }

    async fn a_payment_is_asked_about_the_same_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.linked(INDEBTED).await;
        ivan.pays(&account, "100").await.leads_to("https://");
        let id = portal.bank.orders().pop().unwrap().payment_id;
        let (page, form) = (format!("/payments/{id}"), [("payment_id", id.as_str())]);
        ivan.calls(RefreshPayment::PATH, &form).await.leads_to(&page);
        ivan.opens(&page).await.shows("Банк пока не ответил");
        ivan.posts(&page, &[]).await.leads_to(&page);
        let anna = portal.person("anna@example.ru").await;
        anna.calls(RefreshPayment::PATH, &form).await.fails(ApiError::NotFound).reply.is(404);
        anna.posts(&page, &[]).await.is(404);
    }

    async fn a_receipt_is_formed_the_same_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        let page = format!("/accounts/{account}/receipt");
        let way = (FormReceipt::PATH, page.as_str());
        let form = |period| [("account_id", account.as_str()), ("period", period)];
        ivan.is_refused_both_ways(way, &form("2026-13"), ("period", "Выберите месяц")).await;
        ivan.calls(way.0, &form("2026-10")).await.leads_to(&format!("{page}?period=2026-10&formed=1"));
        ivan.posts(way.1, &form("2026-10")).await.leads_to(&format!("{page}?period=2026-10&formed=1"));
        ivan.calls(way.0, &form("2026-11")).await.leads_to(&format!("{page}?period=2026-11"));
        ivan.posts(way.1, &form("2026-11")).await.leads_to(&format!("{page}?period=2026-11"));
    }

    async fn a_receipt_is_closed_in_lite_access_either_way(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.linked(INDEBTED).await;
        let form = [("account_id", account.as_str()), ("period", "2026-10")];
        ivan.calls(FormReceipt::PATH, &form).await.fails(ApiError::Closed).reply.is(403);
        let closed = format!("/accounts/{account}?closed=1");
        ivan.posts(&format!("/accounts/{account}/receipt"), &form).await.leads_to(&closed);
    }

    async fn unlinking_answers_the_same_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let (one, other) = (ivan.linked(INDEBTED).await, ivan.linked(MASHAS).await);
        ivan.calls(UnlinkAccount::PATH, &[("account_id", one.as_str())]).await.leads_to("/settings");
        ivan.opens("/settings").await.shows("Лицевой счёт 59000001 отключён");
        ivan.posts(&format!("/settings/unlink/{other}"), &[]).await.leads_to("/settings");
        ivan.opens("/settings").await.shows("Лицевой счёт 59000002 отключён");
        ivan.opens("/accounts").await.hides(INDEBTED).hides(MASHAS);
        ivan.calls(UnlinkAccount::PATH, &[("account_id", one.as_str())]).await.leads_to("/settings");
        ivan.calls(UnlinkAccount::PATH, &[("account_id", "x")]).await.fails(ApiError::NotFound);
        ivan.posts("/settings/unlink/x", &[]).await.is(404);
    }

    async fn anothers_account_is_not_there_either_way(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let account = portal.person("ivan@example.ru").await.has_full_access().await;
        let anna = portal.person("anna@example.ru").await;
        for (function, page) in functions_of(&account) {
            anna.calls(function, &[("account_id", account.as_str())]).await.fails(ApiError::NotFound).reply.is(404);
            anna.posts(&page, &[]).await.is(404);
        }
        anna.calls(UnlinkAccount::PATH, &[("account_id", account.as_str())]).await.leads_to("/settings");
        assert!(portal.dump("links").await.contains(account.as_str()), "the owner's link stays");
    }

    async fn the_page_of_an_account_ignores_the_account_that_its_form_names(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let (one, other) = (ivan.linked(INDEBTED).await, ivan.linked(MASHAS).await);
        let form = [("account_id", one.as_str()), ("pin", "87654321")];
        ivan.posts(&format!("/accounts/{other}/pin"), &form).await.leads_to(&format!("/accounts/{other}"));
    }

    async fn nothing_is_done_without_a_session_or_after_half_an_hour_of_rest(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        let guest = portal.browser();
        let unlink = (UnlinkAccount::PATH, format!("/settings/unlink/{account}"));
        for (function, page) in functions_of(&account).into_iter().chain([unlink]) {
            guest.calls(function, &[("account_id", account.as_str())]).await.fails(ApiError::SignedOut).reply.is(401);
            let sign_in = "/sign-in?next=%2F";
            let reply = guest.posts(&page, &[]).await;
            assert!(reply.leads_to(sign_in).location.as_deref().is_some_and(|to| to.ends_with("&ended=1")));
        }
        portal.passes(Span::minutes(31));
        let form = [("account_id", account.as_str()), ("amount", "100")];
        ivan.calls(BeginPayment::PATH, &form).await.fails(ApiError::SignedOut);
        assert!(portal.bank.orders().is_empty());
    }
}

/// Functions of one account, each with the page that calls it.
fn functions_of(account: &AccountId) -> [(&'static str, String); 4] {
    [
        (RequestPin::PATH, format!("/accounts/{account}/pin-request")),
        (EnterPin::PATH, format!("/accounts/{account}/pin")),
        (BeginPayment::PATH, format!("/accounts/{account}/pay")),
        (FormReceipt::PATH, format!("/accounts/{account}/receipt")),
    ]
}
