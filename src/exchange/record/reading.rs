use std::hash::Hasher;

use super::{Column, Record, Row, hash_text, value};
use crate::domain::account::AccountNumber;
use crate::domain::meter::{Reading, ReadingSource};
use crate::exchange::Kind;
use crate::exchange::fault::Reason;
use crate::exchange::writer::CellWriter;

/// A reading of an account's meter.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReadingRecord {
    /// The account of the meter.
    pub account: AccountNumber,
    /// The meter's serial number.
    pub serial: String,
    /// The day, the value and the source.
    pub reading: Reading,
    /// Why billing rejected this reading of the portal. Such a row is no reading: it only answers the sender.
    pub rejected: Option<String>,
}

/// The source of a reading when billing gives none: it was entered at the provider.
pub const DEFAULT_SOURCE: ReadingSource = ReadingSource::Operator;
/// The allowed values of `source`, for a fault.
const SOURCES: &str = "subscriber, inspector, calculated, bank, operator";

impl Record for ReadingRecord {
    const KIND: Kind = Kind::Readings;
    const COLUMNS: &'static [Column] = &[
        Column::required("account"),
        Column::required("serial"),
        Column::required("date"),
        Column::required("value"),
        Column::optional("source"),
        Column::optional("rejected"),
    ];

    fn read(row: &mut Row<'_>) -> Option<Self> {
        let account = row.required(0, value::account(row.rules()));
        let serial = row.required(1, value::identifier);
        let date = row.required(2, value::date);
        let value = row.required(3, value::dial);
        let source = row.optional(4, |text| ReadingSource::parse(text).ok_or(Reason::NotOneOf(SOURCES)));
        let rejected = row.optional(5, value::text);
        Some(Self {
            account: account?,
            serial: serial?,
            reading: Reading { date: date?, value: value?, source: source?.unwrap_or(DEFAULT_SOURCE) },
            rejected: rejected?,
        })
    }

    fn write(&self, cells: &mut CellWriter) {
        cells.text(self.account.as_str());
        cells.text(&self.serial);
        cells.shown(Some(self.reading.date));
        cells.thousandths(Some(self.reading.value.raw()));
        cells.text(self.reading.source.as_str());
        cells.optional(self.rejected.as_deref());
    }

    fn hash_key(&self, hasher: &mut dyn Hasher) {
        hash_text(self.account.as_str(), hasher);
        hash_text(&self.serial, hasher);
        hasher.write_i16(self.reading.date.year());
        hasher.write_i16(self.reading.date.day_of_year());
    }

    fn account(&self) -> Option<&AccountNumber> {
        Some(&self.account)
    }

    fn meter_serial(&self) -> Option<&str> {
        Some(&self.serial)
    }
}
