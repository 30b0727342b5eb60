//! Tests feedback and the operators' console as a browser without JavaScript uses them: forms in, pages out.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE, USER_AGENT};
use axum::http::{HeaderName, Request, StatusCode};
use tower::ServiceExt as _;

use crate::clock::{Clock, Nature, SystemEntropy};
use crate::domain::calendar::Moment;
use crate::domain::id::{AccountId, UserId};
use crate::domain::login::Login;
use crate::domain::password::PasswordPolicy;
use crate::domain::pin::Pin;
use crate::exchange::Kind;
use crate::gateway::recording::RecordingMailer;
use crate::http::{Site, Web};
use crate::pages;
use crate::service::access::OwnAccess;
use crate::service::import::{ImportFile, PinSealer, import};
use crate::service::payments::PaymentForm;
use crate::service::pins::{Form, request};
use crate::service::sign_in::{Door, Step, sign_in};
use crate::service::vault::Vault;
use crate::service::{Outside, Services, Settings, Visitor, links, messages, operators, payments, registration};
use crate::storage::testing::{TestDatabase, sqlite};
use crate::walks::portal::{OPERATOR_PASSWORD, new_operator};

/// 22.11.2026 12:00 UTC.
const NOON: i64 = 1_795_348_800_000_000;
const PASSWORD: &str = "gazprom5";
const PROVIDER: &str = "perm-gas";
const NUMBERS: [&str; 4] = ["59000001", "59000002", "59000003", "59000004"];
/// Bytes.
const MAX_PAGE: usize = 1 << 20;

struct StoppedClock;

impl Clock for StoppedClock {
    fn now(&self) -> Moment {
        Moment::from_micros(NOON)
    }
}

struct NoPins;
impl PinSealer for NoPins {
    fn seal(&self, _: &Pin, _: &AccountId) -> String {
        unreachable!("the test's file has no PINs")
    }
}

/// A portal with a provider of four accounts and no users.
struct Portal {
    services: Services,
    router: Router,
    mail: RecordingMailer,
    _database: TestDatabase,
    folder: tempfile::TempDir,
}

struct Seen {
    status: StatusCode,
    location: String,
    cookie: Option<String>,
    page: String,
}

impl Seen {
    fn has(&self, text: &str) -> bool {
        self.page.contains(text)
    }

    /// The first form of the page whose address has this ending.
    fn form(&self, ending: &str) -> String {
        let mut addresses = self.page.split(r#"action=""#).skip(1).filter_map(|part| part.split('"').next());
        addresses.find(|address| address.ends_with(ending)).expect("the page has such a form").to_owned()
    }
}

fn visitor() -> Visitor {
    Visitor { user_agent: "a test".to_owned(), ..Visitor::at("127.0.0.1") }
}

impl Portal {
    async fn open() -> Self {
        let database = sqlite().await;
        let folder = tempfile::tempdir().unwrap();
        let nature = Nature { clock: Arc::new(StoppedClock), entropy: Arc::new(SystemEntropy) };
        let key = folder.path().join("key");
        Vault::create_key(&key, &nature).unwrap();
        let vault = Vault::open(&key, nature.clone()).unwrap();
        let mail = RecordingMailer::new();
        let outside = Outside::recording(&mail);
        let settings = Settings {
            portal_name: crate::http::theme::NAME.to_owned(),
            public_url: "http://localhost:3000".to_owned(),
            public_host: "localhost".to_owned(),
            password_policy: PasswordPolicy::Manual,
            max_links: 3,
            utc_offset_hours: 5,
            support_email: "support@example.ru".to_owned(),
            demo: false,
            password_hash: crate::domain::password::HashWork::LEAST,
            context_words: Vec::new(),
            notices: crate::domain::notice::NoticeSettings::USUAL,
            notice_texts: Arc::new(crate::config::texts::notices::built_in().unwrap()),
        };
        let services = Services::new(database.database.clone(), nature.clone(), vault, outside, settings).unwrap();
        let site = Site {
            origin: "http://localhost:3000".to_owned(),
            https: false,
            trusted_proxies: crate::config::TrustedProxies::default(),
            form_targets: String::new(),
            support_email: "support@example.ru".to_owned(),
            hints: crate::config::hints(None).unwrap(),
            texts: crate::config::Texts::made_up(),
            theme: crate::http::theme::Theme::default(),
        };
        let web = Web { services: services.clone(), site: Arc::new(site) };
        let router = Router::new()
            .merge(pages::settings::router())
            .merge(pages::feedback::router())
            .merge(pages::help::router())
            .merge(super::router())
            .with_state(web);
        let portal = Self { services, router, mail, _database: database, folder };
        portal.load(&nature).await;
        portal
    }

    async fn load(&self, nature: &Nature) {
        let providers =
            format!("code;name;region;support_phone\n{PROVIDER};Межрегионгаз Пермь;Пермский край;88003000104\n");
        let mut accounts = "account;address;subscriber;email\n".to_owned();
        for number in NUMBERS {
            accounts += &format!("{number};г. Пермь, ул. Ленина, д. 5, кв. {number};Петрова Анна;anna@example.ru\n");
        }
        let files = [(Kind::Providers, None, providers), (Kind::Accounts, Some(PROVIDER), accounts)];
        for (kind, provider, text) in files {
            let file = self.folder.path().join("registry.csv");
            std::fs::write(&file, text).unwrap();
            let file = ImportFile::new(kind, provider, &file, 5);
            import(self.services.db(), nature, &NoPins, file, |_| {}).await.unwrap();
        }
    }

    /// A confirmed user and their cookie.
    async fn user(&self, login: &str) -> (UserId, String) {
        let login = Login::parse(login).unwrap();
        let id = registration::make_confirmed(&self.services, &login, PASSWORD).await.unwrap();
        let cookie = self.signs_in(&login).await;
        (id, cookie)
    }

    async fn signs_in(&self, login: &Login) -> String {
        let signed_in = sign_in(&self.services, Door::Portal, login.as_str(), PASSWORD, &visitor()).await;
        let Ok(Step::SignedIn(signed_in)) = signed_in else { panic!("the user signs in") };
        format!("kabinet={}", signed_in.session.reveal())
    }

    /// An operator and their cookie, from the console's sign-in.
    async fn operator(&self, login: &str) -> String {
        operators::add(&self.services, new_operator(login)).await.unwrap();
        let form = [("login", login), ("password", OPERATOR_PASSWORD), ("next", "")];
        let pending = self.posts("", "/console/sign-in", &form).await.cookie.unwrap();
        let page = self.opens(&pending, "/console/sign-in/code").await.page;
        let secret = page.split("id=\"secret\"").nth(1).unwrap();
        let secret = secret[secret.find('>').unwrap() + 1..].split('<').next().unwrap().replace(' ', "");
        let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
        let totp = totp_rs::Builder::new().with_secret(secret).with_account_name("a").build().unwrap();
        let code = totp.generate(u64::try_from(self.services.now().micros() / 1_000_000).unwrap()).to_string();
        let set_up = self.posts(&pending, "/console/sign-in/set-up", &[("code", &code)]).await;
        assert_eq!(set_up.status, StatusCode::SEE_OTHER, "{}", set_up.page);
        set_up.cookie.unwrap()
    }

    async fn links(&self, user: &UserId, number: &str) -> AccountId {
        links::link(&self.services, user, PROVIDER, number, &visitor()).await.unwrap()
    }

    async fn asks_for_pin(&self, user: &UserId, account: &AccountId, name: &str) {
        let own = OwnAccess::find(&self.services, user, account).await.unwrap().unwrap();
        let form = Form { name, address: "Пермь, Ленина 5", contact: "other@example.ru" };
        request(&self.services, &own, form, &visitor()).await.unwrap();
    }

    async fn opens(&self, cookie: &str, path: &str) -> Seen {
        let request = Request::get(path).header(COOKIE, cookie).header(USER_AGENT, "a test").body(Body::empty());
        self.asks(request.unwrap()).await
    }

    async fn posts(&self, cookie: &str, path: &str, form: &[(&str, &str)]) -> Seen {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = Request::post(path)
            .header(COOKIE, cookie)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body));
        self.asks(request.unwrap()).await
    }

    async fn asks(&self, request: Request<Body>) -> Seen {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let header =
            |name: HeaderName| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let cookie = header(SET_COOKIE).and_then(|text| text.split(';').next().map(str::to_owned));
        let (status, location) = (response.status(), header(LOCATION).unwrap_or_default());
        let bytes = to_bytes(response.into_body(), MAX_PAGE).await.unwrap();
        Seen { status, location, cookie, page: String::from_utf8(bytes.to_vec()).unwrap() }
    }

    async fn delivers_letters(&self) {
        while messages::deliver(&self.services).await.unwrap() > 0 {}
    }
}

/// The address of a sign-in form that leads back to a page.
fn door(at: &str, page: &str) -> String {
    format!("{at}/sign-in?next={}", page.replace('/', "%2F"))
}

#[tokio::test]
async fn a_guest_is_led_to_the_right_door_and_one_door_does_not_open_the_other() {
    let portal = Portal::open().await;
    let (_, user) = portal.user("anna@example.ru").await;
    let operator = portal.operator("olga").await;
    for path in ["/settings", "/settings/payments", "/settings/events"] {
        assert_eq!(portal.opens("", path).await.location, door("", path));
        assert_eq!(portal.opens(&operator, path).await.location, door("", path));
        assert_eq!(portal.opens(&user, path).await.status, StatusCode::OK);
    }
    for path in ["/console/pin-requests", "/console/feedback"] {
        assert_eq!(portal.opens("", path).await.location, door("/console", path));
        assert_eq!(portal.opens(&user, path).await.location, door("/console", path));
        assert_eq!(portal.opens(&operator, path).await.status, StatusCode::OK);
    }
    let stolen = operator.replace("kabinet-console=", "kabinet=");
    assert_eq!(portal.opens(&stolen, "/settings").await.location, door("", "/settings"));
    let stolen = user.replace("kabinet=", "kabinet-console=");
    assert_eq!(portal.opens(&stolen, "/console/feedback").await.location, door("/console", "/console/feedback"));
}

#[tokio::test]
async fn an_operator_signs_in_back_to_the_page_asked_for_and_signs_out() {
    let portal = Portal::open().await;
    let operator = portal.operator("olga").await;
    let wrong = portal.posts("", "/console/sign-in", &[("login", "olga"), ("password", "wrong")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.has("<title>Ошибка: Вход для сотрудников") && wrong.has(r#"value="olga""#) && !wrong.has("wrong\""));
    let form = [("login", "OLGA"), ("password", OPERATOR_PASSWORD), ("next", "/console/feedback")];
    let code = "/console/sign-in/code?next=%2Fconsole%2Ffeedback";
    assert_eq!(portal.posts("", "/console/sign-in", &form).await.location, code);
    assert_eq!(portal.opens(&operator, "/console/sign-in").await.location, "/console/pin-requests");
    assert_eq!(portal.opens("", "/console").await.location, "/console/pin-requests");
    assert_eq!(portal.posts(&operator, "/console/sign-out", &[]).await.location, "/console/sign-in");
    assert_eq!(portal.opens(&operator, "/console/feedback").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn an_account_is_unlinked_after_a_question_and_its_payments_stay() {
    let portal = Portal::open().await;
    let (id, cookie) = portal.user("anna@example.ru").await;
    let account = portal.links(&id, NUMBERS[0]).await;
    let own = OwnAccess::find(&portal.services, &id, &account).await.unwrap().unwrap();
    let form = PaymentForm { amount: "100,50", key: "0123456789abcdef", again: false };
    let paid = payments::begin(&portal.services, &own, form).await.unwrap();

    let unlink = format!("/settings/unlink/{account}");
    assert!(portal.opens(&cookie, "/settings").await.has(&format!(r#"href="{unlink}""#)));
    assert!(portal.opens(&cookie, &unlink).await.has("Отключить лицевой счёт 59000001?"));
    assert_eq!(OwnAccess::all(&portal.services, &id).await.unwrap().len(), 1);

    for _ in 0..2 {
        assert_eq!(portal.posts(&cookie, &unlink, &[]).await.location, "/settings");
    }
    assert!(OwnAccess::all(&portal.services, &id).await.unwrap().is_empty());
    assert_eq!(portal.opens(&cookie, &unlink).await.status, StatusCode::NOT_FOUND);
    let settings = portal.opens(&cookie, "/settings").await;
    assert!(settings.has("отключён") && settings.has("Пока ни одного лицевого счёта"));
    for path in ["/settings/payments", "/settings/payments?page=999"] {
        let seen = portal.opens(&cookie, path).await;
        assert!(seen.has(&format!("/payments/{}", paid.id)) && seen.has("59000001, Межрегионгаз Пермь"), "{path}");
    }
}

#[tokio::test]
async fn the_account_of_another_user_is_not_there_and_stays_linked() {
    let portal = Portal::open().await;
    let (anna, _) = portal.user("anna@example.ru").await;
    let (_, ivan) = portal.user("ivan@example.ru").await;
    let account = portal.links(&anna, NUMBERS[0]).await;
    assert_eq!(portal.opens(&ivan, &format!("/settings/unlink/{account}")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(portal.opens(&ivan, "/settings/unlink/nonsense").await.status, StatusCode::NOT_FOUND);
    portal.posts(&ivan, &format!("/settings/unlink/{account}"), &[]).await;
    assert_eq!(OwnAccess::all(&portal.services, &anna).await.unwrap().len(), 1);
}

#[tokio::test]
async fn with_three_accounts_the_settings_say_why_no_more_can_be_linked() {
    let portal = Portal::open().await;
    let (id, cookie) = portal.user("anna@example.ru").await;
    assert!(portal.opens(&cookie, "/settings").await.has("ПОДКЛЮЧИТЬ ЛИЦЕВОЙ СЧЁТ"));
    for number in &NUMBERS[..3] {
        portal.links(&id, number).await;
    }
    let seen = portal.opens(&cookie, "/settings").await;
    assert!(!seen.has("ПОДКЛЮЧИТЬ ЛИЦЕВОЙ СЧЁТ") && seen.has("Подключено счетов: 3 из 3"));
}

#[tokio::test]
async fn a_name_is_kept_escaped_and_can_be_taken_back() {
    let portal = Portal::open().await;
    let (_, cookie) = portal.user("anna@example.ru").await;
    let name = |text: &'static str| [("name", text)];
    assert_eq!(portal.posts(&cookie, "/settings/name", &name(r#" Анна"><b> "#)).await.location, "/settings/profile");
    let seen = portal.opens(&cookie, "/settings/profile").await;
    assert!(seen.has("Анна") && !seen.has(r#"Анна"><b>"#));
    portal.posts(&cookie, "/settings/name", &name("  ")).await;
    assert!(!portal.opens(&cookie, "/settings/profile").await.has("Анна"));

    let long = "я".repeat(101);
    let refused = portal.posts(&cookie, "/settings/name", &[("name", &long)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.has(&long) && refused.has("<title>Ошибка: Профиль") && refused.has(r##"href="#name""##));
}

#[tokio::test]
async fn a_changed_password_ends_the_other_sessions() {
    let portal = Portal::open().await;
    let (_, cookie) = portal.user("anna@example.ru").await;
    let other = portal.signs_in(&Login::parse("anna@example.ru").unwrap()).await;
    let form = |current: &'static str, new: &'static str| [("current_password", current), ("new_password", new)];
    for (current, new, field) in [
        ("", "", "current_password"),
        (PASSWORD, "", "new_password"),
        (PASSWORD, "abc", "new_password"),
        ("wrong1", "teplo777", "current_password"),
    ] {
        let seen = portal.posts(&cookie, "/settings/password", &form(current, new)).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(seen.has(&format!(r##"href="#{field}""##)), "{current} {new}");
        assert!(!seen.has(PASSWORD) && !seen.has("teplo777"));
    }
    assert_eq!(portal.opens(&other, "/settings").await.status, StatusCode::OK);
    let changed = portal.posts(&cookie, "/settings/password", &form(PASSWORD, "teplo777")).await;
    assert_eq!(changed.location, "/settings/security");
    assert_eq!(portal.opens(&other, "/settings").await.status, StatusCode::SEE_OTHER);
    assert!(portal.opens(&cookie, "/settings").await.has("Пароль изменён"));
}

#[tokio::test]
async fn a_session_is_ended_from_the_list_alone_or_with_all_the_others() {
    let portal = Portal::open().await;
    let login = Login::parse("anna@example.ru").unwrap();
    let (_, cookie) = portal.user("anna@example.ru").await;
    let second = portal.signs_in(&login).await;
    let page = portal.opens(&cookie, "/settings/sessions").await.page;
    let addresses: Vec<&str> = page.split(r#"action=""#).filter_map(|part| part.split('"').next()).collect();
    let end: Vec<&&str> = addresses.iter().filter(|address| address.starts_with("/settings/sessions/")).collect();
    assert_eq!(end.len(), 1, "the own session has no button: {addresses:?}");
    assert_eq!(portal.posts(&cookie, end[0], &[]).await.location, "/settings/sessions");
    assert_eq!(portal.opens(&second, "/settings").await.status, StatusCode::SEE_OTHER);
    let third = portal.signs_in(&login).await;
    let (_, stranger) = portal.user("ivan@example.ru").await;
    portal.posts(&cookie, "/settings/sessions", &[]).await;
    assert_eq!(portal.opens(&third, "/settings").await.status, StatusCode::SEE_OTHER);
    assert_eq!(portal.opens(&cookie, "/settings").await.status, StatusCode::OK);
    assert_eq!(portal.opens(&stranger, "/settings").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_question_is_answered_in_the_portal_and_by_letter() {
    let portal = Portal::open().await;
    let (_, cookie) = portal.user("anna@example.ru").await;
    let operator = portal.operator("olga").await;
    assert!(portal.opens(&cookie, "/feedback").await.has("Обращений пока нет"));
    assert!(portal.opens(&operator, "/console/feedback").await.has("Обращений нет"));

    let question = "Где платёж?\n<script>alert(1)</script>";
    let sent = portal.posts(&cookie, "/feedback", &[("subject", "Платёж за октябрь"), ("message", question)]).await;
    assert!(sent.location.starts_with("/feedback/"));
    let thread = portal.opens(&cookie, &sent.location).await;
    assert!(thread.has("Сообщение отправлено") && thread.has("Где платёж?") && !thread.has("<script>alert"));
    assert!(portal.opens(&cookie, "/feedback").await.has("Ждёт ответа"));

    let queue = portal.opens(&operator, "/console/feedback").await;
    let address = format!("/console{}", sent.location);
    assert!(queue.has("Ждут ответа: 1") && queue.has(&address));
    assert!(portal.opens(&operator, &address).await.has("a***@example.ru"));
    let empty = portal.posts(&operator, &address, &[("message", " ")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    portal.posts(&operator, &address, &[("message", "Платёж нашёлся, он зачислен.")]).await;

    assert!(portal.opens(&cookie, "/feedback").await.has("Есть ответ"));
    assert!(portal.opens(&cookie, &sent.location).await.has("Платёж нашёлся"));
    portal.delivers_letters().await;
    assert!(portal.mail.last_to("anna@example.ru").unwrap().body.contains("Платёж нашёлся"));
    portal.posts(&cookie, &sent.location, &[("message", "Спасибо!")]).await;
    assert!(portal.opens(&operator, "/console/feedback").await.has("Ждут ответа: 1"));
}

#[tokio::test]
async fn the_same_words_sent_twice_are_one_message() {
    let portal = Portal::open().await;
    let (_, cookie) = portal.user("anna@example.ru").await;
    let form = [("subject", "Платёж"), ("message", "Где платёж?")];
    let first = portal.posts(&cookie, "/feedback", &form).await;
    assert_eq!(portal.posts(&cookie, "/feedback", &form).await.location, first.location);
    portal.posts(&cookie, &first.location, &form[1..]).await;
    let thread = portal.opens(&cookie, &first.location).await;
    assert_eq!(thread.page.matches("Где платёж?").count(), 1);
    portal.posts(&cookie, &first.location, &[("message", "И ещё вопрос")]).await;
    portal.posts(&cookie, &first.location, &form[1..]).await;
    assert_eq!(portal.opens(&cookie, &first.location).await.page.matches("Где платёж?").count(), 2);
}

#[tokio::test]
async fn a_question_that_cannot_be_taken_comes_back_with_what_was_typed() {
    let portal = Portal::open().await;
    let (_, cookie) = portal.user("anna@example.ru").await;
    let card = "Моя карта 4111 1111 1111 1111";
    let seen = portal.posts(&cookie, "/feedback", &[("subject", ""), ("message", card)]).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(seen.has("<title>Ошибка: Обращения"));
    assert!(seen.has(r##"href="#subject""##) && seen.has(r##"href="#message""##) && seen.has("Моя карта"));
}

#[tokio::test]
async fn a_thread_of_another_user_is_not_there() {
    let portal = Portal::open().await;
    let (_, anna) = portal.user("anna@example.ru").await;
    let (_, ivan) = portal.user("ivan@example.ru").await;
    let sent = portal.posts(&anna, "/feedback", &[("subject", "Вопрос"), ("message", "Как дела?")]).await;
    assert_eq!(portal.opens(&ivan, &sent.location).await.status, StatusCode::NOT_FOUND);
    let answer = portal.posts(&ivan, &sent.location, &[("message", "Это не моё")]).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_pin_request_is_compared_and_decided_once() {
    let portal = Portal::open().await;
    let (id, _) = portal.user("ivan@example.ru").await;
    let first = portal.operator("olga").await;
    let second = portal.operator("pavel").await;
    assert!(portal.opens(&first, "/console/pin-requests").await.has("Запросов нет"));
    let account = portal.links(&id, NUMBERS[0]).await;
    portal.asks_for_pin(&id, &account, "АННА Петрова").await;

    let queue = portal.opens(&first, "/console/pin-requests").await;
    assert!(queue.has("АННА Петрова") && queue.has("Петрова Анна") && queue.has("Совпадает"));
    assert!(queue.has("other@example.ru") && queue.has("anna@example.ru") && queue.has("Отличается"));
    let approve = queue.form("/approve");
    let refuse = approve.replace("/approve", "/refuse");

    let nameless = portal.posts(&first, &refuse, &[("reason", "")]).await;
    assert_eq!(nameless.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nameless.has(r##"href="#reason-"##) && nameless.has(r#"aria-invalid="true""#));

    let question = portal.posts(&first, &approve, &[]).await.location;
    let asked = portal.opens(&first, &question).await;
    assert!(asked.has("Точно отправить?") && asked.has("Адрес не совпадает") && !asked.has("Имя и адрес"));
    portal.posts(&first, &approve, &[("confirmed", "1")]).await;
    assert!(portal.opens(&first, "/console/pin-requests").await.has("ПИН-код отправлен"));
    for (address, form) in [(&approve, [("reason", "")]), (&refuse, [("reason", "Адрес не тот")])] {
        portal.posts(&second, address, &form).await;
        assert!(portal.opens(&second, "/console/pin-requests").await.has("уже решил другой сотрудник"));
    }
    portal.delivers_letters().await;
    assert!(portal.mail.last_to("other@example.ru").unwrap().body.contains("ПИН-код для лицевого счёта 59000001"));
}

#[tokio::test]
async fn a_refusal_reaches_the_applicant_with_its_reason() {
    let portal = Portal::open().await;
    let (id, _) = portal.user("ivan@example.ru").await;
    let operator = portal.operator("olga").await;
    let account = portal.links(&id, NUMBERS[0]).await;
    portal.asks_for_pin(&id, &account, "Иванов Иван").await;
    let queue = portal.opens(&operator, "/console/pin-requests").await;
    portal.posts(&operator, &queue.form("/refuse"), &[("reason", "Фамилия не совпадает")]).await;
    portal.delivers_letters().await;
    assert!(portal.mail.last_to("other@example.ru").unwrap().body.contains("Фамилия не совпадает"));
}

#[tokio::test]
async fn help_and_the_consent_are_open_to_guests_and_name_the_support() {
    let portal = Portal::open().await;
    let help = portal.opens("", "/help").await;
    assert!(help.has("support@example.ru") && !help.has("Межрегионгаз Пермь:"));
    let consent = portal.opens("", "/consent").await;
    assert!(consent.has("Редакция от 01.11.2026") && consent.has("Это образец"));
    assert!(consent.has("ООО «Газ Тихоярска», ИНН 5900000098"));

    let (id, cookie) = portal.user("anna@example.ru").await;
    portal.links(&id, NUMBERS[0]).await;
    assert!(portal.opens(&cookie, "/help").await.has("Межрегионгаз Пермь"));
}
