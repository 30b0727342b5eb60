//! The bank's stored payments: registered once per key, ended once, expired after the time to pay.

use thiserror::Error;

use super::TestBank;
use super::payment::{Payment, Refusal, Stage, TIME_TO_PAY};
use crate::storage::test_bank::{StoredPayment, find, find_by_key, insert, replace};
use crate::storage::{Database, StorageError};

/// A payment as read from the database.
pub(super) struct Entry {
    stored: StoredPayment,
    pub(super) payment: Payment,
}

/// Why an order was not registered.
#[derive(Debug, Error)]
pub(super) enum RegisterError {
    #[error("another order came under this key")]
    KeyReused,
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Entry {
    pub(super) fn id(&self) -> &str {
        &self.stored.id
    }
}

impl TryFrom<StoredPayment> for Entry {
    type Error = StorageError;

    fn try_from(stored: StoredPayment) -> Result<Self, StorageError> {
        let payment = serde_json::from_str(&stored.body)
            .map_err(|_| StorageError::Corrupt { what: "payment of the test bank" })?;
        Ok(Self { stored, payment })
    }
}

impl TestBank {
    /// Registers a payment, or returns the one already registered by the same order under the same key.
    pub(super) async fn register(&self, key: &str, payment: Payment) -> Result<Entry, RegisterError> {
        let stored = StoredPayment {
            id: payment_id(self.nature.bytes()),
            idempotency_key: key.to_owned(),
            body: body_of(&payment),
            created_at: self.nature.now(),
        };
        match store(&self.db, &stored).await {
            Ok(()) => Ok(Entry { stored, payment }),
            Err(StorageError::Conflict) => self.same_order(key, &payment.order_hash).await,
            Err(error) => Err(error.into()),
        }
    }

    async fn same_order(&self, key: &str, order_hash: &str) -> Result<Entry, RegisterError> {
        let stored = find_by_key(&mut *self.db.read().await?, key).await?.ok_or(StorageError::Conflict)?;
        let entry = Entry::try_from(stored)?;
        if entry.payment.order_hash == order_hash { Ok(entry) } else { Err(RegisterError::KeyReused) }
    }

    /// The payment in its current stage; an overdue one is cancelled first.
    pub(super) async fn find(&self, id: &str) -> Result<Option<Entry>, StorageError> {
        let Some(entry) = self.read(id).await? else { return Ok(None) };
        let in_time = self.nature.now() < entry.stored.created_at.plus(TIME_TO_PAY);
        if in_time || entry.payment.stage.is_final() {
            return Ok(Some(entry));
        }
        let expired = entry.payment.stage.given_up(Refusal::ExpiredOnConfirmation);
        self.advance(entry, expired).await.map(Some)
    }

    /// Moves a payment to a stage unless a concurrent change came first; returns the current payment. Of two clicks one
    /// wins, so the portal gets one notice of the end.
    pub(super) async fn advance(&self, entry: Entry, stage: Stage) -> Result<Entry, StorageError> {
        if stage == entry.payment.stage {
            return Ok(entry);
        }
        let payment = Payment { stage, ..entry.payment };
        let body = body_of(&payment);
        let mut tx = self.db.begin().await?;
        let won = replace(&mut tx, &entry.stored, &body).await?;
        Database::commit(tx).await?;
        if !won {
            let gone = StorageError::Corrupt { what: "payment of the test bank" };
            return self.read(&entry.stored.id).await?.ok_or(gone);
        }
        let entry = Entry { stored: StoredPayment { body, ..entry.stored }, payment };
        if stage.is_final() {
            self.announce(&entry);
        }
        Ok(entry)
    }

    /// The payment in the protocol's JSON.
    pub(super) fn show(&self, entry: &Entry) -> serde_json::Value {
        let StoredPayment { id, created_at, .. } = &entry.stored;
        entry.payment.show(id, *created_at, &self.settings.shop_id, &self.settings.public_url)
    }

    async fn read(&self, id: &str) -> Result<Option<Entry>, StorageError> {
        find(&mut *self.db.read().await?, id).await?.map(Entry::try_from).transpose()
    }
}

async fn store(db: &Database, payment: &StoredPayment) -> Result<(), StorageError> {
    let mut tx = db.begin().await?;
    insert(&mut tx, payment).await?;
    Database::commit(tx).await
}

fn body_of(payment: &Payment) -> String {
    serde_json::json!(payment).to_string()
}

/// Thirty-six characters, like the protocol's identifiers.
fn payment_id(bytes: [u8; 16]) -> String {
    let hex = data_encoding::HEXLOWER.encode(&bytes);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
