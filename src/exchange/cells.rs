//! Splits one line of a file into cells. A row is a line: quotes may contain the separator, but no line break, so that
//! one missing quote breaks only its own row, and the length of a row is bounded.

/// The separator between cells.
pub const SEPARATOR: char = ';';

/// The cells of one line; reused for every line to avoid allocations.
#[derive(Default)]
pub struct Cells {
    text: String,
    ends: Vec<usize>,
}

// A line of a registry contains names, addresses and PINs.
crate::opaque_debug!(Cells, ends);

/// A quote in this cell (counted from 0) is not closed or not doubled.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BrokenQuotes(pub usize);

impl Cells {
    /// Splits a line, which must not contain a line break.
    ///
    /// # Errors
    /// [`BrokenQuotes`] with the cell whose quotes are not closed or not doubled.
    pub fn split(&mut self, line: &str) -> Result<(), BrokenQuotes> {
        self.text.clear();
        self.ends.clear();
        let mut rest = Some(line);
        while let Some(text) = rest {
            rest = match text.strip_prefix('"') {
                Some(quoted) => self.take_quoted(quoted)?,
                None => self.take_plain(text),
            };
            self.ends.push(self.text.len());
        }
        Ok(())
    }

    /// Copies up to the separator; returns the rest after it.
    fn take_plain<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        let (cell, rest) = match text.split_once(SEPARATOR) {
            Some((cell, rest)) => (cell, Some(rest)),
            None => (text, None),
        };
        self.text.push_str(cell);
        rest
    }

    /// Copies up to the closing quote, unescaping doubled quotes; returns the rest after the separator.
    fn take_quoted<'a>(&mut self, mut text: &'a str) -> Result<Option<&'a str>, BrokenQuotes> {
        let broken = BrokenQuotes(self.ends.len());
        loop {
            let (part, rest) = text.split_once('"').ok_or(broken)?;
            self.text.push_str(part);
            match rest.chars().next() {
                None => return Ok(None),
                Some(SEPARATOR) => return Ok(Some(&rest[SEPARATOR.len_utf8()..])),
                Some('"') => {
                    self.text.push('"');
                    text = &rest[1..];
                }
                Some(_) => return Err(broken),
            }
        }
    }

    /// Number of cells in the line.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are no cells.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// A trimmed cell by its position, from 0; empty if there is no such cell.
    pub fn get(&self, place: usize) -> &str {
        let start = if place == 0 { Some(0) } else { self.ends.get(place - 1).copied() };
        match (start, self.ends.get(place)) {
            (Some(start), Some(end)) => self.text[start..*end].trim(),
            _ => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(line: &str) -> Result<Vec<String>, BrokenQuotes> {
        let mut cells = Cells::default();
        cells.split(line)?;
        Ok((0..cells.len()).map(|place| cells.get(place).to_owned()).collect())
    }

    #[expect(clippy::unnecessary_wraps, reason = "as `split` returns them")]
    fn texts(texts: &[&str]) -> Result<Vec<String>, BrokenQuotes> {
        Ok(texts.iter().map(|text| (*text).to_owned()).collect())
    }

    #[test]
    fn quotes_hold_separators_and_doubled_quotes() {
        assert_eq!(
            split(r#"1;"ул. Мира; д. 1";"ООО ""Ромашка""";"#),
            texts(&["1", "ул. Мира; д. 1", "ООО \"Ромашка\"", ""])
        );
        assert_eq!(split("а"), texts(&["а"]));
        assert_eq!(split(""), texts(&[""]));
    }

    #[test]
    fn a_quote_inside_a_plain_cell_is_a_plain_character() {
        assert_eq!(split(r#"ООО "Ромашка";2"#), texts(&["ООО \"Ромашка\"", "2"]));
    }

    #[test]
    fn a_quote_that_is_not_closed_names_its_cell() {
        assert_eq!(split(r#"1;"ул. Мира;2"#), Err(BrokenQuotes(1)));
        assert_eq!(split(r#""Ромашка" ООО;2"#), Err(BrokenQuotes(0)));
        assert_eq!(split(r#"1;2;""#), Err(BrokenQuotes(2)));
    }

    proptest! {
        #[test]
        fn what_the_csv_library_writes_is_taken_apart(cells in proptest::collection::vec("[а-яa-z0-9;\", .]{0,12}", 1..8)) {
            let mut writer = csv::WriterBuilder::new().delimiter(b';').from_writer(Vec::new());
            writer.write_record(&cells).unwrap();
            let line = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let trimmed: Vec<String> = cells.iter().map(|cell| cell.trim().to_owned()).collect();
            prop_assert_eq!(split(line.trim_end_matches('\n')), Ok(trimmed));
        }

        #[test]
        fn no_line_makes_it_panic(line in "[а\";\\PC]{0,40}") {
            let _ = split(&line);
        }
    }
}
