//! The supported part of Markdown: a title, headings, paragraphs, lists, a notice, and within a line bold words and
//! links. Other marks are rejected, so that they do not reach a page unparsed.
//!
//! | written | shown |
//! |---|---|
//! | `# Title` | the title, once, at the top |
//! | `## Heading` | a heading |
//! | `- item`, `1. item` | a list |
//! | `> ## Heading`, then `> text` | a notice with its heading |
//! | `**words**` | bold |
//! | `[words](address)` | a link to `https://`, `mailto:`, `tel:`, `/address`, `#anchor` or `{url}/…` |

use super::placeholder::{TextFault, Values, fill, placeholders};

/// Beginnings of HTML, tables, code and pictures: part of Markdown, but not supported here.
const NOT_SHOWN: [&str; 4] = ["<", "|", "```", "!["];
/// Allowed beginnings of a link's address: neither scripts nor plain HTTP.
const LINKS: [&str; 6] = ["https://", "mailto:", "tel:", "/", "#", "{url}"];

/// A text with its title.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Document {
    /// The title.
    pub title: String,
    /// The blocks below it.
    pub blocks: Vec<Block>,
}

/// A part of a text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Block {
    /// A heading.
    Heading(String),
    /// A paragraph.
    Paragraph(Vec<Inline>),
    /// A list.
    List {
        /// Whether its items are numbered.
        numbered: bool,
        /// The items.
        items: Vec<Vec<Inline>>,
    },
    /// A notice.
    Notice {
        /// Its heading.
        title: String,
        /// Its text.
        text: Vec<Inline>,
    },
}

/// A part of a line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Inline {
    /// Words.
    Text(String),
    /// Bold words.
    Strong(String),
    /// A link.
    Link {
        /// The words.
        text: String,
        /// The address.
        address: String,
    },
}

impl Document {
    /// Parses a text whose first line is line `first` of its file.
    ///
    /// # Errors
    /// [`TextFault`] when a placeholder is unknown, a mark or a link is not allowed, or the title is missing.
    pub fn parse(text: &str, first: usize) -> Result<Self, TextFault> {
        let mut reader = Reader::default();
        for (at, line) in text.lines().enumerate() {
            let line = Line { number: first + at, text: line.trim_end() };
            placeholders(line.text).map_err(|problem| line.fault(problem))?;
            reader.take(line)?;
        }
        reader.close()?;
        let title = reader.title.ok_or_else(|| TextFault::at(first, "write a title first: # Title"))?;
        Ok(Self { title, blocks: reader.blocks })
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
    fn filled(&self, values: &Values) -> Self {
        match self {
            Self::Heading(text) => Self::Heading(fill(text, values)),
            Self::Paragraph(line) => Self::Paragraph(filled(line, values)),
            Self::List { numbered, items } => {
                Self::List { numbered: *numbered, items: items.iter().map(|item| filled(item, values)).collect() }
            }
            Self::Notice { title, text } => Self::Notice { title: fill(title, values), text: filled(text, values) },
        }
    }

    fn note_strings<'a>(&'a self, found: &mut Vec<&'a str>) {
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

/// Parses a line; the error contains the wrong mark.
pub(super) fn inlines(line: &str) -> Result<Vec<Inline>, String> {
    let mut pieces = Vec::new();
    let mut rest = line;
    while let Some(at) = rest.find(['*', '[']) {
        let (before, marked) = rest.split_at(at);
        let (piece, after) = match (marked.strip_prefix("**"), link(marked)) {
            (Some(strong), _) => {
                let (text, after) = strong.split_once("**").ok_or("** without its pair")?;
                (Inline::Strong(text.to_owned()), after)
            }
            (None, Some((text, address, after))) => {
                if !LINKS.iter().any(|beginning| address.starts_with(beginning)) || address.starts_with("//") {
                    return Err(format!("the link ({address}) begins with none of {}", LINKS.join(" ")));
                }
                (Inline::Link { text: text.to_owned(), address: address.to_owned() }, after)
            }
            // A single star or bracket is an ordinary character.
            (None, None) => (Inline::Text(marked[..1].to_owned()), &marked[1..]),
        };
        push_text(&mut pieces, before);
        match piece {
            Inline::Text(sign) => push_text(&mut pieces, &sign),
            other => pieces.push(other),
        }
        rest = after;
    }
    push_text(&mut pieces, rest);
    Ok(pieces)
}

/// Splits a link at the start of a text into words, address and the rest.
fn link(text: &str) -> Option<(&str, &str, &str)> {
    let (words, after) = text.strip_prefix('[')?.split_once("](")?;
    let (address, after) = after.split_once(')')?;
    (!words.contains(['[', ']'])).then_some((words, address, after))
}

fn push_text(pieces: &mut Vec<Inline>, text: &str) {
    match pieces.last_mut() {
        _ if text.is_empty() => {}
        Some(Inline::Text(last)) => last.push_str(text),
        _ => pieces.push(Inline::Text(text.to_owned())),
    }
}

#[derive(Clone, Copy)]
struct Line<'a> {
    number: usize,
    text: &'a str,
}

impl Line<'_> {
    fn fault(self, problem: impl Into<String>) -> TextFault {
        TextFault::at(self.number, problem)
    }
}

/// Lines of one block, with the number of the first.
struct Lines {
    number: usize,
    text: String,
}

impl Lines {
    fn new(number: usize, text: &str) -> Self {
        Self { number, text: text.trim().to_owned() }
    }

    fn add(&mut self, text: &str) {
        self.text.push(' ');
        self.text.push_str(text.trim());
    }

    fn inlines(&self) -> Result<Vec<Inline>, TextFault> {
        inlines(&self.text).map_err(|problem| TextFault::at(self.number, problem))
    }
}

/// The block that the next line may continue.
#[derive(Default)]
enum Open {
    #[default]
    Nothing,
    Paragraph(Lines),
    List {
        numbered: bool,
        items: Vec<Lines>,
    },
    Notice {
        title: String,
        text: Option<Lines>,
    },
}

#[derive(Default)]
struct Reader {
    title: Option<String>,
    blocks: Vec<Block>,
    open: Open,
}

impl Reader {
    fn take(&mut self, line: Line<'_>) -> Result<(), TextFault> {
        if line.text.is_empty() {
            return self.close();
        }
        if let Some(title) = line.text.strip_prefix("# ") {
            return self.take_title(line, title);
        }
        if self.title.is_none() {
            return Err(line.fault("write a title first: # Title"));
        }
        if let Some(heading) = line.text.strip_prefix("## ") {
            self.close()?;
            self.blocks.push(Block::Heading(heading.trim().to_owned()));
            return Ok(());
        }
        if line.text.starts_with('#') || NOT_SHOWN.iter().any(|mark| line.text.starts_with(mark)) {
            return Err(line.fault("only # and ## headings, paragraphs, lists and > notices are shown"));
        }
        if let Some(quoted) = line.text.strip_prefix('>') {
            return self.take_quoted(line, quoted.trim());
        }
        // A number within a paragraph does not start a list: «… № 152. Далее …» may break anywhere.
        let in_paragraph = matches!(self.open, Open::Paragraph(_));
        match item(line.text) {
            Some((numbered, text)) if !(numbered && in_paragraph) => self.take_item(line, numbered, text),
            _ => self.take_words(line),
        }
    }

    fn take_title(&mut self, line: Line<'_>, title: &str) -> Result<(), TextFault> {
        if self.title.is_some() {
            return Err(line.fault("a second title; write ## for a heading"));
        }
        self.title = Some(title.trim().to_owned());
        Ok(())
    }

    fn take_quoted(&mut self, line: Line<'_>, quoted: &str) -> Result<(), TextFault> {
        if let Open::Notice { text, .. } = &mut self.open {
            match text {
                Some(text) => text.add(quoted),
                None => *text = Some(Lines::new(line.number, quoted)),
            }
            return Ok(());
        }
        let title = quoted.strip_prefix("## ").ok_or_else(|| line.fault("a notice begins with > ## Heading"))?;
        self.close()?;
        self.open = Open::Notice { title: title.trim().to_owned(), text: None };
        Ok(())
    }

    fn take_item(&mut self, line: Line<'_>, numbered: bool, text: &str) -> Result<(), TextFault> {
        let item = Lines::new(line.number, text);
        match &mut self.open {
            Open::List { numbered: same, items } if *same == numbered => items.push(item),
            _ => {
                self.close()?;
                self.open = Open::List { numbered, items: vec![item] };
            }
        }
        Ok(())
    }

    fn take_words(&mut self, line: Line<'_>) -> Result<(), TextFault> {
        match &mut self.open {
            Open::Paragraph(lines) => lines.add(line.text),
            Open::List { items, .. } => {
                if let Some(item) = items.last_mut() {
                    item.add(line.text);
                }
            }
            Open::Notice { .. } => {
                return Err(line.fault("write > before each line of a notice, or leave a line empty"));
            }
            Open::Nothing => self.open = Open::Paragraph(Lines::new(line.number, line.text)),
        }
        Ok(())
    }

    /// Ends the open block.
    fn close(&mut self) -> Result<(), TextFault> {
        let block = match std::mem::take(&mut self.open) {
            Open::Nothing => return Ok(()),
            Open::Paragraph(lines) => Block::Paragraph(lines.inlines()?),
            Open::List { numbered, items } => {
                let items = items.iter().map(Lines::inlines).collect::<Result<_, _>>()?;
                Block::List { numbered, items }
            }
            Open::Notice { title, text } => {
                let text = text.map_or_else(|| Ok(Vec::new()), |text| text.inlines())?;
                Block::Notice { title, text }
            }
        };
        self.blocks.push(block);
        Ok(())
    }
}

/// Whether an item of a list is numbered, and its text; `None` for another line.
fn item(line: &str) -> Option<(bool, &str)> {
    if let Some(text) = line.strip_prefix("- ") {
        return Some((false, text));
    }
    let (number, text) = line.split_once(". ")?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some((true, text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::super::{Config, OrganisationConfig};
    use super::*;

    fn words(text: &str) -> Vec<Inline> {
        vec![Inline::Text(text.to_owned())]
    }

    fn blocks(text: &str) -> Vec<Block> {
        Document::parse(&format!("# Заголовок\n\n{text}"), 1).unwrap().blocks
    }

    fn fault(text: &str) -> TextFault {
        Document::parse(&format!("# Заголовок\n\n{text}"), 1).unwrap_err()
    }

    #[test]
    fn lines_in_a_row_are_one_paragraph_and_an_empty_line_begins_another() {
        let expected = [Block::Paragraph(words("один два")), Block::Paragraph(words("три"))];
        assert_eq!(blocks("один\nдва\n\nтри"), expected);
    }

    #[test]
    fn headings_and_lists_are_told_apart_from_paragraphs() {
        let items = vec![words("раз и ещё"), words("два")];
        let numbered = Block::List { numbered: true, items: vec![words("первый"), words("второй")] };
        let expected = [
            Block::Heading("Данные".to_owned()),
            Block::List { numbered: false, items },
            numbered,
            Block::Paragraph(words("Закон № 152. Далее")),
        ];
        assert_eq!(blocks("## Данные\n- раз\n  и ещё\n- два\n\n1. первый\n2. второй\n\nЗакон №\n152. Далее"), expected);
    }

    #[test]
    fn a_quote_is_a_notice_with_its_heading() {
        let expected =
            Block::Notice { title: "Образец".to_owned(), text: words("строка и ещё одна") };
        assert_eq!(blocks("> ## Образец\n> строка\n> и ещё одна\n\nтекст")[0], expected);
        assert_eq!(fault("> строка").line, 3);
        assert_eq!(fault("> ## Образец\n> строка\nтекст").line, 5);
    }

    #[test]
    fn bold_words_and_links_are_found_within_a_line() {
        let link = |text: &str, address: &str| Inline::Link { text: text.to_owned(), address: address.to_owned() };
        let text = |text: &str| Inline::Text(text.to_owned());
        assert_eq!(
            inlines("Звоните **сразу** [104](tel:104) или [112](tel:112).").unwrap(),
            [
                text("Звоните "),
                Inline::Strong("сразу".to_owned()),
                text(" "),
                link("104", "tel:104"),
                text(" или "),
                link("112", "tel:112"),
                text("."),
            ]
        );
        assert_eq!(inlines("2 * 2 [сноска] (в скобках)").unwrap(), words("2 * 2 [сноска] (в скобках)"));
        assert_eq!(inlines("[а] и [б](/help)").unwrap(), [text("[а] и "), link("б", "/help")]);
    }

    #[test]
    fn a_link_to_a_script_or_over_a_plain_connection_is_refused() {
        for address in ["javascript:alert(1", "http://example.ru", "//example.ru", "data:text/html,x", "example.ru", ""]
        {
            let problem = inlines(&format!("[слово]({address})")).unwrap_err();
            assert!(problem.contains("https://"), "{address}: {problem}");
        }
        for address in ["https://example.ru", "mailto:{support_email}", "{url}/help", "/help#pin", "#pin"] {
            assert!(inlines(&format!("[слово]({address})")).is_ok(), "{address}");
        }
    }

    #[test]
    fn a_fault_names_its_line() {
        assert_eq!(fault("текст\n{organization}").line, 4);
        assert!(fault("{organization}").problem.contains("{organisation}"));
        assert_eq!(fault("текст\n\n**жирный").line, 5);
        assert_eq!(fault("# Второй").line, 3);
        for line in ["### Мелкий", "<b>текст</b>", "| а | б |", "```", "![схема](/a.png)"] {
            assert_eq!(fault(line).line, 3, "{line}");
        }
        assert_eq!(Document::parse("текст", 7).unwrap_err().line, 7);
        assert_eq!(Document::parse("", 7).unwrap_err().line, 7);
    }

    #[test]
    fn values_are_text_whatever_marks_they_have() {
        let organisation =
            OrganisationConfig { name: Some("**ООО** [а](/b)".to_owned()), ..OrganisationConfig::default() };
        let values = Values::new(&Config::default(), organisation);
        let document = Document::parse("# О нас\n\n{organisation}", 1).unwrap().filled(&values);
        assert_eq!(document.blocks, [Block::Paragraph(words("**ООО** [а](/b)"))]);
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "[ \\PC\n#>*\\[\\]()-]{0,80}") {
            let _ = Document::parse(&text, 1);
            let _ = Document::parse(&format!("# А\n{text}"), 1);
        }
    }
}
