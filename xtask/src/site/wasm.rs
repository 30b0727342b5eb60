//! The islands: compiled to WebAssembly, bound to JavaScript, made small.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use super::stamp::{self, Stamp};
use crate::command::Command;
use crate::node;
use crate::workspace::Workspace;

/// What the browser runs.
pub const TARGET: &str = "wasm32-unknown-unknown";
/// Cargo's profile of the browser's half.
pub const PROFILE: &str = "wasm-release";
/// Also the stem of the files in `/pkg`, which `package.metadata.leptos.output-name` repeats.
const NAME: &str = "kabinet";
/// What rustc emits for [`TARGET`] today and what wasm-bindgen adds; every browser of the last four years has them.
const FEATURES: [&str; 7] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-mutable-globals",
    "--enable-multivalue",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];
/// Inlining makes the file smaller but its compressed form bigger, by 5 % when measured: equal calls compress better.
const KEPT_APART: [&str; 2] = ["--skip-pass=inlining", "--skip-pass=inlining-optimizing"];
/// The syntax that esbuild may use; the browsers of [`super::style::BROWSERS`] know it.
const JAVASCRIPT: &str = "es2022";

/// Builds `pkg/kabinet.js` and `pkg/kabinet_bg.wasm`. Tells whether they were also optimised, which takes Node.
///
/// # Errors
/// When a step fails.
pub fn build(workspace: &Workspace) -> Result<bool> {
    add_target()?;
    let compiled = compile(workspace)?;
    let tools = install_tools(workspace)?;
    let package = workspace.site().join("pkg");
    let made = [package.join(format!("{NAME}.js")), package.join(format!("{NAME}_bg.wasm"))];
    let stamp = Stamp::new(&workspace.site_work(), "pkg", input_hash(&compiled, tools.as_deref())?);
    if stamp.is_fresh(&made) {
        return Ok(tools.is_some());
    }

    if package.exists() {
        std::fs::remove_dir_all(&package).context("cannot empty target/site/pkg")?;
    }
    bind(&compiled, &package)?;
    if let Some(tools) = &tools {
        optimise(workspace, &made[1], tools)?;
        for script in stamp::files_in(&package)?.iter().filter(|file| file.extension().is_some_and(|end| end == "js")) {
            minify(workspace, script, tools)?;
        }
    }
    stamp.write()?;
    Ok(tools.is_some())
}

/// Adds the target to the toolchain where it is missing.
///
/// # Errors
/// When rustup is missing or cannot fetch it.
pub fn add_target() -> Result<()> {
    let libraries = Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]).output()?;
    if Path::new(&libraries).is_dir() {
        return Ok(());
    }
    Command::new("rustup")
        .args(["target", "add", TARGET])
        .run()
        .with_context(|| format!("Rust cannot compile for {TARGET}: install that target of your toolchain"))
}

fn compile(workspace: &Workspace) -> Result<PathBuf> {
    let arguments = ["build", "--package", "kabinet", "--lib", "--target", TARGET, "--profile", PROFILE];
    workspace.cargo().args(arguments).args(["--no-default-features", "--features", "hydrate"]).run()?;
    Ok(workspace.target(&format!("{TARGET}/{PROFILE}/{NAME}.wasm")))
}

/// The folder of the optimiser and the minifier, when Node is there.
fn install_tools(workspace: &Workspace) -> Result<Option<PathBuf>> {
    if !node::is_there() {
        eprintln!("Node is not there: the site is built without wasm-opt and stays bigger; {}.", node::WAY_OUT);
        return Ok(None);
    }
    let folder = workspace.path("xtask/node");
    node::install(&folder)?;
    Ok(Some(folder.join("node_modules")))
}

fn input_hash(compiled: &Path, tools: Option<&Path>) -> Result<String> {
    let wasm = std::fs::read(compiled).with_context(|| format!("cannot read {}", compiled.display()))?;
    let lock = match tools {
        Some(folder) => std::fs::read(folder.with_file_name("package-lock.json"))?,
        None => Vec::new(),
    };
    let recipe = include_bytes!("wasm.rs");
    Ok(stamp::of_bytes(&[&wasm, &lock, recipe]))
}

fn bind(compiled: &Path, package: &Path) -> Result<()> {
    eprintln!("$ wasm-bindgen {NAME}.wasm");
    Bindgen::new()
        .input_path(compiled)
        .out_name(NAME)
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(package)
        .context("wasm-bindgen refuses the WebAssembly: is its version the one in Cargo.lock?")
}

fn optimise(workspace: &Workspace, wasm: &Path, tools: &Path) -> Result<()> {
    let smaller = wasm.with_extension("opt");
    workspace
        .command("node")
        .arg(tools.join("binaryen/bin/wasm-opt"))
        .args(["-Oz", "--converge", "--strip-producers", "--strip-target-features"])
        .args(KEPT_APART)
        .args(FEATURES)
        .arg(wasm)
        .arg("-o")
        .arg(&smaller)
        .run()?;
    std::fs::rename(&smaller, wasm).context("cannot replace the WebAssembly by the smaller one")
}

/// Makes a script of `public/` smaller where it stands in the site, if Node is there.
///
/// # Errors
/// When esbuild refuses it.
pub fn minify_copied(workspace: &Workspace, name: &str) -> Result<()> {
    match install_tools(workspace)? {
        Some(tools) => minify(workspace, &workspace.site().join(name), &tools),
        None => Ok(()),
    }
}

fn minify(workspace: &Workspace, script: &Path, tools: &Path) -> Result<()> {
    workspace
        .command("node")
        .arg(tools.join("esbuild/bin/esbuild"))
        .arg(script)
        .args(["--minify", "--format=esm", &format!("--target={JAVASCRIPT}"), "--log-level=warning"])
        .args(["--legal-comments=none", "--allow-overwrite"])
        .arg(format!("--outfile={}", script.display()))
        .run()
}

#[cfg(test)]
mod tests {
    #[test]
    fn wasm_bindgen_is_linked_in_the_version_of_the_lock_file() {
        let lock = include_str!("../../../Cargo.lock");
        let version = |name: &str| {
            let entry = lock.split("[[package]]").find(|entry| entry.contains(&format!("name = \"{name}\"\n")));
            entry.unwrap().lines().find_map(|line| line.strip_prefix("version = ")).unwrap()
        };
        assert_eq!(version("wasm-bindgen"), version("wasm-bindgen-cli-support"));
    }
}
