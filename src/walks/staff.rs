//! The operators' two pages, and feedback on both sides (M5, M11).

use super::portal::{INDEBTED, Person, Portal};
use crate::storage::testing::{TestDatabase, on_both_engines};

async fn operator(portal: &Portal) -> Person<'_> {
    portal.operator("olga").await
}

async fn asks_for_pin(person: &Person<'_>) {
    let account = person.linked(INDEBTED).await;
    let form = [("name", "Соколова Анна"), ("address", "Пермь, Береговая, 1"), ("contact", "ivan@example.ru")];
    person.posts(&format!("/accounts/{account}/pin-request"), &form).await.leads_to("/accounts/");
}

/// The first form address with this ending in the queue.
async fn form_of(olga: &Person<'_>, end: &str) -> String {
    let page = olga.opens("/console/pin-requests").await.text();
    let at = page.find("/console/pin-requests/").expect("a request waits");
    let id: String = page[at + "/console/pin-requests/".len()..].chars().take(26).collect();
    format!("/console/pin-requests/{id}/{end}")
}

on_both_engines! {
    async fn an_operator_sends_a_pin_once(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        asks_for_pin(&ivan).await;
        let olga = operator(&portal).await;
        olga.opens("/console/pin-requests").await.shows(INDEBTED).shows("Соколова Анна Ивановна");
        let approve = form_of(&olga, "approve").await;
        olga.posts(&approve, &[("confirmed", "1")]).await.leads_to("/console/pin-requests");
        olga.posts(&approve, &[("confirmed", "1")]).await.leads_to("/console/pin-requests");
        portal.delivers().await;
        let pins = portal.mail.messages().iter().filter(|letter| letter.body.contains("12345678")).count();
        assert_eq!(pins, 1);
    }

    async fn a_refusal_needs_a_reason_and_tells_it(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        asks_for_pin(&ivan).await;
        let olga = operator(&portal).await;
        let refuse = form_of(&olga, "refuse").await;
        olga.posts(&refuse, &[("reason", " ")]).await.is(422);
        olga.posts(&refuse, &[("reason", "Адрес не совпадает")]).await.leads_to("/console/pin-requests");
        portal.delivers().await;
        assert!(portal.mail.last_to("ivan@example.ru").unwrap().body.contains("Адрес не совпадает"));
    }

    async fn the_console_is_closed_to_users_and_the_portal_to_operators(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        ivan.opens("/console/pin-requests").await.leads_to("/console/sign-in");
        let olga = operator(&portal).await;
        olga.opens("/accounts").await.leads_to("/sign-in");
        portal.browser().posts("/console/sign-in", &[("login", "olga"), ("password", "no")]).await.is(422);
    }

    async fn an_answer_appears_in_the_portal_and_in_the_mail(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let form = [("subject", "Счётчик <b>"), ("message", "Почему так много?\nСпасибо 🙂")];
        let thread = ivan.posts("/feedback", &form).await.location.expect("a thread is opened");
        let olga = operator(&portal).await;
        olga.opens("/console/feedback").await.shows("Счётчик &lt;b&gt;");
        let id = thread.rsplit('/').next().unwrap().to_owned();
        let answer = format!("/console/feedback/{id}");
        olga.posts(&answer, &[("message", "Пересчитали, посмотрите")]).await.leads_to("/console/feedback");
        ivan.opens(&format!("/feedback/{id}")).await.shows("Пересчитали, посмотрите");
        portal.delivers().await;
        assert!(portal.mail.last_to("ivan@example.ru").unwrap().body.contains("Пересчитали"));
        let masha = portal.person("masha@example.ru").await;
        masha.opens(&format!("/feedback/{id}")).await.is(404);
    }
}
