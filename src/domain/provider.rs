//! A provider: a supplier of a resource whose subscribers the portal serves.

use super::id::ProviderId;
use super::reading_rules::ReadingRules;

/// A supplier with its requisites, as loaded from billing. Absent requisites are `None`, never empty texts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Provider {
    /// The portal's own identifier.
    pub id: ProviderId,
    /// Billing's code, e.g. `perm-gas`.
    pub code: String,
    /// The name shown to subscribers, e.g. «Межрегионгаз Пермь».
    pub name: String,
    /// Region, for search.
    pub region: Option<String>,
    /// Taxpayer number: 10 or 12 digits.
    pub inn: Option<String>,
    /// Reason-of-registration code: 9 digits.
    pub kpp: Option<String>,
    /// The bank.
    pub bank_name: Option<String>,
    /// The bank's code: 9 digits.
    pub bik: Option<String>,
    /// 20 digits.
    pub settlement_account: Option<String>,
    /// 20 digits.
    pub correspondent_account: Option<String>,
    /// Number of digits in this provider's account numbers.
    pub account_length: u8,
    /// Support e-mail address (M11).
    pub support_email: Option<String>,
    /// Support phone number.
    pub support_phone: Option<String>,
    /// When the support answers, e.g. «пн–пт 8:00–17:00».
    pub support_hours: Option<String>,
    /// The provider's site.
    pub site: Option<String>,
    /// How the provider accepts readings; `None` when the portal accepts none.
    pub readings: Option<ReadingRules>,
}

impl Provider {
    /// A provider of which only the code is known yet.
    pub const fn new(id: ProviderId, code: String, account_length: u8) -> Self {
        Self {
            id,
            code,
            name: String::new(),
            region: None,
            inn: None,
            kpp: None,
            bank_name: None,
            bik: None,
            settlement_account: None,
            correspondent_account: None,
            account_length,
            support_email: None,
            support_phone: None,
            support_hours: None,
            site: None,
            readings: None,
        }
    }
}
