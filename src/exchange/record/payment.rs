use std::hash::Hasher;

use super::{Column, Record, Row, hash_text, value};
use crate::domain::account::AccountNumber;
use crate::domain::payment::BillingPayment;
use crate::exchange::Kind;
use crate::exchange::writer::CellWriter;

/// A payment of an account through any recipient. A negative sum is a refund.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PaymentRecord {
    /// The account.
    pub account: AccountNumber,
    /// The day, the sum and the recipient.
    pub payment: BillingPayment,
}

impl Record for PaymentRecord {
    const KIND: Kind = Kind::Payments;
    const COLUMNS: &'static [Column] = &[
        Column::required("account"),
        Column::required("date"),
        Column::required("amount"),
        Column::required("operation_id"),
        Column::optional("source"),
        Column::optional("service"),
    ];

    fn read(row: &mut Row<'_>) -> Option<Self> {
        let account = row.required(0, value::account(row.rules()));
        let date = row.required(1, value::date);
        let amount = row.required(2, value::money);
        let operation_id = row.required(3, value::identifier);
        let source = row.optional(4, value::text);
        let service = row.optional(5, value::text);
        Some(Self {
            account: account?,
            payment: BillingPayment {
                date: date?,
                amount: amount?,
                operation_id: operation_id?,
                source: source?,
                service: service?,
            },
        })
    }

    fn write(&self, cells: &mut CellWriter) {
        cells.text(self.account.as_str());
        cells.shown(Some(self.payment.date));
        cells.money(self.payment.amount);
        cells.text(&self.payment.operation_id);
        cells.optional(self.payment.source.as_deref());
        cells.optional(self.payment.service.as_deref());
    }

    fn hash_key(&self, hasher: &mut dyn Hasher) {
        hash_text(self.account.as_str(), hasher);
        hash_text(&self.payment.operation_id, hasher);
    }

    fn account(&self) -> Option<&AccountNumber> {
        Some(&self.account)
    }
}
