//! The typed form of an announcement, and its errors by field: all of them at once.

use thiserror::Error;

use crate::domain::account::AccountNumber;
use crate::domain::address::{HousesError, StreetError};
use crate::domain::announcement::{
    AccountsError, AnnouncementKind, Audience, AudienceKind, MAX_HOUSES_TEXT, MAX_TEXT, MAX_TITLE, StreetAudience,
    TimeError, check_time, parse_accounts,
};
use crate::domain::calendar::{Moment, parse_moment};
use crate::domain::markdown::paragraphs;
use crate::domain::money::Money;
use crate::domain::provider::Provider;
use crate::domain::text::{TextError, clean_text};

/// An announcement as typed.
#[derive(Clone, Copy, Default)]
pub struct Typed<'a> {
    /// Billing's code of the provider.
    pub provider: &'a str,
    /// The kind, as stored.
    pub kind: &'a str,
    /// The title.
    pub title: &'a str,
    /// The text.
    pub text: &'a str,
    /// When it appears.
    pub starts: &'a str,
    /// When it disappears.
    pub ends: &'a str,
    /// The kind of the audience, as stored.
    pub audience: &'a str,
    /// The street, for a street.
    pub street: &'a str,
    /// The houses, for a street; empty for all of it.
    pub houses: &'a str,
    /// The account numbers, for a list.
    pub accounts: &'a str,
    /// The sum in roubles, for debtors.
    pub debt: &'a str,
}

/// What is wrong with a field. The texts are for the command line; the console has its own.
#[derive(Clone, Debug, Eq, Error, PartialEq)]
pub enum DraftFault {
    /// No provider has this code, or it is not the operator's.
    #[error("there is no such provider; check --provider")]
    Provider,
    /// No kind was chosen.
    #[error("--kind must be outage, works or news")]
    Kind,
    /// The title.
    #[error("--title: {0}")]
    Title(TextError),
    /// The text.
    #[error("the text: {0}")]
    Text(TextError),
    /// The text has a mark or a link that is not shown, in this line.
    #[error(
        "the text: line {0} has a mark or a link that is not shown; write paragraphs, lists, **bold** and [links](https://…)"
    )]
    Mark(usize),
    /// The beginning.
    #[error("--from {0}")]
    Starts(TimeError),
    /// The end.
    #[error("--to {0}")]
    Ends(TimeError),
    /// No audience was chosen.
    #[error("choose whom it is for")]
    Audience,
    /// The street has no name.
    #[error("--street needs the name of a street, and houses go into --houses")]
    Street(StreetError),
    /// The houses.
    #[error("--houses: {0}")]
    Houses(HousesError),
    /// The text of houses is too long, in characters.
    #[error("--houses has more than {0} characters")]
    HousesTooLong(usize),
    /// The account numbers.
    #[error("--accounts {0}")]
    Accounts(AccountsError),
    /// The sum is not a sum of roubles, or negative.
    #[error("--debtors needs a sum in roubles, as in 1000 or 500,50")]
    Debt,
}

/// A valid announcement without its identifier and state.
pub(super) struct Draft {
    pub provider: Provider,
    pub kind: AnnouncementKind,
    pub title: String,
    pub text: String,
    pub starts_at: Moment,
    pub ends_at: Moment,
    pub audience: Audience,
    pub accounts: Vec<AccountNumber>,
}

/// Collects the errors of fields.
struct Faults(Vec<DraftFault>);

impl Faults {
    fn take<T>(&mut self, parsed: Result<T, DraftFault>) -> Option<T> {
        parsed.map_err(|fault| self.0.push(fault)).ok()
    }
}

impl Draft {
    /// Checks every field. `provider` is the one with the typed code, if the author may write for it.
    pub(super) fn parse(
        typed: Typed<'_>,
        provider: Option<Provider>,
        offset_hours: i8,
        now: Moment,
    ) -> Result<Self, Vec<DraftFault>> {
        let mut faults = Faults(Vec::new());
        let length = provider.as_ref().map(|provider| provider.account_length);
        let provider = faults.take(provider.ok_or(DraftFault::Provider));
        let kind = faults.take(AnnouncementKind::parse(typed.kind).ok_or(DraftFault::Kind));
        let title = faults.take(clean_text(typed.title, MAX_TITLE).map_err(DraftFault::Title));
        let text = faults.take(body(typed.text));
        let time = time(typed, offset_hours, now, &mut faults);
        let audience = audience(typed, length, &mut faults);
        match (provider, kind, title, text, time, audience) {
            (Some(provider), Some(kind), Some(title), Some(text), Some(time), Some((audience, accounts))) => {
                let (starts_at, ends_at) = time;
                let title = title.replace('\n', " ");
                Ok(Self { provider, kind, title, text, starts_at, ends_at, audience, accounts })
            }
            _ => Err(faults.0),
        }
    }
}

fn body(typed: &str) -> Result<String, DraftFault> {
    let text = clean_text(typed, MAX_TEXT).map_err(DraftFault::Text)?;
    match paragraphs(&text) {
        Ok(_) => Ok(text),
        Err(fault) => Err(DraftFault::Mark(fault.line)),
    }
}

fn time(typed: Typed<'_>, offset_hours: i8, now: Moment, faults: &mut Faults) -> Option<(Moment, Moment)> {
    let moment = |text: &str| parse_moment(text, offset_hours).map_err(|_| TimeError::NotAMoment);
    let starts_at = faults.take(moment(typed.starts).map_err(DraftFault::Starts));
    let ends_at = faults.take(moment(typed.ends).map_err(DraftFault::Ends));
    let (starts_at, ends_at) = starts_at.zip(ends_at)?;
    faults.take(check_time(starts_at, ends_at, now).map_err(DraftFault::Ends))?;
    Some((starts_at, ends_at))
}

/// The audience with its account numbers. Fields of another audience do not count. `length`: digits of the provider's
/// numbers; without a provider only an empty list is refused.
fn audience(typed: Typed<'_>, length: Option<u8>, faults: &mut Faults) -> Option<(Audience, Vec<AccountNumber>)> {
    match faults.take(AudienceKind::parse(typed.audience).ok_or(DraftFault::Audience))? {
        AudienceKind::All => Some((Audience::All, Vec::new())),
        AudienceKind::Street => street(typed, faults).map(|on| (Audience::Street(Box::new(on)), Vec::new())),
        AudienceKind::Accounts => {
            let numbers = match length {
                Some(length) => parse_accounts(typed.accounts, length),
                None if typed.accounts.trim().is_empty() => Err(AccountsError::Empty),
                None => Ok(Vec::new()),
            };
            faults.take(numbers.map_err(DraftFault::Accounts)).map(|numbers| (Audience::Accounts, numbers))
        }
        AudienceKind::Debtors => {
            let sum = Money::parse(&typed.debt.replace([' ', '\u{a0}'], "")).ok().filter(|sum| !sum.is_negative());
            faults.take(sum.ok_or(DraftFault::Debt)).map(|sum| (Audience::Debtors(sum), Vec::new()))
        }
    }
}

fn street(typed: Typed<'_>, faults: &mut Faults) -> Option<StreetAudience> {
    if typed.houses.chars().count() > MAX_HOUSES_TEXT {
        faults.0.push(DraftFault::HousesTooLong(MAX_HOUSES_TEXT));
        return None;
    }
    match StreetAudience::parse(typed.street, typed.houses) {
        Ok(on) => Some(on),
        Err((street, houses)) => {
            faults.0.extend(street.map(DraftFault::Street));
            faults.0.extend(houses.map(DraftFault::Houses));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::ProviderId;

    const NOW: Moment = Moment::from_micros(1_795_330_800_000_000);

    fn provider() -> Provider {
        Provider::new(ProviderId::trusted("p".repeat(26)), "gas".to_owned(), 8)
    }

    const VALID: Typed<'_> = Typed {
        provider: "gas",
        kind: "works",
        title: "Плановые работы",
        text: "Газа **не будет**. [Подробнее](https://example.ru)",
        starts: "2026-11-22T12:00",
        ends: "2026-11-25T18:00",
        audience: "all",
        street: "",
        houses: "",
        accounts: "",
        debt: "",
    };

    fn faults(typed: Typed<'_>) -> Vec<DraftFault> {
        Draft::parse(typed, Some(provider()), 5, NOW).err().unwrap_or_default()
    }

    #[test]
    fn a_valid_form_has_no_error() {
        assert_eq!(faults(VALID), []);
        assert_eq!(faults(Typed { audience: "street", street: "ул. Ленина", houses: "1-15", ..VALID }), []);
        assert_eq!(faults(Typed { audience: "accounts", accounts: "59000001\n59000002", ..VALID }), []);
        assert_eq!(faults(Typed { audience: "debtors", debt: "1 000,50", ..VALID }), []);
    }

    #[test]
    fn every_empty_field_is_named_at_once() {
        let found = Draft::parse(Typed::default(), None, 5, NOW).err().unwrap_or_default();
        let expected = [
            DraftFault::Provider,
            DraftFault::Kind,
            DraftFault::Title(TextError::Empty),
            DraftFault::Text(TextError::Empty),
            DraftFault::Starts(TimeError::NotAMoment),
            DraftFault::Ends(TimeError::NotAMoment),
            DraftFault::Audience,
        ];
        assert_eq!(found, expected);
        let of_street = Typed { audience: "street", houses: "пять", ..VALID };
        let expected =
            [DraftFault::Street(StreetError::NoName), DraftFault::Houses(HousesError::Item("пять".to_owned()))];
        assert_eq!(faults(of_street), expected);
    }

    #[test]
    fn each_wrong_field_has_its_own_error() {
        let cases = [
            (Typed { title: &"а".repeat(121), ..VALID }, DraftFault::Title(TextError::TooLong(120))),
            (Typed { text: "а\n\n[б](javascript:alert(1))", ..VALID }, DraftFault::Mark(3)),
            (Typed { text: "<b>а</b>", ..VALID }, DraftFault::Mark(1)),
            (Typed { ends: "2026-11-22T12:00", ..VALID }, DraftFault::Ends(TimeError::NotAfter)),
            (Typed { ends: "2027-12-22T12:00", ..VALID }, DraftFault::Ends(TimeError::TooLong)),
            (
                Typed { starts: "2026-11-20T12:00", ends: "2026-11-21T12:00", ..VALID },
                DraftFault::Ends(TimeError::Passed),
            ),
            (Typed { audience: "accounts", ..VALID }, DraftFault::Accounts(AccountsError::Empty)),
            (
                Typed { audience: "accounts", accounts: "590", ..VALID },
                DraftFault::Accounts(AccountsError::NotANumber(1)),
            ),
            (Typed { audience: "debtors", debt: "-5", ..VALID }, DraftFault::Debt),
            (Typed { audience: "street", street: "ул. Ленина, 5", ..VALID }, DraftFault::Street(StreetError::HasHouse)),
        ];
        for (typed, fault) in cases {
            assert_eq!(faults(typed), [fault]);
        }
    }
}
