//! The body of a message in the outbox: sealed JSON, because letters carry links, codes and PINs.

use serde::{Deserialize, Serialize};

use crate::domain::calendar::Period;
use crate::domain::id::AccountId;

/// What a message says.
#[derive(Clone, Serialize, Deserialize)]
pub(in crate::service) struct Body {
    /// The plain text of a letter, the text of an SMS, or the payload of a push.
    pub text: String,
    /// The letter as HTML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// The address that ends such letters (RFC 8058).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsubscribe: Option<String>,
    /// The receipt that is printed and attached when the letter is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<AttachedReceipt>,
}

crate::opaque_debug!(Body);

/// A receipt of an account.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub(in crate::service) struct AttachedReceipt {
    /// The account.
    pub account_id: AccountId,
    /// The month, as `Period::number`.
    period: i64,
}

impl AttachedReceipt {
    /// The receipt of an account for a month.
    pub const fn new(account_id: AccountId, period: Period) -> Self {
        Self { account_id, period: period.number() }
    }

    /// The month; `None` when the stored number is no month.
    pub fn period(&self) -> Option<Period> {
        Period::from_number(self.period).ok()
    }
}

impl Body {
    /// A text without anything else.
    pub const fn plain(text: String) -> Self {
        Self { text, html: None, unsubscribe: None, receipt: None }
    }

    /// As it is sealed.
    pub fn written(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads an opened body. A body that was sealed before bodies were JSON is its text.
    pub fn read(opened: String) -> Self {
        serde_json::from_str(&opened).unwrap_or_else(|_| Self::plain(opened))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_read_back_and_an_older_one_is_its_text() {
        let account_id = AccountId::trusted("a".repeat(26));
        let receipt = AttachedReceipt::new(account_id, Period::new(2026, 10).unwrap());
        let body = Body { receipt: Some(receipt.clone()), html: Some("<p>".to_owned()), ..Body::plain("1".to_owned()) };
        let read = Body::read(body.written());
        assert_eq!((read.text, read.html, read.receipt), ("1".to_owned(), Some("<p>".to_owned()), Some(receipt)));
        assert_eq!(Body::read("Ваш код: 1".to_owned()).text, "Ваш код: 1");
    }
}
