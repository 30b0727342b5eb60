//! `/more`: the sections that have no place of their own in a phone's bar.

use axum::Router;
use axum::routing::get;
use leptos::prelude::*;

use crate::components::{Icon, MenuItem, MenuList};
use crate::http::Web;
use crate::http::answer::Answer;
use crate::http::session::SignedIn;

/// The route of this screen.
pub fn router() -> Router<Web> {
    Router::new().route("/more", get(show))
}

async fn show(signed_in: SignedIn) -> Answer {
    signed_in.page("Ещё").under("/more").show(view).await
}

fn view() -> impl IntoView {
    let items = vec![
        MenuItem::new("/announcements", Icon::Info, "Объявления", "Аварии, плановые работы и новости"),
        MenuItem::new("/feedback", Icon::Chat, "Обращения", "Вопросы поставщику и ответы"),
        MenuItem::new("/settings", Icon::Settings, "Настройки", "Счета, пароль, уведомления"),
        MenuItem::new("/help", Icon::Help, "Помощь", "Как что сделать и что значат слова"),
        MenuItem::new("/display", Icon::Document, "Крупный шрифт и контраст", "Размер букв на всех страницах"),
        MenuItem::new("/accounts/link", Icon::Add, "Подключить лицевой счёт", "Понадобится номер с квитанции"),
    ];
    view! {
        <h1>"Ещё"</h1>
        <MenuList label="Другие разделы" items/>
    }
}
