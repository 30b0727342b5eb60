//! The press: typesets a template with one data record and writes the result as PDF or SVG, by typst in process.
//!
//! The parts that are the same for every document (fonts, library, parsed templates) are created once. A record is
//! passed as a JSON file of the templates' virtual file system, never as markup, so no text of billing can become code.
//! It has no disk, no network and no clock: the same record gives the same bytes.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fs, io};

use jiff::civil::Date;
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
use typst_svg::{SvgOptions, svg};

use super::letters::Letters;
use super::object_streams;
use super::previews::Previews;
use crate::domain::receipt::ReceiptError;

/// The templates by path, as they import each other.
const TEMPLATES: [(&str, &str); 15] = [
    ("paper.typ", include_str!("templates/paper.typ")),
    ("tables.typ", include_str!("templates/tables.typ")),
    ("receipt.typ", include_str!("templates/receipt.typ")),
    ("receipts.typ", include_str!("templates/receipts.typ")),
    ("receipt/body.typ", include_str!("templates/receipt/body.typ")),
    ("receipt/head.typ", include_str!("templates/receipt/head.typ")),
    ("receipt/meters.typ", include_str!("templates/receipt/meters.typ")),
    ("receipt/pin.typ", include_str!("templates/receipt/pin.typ")),
    ("receipt/breakdown.typ", include_str!("templates/receipt/breakdown.typ")),
    ("receipt/settlements.typ", include_str!("templates/receipt/settlements.typ")),
    ("receipt/instalment.typ", include_str!("templates/receipt/instalment.typ")),
    ("receipt/recalculations.typ", include_str!("templates/receipt/recalculations.typ")),
    ("statement.typ", include_str!("templates/statement.typ")),
    ("certificate.typ", include_str!("templates/certificate.typ")),
    ("no-debt.typ", include_str!("templates/no-debt.typ")),
];
/// PDF/UA-1 is PDF 1.7, so of the archive standards it is compatible with PDF/A-2 and -3, which only adds attached
/// files; level a needs the structure that the document already has.
const STANDARDS: [PdfStandard; 2] = [PdfStandard::Ua_1, PdfStandard::A_2a];
/// Number of documents after which typst's cache is evicted: scanning the cache takes time, and a receipt leaves about
/// a megabyte there.
const FORGET_EVERY: usize = 8;
/// Evictions that an unused cache entry survives. The parts that all receipts share stay for good.
const FORGET_AFTER: usize = 1;

/// Why a document was not printed. Without the offending text: it may be personal data.
#[derive(Debug, Error)]
pub enum DocumentError {
    /// The record is not a valid receipt.
    #[error("not a receipt")]
    Receipt(#[from] ReceiptError),
    /// The template failed: a bug.
    #[error("the template {file} failed at line {line}")]
    Template {
        /// Its path among the templates; empty when unknown.
        file: String,
        /// Line from 1; 0 when unknown.
        line: usize,
    },
    /// The page could not be written by [`STANDARDS`]: a bug.
    #[error("the document does not make a PDF/UA-1 and PDF/A-2a file")]
    Export,
    /// A table could not be written: a bug.
    #[error("the table could not be written")]
    Table,
}

impl From<csv::Error> for DocumentError {
    fn from(_: csv::Error) -> Self {
        Self::Table
    }
}

/// Prints documents. Created once, used from any thread; printing is CPU-bound and takes several milliseconds.
pub struct Press {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    pub(super) letters: Letters,
    templates: Vec<Source>,
    standards: PdfStandards,
    pub(super) previews: Previews,
    /// Number of documents since the start.
    printed: AtomicUsize,
}

impl Default for Press {
    fn default() -> Self {
        Self::new()
    }
}

impl Press {
    /// A press with the templates of the binary.
    pub fn new() -> Self {
        Self::with_texts(TEMPLATES.map(|(place, text)| (place, text.to_owned())))
    }

    /// A press with the templates of a folder, for work on the templates.
    ///
    /// # Errors
    /// The [`io::Error`] when a template cannot be read.
    pub fn with_templates(folder: &Path) -> io::Result<Self> {
        let mut texts = TEMPLATES.map(|(place, _)| (place, String::new()));
        for (place, text) in &mut texts {
            *text = fs::read_to_string(folder.join(*place))?;
        }
        Ok(Self::with_texts(texts))
    }

    fn with_texts<const N: usize>(texts: [(&str, String); N]) -> Self {
        let letters = Letters::new();
        Self {
            library: LazyHash::new(Library::default()),
            book: LazyHash::new(FontBook::from_fonts(&letters.fonts)),
            letters,
            templates: texts.map(|(place, text)| Source::new(file_id(place), text)).into(),
            standards: PdfStandards::new(&STANDARDS).expect("these standards do not contradict each other"),
            previews: Previews::default(),
            printed: AtomicUsize::new(0),
        }
    }

    /// Typesets a template with its files.
    pub(super) fn set(&self, template: &str, files: &[(String, Bytes)]) -> Result<PagedDocument, DocumentError> {
        let files = files.iter().map(|(place, bytes)| (file_id(place), bytes.clone())).collect();
        let sheet = Sheet { press: self, main: file_id(template), files };
        let Warned { output, warnings } = typst::compile::<PagedDocument>(&sheet);
        if cfg!(test) {
            assert!(warnings.is_empty(), "{template}: {warnings:?}");
        }
        output.map_err(|faults| sheet.place_of(faults.first()))
    }

    /// Writes a typeset document as PDF. `ident` identifies the document, `day` is its date.
    pub(super) fn export(&self, document: &PagedDocument, ident: String, day: Date) -> Result<Vec<u8>, DocumentError> {
        let (month, day_of_month) = (day.month().unsigned_abs(), day.day().unsigned_abs());
        let midnight = Datetime::from_ymd_hms(day.year().into(), month, day_of_month, 0, 0, 0);
        let options = PdfOptions {
            ident: Smart::Custom(ident),
            creator: Smart::Custom(Some("Kabinet".to_owned())),
            timestamp: midnight.map(Timestamp::new_utc),
            standards: self.standards.clone(),
            ..PdfOptions::default()
        };
        typst_pdf::pdf(document, &options).map(object_streams::gather).map_err(|_| DocumentError::Export)
    }

    /// The first page of a typeset document, as SVG.
    pub(super) fn picture(document: &PagedDocument) -> Result<String, DocumentError> {
        let first = document.pages().first().ok_or(DocumentError::Export)?;
        Ok(svg(first, &SvgOptions::default()))
    }

    /// Evicts typst's cache now and then; to be called after each document.
    pub(super) fn forget_at_times(&self) {
        if self.printed.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
            comemo::evict(FORGET_AFTER);
        }
    }
}

fn file_id(place: &str) -> FileId {
    let path = VirtualPath::new(place).expect("a relative place without dots is a path");
    RootedPath::new(VirtualRoot::Project, path).intern()
}

/// The typst world (virtual file system) of one document.
struct Sheet<'a> {
    press: &'a Press,
    main: FileId,
    files: Vec<(FileId, Bytes)>,
}

impl Sheet<'_> {
    fn place_of(&self, fault: Option<&SourceDiagnostic>) -> DocumentError {
        let place = fault.and_then(|fault| {
            let id = fault.span.id()?;
            let start = self.range(fault.span)?.start;
            let line = self.source(id).ok()?.lines().byte_to_line(start)?;
            Some((id.vpath().get_without_slash().to_owned(), line + 1))
        });
        let (file, line) = place.unwrap_or_default();
        DocumentError::Template { file, line }
    }
}

impl World for Sheet<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.press.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.press.book
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        self.press.templates.iter().find(|template| template.id() == id).cloned().ok_or(FileError::AccessDenied)
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let found = self.files.iter().find(|(place, _)| *place == id);
        found.map(|(_, bytes)| bytes.clone()).ok_or(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.press.letters.fonts.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}
