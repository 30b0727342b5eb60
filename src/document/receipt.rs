//! The receipt as a tagged PDF, for readers of screens (PDF/UA-1) and for archives (PDF/A-2a), and as a picture:
//! `templates/receipt.typ` with one record.

mod record;
#[cfg(test)]
mod tests;

use serde_json::Value;
use typst::foundations::Bytes;
use typst_layout::PagedDocument;

use self::record::record;
use super::payment_qr;
use super::press::{DocumentError, Press};
use crate::domain::receipt::Receipt;

impl Press {
    /// A receipt as PDF. The same receipt gives the same bytes.
    ///
    /// # Errors
    /// [`DocumentError`]: the record breaks a rule of receipts, or our template does not cope with it.
    pub fn receipt(&self, receipt: &Receipt) -> Result<Vec<u8>, DocumentError> {
        let ident = format!("{} {} {}", receipt.provider.code, receipt.account_number, receipt.period);
        let set = self.set_receipt(receipt);
        let printed = set.and_then(|document| self.export(&document, ident, receipt.issued_on));
        self.forget_at_times();
        printed
    }

    /// The first page of a receipt as SVG, to look at before it is saved.
    ///
    /// # Errors
    /// As [`Press::receipt`].
    pub fn receipt_preview(&self, receipt: &Receipt) -> Result<String, DocumentError> {
        let preview = self.set_receipt(receipt).and_then(|document| Self::picture(&document));
        self.forget_at_times();
        preview
    }

    /// Nearly every receipt fits one page; the others are set again, with numbered pages.
    fn set_receipt(&self, receipt: &Receipt) -> Result<PagedDocument, DocumentError> {
        receipt.check()?;
        let code = payment_qr::receipt_payload(receipt).and_then(|payload| payment_qr::picture(&payload));
        let mut record = record(&self.letters, receipt, code.as_ref().map(|picture| picture.side))?;
        let code = code.map(|picture| Bytes::new(picture.luma));
        let document = self.set_record(&record, code.as_ref())?;
        if document.pages().len() == 1 {
            return Ok(document);
        }
        record["several-pages"] = Value::Bool(true);
        self.set_record(&record, code.as_ref())
    }

    fn set_record(&self, record: &Value, code: Option<&Bytes>) -> Result<PagedDocument, DocumentError> {
        let record = ("receipt.json", Bytes::from_string(record.to_string()));
        match code {
            Some(code) => self.set("receipt.typ", &[record, ("qr.luma", code.clone())]),
            None => self.set("receipt.typ", &[record]),
        }
    }
}
