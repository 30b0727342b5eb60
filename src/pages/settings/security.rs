//! `/settings/security`: rows for the password, the second factor, the sessions and the events.

use leptos::prelude::*;

use super::events::{EVENTS, owner, tries_line};
use super::password::PASSWORD;
use super::second_factor::SECOND_FACTOR;
use super::sessions::SESSIONS;
use super::{ADDRESS, crumb};
use crate::components::{Card, RowLink};
use crate::domain::paging::AskedPage;
use crate::http::answer::{Answer, Failure};
use crate::http::session::{AtMoney, SignedIn};
use crate::service::audit::{Show, Tries, events};
use crate::service::second_factor::{State as Factor, state};
use crate::service::sessions;

/// The address of this screen.
pub(super) const SECURITY: &str = "/settings/security";

pub(super) async fn show(AtMoney(signed_in): AtMoney) -> Answer {
    let security = Security::load(&signed_in).await?;
    signed_in.page("Безопасность").under(ADDRESS).show(move || security.view()).await
}

/// The data of the page.
struct Security {
    second_factor: String,
    sessions: String,
    newest_event: String,
    tries: Tries,
    by_phone: bool,
    offset_hours: i8,
}

impl Security {
    async fn load(signed_in: &SignedIn) -> Result<Self, Failure> {
        let services = signed_in.services();
        let offset_hours = services.settings().utc_offset_hours;
        let owner = owner(signed_in);
        let shown = events(services, &owner, Show::Important, AskedPage::FIRST).await?;
        let newest_event = shown.events.first().map_or_else(
            || "Событий пока нет".to_owned(),
            |event| format!("{}, {}", event.words, event.at.show(offset_hours)),
        );
        let sessions = sessions::list(services, signed_in.id()).await?.len();
        Ok(Self {
            second_factor: match state(services, &owner).await? {
                Factor::Off => "Выключен: при входе достаточно пароля".to_owned(),
                Factor::On { backup_codes } => format!("Включён. Запасных кодов осталось: {backup_codes}"),
            },
            sessions: format!("Открыто сеансов: {sessions}"),
            newest_event,
            tries: shown.tries,
            by_phone: signed_in.user.login.is_phone(),
            offset_hours,
        })
    }

    fn view(self) -> impl IntoView {
        let Self { second_factor, sessions, newest_event, tries, by_phone, offset_hours } = self;
        let risk = by_phone.then(|| {
            view! {
                <p>
                    "Ваш логин — телефон: пароль можно сменить по SMS, а сообщения и номера иногда перехватывают. Код из "
                    "приложения защищает надёжнее."
                </p>
            }
        });
        view! {
            {crumb(ADDRESS, "Настройки")}
            <h1>"Безопасность"</h1>
            <Card>
                <ul class="rows">
                    <RowLink href=PASSWORD title="Пароль" state="Нужен при каждом входе, его можно сменить"/>
                    <RowLink href=SECOND_FACTOR title="Вход с кодом" state=second_factor/>
                    <RowLink href=SESSIONS title="Где выполнен вход" state=sessions/>
                    <RowLink href=EVENTS title="Все события" state=newest_event/>
                </ul>
            </Card>
            {risk}
            {tries_line(tries, offset_hours)}
        }
    }
}
