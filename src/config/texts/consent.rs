//! A consent: its text, and its version, which is stored with each acceptance. One is the consent to the processing of
//! personal data (152-ФЗ), the text of the page `/consent`; the other that to receipts by e-mail instead of on paper.

use jiff::civil::Date;

use super::markdown::Document;
use super::placeholder::Values;
use crate::domain::calendar::parse_date;
use crate::domain::markdown::TextFault;

/// The prefix of the file's first line.
const VERSION: &str = "version:";

/// A consent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Consent {
    /// The date of the text, shown and stored as its version.
    pub version: Date,
    /// The text.
    pub document: Document,
}

impl Consent {
    /// Reads the text of a file: its first line is `version: 2026-11-01`, the rest is the text.
    ///
    /// # Errors
    /// [`TextFault`] when the version is missing, the text is empty or [`Document::parse`] rejects it.
    pub(super) fn parse(text: &str) -> Result<Self, TextFault> {
        let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
        let version = first.strip_prefix(VERSION).and_then(|day| parse_date(day).ok());
        let version =
            version.ok_or_else(|| TextFault::at(1, "write the day of the text first: version: 2026-11-01"))?;
        let document = Document::parse(rest, 2)?;
        if document.blocks.is_empty() {
            return Err(TextFault::at(2, "there is no text below the title"));
        }
        Ok(Self { version, document })
    }

    /// The consent with its placeholders filled.
    pub(super) fn filled(&self, values: &Values) -> Self {
        Self { version: self.version, document: self.document.filled(values) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_day_of_the_first_line() {
        let consent = Consent::parse("version: 2026-11-01\n\n# Согласие\n\nЯ согласен.").unwrap();
        assert_eq!(consent.version.to_string(), "2026-11-01");
        assert_eq!(consent.document.title, "Согласие");
    }

    #[test]
    fn a_text_without_a_day_or_without_words_is_refused_with_its_line() {
        for text in ["", "# Согласие\n\nЯ согласен.", "version: 3\n\n# Согласие\n\nЯ согласен.", "version: 2026-02-30"]
        {
            assert_eq!(Consent::parse(text).unwrap_err().line, 1, "{text}");
        }
        assert_eq!(Consent::parse("version: 2026-11-01\n\n# Согласие\n").unwrap_err().line, 2);
        assert_eq!(Consent::parse("version: 2026-11-01\n\n# Согласие\n\nЯ, {who}").unwrap_err().line, 5);
    }
}
