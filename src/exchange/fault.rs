//! Faults of a file, with the line, column, value and reason, so that its author finds the place.

use std::fmt;

use thiserror::Error;

use crate::domain::account::AccountNumberError;
use crate::domain::calendar::{CalendarError, Period};
use crate::domain::decimal::DecimalError;
use crate::domain::money::Money;

/// Faults listed before reading stops: enough to see the pattern, few enough to read.
pub const MAX_FAULTS: usize = 100;
/// Warnings kept per file: a person reads one page of them; the rest are only counted.
pub const MAX_WARNINGS: usize = 1_000;
/// Most characters of a value that a fault quotes.
const MAX_QUOTED: usize = 60;
/// Replaces a value that must not be shown: a secret or personal data.
const MASK: &str = "•••";

/// Why a cell, a row or a file is rejected. In Russian: operators and the supplier's programmers read it.
#[derive(Clone, Debug, Eq, PartialEq, Error)]
pub enum Reason {
    /// No header at all.
    #[error("файл пуст, нет строки с названиями столбцов")]
    EmptyFile,
    /// UTF-16: two bytes per character, as some spreadsheet programs save.
    #[error("файл в кодировке UTF-16; сохраните его как UTF-8 или windows-1251")]
    Utf16,
    /// Invalid UTF-8 in a file that is otherwise UTF-8.
    #[error("испорченные символы: файл в UTF-8, но эта строка прочитаться не может")]
    BrokenEncoding,
    /// The header uses another separator, so it is one long name.
    #[error("столбцы должны разделяться точкой с запятой")]
    WrongSeparator,
    /// The header has a column unknown to this kind.
    #[error("такого столбца у этого вида файла нет")]
    UnknownColumn,
    /// The header has a column twice.
    #[error("столбец назван дважды")]
    RepeatedColumn,
    /// The header lacks a required column.
    #[error("нет обязательного столбца")]
    MissingColumn,
    /// The row has fewer or more cells than the header.
    #[error("столбцов в строке {found}, а в заголовке {expected}; возможно, файл обрезан")]
    ColumnCount {
        /// Number of cells in the row.
        found: usize,
        /// Number of columns in the header.
        expected: usize,
    },
    /// A quote is not closed on its line, or an inner quote is not doubled.
    #[error("кавычка не закрыта в этой строке или не удвоена внутри значения")]
    BrokenQuotes,
    /// A line longer than any valid row.
    #[error("строка длиннее {0} байт; возможно, в файле нет переводов строк")]
    LineTooLong(usize),
    /// More rows than allowed in one file.
    #[error("в файле больше {0} строк; разделите его на части")]
    TooManyRows(u64),
    /// A required cell is empty.
    #[error("не заполнено")]
    Empty,
    /// Not a number.
    #[error("не число")]
    NotANumber,
    /// More decimals than the unit has.
    #[error("знаков после запятой больше {0}")]
    TooManyDecimals(u32),
    /// Out of range.
    #[error("значение вне допустимых пределов")]
    OutOfRange,
    /// A day in neither allowed format.
    #[error("не дата: нужно ГГГГ-ММ-ДД или ДД.ММ.ГГГГ")]
    NotADate,
    /// A month in neither allowed format.
    #[error("не месяц: нужно ГГГГ-ММ или ММ.ГГГГ")]
    NotAPeriod,
    /// Something other than digits in an account number.
    #[error("номер лицевого счёта состоит только из цифр")]
    AccountNotDigits,
    /// An account number of a wrong length.
    #[error("у этого поставщика номер лицевого счёта из {0} цифр")]
    AccountLength(u8),
    /// The provider has no such account.
    #[error("такого лицевого счёта у поставщика нет; сначала загрузите лицевые счета")]
    UnknownAccount,
    /// The account has no such meter.
    #[error("такого прибора у лицевого счёта нет; сначала загрузите приборы учёта")]
    UnknownMeter,
    /// Longer than the limit for such a text.
    #[error("длиннее {0} символов")]
    TooLong(usize),
    /// Control characters in a text.
    #[error("управляющие символы в тексте")]
    ControlCharacters,
    /// A wrong number of digits.
    #[error("нужно цифр: {0}")]
    DigitCount(&'static str),
    /// Not a provider's code.
    #[error("код — строчные латинские буквы, цифры и дефис")]
    NotACode,
    /// Not a valid e-mail address.
    #[error("не адрес электронной почты")]
    NotAnEmail,
    /// Not a phone number.
    #[error("не номер телефона; один номер из 10 или 11 цифр")]
    NotAPhone,
    /// Not eight digits.
    #[error("ПИН-код — восемь цифр")]
    NotAPin,
    /// A requisite with a wrong check digit.
    #[error(
        "контрольная цифра не сходится: на {place}-м месте должна стоять {expected}; проверьте весь реквизит, а у счёта и БИК"
    )]
    CheckDigit {
        /// Its position, from 1.
        place: usize,
        /// The check digit computed from the other digits.
        expected: u8,
    },
    /// Not one of the allowed values.
    #[error("возможные значения: {0}")]
    NotOneOf(&'static str),
    /// The row's own sums do not add up.
    #[error("не сходится: по остальным суммам строки выходит {}", .0.machine())]
    DoesNotClose(Money),
    /// The row's own sums overflow.
    #[error("сумма строки слишком велика")]
    SumOverflow,
    /// Another row of the file has the same key.
    #[error("такая же запись уже есть в строке {0}")]
    Repeated(u64),
}

impl From<DecimalError> for Reason {
    fn from(error: DecimalError) -> Self {
        match error {
            DecimalError::Empty => Self::Empty,
            DecimalError::NotANumber => Self::NotANumber,
            DecimalError::TooManyDecimals(most) => Self::TooManyDecimals(most),
            DecimalError::TooLarge => Self::OutOfRange,
        }
    }
}

impl From<CalendarError> for Reason {
    fn from(error: CalendarError) -> Self {
        match error {
            CalendarError::NotADate => Self::NotADate,
            CalendarError::NotAPeriod => Self::NotAPeriod,
        }
    }
}

impl From<AccountNumberError> for Reason {
    fn from(error: AccountNumberError) -> Self {
        match error {
            AccountNumberError::Empty => Self::Empty,
            AccountNumberError::NotDigits => Self::AccountNotDigits,
            AccountNumberError::WrongLength { expected } => Self::AccountLength(expected),
        }
    }
}

/// One fault at one place. Displayed as `line:column name: value: reason`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault {
    /// Line of the file, from 1; the header is line 1.
    pub line: u64,
    /// Column of the file, from 1.
    pub column: usize,
    /// The column's name.
    pub name: String,
    /// The value, truncated; secrets and personal data are masked.
    pub value: String,
    /// Why it is rejected.
    pub reason: Reason,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{} {}: {}: {}", self.line, self.column, self.name, self.value, self.reason)
    }
}

/// A value as quoted in a fault: on one line, truncated, masked if private.
pub(super) fn quoted(value: &str, private: bool) -> String {
    if private && !value.is_empty() {
        return MASK.to_owned();
    }
    let mut quoted: String = value.chars().take(MAX_QUOTED).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if value.chars().nth(MAX_QUOTED).is_some() {
        quoted.push('…');
    }
    quoted
}

/// A suspicious value that does not reject the file: the warning is stored with the import and shown.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Warning {
    /// Line of the file, from 1.
    pub line: u64,
    /// The description in Russian, without personal data except the account number.
    pub text: String,
}

impl Warning {
    /// A phone that cannot receive SMS.
    pub fn city_phone(line: u64) -> Self {
        Self {
            line, text: "phone: городской номер, СМС на него не дойдёт; не сохранён".to_owned()
        }
    }

    /// A month whose opening differs from the closing of the previous month.
    pub fn gap(
        line: u64,
        account: &str,
        service: &str,
        period: Period,
        opening: Money,
        previous_closing: Money,
    ) -> Self {
        let text = format!(
            "л/с {account}, {service}, {period}: на начало {}, а прошлый месяц закрыт с {}",
            opening.machine(),
            previous_closing.machine()
        );
        Self { line, text }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.line, self.text)
    }
}

/// Faults and warnings of one file, both bounded.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    faults: Vec<Fault>,
    warnings: Vec<Warning>,
    warning_count: u64,
}

impl Findings {
    /// Adds a fault, unless the list is full.
    pub fn fault(&mut self, fault: Fault) {
        if !self.is_full() {
            self.faults.push(fault);
        }
    }

    /// Adds a warning; beyond [`MAX_WARNINGS`] it is only counted.
    pub fn warn(&mut self, warning: Warning) {
        self.warning_count += 1;
        if self.warnings.len() < MAX_WARNINGS {
            self.warnings.push(warning);
        }
    }

    /// Counts warnings without storing them.
    pub fn count_more(&mut self, warnings: u64) {
        self.warning_count += warnings;
    }

    /// Whether [`MAX_FAULTS`] are listed: reading stops.
    pub fn is_full(&self) -> bool {
        self.faults.len() >= MAX_FAULTS
    }

    /// The faults in the order of the file.
    pub fn into_faults(mut self) -> Vec<Fault> {
        self.faults.sort_by_key(|fault| (fault.line, fault.column));
        self.faults
    }

    /// The faults in the order of detection.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// The first warnings.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Number of all warnings, including those not kept.
    pub fn warning_count(&self) -> u64 {
        self.warning_count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_tells_line_column_name_value_and_reason() {
        let fault = Fault {
            line: 12,
            column: 4,
            name: "opening".into(),
            value: quoted("12,345", false),
            reason: Reason::TooManyDecimals(2),
        };
        assert_eq!(fault.to_string(), "12:4 opening: 12,345: знаков после запятой больше 2");
    }

    #[test]
    fn a_secret_is_never_quoted() {
        assert_eq!(quoted("12345678", true), MASK);
        assert_eq!(quoted("", true), "");
    }

    #[test]
    fn a_long_value_is_shortened() {
        assert_eq!(quoted(&"я".repeat(61), false).chars().count(), 61);
        assert!(quoted(&"я".repeat(61), false).ends_with('…'));
    }

    #[test]
    fn both_lists_are_bounded_and_warnings_are_counted_on() {
        let mut findings = Findings::default();
        for line in 0..2_000 {
            findings.warn(Warning::city_phone(line));
            findings.fault(Fault { line, column: 1, name: String::new(), value: String::new(), reason: Reason::Empty });
        }
        assert_eq!(findings.warnings().len(), MAX_WARNINGS);
        assert_eq!(findings.warning_count(), 2_000);
        assert_eq!(findings.into_faults().len(), MAX_FAULTS);
    }
}
