//! Counts of passed and failed tests, by kind.

use std::collections::BTreeMap;

/// Counts of one kind of tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub passed: u64,
    pub failed: u64,
    /// Reported, but not counted as passed.
    pub skipped: u64,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// Counts the results in the output of `cargo test`.
#[derive(Debug, Default)]
pub struct CargoTally {
    /// By room of the code.
    pub kinds: BTreeMap<String, Tally>,
    /// From the summary line of each test program: these are the counts.
    pub total: Tally,
}

impl CargoTally {
    /// Parses one line of its output.
    pub fn line(&mut self, line: &str) {
        if let Some(closing) = line.trim().strip_prefix("test result: ") {
            self.total += closing_line(closing);
        } else if let Some((name, result)) = test_line(line) {
            *self.kinds.entry(kind(name)).or_default() += result;
        }
    }
}

/// `ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s`
fn closing_line(closing: &str) -> Tally {
    let number = |what: &str| {
        let words: Vec<&str> = closing.split([' ', ';']).filter(|word| !word.is_empty()).collect();
        let at = words.iter().position(|word| *word == what)?;
        words.get(at.checked_sub(1)?)?.parse().ok()
    };
    Tally {
        passed: number("passed").unwrap_or(0),
        failed: number("failed").unwrap_or(0),
        skipped: number("ignored").unwrap_or(0),
    }
}

fn test_line(line: &str) -> Option<(&str, Tally)> {
    let (name, result) = line.strip_prefix("test ")?.rsplit_once(" ... ")?;
    let result = match result.split([',', ' ']).next()? {
        "ok" => Tally { passed: 1, ..Tally::default() },
        "FAILED" => Tally { failed: 1, ..Tally::default() },
        "ignored" => Tally { skipped: 1, ..Tally::default() },
        _ => return None,
    };
    Some((name, result))
}

/// `domain::money::tests::…` belongs to the room `domain`; storage tests also name their engine.
fn kind(name: &str) -> String {
    if name.contains(" - ") {
        return "documentation".to_owned();
    }
    let mut parts = name.split("::");
    let room = match (parts.next(), parts.clone().next()) {
        (Some(room), Some(_)) => room,
        _ => "whole program",
    };
    match parts.find(|part| matches!(*part, "sqlite" | "postgres")) {
        Some(engine) => format!("{room} on {engine}"),
        None => room.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_of_several_programs_add_up() {
        let mut tally = CargoTally::default();
        tally.line("test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s");
        tally.line("test result: FAILED. 2 passed; 4 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s");
        assert_eq!(tally.total, Tally { passed: 5, failed: 4, skipped: 1 });
    }

    #[test]
    fn equal_numbers_in_a_closing_line_are_kept_apart() {
        let mut tally = CargoTally::default();
        tally.line("test result: ok. 7 passed; 7 failed; 7 ignored; 0 measured; 0 filtered out; finished in 0.00s");
        assert_eq!(tally.total, Tally { passed: 7, failed: 7, skipped: 7 });
    }

    #[test]
    fn tests_are_sorted_by_room_and_engine() {
        let mut tally = CargoTally::default();
        tally.line("test domain::money::tests::kopecks_are_exact ... ok");
        tally.line("test storage::users::tests::postgres::a_login_is_unique ... FAILED");
        tally.line("test a_visitor_signs_in ... ok");
        tally.line("test src/domain/money.rs - domain::money::Money (line 12) ... ok");
        let kinds: Vec<&str> = tally.kinds.keys().map(String::as_str).collect();
        assert_eq!(kinds, ["documentation", "domain", "storage on postgres", "whole program"]);
        assert_eq!(tally.kinds["storage on postgres"].failed, 1);
    }

    #[test]
    fn what_tests_print_is_no_test() {
        let mut tally = CargoTally::default();
        tally.line("test results are great ... maybe");
        tally.line("testing ... ok");
        assert!(tally.kinds.is_empty());
    }
}
