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

/// A section of an account that the menu leads to.
#[derive(Clone, Copy)]
struct Section {
    /// Its address in the menu.
    menu: &'static str,
    /// The last part of its address under an account.
    part: &'static str,
    title: &'static str,
}

const PAYMENTS: Section = Section { menu: "/payments", part: "payments", title: "Платежи" };

/// The route of the section.
pub fn router() -> Router<Web> {
    Router::new().route(PAYMENTS.menu, get(async |signed_in: SignedIn| PAYMENTS.show(signed_in).await))
}

impl Section {
    async fn show(self, signed_in: SignedIn) -> Answer {
        let accounts = OwnAccess::all(signed_in.services(), signed_in.id()).await?;
        if let [only] = accounts.as_slice() {
            return Ok(Redirect::to(&self.address(only.linked())).into_response());
        }
        if accounts.is_empty() {
            return Ok(Redirect::to("/accounts").into_response());
        }
        signed_in.page(self.title).under(self.menu).show(move || self.view(&accounts)).await
    }

    /// In lite access the section is closed, and the account's own page says how to open it.
    fn address(self, own: &LinkedAccount) -> String {
        match own.access {
            Access::Full => format!("/accounts/{}/{}", own.id, self.part),
            Access::Lite => format!("/accounts/{}", own.id),
        }
    }

    fn view(self, accounts: &[OwnAccess]) -> impl IntoView + use<> {
        let item = |own: &OwnAccess| {
            let own = own.linked();
            let number = format!("Лицевой счёт {}", own.number);
            let detail = match own.access {
                Access::Full => number,
                Access::Lite => format!("{number}. Раздел откроется после ввода ПИН-кода"),
            };
            MenuItem::new(
                self.address(own),
                Icon::of(Utility::of(&own.provider.name)),
                own.provider.name.clone(),
                detail,
            )
        };
        let items = accounts.iter().map(item).collect();
        view! {
            <h1>{self.title}</h1>
            <p>"Выберите лицевой счёт."</p>
            <MenuList label="Лицевые счета" items/>
        }
    }
}
