//! The statement as a tagged PDF, by `templates/statement.typ`, and as a table for spreadsheets.

use csv::WriterBuilder;
use jiff::civil::Date;
use serde_json::{Value, json};
use typst::comemo;
use typst::foundations::Bytes;

use super::press::{DocumentError, Press};
use crate::domain::account::Account;
use crate::domain::calendar::{Period, show_date};
use crate::domain::money::Money;
use crate::domain::provider::Provider;
use crate::domain::statement::{Entry, Statement, Subject};

/// Marks the table as UTF-8 for a spreadsheet; without it Russian letters are garbled.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
/// Characters that a spreadsheet takes for the beginning of a formula (OWASP, «CSV injection»).
const BEGINS_A_FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A statement with its account and provider. It contains personal data, hence no `Debug`.
#[derive(Clone)]
pub struct StatementData {
    /// The provider.
    pub provider: Provider,
    /// The account.
    pub account: Account,
    /// The date of the document, in the provider's time zone.
    pub issued_on: Date,
    /// The entries.
    pub statement: Statement,
    /// Paid but not yet counted by billing, when the last month is the newest one: not among the entries.
    pub paid_since: Money,
}

impl StatementData {
    /// Its title: «Выписка за октябрь 2026», «Выписка: август 2026 — октябрь 2026».
    pub fn title(&self) -> String {
        let (from, to) = (self.statement.from(), self.statement.to());
        if from == to { format!("Выписка за {from}") } else { format!("Выписка: {from} — {to}") }
    }
}

impl Press {
    /// A statement as PDF. The same statement gives the same bytes.
    ///
    /// # Errors
    /// [`DocumentError`] when our template fails on it.
    pub fn statement(&self, data: &StatementData) -> Result<Vec<u8>, DocumentError> {
        let mut record = record(data);
        self.letters.make_printable(&mut record);
        let file = ("statement.json".to_owned(), Bytes::from_string(record.to_string()));
        let months = format!("{}–{}", data.statement.from().machine(), data.statement.to().machine());
        let ident = format!("{} {} {months}", data.provider.code, data.account.number);
        let set = self.set("statement.typ", &[file]);
        let printed = set.and_then(|document| self.export(&document, ident, data.issued_on));
        // A long one takes as much memory as a hundred receipts, and its parts are not reused.
        comemo::evict(0);
        printed
    }
}

/// The record that the template reads; `templates/statement.md` describes it.
fn record(data: &StatementData) -> Value {
    let StatementData { provider, account, statement, .. } = data;
    let mut opening = statement.opening;
    let month = |month: &crate::domain::statement::StatementMonth| {
        let entries: Vec<Value> = month.entries.iter().map(entry).collect();
        let record = json!({ "period": month.period.to_string(), "opening": balance(opening), "entries": entries });
        opening = month.closing;
        record
    };
    json!({
        "title": data.title(),
        "issued": show_date(data.issued_on),
        "provider": {
            "name": provider.name,
            "phone": provider.support_phone,
            "email": provider.support_email,
            "site": provider.site,
        },
        "account": account.number.as_str(),
        "subscriber": account.subscriber,
        "address": account.address,
        "opening": balance(statement.opening),
        "charged": statement.charged.plain(),
        "paid": statement.paid.plain(),
        "closing": balance(statement.closing),
        "paid-since": (!data.paid_since.is_zero()).then(|| data.paid_since.plain()),
        "months": statement.months.iter().map(month).collect::<Vec<_>>(),
    })
}

fn entry(entry: &Entry) -> Value {
    let sum = |sum: Money| (!sum.is_zero()).then(|| sum.plain());
    json!({
        "date": date(&entry.subject),
        "what": entry.subject.words(),
        "note": note(&entry.subject),
        // A charge of zero is still a charge: its zero is printed.
        "charged": if matches!(entry.subject, Subject::Charge { .. }) { Some(entry.charged.plain()) } else { sum(entry.charged) },
        "paid": sum(entry.paid),
        "owed": balance(entry.owed),
    })
}

fn date(subject: &Subject) -> Option<String> {
    if let Subject::Payment { date, .. } = subject { Some(show_date(*date)) } else { None }
}

fn note(subject: &Subject) -> Option<String> {
    match subject {
        Subject::Charge { recalculated, .. } if !recalculated.is_zero() => {
            Some(format!("в том числе перерасчёт {recalculated}"))
        }
        Subject::Payment { source, .. } => source.clone(),
        Subject::Charge { .. } | Subject::Unlisted { .. } | Subject::Carried | Subject::Unexplained => None,
    }
}

/// A balance; an overpayment is named in words.
fn balance(sum: Money) -> Value {
    json!({ "sum": sum.magnitude().plain(), "overpaid": sum.is_negative() })
}

/// A statement as CSV: UTF-8 with a byte order mark, semicolons, decimal commas, as spreadsheets in Russia expect it. A
/// debt has no sign, an overpayment a minus.
///
/// # Errors
/// [`DocumentError::Table`] when the writer fails, which cannot happen in memory.
pub fn table(data: &StatementData) -> Result<Vec<u8>, DocumentError> {
    let mut table = WriterBuilder::new().delimiter(b';').from_writer(BYTE_ORDER_MARK.to_vec());
    table.write_record(["Месяц", "Дата", "Что", "Подробности", "Начислено", "Оплачено", "Долг (минус — переплата)"])?;
    let mut owed = data.statement.opening;
    for month in &data.statement.months {
        table.write_record(balance_row(month.period, "На начало месяца", owed))?;
        for entry in &month.entries {
            table.write_record(entry_row(month.period, entry))?;
        }
        owed = month.closing;
        table.write_record(balance_row(month.period, "На конец месяца", owed))?;
    }
    table.into_inner().map_err(|_| DocumentError::Table)
}

fn balance_row(period: Period, words: &str, owed: Money) -> [String; 7] {
    let empty = String::new;
    [period.machine(), empty(), words.to_owned(), empty(), empty(), empty(), cell(owed)]
}

fn entry_row(period: Period, entry: &Entry) -> [String; 7] {
    let (subject, text) = (&entry.subject, |text: &str| harmless(text));
    [
        period.machine(),
        date(subject).unwrap_or_default(),
        text(subject.words()),
        text(&note(subject).unwrap_or_default()),
        cell(entry.charged),
        cell(entry.paid),
        cell(entry.owed),
    ]
}

/// `-1234,56`: a number to every spreadsheet.
fn cell(sum: Money) -> String {
    sum.machine().replace('.', ",")
}

/// A text that spreadsheets do not run as a formula.
fn harmless(text: &str) -> String {
    if text.starts_with(BEGINS_A_FORMULA) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;
    use crate::document::object_streams::with_contents;
    use crate::document::sample;

    static PRESS: LazyLock<Press> = LazyLock::new(Press::new);

    #[test]
    fn a_statement_is_tagged_pdf_and_the_same_bytes_twice() {
        let data = sample::stated(2);
        let pdf = PRESS.statement(&data).unwrap();
        let text = String::from_utf8_lossy(&with_contents(&pdf)).into_owned();
        for mark in ["%PDF-1.7", "/StructTreeRoot", "<pdfuaid:part>1</pdfuaid:part>", "<pdfaid:part>2</pdfaid:part>"] {
            assert!(text.contains(mark), "{mark}");
        }
        assert_eq!(pdf, Press::new().statement(&data).unwrap());
    }

    #[test]
    fn three_years_of_a_statement_are_several_pages() {
        let record = record(&sample::stated(36)).to_string();
        let file = ("statement.json".to_owned(), Bytes::from_string(record));
        assert!(PRESS.set("statement.typ", &[file]).unwrap().pages().len() > 2);
    }

    #[test]
    fn a_title_names_one_month_or_both_ends() {
        assert_eq!(sample::stated(1).title(), "Выписка за ноябрь 2026");
        assert_eq!(sample::stated(12).title(), "Выписка: декабрь 2025 — ноябрь 2026");
    }

    #[test]
    fn no_text_of_billing_runs_in_a_spreadsheet() {
        for text in ["=1+1", "+7", "-1", "@x", "\t=1"] {
            assert_eq!(harmless(text), format!("'{text}"));
        }
        assert_eq!(harmless("Газ = тепло"), "Газ = тепло");
    }
}
