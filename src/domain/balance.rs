//! The sum due split into the newest month and the older debt, as on the receipt.

use jiff::civil::Date;

use super::calendar::Period;
use super::money::Money;
use super::settlement::{Balance, MonthSettlement};

/// Months that are read to find the first unpaid one: an older debt is shown without its month.
pub const MAX_DEBT_MONTHS: i64 = 36;

/// The sum due in two parts, which add up to it. Payments cover the oldest debt first, as on the receipt
/// ([`super::receipt::Receipt::arrears`]).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DueSplit {
    /// The unpaid part of the newest month.
    pub for_period: Money,
    /// The newest month.
    pub period: Period,
    /// The part owed for earlier months.
    pub older_debt: Money,
    /// The first of the earlier months that is not fully paid. `None` when there is no older debt, and when it began
    /// before the months at hand or before a month that does not continue the one before it.
    pub older_since: Option<Period>,
}

impl DueSplit {
    /// The split after payments made since the newest month. `months` are the newest ones, newest first. `None` when
    /// nothing is due, when there are no months, and when a sum overflows.
    pub fn of(months: &[MonthSettlement], paid_since: Money) -> Option<Self> {
        let (newest, earlier) = months.split_first()?;
        let Balance::Due(due) = Balance::of(Some(newest.closing), paid_since) else { return None };
        let left = newest.opening.checked_sub(newest.paid)?.checked_sub(paid_since)?;
        let older_debt = left.max(Money::ZERO).min(due);
        let continues = earlier.first().is_some_and(|month| month.closing == newest.opening);
        let older_since = if continues { unpaid_since(earlier, older_debt) } else { None };
        Some(Self { for_period: due.checked_sub(older_debt)?, period: newest.period, older_debt, older_since })
    }

    /// Whether a part of the sum is past its due date. An older debt whose month is unknown is at least as old as the month
    /// before the newest.
    pub fn is_late(&self, today: Date) -> bool {
        let is_late = |sum: Money, period: Period| !sum.is_zero() && today > period.due_date();
        let oldest = self.older_since.unwrap_or(self.period.previous());
        is_late(self.for_period, self.period) || is_late(self.older_debt, oldest)
    }

    /// `1 995,34 ₽ за октябрь 2026 + 2 084,04 ₽ долг с июля`; a part of zero is left out.
    pub fn words(&self) -> String {
        let Self { for_period, period, older_debt, older_since } = *self;
        let month = period.accusative(None);
        let since = match older_since {
            Some(since) => format!("с\u{a0}{}", since.genitive(Some(period))),
            None => "за прошлые месяцы".to_owned(),
        };
        if older_debt.is_zero() {
            format!("за {month}")
        } else if for_period.is_zero() {
            format!("долг {since}")
        } else {
            format!("{for_period} за {month} + {older_debt} долг {since}")
        }
    }
}

/// The month of the oldest charge in a debt at the end of the newest of `months`, which are newest first. Payments cover
/// the oldest charges first, so the debt consists of the newest ones. `None` when there is no debt, and when the months
/// do not explain it.
pub fn unpaid_since(months: &[MonthSettlement], debt: Money) -> Option<Period> {
    if debt <= Money::ZERO {
        return None;
    }
    let mut charged = Money::ZERO;
    for (place, month) in months.iter().enumerate() {
        charged = charged.checked_add(month.charged)?;
        if charged >= debt {
            return Some(month.period);
        }
        let continues = months.get(place + 1).is_some_and(|before| before.closing == month.opening);
        if !continues {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn money(kopecks: i64) -> Money {
        Money::from_kopecks(kopecks)
    }

    /// Months that continue one another, newest first, from pairs of charged and paid, oldest first; the last is October
    /// 2026.
    fn months(opening: i64, sums: &[(i64, i64)]) -> Vec<MonthSettlement> {
        let mut period = Period::parse("2026-10").unwrap().months_before(u32::try_from(sums.len()).unwrap() - 1);
        let mut owed = opening;
        let mut months = Vec::new();
        for (charged, paid) in sums {
            let closing = owed + charged - paid;
            months.insert(0, MonthSettlement::of(period, money(owed), money(*paid), money(closing)).unwrap());
            (owed, period) = (closing, period.next());
        }
        months
    }

    fn words(months: &[MonthSettlement], paid_since: i64) -> Option<String> {
        DueSplit::of(months, money(paid_since)).map(|split| split.words().replace('\u{a0}', " "))
    }

    #[test]
    fn a_debt_says_its_month_and_since_when_the_rest_is_owed() {
        let stopped = [(90_000, 0), (70_000, 90_000), (70_000, 0), (68_404, 0), (199_534, 0)];
        let months = months(0, &stopped);
        assert_eq!(words(&months, 0).as_deref(), Some("1 995,34 ₽ за октябрь 2026 + 2 084,04 ₽ долг с июля"));
        assert_eq!(words(&months, 100_000).as_deref(), Some("1 995,34 ₽ за октябрь 2026 + 1 084,04 ₽ долг с августа"));
        assert_eq!(words(&months, 208_404).as_deref(), Some("за октябрь 2026"));
        assert_eq!(words(&months, 300_000).as_deref(), Some("за октябрь 2026"));
        assert_eq!(words(&months, 407_938), None, "nothing is due");
    }

    #[test]
    fn the_month_that_is_paid_a_month_later_is_no_old_debt() {
        let prompt = [(50_000, 0), (60_000, 50_000), (70_000, 60_000)];
        assert_eq!(words(&months(0, &prompt), 0).as_deref(), Some("за октябрь 2026"));
    }

    #[test]
    fn a_newest_month_of_zero_leaves_only_the_older_debt() {
        assert_eq!(words(&months(0, &[(50_000, 0), (0, 0)]), 0).as_deref(), Some("долг с сентября"));
    }

    #[test]
    fn a_debt_from_another_year_says_the_year() {
        let idle: Vec<(i64, i64)> = [(50_000, 0)].into_iter().chain([(0, 0); 11]).chain([(100, 0)]).collect();
        let split = DueSplit::of(&months(0, &idle), money(0)).unwrap();
        assert_eq!(split.older_since, Period::parse("2025-10").ok());
        assert!(split.words().ends_with("долг с\u{a0}октября 2025"), "{}", split.words());
    }

    #[test]
    fn a_debt_older_than_the_months_at_hand_has_no_month() {
        let expected = "10,00 ₽ за октябрь 2026 + 550,00 ₽ долг за прошлые месяцы";
        assert_eq!(words(&months(50_000, &[(5_000, 0), (1_000, 0)]), 0).as_deref(), Some(expected));
    }

    #[test]
    fn months_that_do_not_continue_one_another_name_no_month() {
        let mut broken = months(0, &[(50_000, 0), (5_000, 0), (1_000, 0)]);
        broken[2].closing = money(40_000);
        let split = DueSplit::of(&broken, money(0)).unwrap();
        assert_eq!((split.older_debt, split.older_since), (money(55_000), None));
    }

    #[test]
    fn a_sum_is_late_after_the_due_date_of_its_oldest_part() {
        let split = |sums: &[(i64, i64)]| DueSplit::of(&months(0, sums), money(0)).unwrap();
        let (due, after) = (Date::constant(2026, 11, 15), Date::constant(2026, 11, 16));
        let prompt = split(&[(50_000, 0), (60_000, 50_000)]);
        assert!(!prompt.is_late(due) && prompt.is_late(after));
        assert!(split(&[(50_000, 0), (60_000, 0)]).is_late(due), "September was due in October");
        assert!(split(&[(50_000, 0), (0, 0)]).is_late(due));
    }

    #[test]
    fn an_overpayment_has_no_parts() {
        assert_eq!(words(&months(0, &[(44_763, 66_000)]), 0), None);
        assert_eq!(words(&[], 0), None);
    }

    proptest! {
        #[test]
        fn the_parts_are_never_negative_and_add_up_to_the_sum_due(
            opening in -1_000_000_i64..1_000_000,
            sums in prop::collection::vec((-100_000_i64..1_000_000, 0_i64..1_000_000), 1..40),
            paid_since in 0_i64..1_000_000,
        ) {
            let months = months(opening, &sums);
            let due = Balance::of(Some(months[0].closing), money(paid_since)).due();
            if let Some(split) = DueSplit::of(&months, money(paid_since)) {
                prop_assert!(split.for_period >= Money::ZERO && split.older_debt >= Money::ZERO);
                prop_assert_eq!(split.for_period.checked_add(split.older_debt), Some(due));
                prop_assert!(split.older_since.is_none_or(|since| since < split.period));
                prop_assert!(split.older_since.is_none() || !split.older_debt.is_zero());
            } else {
                prop_assert_eq!(due, Money::ZERO);
            }
        }

        #[test]
        fn no_sum_makes_the_split_panic(sums in prop::collection::vec(any::<[i64; 4]>(), 0..5), paid in any::<i64>()) {
            let period = Period::parse("2026-10").unwrap();
            let month = |[opening, charged, paid, closing]: [i64; 4]| MonthSettlement {
                period,
                opening: money(opening),
                charged: money(charged),
                paid: money(paid),
                closing: money(closing),
                gap_from: None,
            };
            let months: Vec<MonthSettlement> = sums.into_iter().map(month).collect();
            if let Some(split) = DueSplit::of(&months, money(paid)) {
                let _ = split.words();
            }
        }
    }
}
