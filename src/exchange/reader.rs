//! Reads an exchange file row by row: columns in any order, the faults of every row reported.

use std::borrow::Cow;
use std::io::{self, BufRead, Read};
use std::marker::PhantomData;

use super::cells::{BrokenQuotes, Cells, SEPARATOR};
use super::fault::{Fault, Findings, Reason, Warning, quoted};
use super::record::{Column, Record, Rules};
use super::survey::Encoding;

/// Longest line: thirteen cells of the longest text are far shorter; a longer line means a file without line breaks.
pub const MAX_LINE_BYTES: usize = 64 * 1024;
/// Most rows of one file: all keys are kept in memory to find duplicates, 16 bytes each.
pub const MAX_ROWS: u64 = 5_000_000;
/// The byte order mark that some programs write before UTF-8.
const BYTE_ORDER_MARK: &[u8] = &[0xEF, 0xBB, 0xBF];

/// The mapping of columns to cells of a line.
#[derive(Debug)]
struct Layout {
    columns: &'static [Column],
    /// For each column of the kind, its position in the file.
    places: Vec<Option<usize>>,
    /// Number of cells in every line.
    width: usize,
}

/// A reader of a file of records of one kind.
pub struct Reader<R, B> {
    input: B,
    encoding: Encoding,
    rules: Rules,
    layout: Layout,
    raw: Vec<u8>,
    cells: Cells,
    line: u64,
    rows: u64,
    ended: bool,
    findings: Findings,
    kind: PhantomData<fn() -> R>,
}

impl<R: Record, B: BufRead> Reader<R, B> {
    /// Reads the header. If it has faults, they are in [`Self::findings`] and no records are read.
    ///
    /// # Errors
    /// [`io::Error`] when reading the input fails.
    pub fn open(input: B, encoding: Encoding, rules: Rules) -> io::Result<Self> {
        let layout = Layout { columns: R::COLUMNS, places: vec![None; R::COLUMNS.len()], width: 0 };
        let mut reader = Self {
            input,
            encoding,
            rules,
            layout,
            raw: Vec::new(),
            cells: Cells::default(),
            line: 0,
            rows: 0,
            ended: false,
            findings: Findings::default(),
            kind: PhantomData,
        };
        reader.read_header()?;
        reader.ended |= !reader.findings.faults().is_empty();
        Ok(reader)
    }

    /// The next valid record; invalid rows are reported and skipped. `None` at the end, or when the list of faults is
    /// full.
    ///
    /// # Errors
    /// [`io::Error`] when reading the input fails.
    pub fn read_record(&mut self) -> io::Result<Option<R>> {
        while !self.ended && !self.findings.is_full() && self.next_row()? {
            let mut row = Row {
                cells: &self.cells,
                layout: &self.layout,
                rules: self.rules,
                line: self.line,
                findings: &mut self.findings,
            };
            if let Some(record) = R::read(&mut row) {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }

    /// Adds a fault that the caller found in the last record read.
    pub fn blame(&mut self, column: &'static str, reason: Reason) {
        let index = R::COLUMNS.iter().position(|known| known.name == column).unwrap_or_default();
        let fault = self.layout.fault(index, self.line, &self.cells, reason);
        self.findings.fault(fault);
    }

    /// Line of the last record read; the header is line 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Names of the columns in the file.
    pub fn present(&self) -> impl Iterator<Item = &'static str> {
        let named = self.layout.columns.iter().zip(&self.layout.places);
        named.filter(|(_, place)| place.is_some()).map(|(column, _)| column.name)
    }

    /// The faults and warnings so far.
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    /// All faults and warnings.
    pub fn into_findings(self) -> Findings {
        self.findings
    }

    fn read_header(&mut self) -> io::Result<()> {
        if self.encoding == Encoding::Utf16 {
            self.refuse_file(Reason::Utf16);
        } else if !self.next_line()? {
            self.refuse_file(Reason::EmptyFile);
        } else if self.split_line() {
            self.layout.width = self.cells.len();
            self.place_columns();
        }
        Ok(())
    }

    fn place_columns(&mut self) {
        for place in 0..self.cells.len() {
            let name = self.cells.get(place).to_ascii_lowercase();
            match R::COLUMNS.iter().position(|column| column.name == name) {
                Some(index) if self.layout.places[index].is_none() => self.layout.places[index] = Some(place),
                Some(_) => self.blame_header(place, &name, Reason::RepeatedColumn),
                None if name.contains([',', '\t']) => self.blame_header(place, &name, Reason::WrongSeparator),
                None => self.blame_header(place, &name, Reason::UnknownColumn),
            }
        }
        for (index, column) in R::COLUMNS.iter().enumerate() {
            if column.required && self.layout.places[index].is_none() {
                self.blame_header(self.layout.width, column.name, Reason::MissingColumn);
            }
        }
    }

    fn blame_header(&mut self, place: usize, name: &str, reason: Reason) {
        let name = quoted(name, false);
        self.findings.fault(Fault { line: self.line, column: place + 1, value: name.clone(), name, reason });
    }

    /// Rejects the whole file: reading stops.
    fn refuse_file(&mut self, reason: Reason) {
        self.ended = true;
        self.blame_line(0, reason);
    }

    fn blame_line(&mut self, place: usize, reason: Reason) {
        let name = self.layout.name_at(place).unwrap_or_default().to_owned();
        self.findings.fault(Fault { line: self.line.max(1), column: place + 1, name, value: String::new(), reason });
    }

    /// Reads and splits the next line that can be a row. `false` at the end.
    fn next_row(&mut self) -> io::Result<bool> {
        while !self.findings.is_full() && self.next_line()? {
            if self.raw.is_empty() || !self.split_line() {
                continue;
            }
            self.rows += 1;
            if self.rows > MAX_ROWS {
                self.refuse_file(Reason::TooManyRows(MAX_ROWS));
                return Ok(false);
            }
            let (found, expected) = (self.cells.len(), self.layout.width);
            if found == expected {
                return Ok(true);
            }
            self.blame_line(found.min(expected), Reason::ColumnCount { found, expected });
        }
        Ok(false)
    }

    /// Reads the bytes of the next line, without its line break. `false` at the end.
    fn next_line(&mut self) -> io::Result<bool> {
        self.raw.clear();
        if self.ended {
            return Ok(false);
        }
        self.line += 1;
        let limit = MAX_LINE_BYTES as u64 + 2;
        if (&mut self.input).take(limit).read_until(b'\n', &mut self.raw)? == 0 {
            self.ended = true;
            return Ok(false);
        }
        if self.raw.len() > MAX_LINE_BYTES {
            self.raw.clear();
            self.refuse_file(Reason::LineTooLong(MAX_LINE_BYTES));
            return Ok(false);
        }
        if self.line == 1 && self.raw.starts_with(BYTE_ORDER_MARK) {
            self.raw.drain(..BYTE_ORDER_MARK.len());
        }
        let kept = self.raw.trim_ascii_end().len();
        // Strips only the line break: the last cell may consist of spaces and tabs.
        let end = self.raw[kept..]
            .iter()
            .position(|byte| matches!(byte, b'\r' | b'\n'))
            .map_or(self.raw.len(), |at| kept + at);
        self.raw.truncate(end);
        Ok(true)
    }

    /// Splits the line into cells; `false` after a fault, which is added to the findings.
    fn split_line(&mut self) -> bool {
        let line = match self.encoding {
            Encoding::Windows1251 => encoding_rs::WINDOWS_1251.decode_without_bom_handling(&self.raw).0,
            Encoding::Utf8 | Encoding::Utf16 => match std::str::from_utf8(&self.raw) {
                Ok(line) => Cow::Borrowed(line),
                Err(error) => {
                    let before = &self.raw[..error.valid_up_to()];
                    let place = memchr::memchr_iter(SEPARATOR as u8, before).count();
                    self.blame_line(place, Reason::BrokenEncoding);
                    return false;
                }
            },
        };
        match self.cells.split(&line) {
            Ok(()) => true,
            Err(BrokenQuotes(place)) => {
                drop(line);
                self.blame_line(place, Reason::BrokenQuotes);
                false
            }
        }
    }
}

impl Layout {
    fn name_at(&self, place: usize) -> Option<&'static str> {
        let index = self.places.iter().position(|known| *known == Some(place))?;
        self.columns.get(index).map(|column| column.name)
    }

    fn fault(&self, index: usize, line: u64, cells: &Cells, reason: Reason) -> Fault {
        let column = &self.columns[index];
        let place = self.places[index];
        let value = place.map_or("", |place| cells.get(place));
        Fault {
            line,
            column: place.unwrap_or(self.width) + 1,
            name: column.name.to_owned(),
            value: quoted(value, column.private),
            reason,
        }
    }
}

/// A row being parsed into a record. Columns are identified by their index among the kind's columns.
pub struct Row<'a> {
    cells: &'a Cells,
    layout: &'a Layout,
    rules: Rules,
    line: u64,
    findings: &'a mut Findings,
}

impl<'a> Row<'a> {
    /// The rules for the provider's files.
    pub fn rules(&self) -> Rules {
        self.rules
    }

    /// Parses a cell that must not be empty. `None` after a fault, which is added to the findings.
    pub fn required<T>(&mut self, column: usize, read: impl FnOnce(&str) -> Result<T, Reason>) -> Option<T> {
        let text = self.text(column);
        if text.is_empty() {
            self.blame(column, Reason::Empty);
            return None;
        }
        match read(text) {
            Ok(value) => Some(value),
            Err(reason) => {
                self.blame(column, reason);
                None
            }
        }
    }

    /// Parses a cell that may be empty, or whose column may be missing. `None` after a fault, which is added to the
    /// findings.
    pub fn optional<T>(&mut self, column: usize, read: impl FnOnce(&str) -> Result<T, Reason>) -> Option<Option<T>> {
        if self.text(column).is_empty() { Some(None) } else { self.required(column, read).map(Some) }
    }

    /// Adds a fault of a cell.
    pub fn blame(&mut self, column: usize, reason: Reason) {
        let fault = self.layout.fault(column, self.line, self.cells, reason);
        self.findings.fault(fault);
    }

    /// Adds a warning that the phone of this row is not a mobile number.
    pub fn warn_city_phone(&mut self) {
        self.findings.warn(Warning::city_phone(self.line));
    }

    fn text(&self, column: usize) -> &'a str {
        let cells = self.cells;
        self.layout.places[column].map_or("", |place| cells.get(place))
    }
}
