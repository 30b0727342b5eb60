//! The archive of a run: its files and their list, packed when all are printed.

use std::fs::{self, File};
use std::io::{self, BufWriter};

use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::list::{List, write_private};
use super::{PrintRun, PrintRunError};

/// Packs the files of a run into its archive and removes the folder in which they were collected. They are stored
/// uncompressed: a PDF is compressed already. The archive is written in that folder and gets its name when complete; it
/// never replaces an existing file.
pub(super) fn pack(run: &PrintRun, list: &List) -> Result<(), PrintRunError> {
    let files = list.finish()?;
    let whole = run.path("archive.zip");
    let written = write_private(&whole, |archive| write(run, &files, archive));
    written.map_err(|error| PrintRunError::Disk(whole.clone(), error))?;
    fs::hard_link(&whole, &run.out).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => PrintRunError::Taken(run.out.clone()),
        _ => PrintRunError::Disk(run.out.clone(), error),
    })?;
    fs::remove_dir_all(run.folder()).map_err(|error| PrintRunError::Disk(run.folder(), error))
}

fn write(run: &PrintRun, files: &[String], archive: &File) -> io::Result<()> {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored).unix_permissions(0o600);
    let mut archive = ZipWriter::new(BufWriter::new(archive));
    let list = format!("{}.csv", run.name());
    for name in std::iter::once(&list).chain(files) {
        archive.start_file(name.as_str(), options)?;
        io::copy(&mut File::open(run.path(name))?, &mut archive)?;
    }
    archive.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
}
