//! The style sheet: `style/main.css` with all its imports, in one minified file.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use lightningcss::bundler::{Bundler, FileProvider};
use lightningcss::printer::PrinterOptions;
use lightningcss::stylesheet::{MinifyOptions, ParserOptions};
use lightningcss::targets::{Browsers, Targets};

use super::stamp::{self, Stamp};
use crate::workspace::Workspace;

/// The oldest supported browsers: those of autumn 2022, four years old.
pub const BROWSERS: Browsers = Browsers {
    android: version(106, 0),
    chrome: version(106, 0),
    edge: version(106, 0),
    firefox: version(105, 0),
    ie: None,
    ios_saf: version(15, 6),
    opera: version(91, 0),
    safari: version(15, 6),
    samsung: version(18, 0),
};

/// As `assets::VERSION_DIGITS` of the server.
const VERSION_DIGITS: usize = 8;

#[expect(clippy::unnecessary_wraps, reason = "as the fields of `Browsers`")]
const fn version(major: u32, minor: u32) -> Option<u32> {
    Some(major << 16 | minor << 8)
}

/// Builds `style.css`.
///
/// # Errors
/// When the style does not parse; the error names file, line and column.
pub fn build(workspace: &Workspace) -> Result<()> {
    let folder = workspace.path("style");
    let main = folder.join("main.css");
    if !main.is_file() {
        eprintln!("style/main.css is not there: the site gets no style sheet.");
        return Ok(());
    }
    let made = workspace.site().join("style.css");
    let fonts = workspace.path("public/fonts");
    let hash = stamp::of_bytes(&[stamp::of_folders(&[&folder, &fonts])?.as_bytes(), include_bytes!("style.rs")]);
    let stamp = Stamp::new(&workspace.site_work(), "style", hash);
    if stamp.is_fresh(std::slice::from_ref(&made)) {
        return Ok(());
    }
    eprintln!("$ lightningcss style/main.css");
    let sheet = with_versions(bundle(&main)?, &fonts)?;
    std::fs::write(&made, sheet).context("cannot write target/site/style.css")?;
    stamp.write()
}

/// Adds to the address of each font the hash of its content, as the server's `assets::versioned` does: a preloaded font
/// is used only under the very same address, and cached for good only with its hash.
fn with_versions(mut sheet: String, fonts: &Path) -> Result<String> {
    for font in stamp::files_in(fonts)?.iter().filter(|file| file.extension().is_some_and(|ending| ending == "woff2")) {
        let content = std::fs::read(font).with_context(|| format!("cannot read {}", font.display()))?;
        let name = font.file_name().unwrap_or_default().to_string_lossy();
        let mut version = stamp::of_content(&content);
        version.truncate(VERSION_DIGITS);
        let address = format!("/fonts/{name}");
        sheet = sheet.replace(&address, &format!("{address}?v={version}"));
    }
    Ok(sheet)
}

fn bundle(main: &Path) -> Result<String> {
    let targets = Targets::from(BROWSERS);
    let files = FileProvider::new();
    let mut bundler = Bundler::new(&files, None, ParserOptions::default());
    let mut sheet = bundler.bundle(main).map_err(refusal)?;
    sheet.minify(MinifyOptions { targets, ..MinifyOptions::default() }).map_err(refusal)?;
    let printed =
        sheet.to_css(PrinterOptions { minify: true, targets, ..PrinterOptions::default() }).map_err(refusal)?;
    Ok(printed.code)
}

/// The error with its position, where lines and columns count from one.
fn refusal<T: std::fmt::Display>(error: lightningcss::error::Error<T>) -> anyhow::Error {
    let place = error.loc.map(|loc| format!(" at {}:{}:{}", loc.filename, loc.line + 1, loc.column));
    anyhow!("the style is refused: {}{}", error.kind, place.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_bundled_and_spaces_are_gone() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("part.css"), "p { color: #ff0000; }").unwrap();
        let main = folder.path().join("main.css");
        std::fs::write(&main, "@import \"part.css\";\na { margin: 0px; }").unwrap();
        assert_eq!(bundle(&main).unwrap(), "p{color:red}a{margin:0}");
    }

    #[test]
    fn a_font_gets_the_hash_of_its_content() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("one.woff2"), "abc").unwrap();
        let sheet = with_versions("src:url(/fonts/one.woff2)".to_owned(), folder.path()).unwrap();
        assert_eq!(sheet, "src:url(/fonts/one.woff2?v=ba7816bf)", "SHA-256, as in FIPS 180-4");
    }

    #[test]
    fn a_broken_style_is_refused_with_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let main = folder.path().join("main.css");
        std::fs::write(&main, "a {\n  color: red\n}\n}").unwrap();
        let refusal = bundle(&main).unwrap_err().to_string();
        assert!(refusal.contains("main.css:4"), "{refusal}");
    }
}
