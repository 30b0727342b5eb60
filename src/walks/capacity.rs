//! Limits of the whole installation: the queue of password hashing, and the global limits of letters, SMS and sign-ins.

use super::portal::Portal;
use crate::domain::calendar::Span;
use crate::service::limits::{LETTERS_ALL, Limit, SENDS_KNOWN, SIGN_IN_ALL, SMS_ALL};
use crate::storage::testing::{TestDatabase, on_both_engines};
use crate::telemetry::{counts, kept::Kept};

/// The key of global limits: all users together.
const ALL: &str = "all";

/// The number of alarms of a limit since the start of the tests.
fn alarms_of(ceiling: Limit) -> u64 {
    let of = |(event, limit, _): &(&str, &str, u64)| *event == "ceiling_reached" && *limit == ceiling.name;
    counts().iter().find(|count| of(count)).map_or(0, |(.., count)| *count)
}

/// Fails unless exactly one line of the log is the alarm of a limit.
fn told_once(kept: &Kept, ceiling: Limit) {
    let lines = kept.take();
    let alarms: Vec<_> = lines.iter().filter(|line| line["security.alarm"] == true).collect();
    assert_eq!(alarms.len(), 1, "{lines:?}");
    let alarm = (&alarms[0]["level"], &alarms[0]["security.event"], &alarms[0]["security.limit"]);
    assert_eq!(alarm, (&"ERROR".into(), &"ceiling_reached".into(), &ceiling.name.into()));
}

on_both_engines! {
    async fn a_full_queue_of_passwords_answers_with_a_page_that_says_when_to_come_again(database: TestDatabase) {
        let (kept, _guard) = Kept::listen("info");
        let portal = Portal::open(database).await;
        portal.person("ivan@example.ru").await;
        let operator = [("login", "olga"), ("password", "wrong-wrong-9")];
        let taken = portal.services.fill_password_queue();
        kept.take();
        let subscriber = [("login", "ivan@example.ru"), ("password", "gaz2026")];
        for (page, form) in [("/sign-in", subscriber), ("/console/sign-in", operator)] {
            let reply = portal.browser().posts(page, &form).await;
            reply.is(503).shows("<html").shows("Слишком много входов").shows("Подождите минуту");
            assert_eq!(reply.headers["retry-after"], "60");
            let is_event = |line: &&serde_json::Value| line["security.limit"] == "password-queue";
            assert_eq!(kept.take().iter().filter(is_event).count(), 1, "one event for each refusal");
        }
        portal.browser().opens("/").await.is(200);
        drop(taken);
        portal.browser().signs_in("ivan@example.ru", "gaz2026").await.leads_to("/accounts");
    }

    async fn beyond_the_ceiling_of_letters_none_is_written_and_an_alarm_is_raised(database: TestDatabase) {
        let (kept, _guard) = Kept::listen("info");
        let portal = Portal::open(database).await;
        LETTERS_ALL.fill(&portal.services, ALL).await;
        let before = alarms_of(LETTERS_ALL);
        kept.take();
        let ivan = portal.browser();
        ivan.registers("ivan@example.ru", "gaz2026").await.is(422).shows("Слишком много попыток");
        told_once(&kept, LETTERS_ALL);
        assert!(alarms_of(LETTERS_ALL) > before);
        assert_eq!((portal.dump("outbox").await, portal.dump("registrations").await), Default::default());
        // SMS have a separate global limit.
        portal.browser().registers("+79021234567", "gaz2026").await.leads_to("/register/code");
        portal.passes(LETTERS_ALL.window);
        ivan.registers("ivan@example.ru", "gaz2026").await.leads_to("/register/code");
        portal.letter_link("ivan@example.ru", "/confirm/").await;
    }

    async fn beyond_the_ceiling_of_sms_none_is_sent_and_an_alarm_is_raised(database: TestDatabase) {
        let (kept, _guard) = Kept::listen("info");
        let portal = Portal::open(database).await;
        SMS_ALL.fill(&portal.services, ALL).await;
        let before = alarms_of(SMS_ALL);
        kept.take();
        let ivan = portal.browser();
        ivan.posts("/recover", &[("login", "+79021234567")]).await.is(422).shows("можно запросить через 60");
        told_once(&kept, SMS_ALL);
        assert!(alarms_of(SMS_ALL) > before);
        assert_eq!((portal.dump("outbox").await, portal.dump("recoveries").await), Default::default());
        portal.passes(SMS_ALL.window);
        ivan.posts("/recover", &[("login", "+79021234567")]).await.leads_to("/recover/");
        portal.delivers().await;
        assert!(portal.sms.last_to("+79021234567").is_some());
    }

    async fn known_browsers_have_a_ceiling_of_their_own(database: TestDatabase) {
        let (kept, _guard) = Kept::listen("info");
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let asks = async || {
            portal.passes(Span::minutes(2));
            ivan.posts("/recover", &[("login", "ivan@example.ru")]).await
        };
        LETTERS_ALL.fill(&portal.services, ALL).await;
        asks().await.leads_to("/recover/");
        SENDS_KNOWN.fill(&portal.services, ALL).await;
        kept.take();
        asks().await.is(422);
        told_once(&kept, SENDS_KNOWN);
        portal.delivers().await;
        assert_eq!(portal.mail.messages().len(), 1);
    }

    async fn beyond_the_ceiling_of_sign_ins_only_known_browsers_are_let_in(database: TestDatabase) {
        let (kept, _guard) = Kept::listen("info");
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        SIGN_IN_ALL.fill(&portal.services, ALL).await;
        kept.take();
        portal.browser().signs_in("ivan@example.ru", "gaz2026").await.is(422).shows("Слишком много попыток");
        told_once(&kept, SIGN_IN_ALL);
        ivan.signs_in("ivan@example.ru", "gaz2026").await.leads_to("/accounts");
        portal.passes(SIGN_IN_ALL.window);
        portal.browser().signs_in("ivan@example.ru", "gaz2026").await.leads_to("/accounts");
    }
}
