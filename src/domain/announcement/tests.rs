use super::AnnouncementState::{Draft, Published, Scheduled, Withdrawn};
use super::*;

const START: Moment = Moment::from_micros(1_793_836_800_000_000);

fn announcement(audience: Audience) -> Announcement {
    Announcement {
        id: AnnouncementId::trusted("a".repeat(26)),
        provider_id: ProviderId::trusted("p".repeat(26)),
        kind: AnnouncementKind::Works,
        title: "Работы".to_owned(),
        text: "Газа не будет".to_owned(),
        starts_at: START,
        ends_at: START.plus(Span::days(2)),
        audience,
        stored: Scheduled,
    }
}

#[test]
fn only_these_transitions_are_allowed() {
    let allowed = |change: fn(AnnouncementState) -> Result<AnnouncementState, InvalidTransition>| {
        AnnouncementState::ALL.map(|from| change(from).ok())
    };
    assert_eq!(allowed(AnnouncementState::change), [Some(Draft), None, None, None]);
    assert_eq!(allowed(AnnouncementState::release), [Some(Scheduled), None, None, None]);
    assert_eq!(allowed(AnnouncementState::publish), [None, Some(Published), None, None]);
    let withdrawn = Some(Withdrawn);
    assert_eq!(allowed(AnnouncementState::withdraw), [withdrawn, withdrawn, withdrawn, None]);
}

#[test]
fn a_refused_transition_names_both_states() {
    let refused = Published.release().unwrap_err();
    assert_eq!(refused, InvalidTransition { from: Published, to: Scheduled });
    assert_eq!(refused.to_string(), "an announcement that is `published` cannot become `scheduled`");
}

#[test]
fn a_scheduled_announcement_is_published_from_its_first_moment_on() {
    let scheduled = announcement(Audience::All);
    assert_eq!(scheduled.state_at(START.minus(Span::seconds(1))), Scheduled);
    assert_eq!(scheduled.state_at(START), Published);
    assert!(!scheduled.is_over(START) && scheduled.is_over(scheduled.ends_at));
    for stored in [Draft, Withdrawn] {
        assert_eq!(Announcement { stored, ..scheduled.clone() }.state_at(START), stored);
    }
}

#[test]
fn states_and_kinds_are_read_back_as_they_are_stored() {
    for state in AnnouncementState::ALL {
        assert_eq!(AnnouncementState::parse(state.as_str()), Some(state));
    }
    for kind in AnnouncementKind::ALL {
        assert_eq!(AnnouncementKind::parse(kind.as_str()), Some(kind));
    }
    for kind in AudienceKind::ALL {
        assert_eq!(AudienceKind::parse(kind.as_str()), Some(kind));
    }
}

#[test]
fn the_end_is_after_the_beginning_within_a_year_and_not_over() {
    let end = |span: Span| check_time(START, START.plus(span), START);
    assert_eq!(end(Span::seconds(0)), Err(TimeError::NotAfter));
    assert_eq!(end(Span::seconds(1)), Ok(()));
    assert_eq!(end(LONGEST), Ok(()));
    assert_eq!(end(Span::days(367)), Err(TimeError::TooLong));
    assert_eq!(check_time(START, START.plus(Span::days(1)), START.plus(Span::days(1))), Err(TimeError::Passed));
}

#[test]
fn an_audience_reaches_its_own_accounts_only() {
    let on_street = |houses| Audience::Street(Box::new(StreetAudience::parse("ул. Ленина", houses).unwrap()));
    let address = Address::parse("г. Пермь, ул. Ленина, д. 7").unwrap();
    let own = Recipient { address: Some(&address), is_listed: false, due: Money::from_kopecks(100) };
    assert!(Audience::All.reaches(own));
    assert!(on_street("").reaches(own) && on_street("1–15 нечётные").reaches(own) && !on_street("8").reaches(own));
    assert!(!Audience::Accounts.reaches(own) && Audience::Accounts.reaches(Recipient { is_listed: true, ..own }));
    assert!(Audience::Debtors(Money::from_kopecks(99)).reaches(own));
    assert!(!Audience::Debtors(Money::from_kopecks(100)).reaches(own));
    let unreadable = Recipient { address: None, ..own };
    assert!(Audience::All.reaches(unreadable) && !on_street("").reaches(unreadable));
    assert!(Audience::All.reaches_lite() && !on_street("").reaches_lite() && !Audience::Accounts.reaches_lite());
}

#[test]
fn both_wrong_fields_of_a_street_are_known_at_once() {
    let refused = StreetAudience::parse(" ", "пять").unwrap_err();
    assert_eq!(refused, (Some(StreetError::NoName), Some(HousesError::Item("пять".to_owned()))));
}

#[test]
fn account_numbers_are_read_once_each_and_a_wrong_one_by_its_place() {
    let read = |text: &str| parse_accounts(text, 8).map(|numbers| numbers.len());
    assert_eq!(read("\u{feff}59000001\r\n59000002, 59000001"), Ok(2));
    assert_eq!(read(" \n"), Err(AccountsError::Empty));
    assert_eq!(read("59000001 5900"), Err(AccountsError::NotANumber(2)));
    assert_eq!(read(&"59000001 ".repeat(MAX_ACCOUNTS + 1)), Err(AccountsError::TooMany));
}
