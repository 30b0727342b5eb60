//! Golden days of debts: each case says its months, its payments and its day.

use proptest::prelude::*;

use super::*;

fn money(kopecks: i64) -> Money {
    Money::from_kopecks(kopecks)
}

fn period(text: &str) -> Period {
    Period::parse(text).unwrap()
}

/// Months that continue one another, newest first, from pairs of charged and paid, oldest first.
fn months(last: &str, opening: i64, sums: &[(i64, i64)]) -> Vec<MonthSettlement> {
    let mut month = period(last).months_before(u32::try_from(sums.len()).unwrap() - 1);
    let mut owed = opening;
    let mut months = Vec::new();
    for (charged, paid) in sums {
        let closing = owed + charged - paid;
        months.insert(0, MonthSettlement::of(month, money(owed), money(*paid), money(closing)).unwrap());
        (owed, month) = (closing, month.next());
    }
    months
}

fn debt(last: &str, sums: &[(i64, i64)], paid_since: i64, today: Date) -> Debt {
    Debt::of(&months(last, 0, sums), money(paid_since), today, true).unwrap()
}

fn parts(debt: &Debt) -> Vec<(String, i64)> {
    debt.months.iter().map(|month| (month.period.machine(), month.sum.kopecks())).collect()
}

const fn day(year: i16, month: i8, day: i8) -> Date {
    Date::constant(year, month, day)
}

#[test]
fn one_unpaid_month_goes_through_the_stages_by_its_days() {
    // September 2026 is due on 15 October; nothing was charged for October.
    let stage = |today| debt("2026-10", &[(50_000, 0), (0, 0)], 0, today).stage;
    let overdue = |days| DebtStage::Overdue { since: day(2026, 10, 16), days, penalty_from: day(2026, 11, 15) };
    let [lower, higher] = [300, 130].map(|divisor| DailyRate { divisor });
    assert_eq!(stage(day(2026, 10, 15)), DebtStage::Due { until: day(2026, 10, 15) }, "the last day");
    assert_eq!(stage(day(2026, 10, 16)), overdue(1));
    assert_eq!(stage(day(2026, 11, 14)), overdue(30), "the last day without a penalty");
    let penalty = DebtStage::Penalty { rate: lower, next_rate_from: Some(day(2027, 1, 14)) };
    assert_eq!(stage(day(2026, 11, 15)), penalty, "day 31");
    assert_eq!(stage(day(2027, 1, 13)), penalty, "day 90");
    assert_eq!(stage(day(2027, 1, 14)), DebtStage::Penalty { rate: higher, next_rate_from: None }, "day 91");
}

#[test]
fn days_of_delay_cross_the_end_of_february_in_a_leap_year_and_in_another() {
    // January is due on 15 February: day 31 is 17 March in a leap year and 18 March in another.
    let penalty_from = |last, today| match debt(last, &[(50_000, 0)], 0, today).stage {
        DebtStage::Overdue { penalty_from, .. } => penalty_from,
        other => panic!("{other:?}"),
    };
    assert_eq!(penalty_from("2028-01", day(2028, 2, 29)), day(2028, 3, 17));
    assert_eq!(penalty_from("2027-01", day(2027, 2, 28)), day(2027, 3, 18));
    let leap_day = debt("2028-01", &[(50_000, 0)], 0, day(2028, 2, 29)).stage;
    assert!(matches!(leap_day, DebtStage::Overdue { days: 14, .. }), "{leap_day:?}");
}

#[test]
fn a_month_before_march_2026_is_due_by_the_tenth() {
    let stage = debt("2026-02", &[(50_000, 0)], 0, day(2026, 3, 10)).stage;
    assert_eq!(stage, DebtStage::Due { until: day(2026, 3, 10) });
}

#[test]
fn two_late_periods_in_a_row_let_the_supplier_send_its_notice() {
    let sums = [(50_000, 0), (60_000, 0)];
    let before = debt("2026-10", &sums, 0, day(2026, 11, 15));
    assert!(matches!(before.stage, DebtStage::Penalty { .. }), "{:?}", before.stage);
    assert_eq!(debt("2026-10", &sums, 0, day(2026, 11, 16)).stage, DebtStage::MayBeSuspended { periods: 2 });
    let three = [(50_000, 0), (60_000, 0), (70_000, 0)];
    assert_eq!(debt("2026-10", &three, 0, day(2026, 11, 16)).stage, DebtStage::MayBeSuspended { periods: 3 });
    assert_eq!(debt("2026-10", &three, 0, day(2026, 11, 15)).stage, DebtStage::MayBeSuspended { periods: 2 });
}

#[test]
fn months_that_do_not_follow_one_another_are_not_in_a_row() {
    let stage = debt("2026-10", &[(50_000, 0), (0, 0), (60_000, 0)], 0, day(2026, 11, 20)).stage;
    assert!(matches!(stage, DebtStage::Penalty { .. }), "{stage:?}");
}

#[test]
fn another_utility_has_no_suspension_of_gas() {
    let months = months("2026-10", 0, &[(50_000, 0), (60_000, 0)]);
    let debt = Debt::of(&months, money(0), day(2026, 11, 22), false).unwrap();
    assert!(matches!(debt.stage, DebtStage::Penalty { .. }));
    assert!(!debt.timeline(day(2026, 11, 22)).iter().any(|at| matches!(at.event, Event::Suspension(_))));
}

#[test]
fn a_part_payment_covers_the_oldest_month_first() {
    let sums = [(50_000, 0), (60_000, 20_000), (70_000, 0)];
    let today = day(2026, 11, 22);
    let whole = debt("2026-10", &sums, 0, today);
    let expected = [("2026-08", 30_000), ("2026-09", 60_000), ("2026-10", 70_000)];
    assert_eq!(parts(&whole), expected.map(|(month, sum)| (month.to_owned(), sum)));
    assert_eq!((whole.total, whole.overdue, whole.is_beginning_known), (money(160_000), money(160_000), true));
    let partly = debt("2026-10", &sums, 100_000, today);
    assert_eq!(parts(&partly), [("2026-10".to_owned(), 60_000)]);
    assert!(matches!(partly.stage, DebtStage::Overdue { days: 7, .. }), "{:?}", partly.stage);
}

#[test]
fn the_newest_month_that_is_not_due_yet_is_no_overdue_part() {
    let debt = debt("2026-10", &[(50_000, 0), (60_000, 0)], 0, day(2026, 11, 5));
    assert_eq!((debt.total, debt.overdue), (money(110_000), money(50_000)));
}

#[test]
fn a_recalculation_reduces_the_debt_and_is_a_month_of_its_own() {
    let debt = debt("2026-10", &[(50_000, 0), (-20_000, 0), (60_000, 0)], 0, day(2026, 11, 22));
    let expected = [("2026-08", 50_000), ("2026-09", -20_000), ("2026-10", 60_000)];
    assert_eq!(parts(&debt), expected.map(|(month, sum)| (month.to_owned(), sum)));
    assert_eq!((debt.total, debt.overdue), (money(90_000), money(90_000)));
}

#[test]
fn a_debt_from_before_the_known_months_counts_from_the_month_before_the_newest() {
    let today = day(2026, 11, 22);
    let debt = Debt::of(&months("2026-10", 30_000, &[(5_000, 0), (1_000, 0)]), money(0), today, true).unwrap();
    assert!(!debt.is_beginning_known);
    assert_eq!(parts(&debt), [("2026-09".to_owned(), 35_000), ("2026-10".to_owned(), 1_000)]);
    assert_eq!(debt.stage, DebtStage::MayBeSuspended { periods: 2 });
}

#[test]
fn the_timeline_tells_each_day_and_which_have_come() {
    let sums = [(100_000, 0), (73_456, 50_000)];
    let seen = |today| -> Vec<(Date, When)> {
        debt("2026-10", &sums, 0, today).timeline(today).iter().map(|at| (at.date, at.when)).collect()
    };
    let days = [day(2026, 9, 30), day(2026, 10, 16), day(2026, 11, 15), day(2026, 11, 16), day(2027, 1, 14)];
    let expected = |when: [When; 5]| days.into_iter().zip(when).collect::<Vec<_>>();
    let (past, now, ahead) = (When::Past, When::Now, When::Ahead);
    assert_eq!(seen(day(2026, 10, 15)), expected([now, ahead, ahead, ahead, ahead]));
    assert_eq!(seen(day(2026, 11, 22)), expected([past, past, past, now, ahead]));
    let timeline = debt("2026-10", &sums, 0, day(2026, 11, 22)).timeline(day(2026, 11, 22));
    assert_eq!(timeline[3].event, Event::Suspension(SuspensionRule { periods: 2, notice_days: 20 }));
    assert_eq!(timeline[4].event, Event::HigherPenalty(DailyRate { divisor: 130 }));
}

#[test]
fn a_single_unpaid_month_names_the_day_when_the_next_one_would_make_two() {
    let today = day(2026, 11, 22);
    let timeline = debt("2026-10", &[(50_000, 0)], 0, today).timeline(today);
    let suspension = timeline.iter().find(|at| matches!(at.event, Event::Suspension(_))).unwrap();
    assert_eq!((suspension.date, suspension.when), (day(2026, 12, 16), When::Ahead), "November is due on 15 December");
}

#[test]
fn a_period_that_billing_has_not_sent_is_not_counted_as_unpaid_after_its_day() {
    let today = day(2027, 1, 20);
    let debt = debt("2026-10", &[(50_000, 0)], 0, today);
    assert!(matches!(debt.stage, DebtStage::Penalty { .. }), "{:?}", debt.stage);
    assert!(!debt.timeline(today).iter().any(|at| matches!(at.event, Event::Suspension(_))));
}

#[test]
fn the_penalty_of_a_day_is_bounded_while_the_rate_is() {
    let sums = [(100_000, 0), (73_456, 50_000)];
    let most = |today| debt("2026-10", &sums, 0, today).most_penalty_a_day(today);
    assert_eq!(most(day(2026, 11, 14)), None, "day 30");
    assert_eq!(most(day(2026, 11, 22)), Some(money(16)), "500 ₽ × 9,5 % / 300");
    assert_eq!(most(day(2026, 12, 16)), Some(money(16 + 23)), "and 734,56 ₽ of October");
    assert_eq!(most(day(2027, 1, 1)), None, "the limit has ended");
}

fn row(service: &str, closing: i64) -> Charge {
    Charge::unchanged(period("2026-10"), service, money(closing))
}

fn standing(rows: &[Charge], paid_since: i64) -> Standing {
    let closing: i64 = rows.iter().map(|row| row.closing.kopecks()).sum();
    let month = MonthSettlement::of(period("2026-10"), money(closing), money(0), money(closing)).unwrap();
    Standing::of(&[month], rows, money(paid_since), day(2026, 11, 22), true)
}

#[test]
fn an_account_without_a_debt_is_clear() {
    assert_eq!(standing(&[row("Газ", 0)], 0), Standing::Clear);
    assert_eq!(standing(&[row("Газ", -5_000)], 0), Standing::Clear, "an overpayment");
    assert_eq!(standing(&[row("Газ", 50_000)], 50_000), Standing::Clear, "paid since then");
    assert_eq!(standing(&[row("Газ", 50_000)], 60_000), Standing::Clear, "overpaid since then");
    assert_eq!(standing(&[row("Газ", 0)], 0).stage(), DebtStage::NotDue);
    assert_eq!(Standing::of(&[], &[], money(0), day(2026, 11, 22), true), Standing::Unknown);
}

#[test]
fn a_debt_in_one_service_beside_an_advance_in_another_is_told() {
    let rows = [row("Газоснабжение", 50_000), row("Обслуживание", -60_000)];
    let expected = ServiceDebt { service: "Газоснабжение".to_owned(), sum: money(50_000) };
    assert_eq!(standing(&rows, 0), Standing::Offset(vec![expected]));
    assert_eq!(standing(&rows, 50_000), Standing::Clear, "a payment since then covers the debt");
    let larger = [row("Газоснабжение", 50_000), row("Обслуживание", -20_000)];
    let Standing::Owed(debt) = standing(&larger, 0) else { panic!("the advance does not cover the debt") };
    assert_eq!(debt.total, money(30_000));
}

proptest! {
    #[test]
    fn the_months_add_up_to_the_sum_due_and_every_stage_has_its_days(
        opening in -1_000_000_i64..1_000_000,
        sums in prop::collection::vec((-100_000_i64..1_000_000, 0_i64..1_000_000), 1..40),
        paid_since in 0_i64..1_000_000,
        later in 0_i64..200,
    ) {
        let months = months("2026-10", opening, &sums);
        let due = Balance::of(Some(months[0].closing), money(paid_since)).due();
        let today = day(2026, 11, 1).checked_add(later.days()).unwrap();
        let Some(debt) = Debt::of(&months, money(paid_since), today, true) else {
            prop_assert_eq!(due, Money::ZERO);
            return Ok(());
        };
        prop_assert_eq!(debt.total, due);
        prop_assert_eq!(Money::checked_sum(debt.months.iter().map(|month| month.sum)), Some(due));
        prop_assert!(debt.months.is_sorted_by_key(|month| month.period));
        prop_assert!(debt.overdue <= debt.total && debt.overdue >= Money::ZERO);
        prop_assert!(debt.oldest().is_some_and(|oldest| oldest.sum > Money::ZERO));
        prop_assert!(!matches!(debt.stage, DebtStage::NotDue));
        let timeline = debt.timeline(today);
        prop_assert!((4..=5).contains(&timeline.len()) && timeline.is_sorted_by_key(|at| at.date));
        prop_assert!(timeline.iter().filter(|at| at.when == When::Now).count() == 1);
    }
}
