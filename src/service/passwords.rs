//! Passwords: argon2id in a bounded pool, so that a flood of sign-ins does not slow pages.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use super::Fault;
use crate::clock::Nature;
use crate::domain::password::HashWork;

/// Concurrent hashes: two cores stay free for pages, and memory stays under 40 MiB.
const AT_ONCE: usize = 2;
/// Queued hashes: at some 30 a second the last one waits two seconds. Further requests are rejected as busy.
const MAX_WAITING: usize = 64;
/// Maximum wait in the queue.
const TURN_WITHIN: Duration = Duration::from_secs(10);

/// Hashes and checks passwords.
#[derive(Clone)]
pub struct Passwords {
    gate: Arc<Semaphore>,
    /// Permits for queued and running hashes.
    queue: Arc<Semaphore>,
    work: HashWork,
    /// Verified when the login is unknown, so that the answer takes as long.
    dummy: Arc<str>,
    nature: Nature,
}

fn argon2(work: HashWork) -> Result<Argon2<'static>, Fault> {
    let params = Params::new(work.memory_kib, work.passes, work.lanes, None)
        .map_err(|error| Fault::Hashing(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Bytes of a stretched secret: as many as its keyed hash.
const STRETCHED_LENGTH: usize = 32;

fn hash_now(work: HashWork, password: &str, salt: &[u8]) -> Result<String, Fault> {
    let failed = |error: argon2::password_hash::Error| Fault::Hashing(error.to_string());
    let salt = SaltString::encode_b64(salt).map_err(failed)?;
    Ok(argon2(work)?.hash_password(password.as_bytes(), &salt).map_err(failed)?.to_string())
}

/// A short secret stretched with argon2id, in hex.
pub struct Stretched(String);

impl Stretched {
    /// The hex digits, for a keyed hash.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

fn stretch_now(secret: &str, salt: &str) -> Result<Stretched, Fault> {
    let mut bytes = [0; STRETCHED_LENGTH];
    let done = argon2(HashWork::LEAST)?.hash_password_into(secret.as_bytes(), salt.as_bytes(), &mut bytes);
    done.map_err(|error| Fault::Hashing(error.to_string()))?;
    Ok(Stretched(data_encoding::HEXLOWER.encode(&bytes)))
}

impl Passwords {
    /// Creates the pool and the dummy hash for unknown logins.
    ///
    /// # Errors
    /// [`Fault::Hashing`] when argon2 rejects the cost parameters.
    pub fn new(nature: &Nature, work: HashWork) -> Result<Self, Fault> {
        let dummy = hash_now(work, &nature.token(), &nature.bytes::<16>())?;
        Ok(Self {
            gate: Arc::new(Semaphore::new(AT_ONCE)),
            queue: Arc::new(Semaphore::new(AT_ONCE + MAX_WAITING)),
            work,
            dummy: dummy.into(),
            nature: nature.clone(),
        })
    }

    /// Whether a stored hash is weaker than the settings require.
    pub fn is_weak(&self, hash: &str) -> bool {
        let stored = PasswordHash::new(hash).ok().and_then(|parsed| Params::try_from(&parsed).ok());
        stored.is_none_or(|stored| {
            stored.m_cost() < self.work.memory_kib
                || stored.t_cost() < self.work.passes
                || stored.p_cost() < self.work.lanes
        })
    }

    /// Hashes a new password into PHC form.
    ///
    /// # Errors
    /// [`Fault::Hashing`] when argon2 fails, [`Fault::Busy`] when the queue is full or the wait too long.
    pub async fn hash(&self, password: &str) -> Result<String, Fault> {
        let salt = self.nature.bytes::<16>();
        let password = password.to_owned();
        let work = self.work;
        self.run(move || hash_now(work, &password, &salt)).await?
    }

    /// Verifies a password; without a hash it verifies the dummy and returns `false`, taking as long.
    ///
    /// # Errors
    /// [`Fault::Hashing`] when the stored hash cannot be parsed, [`Fault::Busy`] as for [`Passwords::hash`].
    pub async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool, Fault> {
        let known = hash.is_some();
        let hash = hash.unwrap_or(&self.dummy).to_owned();
        let password = password.to_owned();
        let work = self.work;
        let matches = self
            .run(move || {
                let parsed = PasswordHash::new(&hash).map_err(|error| Fault::Hashing(error.to_string()))?;
                Ok::<_, Fault>(argon2(work)?.verify_password(password.as_bytes(), &parsed).is_ok())
            })
            .await??;
        Ok(matches && known)
    }

    /// Stretches a short secret with its own salt: brute force stays slow even with the database and the key. The
    /// parameters are fixed, because stored values are compared with new ones.
    ///
    /// # Errors
    /// [`Fault::Hashing`] when argon2 fails, [`Fault::Busy`] when the queue is full or the wait too long.
    pub async fn stretch(&self, secret: &str, salt: &str) -> Result<Stretched, Fault> {
        let (secret, salt) = (secret.to_owned(), salt.to_owned());
        self.run(move || stretch_now(&secret, &salt)).await?
    }

    /// Stretches several secrets in one job of the pool.
    ///
    /// # Errors
    /// As [`Passwords::stretch`].
    pub async fn stretch_all(&self, secrets: Vec<String>, salt: &str) -> Result<Vec<Stretched>, Fault> {
        let salt = salt.to_owned();
        self.run(move || secrets.iter().map(|secret| stretch_now(secret, &salt)).collect()).await?
    }

    /// Fills the queue until the permits are dropped, as a flood of sign-ins would.
    #[cfg(test)]
    fn fill(&self) -> Vec<tokio::sync::OwnedSemaphorePermit> {
        (0..AT_ONCE + MAX_WAITING).map(|_| Arc::clone(&self.queue).try_acquire_owned().unwrap()).collect()
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Fault> {
        let place = Arc::clone(&self.queue).try_acquire_owned().map_err(|_| Fault::Busy)?;
        let turn = tokio::time::timeout(TURN_WITHIN, Arc::clone(&self.gate).acquire_owned()).await;
        let permit = turn.map_err(|_| Fault::Busy)?.map_err(|_| Fault::Hashing("the pool is closed".to_owned()))?;
        let done = tokio::task::spawn_blocking(crate::telemetry::carried(move || {
            let result = work();
            drop((permit, place));
            result
        }));
        done.await.map_err(|error| Fault::Hashing(error.to_string()))
    }
}

#[cfg(test)]
impl super::Services {
    /// Fills the queue of password hashes until the permits are dropped.
    pub(crate) fn fill_password_queue(&self) -> Vec<tokio::sync::OwnedSemaphorePermit> {
        self.passwords().fill()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn passwords_are_argon2id_with_19_mib_two_passes_one_lane() {
        let passwords = Passwords::new(&Nature::system(), HashWork::LEAST).unwrap();
        let hash = passwords.hash("gaz59").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.verify("gaz59", Some(&hash)).await.unwrap());
        assert!(!passwords.verify("gaz58", Some(&hash)).await.unwrap());
    }

    #[tokio::test]
    async fn an_unknown_login_is_checked_against_a_hash_and_refused() {
        let passwords = Passwords::new(&Nature::system(), HashWork::LEAST).unwrap();
        assert!(passwords.dummy.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(!passwords.verify("anything", None).await.unwrap());
    }

    #[tokio::test]
    async fn a_hash_with_less_work_than_the_settings_is_weak() {
        let least = Passwords::new(&Nature::system(), HashWork::LEAST).unwrap();
        let more = HashWork { passes: 3, ..HashWork::LEAST };
        let grown = Passwords::new(&Nature::system(), more).unwrap();
        let (old, new) = (least.hash("kama2026x").await.unwrap(), grown.hash("kama2026x").await.unwrap());
        assert!(grown.is_weak(&old) && !grown.is_weak(&new) && !least.is_weak(&old));
        assert!(grown.verify("kama2026x", Some(&old)).await.unwrap(), "the old hash still opens");
    }

    #[tokio::test]
    async fn a_full_queue_asks_to_come_again_at_once() {
        let passwords = Passwords::new(&Nature::system(), HashWork::LEAST).unwrap();
        let held = Arc::clone(&passwords.gate).acquire_many_owned(AT_ONCE as u32).await.unwrap();
        let waiting = passwords.fill();
        assert!(matches!(passwords.hash("kama2026x").await, Err(Fault::Busy)));
        drop((held, waiting));
        assert!(passwords.hash("kama2026x").await.is_ok());
    }
}
