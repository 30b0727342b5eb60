//! Scripts of the site, minified by esbuild.

use std::path::Path;

use anyhow::Result;

use crate::workspace::Workspace;

/// The syntax that esbuild may use; the browsers of [`super::style::BROWSERS`] support it.
const SYNTAX: &str = "es2022";

/// Whether a file is a script, by its name.
pub fn is_one(file: &Path) -> bool {
    file.extension().is_some_and(|end| end == "js")
}

/// A script minified with the Node tools in a folder.
///
/// # Errors
/// When esbuild rejects the script.
pub fn minified(workspace: &Workspace, script: &Path, tools: &Path) -> Result<String> {
    workspace
        .command("node")
        .arg(tools.join("esbuild/bin/esbuild"))
        .arg(script)
        .args(["--minify", "--format=esm", &format!("--target={SYNTAX}"), "--log-level=warning"])
        .arg("--legal-comments=none")
        .output()
}
