//! `/settings/accounts`: linking and unlinking accounts (M8, M10); the settings show the same list.

use leptos::prelude::*;

use super::{ADDRESS, crumb, unlink};
use crate::components::{Badge, BadgeKind, EmptyState, Hint, LinkButton};
use crate::domain::account::{Access, LinkedAccount};
use crate::domain::hint::Topic;
use crate::http::answer::{Answer, Failure};
use crate::http::session::{AtMoney, SignedIn};
use crate::service::access::OwnAccess;

/// The address of this screen.
pub(super) const ACCOUNTS: &str = "/settings/accounts";

pub(super) async fn show(AtMoney(signed_in): AtMoney) -> Answer {
    let accounts = Accounts::load(&signed_in).await?;
    let body = move || {
        view! {
            {crumb(ADDRESS, "Настройки")}
            <h1>"Лицевые счета"</h1>
            {accounts.view()}
        }
    };
    signed_in.page("Лицевые счета").under(ADDRESS).show(body).await
}

/// The linked accounts of a user, and how many are possible.
pub(super) struct Accounts {
    linked: Vec<OwnAccess>,
    most: u8,
}

impl Accounts {
    pub(super) async fn load(signed_in: &SignedIn) -> Result<Self, Failure> {
        let services = signed_in.services();
        Ok(Self { linked: OwnAccess::all(services, signed_in.id()).await?, most: services.settings().max_links })
    }

    /// How many are linked, in a line.
    pub(super) fn state(&self) -> String {
        format!("Подключено: {} из {}", self.linked.len(), self.most)
    }

    /// Each account with its «Отключить», and the button that links another.
    pub(super) fn view(self) -> impl IntoView {
        let Self { linked, most } = self;
        let count = linked.len();
        let list = if linked.is_empty() {
            view! {
                <EmptyState title="Пока ни одного лицевого счёта">
                    <p>"Подключите лицевой счёт: его номер напечатан на квитанции."</p>
                </EmptyState>
            }
            .into_any()
        } else {
            view! {
                <ul class="rows">{linked.into_iter().map(account_row).collect_view()}</ul>
                <p class="muted">"Ненужный счёт можно отключить. " <Hint topic=Topic::Unlink/></p>
            }
            .into_any()
        };
        let link = if count < usize::from(most) {
            view! { <p><LinkButton href="/accounts/link">"ПОДКЛЮЧИТЬ ЛИЦЕВОЙ СЧЁТ"</LinkButton></p> }.into_any()
        } else {
            view! {
                <p class="muted">
                    {format!("Подключено счетов: {count} из {most}, это предел. ")}
                    "Чтобы подключить другой лицевой счёт, сначала отключите ненужный."
                </p>
            }
            .into_any()
        };
        view! {
            {list}
            {link}
        }
    }
}

fn account_row(own: OwnAccess) -> impl IntoView {
    let unlink = unlink::link(own.linked());
    let LinkedAccount { id, number, provider, access } = own.linked().clone();
    let (kind, version) = match access {
        Access::Full => (BadgeKind::SUCCESS, "Полная версия"),
        Access::Lite => (BadgeKind::INFO, "Ограниченная версия"),
    };
    let address = own.address().map(|address| view! { <p class="muted long-text">{address.to_owned()}</p> });
    view! {
        <li class="row">
            <div class="row-text">
                <p class="long-text">{provider.name}</p>
                <p>"Лицевой счёт " <a href=format!("/accounts/{id}")>{number.to_string()}</a></p>
                {address}
                <p><Badge kind text=version/></p>
            </div>
            {unlink}
        </li>
    }
}
