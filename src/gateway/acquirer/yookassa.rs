//! ЮKassa, API v3: payments by redirect with the fiscal receipt in the same call. Its notices are unsigned, so only the
//! payment's identifier is taken from one; how it stands is asked of the API.
//!
//! Source: the OpenAPI document of API v3 (`POST /payments`, `GET /payments/{payment_id}`).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use futures::future::BoxFuture;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use reqwest::{Client, RequestBuilder, StatusCode};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{Acquirer, AcquirerError, AcquirerPayment, AcquirerState, FiscalContact, Order};
use crate::domain::money::Money;
use crate::domain::payment::CancelReason;
use crate::gateway::http_client::{CallError, ClientError, client_for, read_body};

/// Domains of the pages where the acquirer takes the card.
const CARD_PAGES: [&str; 2] = ["yoomoney.ru", "yookassa.ru"];

/// Time for one call; after it the payment's state is unknown and is asked again.
const CALL_TIMEOUT: Duration = Duration::from_secs(20);
/// A payment with all its parts takes some kilobytes.
const MAX_ANSWER: usize = 256 * 1024;
/// Longest description of a payment and of a line of the fiscal receipt, in characters.
const MAX_DESCRIPTION: usize = 128;
/// Longest identifier accepted from outside; theirs have 36 characters.
const MAX_ID: usize = 64;
/// The only currency of the portal.
const CURRENCY: &str = "RUB";
/// VAT 22 %, the rate since 01.01.2026, in the codes of fiscal receipts.
pub const VAT_22: u8 = 11;

/// How to reach ЮKassa. Has no `Debug`: it carries the secret.
#[derive(Clone)]
pub struct YooKassaSettings {
    /// `https://api.yookassa.ru/v3`, or the test bank's `{public_url}/test-bank/v3`.
    pub base_url: String,
    /// The origin of card pages besides the acquirer's own: the demo's test bank.
    pub card_page_origin: Option<String>,
    /// The shop.
    pub shop_id: String,
    /// Its secret key.
    pub secret: String,
    /// The VAT rate in fiscal receipts, as its code; [`VAT_22`] by default.
    pub vat_code: u8,
}

/// Takes money through ЮKassa.
pub struct YooKassa {
    client: Client,
    settings: YooKassaSettings,
}

impl YooKassa {
    /// Reads the settings; does not connect yet.
    ///
    /// # Errors
    /// [`ClientError`] when the address is wrong.
    pub fn new(settings: YooKassaSettings) -> Result<Self, ClientError> {
        Self::with_timeout(settings, CALL_TIMEOUT)
    }

    pub(crate) fn with_timeout(settings: YooKassaSettings, timeout: Duration) -> Result<Self, ClientError> {
        Ok(Self { client: client_for(&settings.base_url, timeout)?, settings })
    }

    async fn register(&self, order: &Order) -> Result<AcquirerPayment, AcquirerError> {
        let request = self
            .client
            .post(self.address("payments"))
            .header("Idempotence-Key", &order.idempotency_key)
            .json(&CreatePayment::of(order, self.settings.vat_code));
        let (status, body) = self.call(request).await?;
        self.with_checked_page(understand(status, &body)?)
    }

    /// The payer is led to the acquirer's own pages only, whatever the answer names.
    fn with_checked_page(&self, payment: AcquirerPayment) -> Result<AcquirerPayment, AcquirerError> {
        match &payment.state {
            AcquirerState::Pending { confirmation_url: Some(address) } if !self.is_card_page(address) => {
                Err(unknown("the address of the card page is not the acquirer's"))
            }
            _ => Ok(payment),
        }
    }

    fn is_card_page(&self, address: &str) -> bool {
        let Ok(url) = Url::parse(address) else { return false };
        let host = url.host_str().unwrap_or_default();
        let is_acquirers = CARD_PAGES.iter().any(|page| host == *page || host.ends_with(&format!(".{page}")));
        let own = self.settings.card_page_origin.as_deref().and_then(|origin| Url::parse(origin).ok());
        (url.scheme() == "https" && is_acquirers) || own.is_some_and(|own| own.origin() == url.origin())
    }

    async fn ask(&self, id: &str) -> Result<AcquirerPayment, AcquirerError> {
        if !is_payment_id(id) {
            return Err(AcquirerError::NotFound);
        }
        let (status, body) = self.call(self.client.get(self.address(&format!("payments/{id}")))).await?;
        if status == StatusCode::NOT_FOUND {
            return Err(AcquirerError::NotFound);
        }
        let payment = self.with_checked_page(understand(status, &body)?)?;
        if payment.id == id { Ok(payment) } else { Err(unknown("the answer is about another payment")) }
    }

    async fn call(&self, request: RequestBuilder) -> Result<(StatusCode, Vec<u8>), AcquirerError> {
        let request = request.basic_auth(&self.settings.shop_id, Some(&self.settings.secret));
        let response = request.send().await.map_err(|error| unknown(CallError::from(error)))?;
        let status = response.status();
        Ok((status, read_body(response, MAX_ANSWER).await.map_err(unknown)?))
    }

    fn address(&self, path: &str) -> String {
        format!("{}/{path}", self.settings.base_url.trim_end_matches('/'))
    }
}

impl Acquirer for YooKassa {
    fn create<'a>(&'a self, order: &'a Order) -> BoxFuture<'a, Result<AcquirerPayment, AcquirerError>> {
        Box::pin(self.register(order))
    }

    fn get<'a>(&'a self, acquirer_payment_id: &'a str) -> BoxFuture<'a, Result<AcquirerPayment, AcquirerError>> {
        Box::pin(self.ask(acquirer_payment_id))
    }
}

fn unknown(why: impl ToString) -> AcquirerError {
    AcquirerError::Unknown(why.to_string())
}

/// A refusal is only what surely changed nothing: 4xx, save «come later» (408, 429) and «the same key is being
/// worked on» (409).
fn understand(status: StatusCode, body: &[u8]) -> Result<AcquirerPayment, AcquirerError> {
    let later = [StatusCode::REQUEST_TIMEOUT, StatusCode::CONFLICT, StatusCode::TOO_MANY_REQUESTS];
    if status == StatusCode::OK {
        let payment: PaymentAnswer =
            serde_json::from_slice(body).map_err(|_| unknown("the answer is not a payment"))?;
        payment.try_into()
    } else if status.is_client_error() && !later.contains(&status) {
        Err(AcquirerError::Refused(refusal_code(status, body)))
    } else {
        Err(unknown(format_args!("HTTP {}", status.as_u16())))
    }
}

/// The error's code without its description, which may repeat what was sent.
fn refusal_code(status: StatusCode, body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct ErrorAnswer {
        code: String,
    }
    serde_json::from_slice::<ErrorAnswer>(body)
        .ok()
        .map(|answer| answer.code)
        .filter(|code| code.len() <= MAX_ID && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'))
        .unwrap_or_else(|| format!("HTTP {}", status.as_u16()))
}

/// Letters, digits and dashes: an identifier goes into an address, and notices come from anyone.
fn is_payment_id(text: &str) -> bool {
    (1..=MAX_ID).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn shorten(text: &str) -> String {
    text.chars().take(MAX_DESCRIPTION).collect()
}

#[derive(Serialize, Deserialize)]
struct Amount {
    value: String,
    currency: String,
}

impl From<Money> for Amount {
    fn from(sum: Money) -> Self {
        Self { value: sum.machine(), currency: CURRENCY.to_owned() }
    }
}

#[derive(Serialize)]
struct CreatePayment {
    amount: Amount,
    capture: bool,
    description: String,
    confirmation: Redirect,
    metadata: Metadata,
    receipt: FiscalReceipt,
}

#[derive(Serialize)]
struct Redirect {
    r#type: &'static str,
    return_url: String,
}

/// Shown in the shop's own pages, so that a person finds the payment there and here.
#[derive(Serialize)]
struct Metadata {
    payment_id: String,
    account_number: String,
}

#[derive(Serialize)]
struct FiscalReceipt {
    customer: Customer,
    items: [FiscalItem; 1],
}

#[derive(Serialize)]
struct Customer {
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    /// Digits only, with the country code.
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
}

#[derive(Serialize)]
struct FiscalItem {
    description: String,
    quantity: u8,
    amount: Amount,
    vat_code: u8,
    payment_mode: &'static str,
    payment_subject: &'static str,
}

impl CreatePayment {
    fn of(order: &Order, vat_code: u8) -> Self {
        let description = shorten(&order.description);
        let item = FiscalItem {
            description: description.clone(),
            quantity: 1,
            amount: order.amount.into(),
            vat_code,
            payment_mode: "full_payment",
            payment_subject: "service",
        };
        Self {
            amount: order.amount.into(),
            capture: true,
            description,
            confirmation: Redirect { r#type: "redirect", return_url: order.return_url.clone() },
            metadata: Metadata { payment_id: order.payment_id.clone(), account_number: order.account_number.clone() },
            receipt: FiscalReceipt { customer: (&order.fiscal_contact).into(), items: [item] },
        }
    }
}

impl From<&FiscalContact> for Customer {
    fn from(contact: &FiscalContact) -> Self {
        match contact {
            FiscalContact::Email(email) => Self { email: Some(email.clone()), phone: None },
            FiscalContact::Phone(phone) => {
                Self { email: None, phone: Some(phone.chars().filter(char::is_ascii_digit).collect()) }
            }
        }
    }
}

#[derive(Deserialize)]
struct PaymentAnswer {
    id: String,
    status: String,
    amount: Amount,
    confirmation: Option<ConfirmationAnswer>,
    cancellation_details: Option<CancellationAnswer>,
}

#[derive(Deserialize)]
struct ConfirmationAnswer {
    confirmation_url: Option<String>,
}

#[derive(Deserialize)]
struct CancellationAnswer {
    reason: String,
}

impl TryFrom<PaymentAnswer> for AcquirerPayment {
    type Error = AcquirerError;

    fn try_from(answer: PaymentAnswer) -> Result<Self, AcquirerError> {
        if !is_payment_id(&answer.id) {
            return Err(unknown("the payment's identifier makes no sense"));
        }
        if answer.amount.currency != CURRENCY {
            return Err(unknown("the payment is in another currency"));
        }
        let amount = Money::parse(&answer.amount.value).map_err(|_| unknown("the payment's sum makes no sense"))?;
        let state = match answer.status.as_str() {
            "pending" | "waiting_for_capture" => AcquirerState::Pending {
                confirmation_url: answer.confirmation.and_then(|confirmation| confirmation.confirmation_url),
            },
            "succeeded" => AcquirerState::Succeeded,
            "canceled" => AcquirerState::Canceled(
                answer.cancellation_details.map_or(CancelReason::Other, |details| cancel_reason(&details.reason)),
            ),
            _ => return Err(unknown("the payment's status makes no sense")),
        };
        Ok(Self { id: answer.id, amount, state })
    }
}

/// The closed list of `cancellation_details.reason`; what may pass on a second try counts as [`CancelReason::Other`].
fn cancel_reason(reason: &str) -> CancelReason {
    match reason {
        "insufficient_funds" => CancelReason::InsufficientFunds,
        "3d_secure_failed" => CancelReason::ThreeDSecureFailed,
        "card_expired" => CancelReason::CardExpired,
        "expired_on_confirmation" | "expired_on_capture" | "deal_expired" => CancelReason::Expired,
        "invalid_card_number" | "invalid_csc" => CancelReason::InvalidCard,
        "call_issuer"
        | "country_forbidden"
        | "fraud_suspected"
        | "general_decline"
        | "identification_required"
        | "payment_method_limit_exceeded"
        | "payment_method_restricted" => CancelReason::Refused,
        "permission_revoked" => CancelReason::ByPayer,
        _ => CancelReason::Other,
    }
}

/// What a notice is about; nothing else in it is believed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Notice {
    /// The payment of this identifier changed.
    Payment(String),
    /// A refund, a payout or whatever else the shop is subscribed to: not the portal's business.
    Other,
}

/// Reads a notice; `None` for what is none.
pub fn parse_notification(body: &[u8]) -> Option<Notice> {
    #[derive(Deserialize)]
    struct Envelope {
        r#type: String,
        event: String,
        object: Subject,
    }
    #[derive(Deserialize)]
    struct Subject {
        id: String,
    }
    let Envelope { r#type, event, object } = serde_json::from_slice(body).ok()?;
    if r#type != "notification" {
        return None;
    }
    if !event.starts_with("payment.") {
        return Some(Notice::Other);
    }
    is_payment_id(&object.id).then_some(Notice::Payment(object.id))
}

/// Networks that notices come from. The OpenAPI document does not list them; unverified, as public integrations
/// of 2024–2026 have them.
pub const YOOKASSA_NETWORKS: [IpNet; 7] = [
    network_v4([185, 71, 76, 0], 27),
    network_v4([185, 71, 77, 0], 27),
    network_v4([77, 75, 153, 0], 25),
    network_v4([77, 75, 154, 128], 25),
    network_v4([77, 75, 156, 11], 32),
    network_v4([77, 75, 156, 35], 32),
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::new(0x2a02, 0x5180, 0, 0, 0, 0, 0, 0), 32)),
];

const fn network_v4([a, b, c, d]: [u8; 4], prefix: u8) -> IpNet {
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix))
}

/// Whether an address belongs to one of the networks; an IPv4 address written as IPv6 counts as itself.
pub fn is_from(ip: IpAddr, networks: &[IpNet]) -> bool {
    networks.iter().any(|network| network.contains(&ip.to_canonical()))
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;
    use axum::http::{HeaderMap, Method, Uri};
    use axum::response::IntoResponse as _;
    use proptest::prelude::*;
    use serde_json::{Value, json};
    use tokio::sync::mpsc;

    use super::*;

    const ID: &str = "2419a771-000f-5000-9000-1edaf29243f2";

    struct Heard {
        method: Method,
        path: String,
        headers: HeaderMap,
        body: Value,
    }

    /// A server that gives every call the same answer and passes on what it heard.
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

    #[test]
    fn a_notice_gives_the_identifier_and_nothing_else() {
        let notice = |event: &str, id: &str| {
            let body = json!({ "type": "notification", "event": event, "object": { "id": id, "status": "succeeded" } });
            parse_notification(body.to_string().as_bytes())
        };
        assert_eq!(notice("payment.succeeded", ID), Some(Notice::Payment(ID.to_owned())));
        assert_eq!(notice("payment.canceled", ID), Some(Notice::Payment(ID.to_owned())));
        assert_eq!(notice("refund.succeeded", ID), Some(Notice::Other));
        assert_eq!(notice("payment.succeeded", "../../x"), None);
        assert_eq!(notice("payment.succeeded", ""), None);
        assert_eq!(parse_notification(b"{\"type\":\"notification\""), None);
    }

    #[test]
    fn notices_come_from_their_networks_only() {
        let from = |text: &str| is_from(text.parse().unwrap(), &YOOKASSA_NETWORKS);
        for address in ["185.71.76.0", "185.71.76.31", "77.75.156.11", "::ffff:77.75.153.1", "2a02:5180::1"] {
            assert!(from(address), "{address}");
        }
        for address in ["185.71.76.32", "77.75.156.12", "77.75.154.1", "127.0.0.1", "2a02:5181::1"] {
            assert!(!from(address), "{address}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_of_notices_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse_notification(&body);
        }

        #[test]
        fn a_description_is_cut_between_characters(text in "\\PC{0,200}") {
            prop_assert!(shorten(&text).chars().count() <= MAX_DESCRIPTION);
        }
    }
}
