//! The bank's API: `POST /v3/payments` and `GET /v3/payments/{id}` of ЮKassa's API v3, with its checks, so that an
//! order that the real bank would reject is rejected here too.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::TestBank;
use super::ledger::RegisterError;
use super::payment::{Payment, Stage};
use crate::domain::money::Money;
use crate::storage::StorageError;

/// The protocol's limits, in characters.
const MAX_KEY: usize = 64;
const MAX_DESCRIPTION: usize = 128;
const MAX_RETURN_URL: usize = 2048;
const MAX_METADATA: usize = 16;
/// The codes of VAT rates.
const VAT_CODES: std::ops::RangeInclusive<u8> = 1..=12;

/// An error of the protocol.
#[derive(Debug)]
pub(super) enum ProtocolError {
    Unauthorized,
    /// The invalid part of the order.
    Invalid(&'static str),
    NotFound,
    Internal,
}

impl From<StorageError> for ProtocolError {
    fn from(error: StorageError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "the test bank cannot use its database");
        Self::Internal
    }
}

impl From<RegisterError> for ProtocolError {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::KeyReused => Self::Invalid("Idempotence-Key"),
            RegisterError::Storage(error) => error.into(),
        }
    }
}

impl IntoResponse for ProtocolError {
    fn into_response(self) -> Response {
        let (status, code, parameter) = match self {
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "invalid_credentials", None),
            Self::Invalid(parameter) => (StatusCode::BAD_REQUEST, "invalid_request", Some(parameter)),
            Self::NotFound => (StatusCode::NOT_FOUND, "not_found", None),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal_server_error", None),
        };
        let mut body = json!({ "type": "error", "code": code });
        if let Some(parameter) = parameter {
            body["parameter"] = json!(parameter);
        }
        (status, Json(body)).into_response()
    }
}

/// Registers a payment.
pub(super) async fn register(
    State(bank): State<TestBank>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, ProtocolError> {
    authorize(&bank, &headers)?;
    let key = idempotence_key(&headers)?;
    let payment = read_order(&body)?;
    let entry = bank.register(key, payment).await?;
    Ok(Json(bank.show(&entry)))
}

/// Returns a payment.
pub(super) async fn show(
    State(bank): State<TestBank>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, ProtocolError> {
    authorize(&bank, &headers)?;
    let entry = bank.find(&id).await?.ok_or(ProtocolError::NotFound)?;
    Ok(Json(bank.show(&entry)))
}

/// Checks `Basic` with the shop and its secret, in constant time.
fn authorize(bank: &TestBank, headers: &HeaderMap) -> Result<(), ProtocolError> {
    let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let encoded = header.strip_prefix("Basic ").ok_or(ProtocolError::Unauthorized)?;
    let given = data_encoding::BASE64.decode(encoded.trim().as_bytes()).map_err(|_| ProtocolError::Unauthorized)?;
    let expected = format!("{}:{}", bank.settings.shop_id, bank.settings.secret);
    if bool::from(Sha256::digest(given).ct_eq(&Sha256::digest(expected))) {
        Ok(())
    } else {
        Err(ProtocolError::Unauthorized)
    }
}

fn idempotence_key(headers: &HeaderMap) -> Result<&str, ProtocolError> {
    let key = headers.get("Idempotence-Key").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let good = (1..=MAX_KEY).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
    if good { Ok(key) } else { Err(ProtocolError::Invalid("Idempotence-Key")) }
}

#[derive(Deserialize)]
struct Order {
    amount: Amount,
    #[serde(default)]
    capture: bool,
    description: Option<String>,
    confirmation: Option<Confirmation>,
    #[serde(default)]
    metadata: BTreeMap<String, Option<String>>,
    receipt: Option<FiscalReceipt>,
}

#[derive(Deserialize)]
struct Amount {
    value: String,
    currency: String,
}

#[derive(Deserialize)]
struct Confirmation {
    r#type: String,
    #[serde(default)]
    return_url: String,
}

#[derive(Deserialize)]
struct FiscalReceipt {
    #[serde(default)]
    customer: Customer,
    items: Vec<FiscalItem>,
}

#[derive(Default, Deserialize)]
struct Customer {
    email: Option<String>,
    phone: Option<String>,
}

#[derive(Deserialize)]
struct FiscalItem {
    description: String,
    quantity: f64,
    amount: Amount,
    vat_code: u8,
}

fn read_order(body: &[u8]) -> Result<Payment, ProtocolError> {
    let order: Order = serde_json::from_slice(body).map_err(|_| ProtocolError::Invalid("body"))?;
    let amount = order.amount.read().ok_or(ProtocolError::Invalid("amount"))?;
    let confirmation = order.confirmation.ok_or(ProtocolError::Invalid("confirmation"))?;
    let receipt_is_good = order.receipt.is_none_or(|receipt| receipt.is_good(amount));
    for (good, parameter) in [
        (order.capture, "capture"),
        (order.description.as_ref().is_none_or(|text| text.chars().count() <= MAX_DESCRIPTION), "description"),
        (confirmation.r#type == "redirect", "confirmation.type"),
        (is_web_address(&confirmation.return_url), "confirmation.return_url"),
        (order.metadata.len() <= MAX_METADATA, "metadata"),
        (receipt_is_good, "receipt"),
    ] {
        if !good {
            return Err(ProtocolError::Invalid(parameter));
        }
    }
    Ok(Payment {
        amount,
        description: order.description,
        return_url: confirmation.return_url,
        metadata: order.metadata,
        order_hash: data_encoding::HEXLOWER.encode(&Sha256::digest(body)),
        stage: Stage::AwaitsCard,
    })
}

impl Amount {
    /// A positive sum, in roubles with a decimal point.
    fn read(&self) -> Option<Money> {
        let sum = Money::parse(&self.value).ok().filter(|sum| sum.kopecks() > 0)?;
        (self.currency == "RUB" && !self.value.contains([',', ' '])).then_some(sum)
    }
}

impl FiscalReceipt {
    /// Whether it has a recipient, and its lines sum up to the payment.
    fn is_good(&self, amount: Money) -> bool {
        let email = self.customer.email.as_deref().is_some_and(|email| email.contains('@'));
        let phone = self
            .customer
            .phone
            .as_deref()
            .is_some_and(|phone| (4..=15).contains(&phone.len()) && phone.bytes().all(|b| b.is_ascii_digit()));
        let sums: Option<Vec<Money>> = self.items.iter().map(FiscalItem::sum).collect();
        let total = sums.and_then(Money::checked_sum);
        (email || phone) && total == Some(amount)
    }
}

impl FiscalItem {
    fn sum(&self) -> Option<Money> {
        let described = (1..=MAX_DESCRIPTION).contains(&self.description.chars().count());
        // The portal sells by the piece; a fractional quantity would need the fiscal rounding rules.
        let one = (self.quantity - 1.0).abs() < f64::EPSILON;
        (described && one && VAT_CODES.contains(&self.vat_code)).then(|| self.amount.read()).flatten()
    }
}

fn is_web_address(text: &str) -> bool {
    let scheme = url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
    scheme && text.len() <= MAX_RETURN_URL
}
