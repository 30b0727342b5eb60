//! Files with secrets or personal data: only their owner may read them.

use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Others than the owner may read or write a private file.
#[derive(Debug, Error)]
#[error("others can read or change {file} (mode {mode:o}); run: chmod 600 {file}", file = file.display())]
pub struct Exposed {
    /// The file.
    pub file: PathBuf,
    /// Its permission bits.
    pub mode: u32,
}

/// How such a file is opened; the mode holds for one that is made thereby.
pub fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes a folder, and those above it, that only the owner may enter; one that is there keeps its mode.
///
/// # Errors
/// Those of the system.
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

/// Whether only the owner may read and write a file. Always so where the system has no such modes.
///
/// # Errors
/// Those of the system, such as a file that is not there.
pub fn check_private(file: &Path) -> io::Result<Result<(), Exposed>> {
    let metadata = std::fs::metadata(file)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        /// Bits of the group and of everybody else.
        const OTHERS: u32 = 0o077;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & OTHERS != 0 {
            return Ok(Err(Exposed { file: file.to_owned(), mode }));
        }
    }
    let _ = metadata;
    Ok(Ok(()))
}
