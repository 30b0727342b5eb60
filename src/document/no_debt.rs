//! The certificate that nothing is owed («Справка об отсутствии задолженности») as a tagged PDF, by
//! `templates/no-debt.typ`.

use jiff::civil::Date;
use serde_json::{Value, json};
use typst::foundations::Bytes;

use super::press::{DocumentError, Press};
use super::provider;
use crate::domain::account::Account;
use crate::domain::calendar::{Period, show_date};
use crate::domain::money::Money;
use crate::domain::provider::Provider;

/// An account without a debt. It contains personal data, hence no `Debug`.
#[derive(Clone)]
pub struct NoDebtData {
    /// The provider.
    pub provider: Provider,
    /// The account.
    pub account: Account,
    /// The overpaid sum; zero when there is none.
    pub advance: Money,
    /// The newest month of billing.
    pub newest: Period,
    /// Payments since that month.
    pub paid_since: Money,
    /// The date of the document and of the balance, in the provider's time zone.
    pub issued_on: Date,
}

impl Press {
    /// The certificate as PDF. The same account gives the same bytes on the same day.
    ///
    /// # Errors
    /// [`DocumentError`] when our template fails on it.
    pub fn no_debt(&self, data: &NoDebtData) -> Result<Vec<u8>, DocumentError> {
        let mut record = record(data);
        self.letters.make_printable(&mut record);
        let file = ("no-debt.json".to_owned(), Bytes::from_string(record.to_string()));
        let ident = format!("{} {} no-debt {}", data.provider.code, data.account.number, data.issued_on);
        let set = self.set("no-debt.typ", &[file]);
        let printed = set.and_then(|document| self.export(&document, ident, data.issued_on));
        self.forget_at_times();
        printed
    }
}

/// The record that the template reads; `templates/no-debt.md` describes it.
fn record(data: &NoDebtData) -> Value {
    let unless_zero = |sum: Money| (sum > Money::ZERO).then(|| sum.to_string());
    json!({
        "title": "Справка об отсутствии задолженности",
        "issued": show_date(data.issued_on),
        "provider": provider::record(&data.provider),
        "account": data.account.number.as_str(),
        "subscriber": data.account.subscriber,
        "address": data.account.address,
        "advance": unless_zero(data.advance),
        "newest": data.newest.to_string(),
        "counted-to": show_date(data.newest.last_day()),
        "paid-since": unless_zero(data.paid_since),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::object_streams::with_contents;
    use crate::document::sample;

    #[test]
    fn a_certificate_of_no_debt_is_tagged_pdf_and_the_same_bytes_twice() {
        let data = sample::without_debt();
        let pdf = Press::new().no_debt(&data).unwrap();
        let text = String::from_utf8_lossy(&with_contents(&pdf)).into_owned();
        for mark in ["%PDF-1.7", "/StructTreeRoot", "<pdfuaid:part>1</pdfuaid:part>", "<pdfaid:part>2</pdfaid:part>"] {
            assert!(text.contains(mark), "{mark}");
        }
        assert_eq!(pdf, Press::new().no_debt(&data).unwrap());
    }

    #[test]
    fn a_certificate_of_no_debt_names_the_advance_and_the_day_of_billings_data() {
        let record = record(&sample::without_debt());
        assert_eq!(record["advance"], "212,37\u{a0}₽");
        assert_eq!(record["issued"], "03.12.2026");
        assert_eq!(record["counted-to"], "30.11.2026");
        assert_eq!(record["paid-since"], "500,00\u{a0}₽");
    }

    #[test]
    fn a_balance_of_zero_and_an_unnamed_subscriber_leave_no_empty_label() {
        let mut bare = NoDebtData { advance: Money::ZERO, paid_since: Money::ZERO, ..sample::without_debt() };
        bare.account.subscriber = None;
        let record = record(&bare);
        assert!(record["advance"].is_null() && record["paid-since"].is_null() && record["subscriber"].is_null());
        assert!(Press::new().no_debt(&bare).unwrap().starts_with(b"%PDF-1.7"));
    }
}
