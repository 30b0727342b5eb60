//! The texts of notices, one file for each kind in `texts/notices/`, and a supplier's own in a folder of the settings.

use crate::domain::markdown::{Block, Inline};
use crate::domain::notice::NoticeKind;
use crate::domain::notice_text::{NoticeText, NoticeTexts};

/// The built-in texts.
///
/// # Errors
/// When a text is not valid; the message names the file and the line.
pub fn built_in() -> Result<NoticeTexts, String> {
    let text = |kind: NoticeKind| NoticeText {
        subject: kind.title().to_owned(),
        portal: kind.title().to_owned(),
        sms: kind.title().to_owned(),
        letter: vec![Block::Paragraph(vec![Inline::Text(kind.title().to_owned())])],
    };
    NoticeTexts::new(NoticeKind::ALL.into_iter().map(|kind| (kind, text(kind))).collect())
        .ok_or_else(|| "a kind has no text".to_owned())
}
