//! The calendar of an account: the file, and the secret address that a phone reads without signing in.

use leptos::server_fn::ServerFn as _;

use super::portal::{INDEBTED, MASHAS, PERM, Person, Portal};
use crate::api::ApiError;
use crate::api::calendar::{MakeCalendarAddress, SwitchCalendarOff};
use crate::domain::calendar::Span;
use crate::domain::id::AccountId;
use crate::domain::login::Login;
use crate::exchange::Kind;
use crate::service::limits::CALENDAR_KEYS;
use crate::service::user_admin;
use crate::storage::testing::{TestDatabase, on_both_engines};
use crate::telemetry::kept::Kept;

const IVAN: &str = "ivan@example.ru";

fn page_of(account: &AccountId) -> String {
    format!("/accounts/{account}/calendar")
}

impl Person<'_> {
    /// Makes a secret address and reads it from the page that shows it once; without the portal's own host.
    async fn makes_calendar_address(&self, account: &AccountId) -> String {
        let made = self.posts(&page_of(account), &[]).await;
        made.leads_to(&format!("{}/address", page_of(account)));
        let shown = self.opens(made.location.as_deref().unwrap()).await.is(200).text();
        let (_, rest) = shown.split_once("id=\"calendar-address\">").expect("the page shows the address");
        let secret = rest.split('<').next().unwrap();
        secret.strip_prefix("http://127.0.0.1:3000").expect("an address of the portal").to_owned()
    }
}

on_both_engines! {
    async fn a_secret_address_is_shown_once_and_opens_the_calendar_without_signing_in(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        let account = ivan.has_full_access().await;
        ivan.opens(&format!("/accounts/{account}")).await.shows(&page_of(&account));
        ivan.opens(&page_of(&account)).await.is(200).shows("Создать адрес").hides("Адрес создан");
        let secret = ivan.makes_calendar_address(&account).await;
        ivan.opens(&format!("{}/address", page_of(&account))).await.leads_to(&page_of(&account));
        ivan.opens(&page_of(&account)).await.shows("Адрес создан 22.11.2026").hides("key=");
        let calendar = portal.browser().opens(&secret).await;
        calendar.is(200).shows("SUMMARY:Оплатить газ\\, счёт …0001").shows("DTSTART;VALUE=DATE:20261215");
        assert_eq!(calendar.headers["content-type"], "text/calendar; charset=utf-8");
        assert_eq!(calendar.headers["cache-control"], "private, max-age=3600");
        assert!(calendar.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
        let (_, key) = secret.split_once("key=").unwrap();
        assert!(!portal.dump("calendar_addresses").await.contains(key), "only its hash is stored");
        ivan.opens("/settings/events").await.shows("Создан адрес календаря");
    }

    async fn the_file_for_a_signed_in_person_is_the_same(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        let account = ivan.has_full_access().await;
        let secret = ivan.makes_calendar_address(&account).await;
        let file = format!("/accounts/{account}/calendar.ics");
        let own = ivan.opens(&file).await.is(200).text();
        assert_eq!(portal.browser().opens(&secret).await.text(), own);
        portal.browser().opens(&file).await.leads_to("/sign-in");
        let masha = portal.person("masha@example.ru").await;
        let lite = masha.linked(MASHAS).await;
        masha.opens(&file).await.is(404);
        masha.opens(&format!("/accounts/{lite}/calendar.ics")).await.leads_to(&format!("/accounts/{lite}?closed=1"));
    }

    async fn the_calendar_has_windows_and_verifications_and_nothing_personal(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let rules = format!("code;name;readings_window\n{PERM};Межрегионгаз Пермь;25-5\n");
        portal.billing_brings(Kind::Providers, &rules).await;
        let meters = format!("account;serial;model;verified_until\n{INDEBTED};00-777;ВК-G4;2027-03-01\n");
        portal.billing_brings(Kind::Meters, &meters).await;
        let ivan = portal.person(IVAN).await;
        let account = ivan.has_full_access().await;
        let calendar = ivan.opens(&format!("/accounts/{account}/calendar.ics")).await;
        calendar.shows("Начался приём показаний").shows("DTSTART;VALUE=DATE:20261125").shows("VALUE=DATE:20261205");
        calendar.shows("VALUE=DATE:20270301").shows("TRIGGER:-P13DT15H").shows("TRIGGER:-P2DT15H");
        calendar.hides(INDEBTED).hides("00-777").hides("1234").hides("Соколова").hides("Береговая").hides(IVAN);
    }

    async fn a_new_address_ends_the_one_before(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        let account = ivan.has_full_access().await;
        let first = ivan.makes_calendar_address(&account).await;
        let second = ivan.makes_calendar_address(&account).await;
        let phone = portal.browser();
        phone.opens(&first).await.is(404);
        phone.opens(&second).await.is(200);
        ivan.opens(&format!("{}/off", page_of(&account))).await.is(200).shows("Выключить адрес календаря?");
        ivan.posts(&format!("{}/off", page_of(&account)), &[]).await.leads_to(&page_of(&account));
        phone.opens(&second).await.is(404);
        ivan.opens(&page_of(&account)).await.shows("Адрес выключен").shows("Создать адрес");
    }

    async fn an_address_ends_with_the_full_access_for_good(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (ivan, phone) = (portal.person(IVAN).await, portal.browser());
        let account = ivan.has_full_access().await;
        let secret = ivan.makes_calendar_address(&account).await;
        portal.revokes_access(IVAN).await;
        phone.opens(&secret).await.is(404);
        ivan.enters_pin(&account, "12345678").await.leads_to("/accounts/");
        phone.opens(&secret).await.is(404);
        let secret = ivan.makes_calendar_address(&account).await;
        ivan.posts(&format!("/settings/unlink/{account}"), &[]).await.leads_to("/settings");
        ivan.has_full_access().await;
        phone.opens(&secret).await.is(404);
    }

    async fn the_address_of_a_locked_user_opens_nothing(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        let account = ivan.has_full_access().await;
        let secret = ivan.makes_calendar_address(&account).await;
        user_admin::lock(&portal.services, &Login::parse(IVAN).unwrap()).await.unwrap();
        portal.browser().opens(&secret).await.is(404);
    }

    async fn a_key_opens_its_own_account_only_and_wrong_ones_are_limited(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        let account = ivan.has_full_access().await;
        let secret = ivan.makes_calendar_address(&account).await;
        let (_, key) = secret.split_once("key=").unwrap();
        let other = ivan.linked(MASHAS).await;
        ivan.enters_pin(&other, "87654321").await.leads_to("/accounts/");
        let stranger = portal.browser().at_address("203.0.113.7");
        let wrong = [
            format!("/accounts/{other}/calendar.ics?key={key}"),
            format!("/accounts/{account}/calendar.ics?key={}", "a".repeat(43)),
            format!("/accounts/{account}/calendar.ics?key="),
            format!("/accounts/nonsense/calendar.ics?key={key}"),
        ];
        for address in &wrong {
            stranger.opens(address).await.is(404);
        }
        CALENDAR_KEYS.fill(&portal.services, "203.0.113.7/32").await;
        let refused = stranger.opens(&secret).await;
        refused.is(429);
        assert!(refused.headers.contains_key("retry-after"));
        portal.browser().opens(&secret).await.is(200);
        portal.passes(Span::minutes(16));
        stranger.opens(&secret).await.is(200);
    }

    async fn only_full_access_makes_an_address(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (ivan, masha) = (portal.person(IVAN).await, portal.person("masha@example.ru").await);
        let account = ivan.has_full_access().await;
        let lite = masha.linked(MASHAS).await;
        for (id, error) in [(&lite, ApiError::Closed), (&account, ApiError::NotFound)] {
            let form = [("account_id", id.as_str())];
            masha.calls(MakeCalendarAddress::PATH, &form).await.fails(error);
            masha.calls(SwitchCalendarOff::PATH, &form).await.fails(error);
        }
        let form = [("account_id", account.as_str())];
        ivan.calls(MakeCalendarAddress::PATH, &form).await.leads_to(&format!("{}/address", page_of(&account)));
        ivan.calls(SwitchCalendarOff::PATH, &form).await.leads_to(&page_of(&account));
    }

    async fn no_line_of_the_log_has_the_key(database: TestDatabase) {
        let (kept, _guard) = Kept::listen("info,kabinet=trace");
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        let account = ivan.has_full_access().await;
        let secret = ivan.makes_calendar_address(&account).await;
        let phone = portal.browser();
        phone.opens(&secret).await.is(200);
        ivan.posts(&format!("{}/off", page_of(&account)), &[]).await.leads_to(&page_of(&account));
        phone.opens(&secret).await.is(404);
        let (_, key) = secret.split_once("key=").unwrap();
        let lines = kept.take();
        let route = "/accounts/{id}/calendar.ics";
        assert_eq!(lines.iter().filter(|line| line["http.route"] == route).count(), 2);
        assert!(lines.iter().all(|line| !line.to_string().contains(key)));
    }
}
