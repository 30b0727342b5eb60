//! A year of notices with a clock that the test moves: two workers, one of them killed at every step. Each notice comes
//! once, and none at night.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use super::paying::pays_to_the_end;
use super::portal::{INDEBTED, PERM, Portal};
use crate::domain::account::AccountNumber;
use crate::domain::calendar::{Moment, Period, Span};
use crate::domain::decimal::Volume;
use crate::domain::id::{AccountId, SentReadingId, UserId};
use crate::domain::login::Login;
use crate::domain::notice::{NoticeKind, QuietHours};
use crate::domain::sent_reading::{Sender, SentReading, SentState};
use crate::exchange::Kind;
use crate::service::announcements::{self, Author, Typed};
use crate::service::{notices, registration};
use crate::storage::testing::{TestDatabase, on_both_engines};
use crate::storage::{Database, accounts, links, meters, providers, sent_readings};

/// Accounts of the street, each with its own user.
const HOUSEHOLDS: u32 = 200;
/// The first account number.
const FIRST: u32 = 60_000_001;
/// Houses of the announcement.
const ANNOUNCED: u32 = 50;
/// Hours between two rounds of the workers: two of the four of a day are at night.
const STEP: i64 = 6;
/// The offset of the portal's time zone.
const PERM_TIME: i8 = 5;
/// The header of a file of charges.
const CHARGES: &str = "account;period;service;opening;charged;paid;closing\n";

/// A household by its number. Every third owes from the beginning; of every second the verification of the meter ends within
/// the year; every fourth sends its reading in time; every fifth has no e-mail address.
#[derive(Clone, Copy)]
struct Household(u32);

impl Household {
    fn all() -> impl Iterator<Item = Self> {
        (0..HOUSEHOLDS).map(Self)
    }

    fn number(self) -> String {
        (FIRST + self.0).to_string()
    }

    const fn has_phone_only(self) -> bool {
        self.0.is_multiple_of(5)
    }

    fn login(self) -> Login {
        let login =
            if self.has_phone_only() { format!("+7902{:07}", self.0) } else { format!("person{}@example.ru", self.0) };
        Login::parse(&login).unwrap()
    }

    const fn owes(self) -> bool {
        self.0.is_multiple_of(3)
    }

    const fn sends_reading(self) -> bool {
        self.0.is_multiple_of(4)
    }

    fn charges(self, period: Period, passed: u32) -> String {
        let opening = if self.owes() { 100 * passed } else { 0 };
        let (paid, closing) = if self.owes() { (0, opening + 100) } else { (100, 0) };
        format!("{};{};Газ;{opening},00;100,00;{paid},00;{closing},00\n", self.number(), period.machine())
    }

    fn meter(self) -> String {
        let verified = if self.0.is_multiple_of(2) { format!("2027-{:02}-10", self.0 % 6 + 2) } else { String::new() };
        format!("{};s{};ВК-G4;5;3;{verified}\n", self.number(), self.0)
    }
}

/// A street whose people have full access to their accounts.
struct Street {
    portal: Portal,
    homes: Vec<(Household, AccountId)>,
    /// Months that billing has charged.
    charged: u32,
}

impl Street {
    async fn settle(portal: Portal) -> Self {
        let window = "code;name;region;account_length;readings_window\n\
                      perm-gas;Межрегионгаз Пермь;Пермский край;8;25-5\n";
        portal.billing_brings(Kind::Providers, window).await;
        let row = |home: Household| format!("{};г. Пермь, ул. Мира, {};\n", home.number(), home.0 + 1);
        let accounts: String = Household::all().map(row).collect();
        portal.billing_brings(Kind::Accounts, &format!("account;address;subscriber\n{accounts}")).await;
        let meters: String = Household::all().map(Household::meter).collect();
        let columns = "account;serial;model;digits;decimals;verified_until\n";
        portal.billing_brings(Kind::Meters, &format!("{columns}{meters}")).await;
        let mut homes = Vec::new();
        for home in Household::all() {
            let user = registration::make_confirmed(&portal.services, &home.login(), "gaz2026").await.unwrap();
            homes.push((home, link(&portal, home, &user).await));
        }
        Self { portal, homes, charged: 0 }
    }

    /// Billing's charges on the 3rd at noon, readings on the 26th at noon.
    async fn lives(&mut self) {
        let local = self.portal.services.now().show(PERM_TIME);
        if local.starts_with("03.") && local.ends_with("12:00") {
            let period = Period::of(self.portal.services.today()).previous();
            let rows: String = Household::all().map(|home| home.charges(period, self.charged)).collect();
            self.portal.billing_brings(Kind::Charges, &format!("{CHARGES}{rows}")).await;
            self.charged += 1;
        }
        if local.starts_with("26.") && local.ends_with("12:00") {
            for (_, account) in self.homes.iter().filter(|(home, _)| home.sends_reading()) {
                send_reading(&self.portal, account).await;
            }
        }
    }

    /// Works until nothing is left at this moment: one worker is killed after ever more steps, the other one finishes.
    async fn is_told(&self, kills: &mut usize) {
        loop {
            *kills = *kills % 80 + 1;
            let finished = killed_after(*kills, notices::round(&self.portal.services)).await;
            // The lease of the killed worker ends before the other one comes.
            self.portal.passes(Span::minutes(3));
            if notices::round(&self.portal.services).await.unwrap() == 0 && finished {
                return;
            }
        }
    }
}

async fn link(portal: &Portal, home: Household, user: &UserId) -> AccountId {
    let services = &portal.services;
    let mut tx = services.db().begin().await.unwrap();
    let provider = providers::by_code(&mut tx, PERM).await.unwrap().unwrap();
    let number = AccountNumber::trusted(home.number());
    let account = accounts::find(&mut tx, &provider.id, &number).await.unwrap().unwrap();
    links::add(&mut tx, user, &account.id, 1, services.now()).await.unwrap();
    links::grant_full(&mut tx, user, &account.id, services.now()).await.unwrap();
    Database::commit(tx).await.unwrap();
    account.id
}

async fn send_reading(portal: &Portal, account: &AccountId) {
    let services = &portal.services;
    let mut tx = services.db().begin().await.unwrap();
    let meter = meters::of_account(&mut tx, account).await.unwrap().remove(0);
    let sent = SentReading {
        id: SentReadingId::trusted(services.nature().id()),
        meter_id: meter.id,
        date: services.today(),
        value: Volume::from_raw(1_000),
        sender: Sender::User,
        state: SentState::Sent,
        reason: None,
        sent_at: services.now(),
    };
    sent_readings::put(&mut tx, &sent, None).await.unwrap();
    Database::commit(tx).await.unwrap();
}

/// Publishes planned works of the first houses, which begin tomorrow evening.
async fn announce(portal: &Portal) {
    let services = &portal.services;
    let starts = services.now().plus(Span::hours(30)).field(PERM_TIME);
    let ends = services.now().plus(Span::days(20)).field(PERM_TIME);
    let typed = Typed {
        provider: PERM,
        kind: "works",
        title: "Отключение газа",
        text: "Газа не будет **до вечера**. [Подробнее](/announcements)",
        starts: &starts,
        ends: &ends,
        audience: "street",
        street: "ул. Мира",
        houses: &format!("1–{ANNOUNCED}"),
        ..Typed::default()
    };
    let id = announcements::draft(services, Author::Administrator, typed).await.ok().unwrap();
    announcements::publish(services, Author::Administrator, &id).await.ok().unwrap();
}

/// A person who pays, asks a question and changes the password; billing credits the payment.
async fn ivan_acts(portal: &Portal) {
    let ivan = portal.person("ivan@example.ru").await;
    let account = ivan.has_full_access().await;
    let operation = pays_to_the_end(&ivan, &account).await;
    let registry = format!("account;date;amount;operation_id\n{INDEBTED};2026-11-22;100,00;{operation}\n");
    portal.billing_brings(Kind::Payments, &registry).await;
    ivan.posts("/feedback", &[("subject", "Вопрос"), ("message", "Где платёж?")]).await.leads_to("/feedback/");
    let threads = portal.dump("feedback_threads").await;
    let thread = threads.split('|').next().unwrap();
    let olga = portal.operator("olga").await;
    olga.posts(&format!("/console/feedback/{thread}"), &[("message", "Зачислен.")]).await.leads_to("/console");
    let passwords = [("current_password", "gaz2026"), ("new_password", "gaz2027")];
    ivan.posts("/settings/password", &passwords).await.leads_to("/settings/security");
}

/// Polls a future so many times and then drops it, as if the process was killed there; returns whether it had finished.
async fn killed_after<T>(polls: usize, work: impl Future<Output = T>) -> bool {
    let mut work = pin!(work);
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        work.as_mut().poll(context).map(|_| true)
    })
    .await
}

/// A row of the outbox after its delivery.
struct Delivered {
    channel: String,
    recipient: String,
    subject: String,
    sent_at: Moment,
    is_notice: bool,
}

async fn delivered(portal: &Portal) -> Vec<Delivered> {
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('|').collect();
        assert_eq!(cells[5], "sent", "{line}");
        Delivered {
            channel: cells[1].to_owned(),
            recipient: cells[2].to_owned(),
            subject: cells[3].to_owned(),
            sent_at: Moment::from_micros(cells[9].parse().unwrap()),
            is_notice: cells[11] == "1",
        }
    };
    portal.dump("outbox").await.lines().map(row).collect()
}

/// Shown notices by kind, and by user and title.
async fn shown(portal: &Portal) -> (BTreeMap<String, usize>, BTreeMap<(String, String), usize>) {
    let users = portal.dump("users").await;
    let logins: BTreeMap<&str, &str> = users
        .lines()
        .map(|line| {
            let mut cells = line.split('|');
            (cells.next().unwrap(), cells.next().unwrap())
        })
        .collect();
    let (mut kinds, mut titles) = (BTreeMap::new(), BTreeMap::new());
    for line in portal.dump("notices").await.lines() {
        let cells: Vec<&str> = line.split('|').collect();
        assert_ne!(cells[5], "planned", "{line}");
        if cells[5] == "shown" {
            *kinds.entry(cells[2].to_owned()).or_default() += 1;
            *titles.entry((logins[cells[1]].to_owned(), cells[7].to_owned())).or_default() += 1;
        }
    }
    (kinds, titles)
}

/// What the year must have brought, by kind.
fn expected(charged: u32) -> BTreeMap<String, usize> {
    let count = |meets: fn(Household) -> bool| Household::all().filter(|home| meets(*home)).count();
    let (months, all) = (charged as usize, HOUSEHOLDS as usize);
    let owing = count(Household::owes);
    // The year begins on 22 November and ends on the same day: the windows of 25 November to 25 October.
    let windows = 12;
    let kinds = [
        (NoticeKind::NewReceipt, months * all),
        (NoticeKind::DueSoon, months * owing),
        // A debt of two periods needs two months of charges; Ivan has them from the beginning.
        (NoticeKind::Debt, (months - 1) * owing + 1),
        (NoticeKind::ReadingsOpen, windows * all),
        (NoticeKind::ReadingsClose, windows * count(|home| !home.sends_reading())),
        (NoticeKind::Verification, 3 * count(|home| home.0.is_multiple_of(2))),
        (NoticeKind::Announcement, ANNOUNCED as usize),
        (NoticeKind::PaymentAccepted, 1),
        (NoticeKind::PaymentCredited, 1),
        (NoticeKind::Answer, 1),
        (NoticeKind::Security, 1),
    ];
    kinds.into_iter().map(|(kind, count)| (kind.as_str().to_owned(), count)).collect()
}

on_both_engines! {
    async fn a_year_of_notices_tells_each_once_and_nobody_at_night(database: TestDatabase) {
        let portal = Portal::open(database).await;
        ivan_acts(&portal).await;
        let mut street = Street::settle(portal).await;
        announce(&street.portal).await;
        let begin = street.portal.services.now();
        let mut kills = 0;
        for step in 0..366 * 24 / STEP {
            let next = begin.plus(Span::hours(step * STEP));
            street.portal.passes(next.since(street.portal.services.now()));
            street.lives().await;
            street.is_told(&mut kills).await;
            // The letters of a batch are spread over some minutes.
            street.portal.passes(Span::minutes(30));
            street.portal.delivers().await;
        }
        let (kinds, titles) = shown(&street.portal).await;
        assert_eq!(kinds, expected(street.charged));

        let sent = delivered(&street.portal).await;
        let quiet = |moment: Moment| QuietHours::USUAL.after(moment, PERM_TIME) != moment;
        assert!(sent.iter().filter(|message| message.is_notice).all(|message| !quiet(message.sent_at)));
        let mut letters: BTreeMap<(String, String), usize> = BTreeMap::new();
        for message in sent.iter().filter(|message| message.is_notice && message.channel == "mail") {
            *letters.entry((message.recipient.clone(), message.subject.clone())).or_default() += 1;
        }
        let by_mail = titles.into_iter().filter(|((login, _), _)| login.starts_with("person"));
        assert_eq!(letters.into_iter().filter(|((to, _), _)| to.starts_with("person")).collect::<Vec<_>>(), by_mail.collect::<Vec<_>>());
        let texts = sent.iter().filter(|message| message.is_notice && message.channel == "sms").count();
        let phones = Household::all().filter(|home| home.has_phone_only() && home.owes()).count();
        let months = street.charged as usize;
        assert_eq!(texts, phones * (2 * months - 1), "SMS of due sums and of debts, to people without an e-mail address");
    }
}
