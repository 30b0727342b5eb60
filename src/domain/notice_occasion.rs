//! The occasions on which a provider's subscribers are told something, and the days on which they come.

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::calendar::Period;
use super::id::{AccountId, AnnouncementId};
use super::notice::NoticeKind;
use super::reading_rules::{Window, WindowOn};

/// Days before the end of a window on which a missing reading is reminded of.
const BEFORE_WINDOW_CLOSES: i32 = 2;
/// Days after the due date within which a debt is looked for: an installation that was off for a week still finds it.
const DEBT_WITHIN: i32 = 10;
/// Days before the end of a verification: time to order it, and the last call.
const VERIFICATION_AHEAD: [i32; 2] = [60, 14];
/// Days after the end of a verification within which its owner is told: older ones were known before the portal was.
const VERIFICATION_OVER_WITHIN: i32 = 30;

/// The stage of a verification that ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum VerificationStage {
    /// Within two months.
    Ahead,
    /// Within two weeks.
    Soon,
    /// It has ended.
    Over,
}

impl VerificationStage {
    const ALL: [Self; 3] = [Self::Ahead, Self::Soon, Self::Over];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Ahead => "60",
            Self::Soon => "14",
            Self::Over => "0",
        }
    }

    /// The first and the last day of a verification's end that make this stage on a day.
    pub fn ends_between(self, today: Date) -> (Date, Date) {
        let [ahead, soon] = VERIFICATION_AHEAD;
        match self {
            Self::Ahead => (days_after(today, soon + 1), days_after(today, ahead)),
            Self::Soon => (today, days_after(today, soon)),
            Self::Over => (days_after(today, -VERIFICATION_OVER_WITHIN), days_after(today, -1)),
        }
    }
}

/// What a provider's subscribers are told about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Occasion {
    /// The charges of a month were loaded. Billing may send a month in several files: each import is an occasion.
    NewReceipt {
        /// The month.
        period: Period,
        /// The import.
        import: String,
    },
    /// The due date of a month comes.
    DueSoon(Period),
    /// The window of readings that ends on a day is open.
    ReadingsOpen {
        /// Its last day.
        until: Date,
    },
    /// The window of readings that ends on a day closes soon.
    ReadingsClose {
        /// Its last day.
        until: Date,
    },
    /// Verifications of meters on a day.
    Verification {
        /// Their stage.
        stage: VerificationStage,
        /// The day.
        on: Date,
    },
    /// The due date of a month has passed, and an older month may be unpaid too.
    Debt(Period),
    /// An announcement appears.
    Announcement(AnnouncementId),
}

impl Occasion {
    /// The kind of its notices.
    pub const fn kind(&self) -> NoticeKind {
        match self {
            Self::NewReceipt { .. } => NoticeKind::NewReceipt,
            Self::DueSoon(_) => NoticeKind::DueSoon,
            Self::ReadingsOpen { .. } => NoticeKind::ReadingsOpen,
            Self::ReadingsClose { .. } => NoticeKind::ReadingsClose,
            Self::Verification { .. } => NoticeKind::Verification,
            Self::Debt(_) => NoticeKind::Debt,
            Self::Announcement(_) => NoticeKind::Announcement,
        }
    }

    /// As stored.
    pub fn written(&self) -> String {
        match self {
            Self::NewReceipt { period, import } => format!("{} {import}", period.number()),
            Self::DueSoon(period) | Self::Debt(period) => period.number().to_string(),
            Self::ReadingsOpen { until } | Self::ReadingsClose { until } => until.to_string(),
            Self::Verification { stage, on } => format!("{} {on}", stage.as_str()),
            Self::Announcement(id) => id.as_str().to_owned(),
        }
    }

    /// From storage; `None` for a kind that has no occasion, and for a text of another form.
    pub fn parse(kind: NoticeKind, text: &str) -> Option<Self> {
        let period = |text: &str| Period::from_number(text.parse().ok()?).ok();
        match kind {
            NoticeKind::NewReceipt => {
                let (month, import) = text.split_once(' ')?;
                Some(Self::NewReceipt { period: period(month)?, import: import.to_owned() })
            }
            NoticeKind::DueSoon => Some(Self::DueSoon(period(text)?)),
            NoticeKind::Debt => Some(Self::Debt(period(text)?)),
            NoticeKind::ReadingsOpen => Some(Self::ReadingsOpen { until: text.parse().ok()? }),
            NoticeKind::ReadingsClose => Some(Self::ReadingsClose { until: text.parse().ok()? }),
            NoticeKind::Verification => {
                let (stage, on) = text.split_once(' ')?;
                let stage = VerificationStage::ALL.into_iter().find(|known| known.as_str() == stage)?;
                Some(Self::Verification { stage, on: on.parse().ok()? })
            }
            NoticeKind::Announcement => AnnouncementId::parse(text).ok().map(Self::Announcement),
            NoticeKind::PaymentAccepted | NoticeKind::PaymentCredited | NoticeKind::Answer | NoticeKind::Security => {
                None
            }
        }
    }

    /// The subject of the notice about an account: a user is told once for each. `date`: the end of the verification that
    /// it is about. An announcement is about no account: a user with three accounts is told once.
    pub fn subject(&self, account_id: &AccountId, date: Option<Date>) -> String {
        match self {
            Self::NewReceipt { period, .. } | Self::DueSoon(period) | Self::Debt(period) => {
                format!("{account_id} {}", period.number())
            }
            Self::ReadingsOpen { until } | Self::ReadingsClose { until } => format!("{account_id} {until}"),
            Self::Verification { stage, on } => {
                format!("{account_id} {} {}", stage.as_str(), date.unwrap_or(*on))
            }
            Self::Announcement(id) => id.as_str().to_owned(),
        }
    }
}

/// What a subject says besides its account.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Subject {
    /// A month.
    Month(Period),
    /// The last day of a window.
    Window(Date),
    /// The end of a verification, with its stage.
    Verification(VerificationStage, Date),
    /// Anything else: a payment, an announcement, a thread.
    Other(String),
}

impl Subject {
    /// Reads the subject of a notice; `None` for a text of another form.
    pub fn parse(kind: NoticeKind, subject: &str) -> Option<Self> {
        let rest = || subject.split_once(' ').map(|(_, rest)| rest);
        match kind {
            NoticeKind::NewReceipt | NoticeKind::DueSoon | NoticeKind::Debt => {
                Period::from_number(rest()?.parse().ok()?).ok().map(Self::Month)
            }
            NoticeKind::ReadingsOpen | NoticeKind::ReadingsClose => rest()?.parse().ok().map(Self::Window),
            NoticeKind::Verification => {
                let (stage, date) = rest()?.split_once(' ')?;
                let stage = VerificationStage::ALL.into_iter().find(|known| known.as_str() == stage)?;
                Some(Self::Verification(stage, date.parse().ok()?))
            }
            NoticeKind::PaymentAccepted
            | NoticeKind::PaymentCredited
            | NoticeKind::Announcement
            | NoticeKind::Answer
            | NoticeKind::Security => Some(Self::Other(subject.to_owned())),
        }
    }
}

/// The occasions that the calendar brings on a day. `window`: the provider's window of readings, if it takes any.
pub fn occasions_on(today: Date, window: Option<Window>, due_in_days: u8) -> Vec<Occasion> {
    let mut occasions = Vec::new();
    let month = Period::of(today);
    for period in [month.previous().previous(), month.previous()] {
        let due = period.due_date();
        if days_after(due, -i32::from(due_in_days)) <= today && today <= due {
            occasions.push(Occasion::DueSoon(period));
        }
        if due < today && today <= days_after(due, DEBT_WITHIN) {
            occasions.push(Occasion::Debt(period));
        }
    }
    if let Some(WindowOn::Open { until }) = window.map(|window| window.on(today)) {
        let closes = days_after(today, BEFORE_WINDOW_CLOSES) >= until;
        occasions.push(if closes { Occasion::ReadingsClose { until } } else { Occasion::ReadingsOpen { until } });
    }
    occasions.extend(VerificationStage::ALL.map(|stage| Occasion::Verification { stage, on: today }));
    occasions
}

fn days_after(day: Date, days: i32) -> Date {
    day.saturating_add(days.days())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn day(year: i16, month: i8, day: i8) -> Date {
        Date::constant(year, month, day)
    }

    fn account() -> AccountId {
        AccountId::trusted("a".repeat(26))
    }

    fn of_calendar(today: Date) -> Vec<Occasion> {
        let all = occasions_on(today, Some(Window::Days { from: 25, to: 5 }), 3);
        all.into_iter().filter(|occasion| !matches!(occasion, Occasion::Verification { .. })).collect()
    }

    #[test]
    fn a_month_has_its_due_date_its_window_and_the_look_for_debts() {
        let october = Period::new(2026, 10).unwrap();
        let until = day(2026, 12, 5);
        assert_eq!(of_calendar(day(2026, 11, 11)), []);
        assert_eq!(of_calendar(day(2026, 11, 12)), [Occasion::DueSoon(october)]);
        assert_eq!(of_calendar(day(2026, 11, 15)), [Occasion::DueSoon(october)]);
        assert_eq!(of_calendar(day(2026, 11, 16)), [Occasion::Debt(october)]);
        assert_eq!(
            of_calendar(day(2026, 11, 25)),
            [Occasion::Debt(october), Occasion::ReadingsOpen { until }],
            "the window crosses the end of the month"
        );
        assert_eq!(of_calendar(day(2026, 12, 2)), [Occasion::ReadingsOpen { until }]);
        assert_eq!(of_calendar(day(2026, 12, 3)), [Occasion::ReadingsClose { until }]);
        assert_eq!(of_calendar(day(2026, 12, 6)), []);
    }

    #[test]
    fn a_window_of_one_day_and_an_open_one_bring_no_two_notices() {
        let on = |window| {
            let all = occasions_on(day(2026, 11, 28), Some(window), 3);
            all.into_iter().filter(|occasion| !matches!(occasion, Occasion::Verification { .. })).collect::<Vec<_>>()
        };
        let until = day(2026, 11, 28);
        assert_eq!(on(Window::Days { from: 28, to: 28 }), [Occasion::ReadingsClose { until }]);
        assert_eq!(on(Window::Always), []);
    }

    #[test]
    fn an_announcement_is_one_notice_for_all_accounts_of_a_user() {
        let id = AnnouncementId::trusted("b".repeat(26));
        assert_eq!(Occasion::Announcement(id.clone()).subject(&account(), None), id.as_str());
    }

    proptest! {
        #[test]
        fn each_end_of_a_verification_has_each_stage_once_and_in_order(ahead in 0_i32..400) {
            let end = day(2027, 1, 1);
            let mut told = Vec::new();
            for passed in -ahead..=VERIFICATION_OVER_WITHIN {
                let today = days_after(end, passed);
                for stage in VerificationStage::ALL {
                    let (from, until) = stage.ends_between(today);
                    if from <= end && end <= until && told.last() != Some(&stage) {
                        told.push(stage);
                    }
                }
            }
            let begins = usize::from(ahead < 15);
            prop_assert_eq!(&told[..], &VerificationStage::ALL[begins..]);
        }

        #[test]
        fn occasions_and_subjects_are_read_back_as_they_are_written(days in 0_i32..800) {
            let today = days_after(day(2026, 1, 1), days);
            let month = Period::of(today);
            let mut all = occasions_on(today, Some(Window::Days { from: 25, to: 5 }), 3);
            all.push(Occasion::NewReceipt { period: month, import: "i".repeat(26) });
            all.push(Occasion::Announcement(AnnouncementId::trusted("b".repeat(26))));
            for occasion in all {
                prop_assert_eq!(Occasion::parse(occasion.kind(), &occasion.written()), Some(occasion.clone()));
                let subject = Subject::parse(occasion.kind(), &occasion.subject(&account(), Some(today)));
                let expected = match occasion {
                    Occasion::NewReceipt { period, .. } | Occasion::DueSoon(period) | Occasion::Debt(period) => {
                        Subject::Month(period)
                    }
                    Occasion::ReadingsOpen { until } | Occasion::ReadingsClose { until } => Subject::Window(until),
                    Occasion::Verification { stage, .. } => Subject::Verification(stage, today),
                    Occasion::Announcement(id) => Subject::Other(id.as_str().to_owned()),
                };
                prop_assert_eq!(subject, Some(expected));
            }
        }
    }
}
