//! A search for typed words in Russian texts: in any order, without their endings.

use super::text::fold;

/// Longest query, in characters; the rest is dropped.
pub const MAX_QUERY: u16 = 100;
/// Words that nearly every text has: a query may contain them, and the text need not.
const COMMON: [&str; 26] = [
    "а", "в", "во", "где", "для", "до", "если", "за", "и", "из", "или", "как", "к", "ли", "мне", "мой", "на", "не",
    "о", "от", "по", "с", "у", "что", "это", "я",
];
/// Letters that a word keeps at least when its ending is left out.
const STEM: usize = 4;

/// The beginnings of the words that a text must have.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Search(Vec<String>);

impl Search {
    /// Reads a typed query; `None` when it has no letters or digits.
    pub fn parse(typed: &str) -> Option<Self> {
        let cut: String = typed.chars().take(MAX_QUERY.into()).collect();
        let typed = words(&cut);
        let rare: Vec<String> = typed.iter().filter(|word| !COMMON.contains(&word.as_str())).cloned().collect();
        let sought = if rare.is_empty() { typed } else { rare };
        (!sought.is_empty()).then(|| Self(sought.iter().map(|word| stem(word)).collect()))
    }

    /// Whether the texts together have a word for each of the query.
    pub fn fits<'a>(&self, texts: impl IntoIterator<Item = &'a str>) -> bool {
        let there: Vec<String> = texts.into_iter().flat_map(words).collect();
        self.0.iter().all(|sought| there.iter().any(|word| word.starts_with(sought.as_str())))
    }
}

/// The folded words of a text.
fn words(text: &str) -> Vec<String> {
    let folded = fold(text);
    folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// The first two thirds of a word, so that «отключение» finds «отключить»; a number as it is.
fn stem(word: &str) -> String {
    let length = word.chars().count();
    let is_number = word.starts_with(|c: char| c.is_ascii_digit());
    word.chars().take(if is_number { length } else { STEM.max(length * 2 / 3) }).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn finds(typed: &str, text: &str) -> bool {
        Search::parse(typed).is_some_and(|query| query.fits([text]))
    }

    #[test]
    fn a_word_is_found_in_another_form_and_in_any_order() {
        let text = "Нажмите «ОПЛАТИТЬ» у нужного лицевого счёта и введите ПИН-код с квитанции";
        for typed in
            ["оплата", "оплатить счет", "счета оплата", "Как оплатить счёт?", "пин код", "ПИН-КОД", "квитанция"]
        {
            assert!(finds(typed, text), "{typed}");
        }
    }

    #[test]
    fn every_word_of_a_query_must_be_there() {
        assert!(!finds("оплатить газ", "Оплатить лицевой счёт"));
        assert!(finds("104", "звоните 104 или 112"));
    }

    #[test]
    fn a_query_of_common_words_alone_is_searched_as_it_is() {
        assert!(finds("как", "Посмотрите, как напечатан номер"));
        assert!(!finds("как", "Номер напечатан сверху"));
    }

    #[test]
    fn a_query_without_letters_and_digits_is_none() {
        for typed in ["", "  ", "?!", "«»", "\u{200b}"] {
            assert_eq!(Search::parse(typed), None, "{typed:?}");
        }
    }

    #[test]
    fn a_long_query_is_cut() {
        let long = "пин ".repeat(10_000);
        assert_eq!(Search::parse(&long).map(|Search(words)| words.len()), Some(usize::from(MAX_QUERY) / 4));
    }

    proptest! {
        #[test]
        fn each_word_of_a_text_finds_the_text(text in "[а-яА-ЯёЁa-z0-9 «».,-]{1,60}") {
            for word in words(&text) {
                prop_assert!(finds(&word, &text), "{word}");
            }
        }
    }
}
