//! A payment made through the portal: its states and the only ways between them (M6).

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::calendar::Moment;
use super::id::{AccountId, PaymentId, UserId};
use super::money::Money;

/// Where a payment stands.
///
/// ```text
/// created ──register──▶ pending ──settle──▶ succeeded ──credit──▶ credited
///    │                    │
///    └──────cancel────────┴──────▶ canceled
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PaymentState {
    /// Stored with its idempotency key; the acquirer may not know it yet.
    Created,
    /// The acquirer knows it and waits for the payer.
    Pending,
    /// The acquirer took the money. The money part is final.
    Succeeded,
    /// Billing has brought the payment back. Final.
    Credited,
    /// The acquirer or the payer gave up; no money was taken. Final.
    Canceled,
}

/// A step that the state does not allow.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Error)]
#[error("a {from} payment cannot become {to}")]
pub struct InvalidTransition {
    /// The state it is in.
    pub from: PaymentState,
    /// The state that was asked for.
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

    /// Whether the acquirer has nothing more to tell.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Credited | Self::Canceled)
    }

    /// Whether the money was taken.
    pub const fn is_paid(self) -> bool {
        matches!(self, Self::Succeeded | Self::Credited)
    }

    /// In words, for lists.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Created | Self::Pending => "ожидает оплаты",
            Self::Succeeded => "оплачено",
            Self::Credited => "зачислено",
            Self::Canceled => "не прошёл",
        }
    }

    /// Goes to another state, if there is such a step.
    ///
    /// # Errors
    /// [`InvalidTransition`] names both states.
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

/// Why the acquirer refused, in the closed list that the portal can explain.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelReason {
    /// Not enough money on the card.
    InsufficientFunds,
    /// 3-D Secure was not passed.
    ThreeDSecureFailed,
    /// The card has expired.
    CardExpired,
    /// The payer left, or the time for paying ran out.
    Expired,
    /// Number, date or code is wrong.
    InvalidCard,
    /// The bank suspects fraud or has limits.
    Refused,
    /// The payer pressed «Отказаться».
    ByPayer,
    /// Anything that the list does not know.
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
}

/// A payment made through the portal.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Payment {
    /// Random, used in addresses.
    pub id: PaymentId,
    /// For which account.
    pub account_id: AccountId,
    /// Who pays; the payment stays theirs after unlinking (M10).
    pub user_id: UserId,
    /// How much.
    pub amount: Money,
    /// Where it stands.
    pub state: PaymentState,
    /// Why it was cancelled, if it was.
    pub cancel_reason: Option<CancelReason>,
    /// The acquirer's identifier, once it answered.
    pub acquirer_payment_id: Option<String>,
    /// Where the payer enters the card, once the acquirer answered.
    pub confirmation_url: Option<String>,
    /// Sent with every call about it; stored before the first one.
    pub idempotency_key: String,
    /// When it was begun.
    pub created_at: Moment,
    /// When the state last changed.
    pub changed_at: Moment,
}

impl Payment {
    /// The acquirer has taken the order and told where to pay.
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
        self.go(PaymentState::Succeeded, now)
    }

    /// No money was taken and none will be.
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

/// A payment as billing lists it: whoever took the money (M9).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct BillingPayment {
    /// The day it counts for.
    pub date: jiff::civil::Date,
    /// How much.
    pub amount: Money,
    /// The identifier that the taker gave it.
    pub operation_id: String,
    /// Who took it, e.g. «Сбербанк».
    pub source: Option<String>,
    /// For which service, if for one.
    pub service: Option<String>,
}

/// The payer, as far as a user of the account may know.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Payer {
    /// This user, by a payment in the portal.
    Own(PaymentId),
    /// Another user of the portal, who stays anonymous.
    Other,
    /// Somebody outside the portal.
    Outside,
}

/// A payment of an account as a user of it sees it: of the portal or of billing (M9).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AccountPayment {
    /// The day of the payment; the day of its creation while it is unpaid.
    pub date: jiff::civil::Date,
    /// How much.
    pub amount: Money,
    /// Its state.
    pub state: PaymentState,
    /// The payer.
    pub payer: Payer,
    /// Whether billing lists it.
    pub billed: bool,
    /// The recipient of the money, as billing names it.
    pub source: Option<String>,
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
