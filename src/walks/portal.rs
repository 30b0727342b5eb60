//! The portal under test, and a person with a browser.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::header::{COOKIE, LOCATION, SET_COOKIE};
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use tokio::sync::Barrier;
use totp_rs::{Builder, Secret};
use tower::ServiceExt as _;

use crate::app::router;
use crate::clock::{Clock, Nature, SystemEntropy};
use crate::demo_town::{Town, write_town};
use crate::domain::calendar::{Moment, Span};
use crate::domain::id::AccountId;
use crate::domain::login::Login;
use crate::domain::password::PasswordPolicy;
use crate::exchange::Kind;
use crate::gateway::acquirer::recording::ScriptedBank;
use crate::gateway::recording::{RecordingMailer, RecordingPush, RecordingSms};
use crate::http::{Site, Web};
use crate::service::import::{ImportFile, import};
use crate::service::operators::{NewOperator, Providers};
use crate::service::vault::Vault;
use crate::service::{Outside, Services, Settings, messages, operators, registration};
use crate::storage::testing::TestDatabase;

/// 22.11.2026 12:00 in Perm.
const NOON: i64 = 1_795_330_800_000_000;
/// The town's account with a debt of 1 234,56 ₽ for October 2026; its PIN is 12345678.
pub const INDEBTED: &str = "59000001";
/// Another account of the same provider, without charges; its e-mail address in billing is masha@example.ru.
pub const MASHAS: &str = "59000002";
/// The provider of both.
pub const PERM: &str = "perm-gas";

/// The password of every operator.
pub const OPERATOR_PASSWORD: &str = "smena-na-kame-2026";

/// A clock that only the test moves.
#[derive(Default)]
pub struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> Moment {
        Moment::from_micros(self.0.load(Ordering::Relaxed))
    }
}

/// The whole site over its own small town.
pub struct Portal {
    pub services: Services,
    pub mail: RecordingMailer,
    pub sms: RecordingSms,
    pub push: RecordingPush,
    pub bank: ScriptedBank,
    clock: Arc<TestClock>,
    router: Router,
    _database: TestDatabase,
    folder: tempfile::TempDir,
}

impl Portal {
    /// Opens the portal over its own small town.
    pub async fn open(database: TestDatabase) -> Self {
        let portal = Self::empty(database);
        portal.load_town().await;
        portal
    }

    /// Opens the portal over the town that `kabinet demo` makes.
    pub async fn over_the_demo_town(database: TestDatabase) -> (Self, Town) {
        let portal = Self::empty(database);
        let town = write_town(portal.folder.path(), portal.services.today()).unwrap();
        for file in &town.files {
            portal.imports(file.kind, file.provider_code, &file.path).await;
        }
        (portal, town)
    }

    fn empty(database: TestDatabase) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(TestClock(AtomicI64::new(NOON)));
        let nature = Nature { clock: clock.clone(), entropy: Arc::new(SystemEntropy) };
        let key = folder.path().join("secret.key");
        Vault::create_key(&key, &nature).unwrap();
        let vault = Vault::open(&key, nature.clone()).unwrap();
        let (mail, sms, bank) = (RecordingMailer::new(), RecordingSms::new(), ScriptedBank::new());
        let push = RecordingPush::new();
        let outside = Outside {
            acquirer: Arc::new(bank.clone()),
            mailer: Arc::new(mail.clone()),
            sms: Arc::new(sms.clone()),
            push: Arc::new(push.clone()),
        };
        let settings = Settings {
            portal_name: crate::http::theme::NAME.to_owned(),
            public_url: "http://127.0.0.1:3000".to_owned(),
            public_host: "127.0.0.1".to_owned(),
            password_policy: PasswordPolicy::Manual,
            max_links: 3,
            utc_offset_hours: 5,
            support_email: "support@example.ru".to_owned(),
            demo: true,
            password_hash: crate::domain::password::HashWork::LEAST,
            context_words: Vec::new(),
            notices: crate::domain::notice::NoticeSettings::USUAL,
            notice_texts: Arc::new(crate::config::texts::notices::built_in().unwrap()),
        };
        let services = Services::new(database.database.clone(), nature, vault, outside, settings).unwrap();
        let site = Site {
            origin: "http://127.0.0.1:3000".to_owned(),
            https: false,
            trusted_proxies: crate::config::TrustedProxies::default(),
            form_targets: String::new(),
            support_email: "support@example.ru".to_owned(),
            hints: crate::config::hints(None).unwrap(),
            texts: crate::config::Texts::made_up(),
            theme: crate::http::theme::Theme::default(),
        };
        let router = router(Web { services: services.clone(), site: Arc::new(site) }, None);
        Self { services, mail, sms, push, bank, clock, router, _database: database, folder }
    }

    async fn load_town(&self) {
        let row = |n: u32| format!("5900000{n};г. Пермь, ул. Береговая, {n};Соколов Андрей;;\n");
        let accounts: String = (3..=8).map(row).collect();
        let files = [
            (
                Kind::Providers,
                "code;name;region;account_length\nperm-gas;Межрегионгаз Пермь;Пермский край;8\n".to_owned(),
            ),
            (
                Kind::Accounts,
                format!(
                    "account;address;subscriber;email;pin\n\
                     59000001;г. Пермь, ул. Береговая, 1;Соколова Анна Ивановна;;12345678\n\
                     59000002;г. Пермь, ул. Береговая, 2;Морозова Мария;masha@example.ru;87654321\n{accounts}"
                ),
            ),
            (
                Kind::Charges,
                "account;period;service;opening;charged;paid;closing\n\
                 59000001;2026-09;Газоснабжение природным газом;0;1000,00;0;1000,00\n\
                 59000001;2026-10;Газоснабжение природным газом;1000,00;734,56;500,00;1234,56\n"
                    .to_owned(),
            ),
        ];
        for (kind, text) in files {
            self.billing_brings(kind, &text).await;
        }
    }

    /// Imports a registry of billing.
    pub async fn billing_brings(&self, kind: Kind, text: &str) {
        let file = self.folder.path().join("town.csv");
        std::fs::write(&file, text).unwrap();
        self.imports(kind, (kind != Kind::Providers).then_some(PERM), &file).await;
    }

    /// Imports a file of another provider's billing.
    pub async fn billing_of_brings(&self, provider_code: &str, kind: Kind, text: &str) {
        let file = self.folder.path().join("town.csv");
        std::fs::write(&file, text).unwrap();
        self.imports(kind, Some(provider_code), &file).await;
    }

    async fn imports(&self, kind: Kind, provider_code: Option<&str>, file: &Path) {
        let vault = Vault::open(&self.folder.path().join("secret.key"), self.services.nature().clone()).unwrap();
        let file = ImportFile::new(kind, provider_code, file, 5);
        import(self.services.db(), self.services.nature(), &vault, file, |_| {}).await.unwrap();
    }

    /// Moves the clock.
    pub fn passes(&self, span: Span) {
        self.clock.0.store(self.services.now().plus(span).micros(), Ordering::Relaxed);
    }

    /// The worker sends the queued letters and SMS.
    pub async fn delivers(&self) {
        while messages::deliver(&self.services).await.unwrap() > 0 {}
    }

    /// A new browser.
    pub fn browser(&self) -> Person<'_> {
        Person { portal: self, cookies: Mutex::new(Vec::new()), address: "10.0.0.1".to_owned() }
    }

    /// A person with an account of the portal, signed in.
    pub async fn person(&self, login: &str) -> Person<'_> {
        registration::make_confirmed(&self.services, &Login::parse(login).unwrap(), "gaz2026").await.unwrap();
        let person = self.browser();
        person.signs_in(login, "gaz2026").await.leads_to("/accounts");
        person
    }

    /// An operator of all providers, signed in.
    pub async fn operator(&self, login: &str) -> Person<'_> {
        self.operator_with(login, None, &[]).await
    }

    /// An operator with their own contact and some providers (all if none is given); signed in.
    pub async fn operator_with(&self, login: &str, contact: Option<&str>, providers: &[&str]) -> Person<'_> {
        let codes: Vec<String> = providers.iter().map(|code| (*code).to_owned()).collect();
        let providers = if codes.is_empty() { Providers::All } else { Providers::Only(codes.as_slice()) };
        let new = NewOperator { contact, providers, ..new_operator(login) };
        operators::add(&self.services, new).await.unwrap();
        let operator = self.browser();
        operator.enters_console(login).await;
        operator
    }

    /// The current code of an authenticator app for a secret.
    pub fn code_of(&self, secret: &str) -> String {
        let secret = Secret::try_from_base32(secret.replace(' ', "")).unwrap();
        let totp = Builder::new().with_secret(secret).with_account_name("a").build().unwrap();
        totp.generate(u64::try_from(self.services.now().micros() / 1_000_000).unwrap()).to_string()
    }

    /// All texts of a table, for tests of stored data.
    pub async fn dump(&self, table: &str) -> String {
        crate::storage::testing::dump(self.services.db(), table).await
    }

    /// The six digits of the newest SMS to a phone, after delivery.
    pub async fn sms_code(&self, phone: &str) -> String {
        self.delivers().await;
        let sms = self.sms.last_to(phone).expect("an SMS came");
        sms.text.rsplit('#').next().unwrap().trim().to_owned()
    }

    /// The link with a path in the newest letter that has one, after delivery: letters of another kind may come later.
    pub async fn letter_link(&self, to: &str, path: &str) -> String {
        self.delivers().await;
        let letters = self.mail.messages();
        let mut bodies = letters.iter().rev().filter(|letter| letter.to == to).map(|letter| letter.body.as_str());
        let found = bodies.find_map(|body| body.find(path).map(|at| &body[at..]));
        let found = found.unwrap_or_else(|| panic!("no letter to {to} holds {path}"));
        found.split_whitespace().next().unwrap().to_owned()
    }
}

/// An operator of all providers, not added yet.
pub const fn new_operator(login: &str) -> NewOperator<'_> {
    NewOperator { login, name: "Ольга", contact: None, providers: Providers::All, password: OPERATOR_PASSWORD }
}

/// Runs two futures at once, each on its own thread behind one barrier; `join` would start them one after the other.
pub fn at_once<A: Send, B: Send>(one: impl Future<Output = A> + Send, other: impl Future<Output = B> + Send) -> (A, B) {
    let (runtime, barrier) = (tokio::runtime::Handle::current(), Barrier::new(2));
    std::thread::scope(|threads| {
        let (runtime, barrier) = (&runtime, &barrier);
        let one = threads.spawn(move || runtime.block_on(async move { (barrier.wait().await, one.await).1 }));
        let other = threads.spawn(move || runtime.block_on(async move { (barrier.wait().await, other.await).1 }));
        (one.join().unwrap(), other.join().unwrap())
    })
}

/// The response of the site.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub location: Option<String>,
    pub headers: axum::http::HeaderMap,
    pub bytes: Vec<u8>,
}

impl Reply {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// Fails unless the page contains the words.
    pub fn shows(&self, words: &str) -> &Self {
        // Texts of a view may be separated by empty comments.
        let text = self.text().replace("<!---->", "");
        assert!(text.contains(words), "{} does not show «{words}»:\n{text}", self.status);
        self
    }

    /// Fails if the page contains the words.
    pub fn hides(&self, words: &str) -> &Self {
        assert!(!self.text().contains(words), "the page shows «{words}»");
        self
    }

    /// Fails unless it is a redirect to an address with this prefix.
    pub fn leads_to(&self, address: &str) -> &Self {
        let location = self.location.as_deref().unwrap_or_default();
        assert!(self.status.is_redirection(), "{} instead of a redirect:\n{}", self.status, self.text());
        assert!(location.starts_with(address), "leads to {location}, not to {address}");
        self
    }

    /// The secret of a second factor that the page shows.
    pub fn secret(&self) -> String {
        let text = self.text();
        let at = text.find("id=\"secret\"").unwrap_or_else(|| panic!("no secret:\n{text}"));
        let from = text[at..].find('>').unwrap() + at + 1;
        text[from..].split('<').next().unwrap().to_owned()
    }

    /// Fails unless the response has this status.
    pub fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        self
    }
}

/// A person with a browser: cookies and an IP address.
pub struct Person<'a> {
    pub portal: &'a Portal,
    cookies: Mutex<Vec<(String, String)>>,
    pub address: String,
}

impl Person<'_> {
    /// The same browser on another IP address.
    pub fn at_address(mut self, address: &str) -> Self {
        address.clone_into(&mut self.address);
        self
    }

    /// The cookie of this browser.
    pub fn cookie(&self) -> String {
        let cookies = self.cookies.lock().unwrap();
        cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    /// The cookie of this browser's session at the portal.
    pub fn session_cookie(&self) -> String {
        let cookies = self.cookies.lock().unwrap();
        let (name, value) = cookies.iter().find(|(name, _)| name == "kabinet").expect("a session");
        format!("{name}={value}")
    }

    /// Uses a copied cookie, as a thief or a second tab would.
    pub fn holds_cookie(&self, cookie: &str) {
        let pairs = cookie.split("; ").map(|pair| pair.split_once('=').unwrap());
        *self.cookies.lock().unwrap() = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    }

    /// Opens an address.
    pub async fn opens(&self, address: &str) -> Reply {
        self.sends(self.request("GET", address).body(Body::empty()).unwrap()).await
    }

    /// Submits a form of the portal's own page.
    pub async fn posts(&self, address: &str, fields: &[(&str, &str)]) -> Reply {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self
            .request("POST", address)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(body))
            .unwrap();
        self.sends(request).await
    }

    pub fn request(&self, method: &str, address: &str) -> axum::http::request::Builder {
        let peer: SocketAddr = format!("{}:40000", self.address).parse().unwrap();
        Request::builder()
            .method(method)
            .uri(address)
            .header("host", "127.0.0.1:3000")
            .header("accept", "text/html")
            .header(COOKIE, self.cookie())
            .extension(ConnectInfo(peer))
    }

    pub async fn sends(&self, request: Request<Body>) -> Reply {
        let response = self.portal.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(SET_COOKIE) {
            self.keeps(cookie.to_str().unwrap());
        }
        let location = parts.headers.get(LOCATION).map(|value| value.to_str().unwrap().to_owned());
        let bytes = body.collect().await.unwrap().to_bytes().to_vec();
        Reply { status: parts.status, location, headers: parts.headers, bytes }
    }

    fn keeps(&self, cookie: &str) {
        let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
        let mut cookies = self.cookies.lock().unwrap();
        cookies.retain(|(kept, _)| kept != name);
        if !value.is_empty() {
            cookies.push((name.to_owned(), value.to_owned()));
        }
    }

    /// Submits the registration form.
    pub async fn registers(&self, login: &str, password: &str) -> Reply {
        self.posts("/register", &[("login", login), ("password", password), ("consent", "on")]).await
    }

    /// Submits the sign-in form.
    pub async fn signs_in(&self, login: &str, password: &str) -> Reply {
        self.posts("/sign-in", &[("login", login), ("password", password)]).await
    }

    /// Signs in to the console for the first time: password, then the authenticator app is set up. Returns its secret.
    pub async fn enters_console(&self, login: &str) -> String {
        let form = [("login", login), ("password", OPERATOR_PASSWORD)];
        self.posts("/console/sign-in", &form).await.leads_to("/console/sign-in/code");
        let secret = self.opens("/console/sign-in/code").await.secret();
        let code = self.portal.code_of(&secret);
        let set_up = self.posts("/console/sign-in/set-up", &[("code", &code)]).await;
        set_up.leads_to("/console/account/codes");
        self.opens(set_up.location.as_deref().unwrap()).await.is(200).shows("Запасные коды");
        secret
    }

    /// Links an account of the town's provider.
    pub async fn links(&self, number: &str) -> Reply {
        self.posts("/accounts/link", &[("provider", PERM), ("number", number)]).await
    }

    /// Links an account and returns its identifier.
    pub async fn linked(&self, number: &str) -> AccountId {
        let reply = self.links(number).await;
        let location = reply.location.unwrap_or_else(|| panic!("{number} was not linked"));
        AccountId::parse(location.rsplit('/').next().unwrap()).unwrap()
    }

    /// Enters a PIN on the account's page.
    pub async fn enters_pin(&self, account: &AccountId, pin: &str) -> Reply {
        self.posts(&format!("/accounts/{account}/pin"), &[("pin", pin)]).await
    }

    /// Links the account with the debt and opens it with its PIN.
    pub async fn has_full_access(&self) -> AccountId {
        let account = self.linked(INDEBTED).await;
        self.enters_pin(&account, "12345678").await.leads_to("/accounts/");
        account
    }

    /// Begins a payment; the form has its own idempotency key.
    pub async fn pays(&self, account: &AccountId, amount: &str) -> Reply {
        let key = self.portal.services.nature().id();
        self.posts(&format!("/accounts/{account}/pay"), &[("amount", amount), ("key", &key)]).await
    }
}
