//! The characters of the fonts, their widths, and break opportunities in a word that is wider than its column.

use serde_json::Value;
use typst::foundations::Bytes;
use typst::layout::Abs;
use typst::text::{Font, FontInstance, FontVariant, FontVariations};

/// Fira Sans: open forms, all Cyrillic letters of the country's languages; SIL Open Font License, `fonts/OFL.txt`.
const FONTS: [&[u8]; 2] = [include_bytes!("fonts/FiraSans-Regular.ttf"), include_bytes!("fonts/FiraSans-Bold.ttf")];
/// Replaces a character that the font lacks: PDF/UA forbids empty glyphs.
const UNPRINTABLE: char = '?';
/// Widest unbroken run of characters, in units of the font's size; wider ones get invisible break opportunities, or
/// they would overflow the column of meters, the third narrowest.
const RUN_WIDEST: f64 = 18.0;
/// An invisible break opportunity (zero-width space).
pub(super) const BREAK: char = '\u{200b}';
/// A break opportunity that shows a hyphen when the word breaks there (soft hyphen).
pub(super) const HYPHEN: char = '\u{ad}';
/// The widest letter, in units of the font's size.
const WIDEST_LETTER: f64 = 1.0;
/// Width of digits and signs in tables, in units of the font's size.
const TABULAR: f64 = 0.56;
/// Tolerance of a measured width: a per cent sign of tables is wider by a tenth of its own width.
const WIDER: f64 = 1.02;

/// The fonts of the documents.
pub(super) struct Letters {
    /// Regular and bold.
    pub(super) fonts: Vec<Font>,
    /// Widths by code point: of characters that both fonts have, in the regular one, in units of its size. Looked up
    /// thousands of times per document: querying the font each time takes a twenty-fifth of the work.
    advances: Vec<Option<f64>>,
}

impl Letters {
    pub(super) fn new() -> Self {
        let fonts = FONTS.map(|font| Font::new(Bytes::new(font), 0).expect("the fonts in the binary are fonts"));
        let any_size = Abs::pt(10.0);
        let regular = fonts[0].clone().instantiate(FontVariant::default(), any_size, &FontVariations::default());
        let last = fonts[0].info().coverage.iter().last().unwrap_or_default();
        let shown = |point| fonts.iter().all(|font| font.info().coverage.contains(point));
        let advance = |point| char::from_u32(point).filter(|_| shown(point)).map(|letter| advance(&regular, letter));
        let advances = (0..=last).map(advance).collect();
        Self { fonts: fonts.into(), advances }
    }

    /// Makes every text of a record printable.
    pub(super) fn make_printable(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.printable(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.make_printable(item)),
            Value::Object(fields) => fields.values_mut().for_each(|field| self.make_printable(field)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// A text limited to characters of the font, on one line.
    pub(super) fn printable(&self, text: &str) -> String {
        let printable: String = text.chars().filter_map(|character| self.printable_character(character)).collect();
        self.breakable(&printable, RUN_WIDEST, BREAK)
    }

    /// A text with break opportunities in each run that is wider than a column.
    pub(super) fn breakable(&self, text: &str, widest: f64, place: char) -> String {
        let mut breakable = String::with_capacity(text.len());
        let (mut run, mut before) = (String::new(), BREAK);
        for character in text.chars() {
            if may_begin_a_line(before, character) {
                self.push_run(&mut breakable, &run, widest, place);
                run.clear();
            }
            run.push(character);
            before = character;
        }
        self.push_run(&mut breakable, &run, widest, place);
        breakable
    }

    /// A run in parts of about the same width, so that no single letter is left over.
    fn push_run(&self, text: &mut String, run: &str, widest: f64, place: char) {
        let width = self.ems(run);
        let parts = if width > widest { (width / (widest - WIDEST_LETTER)).ceil() } else { 1.0 };
        let mut part = 0.0;
        for character in run.chars() {
            if part >= width / parts {
                // No line may break between a hyphen and a sign.
                text.push(if character.is_alphanumeric() { place } else { BREAK });
                part = 0.0;
            }
            part += self.advance(character) * WIDER;
            text.push(character);
        }
    }

    /// The maximum width of a text on one line of the regular font, in units of its size.
    pub(super) fn ems(&self, text: &str) -> f64 {
        text.chars().map(|character| self.advance(character)).sum::<f64>() * WIDER
    }

    fn advance(&self, character: char) -> f64 {
        self.shown(character).unwrap_or_default()
    }

    /// The width of a character that the fonts have.
    fn shown(&self, character: char) -> Option<f64> {
        *self.advances.get(u32::from(character) as usize)?
    }

    fn printable_character(&self, character: char) -> Option<char> {
        match character {
            '\u{a0}' => Some(character),
            c if c.is_whitespace() || c.is_control() => Some(' '),
            // Direction marks, joiners and the like belong to other scripts.
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => None,
            '\u{e000}'..='\u{f8ff}' => Some(UNPRINTABLE),
            c => Some(if self.shown(c).is_some() { c } else { UNPRINTABLE }),
        }
    }
}

fn advance(font: &FontInstance, character: char) -> f64 {
    if [BREAK, HYPHEN].contains(&character) {
        return 0.0;
    }
    let glyph = font.ttf().glyph_index(character);
    // Digits and signs have wider glyphs for tables, all of one width.
    let least = if character.is_alphabetic() || character.is_whitespace() { 0.0 } else { TABULAR };
    glyph.and_then(|glyph| font.x_advance(glyph.0)).map_or(0.0, |advance| advance.get().max(least))
}

/// Whether a line may break between two characters, as far as billing's texts need it (UAX 14): never before a sign,
/// nor between a hyphen and a digit.
fn may_begin_a_line(before: char, character: char) -> bool {
    match before {
        BREAK => true,
        ' ' => character.is_alphanumeric(),
        '-' => character.is_alphabetic(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_font_shows_is_a_question_mark_and_directions_are_dropped() {
        assert_eq!(Letters::new().printable("漢\u{202e}Кудымкӧр\n5"), "?Кудымкӧр 5");
    }

    #[test]
    fn a_place_to_break_is_given_only_to_runs_that_have_none() {
        let letters = Letters::new();
        assert_eq!(letters.printable("Верхненижнекамскопригородский"), "Верхненижнекамскопригородский");
        assert_eq!(letters.printable(&"я".repeat(70)).matches(BREAK).count(), 2);
        assert_eq!(letters.printable(&"Ш".repeat(30)).matches(BREAK).count(), 1, "thirty letters, but wide ones");
    }
}
