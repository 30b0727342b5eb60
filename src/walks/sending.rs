//! Sending readings of meters, with and without signing in, and their way to billing and back.

use leptos::server_fn::ServerFn as _;

use super::portal::{INDEBTED, MASHAS, PERM, Person, Portal};
use crate::api::ApiError;
use crate::api::readings::{SendReadingByNumber, SendReadings, TakeBackReading};
use crate::domain::calendar::Span;
use crate::domain::id::AccountId;
use crate::exchange::Kind;
use crate::service::readings::export;
use crate::storage::testing::{TestDatabase, on_both_engines};

/// The serial number of the account's meter.
const SERIAL: &str = "00-777";

/// An account of the town with a meter that showed 1 000 on 20.10.2026, and its user.
struct Household<'a> {
    portal: &'a Portal,
    person: Person<'a>,
    account: AccountId,
    page: String,
    field: String,
}

impl<'a> Household<'a> {
    /// With a window of the provider, as the column `readings_window` says it.
    async fn open(portal: &'a Portal, window: &str) -> Self {
        portal.provider_accepts(window, "no").await;
        let person = portal.person("ivan@example.ru").await;
        let account = person.has_full_access().await;
        let meters = format!("account;serial;model;digits;decimals\n{INDEBTED};{SERIAL};ВК-G4;5;3\n");
        portal.billing_brings(Kind::Meters, &meters).await;
        portal.billing_brings(Kind::Readings, &listed("2026-10-20", "1000")).await;
        let page = format!("/accounts/{account}/readings");
        let shown = person.opens(&page).await.is(200).text();
        let field = shown.split("name=\"reading-").nth(1).and_then(|rest| rest.split('"').next());
        let field = field.map(|id| format!("reading-{id}")).unwrap_or_default();
        Self { portal, person, account, page, field }
    }

    fn form<'f>(&'f self, value: &'f str) -> Vec<(&'f str, &'f str)> {
        vec![("account_id", self.account.as_str()), (&self.field, value)]
    }

    async fn sends(&self, value: &str) {
        self.person.calls(SendReadings::PATH, &self.form(value)).await.leads_to(&self.page);
    }

    /// The file that billing gets.
    async fn export(&self) -> String {
        let mut file = Vec::new();
        export(&self.portal.services, PERM, &mut file, |_| Ok(())).await.unwrap();
        String::from_utf8(file).unwrap()
    }

    /// The identifier of the first sent reading of the page.
    async fn sent_id(&self) -> String {
        let page = self.person.opens(&self.page).await.text();
        let id = page.split("name=\"reading_id\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        id.expect("a reading that can be taken back").to_owned()
    }
}

/// A file of one reading of the meter.
fn listed(date: &str, value: &str) -> String {
    format!("account;serial;date;value;source\n{INDEBTED};{SERIAL};{date};{value};subscriber\n")
}

impl Portal {
    /// The provider's rules for readings: a window, and `yes` or `no` for readings without signing in.
    async fn provider_accepts(&self, window: &str, open: &str) {
        let text = format!("code;name;readings_window;readings_open\n{PERM};Межрегионгаз Пермь;{window};{open}\n");
        self.billing_brings(Kind::Providers, &text).await;
    }
}

on_both_engines! {
    async fn a_reading_is_sent_and_stands_as_sent(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = Household::open(&portal, "always").await;
        ivan.sends("01050,5").await;
        let page = ivan.person.opens(&ivan.page).await;
        page.shows("Показание отправлено.").shows("1\u{a0}050,5").shows("отправлено").shows("Отозвать");
        ivan.person.opens(&format!("/accounts/{}", ivan.account)).await.shows("Передано 22.11.2026: 1\u{a0}050,5, отправлено");
        ivan.person.opens("/settings/events").await.shows("Переданы показания счётчика");
    }

    async fn a_reading_is_refused_the_same_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = Household::open(&portal, "always").await;
        let way = (SendReadings::PATH, ivan.page.as_str());
        let refused = [
            ("сто", "Показание — это число"),
            ("999", "меньше предыдущего показания: 1\u{a0}000 на 20.10.2026"),
            ("123456", "До запятой не больше 5 цифр"),
            ("1050,1234", "После запятой не больше 3 цифр"),
            ("12000", "Расход получается 11\u{a0}000"),
            ("", "Введите показание хотя бы одного счётчика"),
        ];
        for (value, words) in refused {
            ivan.person.is_refused_both_ways(way, &ivan.form(value), (&ivan.field, words)).await;
        }
        assert_eq!(portal.dump("sent_readings").await, "");
    }

    async fn a_second_reading_of_a_day_replaces_the_first_and_says_so(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = Household::open(&portal, "always").await;
        ivan.sends("1050").await;
        ivan.sends("1050").await;
        ivan.person.opens(&ivan.page).await.shows("Показание отправлено.").hides("заменило");
        ivan.person.posts(&ivan.page, &ivan.form("1060")).await.leads_to(&ivan.page);
        ivan.person.opens(&ivan.page).await.shows("заменило то, что вы передали сегодня раньше").hides("1\u{a0}050<");
        assert_eq!(portal.dump("sent_readings").await.lines().count(), 1);
    }

    async fn an_unusual_reading_is_asked_about_and_not_refused(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = Household::open(&portal, "always").await;
        portal.billing_brings(Kind::Readings, &listed("2025-10-20", "940")).await;
        portal.billing_brings(Kind::Readings, &listed("2025-11-20", "950")).await;
        let way = (SendReadings::PATH, ivan.page.as_str());
        ivan.person.is_refused_both_ways(way, &ivan.form("1030"), ("confirmed", "год назад было 10")).await;
        let confirmed = [ivan.form("1030"), vec![("confirmed", "on")]].concat();
        ivan.person.calls(way.0, &confirmed).await.leads_to(&ivan.page);
        ivan.person.opens(&ivan.page).await.shows("1\u{a0}030");
    }

    async fn outside_the_window_there_is_no_field_and_the_page_says_when_it_opens(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = Household::open(&portal, "25-5").await;
        let page = ivan.person.opens(&ivan.page).await;
        page.shows("Показания принимают с 25 ноября по 5 декабря.").hides("name=\"reading-");
        portal.passes(Span::days(3));
        ivan.person.signs_in("ivan@example.ru", "gaz2026").await;
        let page = ivan.person.opens(&ivan.page).await;
        page.shows("до 5 декабря: осталось 10\u{a0}дней").shows("name=\"reading-");
    }

    async fn a_form_that_is_sent_after_the_window_is_refused_with_its_days(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = Household::open(&portal, "always").await;
        portal.provider_accepts("15-21", "no").await;
        let refused = ivan.person.calls(SendReadings::PATH, &ivan.form("1050")).await;
        refused.refuses(&ivan.field, "Показания принимают с 15.12.2026 по 21.12.2026");
    }

    async fn where_the_portal_accepts_no_readings_it_says_where_to_send_them(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = Household::open(&portal, "").await;
        ivan.person.opens(&ivan.page).await.shows("Показания принимает поставщик").hides("name=\"reading-");
    }

    async fn a_sent_reading_is_taken_back_until_it_is_exported(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = Household::open(&portal, "always").await;
        ivan.sends("1050").await;
        let id = ivan.sent_id().await;
        let form = [("account_id", ivan.account.as_str()), ("reading_id", id.as_str())];
        ivan.person.calls(TakeBackReading::PATH, &form).await.leads_to(&ivan.page);
        ivan.person.opens(&ivan.page).await.shows("Показание отозвано.").hides("1\u{a0}050");
        assert_eq!(ivan.export().await.lines().count(), 1, "only the header");

        ivan.sends("1055").await;
        let id = ivan.sent_id().await;
        assert_eq!(ivan.export().await.lines().nth(1), Some("59000001;00-777;2026-11-22;1055;subscriber;"));
        let form = [("account_id", ivan.account.as_str()), ("reading_id", id.as_str())];
        ivan.person.posts(&format!("{}/take-back", ivan.page), &form).await.leads_to(&ivan.page);
        let page = ivan.person.opens(&ivan.page).await;
        page.shows("уже у поставщика").shows("передано поставщику").hides("Отозвать");
        assert_eq!(ivan.export().await.lines().count(), 1, "it is listed once");
    }

    async fn billing_accepts_a_reading_or_rejects_it_with_its_reason(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = Household::open(&portal, "always").await;
        ivan.sends("1050").await;
        ivan.export().await;
        portal.billing_brings(Kind::Readings, &listed("2026-11-22", "1050")).await;
        ivan.person.opens(&ivan.page).await.shows("принято").shows("1\u{a0}050 на 22.11.2026");

        portal.passes(Span::days(1));
        ivan.person.signs_in("ivan@example.ru", "gaz2026").await;
        ivan.sends("1060").await;
        let rejected = format!(
            "account;serial;date;value;rejected\n{INDEBTED};{SERIAL};2026-11-23;1060;Фото не подтверждает\n"
        );
        portal.billing_brings(Kind::Readings, &rejected).await;
        let page = ivan.person.opens(&ivan.page).await;
        page.shows("отклонено").shows("Фото не подтверждает").hides("1\u{a0}060 на 23.11.2026");
    }

    async fn another_users_meter_is_not_found(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = Household::open(&portal, "always").await;
        let masha = portal.person("masha@example.ru").await;
        let form = [("account_id", ""), (ivan.field.as_str(), "1050")];
        masha.calls(SendReadings::PATH, &form).await.fails(ApiError::NotFound);
        masha.calls(SendReadings::PATH, &ivan.form("1050")).await.fails(ApiError::NotFound);
        assert_eq!(portal.dump("sent_readings").await, "");
    }

    async fn all_accounts_share_one_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = Household::open(&portal, "always").await;
        ivan.person.opens("/readings").await.leads_to(&ivan.page);
        ivan.person.linked(MASHAS).await;
        let page = ivan.person.opens("/readings").await;
        page.is(200).shows(&format!("name=\"{}\"", ivan.field)).shows("Раздел откроется после ввода ПИН-кода");
        ivan.person.posts("/readings", &[(ivan.field.as_str(), "1050")]).await.leads_to("/readings");
        ivan.person.opens("/readings").await.shows("Показание отправлено.").shows("Сегодня вы передали 1\u{a0}050");
    }

    async fn without_signing_in_the_answer_is_the_same_for_right_and_wrong_numbers(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = Household::open(&portal, "always").await;
        portal.provider_accepts("always", "yes").await;
        let guest = portal.browser();
        guest.opens("/readings").await.is(200).shows("Без входа в кабинет").shows("Межрегионгаз Пермь");
        let form = |number, serial, value| [("provider", PERM), ("number", number), ("serial", serial), ("value", value)];
        for wrong in [form("59999999", "777", "1050"), form(INDEBTED, "778", "1050"), form(INDEBTED, "777", "900")] {
            guest.calls(SendReadingByNumber::PATH, &wrong).await.leads_to("/readings/sent");
        }
        assert_eq!(portal.dump("sent_readings").await, "");
        let right = form(INDEBTED, "№ 00 777", "1050");
        guest.posts("/readings/by-number", &right).await.leads_to("/readings/sent");
        guest.opens("/readings/sent").await.is(200).shows("Принято").hides(INDEBTED);
        ivan.person.opens(&ivan.page).await.shows("1\u{a0}050");
    }

    async fn a_guest_does_not_replace_the_reading_of_a_signed_in_person(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = Household::open(&portal, "always").await;
        portal.provider_accepts("always", "yes").await;
        ivan.sends("1050").await;
        let form = [("provider", PERM), ("number", INDEBTED), ("serial", SERIAL), ("value", "1070")];
        portal.browser().calls(SendReadingByNumber::PATH, &form).await.leads_to("/readings/sent");
        ivan.person.opens(&ivan.page).await.shows("1\u{a0}050").hides("1\u{a0}070");
    }

    async fn a_form_without_signing_in_names_every_wrong_field(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.provider_accepts("always", "yes").await;
        let guest = portal.browser();
        let reply = guest.calls(SendReadingByNumber::PATH, &[("number", "")]).await;
        reply.refuses("provider", "Выберите поставщика").refuses("number", "Введите");
        reply.refuses("serial", "заводской номер").refuses("value", "Введите показание");
        portal.provider_accepts("always", "no").await;
        let form = [("provider", PERM), ("number", INDEBTED), ("serial", SERIAL), ("value", "1050")];
        guest.calls(SendReadingByNumber::PATH, &form).await.refuses("provider", "только после входа");
    }

    async fn a_number_is_tried_without_signing_in_a_few_times_a_day(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.provider_accepts("always", "yes").await;
        let guest = portal.browser();
        let form = [("provider", PERM), ("number", INDEBTED), ("serial", "1"), ("value", "1")];
        for _ in 0..5 {
            guest.calls(SendReadingByNumber::PATH, &form).await.leads_to("/readings/sent");
        }
        guest.calls(SendReadingByNumber::PATH, &form).await.refuses("value", "Слишком много");
    }
}
