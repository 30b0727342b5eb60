//! The receipt as a tagged PDF, for screen readers (PDF/UA-1) and for archives (PDF/A-2a), and as a picture:
//! `templates/receipt.typ` with one record; and many receipts in one file, by `templates/receipts.typ`.

mod record;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde_json::{Value, json};
use typst::comemo;
use typst::foundations::Bytes;
use typst_layout::PagedDocument;

use self::record::{CodePicture, record};
use super::letters::Letters;
use super::payment_qr;
use super::press::{DocumentError, Press};
use super::previews::fingerprint;
use crate::domain::receipt::{Receipt, ReceiptError};

impl Press {
    /// A receipt as PDF. The same receipt gives the same bytes.
    ///
    /// # Errors
    /// [`DocumentError`] when the record breaks a rule of receipts, or our template fails on it.
    pub fn receipt(&self, receipt: &Receipt) -> Result<Vec<u8>, DocumentError> {
        let ident = format!("{} {} {}", receipt.provider.code, receipt.account_number, receipt.period);
        let set = self.set_sheet(Sheet::of(&self.letters, receipt, 0)?);
        let printed = set.and_then(|document| self.export(&document, ident, receipt.issued_on));
        self.forget_at_times();
        printed
    }

    /// The first page of a receipt as SVG, for a preview.
    ///
    /// # Errors
    /// As [`Press::receipt`].
    pub fn receipt_preview(&self, receipt: &Receipt) -> Result<Arc<str>, DocumentError> {
        let sheet = Sheet::of(&self.letters, receipt, 0)?;
        let code = sheet.code.as_ref().map(|code| code.luma.as_slice());
        let shown = fingerprint(&[sheet.record.to_string().as_bytes(), code.unwrap_or_default()]);
        if let Some(kept) = self.previews.get(&shown) {
            return Ok(kept);
        }
        let preview = self.set_sheet(sheet).and_then(|document| Self::picture(&document));
        self.forget_at_times();
        let preview: Arc<str> = preview?.into();
        self.previews.keep(shown, Arc::clone(&preview));
        Ok(preview)
    }

    /// Receipts in one file, in this order, for a print shop, and the number of pages of each. Together they take less
    /// time and space than separately: fonts and shared parts of pages are written once. All are of one provider and
    /// month, and there is at least one.
    ///
    /// # Errors
    /// As [`Press::receipt`].
    pub fn receipts(&self, receipts: &[&Receipt]) -> Result<(Vec<u8>, Vec<usize>), DocumentError> {
        let first = receipts.first().ok_or(DocumentError::Receipt(ReceiptError::NoCharges))?;
        let ident = format!("{} {} from {}", first.provider.code, first.period, first.account_number);
        let set = self.set_receipts(receipts);
        let printed = set.and_then(|(document, pages)| Ok((self.export(&document, ident, first.issued_on)?, pages)));
        // These receipts are not printed again, and the cache of the shared parts is quickly rebuilt.
        comemo::evict(0);
        printed
    }

    /// The content of a receipt, PIN included, as input for the programs that the benchmark compares with: a line of
    /// JSON with the record and the text of the code.
    ///
    /// # Errors
    /// As [`Press::receipt`].
    pub fn receipt_record(&self, receipt: &Receipt) -> Result<String, DocumentError> {
        let payload = payment_qr::receipt_payload(receipt);
        let payload = payload.as_deref().map(payment_qr::text_of);
        let sheet = Sheet::of(&self.letters, receipt, 0)?;
        Ok(json!({ "record": sheet.record, "payload": payload }).to_string())
    }

    /// Nearly every receipt fits one page; the others are typeset again, with numbered pages.
    fn set_sheet(&self, mut sheet: Sheet) -> Result<PagedDocument, DocumentError> {
        let document = self.set("receipt.typ", &sheet.files())?;
        if document.pages().len() == 1 {
            return Ok(document);
        }
        sheet.record["pages"] = document.pages().len().into();
        self.set("receipt.typ", &sheet.files())
    }

    fn set_receipts(&self, receipts: &[&Receipt]) -> Result<(PagedDocument, Vec<usize>), DocumentError> {
        let sheets = receipts.iter().zip(0..).map(|(receipt, place)| Sheet::of(&self.letters, receipt, place));
        let mut sheets = sheets.collect::<Result<Vec<_>, _>>()?;
        let document = self.set("receipts.typ", &files(&sheets))?;
        let pages = pages_of_each(&document);
        if pages.iter().all(|count| *count == 1) {
            return Ok((document, pages));
        }
        for (sheet, count) in sheets.iter_mut().zip(&pages) {
            sheet.record["pages"] = (*count).into();
        }
        Ok((self.set("receipts.typ", &files(&sheets))?, pages))
    }
}

/// A receipt ready to be typeset.
struct Sheet {
    record: Value,
    code: Option<CodePicture>,
}

impl Sheet {
    /// `place` distinguishes the codes of several receipts.
    fn of(letters: &Letters, receipt: &Receipt, place: usize) -> Result<Self, DocumentError> {
        receipt.check()?;
        let picture = payment_qr::receipt_payload(receipt).and_then(|payload| payment_qr::picture(&payload));
        let code = picture.map(|picture| CodePicture {
            side: picture.side,
            file: format!("code-{place}.luma"),
            luma: Bytes::new(picture.luma),
        });
        let record = record(letters, receipt, code.as_ref())?;
        Ok(Self { record, code })
    }

    /// The input files of the template of one receipt.
    fn files(&self) -> Vec<(String, Bytes)> {
        let record = ("receipt.json".to_owned(), Bytes::from_string(self.record.to_string()));
        [record].into_iter().chain(self.code_file()).collect()
    }

    fn code_file(&self) -> Option<(String, Bytes)> {
        self.code.as_ref().map(|code| (code.file.clone(), code.luma.clone()))
    }
}

/// The input files of the template of many receipts.
fn files(sheets: &[Sheet]) -> Vec<(String, Bytes)> {
    let records: Vec<&Value> = sheets.iter().map(|sheet| &sheet.record).collect();
    let records = ("receipts.json".to_owned(), Bytes::from_string(json!(records).to_string()));
    [records].into_iter().chain(sheets.iter().filter_map(Sheet::code_file)).collect()
}

/// The number of pages of each receipt: each starts with page 1.
fn pages_of_each(document: &PagedDocument) -> Vec<usize> {
    let mut pages = Vec::new();
    for page in document.pages() {
        match pages.last_mut() {
            Some(count) if page.number > 1 => *count += 1,
            _ => pages.push(1),
        }
    }
    pages
}
