//! Notifications about the second factor: it was switched on or off, or a backup code was used.

use crate::domain::id::Owner;
use crate::domain::login::Login;
use crate::service::messages::Text;
use crate::service::{Fault, Services};
use crate::storage::{Connection, operators, users};

/// What happened to the factor.
#[derive(Clone, Copy)]
pub(super) enum Event {
    /// It was switched on.
    On,
    /// It was switched off, by the person.
    Off,
    /// An administrator removed it.
    Reset,
    /// A backup code was used.
    BackupUsed,
}

const NOT_YOU: &str = "Если это были не вы, смените пароль и напишите нам.";

impl Event {
    const fn subject(self) -> &'static str {
        match self {
            Self::On => "Включён вход с кодом",
            Self::Off => "Вход с кодом выключен",
            Self::Reset => "Вход с кодом сброшен",
            Self::BackupUsed => "Вход с запасным кодом",
        }
    }

    /// After a reset the texts for operators and users differ: the factor is mandatory for operators.
    const fn body(self, owner: &Owner) -> &'static str {
        match (self, owner) {
            (Self::On, _) => "Теперь при входе кроме пароля нужен код из приложения.",
            (Self::Off, _) => "Теперь для входа достаточно пароля.",
            (Self::Reset, Owner::User(_)) => {
                "Мы выключили вход с кодом: теперь достаточно пароля. Включить его снова можно в настройках."
            }
            (Self::Reset, Owner::Operator(_)) => {
                "Администратор сбросил вход с кодом. При следующем входе настройте приложение с кодами ещё раз."
            }
            (Self::BackupUsed, _) => "Только что использован один из ваших запасных кодов.",
        }
    }

    const fn sms(self) -> &'static str {
        match self {
            Self::On => "включён вход с кодом из приложения",
            Self::Off => "вход с кодом выключен",
            Self::Reset => "вход с кодом сброшен",
            Self::BackupUsed => "использован запасной код",
        }
    }

    fn text(self, services: &Services, owner: &Owner) -> Text {
        Text {
            subject: self.subject(),
            letter: services.letter(&format!("{}\n\n{NOT_YOU}", self.body(owner))),
            sms: format!("Личный кабинет: {}. {NOT_YOU}", self.sms()),
        }
    }
}

/// Sends the person a letter or an SMS. An operator without a contact sees the event in the audit trail only.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub(super) async fn notify(
    services: &Services,
    connection: &mut Connection,
    owner: &Owner,
    event: Event,
) -> Result<(), Fault> {
    let text = event.text(services, owner);
    match owner {
        Owner::User(id) => {
            let Some(user) = users::by_id(connection, id).await? else { return Ok(()) };
            services.alert(connection, id, &user.login, text).await
        }
        Owner::Operator(id) => {
            let operator = operators::by_id(connection, id).await?;
            let contact =
                operator.and_then(|operator| operator.contact).and_then(|contact| Login::parse(&contact).ok());
            let Some(contact) = contact else { return Ok(()) };
            services.send(connection, &contact, text).await
        }
    }
}
