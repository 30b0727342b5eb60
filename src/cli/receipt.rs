//! `kabinet receipt`: one made-up receipt, for who works on its template. Needs neither a database nor settings.

use std::fs;
use std::path::PathBuf;

use clap::Args;

use super::failure::CliError;
use crate::document::Press;
use crate::document::cases::{CASES, Case};

/// The word for every case.
const ALL: &str = "all";

#[derive(Args, Debug)]
pub(super) struct ReceiptArgs {
    /// Which made-up receipt, e.g. `in-debt`, or `all`; any other word tells their names
    #[arg(long, value_name = "CASE", value_parser = find_cases)]
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

/// The chosen cases.
#[derive(Clone, Copy, Debug)]
struct Chosen(&'static [Case]);

pub(super) fn print(args: &ReceiptArgs) -> Result<(), CliError> {
    let press = match &args.templates {
        Some(folder) => Press::with_templates(folder).map_err(|error| CliError::Templates(folder.clone(), error))?,
        None => Press::new(),
    };
    for case in args.demo.0 {
        let file = args.out.join(format!("{}.pdf", case.name));
        let pdf = press.receipt(&(case.receipt)()).map_err(CliError::Document)?;
        fs::write(&file, pdf).map_err(|error| CliError::Write(file.clone(), error))?;
        println!("{} shows {}", file.display(), case.shows);
        if args.open {
            open::that_detached(&file).map_err(CliError::Open)?;
        }
    }
    Ok(())
}

fn find_cases(name: &str) -> Result<Chosen, String> {
    if name == ALL {
        return Ok(Chosen(&CASES));
    }
    let found = CASES.iter().position(|case| case.name == name).map(|place| Chosen(&CASES[place..=place]));
    found.ok_or_else(|| {
        let told: Vec<String> = CASES.iter().map(|case| format!("  {:<22}{}", case.name, case.shows)).collect();
        format!("there is no such receipt; there are\n{}", told.join("\n"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_found_by_its_name_and_another_word_tells_all_names() {
        let names = |chosen: Chosen| chosen.0.iter().map(|case| case.name).collect::<Vec<_>>();
        assert_eq!(names(find_cases("in-debt").unwrap()), ["in-debt"]);
        assert_eq!(find_cases("all").unwrap().0.len(), CASES.len());
        let told = find_cases("?").unwrap_err();
        for case in &CASES {
            assert!(told.contains(case.name), "{told}");
        }
    }

    #[test]
    fn a_designers_template_is_used_and_its_fault_is_named_by_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let ours = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/document/templates");
        copy(&ours, folder.path());
        let out = tempfile::tempdir().unwrap();
        let args = ReceiptArgs {
            demo: find_cases("bare").unwrap(),
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
