//! `/display`: large print and high contrast, for guests too. The choice is stored in a cookie of the browser.

use axum::extract::{Query, State};
use axum::routing::get;
use axum::{Form, Router};
use leptos::prelude::*;
use serde::Deserialize;

use crate::components::{Card, Notice, NoticeKind, SubmitButton};
use crate::http::Web;
use crate::http::answer::Answer;
use crate::http::display::{Contrast, Display, Print};
use crate::http::session::{Entry, Visit};

/// The address of this screen.
const ADDRESS: &str = "/display";
/// The sizes in the order of the form.
const PRINTS: [(Print, &str); 3] =
    [(Print::Regular, "Обычный"), (Print::Large, "Крупнее"), (Print::Largest, "Самый крупный")];
/// The contrasts in the order of the form.
const CONTRASTS: [(Contrast, &str); 2] =
    [(Contrast::System, "Как в системе"), (Contrast::More, "Повышенный: чёткие рамки, без бледного текста")];

/// The route of this screen, for subscribers and operators.
pub fn router() -> Router<Web> {
    Router::new().route(ADDRESS, get(show).post(submit))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    saved: Option<String>,
}

async fn show(visit: Visit, Query(asked): Query<Asked>) -> Answer {
    let (display, is_saved) = (visit.display, asked.saved.is_some());
    visit.page("Крупный шрифт и контраст").show(move || view(display, is_saved)).await
}

/// Changes nothing on the server, so there is no server function: the form needs no JavaScript.
async fn submit(State(web): State<Web>, Form(display): Form<Display>) -> Entry {
    Entry { to: format!("{ADDRESS}?saved=1"), cookies: vec![display.store(&web.site)] }
}

fn view(display: Display, is_saved: bool) -> impl IntoView {
    let saved = is_saved.then(|| {
        view! { <Notice kind=NoticeKind::Success announce=true>"Готово: так теперь выглядят все страницы кабинета."</Notice> }
    });
    let prints = PRINTS.map(|(print, words)| choice("print", print.as_str(), words, print == display.print));
    let contrasts =
        CONTRASTS.map(|(contrast, words)| choice("contrast", contrast.as_str(), words, contrast == display.contrast));
    view! {
        <h1>"Крупный шрифт и контраст"</h1>
        {saved}
        <Card>
            <form method="post" action=ADDRESS>
                <fieldset>
                    <legend>"Размер букв"</legend>
                    {prints.collect_view()}
                </fieldset>
                <fieldset>
                    <legend>"Контраст"</legend>
                    {contrasts.collect_view()}
                </fieldset>
                <SubmitButton>"Применить"</SubmitButton>
            </form>
        </Card>
        <p>"Браузер запомнит выбор на год. На другом устройстве выберите ещё раз."</p>
    }
}

fn choice(name: &'static str, value: &'static str, words: &'static str, is_chosen: bool) -> impl IntoView {
    let id = format!("{name}-{value}");
    view! {
        <div class="checkbox">
            <input type="radio" id=id.clone() name=name value=value checked=is_chosen/>
            <label for=id>{words}</label>
        </div>
    }
}
