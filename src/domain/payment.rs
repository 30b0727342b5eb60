//! A payment made through the portal: its states and allowed transitions (M6).

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::account::AccountNumber;
use super::calendar::Moment;
use super::id::{AccountId, PaymentId, UserId};
use super::money::Money;

/// The state of a payment.
///
/// ```text
/// created ──register──▶ pending ──settle──▶ succeeded ──credit──▶ credited
///    │                    │
///    └──────cancel────────┴──────▶ canceled
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PaymentState {
    /// Stored with its idempotency key; may not be registered with the acquirer yet.
    Created,
    /// Registered with the acquirer; waits for the payer.
    Pending,
    /// The acquirer took the money. Only crediting can follow.
    Succeeded,
    /// Billing's registry lists the payment. Final.
    Credited,
    /// Cancelled by the acquirer or the payer; no money was taken. Final.
    Canceled,
}

/// A transition that the current state does not allow.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Error)]
#[error("a {from} payment cannot become {to}")]
pub struct InvalidTransition {
    /// The current state.
    pub from: PaymentState,
    /// The requested state.
    pub to: PaymentState,
}

impl PaymentState {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Created, Self::Pending, Self::Succeeded, Self::Credited, Self::Canceled];

    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Pending => "pending",
            Self::Succeeded => "succeeded",
            Self::Credited => "credited",
            Self::Canceled => "canceled",
        }
    }

    /// From storage.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether the acquirer will not change the state any more.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Credited | Self::Canceled)
    }

    /// Whether the money was taken.
    pub const fn is_paid(self) -> bool {
        matches!(self, Self::Succeeded | Self::Credited)
    }

    /// The label in lists.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Created | Self::Pending => "ожидает оплаты",
            Self::Succeeded => "оплачено",
            Self::Credited => "зачислено",
            Self::Canceled => "не прошёл",
        }
    }

    /// Changes to another state, if the transition is allowed.
    ///
    /// # Errors
    /// [`InvalidTransition`] when the transition is not allowed.
    pub fn step_to(self, to: Self) -> Result<Self, InvalidTransition> {
        use PaymentState::{Canceled, Created, Credited, Pending, Succeeded};
        match (self, to) {
            (Created, Pending | Canceled) | (Pending, Succeeded | Canceled) | (Succeeded, Credited) => Ok(to),
            (from, to) => Err(InvalidTransition { from, to }),
        }
    }
}

impl fmt::Display for PaymentState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Why the acquirer cancelled: a closed list of reasons that the portal explains.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelReason {
    /// Not enough money on the card.
    InsufficientFunds,
    /// 3-D Secure failed.
    ThreeDSecureFailed,
    /// The card has expired.
    CardExpired,
    /// The payer left, or the payment timed out.
    Expired,
    /// Number, date or code is wrong.
    InvalidCard,
    /// The bank suspects fraud or has limits.
    Refused,
    /// The payer pressed «Отказаться».
    ByPayer,
    /// Any other reason.
    Other,
}

impl CancelReason {
    /// Every reason.
    pub const ALL: [Self; 8] = [
        Self::InsufficientFunds,
        Self::ThreeDSecureFailed,
        Self::CardExpired,
        Self::Expired,
        Self::InvalidCard,
        Self::Refused,
        Self::ByPayer,
        Self::Other,
    ];

    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InsufficientFunds => "insufficient_funds",
            Self::ThreeDSecureFailed => "three_d_secure_failed",
            Self::CardExpired => "card_expired",
            Self::Expired => "expired",
            Self::InvalidCard => "invalid_card",
            Self::Refused => "refused",
            Self::ByPayer => "by_payer",
            Self::Other => "other",
        }
    }

    /// From storage.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }

    /// What happened and what to do, for the payer.
    pub const fn words(self) -> &'static str {
        match self {
            Self::InsufficientFunds => "На карте не хватило денег. Пополните её или заплатите другой картой.",
            Self::ThreeDSecureFailed => "Банк не получил подтверждения по коду. Попробуйте ещё раз.",
            Self::CardExpired => "Срок действия карты истёк. Заплатите другой картой.",
            Self::Expired => "Время на оплату вышло. Начните платёж заново.",
            Self::InvalidCard => "Данные карты введены с ошибкой. Проверьте их и попробуйте ещё раз.",
            Self::Refused => "Банк отклонил платёж. Узнайте причину в вашем банке или заплатите другой картой.",
            Self::ByPayer => "Вы отказались от оплаты.",
            Self::Other => "Платёж не прошёл. Попробуйте ещё раз или заплатите другой картой.",
        }
    }

    /// Whether the payer has to correct something before the next try.
    pub const fn needs_correction(self) -> bool {
        matches!(self, Self::InsufficientFunds | Self::CardExpired | Self::InvalidCard)
    }
}

/// A payment made through the portal.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Payment {
    /// Random, used in addresses.
    pub id: PaymentId,
    /// The account.
    pub account_id: AccountId,
    /// The payer; still the owner of the payment after unlinking (M10).
    pub user_id: UserId,
    /// The sum.
    pub amount: Money,
    /// The state.
    pub state: PaymentState,
    /// The reason of cancellation, if cancelled.
    pub cancel_reason: Option<CancelReason>,
    /// The acquirer's identifier, set on registration.
    pub acquirer_payment_id: Option<String>,
    /// URL of the acquirer's card form, set on registration.
    pub confirmation_url: Option<String>,
    /// Idempotency key sent with every call; stored before the first call.
    pub idempotency_key: String,
    /// Time of creation.
    pub created_at: Moment,
    /// Time of the last state change.
    pub changed_at: Moment,
    /// When the acquirer took the money.
    pub paid_at: Option<Moment>,
}

impl Payment {
    /// The acquirer registered the order and returned the payment URL.
    ///
    /// # Errors
    /// [`InvalidTransition`] unless it was just created.
    pub fn register(self, acquirer_id: String, url: String, now: Moment) -> Result<Self, InvalidTransition> {
        let payment = self.go(PaymentState::Pending, now)?;
        Ok(Self { acquirer_payment_id: Some(acquirer_id), confirmation_url: Some(url), ..payment })
    }

    /// The acquirer took the money.
    ///
    /// # Errors
    /// [`InvalidTransition`] unless it was pending.
    pub fn settle(self, now: Moment) -> Result<Self, InvalidTransition> {
        let payment = self.go(PaymentState::Succeeded, now)?;
        Ok(Self { paid_at: Some(now), ..payment })
    }

    /// When the payment was accepted; of an unpaid one, when it last changed.
    pub fn accepted_at(&self) -> Moment {
        self.paid_at.unwrap_or(self.changed_at)
    }

    /// When the portal read the payment in billing's registry; `None` before that.
    pub fn credited_at(&self) -> Option<Moment> {
        (self.state == PaymentState::Credited).then_some(self.changed_at)
    }

    /// The payment was cancelled: no money was or will be taken.
    ///
    /// # Errors
    /// [`InvalidTransition`] once it is final.
    pub fn cancel(self, reason: CancelReason, now: Moment) -> Result<Self, InvalidTransition> {
        let payment = self.go(PaymentState::Canceled, now)?;
        Ok(Self { cancel_reason: Some(reason), ..payment })
    }

    fn go(self, to: PaymentState, now: Moment) -> Result<Self, InvalidTransition> {
        Ok(Self { state: self.state.step_to(to)?, changed_at: now, ..self })
    }
}

/// A payment listed by billing, through any recipient (M9).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BillingPayment {
    /// The accounting date.
    pub date: jiff::civil::Date,
    /// The sum.
    pub amount: Money,
    /// The recipient's identifier of the payment.
    pub operation_id: String,
    /// The recipient, e.g. «Сбербанк».
    pub source: Option<String>,
    /// The service, if the payment is for one service.
    pub service: Option<String>,
}

/// The payer, as far as it may be shown to a user of the account.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Payer {
    /// This user, by a payment in the portal.
    Own(PaymentId),
    /// Another user of the portal, shown anonymously.
    Other,
    /// Somebody outside the portal.
    Outside,
}

/// A payment of an account as shown to its user: from the portal or from billing (M9).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AccountPayment {
    /// The day of the payment; the day of its creation while it is unpaid.
    pub date: jiff::civil::Date,
    /// The sum.
    pub amount: Money,
    /// Its state.
    pub state: PaymentState,
    /// The payer.
    pub payer: Payer,
    /// Whether billing lists it.
    pub billed: bool,
    /// Billing's name of the recipient.
    pub source: Option<String>,
}

/// A user's own payment with its payee: an account unlinked since then keeps its name in the history (M10).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OwnPayment {
    /// The payment.
    pub payment: Payment,
    /// The account's number.
    pub number: AccountNumber,
    /// The provider's name.
    pub provider: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use PaymentState::{Canceled, Created, Credited, Pending, Succeeded};

    #[test]
    fn the_whole_matrix_of_transitions() {
        let allowed =
            [(Created, Pending), (Created, Canceled), (Pending, Succeeded), (Pending, Canceled), (Succeeded, Credited)];
        for from in PaymentState::ALL {
            for to in PaymentState::ALL {
                let expected = if allowed.contains(&(from, to)) { Ok(to) } else { Err(InvalidTransition { from, to }) };
                assert_eq!(from.step_to(to), expected, "{from} -> {to}");
            }
        }
    }

    #[test]
    fn nothing_leads_from_a_paid_state_to_a_refusal() {
        for state in PaymentState::ALL.into_iter().filter(|state| state.is_paid()) {
            assert!(state.step_to(Canceled).is_err(), "{state}");
            assert!(state.step_to(Pending).is_err(), "{state}");
        }
    }

    #[test]
    fn crediting_keeps_the_time_of_the_payment() {
        let at = Moment::from_micros;
        let payment = Payment {
            id: PaymentId::trusted("p".repeat(26)),
            account_id: AccountId::trusted("a".repeat(26)),
            user_id: UserId::trusted("u".repeat(26)),
            amount: Money::from_kopecks(100),
            state: Pending,
            cancel_reason: None,
            acquirer_payment_id: None,
            confirmation_url: None,
            idempotency_key: String::new(),
            created_at: at(1),
            changed_at: at(1),
            paid_at: None,
        };
        let paid = payment.settle(at(2)).unwrap();
        assert_eq!((paid.accepted_at(), paid.credited_at()), (at(2), None));
        let credited = Payment { state: Credited, changed_at: at(3), ..paid };
        assert_eq!((credited.accepted_at(), credited.credited_at()), (at(2), Some(at(3))));
    }

    #[test]
    fn stored_names_are_read_back() {
        for state in PaymentState::ALL {
            assert_eq!(PaymentState::parse(state.as_str()), Some(state));
        }
        for reason in CancelReason::ALL {
            assert_eq!(CancelReason::parse(reason.as_str()), Some(reason));
        }
        assert_eq!(PaymentState::parse("paid"), None);
    }
}
