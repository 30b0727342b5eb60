//! `/settings/notifications`: which letters and SMS go where.

use leptos::prelude::*;

use super::profile::PROFILE;
use super::{ADDRESS, addresses, crumb};
use crate::components::Card;
use crate::domain::login::Login;
use crate::http::answer::Answer;
use crate::http::session::AtMoney;
use crate::service::contacts::second_contact;

/// The address of this screen.
pub(super) const NOTIFICATIONS: &str = "/settings/notifications";

/// What only the login gets.
const TO_LOGIN: [&str; 3] = ["платёж принят", "мы ответили на обращение", "кто-то запросил новый пароль"];
/// What the login and the second contact get.
const TO_BOTH: [&str; 6] = [
    "изменён пароль или логин",
    "добавлен или удалён второй контакт",
    "включён, выключен или сброшен вход с кодом, использован запасной код",
    "кто-то ещё получил доступ к вашему лицевому счёту",
    "поставщик закрыл полную версию лицевого счёта",
    "вход в кабинет закрыт",
];

pub(super) async fn show(AtMoney(signed_in): AtMoney) -> Answer {
    let login = signed_in.user.login.clone();
    let contact = second_contact(signed_in.services(), signed_in.id()).await?;
    signed_in.page("Уведомления").under(ADDRESS).show(move || view(&login, contact.as_ref())).await
}

fn view(login: &Login, contact: Option<&Login>) -> impl IntoView + use<> {
    let (login, both) = (login.show(), format!("На {}", addresses(login, contact)));
    let none = contact.is_none().then(|| {
        view! {
            <p>
                "Если указать в разделе " <a href=PROFILE>"«Профиль»"</a>
                " второй контакт, эти сообщения придут и на него."
            </p>
        }
    });
    view! {
        {crumb(ADDRESS, "Настройки")}
        <h1>"Уведомления"</h1>
        <Card title="Платежи и обращения">
            <p class="long-text">{format!("На {login}, когда:")}</p>
            {list(&TO_LOGIN)}
        </Card>
        <Card title="Защита кабинета">
            <p class="long-text">{both} ", когда:"</p>
            {list(&TO_BOTH)}
            {none}
        </Card>
        <Card title="ПИН-код и коды">
            <p>
                "ПИН-код или отказ в нём приходит туда, куда вы попросили в запросе. Код подтверждения приходит на тот адрес, "
                "который нужно подтвердить."
            </p>
        </Card>
    }
}

fn list(items: &'static [&'static str]) -> impl IntoView {
    view! { <ul>{items.iter().map(|item| view! { <li>{*item}</li> }).collect_view()}</ul> }
}
