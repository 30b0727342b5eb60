//! The second reading of a file: for its faults.

use std::collections::HashMap;
use std::io;

use super::plan::Plan;
use crate::exchange::fault::MAX_FAULTS;
use crate::exchange::reader::MAX_ROWS;
use crate::exchange::{Findings, Reason, Record};

/// What the second reading found.
pub(super) struct Checked {
    pub(super) findings: Findings,
    /// Names of the columns that the file has.
    pub(super) present: Vec<&'static str>,
}

/// Reads the whole file for its faults: of each row, of what rows refer to, of rows that repeat another.
pub(super) fn check<R: Record>(plan: &Plan) -> io::Result<Checked> {
    let mut reader = plan.open::<R>()?;
    let most = plan.survey.line_count.min(MAX_ROWS);
    let mut keys: Vec<(u64, u32, u32)> = Vec::with_capacity(usize::try_from(most).unwrap_or_default());
    while let Some(record) = reader.read_record()? {
        if let Some((column, reason)) = plan.known.missing(&record) {
            reader.blame(column, reason);
        }
        let (high, low) = record.fingerprint();
        keys.push((high, low, u32::try_from(reader.line()).unwrap_or(u32::MAX)));
    }
    let present = reader.present().collect();
    let mut findings = reader.into_findings();
    if !findings.is_full() {
        blame_repeats::<R>(plan, keys, &mut findings)?;
    }
    Ok(Checked { findings, present })
}

/// Finds rows whose key an earlier row has, and reads them again to quote them.
fn blame_repeats<R: Record>(plan: &Plan, mut keys: Vec<(u64, u32, u32)>, findings: &mut Findings) -> io::Result<()> {
    keys.sort_unstable();
    let first_lines = earliest_repeats(&keys);
    if first_lines.is_empty() {
        return Ok(());
    }
    let mut reader = plan.open::<R>()?;
    while reader.read_record()?.is_some() {
        if let Some(first) = first_lines.get(&reader.line()) {
            reader.blame(R::COLUMNS[0].name, Reason::Repeated(*first));
        }
    }
    let faults = reader.into_findings().into_faults();
    faults.into_iter().filter(|f| matches!(f.reason, Reason::Repeated(_))).for_each(|f| findings.fault(f));
    Ok(())
}

/// The first [`MAX_FAULTS`] rows that repeat an earlier row: the line of each with the line that it repeats.
pub(super) fn earliest_repeats(sorted: &[(u64, u32, u32)]) -> HashMap<u64, u64> {
    let mut repeats: Vec<(u64, u64)> = Vec::with_capacity(2 * MAX_FAULTS);
    for same in sorted.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        for (_, _, line) in &same[1..] {
            // A file may repeat itself from end to end: drop what cannot be among the first, so that memory is bounded.
            if repeats.len() == 2 * MAX_FAULTS {
                repeats.select_nth_unstable(MAX_FAULTS);
                repeats.truncate(MAX_FAULTS);
            }
            repeats.push((u64::from(*line), u64::from(same[0].2)));
        }
    }
    repeats.sort_unstable();
    repeats.truncate(MAX_FAULTS);
    repeats.into_iter().collect()
}
