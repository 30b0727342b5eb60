//! Files that are copied to the site unchanged (fonts, icons, the manifest) or minified (scripts).

use std::path::Path;

use anyhow::{Context, Result};

use super::{script, stamp};
use crate::workspace::Workspace;

/// The outputs of other steps in `target/site`; everything else came from `public/`.
const MADE_ELSEWHERE: [&str; 2] = ["pkg", "style.css"];

/// Copies `public/**` and removes files that no longer exist; without the Node tools scripts are not minified.
///
/// # Errors
/// When a file cannot be read or written, or a script is invalid.
pub fn copy(workspace: &Workspace, tools: Option<&Path>) -> Result<()> {
    let source = workspace.path("public");
    let site = workspace.site();
    for old in stamp::files_in(&site)? {
        let inside = old.strip_prefix(&site).unwrap_or(&old);
        let top = inside.iter().next().unwrap_or_default().to_string_lossy();
        let top = super::precompress::original_name(&top);
        let original = super::precompress::original_name(&inside.to_string_lossy()).to_owned();
        if !MADE_ELSEWHERE.contains(&top) && !source.join(original).is_file() {
            std::fs::remove_file(&old).with_context(|| format!("cannot remove {}", old.display()))?;
        }
    }
    for file in stamp::files_in(&source)? {
        let target = site.join(file.strip_prefix(&source).unwrap_or(&file));
        let content = match tools {
            Some(tools) if script::is_one(&file) => script::minified(workspace, &file, tools)?.into_bytes(),
            _ => std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?,
        };
        write_changed(&target, &content)?;
    }
    Ok(())
}

/// Does not rewrite an unchanged file: its modification time would trigger a rebuild of the crate that embeds it.
fn write_changed(target: &Path, content: &[u8]) -> Result<()> {
    if std::fs::read(target).is_ok_and(|there| there == content) {
        return Ok(());
    }
    if let Some(folder) = target.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    std::fs::write(target, content).with_context(|| format!("cannot write {}", target.display()))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    #[test]
    fn a_file_that_did_not_change_keeps_its_time() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deep/site.js");
        write_changed(&file, b"one").unwrap();
        let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        std::fs::File::options().write(true).open(&file).unwrap().set_modified(long_ago).unwrap();
        write_changed(&file, b"one").unwrap();
        assert_eq!(std::fs::metadata(&file).unwrap().modified().unwrap(), long_ago);
        write_changed(&file, b"two").unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"two");
    }
}
