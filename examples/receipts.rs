//! How fast receipts are printed: so many different ones, one after another, then on every core at once.

use std::error::Error;
use std::time::{Duration, Instant};

use kabinet::document::Press;
use kabinet::document::sample::sample;

/// As in the portal.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Enough for a 99th percentile that five outliers do not move.
const RECEIPTS: u32 = 500;

fn main() -> Result<(), Box<dyn Error>> {
    let started = Instant::now();
    let press = Press::new();
    let bytes = press.receipt(&sample(u32::MAX))?.len();
    println!("first receipt, fonts and template included: {:.1} ms, {bytes} bytes", millis(started.elapsed()));

    let mut took = print_all(&press, 0..RECEIPTS)?;
    took.sort();
    let alone = took.iter().sum::<Duration>();
    println!("{:<24} {:>10} {:>10} {:>10} {:>10}", "different receipts", "a second", "p50, ms", "p99, ms", "most, ms");
    println!(
        "{:<24} {:>10.0} {:>10.1} {:>10.1} {:>10.1}",
        format!("{RECEIPTS}, one by one"),
        f64::from(RECEIPTS) / alone.as_secs_f64(),
        millis(percentile(&took, 50)),
        millis(percentile(&took, 99)),
        millis(percentile(&took, 100)),
    );

    let threads = std::thread::available_parallelism()?.get();
    let together = Instant::now();
    let mut took = print_on(&press, u32::try_from(threads)?)?;
    took.sort();
    println!(
        "{:<24} {:>10.0} {:>10.1} {:>10.1} {:>10.1}",
        format!("{RECEIPTS}, {threads} threads"),
        f64::from(RECEIPTS) / together.elapsed().as_secs_f64(),
        millis(percentile(&took, 50)),
        millis(percentile(&took, 99)),
        millis(percentile(&took, 100)),
    );
    Ok(())
}

fn print_all(press: &Press, seeds: impl Iterator<Item = u32>) -> Result<Vec<Duration>, String> {
    seeds
        .map(|seed| {
            let receipt = sample(seed);
            let started = Instant::now();
            press.receipt(&receipt).map_err(|error| error.to_string())?;
            Ok(started.elapsed())
        })
        .collect()
}

/// Other receipts than before, or typst's cache would have them ready.
fn print_on(press: &Press, threads: u32) -> Result<Vec<Duration>, String> {
    std::thread::scope(|scope| {
        let seeds = |thread: u32| (RECEIPTS..2 * RECEIPTS).filter(move |seed| seed % threads == thread);
        let running: Vec<_> = (0..threads).map(|thread| scope.spawn(move || print_all(press, seeds(thread)))).collect();
        let mut took = Vec::new();
        for thread in running {
            took.extend(thread.join().map_err(|_| "a thread panicked")??);
        }
        Ok(took)
    })
}

fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let last = sorted.len().saturating_sub(1);
    sorted.get((sorted.len() * percent / 100).min(last)).copied().unwrap_or_default()
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
