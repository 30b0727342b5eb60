//! The fields of a provider in a record: its name, its requisites and how to reach it.

use serde_json::{Value, json};

use crate::domain::provider::Provider;

/// The provider as the templates read it; an absent field is null.
pub(super) fn record(provider: &Provider) -> Value {
    json!({
        "name": provider.name,
        "inn": provider.inn,
        "kpp": provider.kpp,
        "bank": provider.bank_name,
        "bik": provider.bik,
        "settlement-account": provider.settlement_account,
        "correspondent-account": provider.correspondent_account,
        "phone": provider.support_phone,
        "email": provider.support_email,
        "site": provider.site,
    })
}
