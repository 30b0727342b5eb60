//! The texts of letters and SMS that are no notices: links, codes, PINs, events of security.

use super::Text;
use crate::domain::one_time::{LinkToken, SmsCode};
use crate::domain::pin::Pin;
use crate::service::Services;

impl Services {
    pub(in crate::service) fn letter(&self, body: &str) -> String {
        format!(
            "Здравствуйте!\n\n{body}\n\nЛичный кабинет\n{}\nПоддержка: {}\n",
            self.settings().public_url,
            self.settings().support_email
        )
    }

    /// A letter that anyone can trigger by typing an address: it tells an unintended recipient to ignore it. Letters
    /// about account events do not: there a mistake is a reason to act.
    pub(in crate::service) fn letter_anyone_may_cause(&self, body: &str) -> String {
        self.letter(&format!("{body}\n\nЕсли это письмо пришло вам по ошибке, ничего делать не нужно."))
    }

    pub(in crate::service) fn text_confirm(&self, token: &LinkToken) -> Text {
        let link = format!("{}/confirm/{}", self.settings().public_url, token.reveal());
        Text {
            subject: "Подтвердите регистрацию в личном кабинете",
            letter: self.letter_anyone_may_cause(&format!(
                "Вы регистрируетесь в личном кабинете. Чтобы подтвердить адрес, откройте ссылку:\n\n{link}\n\n\
                 Ссылка действует 24 часа и работает один раз."
            )),
            sms: String::new(),
        }
    }

    pub(in crate::service) fn text_registration_code(&self, code: &SmsCode) -> Text {
        self.text_code("регистрации в личном кабинете", code)
    }

    /// Differs from the registration's text, so that the recipient sees that the password is about to change.
    pub(in crate::service) fn text_recovery_code(&self, code: &SmsCode) -> Text {
        self.text_code("СМЕНЫ ПАРОЛЯ личного кабинета. Если это не вы, ничего не делайте", code)
    }

    /// The last line binds the code to the site, so that a phone offers to paste it (WebOTP).
    pub(in crate::service) fn text_code(&self, what_for: &str, code: &SmsCode) -> Text {
        let (host, code) = (&self.settings().public_host, code.reveal());
        Text {
            subject: "",
            letter: String::new(),
            sms: format!("{code} — код для {what_for}. Никому его не сообщайте.\n\n@{host} #{code}"),
        }
    }

    pub(in crate::service) fn text_already_registered(&self) -> Text {
        let address = &self.settings().public_url;
        Text {
            subject: "Вы уже зарегистрированы в личном кабинете",
            letter: self.letter_anyone_may_cause(&format!(
                "Кто-то (возможно, вы) пытался зарегистрироваться с этим адресом, но личный кабинет у вас уже есть.\n\n\
                 Войти: {address}/sign-in\nЗабыли пароль: {address}/recover"
            )),
            sms: format!("Личный кабинет с этим номером уже есть. Войти или сменить пароль: {address}/recover"),
        }
    }

    pub(in crate::service) fn text_recover_link(&self, token: &LinkToken) -> Text {
        let link = format!("{}/recover/{}", self.settings().public_url, token.reveal());
        Text {
            subject: "Новый пароль для личного кабинета",
            letter: self.letter_anyone_may_cause(&format!(
                "Чтобы задать новый пароль, откройте ссылку:\n\n{link}\n\nСсылка действует 10 минут и работает один раз."
            )),
            sms: String::new(),
        }
    }

    pub(in crate::service) fn text_unknown_login(&self) -> Text {
        let address = &self.settings().public_url;
        Text {
            subject: "Личного кабинета с этим адресом нет",
            letter: self.letter_anyone_may_cause(&format!(
                "Кто-то (возможно, вы) просил новый пароль для этого адреса, но личного кабинета с ним нет.\n\n\
                 Зарегистрироваться: {address}/register"
            )),
            sms: format!("Личного кабинета с этим номером нет. Зарегистрироваться: {address}/register"),
        }
    }

    pub(in crate::service) fn text_password_changed(&self) -> Text {
        Text {
            subject: "Пароль личного кабинета изменён",
            letter: self.letter(
                "Пароль вашего личного кабинета изменён, другие сеансы завершены.\n\n\
                 Если это были не вы, задайте новый пароль на странице входа и напишите нам.",
            ),
            sms: "Пароль личного кабинета изменён. Если это не вы, восстановите доступ на странице входа.".to_owned(),
        }
    }

    pub(in crate::service) fn text_pin(&self, number: &str, pin: &Pin) -> Text {
        let pin = pin.reveal();
        Text {
            subject: "ПИН-код лицевого счёта",
            letter: self.letter(&format!(
                "ПИН-код для лицевого счёта {number}: {pin}\n\n\
                 Введите его на странице лицевого счёта, чтобы открыть полную версию. Никому его не сообщайте."
            )),
            sms: format!("ПИН-код лицевого счёта {number}: {pin}. Никому его не сообщайте."),
        }
    }

    pub(in crate::service) fn text_pin_refused(&self, number: &str, reason: &str) -> Text {
        Text {
            subject: "Запрос ПИН-кода отклонён",
            letter: self.letter(&format!(
                "Мы не смогли отправить ПИН-код для лицевого счёта {number}.\n\nПричина: {reason}\n\n\
                 Вы можете отправить новый запрос или взять ПИН-код с бумажной квитанции."
            )),
            sms: format!("Запрос ПИН-кода для л/с {number} отклонён: {reason}"),
        }
    }

    pub(in crate::service) fn text_new_owner(&self, number: &str) -> Text {
        Text {
            subject: "Кто-то ещё получил доступ к вашему лицевому счёту",
            letter: self.letter(&format!(
                "К лицевому счёту {number} открыт полный доступ ещё в одном личном кабинете.\n\n\
                 Если вы не знаете, кто это, напишите нам: мы поможем сменить ПИН-код."
            )),
            sms: format!("К л/с {number} открыт доступ ещё в одном личном кабинете. Не вы? Напишите в поддержку."),
        }
    }

    /// An answer to a person without an account. The address may belong to someone else, by mistake or on purpose.
    pub(in crate::service) fn text_guest_answer(&self, subject: &str, answer: &str) -> Text {
        let link = format!("{}/feedback", self.settings().public_url);
        Text {
            subject: "Ответ на ваше обращение",
            letter: self.letter_anyone_may_cause(&format!(
                "Мы ответили на обращение «{subject}»:\n\n{answer}\n\nНаписать нам ещё раз: {link}"
            )),
            sms: format!("Ответ на ваше обращение: {answer}"),
        }
    }
}
