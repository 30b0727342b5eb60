//! The texts of notices, one file for each kind in `texts/notices/`, and a supplier's own in a folder of the settings.
//!
//! A file begins with the lines `subject: …`, `portal: …` and `sms: …`. An empty line and the letter follow.

use std::fs::DirEntry;
use std::path::Path;

use super::placeholder::{Values, fill, placeholders_beside};
use crate::domain::markdown::{TextFault, letter};
use crate::domain::notice::NoticeKind;
use crate::domain::notice_text::{NoticeText, NoticeTexts, placeholders_of};

/// Longest subject, in characters, placeholders not filled: a phone shows about a third of it.
const MAX_SUBJECT: usize = 120;
/// Longest text in the portal and of a push, in characters, placeholders not filled: a push shows about four lines.
const MAX_PORTAL: usize = 300;
/// Longest SMS, in characters, placeholders not filled: two parts of an SMS in Cyrillic; values may add a third.
const MAX_SMS: usize = 134;

/// The names of the lines before the letter.
const HEAD: [&str; 3] = ["subject", "portal", "sms"];

/// The text of each kind that is compiled into this program.
const fn built_in_text(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::NewReceipt => include_str!("../../../texts/notices/new-receipt.md"),
        NoticeKind::DueSoon => include_str!("../../../texts/notices/due-soon.md"),
        NoticeKind::ReadingsOpen => include_str!("../../../texts/notices/readings-open.md"),
        NoticeKind::ReadingsClose => include_str!("../../../texts/notices/readings-close.md"),
        NoticeKind::Verification => include_str!("../../../texts/notices/verification.md"),
        NoticeKind::PaymentAccepted => include_str!("../../../texts/notices/payment-accepted.md"),
        NoticeKind::PaymentCredited => include_str!("../../../texts/notices/payment-credited.md"),
        NoticeKind::Debt => include_str!("../../../texts/notices/debt.md"),
        NoticeKind::Announcement => include_str!("../../../texts/notices/announcement.md"),
        NoticeKind::Answer => include_str!("../../../texts/notices/answer.md"),
        NoticeKind::Security => include_str!("../../../texts/notices/security.md"),
    }
}

/// The built-in texts.
///
/// # Errors
/// When a text is not valid; the message names the file and the line.
pub fn built_in() -> Result<NoticeTexts, String> {
    read(None)
}

/// The built-in texts, those with a file in the folder replaced by it. The placeholders are not filled.
///
/// # Errors
/// When the folder or a file cannot be read, a file belongs to no kind, or a text is not valid; the message names the
/// file and the line.
pub(super) fn read(folder: Option<&Path>) -> Result<NoticeTexts, String> {
    let own = folder.map_or_else(|| Ok(Vec::new()), own_texts)?;
    let text = |kind: NoticeKind| match own.iter().find(|(of, _)| *of == kind) {
        Some((_, text)) => Ok((kind, text.clone())),
        None => parse(kind, built_in_text(kind))
            .map(|text| (kind, text))
            .map_err(|fault| format!("texts/notices/{}: {fault}", file_name(kind))),
    };
    let texts: Vec<_> = NoticeKind::ALL.into_iter().map(text).collect::<Result<_, String>>()?;
    NoticeTexts::new(texts).ok_or_else(|| "a kind has no text".to_owned())
}

fn file_name(kind: NoticeKind) -> String {
    format!("{}.md", kind.as_str())
}

/// The texts in a folder.
fn own_texts(folder: &Path) -> Result<Vec<(NoticeKind, NoticeText)>, String> {
    let told = |error: std::io::Error| format!("{} cannot be read: {error}", folder.display());
    let entries = std::fs::read_dir(folder).map_err(told)?.collect::<Result<Vec<_>, _>>().map_err(told)?;
    entries.iter().filter(|entry| !is_hidden(entry)).map(own_text).collect()
}

/// Hidden files belong to the system: version control, mounted folders.
fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().to_string_lossy().starts_with('.')
}

fn own_text(entry: &DirEntry) -> Result<(NoticeKind, NoticeText), String> {
    let (path, name) = (entry.path(), entry.file_name());
    let kind = NoticeKind::ALL.into_iter().find(|kind| *name == *file_name(*kind));
    let kind = kind.ok_or_else(|| {
        let known = NoticeKind::ALL.map(file_name).join(", ");
        format!("{} belongs to no notice; the files are {known}", path.display())
    })?;
    let text = super::read(&path).and_then(|text| parse(kind, &text).map_err(|fault| fault.to_string()));
    text.map(|text| (kind, text)).map_err(|problem| format!("{}: {problem}", path.display()))
}

/// Reads the text of a file.
fn parse(kind: NoticeKind, text: &str) -> Result<NoticeText, TextFault> {
    for (at, line) in text.lines().enumerate() {
        placeholders_beside(line, placeholders_of(kind)).map_err(|problem| TextFault::at(at + 1, problem))?;
    }
    let head = Head::read(text)?;
    let below: Vec<&str> = text.lines().skip(head.lines).collect();
    let letter = letter(&below.join("\n"), head.lines + 1)?;
    if letter.is_empty() {
        return Err(TextFault::at(head.lines + 1, "there is no letter below the first lines"));
    }
    let [subject, portal, sms] = head.values;
    Ok(NoticeText { subject, portal, sms, letter })
}

/// The lines before the letter.
struct Head {
    /// In the order of [`HEAD`].
    values: [String; HEAD.len()],
    /// How many lines there are.
    lines: usize,
}

impl Head {
    fn read(text: &str) -> Result<Self, TextFault> {
        let mut values = [const { String::new() }; HEAD.len()];
        let written: Vec<&str> = text.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
        for (at, line) in written.iter().enumerate() {
            let fault = |problem: String| TextFault::at(at + 1, problem);
            let (index, value) = head_line(line).map_err(fault)?;
            if !values[index].is_empty() {
                return Err(fault(format!("{}: is written twice", HEAD[index])));
            }
            value.clone_into(&mut values[index]);
        }
        let lines = written.len();
        match HEAD.iter().zip(&values).find(|(_, value)| value.is_empty()) {
            Some((missing, _)) => Err(TextFault::at(lines + 1, format!("the line {missing}: … is missing"))),
            None => Ok(Self { values, lines }),
        }
    }
}

/// Which of [`HEAD`] a line is, and its value.
fn head_line(line: &str) -> Result<(usize, &str), String> {
    let unknown = "write the lines subject: …, portal: … and sms: …, then an empty line and the letter";
    let (name, value) = line.split_once(':').ok_or(unknown)?;
    let index = HEAD.iter().position(|known| *known == name).ok_or(unknown)?;
    let (value, most) = (value.trim(), [MAX_SUBJECT, MAX_PORTAL, MAX_SMS][index]);
    match value.chars().count() {
        0 => Err(format!("write words after {name}:")),
        length if length > most => Err(format!("{name}: has {length} characters; write {most} at most")),
        _ => Ok((index, value)),
    }
}

/// The texts with the general placeholders filled; those of a notice stay for its own values.
pub(super) fn filled(texts: &NoticeTexts, values: &Values) -> NoticeTexts {
    let text = |text: &NoticeText| NoticeText {
        subject: fill(&text.subject, values),
        portal: fill(&text.portal, values),
        sms: fill(&text.sms, values),
        letter: text.letter.iter().map(|block| block.filled(values)).collect(),
    };
    NoticeTexts::new(texts.iter().map(|(kind, own)| (kind, text(own))).collect())
        .expect("each kind that had a text has one")
}

/// Each string of the texts, with placeholders not filled.
pub(super) fn strings(texts: &NoticeTexts) -> Vec<&str> {
    let mut found = Vec::new();
    for (_, text) in texts.iter() {
        found.extend([text.subject.as_str(), text.portal.as_str(), text.sms.as_str()]);
        text.letter.iter().for_each(|block| block.note_strings(&mut found));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::super::{Config, OrganisationConfig};
    use super::*;
    use crate::domain::markdown::{Block, Inline};

    const WHOLE: &str = "subject: Платёж {sum}\nportal: Принят\nsms: Принят {link}\n\nСпасибо, {organisation}!\n";

    fn fault(text: &str) -> TextFault {
        parse(NoticeKind::PaymentAccepted, text).unwrap_err()
    }

    /// The texts with a folder that holds one file.
    fn with_file(name: &str, text: &str) -> Result<NoticeTexts, String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(name), text).unwrap();
        std::fs::write(folder.path().join(".gitignore"), "*~").unwrap();
        read(Some(folder.path()))
    }

    #[test]
    fn a_text_has_three_lines_in_any_order_and_a_letter() {
        let text =
            "sms: Принят {link}\r\nsubject: Платёж {sum}\r\nportal: Принят: да\r\n\r\nРаз\r\n\r\n[Два]({link})\r\n";
        let text = parse(NoticeKind::PaymentAccepted, text).unwrap();
        assert_eq!([text.subject, text.portal, text.sms], ["Платёж {sum}", "Принят: да", "Принят {link}"]);
        assert_eq!(text.letter.len(), 2);
    }

    #[test]
    fn a_fault_of_the_first_lines_names_its_line() {
        for (text, line, why) in [
            ("", 1, "subject"),
            ("subject: а\nsms: б\n\nв", 3, "portal"),
            ("subject: а\nportal: б\nportal: в\nsms: г\n\nд", 3, "twice"),
            ("subject: а\nportal:\nsms: г\n\nд", 2, "portal"),
            ("subject: а\ntitle: б\nsms: г\n\nд", 2, "subject"),
            ("subject: а\nпросто слова", 2, "subject"),
            ("subject: {summ}\nportal: б\nsms: г\n\nд", 1, "{summ}"),
            ("subject: а\nportal: {period}\nsms: г\n\nд", 2, "{period}"),
        ] {
            let fault = fault(text);
            assert!(fault.line == line && fault.problem.contains(why), "{text}: {fault}");
        }
    }

    #[test]
    fn a_fault_of_the_letter_names_its_line() {
        let head = "subject: а\nportal: б\nsms: в\n\n";
        for (letter, line) in [("", 4), ("раз\n\n{date\n", 7), ("раз\nдва {question}", 6), ("**раз", 5), ("# Раз", 5)]
        {
            assert_eq!(fault(&format!("{head}{letter}")).line, line, "{letter}");
        }
        assert_eq!(fault(&format!("{head}[раз](/pay)")).line, 5);
    }

    #[test]
    fn too_long_lines_are_refused_with_their_limit() {
        let long =
            |name: &str, length: usize| WHOLE.replace(&format!("{name}: "), &format!("{name}: {}", "а".repeat(length)));
        for (name, most, line) in [("subject", MAX_SUBJECT, 1), ("portal", MAX_PORTAL, 2), ("sms", MAX_SMS, 3)] {
            let fault = fault(&long(name, most));
            assert!(fault.line == line && fault.problem.contains(&most.to_string()), "{fault}");
        }
    }

    #[test]
    fn a_suppliers_file_takes_the_place_of_one_text() {
        let own = with_file("payment-accepted.md", &format!("\u{feff}{WHOLE}")).unwrap();
        let built_in = built_in().unwrap();
        assert_eq!(own.of(NoticeKind::PaymentAccepted).subject, "Платёж {sum}");
        for kind in NoticeKind::ALL.into_iter().filter(|kind| *kind != NoticeKind::PaymentAccepted) {
            assert_eq!(own.of(kind), built_in.of(kind));
        }
    }

    #[test]
    fn a_file_that_cannot_be_used_is_named_with_its_line() {
        let told = with_file("payment.md", WHOLE).unwrap_err();
        assert!(told.contains("payment.md belongs to no notice") && told.contains("payment-accepted.md"), "{told}");
        let told = with_file("answer.md", WHOLE).unwrap_err();
        assert!(
            told.contains("answer.md: line 1: ") && told.contains("{sum}") && told.contains("{question}"),
            "{told}"
        );
        let told = with_file("debt.md", &"а".repeat(200_000)).unwrap_err();
        assert!(told.contains("debt.md: has 400000 bytes"), "{told}");
        assert!(read(Some(Path::new("none"))).unwrap_err().contains("none cannot be read"));
    }

    #[test]
    fn general_placeholders_are_filled_and_those_of_a_notice_stay() {
        let values = Values::new(&Config::default(), OrganisationConfig::default().or_made_up());
        let filled = filled(&with_file("payment-accepted.md", WHOLE).unwrap(), &values);
        let text = filled.of(NoticeKind::PaymentAccepted);
        assert_eq!(text.subject, "Платёж {sum}");
        assert_eq!(text.letter, [Block::Paragraph(vec![Inline::Text("Спасибо, ООО «Газ Тихоярска»!".to_owned())])]);
    }
}
