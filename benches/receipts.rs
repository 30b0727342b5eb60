//! How fast different receipts are printed: one after another, then on every core at once, then many to a file.
//! `receipts --records COUNT FILE` writes the data of so many receipts instead, for other programs to print.

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::time::{Duration, Instant};

use kabinet::document::Press;
use kabinet::document::sample::{sample, stated, stated_longest};

/// As in the portal.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Enough for a 99th percentile that twenty outliers do not move.
const RECEIPTS: u32 = 2_000;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [] => measure(),
        [flag, count, file] if flag == "--records" => write_records(count.parse()?, file),
        _ => Err("usage: receipts [--records COUNT FILE]".into()),
    }
}

fn write_records(count: u32, file: &str) -> Result<(), Box<dyn Error>> {
    let (press, mut file) = (Press::new(), BufWriter::new(File::create(file)?));
    for seed in 0..count {
        writeln!(file, "{}", press.receipt_record(&sample(seed))?)?;
    }
    Ok(file.flush()?)
}

fn measure() -> Result<(), Box<dyn Error>> {
    let started = Instant::now();
    let press = Press::new();
    press.receipt(&sample(u32::MAX))?;
    println!("the first receipt, fonts and templates included, took {:.1} ms", millis(started.elapsed()));
    println!(
        "{:<26} {:>8} {:>10} {:>10} {:>10} {:>12}",
        "different receipts", "a second", "p50, ms", "p99, ms", "most, ms", "bytes each"
    );
    let alone = Instant::now();
    let printed = print_all(&press, 0..RECEIPTS)?;
    row(&format!("{RECEIPTS}, one by one"), alone.elapsed(), printed);
    let threads = std::thread::available_parallelism()?.get();
    let together = Instant::now();
    let printed = print_on(&press, u32::try_from(threads)?)?;
    row(&format!("{RECEIPTS}, {threads} threads"), together.elapsed(), printed);
    print_together(&press)?;
    print_statements(&press)
}

/// What came of printing: how long each took, and all their bytes.
#[derive(Default)]
struct Printed {
    took: Vec<Duration>,
    bytes: usize,
}

fn row(name: &str, elapsed: Duration, mut printed: Printed) {
    printed.took.sort();
    println!(
        "{name:<26} {:>8.0} {:>10.1} {:>10.1} {:>10.1} {:>12}",
        f64::from(RECEIPTS) / elapsed.as_secs_f64(),
        millis(percentile(&printed.took, 50)),
        millis(percentile(&printed.took, 99)),
        millis(percentile(&printed.took, 100)),
        printed.bytes / printed.took.len(),
    );
}

/// As many in one file as a print run puts there.
fn print_together(press: &Press) -> Result<(), Box<dyn Error>> {
    const TOGETHER: u32 = 100;
    let (started, mut bytes) = (Instant::now(), 0);
    for first in (2 * RECEIPTS..3 * RECEIPTS).step_by(TOGETHER as usize) {
        let receipts: Vec<_> = (first..first + TOGETHER).map(sample).collect();
        bytes += press.receipts(&receipts.iter().collect::<Vec<_>>())?.0.len();
    }
    let (name, rate) =
        (format!("{RECEIPTS}, {TOGETHER} in a file"), f64::from(RECEIPTS) / started.elapsed().as_secs_f64());
    println!("{name:<26} {rate:>8.0} {:>46}", bytes / RECEIPTS as usize);
    Ok(())
}

/// The longest of the demo's accounts, and as long as any may be.
fn print_statements(press: &Press) -> Result<(), Box<dyn Error>> {
    for (name, data) in [("statement, 3 years", stated(36)), ("longest statement", stated_longest())] {
        let started = Instant::now();
        let bytes = press.statement(&data)?.len();
        println!("{name:<26} {:>41.1} {bytes:>12}", millis(started.elapsed()));
    }
    Ok(())
}

fn print_all(press: &Press, seeds: impl Iterator<Item = u32>) -> Result<Printed, String> {
    let mut printed = Printed::default();
    for seed in seeds {
        let receipt = sample(seed);
        let started = Instant::now();
        printed.bytes += press.receipt(&receipt).map_err(|error| error.to_string())?.len();
        printed.took.push(started.elapsed());
    }
    Ok(printed)
}

/// Other receipts than before, or typst's cache would have them ready.
fn print_on(press: &Press, threads: u32) -> Result<Printed, String> {
    std::thread::scope(|scope| {
        let seeds = |thread: u32| (RECEIPTS..2 * RECEIPTS).filter(move |seed| seed % threads == thread);
        let running: Vec<_> = (0..threads).map(|thread| scope.spawn(move || print_all(press, seeds(thread)))).collect();
        let mut together = Printed::default();
        for thread in running {
            let printed = thread.join().map_err(|_| "a thread panicked")??;
            together.took.extend(printed.took);
            together.bytes += printed.bytes;
        }
        Ok(together)
    })
}

fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let last = sorted.len().saturating_sub(1);
    sorted.get((sorted.len() * percent / 100).min(last)).copied().unwrap_or_default()
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
