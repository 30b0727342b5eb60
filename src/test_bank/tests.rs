//! The bank from the outside: over HTTP on the loopback, with the portal's own adapter for the API and a browser
//! without JavaScript for the pages.

mod letters;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::routing::post;
use reqwest::header::{HeaderMap, LOCATION};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::mailbox::{DemoMailer, DemoSms, Mailbox};
use super::{MOUNT, TestBank, TestBankSettings, router};
use crate::clock::{Clock, Nature, SystemEntropy};
use crate::domain::calendar::{Moment, Span};
use crate::domain::money::Money;
use crate::domain::payment::CancelReason;
use crate::gateway::acquirer::yookassa::{Notice, VAT_22, YooKassa, YooKassaSettings, parse_notification};
use crate::gateway::acquirer::{Acquirer as _, AcquirerError, AcquirerState, FiscalContact, Order};
use crate::gateway::mail::{Letter, Mailer as _};
use crate::gateway::sms::{Sms, SmsGateway as _};
use crate::http::headers::Nonce;
use crate::storage::Database;
use crate::storage::test_bank::find_by_key;

const SHOP: &str = "54401";
const SECRET: &str = "test_secret";
/// 22.11.2026 12:00 UTC.
const NOON: i64 = 1_795_348_800_000_000;
/// Longer than any notice on the loopback takes.
const PATIENCE: Duration = Duration::from_secs(10);

const APPROVED: &str = "5555 5555 5555 4444";
const ASKS_FOR_CODE: &str = "2200 0000 0000 0004";
const POOR: &str = "2200 0000 0000 0053";
const FAILS_3DS: &str = "2200 0000 0000 0012";
const UNKNOWN: &str = "4111 1111 1111 1111";

#[derive(Clone)]
struct HandClock(Arc<AtomicI64>);

impl Clock for HandClock {
    fn now(&self) -> Moment {
        Moment::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// A portal with a bank, on a port of its own.
struct Town {
    url: String,
    db: Database,
    clock: HandClock,
    notices: UnboundedReceiver<Vec<u8>>,
    browser: reqwest::Client,
    _folder: TempDir,
}

impl Town {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = Database::open(&format!("sqlite://{}/t.db", folder.path().display())).await.unwrap();
        db.migrate().await.unwrap();
        let clock = HandClock(Arc::new(AtomicI64::new(NOON)));
        let nature = Nature { clock: Arc::new(clock.clone()), entropy: Arc::new(SystemEntropy) };

        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let settings = TestBankSettings {
            shop_id: SHOP.into(),
            secret: SECRET.into(),
            public_url: url.clone(),
            notify_url: format!("{url}/webhooks/yookassa"),
        };
        let (sender, notices) = unbounded_channel();
        let webhook = move |body: Bytes| {
            sender.send(body.to_vec()).unwrap();
            async { StatusCode::OK }
        };
        let mailbox = Mailbox {
            db: db.clone(),
            public_url: url.as_str().into(),
            offset_hours: 5,
            notices: letters::made_up_notices(),
        };
        let portal = Router::new()
            .route("/webhooks/yookassa", post(webhook))
            .nest(MOUNT, router(TestBank::new(db.clone(), nature, settings).unwrap()))
            .merge(super::mailbox::router(mailbox))
            .layer(axum::Extension(Nonce("n0nce".into())));
        tokio::spawn(async move { axum::serve(listener, portal).await.unwrap() });

        let browser =
            reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
        Self { url, db, clock, notices, browser, _folder: folder }
    }

    fn adapter(&self, secret: &str) -> YooKassa {
        let settings = YooKassaSettings {
            base_url: format!("{}{MOUNT}/v3", self.url),
            card_page_origin: Some(self.url.clone()),
            shop_id: SHOP.into(),
            secret: secret.into(),
            vat_code: VAT_22,
        };
        YooKassa::new(settings).unwrap()
    }

    /// Registers a payment; returns its identifier and its card page.
    async fn registered(&self, key: &str) -> (String, String) {
        let payment = self.adapter(SECRET).create(&order(key)).await.unwrap();
        let AcquirerState::Pending { confirmation_url: Some(page) } = payment.state else { panic!("not pending") };
        (payment.id, page)
    }

    async fn state(&self, id: &str) -> AcquirerState {
        self.adapter(SECRET).get(id).await.unwrap().state
    }

    async fn look(&self, page: &str) -> Seen {
        Seen::of(self.browser.get(page).send().await.unwrap()).await
    }

    async fn submit(&self, page: &str, form: &[(&str, &str)]) -> Seen {
        Seen::of(self.browser.post(page).form(form).send().await.unwrap()).await
    }

    async fn type_card(&self, page: &str, number: &str) -> Seen {
        self.submit(page, &[("number", number), ("expiry", "12/30"), ("csc", "123")]).await
    }

    async fn register_raw(&self, key: Option<&str>, secret: &str, body: &Value) -> (StatusCode, Value) {
        let request = self.browser.post(format!("{}{MOUNT}/v3/payments", self.url)).json(body);
        let request = request.basic_auth(SHOP, Some(secret));
        let request = key.into_iter().fold(request, |request, key| request.header("Idempotence-Key", key));
        let answer = request.send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    /// The identifier and the event of the next notice.
    async fn notice(&mut self) -> (String, String) {
        let body = tokio::time::timeout(PATIENCE, self.notices.recv()).await.unwrap().unwrap();
        let event = serde_json::from_slice::<Value>(&body).unwrap()["event"].as_str().unwrap().to_owned();
        let Some(Notice::Payment(id)) = parse_notification(&body) else { panic!("no notice about a payment") };
        (id, event)
    }

    async fn stored(&self, key: &str) -> String {
        find_by_key(&mut self.db.read().await.unwrap(), key).await.unwrap().unwrap().body
    }
}

/// A response as the browser received it.
struct Seen {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Seen {
    async fn of(answer: reqwest::Response) -> Self {
        let (status, headers) = (answer.status(), answer.headers().clone());
        Self { status, headers, text: answer.text().await.unwrap() }
    }

    /// The target of the redirect after a form.
    fn sent_to(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.text);
        self.headers[LOCATION].to_str().unwrap()
    }
}

const BACK: &str = "https://k.example/payments/p1";

fn order(key: &str) -> Order {
    Order {
        idempotency_key: key.into(),
        amount: Money::from_kopecks(123_456),
        description: "Газ, лицевой счёт 59012345".into(),
        return_url: BACK.into(),
        payment_id: "p1".into(),
        account_number: "59012345".into(),
        fiscal_contact: FiscalContact::Email("ivan@example.ru".into()),
    }
}

#[tokio::test]
async fn a_good_card_pays_at_once_and_the_portal_is_told() {
    let mut town = Town::open().await;
    let (id, page) = town.registered("k1").await;
    assert_eq!(id.len(), 36);
    assert_eq!(page, format!("{}{MOUNT}/pay/{id}", town.url));

    let seen = town.look(&page).await;
    assert_eq!(seen.status, StatusCode::OK);
    assert_eq!(seen.headers["cache-control"], "no-store");
    for words in ["тестовый банк", "Номер карты", "Срок действия", "CVC", ">ОК<", "Отказаться", "1\u{a0}234,56", POOR]
    {
        assert!(seen.text.contains(words), "{words} is missing in {}", seen.text);
    }
    assert!(!seen.text.contains("style=\"") && !seen.text.contains("<script"), "{}", seen.text);

    assert_eq!(town.type_card(&page, APPROVED).await.sent_to(), BACK);
    assert_eq!(town.notice().await, (id.clone(), "payment.succeeded".into()));
    assert_eq!(town.state(&id).await, AcquirerState::Succeeded);
}

#[tokio::test]
async fn three_d_secure_asks_for_the_code_and_takes_it() {
    let mut town = Town::open().await;
    let (id, page) = town.registered("k1").await;
    assert_eq!(town.type_card(&page, ASKS_FOR_CODE).await.sent_to(), format!("{MOUNT}/pay/{id}"));
    let seen = town.look(&page).await;
    assert!(seen.text.contains("Код 3-D Secure") && seen.text.contains("Подтвердить"), "{}", seen.text);
    assert!(matches!(town.state(&id).await, AcquirerState::Pending { .. }));

    let wrong = town.submit(&format!("{page}/code"), &[("code", "11111111")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("<title>Ошибка: ") && wrong.text.contains("Осталось попыток: 2"), "{}", wrong.text);
    assert_eq!(town.submit(&format!("{page}/code"), &[("code", "1234 5678")]).await.sent_to(), BACK);
    assert_eq!(town.notice().await, (id.clone(), "payment.succeeded".into()));
    assert_eq!(town.state(&id).await, AcquirerState::Succeeded);
}

#[tokio::test]
async fn three_wrong_codes_end_the_payment() {
    let town = Town::open().await;
    let (id, page) = town.registered("k1").await;
    town.type_card(&page, ASKS_FOR_CODE).await.sent_to();
    for _ in 0..2 {
        let seen = town.submit(&format!("{page}/code"), &[("code", "0")]).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(town.submit(&format!("{page}/code"), &[("code", "0")]).await.sent_to(), BACK);
    assert_eq!(town.state(&id).await, AcquirerState::Canceled(CancelReason::ThreeDSecureFailed));
}

#[tokio::test]
async fn each_refused_card_says_why() {
    let mut town = Town::open().await;
    for (key, card, reason) in [
        ("k1", POOR, CancelReason::InsufficientFunds),
        ("k2", FAILS_3DS, CancelReason::ThreeDSecureFailed),
        ("k3", UNKNOWN, CancelReason::Refused),
    ] {
        let (id, page) = town.registered(key).await;
        assert_eq!(town.type_card(&page, card).await.sent_to(), BACK, "{card}");
        assert_eq!(town.notice().await, (id.clone(), "payment.canceled".into()));
        assert_eq!(town.state(&id).await, AcquirerState::Canceled(reason), "{card}");
    }
}

#[tokio::test]
async fn the_payer_may_decline_before_and_after_the_card() {
    let town = Town::open().await;
    let (first, page) = town.registered("k1").await;
    assert_eq!(town.submit(&format!("{page}/decline"), &[]).await.sent_to(), BACK);
    assert_eq!(town.state(&first).await, AcquirerState::Canceled(CancelReason::ByPayer));

    let (second, page) = town.registered("k2").await;
    town.type_card(&page, ASKS_FOR_CODE).await.sent_to();
    assert_eq!(town.submit(&format!("{page}/decline"), &[]).await.sent_to(), BACK);
    assert_eq!(town.state(&second).await, AcquirerState::Canceled(CancelReason::ByPayer));
}

#[tokio::test]
async fn a_mistyped_card_is_told_beside_its_field_and_the_code_is_not_kept() {
    let town = Town::open().await;
    let (id, page) = town.registered("k1").await;
    let form = [("number", "5555 5555 5555 4445"), ("expiry", "10/26"), ("csc", "98")];
    let seen = town.submit(&page, &form).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    for words in
        ["<title>Ошибка: ", "опечатка", "истёк", "три цифры", "href=\"#number\"", "id=\"csc-error\"", "value=\"10/26\""]
    {
        assert!(seen.text.contains(words), "{words} is missing in {}", seen.text);
    }
    assert!(!seen.text.contains("value=\"98\""), "{}", seen.text);
    assert!(matches!(town.state(&id).await, AcquirerState::Pending { .. }));
}

#[tokio::test]
async fn what_was_typed_comes_back_escaped() {
    let town = Town::open().await;
    let (_, page) = town.registered("k1").await;
    let seen = town.submit(&page, &[("number", "\"><script>alert(1)</script>")]).await;
    assert!(!seen.text.contains("<script>"), "{}", seen.text);
}

#[tokio::test]
async fn a_second_submission_goes_back_to_the_shop_and_changes_nothing() {
    let mut town = Town::open().await;
    let (id, page) = town.registered("k1").await;
    town.type_card(&page, APPROVED).await.sent_to();
    town.notice().await;
    assert_eq!(town.look(&page).await.sent_to(), BACK);
    assert_eq!(town.type_card(&page, POOR).await.sent_to(), BACK);
    assert_eq!(town.submit(&format!("{page}/code"), &[("code", "0")]).await.sent_to(), BACK);
    assert_eq!(town.submit(&format!("{page}/decline"), &[]).await.sent_to(), BACK);
    assert_eq!(town.state(&id).await, AcquirerState::Succeeded);
    assert!(town.notices.try_recv().is_err(), "one end, one notice");
}

#[tokio::test]
async fn of_many_clicks_at_once_one_ends_the_payment() {
    let mut town = Town::open().await;
    let (id, page) = town.registered("k1").await;
    let clicks = (0..8).map(|number| {
        let (town, page) = (&town, page.clone());
        async move {
            let seen = if number % 2 == 0 {
                town.type_card(&page, APPROVED).await
            } else {
                town.submit(&format!("{page}/decline"), &[]).await
            };
            assert_eq!(seen.sent_to(), BACK);
        }
    });
    futures::future::join_all(clicks).await;
    let (told, event) = town.notice().await;
    let expected = match town.state(&id).await {
        AcquirerState::Succeeded => "payment.succeeded",
        AcquirerState::Canceled(CancelReason::ByPayer) => "payment.canceled",
        other => panic!("{other:?}"),
    };
    assert_eq!((told, event.as_str()), (id, expected));
    assert!(town.notices.try_recv().is_err(), "one end, one notice");
}

#[tokio::test]
async fn a_payment_expires_after_a_quarter_of_an_hour() {
    let mut town = Town::open().await;
    let (id, page) = town.registered("k1").await;
    let later = |span: Span| Moment::from_micros(NOON).plus(span).micros();
    town.clock.0.store(later(Span::seconds(15 * 60 - 1)), Ordering::SeqCst);
    assert!(matches!(town.state(&id).await, AcquirerState::Pending { .. }));
    town.clock.0.store(later(Span::minutes(15)), Ordering::SeqCst);
    assert_eq!(town.type_card(&page, APPROVED).await.sent_to(), BACK);
    assert_eq!(town.notice().await, (id.clone(), "payment.canceled".into()));
    assert_eq!(town.state(&id).await, AcquirerState::Canceled(CancelReason::Expired));
}

#[tokio::test]
async fn the_same_key_and_order_find_the_same_payment() {
    let town = Town::open().await;
    let orders = [order("k1"), order("k1"), order("k1"), order("k1")];
    let adapter = town.adapter(SECRET);
    let made = futures::future::join_all(orders.iter().map(|order| adapter.create(order))).await;
    let ids: std::collections::BTreeSet<String> = made.into_iter().map(|payment| payment.unwrap().id).collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert!(!ids.contains(&town.registered("k2").await.0));
}

#[tokio::test]
async fn the_same_key_with_another_order_is_refused() {
    let town = Town::open().await;
    town.registered("k1").await;
    let other = Order { amount: Money::from_kopecks(100), ..order("k1") };
    let error = town.adapter(SECRET).create(&other).await.unwrap_err();
    assert!(matches!(&error, AcquirerError::Refused(code) if code == "invalid_request"), "{error}");
}

#[tokio::test]
async fn nobody_without_the_secret_registers_or_reads() {
    let town = Town::open().await;
    let (id, _) = town.registered("k1").await;
    let stranger = town.adapter("another");
    let refused =
        |error: &AcquirerError| matches!(error, AcquirerError::Refused(code) if code == "invalid_credentials");
    assert!(refused(&stranger.create(&order("k2")).await.unwrap_err()));
    assert!(refused(&stranger.get(&id).await.unwrap_err()));
    let answer = town.browser.get(format!("{}{MOUNT}/v3/payments/{id}", town.url)).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_payment_of_no_one_is_not_found() {
    let town = Town::open().await;
    assert!(matches!(town.adapter(SECRET).get("nobody").await, Err(AcquirerError::NotFound)));
    let seen = town.look(&format!("{}{MOUNT}/pay/nobody", town.url)).await;
    assert_eq!(seen.status, StatusCode::NOT_FOUND);
    assert!(seen.text.contains("Такого платежа нет"), "{}", seen.text);
}

#[tokio::test]
async fn an_order_that_the_real_bank_would_refuse_is_refused() {
    let town = Town::open().await;
    let sum = json!({ "value": "10.00", "currency": "RUB" });
    let good = json!({
        "amount": sum,
        "capture": true,
        "confirmation": { "type": "redirect", "return_url": BACK },
        "receipt": {
            "customer": { "email": "ivan@example.ru" },
            "items": [{ "description": "Газ", "quantity": 1, "amount": sum, "vat_code": 11 }],
        },
    });
    let (status, payment) = town.register_raw(Some("good"), SECRET, &good).await;
    assert_eq!((status, payment["status"].as_str()), (StatusCode::OK, Some("pending")), "{payment}");

    for (pointer, value, parameter) in [
        ("/amount/value", json!("0.00"), "amount"),
        ("/amount/value", json!("10,00"), "amount"),
        ("/amount/currency", json!("USD"), "amount"),
        ("/capture", json!(false), "capture"),
        ("/confirmation/type", json!("embedded"), "confirmation.type"),
        ("/confirmation/return_url", json!("javascript:alert(1)"), "confirmation.return_url"),
        ("/receipt/customer", json!({}), "receipt"),
        ("/receipt/items/0/vat_code", json!(13), "receipt"),
        ("/receipt/items/0/amount/value", json!("9.99"), "receipt"),
        ("/receipt/items/0/description", json!("я".repeat(129)), "receipt"),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        let (status, error) = town.register_raw(Some(parameter), SECRET, &bad).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{pointer}");
        assert_eq!(error["parameter"], parameter, "{pointer}: {error}");
    }
    for key in [None, Some(""), Some("has a space"), Some(&*"k".repeat(65))] {
        let (status, error) = town.register_raw(key, SECRET, &good).await;
        assert_eq!((status, &error["parameter"]), (StatusCode::BAD_REQUEST, &json!("Idempotence-Key")), "{key:?}");
    }
}

#[tokio::test]
async fn no_card_is_ever_stored() {
    let town = Town::open().await;
    for (key, card) in [("k1", APPROVED), ("k2", ASKS_FOR_CODE), ("k3", POOR), ("k4", UNKNOWN)] {
        let (_, page) = town.registered(key).await;
        town.type_card(&page, card).await.sent_to();
        let stored = town.stored(key).await;
        assert!(!stored.contains(card) && !stored.contains(&card.replace(' ', "")), "{stored}");
        assert!(!stored.contains("ivan@example.ru"), "the fiscal contact is not needed: {stored}");
    }
}

#[tokio::test]
async fn the_bank_tells_of_itself_and_its_cards() {
    let town = Town::open().await;
    let seen = town.look(&format!("{}{MOUNT}", town.url)).await;
    assert_eq!(seen.status, StatusCode::OK);
    assert!(seen.text.contains("Тестовые карты") && seen.text.contains(APPROVED), "{}", seen.text);
}

#[tokio::test]
async fn the_mailbox_shows_letters_and_sms_with_their_links() {
    let town = Town::open().await;
    let list = format!("{}/demo/mailbox", town.url);
    let empty = town.look(&list).await;
    assert!(empty.text.contains("пока нет") && empty.text.contains("n0nce"), "{}", empty.text);

    let nature = Nature { clock: Arc::new(town.clock.clone()), entropy: Arc::new(SystemEntropy) };
    let body = format!("Здравствуйте!\n\nОткройте {}/confirm/abc или http://elsewhere.example/x <b>", town.url);
    let letter = Letter::plain("ivan@example.ru".into(), "Подтверждение <почты>".into(), body);
    DemoMailer::new(town.db.clone(), nature.clone()).send(&letter).await.unwrap();
    town.clock.0.fetch_add(1, Ordering::SeqCst);
    let sms = Sms { to: "+79021234567".into(), text: "Код 123456\n@k.example #123456".into() };
    DemoSms::new(town.db.clone(), nature).send(&sms).await.unwrap();

    let seen = town.look(&list).await;
    let at = |words: &str| seen.text.find(words).unwrap_or_else(|| panic!("{words} is missing in {}", seen.text));
    assert!(at("Код 123456") < at("Подтверждение &lt;почты&gt;"), "the newest comes first");
    for words in ["+7\u{a0}902\u{a0}123-45-67", "ivan@example.ru", "SMS", "Письмо", "22.11.2026 17:00", "Обновить"]
    {
        at(words);
    }
    let address = seen.text.rsplit("href=\"/demo/mailbox/").next().unwrap().split('"').next().unwrap();
    let opened = town.look(&format!("{list}/{address}")).await;
    assert!(opened.text.contains(&format!("href=\"{}/confirm/abc\"", town.url)), "{}", opened.text);
    assert!(!opened.text.contains("href=\"http://elsewhere") && !opened.text.contains("<b>"), "{}", opened.text);

    let beside = town.look(&format!("{list}/beside")).await.text;
    assert!(beside.starts_with("<ol><li id=\"message-") && beside.matches("<li ").count() == 2, "{beside}");
    assert!(beside.find("Код 123456") < beside.find("Подтверждение &lt;почты&gt;"), "the newest comes first");
    assert!(beside.contains(&format!("href=\"{}/confirm/abc\"", town.url)) && !beside.contains("<b>"), "{beside}");

    let nobody = town.look(&format!("{list}/nobody")).await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_mailbox_brings_its_own_script_and_style() {
    let town = Town::open().await;
    for (file, kind) in [("mailbox.js", "text/javascript; charset=utf-8"), ("mailbox.css", "text/css; charset=utf-8")] {
        let seen = town.look(&format!("{}/demo/{file}", town.url)).await;
        assert_eq!((seen.status, &seen.headers["content-type"]), (StatusCode::OK, &kind.parse().unwrap()), "{file}");
    }
}
