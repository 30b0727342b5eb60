//! Consumption by month, from two sources. [`of_charges`] takes the volumes that billing charged: they belong to a
//! month exactly, but to a service and not to a meter. [`of_readings`] takes the differences between a meter's own
//! readings: they belong to the meter, but only the later reading's date says to which month.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::calendar::Period;
use super::decimal::Volume;
use super::meter::{HistoryRow, Meter, ReadingSource};
use super::settlement::Method;

/// Months of a chart without the year before: a full turn of the seasons.
pub const YEAR: u32 = 12;
/// Months of a chart that compares each month with the same month a year earlier.
pub const TWO_YEARS: u32 = 24;

/// The volume of one charge.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChargedVolume {
    /// The month.
    pub period: Period,
    /// Billing's name of the service.
    pub service: String,
    /// The volume charged for.
    pub volume: Volume,
    /// Its unit, e.g. «м³».
    pub unit: String,
    /// How it was determined.
    pub method: Option<Method>,
}

/// The consumption of one month.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct MonthVolume {
    /// The month.
    pub period: Period,
    /// The volume; a recalculation may make it negative.
    pub volume: Volume,
    /// Whether it was computed by a norm or an average, not measured.
    pub computed: bool,
}

/// The consumption of one service by month.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Consumption {
    /// Billing's name of the service.
    pub service: String,
    /// The unit of the volumes.
    pub unit: String,
    /// The months, oldest first; months without a volume are missing. Never empty.
    pub months: Vec<MonthVolume>,
}

impl Consumption {
    /// The volumes of the newest year for a `Sparkline`, oldest first.
    pub fn newest_year(&self) -> Vec<(Period, Volume)> {
        let from = self.months.last().map(|month| month.period.months_before(YEAR - 1));
        let recent = self.months.iter().filter(|month| from.is_none_or(|from| month.period >= from));
        recent.map(|month| (month.period, month.volume)).collect()
    }
}

/// The consumption of the account's main metered service in its newest `months` calendar months; `None` when nothing
/// was charged by a meter.
///
/// The main one is the service and unit with the most months charged by a meter, then with the largest volume. Volumes
/// of several services are never added, even in the same unit: cold water and its drainage are the same cubic metres.
pub fn of_charges(rows: Vec<ChargedVolume>, months: u32) -> Option<Consumption> {
    let mut services: BTreeMap<(String, String), Vec<MonthVolume>> = BTreeMap::new();
    let mut metered: BTreeMap<(String, String), usize> = BTreeMap::new();
    for row in rows {
        let key = (row.service, row.unit);
        if row.method == Some(Method::Meter) {
            *metered.entry(key.clone()).or_default() += 1;
        }
        let computed = matches!(row.method, Some(Method::Norm | Method::Average));
        services.entry(key).or_default().push(MonthVolume { period: row.period, volume: row.volume, computed });
    }
    let volume = |months: &[MonthVolume]| months.iter().map(|month| i128::from(month.volume.raw())).sum::<i128>();
    let candidates = services.into_iter().filter_map(|(key, months)| Some((*metered.get(&key)?, key, months)));
    let (_, (service, unit), mut all) =
        candidates.max_by_key(|(count, key, months)| (*count, volume(months), Reverse(key.clone())))?;
    all.sort_by_key(|month| month.period);
    let from = all.last()?.period.months_before(months.saturating_sub(1));
    all.retain(|month| month.period >= from);
    Some(Consumption { service, unit, months: all })
}

/// The consumption of a meter by month, oldest first, from its history (newest first): the differences between its
/// readings, multiplied by its coefficient.
///
/// A difference belongs to the month of its later reading, and differences of one month are added. So after months
/// without a reading the next bar holds all of them; the page says so. A month whose difference is unknown is missing.
/// A month is computed if its last reading is.
pub fn of_readings(meter: &Meter, rows: &[HistoryRow]) -> Vec<MonthVolume> {
    let mut months: Vec<MonthVolume> = Vec::new();
    for row in rows.iter().rev() {
        let Some(volume) =
            row.difference.and_then(|difference| meter.by_coefficient(difference.raw())).map(Volume::from_raw)
        else {
            continue;
        };
        let period = Period::of(row.reading.date);
        let computed = row.reading.source == ReadingSource::Calculated;
        match months.last_mut().filter(|month| month.period == period) {
            Some(month) => {
                month.volume = Volume::from_raw(month.volume.raw().saturating_add(volume.raw()));
                month.computed = computed;
            }
            None => months.push(MonthVolume { period, volume, computed }),
        }
    }
    months
}

#[cfg(test)]
mod tests {
    use jiff::civil::Date;

    use super::*;
    use crate::domain::id::{AccountId, MeterId};
    use crate::domain::meter::{Reading, history};

    fn period(text: &str) -> Period {
        Period::parse(text).unwrap()
    }

    fn charged(month: &str, service: &str, volume: i64, method: Method) -> ChargedVolume {
        ChargedVolume {
            period: period(month),
            service: service.to_owned(),
            volume: Volume::from_raw(volume),
            unit: "м³".to_owned(),
            method: Some(method),
        }
    }

    fn told(months: &[MonthVolume]) -> Vec<(String, i64, bool)> {
        months.iter().map(|month| (month.period.machine(), month.volume.raw(), month.computed)).collect()
    }

    #[test]
    fn the_service_with_the_most_metered_months_is_the_main_one() {
        let rows = vec![
            charged("2026-09", "Газ", 30_000, Method::Meter),
            charged("2026-10", "Газ", 40_000, Method::Meter),
            charged("2026-10", "Вода", 900_000, Method::Meter),
            charged("2026-09", "Отопление", 900_000, Method::Norm),
            charged("2026-10", "Отопление", 900_000, Method::Norm),
        ];
        let main = of_charges(rows, YEAR).unwrap();
        assert_eq!((main.service.as_str(), main.unit.as_str()), ("Газ", "м³"));
        assert_eq!(told(&main.months), [("2026-09".into(), 30_000, false), ("2026-10".into(), 40_000, false)]);
    }

    #[test]
    fn of_two_services_metered_alike_the_larger_volume_decides() {
        let rows = vec![
            charged("2026-10", "Водоотведение", 5_000, Method::Meter),
            charged("2026-10", "Водоснабжение", 6_000, Method::Meter),
        ];
        assert_eq!(of_charges(rows, YEAR).unwrap().service, "Водоснабжение");
    }

    #[test]
    fn a_month_by_norm_or_average_is_computed() {
        let rows = vec![
            charged("2026-08", "Газ", 30_000, Method::Meter),
            charged("2026-10", "Газ", 35_000, Method::Norm),
            charged("2026-09", "Газ", 31_000, Method::Average),
        ];
        let months = of_charges(rows, YEAR).unwrap().months;
        assert_eq!(months.iter().map(|month| month.computed).collect::<Vec<_>>(), [false, true, true]);
    }

    #[test]
    fn an_account_without_a_meter_has_no_consumption() {
        assert_eq!(of_charges(vec![charged("2026-10", "Газ", 35_000, Method::Norm)], YEAR), None);
        assert_eq!(of_charges(Vec::new(), YEAR), None);
    }

    #[test]
    fn only_the_newest_months_are_kept_and_a_missing_month_stays_missing() {
        let months = ["2025-09", "2025-10", "2025-11", "2026-10"];
        let rows = months.map(|month| charged(month, "Газ", 1_000, Method::Meter)).to_vec();
        let main = of_charges(rows.clone(), YEAR).unwrap();
        let kept: Vec<Period> = main.months.iter().map(|month| month.period).collect();
        assert_eq!(kept, [period("2025-11"), period("2026-10")]);
        let two_years = of_charges(rows, TWO_YEARS).unwrap();
        assert_eq!(two_years.months.len(), 4);
        assert_eq!(two_years.newest_year().len(), 2, "a sparkline shows one year of them");
    }

    fn meter(coefficient: Option<i64>) -> Meter {
        let (id, account_id) = (MeterId::trusted("a".repeat(26)), AccountId::trusted("b".repeat(26)));
        Meter { coefficient: coefficient.map(Volume::from_raw), ..Meter::bare(id, account_id, "1") }
    }

    fn read(month: i8, day: i8, value: i64, source: ReadingSource) -> Reading {
        Reading { date: Date::constant(2026, month, day), value: Volume::from_raw(value), source }
    }

    #[test]
    fn a_difference_belongs_to_the_month_of_the_later_reading() {
        use ReadingSource::{Calculated, Subscriber};
        let readings = [
            read(5, 20, 10_000, Subscriber),
            read(6, 20, 12_000, Subscriber),
            read(9, 20, 18_000, Calculated),
            read(10, 5, 19_000, Calculated),
            read(10, 25, 21_500, Subscriber),
        ];
        let meter = meter(None);
        let months = of_readings(&meter, &history(&meter, &readings));
        let expected = [("2026-06", 2_000, false), ("2026-09", 6_000, true), ("2026-10", 3_500, false)];
        assert_eq!(told(&months), expected.map(|(month, volume, computed)| (month.to_owned(), volume, computed)));
    }

    #[test]
    fn a_month_with_an_unknown_difference_is_missing() {
        let meter = meter(None);
        let readings =
            [read(9, 20, 18_000, ReadingSource::Calculated), read(10, 20, 17_000, ReadingSource::Subscriber)];
        assert_eq!(of_readings(&meter, &history(&meter, &readings)), Vec::new());
    }

    #[test]
    fn a_difference_is_multiplied_by_the_coefficient() {
        let meter = meter(Some(40_000));
        let readings = [read(9, 20, 1_000, ReadingSource::Subscriber), read(10, 20, 2_500, ReadingSource::Subscriber)];
        assert_eq!(of_readings(&meter, &history(&meter, &readings))[0].volume, Volume::from_raw(60_000));
    }
}
