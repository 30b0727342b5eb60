//! The receipt as a tagged PDF, for readers of screens (PDF/UA-1) and for archives (PDF/A-2a): `receipt.typ` set by typst
//! with one data record.
//!
//! Everything that does not change from receipt to receipt (fonts, library, parsed template) is made once. A receipt
//! is handed over as a JSON file of the template's small world, never as markup, so no text of billing can become code.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use thiserror::Error;
use typst::comemo;
use typst::diag::{FileError, FileResult, SourceDiagnostic, Warned};
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::layout::Abs;
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook, FontInstance, FontVariant, FontVariations};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World, WorldExt};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};
use typst_svg::{SvgOptions, svg};

use super::payment_qr;
use crate::domain::calendar::show_date;
use crate::domain::decimal::{Area, Volume};
use crate::domain::meter::{Reading, ReadingSource};
use crate::domain::money::Money;
use crate::domain::receipt::{Receipt, ReceiptError, ReceiptMeter, charged_for_month, is_penalty};
use crate::domain::settlement::{Balance, Charge};

const TEMPLATE: &str = include_str!("receipt.typ");
/// Fira Sans: open forms, all Cyrillic letters of the country's languages; SIL Open Font License, `fonts/OFL.txt`.
const FONTS: [&[u8]; 2] = [include_bytes!("fonts/FiraSans-Regular.ttf"), include_bytes!("fonts/FiraSans-Bold.ttf")];
/// Stands for a character that the font lacks: PDF/UA forbids empty glyphs.
const UNPRINTABLE: char = '?';
/// Widest run of characters without a place to break, in units of the font's size; wider ones get invisible places, or
/// they leave the column of meters, the narrowest but for two.
const RUN_WIDEST: f64 = 18.0;
const BREAK: char = '\u{200b}';
/// The same for services, whose column is 9 units wide beside all eight others: there a word is hyphenated.
const SERVICE_WIDEST: f64 = 8.5;
const HYPHEN: char = '\u{ad}';
/// The same for the unit of a volume, whose column is 4.7 units wide then; the number itself stays whole.
const UNIT_WIDEST: f64 = 4.6;
/// PDF/UA-1 is PDF 1.7, so that of the archives' standards it goes with PDF/A-2 and -3, which adds files that a receipt has
/// none of; level a asks for the structure that is there already.
const STANDARDS: [PdfStandard; 2] = [PdfStandard::Ua_1, PdfStandard::A_2a];
/// No letter is wider, in units of the font's size.
const WIDEST_LETTER: f64 = 1.0;
/// Width of digits and signs in tables, in units of the font's size.
const TABULAR: f64 = 0.56;
/// What a measured text may be wider by: a per cent sign of tables is, by a tenth of its own width.
const WIDER: f64 = 1.02;
/// After so many receipts typst is told to forget what it has not needed lately: going through its memory takes time, and
/// a receipt leaves about a megabyte there.
const FORGET_EVERY: usize = 8;
/// How many of these rounds a part that no receipt needs is kept. The parts that all receipts share stay for good.
const FORGET_AFTER: usize = 1;

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
    /// The page could not be written by [`STANDARDS`]: a mistake of ours.
    #[error("the receipt does not make a PDF/UA-1 and PDF/A-2a document")]
    Export,
}

/// Prints receipts. Made once, used from any thread; printing is heavy work of several milliseconds.
pub struct ReceiptPrinter {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    /// The regular font, for measuring.
    regular: FontInstance,
    template: Source,
    data_id: FileId,
    qr_id: FileId,
    standards: PdfStandards,
    /// Receipts since the start.
    printed: AtomicUsize,
}

impl Default for ReceiptPrinter {
    fn default() -> Self {
        Self::new()
    }
}

impl ReceiptPrinter {
    /// Reads the fonts and the template.
    pub fn new() -> Self {
        let fonts = FONTS.map(|font| Font::new(Bytes::new(font), 0).expect("the fonts in the binary are fonts"));
        let any_size = Abs::pt(10.0);
        Self {
            regular: fonts[0].clone().instantiate(FontVariant::default(), any_size, &FontVariations::default()),
            library: LazyHash::new(Library::default()),
            book: LazyHash::new(FontBook::from_fonts(&fonts)),
            fonts: fonts.into(),
            template: Source::new(file_id("receipt.typ"), TEMPLATE.to_owned()),
            data_id: file_id("receipt.json"),
            qr_id: file_id("qr.luma"),
            standards: PdfStandards::new(&STANDARDS).expect("these standards do not contradict each other"),
            printed: AtomicUsize::new(0),
        }
    }

    /// A receipt as PDF. The same receipt gives the same bytes.
    ///
    /// # Errors
    /// [`DocumentError`]: the record breaks a rule of receipts, or our template does not cope with it.
    pub fn print(&self, receipt: &Receipt) -> Result<Vec<u8>, DocumentError> {
        receipt.check()?;
        let printed = self.print_pages(receipt);
        self.forget_at_times();
        printed
    }

    /// The first page of a receipt as SVG, to look at before it is saved.
    ///
    /// # Errors
    /// As [`ReceiptPrinter::print`].
    pub fn preview(&self, receipt: &Receipt) -> Result<String, DocumentError> {
        receipt.check()?;
        let set = self.set_pages(receipt);
        let preview = set.map(|(_, document)| document.pages().first().map(|page| svg(page, &SvgOptions::default())));
        self.forget_at_times();
        preview?.ok_or(DocumentError::Export)
    }

    fn forget_at_times(&self) {
        if self.printed.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
            comemo::evict(FORGET_AFTER);
        }
    }

    fn print_pages(&self, receipt: &Receipt) -> Result<Vec<u8>, DocumentError> {
        let (page, document) = self.set_pages(receipt)?;
        page.export(receipt, &document)
    }

    /// Nearly every receipt fits one page; the others are set again, with numbered pages.
    fn set_pages(&self, receipt: &Receipt) -> Result<(Page<'_>, PagedDocument), DocumentError> {
        let mut page = Page::new(self, receipt)?;
        let mut document = page.layout()?;
        if document.pages().len() > 1 {
            page.number_pages();
            document = page.layout()?;
        }
        Ok((page, document))
    }

    /// A text with only what the font can show, on one line.
    fn printable(&self, text: &str) -> String {
        let printable: String = text.chars().filter_map(|character| self.printable_character(character)).collect();
        self.breakable(&printable, RUN_WIDEST, BREAK)
    }

    /// A text with places to break in each run that is wider than a column.
    fn breakable(&self, text: &str, widest: f64, place: char) -> String {
        let mut breakable = String::with_capacity(text.len());
        let (mut run, mut before) = (String::new(), BREAK);
        for character in text.chars() {
            if may_begin_a_line(before, character) {
                self.push_run(&mut breakable, &run, widest, place);
                run.clear();
            }
            run.push(character);
            before = character;
        }
        self.push_run(&mut breakable, &run, widest, place);
        breakable
    }

    /// A volume whose unit may break, its number never: `1 234,56` above `7` would be another number.
    fn breakable_unit(&self, volume: &str) -> String {
        match volume.split_once(' ') {
            Some((number, unit)) => format!("{number} {}", self.breakable(unit, UNIT_WIDEST, BREAK)),
            None => volume.to_owned(),
        }
    }

    /// A run in parts of about the same width: no letter is left over alone.
    fn push_run(&self, text: &mut String, run: &str, widest: f64, place: char) {
        let width = self.ems(run);
        let parts = if width > widest { (width / (widest - WIDEST_LETTER)).ceil() } else { 1.0 };
        let mut part = 0.0;
        for character in run.chars() {
            if part >= width / parts {
                // No line may end after a hyphen and before a sign.
                text.push(if character.is_alphanumeric() { place } else { BREAK });
                part = 0.0;
            }
            part += self.advance(character) * WIDER;
            text.push(character);
        }
    }

    /// Gives narrow columns their places to break, and adds to each row what decides how many lines it takes: a table
    /// whose rows have heights is set once, the others twice, and that is a quarter of the whole work.
    fn measure_texts(&self, record: &mut Value) {
        for (rows, texts) in [
            ("services", ["service", "how", "volume"]),
            ("penalties", ["service", "how", "volume"]),
            ("meters", ["name", "location", "difference"]),
        ] {
            for row in record[rows].as_array_mut().into_iter().flatten() {
                if let Some(service) = row.get_mut("service") {
                    each_text(service, &|text| self.breakable(text, SERVICE_WIDEST, HYPHEN));
                }
                if let Some(volume) = row.get_mut("volume") {
                    each_text(volume, &|text| self.breakable_unit(text));
                }
                row["ems"] = texts.map(|text| row[text].as_str().map_or(0.0, |text| self.ems(text))).into();
            }
        }
    }

    /// How wide a text is at most on one line of the regular font, in units of its size.
    fn ems(&self, text: &str) -> f64 {
        text.chars().map(|character| self.advance(character)).sum::<f64>() * WIDER
    }

    fn advance(&self, character: char) -> f64 {
        if [BREAK, HYPHEN].contains(&character) {
            return 0.0;
        }
        let glyph = self.regular.ttf().glyph_index(character);
        // Digits and signs have wider shapes for tables, all of one width.
        let least = if character.is_alphabetic() || character.is_whitespace() { 0.0 } else { TABULAR };
        glyph.and_then(|glyph| self.regular.x_advance(glyph.0)).map_or(0.0, |advance| advance.get().max(least))
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
    record: Value,
    data: Bytes,
    qr: Option<Bytes>,
}

impl<'a> Page<'a> {
    fn new(printer: &'a ReceiptPrinter, receipt: &Receipt) -> Result<Self, DocumentError> {
        let qr = payment_qr::receipt_payload(receipt).and_then(|payload| payment_qr::picture(&payload));
        let mut record = record(receipt, qr.as_ref().map(|picture| picture.side))?;
        each_text(&mut record, &|text| printer.printable(text));
        printer.measure_texts(&mut record);
        let data = Bytes::from_string(record.to_string());
        Ok(Self { printer, record, data, qr: qr.map(|picture| Bytes::new(picture.luma)) })
    }

    fn number_pages(&mut self) {
        self.record["several-pages"] = Value::Bool(true);
        self.data = Bytes::from_string(self.record.to_string());
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
fn record(receipt: &Receipt, qr_side: Option<usize>) -> Result<Value, ReceiptError> {
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
        "area": receipt.area.map(square_metres),
        "heated-area": receipt.heated_area.map(square_metres),
        "payable": payable(receipt)?,
        "meters": receipt.meters.iter().map(meter).collect::<Vec<_>>(),
        "pin": receipt.pin.as_ref().map(|pin| pin.reveal()),
        "services": services.into_iter().map(row).collect::<Vec<_>>(),
        "penalties": penalties.into_iter().map(row).collect::<Vec<_>>(),
        "columns": columns(receipt),
        "totals": totals(receipt)?,
        "counted-to": receipt.payments_counted_to.map(show_date),
        "recalculations": receipt.recalculations().map(recalculation).collect::<Vec<_>>(),
        "qr": qr_side,
        "several-pages": false,
    }))
}

fn square_metres(area: Area) -> String {
    format!("{area}\u{a0}м²")
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
    let readings = [meter.previous, meter.current];
    let volumes = readings.into_iter().flatten().map(|reading| reading.value).chain(meter.difference);
    let decimals = volumes.map(Volume::decimals).max().unwrap_or_default();
    let dial = |volume: Volume| volume.with_decimals(decimals);
    let reading = |reading: Reading| {
        json!({
            "value": dial(reading.value),
            "date": show_date(reading.date),
            "calculated": reading.source == ReadingSource::Calculated,
        })
    };
    json!({
        "name": format!("{} № {}", meter.model, meter.serial),
        "location": meter.location,
        "previous": meter.previous.map(reading),
        "current": meter.current.map(reading),
        "difference": meter.difference.map(dial),
        "verified-until": meter.verified_until.map(show_date),
        "expired": meter.verification_expired,
    })
}

fn row(row: &Charge) -> Value {
    let unit = row.unit.as_deref().unwrap_or_default();
    let quantity = |volume: &dyn ToString| format!("{} {unit}", volume.to_string()).trim_end().to_owned();
    let norm = row.norm.map(|norm| format!("норматив {}", quantity(&norm)));
    let how: Vec<String> = row.method.map(|method| method.words().to_owned()).into_iter().chain(norm).collect();
    json!({
        "service": row.service,
        "volume": row.volume.map(|volume| quantity(&volume)),
        "how": if how.is_empty() { None } else { Some(how.join(", ")) },
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

/// Whether a line may end between two characters, as far as billing's texts go (UAX 14): never before a sign, nor between
/// a hyphen and a digit.
fn may_begin_a_line(before: char, character: char) -> bool {
    match before {
        BREAK => true,
        ' ' => character.is_alphanumeric(),
        '-' => character.is_alphabetic(),
        _ => false,
    }
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
    use std::sync::LazyLock;

    use jiff::civil::Date;
    use proptest::prelude::*;
    use typst::layout::{Frame, FrameItem};

    use super::*;
    use crate::document::sample;

    static PRINTER: LazyLock<ReceiptPrinter> = LazyLock::new(ReceiptPrinter::new);

    /// The pages as set, for their text; a warning of typst is a fault.
    fn set(receipt: &Receipt) -> PagedDocument {
        let (page, document) = PRINTER.set_pages(receipt).unwrap();
        let Warned { warnings, .. } = typst::compile::<PagedDocument>(&page);
        assert!(warnings.is_empty(), "{warnings:?}");
        document
    }

    /// The text of a receipt as a reader gets it: page after page, no-break spaces as spaces.
    fn text(receipt: &Receipt) -> String {
        let mut text = String::new();
        set(receipt).pages().iter().for_each(|page| collect_text(&page.frame, &mut text));
        text.replace('\u{a0}', " ").replace([BREAK, HYPHEN], "")
    }

    /// Runs on one line are joined: a word of two scripts comes in several.
    fn collect_text(frame: &Frame, text: &mut String) {
        let mut line = None;
        for (place, item) in frame.items() {
            match item {
                FrameItem::Group(group) => {
                    text.push('\n');
                    collect_text(&group.frame, text);
                }
                FrameItem::Text(run) => {
                    if line.replace(place.y) != Some(place.y) {
                        text.push('\n');
                    }
                    text.push_str(&run.text);
                }
                _ => {}
            }
        }
    }

    /// A run of text on a page: where it begins and ends, its baseline, its size, its words.
    type Run = (f64, f64, f64, f64, String);

    fn collect_runs(frame: &Frame, (x, y): (f64, f64), runs: &mut Vec<Run>) {
        for (place, item) in frame.items() {
            let (x, y) = (x + place.x.to_pt(), y + place.y.to_pt());
            match item {
                FrameItem::Group(group) => collect_runs(&group.frame, (x, y), runs),
                FrameItem::Text(run) => {
                    runs.push((x, x + run.width().to_pt(), y, run.size.to_pt(), run.text.to_string()));
                }
                _ => {}
            }
        }
    }

    /// Two lines of text that lie over each other, on any page.
    fn collision(receipt: &Receipt) -> Option<(String, String)> {
        set(receipt).pages().iter().find_map(|page| {
            let mut runs = Vec::new();
            collect_runs(&page.frame, (0.0, 0.0), &mut runs);
            let over = |a: &Run, b: &Run| (a.2 - b.2).abs() < 0.68 * a.3.min(b.3) && a.1.min(b.1) - a.0.max(b.0) > 0.5;
            runs.iter().enumerate().find_map(|(index, run)| {
                let other = runs[..index].iter().find(|other| over(run, other))?;
                Some((run.4.clone(), other.4.clone()))
            })
        })
    }

    fn holds(file: &[u8], words: &str) -> bool {
        file.windows(words.len()).any(|window| window == words.as_bytes())
    }

    fn assert_told(text: &str, told: &[&str]) {
        for words in told {
            assert!(text.contains(words), "«{words}» is not on the receipt:\n{text}");
        }
    }

    fn assert_untold(text: &str, untold: &[&str]) {
        for words in untold {
            assert!(!text.contains(words), "«{words}» is on the receipt:\n{text}");
        }
    }

    #[test]
    fn usual_receipts_are_one_page_of_tagged_pdf_and_the_same_bytes_twice() {
        for receipt in [sample::metered(), sample::by_norm(), sample::in_debt(), sample::overpaid()] {
            assert_eq!(set(&receipt).pages().len(), 1);
            let pdf = PRINTER.print(&receipt).unwrap();
            assert!(pdf.starts_with(b"%PDF-1.7"));
            for mark in ["/StructTreeRoot", "/Marked true", "/Lang(ru)", "<pdfuaid:part>1</pdfuaid:part>", "/Alt"] {
                assert!(holds(&pdf, mark) || (mark == "/Alt" && receipt.payable().unwrap().is_zero()), "{mark}");
            }
            for mark in ["<pdfaid:part>2</pdfaid:part>", "<pdfaid:conformance>A</pdfaid:conformance>"] {
                assert!(holds(&pdf, mark), "{mark}");
            }
            assert_eq!(pdf, ReceiptPrinter::new().print(&receipt).unwrap());
        }
    }

    #[test]
    fn what_describes_the_file_names_the_month_and_the_account_and_never_the_pin() {
        let receipt = sample::metered();
        let pdf = PRINTER.print(&receipt).unwrap();
        assert!(holds(&pdf, "Квитанция за ноябрь 2026, лицевой счёт 59012345"), "the metadata are plain text");
        let pin = receipt.pin.unwrap();
        let wide: Vec<u8> = pin.reveal().encode_utf16().flat_map(u16::to_be_bytes).collect();
        let wide = data_encoding::HEXUPPER.encode(&wide);
        assert!(!holds(&pdf, pin.reveal()) && !holds(&pdf, &wide));
    }

    #[test]
    fn a_preview_is_one_page_of_a4_that_asks_for_nothing_from_elsewhere() {
        for receipt in [sample::metered(), sample::long()] {
            let preview = PRINTER.preview(&receipt).unwrap();
            assert!(preview.starts_with("<svg") && preview.contains("viewBox=\"0 0 595.27"), "{}", &preview[..200]);
            assert_eq!(preview.matches("<svg").count(), 1);
            assert!(!preview.contains("<script") && !preview.contains("href=\"http"), "nothing but shapes");
        }
        let mut empty = sample::metered();
        empty.rows.clear();
        assert!(matches!(PRINTER.preview(&empty), Err(DocumentError::Receipt(ReceiptError::NoCharges))));
    }

    #[test]
    fn a_metered_receipt_tells_who_pays_whom_how_much_and_by_when() {
        let text = text(&sample::metered());
        assert_told(&text, &["Квитанция за ноябрь 2026", "59012345", "60АА000593", "Примерова Мария Ивановна"]);
        assert_told(&text, &["К оплате", "422,05 ₽", "Оплатить до", "15.12.2026", "Наведите камеру"]);
        assert_told(&text, &["АО «Горгаз Примерск»", "ИНН 5900000122", "40702810300000000123", "БИК 045799999"]);
        assert_told(&text, &["ВК-G4Т № 0123456", "1 204,311", "1 233,831", "29,520", "до 20.04.2031"]);
        assert_told(&text, &["Газоснабжение природным газом", "30,37 м³", "7,328", "по прибору учёта", "222,55"]);
        assert_untold(&text, &["Переплата", "Пени", "Перерасчёт", "Льгота", "Страница", "долг за прошлые"]);
    }

    #[test]
    fn the_pin_stands_before_the_breakdown() {
        let text = text(&sample::metered());
        let at = |words| text.find(words).unwrap();
        assert!(at("40718253") < at("Расчёт за ноябрь 2026"));
    }

    #[test]
    fn a_receipt_by_the_norm_tells_the_norm() {
        let text = text(&sample::by_norm());
        assert_told(&text, &["по нормативу, норматив 12 м³", "36 м³", "543 м³", "Количество проживающих: 3"]);
        assert_untold(&text, &["Приборы учёта"]);
    }

    #[test]
    fn a_debt_is_told_with_its_penalty_its_recalculation_and_what_was_paid_since() {
        let text = text(&sample::in_debt());
        assert_told(&text, &["711,84 ₽", "в том числе долг за прошлые месяцы", "553,50 ₽"]);
        assert_told(&text, &["Пени", "Пеня за газ", "4,12", "−42,10", "Возврат за дни без газа"]);
        assert_told(
            &text,
            &["истекла", "14.10.2026", "Платежи учтены по 30.11.2026", "Оплачено после расчёта 200,00 ₽"],
        );
    }

    #[test]
    fn an_overpayment_is_told_in_words_and_nothing_is_asked_for() {
        let text = text(&sample::overpaid());
        assert_told(&text, &["К оплате", "0,00 ₽", "Переплата", "212,37 ₽", "Платить не нужно"]);
        assert_untold(&text, &["Оплатить до", "Наведите камеру", "−212,37"]);
    }

    #[test]
    fn an_absent_field_leaves_no_label() {
        let mut receipt = sample::overpaid();
        let provider = &mut receipt.provider;
        for field in [
            &mut provider.inn,
            &mut provider.kpp,
            &mut provider.bank_name,
            &mut provider.bik,
            &mut provider.settlement_account,
            &mut provider.correspondent_account,
            &mut provider.support_email,
            &mut provider.support_phone,
            &mut provider.site,
            &mut receipt.els,
            &mut receipt.subscriber,
        ] {
            *field = None;
        }
        (receipt.residents, receipt.area, receipt.pin) = (None, None, None);
        receipt.meters.clear();
        let text = text(&receipt);
        assert_untold(&text, &["ИНН", "КПП", "БИК", "счёт 4", "Получатель", "Единый", "Абонент", "проживающих"]);
        assert_untold(&text, &["Площадь", "ПИН", "Приборы", "Платежи учтены", "none", "null"]);
    }

    #[test]
    fn calculated_readings_are_marked_and_missing_ones_left_empty() {
        let mut receipt = sample::metered();
        receipt.meters[0].current =
            receipt.meters[0].current.map(|reading| Reading { source: ReadingSource::Calculated, ..reading });
        (receipt.meters[1].current, receipt.meters[1].difference) = (None, None);
        assert_told(&text(&receipt), &["расчётное"]);
    }

    #[test]
    fn what_does_not_fit_goes_to_a_second_page_that_names_the_receipt() {
        let receipt = sample::long();
        assert_eq!(set(&receipt).pages().len(), 2);
        let text = text(&receipt);
        assert_told(&text, &["лицевой счёт 59012345 — продолжение", "Страница 1 из 2", "Страница 2 из 2"]);
        assert_eq!(PRINTER.print(&receipt).unwrap(), PRINTER.print(&receipt).unwrap());
    }

    #[test]
    fn no_line_lies_over_another() {
        for receipt in [sample::metered(), sample::by_norm(), sample::in_debt(), sample::overpaid(), sample::long()] {
            assert_eq!(collision(&receipt), None);
        }
    }

    #[test]
    fn billings_text_is_never_markup() {
        let mut receipt = sample::metered();
        let service = "#panic(1) *жирно* $x$ @ссылка = \\ // /* <a>";
        receipt.rows[0].service = service.into();
        receipt.address = "\"]; #set page(width: 1pt)".into();
        assert_told(&text(&receipt), &[service, "\"]; #set page(width: 1pt)"]);
    }

    #[test]
    fn a_record_that_is_no_receipt_is_refused_by_its_rule() {
        let mut receipt = sample::metered();
        receipt.rows.clear();
        assert!(matches!(PRINTER.print(&receipt), Err(DocumentError::Receipt(ReceiptError::NoCharges))));
    }

    #[test]
    fn a_date_on_the_receipt_is_the_only_time_it_knows() {
        let receipt = sample::metered();
        let mut later = receipt.clone();
        later.issued_on = Date::constant(2026, 12, 2);
        assert_told(&text(&later), &["Квитанция сформирована 02.12.2026"]);
        assert_ne!(PRINTER.print(&receipt).unwrap(), PRINTER.print(&later).unwrap());
    }

    #[test]
    fn several_threads_print_the_same_bytes_as_one() {
        let receipts: Vec<Receipt> = (0..4).map(sample::sample).collect();
        let alone: Vec<Vec<u8>> = receipts.iter().map(|receipt| PRINTER.print(receipt).unwrap()).collect();
        let together: Vec<Vec<u8>> = std::thread::scope(|scope| {
            let print = |receipt| scope.spawn(move || PRINTER.print(receipt).unwrap());
            let threads: Vec<_> = receipts.iter().map(print).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(alone, together);
    }

    #[test]
    fn what_no_font_shows_is_a_question_mark_and_directions_are_dropped() {
        assert_eq!(PRINTER.printable("漢\u{202e}Кудымкӧр\n5"), "?Кудымкӧр 5");
    }

    #[test]
    fn a_place_to_break_is_given_only_to_runs_that_have_none() {
        assert_eq!(PRINTER.printable("Верхненижнеобразцовопримерский"), "Верхненижнеобразцовопримерский");
        assert_eq!(PRINTER.printable(&"я".repeat(70)).matches(BREAK).count(), 2);
        assert_eq!(PRINTER.printable(&"Ш".repeat(30)).matches(BREAK).count(), 1, "thirty letters, but wide ones");
    }

    #[test]
    fn a_long_service_is_hyphenated_in_its_middle_and_a_volume_keeps_its_number() {
        let service = |text| PRINTER.breakable(text, SERVICE_WIDEST, HYPHEN).replace(HYPHEN, "|");
        assert_eq!(service("Газоснабжение природным газом"), "Газоснабжение природным газом");
        assert_eq!(service("Электроснабжение"), "Электросн|абжение");
        let volume = PRINTER.breakable_unit("1\u{a0}234,567 килокалорий").replace(BREAK, "|");
        assert_eq!(volume, "1\u{a0}234,567 килока|лорий");
    }

    #[test]
    fn beside_all_other_columns_long_words_stay_in_their_own() {
        let mut receipt = sample::metered();
        let row = &mut receipt.rows[1];
        row.service = "Электроэнергопотребление повышенное".into();
        row.unit = Some("киловатт-часов".into());
        row.volume = Some(Volume::from_raw(1_234_567));
        for sum in [&mut row.recalculated, &mut row.benefit, &mut row.adjusted, &mut row.written_off] {
            *sum = Money::from_kopecks(123_456);
        }
        row.closing = row.expected_closing().unwrap();
        assert_eq!(collision(&receipt), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]
        #[test]
        fn no_text_of_billing_breaks_the_document(
            names in prop::collection::vec("\\PC{0,80}|[а-яё]{90}|[\u{0}-\u{20}\u{e000}-\u{e010}\u{300}-\u{36f}👪]{0,20}", 6),
        ) {
            let mut receipt = sample::in_debt();
            receipt.provider.name = names[0].clone();
            receipt.provider.bank_name = Some(names[1].clone());
            receipt.subscriber = Some(names[2].clone());
            receipt.address = names[3].clone();
            receipt.rows[0].service = names[4].clone();
            receipt.rows[0].recalculation_reason = Some(names[5].clone());
            prop_assert!(PRINTER.print(&receipt).is_ok());
        }

        #[test]
        fn names_of_any_length_leave_their_rows_apart(
            services in prop::collection::vec("([А-ЯЁШЩЮа-яёшщж0-9.,-]{1,12} ?){1,9}", 3),
            meter in "[A-ZА-ЯШЩ0-9-]{1,60}",
            location in "[а-яшщ ]{1,80}",
            unit in "[а-ям³/·%-]{1,20}",
            how in prop::option::of(0_i64..100_000),
            corrections in any::<[bool; 4]>(),
            opening in -9_999_999_i64..9_999_999,
        ) {
            let mut receipt = sample::metered();
            receipt.rows[1].unit = Some(unit);
            receipt.rows[1].volume = Some(Volume::from_raw(1_234_500));
            receipt.rows[1].norm = how.map(Volume::from_raw);
            let row = &mut receipt.rows[2];
            for (wanted, sum) in corrections.into_iter().zip([
                &mut row.recalculated, &mut row.benefit, &mut row.adjusted, &mut row.written_off,
            ]) {
                *sum = Money::from_kopecks(if wanted { 123_456 } else { 0 });
            }
            row.closing = row.expected_closing().unwrap();
            for (row, service) in receipt.rows.iter_mut().zip(services) {
                row.service = service;
            }
            let moved = Money::from_kopecks(opening);
            receipt.rows[1].closing = receipt.rows[1].closing.checked_add(moved).unwrap();
            receipt.rows[1].opening = receipt.rows[1].opening.checked_add(moved).unwrap();
            receipt.meters[0].model = meter;
            receipt.meters[1].location = Some(location);
            prop_assert_eq!(collision(&receipt), None);
        }
    }
}
