//! The letter of a notice: as plain text, and as HTML for mail programs that show it.
//!
//! The HTML is one column of tables with styles in the tags: mail programs drop most others. It loads nothing.

use url::Url;

use crate::domain::markdown::{Block, Inline};
use crate::domain::notice_text::WrittenNotice;

/// The first line of each letter.
const GREETING: &str = "Здравствуйте!";
/// The words before the address of the settings.
const CHOOSE: &str = "Выбрать, о чём вам писать";
/// The words before the address that ends such letters.
const UNSUBSCRIBE: &str = "Отписаться от таких писем";
/// Hosts that may be reached without TLS: this machine, in the demo.
const LOOPBACK: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

/// What surrounds the text of a notice in a letter.
#[derive(Clone, Copy)]
pub(in crate::service) struct LetterFrame<'a> {
    /// The portal's name.
    pub portal_name: &'a str,
    /// The portal's address, without a trailing slash.
    pub public_url: &'a str,
    /// The e-mail address of support.
    pub support_email: &'a str,
    /// The page where a user chooses notices and channels.
    pub settings_url: &'a str,
    /// The address that ends letters of this kind without a sign-in; `None`: they cannot be ended.
    pub unsubscribe_url: Option<&'a str>,
}

impl LetterFrame<'_> {
    /// The address, that of a page of the portal made absolute.
    fn absolute(&self, address: &str) -> String {
        let is_path = address.starts_with('/') && !address.starts_with("//");
        if is_path { format!("{}{address}", self.public_url) } else { address.to_owned() }
    }

    /// An address that a letter may link to, as a mail program understands it; `None` for another.
    fn target(&self, address: &str) -> Option<String> {
        let url = Url::parse(&self.absolute(address)).ok()?;
        let is_allowed = match (url.scheme(), url.host_str()) {
            ("https", Some(_)) | ("mailto" | "tel", None) => true,
            ("http", Some(host)) => LOOPBACK.contains(&host),
            _ => false,
        };
        is_allowed.then(|| url.into())
    }
}

/// The letter as plain text. A paragraph is one line, which the mail program wraps.
pub(in crate::service) fn plain(notice: &WrittenNotice, frame: &LetterFrame<'_>) -> String {
    let LetterFrame { portal_name, public_url, support_email, settings_url, unsubscribe_url } = frame;
    let mut parts = vec![GREETING.to_owned()];
    parts.extend(notice.letter.iter().map(|block| plain_block(block, frame)));
    parts.push(format!("{portal_name}\n{public_url}\nПоддержка: {support_email}"));
    let unsubscribe = unsubscribe_url.map(|address| format!("\n{UNSUBSCRIBE}: {address}")).unwrap_or_default();
    parts.push(format!("{CHOOSE}: {settings_url}{unsubscribe}\n"));
    parts.join("\n\n")
}

fn plain_block(block: &Block, frame: &LetterFrame<'_>) -> String {
    match block {
        Block::Heading(text) => text.clone(),
        Block::Paragraph(line) => plain_line(line, frame),
        Block::List { numbered, items } => {
            let item = |(at, line): (usize, &Vec<Inline>)| {
                let mark = if *numbered { format!("{}.", at + 1) } else { "—".to_owned() };
                format!("{mark} {}", plain_line(line, frame))
            };
            items.iter().enumerate().map(item).collect::<Vec<_>>().join("\n")
        }
        Block::Notice { title, text } => format!("{title}\n{}", plain_line(text, frame)),
    }
}

fn plain_line(line: &[Inline], frame: &LetterFrame<'_>) -> String {
    line.iter().map(|piece| plain_piece(piece, frame)).collect()
}

fn plain_piece(piece: &Inline, frame: &LetterFrame<'_>) -> String {
    let (text, address) = match piece {
        Inline::Text(text) | Inline::Strong(text) => return text.clone(),
        Inline::Link { text, address } => (text, address),
    };
    if frame.target(address).is_none() {
        return text.clone();
    }
    // A reader knows a phone or a mail address without its scheme.
    let bare = ["mailto:", "tel:"].iter().find_map(|scheme| address.strip_prefix(scheme));
    let shown = bare.map_or_else(|| frame.absolute(address), str::to_owned);
    if *text == shown { shown } else { format!("{text}: {shown}") }
}

/// The colours of a scheme.
struct Palette {
    page: &'static str,
    sheet: &'static str,
    words: &'static str,
    quiet: &'static str,
    link: &'static str,
    button: &'static str,
    on_button: &'static str,
}

const LIGHT: Palette = Palette {
    page: "#f0f4f6",
    sheet: "#ffffff",
    words: "#1a2328",
    quiet: "#51606a",
    link: "#0b5a6e",
    button: "#0b5a6e",
    on_button: "#ffffff",
};
const DARK: Palette = Palette {
    page: "#11171a",
    sheet: "#1b2429",
    words: "#e9eff2",
    quiet: "#aebac1",
    link: "#7fcbe0",
    button: "#7fcbe0",
    on_button: "#0c191e",
};

/// Fonts of the reader's machine; large letters, because many readers are old.
const FONT: &str = "font-family:-apple-system,'Segoe UI',Roboto,Arial,sans-serif;font-size:18px;line-height:1.5";
/// The attributes of a table that only places things.
const TABLE: &str = "role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\"";
/// Outlook for Windows knows no greatest width.
const OUTLOOK_OPENS: &str = "<!--[if mso]><table role=\"presentation\" width=\"600\"><tr><td><![endif]-->";
/// The end of Outlook's own table.
const OUTLOOK_CLOSES: &str = "<!--[if mso]></td></tr></table><![endif]-->";

/// The letter as HTML.
pub(in crate::service) fn html(notice: &WrittenNotice, frame: &LetterFrame<'_>) -> String {
    let Palette { page, sheet, words, quiet, .. } = LIGHT;
    let title = escaped(&notice.subject.replace('\n', " "));
    let (portal, name) = (escaped(&notice.portal), escaped(frame.portal_name));
    let letter: String = notice.letter.iter().map(|block| html_block(block, frame)).collect();
    let (dark, foot) = (dark_style(), html_foot(frame));
    format!(
        "<!doctype html>\n<html lang=\"ru\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n<style>{dark}</style>\n</head>\n\
         <body class=\"page\" style=\"margin:0;padding:0;background:{page}\">\n\
         <div style=\"display:none;max-height:0;overflow:hidden\">{portal}</div>\n\
         <table {TABLE} width=\"100%\" class=\"page\" style=\"background:{page}\"><tr>\
         <td align=\"center\" style=\"padding:16px 8px\">\n{OUTLOOK_OPENS}\n\
         <table {TABLE} width=\"100%\" class=\"sheet\" style=\"max-width:600px;background:{sheet};border-radius:12px\"><tr>\
         <td class=\"words\" align=\"left\" style=\"padding:24px 16px;{FONT};color:{words};word-break:break-word\">\n\
         <p class=\"quiet\" style=\"margin:0 0 8px;font-size:16px;color:{quiet}\">{name}</p>\n\
         <h1 style=\"margin:0 0 16px;font-size:24px;line-height:1.3\">{title}</h1>\n\
         <p style=\"margin:0 0 16px\">{GREETING}</p>\n{letter}{foot}</td></tr></table>\n{OUTLOOK_CLOSES}\n\
         </td></tr></table>\n</body>\n</html>\n"
    )
}

/// Mail programs that know no dark scheme drop it, and keep the colours in the tags.
fn dark_style() -> String {
    let Palette { page, sheet, words, quiet, link, button, on_button } = DARK;
    format!(
        "@media (prefers-color-scheme:dark){{.page{{background:{page}!important}}.sheet{{background:{sheet}!important}}\
         .words{{color:{words}!important}}.quiet{{color:{quiet}!important}}.link{{color:{link}!important}}\
         .button{{background:{button}!important;color:{on_button}!important}}}}"
    )
}

fn html_block(block: &Block, frame: &LetterFrame<'_>) -> String {
    match block {
        Block::Heading(text) => heading(text),
        Block::Paragraph(line) => lone_link(line, frame)
            .map_or_else(|| paragraph(&html_line(line, frame)), |(text, target)| button(text, &target)),
        Block::List { numbered, items } => list(*numbered, items, frame),
        Block::Notice { title, text } => {
            let (title, text) = (heading(title), paragraph(&html_line(text, frame)));
            let border = LIGHT.link;
            format!(
                "<div style=\"margin:0 0 16px;padding:0 0 0 12px;border-left:4px solid {border}\">\n{title}{text}</div>\n"
            )
        }
    }
}

fn heading(text: &str) -> String {
    let text = escaped(text);
    format!("<h2 style=\"margin:0 0 8px;font-size:20px;line-height:1.3\">{text}</h2>\n")
}

fn paragraph(html: &str) -> String {
    format!("<p style=\"margin:0 0 16px\">{html}</p>\n")
}

fn list(numbered: bool, items: &[Vec<Inline>], frame: &LetterFrame<'_>) -> String {
    let tag = if numbered { "ol" } else { "ul" };
    let item = |line: &Vec<Inline>| ["<li style=\"margin:0 0 8px\">", &html_line(line, frame), "</li>\n"].concat();
    let items: String = items.iter().map(item).collect();
    format!("<{tag} style=\"margin:0 0 16px;padding:0 0 0 24px\">\n{items}</{tag}>\n")
}

/// The words and the address of a paragraph that is only a link.
fn lone_link<'a>(line: &'a [Inline], frame: &LetterFrame<'_>) -> Option<(&'a str, String)> {
    match line {
        [Inline::Link { text, address }] => Some((text, frame.target(address)?)),
        _ => None,
    }
}

/// A cell with a link that fills it: a button in every mail program.
fn button(text: &str, target: &str) -> String {
    let Palette { button, on_button, .. } = LIGHT;
    let (text, target) = (escaped(text), escaped(target));
    format!(
        "<table {TABLE} style=\"margin:0 0 16px\"><tr>\
         <td class=\"button\" align=\"center\" bgcolor=\"{button}\" style=\"background:{button};border-radius:8px\">\
         <a class=\"button\" href=\"{target}\" style=\"display:inline-block;padding:14px 24px;border-radius:8px;\
         background:{button};color:{on_button};font-weight:bold;text-decoration:none\">{text}</a></td></tr></table>\n"
    )
}

fn html_foot(frame: &LetterFrame<'_>) -> String {
    let LetterFrame { public_url, support_email, settings_url, unsubscribe_url, .. } = frame;
    let quiet = LIGHT.quiet;
    let site = link(public_url, public_url, frame);
    let support = link(support_email, &format!("mailto:{support_email}"), frame);
    let choose = link(CHOOSE, settings_url, frame);
    let unsubscribe = unsubscribe_url.map(|address| ["<br>\n", &link(UNSUBSCRIBE, address, frame)].concat());
    let unsubscribe = unsubscribe.unwrap_or_default();
    format!(
        "<p class=\"quiet\" style=\"margin:24px 0 0;font-size:16px;color:{quiet}\">{site}<br>\nПоддержка: {support}<br>\n\
         {choose}{unsubscribe}</p>\n"
    )
}

fn html_line(line: &[Inline], frame: &LetterFrame<'_>) -> String {
    line.iter().map(|piece| html_piece(piece, frame)).collect()
}

fn html_piece(piece: &Inline, frame: &LetterFrame<'_>) -> String {
    match piece {
        Inline::Text(text) => escaped(text),
        Inline::Strong(text) => ["<strong>", &escaped(text), "</strong>"].concat(),
        Inline::Link { text, address } => link(text, address, frame),
    }
}

/// A link, or only its words where the address is not allowed.
fn link(text: &str, address: &str, frame: &LetterFrame<'_>) -> String {
    let (text, colour) = (escaped(text), LIGHT.link);
    let Some(target) = frame.target(address) else { return text };
    let target = escaped(&target);
    format!("<a class=\"link\" href=\"{target}\" style=\"color:{colour}\">{text}</a>")
}

/// A text without marks of HTML; its line breaks stay.
fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            '\n' => html.push_str("<br>\n"),
            other => html.push(other),
        }
    }
    html
}

#[cfg(test)]
mod tests;
