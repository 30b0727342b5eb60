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

/// Ways to run or to write what came as text.
const UNSAFE_WRITING: [&str; 6] =
    ["eval(", "new Function", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write"];
/// Ways to store data in the browser, or to send them past the portal's own requests.
const STORES_AND_CHANNELS: [&str; 6] =
    ["sessionStorage", "localStorage", "indexedDB", "document.cookie", "postMessage", "WebSocket"];

#[test]
fn no_script_evaluates_strings_or_writes_html() {
    assert_eq!(places(&scripts(), &UNSAFE_WRITING), Vec::<String>::new());
}

#[test]
fn no_script_keeps_data_in_the_browser_or_talks_to_other_windows() {
    assert_eq!(places(&scripts(), &STORES_AND_CHANNELS), Vec::<String>::new());
}

/// `places` skips `src/test_bank` as it skips tests.
#[test]
fn the_demos_script_writes_no_html_and_stores_only_that_the_mailbox_is_open() {
    let script = fs::read_to_string("src/test_bank/mailbox.js").expect("the script is there");
    for word in UNSAFE_WRITING.iter().chain(&STORES_AND_CHANNELS[1..]) {
        assert!(!script.contains(word), "{word}");
    }
    let calls: Vec<&str> =
        script.split("sessionStorage.").skip(1).map(|rest| &rest[..=rest.find(')').unwrap()]).collect();
    assert_eq!(calls, ["getItem(OPEN)", "setItem(OPEN, \"\")", "removeItem(OPEN)"]);
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

#[test]
fn only_the_worker_stores_a_page_and_only_the_home_page() {
    let scripts = scripts();
    let elsewhere: Vec<_> = places(&scripts, &["caches."]).into_iter().filter(|at| !at.contains("sw.js")).collect();
    assert_eq!(elsewhere, Vec::<String>::new());
    let stored = places(&scripts, &[".put("]);
    assert!(stored.len() == 1 && stored[0].contains("cache.put(HOME,"), "{stored:?}");
    let site = fs::read_to_string("public/site.js").unwrap();
    let registered = places(&[PathBuf::from("public/site.js")], &["serviceWorker"]);
    assert!(registered.len() == 1 && registered[0].contains("(display-mode: standalone)"), "{registered:?}");
    assert!(site.contains("register(\"/sw.js\")"));
}

#[test]
fn the_worker_of_a_tab_handles_pushes_and_no_request() {
    let elsewhere = places(&scripts(), &["register("]).into_iter().filter(|at| !at.contains("site.js"));
    let elsewhere: Vec<String> = elsewhere.collect();
    assert!(elsewhere.len() == 1 && elsewhere[0].contains("register(\"/sw.js?push\")"), "{elsewhere:?}");
    let worker = fs::read_to_string("public/sw.js").unwrap();
    let handlers: Vec<&str> = worker.split("addEventListener(\"fetch\"").skip(1).collect();
    assert_eq!(handlers.len(), 1);
    let first = handlers[0].lines().nth(2).unwrap_or_default();
    assert!(first.trim_start().starts_with("if (location.search ||") && first.ends_with("return;"), "{first}");
}

/// Largest icon, in bytes: a phone loads it once, on the network where the portal was opened.
const MAX_ICON: usize = 8_000;

#[test]
fn every_icon_of_the_manifest_has_its_size() {
    let manifest = fs::read_to_string("public/manifest.webmanifest").unwrap();
    let value = |line: &str, name: &str| {
        let (_, rest) = line.split_once(&format!("\"{name}\": \"")).expect("the field is there");
        rest.split('"').next().unwrap_or_default().to_owned()
    };
    let icons: Vec<&str> = manifest.lines().filter(|line| line.contains("image/png")).collect();
    assert_eq!(icons.len(), 3, "{icons:?}");
    for icon in icons {
        let bytes = fs::read(format!("public{}", value(icon, "src"))).expect("the icon is there");
        // The width and the height are the first numbers of a PNG's header.
        let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
        assert_eq!(format!("{}x{}", number(16), number(20)), value(icon, "sizes"), "{icon}");
        assert!(bytes.len() < MAX_ICON, "{icon}: {} bytes", bytes.len());
    }
    assert!(manifest.contains("\"purpose\": \"maskable\""));
}

/// The sRGB colour of `oklch(L% C H)`, as `#rrggbb`: <https://bottosson.github.io/posts/oklab/>.
fn hex_of(oklch: &str) -> String {
    let inner = oklch.trim().trim_start_matches("oklch(").trim_end_matches(')');
    let parts: Vec<f64> =
        inner.split(' ').map(|part| part.trim_end_matches('%').parse().expect("a number of the colour")).collect();
    let (light, chroma, hue) = (parts[0] / 100.0, parts[1], parts[2].to_radians());
    let (a, b) = (chroma * hue.cos(), chroma * hue.sin());
    let long = (light + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
    let middle = (light - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
    let short = (light - 0.089_484_177_5 * a - 1.291_485_548 * b).powi(3);
    let linear = [
        4.076_741_662_1 * long - 3.307_711_591_3 * middle + 0.230_969_929_2 * short,
        -1.268_438_004_6 * long + 2.609_757_401_1 * middle - 0.341_319_396_5 * short,
        -0.004_196_086_3 * long - 0.703_418_614_7 * middle + 1.707_614_701 * short,
    ];
    let channel = |value: f64| {
        let value = value.clamp(0.0, 1.0);
        let curved = if value <= 0.003_130_8 { 12.92 * value } else { 1.055 * value.powf(1.0 / 2.4) - 0.055 };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 255")]
        let byte = (curved * 255.0).round() as u8;
        format!("{byte:02x}")
    };
    format!("#{}", linear.map(channel).concat())
}

#[test]
fn phones_get_the_colours_of_the_style_sheet() {
    let tokens = fs::read_to_string("style/tokens.css").unwrap();
    let colours = |name: &str| -> Vec<String> {
        let lines = tokens.lines().filter_map(|line| line.trim().strip_prefix(&format!("--{name}: ")));
        lines.map(|value| hex_of(value.trim_end_matches(';'))).collect()
    };
    let (surfaces, pages) = (colours("surface"), colours("page"));
    assert_eq!((surfaces.len(), pages.len()), (2, 2), "a light and a dark one");
    let shell = fs::read_to_string("src/http/shell.rs").unwrap();
    assert!(surfaces.iter().all(|colour| shell.contains(&format!("\"{colour}\""))), "{surfaces:?}");
    let manifest = fs::read_to_string("public/manifest.webmanifest").unwrap();
    assert!(manifest.contains(&format!("\"theme_color\": \"{}\"", surfaces[0])), "{surfaces:?}");
    assert!(manifest.contains(&format!("\"background_color\": \"{}\"", pages[0])), "{pages:?}");
}
