//! Numbers in Russian words: the form of a noun after a number, and a sum of money spelled out, as documents need it.

use super::money::Money;

/// The forms of a noun after one, two and five: «рубль», «рубля», «рублей».
pub type NounForms = [&'static str; 3];

/// Largest whole roubles that are spelled out: the words end at millions, and no payment comes near.
pub const MAX_ROUBLES: u64 = 999_999_999;

const ROUBLES: NounForms = ["рубль", "рубля", "рублей"];
const KOPECKS: NounForms = ["копейка", "копейки", "копеек"];

/// A group of three digits: its value, its noun and whether that noun is feminine.
const GROUPS: [(u64, NounForms, bool); 2] =
    [(1_000_000, ["миллион", "миллиона", "миллионов"], false), (1_000, ["тысяча", "тысячи", "тысяч"], true)];

const HUNDREDS: [&str; 10] =
    ["", "сто", "двести", "триста", "четыреста", "пятьсот", "шестьсот", "семьсот", "восемьсот", "девятьсот"];
const TENS: [&str; 10] =
    ["", "", "двадцать", "тридцать", "сорок", "пятьдесят", "шестьдесят", "семьдесят", "восемьдесят", "девяносто"];
const BELOW_TWENTY: [&str; 20] = [
    "",
    "один",
    "два",
    "три",
    "четыре",
    "пять",
    "шесть",
    "семь",
    "восемь",
    "девять",
    "десять",
    "одиннадцать",
    "двенадцать",
    "тринадцать",
    "четырнадцать",
    "пятнадцать",
    "шестнадцать",
    "семнадцать",
    "восемнадцать",
    "девятнадцать",
];

/// The form of a noun after a number: 1 рубль, 2 рубля, 5 рублей, 11 рублей, 21 рубль.
pub const fn noun_after(count: u64, [one, few, many]: NounForms) -> &'static str {
    match (count % 100, count % 10) {
        (11..=14, _) => many,
        (_, 1) => one,
        (_, 2..=4) => few,
        _ => many,
    }
}

/// A sum with its roubles in words and its kopecks in digits, as accountants write it: «Три тысячи пятьсот семьдесят
/// семь рублей 88 копеек». `None` below zero and above [`MAX_ROUBLES`].
pub fn sum_in_words(sum: Money) -> Option<String> {
    let kopecks = u64::try_from(sum.kopecks()).ok()?;
    let (roubles, kopecks) = (kopecks / 100, kopecks % 100);
    let words = (roubles <= MAX_ROUBLES).then(|| number_in_words(roubles))?;
    let (noun, small) = (noun_after(roubles, ROUBLES), noun_after(kopecks, KOPECKS));
    Some(format!("{} {noun} {kopecks:02} {small}", with_capital(&words)))
}

/// A masculine number in the nominative.
fn number_in_words(number: u64) -> String {
    if number == 0 {
        return "ноль".to_owned();
    }
    let mut words = Vec::new();
    let mut rest = number;
    for (value, noun, is_feminine) in GROUPS {
        let count = rest / value;
        rest %= value;
        if count > 0 {
            push_below_thousand(&mut words, count, is_feminine);
            words.push(noun_after(count, noun));
        }
    }
    push_below_thousand(&mut words, rest, false);
    words.join(" ")
}

fn push_below_thousand(words: &mut Vec<&'static str>, number: u64, is_feminine: bool) {
    let digit = |value: u64| usize::try_from(value).unwrap_or_default();
    let (hundreds, below_hundred) = (digit(number / 100 % 10), digit(number % 100));
    let (tens, units) = if below_hundred < 20 { (0, below_hundred) } else { (below_hundred / 10, below_hundred % 10) };
    let units = match (is_feminine, units) {
        (true, 1) => "одна",
        (true, 2) => "две",
        _ => BELOW_TWENTY[units],
    };
    words.extend([HUNDREDS[hundreds], TENS[tens], units].into_iter().filter(|word| !word.is_empty()));
}

fn with_capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn spelled(roubles: i64, kopecks: i64) -> String {
        sum_in_words(Money::from_kopecks(roubles * 100 + kopecks)).unwrap()
    }

    #[test]
    fn a_sum_is_spelled_with_its_genders_and_cases() {
        for (roubles, kopecks, words) in [
            (0, 0, "Ноль рублей 00 копеек"),
            (0, 1, "Ноль рублей 01 копейка"),
            (1, 2, "Один рубль 02 копейки"),
            (2, 5, "Два рубля 05 копеек"),
            (5, 11, "Пять рублей 11 копеек"),
            (11, 21, "Одиннадцать рублей 21 копейка"),
            (21, 12, "Двадцать один рубль 12 копеек"),
            (114, 14, "Сто четырнадцать рублей 14 копеек"),
            (1_000, 0, "Одна тысяча рублей 00 копеек"),
            (2_001, 0, "Две тысячи один рубль 00 копеек"),
            (3_577, 88, "Три тысячи пятьсот семьдесят семь рублей 88 копеек"),
            (11_012, 0, "Одиннадцать тысяч двенадцать рублей 00 копеек"),
            (21_522, 43, "Двадцать одна тысяча пятьсот двадцать два рубля 43 копейки"),
            (100_000, 0, "Сто тысяч рублей 00 копеек"),
            (1_000_000, 0, "Один миллион рублей 00 копеек"),
            (2_002_002, 2, "Два миллиона две тысячи два рубля 02 копейки"),
            (40_000_090, 0, "Сорок миллионов девяносто рублей 00 копеек"),
        ] {
            assert_eq!(spelled(roubles, kopecks), words);
        }
        let largest = "Девятьсот девяносто девять миллионов девятьсот девяносто девять тысяч девятьсот девяносто \
                       девять рублей 99 копеек";
        assert_eq!(spelled(999_999_999, 99), largest);
    }

    #[test]
    fn a_negative_sum_and_one_beyond_the_words_are_not_spelled() {
        assert_eq!(sum_in_words(Money::from_kopecks(-1)), None);
        assert_eq!(sum_in_words(Money::from_kopecks(100_000_000_000)), None);
    }

    #[test]
    fn no_two_sums_are_spelled_alike() {
        let sums = (0..=20_000).chain([99_999, 100_000, 999_999, 1_000_001]);
        let (mut seen, mut count) = (BTreeSet::new(), 0);
        for roubles in sums {
            seen.insert(spelled(roubles, 0));
            count += 1;
        }
        assert_eq!(seen.len(), count);
        assert!(seen.iter().all(|words| !words.contains("  ")));
    }

    #[test]
    fn a_noun_follows_its_number() {
        let accounts = |count| noun_after(count, ["счёт", "счёта", "счетов"]);
        assert_eq!(
            [1, 2, 5, 11, 12, 21, 22, 111].map(accounts),
            ["счёт", "счёта", "счетов", "счетов", "счетов", "счёт", "счёта", "счетов"]
        );
    }
}
