//! Notices to a whole town, for `cargo xtask bench notices`: `notices DATABASE_URL ACCOUNTS LETTERS`.
//!
//! Seeds so many accounts, each with its user and its meter, plans the notices of an open window for all of them, composes
//! and sends so many letters through a mail server on the loopback, and sends readings by 50 users at once. Prints a line for
//! each step. The database must be empty.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use kabinet::clock::{Clock, Nature, SystemEntropy};
use kabinet::config::texts::notices::built_in;
use kabinet::domain::account::{Account, AccountNumber};
use kabinet::domain::calendar::{Moment, Span};
use kabinet::domain::id::{AccountId, MeterId, ProviderId, UserId};
use kabinet::domain::meter::Meter;
use kabinet::domain::notice::{NoticeSettings, PerMinute};
use kabinet::domain::password::{HashWork, PasswordPolicy};
use kabinet::domain::provider::Provider;
use kabinet::domain::reading_rules::{ReadingRules, Window};
use kabinet::gateway::acquirer::yookassa::{VAT_22, YooKassa, YooKassaSettings};
use kabinet::gateway::mail::SendError;
use kabinet::gateway::mail::smtp::{SmtpMailer, SmtpSettings};
use kabinet::gateway::push::{Push, PushError, PushGateway};
use kabinet::gateway::sms::{Sms, SmsGateway};
use kabinet::service::access::OwnAccess;
use kabinet::service::vault::Vault;
use kabinet::service::{Outside, Services, Settings, Visitor, messages, notices, readings};
use kabinet::storage::accounts::ImportedAccount;
use kabinet::storage::{Database, accounts, meters, providers};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// As in the portal.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// 21.11.2026 23:00 in Perm: quiet hours, in which notices are planned and none is composed.
const NIGHT: i64 = 1_795_284_000_000_000;
/// Rows written at once while seeding.
const SEEDED: u32 = 10_000;
/// Users that send readings at once, and readings of each.
const SENDERS: u32 = 50;
const READINGS_EACH: u32 = 20;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> Moment {
        Moment::from_micros(self.0.load(Ordering::Relaxed))
    }
}

/// Sends nothing: the users have no phones and no browsers.
struct Nowhere;

impl SmsGateway for Nowhere {
    fn send<'a>(&'a self, _: &'a Sms) -> BoxFuture<'a, std::result::Result<(), SendError>> {
        Box::pin(async { Ok(()) })
    }
}

impl PushGateway for Nowhere {
    fn send<'a>(&'a self, _: &'a Push) -> BoxFuture<'a, std::result::Result<(), PushError>> {
        Box::pin(async { Ok(()) })
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, count, letters] = arguments.as_slice() else {
        return Err("usage: notices DATABASE_URL ACCOUNTS LETTERS".into());
    };
    let (count, letters): (u32, usize) = (count.parse()?, letters.parse()?);
    let folder = tempfile::tempdir()?;
    let clock = Arc::new(TestClock(AtomicI64::new(NIGHT)));
    let received = Arc::new(AtomicUsize::new(0));
    let services = services(url, folder.path(), clock.clone(), mail_server(received.clone()).await?).await?;

    let started = Instant::now();
    seed(services.db(), count).await?;
    println!(
        "seeded {count} accounts in {:.0} s, peak memory {} MB",
        started.elapsed().as_secs_f64(),
        peak_megabytes()
    );
    plan(&services, count).await?;
    clock.0.store(NIGHT + Span::hours(11).whole_micros(), Ordering::Relaxed);
    compose(&services, letters).await?;
    send_letters(&services, &clock, &received).await?;
    send_readings(&services).await
}

async fn services(url: &str, folder: &std::path::Path, clock: Arc<TestClock>, smtp: String) -> Result<Services> {
    let nature = Nature { clock, entropy: Arc::new(SystemEntropy) };
    let key = folder.join("secret.key");
    Vault::create_key(&key, &nature)?;
    let vault = Vault::open(&key, nature.clone())?;
    let db = Database::open(url).await?;
    db.migrate().await?;
    let acquirer = YooKassa::new(YooKassaSettings {
        base_url: "http://127.0.0.1:9".to_owned(),
        card_page_origin: None,
        shop_id: "bench".to_owned(),
        secret: "bench".to_owned(),
        vat_code: VAT_22,
    })?;
    let from = "Кабинет <no-reply@example.ru>".to_owned();
    let outside = Outside {
        acquirer: Arc::new(acquirer),
        mailer: Arc::new(SmtpMailer::new(&SmtpSettings { url: smtp, from })?),
        sms: Arc::new(Nowhere),
        push: Arc::new(Nowhere),
    };
    let settings = Settings {
        portal_name: "Кабинет".to_owned(),
        public_url: "https://lk.example.ru".to_owned(),
        public_host: "lk.example.ru".to_owned(),
        password_policy: PasswordPolicy::Manual,
        max_links: 3,
        utc_offset_hours: 5,
        support_email: "support@example.ru".to_owned(),
        demo: false,
        password_hash: HashWork::LEAST,
        context_words: Vec::new(),
        // The pace must not bound what is measured.
        notices: NoticeSettings { letters: PerMinute(10_000_000), ..NoticeSettings::USUAL },
        notice_texts: Arc::new(built_in()?),
    };
    Ok(Services::new(db, nature, vault, outside, settings)?)
}

/// Accounts by the bulk upserts of the import; users and links from them, in one statement each.
async fn seed(db: &Database, count: u32) -> Result<()> {
    let provider_id = ProviderId::trusted(format!("{:026}", 1));
    let window = ReadingRules::new(Window::Days { from: 15, to: 30 });
    let provider = Provider {
        name: "Поставщик для измерений".to_owned(),
        readings: Some(window),
        ..Provider::new(provider_id.clone(), "bench".to_owned(), 10)
    };
    let mut tx = db.begin().await?;
    providers::upsert(&mut tx, db.engine(), &[provider]).await?;
    Database::commit(tx).await?;
    for first in (0..count).step_by(usize::try_from(SEEDED)?) {
        let some: Vec<u32> = (first..count.min(first + SEEDED)).collect();
        let mut tx = db.begin().await?;
        let rows: Vec<ImportedAccount> = some.iter().map(|index| account(&provider_id, *index)).collect();
        accounts::upsert(&mut tx, db.engine(), &rows, &[]).await?;
        let rows: Vec<Meter> = some.iter().map(|index| meter(*index)).collect();
        meters::upsert(&mut tx, db.engine(), &rows, &[]).await?;
        Database::commit(tx).await?;
    }
    let mut tx = db.begin().await?;
    for statement in [
        "INSERT INTO users (id, login, password_hash, consent_at, consent_from, consent_version, created_at) \
         SELECT 'u' || substr(id, 2), 'person' || number || '@example.ru', '', 0, '', '', 0 FROM accounts",
        "INSERT INTO links (user_id, account_id, slot, access, linked_at, full_at) \
         SELECT 'u' || substr(id, 2), id, 1, 'full', 0, 0 FROM accounts",
    ] {
        sqlx::raw_sql(statement).execute(&mut *tx).await?;
    }
    Ok(Database::commit(tx).await?)
}

/// Identifiers that are spread as random ones are.
fn id(kind: char, index: u32) -> String {
    let spread = u64::from(index).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    format!("{kind}{spread:020x}").chars().chain("aaaaa".chars()).collect()
}

fn account(provider_id: &ProviderId, index: u32) -> ImportedAccount {
    let account = Account {
        id: AccountId::trusted(id('a', index)),
        provider_id: provider_id.clone(),
        number: AccountNumber::trusted(format!("{index:010}")),
        address: format!("г. Тихоярск, ул. Береговая, д. {}, кв. {}", index / 100 + 1, index % 100 + 1),
        subscriber: None,
        els: None,
        area: None,
        heated_area: None,
        residents: None,
        phone: None,
        email: None,
        opened_on: None,
        closed_on: None,
    };
    ImportedAccount { account, pin_sealed: None }
}

fn meter(index: u32) -> Meter {
    Meter {
        id: MeterId::trusted(id('m', index)),
        account_id: AccountId::trusted(id('a', index)),
        serial: format!("s{index}"),
        model: "ВК-G4".to_owned(),
        digits: Some(5),
        decimals: Some(3),
        coefficient: None,
        installed_on: None,
        verified_until: None,
        sealed_on: None,
        location: None,
        removed_on: None,
    }
}

/// Plans at night, when nothing is composed.
async fn plan(services: &Services, count: u32) -> Result<()> {
    let started = Instant::now();
    while notices::round(services).await? > 0 {}
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "planned {count} notices in {seconds:.1} s, {:.0} a second, peak memory {} MB",
        f64::from(count) / seconds,
        peak_megabytes()
    );
    Ok(())
}

/// Composes notices in the morning: their facts, both forms of the letter, the outbox.
async fn compose(services: &Services, letters: usize) -> Result<()> {
    let started = Instant::now();
    let mut composed = 0;
    while composed < letters {
        composed += notices::round(services).await?;
    }
    row("composed", composed, started.elapsed());
    Ok(())
}

async fn send_letters(services: &Services, clock: &TestClock, received: &AtomicUsize) -> Result<()> {
    clock.0.fetch_add(Span::minutes(5).whole_micros(), Ordering::Relaxed);
    let started = Instant::now();
    while messages::deliver(services).await? > 0 {}
    row("sent by SMTP", received.load(Ordering::Relaxed), started.elapsed());
    Ok(())
}

fn row(what: &str, count: usize, took: Duration) {
    #[expect(clippy::cast_precision_loss, reason = "a measurement counts far below 2^52")]
    let rate = count as f64 / took.as_secs_f64();
    println!(
        "{what} {count} letters in {:.1} s, {rate:.0} a second, peak memory {} MB",
        took.as_secs_f64(),
        peak_megabytes()
    );
}

/// Readings of many users at once, each user one after another: the use case that the form calls.
async fn send_readings(services: &Services) -> Result<()> {
    let mut senders = JoinSet::new();
    for sender in 0..SENDERS {
        senders.spawn(send_of(services.clone(), sender));
    }
    let mut took = Vec::new();
    while let Some(times) = senders.join_next().await {
        took.extend(times??);
    }
    took.sort();
    let at = |percent: usize| took[took.len() * percent / 100].as_secs_f64() * 1e3;
    println!("{} readings of {SENDERS} users at once: p50 {:.1} ms, p99 {:.1} ms", took.len(), at(50), at(99));
    Ok(())
}

async fn send_of(services: Services, sender: u32) -> Result<Vec<Duration>> {
    let mut took = Vec::new();
    for turn in 0..READINGS_EACH {
        let index = sender * READINGS_EACH + turn;
        let account_id = AccountId::trusted(id('a', index));
        let user_id = UserId::trusted(id('u', index));
        let started = Instant::now();
        let own = OwnAccess::find(&services, &user_id, &account_id).await?.ok_or("no such account")?;
        let access = own.full().ok_or("no full access")?;
        let typed = [(MeterId::trusted(id('m', index)), "12,345".to_owned())].into();
        let visitor = Visitor::at("127.0.0.1");
        readings::send(&services, &[access], &typed, true, &visitor).await.map_err(|_| "a reading was refused")?;
        took.push(started.elapsed());
    }
    Ok(took)
}

/// A mail server on the loopback that takes every letter and counts it.
async fn mail_server(received: Arc<AtomicUsize>) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("smtp://{}", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(take_letters(stream, received.clone()));
        }
    });
    Ok(url)
}

async fn take_letters(stream: TcpStream, received: Arc<AtomicUsize>) -> Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    writer.write_all(b"220 ready\r\n").await?;
    let mut in_letter = false;
    while let Some(line) = lines.next_line().await? {
        let answer: &[u8] = match line.split_whitespace().next().unwrap_or_default() {
            "." if in_letter => {
                in_letter = false;
                received.fetch_add(1, Ordering::Relaxed);
                b"250 queued\r\n"
            }
            _ if in_letter => continue,
            "DATA" => {
                in_letter = true;
                b"354 go on\r\n"
            }
            "QUIT" => b"221 bye\r\n",
            _ => b"250 fine\r\n",
        };
        writer.write_all(answer).await?;
    }
    Ok(())
}

/// The peak memory of this process, in megabytes: `proc_pid_status(5)`.
fn peak_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|peak| peak.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or_default() / 1_024
}
