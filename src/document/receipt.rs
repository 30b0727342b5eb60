//! The receipt as a tagged PDF (PDF/UA-1): `receipt.typ` set by typst with one data record.
//!
//! Everything that does not change from receipt to receipt (fonts, library, parsed template) is made once. A receipt
//! is handed over as a JSON file of the template's small world, never as markup, so no text of billing can become code.

use serde_json::{Value, json};
use thiserror::Error;
use typst::comemo;
use typst::diag::{FileError, FileResult, SourceDiagnostic, Warned};
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World, WorldExt};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use super::payment_qr;
use crate::domain::calendar::show_date;
use crate::domain::meter::{Reading, ReadingSource};
use crate::domain::money::Money;
use crate::domain::receipt::{Receipt, ReceiptError, ReceiptMeter, charged_for_month, is_penalty};
use crate::domain::settlement::{Balance, Charge};

const TEMPLATE: &str = include_str!("receipt.typ");
/// PT Sans: drawn for Russian and every other language of the country; SIL Open Font License, `fonts/OFL.txt`.
const FONTS: [&[u8]; 2] =
    [include_bytes!("fonts/PT_Sans-Web-Regular.ttf"), include_bytes!("fonts/PT_Sans-Web-Bold.ttf")];
/// Stands for a character that the font lacks: PDF/UA forbids empty glyphs.
const UNPRINTABLE: char = '□';
/// Longest run of characters without a place to break; longer ones get invisible places, or they leave their cell.
const RUN_MOST: usize = 30;
const BREAK: char = '\u{200b}';
/// Layouts that typst's cache keeps: the parts that all receipts share stay, memory stays flat.
const CACHE_GENERATIONS: usize = 8;

/// Why a receipt was not printed. Without the text at fault: it may be personal data.
#[derive(Debug, Error)]
pub enum DocumentError {
    /// The record itself is not a receipt.
    #[error("not a receipt")]
    Receipt(#[from] ReceiptError),
    /// The template failed: a mistake of ours.
    #[error("the receipt's template failed at line {line}")]
    Template {
        /// Line of `receipt.typ`, from 1; 0 when unknown.
        line: usize,
    },
    /// The page could not be written as PDF/UA-1: a mistake of ours.
    #[error("the receipt does not make a PDF/UA-1 document")]
    Export,
}

/// Prints receipts. Made once, used from any thread; printing is heavy work of several milliseconds.
pub struct ReceiptPrinter {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    template: Source,
    data_id: FileId,
    qr_id: FileId,
    standards: PdfStandards,
}

impl Default for ReceiptPrinter {
    fn default() -> Self {
        Self::new()
    }
}

impl ReceiptPrinter {
    /// Reads the fonts and the template.
    pub fn new() -> Self {
        let fonts: Vec<Font> = FONTS.into_iter().flat_map(|font| Font::iter(Bytes::new(font))).collect();
        Self {
            library: LazyHash::new(Library::default()),
            book: LazyHash::new(FontBook::from_fonts(&fonts)),
            fonts,
            template: Source::new(file_id("receipt.typ"), TEMPLATE.to_owned()),
            data_id: file_id("receipt.json"),
            qr_id: file_id("qr.svg"),
            standards: PdfStandards::new(&[PdfStandard::Ua_1]).expect("one standard cannot contradict another"),
        }
    }

    /// A receipt as PDF. The same receipt gives the same bytes.
    ///
    /// # Errors
    /// [`DocumentError`]: the record breaks a rule of receipts, or our template does not cope with it.
    pub fn print(&self, receipt: &Receipt) -> Result<Vec<u8>, DocumentError> {
        receipt.check()?;
        let page = Page::new(self, receipt)?;
        let printed = page.layout().and_then(|document| page.export(receipt, &document));
        comemo::evict(CACHE_GENERATIONS);
        printed
    }

    /// A text with only what the font can show, on one line.
    fn printable(&self, text: &str) -> String {
        let mut printable = String::with_capacity(text.len());
        let mut run = 0;
        for character in text.chars() {
            let Some(character) = self.printable_character(character) else { continue };
            run = if character == ' ' || character == '-' { 0 } else { run + 1 };
            if run > RUN_MOST {
                printable.push(BREAK);
                run = 1;
            }
            printable.push(character);
        }
        printable
    }

    fn printable_character(&self, character: char) -> Option<char> {
        match character {
            '\u{a0}' => Some(character),
            c if c.is_whitespace() || c.is_control() => Some(' '),
            // Direction marks, joiners and the like are for other scripts.
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => None,
            '\u{e000}'..='\u{f8ff}' => Some(UNPRINTABLE),
            c if self.fonts.iter().all(|font| font.info().coverage.contains(c.into())) => Some(c),
            _ => Some(UNPRINTABLE),
        }
    }
}

fn file_id(name: &str) -> FileId {
    let path = VirtualPath::new(name).expect("a bare file name is a path");
    RootedPath::new(VirtualRoot::Project, path).intern()
}

/// The template's world for one receipt.
struct Page<'a> {
    printer: &'a ReceiptPrinter,
    data: Bytes,
    qr: Option<Bytes>,
}

impl<'a> Page<'a> {
    fn new(printer: &'a ReceiptPrinter, receipt: &Receipt) -> Result<Self, DocumentError> {
        let qr = payment_qr::receipt_payload(receipt).and_then(|payload| payment_qr::svg(&payload));
        let mut record = record(receipt, qr.is_some())?;
        each_text(&mut record, &|text| printer.printable(text));
        Ok(Self { printer, data: Bytes::from_string(record.to_string()), qr: qr.map(Bytes::from_string) })
    }

    fn layout(&self) -> Result<PagedDocument, DocumentError> {
        let Warned { output, .. } = typst::compile::<PagedDocument>(self);
        output.map_err(|faults| DocumentError::Template { line: self.line_of(faults.first()) })
    }

    fn export(&self, receipt: &Receipt, document: &PagedDocument) -> Result<Vec<u8>, DocumentError> {
        let day = receipt.issued_on;
        let midnight = Datetime::from_ymd_hms(day.year().into(), day.month() as u8, day.day() as u8, 0, 0, 0);
        let options = PdfOptions {
            ident: Smart::Custom(format!("{} {} {}", receipt.provider.code, receipt.account_number, receipt.period)),
            creator: Smart::Custom(Some("Kabinet".to_owned())),
            timestamp: midnight.map(Timestamp::new_utc),
            standards: self.printer.standards.clone(),
            ..PdfOptions::default()
        };
        typst_pdf::pdf(document, &options).map_err(|_| DocumentError::Export)
    }

    fn line_of(&self, fault: Option<&SourceDiagnostic>) -> usize {
        let place = fault.and_then(|fault| self.range(fault.span)).map(|range| range.start);
        place.and_then(|byte| self.printer.template.lines().byte_to_line(byte)).map_or(0, |line| line + 1)
    }
}

impl World for Page<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.printer.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.printer.book
    }

    fn main(&self) -> FileId {
        self.printer.template.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.main() { Ok(self.printer.template.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        match &self.qr {
            Some(qr) if id == self.printer.qr_id => Ok(qr.clone()),
            _ if id == self.printer.data_id => Ok(self.data.clone()),
            _ => Err(FileError::AccessDenied),
        }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.printer.fonts.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}

/// The record that the template reads: every text formatted, every absent field null.
fn record(receipt: &Receipt, has_qr: bool) -> Result<Value, ReceiptError> {
    let (services, penalties): (Vec<&Charge>, Vec<&Charge>) =
        receipt.rows.iter().partition(|row| !is_penalty(&row.service));
    Ok(json!({
        "title": format!("Квитанция за {}", receipt.period),
        "period": receipt.period.to_string(),
        "issued": show_date(receipt.issued_on),
        "provider": provider(receipt),
        "account": receipt.account_number.as_str(),
        "els": receipt.els,
        "subscriber": receipt.subscriber,
        "address": receipt.address,
        "residents": receipt.residents.map(|count| count.to_string()),
        "area": receipt.area.map(|area| area.to_string()),
        "heated-area": receipt.heated_area.map(|area| area.to_string()),
        "payable": payable(receipt)?,
        "meters": receipt.meters.iter().map(meter).collect::<Vec<_>>(),
        "pin": receipt.pin.as_ref().map(|pin| pin.reveal()),
        "services": services.into_iter().map(row).collect::<Vec<_>>(),
        "penalties": penalties.into_iter().map(row).collect::<Vec<_>>(),
        "columns": columns(receipt),
        "totals": totals(receipt)?,
        "counted-to": receipt.payments_counted_to.map(show_date),
        "recalculations": receipt.recalculations().map(recalculation).collect::<Vec<_>>(),
        "qr": has_qr,
    }))
}

fn provider(receipt: &Receipt) -> Value {
    let provider = &receipt.provider;
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

/// The big figure and what is to be said beside it.
fn payable(receipt: &Receipt) -> Result<Value, ReceiptError> {
    let balance = receipt.balance()?;
    let arrears = Some(receipt.arrears()?).filter(|arrears| !arrears.is_zero());
    Ok(json!({
        "sum": balance.due().to_string(),
        "due": matches!(balance, Balance::Due(_)).then(|| show_date(receipt.due_on())),
        "arrears": arrears.map(|sum| sum.to_string()),
        "overpaid": if let Balance::Overpaid(sum) = balance { Some(sum.to_string()) } else { None },
    }))
}

fn meter(meter: &ReceiptMeter) -> Value {
    let reading = |reading: Reading| {
        json!({
            "value": reading.value.to_string(),
            "date": show_date(reading.date),
            "calculated": reading.source == ReadingSource::Calculated,
        })
    };
    json!({
        "model": meter.model,
        "serial": meter.serial,
        "location": meter.location,
        "previous": meter.previous.map(reading),
        "current": meter.current.map(reading),
        "difference": meter.difference.map(|volume| volume.to_string()),
        "verified-until": meter.verified_until.map(show_date),
        "expired": meter.verification_expired,
    })
}

fn row(row: &Charge) -> Value {
    let unit = row.unit.as_deref().unwrap_or_default();
    let quantity = |volume: &dyn ToString| format!("{} {unit}", volume.to_string()).trim_end().replace(' ', "\u{a0}");
    json!({
        "service": row.service,
        "volume": row.volume.map(|volume| quantity(&volume)),
        "method": row.method.map(|method| method.words()),
        "norm": row.norm.map(|norm| quantity(&norm)),
        "tariff": row.tariff.map(|tariff| tariff.to_string()),
        "charged": row.charged.plain(),
        "recalculated": row.recalculated.plain(),
        "benefit": row.benefit.plain(),
        "adjusted": row.adjusted.plain(),
        "written-off": row.written_off.plain(),
        "for-month": charged_for_month(row).map(Money::plain),
        "opening": balance(row.opening),
        "paid": row.paid.plain(),
        "closing": balance(row.closing),
    })
}

/// The columns that have something to say.
fn columns(receipt: &Receipt) -> Value {
    let any = |part: fn(&Charge) -> bool| receipt.rows.iter().any(part);
    json!({
        "volume": any(|row| row.volume.is_some()),
        "tariff": any(|row| row.tariff.is_some()),
        "recalculated": any(|row| !row.recalculated.is_zero()),
        "benefit": any(|row| !row.benefit.is_zero()),
        "adjusted": any(|row| !row.adjusted.is_zero()),
        "written-off": any(|row| !row.written_off.is_zero()),
    })
}

fn totals(receipt: &Receipt) -> Result<Value, ReceiptError> {
    let totals = receipt.totals()?;
    let for_month = totals.charged.checked_add(totals.penalty).map(Money::plain);
    Ok(json!({
        "opening": balance(totals.opening),
        "for-month": for_month,
        "penalty": totals.penalty.plain(),
        "paid": totals.paid.plain(),
        "closing": balance(totals.closing),
        "paid-since": (!receipt.paid_since.is_zero()).then(|| receipt.paid_since.to_string()),
    }))
}

fn recalculation(row: &Charge) -> Value {
    json!({ "service": row.service, "sum": row.recalculated.to_string(), "reason": row.recalculation_reason })
}

/// A balance, where an overpayment is said in a word.
fn balance(sum: Money) -> Value {
    json!({ "sum": sum.magnitude().plain(), "overpaid": sum.is_negative() })
}

/// Changes every text of a record.
fn each_text(value: &mut Value, change: &dyn Fn(&str) -> String) {
    match value {
        Value::String(text) => *text = change(text),
        Value::Array(items) => items.iter_mut().for_each(|item| each_text(item, change)),
        Value::Object(fields) => fields.values_mut().for_each(|field| each_text(field, change)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::sample;

    #[test]
    fn looks() {
        let printer = ReceiptPrinter::new();
        for (name, receipt) in [
            ("metered", sample::metered()),
            ("norm", sample::by_norm()),
            ("debt", sample::in_debt()),
            ("overpaid", sample::overpaid()),
            ("long", sample::long()),
        ] {
            let page = Page::new(&printer, &receipt).unwrap();
            let Warned { output, warnings } = typst::compile::<PagedDocument>(&page);
            println!("{name} {warnings:?}");
            let document = output.unwrap_or_else(|e| panic!("{e:?} line {}", page.line_of(e.first())));
            println!("{}", document.pages().len());
            std::fs::write(format!("/tmp/doc-fonts/{name}.pdf"), printer.print(&receipt).unwrap()).unwrap();
        }
        for n in 0..3 {
            let start = std::time::Instant::now();
            let mut times: Vec<f64> = (0..200)
                .map(|seed| {
                    let r = sample::sample(seed + n * 200);
                    let s = std::time::Instant::now();
                    printer.print(&r).unwrap();
                    s.elapsed().as_secs_f64() * 1000.0
                })
                .collect();
            times.sort_by(f64::total_cmp);
            println!("p50 {} p99 {} total {:?}", times[100], times[198], start.elapsed());
        }
    }
}
