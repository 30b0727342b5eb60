//! The rooms: the import table of `src/lib.rs`, and the imports of the code.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// Rooms by number, in the order of their names, so that the picture is the same on each machine.
#[derive(Debug, Default)]
pub struct Rooms {
    /// The names.
    pub names: Vec<String>,
    /// The imports that the table allows: importing room, imported room.
    pub allowed: BTreeSet<(usize, usize)>,
    /// The imports of the code: importing room, imported room.
    pub imports: BTreeSet<(usize, usize)>,
}

impl Rooms {
    /// Reads the table in `lib.rs` and every source file of the folder, without its tests.
    ///
    /// # Errors
    /// When a file cannot be read or the table is missing.
    pub fn read(source: &Path) -> Result<Self> {
        let library = fs::read_to_string(source.join("lib.rs")).context("cannot read src/lib.rs")?;
        let mut rooms = Self::from_table(&library);
        ensure!(!rooms.names.is_empty(), "src/lib.rs has no table of rooms");
        let mut sources = BTreeMap::new();
        read_sources(source, &mut sources)?;
        let tests = test_modules(&sources);
        for (file, text) in sources.iter().filter(|(file, _)| !tests.iter().any(|test| file.starts_with(test))) {
            let inside = file.strip_prefix(source).unwrap_or(file);
            let importing = inside.iter().next().and_then(|part| Path::new(part).file_stem()?.to_str());
            let Some(from) = importing.and_then(|name| rooms.number(name)) else { continue };
            for name in imported_names(text) {
                rooms.imports.extend(rooms.number(&name).filter(|to| *to != from).map(|to| (from, to)));
            }
        }
        Ok(rooms)
    }

    fn from_table(library: &str) -> Self {
        let quoted = |cell: &str| -> Vec<String> { cell.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
        let mut table: BTreeMap<String, Option<Vec<String>>> = BTreeMap::new();
        for line in library.lines().filter_map(|line| line.strip_prefix("//! | `")) {
            let cells: Vec<&str> = line.split('|').collect();
            let [names, _holds, may, ..] = cells.as_slice() else { continue };
            let may = (!may.contains("everything")).then(|| quoted(may));
            table.extend(quoted(&format!("`{names}")).into_iter().map(|name| (name, may.clone())));
        }
        let mut rooms = Self { names: table.keys().cloned().collect(), ..Self::default() };
        for (from, may) in table.values().enumerate() {
            let all = || (0..rooms.names.len()).filter(|to| *to != from).collect();
            let may: Vec<usize> = match may {
                Some(names) => names.iter().filter_map(|name| rooms.number(name)).collect(),
                None => all(),
            };
            rooms.allowed.extend(may.into_iter().map(|to| (from, to)));
        }
        rooms
    }

    fn number(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known == name)
    }
}

/// Every `.rs` file below a folder, without comments.
fn read_sources(folder: &Path, sources: &mut BTreeMap<PathBuf, String>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            read_sources(&path, sources)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            sources.insert(path, code.join("\n"));
        }
    }
    Ok(())
}

/// Removes code that is compiled for tests only; returns the rest and the names of modules that have files of their
/// own. rustfmt puts the end of a top-level item on the line of its `;` or on a line with `}` alone.
fn without_tests(code: &str) -> (String, Vec<String>) {
    let (mut kept, mut modules) = (String::new(), Vec::new());
    let mut lines = code.lines();
    while let Some(line) = lines.next() {
        if !(line.starts_with("#[cfg(test)]") || line.starts_with("#[cfg(all(test")) {
            kept.push_str(line);
            kept.push('\n');
            continue;
        }
        let item = lines.by_ref().find(|line| !line.starts_with("#[")).unwrap_or_default();
        if let Some(declaration) = item.strip_suffix(';') {
            let name = declaration.rsplit_once("mod ").map(|(_, name)| name);
            modules.extend(name.map(str::to_owned));
        } else if !item.ends_with('}') {
            lines.by_ref().find(|line| *line == "}");
        }
    }
    (kept, modules)
}

/// The files and folders of modules that are compiled for tests only.
fn test_modules(sources: &BTreeMap<PathBuf, String>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for (file, text) in sources {
        let is_root = ["mod.rs", "lib.rs", "main.rs"].iter().any(|name| file.ends_with(name));
        let folder = if is_root { file.with_file_name("") } else { file.with_extension("") };
        for name in without_tests(text).1 {
            found.push(folder.join(format!("{name}.rs")));
            found.push(folder.join(name));
        }
    }
    found
}

/// The first name after every `crate::`, also of those in braces.
fn imported_names(code: &str) -> Vec<String> {
    let code = without_tests(code).0;
    let mut found = Vec::new();
    for rest in code.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            Some(group) => found.extend(group_names(group)),
            None => found.push(first_name(rest)),
        }
    }
    found
}

/// `console, pages::{help, home}}; …` has the names `console` and `pages`.
fn group_names(group: &str) -> Vec<String> {
    let (mut names, mut depth, mut begins) = (Vec::new(), 0_i32, 0);
    for (at, sign) in group.char_indices() {
        match sign {
            '{' => depth += 1,
            ',' | '}' if depth == 0 => {
                names.push(first_name(group[begins..at].trim_start()));
                begins = at + 1;
                if sign == '}' {
                    break;
                }
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    names
}

fn first_name(path: &str) -> String {
    path.chars().take_while(|sign| sign.is_alphanumeric() || *sign == '_').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIBRARY: &str = "//! | room | what it holds | may import |\n//! |---|---|---|\n\
        //! | `domain` | types | — |\n//! | `service` | use cases | `domain`, `clock` |\n\
        //! | `cli` | commands | everything |\n";

    #[test]
    fn the_table_names_the_rooms_and_what_they_may_import() {
        let rooms = Rooms::from_table(LIBRARY);
        assert_eq!(rooms.names, ["cli", "domain", "service"]);
        assert_eq!(rooms.allowed, BTreeSet::from([(0, 1), (0, 2), (2, 1)]));
    }

    #[test]
    fn imports_in_braces_are_found_by_their_first_names() {
        let group = "use crate::{\n    console,\n    pages::{help, home},\n};\n";
        assert_eq!(imported_names(group), ["console", "pages", ""]);
        assert_eq!(imported_names("let a = crate::domain::id();"), ["domain"]);
    }

    #[test]
    fn imports_of_tests_do_not_count() {
        let code = "use crate::domain;\n#[cfg(test)]\nmod testing;\nuse crate::clock;\n#[cfg(test)]\n#[expect(a)]\n\
            mod tests {\n    use crate::storage;\n}\nuse crate::http;";
        assert_eq!(imported_names(code), ["domain", "clock", "http"]);
        assert_eq!(without_tests(code).1, ["testing"]);
    }

    #[test]
    fn a_room_imports_what_its_files_name_outside_their_tests() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let file = folder.path().join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        };
        write("lib.rs", LIBRARY);
        write("domain/mod.rs", "//! crate::cli\n#[cfg(test)]\nmod cases;\n");
        write("domain/cases.rs", "use crate::service::Services;\n");
        write("service/mod.rs", "use crate::domain::Money;\nuse crate::service::own;\n");
        write("cli.rs", "use crate::{service, clock};\n");
        assert_eq!(Rooms::read(folder.path()).unwrap().imports, BTreeSet::from([(0, 2), (2, 1)]));
    }
}
