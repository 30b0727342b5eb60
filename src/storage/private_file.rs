//! Files with secrets or personal data: only their owner may access them.

use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// A private file is accessible to users other than its owner.
#[derive(Debug, Error)]
#[error("others can read or change {file} (mode {mode:o}); run: chmod 600 {file}", file = file.display())]
pub struct Exposed {
    /// The file.
    pub file: PathBuf,
    /// Its permission bits.
    pub mode: u32,
}

/// Opens with mode 0600; the mode applies only when the file is created.
pub fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Creates a folder and its parents with mode 0700; existing folders keep their mode.
///
/// # Errors
/// [`io::Error`] when the folder cannot be created.
pub fn create_private_folder(folder: &Path) -> io::Result<()> {
    if folder.as_os_str().is_empty() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Checks that only the owner can access a file. Always passes on systems without Unix modes.
///
/// # Errors
/// [`io::Error`] when the metadata cannot be read, for example if the file does not exist.
pub fn check_private(file: &Path) -> io::Result<Result<(), Exposed>> {
    let metadata = std::fs::metadata(file)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        /// The permission bits of the group and of others.
        const OTHERS: u32 = 0o077;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & OTHERS != 0 {
            return Ok(Err(Exposed { file: file.to_owned(), mode }));
        }
    }
    let _ = metadata;
    Ok(Ok(()))
}
