//! The texts of refused and doubted readings: each names the rule and the way to correct the reading.

use crate::domain::calendar::show_date;
use crate::domain::form::FieldError;
use crate::domain::sent_reading::{Doubt, ReadingError};
use crate::service::readings::{ByNumberErrors, DoubtedReading, ProviderError};

/// Why a reading is refused.
pub(super) fn reading(error: &ReadingError) -> String {
    match error {
        ReadingError::Empty => "Введите показание счётчика".to_owned(),
        ReadingError::NotANumber => "Показание — это число, например 1234,567".to_owned(),
        ReadingError::TooManyDecimals(0) => {
            "У этого счётчика нет цифр после запятой: передайте только цифры до неё".to_owned()
        }
        ReadingError::TooManyDecimals(most) => format!("После запятой не больше {most} цифр"),
        ReadingError::TooManyDigits(most) => {
            format!("До запятой не больше {most} цифр. Красные цифры пишите после запятой")
        }
        ReadingError::BelowPrevious(previous) => format!(
            "Это меньше предыдущего показания: {} на {}. Проверьте цифры. Если счётчик заменили, напишите нам",
            previous.value,
            show_date(previous.date)
        ),
        ReadingError::AboveCeiling { consumed, ceiling } => format!(
            "Расход получается {consumed}, а за один раз поставщик принимает не больше {ceiling}. Проверьте цифры и \
             запятую. Если всё верно, позвоните поставщику"
        ),
        ReadingError::Removed(day) => {
            format!("Этот счётчик снят {}. Передайте показание нового", show_date(*day))
        }
        ReadingError::VerificationExpired(day) => format!(
            "Срок поверки счётчика истёк {}, и поставщик не принимает его показания. Поверьте или замените счётчик",
            show_date(*day)
        ),
        ReadingError::Closed { opens, until } => {
            format!("Показания принимают с {} по {}", show_date(*opens), show_date(*until))
        }
        ReadingError::NotHere => "Поставщик принимает показания не через кабинет. Позвоните ему".to_owned(),
    }
}

/// Why readings should be looked at once more, and how to send them anyway.
pub(super) fn doubts(doubted: &[DoubtedReading]) -> String {
    let mut lines: Vec<String> = doubted.iter().map(|doubted| doubt(&doubted.serial, doubted.doubt)).collect();
    lines.push("Если всё верно, поставьте отметку и нажмите кнопку ещё раз.".to_owned());
    lines.join(" ")
}

fn doubt(serial: &str, doubt: Doubt) -> String {
    match doubt {
        Doubt::RolledOver { previous, consumed } => format!(
            "Счётчик №\u{a0}{serial}: показание меньше предыдущего ({previous}). Счётчик прошёл через нули, и расход — \
             {consumed}?"
        ),
        Doubt::Unusual { consumed, year_ago } => format!(
            "Счётчик №\u{a0}{serial}: расход {consumed}, а в том же месяце год назад было {year_ago}. Проверьте цифры и \
             запятую."
        ),
        Doubt::Nothing => format!("Счётчик №\u{a0}{serial}: показание не изменилось, расхода нет. Так и есть?"),
    }
}

/// The errors of the form without signing in.
pub(super) fn by_number(errors: ByNumberErrors) -> Vec<FieldError> {
    let ByNumberErrors { provider, number, serial_missing, value } = errors;
    let provider = provider.map(|error| match error {
        ProviderError::Missing => "Выберите поставщика из списка".to_owned(),
        ProviderError::NotAllowed => "Этот поставщик принимает показания только после входа в кабинет".to_owned(),
        ProviderError::Closed(error) => reading(&error),
    });
    let serial = serial_missing.then(|| "Введите заводской номер: он есть на счётчике и на квитанции".to_owned());
    [
        provider.map(|text| FieldError::new("provider", text)),
        number.map(|error| FieldError::new("number", crate::api::words::account_number(error))),
        serial.map(|text| FieldError::new("serial", text)),
        value.map(|error| FieldError::new("value", reading(&error))),
    ]
    .into_iter()
    .flatten()
    .collect()
}
