//! Browsers that show notices by themselves: subscribed, listed, switched off, tried out.

use leptos::server_fn::ServerFn as _;

use super::door::CallReply;
use super::portal::{Person, Portal, at_once};
use crate::api::ApiError;
use crate::api::settings::push::{SendTrialPush, SubscribePush, WithdrawPush};
use crate::domain::calendar::Span;
use crate::gateway::push::{Subscription, example};
use crate::service::push::public_key;
use crate::storage::testing::{TestDatabase, on_both_engines};

const PAGE: &str = "/settings/push";
const TRIAL: &str = "/settings/push/trial";
const IVAN: &str = "ivan@example.ru";
const ANNA: &str = "anna@example.ru";

/// The subscription of a browser, as it writes it.
fn subscription(browser: &str) -> String {
    example(&format!("https://fcm.googleapis.com/fcm/send/{browser}")).to_json()
}

/// The values of an attribute on a page.
fn values(page: &str, before: &str) -> Vec<String> {
    page.split(before).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

impl Person<'_> {
    /// Subscribes a browser, as the page's script does.
    async fn subscribes(&self, browser: &str) -> CallReply {
        self.calls(SubscribePush::PATH, &[("subscription", &subscription(browser))]).await
    }

    /// The identifiers of the listed browsers.
    async fn browsers(&self) -> Vec<String> {
        values(&self.opens(PAGE).await.is(200).text(), "name=\"browser_id\" value=\"")
    }
}

on_both_engines! {
    async fn a_browser_is_subscribed_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        ivan.opens(PAGE).await.is(200).shows("Пока ни в одном браузере").shows("src=\"/push.js").hides("Прислать пробное");
        ivan.subscribes("phone").await.leads_to(PAGE);
        ivan.opens(PAGE).await.shows("Готово: уведомления будут приходить").shows("Неизвестное устройство");
        ivan.posts(PAGE, &[("subscription", &subscription("tablet"))]).await.leads_to(PAGE);
        assert_eq!(ivan.browsers().await.len(), 2);
        let stored = portal.dump("push_subscriptions").await;
        assert!(!stored.contains("fcm.googleapis.com"), "the address is stored as text: {stored}");
    }

    async fn a_browser_is_switched_off_by_its_owner_only(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (ivan, anna) = (portal.person(IVAN).await, portal.person(ANNA).await);
        ivan.subscribes("phone").await.leads_to(PAGE);
        ivan.subscribes("tablet").await.leads_to(PAGE);
        let [tablet, phone] = ivan.browsers().await.try_into().unwrap();
        anna.calls(WithdrawPush::PATH, &[("browser_id", &phone)]).await.leads_to(PAGE);
        anna.posts(&format!("{PAGE}/{phone}"), &[]).await.leads_to(PAGE);
        assert_eq!(ivan.browsers().await.len(), 2, "another person's browser stays");
        ivan.calls(WithdrawPush::PATH, &[("browser_id", &phone)]).await.leads_to(PAGE);
        assert_eq!(ivan.browsers().await, std::slice::from_ref(&tablet));
        ivan.posts(&format!("{PAGE}/{tablet}"), &[]).await.leads_to(PAGE);
        ivan.opens(PAGE).await.shows("Браузер отключён").shows("Пока ни в одном браузере");
        ivan.calls(WithdrawPush::PATH, &[("browser_id", "../x")]).await.fails(ApiError::NotFound);
        ivan.opens(&format!("{PAGE}/{tablet}")).await.leads_to(PAGE);
    }

    async fn a_browser_with_wrong_keys_or_an_internal_address_is_refused_in_words(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        let no_keys = Subscription { auth: String::new(), ..example("https://fcm.googleapis.com/1") }.to_json();
        let inside = ["https://localhost/1", "https://192.168.0.1/1", "http://fcm.googleapis.com/1", "https://db.internal/1"];
        let inside = inside.map(|address| example(address).to_json());
        let no_subscription = ["", "{}", "<script>", &no_keys].map(|typed| (typed, "не дал разрешение до конца"));
        let inside = inside.iter().map(|typed| (typed.as_str(), "недоступна из интернета"));
        for (typed, words) in no_subscription.into_iter().chain(inside) {
            let form = [("subscription", typed)];
            ivan.calls(SubscribePush::PATH, &form).await.refuses("subscription", words);
            ivan.posts(PAGE, &form).await.is(422).shows(words);
        }
        assert!(ivan.browsers().await.is_empty());
    }

    async fn a_shared_browser_shows_the_notices_of_who_subscribed_it_last(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (ivan, anna) = (portal.person(IVAN).await, portal.person(ANNA).await);
        ivan.subscribes("shared").await.leads_to(PAGE);
        anna.subscribes("shared").await.leads_to(PAGE);
        assert_eq!((ivan.browsers().await.len(), anna.browsers().await.len()), (0, 1));
    }

    async fn of_many_browsers_the_newest_stay_and_a_flood_is_refused(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        for number in 0..20 {
            portal.passes(Span::seconds(1));
            ivan.subscribes(&number.to_string()).await.leads_to(PAGE);
        }
        ivan.subscribes("one more").await.refuses("subscription", "Слишком много попыток");
        assert_eq!(ivan.browsers().await.len(), 10);
        ivan.calls(SendTrialPush::PATH, &[]).await.leads_to(PAGE);
        let mut sent: Vec<String> = portal.push.messages().into_iter().map(|push| push.to.endpoint).collect();
        sent.sort();
        let newest: Vec<String> = (10..20).map(|number| format!("https://fcm.googleapis.com/fcm/send/{number}")).collect();
        assert_eq!(sent, newest);
    }

    async fn a_trial_reaches_every_browser_signed_with_the_key_of_the_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        let key = values(&ivan.opens(PAGE).await.text(), "data-key=\"");
        ivan.calls(SendTrialPush::PATH, &[]).await.refuses("trial", "Сначала включите");
        ivan.subscribes("phone").await.leads_to(PAGE);
        ivan.posts(TRIAL, &[]).await.leads_to(PAGE);
        ivan.opens(PAGE).await.shows("Пробное уведомление отправлено");
        let [push] = portal.push.messages().try_into().unwrap();
        assert_eq!(key, [push.key.public()]);
        let payload: serde_json::Value = serde_json::from_str(&push.payload).unwrap();
        assert_eq!((payload["title"].as_str(), payload["link"].as_str()), (Some("Пробное уведомление"), Some(PAGE)));
    }

    async fn a_browser_that_ended_its_subscription_is_forgotten(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        ivan.subscribes("phone").await.leads_to(PAGE);
        portal.push.fails_for_now();
        ivan.calls(SendTrialPush::PATH, &[]).await.refuses("trial", "не ответила");
        assert_eq!(ivan.browsers().await.len(), 1, "a push service that is down ends no subscription");
        portal.push.fails_for_ever();
        ivan.posts(TRIAL, &[]).await.is(422).shows("отменил подписку");
        assert!(ivan.browsers().await.is_empty());
    }

    async fn trials_are_limited(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        ivan.subscribes("phone").await.leads_to(PAGE);
        for _ in 0..10 {
            ivan.calls(SendTrialPush::PATH, &[]).await.leads_to(PAGE);
        }
        ivan.calls(SendTrialPush::PATH, &[]).await.refuses("trial", "Слишком много попыток");
        assert_eq!(portal.push.messages().len(), 10);
    }

    async fn without_a_session_nothing_is_subscribed_and_nothing_is_sent(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let guest = portal.browser();
        guest.opens(PAGE).await.leads_to("/sign-in");
        guest.subscribes("phone").await.fails(ApiError::SignedOut);
        guest.calls(SendTrialPush::PATH, &[]).await.fails(ApiError::SignedOut);
        guest.calls(WithdrawPush::PATH, &[("browser_id", "x")]).await.fails(ApiError::SignedOut);
        assert_eq!(portal.dump("push_subscriptions").await, "");
    }

    async fn two_instances_that_make_the_key_at_once_have_the_same(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (one, other) = at_once(public_key(&portal.services), public_key(&portal.services));
        let key = one.unwrap();
        assert_eq!(other.unwrap(), key);
        assert_eq!(public_key(&portal.services).await.unwrap(), key);
    }
}
