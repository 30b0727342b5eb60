//! Tests the import table of `src/lib.rs`: a room imports only the rooms in its row.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms that each room may import, read from the table in the crate's documentation.
fn table() -> BTreeMap<String, Vec<String>> {
    let doc = fs::read_to_string("src/lib.rs").expect("src/lib.rs is there");
    let names = |cell: &str| -> Vec<String> { cell.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
    let mut table = BTreeMap::new();
    for line in doc.lines().filter(|line| line.starts_with("//! | `")) {
        let cells: Vec<&str> = line.trim_start_matches("//! |").split('|').collect();
        for room in names(cells[0]) {
            let may = if cells[2].contains("everything") { vec!["*".to_owned()] } else { names(cells[2]) };
            table.insert(room, may);
        }
    }
    table
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a room's folder is there").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Every `crate::room` that a file names outside its tests, with its line number.
fn imports(file: &Path) -> Vec<(usize, String)> {
    let text = fs::read_to_string(file).expect("a source file can be read");
    let code = text.split("\n#[cfg(test)]").next().unwrap_or_default();
    let mut found = Vec::new();
    for (number, line) in code.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
        for (at, mark) in line.match_indices("crate::") {
            let rest = &line[at + mark.len()..];
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
            found.push((number + 1, rest[..end].to_owned()));
        }
    }
    found
}

#[test]
fn each_room_imports_only_what_the_table_allows() {
    let table = table();
    assert!(table.len() >= 15, "the table of src/lib.rs was not read: {table:?}");
    let free = ["config", "telemetry"];
    let mut broken = Vec::new();
    for (room, may) in table.iter().filter(|(_, may)| **may != ["*"]) {
        let mut found = Vec::new();
        files(&Path::new("src").join(room), &mut found);
        for file in found.iter().filter(|file| !file.to_string_lossy().contains("test")) {
            for (line, target) in imports(file) {
                let known = table.contains_key(&target) || target == "clock";
                if known && target != *room && !may.contains(&target) && !free.contains(&target.as_str()) {
                    broken.push(format!("{}:{line} imports {target}", file.display()));
                }
            }
        }
    }
    assert!(broken.is_empty(), "rooms import what their line does not allow:\n{}", broken.join("\n"));
}

#[test]
fn sql_is_written_in_storage_only() {
    let mut found = Vec::new();
    files(Path::new("src"), &mut found);
    let marks = ["sqlx::query", "INSERT INTO ", "DELETE FROM ", "SELECT COUNT"];
    let broken: Vec<String> = found
        .iter()
        .filter(|file| !file.starts_with("src/storage"))
        .filter(|file| {
            let text = fs::read_to_string(file).expect("a source file can be read");
            marks.iter().any(|mark| text.contains(mark))
        })
        .map(|file| file.display().to_string())
        .collect();
    assert!(broken.is_empty(), "SQL outside storage: {broken:?}");
}
