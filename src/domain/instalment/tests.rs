use jiff::ToSpan as _;
use proptest::prelude::*;

use super::*;

/// 22.11.2026, when September and October are overdue.
const TODAY: Date = Date::constant(2026, 11, 22);

fn money(kopecks: i64) -> Money {
    Money::from_kopecks(kopecks)
}

fn period(text: &str) -> Period {
    Period::parse(text).unwrap()
}

/// A plan of 3 000 ₽ in three parts that was agreed on [`TODAY`].
fn plan() -> InstalmentPlan {
    let total = money(300_000);
    InstalmentPlan {
        id: InstalmentPlanId::trusted("i".repeat(26)),
        account_id: AccountId::trusted("a".repeat(26)),
        user_id: UserId::trusted("u".repeat(26)),
        state: PlanState::Agreed,
        total,
        months: 3,
        note: None,
        asked_at: Moment::from_micros(0),
        reason: None,
        agreement: Some(Agreement { through: period("2026-10"), instalments: schedule(total, 3, TODAY).unwrap() }),
    }
}

fn states(left: i64, today: Date) -> (Vec<PartState>, ProgressState) {
    let progress = plan().progress(money(left), today).unwrap();
    (progress.parts.iter().map(|part| part.state).collect(), progress.state)
}

/// Months that continue one another, newest first, from pairs of charged and paid; the first pair is September 2026.
fn months(sums: &[(i64, i64)]) -> Vec<MonthSettlement> {
    let (mut month, mut owed) = (period("2026-09"), 0);
    let mut months = Vec::new();
    for (charged, paid) in sums {
        let closing = owed + charged - paid;
        months.insert(0, MonthSettlement::of(month, money(owed), money(*paid), money(closing)).unwrap());
        (owed, month) = (closing, month.next());
    }
    months
}

#[test]
fn the_first_part_takes_the_kopecks_that_do_not_divide() {
    let parts = schedule(money(100_001), 3, TODAY).unwrap();
    let sums: Vec<i64> = parts.iter().map(|part| part.sum.kopecks()).collect();
    assert_eq!(sums, [33_335, 33_333, 33_333]);
}

#[test]
fn parts_are_due_with_the_charges_of_the_months_ahead() {
    let days =
        |today| -> Vec<Date> { schedule(money(300_000), 3, today).unwrap().iter().map(|part| part.due_on).collect() };
    let from_december = [Date::constant(2026, 12, 15), Date::constant(2027, 1, 15), Date::constant(2027, 2, 15)];
    assert_eq!(days(TODAY), from_december);
    assert_eq!(days(Date::constant(2026, 12, 5)), from_december, "ten days are enough");
    assert_eq!(days(Date::constant(2026, 12, 6))[0], Date::constant(2027, 1, 15));
}

#[test]
fn a_plan_has_from_two_to_twelve_parts_of_at_least_a_rouble() {
    for months in [0, 1, 13, u8::MAX] {
        assert_eq!(schedule(money(300_000), months, TODAY), Err(PlanError::Months), "{months}");
    }
    assert_eq!(schedule(money(299), 3, TODAY), Err(PlanError::TooSmall));
    assert!(schedule(money(300), 3, TODAY).is_ok());
    assert_eq!(choices(money(300)).len(), 2);
    assert!(choices(Money::ZERO).is_empty() && choices(money(-5_000)).is_empty());
}

#[test]
fn a_number_of_parts_is_read_from_a_form() {
    assert_eq!(parse_months(" 6 "), Ok(6));
    for text in ["", "1", "13", "-2", "2.5", "шесть", "999"] {
        assert_eq!(parse_months(text), Err(PlanError::Months), "{text}");
    }
}

#[test]
fn a_part_is_paid_when_the_debt_has_fallen_by_the_parts_up_to_it() {
    use PartState::{Due, Late, Paid, PartlyPaid};
    use ProgressState::{Broken, Completed, Running};
    assert_eq!(states(300_000, TODAY), (vec![Due, Due, Due], Running));
    assert_eq!(states(200_000, TODAY), (vec![Paid, Due, Due], Running));
    assert_eq!(states(199_999, TODAY), (vec![Paid, PartlyPaid, Due], Running));
    assert_eq!(states(0, TODAY), (vec![Paid, Paid, Paid], Completed));
    let day_after = Date::constant(2026, 12, 16);
    assert_eq!(states(200_001, day_after), (vec![Late, Due, Due], Running));
    assert_eq!(states(200_001, Date::constant(2027, 1, 14)), (vec![Late, Due, Due], Running));
    assert_eq!(states(200_001, Date::constant(2027, 1, 15)), (vec![Late, Due, Due], Broken));
    assert_eq!(states(200_000, Date::constant(2027, 1, 15)), (vec![Paid, Due, Due], Running));
}

#[test]
fn the_next_part_says_what_is_left_of_it() {
    let progress = plan().progress(money(150_000), TODAY).unwrap();
    let next = progress.next().unwrap();
    assert_eq!((next.instalment.number, next.left), (2, money(50_000)));
    assert_eq!(plan().progress(Money::ZERO, TODAY).unwrap().next(), None);
}

#[test]
fn payments_pay_the_agreed_debt_before_the_charges_of_later_months() {
    let plan = plan();
    let agreed = [(150_000, 0), (150_000, 0)];
    assert_eq!(plan.left(&months(&agreed), Money::ZERO), money(300_000));
    assert_eq!(plan.left(&months(&agreed), money(100_000)), money(200_000));
    let later = [(150_000, 0), (150_000, 0), (70_000, 100_000)];
    assert_eq!(plan.left(&months(&later), Money::ZERO), money(200_000), "November is charged beside the plan");
    assert_eq!(plan.left(&months(&later), money(200_000)), Money::ZERO);
    assert_eq!(plan.left(&months(&later), money(999_999)), Money::ZERO);
}

#[test]
fn a_recalculation_that_reduces_the_debt_reduces_what_is_left_at_most_to_the_sum_due() {
    let reduced = [(150_000, 0), (150_000, 0), (-280_000, 0)];
    assert_eq!(plan().left(&months(&reduced), Money::ZERO), money(20_000));
}

#[test]
fn without_months_nothing_is_known_to_be_paid() {
    assert_eq!(plan().left(&[], Money::ZERO), money(300_000));
    let asked = InstalmentPlan { agreement: None, ..plan() };
    assert_eq!(asked.left(&months(&[(150_000, 0)]), Money::ZERO), money(300_000));
    assert_eq!(asked.progress(money(300_000), TODAY), None);
}

#[test]
fn the_receipt_of_a_month_has_the_part_that_is_due_with_it() {
    let plan = plan();
    let line = plan.on_receipt(Date::constant(2027, 1, 15), money(200_000), money(270_000)).unwrap();
    assert_eq!((line.part.number, line.part.sum, line.left_after), (2, money(100_000), money(100_000)));
    assert_eq!(line.payable, money(170_000), "the charges of 700 ₽ and this part");
    let behind = plan.on_receipt(Date::constant(2027, 1, 15), money(300_000), money(370_000)).unwrap();
    assert_eq!(behind.payable, money(270_000), "a missed part is asked for too");
    let ahead = plan.on_receipt(Date::constant(2027, 1, 15), money(50_000), money(120_000)).unwrap();
    assert_eq!(ahead.payable, money(70_000));
    assert_eq!(plan.on_receipt(Date::constant(2026, 11, 15), money(200_000), money(270_000)), None);
}

#[test]
fn a_plan_is_decided_once_and_closed_when_it_does_not_run() {
    use PlanState::{Agreed, Asked, Broken, Completed, Refused, Withdrawn};
    assert_eq!((Asked.agree(), Asked.refuse(), Asked.withdraw()), (Ok(Agreed), Ok(Refused), Ok(Withdrawn)));
    for state in [Agreed, Refused, Withdrawn, Completed, Broken] {
        assert!(state.agree().is_err() && state.refuse().is_err() && state.withdraw().is_err(), "{state:?}");
    }
    assert_eq!(Agreed.close(ProgressState::Completed), Ok(Completed));
    assert_eq!(Agreed.close(ProgressState::Broken), Ok(Broken));
    assert!(Agreed.close(ProgressState::Running).is_err());
    assert!(Asked.close(ProgressState::Completed).is_err());
    let error = Refused.agree().unwrap_err();
    assert_eq!(error.to_string(), "an instalment plan that is `refused` cannot become `agreed`");
}

#[test]
fn a_state_is_read_back_as_it_is_stored() {
    for state in PlanState::ALL {
        assert_eq!(PlanState::parse(state.as_str()), Some(state));
    }
    assert_eq!(PlanState::parse("other"), None);
}

#[test]
fn a_paid_plan_is_shown_for_a_month_after_its_last_day() {
    assert!(plan().is_recent(TODAY));
    assert!(plan().is_recent(Date::constant(2027, 3, 18)));
    assert!(!plan().is_recent(Date::constant(2027, 3, 19)));
}

proptest! {
    #[test]
    fn the_parts_add_up_and_their_days_rise_from_ten_days_ahead(
        kopecks in 1_200_i64..1_000_000_000_000,
        months in MIN_MONTHS..=MAX_MONTHS,
        days in 0_i32..5_000,
    ) {
        let today = Date::constant(2020, 1, 1).checked_add(days.days()).unwrap();
        let parts = schedule(money(kopecks), months, today).unwrap();
        prop_assert_eq!(parts.len(), usize::from(months));
        prop_assert_eq!(Money::checked_sum(parts.iter().map(|part| part.sum)), Some(money(kopecks)));
        prop_assert!(parts.iter().skip(1).all(|part| part.sum <= parts[0].sum && part.sum >= PAYMENT_LEAST));
        prop_assert!(days_late(parts[0].due_on, today) <= -LEAD_DAYS);
        prop_assert!(parts.windows(2).all(|pair| pair[0].due_on < pair[1].due_on));
        prop_assert!(parts.iter().zip(1..).all(|(part, number)| part.number == number));
    }

    #[test]
    fn what_is_left_of_the_parts_adds_up_and_never_grows_by_a_payment(
        left in 0_i64..=300_000,
        paid in 0_i64..300_000,
        days in 0_i32..400,
    ) {
        let today = TODAY.checked_add(days.days()).unwrap();
        let before = plan().progress(money(left), today).unwrap();
        prop_assert_eq!(Money::checked_sum(before.parts.iter().map(|part| part.left)), Some(money(left)));
        let after = plan().progress(money((left - paid).max(0)), today).unwrap();
        for (before, after) in before.parts.iter().zip(&after.parts) {
            prop_assert!(after.left <= before.left);
            prop_assert!(before.state != PartState::Paid || after.state == PartState::Paid);
        }
    }

    #[test]
    fn what_is_left_is_between_zero_and_the_agreed_debt(
        sums in prop::collection::vec((-100_000_i64..1_000_000, 0_i64..1_000_000), 1..20),
        paid_since in 0_i64..1_000_000,
    ) {
        let left = plan().left(&months(&sums), money(paid_since));
        prop_assert!(left >= Money::ZERO && left <= money(300_000));
    }

    #[test]
    fn no_sum_makes_a_plan_panic(sums in any::<[i64; 4]>(), left in any::<i64>(), payable in any::<i64>()) {
        let [opening, charged, paid, closing] = sums.map(money);
        let month = MonthSettlement { period: period("2026-12"), opening, charged, paid, closing, gap_from: None };
        let plan = plan();
        let _ = plan.left(&[month], money(left));
        let _ = plan.progress(money(left), TODAY);
        let _ = plan.on_receipt(Date::constant(2027, 1, 15), money(left), money(payable));
        let _ = choices(money(left));
    }
}
