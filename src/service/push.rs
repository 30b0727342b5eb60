//! Browsers that show notices by themselves: their subscriptions, the installation's key, and how a push is sent.
//!
//! A push shows on a locked phone and on a shared computer, also to the next person until the browser has signed out. So
//! its payload must have no sum, address or account number, only what happened and a link into the portal.

use futures::future::join_all;
use serde_json::json;

use super::limits::{PUSH_BROWSERS, PUSH_TRIALS};
use super::refused::{Correctable, Refused};
use super::vault::VaultError;
use super::{Fault, Services, fingerprint};
use crate::domain::id::{PushSubscriptionId, UserId};
use crate::domain::push::SubscribedBrowser;
use crate::gateway::mail::SendError;
use crate::gateway::push::endpoint::public_endpoint;
use crate::gateway::push::vapid::{SECRET_LENGTH, VapidKey};
use crate::gateway::push::{Push, PushError, Subscription};
use crate::storage::Database;
use crate::storage::installation_secrets::{self, PUSH};
use crate::storage::push_subscriptions::{self, NewSubscription};

/// Longest subscription as a browser writes it, in bytes: an address of 2 000, two keys, an expiry and the names.
const MAX_SUBSCRIPTION: usize = 3_000;
/// Longest title of a push, in characters: phones show about half of it.
const MAX_TITLE: usize = 100;
/// Longest text of a push, in characters: in Cyrillic letters far below the limit of the payload.
const MAX_BODY: usize = 300;
/// The link of a push on trial.
const TRIAL_LINK: &str = "/settings/push";

/// Why a browser was not subscribed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SubscribeError {
    /// The browser gave no subscription, an incomplete one, or wrong keys.
    NotASubscription,
    /// The address is not one of a public push service.
    Endpoint,
}

impl Correctable for SubscribeError {}

/// Why no push on trial was sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TrialError {
    /// The user has no subscribed browser.
    NoBrowser,
    /// No push service took it. Browsers that have ended their subscription are forgotten.
    NotSent,
}

impl Correctable for TrialError {}

/// What an address and keys of a browser are sealed for: they cannot be moved to another row.
pub(super) fn purpose(id: &str) -> String {
    format!("push-subscription:{id}")
}

/// What a secret of the installation is sealed for.
pub(super) fn secret_purpose(key: &str) -> String {
    format!("installation-secret:{key}")
}

/// The payload of a push, as the service worker reads it. `link` is a path of the portal; long texts are cut.
pub(super) fn payload(title: &str, body: &str, link: &str) -> String {
    json!({ "title": cut(title, MAX_TITLE), "body": cut(body, MAX_BODY), "link": link }).to_string()
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

/// The public key with which browsers subscribe, base64url. The first call creates the key pair.
///
/// # Errors
/// [`Fault`] when the storage fails or the stored key cannot be opened.
pub async fn public_key(services: &Services) -> Result<String, Fault> {
    let key = signing_key(services).await?;
    Ok(key.public())
}

/// The key pair of the installation; created on the first need. Instances that create it at once get the same one.
async fn signing_key(services: &Services) -> Result<VapidKey, Fault> {
    let stored = installation_secrets::read(&mut *services.db().read().await?, PUSH).await?;
    let sealed = match stored {
        Some(sealed) => sealed,
        None => first_key(services).await?,
    };
    let secret = services.vault().unseal_bytes(&secret_purpose(PUSH), &sealed)?;
    Ok(VapidKey::from_bytes(&secret).ok_or(VaultError::Unreadable)?)
}

/// Stores a new key pair unless another instance was first; returns the stored one.
async fn first_key(services: &Services) -> Result<String, Fault> {
    let sealed = services.vault().seal_bytes(&secret_purpose(PUSH), &new_key(services).to_bytes());
    let mut tx = services.db().begin().await?;
    installation_secrets::keep_first(&mut tx, PUSH, &sealed).await?;
    let stored = installation_secrets::read(&mut tx, PUSH).await?;
    Database::commit(tx).await?;
    stored.ok_or(Fault::Broken("the key of pushes was not stored"))
}

fn new_key(services: &Services) -> VapidKey {
    loop {
        if let Some(key) = VapidKey::from_bytes(&services.nature().bytes::<SECRET_LENGTH>()) {
            return key;
        }
    }
}

/// Subscribes a browser of a user; `typed` is the JSON of its `PushSubscription`. A browser that showed another user's
/// notices shows this user's from now on. Beyond [`push_subscriptions::MAX_BROWSERS`] the oldest browser is forgotten.
///
/// # Errors
/// [`SubscribeError`] when the browser's address or keys are not acceptable, or [`Refused::TooOften`] after many tries.
pub async fn subscribe(
    services: &Services,
    user_id: &UserId,
    typed: &str,
    user_agent: &str,
) -> Result<(), Refused<SubscribeError>> {
    let subscription = accepted(typed)?;
    services.count(PUSH_BROWSERS, user_id.as_str()).await??;
    let id = PushSubscriptionId::trusted(services.nature().id());
    let new = NewSubscription {
        id: &id,
        user_id,
        endpoint_hash: &fingerprint(&subscription.endpoint),
        sealed: &services.vault().seal(&purpose(id.as_str()), &subscription.to_json()),
        user_agent,
    };
    let mut tx = services.db().begin().await?;
    push_subscriptions::put(&mut tx, new, services.now()).await?;
    push_subscriptions::keep_newest(&mut tx, user_id).await?;
    Ok(Database::commit(tx).await?)
}

fn accepted(typed: &str) -> Result<Subscription, SubscribeError> {
    let bounded = Some(typed).filter(|typed| typed.len() <= MAX_SUBSCRIPTION);
    let subscription = bounded.and_then(Subscription::parse).filter(Subscription::has_keys);
    let subscription = subscription.ok_or(SubscribeError::NotASubscription)?;
    public_endpoint(&subscription.endpoint).map_err(|_| SubscribeError::Endpoint)?;
    Ok(subscription)
}

/// Forgets a subscribed browser of a user. `false` when the user has no such one.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn withdraw(services: &Services, user_id: &UserId, id: &PushSubscriptionId) -> Result<bool, Fault> {
    let mut tx = services.db().begin().await?;
    let removed = push_subscriptions::remove_own(&mut tx, user_id, id).await?;
    Database::commit(tx).await?;
    Ok(removed)
}

/// The subscribed browsers of a user, the newest first.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn list(services: &Services, user_id: &UserId) -> Result<Vec<SubscribedBrowser>, Fault> {
    Ok(push_subscriptions::of_user(&mut *services.db().read().await?, user_id).await?)
}

/// Sends a push on trial to every browser of a user; returns how many push services took it. Past the outbox, because the
/// person waits for it.
///
/// # Errors
/// [`TrialError`] when there is no browser or none was reached, or [`Refused::TooOften`] after many tries.
pub async fn send_trial(services: &Services, user_id: &UserId) -> Result<usize, Refused<TrialError>> {
    let browsers = push_subscriptions::ids_of_user(&mut *services.db().read().await?, user_id).await?;
    if browsers.is_empty() {
        return Err(TrialError::NoBrowser.into());
    }
    services.count(PUSH_TRIALS, user_id.as_str()).await??;
    let text = payload("Пробное уведомление", "Уведомления в этом браузере работают.", TRIAL_LINK);
    let sent = join_all(browsers.iter().map(|id| hand_over(services, id, text.clone()))).await;
    match sent.iter().filter(|sent| sent.is_ok()).count() {
        0 => Err(TrialError::NotSent.into()),
        reached => Ok(reached),
    }
}

/// Sends the [`payload`] of a push to a subscribed browser. A browser that has ended its subscription is forgotten.
///
/// # Errors
/// [`SendError`] when the browser is not subscribed, or the push service refuses or does not answer.
pub(super) async fn hand_over(services: &Services, to: &PushSubscriptionId, payload: String) -> Result<(), SendError> {
    let failed = |fault: Fault| SendError::Temporary(crate::telemetry::chain(&fault));
    let Some(push) = addressed(services, to, payload).await.map_err(failed)? else {
        return Err(SendError::Permanent("the browser is not subscribed".to_owned()));
    };
    match services.inner.push.send(&push).await {
        Ok(()) => Ok(()),
        Err(PushError::Temporary(why)) => Err(SendError::Temporary(why)),
        Err(PushError::Permanent(why)) => Err(SendError::Permanent(why)),
        Err(gone @ PushError::Gone) => {
            forget(services, to).await.map_err(failed)?;
            Err(SendError::Permanent(gone.to_string()))
        }
    }
}

/// The push for a browser; `None` when it is no longer subscribed.
async fn addressed(services: &Services, to: &PushSubscriptionId, payload: String) -> Result<Option<Push>, Fault> {
    let sealed = push_subscriptions::sealed(&mut *services.db().read().await?, to).await?;
    let Some(sealed) = sealed else { return Ok(None) };
    let json = services.vault().unseal(&purpose(to.as_str()), &sealed)?;
    let to = Subscription::parse(&json).ok_or(VaultError::Unreadable)?;
    let key = signing_key(services).await?;
    Ok(Some(Push { to, payload, key, sent_at: services.now() }))
}

async fn forget(services: &Services, id: &PushSubscriptionId) -> Result<(), Fault> {
    let mut tx = services.db().begin().await?;
    push_subscriptions::remove(&mut tx, id).await?;
    Ok(Database::commit(tx).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::push::example;
    use crate::gateway::push::web_push::MAX_PAYLOAD;

    #[test]
    fn a_subscription_is_accepted_only_with_good_keys_at_a_public_address() {
        let good = example("https://fcm.googleapis.com/fcm/send/1");
        assert_eq!(accepted(&good.to_json()), Ok(good.clone()));
        let wrong_keys = Subscription { p256dh: "BA".to_owned(), ..good.clone() };
        let long = good.to_json() + &" ".repeat(MAX_SUBSCRIPTION);
        for typed in ["", "{}", &wrong_keys.to_json(), &long] {
            assert_eq!(accepted(typed), Err(SubscribeError::NotASubscription), "{typed}");
        }
        for inside in ["http://fcm.googleapis.com/1", "https://localhost/1", "https://10.0.0.1/1", "https://db/1"] {
            assert_eq!(accepted(&example(inside).to_json()), Err(SubscribeError::Endpoint), "{inside}");
        }
    }

    #[test]
    fn the_longest_payload_is_cut_and_stays_below_the_limit() {
        let long = "\u{1}\u{1F525}".repeat(MAX_BODY);
        let payload = payload(&long, &long, "/accounts");
        assert!(payload.len() < MAX_PAYLOAD, "{}", payload.len());
        let read: serde_json::Value = serde_json::from_str(&payload).unwrap();
        assert_eq!(read["body"].as_str().unwrap().chars().count(), MAX_BODY);
        assert!(read["title"].as_str().unwrap().ends_with('…'));
    }
}
