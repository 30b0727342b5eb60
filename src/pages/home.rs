//! `/`: a guest sees what the portal does, in pictures of its screens; a user is redirected to their accounts.

use axum::Router;
use axum::response::{IntoResponse as _, Redirect};
use axum::routing::get;
use leptos::prelude::*;

use crate::components::{ButtonKind, Card, Illustration, LinkButton};
use crate::domain::provider::Provider;
use crate::http::Web;
use crate::http::answer::Answer;
use crate::http::assets::versioned;
use crate::http::session::Visit;
use crate::service::providers;

/// Size of the pictures, in CSS pixels: a phone's screen below the browser's bar. `end2end/tests/pictures.spec.ts` takes
/// them.
const PICTURE: (u32, u32) = (375, 620);

/// The route of this screen.
pub fn router() -> Router<Web> {
    Router::new().route("/", get(show))
}

async fn show(visit: Visit) -> Answer {
    if visit.user.is_some() {
        return Ok(Redirect::to("/accounts").into_response());
    }
    let providers = providers::with_contacts(visit.services()).await?;
    visit.page("Личный кабинет абонента").show(move || view(&providers)).await
}

fn view(providers: &[Provider]) -> impl IntoView + use<> {
    view! {
        <section class="hero">
            <div>
                <h1>"Личный кабинет абонента"</h1>
                <p class="lead">
                    "Начисления, оплата картой и квитанции по вашим лицевым счетам — в одном месте."
                </p>
                <p class="actions">
                    <LinkButton href="/sign-in" kind=ButtonKind::Primary>"Войти"</LinkButton>
                    <LinkButton href="/register" kind=ButtonKind::Secondary>"Зарегистрироваться"</LinkButton>
                </p>
            </div>
            {Illustration::House.draw()}
        </section>
        <div class="feature-grid">
            {feature(
                "/pictures/home.png",
                "Главный экран: сумма к оплате, показания, расход по месяцам",
                "Видно, сколько и за что",
                "Сумма сразу разложена: сколько за последний месяц, сколько долга и с какого времени.",
            )}
            {feature(
                "/pictures/why.png",
                "Объяснение начислений за месяц: насколько изменились объём и тариф",
                "Понятно, почему столько",
                "Каждый месяц объясняет себя словами: объём, тариф, норматив, перерасчёт, льгота и пени.",
            )}
            {feature(
                "/pictures/paid.png",
                "Платёж принят: сумма, что будет дальше, справка об оплате",
                "Оплата без очереди",
                "Картой на защищённой странице банка. Квитанцию и справку об оплате можно сохранить в PDF.",
            )}
        </div>
        {(!providers.is_empty()).then(|| contacts(providers))}
    }
}

fn feature(picture: &'static str, shows: &'static str, title: &'static str, text: &'static str) -> impl IntoView {
    let (width, height) = PICTURE;
    view! {
        <section class="feature">
            <h2>{title}</h2>
            <p>{text}</p>
            <img class="feature-picture" src=versioned(picture) width=width height=height alt=shows loading="lazy" fetchpriority="low" decoding="async"/>
        </section>
    }
}

/// The suppliers with the hours, phones and addresses of their support.
fn contacts(providers: &[Provider]) -> impl IntoView + use<> {
    let row = |provider: &Provider| {
        let phone = provider.support_phone.clone().map(|phone| {
            let address = format!("tel:{}", phone.replace([' ', '-', '(', ')'], ""));
            view! { <a href=address>{phone}</a> }
        });
        let email = provider.support_email.clone().map(|email| {
            let address = format!("mailto:{email}");
            view! { <a href=address>{email}</a> }
        });
        let hours = provider.support_hours.clone().map(|hours| view! { <p class="muted">{hours}</p> });
        view! {
            <li class="row">
                <div class="row-text"><p><strong>{provider.name.clone()}</strong></p>{hours}</div>
                <p class="contact-ways">{phone} {email}</p>
            </li>
        }
    };
    let rows = providers.iter().map(row).collect_view();
    view! {
        <Card title="Поставщики">
            <ul class="rows">{rows}</ul>
        </Card>
    }
}
