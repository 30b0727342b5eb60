use palette::Srgb;
use palette::color_difference::Wcag21RelativeContrast as _;
use proptest::prelude::*;

use super::*;
use crate::config::texts::notices::built_in;
use crate::domain::markdown::letter;
use crate::domain::notice::NoticeKind;
use crate::domain::notice_text::{NoticeText, NoticeValues, placeholders_of};

/// WCAG 2.2, 1.4.3: contrast between text and its ground.
const CONTRAST_LEAST: f32 = 4.5;
const LINK: &str = "https://lk.example.ru/pay/1";

fn frame() -> LetterFrame<'static> {
    LetterFrame {
        portal_name: "Газ Тихоярска",
        public_url: "https://lk.example.ru",
        support_email: "support@example.ru",
        settings_url: "https://lk.example.ru/settings",
        unsubscribe_url: Some("https://lk.example.ru/unsubscribe/k1"),
    }
}

fn notice(text: &str) -> WrittenNotice {
    let texts = ["Тема <1>", "Коротко", ""].map(str::to_owned);
    let [subject, portal, sms] = texts;
    let values = NoticeValues::default().with("link", LINK).with("sum", "<b>10</b>").with("answer", "раз\nдва");
    NoticeText { subject, portal, sms, letter: letter(text, 1).unwrap() }.write(&values)
}

/// Every kind of block.
fn every_block() -> WrittenNotice {
    notice(
        "К оплате **{sum}**, [правила](https://example.ru/a?b=1&c=2).\n\n## Что делать\n\n- Раз\n- Два\n\n1. Три\n2. Четыре\n\n\
         > ## Важно\n> Звоните [104](tel:104).\n\n[Оплатить]({link})\n\n{answer}",
    )
}

/// The marks of HTML, in order, without line breaks.
fn marks(html: &str) -> Vec<&str> {
    let mut rest = html;
    let mut found = Vec::new();
    while let Some((_, after)) = rest.split_once('<') {
        let (mark, tail) = after.split_once('>').unwrap_or((after, ""));
        found.push(mark);
        rest = tail;
    }
    found.retain(|mark| *mark != "br");
    found
}

#[test]
fn a_plain_letter_has_each_block_and_a_foot() {
    let expected = "Здравствуйте!\n\n\
        К оплате <b>10</b>, правила: https://example.ru/a?b=1&c=2.\n\n\
        Что делать\n\n\
        — Раз\n— Два\n\n\
        1. Три\n2. Четыре\n\n\
        Важно\nЗвоните 104.\n\n\
        Оплатить: https://lk.example.ru/pay/1\n\n\
        раз\nдва\n\n\
        Газ Тихоярска\nhttps://lk.example.ru\nПоддержка: support@example.ru\n\n\
        Выбрать, о чём вам писать: https://lk.example.ru/settings\n\
        Отписаться от таких писем: https://lk.example.ru/unsubscribe/k1\n";
    assert_eq!(plain(&every_block(), &frame()), expected);
}

#[test]
fn a_letter_that_cannot_be_ended_has_no_address_for_it() {
    let frame = LetterFrame { unsubscribe_url: None, ..frame() };
    for letter in [plain(&every_block(), &frame), html(&every_block(), &frame)] {
        assert!(
            letter.contains(CHOOSE) && !letter.contains(UNSUBSCRIBE) && !letter.contains("/unsubscribe"),
            "{letter}"
        );
    }
}

#[test]
fn a_letter_in_html_has_each_block_and_a_foot() {
    let html = html(&every_block(), &frame());
    let (head, body) = html.split_once("<p style=\"margin:0 0 16px\">Здравствуйте!</p>\n").unwrap();
    for part in ["<html lang=\"ru\">", "<title>Тема &lt;1&gt;</title>", ">Коротко</div>", ">Газ Тихоярска</p>"]
    {
        assert!(head.contains(part), "{part}: {head}");
    }
    let expected = "<p style=\"margin:0 0 16px\">К оплате <strong>&lt;b&gt;10&lt;/b&gt;</strong>, \
        <a class=\"link\" href=\"https://example.ru/a?b=1&amp;c=2\" style=\"color:#0b5a6e\">правила</a>.</p>\n\
        <h2 style=\"margin:0 0 8px;font-size:20px;line-height:1.3\">Что делать</h2>\n\
        <ul style=\"margin:0 0 16px;padding:0 0 0 24px\">\n\
        <li style=\"margin:0 0 8px\">Раз</li>\n<li style=\"margin:0 0 8px\">Два</li>\n</ul>\n\
        <ol style=\"margin:0 0 16px;padding:0 0 0 24px\">\n\
        <li style=\"margin:0 0 8px\">Три</li>\n<li style=\"margin:0 0 8px\">Четыре</li>\n</ol>\n\
        <div style=\"margin:0 0 16px;padding:0 0 0 12px;border-left:4px solid #0b5a6e\">\n\
        <h2 style=\"margin:0 0 8px;font-size:20px;line-height:1.3\">Важно</h2>\n\
        <p style=\"margin:0 0 16px\">Звоните <a class=\"link\" href=\"tel:104\" style=\"color:#0b5a6e\">104</a>.</p>\n\
        </div>\n\
        <table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"margin:0 0 16px\"><tr>\
        <td class=\"button\" align=\"center\" bgcolor=\"#0b5a6e\" style=\"background:#0b5a6e;border-radius:8px\">\
        <a class=\"button\" href=\"https://lk.example.ru/pay/1\" style=\"display:inline-block;padding:14px 24px;\
        border-radius:8px;background:#0b5a6e;color:#ffffff;font-weight:bold;text-decoration:none\">Оплатить</a>\
        </td></tr></table>\n\
        <p style=\"margin:0 0 16px\">раз<br>\nдва</p>\n\
        <p class=\"quiet\" style=\"margin:24px 0 0;font-size:16px;color:#51606a\">\
        <a class=\"link\" href=\"https://lk.example.ru/\" style=\"color:#0b5a6e\">https://lk.example.ru</a><br>\n\
        Поддержка: <a class=\"link\" href=\"mailto:support@example.ru\" style=\"color:#0b5a6e\">support@example.ru</a><br>\n\
        <a class=\"link\" href=\"https://lk.example.ru/settings\" style=\"color:#0b5a6e\">Выбрать, о чём вам писать</a><br>\n\
        <a class=\"link\" href=\"https://lk.example.ru/unsubscribe/k1\" style=\"color:#0b5a6e\">Отписаться от таких писем</a>\
        </p>\n\
        </td></tr></table>\n<!--[if mso]></td></tr></table><![endif]-->\n</td></tr></table>\n</body>\n</html>\n";
    assert_eq!(body, expected);
}

#[test]
fn a_letter_loads_nothing_and_runs_nothing() {
    let html = html(&every_block(), &frame());
    for mark in ["<img", "<script", "<link", "<iframe", "<form", "@import", "url(", "src="] {
        assert!(!html.contains(mark), "{mark}: {html}");
    }
    assert!(html.contains("max-width:600px") && html.contains("prefers-color-scheme:dark"), "{html}");
}

#[test]
fn only_addresses_of_the_web_of_mail_and_of_phones_become_links() {
    for (address, target) in [
        ("https://example.ru/a", Some("https://example.ru/a")),
        ("http://127.0.0.1:3000/a", Some("http://127.0.0.1:3000/a")),
        ("mailto:a@example.ru", Some("mailto:a@example.ru")),
        ("tel:104", Some("tel:104")),
        ("/feedback", Some("https://lk.example.ru/feedback")),
        ("http://example.ru/a", None),
        ("//example.ru/a", None),
        ("#anchor", None),
        ("javascript:alert(1)", None),
        ("java\nscript:alert(1)", None),
        (" data:text/html,a", None),
        ("", None),
    ] {
        assert_eq!(frame().target(address).as_deref(), target, "{address}");
    }
    let strange = Inline::Link { text: "слова".to_owned(), address: "javascript:alert(1)".to_owned() };
    assert_eq!(plain_piece(&strange, &frame()), "слова");
    assert_eq!(html_piece(&strange, &frame()), "слова");
}

#[test]
fn text_can_be_read_in_both_schemes() {
    for Palette { page, sheet, words, quiet, link, button, on_button } in [LIGHT, DARK] {
        let colour = |hex: &str| hex.trim_start_matches('#').parse::<Srgb<u8>>().unwrap().into_format::<f32>();
        for (text, ground) in [(words, sheet), (words, page), (quiet, sheet), (link, sheet), (on_button, button)] {
            let contrast = colour(text).relative_contrast(colour(ground));
            assert!(contrast >= CONTRAST_LEAST, "{text} on {ground}: {contrast}");
        }
    }
}

proptest! {
    #[test]
    fn no_value_of_a_notice_adds_a_tag_or_an_attribute(
        kind in 0..NoticeKind::ALL.len(), value in "\\PC{0,30}|[<>\"'&=/ a-z\n-]{0,40}",
    ) {
        let kind = NoticeKind::ALL[kind];
        let texts = built_in().unwrap();
        let written = |value: &str| {
            let names = placeholders_of(kind).iter();
            let values = names.fold(NoticeValues::default(), |all, name| {
                all.with(name, if *name == "link" { LINK } else { value })
            });
            texts.of(kind).write(&values)
        };
        let (strange, usual) = (html(&written(&value), &frame()), html(&written("слово"), &frame()));
        prop_assert_eq!(marks(&strange), marks(&usual));
    }

    #[test]
    fn no_address_leaves_its_attribute(address in "(https:|http:|/|tel:)?[<>\"'&=/ a-z:.\n-]{0,40}") {
        let html = link("слова", &address, &frame());
        let quotes = html.matches('"').count();
        prop_assert!(html == "слова" || quotes == 6 && marks(&html).len() == 2, "{}", html);
        let begins = |scheme: &str| html.contains(&format!("href=\"{scheme}"));
        let is_allowed = ["https://", "http://127.0.0.1", "http://localhost", "http://[::1]", "mailto:", "tel:"].into_iter().any(begins);
        prop_assert!(html == "слова" || is_allowed, "{}", html);
    }
}
