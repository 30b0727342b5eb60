//! ЮKassa, API v3: payments by redirect with the fiscal receipt in the same call. Its notices are unsigned, so only the
//! payment's identifier is read from a notice; the state is polled from the API.
//!
//! Source: the OpenAPI document of API v3 (`POST /payments`, `GET /payments/{payment_id}`).

mod notice;
#[cfg(test)]
mod tests;
mod wire;

use std::time::Duration;

use futures::future::BoxFuture;
use reqwest::{Client, RequestBuilder, StatusCode};
use url::Url;

use super::{Acquirer, AcquirerError, AcquirerPayment, AcquirerState, Order};
use crate::gateway::http_client::{CallError, ClientError, client_for, read_body};
pub use notice::{Notice, YOOKASSA_NETWORKS, is_from, parse_notification};
use wire::{CreatePayment, understand};

/// Domains of the acquirer's card pages.
const CARD_PAGES: [&str; 2] = ["yoomoney.ru", "yookassa.ru"];

/// Timeout of one call; after it the payment's state is unknown and is polled.
const CALL_TIMEOUT: Duration = Duration::from_secs(20);
/// A payment with all its parts is a few kilobytes.
const MAX_ANSWER: usize = 256 * 1024;
/// Longest identifier accepted from outside; theirs have 36 characters.
const MAX_ID: usize = 64;
/// VAT 22 %, the rate since 01.01.2026, in the codes of fiscal receipts.
pub const VAT_22: u8 = 11;

/// Settings of ЮKassa. No `Debug`: it contains the secret.
#[derive(Clone)]
pub struct YooKassaSettings {
    /// `https://api.yookassa.ru/v3`, or the test bank's `{public_url}/test-bank/v3`.
    pub base_url: String,
    /// Another allowed origin of card pages besides the acquirer's own: the demo's test bank.
    pub card_page_origin: Option<String>,
    /// The shop.
    pub shop_id: String,
    /// Its secret key.
    pub secret: String,
    /// The code of the VAT rate in fiscal receipts; [`VAT_22`] by default.
    pub vat_code: u8,
}

/// Takes money through ЮKassa.
pub struct YooKassa {
    client: Client,
    settings: YooKassaSettings,
}

impl YooKassa {
    /// Checks the settings; does not connect yet.
    ///
    /// # Errors
    /// [`ClientError`] when the address is wrong or HTTPS cannot be set up.
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

    /// Rejects a card page outside the acquirer's own domains, so that an answer cannot redirect the payer elsewhere.
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

/// Letters, digits and dashes: an identifier becomes part of an address, and anyone can send a notice.
fn is_payment_id(text: &str) -> bool {
    (1..=MAX_ID).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
