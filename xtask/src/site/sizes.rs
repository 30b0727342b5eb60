//! The sizes of the site's files, and their budget.

use std::ffi::OsStr;
use std::path::Path;

use anyhow::{Result, bail};

use super::precompress::Weighed;

/// WebAssembly and JavaScript of the whole site after brotli: a cheap phone on a slow network loads this much in about a
/// second and a half. Bytes.
const BUDGET: usize = 100_000;

/// Prints one row per file and the sums.
pub fn print(weighed: &[Weighed]) {
    println!("\n{:<40} {:>10} {:>10} {:>10}", "site, bytes", "raw", "gzip", "brotli");
    for file in weighed {
        println!("{:<40} {:>10} {:>10} {:>10}", file.name, file.raw, or_dash(file.gzip), or_dash(file.brotli));
    }
    println!(
        "{:<40} {:>10} {:>10} {:>10}\n",
        "WebAssembly and JavaScript",
        "",
        "",
        format!("{} of {BUDGET}", code(weighed))
    );
}

/// Fails if the site is over its budget; without Node, which makes it smaller, only warns.
///
/// # Errors
/// When WebAssembly and JavaScript together exceed the budget.
pub fn keep_the_budget(weighed: &[Weighed], optimised: bool) -> Result<()> {
    let bytes = code(weighed);
    if bytes <= BUDGET {
        return Ok(());
    }
    if !optimised {
        eprintln!("The site is over its budget of {BUDGET} bytes; with Node it would be smaller.");
        return Ok(());
    }
    bail!(
        "WebAssembly and JavaScript weigh {bytes} bytes after brotli, the budget is {BUDGET}: what did an island pull in?"
    );
}

/// WebAssembly and JavaScript after brotli, in bytes.
fn code(weighed: &[Weighed]) -> usize {
    let is_code =
        |file: &&Weighed| matches!(Path::new(&file.name).extension().and_then(OsStr::to_str), Some("wasm" | "js"));
    weighed.iter().filter(is_code).map(|file| file.brotli.unwrap_or(file.raw)).sum()
}

fn or_dash(bytes: Option<usize>) -> String {
    bytes.map_or_else(|| "—".to_owned(), |bytes| bytes.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, brotli: usize) -> Weighed {
        Weighed { name: name.to_owned(), raw: brotli * 3, gzip: Some(brotli + 1), brotli: Some(brotli) }
    }

    #[test]
    fn only_code_counts_against_the_budget() {
        let site = [file("pkg/kabinet_bg.wasm", BUDGET - 1), file("pkg/kabinet.js", 1), file("style.css", BUDGET)];
        assert!(keep_the_budget(&site, true).is_ok());
    }

    #[test]
    fn one_byte_over_the_budget_is_refused_when_the_site_is_optimised() {
        let site = [file("pkg/kabinet_bg.wasm", BUDGET), file("pkg/kabinet.js", 1)];
        assert!(keep_the_budget(&site, true).is_err());
        assert!(keep_the_budget(&site, false).is_ok());
    }
}
