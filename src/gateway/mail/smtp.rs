//! Letters by SMTP.

use std::time::Duration;

use futures::future::BoxFuture;
use lettre::message::header::{ContentTransferEncoding, ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Attachment as AttachedFile, Body, Mailbox, MessageBuilder, MultiPart, SinglePart};
use lettre::transport::smtp::Error as SmtpError;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use thiserror::Error;
use url::Url;

use super::{Attachment, Letter, Mailer, SendError};

/// Timeout of one SMTP command; RFC 5321 allows minutes, but the outbox retries anyway.
const STEP_TIMEOUT: Duration = Duration::from_secs(20);
/// Timeout of a whole letter, from the connection to the last answer.
const LETTER_TIMEOUT: Duration = Duration::from_mins(1);
/// The kind of an attached document.
const PDF: &str = "application/pdf";
/// Refusals of the login, not of the letter (RFC 4954): corrected settings fix them, so the letter stays queued.
const SIGN_IN_REFUSALS: [u16; 4] = [530, 534, 535, 538];

/// Settings of the mail server. No `Debug`: the address contains the password.
#[derive(Clone)]
pub struct SmtpSettings {
    /// `smtp://user:password@host:587?tls=required`, or `smtps://…:465`; percent-encoded.
    pub url: String,
    /// The sender of the letters, e.g. `Личный кабинет <no-reply@example.ru>`.
    pub from: String,
}

/// Which of [`SmtpSettings`] is wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Error)]
pub enum SmtpSettingsError {
    /// The server's address is malformed.
    #[error("the mail server's address must look like smtp://user:password@host:587?tls=required")]
    Url,
    /// The sender is malformed.
    #[error("the sender of letters must look like Name <address@example.ru>")]
    From,
}

/// Sends letters through a mail server, one connection per letter.
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl SmtpMailer {
    /// Checks the settings; does not connect yet.
    ///
    /// # Errors
    /// [`SmtpSettingsError`] when the address or the sender is malformed.
    pub fn new(settings: &SmtpSettings) -> Result<Self, SmtpSettingsError> {
        let from = settings.from.parse().map_err(|_| SmtpSettingsError::From)?;
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(&settings.url)
            .map_err(|_| SmtpSettingsError::Url)?
            .timeout(Some(STEP_TIMEOUT))
            .build();
        Ok(Self { transport, from })
    }

    async fn hand_over(&self, letter: &Letter) -> Result<(), SendError> {
        let message = compose(&self.from, letter)?;
        match tokio::time::timeout(LETTER_TIMEOUT, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(classify(&error)),
            Err(_) => Err(SendError::Temporary("the mail server took too long".into())),
        }
    }
}

impl Mailer for SmtpMailer {
    fn send<'a>(&'a self, letter: &'a Letter) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(self.hand_over(letter))
    }
}

fn compose(from: &Mailbox, letter: &Letter) -> Result<Message, SendError> {
    let to: Address = letter.to.parse().map_err(|_| SendError::Permanent("not an e-mail address".into()))?;
    let builder = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .subject(&letter.subject)
        .message_id(None)
        .header(AutoSubmitted);
    let builder = with_unsubscribe(builder, letter.unsubscribe.as_deref())?;
    let composed = match (&letter.html, &letter.attachment) {
        (None, None) => builder.singlepart(SinglePart::plain(letter.body.clone())),
        (Some(html), None) => builder.multipart(alternatives(&letter.body, html)),
        (None, Some(file)) => builder
            .multipart(MultiPart::mixed().singlepart(SinglePart::plain(letter.body.clone())).singlepart(pdf(file))),
        (Some(html), Some(file)) => {
            builder.multipart(MultiPart::mixed().multipart(alternatives(&letter.body, html)).singlepart(pdf(file)))
        }
    };
    composed.map_err(|_| SendError::Permanent("the letter cannot be composed".into()))
}

/// The better form comes last (RFC 2046, 5.1.4).
fn alternatives(plain: &str, html: &str) -> MultiPart {
    MultiPart::alternative_plain_html(plain.to_owned(), html.to_owned())
}

fn pdf(Attachment { name, pdf }: &Attachment) -> SinglePart {
    let kind = ContentType::parse(PDF).expect("the kind of a PDF is well-formed");
    let body = Body::new_with_encoding(pdf.clone(), ContentTransferEncoding::Base64);
    AttachedFile::new(name.clone()).body(body.expect("Base64 holds any bytes"), kind)
}

/// Adds the headers of a letter that one POST ends (RFC 8058).
fn with_unsubscribe(builder: MessageBuilder, address: Option<&str>) -> Result<MessageBuilder, SendError> {
    let Some(address) = address else { return Ok(builder) };
    let url = Url::parse(address).map_err(|_| SendError::Permanent("the address to unsubscribe is none".into()))?;
    Ok(builder.header(ListUnsubscribe(url)).header(ListUnsubscribePost))
}

/// Drops the server's text: it usually repeats the recipient's address.
fn classify(error: &SmtpError) -> SendError {
    match error.status() {
        Some(code) if error.is_permanent() && !SIGN_IN_REFUSALS.contains(&u16::from(code)) => {
            SendError::Permanent(format!("the mail server answered {code}"))
        }
        Some(code) => SendError::Temporary(format!("the mail server answered {code}")),
        None if error.is_timeout() => SendError::Temporary("the mail server did not answer in time".into()),
        None if error.is_tls() => SendError::Temporary("no encrypted connection to the mail server".into()),
        None => SendError::Temporary("no usable connection to the mail server".into()),
    }
}

/// `Auto-Submitted: auto-generated` (RFC 3834): prevents automatic replies.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// `List-Unsubscribe` (RFC 2369): the address that ends such letters.
#[derive(Clone)]
struct ListUnsubscribe(Url);

impl Header for ListUnsubscribe {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe")
    }

    fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self(Url::parse(text.trim_matches(['<', '>']))?))
    }

    /// A parsed address is ASCII without spaces and line breaks: it needs no encoding, which mail services would not read.
    fn display(&self) -> HeaderValue {
        let value = format!("<{}>", self.0);
        HeaderValue::dangerous_new_pre_encoded(Self::name(), value.clone(), value)
    }
}

/// `List-Unsubscribe-Post: List-Unsubscribe=One-Click` (RFC 8058): the address takes a POST without a page.
#[derive(Clone)]
struct ListUnsubscribePost;

impl Header for ListUnsubscribePost {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe-Post")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "List-Unsubscribe=One-Click".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::net::TcpListener;
    use std::thread::JoinHandle;

    use super::*;

    /// A mail server for one letter on the loopback: gives RCPT this answer, returns the data that it received.
    fn mail_server(answer_to_recipient: &'static str) -> (String, JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            let mut output = stream.try_clone().unwrap();
            let mut heard = String::new();
            let mut in_letter = false;
            output.write_all(b"220 ready\r\n").unwrap();
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                heard.push_str(&line);
                heard.push('\n');
                let answer = match line.split_whitespace().next().unwrap_or_default() {
                    "." => {
                        in_letter = false;
                        "250 queued"
                    }
                    _ if in_letter => continue,
                    "EHLO" => "250 hello",
                    "RCPT" => answer_to_recipient,
                    "DATA" => {
                        in_letter = true;
                        "354 go on"
                    }
                    "QUIT" => "221 bye",
                    _ => "250 fine",
                };
                if output.write_all(format!("{answer}\r\n").as_bytes()).is_err() || answer.starts_with("221") {
                    break;
                }
            }
            heard
        });
        (url, server)
    }

    fn mailer(url: String) -> SmtpMailer {
        SmtpMailer::new(&SmtpSettings { url, from: "Кабинет <no-reply@example.ru>".into() }).unwrap()
    }

    fn letter() -> Letter {
        Letter::plain("ivan@example.ru".into(), "Подтверждение".into(), "Ссылка\nhttps://k.example/1".into())
    }

    #[tokio::test]
    async fn a_letter_reaches_the_mail_server() {
        let (url, server) = mail_server("250 fine");
        mailer(url).send(&letter()).await.unwrap();
        let heard = server.join().unwrap();
        assert!(heard.contains("RCPT TO:<ivan@example.ru>"), "{heard}");
        assert!(heard.contains("Auto-Submitted: auto-generated"), "{heard}");
        assert!(heard.contains("Message-ID: "), "{heard}");
    }

    fn composed(letter: &Letter) -> String {
        let from = "a@example.ru".parse().unwrap();
        String::from_utf8(compose(&from, letter).unwrap().formatted()).unwrap()
    }

    fn with_html() -> Letter {
        Letter { html: Some("<p>Ссылка</p>".into()), ..letter() }
    }

    fn with_document(letter: Letter) -> Letter {
        Letter {
            attachment: Some(Attachment { name: "Квитанция.pdf".into(), pdf: b"%PDF-1.7".to_vec() }), ..letter
        }
    }

    /// The kinds of the parts, in order, and the one of the whole first.
    fn kinds(message: &str) -> Vec<&str> {
        let lines = message.lines().filter_map(|line| line.strip_prefix("Content-Type: "));
        lines.map(|kind| kind.split(';').next().unwrap_or_default()).collect()
    }

    #[test]
    fn each_form_of_a_letter_has_its_parts_in_order() {
        assert_eq!(kinds(&composed(&letter())), ["text/plain"]);
        let alternative = ["multipart/alternative", "text/plain", "text/html"];
        assert_eq!(kinds(&composed(&with_html())), alternative);
        let mixed = ["multipart/mixed", "text/plain", PDF];
        assert_eq!(kinds(&composed(&with_document(letter()))), mixed);
        let all = [&["multipart/mixed"][..], &alternative, &[PDF]].concat();
        assert_eq!(kinds(&composed(&with_document(with_html()))), all);
    }

    #[test]
    fn an_attached_document_keeps_its_name_and_content() {
        let message = composed(&with_document(letter()));
        assert!(message.contains("Content-Disposition: attachment;"), "{message}");
        assert!(message.contains("filename*"), "a name in Cyrillic is encoded: {message}");
        assert!(message.contains("JVBERi0xLjc="), "the document in Base64: {message}");
    }

    #[test]
    fn a_letter_that_can_be_ended_says_how() {
        let address = format!("https://lk.example.ru/unsubscribe/{}", "k".repeat(80));
        let message = composed(&Letter { unsubscribe: Some(address.clone()), ..with_html() });
        assert!(message.contains(&format!("List-Unsubscribe: <{address}>\r\n")), "{message}");
        assert!(message.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"), "{message}");
        assert!(!composed(&with_html()).contains("List-Unsubscribe"));
    }

    #[test]
    fn an_address_to_unsubscribe_adds_no_header() {
        let message = composed(&Letter { unsubscribe: Some("https://a.ru/\r\nBcc: b@a.ru".into()), ..letter() });
        assert!(!message.contains("\nBcc"), "{message}");
        let wrong = Letter { unsubscribe: Some("unsubscribe".into()), ..letter() };
        assert!(matches!(compose(&"a@example.ru".parse().unwrap(), &wrong), Err(SendError::Permanent(_))));
    }

    #[tokio::test]
    async fn an_address_that_the_server_refuses_is_a_permanent_error_without_the_address() {
        let (url, server) = mail_server("550 no such user ivan@example.ru");
        let error = mailer(url).send(&letter()).await.unwrap_err();
        assert!(matches!(error, SendError::Permanent(_)), "{error}");
        assert!(error.to_string().contains("550") && !error.to_string().contains("ivan"), "{error}");
        server.join().unwrap();
    }

    #[tokio::test]
    async fn a_busy_server_and_a_refused_sign_in_are_temporary_errors() {
        for answer in ["451 greylisted", "530 sign in first"] {
            let (url, server) = mail_server(answer);
            let error = mailer(url).send(&letter()).await.unwrap_err();
            assert!(matches!(error, SendError::Temporary(_)), "{answer}: {error}");
            server.join().unwrap();
        }
    }

    #[tokio::test]
    async fn a_server_that_is_away_is_a_temporary_error() {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let error = mailer(format!("smtp://{free}")).send(&letter()).await.unwrap_err();
        assert!(matches!(error, SendError::Temporary(_)), "{error}");
    }

    #[tokio::test]
    async fn a_letter_to_no_address_is_a_permanent_error() {
        let letter = Letter { to: "ivan".into(), ..letter() };
        let error = mailer("smtp://127.0.0.1:1".into()).send(&letter).await.unwrap_err();
        assert!(matches!(error, SendError::Permanent(_)), "{error}");
    }

    #[test]
    fn wrong_settings_are_told_apart() {
        let made = |url: &str, from: &str| SmtpMailer::new(&SmtpSettings { url: url.into(), from: from.into() }).err();
        assert_eq!(made("smtp://u:p@mail.example:587?tls=required", "a@example.ru"), None);
        assert_eq!(made("smtps://u:p@mail.example", "Газ <a@example.ru>"), None);
        assert_eq!(made("http://mail.example", "a@example.ru"), Some(SmtpSettingsError::Url));
        assert_eq!(made("smtp://mail.example?tls=requird", "a@example.ru"), Some(SmtpSettingsError::Url));
        assert_eq!(made("smtp://mail.example", "Газ"), Some(SmtpSettingsError::From));
    }
}
