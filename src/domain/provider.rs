//! A provider: a supplier of a resource whose subscribers the portal serves.

use super::id::ProviderId;

/// A supplier with its requisites, as loaded from billing. Absent requisites are `None`, never empty texts.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Provider {
    /// The portal's own identifier.
    pub id: ProviderId,
    /// Billing's code, e.g. `perm-gas`.
    pub code: String,
    /// The name that a subscriber knows, e.g. «Межрегионгаз Пермь».
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
    /// How many digits this provider's account numbers have.
    pub account_length: u8,
    /// Where a subscriber writes for help (M11).
    pub support_email: Option<String>,
    /// Where a subscriber calls.
    pub support_phone: Option<String>,
    /// The provider's site.
    pub site: Option<String>,
}
