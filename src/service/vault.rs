//! The vault: seals (encrypts) PINs and letters, and computes keyed hashes of short secrets, with keys outside the
//! database.
//!
//! The key file has one key per line. The first seals; the others only open values sealed before a rotation. Each
//! sealed value and each keyed hash contains its key's id.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, KeyInit, Mac as _};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use thiserror::Error;

use super::private_file::{Exposed, check_private, private};
use crate::clock::Nature;
use crate::domain::id::AccountId;
use crate::domain::pin::Pin;

/// Bytes of a key.
const KEY_LENGTH: usize = 32;
/// Maximum keys in the file: the active one, and those of unfinished rotations.
const MAX_KEYS: usize = 8;
/// Bytes of the nonce of XChaCha20: long enough to be random.
const NONCE_LENGTH: usize = 24;
/// Hexadecimal digits of a key's id: the start of the SHA-256 of the key.
const KEY_ID_LENGTH: usize = 8;
/// Version prefix of a sealed text, so that a later cipher can be distinguished; the key's id follows.
const VERSION: &str = "v2.";
/// Version prefix of texts sealed before keys had ids: any key of the file may open them.
const VERSION_WITHOUT_KEY_ID: &str = "v1.";

/// Why the vault cannot be used.
#[derive(Debug, Error)]
pub enum VaultError {
    /// The key file cannot be read or written.
    #[error("cannot read the key file {0}")]
    File(PathBuf, #[source] std::io::Error),
    /// The key file has invalid lines, or too few or too many.
    #[error("the key file {0} must hold 64 hexadecimal digits on each line, at most 8 lines")]
    NotAKey(PathBuf),
    /// Others than the owner may read or write the key file.
    #[error(transparent)]
    Exposed(#[from] Exposed),
    /// Unfinished rotations have filled the key file.
    #[error("the key file holds 8 keys; seal everything again with `kabinet key reseal`, then `kabinet key retire`")]
    TooManyKeys,
    /// Sealed with another key, for another purpose, or damaged.
    #[error("sealed with another key or damaged")]
    Unreadable,
}

/// One key with the material derived from it.
struct Key {
    id: String,
    cipher: XChaCha20Poly1305,
    mac: [u8; KEY_LENGTH],
}

impl Key {
    fn new(bytes: &[u8]) -> Option<Self> {
        let cipher = XChaCha20Poly1305::new_from_slice(bytes).ok()?;
        // The cipher's key is never used for anything else: keyed hashes have their own derived key.
        let mac = keyed(bytes, &["kabinet", "keyed hashes"]);
        Some(Self { id: key_id(bytes), cipher, mac })
    }

    fn open(&self, purpose: &str, encoded: &str) -> Result<Vec<u8>, VaultError> {
        let bytes = data_encoding::BASE64URL_NOPAD.decode(encoded.as_bytes()).map_err(|_| VaultError::Unreadable)?;
        let (nonce, body) = bytes.split_at_checked(NONCE_LENGTH).ok_or(VaultError::Unreadable)?;
        let payload = Payload { msg: body, aad: purpose.as_bytes() };
        self.cipher.decrypt(XNonce::from_slice(nonce), payload).map_err(|_| VaultError::Unreadable)
    }
}

fn key_id(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(bytes));
    digest[..KEY_ID_LENGTH].to_owned()
}

/// HMAC-SHA-256 over parts, each prefixed with its length, so that no two lists of parts give the same bytes.
fn keyed(key: &[u8], parts: &[&str]) -> [u8; KEY_LENGTH] {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    mac.finalize().into_bytes().into()
}

/// Seals and opens short texts, and makes keyed hashes. Cheap to clone.
#[derive(Clone)]
pub struct Vault {
    file: Arc<Path>,
    keys: Arc<RwLock<Arc<Vec<Key>>>>,
    /// Whether everything is sealed with the active key, as far as this process knows.
    settled: Arc<AtomicBool>,
    nature: Nature,
}

impl Vault {
    /// Reads the keys from their file.
    ///
    /// # Errors
    /// [`VaultError::File`] when the file cannot be read, [`VaultError::NotAKey`] when its lines are not keys, or
    /// [`VaultError::Exposed`] when others may read or write it.
    pub fn open(file: &Path, nature: Nature) -> Result<Self, VaultError> {
        let keys = Arc::new(read_keys(file)?);
        Ok(Self { file: file.into(), keys: Arc::new(RwLock::new(keys)), settled: Arc::default(), nature })
    }

    /// Reads the file again: a rotation in another process added a key.
    ///
    /// # Errors
    /// As [`Self::open`]; the keys stay as they were.
    pub fn reload(&self) -> Result<(), VaultError> {
        let fresh = Arc::new(read_keys(&self.file)?);
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// Creates a key file that only its owner can read, unless it exists; returns whether it was created.
    ///
    /// # Errors
    /// [`VaultError::File`] when the file or its folder cannot be created.
    pub fn create_key(file: &Path, nature: &Nature) -> Result<bool, VaultError> {
        use std::io::Write as _;
        let failed = |error| VaultError::File(file.to_owned(), error);
        if let Some(folder) = file.parent() {
            super::private_file::create_private_folder(folder).map_err(failed)?;
        }
        match private().write(true).create_new(true).open(file) {
            Ok(mut handle) => {
                let key = new_key(nature);
                handle.write_all(key.as_bytes()).and_then(|()| handle.sync_all()).map_err(failed)?;
                Ok(true)
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(failed(error)),
        }
    }

    /// Reloads the keys if the file has changed since it was last read.
    ///
    /// # Errors
    /// As [`Self::open`]; the keys stay as they were.
    pub fn reload_if_changed(&self) -> Result<(), VaultError> {
        let fresh = Arc::new(read_keys(&self.file)?);
        let same = fresh.iter().map(|key| &key.id).eq(self.keys().iter().map(|key| &key.id));
        if !same {
            tracing::info!(key.active = fresh.first().map(|key| key.id.as_str()), "the key file changed");
            *self.keys.write().unwrap_or_else(PoisonError::into_inner) = fresh;
            self.settled.store(false, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Whether everything is sealed with the active key, as far as this process knows.
    pub fn is_settled(&self) -> bool {
        self.settled.load(Ordering::Relaxed)
    }

    /// Marks everything as sealed with the active key: no search for older values until the file changes.
    pub fn settle(&self) {
        self.settled.store(true, Ordering::Relaxed);
    }

    /// Adds a new key before the others: it seals from now on.
    ///
    /// # Errors
    /// [`VaultError::File`] when the file cannot be read or written, or [`VaultError::TooManyKeys`] when it is full.
    pub fn rotate(&self) -> Result<(), VaultError> {
        let text = self.read_file()?;
        if text.lines().filter(|line| !line.trim().is_empty()).count() >= MAX_KEYS {
            return Err(VaultError::TooManyKeys);
        }
        self.write_file(&format!("{}\n{}\n", new_key(&self.nature), text.trim_end()))
    }

    /// Removes keys from the file; the first one always stays.
    ///
    /// # Errors
    /// [`VaultError::File`] when the file cannot be read or written.
    pub fn retire(&self, ids: &[String]) -> Result<(), VaultError> {
        let text = self.read_file()?;
        let id_of =
            |line: &str| data_encoding::HEXLOWER_PERMISSIVE.decode(line.as_bytes()).ok().map(|key| key_id(&key));
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let kept = lines.enumerate().filter(|(at, line)| *at == 0 || id_of(line).is_none_or(|id| !ids.contains(&id)));
        let kept: String = kept.flat_map(|(_, line)| [line, "\n"]).collect();
        self.write_file(&kept)
    }

    fn read_file(&self) -> Result<String, VaultError> {
        std::fs::read_to_string(&self.file).map_err(|error| VaultError::File(self.file.to_path_buf(), error))
    }

    /// Replaces the file atomically, so that a crash leaves the old or the new one.
    fn write_file(&self, text: &str) -> Result<(), VaultError> {
        use std::io::Write as _;
        let failed = |error| VaultError::File(self.file.to_path_buf(), error);
        let part = self.file.with_extension("key.part");
        let mut handle = private().write(true).create(true).truncate(true).open(&part).map_err(failed)?;
        handle.write_all(text.as_bytes()).and_then(|()| handle.sync_all()).map_err(failed)?;
        std::fs::rename(&part, &self.file).map_err(failed)?;
        self.reload()
    }

    /// The ids of the keys, the active one first.
    pub fn key_ids(&self) -> Vec<String> {
        self.keys().iter().map(|key| key.id.clone()).collect()
    }

    /// Prefix of values sealed before keys had ids.
    pub const OLDEST_PREFIX: &'static str = VERSION_WITHOUT_KEY_ID;

    /// Prefix of values sealed with a key.
    pub fn prefix_of(key_id: &str) -> String {
        format!("{VERSION}{key_id}.")
    }

    /// Prefix of values sealed with the active key.
    pub fn sealed_prefix(&self) -> String {
        Self::prefix_of(&self.active_key_id())
    }

    fn keys(&self) -> Arc<Vec<Key>> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The id of the active key.
    pub fn active_key_id(&self) -> String {
        self.keys().first().map(|key| key.id.clone()).unwrap_or_default()
    }

    /// Seals a text for one purpose; opening for another purpose fails.
    pub fn seal(&self, purpose: &str, text: &str) -> String {
        self.seal_bytes(purpose, text.as_bytes())
    }

    /// The same for bytes, such as a photo.
    #[expect(
        clippy::missing_panics_doc,
        reason = "a vault always has a key, and a value never exceeds what the cipher takes"
    )]
    pub fn seal_bytes(&self, purpose: &str, value: &[u8]) -> String {
        let keys = self.keys();
        let key = keys.first().expect("a key file without keys is refused when it is read");
        let nonce = self.nature.bytes::<NONCE_LENGTH>();
        let payload = Payload { msg: value, aad: purpose.as_bytes() };
        // A failure must never become an empty secret.
        let sealed = key.cipher.encrypt(XNonce::from_slice(&nonce), payload);
        let sealed = sealed.expect("a value is far below the 256 GB that the cipher takes");
        let bytes = [nonce.as_slice(), &sealed].concat();
        format!("{VERSION}{}.{}", key.id, data_encoding::BASE64URL_NOPAD.encode(&bytes))
    }

    /// Opens a text sealed for the same purpose. For an unknown key the file is read again.
    ///
    /// # Errors
    /// [`VaultError::Unreadable`] when the key is unknown, the purpose differs or the value is damaged.
    pub fn unseal(&self, purpose: &str, sealed: &str) -> Result<String, VaultError> {
        String::from_utf8(self.unseal_bytes(purpose, sealed)?).map_err(|_| VaultError::Unreadable)
    }

    /// The same for bytes.
    ///
    /// # Errors
    /// [`VaultError::Unreadable`] when the key is unknown, the purpose differs or the value is damaged.
    pub fn unseal_bytes(&self, purpose: &str, sealed: &str) -> Result<Vec<u8>, VaultError> {
        if let Some(encoded) = sealed.strip_prefix(VERSION_WITHOUT_KEY_ID) {
            let keys = self.keys();
            return keys.iter().find_map(|key| key.open(purpose, encoded).ok()).ok_or(VaultError::Unreadable);
        }
        let named = sealed.strip_prefix(VERSION).and_then(|rest| rest.split_once('.'));
        let (id, encoded) = named.ok_or(VaultError::Unreadable)?;
        self.with_key(id, |key| key.open(purpose, encoded)).ok_or(VaultError::Unreadable)?
    }

    /// Finds a key by its id; for an unknown id it reads the file again.
    fn with_key<T>(&self, id: &str, work: impl Fn(&Key) -> T) -> Option<T> {
        let known = |keys: &[Key]| keys.iter().find(|key| key.id == id).map(&work);
        if let Some(done) = known(&self.keys()) {
            return Some(done);
        }
        self.reload().ok()?;
        known(&self.keys())
    }

    /// A keyed hash of a short secret and the values it is bound to: `key-id.hex`. The database alone does not allow
    /// brute force.
    #[expect(clippy::missing_panics_doc, reason = "a vault always has a key")]
    pub fn mac(&self, purpose: &str, parts: &[&str]) -> String {
        let keys = self.keys();
        let key = keys.first().expect("a key file without keys is refused when it is read");
        mac_under(key, purpose, parts)
    }

    /// Whether a keyed hash matches this secret, compared in constant time.
    pub fn mac_matches(&self, stored: &str, purpose: &str, parts: &[&str]) -> bool {
        let Some((id, _)) = stored.split_once('.') else { return false };
        let fresh = self.with_key(id, |key| mac_under(key, purpose, parts));
        fresh.is_some_and(|fresh| fresh.as_bytes().ct_eq(stored.as_bytes()).into())
    }

    /// Seals the PIN of an account; it cannot be moved to another account.
    pub fn seal_pin(&self, pin: &Pin, account_id: &AccountId) -> String {
        self.seal(&pin_purpose(account_id), pin.reveal())
    }

    /// Opens the PIN of an account.
    ///
    /// # Errors
    /// [`VaultError::Unreadable`] when the value cannot be opened or is no PIN.
    pub fn unseal_pin(&self, sealed: &str, account_id: &AccountId) -> Result<Pin, VaultError> {
        let text = self.unseal(&pin_purpose(account_id), sealed)?;
        Pin::parse(&text).map_err(|_| VaultError::Unreadable)
    }
}

/// A new key as a line of the file.
fn new_key(nature: &Nature) -> String {
    data_encoding::HEXLOWER.encode(&nature.bytes::<KEY_LENGTH>())
}

fn read_keys(file: &Path) -> Result<Vec<Key>, VaultError> {
    let failed = |error| VaultError::File(file.to_owned(), error);
    let text = std::fs::read_to_string(file).map_err(failed)?;
    check_private(file).map_err(failed)??;
    let decode = |line: &str| data_encoding::HEXLOWER_PERMISSIVE.decode(line.as_bytes()).ok();
    let key = |line: &str| decode(line).filter(|bytes| bytes.len() == KEY_LENGTH).and_then(|bytes| Key::new(&bytes));
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let keys: Option<Vec<Key>> = lines.map(key).collect();
    keys.filter(|keys| (1..=MAX_KEYS).contains(&keys.len())).ok_or_else(|| VaultError::NotAKey(file.to_owned()))
}

fn mac_under(key: &Key, purpose: &str, parts: &[&str]) -> String {
    let parts = [&[purpose], parts].concat();
    format!("{}.{}", key.id, data_encoding::HEXLOWER.encode(&keyed(&key.mac, &parts)))
}

/// Seals billing's PINs during the import.
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
    fn a_keyed_hash_is_bound_to_its_purpose_and_to_each_part() {
        let vault = vault();
        let mac = vault.mac("code", &["row", "123456"]);
        assert!(vault.mac_matches(&mac, "code", &["row", "123456"]));
        for (purpose, parts) in
            [("link", ["row", "123456"]), ("code", ["row", "123457"]), ("code", ["ro", "w123456"]), ("code", ["", ""])]
        {
            assert!(!vault.mac_matches(&mac, purpose, &parts), "{purpose} {parts:?}");
        }
        assert!(!vault.mac_matches("", "code", &["row", "123456"]));
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret.key");
        Vault::create_key(&file, &Nature::system()).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        let refused = Vault::open(&file, Nature::system()).err().unwrap();
        assert!(refused.to_string().contains("chmod 600"), "{refused}");
    }

    #[test]
    fn a_key_file_with_something_else_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret.key");
        std::io::Write::write_all(&mut private().create(true).write(true).open(&file).unwrap(), b"hello").unwrap();
        assert!(matches!(Vault::open(&file, Nature::system()), Err(VaultError::NotAKey(_))));
        assert!(matches!(Vault::open(&folder.path().join("none"), Nature::system()), Err(VaultError::File(..))));
    }
}
