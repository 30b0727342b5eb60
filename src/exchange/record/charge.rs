use std::hash::Hasher;

use super::{Column, Record, Row, hash_text, value};
use crate::domain::account::AccountNumber;
use crate::domain::decimal::{Tariff, Volume};
use crate::domain::money::Money;
use crate::domain::settlement::{Charge, Method};
use crate::exchange::Kind;
use crate::exchange::fault::Reason;
use crate::exchange::writer::CellWriter;

/// One row of settlements of an account.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChargeRecord {
    /// The account.
    pub account: AccountNumber,
    /// The month, the service and the sums, which add up.
    pub charge: Charge,
}

/// Index of the column `closing`.
const CLOSING: usize = 6;
/// The allowed values of `method`, for a fault.
const METHODS: &str = "meter, norm, average, other";

impl Record for ChargeRecord {
    const KIND: Kind = Kind::Charges;
    const COLUMNS: &'static [Column] = &[
        Column::required("account"),
        Column::required("period"),
        Column::required("service"),
        Column::required("opening"),
        Column::required("charged"),
        Column::required("paid"),
        Column::required("closing"),
        Column::optional("volume"),
        Column::optional("unit"),
        Column::optional("tariff"),
        Column::optional("method"),
        Column::optional("norm"),
        Column::optional("recalculated"),
        Column::optional("recalculation_reason"),
        Column::optional("benefit"),
        Column::optional("adjusted"),
        Column::optional("written_off"),
    ];

    fn read(row: &mut Row<'_>) -> Option<Self> {
        let account = row.required(0, value::account(row.rules()));
        let period = row.required(1, value::period);
        let service = row.required(2, value::text);
        let opening = row.required(3, value::money);
        let charged = row.required(4, value::money);
        let paid = row.required(5, value::money);
        let closing = row.required(CLOSING, value::money);
        let volume = row.optional(7, value::volume);
        let unit = row.optional(8, value::identifier);
        let tariff = row.optional(9, |text| Ok(Tariff::parse(text)?));
        let method = row.optional(10, |text| Method::parse(text).ok_or(Reason::NotOneOf(METHODS)));
        let norm = row.optional(11, value::volume);
        let recalculated = row.optional(12, value::money);
        let recalculation_reason = row.optional(13, value::text);
        let benefit = row.optional(14, value::money);
        let adjusted = row.optional(15, value::money);
        let written_off = row.optional(16, value::money);
        let record = Self {
            account: account?,
            charge: Charge {
                period: period?,
                service: service?,
                opening: opening?,
                charged: charged?,
                recalculated: recalculated?.unwrap_or(Money::ZERO),
                benefit: benefit?.unwrap_or(Money::ZERO),
                adjusted: adjusted?.unwrap_or(Money::ZERO),
                written_off: written_off?.unwrap_or(Money::ZERO),
                paid: paid?,
                closing: closing?,
                volume: volume?,
                unit: unit?,
                tariff: tariff?,
                method: method?,
                norm: norm?,
                recalculation_reason: recalculation_reason?,
            },
        };
        record.closes(row).then_some(record)
    }

    fn write(&self, cells: &mut CellWriter) {
        let charge = &self.charge;
        cells.text(self.account.as_str());
        cells.period(charge.period);
        cells.text(&charge.service);
        cells.money(charge.opening);
        cells.money(charge.charged);
        cells.money(charge.paid);
        cells.money(charge.closing);
        cells.thousandths(charge.volume.map(Volume::raw));
        cells.optional(charge.unit.as_deref());
        cells.millionths(charge.tariff.map(Tariff::raw));
        cells.optional(charge.method.map(Method::as_str));
        cells.thousandths(charge.norm.map(Volume::raw));
        cells.money(charge.recalculated);
        cells.optional(charge.recalculation_reason.as_deref());
        cells.money(charge.benefit);
        cells.money(charge.adjusted);
        cells.money(charge.written_off);
    }

    fn hash_key(&self, hasher: &mut dyn Hasher) {
        hash_text(self.account.as_str(), hasher);
        hasher.write_i64(self.charge.period.number());
        hash_text(&self.charge.service, hasher);
    }

    fn account(&self) -> Option<&AccountNumber> {
        Some(&self.account)
    }
}

impl ChargeRecord {
    fn closes(&self, row: &mut Row<'_>) -> bool {
        match self.charge.expected_closing() {
            Some(expected) if expected == self.charge.closing => true,
            Some(expected) => {
                row.blame(CLOSING, Reason::DoesNotClose(expected));
                false
            }
            None => {
                row.blame(CLOSING, Reason::SumOverflow);
                false
            }
        }
    }
}
