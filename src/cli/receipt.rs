//! `kabinet receipt`: one made-up receipt, for who works on its template. Needs neither a database nor settings.

use std::fs;
use std::path::PathBuf;

use clap::Args;

use super::failure::CliError;
use crate::document::Press;
use crate::document::cases::{CASES, Case};

#[derive(Args, Debug)]
pub(super) struct ReceiptArgs {
    /// Which made-up receipt, e.g. `in-debt`; any other word tells their names
    #[arg(long, value_name = "CASE", value_parser = find_case)]
    demo: &'static Case,
    /// The folder with `receipt.typ`, in place of the templates of this program
    #[arg(long, value_name = "FOLDER")]
    templates: Option<PathBuf>,
    /// The file to write [default: CASE.pdf]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Show it in the system's reader
    #[arg(long)]
    open: bool,
}

pub(super) fn print(args: ReceiptArgs) -> Result<(), CliError> {
    let press = match &args.templates {
        Some(folder) => Press::with_templates(folder).map_err(|error| CliError::Templates(folder.clone(), error))?,
        None => Press::new(),
    };
    let pdf = press.receipt(&(args.demo.receipt)()).map_err(CliError::Document)?;
    let file = args.out.unwrap_or_else(|| format!("{}.pdf", args.demo.name).into());
    fs::write(&file, pdf).map_err(|error| CliError::Write(file.clone(), error))?;
    println!("{} shows {}", file.display(), args.demo.shows);
    if args.open { open::that_detached(&file).map_err(CliError::Open) } else { Ok(()) }
}

fn find_case(name: &str) -> Result<&'static Case, String> {
    CASES.iter().find(|case| case.name == name).ok_or_else(|| {
        let told: Vec<String> = CASES.iter().map(|case| format!("  {:<22}{}", case.name, case.shows)).collect();
        format!("there is no such receipt; there are\n{}", told.join("\n"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_found_by_its_name_and_another_word_tells_all_names() {
        assert_eq!(find_case("in-debt").unwrap().name, "in-debt");
        let told = find_case("?").unwrap_err();
        for case in &CASES {
            assert!(told.contains(case.name), "{told}");
        }
    }

    #[test]
    fn a_designers_template_is_used_and_its_fault_is_named_by_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let ours = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/document/templates");
        copy(&ours, folder.path());
        let args = |out: &str| ReceiptArgs {
            demo: find_case("bare").unwrap(),
            templates: Some(folder.path().to_owned()),
            out: Some(folder.path().join(out)),
            open: false,
        };
        print(args("ours.pdf")).unwrap();
        let pin = folder.path().join("receipt/meters.typ");
        let changed =
            fs::read_to_string(&pin).unwrap().replace("#let meters(meters) =", "#let meters(meters) = nothing +");
        fs::write(&pin, changed).unwrap();
        let fault = print(args("theirs.pdf")).unwrap_err().to_string();
        assert!(fault.contains("receipt/meters.typ") && fault.contains("line"), "{fault}");
        assert!(!folder.path().join("theirs.pdf").exists());
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
