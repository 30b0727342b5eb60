//! A notice with made-up values, as each channel brings it: to work on the texts.

use super::notice::NoticeKind;
use super::notice_text::WrittenNotice;

/// A notice with made-up values.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NoticePreview {
    /// The kind.
    pub kind: NoticeKind,
    /// The texts.
    pub written: WrittenNotice,
    /// The letter as plain text.
    pub plain: String,
    /// The letter as HTML.
    pub html: String,
}

/// Characters of an SMS of one part, and of each part of a longer one, in UTF-16.
const UTF_16_PARTS: (usize, usize) = (70, 67);
/// The same where all are letters of ASCII, in the alphabet of GSM.
const ASCII_PARTS: (usize, usize) = (160, 153);

/// How many parts an SMS has; the supplier pays for each.
pub fn sms_parts(text: &str) -> usize {
    let (length, (alone, joined)) =
        if text.is_ascii() { (text.len(), ASCII_PARTS) } else { (text.encode_utf16().count(), UTF_16_PARTS) };
    if length <= alone { 1 } else { length.div_ceil(joined) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_longer_sms_has_shorter_parts() {
        for (length, parts) in [(0, 1), (70, 1), (71, 2), (134, 2), (135, 3), (201, 3), (202, 4)] {
            assert_eq!(sms_parts(&"я".repeat(length)), parts, "{length}");
        }
        for (length, parts) in [(160, 1), (161, 2), (306, 2), (307, 3)] {
            assert_eq!(sms_parts(&"a".repeat(length)), parts, "{length}");
        }
    }
}
