//! The texts of notices: one for each kind, with placeholders that a notice fills with its own values.

use super::markdown::{Block, Inline};
use super::notice::NoticeKind;

/// The values of a notice, by the names of their placeholders.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct NoticeValues {
    words: Vec<(&'static str, String)>,
    /// The text of an announcement: takes the place of a letter's paragraph `{text}`.
    blocks: Vec<Block>,
}

/// The paragraph of a letter that the blocks of an announcement replace.
const BLOCKS: &str = "{text}";

impl NoticeValues {
    /// The values with one more.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.words.push((name, value.into()));
        self
    }

    /// The values with the blocks that take the place of a letter's paragraph `{text}`.
    #[must_use]
    pub fn with_blocks(self, blocks: Vec<Block>) -> Self {
        Self { blocks, ..self }
    }

    /// The value of a placeholder.
    pub fn of(&self, name: &str) -> Option<&str> {
        self.words.iter().find(|(own, _)| *own == name).map(|(_, value)| value.as_str())
    }
}

/// The placeholders that the text of a kind may use, without the braces; the general ones of all texts come in addition.
/// A text of a kind must not use others: its notices have no values for them.
pub const fn placeholders_of(kind: NoticeKind) -> &'static [&'static str] {
    match kind {
        // `period`: «октябрь 2026»; `sum`: the sum due; `until`: the due date in words.
        NoticeKind::NewReceipt => &["account", "place", "provider", "period", "sum", "until", "link"],
        // `when`: «сегодня», «завтра», «через 3 дня».
        NoticeKind::DueSoon => &["account", "place", "provider", "sum", "until", "when", "link"],
        NoticeKind::ReadingsOpen | NoticeKind::ReadingsClose => &["account", "place", "provider", "until", "link"],
        // `meter`: name and serial number; `state`: «закончится 5 декабря 2026» or «закончилась 5 ноября 2026».
        NoticeKind::Verification => &["account", "place", "provider", "meter", "state", "link"],
        NoticeKind::PaymentAccepted | NoticeKind::PaymentCredited => {
            &["account", "place", "provider", "sum", "date", "link"]
        }
        // `months`: «август и сентябрь 2026»; `notice_days`: «20 дней».
        NoticeKind::Debt => &["account", "place", "provider", "sum", "months", "notice_days", "link"],
        // `title` and `text` of the announcement; in a letter `text` is a paragraph of its own.
        NoticeKind::Announcement => &["account", "place", "provider", "title", "text", "link"],
        NoticeKind::Answer => &["question", "answer", "link"],
        NoticeKind::Security => &["event", "link"],
    }
}

/// The text of a kind for each channel. The placeholders are not filled.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NoticeText {
    /// The subject of a letter, and the title in the portal and of a push.
    pub subject: String,
    /// The text in the portal and of a push: a sentence or two.
    pub portal: String,
    /// The SMS.
    pub sms: String,
    /// The letter.
    pub letter: Vec<Block>,
}

/// The text of a notice with its values.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct WrittenNotice {
    /// The subject of a letter, and the title in the portal and of a push.
    pub subject: String,
    /// The text in the portal and of a push.
    pub portal: String,
    /// The SMS.
    pub sms: String,
    /// The letter.
    pub letter: Vec<Block>,
}

impl NoticeText {
    /// The text with the values of a notice.
    pub fn write(&self, values: &NoticeValues) -> WrittenNotice {
        WrittenNotice {
            subject: fill(&self.subject, values),
            portal: fill(&self.portal, values),
            sms: fill(&self.sms, values),
            letter: self.letter.iter().flat_map(|block| filled_blocks(block, values)).collect(),
        }
    }
}

/// The texts of all kinds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NoticeTexts(Vec<(NoticeKind, NoticeText)>);

impl NoticeTexts {
    /// The texts; `None` when a kind has none.
    pub fn new(texts: Vec<(NoticeKind, NoticeText)>) -> Option<Self> {
        let has = |kind: NoticeKind| texts.iter().any(|(of, _)| *of == kind);
        NoticeKind::ALL.into_iter().all(has).then_some(Self(texts))
    }

    /// The text of a kind.
    ///
    /// # Panics
    /// Never: [`Self::new`] refuses texts without one of the kinds.
    pub fn of(&self, kind: NoticeKind) -> &NoticeText {
        let found = self.0.iter().find(|(of, _)| *of == kind);
        &found.expect("`new` refuses texts without one of the kinds").1
    }

    /// Each kind with its text.
    pub fn iter(&self) -> impl Iterator<Item = (NoticeKind, &NoticeText)> {
        self.0.iter().map(|(kind, text)| (*kind, text))
    }
}

/// Fills the placeholders of a checked text. Braces in a value are not expanded.
fn fill(text: &str, values: &NoticeValues) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, tail) = after.split_once('}').unwrap_or((after, ""));
        filled.push_str(before);
        filled.push_str(values.of(name).unwrap_or_default());
        rest = tail;
    }
    filled.push_str(rest);
    filled
}

fn filled_blocks(block: &Block, values: &NoticeValues) -> Vec<Block> {
    match block {
        Block::Paragraph(line) if *line == [Inline::Text(BLOCKS.to_owned())] && !values.blocks.is_empty() => {
            values.blocks.clone()
        }
        block => vec![filled_block(block, values)],
    }
}

fn filled_block(block: &Block, values: &NoticeValues) -> Block {
    let line = |line: &[Inline]| line.iter().map(|piece| filled_piece(piece, values)).collect();
    match block {
        Block::Heading(text) => Block::Heading(fill(text, values)),
        Block::Paragraph(pieces) => Block::Paragraph(line(pieces)),
        Block::List { numbered, items } => {
            Block::List { numbered: *numbered, items: items.iter().map(|item| line(item)).collect() }
        }
        Block::Notice { title, text } => Block::Notice { title: fill(title, values), text: line(text) },
    }
}

fn filled_piece(piece: &Inline, values: &NoticeValues) -> Inline {
    match piece {
        Inline::Text(text) => Inline::Text(fill(text, values)),
        Inline::Strong(text) => Inline::Strong(fill(text, values)),
        Inline::Link { text, address } => Inline::Link { text: fill(text, values), address: fill(address, values) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_fills_each_part_and_expands_no_value() {
        let text = NoticeText {
            subject: "Квитанция за {period}".to_owned(),
            portal: "К оплате {sum}".to_owned(),
            sms: "{sum} {link}".to_owned(),
            letter: vec![Block::Paragraph(vec![
                Inline::Strong("{sum}".to_owned()),
                Inline::Link { text: "Оплатить".to_owned(), address: "{link}".to_owned() },
            ])],
        };
        let values =
            NoticeValues::default().with("period", "октябрь").with("sum", "{period}").with("link", "https://a/b");
        let written = text.write(&values);
        assert_eq!(written.subject, "Квитанция за октябрь");
        assert_eq!(written.portal, "К оплате {period}");
        assert_eq!(written.sms, "{period} https://a/b");
        let link = Inline::Link { text: "Оплатить".to_owned(), address: "https://a/b".to_owned() };
        assert_eq!(written.letter, [Block::Paragraph(vec![Inline::Strong("{period}".to_owned()), link])]);
    }

    #[test]
    fn an_announcement_keeps_its_blocks_in_a_letter() {
        let paragraph = |text: &str| Block::Paragraph(vec![Inline::Text(text.to_owned())]);
        let text = NoticeText {
            subject: String::new(),
            portal: "{text}".to_owned(),
            sms: String::new(),
            letter: vec![paragraph("{title}"), paragraph("{text}")],
        };
        let blocks = vec![Block::Heading("Когда".to_owned()), paragraph("Завтра")];
        let values = NoticeValues::default().with("title", "Работы").with("text", "Завтра").with_blocks(blocks.clone());
        let written = text.write(&values);
        assert_eq!(written.portal, "Завтра");
        assert_eq!(written.letter, [vec![paragraph("Работы")], blocks].concat());
    }

    #[test]
    fn texts_without_one_of_the_kinds_are_no_texts() {
        assert_eq!(NoticeTexts::new(Vec::new()), None);
    }
}
