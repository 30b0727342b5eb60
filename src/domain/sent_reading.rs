//! A reading that a subscriber sends: the checks of the typed value, and the states until billing accepts it.

use jiff::civil::Date;
use thiserror::Error;

use super::calendar::Moment;
use super::decimal::{DecimalError, Volume};
use super::id::{MeterId, SentReadingId};
use super::meter::{DIAL_DIGITS, Meter, Reading, ReadingSource};
use super::money::Money;
use super::reading_rules::{ExpiredVerification, ReadingRules, Window, WindowOn};
use super::typed::{lower, plain};

#[cfg(test)]
mod tests;

/// Units that people type after the number, in lower case.
const UNITS: [&str; 6] = ["м3", "м³", "куб.м", "куб.м.", "кубов", "куб"];
/// A consumption is questioned from this multiple of the same month a year ago.
pub const UNUSUAL_TIMES: i64 = 3;
/// Below this consumption a multiple says nothing: ten units, in thousandths.
const USUAL_FROM: i64 = 10_000;

/// The sender of a reading.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Sender {
    /// A signed-in user with full access to the account.
    User,
    /// Someone who knows the account number and the serial number.
    Guest,
}

impl Sender {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Guest => "guest",
        }
    }

    /// From storage.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::User, Self::Guest].into_iter().find(|known| known.as_str() == text)
    }
}

/// The state of a sent reading.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SentState {
    /// Stored: the sender may take it back.
    Sent,
    /// Written to a file for billing.
    Exported,
    /// Billing listed it.
    Accepted,
    /// Billing rejected it, or listed another value of the day.
    Rejected,
}

impl SentState {
    const ALL: [Self; 4] = [Self::Sent, Self::Exported, Self::Accepted, Self::Rejected];

    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Exported => "exported",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
        }
    }

    /// From storage.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// The label on the page.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Sent => "отправлено",
            Self::Exported => "передано поставщику",
            Self::Accepted => "принято",
            Self::Rejected => "отклонено",
        }
    }
}

/// A transition that the state of a sent reading does not allow.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("a reading that is `{}` cannot become `{}`", .from.as_str(), .to.as_str())]
pub struct InvalidTransition {
    /// The current state.
    pub from: SentState,
    /// The refused state.
    pub to: SentState,
}

/// A reading that was sent through the portal.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SentReading {
    /// The portal's own identifier.
    pub id: SentReadingId,
    /// The meter.
    pub meter_id: MeterId,
    /// The day, in the portal's time zone.
    pub date: Date,
    /// The dial's value.
    pub value: Volume,
    /// The sender.
    pub sender: Sender,
    /// The state.
    pub state: SentState,
    /// Billing's reason of a rejection.
    pub reason: Option<String>,
    /// When it was sent.
    pub sent_at: Moment,
}

impl SentReading {
    /// Whether the sender may still take it back.
    pub const fn can_be_taken_back(&self) -> bool {
        matches!(self.state, SentState::Sent)
    }

    /// Whether a photo may be attached as a proof: billing has not decided yet.
    pub const fn takes_photo(&self) -> bool {
        matches!(self.state, SentState::Sent | SentState::Exported)
    }

    /// What a file for billing lists.
    pub const fn reading(&self) -> Reading {
        Reading { date: self.date, value: self.value, source: ReadingSource::Subscriber }
    }

    /// Written to a file for billing.
    ///
    /// # Errors
    /// [`InvalidTransition`] when billing has decided on it.
    pub fn export(self) -> Result<Self, InvalidTransition> {
        self.become_one_of(&[SentState::Sent, SentState::Exported], SentState::Exported, None)
    }

    /// Billing listed the same value for the day.
    ///
    /// # Errors
    /// [`InvalidTransition`] when billing rejected it before.
    pub fn accept(self) -> Result<Self, InvalidTransition> {
        self.become_one_of(&[SentState::Sent, SentState::Exported, SentState::Accepted], SentState::Accepted, None)
    }

    /// Billing rejected it, with a reason or with another value of the day.
    ///
    /// # Errors
    /// [`InvalidTransition`] when billing accepted it before.
    pub fn reject(self, reason: Option<String>) -> Result<Self, InvalidTransition> {
        self.become_one_of(&[SentState::Sent, SentState::Exported, SentState::Rejected], SentState::Rejected, reason)
    }

    /// Billing listed a value for the meter and the day.
    ///
    /// # Errors
    /// [`InvalidTransition`] when billing decided otherwise before.
    pub fn settle(self, listed: Volume) -> Result<Self, InvalidTransition> {
        if listed == self.value { self.accept() } else { self.reject(None) }
    }

    fn become_one_of(
        self,
        from: &[SentState],
        to: SentState,
        reason: Option<String>,
    ) -> Result<Self, InvalidTransition> {
        if from.contains(&self.state) {
            Ok(Self { state: to, reason, ..self })
        } else {
            Err(InvalidTransition { from: self.state, to })
        }
    }
}

/// Why a reading is refused. Each names its rule and the way to correct it.
#[derive(Clone, Debug, Eq, PartialEq, Error)]
pub enum ReadingError {
    /// Nothing was typed.
    #[error("the reading is empty")]
    Empty,
    /// Not a number.
    #[error("not a number")]
    NotANumber,
    /// More decimals than the dial has.
    #[error("more than {0} decimals")]
    TooManyDecimals(u8),
    /// More digits before the comma than the dial has.
    #[error("more than {0} digits before the comma")]
    TooManyDigits(u8),
    /// Below the previous reading, and not by a roll-over of the dial.
    #[error("below the previous reading")]
    BelowPrevious(Reading),
    /// The consumption is above the provider's ceiling.
    #[error("the consumption is above the ceiling")]
    AboveCeiling {
        /// The consumption since the previous reading.
        consumed: Volume,
        /// The ceiling.
        ceiling: Volume,
    },
    /// The meter was removed on a day.
    #[error("the meter was removed")]
    Removed(Date),
    /// The verification has expired, and the provider refuses readings of such meters.
    #[error("the verification has expired")]
    VerificationExpired(Date),
    /// Outside the window.
    #[error("the window is closed")]
    Closed {
        /// The first day of the next window.
        opens: Date,
        /// The last day of the next window.
        until: Date,
    },
    /// The portal accepts no readings of this provider.
    #[error("the portal accepts no readings of this provider")]
    NotHere,
}

/// Why an acceptable reading is asked about once more.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Doubt {
    /// The dial passed through zeros: the value is below the previous one.
    RolledOver {
        /// The previous reading.
        previous: Volume,
        /// The consumption, counted through zeros.
        consumed: Volume,
    },
    /// At least [`UNUSUAL_TIMES`] as much as in the same month a year ago.
    Unusual {
        /// The consumption.
        consumed: Volume,
        /// The consumption of the same month a year ago.
        year_ago: Volume,
    },
    /// Nothing was consumed since the previous reading, and the month a year ago had a consumption.
    Nothing,
}

impl Window {
    /// Whether the window is open on a day.
    ///
    /// # Errors
    /// [`ReadingError::Closed`] when it is not.
    pub fn accepts(self, today: Date) -> Result<(), ReadingError> {
        match self.on(today) {
            WindowOn::Closed { opens, until } => Err(ReadingError::Closed { opens, until }),
            WindowOn::Always | WindowOn::Open { .. } => Ok(()),
        }
    }
}

/// What is known of a meter when its reading is checked.
#[derive(Clone, Debug, PartialEq)]
pub struct MeterContext {
    /// The meter.
    pub meter: Meter,
    /// The provider's rules; `None` when the portal accepts no readings.
    pub rules: Option<ReadingRules>,
    /// The newest reading before today, sent ones included.
    pub previous: Option<Reading>,
    /// The consumption in the same month a year ago.
    pub year_ago: Option<Volume>,
}

/// A reading that passed every check.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CheckedReading {
    meter_id: MeterId,
    date: Date,
    value: Volume,
    doubt: Option<Doubt>,
}

impl CheckedReading {
    /// The dial's value.
    pub const fn value(&self) -> Volume {
        self.value
    }

    /// Why the sender should look once more; `None` for a usual reading.
    pub const fn doubt(&self) -> Option<Doubt> {
        self.doubt
    }

    /// The reading as it is sent.
    pub fn sent(self, id: SentReadingId, sender: Sender, sent_at: Moment) -> SentReading {
        let Self { meter_id, date, value, .. } = self;
        SentReading { id, meter_id, date, value, sender, state: SentState::Sent, reason: None, sent_at }
    }
}

impl MeterContext {
    /// Digits before the comma of the dial.
    pub fn digits(&self) -> u8 {
        let known = self.meter.digits.filter(|digits| DIAL_DIGITS.contains(digits));
        known.or(self.rules.map(|rules| rules.digits)).unwrap_or(super::reading_rules::DEFAULT_DIGITS)
    }

    /// Digits after the comma of the dial: at most three, because volumes are stored in thousandths.
    pub fn decimals(&self) -> u8 {
        self.meter.decimals.unwrap_or(3).min(3)
    }

    /// Why the meter's readings are refused on a day whatever is typed.
    ///
    /// # Errors
    /// [`ReadingError`] when the provider, the window or the state of the meter closes the form.
    pub fn accepts(&self, today: Date) -> Result<ReadingRules, ReadingError> {
        let rules = self.rules.ok_or(ReadingError::NotHere)?;
        if let Some(day) = self.meter.removed_by(today) {
            return Err(ReadingError::Removed(day));
        }
        if rules.expired == ExpiredVerification::Refuse && self.meter.verification_expired(today) {
            return Err(ReadingError::VerificationExpired(self.meter.verified_until.unwrap_or(today)));
        }
        rules.window.accepts(today).map(|()| rules)
    }

    /// Checks a typed reading of a day.
    ///
    /// # Errors
    /// [`ReadingError`] when a rule refuses it.
    pub fn check(&self, typed: &str, today: Date) -> Result<CheckedReading, ReadingError> {
        let rules = self.accepts(today)?;
        let value = parse_dial(typed, self.digits(), self.decimals())?;
        let consumed = match self.previous {
            Some(previous) => Some(self.consumed(previous, value)?),
            None => None,
        };
        if let Some(consumed) = consumed.filter(|consumed| *consumed > rules.ceiling) {
            return Err(ReadingError::AboveCeiling { consumed, ceiling: rules.ceiling });
        }
        let doubt = consumed.and_then(|consumed| self.doubt(value, consumed));
        Ok(CheckedReading { meter_id: self.meter.id.clone(), date: today, value, doubt })
    }

    /// The consumption since the previous reading, in the unit of the charges.
    fn consumed(&self, previous: Reading, value: Volume) -> Result<Volume, ReadingError> {
        let meter = Meter { digits: Some(self.digits()), ..self.meter.clone() };
        let difference = meter.difference(previous.value, value).ok_or(ReadingError::BelowPrevious(previous))?;
        // Far above any ceiling where it overflows.
        Ok(self.meter.by_coefficient(difference.raw()).map_or(Volume::from_raw(i64::MAX), Volume::from_raw))
    }

    fn doubt(&self, value: Volume, consumed: Volume) -> Option<Doubt> {
        let previous = self.previous.map(|reading| reading.value).filter(|previous| *previous > value);
        if let Some(previous) = previous {
            return Some(Doubt::RolledOver { previous, consumed });
        }
        let year_ago = self.year_ago.filter(|volume| volume.raw() > 0)?;
        if consumed.raw() == 0 {
            return Some(Doubt::Nothing);
        }
        let is_unusual = consumed.raw() >= USUAL_FROM && consumed.raw() / UNUSUAL_TIMES >= year_ago.raw();
        is_unusual.then_some(Doubt::Unusual { consumed, year_ago })
    }
}

/// Parses a dial's value as typed: digits of any script, leading zeros, a comma or a point, spaces between digits, and
/// a unit after it.
///
/// # Errors
/// [`ReadingError`] when the text is empty, no number, or longer than the dial.
pub fn parse_dial(typed: &str, digits: u8, decimals: u8) -> Result<Volume, ReadingError> {
    let text: String = lower(&plain(typed)).chars().filter(|character| *character != ' ').collect();
    let text = UNITS.iter().find_map(|unit| text.strip_suffix(unit)).unwrap_or(&text);
    let text = text.trim_end_matches(['.', ',']);
    let whole = text.split(['.', ',']).next().unwrap_or_default().trim_start_matches('0');
    let value = match Volume::parse(text) {
        Ok(value) if !text.starts_with('-') => value,
        Err(DecimalError::Empty) => return Err(ReadingError::Empty),
        Err(DecimalError::TooManyDecimals(_)) => return Err(ReadingError::TooManyDecimals(decimals)),
        Err(DecimalError::TooLarge) => return Err(ReadingError::TooManyDigits(digits)),
        Ok(_) | Err(DecimalError::NotANumber) => return Err(ReadingError::NotANumber),
    };
    if whole.len() > usize::from(digits) {
        return Err(ReadingError::TooManyDigits(digits));
    }
    if value.decimals() > u32::from(decimals) {
        return Err(ReadingError::TooManyDecimals(decimals));
    }
    Ok(value)
}

/// The price of a metered service, from the newest month that billing charged.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MeterPrice {
    /// Micro-roubles for one unit of the volume, less the benefit.
    pub micro_roubles: i64,
}

impl MeterPrice {
    /// The price of a month: the tariff, less the share that the benefit has in its charge.
    pub fn of(tariff: super::decimal::Tariff, charged: Money, benefit: Money) -> Self {
        let (charged, benefit) = (charged.kopecks(), benefit.kopecks());
        let has_benefit = charged > 0 && benefit > 0 && benefit <= charged;
        let micro_roubles = if has_benefit {
            let product = i128::from(tariff.raw()) * i128::from(charged - benefit) / i128::from(charged);
            i64::try_from(product).unwrap_or(i64::MAX)
        } else {
            tariff.raw()
        };
        Self { micro_roubles }
    }
}

/// `примерно 90,15 ₽`: the cost of a consumption in thousandths at a price in micro-roubles for a unit. The browser
/// shows it while a reading is typed.
pub fn cost_words(used: i64, price: i64) -> String {
    // A thousandth at a micro-rouble is 10^-9 roubles, a kopeck 10^-2. Below 2^53 kopecks the rounding is exact enough
    // for «примерно»; the browser has no cheap division of 128 bits.
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "see above")]
    let kopecks = (used as f64 * price as f64 / 1e7 + 0.5) as i64;
    ["Примерно ", &Money::from_kopecks(kopecks).to_string()].concat()
}
