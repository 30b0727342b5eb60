//! The second pass over a file: finds its faults.

use std::collections::HashMap;
use std::io;

use super::plan::Plan;
use crate::exchange::fault::MAX_FAULTS;
use crate::exchange::reader::MAX_ROWS;
use crate::exchange::{Findings, Reason, Record};

/// The result of the second pass.
pub(super) struct Checked {
    pub(super) findings: Findings,
    /// Names of the columns in the file.
    pub(super) present: Vec<&'static str>,
}

/// Checks the whole file: the format of each row, references to missing records, and duplicate rows.
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

/// Finds rows with the key of an earlier row, and reads them again to quote them.
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

/// The first [`MAX_FAULTS`] duplicate rows: the line of each with the line that it duplicates.
pub(super) fn earliest_repeats(sorted: &[(u64, u32, u32)]) -> HashMap<u64, u64> {
    let mut repeats: Vec<(u64, u64)> = Vec::with_capacity(2 * MAX_FAULTS);
    for same in sorted.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        for (_, _, line) in &same[1..] {
            // Every row of a file may be a duplicate: drop those that cannot be among the first, to bound memory.
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
