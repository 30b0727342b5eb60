//! Tests that source files stay short enough to be read in one go.

use std::fs;
use std::path::{Path, PathBuf};

/// Lines of one file: about ten screens. A longer file has more than one subject.
const MAX_LINES: usize = 500;
/// Folders with source files of the project.
const FOLDERS: [&str; 3] = ["src", "tests", "xtask/src"];
/// A lower count would mean that the search below missed files.
const MIN_FILES: usize = 250;

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder is there").flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn no_file_is_longer_than_a_reader_keeps_in_mind() {
    let mut files = Vec::new();
    for folder in FOLDERS {
        collect(Path::new(folder), &mut files);
    }
    assert!(files.len() >= MIN_FILES, "only {} files were found", files.len());
    let lines = |file: &PathBuf| fs::read_to_string(file).expect("a source file can be read").lines().count();
    let too_long: Vec<String> = files
        .iter()
        .map(|file| (file, lines(file)))
        .filter(|(_, lines)| *lines > MAX_LINES)
        .map(|(file, lines)| format!("{}: {lines} lines", file.display()))
        .collect();
    assert!(
        too_long.is_empty(),
        "files of more than {MAX_LINES} lines; split them by subject:\n{}",
        too_long.join("\n")
    );
}
