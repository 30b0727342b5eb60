//! Meters and their readings (M9).

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::decimal::Volume;
use super::id::{AccountId, MeterId};

/// Thousandths in one unit of a coefficient.
const THOUSANDTHS: i128 = 1000;
/// Allowed number of digits before the comma on a dial.
pub const DIAL_DIGITS: std::ops::RangeInclusive<u8> = 3..=9;

/// A meter as described by billing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Meter {
    /// The portal's own identifier.
    pub id: MeterId,
    /// The account.
    pub account_id: AccountId,
    /// The serial number.
    pub serial: String,
    /// Model, e.g. «ВК-G4».
    pub model: String,
    /// Digits before the comma: the dial rolls over at 10^digits.
    pub digits: Option<u8>,
    /// Digits after the comma.
    pub decimals: Option<u8>,
    /// Volume per unit of the dial, in thousandths; absent means one.
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

impl Meter {
    /// Whether its verification has expired by a day.
    pub fn verification_expired(&self, today: Date) -> bool {
        self.verified_until.is_some_and(|until| until < today)
    }

    /// Its model and its serial number: `ВК-G4 № 12345`.
    pub fn name(&self) -> String {
        meter_name(&self.model, &self.serial)
    }

    /// The day of its removal, if that has come by a day.
    pub fn removed_by(&self, today: Date) -> Option<Date> {
        self.removed_on.filter(|day| *day <= today)
    }

    /// A number for a unit of the dial as one for a unit of the volume, or a difference of the dial as a volume: times the
    /// coefficient. `None` when it overflows.
    pub fn by_coefficient(&self, number: i64) -> Option<i64> {
        let Some(coefficient) = self.coefficient else { return Some(number) };
        i64::try_from(i128::from(number) * i128::from(coefficient.raw()) / THOUSANDTHS).ok()
    }

    /// Consumption between two readings; a smaller later value is a roll-over, if the number of digits is known. `None`
    /// when the difference is unknown.
    pub fn difference(&self, earlier: Volume, later: Volume) -> Option<Volume> {
        if later >= earlier {
            return later.checked_sub(earlier);
        }
        let digits = self.digits.filter(|digits| DIAL_DIGITS.contains(digits))?;
        let span = Volume::from_raw(10_i64.pow(u32::from(digits)) * 1000);
        let rolled = span.checked_sub(earlier)?.raw().checked_add(later.raw()).map(Volume::from_raw)?;
        // More than half the dial in one step is a mistake or another meter, not a roll-over.
        (rolled.raw() * 2 <= span.raw()).then_some(rolled)
    }
}

/// A meter of five digits and three decimals, of which nothing else is known.
#[cfg(test)]
impl Meter {
    /// For tests.
    pub fn bare(id: MeterId, account_id: AccountId, serial: &str) -> Self {
        Self {
            id,
            account_id,
            serial: serial.to_owned(),
            model: "ВК-G4".to_owned(),
            digits: Some(5),
            decimals: Some(3),
            coefficient: None,
            installed_on: None,
            verified_until: None,
            sealed_on: None,
            location: None,
            removed_on: None,
        }
    }
}

/// The name of a meter by its model and its serial number.
pub fn meter_name(model: &str, serial: &str) -> String {
    format!("{model} №\u{a0}{serial}")
}

/// The source of a reading.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReadingSource {
    /// The subscriber.
    Subscriber,
    /// The provider's inspector.
    Inspector,
    /// Estimated by billing: never mixed with the subscriber's own readings.
    Calculated,
    /// Given together with a payment at a bank.
    Bank,
    /// Taken by an operator by phone or letter.
    Operator,
}

impl ReadingSource {
    /// Every source, in the order of the exchange format.
    pub const ALL: [Self; 5] = [Self::Subscriber, Self::Inspector, Self::Calculated, Self::Bank, Self::Operator];

    /// As stored and exchanged.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Subscriber => "subscriber",
            Self::Inspector => "inspector",
            Self::Calculated => "calculated",
            Self::Bank => "bank",
            Self::Operator => "operator",
        }
    }

    /// From storage or a file.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.as_str() == text)
    }

    /// The label on the page.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Subscriber => "передано абонентом",
            Self::Inspector => "контролёр",
            Self::Calculated => "расчётное",
            Self::Bank => "через банк",
            Self::Operator => "оператор",
        }
    }
}

/// A meter's value on a date.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Reading {
    /// The day it was taken.
    pub date: Date,
    /// The dial's value.
    pub value: Volume,
    /// The source.
    pub source: ReadingSource,
}

/// An installed meter with its newest reading.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LastReading {
    /// The meter.
    pub meter_id: MeterId,
    /// Its serial number.
    pub serial: String,
    /// Its model.
    pub model: String,
    /// The reading; `None` for a meter without readings.
    pub reading: Option<Reading>,
}

/// A reading with the consumption since the previous reading.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct HistoryRow {
    /// The reading.
    pub reading: Reading,
    /// Consumption since the previous reading; `None` for the first reading or when it is unknown.
    pub difference: Option<Volume>,
}

/// Every reading with its difference, newest first. `readings` must be ordered by date.
pub fn history(meter: &Meter, readings: &[Reading]) -> Vec<HistoryRow> {
    let before = std::iter::once(None).chain(readings.iter().map(Some));
    let mut rows: Vec<HistoryRow> = readings
        .iter()
        .zip(before)
        .map(|(reading, earlier)| HistoryRow {
            reading: *reading,
            difference: earlier.and_then(|earlier| meter.difference(earlier.value, reading.value)),
        })
        .collect();
    rows.reverse();
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meter(digits: u8) -> Meter {
        let (id, account_id) = (MeterId::trusted("a".repeat(26)), AccountId::trusted("b".repeat(26)));
        let verified_until = Some(Date::constant(2026, 11, 5));
        Meter { digits: Some(digits), verified_until, ..Meter::bare(id, account_id, "1") }
    }

    #[test]
    fn a_dial_that_started_anew_is_told_by_its_digits() {
        let value = Volume::from_raw;
        assert_eq!(meter(5).difference(value(99_990_000), value(5_000)), Some(value(15_000)));
        assert_eq!(meter(5).difference(value(100_000), value(100_000)), Some(value(0)));
        assert_eq!(meter(5).difference(value(50_000_000), value(1_000)), None, "half a dial back is a mistake");
    }

    #[test]
    fn verification_holds_through_its_last_day() {
        assert!(!meter(5).verification_expired(Date::constant(2026, 11, 5)));
        assert!(meter(5).verification_expired(Date::constant(2026, 11, 6)));
    }

    #[test]
    fn the_first_reading_has_no_difference() {
        let reading = |day, value| Reading {
            date: Date::constant(2026, 10, day),
            value: Volume::from_raw(value),
            source: ReadingSource::Subscriber,
        };
        let rows = history(&meter(5), &[reading(1, 10_000), reading(20, 12_500)]);
        assert_eq!(rows[0].difference, Some(Volume::from_raw(2_500)));
        assert_eq!(rows[1].difference, None);
    }
}
