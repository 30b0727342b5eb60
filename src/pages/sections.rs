//! `/payments`: the way from the menu to that section of an account. With one account it is a redirect; with several the
//! user chooses.

use axum::Router;
use axum::response::{IntoResponse as _, Redirect};
use axum::routing::get;
use leptos::prelude::*;

use crate::components::{Icon, MenuItem, MenuList};
use crate::domain::account::{Access, LinkedAccount};
use crate::domain::utility::Utility;
use crate::http::Web;
use crate::http::answer::Answer;
use crate::http::session::SignedIn;
use crate::service::access::OwnAccess;

/// The address in the menu.
const ADDRESS: &str = "/payments";
/// The last part of the address under an account.
const PAYMENTS: &str = "payments";
const TITLE: &str = "Платежи";

/// The route of the section.
pub fn router() -> Router<Web> {
    Router::new().route(ADDRESS, get(show))
}

async fn show(signed_in: SignedIn) -> Answer {
    let accounts = OwnAccess::all(signed_in.services(), signed_in.id()).await?;
    if let Some(to) = without_choice(&accounts, PAYMENTS) {
        return Ok(Redirect::to(&to).into_response());
    }
    signed_in.page(TITLE).under(ADDRESS).show(move || view(&accounts)).await
}

/// Where a section leads that has nothing to choose: to the section of the only account, or to the first run without an
/// account. `None` with several accounts.
pub fn without_choice(accounts: &[OwnAccess], part: &str) -> Option<String> {
    match accounts {
        [] => Some("/accounts".to_owned()),
        [only] => Some(section(only.linked(), part)),
        _ => None,
    }
}

/// The address of a section of an account. In lite access the section is closed, and the account's own page says how to
/// open it.
pub fn section(own: &LinkedAccount, part: &str) -> String {
    match own.access {
        Access::Full => format!("/accounts/{}/{part}", own.id),
        Access::Lite => format!("/accounts/{}", own.id),
    }
}

fn view(accounts: &[OwnAccess]) -> impl IntoView + use<> {
    let item = |own: &OwnAccess| {
        let own = own.linked();
        let number = format!("Лицевой счёт {}", own.number);
        let detail = match own.access {
            Access::Full => number,
            Access::Lite => format!("{number}. Раздел откроется после ввода ПИН-кода"),
        };
        let icon = Icon::of(Utility::of(&own.provider.name));
        MenuItem::new(section(own, PAYMENTS), icon, own.provider.name.clone(), detail)
    };
    let items = accounts.iter().map(item).collect();
    view! {
        <h1>{TITLE}</h1>
        <p>"Выберите лицевой счёт."</p>
        <MenuList label="Лицевые счета" items/>
    }
}
