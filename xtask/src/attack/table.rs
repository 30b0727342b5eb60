//! The table of routes and people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::tally::Tally;

/// The answer of each route to each person.
#[derive(Debug, Default, Eq, PartialEq)]
pub struct Table {
    /// By `METHOD pattern`, then by person.
    rows: BTreeMap<String, BTreeMap<String, String>>,
}

impl Table {
    /// Stores an answer.
    pub fn note(&mut self, method: &str, pattern: &str, person: &str, answer: &str) {
        let row = self.rows.entry(format!("{method} {pattern}")).or_default();
        row.insert(person.to_owned(), answer.to_owned());
    }

    fn people(&self) -> Vec<String> {
        let mut people: Vec<String> = self.rows.values().flat_map(BTreeMap::keys).cloned().collect();
        people.sort();
        people.dedup();
        people
    }

    /// The table as text: a header, then one line per route.
    pub fn to_text(&self) -> String {
        let people = self.people();
        let mut text = format!("route\t{}\n", people.join("\t"));
        for (route, row) in &self.rows {
            let cells = people.iter().map(|person| row.get(person).map_or("-", String::as_str));
            let _ = writeln!(text, "{route}\t{}", cells.collect::<Vec<_>>().join("\t"));
        }
        text
    }

    /// Parses a stored table.
    pub fn read(text: &str) -> Self {
        let mut lines = text.lines();
        let people: Vec<&str> = lines.next().unwrap_or_default().split('\t').skip(1).collect();
        let mut table = Self::default();
        for line in lines {
            let mut cells = line.split('\t');
            let Some((method, pattern)) = cells.next().and_then(|route| route.split_once(' ')) else { continue };
            for (person, answer) in people.iter().zip(cells).filter(|(_, answer)| *answer != "-") {
                table.note(method, pattern, person, answer);
            }
        }
        table
    }

    /// Counts the routes that answer as expected; prints the others, with those missing on either side.
    pub fn compare(&self, kept: &Self) -> Tally {
        let mut tally = Tally::default();
        for (route, row) in &self.rows {
            if kept.rows.get(route) == Some(row) {
                tally.passed += 1;
                continue;
            }
            tally.failed += 1;
            let Some(expected) = kept.rows.get(route) else {
                eprintln!("+ {route}: a new route without a line: {row:?}");
                continue;
            };
            for (person, answer) in row.iter().filter(|(person, answer)| expected.get(*person) != Some(*answer)) {
                let was = expected.get(person).map_or("nothing", String::as_str);
                eprintln!("- {route} as {person}: {was}\n+ {route} as {person}: {answer}");
            }
        }
        for route in kept.rows.keys().filter(|route| !self.rows.contains_key(*route)) {
            eprintln!("- {route}: a line without a route");
            tally.failed += 1;
        }
        tally
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::default();
        table.note("GET", "/accounts", "guest", "303 /sign-in");
        table.note("GET", "/accounts", "full", "200");
        table.note("POST", "/sign-out", "guest", "303 /");
        table
    }

    #[test]
    fn a_table_is_read_back_as_it_was_written() {
        assert_eq!(Table::read(&table().to_text()), table());
    }

    #[test]
    fn a_new_route_a_lost_one_and_another_answer_fail() {
        let kept = table();
        let mut now = table();
        assert_eq!(now.compare(&kept).failed, 0);
        now.note("GET", "/accounts", "guest", "200");
        now.note("GET", "/new", "guest", "200");
        assert_eq!(now.compare(&kept).failed, 2);
        assert_eq!(Table::default().compare(&kept).failed, 2);
    }
}
