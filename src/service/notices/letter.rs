//! Letters of notices, as plain text and as HTML.

use crate::domain::notice_text::WrittenNotice;

/// What is around the text of a letter.
pub(super) struct LetterFrame<'a> {
    /// The portal's address.
    pub public_url: &'a str,
    /// The support's address.
    pub support_email: &'a str,
    /// The page where a user chooses what to receive.
    pub settings_url: &'a str,
    /// The address that ends such letters.
    pub unsubscribe_url: Option<&'a str>,
}

/// The letter as plain text.
pub(super) fn plain(written: &WrittenNotice, frame: &LetterFrame<'_>) -> String {
    format!("{}\n{}\n{}\n{}\n{:?}", written.portal, frame.public_url, frame.support_email, frame.settings_url, frame.unsubscribe_url)
}

/// The letter as HTML.
pub(super) fn html(written: &WrittenNotice, _frame: &LetterFrame<'_>) -> String {
    written.portal.clone()
}
