use proptest::prelude::*;

use super::*;
use crate::domain::id::AccountId;
use crate::domain::meter::ReadingSource;

const TODAY: Date = Date::constant(2026, 11, 20);

fn meter() -> Meter {
    Meter::bare(MeterId::trusted("a".repeat(26)), AccountId::trusted("b".repeat(26)), "12345")
}

const fn volume(raw: i64) -> Volume {
    Volume::from_raw(raw)
}

fn previous(raw: i64) -> Reading {
    Reading { date: Date::constant(2026, 10, 20), value: volume(raw), source: ReadingSource::Subscriber }
}

/// A meter that showed 1 000 in October and used 50 in November a year ago.
fn context() -> MeterContext {
    MeterContext {
        meter: meter(),
        rules: Some(ReadingRules::new(Window::Always)),
        previous: Some(previous(1_000_000)),
        year_ago: Some(volume(50_000)),
    }
}

fn check(typed: &str) -> Result<(i64, Option<Doubt>), ReadingError> {
    context().check(typed, TODAY).map(|checked| (checked.value().raw(), checked.doubt()))
}

#[test]
fn a_usual_reading_is_accepted_as_people_write_it() {
    for typed in [
        "1050",
        "01050",
        "1050,000",
        "1050.",
        " 1 050 ",
        "1\u{a0}050,0",
        "1050 м3",
        "1050 м³",
        "１０５０",
        "١٠٥٠",
        "1050 куб",
    ] {
        assert_eq!(check(typed), Ok((1_050_000, None)), "{typed}");
    }
    assert_eq!(check("1050,5"), Ok((1_050_500, None)));
}

#[test]
fn a_text_that_is_no_number_is_refused() {
    assert_eq!(check(" "), Err(ReadingError::Empty));
    for typed in ["-1050", "сто", "1050-5", "1,0,5", "+1050", "1e3"] {
        assert_eq!(check(typed), Err(ReadingError::NotANumber), "{typed}");
    }
}

#[test]
fn a_number_longer_than_the_dial_is_refused_with_its_digits() {
    assert_eq!(check("105000"), Err(ReadingError::TooManyDigits(5)));
    assert_eq!(check("99999999999999999999"), Err(ReadingError::TooManyDigits(5)));
    assert_eq!(check("1050,1234"), Err(ReadingError::TooManyDecimals(3)));
    let whole = MeterContext { meter: Meter { decimals: Some(0), ..meter() }, ..context() };
    assert_eq!(whole.check("1050,5", TODAY), Err(ReadingError::TooManyDecimals(0)));
    assert!(whole.check("1050,0", TODAY).is_ok());
}

#[test]
fn a_value_below_the_previous_one_is_refused_unless_the_dial_passed_through_zeros() {
    assert_eq!(check("999,999"), Err(ReadingError::BelowPrevious(previous(1_000_000))));
    let near_the_end = MeterContext { previous: Some(previous(99_990_000)), ..context() };
    let rolled = near_the_end.check("5", TODAY).unwrap();
    assert_eq!(rolled.doubt(), Some(Doubt::RolledOver { previous: volume(99_990_000), consumed: volume(15_000) }));
}

#[test]
fn without_digits_in_billing_the_providers_digits_tell_a_roll_over() {
    let rules = ReadingRules { digits: 4, ..ReadingRules::new(Window::Always) };
    let unknown = Meter { digits: None, ..meter() };
    let context =
        MeterContext { meter: unknown, rules: Some(rules), previous: Some(previous(9_990_000)), year_ago: None };
    assert!(matches!(context.check("5", TODAY).unwrap().doubt(), Some(Doubt::RolledOver { .. })));
    assert_eq!(context.check("12345", TODAY), Err(ReadingError::TooManyDigits(4)));
}

#[test]
fn a_consumption_above_the_ceiling_is_refused() {
    let error = ReadingError::AboveCeiling { consumed: volume(10_000_001), ceiling: volume(10_000_000) };
    assert_eq!(check("11000,001"), Err(error));
    assert!(check("11000").is_ok());
}

#[test]
fn the_ceiling_counts_the_coefficient_of_the_meter() {
    let meter = Meter { coefficient: Some(volume(100_000)), ..meter() };
    let context = MeterContext { meter, ..context() };
    let error = ReadingError::AboveCeiling { consumed: volume(20_000_000), ceiling: volume(10_000_000) };
    assert_eq!(context.check("1200", TODAY), Err(error));
}

#[test]
fn three_times_the_same_month_a_year_ago_is_asked_about() {
    assert_eq!(check("1149,999"), Ok((1_149_999, None)));
    let doubt = Doubt::Unusual { consumed: volume(150_000), year_ago: volume(50_000) };
    assert_eq!(check("1150"), Ok((1_150_000, Some(doubt))));
    let little = MeterContext { year_ago: Some(volume(1_000)), ..context() };
    assert_eq!(little.check("1009", TODAY).unwrap().doubt(), None, "nine units are usual");
}

#[test]
fn an_equal_reading_is_accepted_and_asked_about_only_where_something_was_used_a_year_ago() {
    assert_eq!(check("1000"), Ok((1_000_000, Some(Doubt::Nothing))));
    let unused = MeterContext { year_ago: Some(volume(0)), ..context() };
    assert_eq!(unused.check("1000", TODAY).unwrap().doubt(), None);
    let unknown = MeterContext { year_ago: None, ..context() };
    assert_eq!(unknown.check("1000", TODAY).unwrap().doubt(), None);
}

#[test]
fn the_first_reading_of_a_meter_is_compared_with_nothing() {
    let first = MeterContext { previous: None, ..context() };
    assert_eq!(first.check("99999", TODAY).unwrap().doubt(), None);
}

#[test]
fn outside_the_window_the_refusal_names_its_days() {
    let rules = ReadingRules::new(Window::Days { from: 25, to: 5 });
    let context = MeterContext { rules: Some(rules), ..context() };
    let error = ReadingError::Closed { opens: Date::constant(2026, 11, 25), until: Date::constant(2026, 12, 5) };
    assert_eq!(context.check("1050", TODAY), Err(error));
    assert!(context.check("1050", Date::constant(2026, 12, 5)).is_ok());
}

#[test]
fn a_removed_meter_is_refused_from_the_day_of_its_removal() {
    let removed = |day| MeterContext { meter: Meter { removed_on: Some(day), ..meter() }, ..context() };
    assert_eq!(removed(TODAY).check("1050", TODAY), Err(ReadingError::Removed(TODAY)));
    assert!(removed(TODAY.tomorrow().unwrap()).check("1050", TODAY).is_ok());
}

#[test]
fn an_expired_verification_is_refused_only_where_the_provider_says_so() {
    let expired = Meter { verified_until: Some(TODAY.yesterday().unwrap()), ..meter() };
    let warned = MeterContext { meter: expired.clone(), ..context() };
    assert!(warned.check("1050", TODAY).is_ok());
    let rules = ReadingRules { expired: ExpiredVerification::Refuse, ..ReadingRules::new(Window::Always) };
    let refused = MeterContext { meter: expired, rules: Some(rules), ..context() };
    let error = ReadingError::VerificationExpired(TODAY.yesterday().unwrap());
    assert_eq!(refused.check("1050", TODAY), Err(error));
}

#[test]
fn a_provider_without_rules_is_refused() {
    let closed = MeterContext { rules: None, ..context() };
    assert_eq!(closed.check("1050", TODAY), Err(ReadingError::NotHere));
}

#[test]
fn billing_decides_once() {
    let sent = SentReading {
        id: SentReadingId::trusted("c".repeat(26)),
        meter_id: meter().id,
        date: TODAY,
        value: volume(5),
        sender: Sender::User,
        state: SentState::Sent,
        reason: None,
        sent_at: Moment::from_micros(1),
    };
    let accepted = sent.clone().export().unwrap().settle(volume(5)).unwrap();
    assert_eq!(accepted.state, SentState::Accepted);
    assert_eq!(accepted.clone().accept(), Ok(accepted.clone()));
    assert!(accepted.clone().reject(None).is_err());
    assert!(accepted.export().is_err());
    let rejected = sent.settle(volume(6)).unwrap();
    assert_eq!((rejected.state, rejected.can_be_taken_back()), (SentState::Rejected, false));
    assert!(rejected.accept().is_err());
}

#[test]
fn a_benefit_lowers_the_price_by_its_share_of_the_charge() {
    let tariff = crate::domain::decimal::Tariff::from_raw(8_000_000);
    let sum = Money::from_kopecks;
    let full = MeterPrice { micro_roubles: 8_000_000 };
    assert_eq!(MeterPrice::of(tariff, sum(10_000), sum(0)), full);
    assert_eq!(MeterPrice::of(tariff, sum(0), sum(100)), full);
    let half = MeterPrice { micro_roubles: 4_000_000 };
    assert_eq!(MeterPrice::of(tariff, sum(10_000), sum(5_000)), half);
}

#[test]
fn the_cost_is_rounded_to_a_kopeck() {
    assert_eq!(cost_words(12_300, 7_328_000), "Примерно 90,13\u{a0}₽");
    assert_eq!(cost_words(0, 7_328_000), "Примерно 0,00\u{a0}₽");
}

proptest! {
    #[test]
    fn no_text_makes_the_check_panic(typed in "\\PC{0,30}", previous_value in 0_i64..=99_999_999) {
        let context = MeterContext { previous: Some(previous(previous_value)), ..context() };
        let _ = context.check(&typed, TODAY);
    }

    #[test]
    fn an_accepted_reading_never_exceeds_the_ceiling(raw in 0_i64..=99_999_999, before in 0_i64..=99_999_999) {
        let context = MeterContext { previous: Some(previous(before)), ..context() };
        if let Ok(checked) = context.check(&volume(raw).to_string(), TODAY) {
            let meter = meter();
            let used = meter.difference(volume(before), checked.value()).unwrap();
            prop_assert!(used <= crate::domain::reading_rules::DEFAULT_CEILING);
        }
    }
}
