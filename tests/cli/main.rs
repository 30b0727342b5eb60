//! The built binary as an administrator meets it: what it says when something is wrong, and with which exit code.

mod announcements;
mod exports;
mod notices;
mod operators;
mod security;
mod texts;
mod users;

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

/// An empty folder to work in: no settings file, no database, no key.
fn place() -> TempDir {
    tempfile::tempdir().expect("a folder for the test")
}

/// Runs the binary there with no setting of this machine.
fn kabinet(place: &Path, arguments: &[&str]) -> Output {
    kabinet_with(place, arguments, &[])
}

fn kabinet_with(place: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let own = std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("KABINET_"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_kabinet"));
    own.for_each(|(name, _)| {
        command.env_remove(name);
    });
    let command = command.current_dir(place).args(arguments).envs(variables.iter().copied());
    command.stdin(std::process::Stdio::null()).output().expect("the binary runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn complained(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Exit code 1 and one line on standard error that holds each of the words.
fn assert_refused(output: &Output, words: &[&str]) {
    let text = complained(output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert_eq!(text.trim_end().lines().count(), 1, "one sentence: {text}");
    for word in words {
        assert!(text.contains(word), "no «{word}» in: {text}");
    }
}

/// Exit code 0 and each of the words on standard output.
fn assert_says(output: &Output, words: &[&str]) {
    assert_done(output);
    for word in words {
        assert!(said(output).contains(word), "no «{word}» in: {}", said(output));
    }
}

/// The embedded database of a folder, opened beside the binary.
async fn database(place: &Path) -> sqlx::AnyPool {
    sqlx::any::install_default_drivers();
    let url = format!("sqlite://{}/data/kabinet.db", place.display());
    sqlx::AnyPool::connect(&url).await.expect("the database opens")
}

fn assert_done(output: &Output) {
    assert_eq!(output.status.code(), Some(0), "{}{}", said(output), complained(output));
}

#[test]
fn an_unknown_key_in_the_settings_file_is_named() {
    let place = place();
    std::fs::write(place.path().join("kabinet.toml"), "listn = \"127.0.0.1:3000\"\n").unwrap();
    assert_refused(&kabinet(place.path(), &["migrate"]), &["listn", "listen", "kabinet.toml"]);
}

#[test]
fn an_unknown_key_in_the_environment_is_named() {
    let output = kabinet_with(place().path(), &["migrate"], &[("KABINET_LISTN", "127.0.0.1:3000")]);
    assert_refused(&output, &["listn"]);
}

#[test]
fn a_settings_file_that_is_named_must_be_there() {
    assert_refused(&kabinet(place().path(), &["migrate", "--config", "none.toml"]), &["none.toml", "--config"]);
}

#[test]
fn an_unknown_database_scheme_is_refused_with_the_known_ones() {
    let output = kabinet(place().path(), &["migrate", "--database-url", "mysql://127.0.0.1/kabinet"]);
    assert_refused(&output, &["database_url", "sqlite://", "postgres://"]);
}

#[test]
fn a_folder_that_cannot_be_made_is_named_with_the_way_out() {
    let place = place();
    std::fs::write(place.path().join("data"), "a file stands where the folder should be").unwrap();
    assert_refused(&kabinet(place.path(), &["migrate"]), &["data", "--database-url"]);
}

#[test]
fn a_file_that_is_no_database_is_told() {
    let place = place();
    std::fs::create_dir(place.path().join("data")).unwrap();
    std::fs::write(place.path().join("data/kabinet.db"), "no database, but longer than a header of one. ".repeat(30))
        .unwrap();
    // A file that is open to others is closed first, and the log says so.
    #[cfg(unix)]
    std::fs::set_permissions(place.path().join("data/kabinet.db"), std::os::unix::fs::PermissionsExt::from_mode(0o600))
        .unwrap();
    assert_refused(&kabinet(place.path(), &["migrate"]), &["not a database", "database_url"]);
}

#[test]
fn a_taken_port_is_named_with_another_to_choose() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = listener.local_addr().unwrap();
    let output = kabinet(place().path(), &["serve", "--demo", "--listen", &taken.to_string()]);
    assert_refused(&output, &[&format!("port {}", taken.port()), "--listen 127.0.0.1:"]);
}

#[tokio::test]
async fn a_newer_database_is_left_alone() {
    let place = place();
    assert_done(&kabinet(place.path(), &["migrate"]));
    let url = format!("sqlite://{}/data/kabinet.db", place.path().display());
    sqlx::any::install_default_drivers();
    let pool = sqlx::AnyPool::connect(&url).await.unwrap();
    let future = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
        VALUES (9999, 'from the future', 1, x'00', 0)";
    sqlx::query(future).execute(&pool).await.unwrap();
    pool.close().await;

    assert_refused(&kabinet(place.path(), &["migrate"]), &["newer", "9999", "update"]);
    assert_refused(&kabinet(place.path(), &["serve", "--demo", "--listen", "127.0.0.1:0"]), &["newer"]);
    let doctor = kabinet(place.path(), &["doctor"]);
    assert_eq!(doctor.status.code(), Some(1));
    assert!(said(&doctor).contains("newer"), "{}", said(&doctor));
}

#[test]
fn migrating_twice_changes_nothing() {
    let place = place();
    assert!(said(&kabinet(place.path(), &["migrate"])).contains("new step"));
    let second = kabinet(place.path(), &["migrate"]);
    assert_done(&second);
    assert!(said(&second).contains("was up to date"), "{}", said(&second));
}

#[test]
fn the_doctor_shows_sources_and_no_secret() {
    let place = place();
    let settings = "public_url = \"https://lk.example.ru\"\n\
        [smtp]\nurl = \"smtps://me:letter-secret@127.0.0.1:465\"\nfrom = \"a@example.ru\"\n\
        [yookassa]\nurl = \"https://127.0.0.1/v3\"\nshop_id = \"1\"\nsecret_key = \"shop-secret\"\nvat_code = 11\n";
    std::fs::write(place.path().join("kabinet.toml"), settings).unwrap();
    // Nobody listens on port 1: the database is away.
    let variables =
        [("KABINET_DATABASE_URL", "postgres://me:db-secret@127.0.0.1:1/kabinet"), ("KABINET_SMSC__PASSWORD", "777")];
    let more = [("KABINET_SMSC__URL", "https://127.0.0.1"), ("KABINET_SMSC__LOGIN", "0042")];
    let output = kabinet_with(place.path(), &["doctor", "--listen", "127.0.0.1:3999"], &[variables, more].concat());
    let all = said(&output) + &complained(&output);
    assert_eq!(output.status.code(), Some(1), "{all}");
    for secret in ["letter-secret", "shop-secret", "db-secret", "777"] {
        assert!(!all.contains(secret), "{secret}: {all}");
    }
    for word in ["kabinet.toml", "environment", "flag", "default", "nobody answers", "smtp is set", "127.0.0.1:3999"] {
        assert!(all.contains(word), "no «{word}» in: {all}");
    }
}

#[test]
fn the_doctor_is_content_with_a_fresh_folder_and_makes_nothing() {
    let place = place();
    let output = kabinet(place.path(), &["doctor"]);
    assert_done(&output);
    assert!(said(&output).contains("no database yet") && said(&output).contains("`kabinet key`"), "{}", said(&output));
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
}

#[test]
fn serving_without_the_demo_names_the_setting_that_is_missing() {
    let place = place();
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    assert_refused(&kabinet(place.path(), &serve), &["public_url", "--demo"]);
    let public = ("KABINET_PUBLIC_URL", "https://lk.example.ru");
    assert_refused(&kabinet_with(place.path(), &serve, &[public]), &["organisation.name", "--demo"]);
    let given = [&[public][..], &texts::ORGANISATION].concat();
    assert_refused(&kabinet_with(place.path(), &serve, &given), &["secret.key", "`kabinet key`"]);
    assert_done(&kabinet(place.path(), &["key"]));
    assert_refused(&kabinet_with(place.path(), &serve, &given), &["smtp", "--demo"]);
}

#[test]
fn a_key_that_is_there_stays() {
    let place = place();
    let key = place.path().join("data/secret.key");
    assert_done(&kabinet(place.path(), &["key"]));
    let first = std::fs::read_to_string(&key).unwrap();
    assert_done(&kabinet(place.path(), &["key"]));
    assert_eq!(std::fs::read_to_string(&key).unwrap(), first);
}

#[test]
fn an_operator_needs_a_password_and_is_made_once() {
    let place = place();
    assert_done(&kabinet(place.path(), &["key"]));
    let add = ["operator", "add", "petrova", "--name", "Петрова А. И.", "--all-providers"];
    assert_refused(&kabinet(place.path(), &add), &["password", "KABINET_OPERATOR_PASSWORD"]);
    let with = |password| kabinet_with(place.path(), &add, &[("KABINET_OPERATOR_PASSWORD", password)]);
    assert_refused(&with("short"), &["10 characters"]);
    let made = with("a long password");
    assert_done(&made);
    assert!(!(said(&made) + &complained(&made)).contains("a long password"));
    assert_refused(&with("a long password"), &["already"]);
}

#[tokio::test]
async fn a_backup_is_a_whole_database_under_a_name_of_its_own() {
    let place = place();
    assert_refused(&kabinet(place.path(), &["backup", "copy.db"]), &["no database", "doctor"]);
    assert_done(&kabinet(place.path(), &["migrate"]));
    assert_done(&kabinet(place.path(), &["backup", "copy.db"]));
    assert_refused(&kabinet(place.path(), &["backup", "copy.db"]), &["copy.db", "already"]);
    assert!(!place.path().join("copy.db.part").exists());

    sqlx::any::install_default_drivers();
    let url = format!("sqlite://{}/copy.db?mode=ro", place.path().display());
    let pool = sqlx::AnyPool::connect(&url).await.unwrap();
    let state: String = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&pool).await.unwrap();
    assert_eq!(state, "ok");
    let output = kabinet(place.path(), &["backup", "x.db", "--database-url", "postgres://127.0.0.1/kabinet"]);
    assert_refused(&output, &["pg_dump"]);
}

#[test]
fn a_faulty_file_lists_its_faults_and_the_same_file_loads_once() {
    let place = place();
    assert_done(&kabinet(place.path(), &["key"]));
    let file = place.path().join("providers.csv");
    std::fs::write(&file, "code;name\nПермь;Межрегионгаз Пермь\n").unwrap();
    let faulty = kabinet(place.path(), &["import", "providers", "providers.csv"]);
    assert_eq!(faulty.status.code(), Some(1));
    assert!(complained(&faulty).contains("2:1 code:"), "{}", complained(&faulty));
    std::fs::write(&file, "code;name\nperm;Межрегионгаз Пермь\n").unwrap();
    let load = || kabinet(place.path(), &["import", "providers", "providers.csv"]);
    assert!(said(&load()).contains("1 rows loaded"));
    assert!(said(&load()).contains("already loaded"));
    let ownerless = kabinet(place.path(), &["import", "charges", "providers.csv"]);
    assert_refused(&ownerless, &["--provider"]);
    let demo = kabinet(place.path(), &["demo"]);
    assert_refused(&demo, &["did not make", "--database-url"]);
}

#[test]
fn an_accent_that_cannot_be_read_does_not_start_and_the_doctor_says_why() {
    let place = place();
    std::fs::write(place.path().join("kabinet.toml"), "[theme]\naccent = \"#ffcc00\"\n").unwrap();
    let served = kabinet(place.path(), &["serve", "--demo", "--listen", "127.0.0.1:0"]);
    assert_refused(&served, &["theme.accent", "#ffcc00", "4.5", "dark enough"]);
    let doctor = kabinet(place.path(), &["doctor"]);
    assert_eq!(doctor.status.code(), Some(1));
    assert!(said(&doctor).contains("dark enough"), "{}", said(&doctor));
}

#[test]
fn only_a_demo_lives_on_another_day() {
    let output = kabinet(place().path(), &["serve", "--today", "2026-11-15"]);
    assert_eq!(output.status.code(), Some(2), "{}", complained(&output));
    assert!(complained(&output).contains("--demo"), "{}", complained(&output));
}

#[test]
fn a_wrong_command_line_ends_with_two() {
    let place = place();
    for wrong in [
        &["import", "bills", "x.csv"][..],
        &["serve", "--listen", "everywhere"],
        &["no-such-command"],
        &["demo", "--today", "31.02.2026"],
    ] {
        assert_eq!(kabinet(place.path(), wrong).status.code(), Some(2), "{wrong:?}");
    }
}

/// The address after «listens on» in the first line that `serve` says.
fn address_of(first_line: &str) -> String {
    let (_, rest) = first_line.split_once("listens on ").expect("serve says where it listens");
    rest.trim().trim_end_matches(')').to_owned()
}

#[cfg(unix)]
#[test]
fn the_demo_serves_on_a_free_port_and_stops_when_told() {
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    use std::process::Stdio;

    let place = place();
    let mut portal = Command::new(env!("CARGO_BIN_EXE_kabinet"))
        .current_dir(place.path())
        .args(["serve", "--demo", "--listen", "127.0.0.1:0"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary runs");
    let mut lines = BufReader::new(portal.stdout.take().unwrap()).lines();
    let address = lines.by_ref().map_while(Result::ok).find(|line| line.contains("listens on"));
    let address = address_of(&address.expect("serve says where it listens"));
    let mut socket = std::net::TcpStream::connect(&address).unwrap();
    socket.set_read_timeout(Some(std::time::Duration::from_secs(30))).unwrap();
    write!(socket, "GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("alive\n"), "{answer}");

    let told = Command::new("kill").args(["-TERM", &portal.id().to_string()]).status().unwrap();
    assert!(told.success());
    assert_eq!(portal.wait().unwrap().code(), Some(0));
}

/// A key, a provider and accounts with charges for October 2026: one, one too many services for a receipt, none. The first
/// account lives in house 10, the others in houses of their number.
fn a_small_town(place: &Path) {
    let too_many =
        (0..101).map(|n| format!("59000003;2026-10;Услуга {n};0;1,00;0;1,00\n")).collect::<Vec<_>>().concat();
    let charges = format!(
        "account;period;service;opening;charged;paid;closing\n\
         59000001;2026-10;Газоснабжение;100,00;734,56;0;834,56\n59000002;2026-10;Газоснабжение;0;10,00;20,00;-10,00\n\
         {too_many}"
    );
    let house = |n: u32| if n == 1 { 10 } else { n };
    let accounts: Vec<_> = (1..=4).map(|n| format!("5900000{n};ул. Береговая, д. {}\n", house(n))).collect();
    let accounts = accounts.concat();
    assert_done(&kabinet(place, &["key"]));
    for (kind, text) in [
        ("providers", "code;name;account_length\ngas;Газ Тихоярска;8\n".to_owned()),
        ("accounts", format!("account;address\n{accounts}")),
        ("charges", charges),
    ] {
        std::fs::write(place.join("file.csv"), text).expect("the file is written");
        assert_done(&kabinet(place, &["import", kind, "file.csv", "--provider", "gas"]));
    }
}

#[test]
fn the_receipts_of_a_month_become_files_and_a_run_that_was_stopped_goes_on() {
    let place = place();
    a_small_town(place.path());
    let run = || kabinet(place.path(), &["receipts", "--provider", "gas", "--period", "2026-10", "--out", "october"]);
    let list = || std::fs::read_to_string(place.path().join("october/gas-2026-10.csv")).unwrap();
    let file = |name: &str| place.path().join("october").join(name);

    let first = run();
    assert_eq!(first.status.code(), Some(1), "one account cannot have a receipt: {}", complained(&first));
    assert!(complained(&first).contains("59000003: ") && complained(&first).contains("100"), "{}", complained(&first));
    assert!(
        said(&first).contains("2 receipts printed")
            && said(&first).contains("1 of them have no code")
            && said(&first).contains("1 accounts have no charges")
    );
    let told = list();
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines[0], "account;sum;file;page;sha256;issued");
    assert!(
        lines[1].starts_with("59000001;834.56;gas-2026-10-59000001.pdf;") && lines[2].starts_with("59000002;0.00;"),
        "{told}"
    );
    assert!(std::fs::read(file("gas-2026-10-59000001.pdf")).unwrap().starts_with(b"%PDF"));

    // As a stop would have left it: one receipt noted and whole, one noted and lost.
    std::fs::write(file("gas-2026-10.unfinished"), lines[1..].join("\n") + "\n").unwrap();
    std::fs::write(file("gas-2026-10-59000001.pdf"), "cut off").unwrap();
    let second = run();
    assert!(
        said(&second).contains("1 receipts printed") && said(&second).contains("1 were there"),
        "{}",
        said(&second)
    );
    assert_eq!(list(), told);
    assert!(said(&run()).contains("2 receipts printed"), "a run that ended is not gone on with");
    assert!(file("gas-2026-10-59000001.pdf").exists() && !file("gas-2026-10-59000003.pdf").exists());
}

#[test]
fn a_merged_run_goes_by_addresses_and_on_after_a_stop() {
    let place = place();
    a_small_town(place.path());
    let command = ["receipts", "--provider", "gas", "--period", "2026-10", "--out", "october", "--merged"];
    let run = || kabinet(place.path(), &command);
    let list = || std::fs::read_to_string(place.path().join("october/gas-2026-10-print.csv")).unwrap();
    let file = |name: &str| place.path().join("october").join(name);

    let first = run();
    assert_eq!(first.status.code(), Some(1), "one account cannot have a receipt: {}", complained(&first));
    assert!(complained(&first).contains("59000003: "), "{}", complained(&first));
    let told = list();
    let lines: Vec<&str> = told.lines().collect();
    assert!(lines[1].starts_with("59000002;0.00;gas-2026-10-print-00001.pdf;1;"), "house 2 comes first: {told}");
    assert!(lines[2].starts_with("59000001;834.56;gas-2026-10-print-00001.pdf;2;"), "house 10 comes later: {told}");
    assert!(std::fs::read(file("gas-2026-10-print-00001.pdf")).unwrap().starts_with(b"%PDF"));

    let noted = lines[1..].join("\n") + "\n";
    std::fs::write(file("gas-2026-10-print.unfinished"), &noted).unwrap();
    assert!(said(&run()).contains("2 were there"));
    std::fs::write(file("gas-2026-10-print.unfinished"), &noted).unwrap();
    std::fs::write(file("gas-2026-10-print-00001.pdf"), "cut off").unwrap();
    std::fs::write(file("gas-2026-10-print-00002.pdf"), "of a larger run").unwrap();
    assert!(said(&run()).contains("2 receipts printed"));
    assert_eq!(list(), told);
    assert!(!file("gas-2026-10-print-00002.pdf").exists());
}

#[test]
fn a_run_into_an_archive_leaves_the_archive_alone() {
    let place = place();
    a_small_town(place.path());
    let run =
        |out: &str| kabinet(place.path(), &["receipts", "--provider", "gas", "--period", "2026-10", "--out", out]);
    run("october.zip");
    let opened = std::fs::File::open(place.path().join("october.zip")).unwrap();
    let mut archive = zip::ZipArchive::new(opened).unwrap();
    let names: Vec<String> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    assert_eq!(names, ["gas-2026-10.csv", "gas-2026-10-59000001.pdf", "gas-2026-10-59000002.pdf"]);
    let mut receipt = Vec::new();
    std::io::copy(&mut archive.by_name("gas-2026-10-59000001.pdf").unwrap(), &mut receipt).unwrap();
    assert!(receipt.starts_with(b"%PDF"));
    assert!(!place.path().join("october.zip.unfinished").exists());
    assert_refused(&run("october.zip"), &["october.zip", "not there yet"]);
}

#[cfg(unix)]
#[test]
fn only_the_owner_reads_a_print_run() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = place();
    a_small_town(place.path());
    kabinet(place.path(), &["receipts", "--provider", "gas", "--period", "2026-10", "--out", "october"]);
    let mode = |name: &str| std::fs::metadata(place.path().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("october"), 0o700);
    assert_eq!((mode("october/gas-2026-10-59000001.pdf"), mode("october/gas-2026-10.csv")), (0o600, 0o600));
}

#[test]
fn a_print_run_of_nobody_or_into_a_file_is_refused_with_the_way_out() {
    let place = place();
    a_small_town(place.path());
    let run = |provider: &str, out: &str| {
        kabinet(place.path(), &["receipts", "--provider", provider, "--period", "2026-10", "--out", out])
    };
    assert_refused(&run("water", "october"), &["water", "billing"]);
    std::fs::write(place.path().join("taken"), "").unwrap();
    assert_refused(&run("gas", "taken"), &["taken", "folder"]);
}
