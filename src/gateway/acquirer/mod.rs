//! The acquirer: takes the card's money on its own page.

#[cfg(test)]
pub mod recording;
pub mod yookassa;

use futures::future::BoxFuture;
use thiserror::Error;

use crate::domain::money::Money;
use crate::domain::payment::CancelReason;

/// What the acquirer is asked to take.
#[derive(Clone, Eq, PartialEq)]
pub struct Order {
    /// Repeating a call with the same key never takes the money twice (valid 24 h).
    pub idempotency_key: String,
    /// How much.
    pub amount: Money,
    /// What the payer sees on the card page and in the statement.
    pub description: String,
    /// Where the payer comes back.
    pub return_url: String,
    /// The portal's identifier of the payment.
    pub payment_id: String,
    /// The account's number at the provider.
    pub account_number: String,
    /// Where the fiscal receipt goes: the payer's e-mail address or phone.
    pub fiscal_contact: FiscalContact,
}

crate::opaque_debug!(Order, payment_id);

/// Where the fiscal receipt goes (54-ФЗ).
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

/// What the acquirer says of a payment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AcquirerPayment {
    /// The acquirer's identifier.
    pub id: String,
    /// How much.
    pub amount: Money,
    /// Where it stands.
    pub state: AcquirerState,
}

/// Where a payment stands at the acquirer.
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

/// Why the acquirer gave no answer that can be used.
#[derive(Debug, Error)]
pub enum AcquirerError {
    /// A time-out, a 5xx or a broken answer: the money may have been taken. Ask again with the same key.
    #[error("the acquirer's answer is unknown: {0}")]
    Unknown(String),
    /// It said no to the request itself: wrong keys, wrong data.
    #[error("the acquirer refused the request: {0}")]
    Refused(String),
    /// It does not know this payment.
    #[error("the acquirer does not know this payment")]
    NotFound,
}

/// Takes money by card.
pub trait Acquirer: Send + Sync + 'static {
    /// Registers a payment, or finds the one registered under the same key.
    fn create<'a>(&'a self, order: &'a Order) -> BoxFuture<'a, Result<AcquirerPayment, AcquirerError>>;
    /// Asks how a payment stands.
    fn get<'a>(&'a self, acquirer_payment_id: &'a str) -> BoxFuture<'a, Result<AcquirerPayment, AcquirerError>>;
}
