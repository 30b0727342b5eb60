//! A payment of the test bank: its stages, the allowed transitions, and its form in the protocol.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::MOUNT;
use super::card::Outcome;
use crate::domain::calendar::{Moment, Span};
use crate::domain::money::Money;

/// Time limit for paying, from the registration.
pub(super) const TIME_TO_PAY: Span = Span::minutes(15);
/// Wrong 3-D Secure codes after which the payment is cancelled.
pub(super) const CODE_TRIES: u8 = 3;
/// The 3-D Secure code of every test card.
pub(super) const CODE: &str = "12345678";

/// Why the payment was refused, in the protocol's terms.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Refusal {
    InsufficientFunds,
    ThreeDSecureFailed,
    /// The card is not a test card.
    GeneralDecline,
    /// The payer pressed «Отказаться»: the protocol's nearest reason.
    PermissionRevoked,
    ExpiredOnConfirmation,
}

impl Refusal {
    /// The protocol's `party` and `reason`.
    const fn details(self) -> (&'static str, &'static str) {
        match self {
            Self::InsufficientFunds => ("payment_network", "insufficient_funds"),
            Self::ThreeDSecureFailed => ("payment_network", "3d_secure_failed"),
            Self::GeneralDecline => ("payment_network", "general_decline"),
            Self::PermissionRevoked => ("yoo_money", "permission_revoked"),
            Self::ExpiredOnConfirmation => ("yoo_money", "expired_on_confirmation"),
        }
    }
}

/// The stage of a payment.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stage {
    AwaitsCard,
    AwaitsCode {
        wrong: u8,
    },
    /// Final.
    Succeeded {
        at: Moment,
    },
    /// Final.
    Canceled {
        refusal: Refusal,
    },
}

impl Stage {
    pub(super) const fn is_final(self) -> bool {
        matches!(self, Self::Succeeded { .. } | Self::Canceled { .. })
    }

    /// The stage after the card is submitted. Other stages do not change.
    pub(super) fn with_card(self, outcome: Outcome, now: Moment) -> Self {
        match (self, outcome) {
            (Self::AwaitsCard, Outcome::Approves) => Self::Succeeded { at: now },
            (Self::AwaitsCard, Outcome::AsksForCode) => Self::AwaitsCode { wrong: 0 },
            (Self::AwaitsCard, Outcome::Refuses(refusal)) => Self::Canceled { refusal },
            (stage, _) => stage,
        }
    }

    /// The stage after the code is submitted. Other stages do not change.
    pub(super) fn with_code(self, typed: &str, now: Moment) -> Self {
        let Self::AwaitsCode { wrong } = self else { return self };
        let typed: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
        if typed == CODE {
            Self::Succeeded { at: now }
        } else if wrong + 1 < CODE_TRIES {
            Self::AwaitsCode { wrong: wrong + 1 }
        } else {
            Self::Canceled { refusal: Refusal::ThreeDSecureFailed }
        }
    }

    /// The stage after the payer declined or the time ran out. A final stage does not change.
    pub(super) const fn given_up(self, refusal: Refusal) -> Self {
        if self.is_final() { self } else { Self::Canceled { refusal } }
    }
}

/// A payment as the bank stores it. Never contains a card.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub(super) struct Payment {
    pub(super) amount: Money,
    pub(super) description: Option<String>,
    pub(super) return_url: String,
    pub(super) metadata: BTreeMap<String, Option<String>>,
    /// SHA-256 of the order, to detect another order under the same key.
    pub(super) order_hash: String,
    pub(super) stage: Stage,
}

impl Payment {
    /// The payment in the protocol's JSON.
    pub(super) fn show(&self, id: &str, created_at: Moment, shop_id: &str, public_url: &str) -> Value {
        let amount = json!({ "value": self.amount.machine(), "currency": "RUB" });
        let succeeded = matches!(self.stage, Stage::Succeeded { .. });
        let mut shown = json!({
            "id": id,
            "status": self.status(),
            "paid": succeeded,
            "amount": amount,
            "created_at": timestamp(created_at),
            "metadata": self.metadata,
            "recipient": { "account_id": shop_id, "gateway_id": "0" },
            "refundable": false,
            "test": true,
        });
        if let Some(description) = &self.description {
            shown["description"] = json!(description);
        }
        match self.stage {
            Stage::AwaitsCard | Stage::AwaitsCode { .. } => {
                let url = format!("{}{MOUNT}/pay/{id}", public_url.trim_end_matches('/'));
                shown["confirmation"] =
                    json!({ "type": "redirect", "return_url": self.return_url, "confirmation_url": url });
            }
            Stage::Succeeded { at } => {
                shown["captured_at"] = json!(timestamp(at));
                shown["income_amount"] = amount;
            }
            Stage::Canceled { refusal } => {
                let (party, reason) = refusal.details();
                shown["cancellation_details"] = json!({ "party": party, "reason": reason });
            }
        }
        shown
    }

    /// The protocol's status.
    pub(super) const fn status(&self) -> &'static str {
        match self.stage {
            Stage::AwaitsCard | Stage::AwaitsCode { .. } => "pending",
            Stage::Succeeded { .. } => "succeeded",
            Stage::Canceled { .. } => "canceled",
        }
    }
}

/// ISO 8601 in UTC.
fn timestamp(moment: Moment) -> String {
    jiff::Timestamp::from_microsecond(moment.micros()).map(|t| t.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment::from_micros(1);

    #[test]
    fn nothing_changes_a_final_stage() {
        for stage in [Stage::Succeeded { at: NOW }, Stage::Canceled { refusal: Refusal::GeneralDecline }] {
            assert_eq!(stage.with_card(Outcome::Approves, NOW), stage);
            assert_eq!(stage.with_card(Outcome::Refuses(Refusal::InsufficientFunds), NOW), stage);
            assert_eq!(stage.with_code(CODE, NOW), stage);
            assert_eq!(stage.given_up(Refusal::ExpiredOnConfirmation), stage);
        }
    }

    #[test]
    fn a_code_says_nothing_before_the_card_and_a_card_nothing_after_it() {
        assert_eq!(Stage::AwaitsCard.with_code(CODE, NOW), Stage::AwaitsCard);
        let asked = Stage::AwaitsCode { wrong: 1 };
        assert_eq!(asked.with_card(Outcome::Approves, NOW), asked);
    }

    #[test]
    fn the_third_wrong_code_ends_the_payment() {
        let mut stage = Stage::AwaitsCard.with_card(Outcome::AsksForCode, NOW);
        for wrong in 1..CODE_TRIES {
            stage = stage.with_code("87654321", NOW);
            assert_eq!(stage, Stage::AwaitsCode { wrong });
        }
        assert_eq!(stage.with_code(" 1234 5678 ", NOW), Stage::Succeeded { at: NOW });
        assert_eq!(stage.with_code("", NOW), Stage::Canceled { refusal: Refusal::ThreeDSecureFailed });
    }
}
