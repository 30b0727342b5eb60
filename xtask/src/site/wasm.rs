//! The islands: compiled to WebAssembly, bound to JavaScript, minified.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use super::script;
use super::stamp::{self, Stamp};
use crate::command::Command;
use crate::workspace::Workspace;

/// The target of the browser's half.
pub const TARGET: &str = "wasm32-unknown-unknown";
/// Cargo's profile of the browser's half.
pub const PROFILE: &str = "wasm-release";
/// The library, and the stem of its files in `/pkg`.
const NAME: &str = "kabinet";
/// The features that rustc currently emits for [`TARGET`] and that wasm-bindgen adds; every browser of the last four
/// years has them.
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

/// Builds `pkg/kabinet.js` and `pkg/kabinet_bg.wasm`; without the Node tools they are not optimised.
///
/// # Errors
/// When a step fails.
pub fn build(workspace: &Workspace, tools: Option<&Path>) -> Result<()> {
    add_target()?;
    let compiled = compile(workspace)?;
    let package = workspace.site().join("pkg");
    let made = [package.join(format!("{NAME}.js")), package.join(format!("{NAME}_bg.wasm"))];
    let stamp = Stamp::new(&workspace.site_work(), "pkg", input_hash(&compiled, tools)?);
    if stamp.is_fresh(&made) {
        return Ok(());
    }

    if package.exists() {
        std::fs::remove_dir_all(&package).context("cannot empty target/site/pkg")?;
    }
    bind(&compiled, &package)?;
    if let Some(tools) = tools {
        optimise(workspace, &made[1], tools)?;
        for script in stamp::files_in(&package)?.into_iter().filter(|file| script::is_one(file)) {
            std::fs::write(&script, script::minified(workspace, &script, tools)?)
                .with_context(|| format!("cannot write {}", script.display()))?;
        }
    }
    stamp.write()
}

/// Adds the target to the toolchain if it is missing.
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

/// `cargo rustc` and not `cargo build`: cargo silently drops the profile's `lto` for a library that is an rlib, even if
/// it is also a cdylib. `--crate-type` overrides `Cargo.toml`, and the optimiser sees the whole program.
fn compile(workspace: &Workspace) -> Result<PathBuf> {
    let library = ["rustc", "--package", "kabinet", "--lib", "--crate-type", "cdylib"];
    let browser = ["--target", TARGET, "--profile", PROFILE, "--no-default-features", "--features", "hydrate"];
    workspace.cargo().args(library).args(browser).run()?;
    Ok(workspace.target(&format!("{TARGET}/{PROFILE}/{NAME}.wasm")))
}

fn input_hash(compiled: &Path, tools: Option<&Path>) -> Result<String> {
    let wasm = std::fs::read(compiled).with_context(|| format!("cannot read {}", compiled.display()))?;
    let lock = match tools {
        Some(folder) => std::fs::read(folder.with_file_name("package-lock.json"))?,
        None => Vec::new(),
    };
    Ok(stamp::of_bytes(&[&wasm, &lock, include_bytes!("wasm.rs"), include_bytes!("script.rs")]))
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

/// The passes of each run. The second run rebuilds the control flow from its simplest form, which the optimiser then
/// writes shorter than the compiler's own: 1 400 bytes less after compression.
const RUNS: [&[&str]; 2] = [
    &["-Oz", "--converge", "--strip-producers", "--strip-target-features"],
    &["--flatten", "--rereloop", "-Oz", "-Oz"],
];

fn optimise(workspace: &Workspace, wasm: &Path, tools: &Path) -> Result<()> {
    let smaller = wasm.with_extension("opt");
    for passes in RUNS {
        workspace
            .command("node")
            .arg(tools.join("binaryen/bin/wasm-opt"))
            .args(passes)
            .args(KEPT_APART)
            .args(FEATURES)
            .arg(wasm)
            .arg("-o")
            .arg(&smaller)
            .run()?;
        std::fs::rename(&smaller, wasm).context("cannot replace the WebAssembly by the smaller one")?;
    }
    Ok(())
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
