//! Tests what a walk writes to the log and to the audit trail, and which data it never writes.

use serde_json::Value;

use super::portal::{INDEBTED, MASHAS, OPERATOR_PASSWORD, Person, Portal, new_operator};
use crate::domain::calendar::Span;
use crate::domain::id::UserId;
use crate::service::{operators, sessions, sign_in};
use crate::storage::testing::{TestDatabase, on_both_engines};
use crate::telemetry::kept::Kept;

/// All levels of the portal, and the default levels of other crates.
const WHOLE: &str = "info,kabinet=trace,sqlx=warn,hyper=warn,tower_http=warn";

/// Texts that must not be in a log, collected during the walk.
#[derive(Default)]
struct Secrets(Vec<String>);

impl Secrets {
    fn add(&mut self, secret: impl Into<String>) {
        self.0.push(secret.into());
    }

    fn add_cookies(&mut self, person: &Person<'_>) {
        let cookies = person.cookie();
        self.0.extend(cookies.split("; ").filter_map(|pair| pair.split_once('=')).map(|(_, value)| value.to_owned()));
    }

    /// The token at the end of a link.
    fn add_token(&mut self, link: &str) {
        self.add(link.rsplit('/').next().unwrap());
    }

    fn are_not_in(&self, lines: &[Value]) {
        for line in lines {
            let mut line = line.clone();
            // The digits of the timestamp may equal those of a code by chance.
            line.as_object_mut().unwrap().remove("timestamp");
            let text = line.to_string().to_lowercase();
            let found = self.0.iter().find(|secret| text.contains(&secret.to_lowercase()));
            assert!(found.is_none(), "{found:?} is in the log: {line}");
        }
    }
}

/// The six digits of the last SMS to a phone.
async fn sms_code(portal: &Portal, phone: &str) -> String {
    portal.delivers().await;
    portal.sms.last_to(phone).expect("an SMS came").text.rsplit('#').next().unwrap().trim().to_owned()
}

/// Registers, signs out, tries wrong secrets, signs in, recovers and changes the password.
async fn goes_through_the_doors(portal: &Portal, secrets: &mut Secrets) {
    const LOGIN: &str = "tainiy@example.ru";
    for secret in [LOGIN, "gaz2026", "wrong1x", "kama2026x", "volga2026"] {
        secrets.add(secret);
    }
    let ivan = portal.browser();
    ivan.registers(LOGIN, "gaz2026").await.leads_to("/register/code");
    secrets.add_cookies(&ivan);
    let link = portal.letter_link(LOGIN, "/confirm/").await;
    secrets.add_token(&link);
    ivan.opens(&link).await.is(200);
    ivan.posts(&link, &[]).await.leads_to("/accounts");
    secrets.add_cookies(&ivan);
    ivan.posts("/sign-out", &[]).await.leads_to("/");
    for _ in 0..7 {
        ivan.signs_in(LOGIN, "wrong1x").await.is(422);
    }
    portal.browser().signs_in("nobody.tainiy@example.ru", "wrong1x").await.is(422);
    portal.passes(Span::minutes(20));
    ivan.posts("/recover", &[("login", LOGIN)]).await.leads_to("/recover/sent");
    let link = portal.letter_link(LOGIN, "/recover/").await;
    secrets.add_token(&link);
    ivan.posts(&link, &[("password", "kama2026x")]).await.leads_to("/accounts");
    secrets.add_cookies(&ivan);
    let change = |current: &'static str| [("current_password", current), ("new_password", "volga2026")];
    ivan.posts("/settings/password", &change("wrong1x")).await.is(422);
    ivan.posts("/settings/password", &change("kama2026x")).await.leads_to("/settings");
    ivan.opens("/settings?hidden=tainiy@example.ru").await.is(200);
}

/// Registers by phone, links an account, opens it with its PIN, pays and writes.
async fn uses_the_portal(portal: &Portal, secrets: &mut Secrets) {
    const PHONE: &str = "+79021234567";
    for secret in [
        PHONE,
        "9021234567",
        "12345678",
        "87654321",
        "11112222",
        INDEBTED,
        "Тайная тема",
        "Тайный вопрос",
        "Тайна Ивановна",
    ] {
        secrets.add(secret);
    }
    let anna = portal.browser().at_address("10.0.0.2");
    anna.registers(PHONE, "gaz2026").await.leads_to("/register/code");
    let code = sms_code(portal, PHONE).await;
    anna.posts("/register/code", &[("code", if code == "000000" { "000001" } else { "000000" })]).await.is(422);
    anna.posts("/register/code", &[("code", &code)]).await.leads_to("/accounts");
    secrets.add(code);
    let account = anna.linked(INDEBTED).await;
    let other = anna.linked(MASHAS).await;
    let form = [("name", "Тайна Ивановна"), ("address", "Тайная улица"), ("contact", "tainiy@example.ru")];
    anna.posts(&format!("/accounts/{other}/pin-request"), &form).await.leads_to("/accounts/");
    anna.enters_pin(&account, "11112222").await.is(422);
    anna.enters_pin(&account, "12345678").await.leads_to("/accounts/");
    secrets.add_cookies(&anna);
    anna.pays(&account, "100").await.is(303);
    let order = portal.bank.orders().pop().expect("the bank has an order");
    let at_bank = payment_at_bank(portal, &order.payment_id).await;
    portal.bank.approves(&at_bank);
    anna.opens(&format!("/payments/{}", order.payment_id)).await.shows("Платёж принят");
    anna.posts("/feedback", &[("subject", "Тайная тема"), ("message", "Тайный вопрос")]).await.leads_to("/feedback/");
    anna.posts("/feedback", &[("subject", "Карта"), ("message", "5555 5555 5555 4444")]).await.is(422);
    secrets.add("5555 5555");
}

async fn payment_at_bank(portal: &Portal, id: &str) -> String {
    let id = crate::domain::id::PaymentId::parse(id).unwrap();
    let mut connection = portal.services.db().read().await.unwrap();
    let payment = crate::storage::payments::by_id(&mut connection, &id).await.unwrap().unwrap();
    payment.acquirer_payment_id.expect("the bank answered")
}

/// An operator signs in with a second factor and sends the PIN.
async fn works_at_the_console(portal: &Portal, secrets: &mut Secrets) {
    secrets.add("tainaya-smena");
    secrets.add(OPERATOR_PASSWORD);
    let olga = portal.browser().at_address("10.0.0.3");
    let secret = olga.enters_console("tainaya-smena").await;
    secrets.add(portal.code_of(&secret));
    secrets.add(secret.replace(' ', ""));
    secrets.add_cookies(&olga);
    let page = olga.opens("/console/pin-requests").await.text();
    let at = page.find("/console/pin-requests/").expect("a request waits") + "/console/pin-requests/".len();
    let approve = format!("/console/pin-requests/{}/approve", &page[at..at + 26]);
    olga.posts(&approve, &[("confirmed", "1")]).await.leads_to("/console/pin-requests");
}

/// The identifier of the user of a browser's session.
async fn user_of(person: &Person<'_>) -> UserId {
    let cookie = person.session_cookie();
    let session = sessions::find(&person.portal.services, cookie.split_once('=').unwrap().1).await.unwrap();
    session.unwrap().user_id.unwrap()
}

/// The log lines of security events with a name.
fn events<'a>(lines: &'a [Value], name: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["security.event"] == name).collect()
}

on_both_engines! {
    async fn every_line_of_a_walk_has_the_id_of_its_request_and_none_has_a_secret(database: TestDatabase) {
        let (kept, _guard) = Kept::listen(WHOLE);
        let portal = Portal::open(database).await;
        operators::add(&portal.services, new_operator("tainaya-smena")).await.unwrap();
        let before = kept.take();
        let mut secrets = Secrets::default();
        goes_through_the_doors(&portal, &mut secrets).await;
        uses_the_portal(&portal, &mut secrets).await;
        works_at_the_console(&portal, &mut secrets).await;
        let lines = kept.take();
        secrets.are_not_in(&before);
        secrets.are_not_in(&lines);
        for line in &lines {
            let id = line["request.id"].as_str();
            assert!(id.is_some_and(|id| id.len() == 26), "a line without the id of its request: {line}");
        }
        let requests = lines.iter().filter(|line| line["message"] == "request").count();
        assert!(requests > 30, "{requests} requests");
        for name in ["sign_in_refused", "limit_reached", "secret_refused", "pin_refused", "password_refused", "card_number_refused"] {
            assert!(!events(&lines, name).is_empty(), "no line of {name}");
        }
    }

    async fn an_event_of_the_trail_its_line_and_the_answer_have_one_id(database: TestDatabase) {
        let (kept, _guard) = Kept::listen(WHOLE);
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let user = user_of(&ivan).await;
        kept.take();
        let reply = portal.browser().at_address("203.0.113.6").signs_in("ivan@example.ru", "wrong1").await;
        let id = reply.headers["x-request-id"].to_str().unwrap().to_owned();
        let lines = kept.take();
        assert!(lines.iter().all(|line| line["request.id"] == id.as_str()), "{lines:?}");
        let trail = lines.iter().find(|line| line["audit.action"] == "sign_in_failed").unwrap();
        let who = (&trail["user.id"], &trail["client.address"]);
        assert_eq!(who, (&user.as_str().into(), &"203.0.113.6".into()));
        let row = portal.dump("audit").await.lines().find(|row| row.contains("sign_in_failed")).unwrap().to_owned();
        assert!(row.contains(&id) && row.contains("203.0.113.6"), "{row}");
    }

    async fn an_identifier_of_anothers_is_logged_with_who_asked_for_it(database: TestDatabase) {
        let (kept, _guard) = Kept::listen(WHOLE);
        let portal = Portal::open(database).await;
        let (ivan, anna) = (portal.person("ivan@example.ru").await, portal.person("anna@example.ru").await);
        let account = ivan.has_full_access().await;
        ivan.pays(&account, "100").await.is(303);
        let payment = portal.bank.orders().pop().unwrap().payment_id;
        let thread = ivan.posts("/feedback", &[("subject", "а"), ("message", "б")]).await.location.unwrap();
        let thread = thread.rsplit('/').next().unwrap().to_owned();
        let session = sessions::list(&portal.services, &user_of(&ivan).await).await.unwrap().pop().unwrap().id;
        let nothing = portal.services.nature().id();
        let user = user_of(&anna).await;
        let who = |id: &str| -> Value { id.into() };
        for address in [
            format!("/accounts/{account}"),
            format!("/accounts/{account}/settlements"),
            format!("/accounts/{account}/pay"),
            format!("/payments/{payment}"),
            format!("/api/payment-status?payment_id={payment}"),
            format!("/feedback/{thread}"),
            format!("/settings/unlink/{account}"),
        ] {
            kept.take();
            anna.opens(&address).await;
            let lines = kept.take();
            let found = events(&lines, "foreign_id");
            assert!(!found.is_empty() && found[0]["client.address"] == "10.0.0.1", "{address}: {lines:?}");
            assert_eq!(found[0]["user.id"], who(user.as_str()), "{address}");
        }
        for (address, form) in [
            (format!("/feedback/{thread}"), vec![("message", "в")]),
            (format!("/settings/sessions/{session}"), vec![]),
        ] {
            kept.take();
            anna.posts(&address, &form).await;
            let found = kept.take();
            assert_eq!(events(&found, "foreign_id").len(), 1, "{address}: {found:?}");
        }
        kept.take();
        ivan.opens(&format!("/accounts/{account}/readings/{nothing}")).await.is(404);
        assert_eq!(events(&kept.take(), "foreign_id").len(), 1);

        let olga = portal.operator("olga").await;
        for address in [
            format!("/console/pin-requests/{nothing}/approve"),
            format!("/console/account/sessions/{nothing}"),
        ] {
            kept.take();
            olga.posts(&address, &[]).await;
            let lines = kept.take();
            let found = events(&lines, "foreign_id");
            assert!(found.len() == 1 && found[0]["operator.id"].is_string(), "{address}: {lines:?}");
        }
        kept.take();
        olga.opens(&format!("/console/feedback/{nothing}")).await.is(404);
        assert_eq!(events(&kept.take(), "operator_refused").len(), 1);
    }

    async fn a_request_from_another_site_and_a_notice_that_cannot_be_read_are_logged(database: TestDatabase) {
        let (kept, _guard) = Kept::listen(WHOLE);
        let portal = Portal::open(database).await;
        let guest = portal.browser();
        kept.take();
        let forged = guest.request("POST", "/sign-out").header("sec-fetch-site", "cross-site");
        guest.sends(forged.body(axum::body::Body::empty()).unwrap()).await.is(403);
        guest.posts("/webhooks/yookassa", &[("a", "b")]).await.is(400);
        let lines = kept.take();
        for name in ["cross_site_refused", "notice_refused"] {
            let found = events(&lines, name);
            assert!(found.len() == 1 && found[0]["client.address"] == "10.0.0.1", "{name}: {lines:?}");
        }
        assert!(lines.iter().any(|line| line["http.route"] == "/sign-out" && line["http.status"] == 403), "{lines:?}");
    }

    async fn a_user_reads_every_event_page_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        ivan.has_full_access().await;
        for _ in 0..25 {
            ivan.posts("/sign-out", &[]).await.leads_to("/");
            ivan.signs_in("ivan@example.ru", "gaz2026").await.leads_to("/accounts");
            portal.passes(Span::minutes(20));
        }
        ivan.opens("/settings/security").await.shows("Все события");
        let first = ivan.opens("/settings/events").await;
        first.is(200).shows("Страница 1 из 3").hides("Открыта полная версия");
        let last = ivan.opens("/settings/events?page=3").await;
        last.shows("Открыта полная версия, лицевой счёт 59000001").shows("Подключён лицевой счёт 59000001");
        last.shows("Вход с нового устройства");
        ivan.opens("/settings/events?show=all&page=3").await.shows("show=all&amp;page=2").shows("Открыта полная версия");
    }

    async fn fifty_wrong_passwords_of_a_stranger_hide_nothing_that_is_important(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        ivan.has_full_access().await;
        for host in 0..50 {
            portal.passes(Span::minutes(1));
            let stranger = portal.browser().at_address(&format!("203.0.{host}.6"));
            stranger.signs_in("ivan@example.ru", "wrong1").await.is(422).shows("не подошли");
        }
        portal.passes(Span::minutes(1));
        portal.browser().posts("/recover", &[("login", "ivan@example.ru")]).await.leads_to("/recover/sent");
        ivan.signs_in("ivan@example.ru", "gaz2026").await.leads_to("/accounts");
        let security = ivan.opens("/settings/security").await;
        security.shows("Неудачных попыток входа за 30\u{a0}дней: 51, последняя");
        security.hides("Неверный пароль при входе");
        ivan.opens("/settings/events").await.shows("Открыта полная версия").hides("Неверный пароль при входе");
        let all = ivan.opens("/settings/events?show=all").await;
        all.shows("Неверный пароль при входе, 50\u{a0}раз").shows("203.0.49.6 и ещё 49").shows("Открыта полная версия");
        all.shows("Запрошено восстановление пароля");
        portal.passes(Span::days(31));
        ivan.signs_in("ivan@example.ru", "gaz2026").await.leads_to("/accounts");
        ivan.opens("/settings/security").await.hides("Неудачных попыток входа");
    }

    async fn refused_sign_ins_leave_one_event_for_each_window(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.person("ivan@example.ru").await;
        let stranger = portal.browser().at_address("203.0.113.6");
        let noted = async || portal.dump("audit").await.matches("sign_in_refused").count();
        for _ in 0..12 {
            stranger.signs_in("ivan@example.ru", "wrong1").await.is(422);
        }
        assert_eq!(noted().await, 1);
        portal.passes(Span::minutes(16));
        for _ in 0..12 {
            stranger.signs_in("ivan@example.ru", "wrong1").await.is(422);
        }
        assert_eq!(noted().await, 2);
    }

    async fn a_sign_in_with_a_known_browser_is_not_one_with_a_new_device(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let of = async |action: &str| portal.dump("audit").await.matches(&format!("|{action}|")).count();
        assert_eq!((of("sign_in_on_new_device").await, of("signed_in").await), (1, 0));
        ivan.signs_in("ivan@example.ru", "gaz2026").await.leads_to("/accounts");
        assert_eq!((of("sign_in_on_new_device").await, of("signed_in").await), (1, 1));
        portal.browser().signs_in("ivan@example.ru", "gaz2026").await.leads_to("/accounts");
        assert_eq!((of("sign_in_on_new_device").await, of("signed_in").await), (2, 1));
    }

    async fn an_operator_reads_their_own_events_page_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let olga = portal.operator("olga").await;
        let pavel = portal.operator("pavel").await;
        let form = [("current_password", "wrong-wrong-9"), ("new_password", "kama-volga-belaya")];
        olga.posts("/console/account/password", &form).await.is(422);
        portal.passes(Span::minutes(1));
        for _ in 0..3 {
            portal.browser().posts("/console/sign-in", &[("login", "olga"), ("password", "wrong-9")]).await.is(422);
        }
        let own = olga.opens("/console/events").await;
        own.is(200).shows("Вход оператора").shows("Неверный текущий пароль").shows("Неудачных попыток входа");
        own.hides("Неверный пароль при входе оператора");
        olga.opens("/console/events?show=all").await.shows("Неверный пароль при входе оператора, 3\u{a0}раза");
        pavel.opens("/console/events").await.shows("Вход оператора").hides("Неверный текущий пароль");
    }

    async fn a_page_behind_the_last_is_the_last(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let olga = portal.operator("olga").await;
        for page in ["9223372036854775807", "-1", "0", "99999999999999999999", "a"] {
            ivan.opens(&format!("/settings/events?page={page}")).await.is(200);
            ivan.opens(&format!("/settings/events?show=all&page={page}")).await.is(200);
            for screen in ["events", "pin-requests", "feedback"] {
                olga.opens(&format!("/console/{screen}?page={page}")).await.is(200);
            }
        }
    }

    async fn what_ended_is_forgotten_though_an_event_cannot_be_deleted(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let user = user_of(&ivan).await;
        // The portal's clock is far ahead of the database's, which considers these events recent.
        portal.passes(Span::days(4 * 365));
        assert!(sessions::expire(&portal.services).await.is_err());
        assert!(sign_in::user(&portal.services, &user).await.unwrap().is_some());
        assert_eq!(portal.dump("sessions").await, "");
        assert!(portal.dump("audit").await.contains("sign_in_on_new_device"));
    }
}
