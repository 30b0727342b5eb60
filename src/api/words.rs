//! Error texts in everyday Russian: what is wrong and what to do. One place for errors that several pages show.

use crate::domain::account::AccountNumberError;
use crate::domain::form::{FieldError, Outcome};
use crate::domain::login::LoginError;
use crate::domain::one_time::CodeError;
use crate::domain::password::{PasswordError, PasswordPolicy};
use crate::domain::text::TextError;
use crate::service::Fault;
use crate::service::limits::TooOften;
use crate::service::refused::Refused;
use crate::service::second_factor::CodeRefused;
use crate::telemetry::{self, SecurityEvent};

/// A login error.
pub fn login(error: LoginError) -> String {
    let words = match error {
        LoginError::Empty => "Введите электронную почту или телефон",
        LoginError::NotAPhone => "Введите мобильный телефон целиком, например +7 902 123-45-67",
        LoginError::NotAnEmail => "Проверьте адрес почты: он должен быть вида имя@example.ru",
        LoginError::CardNumber => {
            telemetry::security(SecurityEvent::CardNumberRefused);
            "Похоже на номер карты. Никогда не пишите его здесь"
        }
        LoginError::CyrillicLetter { letter, place } => {
            return format!(
                "В адресе есть русская буква «{letter}», {place}-й знак. Переключите раскладку и наберите её заново"
            );
        }
        LoginError::Neither => "Введите почту вида имя@example.ru или телефон вида +7 902 123-45-67",
    };
    words.to_owned()
}

/// The fields of two that were left empty, each with what to type.
pub fn missing(fields: [(bool, &'static str, &'static str); 2]) -> Outcome {
    let empty = fields.into_iter().filter(|(empty, ..)| *empty);
    Outcome::Invalid(empty.map(|(_, field, what)| FieldError::new(field, what)).collect())
}

/// An error of a new password.
pub const fn password(error: PasswordError, policy: PasswordPolicy) -> &'static str {
    match (error, policy) {
        (PasswordError::Empty, _) => "Придумайте пароль",
        (PasswordError::TooShort, PasswordPolicy::Manual) => "Пароль слишком короткий: нужно от 5 до 10 знаков",
        (PasswordError::TooShort, PasswordPolicy::Modern) => "Пароль слишком короткий: нужно от 8 знаков",
        (PasswordError::TooLong, PasswordPolicy::Manual) => "Пароль слишком длинный: нужно от 5 до 10 знаков",
        (PasswordError::TooLong, PasswordPolicy::Modern) => "Пароль слишком длинный: не больше 128 знаков",
        (PasswordError::WrongCharacters, _) => "В пароле могут быть только латинские буквы и цифры",
        (PasswordError::TooFewDistinct, _) => "В пароле должно быть хотя бы 4 разных знака",
        (PasswordError::SameAsLogin, _) => "Пароль не должен совпадать с логином",
        (PasswordError::TooCommon, _) => "Этот пароль слишком простой, его легко подобрать. Придумайте другой",
        (PasswordError::ContextWord, _) => {
            "Пароль нельзя делать из логина, номера счёта или названий. Придумайте другой"
        }
    }
}

/// An error of free text; `empty` says what to type.
pub fn text(error: TextError, empty: &str) -> String {
    match error {
        TextError::Empty => empty.to_owned(),
        TextError::TooLong(most) => format!("Слишком длинный текст: можно не больше {most} знаков"),
        TextError::ControlCharacters => "В тексте есть невидимые знаки. Наберите его заново".to_owned(),
        TextError::CardNumber => {
            telemetry::security(SecurityEvent::CardNumberRefused);
            "Похоже на номер карты. Никогда не пишите его здесь: уберите его из текста".to_owned()
        }
    }
}

/// The account number was left empty.
pub const NO_ACCOUNT_NUMBER: &str = "Введите номер лицевого счёта с квитанции";

/// An error of an account number.
pub fn account_number(error: AccountNumberError) -> String {
    match error {
        AccountNumberError::Empty => NO_ACCOUNT_NUMBER.to_owned(),
        AccountNumberError::NotDigits => "В номере лицевого счёта могут быть только цифры".to_owned(),
        AccountNumberError::WrongLength { expected } => {
            format!("У этого поставщика номер лицевого счёта из {expected} цифр. Проверьте его по квитанции")
        }
    }
}

/// The title of a refusal that ends by itself: a limit of tries or of letters.
pub const WAIT: &str = "Подождите немного";
/// The title of a refusal of a code that can no longer be used.
pub const NEW_CODE: &str = "Нужен новый код";
/// The title of a refusal of a locked user.
pub const CLOSED: &str = "Вход закрыт";
/// The title of a refusal of a message in a thread that has too many.
pub const THREAD_FULL: &str = "Обращение заполнено";

/// The rate limit was exceeded.
pub fn too_often(TooOften { seconds }: TooOften) -> String {
    format!("Слишком много попыток. Попробуйте снова через {}", wait(seconds))
}

/// The second step of a sign-in took too long.
pub const SECOND_STEP_EXPIRED: &str =
    "Введите пароль ещё раз: код для входа принимается в течение 10\u{a0}минут после пароля.";

/// The user was locked by an administrator.
pub fn locked(support_email: &str) -> String {
    format!("Вход в этот кабинет закрыт. Напишите нам, и мы разберёмся: {support_email}")
}

/// An error of a typed SMS code.
pub const fn sms_code(error: CodeError) -> &'static str {
    match error {
        CodeError::Empty => "Введите 6 цифр из SMS",
        CodeError::NotSixDigits => "В коде 6 цифр. Проверьте, все ли они введены",
    }
}

/// An error of a typed code that a letter or an SMS brought.
pub const fn code(error: CodeError) -> &'static str {
    match error {
        CodeError::Empty => "Введите 6 цифр кода",
        CodeError::NotSixDigits => sms_code(error),
    }
}

/// The current password is wrong.
pub const WRONG_CURRENT_PASSWORD: &str = "Текущий пароль не подошёл. Проверьте раскладку клавиатуры";

/// The second factor is being set up in another browser.
pub const SECRET_REPLACED: &str =
    "Настройку начали в другом браузере. Отсканируйте код с этой страницы и введите новые шесть цифр";

/// The refusal of a second-factor code at its field.
///
/// # Errors
/// The [`Fault`] when the check failed with an internal error.
pub fn factor_code(refused: Refused<CodeRefused>, field: &'static str) -> Result<Outcome, Fault> {
    let error = match refused {
        Refused::This(error) => error,
        Refused::TooOften(limit) => return Ok(Outcome::no_mistake(field, WAIT, too_often(limit))),
        Refused::Fault(fault) => return Err(fault),
    };
    Ok(match error {
        CodeRefused::Form => Outcome::invalid(field, "Введите шесть цифр из приложения или запасной код"),
        CodeRefused::Wrong => {
            let words = "Код не подошёл или уже использован. Дождитесь следующего кода и введите его";
            Outcome::invalid(field, words)
        }
        CodeRefused::Late => {
            new_code_needed(field, "Этот код только что сменился. Введите тот, который приложение показывает сейчас")
        }
        CodeRefused::Gone => Outcome::no_mistake(field, "Время вышло", "Начните сначала"),
        CodeRefused::Replaced => new_code_needed(field, SECRET_REPLACED),
    })
}

/// A wrong code.
pub fn wrong_code(left: i64) -> String {
    format!("Код не подошёл. Осталось попыток: {left}")
}

/// The refusal of a code that can no longer be used.
pub fn new_code_needed(field: &'static str, why: &'static str) -> Outcome {
    Outcome::no_mistake(field, NEW_CODE, why)
}

/// The last try was used up.
pub const NO_TRIES_LEFT: &str = "Попытки закончились. Запросите новый код";
/// The code has expired.
pub const CODE_EXPIRED: &str = "Время действия кода вышло. Запросите новый код";

/// The letter or the code cannot be sent again yet.
pub fn send_again_in(TooOften { seconds }: TooOften) -> String {
    format!("Новое письмо или код можно запросить через {}", wait(seconds))
}

/// The waiting time in words.
pub fn wait(seconds: i64) -> String {
    match seconds {
        ..90 => format!("{seconds}\u{a0}с"),
        90..5400 => format!("{}\u{a0}мин", (seconds + 59) / 60),
        _ => format!("{}\u{a0}ч", (seconds + 3599) / 3600),
    }
}
