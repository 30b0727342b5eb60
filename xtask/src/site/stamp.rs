//! A step is skipped when the hash of its inputs equals the one stored after its last run.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// The stamp of one step: the hash of its inputs at the last run.
pub struct Stamp {
    file: PathBuf,
    hash: String,
}

impl Stamp {
    /// The stamp of the step `name`, stored in `folder`, for the current inputs.
    pub fn new(folder: &Path, name: &str, hash: String) -> Self {
        Self { file: folder.join(format!("{name}.stamp")), hash }
    }

    /// Whether the step has already run with exactly these inputs and its outputs still exist.
    pub fn is_fresh(&self, made: &[PathBuf]) -> bool {
        made.iter().all(|file| file.is_file())
            && std::fs::read_to_string(&self.file).is_ok_and(|written| written == self.hash)
    }

    /// Stores that the step ran.
    ///
    /// # Errors
    /// When the stamp cannot be written.
    pub fn write(&self) -> Result<()> {
        std::fs::write(&self.file, &self.hash).with_context(|| format!("cannot write {}", self.file.display()))
    }
}

/// The SHA-256 of a content, in hex, as the server computes it for the addresses of the site's files.
pub fn of_content(content: &[u8]) -> String {
    hex(&Sha256::digest(content))
}

/// The hash of some inputs of a step, in hex.
pub fn of_bytes(parts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hex(&hasher.finalize())
}

/// The hash of the names and contents of all files in some folders; a missing folder counts as an empty one.
///
/// # Errors
/// When a file cannot be read.
pub fn of_folders(folders: &[&Path]) -> Result<String> {
    let mut hasher = Sha256::new();
    for folder in folders {
        for file in files_in(folder)? {
            let content = std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
            hasher.update(file.strip_prefix(folder).unwrap_or(&file).to_string_lossy().as_bytes());
            hasher.update((content.len() as u64).to_le_bytes());
            hasher.update(&content);
        }
    }
    Ok(hex(&hasher.finalize()))
}

/// Every file below a folder, in the order of their paths; empty when the folder is missing.
///
/// # Errors
/// When the folder cannot be read.
pub fn files_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        if !folder.is_dir() {
            continue;
        }
        for entry in std::fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
            let path = entry?.path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    Ok(found)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_fresh_only_with_the_same_input_and_its_output_there() {
        let folder = tempfile::tempdir().unwrap();
        let made = folder.path().join("made");
        let stamp = Stamp::new(folder.path(), "step", of_bytes(&[b"input"]));
        assert!(!stamp.is_fresh(&[]));
        stamp.write().unwrap();
        assert!(!stamp.is_fresh(std::slice::from_ref(&made)));
        std::fs::write(&made, "made").unwrap();
        assert!(stamp.is_fresh(std::slice::from_ref(&made)));
        assert!(!Stamp::new(folder.path(), "step", of_bytes(&[b"other"])).is_fresh(&[made]));
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(of_bytes(&[b"ab", b"c"]), of_bytes(&[b"a", b"bc"]));
    }

    #[test]
    fn a_renamed_file_changes_the_hash_of_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("one"), "text").unwrap();
        let before = of_folders(&[folder.path()]).unwrap();
        std::fs::rename(folder.path().join("one"), folder.path().join("two")).unwrap();
        assert_ne!(before, of_folders(&[folder.path()]).unwrap());
    }
}
