//! The adapter against a push service on this machine.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use web_push_native::p256::SecretKey;

use super::*;
use crate::domain::calendar::Moment;
use crate::gateway::push::vapid::VapidKey;
use crate::gateway::push::{Subscription, example};

/// The secret key of the browser of [`example`] (RFC 8291, appendix A).
const BROWSER_SECRET: &str = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94";

impl WebPush {
    /// Sends to any address, such as one of this machine.
    fn to_anywhere() -> Self {
        let client = Client::builder().no_proxy().redirect(Policy::none()).timeout(Duration::from_millis(300));
        let admit = |address: &str| Url::parse(address).map_err(|_| InvalidEndpoint);
        Self { client: client.build().unwrap(), contact: "https://lk.example.ru/".to_owned(), admit }
    }
}

fn push(to: Subscription, payload: &str) -> Push {
    let key = VapidKey::from_bytes(&[7; 32]).unwrap();
    Push { to, payload: payload.to_owned(), key, sent_at: Moment::from_micros(0) }
}

/// A push service that takes one request and answers it; its address, and the request's head and body.
async fn service(answer: &'static str) -> (String, tokio::task::JoinHandle<(String, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/send/secret", listener.local_addr().unwrap());
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut got = Vec::new();
        let (head, length) = loop {
            stream.read_buf(&mut got).await.unwrap();
            let text = String::from_utf8_lossy(&got).to_lowercase();
            let Some(end) = text.find("\r\n\r\n") else { continue };
            let length = text.split("content-length: ").nth(1).unwrap().split("\r\n").next().unwrap();
            break (end + 4, length.parse::<usize>().unwrap());
        };
        while got.len() < head + length {
            stream.read_buf(&mut got).await.unwrap();
        }
        stream.write_all(answer.as_bytes()).await.unwrap();
        let body = got.split_off(head);
        (String::from_utf8(got).unwrap().to_lowercase(), body)
    });
    (address, served)
}

/// The outcome of a push to a service that answers so.
async fn answered_with(answer: &'static str) -> Result<(), PushError> {
    let (address, served) = service(answer).await;
    let sent = WebPush::to_anywhere().send(&push(example(&address), "{}")).await;
    served.await.unwrap();
    sent
}

#[tokio::test]
async fn a_push_is_encrypted_for_the_browser_and_signed_for_the_service() {
    let (address, served) = service("HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n").await;
    let payload = r#"{"title":"Новая квитанция"}"#;
    WebPush::to_anywhere().send(&push(example(&address), payload)).await.unwrap();
    let (head, body) = served.await.unwrap();
    for line in ["post /send/secret http/1.1", "content-encoding: aes128gcm", "ttl: 86400", "urgency: normal"] {
        assert!(head.contains(line), "{line} is not in {head}");
    }
    assert!(head.contains("authorization: vapid t="), "{head}");
    let secret = data_encoding::BASE64URL_NOPAD.decode(BROWSER_SECRET.as_bytes()).unwrap();
    let secret = SecretKey::from_slice(&secret).unwrap();
    let (_, auth) = example(&address).keys().unwrap();
    assert_eq!(web_push_native::decrypt(body, &secret, &auth).unwrap(), payload.as_bytes());
}

#[tokio::test]
async fn a_subscription_that_ended_is_told_from_other_refusals() {
    for gone in ["HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n", "HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n"] {
        assert!(matches!(answered_with(gone).await, Err(PushError::Gone)));
    }
    for later in ["HTTP/1.1 429 Slow\r\ncontent-length: 0\r\n\r\n", "HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n"] {
        assert!(matches!(answered_with(later).await, Err(PushError::Temporary(_))));
    }
    for never in ["HTTP/1.1 400 Bad\r\ncontent-length: 0\r\n\r\n", "HTTP/1.1 403 No\r\ncontent-length: 0\r\n\r\n"] {
        assert!(matches!(answered_with(never).await, Err(PushError::Permanent(_))));
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let answer = "HTTP/1.1 307 Moved\r\nlocation: http://127.0.0.1:9/inside\r\ncontent-length: 0\r\n\r\n";
    let Err(PushError::Permanent(why)) = answered_with(answer).await else { panic!("the redirect was followed") };
    assert_eq!(why, "the push service answered 307");
}

#[tokio::test]
async fn a_service_without_an_answer_is_asked_again_later_and_its_address_is_not_told() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/send/secret", silent.local_addr().unwrap());
    let sent = WebPush::to_anywhere().send(&push(example(&address), "{}")).await;
    let Err(PushError::Temporary(why)) = sent else { panic!("{sent:?}") };
    assert_eq!(why, "no answer in time");
    drop(silent);
    let sent = WebPush::to_anywhere().send(&push(example(&address), "{}")).await;
    let Err(PushError::Temporary(why)) = sent else { panic!("{sent:?}") };
    assert_eq!(why, "cannot connect");
}

#[tokio::test]
async fn an_internal_address_is_refused_before_a_connection_is_made() {
    let gateway = WebPush::new("https://лк.example.ru").unwrap();
    assert_eq!(gateway.contact, "https://xn--j1ab.example.ru/");
    for inside in ["http://push.example.com/1", "https://127.0.0.1/1", "https://localhost/1", "https://db.internal/1"] {
        let sent = gateway.send(&push(example(inside), "{}")).await;
        let Err(PushError::Permanent(why)) = sent else { panic!("{inside}: {sent:?}") };
        assert_eq!(why, InvalidEndpoint.to_string());
    }
}

#[tokio::test]
async fn a_public_name_that_stands_for_an_internal_address_is_refused_for_ever() {
    let inside = TcpListener::bind("127.0.0.1:0").await.unwrap();
    // As a public name would, `localhost` passes this check; the resolver refuses what it stands for.
    let client = Client::builder().no_proxy().dns_resolver(Arc::new(PublicOnly)).build().unwrap();
    let gateway = WebPush { client, ..WebPush::to_anywhere() };
    let address = format!("http://localhost:{}/1", inside.local_addr().unwrap().port());
    let sent = gateway.send(&push(example(&address), "{}")).await;
    let Err(PushError::Permanent(why)) = sent else { panic!("{sent:?}") };
    assert_eq!(why, InvalidEndpoint.to_string());
}

#[tokio::test]
async fn a_payload_beyond_the_limit_or_wrong_keys_are_refused_for_ever() {
    let gateway = WebPush::to_anywhere();
    let address = "http://127.0.0.1:9/1";
    let long = gateway.send(&push(example(address), &"x".repeat(MAX_PAYLOAD + 1))).await;
    assert!(matches!(long, Err(PushError::Permanent(why)) if why == "the payload is too long"));
    let keyless = Subscription { auth: "AAAA".to_owned(), ..example(address) };
    let refused = gateway.send(&push(keyless, "{}")).await;
    assert!(matches!(refused, Err(PushError::Permanent(why)) if why == "the keys of the browser are invalid"));
}

#[test]
fn the_longest_payload_fits_into_the_body_that_every_service_takes() {
    let body = encrypted(&push(example("https://push.example.com/1"), &"x".repeat(MAX_PAYLOAD))).unwrap();
    assert_eq!(body.len(), 4096);
}
