//! An announcement of a provider: an outage, planned works, news. What it must have, whom it is for, and its states.
//!
//! Announcements are shown in the portal only. Letters and SMS about them come with the notices of the portal.

use thiserror::Error;

use super::account::AccountNumber;
use super::address::{Address, HouseRange, HousesError, Street, StreetError, matches, parse_houses};
use super::calendar::{Moment, Span};
use super::id::{AnnouncementId, ProviderId};
use super::money::Money;

#[cfg(test)]
mod tests;

/// Longest title, in characters: two lines of a phone.
pub const MAX_TITLE: usize = 120;
/// Longest text, in characters: two screens of a phone.
pub const MAX_TEXT: usize = 4_000;
/// Most account numbers of one announcement: with the longest text they fit into the body of a request.
pub const MAX_ACCOUNTS: usize = 1_000;
/// Longest text of houses, in characters: a long street, house by house.
pub const MAX_HOUSES_TEXT: usize = 1_000;
/// Longest time of one announcement: a year, also a leap one.
pub const LONGEST: Span = Span::days(366);

/// What an announcement is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AnnouncementKind {
    /// Something broke.
    Outage,
    /// Planned works.
    Works,
    /// Anything else.
    News,
}

impl AnnouncementKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Outage, Self::Works, Self::News];

    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Outage => "outage",
            Self::Works => "works",
            Self::News => "news",
        }
    }

    /// From storage or a form.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The label on the page.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Outage => "Авария",
            Self::Works => "Плановые работы",
            Self::News => "Новость",
        }
    }
}

/// The state of an announcement.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AnnouncementState {
    /// Only the staff sees it, and may change it.
    Draft,
    /// Released, and its time has not come.
    Scheduled,
    /// Released, and its time has come.
    Published,
    /// Nobody but the staff sees it any more.
    Withdrawn,
}

impl AnnouncementState {
    const ALL: [Self; 4] = [Self::Draft, Self::Scheduled, Self::Published, Self::Withdrawn];

    /// The name of the state.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Scheduled => "scheduled",
            Self::Published => "published",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// From its name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// The label on the console's page.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Draft => "черновик",
            Self::Scheduled => "ждёт своего времени",
            Self::Published => "опубликовано",
            Self::Withdrawn => "отозвано",
        }
    }

    /// Released: from now on it waits for its time.
    ///
    /// # Errors
    /// [`InvalidTransition`] unless it is a draft.
    pub fn release(self) -> Result<Self, InvalidTransition> {
        self.become_from(&[Self::Draft], Self::Scheduled)
    }

    /// Its time has come. Nothing stores this step: [`Announcement::state_at`] derives it from the clock, so that no
    /// announcement is late when the worker rests, and no row changes at night.
    ///
    /// # Errors
    /// [`InvalidTransition`] unless it is scheduled.
    pub fn publish(self) -> Result<Self, InvalidTransition> {
        self.become_from(&[Self::Scheduled], Self::Published)
    }

    /// Taken back, also as a draft that is no longer needed.
    ///
    /// # Errors
    /// [`InvalidTransition`] when it was withdrawn before.
    pub fn withdraw(self) -> Result<Self, InvalidTransition> {
        self.become_from(&[Self::Draft, Self::Scheduled, Self::Published], Self::Withdrawn)
    }

    /// Changed by the staff.
    ///
    /// # Errors
    /// [`InvalidTransition`] unless it is a draft: what people have read does not change under their eyes.
    pub fn change(self) -> Result<Self, InvalidTransition> {
        self.become_from(&[Self::Draft], Self::Draft)
    }

    fn become_from(self, from: &[Self], to: Self) -> Result<Self, InvalidTransition> {
        if from.contains(&self) { Ok(to) } else { Err(InvalidTransition { from: self, to }) }
    }
}

/// A transition that the state of an announcement does not allow.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("an announcement that is `{}` cannot become `{}`", .from.as_str(), .to.as_str())]
pub struct InvalidTransition {
    /// The current state.
    pub from: AnnouncementState,
    /// The refused state.
    pub to: AnnouncementState,
}

/// The way to choose whom an announcement is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AudienceKind {
    /// All subscribers of the provider.
    All,
    /// A street, or houses of it.
    Street,
    /// Listed accounts.
    Accounts,
    /// Accounts that owe more than a sum.
    Debtors,
}

impl AudienceKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::All, Self::Street, Self::Accounts, Self::Debtors];

    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Street => "street",
            Self::Accounts => "accounts",
            Self::Debtors => "debtors",
        }
    }

    /// From storage or a form.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The label in the form.
    pub const fn words(self) -> &'static str {
        match self {
            Self::All => "Все абоненты поставщика",
            Self::Street => "Улица или дома на ней",
            Self::Accounts => "Лицевые счета по списку",
            Self::Debtors => "Должники",
        }
    }
}

/// A street and its houses: as typed, and as compared with addresses.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StreetAudience {
    street_text: String,
    houses_text: String,
    street: Street,
    houses: Vec<HouseRange>,
}

impl StreetAudience {
    /// Parses both fields, so that both errors are known at once.
    ///
    /// # Errors
    /// The error of each wrong field.
    pub fn parse(street: &str, houses: &str) -> Result<Self, (Option<StreetError>, Option<HousesError>)> {
        match (Street::parse(street), parse_houses(houses)) {
            (Ok(parsed), Ok(ranges)) => Ok(Self {
                street_text: street.trim().to_owned(),
                houses_text: houses.trim().to_owned(),
                street: parsed,
                houses: ranges,
            }),
            (street, houses) => Err((street.err(), houses.err())),
        }
    }

    /// The street as typed.
    pub fn street(&self) -> &str {
        &self.street_text
    }

    /// The houses as typed; empty for the whole street.
    pub fn houses(&self) -> &str {
        &self.houses_text
    }
}

/// Whom an announcement is for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Audience {
    /// All subscribers of the provider.
    All,
    /// A street, or houses of it.
    Street(Box<StreetAudience>),
    /// Listed accounts; the list is stored beside the announcement.
    Accounts,
    /// Accounts that owe more than this.
    Debtors(Money),
}

/// An account as an audience is compared with it.
#[derive(Clone, Copy)]
pub struct Recipient<'a> {
    /// Its address; `None` when it cannot be read: then it is on no street.
    pub address: Option<&'a Address>,
    /// Whether the announcement's list has its number.
    pub is_listed: bool,
    /// What it owes.
    pub due: Money,
}

impl Audience {
    /// The way of the choice.
    pub const fn kind(&self) -> AudienceKind {
        match self {
            Self::All => AudienceKind::All,
            Self::Street(_) => AudienceKind::Street,
            Self::Accounts => AudienceKind::Accounts,
            Self::Debtors(_) => AudienceKind::Debtors,
        }
    }

    /// Whether an account belongs to it.
    pub fn reaches(&self, recipient: Recipient<'_>) -> bool {
        match self {
            Self::All => true,
            Self::Street(on) => recipient.address.is_some_and(|address| matches(address, &on.street, &on.houses)),
            Self::Accounts => recipient.is_listed,
            Self::Debtors(over) => recipient.due > *over,
        }
    }

    /// Whether a user without full access may see it: any other choice would reveal an address or a debt.
    pub const fn reaches_lite(&self) -> bool {
        matches!(self, Self::All)
    }
}

/// An announcement.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Announcement {
    /// The portal's own identifier.
    pub id: AnnouncementId,
    /// Its provider.
    pub provider_id: ProviderId,
    /// What it is about.
    pub kind: AnnouncementKind,
    /// The title.
    pub title: String,
    /// The text, in a part of Markdown.
    pub text: String,
    /// When it appears.
    pub starts_at: Moment,
    /// When it disappears from the home screen.
    pub ends_at: Moment,
    /// Whom it is for.
    pub audience: Audience,
    /// The stored state, which is never [`AnnouncementState::Published`].
    pub stored: AnnouncementState,
}

impl Announcement {
    /// The state at a moment: a scheduled announcement is published from its first moment on.
    pub fn state_at(&self, now: Moment) -> AnnouncementState {
        if self.starts_at > now { self.stored } else { self.stored.publish().unwrap_or(self.stored) }
    }

    /// Whether its time is over.
    pub fn is_over(&self, now: Moment) -> bool {
        self.ends_at <= now
    }
}

/// Why a moment of an announcement is refused.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum TimeError {
    /// Not a day with a time of day.
    #[error("must be a day and a time, as in 2026-12-03 09:00")]
    NotAMoment,
    /// The end is not after the beginning.
    #[error("must be later than the beginning")]
    NotAfter,
    /// The end is more than [`LONGEST`] after the beginning.
    #[error("must be within a year of the beginning")]
    TooLong,
    /// The end has passed.
    #[error("has passed already")]
    Passed,
}

/// Checks the time of an announcement: the end is after the beginning, within a year, and not over.
///
/// # Errors
/// [`TimeError`] of the end.
pub fn check_time(starts_at: Moment, ends_at: Moment, now: Moment) -> Result<(), TimeError> {
    if ends_at <= starts_at {
        Err(TimeError::NotAfter)
    } else if ends_at.since(starts_at) > LONGEST {
        Err(TimeError::TooLong)
    } else if ends_at <= now {
        Err(TimeError::Passed)
    } else {
        Ok(())
    }
}

/// Why a list of account numbers is refused.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum AccountsError {
    /// It has no number.
    #[error("is empty")]
    Empty,
    /// The item at this place, from 1, is not a number of the provider.
    #[error("has no account number of the provider at place {0}")]
    NotANumber(usize),
    /// More than [`MAX_ACCOUNTS`].
    #[error("has more than {MAX_ACCOUNTS} numbers")]
    TooMany,
}

/// Parses account numbers between spaces, commas or line ends; each counts once. `length`: digits of the provider's
/// numbers.
///
/// # Errors
/// [`AccountsError`] when the list is empty, too long, or has anything else. It names the place, not the number.
pub fn parse_accounts(text: &str, length: u8) -> Result<Vec<AccountNumber>, AccountsError> {
    let items = text.trim_start_matches('\u{feff}').split([',', ';', '\n', '\r', ' ', '\t']);
    let mut numbers = Vec::new();
    for (at, item) in items.filter(|item| !item.is_empty()).enumerate() {
        if at >= MAX_ACCOUNTS {
            return Err(AccountsError::TooMany);
        }
        numbers.push(AccountNumber::parse(item, length).map_err(|_| AccountsError::NotANumber(at + 1))?);
    }
    if numbers.is_empty() {
        return Err(AccountsError::Empty);
    }
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}
