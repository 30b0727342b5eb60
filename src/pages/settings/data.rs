//! `/settings/data`: what is stored about the user, the consent, and what can be saved.

use leptos::prelude::*;

use super::events::EVENTS;
use super::payments::PAYMENTS;
use super::{ADDRESS, crumb};
use crate::components::{Card, RowLink};
use crate::domain::calendar::{parse_date, show_date};
use crate::http::answer::{Answer, Failure};
use crate::http::session::{AtMoney, SignedIn};
use crate::service::access::{FullAccess, OwnAccess};
use crate::service::profile::{GivenConsent, consent};

/// The address of this screen.
pub(super) const DATA: &str = "/settings/data";

/// What is stored, and for how long.
const STORED: [&str; 6] = [
    "логин, второй контакт и имя — пока есть кабинет",
    "пароль — в виде, из которого его не прочитать",
    "какие лицевые счета подключены",
    "платежи через кабинет: сумма, дата и состояние",
    "обращения и наши ответы",
    "события безопасности с сетевыми адресами — три года",
];

pub(super) async fn show(AtMoney(signed_in): AtMoney) -> Answer {
    let data = Data::load(&signed_in).await?;
    signed_in.page("Данные").under(ADDRESS).show(move || data.view()).await
}

/// The data of the page.
struct Data {
    consent: Option<GivenConsent>,
    /// The accounts in full access: they have statements.
    accounts: Vec<FullAccess>,
    offset_hours: i8,
}

impl Data {
    async fn load(signed_in: &SignedIn) -> Result<Self, Failure> {
        let services = signed_in.services();
        let accounts = OwnAccess::all(services, signed_in.id()).await?.iter().filter_map(OwnAccess::full).collect();
        let consent = consent(services, signed_in.id()).await?;
        Ok(Self { consent, accounts, offset_hours: services.settings().utc_offset_hours })
    }

    fn view(self) -> impl IntoView {
        let Self { consent, accounts, offset_hours } = self;
        view! {
            {crumb(ADDRESS, "Настройки")}
            <h1>"Данные"</h1>
            <Card title="Что хранится о вас">
                <ul>{STORED.iter().map(|item| view! { <li>{*item}</li> }).collect_view()}</ul>
                <p class="muted">"Номера карт в кабинет не попадают: их вводят на странице банка."</p>
            </Card>
            <Card title="Согласие">{consent_view(consent, offset_hours)}</Card>
            <Card title="Посмотреть и сохранить">
                <ul class="rows">
                    {accounts.iter().map(statement_row).collect_view()}
                    <RowLink href=PAYMENTS title="Мои платежи" state="Все платежи через кабинет"/>
                    <RowLink href=EVENTS title="События безопасности" state="Кто входил в кабинет и что менял"/>
                </ul>
            </Card>
            <Card title="Исправить или удалить">
                <p>
                    "Имя, логин и второй контакт вы меняете сами. Чтобы исправить другие данные, отозвать согласие или "
                    "удалить кабинет, " <a href="/feedback">"напишите нам в «Обращениях»"</a>
                    ". Данные лицевого счёта хранит ваш поставщик."
                </p>
            </Card>
        }
    }
}

fn consent_view(consent: Option<GivenConsent>, offset_hours: i8) -> impl IntoView {
    let link = view! { <a href="/consent">"Текст согласия"</a> };
    let given = match consent {
        Some(GivenConsent { at, version }) => {
            let edition = parse_date(&version).map_or(version, show_date);
            format!("Вы дали согласие {} на редакцию от {edition}. ", show_date(at.date(offset_hours)))
        }
        None => "Этот кабинет создан без формы регистрации, согласие не записано. ".to_owned(),
    };
    view! { <p>{given} {link}</p> }
}

fn statement_row(access: &FullAccess) -> impl IntoView + use<> {
    view! {
        <RowLink href=format!("/accounts/{}/statement", access.id())
            title=format!("Выписка по лицевому счёту {}", access.linked().number) state="Документ PDF или таблица"/>
    }
}
