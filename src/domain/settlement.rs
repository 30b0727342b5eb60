//! Settlements: opening balance, charges, recalculations, payments and closing balance, by month and service (M9).

use std::fmt;

use jiff::civil::Date;

use super::calendar::Period;
use super::decimal::{Area, Tariff, Volume};
use super::money::Money;

/// How a volume was determined.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Method {
    /// By the meter's readings.
    Meter,
    /// By the norm for residents or area.
    Norm,
    /// By the average of earlier months.
    Average,
    /// Any other method.
    Other,
}

impl Method {
    /// Every method, in the order of the exchange format.
    pub const ALL: [Self; 4] = [Self::Meter, Self::Norm, Self::Average, Self::Other];

    /// As stored and exchanged.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Meter => "meter",
            Self::Norm => "norm",
            Self::Average => "average",
            Self::Other => "other",
        }
    }

    /// From storage or a file.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == text)
    }

    /// The label on the page and the receipt; `None` for [`Self::Other`], where a label would say nothing.
    pub const fn words(self) -> Option<&'static str> {
        match self {
            Self::Meter => Some("по прибору учёта"),
            Self::Norm => Some("по нормативу"),
            Self::Average => Some("по среднему"),
            Self::Other => None,
        }
    }
}

/// The factor by which a norm gives the charged volume.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NormFactor {
    /// The number of residents.
    Residents(u16),
    /// The heated area.
    HeatedArea(Area),
}

/// `3 чел.`, `54,3 м²`.
impl fmt::Display for NormFactor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Residents(count) => write!(formatter, "{count}\u{a0}чел."),
            Self::HeatedArea(area) => write!(formatter, "{area}\u{a0}м²"),
        }
    }
}

/// A square metre, in thousandths.
const AREA_UNIT: i128 = 1_000;

/// One row of settlements: an account's month and service, as received from billing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Charge {
    /// The month.
    pub period: Period,
    /// Billing's name of the service, e.g. «Газоснабжение природным газом».
    pub service: String,
    /// Owed at the start; negative is an overpayment.
    pub opening: Money,
    /// Charged for the month.
    pub charged: Money,
    /// Recalculated, either sign.
    pub recalculated: Money,
    /// Benefit, subtracted.
    pub benefit: Money,
    /// Adjusted by hand, either sign.
    pub adjusted: Money,
    /// Written off, subtracted.
    pub written_off: Money,
    /// Paid within the month.
    pub paid: Money,
    /// Owed at the end; negative is an overpayment.
    pub closing: Money,
    /// The volume charged for.
    pub volume: Option<Volume>,
    /// Unit of the volume, e.g. «м³».
    pub unit: Option<String>,
    /// Price of one unit.
    pub tariff: Option<Tariff>,
    /// How the volume was determined.
    pub method: Option<Method>,
    /// The norm used, in units of the volume.
    pub norm: Option<Volume>,
    /// The reason of the recalculation.
    pub recalculation_reason: Option<String>,
}

impl Charge {
    /// A row of a month without changes: the closing balance equals the opening balance.
    pub fn unchanged(period: Period, service: impl Into<String>, owed: Money) -> Self {
        Self {
            period,
            service: service.into(),
            opening: owed,
            charged: Money::ZERO,
            recalculated: Money::ZERO,
            benefit: Money::ZERO,
            adjusted: Money::ZERO,
            written_off: Money::ZERO,
            paid: Money::ZERO,
            closing: owed,
            volume: None,
            unit: None,
            tariff: None,
            method: None,
            norm: None,
            recalculation_reason: None,
        }
    }

    /// `opening + charged + recalculated − benefit + adjusted − written_off − paid`; `None` when it overflows.
    pub fn expected_closing(&self) -> Option<Money> {
        self.opening
            .checked_add(self.charged)?
            .checked_add(self.recalculated)?
            .checked_sub(self.benefit)?
            .checked_add(self.adjusted)?
            .checked_sub(self.written_off)?
            .checked_sub(self.paid)
    }

    /// The number of residents or the heated area whose product with the norm is the volume. `None` when neither is: the
    /// account's data are those of today, and the norm may have several parts.
    pub fn norm_factor(&self, residents: Option<u16>, heated_area: Option<Area>) -> Option<NormFactor> {
        let norm = self.norm.map(|norm| i128::from(norm.raw())).filter(|norm| *norm > 0)?;
        let volume = i128::from(self.volume?.raw());
        let residents = residents.filter(|count| norm * i128::from(*count) == volume).map(NormFactor::Residents);
        let heated = heated_area.filter(|area| norm * i128::from(area.raw()) == volume * AREA_UNIT);
        residents.or(heated.map(NormFactor::HeatedArea))
    }

    /// Whether the row's own sums add up, to the kopeck.
    pub fn closes(&self) -> bool {
        self.expected_closing() == Some(self.closing)
    }
}

/// The sum of the portal's payments, each with its day, that a closed month does not include yet. Payments after the
/// month are not included, payments before it are. Payments within it are included if billing's paid total, less its
/// listed payments, covers them: a payment of the last evening may reach billing only in the next month. `None` when
/// the sum overflows.
pub fn paid_beside(month: Period, paid: Money, listed: Money, portal: &[(Money, Date)]) -> Option<Money> {
    let sum = |from: Date, to: Date| {
        Money::checked_sum(portal.iter().filter(|(_, day)| (from..=to).contains(day)).map(|(sum, _)| *sum))
    };
    let within = sum(month.first_day(), month.last_day())?;
    let after = sum(month.next().first_day(), Date::MAX)?;
    let covered = paid.checked_sub(listed)? >= within;
    if covered { Some(after) } else { after.checked_add(within) }
}

/// One month of an account, all services together.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MonthSettlement {
    /// The month.
    pub period: Period,
    /// Sum of openings.
    pub opening: Money,
    /// Sum of charged, recalculated and adjusted, less benefits and write-offs.
    pub charged: Money,
    /// Sum of payments.
    pub paid: Money,
    /// Sum of closings.
    pub closing: Money,
    /// The closing of the previous month with charges, if it differs from this opening: the page shows the difference.
    pub gap_from: Option<Closed>,
}

/// The closing balance of a month.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Closed {
    /// The month.
    pub period: Period,
    /// The balance at its end.
    pub closing: Money,
}

/// A sum of money overflows 64 bits: billing's data are corrupt.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a sum of settlements overflows")]
pub struct SumOverflow;

impl MonthSettlement {
    /// Makes a month from its sums; the charge is computed from the others.
    ///
    /// # Errors
    /// [`SumOverflow`] when the charge overflows.
    pub fn of(period: Period, opening: Money, paid: Money, closing: Money) -> Result<Self, SumOverflow> {
        let charged = closing.checked_add(paid).and_then(|sum| sum.checked_sub(opening)).ok_or(SumOverflow)?;
        Ok(Self { period, opening, charged, paid, closing, gap_from: None })
    }
}

/// Marks each month whose opening differs from the closing of the previous one; `months` are newest first. A missing
/// month between the two changes nothing: the balance before it is the balance after it.
pub fn mark_gaps(months: &mut [MonthSettlement]) {
    for place in 1..months.len() {
        let before = Closed { period: months[place].period, closing: months[place].closing };
        let month = &mut months[place - 1];
        month.gap_from = Some(before).filter(|before| before.closing != month.opening);
    }
}

/// One service of a month.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ServiceSettlement {
    /// Its row.
    pub charge: Charge,
    /// The closing of the same service in the previous month, if it differs from this opening.
    pub gap_from: Option<Closed>,
}

/// The rows of a month, each compared with the same service in the previous month. A service without a previous row is
/// new and gets no gap: only the month's totals can show one.
pub fn by_service(month: Vec<Charge>, before: &[Charge]) -> Vec<ServiceSettlement> {
    let compared = month.into_iter().map(|charge| {
        let row = before.iter().find(|row| row.service == charge.service && row.closing != charge.opening);
        let gap_from = row.map(|row| Closed { period: row.period, closing: row.closing });
        ServiceSettlement { charge, gap_from }
    });
    compared.collect()
}

/// A balance in words: never only a sign or a colour.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Balance {
    /// The sum due.
    Due(Money),
    /// The overpaid sum.
    Overpaid(Money),
    /// The balance is zero.
    Settled,
    /// Billing has sent no charges yet, which differs from zero.
    Unknown,
}

impl Balance {
    /// From billing's closing and the payments made in the portal since.
    pub fn of(closing: Option<Money>, paid_since: Money) -> Self {
        let Some(left) = closing.and_then(|closing| closing.checked_sub(paid_since)) else { return Self::Unknown };
        match left.kopecks() {
            0 => Self::Settled,
            kopecks if kopecks > 0 => Self::Due(left),
            _ => Self::Overpaid(left.magnitude()),
        }
    }

    /// The sum prefilled in the payment form.
    pub fn due(self) -> Money {
        if let Self::Due(sum) = self { sum } else { Money::ZERO }
    }

    /// The label before the sum on an account card.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Due(_) => "К оплате",
            Self::Overpaid(_) => "Переплата",
            Self::Settled => "Долга нет",
            Self::Unknown => "Начислений пока нет",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(period: &str, opening: i64, charged: i64, paid: i64) -> Charge {
        let money = Money::from_kopecks;
        Charge {
            charged: money(charged),
            paid: money(paid),
            closing: money(opening + charged - paid),
            ..Charge::unchanged(Period::parse(period).unwrap(), "Газ", money(opening))
        }
    }

    #[test]
    fn a_payment_of_the_portal_is_taken_off_until_the_closed_month_covers_it() {
        let (month, money) = (Period::parse("2026-10").unwrap(), Money::from_kopecks);
        let beside = |paid, listed, day| {
            paid_beside(month, money(paid), money(listed), &[(money(500), Date::constant(2026, day, 15))]).unwrap()
        };
        assert_eq!(beside(0, 0, 11), money(500), "after the month");
        assert_eq!(beside(0, 0, 9), money(0), "before the month");
        assert_eq!(beside(500, 0, 10), money(0), "within the month, which counts it");
        assert_eq!(beside(0, 0, 10), money(500), "within the month, which does not");
        assert_eq!(beside(700, 700, 10), money(500), "what was paid is listed by name already");
    }

    #[test]
    fn a_row_closes_to_the_kopeck() {
        let mut charge = row("2026-10", 0, 44_763, 66_000);
        assert!(charge.closes());
        assert_eq!(charge.closing, Money::from_kopecks(-21_237));
        charge.closing = Money::from_kopecks(-21_236);
        assert!(!charge.closes());
    }

    #[test]
    fn a_norm_has_a_factor_only_where_their_product_is_the_volume() {
        let charge = |norm, volume| Charge {
            norm: Some(Volume::from_raw(norm)),
            volume: Some(Volume::from_raw(volume)),
            ..row("2026-10", 0, 0, 0)
        };
        let area = Area::from_raw(54_300);
        let factor = |norm, volume| charge(norm, volume).norm_factor(Some(3), Some(area)).map(|f| f.to_string());
        assert_eq!(factor(12_000, 36_000).as_deref(), Some("3\u{a0}чел."));
        assert_eq!(factor(10_000, 543_000).as_deref(), Some("54,3\u{a0}м²"));
        assert_eq!(factor(12_000, 29_520), None);
        assert_eq!(factor(0, 0), None, "a norm of zero has any factor");
        assert_eq!(charge(12_000, 36_000).norm_factor(None, None), None);
    }

    fn month(period: &str, opening: i64, closing: i64) -> MonthSettlement {
        let money = Money::from_kopecks;
        MonthSettlement::of(Period::parse(period).unwrap(), money(opening), money(0), money(closing)).unwrap()
    }

    fn gaps(mut months: Vec<MonthSettlement>) -> Vec<Option<i64>> {
        mark_gaps(&mut months);
        months.into_iter().map(|month| month.gap_from.map(|before| before.closing.kopecks())).collect()
    }

    #[test]
    fn a_month_that_does_not_continue_the_one_before_is_marked() {
        let months = vec![month("2026-10", 120, 120), month("2026-09", 100, 150), month("2026-08", 0, 100)];
        assert_eq!(gaps(months), [Some(150), None, None]);
    }

    #[test]
    fn a_break_over_a_missing_month_is_marked_too() {
        assert_eq!(gaps(vec![month("2026-10", 120, 120), month("2026-08", 0, 100)]), [Some(100), None]);
        assert_eq!(gaps(vec![month("2026-10", 100, 120), month("2026-08", 0, 100)]), [None, None]);
    }

    #[test]
    fn services_whose_breaks_cancel_out_are_marked_each() {
        let before = [row("2026-09", 0, 100, 0), Charge { service: "Вода".into(), ..row("2026-09", 0, 50, 0) }];
        let month = vec![row("2026-10", 50, 0, 0), Charge { service: "Вода".into(), ..row("2026-10", 100, 0, 0) }];
        let gaps: Vec<_> = by_service(month, &before)
            .into_iter()
            .map(|service| service.gap_from.map(|before| before.closing))
            .collect();
        assert_eq!(gaps, [Some(Money::from_kopecks(100)), Some(Money::from_kopecks(50))]);
        assert_eq!(by_service(vec![row("2026-10", 70, 0, 0)], &before[1..])[0].gap_from, None, "a new service");
    }

    #[test]
    fn what_was_charged_is_what_the_sums_of_a_month_leave_over() {
        let money = Money::from_kopecks;
        let period = Period::parse("2026-10").unwrap();
        let month = MonthSettlement::of(period, money(100), money(30), money(150)).unwrap();
        assert_eq!(month.charged, money(80));
        assert_eq!(MonthSettlement::of(period, money(i64::MIN), money(0), money(1)), Err(SumOverflow));
    }

    #[test]
    fn a_balance_is_told_in_words_and_a_missing_one_is_not_zero() {
        let money = Money::from_kopecks;
        assert_eq!(Balance::of(Some(money(500)), money(200)), Balance::Due(money(300)));
        assert_eq!(Balance::of(Some(money(500)), money(700)), Balance::Overpaid(money(200)));
        assert_eq!(Balance::of(Some(money(500)), money(500)), Balance::Settled);
        assert_eq!(Balance::of(None, Money::ZERO), Balance::Unknown);
    }
}
