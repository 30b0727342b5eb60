//! The acquirer's test double: a bank with scripted answers that counts the calls.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::BoxFuture;

use super::{Acquirer, AcquirerError, AcquirerPayment, AcquirerState, Order};
use crate::domain::money::Money;
use crate::domain::payment::CancelReason;

/// How the bank answers.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Mood {
    #[default]
    Answers,
    /// Acts on each call, but the answer is lost.
    Silent,
    /// No call reaches it.
    Away,
}

#[derive(Default)]
struct Ledger {
    /// In the order of registration.
    payments: Vec<(Order, AcquirerPayment)>,
    creates: HashMap<String, usize>,
    gets: HashMap<String, usize>,
    mood: Mood,
}

/// A bank that a test controls. Clones share one ledger.
#[derive(Clone, Default)]
pub struct ScriptedBank(Arc<Mutex<Ledger>>);

impl ScriptedBank {
    /// A bank without payments that answers at once.
    pub fn new() -> Self {
        Self::default()
    }

    /// The payer paid: the payment succeeded.
    pub fn approves(&self, id: &str) {
        self.finish(id, AcquirerState::Succeeded);
    }

    /// The payment was cancelled.
    pub fn refuses(&self, id: &str, reason: CancelReason) {
        self.finish(id, AcquirerState::Canceled(reason));
    }

    /// From now on it reports another sum for this payment.
    pub fn names_another_sum(&self, id: &str) {
        let mut ledger = self.ledger();
        if let Some((_, payment)) = ledger.payments.iter_mut().find(|(_, payment)| payment.id == id) {
            payment.amount = Money::from_kopecks(payment.amount.kopecks() + 1);
        }
    }

    /// From now on it registers payments, but every answer is lost: the worst kind of timeout.
    pub fn goes_silent(&self) {
        self.ledger().mood = Mood::Silent;
    }

    /// From now on no call reaches it.
    pub fn goes_away(&self) {
        self.ledger().mood = Mood::Away;
    }

    /// From now on it answers again.
    pub fn answers_again(&self) {
        self.ledger().mood = Mood::Answers;
    }

    /// Number of attempts to register a payment with this idempotency key.
    pub fn creates(&self, idempotency_key: &str) -> usize {
        self.ledger().creates.get(idempotency_key).copied().unwrap_or_default()
    }

    /// Number of polls of this payment.
    pub fn gets(&self, id: &str) -> usize {
        self.ledger().gets.get(id).copied().unwrap_or_default()
    }

    /// The bank's identifier of the payment registered under a key.
    pub fn id_of(&self, idempotency_key: &str) -> Option<String> {
        let ledger = self.ledger();
        let (_, payment) = ledger.payments.iter().find(|(order, _)| order.idempotency_key == idempotency_key)?;
        Some(payment.id.clone())
    }

    /// Every registered order, oldest first, one per key.
    pub fn orders(&self) -> Vec<Order> {
        self.ledger().payments.iter().map(|(order, _)| order.clone()).collect()
    }

    fn finish(&self, id: &str, state: AcquirerState) {
        let mut ledger = self.ledger();
        if let Some((_, payment)) = ledger.payments.iter_mut().find(|(_, payment)| payment.id == id) {
            payment.state = state;
        }
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn register(&self, order: &Order) -> Result<AcquirerPayment, AcquirerError> {
        let mut ledger = self.ledger();
        *ledger.creates.entry(order.idempotency_key.clone()).or_default() += 1;
        ledger.before()?;
        let payment = ledger.find_or_register(order)?;
        ledger.after(payment)
    }

    fn ask(&self, id: &str) -> Result<AcquirerPayment, AcquirerError> {
        let mut ledger = self.ledger();
        *ledger.gets.entry(id.to_owned()).or_default() += 1;
        ledger.before()?;
        let found = ledger.payments.iter().find(|(_, payment)| payment.id == id);
        let payment = found.map(|(_, payment)| payment.clone()).ok_or(AcquirerError::NotFound)?;
        ledger.after(payment)
    }
}

impl Ledger {
    fn before(&self) -> Result<(), AcquirerError> {
        match self.mood {
            Mood::Answers | Mood::Silent => Ok(()),
            Mood::Away => Err(AcquirerError::Unknown("the twin was told to be away".into())),
        }
    }

    fn after(&self, payment: AcquirerPayment) -> Result<AcquirerPayment, AcquirerError> {
        match self.mood {
            Mood::Silent => Err(AcquirerError::Unknown("the twin was told to be silent".into())),
            _ => Ok(payment),
        }
    }

    fn find_or_register(&mut self, order: &Order) -> Result<AcquirerPayment, AcquirerError> {
        let same_key = |(known, _): &&(Order, AcquirerPayment)| known.idempotency_key == order.idempotency_key;
        match self.payments.iter().find(same_key) {
            Some((known, payment)) if known == order => Ok(payment.clone()),
            Some(_) => Err(AcquirerError::Refused("invalid_request".into())),
            None => {
                let id = format!("bank-{}", self.payments.len() + 1);
                let confirmation_url = Some(format!("https://bank.example/pay/{id}"));
                let state = AcquirerState::Pending { confirmation_url };
                let payment = AcquirerPayment { id, amount: order.amount, state };
                self.payments.push((order.clone(), payment.clone()));
                Ok(payment)
            }
        }
    }
}

impl Acquirer for ScriptedBank {
    fn create<'a>(&'a self, order: &'a Order) -> BoxFuture<'a, Result<AcquirerPayment, AcquirerError>> {
        let answer = self.register(order);
        Box::pin(async move { answer })
    }

    fn get<'a>(&'a self, acquirer_payment_id: &'a str) -> BoxFuture<'a, Result<AcquirerPayment, AcquirerError>> {
        let answer = self.ask(acquirer_payment_id);
        Box::pin(async move { answer })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::acquirer::FiscalContact;

    fn order(key: &str) -> Order {
        Order {
            idempotency_key: key.into(),
            amount: Money::from_kopecks(100),
            description: "Газ".into(),
            return_url: "https://k.example/".into(),
            payment_id: "p".into(),
            account_number: "1".into(),
            fiscal_contact: FiscalContact::Email("a@example.ru".into()),
        }
    }

    #[tokio::test]
    async fn the_same_key_finds_the_same_payment_and_every_call_is_counted() {
        let bank = ScriptedBank::new();
        let first = bank.create(&order("k")).await.unwrap();
        assert_eq!(bank.create(&order("k")).await.unwrap(), first);
        assert_eq!((bank.creates("k"), bank.orders().len()), (2, 1));
        let other = Order { amount: Money::from_kopecks(200), ..order("k") };
        assert!(matches!(bank.create(&other).await, Err(AcquirerError::Refused(_))));
        assert!(matches!(bank.get("nobody").await, Err(AcquirerError::NotFound)));
    }

    #[tokio::test]
    async fn a_silent_bank_has_the_payment_all_the_same() {
        let bank = ScriptedBank::new();
        bank.goes_silent();
        assert!(matches!(bank.create(&order("k")).await, Err(AcquirerError::Unknown(_))));
        let id = bank.id_of("k").unwrap();
        bank.answers_again();
        bank.approves(&id);
        assert_eq!(bank.get(&id).await.unwrap().state, AcquirerState::Succeeded);
        bank.goes_away();
        assert!(matches!(bank.create(&order("l")).await, Err(AcquirerError::Unknown(_))));
        assert_eq!(bank.id_of("l"), None);
    }
}
