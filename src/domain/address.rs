//! Addresses as billing writes them, reduced to settlement, street and house, and the houses of a street that an
//! announcement is for.
//!
//! Reduced: lower case, `ё` as `е`, words of a name sorted, kinds of streets («ул.», «пр-кт») dropped, «10 корп. 2» and
//! «10 к. 2» as `10к2`. The flat, the region and the postal code are left out.

mod houses;
mod words;

use super::typed::{lower, plain};
pub use houses::{House, HouseRange, HousesError, Parity, parse_houses};
use words::{Label, label, name};

#[cfg(test)]
mod tests;

/// Digits of a postal code, which no house number has.
const POSTAL_CODE: usize = 6;
/// A number from here at the end of a street's name is a year: «ул. Героев 1905».
const YEARS_FROM: u32 = 1000;

/// A place that billing's address names.
#[derive(Clone, Eq, PartialEq)]
pub struct Address {
    settlement: Option<String>,
    street: String,
    house: Option<House>,
}

crate::opaque_debug!(Address);

/// A street of an announcement.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Street {
    settlement: Option<String>,
    name: String,
}

/// Why a text is not a street.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StreetError {
    /// It has no name of a street.
    NoName,
    /// It has a house too, which belongs to the field of houses.
    HasHouse,
}

impl Address {
    /// Reduces an address; `None` when it names no street. A village without streets counts as a street of its name.
    pub fn parse(text: &str) -> Option<Self> {
        let parts = parts(text);
        let at = street_at(&parts);
        let (mut words, mut house) = (at.map(|at| parts[at].words.clone()).unwrap_or_default(), marked_house(&parts));
        if house.is_none() {
            house = house_at_the_end(&mut words, continuation(&parts, at)).or_else(|| bare_house(&parts, at));
        }
        let settlement = settlement(&parts, at);
        let street = name(&words, true).or_else(|| settlement.clone())?;
        Some(Self { settlement, street, house })
    }
}

impl Street {
    /// Reduces the name of a street, with or without its settlement: «г. Пермь, ул. Ленина».
    ///
    /// # Errors
    /// [`StreetError`] when the text has no name, or a house besides it.
    pub fn parse(text: &str) -> Result<Self, StreetError> {
        match Address::parse(text) {
            None => Err(StreetError::NoName),
            Some(Address { house: Some(_), .. }) => Err(StreetError::HasHouse),
            Some(Address { settlement, street, house: None }) => Ok(Self { settlement, name: street }),
        }
    }
}

/// Whether an address is on a street and in one of its houses; without houses the whole street counts. Settlements are
/// compared only when both are known, because a provider of one town often leaves it out.
pub fn matches(address: &Address, street: &Street, houses: &[HouseRange]) -> bool {
    let is_other = |(one, other): (&String, &String)| one != other;
    if address.street != street.name
        || address.settlement.as_ref().zip(street.settlement.as_ref()).is_some_and(is_other)
    {
        return false;
    }
    let in_houses = |house: &House| houses.iter().any(|range| range.has(house));
    houses.is_empty() || address.house.as_ref().is_some_and(in_houses)
}

/// A part of an address between commas or labels: «ул ленина», «д 10».
struct Part {
    label: Option<Label>,
    words: Vec<String>,
}

impl Part {
    fn new(words: Vec<String>) -> Self {
        let found: Vec<Label> = (0..words.len()).filter_map(|at| label(&words, at)).collect();
        let label = Label::BY_WEIGHT.into_iter().find(|one| found.contains(one));
        // The words of a house begin after its label.
        let words = match label {
            Some(Label::House) => words.into_iter().skip_while(|word| !word.starts_with(is_digit)).collect(),
            _ => words,
        };
        Self { label, words }
    }

    fn is(&self, label: Label) -> bool {
        self.label == Some(label)
    }

    /// A name without a label.
    fn is_bare_name(&self) -> bool {
        self.label.is_none() && House::of(&self.words).is_none() && !self.continues_a_house()
    }

    /// «корп 2», «лит а».
    fn continues_a_house(&self) -> bool {
        self.words.first().is_some_and(|word| words::is_building(word))
    }
}

const fn is_digit(character: char) -> bool {
    character.is_ascii_digit()
}

/// The parts of an address without its region and its flat.
fn parts(text: &str) -> Vec<Part> {
    let folded = lower(&plain(text)).replace('ё', "е").replace(" - ", "-");
    let folded = folded.replace(" /", "/").replace("/ ", "/").replace("г.о.", "г/о ").replace("м.о.", "м/о ");
    let between_commas = folded.split([',', ';']).flat_map(|part| split_at_labels(&tokens(part)));
    let parts = between_commas.filter(|words| !words.is_empty()).map(Part::new);
    parts.filter(|part| !part.is(Label::Region) && !part.is(Label::Flat)).collect()
}

/// The words of a part. A label that is written together with its number becomes a word of its own: «д10».
fn tokens(part: &str) -> Vec<String> {
    let is_between = |c: char| c.is_whitespace() || ".«»\"'“”„()№#:".contains(c);
    let mut tokens = Vec::new();
    for word in part.split(is_between).filter(|word| !word.is_empty() && *word != "-") {
        let is_postal_code = word.len() == POSTAL_CODE && word.chars().all(is_digit);
        let digits_at = word.find(is_digit).unwrap_or(0);
        let (letters, rest) = word.split_at(digits_at);
        if words::is_glued(letters) && !is_postal_code {
            tokens.extend([letters.to_owned(), rest.to_owned()]);
        } else if !is_postal_code {
            tokens.push(word.to_owned());
        }
    }
    tokens
}

/// Splits the words of a part before each label: «г пермь ул ленина дом 10».
fn split_at_labels(tokens: &[String]) -> Vec<Vec<String>> {
    let mut found: Vec<Vec<String>> = vec![Vec::new()];
    for (at, token) in tokens.iter().enumerate() {
        let current = found.last().map_or(&[][..], Vec::as_slice);
        if label(tokens, at).is_some_and(|label| begins_a_part(label, current, &tokens[at + 1..])) {
            found.push(Vec::new());
        }
        if let Some(current) = found.last_mut() {
            current.push(token.clone());
        }
    }
    found
}

/// Whether a label begins another part. It does not where the part has no name yet («ул набережная»), where it ends the
/// name before it («ленина ул 10»), and where it is a word of a name («ул малая набережная», «ул новое село»).
fn begins_a_part(found: Label, current: &[String], after: &[String]) -> bool {
    let labels: Vec<Option<Label>> = (0..current.len()).map(|at| label(current, at)).collect();
    if matches!(found, Label::House | Label::Flat) {
        return !current.is_empty();
    }
    if labels.iter().all(Option::is_some) || found == Label::Region {
        return false;
    }
    let ends_a_name = after.is_empty() || label(after, 0).is_some() || House::of(after).is_some();
    match found {
        Label::Settlement => !ends_a_name && !after[0].starts_with(is_digit),
        Label::Street if labels.contains(&Some(Label::Street)) => false,
        _ => !ends_a_name || labels.iter().any(Option::is_some),
    }
}

/// The part with the street: a labelled one, then an area, then the last name without a label.
fn street_at(parts: &[Part]) -> Option<usize> {
    let first = |label: Label| parts.iter().position(|part| part.is(label));
    let bare = || parts.iter().rposition(Part::is_bare_name);
    first(Label::Street).or_else(|| first(Label::Area)).or_else(bare)
}

/// The settlement: a labelled one, else the last name without a label before the street.
fn settlement(parts: &[Part], street_at: Option<usize>) -> Option<String> {
    let labelled = parts.iter().find(|part| part.is(Label::Settlement));
    let before = || parts[..street_at?].iter().rfind(|part| part.is_bare_name());
    labelled.or_else(before).and_then(|part| name(&part.words, false))
}

/// The words of the parts after one that continue a house: «д 10, корп 2».
fn continuation(parts: &[Part], at: Option<usize>) -> Vec<String> {
    let after = at.map_or(&[][..], |at| &parts[at + 1..]);
    after.iter().take_while(|part| part.continues_a_house()).flat_map(|part| part.words.clone()).collect()
}

/// The house after its label.
fn marked_house(parts: &[Part]) -> Option<House> {
    let at = parts.iter().position(|part| part.is(Label::House))?;
    House::of(&[parts[at].words.clone(), continuation(parts, Some(at))].concat())
}

/// The house at the end of a street's part, which is taken off its words: «ул мира 12а».
fn house_at_the_end(words: &mut Vec<String>, continuation: Vec<String>) -> Option<House> {
    for at in 1..words.len() {
        let is_named = (0..at).any(|before| label(words, before).is_none());
        let house = House::of(&[&words[at..], &continuation].concat());
        if let Some(house) = house.filter(|house| is_named && house.number() < YEARS_FROM) {
            words.truncate(at);
            return Some(house);
        }
    }
    None
}

/// A part that is nothing but a house, after the street.
fn bare_house(parts: &[Part], street_at: Option<usize>) -> Option<House> {
    let after = street_at.map_or(0, |at| at + 1);
    let at = after + parts[after..].iter().position(|part| part.label.is_none())?;
    House::of(&[parts[at].words.clone(), continuation(parts, Some(at))].concat())
}
