//! Files that go to the site as they are: fonts, icons, the manifest.

use anyhow::{Context, Result};

use super::stamp;
use crate::workspace::Workspace;

/// What other steps put into `target/site`; all else there came from `public/`.
const MADE_ELSEWHERE: [&str; 2] = ["pkg", "style.css"];

/// Copies `public/**` and removes what is not there any more.
///
/// # Errors
/// When a file cannot be read or written.
pub fn copy(workspace: &Workspace) -> Result<()> {
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
        let content = std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        if std::fs::read(&target).is_ok_and(|there| there == content) {
            continue;
        }
        if let Some(folder) = target.parent() {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        }
        std::fs::write(&target, content).with_context(|| format!("cannot write {}", target.display()))?;
    }
    Ok(())
}
