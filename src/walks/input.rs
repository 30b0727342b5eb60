//! Malicious input that no page of the portal sends: bytes, identifiers, cookies and headers.

use axum::body::Body;
use axum::http::HeaderValue;
use futures::future::{join, join_all};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};
use tokio::sync::Barrier;

use super::portal::{INDEBTED, MASHAS, Portal};
use crate::domain::calendar::Span;
use crate::exchange::Kind;
use crate::service::account_access;
use crate::storage::testing::{TestDatabase, on_both_engines};

/// Rounds of a race: each starts every side behind one barrier.
const ROUNDS: usize = 50;
/// Addresses with a placeholder for arbitrary text.
const PLACES: [&str; 12] = [
    "/confirm/",
    "/recover/",
    "/accounts/",
    "/payments/",
    "/feedback/",
    "/settings/unlink/",
    "/console/feedback/",
    "/console/pin-requests/",
    "/accounts/link?provider=",
    "/sign-in?next=",
    "/api/providers?query=",
    "/settings/payments?page=",
];
/// Forms, each with the names of its fields.
const FORMS: [(&str, &[&str]); 17] = [
    ("/register", &["login", "password", "consent"]),
    ("/register/code", &["code"]),
    ("/sign-in", &["login", "password", "next"]),
    ("/sign-in/code", &["code", "next"]),
    ("/recover", &["login"]),
    ("/recover/code", &["code", "password"]),
    ("/accounts/link", &["provider", "number"]),
    ("/feedback", &["subject", "message"]),
    ("/feedback/guest", &["contact", "subject", "message"]),
    ("/settings/name", &["name"]),
    ("/settings/password", &["current_password", "new_password"]),
    ("/settings/contact", &["contact"]),
    ("/settings/contact/code", &["code"]),
    ("/settings/login", &["new_login", "current_password"]),
    ("/settings/login/code", &["code"]),
    ("/console/sign-in", &["login", "password", "next"]),
    ("/console/sign-in/code", &["code"]),
];

/// Arbitrary bytes, percent-encoded.
fn encoded(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("%{byte:02X}")).collect()
}

on_both_engines! {
    async fn a_nul_in_any_field_is_no_internal_error(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        for (address, fields) in FORMS {
            for field in fields {
                let reply = ivan.posts(address, &[(field, "a\0b")]).await;
                assert!(reply.status.is_client_error(), "{address} {field}: {}", reply.status);
            }
        }
        for place in PLACES {
            ivan.opens(&format!("{place}a%00b")).await.is(404);
        }
        let account = ivan.has_full_access().await;
        let form = [("amount", "10"), ("key", "a\0b")];
        ivan.posts(&format!("/accounts/{account}/pay"), &form).await.is(400);
        ivan.posts(&format!("/accounts/{account}/pin"), &[("pin", "a\0b")]).await.is(400);
        for field in ["name", "address", "contact"] {
            ivan.posts(&format!("/accounts/{account}/pin-request"), &[(field, "a\0b")]).await.is(400);
        }
        let olga = portal.operator("olga").await;
        olga.posts("/console/account/password", &[("current_password", "a\0b")]).await.is(400);
    }

    async fn a_card_number_is_kept_nowhere(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.browser().registers("5555555555554444@mail.ru", "kama2026x").await.is(422).shows("номер карты");
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        ivan.posts("/settings/name", &[("name", "５５５５ ５５５５ ５５５５ ４４４４")]).await.is(422);
        ivan.posts("/feedback", &[("subject", "a"), ("message", "5555\u{2060}555555554444")]).await.is(422);
        let form = [("amount", "10"), ("key", "5555555555554444")];
        ivan.posts(&format!("/accounts/{account}/pay"), &form).await;
        let request = ivan
            .request("POST", "/sign-in")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .header("user-agent", "5555 5555 5555 4444")
            .body(Body::from("login=ivan%40example.ru&password=gaz2026"));
        ivan.sends(request.unwrap()).await.leads_to("/accounts");
        ivan.opens("/settings").await.hides("4444");
        for table in ["sessions", "payments", "users", "registrations", "feedback_messages"] {
            let rows = portal.dump(table).await;
            assert!(!rows.contains("5555555555554444") && !rows.contains("5555 5555"), "{table}: {rows}");
        }
    }

    async fn no_bytes_of_a_stranger_are_an_internal_error(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        ivan.linked(INDEBTED).await;
        let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
        let inputs: Vec<Vec<u8>> = (0..24)
            .map(|_| {
                let strategy = proptest::collection::vec(any::<u8>(), 0..60);
                strategy.new_tree(&mut runner).unwrap().current()
            })
            .collect();
        for bytes in inputs {
            for place in PLACES {
                let address = format!("{place}{}", encoded(&bytes));
                let reply = ivan.opens(&address).await;
                assert!(!reply.status.is_server_error(), "{address}: {}", reply.status);
            }
            for header in ["cookie", "x-forwarded-for", "user-agent", "referer", "origin", "accept-language"] {
                let Ok(value) = HeaderValue::from_bytes(&bytes) else { continue };
                let guest = portal.browser();
                let request = guest.request("GET", "/accounts").header(header, value).body(Body::empty());
                let reply = guest.sends(request.unwrap()).await;
                assert!(!reply.status.is_server_error(), "{header} {bytes:?}: {}", reply.status);
            }
        }
    }

    async fn a_hostile_part_of_an_address_is_never_echoed_in_a_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        for place in PLACES.iter().filter(|place| !place.contains('?')) {
            for hostile in ["..%2Fsign-out", "%22%3E%3Cscript%3E", "javascript%3Aalert(1)", "%2F%2Fevil.example"] {
                let reply = ivan.opens(&format!("{place}{hostile}")).await;
                assert!(reply.status.as_u16() == 404 || reply.status.is_redirection(), "{place}{hostile}");
                reply.hides("<script>").hides("evil.example").hides("javascript:alert").hides("/sign-out\" data");
            }
        }
    }

    async fn five_owners_have_full_access_at_most_however_many_link_first(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let mut people = Vec::new();
        for number in 0..7 {
            let person = portal.person(&format!("owner{number}@example.ru")).await.at_address(&format!("10.9.{number}.1"));
            let account = person.linked(INDEBTED).await;
            people.push((person, account));
        }
        let found = account_access::find(&portal.services, "perm-gas", INDEBTED).await.unwrap().unwrap();
        for _ in 0..ROUNDS {
            let barrier = Barrier::new(people.len());
            let entered = people.iter().map(async |(person, account)| {
                barrier.wait().await;
                person.enters_pin(account, "12345678").await
            });
            let replies = join_all(entered).await;
            let opened = replies.iter().filter(|reply| reply.status.is_redirection()).count();
            let owners = account_access::owners(&portal.services, &found).await.unwrap();
            assert_eq!((opened, owners.len()), (5, 5));
            let refused = replies.iter().find(|reply| !reply.status.is_redirection()).unwrap();
            refused.is(422).shows("support@example.ru");
            for owner in owners {
                account_access::revoke(&portal.services, &found, &owner.login).await.unwrap();
            }
            // The refused one has one try less; an hour restores it and requires the password again.
            portal.passes(Span::minutes(61));
            for (number, (person, _)) in people.iter().enumerate() {
                person.signs_in(&format!("owner{number}@example.ru"), "gaz2026").await.leads_to("/accounts");
            }
        }
    }

    async fn a_pin_that_is_replaced_at_this_moment_opens_nothing(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.linked(INDEBTED).await;
        let found = account_access::find(&portal.services, "perm-gas", INDEBTED).await.unwrap().unwrap();
        for round in 0..ROUNDS {
            let pin = format!("1234{round:04}");
            let billed = format!("account;address;subscriber;email;pin\n{INDEBTED};г. Пермь;Соколова;;{pin}\n");
            portal.billing_brings(Kind::Accounts, &billed).await;
            let barrier = Barrier::new(2);
            let replaced = async {
                barrier.wait().await;
                account_access::replace_pin(&portal.services, &found, true).await.unwrap();
            };
            let entered = async {
                barrier.wait().await;
                ivan.enters_pin(&account, &pin).await
            };
            let ((), reply) = join(replaced, entered).await;
            assert!(!reply.status.is_server_error(), "{}", reply.status);
            let owners = account_access::owners(&portal.services, &found).await.unwrap();
            assert!(owners.is_empty(), "round {round}: the old PIN opened the account after it was replaced");
            portal.passes(Span::minutes(61));
            ivan.signs_in("ivan@example.ru", "gaz2026").await.leads_to("/accounts");
        }
    }

    async fn a_replaced_pin_is_in_the_trail_of_an_account_that_nobody_opened(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let found = account_access::find(&portal.services, "perm-gas", MASHAS).await.unwrap().unwrap();
        account_access::replace_pin(&portal.services, &found, false).await.unwrap();
        let trail = portal.dump("audit").await;
        assert!(trail.contains("pin_replaced") && trail.contains(found.id.as_str()), "{trail}");
    }

    async fn an_administrator_takes_full_access_away_and_replaces_the_pin(database: TestDatabase) {
        use account_access::{Revoked, find, owners, replace_pin, revoke};
        let portal = Portal::open(database).await;
        let ivan = portal.person("ivan@example.ru").await;
        let account = ivan.has_full_access().await;
        let services = &portal.services;
        let found = find(services, "perm-gas", INDEBTED).await.unwrap().unwrap();
        let login = crate::domain::login::Login::parse("ivan@example.ru").unwrap();
        assert_eq!(owners(services, &found).await.unwrap().len(), 1);
        assert_eq!(revoke(services, &found, &login).await.unwrap(), Revoked::Closed);
        ivan.opens(&format!("/accounts/{account}/settlements")).await.leads_to("/accounts/");
        assert_eq!(replace_pin(services, &found, true).await.unwrap(), 0);
        ivan.enters_pin(&account, "12345678").await.is(422);
        portal.delivers().await;
        assert!(portal.mail.last_to("ivan@example.ru").unwrap().body.contains("закрыл полную версию"));
    }
}

#[test]
fn no_record_shows_the_words_of_a_person_in_its_debug_text() {
    use crate::domain::account::AccountNumber;
    use crate::domain::calendar::Moment;
    use crate::domain::id::{AccountId, OperatorId, PinRequestId, UserId};
    use crate::domain::login::Login;
    use crate::domain::money::Money;
    use crate::domain::operator::Operator;
    use crate::domain::pin::{PinRequest, PinRequestState, QueuedRequest};
    use crate::gateway::acquirer::{FiscalContact, Order};
    use crate::gateway::mail::Letter;
    use crate::gateway::sms::Sms;

    let secret = || "personal".to_owned();
    let request = PinRequest {
        id: PinRequestId::trusted("r".repeat(26)),
        user_id: UserId::trusted("u".repeat(26)),
        account_id: AccountId::trusted("a".repeat(26)),
        applicant_name: secret(),
        applicant_address: secret(),
        contact: secret(),
        state: PinRequestState::Refused,
        reason: Some(secret()),
        created_at: Moment::from_micros(0),
    };
    let queued = QueuedRequest {
        request: request.clone(),
        number: AccountNumber::trusted(secret()),
        provider: secret(),
        subscriber: Some(secret()),
        address: secret(),
        phone: Some(secret()),
        email: Some(secret()),
    };
    let operator = Operator {
        id: OperatorId::trusted("o".repeat(26)),
        login: secret(),
        name: secret(),
        disabled_at: None,
        contact: Some(secret()),
        all_providers: true,
    };
    let order = Order {
        idempotency_key: secret(),
        amount: Money::from_kopecks(100),
        description: secret(),
        return_url: secret(),
        payment_id: "payment-id".to_owned(),
        account_number: secret(),
        fiscal_contact: FiscalContact::Email(secret()),
    };
    let (letter, sms) = (Letter::plain(secret(), secret(), secret()), Sms { to: secret(), text: secret() });
    let login = Login::Email(secret());
    let number = AccountNumber::trusted(secret());
    let text = format!("{request:?} {queued:?} {operator:?} {order:?} {letter:?} {sms:?} {login:?} {number:?}");
    assert!(!text.contains("personal"), "{text}");
    for id in ["rrrrrrrr", "oooooooo", "payment-id"] {
        assert!(text.contains(id), "{id}: {text}");
    }
}
