//! The wire format: the JSON of requests and answers, and the interpretation of an answer.

use reqwest::StatusCode;
use serde::{Deserialize, Serialize};

use super::super::{AcquirerError, AcquirerPayment, AcquirerState, FiscalContact, Order};
use super::{MAX_ID, is_payment_id, unknown};
use crate::domain::money::Money;
use crate::domain::payment::CancelReason;

/// Longest description of a payment and of a line of the fiscal receipt, in characters.
pub(super) const MAX_DESCRIPTION: usize = 128;
/// The only currency of the portal.
const CURRENCY: &str = "RUB";

/// Only a 4xx counts as refused, because it certainly changed nothing; except «retry later» (408, 429) and «the same
/// key is being processed» (409).
pub(super) fn understand(status: StatusCode, body: &[u8]) -> Result<AcquirerPayment, AcquirerError> {
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

/// The error's code without its description, which may repeat data of the request.
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

pub(super) fn shorten(text: &str) -> String {
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
pub(super) struct CreatePayment {
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

/// Shown in the shop's own pages, so that a person can find the payment there and here.
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
    /// The request for an order.
    pub(super) fn of(order: &Order, vat_code: u8) -> Self {
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

/// The closed list of `cancellation_details.reason`; reasons where a retry may work count as [`CancelReason::Other`].
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
