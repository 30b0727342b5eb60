//! Notices with made-up values, for `kabinet notice preview`, the page `/demo/notices` and the tests of the texts.

use super::letter::{LetterFrame, html, plain};
use crate::domain::markdown::paragraphs;
use crate::domain::notice::NoticeKind;
use crate::domain::notice_preview::NoticePreview;
use crate::domain::notice_text::{NoticeTexts, NoticeValues};

/// As long as a real one: the length of an SMS counts.
const ID: &str = "k3v7m2q9x4t8w5z6y2r7p3n8d4";
/// The text of the announcement, as an operator writes it.
const ANNOUNCEMENT: &str = "4 декабря с 9:00 до 17:00 **газа не будет**: меняем участок газопровода.\n\n\
     - Закройте краны у плиты и котла.\n- Утром проверьте, что газ появился.\n\n\
     Пахнет газом? Звоните [104](tel:104).";

/// Each kind with its made-up values, in the order of the settings page.
pub fn previews(texts: &NoticeTexts, portal_name: &str, public_url: &str, support_email: &str) -> Vec<NoticePreview> {
    let settings_url = format!("{public_url}/settings/notices");
    let unsubscribe_url = format!("{public_url}/unsubscribe/{ID}");
    let preview = |kind: NoticeKind| {
        let written = texts.of(kind).write(&values(kind, public_url));
        let frame = LetterFrame {
            portal_name,
            public_url,
            support_email,
            settings_url: &settings_url,
            unsubscribe_url: kind.why_always().is_none().then_some(unsubscribe_url.as_str()),
        };
        NoticePreview { kind, plain: plain(&written, &frame), html: html(&written, &frame), written }
    };
    NoticeKind::ALL.into_iter().map(preview).collect()
}

/// Values of each placeholder of a kind.
fn values(kind: NoticeKind, public_url: &str) -> NoticeValues {
    let of_account = NoticeValues::default()
        .with("account", "12345678")
        .with("place", "ул. Береговая, д. 1, кв. 2")
        .with("provider", "Газ Тихоярска")
        .with("link", format!("{public_url}{}", page(kind)));
    match kind {
        NoticeKind::NewReceipt => of_account
            .with("period", "октябрь 2026")
            .with("sum", "1\u{a0}995,34\u{a0}₽")
            .with("until", "15\u{a0}декабря"),
        NoticeKind::DueSoon => of_account
            .with("sum", "1\u{a0}995,34\u{a0}₽")
            .with("until", "15\u{a0}декабря")
            .with("when", "через 3\u{a0}дня"),
        NoticeKind::ReadingsOpen | NoticeKind::ReadingsClose => of_account.with("until", "25\u{a0}ноября"),
        NoticeKind::Verification => {
            of_account.with("meter", "Счётчик газа № 123456").with("state", "закончится 5\u{a0}декабря 2026")
        }
        NoticeKind::PaymentAccepted | NoticeKind::PaymentCredited => {
            of_account.with("sum", "1\u{a0}995,34\u{a0}₽").with("date", "27\u{a0}ноября 2026")
        }
        NoticeKind::Debt => of_account
            .with("sum", "4\u{a0}120,80\u{a0}₽")
            .with("months", "август и сентябрь 2026")
            .with("notice_days", "20\u{a0}дней"),
        NoticeKind::Announcement => of_account
            .with("title", "Плановые работы 4\u{a0}декабря")
            .with("text", "4\u{a0}декабря с 9:00 до 17:00 газа не будет: меняем участок газопровода.")
            .with_blocks(paragraphs(ANNOUNCEMENT).unwrap_or_default()),
        NoticeKind::Answer => of_account.with("question", "Почему выросла сумма?").with(
            "answer",
            "В октябре начался отопительный сезон, и газа ушло больше.\n\nПохожий расход был и год назад.",
        ),
        NoticeKind::Security => of_account.with("event", "Пароль вашего кабинета изменён 27\u{a0}ноября в 14:05."),
    }
}

/// The page that a notice leads to: as long as the real address.
fn page(kind: NoticeKind) -> String {
    match kind {
        NoticeKind::NewReceipt => format!("/accounts/{ID}/receipt"),
        NoticeKind::DueSoon => format!("/accounts/{ID}/pay"),
        NoticeKind::ReadingsOpen | NoticeKind::ReadingsClose => format!("/accounts/{ID}/readings"),
        NoticeKind::Verification => format!("/accounts/{ID}"),
        NoticeKind::PaymentAccepted | NoticeKind::PaymentCredited => format!("/payments/{ID}"),
        NoticeKind::Debt => format!("/accounts/{ID}/debt"),
        NoticeKind::Announcement => format!("/announcements/{ID}"),
        NoticeKind::Answer => format!("/feedback/{ID}"),
        NoticeKind::Security => "/settings/security".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::texts::notices::built_in;
    use crate::domain::notice_preview::sms_parts;
    use crate::domain::notice_text::placeholders_of;

    /// Most parts of an SMS with usual values: each is paid for.
    const MAX_PARTS: usize = 3;

    fn made_up() -> Vec<NoticePreview> {
        previews(&built_in().unwrap(), "Личный кабинет", "https://lk.example.ru", "support@example.ru")
    }

    #[test]
    fn each_placeholder_of_each_kind_has_a_made_up_value() {
        for kind in NoticeKind::ALL {
            let values = values(kind, "https://lk.example.ru");
            for name in placeholders_of(kind) {
                assert!(values.of(name).is_some_and(|value| !value.is_empty()), "{kind:?}: {name}");
            }
        }
    }

    #[test]
    fn each_built_in_text_is_whole_with_its_values() {
        let previews = made_up();
        assert_eq!(previews.len(), NoticeKind::ALL.len());
        for preview in previews {
            let written = &preview.written;
            for text in [&written.subject, &written.portal, &written.sms, &preview.plain] {
                let is_whole = !text.contains(['{', '}', '[', ']']) && !text.contains("**") && !text.contains("  ");
                assert!(is_whole, "{:?}: {text}", preview.kind);
            }
            assert!(
                preview.plain.contains("https://lk.example.ru/") && written.sms.contains("https://"),
                "{preview:?}"
            );
        }
    }

    #[test]
    fn each_built_in_sms_is_short() {
        for NoticePreview { kind, written, .. } in made_up() {
            assert!(sms_parts(&written.sms) <= MAX_PARTS, "{kind:?}: {}", written.sms);
        }
    }

    #[test]
    fn letters_of_the_law_and_of_security_cannot_be_ended() {
        for preview in made_up() {
            let has_end = preview.plain.contains("/unsubscribe/") && preview.html.contains("/unsubscribe/");
            assert_eq!(has_end, preview.kind.why_always().is_none(), "{:?}", preview.kind);
        }
    }
}
