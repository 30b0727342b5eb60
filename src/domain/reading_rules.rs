//! A provider's rules for readings that subscribers send: the days, the ceiling, an expired verification.

use std::fmt;

use jiff::civil::Date;
use thiserror::Error;

use super::calendar::Period;
use super::decimal::Volume;

/// The largest consumption of one reading if the provider sets none: 10 000 m³.
pub const DEFAULT_CEILING: Volume = Volume::from_raw(10_000_000);
/// Digits before the comma of a meter if neither billing nor the provider says: the usual dial of a household.
pub const DEFAULT_DIGITS: u8 = 5;

/// A text that is no window.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Error)]
#[error("not a window: expected `always` or two days of a month such as `15-25`")]
pub struct InvalidWindow;

/// The days of a month on which a provider accepts readings.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Window {
    /// Any day.
    Always,
    /// From one day of a month to another, both included. A last day that is smaller than the first lies in the next
    /// month: `25-5`. A day that a month does not have is its last day.
    Days {
        /// The first day, 1–31.
        from: u8,
        /// The last day, 1–31.
        to: u8,
    },
}

/// A window, as of a day.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum WindowOn {
    /// Readings are accepted on any day.
    Always,
    /// Readings are accepted through a day.
    Open {
        /// The last day of the window.
        until: Date,
    },
    /// Readings are not accepted.
    Closed {
        /// The first day of the next window.
        opens: Date,
        /// The last day of the next window.
        until: Date,
    },
}

impl Window {
    /// Parses `always` or `15-25`; a dash of any length, spaces are ignored.
    ///
    /// # Errors
    /// [`InvalidWindow`] when the text is neither.
    pub fn parse(text: &str) -> Result<Self, InvalidWindow> {
        let text: String = text.chars().filter(|character| !character.is_whitespace()).collect();
        if text == "always" {
            return Ok(Self::Always);
        }
        let (from, to) = text.split_once(['-', '–', '—']).ok_or(InvalidWindow)?;
        let day = |text: &str| match text.parse::<u8>() {
            Ok(day) if (1..=31).contains(&day) && text.len() <= 2 && !text.starts_with('+') => Ok(day),
            _ => Err(InvalidWindow),
        };
        Ok(Self::Days { from: day(from)?, to: day(to)? })
    }

    /// The first day of the window that is open on a day; `None` when none is, and for a window that is always open.
    pub fn opened_on(self, today: Date) -> Option<Date> {
        let Self::Days { from, to } = self else { return None };
        let this = Period::of(today);
        let mut windows = [this.previous(), this].into_iter().filter_map(|begin| window_of(begin, from, to));
        windows.find(|(opens, until)| *opens <= today && today <= *until).map(|(opens, _)| opens)
    }

    /// The window as of a day.
    pub fn on(self, today: Date) -> WindowOn {
        let Self::Days { from, to } = self else { return WindowOn::Always };
        let this = Period::of(today);
        // The windows that begin in the previous, this and the next two months; a short month may have none.
        let begins = [this.previous(), this, this.next(), this.next().next()];
        let mut windows = begins.into_iter().filter_map(|begin| window_of(begin, from, to));
        match windows.find(|(_, until)| *until >= today) {
            Some((opens, until)) if opens <= today => WindowOn::Open { until },
            Some((opens, until)) => WindowOn::Closed { opens, until },
            None => WindowOn::Always,
        }
    }
}

/// The first and the last day of the window that begins in a month.
fn window_of(begin: Period, from: u8, to: u8) -> Option<(Date, Date)> {
    let end = if to < from { begin.next() } else { begin };
    let opens = day_of(begin, from)?;
    let until = day_of(end, to)?;
    (opens <= until).then_some((opens, until))
}

/// A day of a month, or the month's last day.
fn day_of(month: Period, day: u8) -> Option<Date> {
    let last = month.last_day().day();
    let day = i8::try_from(day).ok()?.min(last);
    Date::new(month.year(), month.month(), day).ok()
}

/// As stored and exchanged.
impl fmt::Display for Window {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Always => formatter.write_str("always"),
            Self::Days { from, to } => write!(formatter, "{from}-{to}"),
        }
    }
}

/// What an expired verification of a meter does to its readings.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ExpiredVerification {
    /// A warning: the reading is accepted.
    #[default]
    Warn,
    /// A refusal.
    Refuse,
}

impl ExpiredVerification {
    /// As stored and exchanged.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warn => "warn",
            Self::Refuse => "refuse",
        }
    }

    /// From storage or a file.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Warn, Self::Refuse].into_iter().find(|known| known.as_str() == text)
    }
}

/// How a provider accepts readings.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ReadingRules {
    /// The days of a month.
    pub window: Window,
    /// The largest consumption of one reading, in thousandths of the unit.
    pub ceiling: Volume,
    /// What an expired verification does.
    pub expired: ExpiredVerification,
    /// Digits before the comma of a meter whose description has none.
    pub digits: u8,
    /// Whether readings are accepted by account number and serial number, without signing in.
    pub open: bool,
}

impl ReadingRules {
    /// The usual rules of a window.
    pub const fn new(window: Window) -> Self {
        Self {
            window,
            ceiling: DEFAULT_CEILING,
            expired: ExpiredVerification::Warn,
            digits: DEFAULT_DIGITS,
            open: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn day(year: i16, month: i8, day: i8) -> Date {
        Date::constant(year, month, day)
    }

    fn on(window: &str, today: Date) -> WindowOn {
        Window::parse(window).unwrap().on(today)
    }

    #[test]
    fn a_window_inside_a_month_is_open_on_both_of_its_ends() {
        let until = day(2026, 11, 25);
        for today in [15, 20, 25] {
            assert_eq!(on("15-25", day(2026, 11, today)), WindowOn::Open { until }, "{today}");
        }
        assert_eq!(on("15-25", day(2026, 11, 14)), WindowOn::Closed { opens: day(2026, 11, 15), until });
        assert_eq!(
            on("15-25", day(2026, 11, 26)),
            WindowOn::Closed { opens: day(2026, 12, 15), until: day(2026, 12, 25) }
        );
    }

    #[test]
    fn a_window_across_the_end_of_a_month_is_one_window() {
        let until = day(2027, 1, 5);
        for today in [day(2026, 12, 25), day(2026, 12, 31), day(2027, 1, 1), day(2027, 1, 5)] {
            assert_eq!(on("25-5", today), WindowOn::Open { until }, "{today}");
        }
        assert_eq!(on("25-5", day(2027, 1, 6)), WindowOn::Closed { opens: day(2027, 1, 25), until: day(2027, 2, 5) });
        assert_eq!(on("25-5", day(2026, 12, 24)), WindowOn::Closed { opens: day(2026, 12, 25), until });
    }

    #[test]
    fn a_day_that_a_month_does_not_have_is_its_last_day() {
        assert_eq!(on("31-31", day(2026, 4, 30)), WindowOn::Open { until: day(2026, 4, 30) });
        assert_eq!(on("29-31", day(2026, 2, 28)), WindowOn::Open { until: day(2026, 2, 28) });
        assert_eq!(
            on("29-31", day(2028, 2, 28)),
            WindowOn::Closed { opens: day(2028, 2, 29), until: day(2028, 2, 29) }
        );
        assert_eq!(on("30-3", day(2026, 2, 28)), WindowOn::Open { until: day(2026, 3, 3) });
    }

    #[test]
    fn a_window_is_two_days_of_a_month_or_always() {
        assert_eq!(Window::parse("always"), Ok(Window::Always));
        assert_eq!(Window::parse(" 25 – 5 "), Ok(Window::Days { from: 25, to: 5 }));
        for text in ["", "-", "0-5", "1-32", "1", "1-2-3", "+1-5", "1-x", "001-5", "never"] {
            assert_eq!(Window::parse(text), Err(InvalidWindow), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_closed_window_opens_later_and_is_open_on_that_day(from in 1_u8..=31, to in 1_u8..=31, days in 0_i32..1500) {
            let window = Window::Days { from, to };
            let today = day(2026, 1, 1).saturating_add(jiff::Span::new().days(days));
            match window.on(today) {
                WindowOn::Open { until } => {
                    prop_assert!(until >= today);
                    let opened = window.opened_on(today).unwrap();
                    prop_assert!(opened <= today);
                    prop_assert_eq!(window.on(opened), WindowOn::Open { until });
                }
                WindowOn::Closed { opens, until } => {
                    prop_assert!(opens > today);
                    prop_assert_eq!(window.opened_on(today), None);
                    prop_assert_eq!(window.on(opens), WindowOn::Open { until });
                }
                WindowOn::Always => prop_assert!(false, "a window of days is never always open"),
            }
        }

        #[test]
        fn a_window_is_read_back_as_it_is_written(from in 1_u8..=31, to in 1_u8..=31) {
            let window = Window::Days { from, to };
            prop_assert_eq!(Window::parse(&window.to_string()), Ok(window));
        }
    }
}
