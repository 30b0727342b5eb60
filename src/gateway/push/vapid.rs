//! The key that proves to push services who sends (VAPID, RFC 8292).

use data_encoding::BASE64URL_NOPAD;
use serde_json::json;
use web_push_native::p256::ecdsa::signature::Signer as _;
use web_push_native::p256::ecdsa::{Signature, SigningKey};

use crate::domain::calendar::Moment;

/// Bytes of the secret key.
pub const SECRET_LENGTH: usize = 32;
/// A second, in microseconds.
const SECOND: i64 = 1_000_000;

/// The installation's key pair on P-256. Browsers subscribe with its public part, so that nobody else can write to them.
#[derive(Clone, Eq, PartialEq)]
pub struct VapidKey(SigningKey);

crate::opaque_debug!(VapidKey);

impl VapidKey {
    /// The key pair of a secret of [`SECRET_LENGTH`] bytes; `None` for another length, and for zero or a number beyond the
    /// curve's order, which random bytes are once in 2³² times.
    pub fn from_bytes(secret: &[u8]) -> Option<Self> {
        if secret.len() != SECRET_LENGTH {
            return None;
        }
        SigningKey::from_slice(secret).ok().map(Self)
    }

    /// The secret, to be sealed.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.to_bytes().to_vec()
    }

    /// The public key for `PushManager.subscribe`: an uncompressed point, base64url.
    pub fn public(&self) -> String {
        BASE64URL_NOPAD.encode(self.0.verifying_key().to_encoded_point(false).as_bytes())
    }

    /// The header `Authorization` for a push service: a token for its origin until a moment, with the contact that it may
    /// write to about these pushes.
    pub(super) fn authorization(&self, audience: &str, contact: &str, until: Moment) -> String {
        let part = |json: serde_json::Value| BASE64URL_NOPAD.encode(json.to_string().as_bytes());
        let header = part(json!({ "typ": "JWT", "alg": "ES256" }));
        let claims = part(json!({ "aud": audience, "exp": until.micros() / SECOND, "sub": contact }));
        let signed = format!("{header}.{claims}");
        let signature: Signature = self.0.sign(signed.as_bytes());
        format!("vapid t={signed}.{}, k={}", BASE64URL_NOPAD.encode(&signature.to_bytes()), self.public())
    }
}

#[cfg(test)]
mod tests {
    use web_push_native::p256::ecdsa::VerifyingKey;
    use web_push_native::p256::ecdsa::signature::Verifier as _;

    use super::*;

    #[test]
    fn the_token_is_signed_by_the_key_it_names_and_has_the_claims_of_the_standard() {
        let key = VapidKey::from_bytes(&[7; SECRET_LENGTH]).unwrap();
        let until = Moment::from_micros(1_795_330_800_000_000);
        let header = key.authorization("https://push.example.com", "mailto:support@example.ru", until);
        let (token, public) = header.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
        assert_eq!(public, key.public());
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let decode = |text: &str| BASE64URL_NOPAD.decode(text.as_bytes()).unwrap();
        let verifier = VerifyingKey::from_sec1_bytes(&decode(public)).unwrap();
        verifier.verify(signed.as_bytes(), &Signature::from_slice(&decode(signature)).unwrap()).unwrap();
        let (head, claims) = signed.split_once('.').unwrap();
        let read = |part: &str| serde_json::from_slice::<serde_json::Value>(&decode(part)).unwrap();
        assert_eq!(read(head), json!({ "typ": "JWT", "alg": "ES256" }));
        let expected =
            json!({ "aud": "https://push.example.com", "exp": 1_795_330_800, "sub": "mailto:support@example.ru" });
        assert_eq!(read(claims), expected);
    }

    #[test]
    fn a_key_is_read_back_and_bytes_of_another_kind_are_no_key() {
        let key = VapidKey::from_bytes(&[7; SECRET_LENGTH]).unwrap();
        assert!(VapidKey::from_bytes(&key.to_bytes()) == Some(key.clone()));
        assert_eq!(BASE64URL_NOPAD.decode(key.public().as_bytes()).unwrap().len(), 65);
        for bad in [&[][..], &[0; 32], &[0xff; 32], &[7; 31], &[7; 33]] {
            assert!(VapidKey::from_bytes(bad).is_none());
        }
    }
}
