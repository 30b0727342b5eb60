//! Letters and SMS: their texts, how they get into the outbox, and how the worker sends them.

use futures::future::join_all;

use super::{Fault, Services};
use crate::domain::calendar::Span;
use crate::domain::id::{MessageId, UserId};
use crate::domain::login::Login;
use crate::domain::one_time::{LinkToken, SmsCode};
use crate::domain::pin::Pin;
use crate::gateway::mail::{Letter, SendError};
use crate::gateway::sms::Sms;
use crate::storage::outbox::{Channel, OutboxMessage};
use crate::storage::{Connection, Database, contacts, outbox};

/// How long a worker's lease on its batch lasts. Messages are sent in parallel, each within a gateway's timeout of at
/// most a minute, so a batch ends before another worker can lease it.
const LEASE: Span = Span::minutes(2);
/// Messages per batch: as many as there are connections to the mail server.
const BATCH: i64 = 10;
/// Tries before a message is marked as failed: with the back-off below about a day and a half.
const MAX_TRIES: i64 = 12;
/// The purpose of bodies that were sealed before each was bound to its message.
const OLDER_PURPOSE: &str = "outbox";

/// The purposes of a sealed body: bound to its message, it cannot be moved to another recipient. The older purpose
/// comes second.
pub(super) fn outbox_purposes(message_id: &str) -> [String; 2] {
    [format!("outbox:{message_id}"), OLDER_PURPOSE.to_owned()]
}

/// The texts of a message, by channel.
#[derive(Clone)]
pub(super) struct Text {
    pub subject: &'static str,
    pub letter: String,
    pub sms: String,
}

impl Services {
    /// Writes a letter or an SMS into the outbox, in the transaction of the change that causes it.
    pub(super) async fn send(&self, connection: &mut Connection, to: &Login, text: Text) -> Result<(), Fault> {
        let (channel, subject, body) = match to {
            Login::Email(_) => (Channel::Mail, text.subject, text.letter),
            Login::Phone(_) => (Channel::Sms, "", text.sms),
        };
        let id = MessageId::trusted(self.nature().id());
        let [purpose, _] = outbox_purposes(id.as_str());
        let message = OutboxMessage {
            sealed_body: self.vault().seal(&purpose, &body),
            id,
            channel,
            recipient: to.as_str().to_owned(),
            subject: subject.to_owned(),
            tries: 0,
        };
        Ok(outbox::insert(connection, &message, self.now()).await?)
    }

    /// Writes a security event to the login and the second contact of a user: a lost mailbox or phone must not hide it.
    pub(super) async fn alert(
        &self,
        connection: &mut Connection,
        user_id: &UserId,
        login: &Login,
        text: Text,
    ) -> Result<(), Fault> {
        let contact = contacts::of_user(connection, user_id).await?;
        for address in std::iter::once(login).chain(&contact) {
            self.send(connection, address, text.clone()).await?;
        }
        Ok(())
    }

    pub(super) fn letter(&self, body: &str) -> String {
        format!(
            "Здравствуйте!\n\n{body}\n\nЛичный кабинет\n{}\nПоддержка: {}\n",
            self.settings().public_url,
            self.settings().support_email
        )
    }

    /// A letter that anyone can trigger by typing an address: it tells an unintended recipient to ignore it. Letters
    /// about account events do not: there a mistake is a reason to act.
    pub(super) fn letter_anyone_may_cause(&self, body: &str) -> String {
        self.letter(&format!("{body}\n\nЕсли это письмо пришло вам по ошибке, ничего делать не нужно."))
    }

    pub(super) fn text_confirm(&self, token: &LinkToken) -> Text {
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

    pub(super) fn text_registration_code(&self, code: &SmsCode) -> Text {
        self.text_code("регистрации в личном кабинете", code)
    }

    /// Differs from the registration's text, so that the recipient sees that the password is about to change.
    pub(super) fn text_recovery_code(&self, code: &SmsCode) -> Text {
        self.text_code("СМЕНЫ ПАРОЛЯ личного кабинета. Если это не вы, ничего не делайте", code)
    }

    /// The last line binds the code to the site, so that a phone offers to paste it (WebOTP).
    pub(super) fn text_code(&self, what_for: &str, code: &SmsCode) -> Text {
        let (host, code) = (&self.settings().public_host, code.reveal());
        Text {
            subject: "",
            letter: String::new(),
            sms: format!("{code} — код для {what_for}. Никому его не сообщайте.\n\n@{host} #{code}"),
        }
    }

    pub(super) fn text_already_registered(&self) -> Text {
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

    pub(super) fn text_recover_link(&self, token: &LinkToken) -> Text {
        let link = format!("{}/recover/{}", self.settings().public_url, token.reveal());
        Text {
            subject: "Новый пароль для личного кабинета",
            letter: self.letter_anyone_may_cause(&format!(
                "Чтобы задать новый пароль, откройте ссылку:\n\n{link}\n\nСсылка действует 10 минут и работает один раз."
            )),
            sms: String::new(),
        }
    }

    pub(super) fn text_unknown_login(&self) -> Text {
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

    pub(super) fn text_password_changed(&self) -> Text {
        Text {
            subject: "Пароль личного кабинета изменён",
            letter: self.letter(
                "Пароль вашего личного кабинета изменён, другие сеансы завершены.\n\n\
                 Если это были не вы, задайте новый пароль на странице входа и напишите нам.",
            ),
            sms: "Пароль личного кабинета изменён. Если это не вы, восстановите доступ на странице входа.".to_owned(),
        }
    }

    pub(super) fn text_pin(&self, number: &str, pin: &Pin) -> Text {
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

    pub(super) fn text_pin_refused(&self, number: &str, reason: &str) -> Text {
        Text {
            subject: "Запрос ПИН-кода отклонён",
            letter: self.letter(&format!(
                "Мы не смогли отправить ПИН-код для лицевого счёта {number}.\n\nПричина: {reason}\n\n\
                 Вы можете отправить новый запрос или взять ПИН-код с бумажной квитанции."
            )),
            sms: format!("Запрос ПИН-кода для л/с {number} отклонён: {reason}"),
        }
    }

    pub(super) fn text_new_owner(&self, number: &str) -> Text {
        Text {
            subject: "Кто-то ещё получил доступ к вашему лицевому счёту",
            letter: self.letter(&format!(
                "К лицевому счёту {number} открыт полный доступ ещё в одном личном кабинете.\n\n\
                 Если вы не знаете, кто это, напишите нам: мы поможем сменить ПИН-код."
            )),
            sms: format!("К л/с {number} открыт доступ ещё в одном личном кабинете. Не вы? Напишите в поддержку."),
        }
    }

    pub(super) fn text_feedback_answer(&self, subject: &str, answer: &str, thread: &str) -> Text {
        let link = format!("{}/feedback/{thread}", self.settings().public_url);
        Text {
            subject: "Ответ на ваше обращение",
            letter: self.letter(&format!("Мы ответили на обращение «{subject}»:\n\n{answer}\n\nВся переписка: {link}")),
            sms: format!("Мы ответили на ваше обращение: {link}"),
        }
    }

    /// An answer to a person without an account. The address may belong to someone else, by mistake or on purpose.
    pub(super) fn text_guest_answer(&self, subject: &str, answer: &str) -> Text {
        let link = format!("{}/feedback", self.settings().public_url);
        Text {
            subject: "Ответ на ваше обращение",
            letter: self.letter_anyone_may_cause(&format!(
                "Мы ответили на обращение «{subject}»:\n\n{answer}\n\nНаписать нам ещё раз: {link}"
            )),
            sms: format!("Ответ на ваше обращение: {answer}"),
        }
    }

    pub(super) fn text_paid(&self, number: &str, amount: &str) -> Text {
        Text {
            subject: "Платёж принят",
            letter: self
                .letter(&format!("Платёж {amount} по лицевому счёту {number} принят. Фискальный чек придёт отдельно.")),
            sms: format!("Платёж {amount} по л/с {number} принят."),
        }
    }
}

/// Sends a batch of due messages. Returns the size of the batch; call again until it is 0.
///
/// # Errors
/// [`Fault`] when the outbox itself cannot be read or written.
pub async fn deliver(services: &Services) -> Result<usize, Fault> {
    let now = services.now();
    let mut tx = services.db().begin().await?;
    let batch = outbox::lease(&mut tx, now, now.plus(LEASE), BATCH).await?;
    Database::commit(tx).await?;
    let delivered = join_all(batch.iter().map(|message| deliver_one(services, message))).await;
    delivered.into_iter().collect::<Result<(), Fault>>()?;
    Ok(batch.len())
}

async fn deliver_one(services: &Services, message: &OutboxMessage) -> Result<(), Fault> {
    let [purpose, older] = outbox_purposes(message.id.as_str());
    let vault = services.vault();
    let opened = vault.unseal(&purpose, &message.sealed_body).or_else(|_| vault.unseal(&older, &message.sealed_body));
    let sent = match opened {
        Ok(body) => hand_over(services, message, body).await,
        Err(_) => Err(SendError::Permanent("the text was sealed with another key".to_owned())),
    };
    let now = services.now();
    let mut tx = services.db().begin().await?;
    match sent {
        Ok(()) => outbox::mark_sent(&mut tx, &message.id, now).await?,
        Err(SendError::Temporary(error)) if message.tries < MAX_TRIES => {
            tracing::warn!(message.id = %message.id, message.tries, error, "a message was not sent, will try again");
            outbox::retry_at(&mut tx, &message.id, now.plus(back_off(message.tries)), &error).await?;
        }
        Err(SendError::Temporary(error) | SendError::Permanent(error)) => {
            tracing::error!(message.id = %message.id, message.tries, error, "a message is given up");
            outbox::mark_failed(&mut tx, &message.id, &error).await?;
        }
    }
    Ok(Database::commit(tx).await?)
}

async fn hand_over(services: &Services, message: &OutboxMessage, body: String) -> Result<(), SendError> {
    match message.channel {
        Channel::Mail => {
            let letter = Letter::plain(message.recipient.clone(), message.subject.clone(), body);
            services.inner.mailer.send(&letter).await
        }
        Channel::Sms => services.inner.sms.send(&Sms { to: message.recipient.clone(), text: body }).await,
    }
}

/// 15 s, doubled with every try, at most 6 h.
fn back_off(tries: i64) -> Span {
    let doublings = u32::try_from(tries.clamp(1, 12) - 1).unwrap_or(0);
    Span::seconds((15_i64 << doublings).min(6 * 3600))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_between_tries_double_and_end_at_six_hours() {
        assert_eq!(back_off(1), Span::seconds(15));
        assert_eq!(back_off(2), Span::seconds(30));
        assert_eq!(back_off(12), Span::hours(6));
        assert_eq!(back_off(i64::MAX), Span::hours(6));
    }
}
