//! The calendar of an account: due dates, windows of readings, ends of verification, for the next twelve months.
//!
//! Services of phone makers read such a calendar and keep it, so it has no sums, names, addresses or serial numbers, and
//! of the account's number its last digits only.

use jiff::civil::Date;

use super::account::AccountNumber;
use super::calendar::{Period, day_in_words};
use super::icalendar::Event;
use super::id::AccountId;
use super::meter::Meter;
use super::one_time::LinkToken;
use super::reading_rules::{Window, WindowOn};
use super::utility::Utility;

/// How far the calendar reaches.
const MONTHS: u32 = 12;
/// Most windows of readings: one begins in each month, and the first and the last may be cut.
const MAX_WINDOWS: usize = 14;
/// Digits of the account's number that tell a person's accounts apart.
const SHOWN_DIGITS: usize = 4;
/// Days from the reminder of a payment to its due date: the time of a bank's transfer.
const DUE_ALARM_DAYS: u8 = 3;
/// Days from the reminder of a verification to its end: the time to call a workshop.
const VERIFICATION_ALARM_DAYS: u8 = 14;

/// The key in the secret address of a calendar. A type of its own, so that no link of a letter is taken for it.
#[derive(Clone, Eq, PartialEq)]
pub struct CalendarKey(LinkToken);

crate::opaque_debug!(CalendarKey);

impl CalendarKey {
    /// Parses a key from an address; `None` for any other format.
    pub fn parse(text: &str) -> Option<Self> {
        LinkToken::parse(text).map(Self)
    }

    /// From 256 random bits, in URL-safe base 64.
    pub fn trusted(text: String) -> Self {
        Self(LinkToken::trusted(text))
    }

    /// The text for the address.
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }
}

/// What the calendar of an account is made from.
#[derive(Clone, Copy, Debug)]
pub struct AccountDates<'a> {
    /// The account.
    pub account_id: &'a AccountId,
    /// Its number.
    pub number: &'a AccountNumber,
    /// What its provider sells.
    pub utility: Utility,
    /// When the provider accepts readings; `None`: it accepts none.
    pub window: Option<Window>,
    /// The meters, removed ones included.
    pub meters: &'a [Meter],
    /// The public URL of the portal, without a trailing slash.
    pub public_url: &'a str,
    /// Its host.
    pub public_host: &'a str,
}

impl AccountDates<'_> {
    /// The name of the calendar, by which a person finds it among others.
    pub fn name(&self) -> String {
        let what = match self.utility {
            Utility::Gas => "Газ",
            Utility::Water => "Вода",
            Utility::Heat => "Отопление",
            Utility::Power => "Электричество",
            Utility::Unknown => "Личный кабинет",
        };
        format!("{what}, {}", self.account())
    }

    /// The events from a day on, for [`MONTHS`] months.
    pub fn events(&self, today: Date) -> Vec<Event> {
        let end = today.saturating_add(jiff::Span::new().months(i64::from(MONTHS)));
        let mut events = self.due_dates(today, end);
        events.extend(self.windows(today, end));
        events.extend(self.verifications(today, end));
        events
    }

    /// `счёт …2345`.
    fn account(&self) -> String {
        let digits = self.number.as_str();
        let hidden = digits.len().saturating_sub(SHOWN_DIGITS);
        format!("счёт …{}", digits.get(hidden..).unwrap_or_default())
    }

    fn event(&self, uid: &str, day: Date, what: &str, description: String) -> Event {
        Event {
            uid: format!("{uid}@{}", self.public_host),
            day,
            title: format!("{what}, {}", self.account()),
            description,
            url: format!("{}/accounts/{}", self.public_url, self.account_id),
            alarm_days_before: None,
        }
    }

    fn due_dates(&self, today: Date, end: Date) -> Vec<Event> {
        // This month's due date is that of the month before.
        let months = std::iter::successors(Some(Period::of(today).previous()), |month| Some(month.next()));
        let due = months.map(|month| (month, month.due_date())).take_while(|(_, day)| *day < end);
        due.filter(|(_, day)| *day >= today).map(|(month, day)| self.due(month, day)).collect()
    }

    fn due(&self, month: Period, day: Date) -> Event {
        let what = match self.utility {
            Utility::Gas => "Оплатить газ",
            Utility::Water => "Оплатить воду",
            Utility::Heat => "Оплатить отопление",
            Utility::Power => "Оплатить электричество",
            Utility::Unknown => "Оплатить услуги",
        };
        let until = day_in_words(day);
        let description = format!("Начисления за {month} оплатите до {until} включительно. Сумма — в личном кабинете.");
        let uid = format!("due-{}-{}", month.machine(), self.account_id);
        Event { alarm_days_before: Some(DUE_ALARM_DAYS), ..self.event(&uid, day, what, description) }
    }

    fn windows(&self, today: Date, end: Date) -> Vec<Event> {
        let Some(window) = self.window else { return Vec::new() };
        let windows = windows_from(window, today).take_while(|(opens, _)| opens.is_none_or(|day| day < end));
        windows.flat_map(|(opens, until)| self.window_events(opens, until)).filter(|event| event.day < end).collect()
    }

    /// The first and the last day of a window. A window of one day, or one that has begun, has the last day only.
    fn window_events(&self, opens: Option<Date>, until: Date) -> Vec<Event> {
        let (uid, last) = (|what: &str| format!("{what}-{until}-{}", self.account_id), day_in_words(until));
        let opening = opens.filter(|opens| *opens < until).map(|opens| {
            let description = format!("Передайте показания счётчиков в личном кабинете до {last} включительно.");
            self.event(&uid("readings-open"), opens, "Начался приём показаний", description)
        });
        let description = "Сегодня последний день: передайте показания счётчиков в личном кабинете.".to_owned();
        let closing = self.event(&uid("readings-close"), until, "Последний день приёма показаний", description);
        opening.into_iter().chain([closing]).collect()
    }

    fn verifications(&self, today: Date, end: Date) -> Vec<Event> {
        let installed = self.meters.iter().filter(|meter| meter.removed_by(today).is_none());
        let expiring = installed.filter_map(|meter| Some((meter, meter.verified_until?)));
        let expiring = expiring.filter(|(_, day)| (today..end).contains(day));
        expiring.map(|(meter, day)| self.verification(meter, day)).collect()
    }

    fn verification(&self, meter: &Meter, day: Date) -> Event {
        let what = format!("Заканчивается поверка счётчика {}", meter.model);
        let description = format!("Поверьте или замените счётчик до {} включительно.", day_in_words(day));
        let event = self.event(&format!("verification-{}", meter.id), day, &what, description);
        Event { alarm_days_before: Some(VERIFICATION_ALARM_DAYS), ..event }
    }
}

/// The windows that end on a day or later, each with its first and its last day. The first day of a window that was open
/// the day before is `None`: it has passed.
fn windows_from(window: Window, today: Date) -> impl Iterator<Item = (Option<Date>, Date)> {
    let first = match window.on(today) {
        WindowOn::Always => None,
        WindowOn::Open { until } => Some((opened_on(window, today), until)),
        WindowOn::Closed { opens, until } => Some((Some(opens), until)),
    };
    let next = move |(_, until): &(Option<Date>, Date)| {
        let after = until.tomorrow().ok()?;
        match window.on(after) {
            WindowOn::Always => None,
            // It begins on the day after the one before.
            WindowOn::Open { until } => Some((Some(after), until)),
            WindowOn::Closed { opens, until } => Some((Some(opens), until)),
        }
    };
    std::iter::successors(first, next).take(MAX_WINDOWS)
}

/// The day itself, if an open window begins on it.
fn opened_on(window: Window, today: Date) -> Option<Date> {
    let was_open = match window.on(today.yesterday().ok()?) {
        WindowOn::Open { until } => until >= today,
        WindowOn::Always | WindowOn::Closed { .. } => false,
    };
    (!was_open).then_some(today)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::MeterId;
    use proptest::prelude::*;

    const fn day(year: i16, month: i8, day: i8) -> Date {
        Date::constant(year, month, day)
    }

    /// The events of the account 59012345 at a gas supplier.
    fn events(window: Option<Window>, meters: &[Meter], today: Date) -> Vec<Event> {
        let (account_id, number) = (AccountId::trusted("a".repeat(26)), AccountNumber::trusted("59012345".to_owned()));
        let dates = AccountDates {
            account_id: &account_id,
            number: &number,
            utility: Utility::Gas,
            window,
            meters,
            public_url: "https://lk.example.ru",
            public_host: "lk.example.ru",
        };
        dates.events(today)
    }

    fn days_of(events: &[Event], title: &str) -> Vec<Date> {
        events.iter().filter(|event| event.title.starts_with(title)).map(|event| event.day).collect()
    }

    fn meter(number: usize, verified_until: Option<Date>) -> Meter {
        let id = MeterId::trusted(format!("{number:026}"));
        Meter { verified_until, ..Meter::bare(id, AccountId::trusted("a".repeat(26)), "77001") }
    }

    #[test]
    fn every_month_has_its_due_date_and_its_reminder() {
        let events = events(None, &[], day(2026, 11, 15));
        let due = days_of(&events, "Оплатить газ, счёт …2345");
        assert_eq!((due.len(), events.len()), (12, 12));
        assert_eq!((due[0], due[11]), (day(2026, 11, 15), day(2027, 10, 15)));
        assert!(events.iter().all(|event| event.alarm_days_before == Some(3)));
        assert_eq!(events[0].uid, format!("due-2026-10-{}@lk.example.ru", "a".repeat(26)));
        assert!(events[0].description.contains("за октябрь 2026"), "{}", events[0].description);
    }

    #[test]
    fn a_due_date_that_has_passed_is_left_out() {
        assert_eq!(days_of(&events(None, &[], day(2026, 11, 16)), "Оплатить")[0], day(2026, 12, 15));
    }

    #[test]
    fn a_window_across_the_end_of_a_month_has_its_first_and_its_last_day() {
        let events = events(Some(Window::Days { from: 25, to: 5 }), &[], day(2026, 12, 26));
        assert_eq!(days_of(&events, "Начался")[..2], [day(2027, 1, 25), day(2027, 2, 25)]);
        assert_eq!(days_of(&events, "Последний")[..2], [day(2027, 1, 5), day(2027, 2, 5)]);
    }

    #[test]
    fn a_window_that_opens_today_is_announced_today() {
        let events = events(Some(Window::Days { from: 15, to: 25 }), &[], day(2026, 11, 15));
        assert_eq!(days_of(&events, "Начался")[0], day(2026, 11, 15));
        assert_eq!(days_of(&events, "Последний")[0], day(2026, 11, 25));
    }

    #[test]
    fn a_window_of_the_last_days_follows_a_leap_year() {
        let events = events(Some(Window::Days { from: 29, to: 31 }), &[], day(2028, 2, 1));
        // February has one day of it, which is the last one.
        assert_eq!(days_of(&events, "Последний")[..2], [day(2028, 2, 29), day(2028, 3, 31)]);
        assert_eq!(days_of(&events, "Начался")[0], day(2028, 3, 29));
    }

    #[test]
    fn a_provider_that_accepts_readings_on_any_day_has_no_windows() {
        assert_eq!(events(Some(Window::Always), &[], day(2026, 11, 15)).len(), 12);
    }

    #[test]
    fn an_installed_meter_has_the_end_of_its_verification() {
        let removed = Meter { removed_on: Some(day(2026, 11, 1)), ..meter(3, Some(day(2027, 3, 1))) };
        let meters = [meter(1, Some(day(2027, 3, 1))), meter(2, None), removed, meter(4, Some(day(2027, 11, 15)))];
        let events = events(None, &meters, day(2026, 11, 15));
        let verifications: Vec<_> = events.iter().filter(|event| event.title.contains("поверка")).collect();
        let [only] = verifications[..] else { panic!("{verifications:?}") };
        assert_eq!((only.day, only.alarm_days_before), (day(2027, 3, 1), Some(14)));
        assert_eq!(only.title, "Заканчивается поверка счётчика ВК-G4, счёт …2345");
    }

    #[test]
    fn nothing_tells_the_account_or_the_meter() {
        let all =
            events(Some(Window::Days { from: 15, to: 25 }), &[meter(1, Some(day(2027, 3, 1)))], day(2026, 11, 15));
        let text = format!("{all:?}");
        assert!(!text.contains("59012345") && !text.contains("77001"), "{text}");
    }

    proptest! {
        #[test]
        fn every_event_lies_ahead_within_a_year_and_has_its_own_identifier(
            from in 1_u8..=31, to in 1_u8..=31, days in 0_i32..1500
        ) {
            let today = day(2026, 1, 1).saturating_add(jiff::Span::new().days(days));
            let end = today.saturating_add(jiff::Span::new().months(12));
            let all = events(Some(Window::Days { from, to }), &[], today);
            prop_assert!(all.iter().all(|event| (today..end).contains(&event.day)));
            let mut known: Vec<_> = all.iter().map(|event| &event.uid).collect();
            known.sort();
            known.dedup();
            prop_assert_eq!(known.len(), all.len());
            // One fewer in the year in which the due day moved from the 10th to the 15th.
            prop_assert!((11..=12).contains(&days_of(&all, "Оплатить").len()));
            prop_assert!((11..=13).contains(&days_of(&all, "Последний").len()));
        }
    }
}
