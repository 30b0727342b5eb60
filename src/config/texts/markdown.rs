//! The texts of the settings in their part of Markdown (`domain::markdown`), with placeholders.

use super::placeholder::{Values, fill, placeholders};
use crate::domain::markdown::{Block, Inline, TextFault, titled};

/// A text with its title.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Document {
    /// The title.
    pub title: String,
    /// The blocks below it.
    pub blocks: Vec<Block>,
}

impl Document {
    /// Parses a text whose first line is line `first` of its file.
    ///
    /// # Errors
    /// [`TextFault`] when a placeholder is unknown, a mark or a link is not allowed, or the title is missing.
    pub fn parse(text: &str, first: usize) -> Result<Self, TextFault> {
        for (at, line) in text.lines().enumerate() {
            placeholders(line).map_err(|problem| TextFault::at(first + at, problem))?;
        }
        let (title, blocks) = titled(text, first)?;
        Ok(Self { title, blocks })
    }

    /// The text with its placeholders filled.
    pub(super) fn filled(&self, values: &Values) -> Self {
        let blocks = self.blocks.iter().map(|block| block.filled(values)).collect();
        Self { title: fill(&self.title, values), blocks }
    }

    /// Each string of the text, with placeholders not filled.
    pub(super) fn strings(&self) -> Vec<&str> {
        let mut found = vec![self.title.as_str()];
        self.blocks.iter().for_each(|block| block.note_strings(&mut found));
        found
    }
}

impl Block {
    pub(super) fn filled(&self, values: &Values) -> Self {
        match self {
            Self::Heading(text) => Self::Heading(fill(text, values)),
            Self::Paragraph(line) => Self::Paragraph(filled(line, values)),
            Self::List { numbered, items } => {
                Self::List { numbered: *numbered, items: items.iter().map(|item| filled(item, values)).collect() }
            }
            Self::Notice { title, text } => Self::Notice { title: fill(title, values), text: filled(text, values) },
        }
    }

    pub(super) fn note_strings<'a>(&'a self, found: &mut Vec<&'a str>) {
        match self {
            Self::Heading(text) => found.push(text),
            Self::Paragraph(line) => note_strings(line, found),
            Self::List { items, .. } => items.iter().for_each(|item| note_strings(item, found)),
            Self::Notice { title, text } => {
                found.push(title);
                note_strings(text, found);
            }
        }
    }
}

/// A line with its placeholders filled.
pub(super) fn filled(line: &[Inline], values: &Values) -> Vec<Inline> {
    let piece = |piece: &Inline| match piece {
        Inline::Text(text) => Inline::Text(fill(text, values)),
        Inline::Strong(text) => Inline::Strong(fill(text, values)),
        Inline::Link { text, address } => Inline::Link { text: fill(text, values), address: fill(address, values) },
    };
    line.iter().map(piece).collect()
}

/// Adds each string of a line, with placeholders not filled.
pub(super) fn note_strings<'a>(line: &'a [Inline], found: &mut Vec<&'a str>) {
    for piece in line {
        match piece {
            Inline::Text(text) | Inline::Strong(text) => found.push(text),
            Inline::Link { text, address } => found.extend([text.as_str(), address.as_str()]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::{Config, OrganisationConfig};
    use super::*;

    #[test]
    fn a_fault_of_a_placeholder_names_its_line() {
        let fault = |text: &str| Document::parse(&format!("# Заголовок\n\n{text}"), 1).unwrap_err();
        assert_eq!(fault("текст\n{organization}").line, 4);
        assert!(fault("{organization}").problem.contains("{organisation}"));
        assert_eq!(fault("текст\n\n**жирный").line, 5);
    }

    #[test]
    fn values_are_text_whatever_marks_they_have() {
        let organisation =
            OrganisationConfig { name: Some("**ООО** [а](/b)".to_owned()), ..OrganisationConfig::default() };
        let values = Values::new(&Config::default(), organisation);
        let document = Document::parse("# О нас\n\n{organisation}", 1).unwrap().filled(&values);
        assert_eq!(document.blocks, [Block::Paragraph(vec![Inline::Text("**ООО** [а](/b)".to_owned())])]);
    }
}
