//! M11: the help, its search, and its anchors.

use super::portal::Portal;
use crate::storage::testing::{TestDatabase, on_both_engines};

/// The address of a search.
fn search(words: &str) -> String {
    format!("/help?q={}", url::form_urlencoded::byte_serialize(words.as_bytes()).collect::<String>())
}

on_both_engines! {
    async fn the_help_lists_every_topic_and_each_link_leads_into_a_folded_text(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let help = portal.browser().opens("/help").await;
        help.is(200).shows("Поиск по справке").shows("support@example.ru").hides("<details open");
        for topic in ["register", "pay", "receipt", "unlink", "words"] {
            help.shows(&format!("href=\"#{topic}\"")).shows(&format!("<div id=\"{topic}\">"));
        }
    }

    async fn a_search_shows_what_it_found_and_how_much(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let guest = portal.browser();
        for words in ["отключить счёт", "СЧЕТ отключение", "Как отключить счета?"] {
            let found = guest.opens(&search(words)).await;
            found.is(200).shows("Нашлось ответов: ").shows("<div id=\"unlink\">").hides("<div id=\"register\">");
            found.shows("<details open").shows("Вся справка").shows("support@example.ru");
        }
    }

    async fn the_glossary_is_searched_too(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let found = portal.browser().opens(&search("поверка")).await;
        found.is(200).shows("<div id=\"words\">").shows("оверк").hides("<div id=\"pay\">");
    }

    async fn a_search_in_vain_offers_the_support_and_the_way_back(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let vain = portal.browser().opens(&search("трансформатор")).await;
        vain.is(200).shows("Ничего не нашлось").shows("support@example.ru").shows("Вся справка");
        vain.shows("value=\"трансформатор\"").hides("help-topic");
    }

    async fn what_is_no_word_or_too_long_is_no_obstacle(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let guest = portal.browser();
        for words in ["", "  ", "?!"] {
            guest.opens(&search(words)).await.is(200).shows("Как это сделать").hides("Ничего не нашлось");
        }
        let long = guest.opens(&search(&"ы".repeat(1_000))).await;
        long.is(200).shows("Ничего не нашлось").hides(&"ы".repeat(101));
        let attack = guest.opens(&search("\"><script>alert(1)</script>")).await;
        attack.is(200).hides("<script>alert");
    }
}
