//! `kabinet notice preview`: shows the texts of notices with made-up values, to work on them. Needs no database.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::compose;
use super::failure::CliError;
use crate::config::Loaded;
use crate::domain::notice::NoticeKind;
use crate::domain::notice_preview::{NoticePreview, sms_parts};

#[derive(Debug, Subcommand)]
pub(super) enum NoticeCommand {
    /// Show what each channel says, with made-up values
    Preview(PreviewArgs),
}

#[derive(Args, Debug)]
pub(super) struct PreviewArgs {
    /// Only this kind, e.g. `debt`; any other word lists the names
    #[arg(long, value_name = "KIND", value_parser = find_kind)]
    kind: Option<NoticeKind>,
    /// The folder that KIND.txt and KIND.html, the letter in both forms, are written to; made if it is missing
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

pub(super) fn run(loaded: &Loaded, NoticeCommand::Preview(args): &NoticeCommand) -> Result<(), CliError> {
    let texts = compose::notice_texts(&loaded.config, &loaded.texts, true);
    let previews = compose::notice_previews(&loaded.config, &texts)?;
    let is_chosen = |preview: &&NoticePreview| args.kind.is_none_or(|kind| preview.kind == kind);
    for preview in previews.iter().filter(is_chosen) {
        println!("{}", shown(preview));
        if let Some(folder) = &args.out {
            write(folder, preview)?;
        }
    }
    Ok(())
}

/// The texts of all channels.
fn shown(NoticePreview { kind, written, plain, .. }: &NoticePreview) -> String {
    let (parts, length) = (sms_parts(&written.sms), written.sms.chars().count());
    format!(
        "=== {}\nsubject  {}\nportal   {}\nsms      {}\n         {parts} part(s), {length} characters\n\n{plain}",
        kind.as_str(),
        written.subject,
        written.portal,
        written.sms
    )
}

fn write(folder: &Path, preview: &NoticePreview) -> Result<(), CliError> {
    fs::create_dir_all(folder).map_err(|error| CliError::Write(folder.to_owned(), error))?;
    for (ending, text) in [("txt", &preview.plain), ("html", &preview.html)] {
        let file = folder.join(format!("{}.{ending}", preview.kind.as_str()));
        fs::write(&file, text).map_err(|error| CliError::Write(file.clone(), error))?;
        println!("{} is written", file.display());
    }
    println!();
    Ok(())
}

fn find_kind(name: &str) -> Result<NoticeKind, String> {
    NoticeKind::parse(name).ok_or_else(|| {
        let known = NoticeKind::ALL.map(NoticeKind::as_str).join(", ");
        format!("there is no such notice; there are {known}")
    })
}
