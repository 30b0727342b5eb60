//! The statement (выписка): every charge and payment of an account over some months, so that the opening balance and
//! the entries add up to the closing balance, to the kopeck.
//!
//! It shows billing's data only. Where billing's own figures disagree, an adjusting entry shows the difference: a
//! subscriber or a court would notice a silently omitted sum first.

use jiff::civil::Date;
use thiserror::Error;

use super::calendar::Period;
use super::money::Money;
use super::payment::BillingPayment;
use super::receipt::charged_for_month;
use super::settlement::{Charge, SumOverflow};

/// Most months of a statement: ten years, far beyond the three for which a debt can be claimed (ГК РФ 196).
pub const MAX_MONTHS: usize = 120;
/// Most charges, and most payments, of a statement: more than ten years of a dozen services.
pub const MAX_ENTRIES: usize = 2_000;

/// Why a statement cannot be made.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Error)]
pub enum StatementError {
    /// None of the months has charges.
    #[error("no charges in these months")]
    NoCharges,
    /// More than [`MAX_MONTHS`] months with charges, or [`MAX_ENTRIES`] charges or payments: choose fewer months.
    #[error("more than {MAX_MONTHS} months or {MAX_ENTRIES} entries")]
    TooLong,
    /// The sums overflow.
    #[error("the statement cannot be summed")]
    Sum(#[from] SumOverflow),
}

/// The subject of an entry.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Subject {
    /// A charge for a service, with its corrections.
    Charge {
        /// Billing's name of the service.
        service: String,
        /// The recalculated part of the charge.
        recalculated: Money,
    },
    /// A payment that billing lists.
    Payment {
        /// Its day.
        date: Date,
        /// The recipient of the money.
        source: Option<String>,
    },
    /// Difference between the month's paid total and its listed payments.
    Unlisted {
        /// Whether the paid total is larger.
        more: bool,
    },
    /// Billing's change between months: this opening balance differs from the last closing balance.
    Carried,
    /// The part of a month's closing balance that its rows do not explain.
    Unexplained,
}

impl Subject {
    /// The entry's title.
    pub fn words(&self) -> &str {
        match self {
            Self::Charge { service, .. } => service,
            Self::Payment { .. } => "Платёж",
            Self::Unlisted { more: true } => "Платежи, которых нет в списке поставщика",
            Self::Unlisted { more: false } => "Платежи, учтённые в другом месяце",
            Self::Carried => "Остаток изменён поставщиком между месяцами",
            Self::Unexplained => "Остаток изменён поставщиком",
        }
    }
}

/// One line of a statement.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// The subject.
    pub subject: Subject,
    /// Increase of the debt; negative for a decrease.
    pub charged: Money,
    /// Amount paid.
    pub paid: Money,
    /// Balance after this entry; negative is an overpayment.
    pub owed: Money,
}

/// One month of a statement.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StatementMonth {
    /// The month.
    pub period: Period,
    /// Charges by service, then payments by day, then the unexplained difference.
    pub entries: Vec<Entry>,
    /// Balance at its end.
    pub closing: Money,
}

/// The entries of some months with the opening and closing balances.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Statement {
    /// Balance at the start of the first month; negative is an overpayment.
    pub opening: Money,
    /// Months with charges, the oldest first; never empty.
    pub months: Vec<StatementMonth>,
    /// Total charged, including billing's other changes.
    pub charged: Money,
    /// Total paid.
    pub paid: Money,
    /// Balance at the end of the last month.
    pub closing: Money,
}

impl Statement {
    /// Makes a statement from the charges and the listed payments of some months, each oldest first. Payments of months
    /// without charges count in the next month with charges; payments after the last such month are omitted.
    ///
    /// # Errors
    /// [`StatementError`] when there are no charges, there are too many months or entries, or a sum overflows.
    pub fn new(charges: &[Charge], payments: &[BillingPayment]) -> Result<Self, StatementError> {
        let months: Vec<&[Charge]> = charges.chunk_by(|one, next| one.period == next.period).collect();
        if charges.len() > MAX_ENTRIES || payments.len() > MAX_ENTRIES || months.len() > MAX_MONTHS {
            return Err(StatementError::TooLong);
        }
        let opening = sum(months.first().ok_or(StatementError::NoCharges)?, |row| row.opening)?;
        let mut book = Book { owed: opening, entries: Vec::new() };
        let mut listed = payments;
        let mut kept = Vec::with_capacity(months.len());
        for rows in months {
            let period = rows[0].period;
            let within = listed.partition_point(|payment| payment.date <= period.last_day());
            let (paid, later) = listed.split_at(within);
            listed = later;
            book.note_month(rows, paid)?;
            kept.push(StatementMonth { period, entries: std::mem::take(&mut book.entries), closing: book.owed });
        }
        let entries = || kept.iter().flat_map(|month| &month.entries);
        Ok(Self {
            opening,
            charged: Money::checked_sum(entries().map(|entry| entry.charged)).ok_or(SumOverflow)?,
            paid: Money::checked_sum(entries().map(|entry| entry.paid)).ok_or(SumOverflow)?,
            closing: book.owed,
            months: kept,
        })
    }

    /// Its first month.
    pub fn from(&self) -> Period {
        self.months[0].period
    }

    /// Its last month.
    pub fn to(&self) -> Period {
        self.months[self.months.len() - 1].period
    }
}

/// The running balance, and the entries of the current month.
struct Book {
    owed: Money,
    entries: Vec<Entry>,
}

impl Book {
    fn note_month(&mut self, rows: &[Charge], payments: &[BillingPayment]) -> Result<(), SumOverflow> {
        self.note_difference(Subject::Carried, sum(rows, |row| row.opening)?)?;
        for row in rows {
            let charged = charged_for_month(row).ok_or(SumOverflow)?;
            let subject = Subject::Charge { service: row.service.clone(), recalculated: row.recalculated };
            self.note(subject, charged, Money::ZERO)?;
        }
        for payment in payments {
            let subject = Subject::Payment { date: payment.date, source: payment.source.clone() };
            self.note(subject, Money::ZERO, payment.amount)?;
        }
        let listed = Money::checked_sum(payments.iter().map(|payment| payment.amount)).ok_or(SumOverflow)?;
        let unlisted = sum(rows, |row| row.paid)?.checked_sub(listed).ok_or(SumOverflow)?;
        if !unlisted.is_zero() {
            self.note(Subject::Unlisted { more: !unlisted.is_negative() }, Money::ZERO, unlisted)?;
        }
        self.note_difference(Subject::Unexplained, sum(rows, |row| row.closing)?)
    }

    /// Adds an adjusting entry if the running balance differs from billing's.
    fn note_difference(&mut self, subject: Subject, owed: Money) -> Result<(), SumOverflow> {
        let difference = owed.checked_sub(self.owed).ok_or(SumOverflow)?;
        if difference.is_zero() { Ok(()) } else { self.note(subject, difference, Money::ZERO) }
    }

    fn note(&mut self, subject: Subject, charged: Money, paid: Money) -> Result<(), SumOverflow> {
        let owed = self.owed.checked_add(charged).and_then(|owed| owed.checked_sub(paid));
        self.owed = owed.ok_or(SumOverflow)?;
        self.entries.push(Entry { subject, charged, paid, owed: self.owed });
        Ok(())
    }
}

fn sum(rows: &[Charge], part: fn(&Charge) -> Money) -> Result<Money, SumOverflow> {
    Money::checked_sum(rows.iter().map(part)).ok_or(SumOverflow)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn money(kopecks: i64) -> Money {
        Money::from_kopecks(kopecks)
    }

    fn row(period: &str, service: &str, opening: i64, charged: i64, paid: i64) -> Charge {
        Charge {
            charged: money(charged),
            paid: money(paid),
            closing: money(opening + charged - paid),
            ..Charge::unchanged(Period::parse(period).unwrap(), service, money(opening))
        }
    }

    fn payment(date: &str, amount: i64) -> BillingPayment {
        BillingPayment {
            operation_id: date.into(),
            date: date.parse().unwrap(),
            amount: money(amount),
            source: Some("Касса".into()),
            service: None,
        }
    }

    /// The entries in short: subject, charged, paid, balance.
    fn told(statement: &Statement) -> Vec<(String, i64, i64, i64)> {
        let entries = statement.months.iter().flat_map(|month| &month.entries);
        let told = entries.map(|entry| {
            let [charged, paid, owed] = [entry.charged, entry.paid, entry.owed].map(Money::kopecks);
            (entry.subject.words().to_owned(), charged, paid, owed)
        });
        told.collect()
    }

    #[test]
    fn each_charge_and_payment_leads_from_the_opening_to_the_closing() {
        let charges = [row("2026-09", "Газ", 100, 300, 100), row("2026-10", "Газ", 300, 200, 450)];
        let payments = [payment("2026-09-10", 100), payment("2026-10-05", 300), payment("2026-10-20", 150)];
        let statement = Statement::new(&charges, &payments).unwrap();
        assert_eq!((statement.opening, statement.closing), (money(100), money(50)));
        assert_eq!((statement.charged, statement.paid), (money(500), money(550)));
        let expected = [
            ("Газ", 300, 0, 400),
            ("Платёж", 0, 100, 300),
            ("Газ", 200, 0, 500),
            ("Платёж", 0, 300, 200),
            ("Платёж", 0, 150, 50),
        ];
        assert_eq!(told(&statement), expected.map(|(words, charged, paid, owed)| (words.into(), charged, paid, owed)));
    }

    #[test]
    fn a_payment_counted_in_another_month_is_told_in_both() {
        let charges = [row("2026-09", "Газ", 0, 300, 0), row("2026-10", "Газ", 300, 200, 300)];
        let statement = Statement::new(&charges, &[payment("2026-09-30", 300)]).unwrap();
        let unlisted: Vec<i64> = statement
            .months
            .iter()
            .flat_map(|month| &month.entries)
            .filter(|entry| matches!(entry.subject, Subject::Unlisted { .. }))
            .map(|entry| entry.paid.kopecks())
            .collect();
        assert_eq!(unlisted, [-300, 300]);
        assert_eq!((statement.paid, statement.closing), (money(300), money(200)));
    }

    #[test]
    fn a_month_that_does_not_continue_the_last_one_says_by_how_much() {
        let statement =
            Statement::new(&[row("2026-09", "Газ", 0, 300, 0), row("2026-10", "Газ", 250, 0, 0)], &[]).unwrap();
        assert_eq!(told(&statement)[1], ("Остаток изменён поставщиком между месяцами".into(), -50, 0, 250));
    }

    #[test]
    fn a_row_that_does_not_close_says_by_how_much() {
        let broken = Charge { closing: money(310), ..row("2026-09", "Газ", 0, 300, 0) };
        let statement = Statement::new(&[broken], &[]).unwrap();
        assert_eq!(told(&statement)[1], ("Остаток изменён поставщиком".into(), 10, 0, 310));
    }

    #[test]
    fn no_charges_or_too_many_make_no_statement() {
        assert_eq!(Statement::new(&[], &[payment("2026-09-10", 100)]).err(), Some(StatementError::NoCharges));
        let many: Vec<Charge> = (0..=MAX_ENTRIES).map(|n| row("2026-09", &n.to_string(), 0, 1, 0)).collect();
        assert_eq!(Statement::new(&many, &[]).err(), Some(StatementError::TooLong));
        let huge = [row("2026-09", "а", i64::MAX, 0, 0), row("2026-09", "б", 1, 0, 0)];
        assert_eq!(Statement::new(&huge, &[]).err(), Some(StatementError::Sum(SumOverflow)));
    }

    proptest! {
        /// For any data from billing, the opening balance and the entries add up to the closing balance.
        #[test]
        fn the_arithmetic_always_meets(
            rows in prop::collection::vec((0_u32..30, -9_999_i64..9_999, -9_999_i64..9_999, 0_i64..9_999, -9_999_i64..9_999), 1..40),
            paid in prop::collection::vec((0_u32..900, -9_999_i64..9_999), 0..40),
        ) {
            let newest = Period::parse("2026-11").unwrap();
            let charge = |(months, opening, charged, paid, closing): (u32, i64, i64, i64, i64)| Charge {
                period: newest.months_before(months),
                closing: money(closing),
                ..row("2026-11", "Газ", opening, charged, paid)
            };
            let mut charges: Vec<Charge> = rows.into_iter().map(charge).collect();
            charges.sort_by_key(|charge| charge.period);
            let day = |days: u32| newest.last_day().checked_sub(jiff::Span::new().days(i64::from(days))).unwrap();
            let mut payments: Vec<BillingPayment> =
                paid.into_iter().map(|(days, sum)| payment(&day(days).to_string(), sum)).collect();
            payments.sort_by_key(|payment| payment.date);
            let statement = Statement::new(&charges, &payments).unwrap();
            let last = statement.to();
            let closing: i64 = charges.iter().filter(|charge| charge.period == last).map(|charge| charge.closing.kopecks()).sum();
            prop_assert_eq!(statement.closing.kopecks(), closing);
            let led = statement.opening.kopecks() + statement.charged.kopecks() - statement.paid.kopecks();
            prop_assert_eq!(led, closing);
        }
    }
}
