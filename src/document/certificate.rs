//! The certificate of a payment («Справка об оплате») as a tagged PDF, by `templates/certificate.typ`.

use jiff::civil::Date;
use serde_json::{Value, json};
use typst::foundations::Bytes;

use super::letters::Letters;
use super::press::{DocumentError, Press};
use super::provider;
use crate::domain::account::AccountNumber;
use crate::domain::calendar::{Moment, show_date};
use crate::domain::id::PaymentId;
use crate::domain::in_words::sum_in_words;
use crate::domain::money::Money;
use crate::domain::provider::Provider;

/// A paid payment with its payee. It contains personal data, hence no `Debug`.
#[derive(Clone)]
pub struct CertificateData {
    /// The payee.
    pub provider: Provider,
    /// The account.
    pub account_number: AccountNumber,
    /// The account's address; only in full access.
    pub address: Option<String>,
    /// The sum.
    pub amount: Money,
    /// When the acquirer took the money.
    pub paid_at: Moment,
    /// The provider's time zone, in hours from UTC.
    pub utc_offset_hours: i8,
    /// The portal's identifier of the payment.
    pub payment_id: PaymentId,
    /// The acquirer's identifier of the payment, if known.
    pub operation: Option<String>,
    /// The date of the document, in the provider's time zone.
    pub issued_on: Date,
}

impl Press {
    /// The certificate of a payment as PDF. The same payment gives the same bytes on the same day.
    ///
    /// # Errors
    /// [`DocumentError`] when our template fails on it.
    pub fn certificate(&self, data: &CertificateData) -> Result<Vec<u8>, DocumentError> {
        let record = record(&self.letters, data);
        let file = ("certificate.json".to_owned(), Bytes::from_string(record.to_string()));
        let ident = format!("{} {} {}", data.provider.code, data.account_number, data.payment_id);
        let set = self.set("certificate.typ", &[file]);
        let printed = set.and_then(|document| self.export(&document, ident, data.issued_on));
        self.forget_at_times();
        printed
    }
}

/// The record that the template reads; `templates/certificate.md` describes it.
fn record(letters: &Letters, data: &CertificateData) -> Value {
    let mut record = json!({
        "title": "Справка об оплате",
        "issued": show_date(data.issued_on),
        "provider": provider::record(&data.provider),
        "account": data.account_number.as_str(),
        "address": data.address,
        "sum": data.amount.to_string(),
        "words": sum_in_words(data.amount),
        "paid-at": format!("{} (UTC{:+})", data.paid_at.show(data.utc_offset_hours), data.utc_offset_hours),
    });
    letters.make_printable(&mut record);
    // Identifiers are copied from the document: they get no invisible break opportunities.
    record["payment"] = data.payment_id.as_str().into();
    record["operation"] = data.operation.as_deref().filter(|id| id.bytes().all(|byte| byte.is_ascii_graphic())).into();
    record
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::object_streams::with_contents;
    use crate::document::sample;

    #[test]
    fn a_certificate_is_tagged_pdf_and_the_same_bytes_twice() {
        let data = sample::certified();
        let pdf = Press::new().certificate(&data).unwrap();
        let text = String::from_utf8_lossy(&with_contents(&pdf)).into_owned();
        for mark in ["%PDF-1.7", "/StructTreeRoot", "<pdfuaid:part>1</pdfuaid:part>", "<pdfaid:part>2</pdfaid:part>"] {
            assert!(text.contains(mark), "{mark}");
        }
        assert_eq!(pdf, Press::new().certificate(&data).unwrap());
    }

    #[test]
    fn a_certificate_names_the_sum_in_words_and_the_offset_of_its_clock() {
        let record = record(&Letters::new(), &sample::certified());
        assert_eq!(record["sum"], "3\u{a0}577,88\u{a0}₽");
        assert_eq!(record["words"], "Три тысячи пятьсот семьдесят семь рублей 88 копеек");
        assert_eq!(record["paid-at"], "02.12.2026 14:37 (UTC+5)");
        assert_eq!(record["operation"], "2f0c7c1b-000f-5000-9000-145f6df21d6f");
    }

    #[test]
    fn a_certificate_without_address_and_operation_is_printed_too() {
        let provider = Provider::new(sample::certified().provider.id, "bare".into(), 8);
        let bare = CertificateData {
            provider: Provider { name: "Газ".into(), ..provider },
            address: None,
            operation: None,
            utc_offset_hours: -1,
            ..sample::certified()
        };
        let record = record(&Letters::new(), &bare);
        assert!(record["address"].is_null() && record["operation"].is_null());
        assert!(Press::new().certificate(&bare).unwrap().starts_with(b"%PDF-1.7"));
    }
}
