//! `kabinet receipt`: prints made-up receipts and other documents, to work on the templates. Needs neither a database
//! nor settings.

use std::fs;
use std::path::PathBuf;

use clap::Args;

use super::failure::CliError;
use crate::document::cases::{CASES, Case};
use crate::document::sample::{certified, stated, without_debt};
use crate::document::{DocumentError, Press};
use crate::domain::account::AccountNumber;
use crate::domain::receipt::Receipt;

/// The argument for all documents.
const ALL: &str = "all";
/// Enough for several pages.
const STATEMENT_MONTHS: u32 = 24;

#[derive(Args, Debug)]
pub(super) struct ReceiptArgs {
    /// Which made-up receipt, e.g. `in-debt`; `statement`, `certificate`, `no-debt`, `merged` or `all`; any other word lists the names
    #[arg(long, value_name = "CASE", value_parser = find_documents)]
    demo: Chosen,
    /// The folder with `receipt.typ`, in place of the templates of this program
    #[arg(long, value_name = "FOLDER")]
    templates: Option<PathBuf>,
    /// The folder that CASE.pdf is written to
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    out: PathBuf,
    /// Show it in the system's reader
    #[arg(long)]
    open: bool,
}

/// The documents to print.
#[derive(Clone, Debug)]
struct Chosen(Vec<Document>);

/// A made-up document.
#[derive(Clone, Copy, Debug)]
enum Document {
    Receipt(&'static Case),
    /// All cases in one file, like a file for a print shop.
    Merged,
    Statement,
    Certificate,
    NoDebt,
}

impl Document {
    fn all() -> impl Iterator<Item = Self> {
        CASES.iter().map(Self::Receipt).chain([Self::Merged, Self::Statement, Self::Certificate, Self::NoDebt])
    }

    fn name(self) -> &'static str {
        match self {
            Self::Receipt(case) => case.name,
            Self::Merged => "merged",
            Self::Statement => "statement",
            Self::Certificate => "certificate",
            Self::NoDebt => "no-debt",
        }
    }

    fn shows(self) -> &'static str {
        match self {
            Self::Receipt(case) => case.shows,
            Self::Merged => "all receipts in one file",
            Self::Statement => "a statement of two years",
            Self::Certificate => "a certificate of a payment",
            Self::NoDebt => "a certificate that nothing is owed",
        }
    }

    fn print(self, press: &Press) -> Result<Vec<u8>, DocumentError> {
        match self {
            Self::Receipt(case) => press.receipt(&(case.receipt)()),
            Self::Merged => {
                let receipts: Vec<Receipt> = CASES.iter().zip(1..).map(of_own_account).collect();
                press.receipts(&receipts.iter().collect::<Vec<_>>()).map(|(pdf, _)| pdf)
            }
            Self::Statement => press.statement(&stated(STATEMENT_MONTHS)),
            Self::Certificate => press.certificate(&certified()),
            Self::NoDebt => press.no_debt(&without_debt()),
        }
    }
}

pub(super) fn print(args: &ReceiptArgs) -> Result<(), CliError> {
    let press = match &args.templates {
        Some(folder) => Press::with_templates(folder).map_err(|error| CliError::Templates(folder.clone(), error))?,
        None => Press::new(),
    };
    for document in &args.demo.0 {
        let file = args.out.join(format!("{}.pdf", document.name()));
        let pdf = document.print(&press).map_err(CliError::Document)?;
        fs::write(&file, pdf).map_err(|error| CliError::Write(file.clone(), error))?;
        println!("{} shows {}", file.display(), document.shows());
        if args.open {
            open::that_detached(&file).map_err(CliError::Open)?;
        }
    }
    Ok(())
}

/// Gives each case its own account number, because a merged file may not repeat an account.
fn of_own_account((case, number): (&Case, u32)) -> Receipt {
    Receipt { account_number: AccountNumber::trusted(format!("{number:08}")), ..(case.receipt)() }
}

fn find_documents(name: &str) -> Result<Chosen, String> {
    let chosen: Vec<Document> = Document::all().filter(|document| name == ALL || document.name() == name).collect();
    if !chosen.is_empty() {
        return Ok(Chosen(chosen));
    }
    let told: Vec<String> =
        Document::all().map(|document| format!("  {:<22}{}", document.name(), document.shows())).collect();
    Err(format!("there is no such receipt; there are\n{}", told.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_found_by_its_name_and_another_word_tells_all_names() {
        let names = |chosen: Chosen| chosen.0.into_iter().map(Document::name).collect::<Vec<_>>();
        assert_eq!(names(find_documents("in-debt").unwrap()), ["in-debt"]);
        assert_eq!(names(find_documents("statement").unwrap()), ["statement"]);
        assert_eq!(names(find_documents("all").unwrap()).len(), CASES.len() + 4);
        let told = find_documents("?").unwrap_err();
        for document in Document::all() {
            assert!(told.contains(document.name()), "{told}");
        }
    }

    #[test]
    fn a_designers_template_is_used_and_its_fault_is_named_by_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let ours = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/document/templates");
        copy(&ours, folder.path());
        let out = tempfile::tempdir().unwrap();
        let args = ReceiptArgs {
            demo: find_documents("bare").unwrap(),
            templates: Some(folder.path().to_owned()),
            out: out.path().to_owned(),
            open: false,
        };
        print(&args).unwrap();
        assert!(out.path().join("bare.pdf").exists());
        let meters = folder.path().join("receipt/meters.typ");
        let changed =
            fs::read_to_string(&meters).unwrap().replace("#let meters(meters) =", "#let meters(meters) = nothing +");
        fs::write(&meters, changed).unwrap();
        let fault = print(&args).unwrap_err().to_string();
        assert!(fault.contains("receipt/meters.typ") && fault.contains("line"), "{fault}");
    }

    fn copy(from: &std::path::Path, to: &std::path::Path) {
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let target = to.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                fs::create_dir(&target).unwrap();
                copy(&entry.path(), &target);
            } else {
                fs::copy(entry.path(), target).unwrap();
            }
        }
    }
}
