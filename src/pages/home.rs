//! `/`: a guest sees what the portal does; a user is redirected to their accounts.

use axum::Router;
use axum::response::{IntoResponse as _, Redirect};
use axum::routing::get;
use leptos::prelude::*;

use crate::components::{ButtonKind, Card, LinkButton};
use crate::http::Web;
use crate::http::answer::Answer;
use crate::http::session::Visit;

/// The route of this screen.
pub fn router() -> Router<Web> {
    Router::new().route("/", get(show))
}

async fn show(visit: Visit) -> Answer {
    if visit.user.is_some() {
        return Ok(Redirect::to("/accounts").into_response());
    }
    visit.page("Личный кабинет абонента").show(view).await
}

fn view() -> impl IntoView {
    view! {
        <section class="hero">
            <h1>"Личный кабинет абонента"</h1>
            <p class="lead">
                "Начисления, оплата картой и квитанции по вашим лицевым счетам — в одном месте."
            </p>
            <p class="actions">
                <LinkButton href="/sign-in" kind=ButtonKind::Primary>"Войти"</LinkButton>
                <LinkButton href="/register" kind=ButtonKind::Secondary>"Зарегистрироваться"</LinkButton>
            </p>
        </section>
        <div class="card-grid brief">
            <Card title="Видно, сколько и за что">
                <p>"Каждое начисление, перерасчёт и платёж за три года — с арифметикой по каждой услуге."</p>
            </Card>
            <Card title="Оплата без очереди">
                <p>"Картой на защищённой странице банка. Данные карты к нам не попадают."</p>
            </Card>
            <Card title="Квитанция за любой месяц">
                <p>"Её можно сохранить в PDF, напечатать или оплатить по QR-коду в приложении банка."</p>
            </Card>
        </div>
    }
}
