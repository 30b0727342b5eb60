//! Writes exchange files: version 1, UTF-8, decimal point, `YYYY-MM-DD`.

use std::fmt::Display;
use std::io::{self, Write};
use std::marker::PhantomData;

use csv::ByteRecord;

use super::record::{Column, Record};
use crate::domain::calendar::Period;
use crate::domain::money::Money;

/// A line of a file that the portal writes: a record of a kind that it also reads, or a line for billing only.
pub trait Line {
    /// The columns, in the order of writing.
    const HEADER: &'static [Column];

    /// Writes the cells in the order of [`Self::HEADER`].
    fn cells(&self, cells: &mut CellWriter);
}

impl<R: Record> Line for R {
    const HEADER: &'static [Column] = R::COLUMNS;

    fn cells(&self, cells: &mut CellWriter) {
        self.write(cells);
    }
}

/// A writer of a file of lines of one kind.
pub struct Writer<L, W: Write> {
    output: csv::Writer<W>,
    cells: CellWriter,
    kind: PhantomData<fn(&L)>,
}

impl<L: Line, W: Write> Writer<L, W> {
    /// Writes the header.
    ///
    /// # Errors
    /// [`io::Error`] when writing the output fails.
    pub fn new(output: W) -> io::Result<Self> {
        let mut output = csv::WriterBuilder::new().delimiter(b';').from_writer(output);
        output.write_record(L::HEADER.iter().map(|column| column.name))?;
        Ok(Self { output, cells: CellWriter::default(), kind: PhantomData })
    }

    /// Writes a row.
    ///
    /// # Errors
    /// [`io::Error`] when writing the output fails.
    pub fn write(&mut self, line: &L) -> io::Result<()> {
        self.cells.row.clear();
        line.cells(&mut self.cells);
        self.output.write_byte_record(&self.cells.row)?;
        Ok(())
    }

    /// Flushes the buffer and returns the output.
    ///
    /// # Errors
    /// [`io::Error`] when writing the output fails.
    pub fn finish(self) -> io::Result<W> {
        self.output.into_inner().map_err(csv::IntoInnerError::into_error)
    }
}

/// The cells of one row, in the order of the kind's columns.
#[derive(Debug, Default)]
pub struct CellWriter {
    row: ByteRecord,
}

impl CellWriter {
    /// A text.
    pub fn text(&mut self, text: &str) {
        self.row.push_field(text.as_bytes());
    }

    /// A text or an empty cell.
    pub fn optional(&mut self, text: Option<&str>) {
        self.text(text.unwrap_or_default());
    }

    /// A value whose `Display` matches the format, such as a count or a day; or an empty cell.
    pub fn shown<T: Display>(&mut self, value: Option<T>) {
        self.text(&value.map(|value| value.to_string()).unwrap_or_default());
    }

    /// A sum.
    pub fn money(&mut self, sum: Money) {
        self.text(&sum.machine());
    }

    /// A month.
    pub fn period(&mut self, period: Period) {
        self.text(&period.machine());
    }

    /// A number stored in thousandths, or an empty cell.
    pub fn thousandths(&mut self, raw: Option<i64>) {
        self.text(&raw.map(|raw| machine_fixed(raw, 3)).unwrap_or_default());
    }

    /// A number stored in millionths, or an empty cell.
    pub fn millionths(&mut self, raw: Option<i64>) {
        self.text(&raw.map(|raw| machine_fixed(raw, 6)).unwrap_or_default());
    }
}

/// `-1234.5` from an integer of 10^-`scale` units, without trailing zeros.
fn machine_fixed(raw: i64, scale: u32) -> String {
    let unit = 10_u64.pow(scale);
    let magnitude = raw.unsigned_abs();
    let sign = if raw < 0 { "-" } else { "" };
    let (whole, fraction) = (magnitude / unit, magnitude % unit);
    if fraction == 0 {
        return format!("{sign}{whole}");
    }
    let text = format!("{sign}{whole}.{fraction:0width$}", width = scale as usize);
    text.trim_end_matches('0').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_with_a_point_and_without_needless_zeros() {
        assert_eq!(machine_fixed(29_520, 3), "29.52");
        assert_eq!(machine_fixed(-5, 3), "-0.005");
        assert_eq!(machine_fixed(7_328_000, 6), "7.328");
        assert_eq!(machine_fixed(10_000, 3), "10");
        assert_eq!(machine_fixed(0, 6), "0");
    }
}
