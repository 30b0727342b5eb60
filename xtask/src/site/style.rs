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
    let hash = stamp::of_bytes(&[stamp::of_folders(&[&folder])?.as_bytes(), include_bytes!("style.rs")]);
    let stamp = Stamp::new(&workspace.site_work(), "style", hash);
    if stamp.is_fresh(std::slice::from_ref(&made)) {
        return Ok(());
    }
    eprintln!("$ lightningcss style/main.css");
    std::fs::write(&made, bundle(&main)?).context("cannot write target/site/style.css")?;
    stamp.write()
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
    fn a_broken_style_is_refused_with_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let main = folder.path().join("main.css");
        std::fs::write(&main, "a {\n  color: red\n}\n}").unwrap();
        let refusal = bundle(&main).unwrap_err().to_string();
        assert!(refusal.contains("main.css:4"), "{refusal}");
    }
}
