//! Passwords: argon2id in a bounded pool, so that a flood of sign-ins does not slow pages.

use std::sync::Arc;

use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use super::Fault;
use crate::clock::Nature;

/// Memory of one hash: 19 MiB (OWASP's first choice for argon2id).
pub const MEMORY_KIB: u32 = 19 * 1024;
/// Passes over the memory.
pub const PASSES: u32 = 2;
/// Lanes.
pub const LANES: u32 = 1;
/// Hashes at once: two cores stay free for pages, and memory stays under 40 MiB.
const AT_ONCE: usize = 2;

/// Hashes and checks passwords.
#[derive(Clone)]
pub struct Passwords {
    gate: Arc<Semaphore>,
    /// Checked when the login is unknown, so that the answer takes as long.
    dummy: Arc<str>,
    nature: Nature,
}

fn argon2() -> Result<Argon2<'static>, Fault> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|error| Fault::Hashing(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash_now(password: &str, salt: &[u8]) -> Result<String, Fault> {
    let failed = |error: argon2::password_hash::Error| Fault::Hashing(error.to_string());
    let salt = SaltString::encode_b64(salt).map_err(failed)?;
    Ok(argon2()?.hash_password(password.as_bytes(), &salt).map_err(failed)?.to_string())
}

impl Passwords {
    /// Makes the pool and the hash that is checked for unknown logins.
    ///
    /// # Errors
    /// [`Fault::Hashing`].
    pub fn new(nature: &Nature) -> Result<Self, Fault> {
        let dummy = hash_now(&nature.token(), &nature.bytes::<16>())?;
        Ok(Self { gate: Arc::new(Semaphore::new(AT_ONCE)), dummy: dummy.into(), nature: nature.clone() })
    }

    /// Hashes a new password into PHC form.
    ///
    /// # Errors
    /// [`Fault::Hashing`].
    pub async fn hash(&self, password: &str) -> Result<String, Fault> {
        let salt = self.nature.bytes::<16>();
        let password = password.to_owned();
        self.run(move || hash_now(&password, &salt)).await?
    }

    /// Checks a password; without a hash it checks the dummy one and says no, taking as long.
    ///
    /// # Errors
    /// [`Fault::Hashing`].
    pub async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool, Fault> {
        let known = hash.is_some();
        let hash = hash.unwrap_or(&self.dummy).to_owned();
        let password = password.to_owned();
        let matches = self
            .run(move || {
                let parsed = PasswordHash::new(&hash).map_err(|error| Fault::Hashing(error.to_string()))?;
                Ok::<_, Fault>(argon2()?.verify_password(password.as_bytes(), &parsed).is_ok())
            })
            .await??;
        Ok(matches && known)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Fault> {
        let permit = Arc::clone(&self.gate).acquire_owned().await;
        let permit = permit.map_err(|_| Fault::Hashing("the pool is closed".to_owned()))?;
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        });
        done.await.map_err(|error| Fault::Hashing(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn passwords_are_argon2id_with_19_mib_two_passes_one_lane() {
        let passwords = Passwords::new(&Nature::system()).unwrap();
        let hash = passwords.hash("gaz59").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.verify("gaz59", Some(&hash)).await.unwrap());
        assert!(!passwords.verify("gaz58", Some(&hash)).await.unwrap());
    }

    #[tokio::test]
    async fn an_unknown_login_is_checked_against_a_hash_and_refused() {
        let passwords = Passwords::new(&Nature::system()).unwrap();
        assert!(passwords.dummy.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(!passwords.verify("anything", None).await.unwrap());
    }
}
