//! Performance on a cheap phone with a slow network: five pages through Lighthouse, each several times, as medians.
//! Lighthouse throttles processor and network by its own model of a mid-range phone, so the figures compare only with
//! each other.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::server::{Server, sign_in};
use crate::browser;
use crate::node;
use crate::workspace::Workspace;

/// Runs of each page: a single run varies by several points.
const RUNS: usize = 3;
/// Attempts per run: Chromium's trace sometimes lacks its beginning (`NO_NAVSTART`), and there is no figure.
const ATTEMPTS: usize = 3;
/// The figures of a page.
const COLUMNS: [Column; 6] = [
    Column { head: "performance", figure: Figure::Points("performance"), wanted: 98.0, digits: 0 },
    Column { head: "accessibility", figure: Figure::Points("accessibility"), wanted: 98.0, digits: 0 },
    Column { head: "practices", figure: Figure::Points("best-practices"), wanted: 98.0, digits: 0 },
    Column { head: "LCP, ms", figure: Figure::Audit("largest-contentful-paint"), wanted: 1_000.0, digits: 0 },
    Column { head: "TBT, ms", figure: Figure::Audit("total-blocking-time"), wanted: 50.0, digits: 0 },
    Column { head: "CLS", figure: Figure::Audit("cumulative-layout-shift"), wanted: 0.0, digits: 3 },
];
/// In a container Chromium cannot start its sandbox.
const CHROMIUM_FLAGS: &str = "--chrome-flags=--headless=new --no-sandbox --disable-gpu --disable-quic";

/// Prints the table.
///
/// # Errors
/// When Node or Chromium is missing, the portal does not start, or Lighthouse reports no page.
pub fn bench(workspace: &Workspace) -> Result<()> {
    let folder = workspace.path("xtask/lighthouse");
    node::install(&folder)?;
    let program = folder.join("node_modules/lighthouse/cli/index.js");
    let lighthouse = Lighthouse { workspace, program, chromium: browser::find_or_install()? };
    let data = tempfile::tempdir()?;
    let portal = Server::portal(workspace, data.path())?;
    let (cookies, account) = sign_in(portal.address)?;
    let account = format!("/accounts/{account}");
    println!("{:<28}{}", "page, mobile", COLUMNS.map(|column| format!("{:>15}", column.head)).concat());
    for (name, path, cookies) in [
        ("/", "/".to_owned(), ""),
        ("/sign-in", "/sign-in".to_owned(), ""),
        ("/accounts", "/accounts".to_owned(), &*cookies),
        ("/accounts/{id}/settlements", format!("{account}/settlements"), &*cookies),
        ("/accounts/{id}/pay", format!("{account}/pay"), &*cookies),
    ] {
        let reports = lighthouse.look(&format!("http://{}{path}", portal.address), cookies, data.path())?;
        row(name, &reports)?;
    }
    println!("{:<28}{}", "wanted", COLUMNS.map(|column| column.shown(column.wanted)).concat());
    Ok(())
}

struct Column {
    head: &'static str,
    figure: Figure,
    wanted: f64,
    digits: usize,
}

/// The place of a figure in a report.
enum Figure {
    /// Of 100: higher is better.
    Points(&'static str),
    /// Lower is better.
    Audit(&'static str),
}

impl Column {
    fn value(&self, report: &Value) -> Option<f64> {
        match self.figure {
            Figure::Points(category) => report["categories"][category]["score"].as_f64().map(|score| score * 100.0),
            Figure::Audit(audit) => report["audits"][audit]["numericValue"].as_f64(),
        }
    }

    fn shown(&self, value: f64) -> String {
        let missed = match self.figure {
            Figure::Points(_) => value < self.wanted,
            Figure::Audit(_) => value > self.wanted,
        };
        let digits = self.digits;
        format!("{:>15}", format!("{}{value:.digits$}", if missed { "missed " } else { "" }))
    }
}

struct Lighthouse<'a> {
    workspace: &'a Workspace,
    program: PathBuf,
    chromium: PathBuf,
}

impl Lighthouse<'_> {
    fn look(&self, url: &str, cookies: &str, folder: &Path) -> Result<Vec<Value>> {
        (0..RUNS).map(|_| self.look_until_seen(url, cookies, folder)).collect()
    }

    fn look_until_seen(&self, url: &str, cookies: &str, folder: &Path) -> Result<Value> {
        for _ in 1..ATTEMPTS {
            match self.look_once(url, cookies, folder) {
                Ok(report) => return Ok(report),
                Err(failure) => eprintln!("{url} is looked at again: {failure:#}"),
            }
        }
        self.look_once(url, cookies, folder)
    }

    fn look_once(&self, url: &str, cookies: &str, folder: &Path) -> Result<Value> {
        let (report, headers) = (folder.join("report.json"), folder.join("headers.json"));
        // In a file: every other user of the machine can read a command line.
        let named = if cookies.is_empty() { serde_json::json!({}) } else { serde_json::json!({ "Cookie": cookies }) };
        std::fs::write(&headers, named.to_string())?;
        self.workspace
            .command("node")
            .arg(&self.program)
            .arg(url)
            .args(["--quiet", "--output=json", "--no-enable-error-reporting", CHROMIUM_FLAGS])
            .arg(format!("--only-categories={}", categories().collect::<Vec<_>>().join(",")))
            .arg(format!("--extra-headers={}", headers.display()))
            .arg(format!("--output-path={}", report.display()))
            .env("CHROME_PATH", &self.chromium)
            .quiet()
            .output()
            .with_context(|| format!("Lighthouse could not look at {url}"))?;
        let report: Value = serde_json::from_slice(&std::fs::read(&report)?).context("the report is no JSON")?;
        ensure!(report["finalDisplayedUrl"] == url, "asked for {url}, saw {}", report["finalDisplayedUrl"]);
        ensure!(report["runtimeError"].is_null(), "Lighthouse failed: {}", report["runtimeError"]);
        Ok(report)
    }
}

fn row(name: &str, reports: &[Value]) -> Result<()> {
    let mut cells = String::new();
    for column in &COLUMNS {
        cells += &column.shown(median(reports, |report| column.value(report))?);
    }
    println!("{name:<28}{cells}");
    if let Some(report) = reports.first() {
        for lost in lost_points(report) {
            println!("    {lost}");
        }
    }
    Ok(())
}

/// The audits with a score below 0.9, by their Lighthouse ids.
fn lost_points(report: &Value) -> Vec<String> {
    let counted = |category| report["categories"][category]["auditRefs"].as_array().cloned().unwrap_or_default();
    let lost = |reference: &Value| {
        let id = reference["id"].as_str()?;
        let audit = &report["audits"][id];
        let (weight, score) = (reference["weight"].as_f64()?, audit["score"].as_f64()?);
        let shown = audit["displayValue"].as_str().unwrap_or_default();
        (weight > 0.0 && score < 0.9).then(|| format!("{id} {shown}"))
    };
    categories().flat_map(counted).filter_map(|reference| lost(&reference)).collect()
}

fn categories() -> impl Iterator<Item = &'static str> {
    COLUMNS.iter().filter_map(|column| match column.figure {
        Figure::Points(category) => Some(category),
        Figure::Audit(_) => None,
    })
}

fn median(reports: &[Value], value: impl Fn(&Value) -> Option<f64>) -> Result<f64> {
    let mut values: Vec<f64> = reports.iter().filter_map(value).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().context("the report holds no such figure")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(performance: f64) -> Value {
        serde_json::json!({
            "categories": { "performance": { "score": performance, "auditRefs": [
                { "id": "slow", "weight": 25 }, { "id": "fine", "weight": 25 }, { "id": "told", "weight": 0 },
            ] } },
            "audits": {
                "slow": { "score": 0.5, "displayValue": "2.0 s" }, "fine": { "score": 1 }, "told": { "score": 0 },
            },
        })
    }

    #[test]
    fn the_median_is_none_of_the_outliers() {
        let reports = [0.2, 0.98, 1.0].map(report);
        assert!((median(&reports, |report| COLUMNS[0].value(report)).unwrap() - 98.0).abs() < 1e-9);
        assert!(median(&reports, |report| COLUMNS[3].value(report)).is_err());
    }

    #[test]
    fn a_figure_that_falls_short_says_so() {
        assert_eq!(COLUMNS[0].shown(97.0).trim(), "missed 97");
        assert_eq!(COLUMNS[0].shown(98.0).trim(), "98");
        assert_eq!(COLUMNS[3].shown(1_200.0).trim(), "missed 1200");
        assert_eq!(COLUMNS[5].shown(0.0).trim(), "0.000");
    }

    #[test]
    fn what_lost_points_is_named_with_its_figure() {
        assert_eq!(lost_points(&report(0.9)), ["slow 2.0 s"]);
    }
}
