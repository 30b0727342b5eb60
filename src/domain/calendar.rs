//! Moments, days and months as the portal counts and shows them.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A moment: microseconds of UTC since 1970.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(i64);

/// A length of time, in microseconds.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Span(i64);

impl Span {
    /// Microseconds.
    pub const fn micros(micros: i64) -> Self {
        Self(micros)
    }
    /// A number of seconds.
    pub const fn seconds(seconds: i64) -> Self {
        Self(seconds * 1_000_000)
    }
    /// A number of minutes.
    pub const fn minutes(minutes: i64) -> Self {
        Self::seconds(minutes * 60)
    }
    /// A number of hours.
    pub const fn hours(hours: i64) -> Self {
        Self::minutes(hours * 60)
    }
    /// A number of days of 24 hours.
    pub const fn days(days: i64) -> Self {
        Self::hours(days * 24)
    }
    /// Microseconds.
    pub const fn whole_micros(self) -> i64 {
        self.0
    }
    /// Whole seconds, rounded up.
    pub const fn whole_seconds(self) -> i64 {
        self.0.saturating_add(999_999).div_euclid(1_000_000)
    }
}

impl Moment {
    /// From stored microseconds.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }
    /// Microseconds of UTC since 1970.
    pub const fn micros(self) -> i64 {
        self.0
    }
    /// The moment later by a span; saturates instead of overflowing.
    pub const fn plus(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
    /// The moment earlier by a span.
    pub const fn minus(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
    /// Time elapsed since `earlier`; negative when this moment is before it.
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
    /// The wall clock at an offset from UTC.
    fn local(self, offset_hours: i8) -> jiff::civil::DateTime {
        let offset = jiff::tz::Offset::constant(offset_hours);
        jiff::Timestamp::from_microsecond(self.0).map(|t| offset.to_datetime(t)).unwrap_or_default()
    }
    /// The day at an offset from UTC, in hours.
    pub fn date(self, offset_hours: i8) -> Date {
        self.local(offset_hours).date()
    }
    /// `2026-11-05T12:07:00Z`, for machines.
    pub fn machine(self) -> String {
        format!("{:.0}Z", self.local(0))
    }
    /// `2026-11-05T14:07` at an offset from UTC, in hours, as a browser's field of a day and a time takes it.
    pub fn field(self, offset_hours: i8) -> String {
        let local = self.local(offset_hours);
        format!("{}T{:02}:{:02}", local.date(), local.hour(), local.minute())
    }
    /// `05.11.2026 14:07` at an offset from UTC, in hours.
    pub fn show(self, offset_hours: i8) -> String {
        let local = self.local(offset_hours);
        format!("{} {:02}:{:02}", show_date(local.date()), local.hour(), local.minute())
    }

    /// `5 ноября 2026, 14:07` at an offset from UTC, in hours.
    pub fn show_in_words(self, offset_hours: i8) -> String {
        let local = self.local(offset_hours);
        format!("{}, {:02}:{:02}", date_in_words(local.date()), local.hour(), local.minute())
    }

    /// `14:07` at an offset from UTC, in hours, rounded up to a whole minute.
    pub fn show_minute(self, offset_hours: i8) -> String {
        let local = self.plus(Span(Span::minutes(1).0 - 1)).local(offset_hours);
        format!("{:02}:{:02}", local.hour(), local.minute())
    }
}

/// A text that is no day with a time of day.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Error)]
#[error("not a moment: expected YYYY-MM-DD HH:MM or DD.MM.YYYY HH:MM")]
pub struct NotAMoment;

/// Parses a day and a time of day at an offset from UTC, in hours: `2026-11-05T14:07`, as a browser's field writes it,
/// `2026-11-05 14:07` or `05.11.2026 14:07`.
///
/// # Errors
/// [`NotAMoment`] when the text has another format or the day or the time does not exist.
pub fn parse_moment(text: &str, offset_hours: i8) -> Result<Moment, NotAMoment> {
    let (day, time) = text.trim().split_once(['T', ' ']).ok_or(NotAMoment)?;
    let day = parse_date(day).map_err(|_| NotAMoment)?;
    let (hour, minute) = time.trim().split_once(':').ok_or(NotAMoment)?;
    let part = |text: &str| digits(text).filter(|_| text.len() == 2).ok_or(NotAMoment);
    let (hour, minute) = (part(hour)?, part(minute)?);
    if hour > 23 || minute > 59 {
        return Err(NotAMoment);
    }
    let days = (day - Date::constant(1970, 1, 1)).get_days();
    let local = Moment::default().plus(Span::days(days.into())).plus(Span::hours(hour.into()));
    Ok(local.plus(Span::minutes(minute.into())).minus(Span::hours(offset_hours.into())))
}

/// `05.11.2026`.
pub fn show_date(date: Date) -> String {
    format!("{:02}.{:02}.{:04}", date.day(), date.month(), date.year())
}

/// `5 ноября 2026`.
pub fn date_in_words(date: Date) -> String {
    format!("{} {}", date.day(), Period::of(date).genitive(None))
}

/// Why a text is not a day or a month.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Error)]
pub enum CalendarError {
    /// Neither `YYYY-MM-DD` nor `DD.MM.YYYY`.
    #[error("not a date: expected YYYY-MM-DD or DD.MM.YYYY")]
    NotADate,
    /// Neither `YYYY-MM` nor `MM.YYYY`.
    #[error("not a month: expected YYYY-MM or MM.YYYY")]
    NotAPeriod,
}

/// Parses `YYYY-MM-DD` or `DD.MM.YYYY`.
///
/// # Errors
/// [`CalendarError::NotADate`] when the text has another format or the day does not exist.
#[expect(clippy::cast_possible_truncation, reason = "a month and a day of two digits")]
pub fn parse_date(text: &str) -> Result<Date, CalendarError> {
    let text = text.trim();
    let parts: Vec<&str> = text.split(['-', '.']).collect();
    let [first, month, last] = parts.as_slice() else { return Err(CalendarError::NotADate) };
    let (year, day) = match (text.as_bytes().get(4), text.as_bytes().get(2)) {
        (Some(b'-'), _) => (first, last),
        (_, Some(b'.')) => (last, first),
        _ => return Err(CalendarError::NotADate),
    };
    if year.len() != 4 || month.len() != 2 || day.len() != 2 {
        return Err(CalendarError::NotADate);
    }
    let year = digits(year).ok_or(CalendarError::NotADate)?;
    let month = digits(month).ok_or(CalendarError::NotADate)?;
    let day = digits(day).ok_or(CalendarError::NotADate)?;
    Date::new(year, month as i8, day as i8).map_err(|_| CalendarError::NotADate)
}

/// Up to four ASCII digits as a small number.
fn digits(text: &str) -> Option<i16> {
    if text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// A billing month. Stored as `year * 100 + month`, e.g. 202611.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Period(i32);

const MONTHS: [&str; 12] = [
    "январь",
    "февраль",
    "март",
    "апрель",
    "май",
    "июнь",
    "июль",
    "август",
    "сентябрь",
    "октябрь",
    "ноябрь",
    "декабрь",
];

/// The names of months after «с»: «с января».
const MONTHS_GENITIVE: [&str; 12] = [
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
];

/// The names of months after «в»: «в январе».
const MONTHS_PREPOSITIONAL: [&str; 12] = [
    "январе",
    "феврале",
    "марте",
    "апреле",
    "мае",
    "июне",
    "июле",
    "августе",
    "сентябре",
    "октябре",
    "ноябре",
    "декабре",
];

impl Period {
    /// A month of a year.
    ///
    /// # Errors
    /// [`CalendarError::NotAPeriod`] outside 1990–2199 or January–December.
    pub fn new(year: i16, month: i8) -> Result<Self, CalendarError> {
        if (1990..2200).contains(&year) && (1..=12).contains(&month) {
            Ok(Self(i32::from(year) * 100 + i32::from(month)))
        } else {
            Err(CalendarError::NotAPeriod)
        }
    }

    /// The month that contains a day.
    pub fn of(date: Date) -> Self {
        Self(i32::from(date.year()) * 100 + i32::from(date.month()))
    }

    /// From the stored number, e.g. 202611.
    ///
    /// # Errors
    /// [`CalendarError::NotAPeriod`] when the number is not a month.
    pub fn from_number(number: i64) -> Result<Self, CalendarError> {
        let year = i16::try_from(number / 100).map_err(|_| CalendarError::NotAPeriod)?;
        let month = i8::try_from(number % 100).map_err(|_| CalendarError::NotAPeriod)?;
        Self::new(year, month)
    }

    /// The stored number, e.g. 202611.
    pub const fn number(self) -> i64 {
        self.0 as i64
    }

    /// The year.
    #[expect(clippy::cast_possible_truncation, reason = "made from a year that is an i16")]
    pub const fn year(self) -> i16 {
        (self.0 / 100) as i16
    }

    /// The month, 1–12.
    pub const fn month(self) -> i8 {
        (self.0 % 100) as i8
    }

    /// Parses `YYYY-MM` or `MM.YYYY`.
    ///
    /// # Errors
    /// [`CalendarError::NotAPeriod`] when the text has another format or the month is out of range.
    #[expect(clippy::cast_possible_truncation, reason = "a month of two digits")]
    pub fn parse(text: &str) -> Result<Self, CalendarError> {
        let text = text.trim();
        let (year, month) = match text.split_once('-') {
            Some(parts) => parts,
            None => text.split_once('.').map(|(m, y)| (y, m)).ok_or(CalendarError::NotAPeriod)?,
        };
        if year.len() != 4 || month.len() != 2 {
            return Err(CalendarError::NotAPeriod);
        }
        let year = digits(year).ok_or(CalendarError::NotAPeriod)?;
        let month = digits(month).ok_or(CalendarError::NotAPeriod)?;
        Self::new(year, month as i8)
    }

    /// The month after.
    pub fn next(self) -> Self {
        if self.month() == 12 { Self(self.0 + 89) } else { Self(self.0 + 1) }
    }

    /// The month before.
    pub fn previous(self) -> Self {
        if self.month() == 1 { Self(self.0 - 89) } else { Self(self.0 - 1) }
    }

    /// The month a number of months earlier.
    pub fn months_before(self, months: u32) -> Self {
        (0..months).fold(self, |period, _| period.previous())
    }

    /// The first day of the month.
    pub fn first_day(self) -> Date {
        Date::new(self.year(), self.month(), 1).unwrap_or_default()
    }

    /// The last day of the month.
    pub fn last_day(self) -> Date {
        self.first_day().last_of_month()
    }

    /// `2026-11`, as in addresses and files.
    pub fn machine(self) -> String {
        format!("{:04}-{:02}", self.year(), self.month())
    }

    /// `октябрь`, as after «за»; with the year if `beside` is in another one.
    pub fn accusative(self, beside: Option<Self>) -> String {
        self.named(&MONTHS, beside)
    }

    /// `октября`, as after «с» and «начало»; with the year if `beside` is in another one.
    pub fn genitive(self, beside: Option<Self>) -> String {
        self.named(&MONTHS_GENITIVE, beside)
    }

    /// `октябре`, as after «в»; with the year if `beside` is in another one.
    pub fn prepositional(self, beside: Option<Self>) -> String {
        self.named(&MONTHS_PREPOSITIONAL, beside)
    }

    fn named(self, names: &[&str; 12], beside: Option<Self>) -> String {
        let name = names[usize::from((self.month() - 1).clamp(0, 11).unsigned_abs())];
        if beside.is_some_and(|beside| beside.year() == self.year()) {
            name.to_owned()
        } else {
            format!("{name} {}", self.year())
        }
    }

    /// The due date of this month's charges: the 15th of the next month since March 2026 (177-ФЗ), the 10th for
    /// earlier months.
    pub fn due_date(self) -> Date {
        let day = DUE_DAYS.iter().rev().find(|(from, _)| self.0 >= *from).map_or(10, |(_, day)| *day);
        let next = self.next();
        Date::new(next.year(), next.month(), day).unwrap_or_default()
    }
}

/// Due days in the next month, each with the first period to which it applies.
const DUE_DAYS: [(i32, i8); 2] = [(199_001, 10), (202_603, 15)];

/// `ноябрь 2026`.
impl fmt::Display for Period {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.named(&MONTHS, None))
    }
}

/// `5 ноября`.
pub fn day_in_words(date: Date) -> String {
    let month = Period::of(date);
    format!("{} {}", date.day(), month.genitive(Some(month)))
}

/// Groups rows by their year; rows of one year stand together.
pub fn by_year<T>(rows: impl IntoIterator<Item = (i16, T)>) -> Vec<(i16, Vec<T>)> {
    let mut years: Vec<(i16, Vec<T>)> = Vec::new();
    for (year, row) in rows {
        match years.last_mut().filter(|(last, _)| *last == year) {
            Some((_, rows)) => rows.push(row),
            None => years.push((year, vec![row])),
        }
    }
    years
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rows_are_grouped_by_year_in_their_order() {
        let years = by_year([(2026, 'a'), (2026, 'b'), (2025, 'c'), (2023, 'd')]);
        assert_eq!(years, [(2026, vec!['a', 'b']), (2025, vec!['c']), (2023, vec!['d'])]);
    }

    #[test]
    fn a_minute_that_has_begun_is_rounded_up() {
        let noon = Moment::from_micros(12 * 3_600 * 1_000_000);
        assert_eq!(noon.show_minute(5), "17:00");
        assert_eq!(noon.plus(Span::seconds(1)).show_minute(5), "17:01");
    }

    #[test]
    fn dates_are_read_in_both_forms_and_shown_in_one() {
        let date = Date::constant(2026, 11, 5);
        assert_eq!(parse_date("2026-11-05"), Ok(date));
        assert_eq!(parse_date("05.11.2026"), Ok(date));
        assert_eq!(show_date(date), "05.11.2026");
        for text in ["2026-02-30", "5.11.2026", "2026/11/05", "", "05-11-2026", "2026-11", "абвг-де-жз"] {
            assert_eq!(parse_date(text), Err(CalendarError::NotADate), "{text}");
        }
    }

    #[test]
    fn a_month_is_shown_in_words() {
        assert_eq!(Period::parse("2026-11").unwrap().to_string(), "ноябрь 2026");
        assert_eq!(Period::parse("11.2026"), Period::parse("2026-11"));
        assert!(Period::parse("2026-13").is_err());
    }

    #[test]
    fn a_month_has_its_case_and_its_year_only_beside_another_year() {
        let [october, march, december] = ["2026-10", "2026-03", "2025-12"].map(|text| Period::parse(text).unwrap());
        assert_eq!(october.prepositional(None), "октябре 2026");
        assert_eq!(march.prepositional(Some(october)), "марте");
        assert_eq!(march.genitive(Some(october)), "марта");
        assert_eq!(december.genitive(Some(october)), "декабря 2025");
        assert_eq!(october.accusative(Some(march)), "октябрь");
    }

    #[test]
    fn charges_are_due_by_the_15th_since_march_2026_and_by_the_10th_before() {
        assert_eq!(Period::parse("2026-02").unwrap().due_date(), Date::constant(2026, 3, 10));
        assert_eq!(Period::parse("2026-03").unwrap().due_date(), Date::constant(2026, 4, 15));
        assert_eq!(Period::parse("2026-12").unwrap().due_date(), Date::constant(2027, 1, 15));
    }

    #[test]
    fn a_moment_is_shown_on_the_wall_clock_of_the_provider() {
        let midnight = Moment::from_micros(1_793_836_800_000_000);
        assert_eq!(midnight.show(5), "05.11.2026 05:00");
        assert_eq!(midnight.show_in_words(5), "5 ноября 2026, 05:00");
    }

    #[test]
    fn a_moment_is_read_in_the_zone_of_the_provider() {
        for text in ["2026-11-05T05:00", "2026-11-05 05:00", "05.11.2026 05:00"] {
            assert_eq!(parse_moment(text, 5), Ok(Moment::from_micros(1_793_836_800_000_000)), "{text}");
        }
        assert_eq!(parse_moment("2026-11-05T05:00", 5).unwrap().field(5), "2026-11-05T05:00");
        for text in
            ["", "2026-11-05", "2026-11-05 24:00", "2026-11-05 12:60", "2026-02-30 12:00", "12:00", "2026-11-05 1:00"]
        {
            assert_eq!(parse_moment(text, 5), Err(NotAMoment), "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_month_after_and_before_undo_each_other(year in 1991_i16..2199, month in 1_i8..=12) {
            let period = Period::new(year, month).unwrap();
            prop_assert_eq!(period.next().previous(), period);
            prop_assert_eq!(period.previous().next(), period);
        }

        #[test]
        fn no_text_makes_the_readers_panic(text in "\\PC{0,20}") {
            let _ = parse_date(&text);
            let _ = parse_moment(&text, 5);
            let _ = Period::parse(&text);
        }
    }
}
