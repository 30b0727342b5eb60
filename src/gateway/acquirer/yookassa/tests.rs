use axum::body::Bytes;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::IntoResponse as _;
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::super::FiscalContact;
use super::wire::{MAX_DESCRIPTION, shorten};
use super::*;
use crate::domain::money::Money;
use crate::domain::payment::CancelReason;

/// An identifier in the acquirer's format.
pub(super) const ID: &str = "2419a771-000f-5000-9000-1edaf29243f2";

struct Heard {
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Value,
}

/// A server that gives every call the same answer and forwards the received requests.
async fn bank(status: u16, answer: impl Into<String>) -> (YooKassa, mpsc::UnboundedReceiver<Heard>) {
    let answer = answer.into();
    let (sender, receiver) = mpsc::unbounded_channel();
    let handler = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
        let body = serde_json::from_slice(&body).unwrap_or_default();
        sender.send(Heard { method, path: uri.path().to_owned(), headers, body }).unwrap();
        let answer = (StatusCode::from_u16(status).unwrap(), answer.clone()).into_response();
        async move { answer }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}/v3/", listener.local_addr().unwrap());
    let router = axum::Router::new().fallback(handler);
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (adapter(base_url), receiver)
}

fn adapter(base_url: String) -> YooKassa {
    let settings = YooKassaSettings {
        base_url,
        card_page_origin: None,
        shop_id: "54401".into(),
        secret: "s3cret".into(),
        vat_code: VAT_22,
    };
    YooKassa::with_timeout(settings, Duration::from_millis(500)).unwrap()
}

fn order() -> Order {
    Order {
        idempotency_key: "key-1".into(),
        amount: Money::from_kopecks(123_456),
        description: "Газ, лицевой счёт 59012345".into(),
        return_url: "https://k.example/payments/p1".into(),
        payment_id: "p1".into(),
        account_number: "59012345".into(),
        fiscal_contact: FiscalContact::Phone("+79021234567".into()),
    }
}

fn answer(status: &str, rest: Value) -> String {
    let mut payment = json!({ "id": ID, "status": status, "amount": { "value": "1234.56", "currency": "RUB" } });
    for (name, value) in rest.as_object().unwrap() {
        payment[name] = value.clone();
    }
    payment.to_string()
}

#[tokio::test]
async fn a_payer_is_led_to_the_acquirers_own_pages_only() {
    let own = adapter("https://api.yookassa.ru/v3".to_owned());
    for good in ["https://yoomoney.ru/checkout/1", "https://3ds.yookassa.ru/x"] {
        assert!(own.is_card_page(good), "{good}");
    }
    let bad = [
        "http://yoomoney.ru/1",
        "https://yoomoney.ru.evil.example/",
        "https://evilyoomoney.ru/",
        "https://evil.example/?yoomoney.ru",
        "javascript:alert(1)",
        "//yoomoney.ru/1",
        "",
    ];
    for bad in bad {
        assert!(!own.is_card_page(bad), "{bad}");
    }
}

#[tokio::test]
async fn an_order_is_registered_with_its_key_and_its_fiscal_receipt() {
    let confirmation =
        json!({ "confirmation": { "type": "redirect", "confirmation_url": "https://yoomoney.ru/checkout/1" } });
    let (adapter, mut calls) = bank(200, answer("pending", confirmation)).await;
    let payment = adapter.create(&order()).await.unwrap();
    let state = AcquirerState::Pending { confirmation_url: Some("https://yoomoney.ru/checkout/1".into()) };
    assert_eq!(payment, AcquirerPayment { id: ID.into(), amount: Money::from_kopecks(123_456), state });

    let call = calls.recv().await.unwrap();
    assert_eq!((call.method, call.path.as_str()), (Method::POST, "/v3/payments"));
    assert_eq!(call.headers["authorization"], "Basic NTQ0MDE6czNjcmV0");
    assert_eq!(call.headers["idempotence-key"], "key-1");
    let sum = json!({ "value": "1234.56", "currency": "RUB" });
    let expected = json!({
        "amount": sum,
        "capture": true,
        "description": "Газ, лицевой счёт 59012345",
        "confirmation": { "type": "redirect", "return_url": "https://k.example/payments/p1" },
        "metadata": { "payment_id": "p1", "account_number": "59012345" },
        "receipt": {
            "customer": { "phone": "79021234567" },
            "items": [{
                "description": "Газ, лицевой счёт 59012345", "quantity": 1, "amount": sum, "vat_code": 11,
                "payment_mode": "full_payment", "payment_subject": "service",
            }],
        },
    });
    assert_eq!(call.body, expected);
}

#[tokio::test]
async fn a_payment_is_asked_for_by_its_identifier() {
    let (adapter, mut calls) = bank(200, answer("succeeded", json!({ "paid": true }))).await;
    assert_eq!(adapter.get(ID).await.unwrap().state, AcquirerState::Succeeded);
    let call = calls.recv().await.unwrap();
    assert_eq!((call.method, call.path), (Method::GET, format!("/v3/payments/{ID}")));
}

#[tokio::test]
async fn a_payment_that_waits_for_capture_is_still_pending() {
    let (adapter, _calls) = bank(200, answer("waiting_for_capture", json!({}))).await;
    assert_eq!(adapter.get(ID).await.unwrap().state, AcquirerState::Pending { confirmation_url: None });
}

#[tokio::test]
async fn a_cancelled_payment_says_why() {
    for (reason, expected) in [
        ("insufficient_funds", CancelReason::InsufficientFunds),
        ("3d_secure_failed", CancelReason::ThreeDSecureFailed),
        ("expired_on_confirmation", CancelReason::Expired),
        ("general_decline", CancelReason::Refused),
        ("a_reason_of_tomorrow", CancelReason::Other),
    ] {
        let details = json!({ "cancellation_details": { "party": "payment_network", "reason": reason } });
        let (adapter, _calls) = bank(200, answer("canceled", details)).await;
        assert_eq!(adapter.get(ID).await.unwrap().state, AcquirerState::Canceled(expected), "{reason}");
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_used_leaves_the_payment_unknown() {
    let whole = answer("succeeded", json!({}));
    for (status, body) in [
        (500, whole.clone()),
        (502, "<html>".into()),
        (202, json!({ "type": "processing", "retry_after": 1800 }).to_string()),
        (302, String::new()),
        (408, String::new()),
        (429, json!({ "type": "error", "code": "too_many_requests" }).to_string()),
        (200, whole[..whole.len() / 2].to_owned()),
        (200, String::new()),
        (200, whole.replace("RUB", "USD")),
        (200, whole.replace("1234.56", "1234.567")),
        (200, whole.replace("succeeded", "refunded")),
        (200, whole.replace(ID, "../refunds")),
        (200, " ".repeat(MAX_ANSWER + 1)),
    ] {
        let (adapter, _calls) = bank(status, body.clone()).await;
        let error = adapter.create(&order()).await.unwrap_err();
        assert!(matches!(error, AcquirerError::Unknown(_)), "{status} {body:.60}: {error}");
    }
}

#[tokio::test]
async fn a_refusal_shows_its_code_only() {
    let body = json!({ "type": "error", "code": "invalid_request", "description": "phone 79021234567" });
    let (adapter, _calls) = bank(400, body.to_string()).await;
    let error = adapter.create(&order()).await.unwrap_err();
    assert!(matches!(&error, AcquirerError::Refused(code) if code == "invalid_request"), "{error}");
    let (adapter, _calls) = bank(401, "secret s3cret is wrong").await;
    let error = adapter.get(ID).await.unwrap_err();
    assert!(matches!(&error, AcquirerError::Refused(code) if code == "HTTP 401"), "{error}");
}

#[tokio::test]
async fn a_payment_that_nobody_knows_is_not_found() {
    let (adapter, mut calls) = bank(404, json!({ "type": "error", "code": "not_found" }).to_string()).await;
    assert!(matches!(adapter.get(ID).await, Err(AcquirerError::NotFound)));
    calls.recv().await.unwrap();
    assert!(matches!(adapter.get("../shops?x=").await, Err(AcquirerError::NotFound)));
    assert!(calls.try_recv().is_err(), "an identifier of another shape must not be asked for");
}

#[tokio::test]
async fn an_answer_about_another_payment_is_not_believed() {
    let (adapter, _calls) = bank(200, answer("succeeded", json!({}))).await;
    assert!(matches!(adapter.get("another").await, Err(AcquirerError::Unknown(_))));
}

#[tokio::test]
async fn silence_and_a_closed_door_leave_the_payment_unknown_and_show_no_address() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let adapter = adapter(format!("http://{}/v3", listener.local_addr().unwrap()));
    let silent = adapter.create(&order()).await.unwrap_err();
    assert_eq!(silent.to_string(), "the acquirer's answer is unknown: no answer in time");
    drop(listener);
    let closed = adapter.create(&order()).await.unwrap_err();
    assert!(matches!(closed, AcquirerError::Unknown(_)));
    assert!(!format!("{closed:?}").contains("127.0.0.1"), "{closed:?}");
}

proptest! {
    #[test]
    fn a_description_is_cut_between_characters(text in "\\PC{0,200}") {
        prop_assert!(shorten(&text).chars().count() <= MAX_DESCRIPTION);
    }
}
