//! How far a long command is: a line that is written over, on a terminal only. A log has no use for it.

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
