//! The software bill of materials of the binary (CycloneDX), and its check against the policy (`deny.toml`).
//!
//! cargo-deny reads the same file and checks advisories too; it needs the internet for them, this check does not.

use std::collections::{BTreeMap, BTreeSet};
use std::iter::Peekable;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::workspace::Workspace;

/// The name of the written file.
const FILE: &str = "sbom.json";

/// A crate that is part of the binary or of its build.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Component {
    name: String,
    version: String,
    licence: String,
    source: String,
}

/// Writes the list to `target/sbom.json`.
///
/// # Errors
/// When cargo's metadata cannot be read.
pub fn write(workspace: &Workspace) -> Result<()> {
    let components = components(workspace)?;
    let file = workspace.target(FILE);
    std::fs::write(&file, serde_json::to_string_pretty(&cyclone(&components))?)?;
    println!("{}: {} components", file.display(), components.len());
    Ok(())
}

/// Every crate in the dependency tree of `kabinet`, except those for tests.
fn components(workspace: &Workspace) -> Result<BTreeSet<Component>> {
    let features = ["--filter-platform", "x86_64-unknown-linux-gnu", "--format-version", "1", "--locked"];
    let metadata = workspace.cargo().arg("metadata").args(features).quiet().output()?;
    read(&serde_json::from_str(&metadata).context("cargo metadata is no JSON")?)
}

fn read(metadata: &Value) -> Result<BTreeSet<Component>> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let packages: BTreeMap<String, Value> =
        list(&metadata["packages"]).into_iter().map(|package| (text(&package["id"]), package)).collect();
    let nodes: BTreeMap<String, Value> =
        list(&metadata["resolve"]["nodes"]).into_iter().map(|node| (text(&node["id"]), node)).collect();
    let root = packages.iter().find(|(_, package)| package["name"] == "kabinet").context("kabinet is not there")?.0;
    let mut seen = BTreeSet::from([root.clone()]);
    let mut open = vec![root.clone()];
    while let Some(id) = open.pop() {
        for dependency in list(&nodes.get(&id).context("a crate without a node")?["deps"]) {
            // `null` is a normal dependency; `dev` alone is for tests.
            let is_used = list(&dependency["dep_kinds"]).iter().any(|kind| kind["kind"] != "dev");
            let id = text(&dependency["pkg"]);
            if is_used && seen.insert(id.clone()) {
                open.push(id);
            }
        }
    }
    seen.remove(root);
    let component = |id: &String| {
        let package = &packages[id];
        Component {
            name: text(&package["name"]),
            version: text(&package["version"]),
            licence: text(&package["license"]),
            source: text(&package["source"]),
        }
    };
    Ok(seen.iter().map(component).collect())
}

fn cyclone(components: &BTreeSet<Component>) -> Value {
    let component = |component: &Component| {
        let Component { name, version, licence, .. } = component;
        json!({
            "type": "library",
            "name": name,
            "version": version,
            "purl": format!("pkg:cargo/{name}@{version}"),
            "licenses": [{ "expression": licence }],
        })
    };
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": { "type": "application", "name": "kabinet", "version": env!("CARGO_PKG_VERSION") } },
        "components": components.iter().map(component).collect::<Vec<_>>(),
    })
}

/// Checks licences, sources and bans of every component against `deny.toml`.
///
/// # Errors
/// When a component violates the policy; the error names it.
pub fn check_policy(workspace: &Workspace) -> Result<()> {
    let policy: toml::Table = std::fs::read_to_string(workspace.path("deny.toml"))?.parse()?;
    let policy = Policy::read(&policy)?;
    let broken: Vec<String> = components(workspace)?.iter().filter_map(|component| policy.refuses(component)).collect();
    ensure!(broken.is_empty(), "deny.toml refuses: {}", broken.join("; "));
    println!("licences, sources and bans are as deny.toml says");
    Ok(())
}

struct Policy {
    licences: BTreeSet<String>,
    registries: BTreeSet<String>,
    banned: BTreeSet<String>,
}

impl Policy {
    fn read(table: &toml::Table) -> Result<Self> {
        let strings = |part: &str, key: &str| -> Result<BTreeSet<String>> {
            let found = table.get(part).and_then(|part| part.get(key)).and_then(toml::Value::as_array);
            let found = found.with_context(|| format!("deny.toml has no {part}.{key}"))?;
            Ok(found
                .iter()
                .filter_map(|value| value.as_str().or_else(|| value.get("crate")?.as_str()))
                .map(str::to_owned)
                .collect())
        };
        Ok(Self {
            licences: strings("licenses", "allow")?,
            registries: strings("sources", "allow-registry")?,
            banned: strings("bans", "deny")?,
        })
    }

    /// Why the policy rejects a component.
    fn refuses(&self, component: &Component) -> Option<String> {
        let Component { name, version, licence, source } = component;
        let known_source = self.registries.iter().any(|registry| *source == format!("registry+{registry}"));
        if self.banned.contains(name) {
            Some(format!("{name} {version} is banned"))
        } else if !known_source {
            Some(format!("{name} {version} comes from another source"))
        } else if !self.allows(licence) {
            Some(format!("{name} {version} has the licence «{licence}»"))
        } else {
            None
        }
    }

    /// Whether an SPDX expression offers a choice of allowed licences; `/` is the old form of OR.
    fn allows(&self, expression: &str) -> bool {
        let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
        let mut words = spaced.split_whitespace().peekable();
        let allowed = self.any(&mut words);
        allowed && words.peek().is_none()
    }

    fn any<'a>(&self, words: &mut Peekable<impl Iterator<Item = &'a str>>) -> bool {
        let mut allowed = self.all(words);
        while words.next_if_eq(&"OR").is_some() {
            allowed |= self.all(words);
        }
        allowed
    }

    fn all<'a>(&self, words: &mut Peekable<impl Iterator<Item = &'a str>>) -> bool {
        let mut allowed = self.one(words);
        while words.next_if_eq(&"AND").is_some() {
            allowed &= self.one(words);
        }
        allowed
    }

    /// A licence with its exception (`Apache-2.0 WITH LLVM-exception`), or an expression in parentheses.
    fn one<'a>(&self, words: &mut Peekable<impl Iterator<Item = &'a str>>) -> bool {
        let Some(word) = words.next() else { return false };
        if word == "(" {
            let allowed = self.any(&mut *words);
            return words.next_if_eq(&")").is_some() && allowed;
        }
        let mut licence = word.to_owned();
        if words.next_if_eq(&"WITH").is_some() {
            licence = format!("{licence} WITH {}", words.next().unwrap_or_default());
        }
        self.licences.contains(&licence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> Policy {
        let text = "licenses.allow = [\"MIT\", \"Apache-2.0\"]\n[sources]\nallow-registry = [\"r\"]\n[bans]\ndeny = [\"openssl\"]";
        Policy::read(&text.parse().unwrap()).unwrap()
    }

    #[test]
    fn a_licence_is_allowed_by_one_of_its_alternatives_and_all_of_a_conjunction() {
        for good in ["MIT", "GPL-3.0 OR MIT", "MIT/Apache-2.0", "(MIT OR Apache-2.0) AND MIT", "MIT AND Apache-2.0"] {
            assert!(policy().allows(good), "{good}");
        }
        for bad in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR Apache-2.0) AND GPL-3.0"] {
            assert!(!policy().allows(bad), "{bad}");
        }
    }

    #[test]
    fn a_banned_crate_and_one_of_another_source_are_refused() {
        let component = |name: &str, source: &str| Component {
            name: name.into(),
            version: "1".into(),
            licence: "MIT".into(),
            source: source.into(),
        };
        assert!(policy().refuses(&component("serde", "registry+r")).is_none());
        assert!(policy().refuses(&component("openssl", "registry+r")).is_some());
        assert!(policy().refuses(&component("serde", "git+elsewhere")).is_some());
    }

    #[test]
    fn crates_of_tests_are_no_components() {
        let metadata = json!({
            "packages": [
                { "id": "k", "name": "kabinet", "version": "0", "license": "MIT", "source": null },
                { "id": "a", "name": "a", "version": "1", "license": "MIT", "source": "s" },
                { "id": "b", "name": "b", "version": "1", "license": "MIT", "source": "s" },
            ],
            "resolve": { "nodes": [
                { "id": "k", "deps": [
                    { "pkg": "a", "dep_kinds": [{ "kind": null }] },
                    { "pkg": "b", "dep_kinds": [{ "kind": "dev" }] },
                ] },
                { "id": "a", "deps": [] },
                { "id": "b", "deps": [] },
            ] },
        });
        let names: Vec<String> = read(&metadata).unwrap().into_iter().map(|component| component.name).collect();
        assert_eq!(names, ["a"]);
    }
}
