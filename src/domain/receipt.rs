//! The receipt (квитанция) of one account and month as one data record, with the calculation of its sums (M7).
//!
//! It contains billing's data only: an absent field is absent on paper. The layout is defined elsewhere.

use jiff::civil::Date;
use thiserror::Error;

use super::account::{Account, AccountNumber};
use super::calendar::Period;
use super::decimal::{Area, Volume};
use super::instalment::ReceiptInstalment;
use super::meter::{Meter, Reading};
use super::money::Money;
use super::pin::Pin;
use super::provider::Provider;
use super::settlement::{Balance, Charge, SumOverflow};
use super::text::fold;

/// Most services on one receipt: a household has a few, a hundred means corrupt data.
pub const MAX_ROWS: usize = 100;
/// Most meters on one receipt.
pub const MAX_METERS: usize = 50;

/// Why a receipt cannot be made.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Error)]
pub enum ReceiptError {
    /// The month has no charges: the page says so and shows no other month.
    #[error("no charges for the period")]
    NoCharges,
    /// A row of another month was given.
    #[error("a charge of another period")]
    OtherPeriod,
    /// More than [`MAX_ROWS`] services.
    #[error("more than {MAX_ROWS} charges")]
    TooManyRows,
    /// More than [`MAX_METERS`] meters.
    #[error("more than {MAX_METERS} meters")]
    TooManyMeters,
    /// The sums overflow.
    #[error("the receipt cannot be summed")]
    Sum(#[from] SumOverflow),
}

/// A meter as printed on the receipt of one month.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ReceiptMeter {
    /// Model, e.g. «ВК-G4».
    pub model: String,
    /// The serial number.
    pub serial: String,
    /// Place of installation.
    pub location: Option<String>,
    /// The last reading before the month.
    pub previous: Option<Reading>,
    /// The last reading within the month.
    pub current: Option<Reading>,
    /// Difference between the two readings, in thousandths; `None` when it is unknown.
    pub difference: Option<Volume>,
    /// The last day of valid verification.
    pub verified_until: Option<Date>,
    /// Whether verification had expired by the month's end: such a meter does not count.
    pub verification_expired: bool,
}

impl ReceiptMeter {
    /// A meter with the readings of a month; `None` when it was not installed that month. A reading belongs to the
    /// month of its date; `readings` may be in any order and may include other months.
    pub fn of(meter: &Meter, readings: &[Reading], period: Period) -> Option<Self> {
        let (first_day, last_day) = (period.first_day(), period.last_day());
        let gone = meter.removed_on.is_some_and(|day| day < first_day);
        let not_yet = meter.installed_on.is_some_and(|day| day > last_day);
        if gone || not_yet {
            return None;
        }
        let latest = |wanted: &dyn Fn(Date) -> bool| {
            readings.iter().filter(|reading| wanted(reading.date)).max_by_key(|reading| reading.date).copied()
        };
        let previous = latest(&|day| day < first_day);
        let current = latest(&|day| first_day <= day && day <= last_day);
        Some(Self {
            model: meter.model.clone(),
            serial: meter.serial.clone(),
            location: meter.location.clone(),
            difference: previous.zip(current).and_then(|(from, to)| meter.difference(from.value, to.value)),
            previous,
            current,
            verified_until: meter.verified_until,
            verification_expired: meter.verification_expired(last_day),
        })
    }
}

/// The sums of a receipt over all its rows, in kopecks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Totals {
    /// Owed at the month's start; negative is an overpayment.
    pub opening: Money,
    /// Charged for the month with recalculations, benefits, adjustments and write-offs, without penalties.
    pub charged: Money,
    /// The penalty for the month.
    pub penalty: Money,
    /// Paid within the month.
    pub paid: Money,
    /// Owed at the month's end according to billing's rows; negative is an overpayment.
    pub closing: Money,
}

/// The receipt of one account and month. It contains a PIN and personal data, hence no `Debug`.
#[derive(Clone)]
pub struct Receipt {
    /// The payee, with requisites.
    pub provider: Provider,
    /// The account.
    pub account_number: AccountNumber,
    /// Unified account of the state system, 10 characters.
    pub els: Option<String>,
    /// The person billed.
    pub subscriber: Option<String>,
    /// The address of the flat or house.
    pub address: String,
    /// Residents counted by the norm.
    pub residents: Option<u16>,
    /// Total area.
    pub area: Option<Area>,
    /// Heated area.
    pub heated_area: Option<Area>,
    /// The month.
    pub period: Period,
    /// The date of issue, in the provider's time zone.
    pub issued_on: Date,
    /// Its meters.
    pub meters: Vec<ReceiptMeter>,
    /// The breakdown by service, including penalties.
    pub rows: Vec<Charge>,
    /// Paid since billing closed the month, e.g. in the portal: subtracted from the sum due.
    pub paid_since: Money,
    /// The last day of counted payments.
    pub payments_counted_to: Option<Date>,
    /// The account's PIN, printed before the breakdown.
    pub pin: Option<Pin>,
    /// The part of an agreed instalment plan that is due with this receipt (section 5 of the form).
    pub instalment: Option<ReceiptInstalment>,
}

impl Receipt {
    /// Makes a receipt without meters, later payments, PIN and instalment: the caller sets them.
    ///
    /// # Errors
    /// [`ReceiptError`] when there are no rows, too many rows, rows of another month, or a sum overflows.
    pub fn new(
        provider: Provider,
        account: &Account,
        period: Period,
        issued_on: Date,
        rows: Vec<Charge>,
    ) -> Result<Self, ReceiptError> {
        let receipt = Self {
            provider,
            account_number: account.number.clone(),
            els: account.els.clone(),
            subscriber: account.subscriber.clone(),
            address: account.address.clone(),
            residents: account.residents,
            area: account.area,
            heated_area: account.heated_area,
            period,
            issued_on,
            meters: Vec::new(),
            rows,
            paid_since: Money::ZERO,
            payments_counted_to: None,
            pin: None,
            instalment: None,
        };
        receipt.check()?;
        Ok(receipt)
    }

    /// Checks that it can be printed: its rows belong to its month, no list is too long and no sum overflows.
    ///
    /// # Errors
    /// [`ReceiptError`] with the first rule that it violates.
    pub fn check(&self) -> Result<(), ReceiptError> {
        if self.rows.is_empty() {
            return Err(ReceiptError::NoCharges);
        }
        if self.rows.len() > MAX_ROWS {
            return Err(ReceiptError::TooManyRows);
        }
        if self.meters.len() > MAX_METERS {
            return Err(ReceiptError::TooManyMeters);
        }
        if self.rows.iter().any(|row| row.period != self.period) {
            return Err(ReceiptError::OtherPeriod);
        }
        self.totals()?;
        self.arrears()?;
        Ok(())
    }

    /// The rows of services, without penalties.
    pub fn services(&self) -> impl Iterator<Item = &Charge> {
        self.rows.iter().filter(|row| !is_penalty(&row.service))
    }

    /// The rows of penalties.
    pub fn penalties(&self) -> impl Iterator<Item = &Charge> {
        self.rows.iter().filter(|row| is_penalty(&row.service))
    }

    /// The rows that were recalculated.
    pub fn recalculations(&self) -> impl Iterator<Item = &Charge> {
        self.rows.iter().filter(|row| !row.recalculated.is_zero())
    }

    /// The sums over all rows.
    ///
    /// # Errors
    /// [`SumOverflow`] when billing's data are corrupt.
    pub fn totals(&self) -> Result<Totals, SumOverflow> {
        Ok(Totals {
            opening: self.sum(|row| row.opening)?,
            charged: sum_for_month(self.services())?,
            penalty: sum_for_month(self.penalties())?,
            paid: self.sum(|row| row.paid)?,
            closing: self.sum(|row| row.closing)?,
        })
    }

    fn sum(&self, part: fn(&Charge) -> Money) -> Result<Money, SumOverflow> {
        Money::checked_sum(self.rows.iter().map(part)).ok_or(SumOverflow)
    }

    /// The current debt or overpayment over all services: an overpayment of one covers the debt of another.
    ///
    /// # Errors
    /// [`SumOverflow`] when billing's data are corrupt.
    pub fn balance(&self) -> Result<Balance, SumOverflow> {
        match Balance::of(Some(self.sum(|row| row.closing)?), self.paid_since) {
            Balance::Unknown => Err(SumOverflow),
            balance => Ok(balance),
        }
    }

    /// The sum due: never below zero.
    ///
    /// # Errors
    /// [`SumOverflow`] when billing's data are corrupt.
    pub fn payable(&self) -> Result<Money, SumOverflow> {
        self.balance().map(Balance::due)
    }

    /// The part of [`Self::payable`] that was owed before this month; payments cover the oldest debt first.
    ///
    /// # Errors
    /// [`SumOverflow`] when billing's data are corrupt.
    pub fn arrears(&self) -> Result<Money, SumOverflow> {
        let (opening, paid) = (self.sum(|row| row.opening)?, self.sum(|row| row.paid)?);
        let left = opening.checked_sub(paid).and_then(|left| left.checked_sub(self.paid_since));
        Ok(left.ok_or(SumOverflow)?.max(Money::ZERO).min(self.payable()?))
    }

    /// The due date.
    pub fn due_on(&self) -> Date {
        self.period.due_date()
    }
}

fn sum_for_month<'a>(mut rows: impl Iterator<Item = &'a Charge>) -> Result<Money, SumOverflow> {
    rows.try_fold(Money::ZERO, |sum, row| sum.checked_add(charged_for_month(row)?)).ok_or(SumOverflow)
}

/// Charged for the month by one row: `charged + recalculated − benefit + adjusted − written_off`; `None` when it
/// overflows.
pub fn charged_for_month(row: &Charge) -> Option<Money> {
    row.charged
        .checked_add(row.recalculated)?
        .checked_sub(row.benefit)?
        .checked_add(row.adjusted)?
        .checked_sub(row.written_off)
}

/// Whether a service is a penalty, by its name: «Пеня за газ», «Газоснабжение (пени)».
pub fn is_penalty(service: &str) -> bool {
    fold(service).split(|c: char| !c.is_alphabetic()).any(|word| matches!(word, "пеня" | "пени" | "пеней" | "пеню"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::balance::DueSplit;
    use crate::domain::id::{AccountId, MeterId, ProviderId};
    use crate::domain::meter::ReadingSource;
    use crate::domain::settlement::MonthSettlement;
    use proptest::prelude::*;

    fn november() -> Period {
        Period::parse("2026-11").unwrap()
    }

    fn row(service: &str, opening: i64, charged: i64, paid: i64) -> Charge {
        let money = Money::from_kopecks;
        Charge {
            charged: money(charged),
            paid: money(paid),
            closing: money(opening + charged - paid),
            ..Charge::unchanged(november(), service, money(opening))
        }
    }

    fn provider() -> Provider {
        let id = ProviderId::trusted("p".repeat(26));
        Provider { name: "Горгаз".into(), ..Provider::new(id, "test".into(), 8) }
    }

    fn account() -> Account {
        Account {
            id: AccountId::trusted("a".repeat(26)),
            provider_id: ProviderId::trusted("p".repeat(26)),
            number: AccountNumber::trusted("59012345".into()),
            address: "г. Тихоярск, ул. Садовая, д. 1".into(),
            subscriber: None,
            els: None,
            area: None,
            heated_area: None,
            residents: None,
            phone: None,
            email: None,
            opened_on: None,
            closed_on: None,
        }
    }

    fn receipt(rows: Vec<Charge>) -> Result<Receipt, ReceiptError> {
        Receipt::new(provider(), &account(), november(), Date::constant(2026, 12, 1), rows)
    }

    fn made(rows: Vec<Charge>) -> Receipt {
        receipt(rows).unwrap_or_else(|error| panic!("{error}"))
    }

    fn money(kopecks: i64) -> Money {
        Money::from_kopecks(kopecks)
    }

    #[test]
    fn a_month_without_charges_has_no_receipt() {
        assert_eq!(receipt(vec![]).err(), Some(ReceiptError::NoCharges));
    }

    #[test]
    fn a_row_of_another_month_is_never_shown_as_this_one() {
        let mut october = row("Газ", 0, 100, 0);
        october.period = november().previous();
        assert_eq!(receipt(vec![row("Газ", 0, 100, 0), october]).err(), Some(ReceiptError::OtherPeriod));
    }

    #[test]
    fn lists_are_bounded_and_sums_that_do_not_fit_are_an_error() {
        assert_eq!(receipt(vec![row("Газ", 0, 1, 0); MAX_ROWS + 1]).err(), Some(ReceiptError::TooManyRows));
        let huge = row("Газ", i64::MAX, 0, 0);
        assert_eq!(receipt(vec![huge.clone(), huge]).err(), Some(ReceiptError::Sum(SumOverflow)));
    }

    #[test]
    fn penalties_are_summed_apart() {
        let mut gas = row("Газоснабжение природным газом", 1000, 50_000, 0);
        gas.recalculated = money(-2_000);
        gas.benefit = money(500);
        gas.closing = money(48_500);
        let totals = made(vec![gas, row("Пеня за газ", 30, 70, 0)]).totals().unwrap();
        assert_eq!(totals.charged, money(47_500));
        assert_eq!(totals.penalty, money(70));
        assert_eq!(totals.opening, money(1_030));
        assert_eq!(totals.closing, money(48_600));
    }

    #[test]
    fn a_penalty_is_told_by_its_word_and_not_by_its_letters() {
        for service in ["Пеня за газ", "ПЕНИ", "Газоснабжение (пени)", "Начисление пеней"]
        {
            assert!(is_penalty(service), "{service}");
        }
        for service in ["Газоснабжение", "Пенька", "Опениха: ТО"] {
            assert!(!is_penalty(service), "{service}");
        }
    }

    #[test]
    fn an_overpayment_is_never_asked_for() {
        let receipt = made(vec![row("Газ", 0, 44_763, 66_000)]);
        assert_eq!(receipt.balance(), Ok(Balance::Overpaid(money(21_237))));
        assert_eq!(receipt.payable(), Ok(Money::ZERO));
    }

    #[test]
    fn what_was_paid_since_is_not_asked_for_again() {
        let mut receipt = made(vec![row("Газ", 30_000, 44_763, 0)]);
        assert_eq!((receipt.payable(), receipt.arrears()), (Ok(money(74_763)), Ok(money(30_000))));
        receipt.paid_since = money(20_000);
        assert_eq!((receipt.payable(), receipt.arrears()), (Ok(money(54_763)), Ok(money(10_000))));
        receipt.paid_since = money(74_763);
        assert_eq!(receipt.balance(), Ok(Balance::Settled));
    }

    #[test]
    fn a_receipt_is_due_on_the_day_of_its_period() {
        assert_eq!(made(vec![row("Газ", 0, 1, 0)]).due_on(), Date::constant(2026, 12, 15));
    }

    fn meter() -> Meter {
        let (id, account_id) = (MeterId::trusted("m".repeat(26)), AccountId::trusted("a".repeat(26)));
        Meter { verified_until: Some(Date::constant(2026, 11, 29)), ..Meter::bare(id, account_id, "0012345") }
    }

    fn reading(date: Date, value: i64) -> Reading {
        Reading { date, value: Volume::from_raw(value), source: ReadingSource::Subscriber }
    }

    #[test]
    fn a_month_shows_its_own_readings_and_not_the_next_ones() {
        let readings = [
            reading(Date::constant(2026, 12, 20), 120_000),
            reading(Date::constant(2026, 9, 20), 80_000),
            reading(Date::constant(2026, 11, 20), 110_000),
            reading(Date::constant(2026, 10, 20), 100_000),
        ];
        let line = ReceiptMeter::of(&meter(), &readings, november()).unwrap();
        assert_eq!(line.previous, Some(readings[3]));
        assert_eq!(line.current, Some(readings[2]));
        assert_eq!(line.difference, Some(Volume::from_raw(10_000)));
        assert!(line.verification_expired, "ran out on the 29th, the month ends on the 30th");
    }

    #[test]
    fn a_month_without_a_reading_shows_the_earlier_one_only() {
        let readings = [reading(Date::constant(2026, 10, 20), 100_000)];
        let line = ReceiptMeter::of(&meter(), &readings, november()).unwrap();
        assert_eq!((line.current, line.difference), (None, None));
        assert_eq!(line.previous, Some(readings[0]));
    }

    #[test]
    fn a_meter_is_shown_only_in_the_months_it_was_there() {
        let gone = Meter { removed_on: Some(Date::constant(2026, 10, 31)), ..meter() };
        let later = Meter { installed_on: Some(Date::constant(2026, 12, 1)), ..meter() };
        let replaced = Meter { removed_on: Some(Date::constant(2026, 11, 10)), ..meter() };
        assert!(ReceiptMeter::of(&gone, &[], november()).is_none());
        assert!(ReceiptMeter::of(&later, &[], november()).is_none());
        assert!(ReceiptMeter::of(&replaced, &[], november()).is_some());
    }

    proptest! {
        #[test]
        fn what_is_payable_is_never_negative_and_never_less_than_its_arrears(
            rows in prop::collection::vec((-1_000_000_i64..1_000_000, -1_000_000_i64..1_000_000, 0_i64..1_000_000), 1..6),
            since in 0_i64..1_000_000,
        ) {
            let rows = rows.into_iter().map(|(opening, charged, paid)| row("Газ", opening, charged, paid)).collect();
            let mut receipt = made(rows);
            receipt.paid_since = money(since);
            let payable = receipt.payable().unwrap();
            let arrears = receipt.arrears().unwrap();
            prop_assert!(Money::ZERO <= arrears && arrears <= payable);
            let totals = receipt.totals().unwrap();
            let closing = totals.opening.kopecks() + totals.charged.kopecks() + totals.penalty.kopecks() - totals.paid.kopecks();
            prop_assert_eq!(totals.closing.kopecks(), closing);
            let month = MonthSettlement::of(november(), totals.opening, totals.paid, totals.closing).unwrap();
            let split = DueSplit::of(&[month], money(since));
            prop_assert_eq!(split.map(|split| split.older_debt).unwrap_or_default(), arrears, "the page says the same");
        }
    }
}
