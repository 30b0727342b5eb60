//! The acquirer: takes payments by card on its own page.

#[cfg(test)]
pub mod recording;
pub mod yookassa;

use futures::future::BoxFuture;
use thiserror::Error;

use crate::domain::money::Money;
use crate::domain::payment::CancelReason;

/// A payment to register with the acquirer.
#[derive(Clone, Eq, PartialEq)]
pub struct Order {
    /// Idempotency key: a retry with the same key never takes the money twice (valid 24 h).
    pub idempotency_key: String,
    /// The sum.
    pub amount: Money,
    /// Shown to the payer on the card page and in the bank statement.
    pub description: String,
    /// The page that the payer returns to.
    pub return_url: String,
    /// The portal's identifier of the payment.
    pub payment_id: String,
    /// The account's number at the provider.
    pub account_number: String,
    /// Recipient of the fiscal receipt: the payer's e-mail address or phone.
    pub fiscal_contact: FiscalContact,
}

crate::opaque_debug!(Order, payment_id);

/// Recipient of the fiscal receipt (54-ФЗ).
#[derive(Clone, Eq, PartialEq)]
pub enum FiscalContact {
    /// To an address.
    Email(String),
    /// To a phone, as `+7XXXXXXXXXX`.
    Phone(String),
}

impl std::fmt::Debug for FiscalContact {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("FiscalContact(…)")
    }
}

/// The state of a payment, as the acquirer reports it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AcquirerPayment {
    /// The acquirer's identifier.
    pub id: String,
    /// The sum.
    pub amount: Money,
    /// Its state.
    pub state: AcquirerState,
}

/// The state of a payment at the acquirer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AcquirerState {
    /// Waits for the payer, at this address.
    Pending {
        /// The card page; absent while 3-D Secure runs.
        confirmation_url: Option<String>,
    },
    /// The money was taken. Final.
    Succeeded,
    /// No money was taken. Final.
    Canceled(CancelReason),
}

/// Why there is no usable answer from the acquirer.
#[derive(Debug, Error)]
pub enum AcquirerError {
    /// A timeout, a 5xx or a malformed answer: the money may have been taken. Retry with the same key.
    #[error("the acquirer's answer is unknown: {0}")]
    Unknown(String),
    /// It rejected the request itself: wrong keys, wrong data.
    #[error("the acquirer refused the request: {0}")]
    Refused(String),
    /// The acquirer has no such payment.
    #[error("the acquirer does not know this payment")]
    NotFound,
}

/// Takes money by card.
pub trait Acquirer: Send + Sync + 'static {
    /// Registers a payment, or finds the one registered under the same key.
    fn create<'a>(&'a self, order: &'a Order) -> BoxFuture<'a, Result<AcquirerPayment, AcquirerError>>;
    /// Polls the state of a payment.
    fn get<'a>(&'a self, acquirer_payment_id: &'a str) -> BoxFuture<'a, Result<AcquirerPayment, AcquirerError>>;
}
