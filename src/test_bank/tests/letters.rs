//! Letters in HTML and made-up notices.

use super::*;
use crate::config::texts::notices::built_in;
use crate::domain::notice::NoticeKind;
use crate::domain::notice_preview::NoticePreview;
use crate::gateway::mail::Attachment;
use crate::service::notices::sample::previews;

/// The policy of a letter in HTML: its own styles, and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'";

pub(super) fn made_up_notices() -> Arc<[NoticePreview]> {
    previews(&built_in().unwrap(), "Кабинет", "http://127.0.0.1:3000", "support@example.ru").into()
}

fn assert_letter(seen: &Seen, part: &str) {
    assert_eq!(seen.status, StatusCode::OK);
    assert_eq!(seen.headers["content-security-policy"], POLICY);
    assert!(seen.text.contains(part), "{}", seen.text);
}

#[tokio::test]
async fn a_letter_in_html_is_shown_as_in_a_mail_program_and_runs_no_script() {
    let town = Town::open().await;
    let nature = Nature { clock: Arc::new(town.clock.clone()), entropy: Arc::new(SystemEntropy) };
    let letter = Letter {
        html: Some("<p style=\"margin:0\">Квитанция</p>".into()),
        attachment: Some(Attachment { name: "Квитанция.pdf".into(), pdf: Vec::new() }),
        ..Letter::plain("ivan@example.ru".into(), "Квитанция".into(), "Текст".into())
    };
    DemoMailer::new(town.db.clone(), nature).send(&letter).await.unwrap();
    let list = format!("{}/demo/mailbox", town.url);
    let seen = town.look(&list).await.text;
    let id = seen.rsplit("href=\"/demo/mailbox/").next().unwrap().split('"').next().unwrap();
    let opened = town.look(&format!("{list}/{id}")).await.text;
    for part in ["Текст", "Вложение: ", "Квитанция.pdf", &format!("href=\"/demo/mailbox/{id}/html\"")]
    {
        assert!(opened.contains(part), "{part}: {opened}");
    }
    assert_letter(&town.look(&format!("{list}/{id}/html")).await, "<p style=\"margin:0\">Квитанция</p>");
    assert_eq!(town.look(&format!("{list}/nobody/html")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_made_up_notices_show_each_kind_and_its_letter() {
    let town = Town::open().await;
    let mailbox = town.look(&format!("{}/demo/mailbox", town.url)).await.text;
    assert!(mailbox.contains("href=\"/demo/notices\""), "{mailbox}");
    let list = format!("{}/demo/notices", town.url);
    let seen = town.look(&list).await.text;
    for kind in NoticeKind::ALL {
        let address = format!("/demo/notices/{}/html", kind.as_str());
        assert!(seen.contains(kind.title()) && seen.contains(&format!("href=\"{address}\"")), "{kind:?}: {seen}");
        assert_letter(&town.look(&format!("{}{address}", town.url)).await, "<html lang=\"ru\">");
    }
    assert_eq!(town.look(&format!("{list}/party/html")).await.status, StatusCode::NOT_FOUND);
}
