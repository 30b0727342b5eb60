//! The console: the page's form and the server function give the same result.

use leptos::server_fn::ServerFn as _;

use super::portal::{INDEBTED, MASHAS, OPERATOR_PASSWORD, PERM, Person, Portal, new_operator};
use crate::api::console::account::{ChangePassword, EndOtherSessions, EndSession};
use crate::api::console::feedback::AnswerThread;
use crate::api::console::pin_requests::{ApprovePinRequest, RefusePinRequest};
use crate::api::console::second_factor::{RenewBackupCodes, SwitchSecondFactorOn};
use crate::api::console::sign_in::{EnterCode, SignIn, SignOut};
use crate::api::{ApiError, Outcome};
use crate::domain::calendar::{Moment, Span};
use crate::domain::feedback::MAX_MESSAGE;
use crate::domain::id::PinRequestId;
use crate::domain::pin::PinRequest;
use crate::exchange::Kind;
use crate::service::operators;
use crate::service::pins::MAX_REASON;
use crate::storage::Database;
use crate::storage::pin_requests::{self, QUEUE_PAGE};
use crate::storage::testing::{TestDatabase, on_both_engines};

const SIGN_IN: (&str, &str) = (SignIn::PATH, "/console/sign-in");
const CODE: (&str, &str) = (EnterCode::PATH, "/console/sign-in/code");
const FIRST_CODE: (&str, &str) = (SwitchSecondFactorOn::PATH, "/console/sign-in/set-up");
const CODES: (&str, &str) = (RenewBackupCodes::PATH, "/console/account/codes");
const SIGN_OUT: (&str, &str) = (SignOut::PATH, "/console/sign-out");
const PASSWORD: (&str, &str) = (ChangePassword::PATH, "/console/account/password");
const SESSIONS: (&str, &str) = (EndOtherSessions::PATH, "/console/account/sessions");
const QUEUE: &str = "/console/pin-requests";
/// A provider without accounts in the town.
const OTHER: &str = "ufa-gas";

/// An operator of [`OTHER`], signed in.
async fn of_another_provider(portal: &Portal) -> Person<'_> {
    let file = "code;name;region;account_length\nufa-gas;Газ Уфа;Башкортостан;8\n";
    portal.billing_brings(Kind::Providers, file).await;
    portal.operator_with("pavel", None, &[OTHER]).await
}

/// Enters the password of a new operator; returns the secret that the second step offers.
async fn begins_to_enter(person: &Person<'_>, login: &str) -> String {
    operators::add(&person.portal.services, new_operator(login)).await.unwrap();
    person.posts(SIGN_IN.1, &[("login", login), ("password", OPERATOR_PASSWORD)]).await.leads_to(CODE.1);
    person.opens(CODE.1).await.is(200).secret()
}

/// The sealed backup codes among the cookies of a browser.
fn sealed_codes(person: &Person<'_>) -> String {
    let cookies = person.cookie();
    let sealed = cookies.split("; ").find(|cookie| cookie.starts_with("kabinet-console-backup-codes="));
    sealed.expect("the codes travel in a cookie").to_owned()
}

/// Requests the PIN of an account with a name; returns the request.
async fn pin_request(person: &Person<'_>, operator: &Person<'_>, number: &str, name: &str) -> String {
    let account = person.linked(number).await;
    let form = [("name", name), ("address", "Пермь, Береговая, 1"), ("contact", "ivan@example.ru")];
    person.posts(&format!("/accounts/{account}/pin-request"), &form).await.leads_to("/accounts/");
    let page = operator.opens(QUEUE).await.text();
    let at = page.find("/console/pin-requests/").expect("a request waits");
    page[at + "/console/pin-requests/".len()..].chars().take(26).collect()
}

/// Inserts requests before a request, so that the queue has two pages and it is on the second.
async fn with_a_page_of_earlier_requests(portal: &Portal, id: &str) {
    let mut tx = portal.services.db().begin().await.unwrap();
    let request = pin_requests::by_id(&mut tx, &PinRequestId::parse(id).unwrap()).await.unwrap().unwrap();
    let created_at = Moment::from_micros(request.created_at.micros() - 1);
    for _ in 0..QUEUE_PAGE {
        let id = PinRequestId::trusted(portal.services.nature().id());
        pin_requests::insert(&mut tx, &PinRequest { id, created_at, ..request.clone() }).await.unwrap();
    }
    Database::commit(tx).await.unwrap();
}

/// The address of a decision on its page.
fn page_of(request: &str, decision: &str) -> String {
    format!("{QUEUE}/{request}/{decision}")
}

async fn thread(person: &Person<'_>) -> String {
    let sent = person.posts("/feedback", &[("subject", "Вопрос"), ("message", "Где платёж?")]).await;
    sent.location.unwrap().rsplit('/').next().unwrap().to_owned()
}

on_both_engines! {
    async fn a_sign_in_to_the_console_answers_the_same_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        operators::add(&portal.services, new_operator("olga")).await.unwrap();
        let secret = portal.browser().enters_console("olga").await;
        let (called, posted) = (portal.browser(), portal.browser());
        called.is_refused_both_ways(SIGN_IN, &[("password", "x")], ("login", "Введите логин")).await;
        called.is_refused_both_ways(SIGN_IN, &[("login", "olga")], ("password", "Введите пароль")).await;
        let wrong = [("login", "olga"), ("password", "wrong")];
        called.calls(SIGN_IN.0, &wrong).await.refuses("password", "не подошли");
        posted.posts(SIGN_IN.1, &wrong).await.is(422).shows("не подошли").hides("value=\"wrong\"");
        let form = [("login", "olga"), ("password", OPERATOR_PASSWORD), ("next", "//evil.example")];
        called.calls(SIGN_IN.0, &form).await.leads_to("/console/sign-in/code?next=%2Fconsole%2Fpin-requests");
        posted.posts(SIGN_IN.1, &form).await.leads_to("/console/sign-in/code?next=%2Fconsole%2Fpin-requests");
        called.is_refused_both_ways(CODE, &[("code", "12")], ("code", "шесть цифр")).await;
        called.is_refused_both_ways(CODE, &[("backup", "\u{7}")], ("backup", "шесть цифр")).await;
        let next = ("next", "/console/feedback");
        portal.passes(Span::seconds(30));
        called.calls(CODE.0, &[("code", &portal.code_of(&secret)), next]).await.leads_to("/console/feedback");
        portal.passes(Span::seconds(30));
        posted.posts(CODE.1, &[("code", &portal.code_of(&secret)), next]).await.leads_to("/console/feedback");
        for operator in [called, posted] {
            operator.opens(QUEUE).await.is(200);
        }
    }

    async fn a_code_without_a_password_leads_to_the_sign_in_either_way(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let guest = portal.browser();
        guest.calls(CODE.0, &[("code", "123456")]).await.leads_to("/console/sign-in?expired=1");
        guest.posts(CODE.1, &[("code", "123456")]).await.leads_to("/console/sign-in?expired=1");
        guest.calls(FIRST_CODE.0, &[("code", "123456")]).await.leads_to("/console/sign-in?expired=1");
        guest.posts(FIRST_CODE.1, &[("code", "123456")]).await.leads_to("/console/sign-in?expired=1");
    }

    async fn the_first_code_opens_the_console_the_same_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (called, posted) = (portal.browser(), portal.browser());
        let (secret, other) = (begins_to_enter(&called, "olga").await, begins_to_enter(&posted, "pavel").await);
        called.is_refused_both_ways(FIRST_CODE, &[("code", "12")], ("code", "шесть цифр")).await;
        let next = ("next", "/console/events");
        let to = "/console/account/codes?next=%2Fconsole%2Fevents";
        called.calls(FIRST_CODE.0, &[("code", &portal.code_of(&secret)), next]).await.leads_to(to);
        posted.posts(FIRST_CODE.1, &[("code", &portal.code_of(&other)), next]).await.leads_to(to);
        for operator in [called, posted] {
            operator.opens(to).await.is(200).shows("Запасные коды").shows("<code>");
            operator.opens(QUEUE).await.is(200);
        }
    }

    async fn a_set_up_that_another_browser_began_anew_leads_to_its_new_secret_either_way(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (olga, other) = (portal.browser(), portal.browser());
        let mut secret = begins_to_enter(&olga, "olga").await;
        other.posts(SIGN_IN.1, &[("login", "olga"), ("password", OPERATOR_PASSWORD)]).await.leads_to(CODE.1);
        for by_call in [true, false] {
            other.opens(CODE.1).await.is(200);
            let form = [("code", portal.code_of(&secret))];
            let form = form.each_ref().map(|(name, code)| (*name, code.as_str()));
            if by_call {
                olga.calls(FIRST_CODE.0, &form).await.leads_to(CODE.1);
            } else {
                olga.posts(FIRST_CODE.1, &form).await.leads_to(CODE.1);
            }
            let shown = olga.opens(CODE.1).await.is(200).shows("в другом браузере").secret();
            assert_ne!(shown, secret);
            secret = shown;
        }
    }

    async fn backup_codes_of_an_operator_are_renewed_the_same_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        operators::add(&portal.services, new_operator("olga")).await.unwrap();
        let olga = portal.browser();
        let secret = olga.enters_console("olga").await;
        olga.is_refused_both_ways(CODES, &[("code", "12")], ("code", "шесть цифр")).await;
        portal.passes(Span::seconds(30));
        olga.calls(CODES.0, &[("code", &portal.code_of(&secret))]).await.leads_to(CODES.1);
        let shown = olga.opens(CODES.1).await.is(200).text();
        let new = shown.split("<code>").nth(1).unwrap().split('<').next().unwrap().to_owned();
        olga.posts(CODES.1, &[("code", &new)]).await.leads_to(CODES.1);
        olga.opens(CODES.1).await.is(200).shows("<code>").hides(&new);
    }

    async fn backup_codes_of_an_operator_are_shown_once_and_in_their_own_session_only(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (olga, thief) = (portal.browser(), portal.operator("pavel").await);
        let secret = begins_to_enter(&olga, "olga").await;
        olga.posts(FIRST_CODE.1, &[("code", &portal.code_of(&secret))]).await.leads_to(CODES.1);
        let (own, sealed) = (olga.cookie(), sealed_codes(&olga));
        thief.holds_cookie(&format!("{}; {sealed}", thief.cookie()));
        thief.opens(CODES.1).await.leads_to("/console/account");
        olga.opens(CODES.1).await.is(200).shows("<code>");
        olga.opens(CODES.1).await.leads_to("/console/account");
        olga.holds_cookie(&own);
        portal.passes(Span::minutes(11));
        olga.opens(CODES.1).await.leads_to("/console/account");
    }

    async fn signing_out_ends_the_session_either_way(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (olga, pavel) = (portal.operator("olga").await, portal.operator("pavel").await);
        let cookies = [olga.cookie(), pavel.cookie()];
        let called = olga.calls(SIGN_OUT.0, &[]).await;
        called.leads_to("/console/sign-in");
        let posted = pavel.posts(SIGN_OUT.1, &[]).await;
        posted.leads_to("/console/sign-in");
        for headers in [&called.reply.headers, &posted.headers] {
            assert_eq!(headers["clear-site-data"], "\"cache\", \"storage\"");
        }
        for (person, cookie) in [olga, pavel].into_iter().zip(cookies) {
            assert!(!person.cookie().contains("kabinet-console="), "the cookie is taken away");
            person.holds_cookie(&cookie);
            person.opens(QUEUE).await.leads_to("/console/sign-in");
        }
        portal.browser().opens(SIGN_OUT.1).await.leads_to("/console/sign-in");
    }

    async fn a_request_is_approved_once_either_way(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (ivan, olga) = (portal.person("ivan@example.ru").await, portal.operator("olga").await);
        let id = pin_request(&ivan, &olga, INDEBTED, "Соколова Анна Ивановна").await;
        let form = [("request_id", id.as_str()), ("page", "2")];
        let called = olga.calls(ApprovePinRequest::PATH, &form).await;
        assert_eq!(called.outcome(), Outcome::Next(format!("{QUEUE}?page=2")));
        olga.opens(QUEUE).await.shows("ПИН-код отправлен заявителю");
        olga.posts(&page_of(&id, "approve"), &form).await.leads_to(QUEUE);
        olga.opens(QUEUE).await.shows("уже решил другой сотрудник");
        olga.calls(ApprovePinRequest::PATH, &form).await.leads_to(QUEUE);
        olga.opens(QUEUE).await.shows("уже решил другой сотрудник");
        portal.delivers().await;
        let pins = portal.mail.messages().iter().filter(|letter| letter.body.contains("12345678")).count();
        assert_eq!(pins, 1);
    }

    async fn a_name_that_differs_leads_to_a_question_either_way(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let pavel = of_another_provider(&portal).await;
        let (ivan, olga) = (portal.person("ivan@example.ru").await, portal.operator("olga").await);
        let id = pin_request(&ivan, &olga, MASHAS, "Иванов Иван").await;
        let question = format!("{QUEUE}?confirm={id}");
        let form = [("request_id", id.as_str()), ("page", "1")];
        assert_eq!(olga.calls(ApprovePinRequest::PATH, &form).await.outcome(), Outcome::Next(question.clone()));
        assert_eq!(olga.posts(&page_of(&id, "approve"), &form).await.location.unwrap(), question);
        portal.delivers().await;
        assert!(portal.mail.last_to("ivan@example.ru").is_none());
        olga.opens(&format!("{question}&page=9")).await.is(200).shows("Точно отправить?").shows("Имя и адрес не совпадают");
        olga.opens(QUEUE).await.hides("Точно отправить?");
        pavel.opens(&question).await.is(200).shows("Запросов нет").hides(MASHAS);
        let confirmed = [("request_id", id.as_str()), ("confirmed", "1")];
        olga.calls(ApprovePinRequest::PATH, &confirmed).await.leads_to(QUEUE);
        olga.opens(&question).await.is(200).shows("ПИН-код отправлен").hides("Точно отправить?");
    }

    async fn the_question_finds_its_request_on_the_second_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (ivan, olga) = (portal.person("ivan@example.ru").await, portal.operator("olga").await);
        let id = pin_request(&ivan, &olga, MASHAS, "Иванов Иван").await;
        with_a_page_of_earlier_requests(&portal, &id).await;
        for page in ["1", "2"] {
            let seen = olga.opens(&format!("{QUEUE}?confirm={id}&page={page}")).await;
            seen.is(200).shows("Точно отправить?").shows("name=\"page\" value=\"2\"");
            let refused = olga.posts(&page_of(&id, "refuse"), &[("page", page), ("reason", "")]).await;
            refused.is(422).shows(&format!("href=\"#reason-{id}\"")).shows(&format!("id=\"reason-{id}\""));
        }
        let form = [("request_id", id.as_str()), ("page", "2")];
        let question = format!("{QUEUE}?confirm={id}&page=2");
        assert_eq!(olga.calls(ApprovePinRequest::PATH, &form).await.outcome(), Outcome::Next(question));
    }

    async fn a_hostile_address_of_the_question_shows_the_queue(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (ivan, olga) = (portal.person("ivan@example.ru").await, portal.operator("olga").await);
        let id = pin_request(&ivan, &olga, MASHAS, "Иванов Иван").await;
        for hostile in ["x", "2%26confirm", "%3Cb%3E", "99999999999999999999"] {
            olga.opens(&format!("{QUEUE}?confirm={id}&page={hostile}")).await.is(200).shows("Точно отправить?");
        }
        let (unknown, long) = ("a".repeat(26), "a".repeat(500));
        for hostile in ["x", "%3Cscript%3E", unknown.as_str(), long.as_str()] {
            olga.opens(&format!("{QUEUE}?confirm={hostile}")).await.is(200).shows(MASHAS).hides("Точно отправить?");
        }
    }

    async fn a_refusal_answers_the_same_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (ivan, olga) = (portal.person("ivan@example.ru").await, portal.operator("olga").await);
        let id = pin_request(&ivan, &olga, INDEBTED, "Иванов Иван").await;
        let (page, field) = (page_of(&id, "refuse"), format!("reason-{id}"));
        let long = format!("</textarea><b>{}", "я".repeat(MAX_REASON));
        for (reason, words) in [
            (" ", "Напишите, почему отказано"),
            (long.as_str(), "Слишком длинный текст"),
            ("Имя\u{7}", "невидимые знаки"),
            ("Карта 4111 1111 1111 1111", "Похоже на номер карты"),
        ] {
            let form = [("request_id", id.as_str()), ("reason", reason)];
            olga.is_refused_both_ways((RefusePinRequest::PATH, page.as_str()), &form, (field.as_str(), words)).await;
        }
        let seen = olga.posts(&page, &[("reason", &long)]).await;
        seen.is(422).shows("&lt;/textarea&gt;&lt;b&gt;яя").hides("</textarea><b>");
        let form = [("request_id", id.as_str()), ("reason", "Имя не совпадает")];
        olga.calls(RefusePinRequest::PATH, &form).await.leads_to(QUEUE);
        olga.opens(QUEUE).await.shows("В ПИН-коде отказано");
        olga.posts(&page, &form).await.leads_to(QUEUE);
        olga.opens(QUEUE).await.shows("уже решил другой сотрудник");
        portal.delivers().await;
        assert!(portal.mail.last_to("ivan@example.ru").unwrap().body.contains("Имя не совпадает"));
    }

    async fn weakness_7_a_request_of_another_provider_is_not_there_either_way(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let pavel = of_another_provider(&portal).await;
        let (ivan, olga) = (portal.person("ivan@example.ru").await, portal.operator("olga").await);
        let id = pin_request(&ivan, &olga, INDEBTED, "Соколова Анна Ивановна").await;
        let unknown = portal.services.nature().id();
        let mut tries = 0;
        for request in [id.as_str(), unknown.as_str(), "x", ""] {
            for (function, decision) in [(ApprovePinRequest::PATH, "approve"), (RefusePinRequest::PATH, "refuse")] {
                for field in [("confirmed", "1"), ("confirmed", ""), ("reason", "Нет"), ("reason", "")] {
                    pavel.calls(function, &[("request_id", request), field]).await.fails(ApiError::NotFound).reply.is(404);
                    // The page takes the request from its path and ignores the form's field.
                    pavel.posts(&page_of(request, decision), &[("request_id", &id), field]).await.is(404);
                    tries += if request == id { 2 } else { 0 };
                }
            }
        }
        let recorded = portal.dump("audit").await.matches("decision_refused").count();
        assert_eq!(recorded, tries, "each try is in the trail");
        olga.opens(QUEUE).await.shows(INDEBTED);
    }

    async fn nobody_but_an_operator_calls_a_function_of_the_console(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (ivan, olga) = (portal.person("ivan@example.ru").await, portal.operator("olga").await);
        let id = pin_request(&ivan, &olga, INDEBTED, "Соколова Анна Ивановна").await;
        let thread = thread(&ivan).await;
        let (approve, refuse) = (page_of(&id, "approve"), page_of(&id, "refuse"));
        let (answer, session) = (format!("/console/feedback/{thread}"), format!("{}/{id}", SESSIONS.1));
        let form = [
            ("request_id", id.as_str()),
            ("thread_id", thread.as_str()),
            ("session_id", id.as_str()),
            ("reason", "Нет"),
            ("message", "Ответ"),
            ("current_password", OPERATOR_PASSWORD),
            ("new_password", "kama-volga-belaya"),
        ];
        for person in [portal.browser(), ivan] {
            for (function, page) in [
                (ApprovePinRequest::PATH, approve.as_str()),
                (RefusePinRequest::PATH, refuse.as_str()),
                (AnswerThread::PATH, answer.as_str()),
                PASSWORD,
                CODES,
                SESSIONS,
                (EndSession::PATH, session.as_str()),
            ] {
                person.calls(function, &form).await.fails(ApiError::SignedOut).reply.is(401);
                person.posts(page, &form).await.leads_to("/console/sign-in?next=%2Fconsole%2F");
            }
        }
        olga.opens(QUEUE).await.is(200).shows(INDEBTED);
        assert_eq!(portal.dump("audit").await.matches("decision_refused").count(), 0);
    }

    async fn an_answer_is_taken_or_refused_the_same_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (ivan, olga) = (portal.person("ivan@example.ru").await, portal.operator("olga").await);
        let id = thread(&ivan).await;
        let page = format!("/console/feedback/{id}");
        let long = "я".repeat(MAX_MESSAGE + 1);
        for (message, words) in [
            (" ", "Напишите сообщение"),
            (long.as_str(), "Слишком длинный текст"),
            ("Ответ\u{7}", "невидимые знаки"),
            ("Карта 4111 1111 1111 1111", "Похоже на номер карты"),
        ] {
            let form = [("thread_id", id.as_str()), ("message", message)];
            olga.is_refused_both_ways((AnswerThread::PATH, page.as_str()), &form, ("message", words)).await;
        }
        let form = [("thread_id", id.as_str()), ("message", "Ответ по вызову")];
        olga.calls(AnswerThread::PATH, &form).await.leads_to("/console/feedback");
        olga.opens("/console/feedback").await.shows("Ответ отправлен абоненту");
        olga.posts(&page, &[("message", "Ответ со страницы")]).await.leads_to("/console/feedback");
        ivan.opens(&format!("/feedback/{id}")).await.shows("Ответ по вызову").shows("Ответ со страницы");
    }

    async fn weakness_7_a_thread_of_another_providers_subscriber_is_not_there_either_way(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let pavel = of_another_provider(&portal).await;
        let ivan = portal.person("ivan@example.ru").await;
        ivan.linked(INDEBTED).await;
        let (id, unknown) = (thread(&ivan).await, portal.services.nature().id());
        for thread in [id.as_str(), unknown.as_str(), "x", ""] {
            for message in ["Ответ", ""] {
                let form = [("thread_id", thread), ("message", message)];
                pavel.calls(AnswerThread::PATH, &form).await.fails(ApiError::NotFound).reply.is(404);
                // The page takes the thread from its path and ignores the form's field.
                let form = [("thread_id", id.as_str()), ("message", message)];
                pavel.posts(&format!("/console/feedback/{thread}"), &form).await.is(404);
            }
        }
        ivan.opens(&format!("/feedback/{id}")).await.hides("Ответ</");
        let olga = portal.operator_with("olga", None, &[PERM]).await;
        let form = [("thread_id", id.as_str()), ("message", "Ответ")];
        olga.calls(AnswerThread::PATH, &form).await.leads_to("/console/feedback");
    }

    async fn a_password_changes_the_same_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let olga = portal.operator("olga").await;
        let form = |current: &'static str, new: &'static str| [("current_password", current), ("new_password", new)];
        olga.is_refused_both_ways(PASSWORD, &form("", "x"), ("current_password", "Введите текущий пароль")).await;
        olga.is_refused_both_ways(PASSWORD, &form("x", ""), ("new_password", "Придумайте пароль")).await;
        olga.is_refused_both_ways(PASSWORD, &form("x", "short"), ("new_password", "от 10 знаков")).await;
        olga.is_refused_both_ways(PASSWORD, &form("x", "1234567890"), ("new_password", "слишком простой")).await;
        let wrong = form("wrong-wrong", "kama-volga-belaya");
        olga.calls(PASSWORD.0, &wrong).await.refuses("current_password", "не подошёл");
        olga.posts(PASSWORD.1, &wrong).await.is(422).shows("не подошёл").hides("kama-volga-belaya");
        olga.calls(PASSWORD.0, &form(OPERATOR_PASSWORD, "kama-volga-belaya")).await.leads_to("/console/account");
        olga.opens("/console/account").await.shows("Пароль изменён");
        olga.posts(PASSWORD.1, &form("kama-volga-belaya", OPERATOR_PASSWORD)).await.leads_to("/console/account");
    }

    async fn sessions_end_the_same_by_call_and_by_page(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (olga, pavel) = (portal.operator("olga").await, portal.operator("pavel").await);
        let operators = operators::list(&portal.services).await.unwrap();
        let of_pavel = operators.iter().find(|listed| listed.operator.login == "pavel").unwrap();
        let sessions = operators::sessions_of(&portal.services, &of_pavel.operator.id).await.unwrap();
        let foreign = sessions[0].id.to_string();
        let page = format!("{}/{foreign}", SESSIONS.1);
        olga.calls(EndSession::PATH, &[("session_id", foreign.as_str())]).await.leads_to("/console/account");
        olga.posts(&page, &[]).await.leads_to("/console/account");
        olga.calls(SESSIONS.0, &[]).await.leads_to("/console/account");
        olga.posts(SESSIONS.1, &[]).await.leads_to("/console/account");
        olga.calls(EndSession::PATH, &[("session_id", "x")]).await.fails(ApiError::NotFound);
        olga.posts(&format!("{}/x", SESSIONS.1), &[]).await.is(404);
        assert!(!portal.dump("audit").await.contains("session_ended"));
        pavel.opens(QUEUE).await.is(200);
        for form in [page.as_str(), SESSIONS.1, PASSWORD.1] {
            olga.opens(form).await.leads_to("/console/account");
        }
    }
}
