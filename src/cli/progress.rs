//! Progress of a long command: a line that is overwritten, on a terminal only, because it would clutter a log.

use std::io::{self, IsTerminal as _, Write as _};

pub(super) fn show(line: impl FnOnce() -> String) {
    if io::stderr().is_terminal() {
        eprint!("\r{}", line());
        let _ = io::stderr().flush();
    }
}

pub(super) fn hide() {
    if io::stderr().is_terminal() {
        eprint!("\r\x1b[K");
    }
}
