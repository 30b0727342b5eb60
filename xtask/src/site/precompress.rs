//! Writes the brotli (`.br`) and gzip (`.gz`) forms beside each file that compresses well, so the server never
//! compresses.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::stamp;

/// Pictures and fonts are compressed already.
const COMPRESSED_KINDS: [&str; 9] = ["css", "html", "js", "json", "svg", "txt", "wasm", "webmanifest", "xml"];
const BROTLI_QUALITY: i32 = 11;
/// The largest window that every decoder accepts, 4 MiB.
const BROTLI_WINDOW: i32 = 22;

/// A file of the site with its sizes in bytes.
pub struct Weighed {
    /// Its path inside the site.
    pub name: String,
    pub raw: usize,
    /// `None` where compression does not help.
    pub gzip: Option<usize>,
    pub brotli: Option<usize>,
}

/// Compresses the changed files and measures every file.
///
/// # Errors
/// When a file cannot be read or written.
pub fn compress(site: &Path) -> Result<Vec<Weighed>> {
    let files = stamp::files_in(site)?;
    let (forms, originals): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| is_form(file));
    remove_orphans(&forms)?;
    originals.iter().map(|file| weigh(site, file)).collect()
}

/// The name of the original of a compressed form; the name itself for any other file.
pub fn original_name(name: &str) -> &str {
    name.strip_suffix(".br").or_else(|| name.strip_suffix(".gz")).unwrap_or(name)
}

fn is_form(file: &Path) -> bool {
    let name = file.to_string_lossy();
    original_name(&name).len() < name.len()
}

fn remove_orphans(forms: &[PathBuf]) -> Result<()> {
    for form in forms {
        if !Path::new(original_name(&form.to_string_lossy())).is_file() {
            std::fs::remove_file(form).with_context(|| format!("cannot remove {}", form.display()))?;
        }
    }
    Ok(())
}

fn weigh(site: &Path, file: &Path) -> Result<Weighed> {
    let content = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let name = file.strip_prefix(site).unwrap_or(file).to_string_lossy().into_owned();
    let kind = file.extension().unwrap_or_default().to_string_lossy();
    let (gzip, brotli) = if COMPRESSED_KINDS.contains(&&*kind) {
        (Some(form(file, "gz", &content, gzip)?), Some(form(file, "br", &content, brotli)?))
    } else {
        (None, None)
    };
    Ok(Weighed { name, raw: content.len(), gzip, brotli })
}

/// Writes one compressed form unless it is up to date; returns its size.
fn form(file: &Path, ending: &str, content: &[u8], make: fn(&[u8]) -> std::io::Result<Vec<u8>>) -> Result<usize> {
    let target = PathBuf::from(format!("{}.{ending}", file.display()));
    let changed = std::fs::metadata(file)?.modified()?;
    if let Ok(there) = std::fs::metadata(&target)
        && there.modified()? >= changed
    {
        return Ok(usize::try_from(there.len())?);
    }
    let made = make(content).with_context(|| format!("cannot compress {}", file.display()))?;
    std::fs::write(&target, &made).with_context(|| format!("cannot write {}", target.display()))?;
    Ok(made.len())
}

fn gzip(content: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content)?;
    encoder.finish()
}

fn brotli(content: &[u8]) -> std::io::Result<Vec<u8>> {
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: BROTLI_QUALITY,
        lgwin: BROTLI_WINDOW,
        size_hint: content.len(),
        ..Default::default()
    };
    let mut made = Vec::new();
    brotli::BrotliCompress(&mut &*content, &mut made, &parameters)?;
    Ok(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_gets_both_forms_and_a_font_none() {
        let site = tempfile::tempdir().unwrap();
        std::fs::write(site.path().join("a.css"), "a{margin:0}".repeat(100)).unwrap();
        std::fs::write(site.path().join("b.woff2"), "font").unwrap();
        let weighed = compress(site.path()).unwrap();
        assert_eq!(weighed.len(), 2);
        assert!(weighed[0].brotli.unwrap() < weighed[0].gzip.unwrap());
        assert!(site.path().join("a.css.br").is_file() && site.path().join("a.css.gz").is_file());
        assert_eq!(weighed[1].brotli, None);
    }

    #[test]
    fn forms_of_a_file_that_is_gone_go_too() {
        let site = tempfile::tempdir().unwrap();
        std::fs::write(site.path().join("old.js.br"), "x").unwrap();
        compress(site.path()).unwrap();
        assert!(!site.path().join("old.js.br").exists());
    }

    #[test]
    fn what_brotli_makes_can_be_read_back() {
        let text = "Показания приняты. ".repeat(50);
        let mut back = Vec::new();
        brotli::BrotliDecompress(&mut &*brotli(text.as_bytes()).unwrap(), &mut back).unwrap();
        assert_eq!(back, text.as_bytes());
    }
}
