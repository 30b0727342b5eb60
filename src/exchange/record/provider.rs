use std::hash::Hasher;

use super::{Column, Record, Row, hash_text, value};
use crate::domain::account::AccountNumber;
use crate::domain::decimal::Volume;
use crate::domain::meter::DIAL_DIGITS;
use crate::domain::reading_rules::{ExpiredVerification, Window};
use crate::domain::requisites::{RequisiteError, check_correspondent_account, check_inn, check_settlement_account};
use crate::exchange::Kind;
use crate::exchange::fault::Reason;
use crate::exchange::writer::CellWriter;

/// A supplier with its requisites.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ProviderRecord {
    /// Billing's code: Latin letters, digits and dashes.
    pub code: String,
    /// The name shown to subscribers.
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
    /// Digits of account numbers, 4–20.
    pub account_length: Option<u8>,
    /// Support e-mail address.
    pub support_email: Option<String>,
    /// Support phone number, in any usual format.
    pub support_phone: Option<String>,
    /// The provider's site.
    pub site: Option<String>,
    /// When the support answers.
    pub support_hours: Option<String>,
    /// The days on which the portal accepts readings; empty: none.
    pub readings_window: Option<Window>,
    /// The largest consumption of one reading, in thousandths.
    pub readings_ceiling: Option<Volume>,
    /// What an expired verification does: `warn` or `refuse`.
    pub readings_expired: Option<ExpiredVerification>,
    /// Digits before the comma of meters whose description has none.
    pub readings_digits: Option<u8>,
    /// Whether readings are accepted without signing in: `yes` or `no`.
    pub readings_open: Option<bool>,
}

/// The allowed values of `readings_window`, for a fault.
const WINDOWS: &str = "always или два дня месяца, например 15-25";
/// Index of the column `inn`.
const INN: usize = 3;
/// Index of the column `settlement_account`.
const SETTLEMENT_ACCOUNT: usize = 7;
/// Index of the column `correspondent_account`.
const CORRESPONDENT_ACCOUNT: usize = 8;

impl Record for ProviderRecord {
    const KIND: Kind = Kind::Providers;
    const COLUMNS: &'static [Column] = &[
        Column::required("code"),
        Column::required("name"),
        Column::optional("region"),
        Column::optional("inn"),
        Column::optional("kpp"),
        Column::optional("bank_name"),
        Column::optional("bik"),
        Column::optional("settlement_account"),
        Column::optional("correspondent_account"),
        Column::optional("account_length"),
        Column::optional("support_email"),
        Column::optional("support_phone"),
        Column::optional("site"),
        Column::optional("support_hours"),
        Column::optional("readings_window"),
        Column::optional("readings_ceiling"),
        Column::optional("readings_expired"),
        Column::optional("readings_digits"),
        Column::optional("readings_open"),
    ];

    fn read(row: &mut Row<'_>) -> Option<Self> {
        let code = row.required(0, value::code);
        let name = row.required(1, value::text);
        let region = row.optional(2, value::text);
        let inn = row.optional(INN, value::digits(&[10, 12], "10 или 12"));
        let kpp = row.optional(4, value::digits(&[9], "9"));
        let bank_name = row.optional(5, value::text);
        let bik = row.optional(6, value::digits(&[9], "9"));
        let settlement_account = row.optional(SETTLEMENT_ACCOUNT, value::digits(&[20], "20"));
        let correspondent_account = row.optional(CORRESPONDENT_ACCOUNT, value::digits(&[20], "20"));
        let account_length = row.optional(9, value::account_length);
        let support_email = row.optional(10, |text| value::email(text).map(|login| login.as_str().to_owned()));
        let support_phone = row.optional(11, value::identifier);
        let site = row.optional(12, value::text);
        let support_hours = row.optional(13, value::text);
        let readings_window = row.optional(14, |text| Window::parse(text).map_err(|_| Reason::NotOneOf(WINDOWS)));
        let readings_ceiling = row.optional(15, value::dial);
        let readings_expired =
            row.optional(16, |text| ExpiredVerification::parse(text).ok_or(Reason::NotOneOf("warn, refuse")));
        let readings_digits = row.optional(17, value::number_in(DIAL_DIGITS));
        let readings_open = row.optional(18, value::yes_or_no);
        let record = Self {
            code: code?,
            name: name?,
            region: region?,
            inn: inn?,
            kpp: kpp?,
            bank_name: bank_name?,
            bik: bik?,
            settlement_account: settlement_account?,
            correspondent_account: correspondent_account?,
            account_length: account_length?,
            support_email: support_email?,
            support_phone: support_phone?,
            site: site?,
            support_hours: support_hours?,
            readings_window: readings_window?,
            readings_ceiling: readings_ceiling?,
            readings_expired: readings_expired?,
            readings_digits: readings_digits?,
            readings_open: readings_open?,
        };
        requisites_hold(row, &record).then_some(record)
    }

    fn write(&self, cells: &mut CellWriter) {
        cells.text(&self.code);
        cells.text(&self.name);
        cells.optional(self.region.as_deref());
        cells.optional(self.inn.as_deref());
        cells.optional(self.kpp.as_deref());
        cells.optional(self.bank_name.as_deref());
        cells.optional(self.bik.as_deref());
        cells.optional(self.settlement_account.as_deref());
        cells.optional(self.correspondent_account.as_deref());
        cells.shown(self.account_length);
        cells.optional(self.support_email.as_deref());
        cells.optional(self.support_phone.as_deref());
        cells.optional(self.site.as_deref());
        cells.optional(self.support_hours.as_deref());
        cells.shown(self.readings_window);
        cells.thousandths(self.readings_ceiling.map(Volume::raw));
        cells.optional(self.readings_expired.map(ExpiredVerification::as_str));
        cells.shown(self.readings_digits);
        cells.optional(self.readings_open.map(|open| if open { "yes" } else { "no" }));
    }

    fn hash_key(&self, hasher: &mut dyn Hasher) {
        hash_text(&self.code, hasher);
    }

    fn account(&self) -> Option<&AccountNumber> {
        None
    }
}

/// Checks the requisites' check digits: money sent to a wrong number returns after days, or never. Accounts without
/// the bank's code are not checked.
fn requisites_hold(row: &mut Row<'_>, record: &ProviderRecord) -> bool {
    let bik = record.bik.as_deref().unwrap_or_default();
    let settlement = record.settlement_account.as_deref();
    let correspondent = record.correspondent_account.as_deref();
    let checks = [
        (INN, record.inn.as_deref().map(check_inn)),
        (SETTLEMENT_ACCOUNT, settlement.map(|account| check_settlement_account(bik, account))),
        (CORRESPONDENT_ACCOUNT, correspondent.map(|account| check_correspondent_account(bik, account))),
    ];
    let mut hold = true;
    for (column, check) in checks {
        if let Some(Err(RequisiteError::CheckDigit { place, expected })) = check {
            row.blame(column, Reason::CheckDigit { place, expected });
            hold = false;
        }
    }
    hold
}
