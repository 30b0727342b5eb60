//! Notices as a subscriber sees them: the bell, the list, the choice of channels, addresses that refuse messages, and the
//! link of a letter that switches letters off.

use axum::body::Body;
use leptos::server_fn::ServerFn as _;

use super::portal::{Person, Portal, Reply};
use crate::api::ApiError;
use crate::api::notices::{ReadAllNotices, SaveNoticeChannels, TryAddressAgain};
use crate::domain::calendar::{Moment, Span};
use crate::domain::id::{NoticeId, UserId};
use crate::domain::notice::NoticeKind;
use crate::service::notices::unsubscribe::token;
use crate::service::sessions;
use crate::storage::testing::{TestDatabase, on_both_engines, shown_notice};
use crate::storage::{Database, refused_addresses};
use crate::telemetry::kept::Kept;

const IVAN: &str = "ivan@example.ru";
const PHONE: &str = "+79021234567";
const LIST: &str = "/notices";
const SETTINGS: &str = "/settings/notices";
const RETRY: &str = "/settings/notices/retry";

impl Portal {
    /// Shows notices of a kind to a person, one each minute up to now; returns the newest one.
    async fn tells(&self, person: &Person<'_>, kind: NoticeKind, count: i64) -> NoticeId {
        let now = self.services.now();
        let minutes = (0..count).rev().map(|minutes| now.minus(Span::minutes(minutes)));
        self.told_at(person, kind, minutes).await
    }

    async fn told_at(&self, person: &Person<'_>, kind: NoticeKind, moments: impl Iterator<Item = Moment>) -> NoticeId {
        let user_id = user_of(person).await;
        let mut tx = self.services.db().begin().await.unwrap();
        let mut newest = None;
        for at in moments {
            let id = NoticeId::trusted(self.services.nature().id());
            shown_notice(&mut tx, &user_id, &id, kind, at).await;
            newest = Some(id);
        }
        Database::commit(tx).await.unwrap();
        newest.unwrap()
    }

    /// A message to an address has come back for ever.
    async fn is_refused_by(&self, address: &str) {
        let mut tx = self.services.db().begin().await.unwrap();
        refused_addresses::add(&mut tx, address, self.services.now(), "550").await.unwrap();
        Database::commit(tx).await.unwrap();
    }

    /// The link at the end of a letter of a kind to a person.
    async fn way_out(&self, person: &Person<'_>, kind: NoticeKind) -> String {
        format!("/unsubscribe/{}", token(&self.services, &user_of(person).await, kind))
    }
}

impl Person<'_> {
    /// The words of the bell on a page.
    async fn hears_bell(&self) -> String {
        let page = self.opens("/more").await.is(200).text();
        let tag = page.split("<a ").find(|tag| tag.split('>').next().is_some_and(|tag| tag.contains("class=\"bell\"")));
        tag.and_then(|tag| tag.split("aria-label=\"").nth(1)?.split('"').next()).expect("a bell").to_owned()
    }

    /// The names of the ticked boxes of the settings that end with these words.
    async fn ticked(&self, ending: &str) -> Vec<String> {
        let page = self.opens(SETTINGS).await.is(200).text();
        let boxes = page.split("<input type=\"checkbox\"").skip(1).filter_map(|rest| rest.split('>').next());
        let ticked = boxes.filter(|tag| tag.contains(" checked"));
        let names = ticked.filter_map(|tag| tag.split("name=\"").nth(1)?.split('"').next());
        names.filter(|name| name.ends_with(ending)).map(str::to_owned).collect()
    }

    /// Posts as a mail program does: no cookie, no `Origin`, no `Sec-Fetch-Site`.
    async fn clicks_once(&self, address: &str) -> Reply {
        let request = self.request("POST", address).header("content-type", "application/x-www-form-urlencoded");
        self.sends(request.body(Body::from("List-Unsubscribe=One-Click")).unwrap()).await
    }
}

/// The identifier of the user of a browser's session.
async fn user_of(person: &Person<'_>) -> UserId {
    let cookie = person.session_cookie();
    let session = sessions::find(&person.portal.services, cookie.split_once('=').unwrap().1).await.unwrap();
    session.unwrap().user_id.unwrap()
}

on_both_engines! {
    async fn the_bell_says_how_many_notices_are_new(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        assert_eq!(ivan.hears_bell().await, "Уведомления");
        portal.tells(&ivan, NoticeKind::Answer, 1).await;
        assert_eq!(ivan.hears_bell().await, "Уведомления, 1 новое");
        portal.tells(&ivan, NoticeKind::Answer, 98).await;
        assert_eq!(ivan.hears_bell().await, "Уведомления, 99 новых");
        portal.tells(&ivan, NoticeKind::Answer, 20).await;
        assert_eq!(ivan.hears_bell().await, "Уведомления, 99+ новых");
        ivan.opens("/no-such-page").await.is(404).shows("99+ новых");
        portal.browser().opens("/help").await.is(200).hides("class=\"bell\"");
        assert_eq!(portal.person("anna@example.ru").await.hears_bell().await, "Уведомления");
    }

    async fn opening_a_notice_leads_to_its_page_and_marks_it_as_read(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        ivan.opens(LIST).await.is(200).shows("Уведомлений пока нет");
        let id = portal.tells(&ivan, NoticeKind::NewReceipt, 1).await;
        let list = ivan.opens(LIST).await;
        list.is(200).shows("О чём: Новая квитанция").shows("Подробности на странице").shows("Новое");
        list.shows(&format!("{LIST}/{id}")).shows("Отметить все прочитанными");
        for _ in 0..2 {
            ivan.opens(&format!("{LIST}/{id}")).await.leads_to("/announcements");
        }
        assert_eq!(ivan.hears_bell().await, "Уведомления");
        ivan.opens(LIST).await.shows("О чём: Новая квитанция").hides("Новое").hides("Отметить все прочитанными");
    }

    async fn all_notices_are_read_at_once_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        portal.tells(&ivan, NoticeKind::Answer, 3).await;
        ivan.calls(ReadAllNotices::PATH, &[]).await.leads_to(LIST);
        assert_eq!(ivan.hears_bell().await, "Уведомления");
        portal.tells(&ivan, NoticeKind::Answer, 2).await;
        ivan.posts(LIST, &[]).await.leads_to(LIST);
        assert_eq!(ivan.hears_bell().await, "Уведомления");
        portal.browser().calls(ReadAllNotices::PATH, &[]).await.fails(ApiError::SignedOut);
        portal.browser().opens(LIST).await.leads_to("/sign-in?next=%2Fnotices");
    }

    async fn a_notice_of_another_person_is_not_found_and_stays_new(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (ivan, anna) = (portal.person(IVAN).await, portal.person("anna@example.ru").await);
        let id = portal.tells(&ivan, NoticeKind::Answer, 1).await;
        anna.opens(&format!("{LIST}/{id}")).await.is(404);
        anna.opens(&format!("{LIST}/../accounts")).await.is(404);
        anna.calls(ReadAllNotices::PATH, &[]).await.leads_to(LIST);
        assert_eq!(ivan.hears_bell().await, "Уведомления, 1 новое");
        anna.opens(LIST).await.hides("О чём");
    }

    async fn old_notices_stand_on_later_pages_under_their_year(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        let now = portal.services.now();
        portal.tells(&ivan, NoticeKind::Answer, 49).await;
        ivan.opens(LIST).await.hides("2026\u{a0}год").hides("Страница 1");
        let last_year = [2, 1].map(|days| now.minus(Span::days(400 + days)));
        portal.told_at(&ivan, NoticeKind::Verification, last_year.into_iter()).await;
        let first = ivan.opens(LIST).await;
        first.shows("Страница 1 из 2").shows("2026\u{a0}год").shows("2025\u{a0}год").shows("Поверка счётчика");
        let second = ivan.opens(&format!("{LIST}?page=2")).await;
        second.shows("Страница 2 из 2").shows("Поверка счётчика").hides("Ответ на обращение");
    }

    async fn the_channels_are_saved_the_same_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        let before = ivan.ticked("-mail").await;
        assert!(before.contains(&"new-receipt-mail".to_owned()), "{before:?}");
        ivan.calls(SaveNoticeChannels::PATH, &[("answer-mail", "on"), ("answer-push", "on")]).await.leads_to(SETTINGS);
        assert_eq!(ivan.ticked("answer-mail").await, ["answer-mail"]);
        assert_eq!(ivan.ticked("new-receipt-mail").await, [""; 0]);
        ivan.posts(SETTINGS, &[("new-receipt-mail", "on")]).await.leads_to(SETTINGS);
        ivan.opens(SETTINGS).await.shows("Настройки уведомлений сохранены");
        assert_eq!(ivan.ticked("new-receipt-mail").await, ["new-receipt-mail"]);
        assert_eq!(ivan.ticked("answer-mail").await, [""; 0]);
        portal.browser().calls(SaveNoticeChannels::PATH, &[]).await.fails(ApiError::SignedOut);
    }

    async fn a_forged_form_does_not_switch_off_what_always_comes(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        ivan.opens(SETTINGS).await.shows("Письма и SMS отключить нельзя").shows(" disabled");
        let forged = [("debt-fax", "on"), ("security-mail", ""), ("taxes-mail", "on"), ("mail", "on")];
        ivan.posts(SETTINGS, &forged[..1]).await.leads_to(SETTINGS);
        ivan.calls(SaveNoticeChannels::PATH, &forged).await.leads_to(SETTINGS);
        assert_eq!(ivan.ticked("-mail").await, ["debt-mail", "security-mail"]);
        let stored = portal.dump("notice_preferences").await;
        assert!(stored.contains("debt|mail sms") && !stored.contains("taxes") && !stored.contains("fax"), "{stored}");
    }

    async fn a_channel_without_an_address_says_how_to_get_one(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (ivan, anna) = (portal.person(IVAN).await, portal.person(PHONE).await);
        ivan.opens(SETTINGS).await.shows("телефон не указан").shows("/settings/profile").hides("new-receipt-sms");
        anna.opens(SETTINGS).await.shows("почта не указана").shows("/settings/profile").hides("new-receipt-mail");
        ivan.posts(SETTINGS, &[("new-receipt-sms", "on")]).await.leads_to(SETTINGS);
        let stored = portal.dump("notice_preferences").await;
        assert!(!stored.contains("new-receipt|sms"), "{stored}");
    }

    async fn choices_that_were_not_changed_are_not_stored(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        let ticked = ivan.ticked("").await;
        let form: Vec<(&str, &str)> = ticked.iter().map(|name| (name.as_str(), "on")).collect();
        ivan.posts(SETTINGS, &form).await.leads_to(SETTINGS);
        assert_eq!(portal.dump("notice_preferences").await, "");
    }

    async fn the_former_address_of_the_settings_leads_to_the_new_one(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        for address in ["/settings/notifications", RETRY] {
            ivan.opens(address).await.leads_to(SETTINGS);
        }
    }

    async fn an_address_that_refuses_letters_is_named_until_its_owner_tries_again(database: TestDatabase) {
        const REFUSED: &str = "Письма на ivan@example.ru не доходят с 22 ноября";
        let portal = Portal::open(database).await;
        let (ivan, anna) = (portal.person(IVAN).await, portal.person("anna@example.ru").await);
        ivan.has_full_access().await;
        for by_call in [true, false] {
            portal.is_refused_by(IVAN).await;
            ivan.opens("/accounts").await.is(200).shows(REFUSED).shows(SETTINGS);
            ivan.opens(SETTINGS).await.is(200).shows(REFUSED).shows("Попробовать снова");
            anna.opens(SETTINGS).await.is(200).hides("не доходят");
            anna.posts(RETRY, &[("channel", "mail")]).await.leads_to(SETTINGS);
            ivan.posts(RETRY, &[("channel", "sms")]).await.leads_to(SETTINGS);
            ivan.opens(SETTINGS).await.shows(REFUSED);
            if by_call {
                ivan.calls(TryAddressAgain::PATH, &[("channel", "mail")]).await.leads_to(SETTINGS);
            } else {
                ivan.posts(RETRY, &[("channel", "mail")]).await.leads_to(SETTINGS);
            }
            ivan.opens("/accounts").await.hides(REFUSED);
            ivan.opens(SETTINGS).await.hides(REFUSED);
        }
        ivan.calls(TryAddressAgain::PATH, &[("channel", "fax")]).await.fails(ApiError::NotFound);
    }

    async fn a_link_of_a_letter_asks_first_and_then_switches_its_kind_off(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        let link = portal.way_out(&ivan, NoticeKind::NewReceipt).await;
        let guest = portal.browser();
        guest.opens(&link).await.is(200).shows("Больше не присылать письма «Новая квитанция»?").hides(IVAN);
        assert_eq!(ivan.ticked("new-receipt-mail").await, ["new-receipt-mail"]);
        for _ in 0..2 {
            let done = guest.posts(&link, &[]).await;
            done.is(200).shows("Больше не будем присылать письма «Новая квитанция»").shows(SETTINGS);
        }
        assert_eq!(ivan.ticked("new-receipt-mail").await, [""; 0]);
        assert_eq!(ivan.ticked("answer-mail").await, ["answer-mail"]);
        assert_eq!(ivan.ticked("new-receipt-push").await, ["new-receipt-push"]);
    }

    async fn a_mail_program_switches_letters_off_with_one_click_and_may_post_nothing_else(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        let link = portal.way_out(&ivan, NoticeKind::DueSoon).await;
        let program = portal.browser().at_address("192.0.2.7");
        for _ in 0..2 {
            program.clicks_once(&link).await.is(200).shows("Больше не будем присылать");
        }
        assert_eq!(ivan.ticked("due-soon-mail").await, [""; 0]);
        for address in [SETTINGS, RETRY, LIST, "/unsubscribe", SaveNoticeChannels::PATH] {
            ivan.clicks_once(address).await.is(403);
        }
    }

    async fn a_wrong_link_of_a_letter_changes_nothing_and_is_counted(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        let link = portal.way_out(&ivan, NoticeKind::Answer).await;
        let always = portal.way_out(&ivan, NoticeKind::Debt).await;
        let stranger = portal.browser().at_address("203.0.113.6");
        for wrong in [link.replace(".answer.", ".due-soon."), always, format!("{link}0"), "/unsubscribe/a.b.c.d".into()] {
            stranger.opens(&wrong).await.is(404).shows("Ссылка не подошла");
            stranger.posts(&wrong, &[]).await.is(404);
            stranger.clicks_once(&wrong).await.is(404);
        }
        assert_eq!(portal.dump("notice_preferences").await, "");
        for _ in 12..60 {
            stranger.opens("/unsubscribe/a").await.is(404);
        }
        stranger.opens(&link).await.is(429).shows("Слишком много попыток");
        portal.browser().opens(&link).await.is(200);
    }

    async fn the_token_of_a_letters_link_is_neither_in_the_log_nor_in_its_page(database: TestDatabase) {
        let (kept, _guard) = Kept::listen("info,kabinet=trace,sqlx=warn");
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        let link = portal.way_out(&ivan, NoticeKind::Answer).await;
        let secret = link.rsplit('.').next().unwrap();
        kept.take();
        let guest = portal.browser();
        guest.opens(&link).await.is(200).hides(secret);
        guest.posts(&link, &[]).await.is(200).hides(secret);
        guest.opens(&link.replace("answer", "debt")).await.is(404).hides(secret);
        let lines = kept.text();
        assert!(lines.contains("/unsubscribe/{token}") && !lines.contains(secret), "{lines}");
    }
}
