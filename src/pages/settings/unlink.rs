//! `/settings/unlink/{id}`: unlinking an account, with a question first (M10), on a page of its own or above the settings.

use axum::extract::Path;
use leptos::prelude::*;

use super::ADDRESS;
use crate::components::{ButtonKind, CloseDialog, Dialog, LinkButton, NoticeKind, SubmitButton};
use crate::domain::account::Access;
use crate::domain::id::AccountId;
use crate::http::answer::{Answer, Failure};
use crate::http::session::AtMoney;
use crate::service::links::{LinkedAccount, own_account, unlink};

/// Asks whether to unlink.
pub async fn show(AtMoney(signed_in): AtMoney, Path(id): Path<String>) -> Answer {
    let id = AccountId::parse(&id).map_err(|_| Failure::NotFound)?;
    let own = own_account(signed_in.services(), signed_in.id(), &id).await?.ok_or(Failure::NotFound)?;
    signed_in.page("Отключение лицевого счёта").under(ADDRESS).show(move || view(own)).await
}

/// Unlinks. A second click finds nothing to unlink and is told the same in fewer words: the account is not there.
pub async fn submit(AtMoney(signed_in): AtMoney, Path(id): Path<String>) -> Answer {
    let id = AccountId::parse(&id).map_err(|_| Failure::NotFound)?;
    let own = own_account(signed_in.services(), signed_in.id(), &id).await?;
    unlink(signed_in.services(), signed_in.id(), &id, &signed_in.visit.visitor).await?;
    let text = match own {
        Some(own) => format!("Лицевой счёт {} отключён. История платежей осталась в настройках.", own.account.number),
        None => "Лицевой счёт отключён.".to_owned(),
    };
    signed_in.redirect(ADDRESS, NoticeKind::Success, &text).await
}

fn view(own: LinkedAccount) -> impl IntoView {
    view! {
        <div class="narrow">
            <p class="breadcrumb"><a href=ADDRESS>"Настройки"</a></p>
            <h1>{question(&own)}</h1>
            {consequences(&own)}
            <div class="actions">
                {form(&own)} <LinkButton href=ADDRESS kind=ButtonKind::Secondary>"Оставить"</LinkButton>
            </div>
        </div>
    }
}

/// The link beside an account, and the window with the same question that it opens.
pub fn link(own: &LinkedAccount) -> impl IntoView + use<> {
    let id = format!("unlink-{}", own.account.id);
    let (consequences, form) = (consequences(own), form(own));
    view! {
        <LinkButton
            href=address(own)
            kind=ButtonKind::Secondary
            aria_label=format!("Отключить лицевой счёт {}", own.account.number)
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
    format!("/settings/unlink/{}", own.account.id)
}

fn question(own: &LinkedAccount) -> String {
    format!("Отключить лицевой счёт {}?", own.account.number)
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
    view! {
        <form method="post" action=address(own)>
            <SubmitButton kind=ButtonKind::Danger busy="Отключаем…">"Отключить"</SubmitButton>
        </form>
    }
}
