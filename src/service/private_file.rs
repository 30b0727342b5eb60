//! Files with secrets or personal data: only their owner may read them.

use std::fs::OpenOptions;

/// How such a file is opened; the mode holds for one that is made thereby.
pub fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}
