//! `/settings/unlink/{id}`: unlinking an account after a confirmation (M10), on a page of its own or in a dialog of the
//! settings.

use axum::extract::{Path, State};
use axum::http::request::Parts;
use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;

use super::{ADDRESS, crumb};
use crate::api::call::call;
use crate::api::links::{UnlinkAccount, UnlinkForm, unlink_account};
use crate::components::{ButtonKind, CloseDialog, Dialog, ErrorSummary, LinkButton, SubmitButton};
use crate::domain::account::{Access, LinkedAccount};
use crate::http::Web;
use crate::http::account::OwnAccount;
use crate::http::answer::Answer;
use crate::http::session::SignedIn;
use crate::islands::ServerForm;
use crate::service::access::OwnAccess;

/// Asks for confirmation.
pub async fn show(OwnAccount { signed_in, own }: OwnAccount) -> Answer {
    page(&signed_in, &own).await
}

/// Unlinks.
pub async fn submit(State(web): State<Web>, parts: Parts, Path(id): Path<String>) -> Answer {
    let called = call(&web, &parts, unlink_account(UnlinkForm { account_id: id })).await?;
    called.or_page(&web, parts, async |OwnAccount { signed_in, own }: OwnAccount, _| page(&signed_in, &own).await).await
}

async fn page(signed_in: &SignedIn, own: &OwnAccess) -> Answer {
    let own = own.linked().clone();
    signed_in.page("Отключение лицевого счёта").under(ADDRESS).show(move || view(own)).await
}

fn view(own: LinkedAccount) -> impl IntoView {
    view! {
        <div class="narrow">
            {crumb(ADDRESS, "Настройки")}
            <h1>{question(&own)}</h1>
            {consequences(&own)}
            <div class="actions">
                {form(&own)} <LinkButton href=ADDRESS kind=ButtonKind::Secondary>"Оставить"</LinkButton>
            </div>
        </div>
    }
}

/// The link beside an account, and the dialog with the same question that it opens.
pub fn link(own: &LinkedAccount) -> impl IntoView + use<> {
    let id = format!("unlink-{}", own.id);
    let (consequences, form) = (consequences(own), form(own));
    view! {
        <LinkButton
            href=address(own)
            kind=ButtonKind::Secondary
            aria_label=format!("Отключить лицевой счёт {}", own.number)
            dialog=id.clone()
        >
            "Отключить"
        </LinkButton>
        <Dialog id title=question(own)>
            {consequences}
            <div class="actions">{form} <CloseDialog>"Оставить"</CloseDialog></div>
        </Dialog>
    }
}

fn address(own: &LinkedAccount) -> String {
    format!("/settings/unlink/{}", own.id)
}

fn question(own: &LinkedAccount) -> String {
    format!("Отключить лицевой счёт {}?", own.number)
}

fn consequences(own: &LinkedAccount) -> impl IntoView + use<> {
    let pin = (own.access == Access::Full).then(|| {
        view! { <li>"Если подключите счёт снова, для полной версии опять понадобится ПИН-код."</li> }
    });
    view! {
        <p class="long-text">{own.provider.name.clone()}</p>
        <ul>
            <li>"Счёт исчезнет из вашего кабинета. У поставщика он останется, долг и начисления не изменятся."</li>
            <li>"История ваших платежей сохранится: вы найдёте её в настройках."</li>
            <li>"Подключить счёт снова можно в любой момент."</li>
            {pin}
        </ul>
    }
}

fn form(own: &LinkedAccount) -> impl IntoView + use<> {
    let account_id = own.id.to_string();
    view! {
        <ServerForm function=UnlinkAccount::PATH.to_owned() action=address(own)>
            <ErrorSummary errors=Vec::new()/>
            <input type="hidden" name="account_id" value=account_id/>
            <SubmitButton kind=ButtonKind::Danger busy="Отключаем…">"Отключить"</SubmitButton>
        </ServerForm>
    }
}
