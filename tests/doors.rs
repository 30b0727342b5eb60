//! Tests that each action has one entry point, a server function in `src/api/`: pages, the console and islands call no
//! use case that writes. Island props are listed here, one by one. The script that works without WebAssembly stays
//! small.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Lines of `public/site.js`: only behaviour that is needed before hydration or that no component can provide.
const MAX_SCRIPT_LINES: usize = 80;

/// Use cases that write and may be called by a page, with the reason.
const EXCEPTIONS: [(&str, &str); 10] = [
    ("calendars::file_by_key", "a file, not a form; a wrong key is counted, so that keys cannot be tried"),
    ("confirmation::look_at_link", "opening a link counts as a look at it, so that links cannot be guessed"),
    ("recovery::look_at_link", "opening a link counts as a look at it, so that links cannot be guessed"),
    ("notices::open", "opening a notice marks it as read: it is the person's own, and a second time changes nothing"),
    ("notices::unsubscribe", "a mail program posts it too and must get a page, not a redirect (RFC 8058)"),
    ("photos::attach", "a file as multipart, which no hydrated form sends; the form is a plain one"),
    ("photos::show_to_operator", "a picture, not a form; each view is recorded"),
    ("push::public_key", "the page shows the key; the first page of an installation makes it"),
    ("receipts::print", "a file, not a form; printing is limited, and the first print makes the PIN"),
    ("second_factor::enrol", "opening the page makes the secret that it shows"),
];

/// The props of every island. They are in the page's source, so none may contain a secret or personal data.
const PROPS: [(&str, &[&str]); 4] = [
    ("AmountField", &["value", "error", "quick"]),
    ("PaymentWatch", &["payment_id", "state"]),
    ("ProviderCombobox", &["query", "chosen", "options", "error"]),
    ("ServerForm", &["function", "action", "children"]),
];

fn files(folder: &str) -> Vec<(PathBuf, String)> {
    fn gather(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).expect("the folder is there").flatten() {
            let path = entry.path();
            if path.is_dir() {
                gather(&path, found);
            } else if path.extension().is_some_and(|end| end == "rs") && !path.to_string_lossy().contains("test") {
                let text = fs::read_to_string(&path).expect("a source file can be read");
                let code = text.split("\n#[cfg(test)]").next().unwrap_or_default().to_owned();
                found.push((path, code));
            }
        }
    }
    let mut found = Vec::new();
    gather(Path::new(folder), &mut found);
    assert!(!found.is_empty(), "{folder} has no source files");
    found
}

fn is_name(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The functions of `service` that change data, as `module::function`: they open a transaction or count a try, or they
/// call such a function of their own module.
fn writing_use_cases() -> BTreeSet<String> {
    let marks = [".begin()", "services.count", "Database::commit", "::delete(", "::insert("];
    let heads = ["\nasync fn ", "\npub async fn ", "\npub(super) async fn ", "\npub(crate) async fn "];
    let mut bodies = Vec::new();
    for (path, code) in files("src/service") {
        let path = path.strip_prefix("src/service").expect("a file of the room").with_extension("");
        let module = path.iter().next().expect("a module").to_string_lossy().into_owned();
        let code = heads.iter().fold(code, |code, head| code.replace(head, heads[0]));
        for part in code.split(heads[0]).skip(1) {
            let name: String = part.chars().take_while(|c| is_name(*c)).collect();
            let body = part.split("\n}\n").next().unwrap_or_default();
            bodies.push((module.clone(), name, body.to_owned()));
        }
    }
    let mut writing: BTreeSet<String> = BTreeSet::new();
    loop {
        let before = writing.len();
        for (module, name, body) in &bodies {
            let calls_one = |(of, function): (&str, &str)| of == module && body.contains(&format!(" {function}("));
            let calls_one = || writing.iter().filter_map(|full| full.split_once("::")).any(calls_one);
            if marks.iter().any(|mark| body.contains(mark)) || calls_one() {
                writing.insert(format!("{module}::{name}"));
            }
        }
        if writing.len() == before {
            return writing;
        }
    }
}

/// The paths below `crate::service` that a file imports or writes in full, with groups and aliases resolved.
fn service_paths(code: &str) -> Vec<(String, String)> {
    let mut paths = Vec::new();
    for (at, mark) in code.match_indices("crate::service::") {
        let rest = &code[at + mark.len()..];
        let end = rest.find([';', '(', ')', ' ', '>']).filter(|_| !rest.starts_with('{')).unwrap_or(rest.len());
        let path = if rest[..end].contains('{') || rest.starts_with('{') {
            &rest[..rest.find(';').unwrap_or(rest.len())]
        } else {
            &rest[..rest.find([';', '(', ')', '>', ',']).unwrap_or(rest.len())]
        };
        expand("", path, &mut paths);
    }
    paths
}

/// Expands `a::{self as x, b, c::d}` to paths with the names that the file uses for them.
fn expand(prefix: &str, tree: &str, paths: &mut Vec<(String, String)>) {
    let tree = tree.trim();
    if let Some((head, group)) = tree.split_once('{') {
        let prefix = format!("{prefix}{head}");
        let (mut depth, mut from) = (0, 0);
        let inner = group.rsplit_once('}').map_or(group, |(inner, _)| inner);
        for (at, character) in inner.char_indices().chain([(inner.len(), ',')]) {
            match character {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    expand(&prefix, &inner[from..at], paths);
                    from = at + 1;
                }
                _ => {}
            }
        }
        return;
    }
    let (path, alias) = tree.split_once(" as ").map_or((tree, None), |(path, alias)| (path, Some(alias.trim())));
    let full = format!("{prefix}{}", path.trim());
    let full = full.trim_end_matches("::self").to_owned();
    let name = alias.map_or_else(|| full.rsplit("::").next().unwrap_or_default().to_owned(), str::to_owned);
    if !full.is_empty() {
        paths.push((full, name));
    }
}

/// The writing use cases that a file calls.
fn calls(code: &str, writing: &BTreeSet<String>) -> Vec<String> {
    let mut found = Vec::new();
    for (path, name) in service_paths(code) {
        if writing.contains(&path) {
            found.push(path.clone());
        }
        let called = writing.iter().filter_map(|full| full.strip_prefix(&format!("{path}::")).map(|f| (full, f)));
        found.extend(called.filter(|(_, f)| code.contains(&format!("{name}::{f}("))).map(|(full, _)| full.clone()));
    }
    found
}

#[test]
fn the_search_finds_a_call_by_name_by_module_and_by_alias() {
    let writing = BTreeSet::from(["payments::begin".to_owned()]);
    for code in [
        "use crate::service::payments::begin;",
        "use crate::service::payments::{self, PayError};\nfn f() { payments::begin(1) }",
        "use crate::service::{links::x, payments as money};\nfn f() { money::begin(1) }",
        "fn f() { crate::service::payments::begin(1) }",
    ] {
        assert_eq!(calls(code, &writing).len(), 1, "{code}");
    }
    assert!(calls("use crate::service::payments::{self, PayError};\nfn f() { payments::own(1) }", &writing).is_empty());
}

#[test]
fn no_page_and_no_island_calls_a_use_case_that_writes() {
    let writing = writing_use_cases();
    for known in ["links::link", "pins::enter", "payments::begin", "sign_in::sign_in"] {
        assert!(writing.contains(known), "{known} is not seen as writing: {writing:?}");
    }
    let mut broken = BTreeSet::new();
    for (path, code) in ["src/pages", "src/console", "src/islands", "src/components"].iter().flat_map(|f| files(f)) {
        for called in calls(&code, &writing) {
            if !EXCEPTIONS.iter().any(|(allowed, _)| *allowed == called) {
                broken.insert(format!("{} calls {called}", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "actions beside their server function:\n{broken:#?}");
    let unused: Vec<_> = EXCEPTIONS.iter().filter(|(name, _)| !writing.contains(*name)).collect();
    assert!(unused.is_empty(), "exceptions without a use case: {unused:?}");
}

#[test]
fn the_props_of_every_island_are_listed() {
    let mut found = Vec::new();
    for (_, code) in files("src/islands") {
        for part in code.split("#[island]\npub fn ").skip(1) {
            let name: String = part.chars().take_while(|c| is_name(*c)).collect();
            let list = part.split(") -> impl IntoView").next().unwrap_or_default();
            let props = list.lines().map(str::trim).filter(|line| !line.starts_with("//") && !line.starts_with('#'));
            let props = props.filter_map(|line| line.split_once(':')).map(|(prop, _)| prop.trim().to_owned());
            found.push((name, props.collect::<Vec<_>>()));
        }
    }
    found.sort();
    let listed: Vec<(String, Vec<String>)> = PROPS
        .iter()
        .map(|(name, props)| ((*name).to_owned(), props.iter().map(|p| (*p).to_owned()).collect()))
        .collect();
    assert_eq!(found, listed, "a new prop needs a look: it is in the page's source");
}

#[test]
fn the_script_without_webassembly_is_small() {
    let script = fs::read_to_string("public/site.js").expect("the script is there");
    let lines = script.lines().count();
    assert!(lines <= MAX_SCRIPT_LINES, "{lines} lines");
}
