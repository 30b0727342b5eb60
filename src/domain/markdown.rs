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
//!
//! The letter of a notice has no title, and its links are absolute: `{link}`, and neither `/address` nor `#anchor`.

use thiserror::Error;

#[cfg(test)]
mod tests;

/// Beginnings of HTML, tables, code and pictures: part of Markdown, but not supported here.
const NOT_SHOWN: [&str; 4] = ["<", "|", "```", "!["];
/// Allowed beginnings of a link's address: neither scripts nor plain HTTP.
const LINKS: [&str; 6] = ["https://", "mailto:", "tel:", "/", "#", "{url}"];
/// The same in a letter, which is read outside the portal. A notice fills `{link}` with an address of the portal.
const LETTER_LINKS: [&str; 5] = ["https://", "mailto:", "tel:", "{url}", "{link}"];

/// An error in a text, with its line.
#[derive(Clone, Debug, Eq, PartialEq, Error)]
#[error("line {line}: {problem}")]
pub struct TextFault {
    /// The line, from 1.
    pub line: usize,
    /// The error and its remedy.
    pub problem: String,
}

impl TextFault {
    /// An error in a line.
    pub fn at(line: usize, problem: impl Into<String>) -> Self {
        Self { line, problem: problem.into() }
    }
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

/// Parses a text with a title, whose first line is line `first` of its file. Returns the title and the blocks below it.
///
/// # Errors
/// [`TextFault`] when a mark or a link is not allowed, or the title is missing.
pub fn titled(text: &str, first: usize) -> Result<(String, Vec<Block>), TextFault> {
    let mut reader = Reader::new(None, &LINKS);
    reader.take_all(text, first)?;
    let title = reader.title.ok_or_else(|| TextFault::at(first, "write a title first: # Title"))?;
    Ok((title, reader.blocks))
}

/// Parses the letter of a notice, without a title, whose first line is line `first` of its file.
///
/// # Errors
/// [`TextFault`] when a mark or a link is not allowed.
pub fn letter(text: &str, first: usize) -> Result<Vec<Block>, TextFault> {
    let mut reader = Reader::new(Some(String::new()), &LETTER_LINKS);
    reader.take_all(text, first)?;
    Ok(reader.blocks)
}

/// Parses the text of an announcement: paragraphs, lists, bold words and links. It has no title, headings, notices or
/// placeholders.
///
/// # Errors
/// [`TextFault`] when a mark or a link is not allowed.
pub fn paragraphs(text: &str) -> Result<Vec<Block>, TextFault> {
    let mut reader = Reader::new(Some(String::new()), &LINKS);
    for (at, line) in text.lines().enumerate() {
        let line = Line { number: at + 1, text: line.trim_end() };
        if line.text.starts_with(['#', '>']) || line.text.contains("({url}") {
            return Err(line.fault("only paragraphs, lists, bold words and links are shown"));
        }
        reader.take(line)?;
    }
    reader.close()?;
    Ok(reader.blocks)
}

/// Parses a line.
///
/// # Errors
/// The wrong mark.
pub fn inlines(line: &str) -> Result<Vec<Inline>, String> {
    inlines_with(line, &LINKS)
}

/// Parses a line whose links begin with one of `links`.
fn inlines_with(line: &str, links: &[&str]) -> Result<Vec<Inline>, String> {
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
                if !links.iter().any(|beginning| address.starts_with(beginning)) || address.starts_with("//") {
                    return Err(format!("the link ({address}) begins with none of {}", links.join(" ")));
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

    fn inlines(&self, links: &[&str]) -> Result<Vec<Inline>, TextFault> {
        inlines_with(&self.text, links).map_err(|problem| TextFault::at(self.number, problem))
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

struct Reader {
    title: Option<String>,
    links: &'static [&'static str],
    blocks: Vec<Block>,
    open: Open,
}

impl Reader {
    fn new(title: Option<String>, links: &'static [&'static str]) -> Self {
        Self { title, links, blocks: Vec::new(), open: Open::Nothing }
    }

    fn take_all(&mut self, text: &str, first: usize) -> Result<(), TextFault> {
        for (at, line) in text.lines().enumerate() {
            self.take(Line { number: first + at, text: line.trim_end() })?;
        }
        self.close()
    }

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
        let links = self.links;
        let block = match std::mem::take(&mut self.open) {
            Open::Nothing => return Ok(()),
            Open::Paragraph(lines) => Block::Paragraph(lines.inlines(links)?),
            Open::List { numbered, items } => {
                let items = items.iter().map(|item| item.inlines(links)).collect::<Result<_, _>>()?;
                Block::List { numbered, items }
            }
            Open::Notice { title, text } => {
                let text = text.map_or_else(|| Ok(Vec::new()), |text| text.inlines(links))?;
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
