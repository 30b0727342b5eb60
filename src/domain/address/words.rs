//! The words of addresses: kinds of settlements, streets and buildings in their usual abbreviations.

/// What a word of an address introduces.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Label {
    /// «край», «р-н».
    Region,
    /// «г», «пос».
    Settlement,
    /// «ул», «пр-кт».
    Street,
    /// «мкр», «снт».
    Area,
    /// «д», «уч».
    House,
    /// «кв», «оф».
    Flat,
}

impl Label {
    /// A part with several labels has the first of these.
    pub(super) const BY_WEIGHT: [Self; 6] =
        [Self::Region, Self::Flat, Self::House, Self::Street, Self::Area, Self::Settlement];
}

const REGIONS: &[&str] = &[
    "край",
    "обл",
    "область",
    "респ",
    "республика",
    "р-н",
    "район",
    "округ",
    "ао",
    "мо",
    "с/п",
    "г/п",
    "г/о",
    "м/о",
    "россия",
    "рф",
];
const SETTLEMENTS: &[&str] = &[
    "г",
    "гор",
    "город",
    "п",
    "пос",
    "поселок",
    "пгт",
    "рп",
    "с",
    "село",
    "дер",
    "деревня",
    "ст-ца",
    "станица",
    "х",
    "хутор",
    "аул",
    "нп",
];
const STREETS: &[&str] = &[
    "ул",
    "улица",
    "пр",
    "пр-кт",
    "пр-т",
    "просп",
    "проспект",
    "пер",
    "переулок",
    "б-р",
    "бул",
    "бульвар",
    "пл",
    "площадь",
    "ш",
    "шоссе",
    "наб",
    "набережная",
    "пр-д",
    "проезд",
    "туп",
    "тупик",
    "аллея",
    "тракт",
    "спуск",
    "съезд",
];
const AREAS: &[&str] = &[
    "мкр",
    "мкрн",
    "мкр-н",
    "м-н",
    "микрорайон",
    "кв-л",
    "квартал",
    "снт",
    "сдт",
    "с/т",
    "днт",
    "днп",
    "тсн",
    "гск",
    "тер",
    "территория",
    "массив",
];
const HOUSES: &[&str] = &["дом", "вл", "владение", "уч", "участок", "з/у"];
const FLATS: &[&str] =
    &["кв", "квартира", "ком", "комн", "комната", "пом", "помещение", "оф", "офис", "эт", "этаж", "подъезд"];
/// Words before the number of a block.
const BLOCKS: &[&str] = &["к", "кор", "корп", "корпус"];
/// Words before the number of a structure.
const STRUCTURES: &[&str] = &["стр", "строение", "с"];
/// Words before the letter of a house.
const LETTERS: &[&str] = &["лит", "литер", "литера"];
/// Words of a name that people leave out.
const OMITTED: &[&str] = &["им", "имени"];

/// «д» is a house before a number, and a village before a name.
const HOUSE_OR_VILLAGE: &str = "д";

/// What the word at a place introduces; `None` for a word of a name.
pub(super) fn label(words: &[String], at: usize) -> Option<Label> {
    let word = words.get(at)?.as_str();
    let kinds = [
        (REGIONS, Label::Region),
        (SETTLEMENTS, Label::Settlement),
        (STREETS, Label::Street),
        (AREAS, Label::Area),
        (HOUSES, Label::House),
        (FLATS, Label::Flat),
    ];
    if word == HOUSE_OR_VILLAGE {
        let before_number = words.get(at + 1).is_some_and(|next| next.starts_with(|c: char| c.is_ascii_digit()));
        return Some(if before_number { Label::House } else { Label::Settlement });
    }
    kinds.into_iter().find(|(known, _)| known.contains(&word)).map(|(_, label)| label)
}

/// Whether letters before digits are a label that was written together with its number.
pub(super) fn is_glued(letters: &str) -> bool {
    letters == HOUSE_OR_VILLAGE || [HOUSES, FLATS, BLOCKS, STRUCTURES].iter().any(|known| known.contains(&letters))
}

/// Whether a word continues a house: «корп», «стр», «лит».
pub(super) fn is_building(word: &str) -> bool {
    block_sign(word).is_some()
}

/// The sign of a block, a structure or a letter in a reduced house; `None` for another word.
pub(super) fn block_sign(word: &str) -> Option<&'static str> {
    let kinds = [(BLOCKS, "к"), (STRUCTURES, "с"), (LETTERS, "")];
    kinds.into_iter().find(|(known, _)| known.contains(&word)).map(|(_, sign)| sign)
}

/// A name without its labels, with its words sorted; `None` when nothing is left. A street whose name is a kind of
/// street keeps it: «ул Набережная».
pub(super) fn name(words: &[String], is_street: bool) -> Option<String> {
    let is_kind = |word: &str| {
        if is_street {
            STREETS.contains(&word) || AREAS.contains(&word)
        } else {
            SETTLEMENTS.contains(&word) || word == HOUSE_OR_VILLAGE
        }
    };
    let mut kept: Vec<&str> = words.iter().map(String::as_str).filter(|word| !OMITTED.contains(word)).collect();
    if kept.iter().any(|word| !is_kind(word)) {
        kept.retain(|word| !is_kind(word));
    } else {
        kept.retain(|word| !matches!(*word, "ул" | "улица"));
    }
    kept.sort_unstable();
    (!kept.is_empty()).then(|| kept.join(" "))
}
