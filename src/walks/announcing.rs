//! Announcements as subscribers see them: whose, from when, until when, and on which pages.

use super::portal::{INDEBTED, MASHAS, PERM, Portal};
use crate::domain::announcement::AnnouncementState;
use crate::domain::calendar::Span;
use crate::domain::id::AnnouncementId;
use crate::exchange::Kind;
use crate::service::announcements::{self, AnnouncementError, Author, Typed};
use crate::service::refused::Declined;
use crate::storage::testing::{TestDatabase, on_both_engines};

const TITLE: &str = "Отключение газа";

/// An announcement for everybody that begins at the noon of the test.
const FOR_ALL: Typed<'_> = Typed {
    provider: PERM,
    kind: "works",
    title: TITLE,
    text: "Газа не будет **до вечера**.",
    starts: "2026-11-22 12:00",
    ends: "2026-11-25 18:00",
    audience: "all",
    street: "",
    houses: "",
    accounts: "",
    debt: "",
};

/// The same for houses of the town's only street.
const fn on_street(houses: &'static str) -> Typed<'static> {
    Typed { audience: "street", street: "г. Пермь, Береговая ул.", houses, ..FOR_ALL }
}

impl Portal {
    async fn drafts(&self, typed: Typed<'_>) -> AnnouncementId {
        announcements::draft(&self.services, Author::Administrator, typed).await.unwrap()
    }

    async fn announces(&self, typed: Typed<'_>) -> AnnouncementId {
        let id = self.drafts(typed).await;
        announcements::publish(&self.services, Author::Administrator, &id).await.unwrap();
        id
    }

    async fn reaches(&self, typed: Typed<'_>) -> u64 {
        let id = self.drafts(typed).await;
        announcements::reached(&self.services, &id).await.unwrap().unwrap()
    }
}

on_both_engines! {
    async fn an_announcement_is_on_the_home_screen_the_overview_and_its_own_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        ivan.opens("/announcements").await.is(200).shows("Объявлений пока нет");
        ivan.opens("/accounts").await.is(200).shows("Все объявления");
        portal.announces(FOR_ALL).await;
        for page in ["/accounts".to_owned(), format!("/accounts/{account}"), "/announcements".to_owned()] {
            let page = ivan.opens(&page).await;
            page.is(200).shows(TITLE).shows("Плановые работы").shows("<strong>до вечера</strong>");
            page.shows("22.11.2026 12:00").shows("25.11.2026 18:00");
        }
        ivan.opens("/more").await.shows("/announcements");
        portal.browser().opens("/announcements").await.leads_to("/sign-in");
    }

    async fn an_announcement_for_a_street_is_shown_to_its_houses_only(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        portal.announces(on_street("2–8 чётные")).await;
        portal.announces(Typed { street: "ул. Мира", ..on_street("") }).await;
        for page in ["/accounts".to_owned(), format!("/accounts/{account}"), "/announcements".to_owned()] {
            ivan.opens(&page).await.is(200).hides(TITLE);
        }
        portal.announces(on_street("1–7 нечётные")).await;
        ivan.opens("/accounts").await.shows(TITLE);
        ivan.opens("/announcements").await.shows(TITLE);
    }

    async fn a_user_without_the_pin_sees_only_what_is_for_everybody(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.linked(INDEBTED).await;
        portal.announces(on_street("")).await;
        portal.announces(Typed { audience: "accounts", accounts: INDEBTED, ..FOR_ALL }).await;
        portal.announces(Typed { audience: "debtors", debt: "1", ..FOR_ALL }).await;
        let pages = ["/accounts".to_owned(), format!("/accounts/{account}"), "/announcements".to_owned()];
        for page in &pages {
            ivan.opens(page).await.is(200).hides(TITLE);
        }
        portal.announces(Typed { title: "Новый офис", ..FOR_ALL }).await;
        for page in &pages {
            ivan.opens(page).await.is(200).shows("Новый офис").hides(TITLE);
        }
    }

    async fn a_list_and_a_debt_choose_their_accounts(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        ivan.has_full_access().await;
        portal.announces(Typed { audience: "accounts", accounts: MASHAS, ..FOR_ALL }).await;
        portal.announces(Typed { audience: "debtors", debt: "1234,56", ..FOR_ALL }).await;
        ivan.opens("/accounts").await.hides(TITLE);
        ivan.opens("/announcements").await.hides(TITLE);
        portal.announces(Typed { title: "По списку", audience: "accounts", accounts: INDEBTED, ..FOR_ALL }).await;
        portal.announces(Typed { title: "О долге", audience: "debtors", debt: "1 000", ..FOR_ALL }).await;
        ivan.opens("/accounts").await.shows("По списку").shows("О долге").hides(TITLE);
        ivan.opens("/announcements").await.shows("По списку").shows("О долге").hides(TITLE);
    }

    async fn an_announcement_appears_at_its_beginning_and_is_past_after_its_end(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        ivan.has_full_access().await;
        let id = portal.drafts(Typed { starts: "2026-11-22 13:00", ..FOR_ALL }).await;
        let state = announcements::publish(&portal.services, Author::Administrator, &id).await.unwrap();
        assert_eq!(state, AnnouncementState::Scheduled);
        ivan.opens("/accounts").await.is(200).hides(TITLE);
        ivan.opens("/announcements").await.is(200).hides(TITLE);
        portal.passes(Span::hours(1));
        ivan.opens("/accounts").await.is(200).shows(TITLE);
        ivan.opens("/announcements").await.is(200).shows(TITLE).hides("Завершено");
        portal.passes(Span::days(4));
        ivan.opens("/accounts").await.is(200).hides(TITLE);
        ivan.opens("/announcements").await.is(200).shows(TITLE).shows("Завершено");
    }

    async fn a_draft_and_a_withdrawn_announcement_are_shown_to_nobody(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        ivan.has_full_access().await;
        portal.drafts(FOR_ALL).await;
        ivan.opens("/accounts").await.hides(TITLE);
        let id = portal.announces(FOR_ALL).await;
        ivan.opens("/accounts").await.shows(TITLE);
        announcements::withdraw(&portal.services, Author::Administrator, &id).await.unwrap();
        ivan.opens("/accounts").await.hides(TITLE);
        ivan.opens("/announcements").await.hides(TITLE);
    }

    async fn a_draft_whose_time_is_over_is_not_published_and_no_state_is_left_twice(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let services = &portal.services;
        let (over, twice) = (portal.drafts(FOR_ALL).await, portal.announces(FOR_ALL).await);
        let again = announcements::publish(services, Author::Administrator, &twice).await;
        assert!(matches!(again, Err(Declined::This(AnnouncementError::State(_)))));
        portal.passes(Span::days(4));
        let late = announcements::publish(services, Author::Administrator, &over).await;
        assert!(matches!(late, Err(Declined::This(AnnouncementError::Over))));
    }

    async fn tags_in_an_announcement_are_text(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        ivan.has_full_access().await;
        let text = "Работы <script>alert(1)</script>, **<b>жирно</b>** и [<i>ссылка</i>](https://example.ru/\"onclick=\"x)";
        portal.announces(Typed { title: "<img src=x onerror=y>", text, ..FOR_ALL }).await;
        for page in ["/accounts", "/announcements"] {
            let page = ivan.opens(page).await;
            page.shows("&lt;script&gt;alert(1)").shows("&lt;img src=x").shows("<strong>&lt;b&gt;жирно");
            page.hides("<script>alert").hides("<img src=x").hides("<i>ссылка").hides("\"onclick=\"");
        }
    }

    async fn the_home_screen_shows_the_title_and_folds_the_rest(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        ivan.has_full_access().await;
        ivan.opens("/accounts").await.hides(TITLE);
        portal.announces(FOR_ALL).await;
        ivan.opens("/accounts").await.shows(&format!("<summary class=\"notice-title\">{TITLE}"));
    }

    async fn the_home_screen_has_three_announcements_and_the_archive_has_pages(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        ivan.has_full_access().await;
        for number in 10..21 {
            let (title, starts) = (format!("Объявление {number}"), format!("2026-11-{number} 12:00"));
            portal.announces(Typed { title: &title, starts: &starts, ..FOR_ALL }).await;
        }
        let home = ivan.opens("/accounts").await;
        home.shows("Объявление 20").shows("Объявление 18").hides("Объявление 17").shows("Есть и другие объявления");
        ivan.opens("/announcements").await.shows("Объявление 20").shows("Объявление 11").hides("Объявление 10");
        let last = ivan.opens("/announcements?page=2").await;
        last.is(200).shows("Объявление 10").hides("Объявление 11").shows("Страница 2 из 2");
    }

    async fn another_providers_announcement_is_shown_to_its_own_subscribers(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let file = "code;name;region;account_length\nufa-gas;Газ Уфа;Башкортостан;8\n";
        portal.billing_brings(Kind::Providers, file).await;
        let ivan = portal.person("ivan@example.ru").await;
        ivan.has_full_access().await;
        portal.announces(Typed { provider: "ufa-gas", ..FOR_ALL }).await;
        ivan.opens("/accounts").await.hides(TITLE);
        ivan.opens("/announcements").await.hides(TITLE);
    }

    async fn those_reached_are_counted_before_the_announcement_is_published(database: TestDatabase) {
        let portal = Portal::open(database).await;
        assert_eq!(portal.reaches(FOR_ALL).await, 8);
        assert_eq!(portal.reaches(on_street("")).await, 8);
        assert_eq!(portal.reaches(on_street("1–5 нечётные, 8")).await, 4);
        assert_eq!(portal.reaches(Typed { street: "ул. Мира", ..on_street("") }).await, 0);
        let accounts = "59000001, 59000002, 59999999";
        assert_eq!(portal.reaches(Typed { audience: "accounts", accounts, ..FOR_ALL }).await, 2);
        assert_eq!(portal.reaches(Typed { audience: "debtors", debt: "1000", ..FOR_ALL }).await, 1);
        assert_eq!(portal.reaches(Typed { audience: "debtors", debt: "1234,56", ..FOR_ALL }).await, 0);
    }
}
