//! Letters and SMS about second contacts and changed logins.

use crate::domain::login::Login;
use crate::domain::one_time::SmsCode;
use crate::service::Services;
use crate::service::messages::Text;

const NOT_YOU: &str = "Если это были не вы, смените пароль и напишите нам.";

impl Services {
    /// The code that confirms a new second contact.
    pub(super) fn text_contact_code(&self, code: &SmsCode) -> Text {
        let sms = self.text_code("подтверждения второго контакта в личном кабинете", code).sms;
        Text {
            subject: "Код для второго контакта",
            letter: self.letter_with_code("Этот адрес хотят указать в личном кабинете как второй контакт.", code),
            sms,
        }
    }

    /// The code that confirms a new login.
    pub(super) fn text_login_code(&self, code: &SmsCode) -> Text {
        let sms = self.text_code("СМЕНЫ ЛОГИНА личного кабинета", code).sms;
        Text {
            subject: "Код для смены логина",
            letter: self.letter_with_code("Этот адрес хотят сделать логином личного кабинета.", code),
            sms,
        }
    }

    fn letter_with_code(&self, what: &str, code: &SmsCode) -> String {
        self.letter_anyone_may_cause(&format!(
            "{what}\n\nКод подтверждения: {}\n\nОн действует 10 минут. Никому его не сообщайте.",
            code.reveal()
        ))
    }

    /// In place of the code, when the new login has a user: the page does not reveal it.
    pub(super) fn text_login_taken(&self) -> Text {
        let address = &self.settings().public_url;
        Text {
            subject: "С этим адресом уже есть личный кабинет",
            letter: self.letter_anyone_may_cause(&format!(
                "Кто-то (возможно, вы) хотел сделать этот адрес логином другого личного кабинета, но кабинет с ним уже \
                 есть.\n\nВойти: {address}/sign-in\nЗабыли пароль: {address}/recover"
            )),
            sms: format!(
                "Личный кабинет с этим номером уже есть, логином другого он не станет. Войти: {address}/sign-in"
            ),
        }
    }

    /// The new login is masked: the letter goes to an address that may be lost.
    pub(super) fn text_login_changed(&self, new: &Login) -> Text {
        let new = new.masked();
        Text {
            subject: "Логин личного кабинета изменён",
            letter: self.letter(&format!(
                "Теперь для входа в личный кабинет нужен другой логин: {new}. Письма приходят туда же.\n\n\
                 Если это были не вы, сразу напишите нам."
            )),
            sms: format!("Логин личного кабинета изменён на {new}. Если это не вы, сразу напишите в поддержку."),
        }
    }

    pub(super) fn text_contact_added(&self, contact: &Login) -> Text {
        let contact = contact.masked();
        Text {
            subject: "Добавлен второй контакт",
            letter: self.letter(&format!(
                "Второй контакт вашего личного кабинета: {contact}. Туда тоже будут приходить сообщения о защите \
                 кабинета.\n\n{NOT_YOU}"
            )),
            sms: format!("Второй контакт личного кабинета: {contact}. {NOT_YOU}"),
        }
    }

    pub(super) fn text_contact_removed(&self, contact: &Login) -> Text {
        let contact = contact.masked();
        Text {
            subject: "Второй контакт удалён",
            letter: self.letter(&format!(
                "Второй контакт {contact} удалён из вашего личного кабинета. Сообщения о защите кабинета туда больше не \
                 приходят.\n\n{NOT_YOU}"
            )),
            sms: format!("Второй контакт {contact} удалён из личного кабинета. {NOT_YOU}"),
        }
    }
}
