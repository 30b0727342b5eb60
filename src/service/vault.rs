//! The vault: seals PINs and letters with an AEAD key that the database never sees.

use std::path::{Path, PathBuf};

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use thiserror::Error;

use super::private_file::private;
use crate::clock::Nature;
use crate::domain::id::AccountId;
use crate::domain::pin::Pin;

/// Bytes of the key.
const KEY_LENGTH: usize = 32;
/// Bytes of the nonce of XChaCha20: long enough to be random.
const NONCE_LENGTH: usize = 24;
/// What a sealed text begins with, so that a later key or cipher can be told apart.
const VERSION: &str = "v1.";

/// Why the vault cannot be used.
#[derive(Debug, Error)]
pub enum VaultError {
    /// The key's file cannot be read or made.
    #[error("cannot read the key file {0}")]
    File(PathBuf, #[source] std::io::Error),
    /// The key's file holds something else.
    #[error("the key file {0} must hold 64 hexadecimal digits")]
    NotAKey(PathBuf),
    /// Sealed with another key, for another purpose, or damaged.
    #[error("sealed with another key or damaged")]
    Unreadable,
}

/// Seals and opens short texts.
#[derive(Clone)]
pub struct Vault {
    cipher: XChaCha20Poly1305,
    nature: Nature,
}

impl Vault {
    /// Reads the key from its file.
    ///
    /// # Errors
    /// [`VaultError::File`] or [`VaultError::NotAKey`].
    pub fn open(file: &Path, nature: Nature) -> Result<Self, VaultError> {
        let text = std::fs::read_to_string(file).map_err(|error| VaultError::File(file.to_owned(), error))?;
        let key = data_encoding::HEXLOWER_PERMISSIVE
            .decode(text.trim().as_bytes())
            .ok()
            .filter(|key| key.len() == KEY_LENGTH)
            .ok_or_else(|| VaultError::NotAKey(file.to_owned()))?;
        let cipher = XChaCha20Poly1305::new_from_slice(&key).map_err(|_| VaultError::NotAKey(file.to_owned()))?;
        Ok(Self { cipher, nature })
    }

    /// Makes a key's file that only its owner can read, unless there is one.
    ///
    /// # Errors
    /// [`VaultError::File`].
    pub fn create_key(file: &Path, nature: &Nature) -> Result<bool, VaultError> {
        use std::io::Write as _;
        let failed = |error| VaultError::File(file.to_owned(), error);
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        match private().write(true).create_new(true).open(file) {
            Ok(mut handle) => {
                let key = data_encoding::HEXLOWER.encode(&nature.bytes::<KEY_LENGTH>());
                handle.write_all(key.as_bytes()).and_then(|()| handle.sync_all()).map_err(failed)?;
                Ok(true)
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(failed(error)),
        }
    }

    /// Seals a text for one purpose; opening for another purpose fails.
    pub fn seal(&self, purpose: &str, text: &str) -> String {
        let nonce = self.nature.bytes::<NONCE_LENGTH>();
        let payload = Payload { msg: text.as_bytes(), aad: purpose.as_bytes() };
        // A failure must never become an empty secret.
        let sealed = self.cipher.encrypt(XNonce::from_slice(&nonce), payload);
        let sealed = sealed.expect("a text is far below the 256 GB that the cipher takes");
        let bytes = [nonce.as_slice(), &sealed].concat();
        format!("{VERSION}{}", data_encoding::BASE64URL_NOPAD.encode(&bytes))
    }

    /// Opens what was sealed for the same purpose.
    ///
    /// # Errors
    /// [`VaultError::Unreadable`].
    pub fn unseal(&self, purpose: &str, sealed: &str) -> Result<String, VaultError> {
        let encoded = sealed.strip_prefix(VERSION).ok_or(VaultError::Unreadable)?;
        let bytes = data_encoding::BASE64URL_NOPAD.decode(encoded.as_bytes()).map_err(|_| VaultError::Unreadable)?;
        let (nonce, body) = bytes.split_at_checked(NONCE_LENGTH).ok_or(VaultError::Unreadable)?;
        let payload = Payload { msg: body, aad: purpose.as_bytes() };
        let text = self.cipher.decrypt(XNonce::from_slice(nonce), payload).map_err(|_| VaultError::Unreadable)?;
        String::from_utf8(text).map_err(|_| VaultError::Unreadable)
    }

    /// Seals the PIN of an account; it cannot be moved to another account.
    pub fn seal_pin(&self, pin: &Pin, account_id: &AccountId) -> String {
        self.seal(&pin_purpose(account_id), pin.reveal())
    }

    /// Opens the PIN of an account.
    ///
    /// # Errors
    /// [`VaultError::Unreadable`].
    pub fn unseal_pin(&self, sealed: &str, account_id: &AccountId) -> Result<Pin, VaultError> {
        let text = self.unseal(&pin_purpose(account_id), sealed)?;
        Pin::parse(&text).map_err(|_| VaultError::Unreadable)
    }
}

/// PINs that billing gives are sealed on their way in.
impl super::import::PinSealer for Vault {
    fn seal(&self, pin: &Pin, account_id: &AccountId) -> String {
        self.seal_pin(pin, account_id)
    }
}

fn pin_purpose(account_id: &AccountId) -> String {
    format!("pin:{account_id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault() -> Vault {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret.key");
        assert!(Vault::create_key(&file, &Nature::system()).unwrap());
        assert!(!Vault::create_key(&file, &Nature::system()).unwrap(), "a second call keeps the key");
        Vault::open(&file, Nature::system()).unwrap()
    }

    #[test]
    fn a_pin_sealed_for_one_account_opens_for_no_other() {
        let vault = vault();
        let (mine, other) = (AccountId::trusted("a".repeat(26)), AccountId::trusted("b".repeat(26)));
        let sealed = vault.seal_pin(&Pin::from_number(1_234_567), &mine);
        assert!(!sealed.contains("01234567"));
        assert_eq!(vault.unseal_pin(&sealed, &mine).unwrap().reveal(), "01234567");
        assert!(vault.unseal_pin(&sealed, &other).is_err());
        assert!(vault.unseal_pin("v1.AAAA", &mine).is_err());
    }

    #[test]
    fn a_key_file_with_something_else_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret.key");
        std::fs::write(&file, "hello").unwrap();
        assert!(matches!(Vault::open(&file, Nature::system()), Err(VaultError::NotAKey(_))));
        assert!(matches!(Vault::open(&folder.path().join("none"), Nature::system()), Err(VaultError::File(..))));
    }
}
