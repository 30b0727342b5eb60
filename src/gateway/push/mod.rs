//! Pushes to browsers (RFC 8030).

pub mod endpoint;
pub mod vapid;
pub mod web_push;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use web_push_native::{Auth, p256::PublicKey};

use crate::domain::calendar::Moment;
use vapid::VapidKey;

/// Bytes of a browser's public key: an uncompressed point of P-256.
const KEY_LENGTH: usize = 65;
/// The first byte of such a point.
const UNCOMPRESSED: u8 = 4;

/// The address and the keys of a browser, as its Push API gives them. Its `Debug` hides them: whoever has them can write to
/// the browser.
#[derive(Clone, Eq, PartialEq)]
pub struct Subscription {
    /// The address of the browser at its push service.
    pub endpoint: String,
    /// The browser's public key: 65 bytes, base64url.
    pub p256dh: String,
    /// The shared secret: 16 bytes, base64url.
    pub auth: String,
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Subscription(…)")
    }
}

/// A subscription as JSON, as `PushSubscription.toJSON()` writes it.
#[derive(Deserialize, Serialize)]
struct Json {
    endpoint: String,
    keys: JsonKeys,
}

#[derive(Deserialize, Serialize)]
struct JsonKeys {
    p256dh: String,
    auth: String,
}

impl Subscription {
    /// Reads the JSON that a browser writes; its other members are ignored. `None` when one of the three is missing.
    pub fn parse(json: &str) -> Option<Self> {
        let Json { endpoint, keys: JsonKeys { p256dh, auth } } = serde_json::from_str(json).ok()?;
        Some(Self { endpoint, p256dh, auth })
    }

    /// The same JSON, to be stored.
    pub fn to_json(&self) -> String {
        serde_json::json!({
            "endpoint": self.endpoint,
            "keys": { "p256dh": self.p256dh, "auth": self.auth },
        })
        .to_string()
    }

    /// Whether the keys have the form that RFC 8291 asks for.
    pub fn has_keys(&self) -> bool {
        self.keys().is_some()
    }

    fn keys(&self) -> Option<(PublicKey, Auth)> {
        let point = decoded(&self.p256dh).filter(|point| point.len() == KEY_LENGTH && point[0] == UNCOMPRESSED)?;
        let auth: [u8; 16] = decoded(&self.auth)?.try_into().ok()?;
        Some((PublicKey::from_sec1_bytes(&point).ok()?, Auth::from(auth)))
    }
}

/// base64url, with or without padding.
fn decoded(text: &str) -> Option<Vec<u8>> {
    data_encoding::BASE64URL_NOPAD.decode(text.trim_end_matches('=').as_bytes()).ok()
}

/// A push. Its `Debug` hides the content.
#[derive(Clone, Eq, PartialEq)]
pub struct Push {
    /// The browser.
    pub to: Subscription,
    /// What the service worker receives, as JSON.
    pub payload: String,
    /// The key that signs it.
    pub key: VapidKey,
    /// The current time, from which the signature's validity counts.
    pub sent_at: Moment,
}

impl std::fmt::Debug for Push {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Push(…)")
    }
}

/// Why a push was not sent. The texts do not contain the browser's address.
#[derive(Debug, Error)]
pub enum PushError {
    /// A retry may succeed.
    #[error("not sent now: {0}")]
    Temporary(String),
    /// The browser has ended its subscription.
    #[error("the browser has ended its subscription")]
    Gone,
    /// A retry cannot succeed.
    #[error("will never be sent: {0}")]
    Permanent(String),
}

/// Sends pushes.
pub trait PushGateway: Send + Sync + 'static {
    /// Sends one push to the browser's push service.
    fn send<'a>(&'a self, push: &'a Push) -> BoxFuture<'a, Result<(), PushError>>;
}

/// A subscription with the keys of the example in RFC 8291, appendix A.
#[cfg(test)]
pub(crate) fn example(endpoint: &str) -> Subscription {
    Subscription {
        endpoint: endpoint.to_owned(),
        p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4".to_owned(),
        auth: "BTBZMqHH6r4Tts7J_aSIgg".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscription_is_read_as_browsers_write_it() {
        let expected = example("https://push.example.com/1");
        let json = format!(
            r#"{{"endpoint":"{}","expirationTime":null,"keys":{{"p256dh":"{}","auth":"{}"}}}}"#,
            expected.endpoint, expected.p256dh, expected.auth
        );
        assert_eq!(Subscription::parse(&json), Some(expected.clone()));
        assert_eq!(Subscription::parse(&expected.to_json()), Some(expected.clone()));
        assert!(expected.has_keys());
        for bad in ["", "{}", "null", r#"{"endpoint":"https://a.example.com"}"#, r#"{"endpoint":1,"keys":{}}"#] {
            assert_eq!(Subscription::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn keys_of_another_length_or_off_the_curve_are_no_keys() {
        let good = example("https://push.example.com/1");
        let encoded = |bytes: &[u8]| data_encoding::BASE64URL_NOPAD.encode(bytes);
        let off_the_curve = [&[4][..], &[7; 64]].concat();
        for p256dh in [String::new(), encoded(&[4; 64]), encoded(&[2; 33]), encoded(&off_the_curve), "ключ".to_owned()]
        {
            assert!(!Subscription { p256dh, ..good.clone() }.has_keys());
        }
        for auth in [String::new(), encoded(&[1; 15]), encoded(&[1; 17])] {
            assert!(!Subscription { auth, ..good.clone() }.has_keys());
        }
        assert!(Subscription { auth: encoded(&[1; 16]) + "==", ..good }.has_keys());
    }

    #[test]
    fn debug_shows_no_address_and_no_content() {
        let push = Push {
            to: example("https://push.example.com/1"),
            payload: "Новая квитанция".to_owned(),
            key: VapidKey::from_bytes(&[7; 32]).unwrap(),
            sent_at: Moment::from_micros(0),
        };
        assert_eq!(format!("{push:?} {:?} {:?}", push.to, push.key), "Push(…) Subscription(…) VapidKey { .. }");
    }
}
