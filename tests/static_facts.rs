//! Facts about the sources that the security ledger (`docs/security/asvs.toml`) relies on: code that must not occur.

use std::fs;
use std::path::{Path, PathBuf};

fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    fn walk(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("the folder is there").flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, ending, found);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(Path::new(folder), ending, &mut found);
    assert!(!found.is_empty(), "{folder} has files");
    found
}

/// Every occurrence of one of the words, outside tests.
fn places(files: &[PathBuf], words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files.iter().filter(|file| !file.to_string_lossy().contains("test")) {
        let text = fs::read_to_string(file).expect("a source can be read");
        let code = text.split("\n#[cfg(test)]").next().unwrap_or_default();
        let lines = code.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
        for (number, line) in lines {
            if words.iter().any(|word| line.contains(word)) {
                found.push(format!("{}:{}: {}", file.display(), number + 1, line.trim()));
            }
        }
    }
    found
}

fn scripts() -> Vec<PathBuf> {
    let mut scripts = files("public", ".js");
    scripts.extend(files("src", ".js"));
    scripts
}

#[test]
fn no_script_evaluates_strings_or_writes_html() {
    let words = ["eval(", "new Function", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write"];
    assert_eq!(places(&scripts(), &words), Vec::<String>::new());
}

#[test]
fn no_script_keeps_data_in_the_browser_or_talks_to_other_windows() {
    let words = ["localStorage", "sessionStorage", "indexedDB", "document.cookie", "postMessage", "WebSocket"];
    assert_eq!(places(&scripts(), &words), Vec::<String>::new());
}

#[test]
fn no_script_merges_objects_by_names_from_outside() {
    assert_eq!(places(&scripts(), &["__proto__", "Object.assign", "constructor["]), Vec::<String>::new());
}

#[test]
fn no_script_hinders_pasting_a_password() {
    assert_eq!(places(&scripts(), &["paste", "oncopy", "contextmenu"]), Vec::<String>::new());
    let field = fs::read_to_string("src/components/field.rs").unwrap();
    let password = &field[field.find("pub fn PasswordField").expect("the field is there")..];
    assert!(password.contains("type=\"password\"") && password.contains("autocomplete=autocomplete"));
}

#[test]
fn no_request_starts_a_process() {
    let rooms = ["pages", "console", "service", "http", "api", "islands", "components", "gateway", "worker"];
    for room in rooms {
        let found = places(&files(&format!("src/{room}"), ".rs"), &["process::Command", "Command::new"]);
        assert_eq!(found, Vec::<String>::new());
    }
}

#[test]
fn no_code_of_ours_is_unsafe() {
    let manifest = fs::read_to_string("Cargo.toml").unwrap();
    assert!(manifest.contains("unsafe_code = \"deny\""));
    assert_eq!(places(&files("src", ".rs"), &["unsafe {", "unsafe fn", "allow(unsafe_code)"]), Vec::<String>::new());
}

#[test]
fn no_broken_cipher_or_hash_is_used() {
    let words = ["Md5", "md5::", "Sha1::", "sha1::", "Des::", "Rc4", "Ecb<", "Cbc<"];
    assert_eq!(places(&files("src", ".rs"), &words), Vec::<String>::new());
}

#[test]
fn no_page_loads_anything_from_another_site() {
    let mut views = files("src/pages", ".rs");
    views.extend(files("src/console", ".rs"));
    views.extend(files("src/components", ".rs"));
    views.extend(files("src/http", ".rs"));
    let words = ["src=\"http", "src=\"//", "<iframe", "href=\"http://", "@import url(\"http"];
    assert_eq!(places(&views, &words), Vec::<String>::new());
}

#[test]
fn no_password_has_a_hint_or_a_secret_question() {
    let mut sources = files("src/pages", ".rs");
    sources.extend(files("migrations", ".sql"));
    assert_eq!(places(&sources, &["secret_question", "password_hint", "девичья фамилия"]), Vec::<String>::new());
}

#[test]
fn every_form_of_a_person_has_a_struct_with_its_fields() {
    // A map of arbitrary fields would let a request set fields that the form does not have.
    let mut sources = files("src/pages", ".rs");
    sources.extend(files("src/console", ".rs"));
    assert_eq!(
        places(&sources, &["Form<HashMap", "Form<BTreeMap", "Form<Value", "serde(flatten)"]),
        Vec::<String>::new()
    );
}

#[test]
fn every_signed_in_page_has_the_way_out() {
    let shell = fs::read_to_string("src/http/shell.rs").unwrap();
    assert!(shell.contains("Some(\"/sign-out\")") && shell.contains("Some(\"/console/sign-out\")"));
}

#[test]
fn no_answer_allows_another_site_to_read_it() {
    let words = ["access-control-allow", "ACCESS_CONTROL_ALLOW", "CorsLayer"];
    assert_eq!(places(&files("src", ".rs"), &words), Vec::<String>::new());
}

#[test]
fn all_randomness_is_asked_of_one_place_which_asks_the_system() {
    let sources = files("src", ".rs");
    let words = ["rand::", "getrandom", "fastrand", "thread_rng", "SmallRng", "StdRng"];
    let elsewhere: Vec<String> =
        places(&sources, &words).into_iter().filter(|place| !place.starts_with("src/clock.rs")).collect();
    assert_eq!(elsewhere, Vec::<String>::new());
    assert!(fs::read_to_string("src/clock.rs").unwrap().contains("rand::rng().fill_bytes(bytes)"));
}

#[test]
fn no_form_that_is_sent_in_the_address_asks_for_a_secret() {
    let mut views = files("src/pages", ".rs");
    views.extend(files("src/console", ".rs"));
    views.extend(files("src/components", ".rs"));
    let secret = ["PasswordField", "CodeField", "name=\"login\"", "name=\"pin\"", "type=\"password\""];
    let mut forms = 0;
    for view in &views {
        let text = fs::read_to_string(view).expect("a source can be read");
        for form in text.split("<form method=\"get\"").skip(1) {
            forms += 1;
            let form = form.split("</form>").next().unwrap_or_default();
            assert!(!secret.iter().any(|word| form.contains(word)), "{}: {form}", view.display());
        }
    }
    assert!(forms > 0, "no form was found: has their spelling changed?");
}
