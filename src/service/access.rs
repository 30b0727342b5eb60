//! Proofs of a user's access to an account. A use case takes a proof, not an identifier, so that it cannot run before
//! the check.

use super::{Fault, Services};
use crate::domain::account::{Account, LinkedAccount};
use crate::domain::id::{AccountId, UserId};
use crate::domain::provider::Provider;
use crate::storage::links::{self, Linked};
use crate::telemetry::{self, SecurityEvent};

/// Proof that a user has linked an account, with any access. Billing's data is reachable only by
/// [`OwnAccess::full`].
pub struct OwnAccess {
    user_id: UserId,
    linked: LinkedAccount,
    /// Only in full access.
    account: Option<Account>,
}

crate::opaque_debug!(OwnAccess, user_id, linked);

impl OwnAccess {
    /// The user's account with an identifier; `None` when the user has no link to it, whether it exists or not.
    ///
    /// # Errors
    /// [`Fault`] when the storage fails.
    pub async fn find(services: &Services, user_id: &UserId, id: &AccountId) -> Result<Option<Self>, Fault> {
        let linked = links::linked(&mut *services.db().read().await?, user_id, id).await?;
        if linked.is_none() {
            telemetry::security(SecurityEvent::ForeignId);
        }
        Ok(linked.map(|linked| Self::new(user_id, linked)))
    }

    /// The same, and all the user's accounts, for the switcher between them.
    ///
    /// # Errors
    /// [`Fault`] when the storage fails.
    pub async fn find_among(
        services: &Services,
        user_id: &UserId,
        id: &AccountId,
    ) -> Result<Option<(Self, Vec<LinkedAccount>)>, Fault> {
        let mut all = Self::all(services, user_id).await?;
        let linked = all.iter().map(|own| own.linked.clone()).collect();
        let Some(place) = all.iter().position(|own| own.id() == id) else {
            telemetry::security(SecurityEvent::ForeignId);
            return Ok(None);
        };
        Ok(Some((all.swap_remove(place), linked)))
    }

    /// Every linked account of a user, in the order of linking.
    ///
    /// # Errors
    /// [`Fault`] when the storage fails.
    pub async fn all(services: &Services, user_id: &UserId) -> Result<Vec<Self>, Fault> {
        let linked = links::linked_of_user(&mut *services.db().read().await?, user_id).await?;
        Ok(linked.into_iter().map(|linked| Self::new(user_id, linked)).collect())
    }

    fn new(user_id: &UserId, Linked { own, account }: Linked) -> Self {
        Self { user_id: user_id.clone(), linked: own, account }
    }

    /// The user.
    pub const fn user_id(&self) -> &UserId {
        &self.user_id
    }

    /// The account's identifier.
    pub const fn id(&self) -> &AccountId {
        &self.linked.id
    }

    /// The account's number, its provider and the access level.
    pub const fn linked(&self) -> &LinkedAccount {
        &self.linked
    }

    /// The address of the flat or house; `None` in lite access.
    pub fn address(&self) -> Option<&str> {
        self.account.as_ref().map(|account| account.address.as_str())
    }

    /// The proof of full access; `None` in lite access.
    pub fn full(&self) -> Option<FullAccess> {
        let account = self.account.clone()?;
        Some(FullAccess { user_id: self.user_id.clone(), linked: self.linked.clone(), account })
    }
}

/// Proof that a user has full access to an account.
pub struct FullAccess {
    user_id: UserId,
    linked: LinkedAccount,
    account: Account,
}

crate::opaque_debug!(FullAccess, user_id, linked);

impl FullAccess {
    /// Skips the check, for a test that reads every account of the demo town.
    #[cfg(test)]
    pub fn unlocked(provider: Provider, account: Account) -> Self {
        let access = crate::domain::account::Access::Full;
        let linked = LinkedAccount { id: account.id.clone(), number: account.number.clone(), provider, access };
        Self { user_id: UserId::trusted("n".repeat(26)), linked, account }
    }

    /// The user.
    pub const fn user_id(&self) -> &UserId {
        &self.user_id
    }

    /// The account's identifier.
    pub const fn id(&self) -> &AccountId {
        &self.linked.id
    }

    /// The account's number, its provider and the access level.
    pub const fn linked(&self) -> &LinkedAccount {
        &self.linked
    }

    /// The account as described by billing.
    pub const fn account(&self) -> &Account {
        &self.account
    }

    /// The account's provider.
    pub const fn provider(&self) -> &Provider {
        &self.linked.provider
    }
}
