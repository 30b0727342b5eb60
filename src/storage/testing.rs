//! Empty databases for tests, one per engine. Without PostgreSQL a test fails with a hint how to provide it.

use std::sync::atomic::{AtomicU32, Ordering};

use super::accounts::ImportedAccount;
use super::users::{self, Consent};
use super::{Connection, Database, accounts, meters, providers};
use crate::domain::account::{Account, AccountNumber};
use crate::domain::calendar::Moment;
use crate::domain::id::{AccountId, MeterId, NoticeId, ProviderId, UserId};
use crate::domain::login::Login;
use crate::domain::meter::Meter;
use crate::domain::notice::NoticeKind;
use crate::domain::provider::Provider;
use crate::domain::user::User;

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A new database and its temporary folder, if any.
pub struct TestDatabase {
    /// The migrated database.
    pub database: Database,
    /// Its URL.
    pub url: String,
    _folder: Option<tempfile::TempDir>,
}

/// A new SQLite database.
pub async fn sqlite() -> TestDatabase {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let url = format!("sqlite://{}", folder.path().join("test.db").display());
    open(url, Some(folder)).await
}

/// A new database on the server of `KABINET_TEST_POSTGRES`.
pub async fn postgres() -> TestDatabase {
    let server = std::env::var("KABINET_TEST_POSTGRES").expect(
        "PostgreSQL is needed: run `cargo xtask test`, or set KABINET_TEST_POSTGRES=postgres://user@host:port/postgres",
    );
    let name = format!("kabinet_test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let admin = Database::open(&server).await.expect("the PostgreSQL server answers");
    let create = format!("CREATE DATABASE {name}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(create))
        .execute(&mut *admin.read().await.expect("a connection"))
        .await
        .expect("a database can be made");
    admin.close().await;
    let (base, _) = server.rsplit_once('/').expect("the address names a database");
    open(format!("{base}/{name}"), None).await
}

async fn open(url: String, folder: Option<tempfile::TempDir>) -> TestDatabase {
    let database = Database::open(&url).await.expect("the database opens");
    database.migrate().await.expect("the database can be brought up to date");
    TestDatabase { database, url, _folder: folder }
}

/// Dumps a table of any columns: one line per row, columns separated by `|`.
pub async fn dump(database: &Database, table: &str) -> String {
    use sqlx::{Column as _, Row as _};
    let mut connection = database.read().await.expect("a connection");
    let sql = sqlx::AssertSqlSafe(format!("SELECT * FROM {table}"));
    let rows = sqlx::query(sql).fetch_all(&mut *connection).await.expect("the table is there");
    let cell = |row: &sqlx::any::AnyRow, at: usize| match row.try_get::<Option<String>, _>(at) {
        Ok(text) => text.unwrap_or_default(),
        Err(_) => row.try_get::<Option<i64>, _>(at).ok().flatten().map(|number| number.to_string()).unwrap_or_default(),
    };
    let line = |row: &sqlx::any::AnyRow| {
        row.columns().iter().map(|column| cell(row, column.ordinal())).collect::<Vec<_>>().join("|")
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The names of all tables, parsed from the migrations, so that a new table is included without being listed.
pub fn tables() -> Vec<String> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let files = std::fs::read_dir(folder).expect("the steps of the schema can be listed");
    let texts = files.map(|file| std::fs::read_to_string(file.expect("a file").path()).expect("a step can be read"));
    let name = |rest: &str| rest.split([' ', '(']).next().unwrap_or_default().to_owned();
    texts.flat_map(|text| text.split("CREATE TABLE ").skip(1).map(name).collect::<Vec<_>>()).collect()
}

/// An identifier made from a number.
pub fn id(number: usize) -> String {
    format!("{number:026}")
}

/// A provider with a code and few other fields; its id depends on the length of the code.
pub fn provider(code: &str) -> Provider {
    Provider {
        name: "«Ёлкин» Газ".to_owned(),
        region: Some("Пермский край".to_owned()),
        ..Provider::new(ProviderId::trusted(id(code.len())), code.to_owned(), 8)
    }
}

/// An account of a provider; its id is made from its number.
pub fn account(provider: &Provider, number: usize) -> ImportedAccount {
    let account = Account {
        id: AccountId::trusted(id(number)),
        provider_id: provider.id.clone(),
        number: AccountNumber::trusted(format!("{number:08}")),
        address: "ул. Береговая".to_owned(),
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

/// Stores the provider `gas` with the account 1 and the meter 7.
pub async fn meter(database: &Database) {
    let (mut tx, engine) = (database.begin().await.expect("a transaction"), database.engine());
    let gas = provider("gas");
    providers::upsert(&mut tx, engine, std::slice::from_ref(&gas)).await.expect("a provider");
    let imported = account(&gas, 1);
    let meter = Meter::bare(MeterId::trusted(id(7)), imported.account.id.clone(), "12345");
    accounts::upsert(&mut tx, engine, &[imported], &[]).await.expect("an account");
    meters::upsert(&mut tx, engine, std::slice::from_ref(&meter), &[]).await.expect("a meter");
    Database::commit(tx).await.expect("a commit");
}

/// Stores the user `user{number}@example.ru` and returns the identifier.
pub async fn new_user(connection: &mut Connection, number: usize) -> UserId {
    let login = Login::parse(&format!("user{number}@example.ru")).expect("a login");
    let user = User { id: UserId::trusted(id(number)), login, name: None, locked_at: None };
    let at = Moment::from_micros(1);
    let consent = Consent { at, from: "192.0.2.1".into(), version: "1".into() };
    users::insert(connection, &user, "hash", &consent, at).await.expect("a user");
    user.id
}

const SHOWN_NOTICE: &str = "INSERT INTO notices (id, user_id, kind, subject, state, due_at, title, body, link, shown_at) \
    VALUES ($1, $2, $3, $1, 'shown', $4, $5, $6, '/announcements', $4)";

/// Stores a notice that is shown in the portal and not read; it leads to the announcements.
pub async fn shown_notice(connection: &mut Connection, to: &UserId, id: &NoticeId, kind: NoticeKind, at: Moment) {
    let bound = sqlx::query(SHOWN_NOTICE).bind(id.as_str()).bind(to.as_str()).bind(kind.as_str());
    let bound = bound.bind(at.micros()).bind(format!("О чём: {}", kind.title())).bind("Подробности на странице.");
    bound.execute(connection).await.expect("a notice");
}

/// Expands each test into two: `sqlite::name` and `postgres::name`.
macro_rules! on_both_engines {
    ($($(#[$meta:meta])* async fn $name:ident($database:ident: TestDatabase) $body:block)+) => {
        mod bodies {
            use super::*;
            $(pub async fn $name($database: TestDatabase) $body)+
        }
        mod sqlite {
            $($(#[$meta])* #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::bodies::$name($crate::storage::testing::sqlite().await).await; })+
        }
        mod postgres {
            $($(#[$meta])* #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::bodies::$name($crate::storage::testing::postgres().await).await; })+
        }
    };
}
pub(crate) use on_both_engines;
