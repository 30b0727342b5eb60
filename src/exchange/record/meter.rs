use std::hash::Hasher;

use jiff::civil::Date;

use super::{Column, Record, Row, hash_text, value};
use crate::domain::account::AccountNumber;
use crate::domain::decimal::Volume;
use crate::domain::meter::DIAL_DIGITS;
use crate::exchange::Kind;
use crate::exchange::writer::CellWriter;

/// A meter of an account.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MeterRecord {
    /// The account.
    pub account: AccountNumber,
    /// The serial number.
    pub serial: String,
    /// Model, e.g. «ВК-G4».
    pub model: String,
    /// Digits before the comma.
    pub digits: Option<u8>,
    /// Digits after the comma.
    pub decimals: Option<u8>,
    /// Volume per unit of the dial.
    pub coefficient: Option<Volume>,
    /// Installation date.
    pub installed_on: Option<Date>,
    /// The last day of valid verification.
    pub verified_until: Option<Date>,
    /// Sealing date.
    pub sealed_on: Option<Date>,
    /// Place of installation.
    pub location: Option<String>,
    /// Removal date.
    pub removed_on: Option<Date>,
}

/// Allowed digits after the comma on a dial: volumes are stored in thousandths.
const DIAL_DECIMALS: std::ops::RangeInclusive<u8> = 0..=3;

impl Record for MeterRecord {
    const KIND: Kind = Kind::Meters;
    const COLUMNS: &'static [Column] = &[
        Column::required("account"),
        Column::required("serial"),
        Column::required("model"),
        Column::optional("digits"),
        Column::optional("decimals"),
        Column::optional("coefficient"),
        Column::optional("installed_on"),
        Column::optional("verified_until"),
        Column::optional("sealed_on"),
        Column::optional("location"),
        Column::optional("removed_on"),
    ];

    fn read(row: &mut Row<'_>) -> Option<Self> {
        let account = row.required(0, value::account(row.rules()));
        let serial = row.required(1, value::identifier);
        let model = row.required(2, value::text);
        let digits = row.optional(3, value::number_in(DIAL_DIGITS));
        let decimals = row.optional(4, value::number_in(DIAL_DECIMALS));
        let coefficient = row.optional(5, value::dial);
        let installed_on = row.optional(6, value::date);
        let verified_until = row.optional(7, value::date);
        let sealed_on = row.optional(8, value::date);
        let location = row.optional(9, value::text);
        let removed_on = row.optional(10, value::date);
        Some(Self {
            account: account?,
            serial: serial?,
            model: model?,
            digits: digits?,
            decimals: decimals?,
            coefficient: coefficient?,
            installed_on: installed_on?,
            verified_until: verified_until?,
            sealed_on: sealed_on?,
            location: location?,
            removed_on: removed_on?,
        })
    }

    fn write(&self, cells: &mut CellWriter) {
        cells.text(self.account.as_str());
        cells.text(&self.serial);
        cells.text(&self.model);
        cells.shown(self.digits);
        cells.shown(self.decimals);
        cells.thousandths(self.coefficient.map(Volume::raw));
        cells.shown(self.installed_on);
        cells.shown(self.verified_until);
        cells.shown(self.sealed_on);
        cells.optional(self.location.as_deref());
        cells.shown(self.removed_on);
    }

    fn hash_key(&self, hasher: &mut dyn Hasher) {
        hash_text(self.account.as_str(), hasher);
        hash_text(&self.serial, hasher);
    }

    fn account(&self) -> Option<&AccountNumber> {
        Some(&self.account)
    }
}
