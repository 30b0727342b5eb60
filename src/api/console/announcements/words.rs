//! The errors of the form of an announcement in everyday Russian, each at its field.

use crate::api::words::text;
use crate::domain::address::{HousesError, StreetError};
use crate::domain::announcement::{AccountsError, MAX_ACCOUNTS, TimeError};
use crate::domain::form::FieldError;
use crate::service::announcements::DraftFault;

pub(super) fn faults(faults: Vec<DraftFault>) -> Vec<FieldError> {
    faults.into_iter().map(fault).collect()
}

fn fault(fault: DraftFault) -> FieldError {
    let (field, message) = match fault {
        DraftFault::Provider => ("provider", "Выберите поставщика из списка".to_owned()),
        DraftFault::Kind => ("kind", "Выберите, о чём объявление".to_owned()),
        DraftFault::Title(error) => ("title", text(error, "Напишите заголовок")),
        DraftFault::Text(error) => ("text", text(error, "Напишите текст объявления")),
        DraftFault::Mark(line) => (
            "text",
            format!(
                "Строку {line} портал не покажет. Можно писать абзацы, списки, **жирный** и ссылки \
                 [слова](https://…), без тегов и заголовков"
            ),
        ),
        DraftFault::Starts(error) => ("starts", time(error)),
        DraftFault::Ends(error) => ("ends", time(error)),
        DraftFault::Audience => ("audience", "Выберите, кому показать объявление".to_owned()),
        DraftFault::Street(error) => ("street", street(error).to_owned()),
        DraftFault::Houses(error) => ("houses", houses(error)),
        DraftFault::HousesTooLong(most) => ("houses", format!("Слишком длинный список: можно не больше {most} знаков")),
        DraftFault::Accounts(error) => ("accounts", accounts(error)),
        DraftFault::Debt => ("debt", "Введите сумму в рублях, например 1000 или 500,50".to_owned()),
    };
    FieldError::new(field, message)
}

fn time(error: TimeError) -> String {
    let words = match error {
        TimeError::NotAMoment => "Укажите день и время, например 03.12.2026 09:00",
        TimeError::NotAfter => "Конец должен быть позже начала",
        TimeError::TooLong => "Объявление действует не дольше года. Укажите более ранний конец",
        TimeError::Passed => "Это время уже прошло. Укажите более позднее",
    };
    words.to_owned()
}

const fn street(error: StreetError) -> &'static str {
    match error {
        StreetError::NoName => "Напишите улицу, например «ул. Ленина» или «г. Пермь, ул. Ленина»",
        StreetError::HasHouse => "Здесь только улица. Номера домов напишите в поле ниже",
    }
}

fn houses(error: HousesError) -> String {
    match error {
        HousesError::Item(item) => {
            format!("«{item}» — не дом. Пишите так: «1–15 нечётные, 20, 10к2»")
        }
        HousesError::TooMany(most) => format!("Слишком много домов: можно не больше {most}. Напишите их диапазоном"),
    }
}

fn accounts(error: AccountsError) -> String {
    match error {
        AccountsError::Empty => "Напишите номера лицевых счетов".to_owned(),
        AccountsError::NotANumber(place) => {
            format!("Номер на {place}-м месте не подходит этому поставщику. Проверьте его")
        }
        AccountsError::TooMany => format!("Слишком много номеров: можно не больше {MAX_ACCOUNTS}"),
    }
}
