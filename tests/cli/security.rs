//! What the binary refuses, because it would open the portal: each with the way out.

use super::texts::ORGANISATION;
use super::{assert_done, assert_refused, complained, kabinet, kabinet_with, place, said};

/// Settings of a portal with real partners, none of which is called at the start.
const REAL: [(&str, &str); 14] = [
    ("KABINET_PUBLIC_URL", "https://lk.example.ru"),
    ("KABINET_LISTEN", "127.0.0.1:0"),
    ("KABINET_SMTP__URL", "smtps://me:secret@mail.example.ru:465"),
    ("KABINET_SMTP__FROM", "Кабинет <noreply@example.ru>"),
    ("KABINET_SMSC__URL", "https://smsc.example/"),
    ("KABINET_SMSC__LOGIN", "me"),
    ("KABINET_SMSC__PASSWORD", "secret"),
    ("KABINET_YOOKASSA__URL", "https://shop.example/v3"),
    ("KABINET_YOOKASSA__SHOP_ID", "1"),
    ("KABINET_YOOKASSA__SECRET_KEY", "secret"),
    ("KABINET_YOOKASSA__VAT_CODE", "11"),
    ORGANISATION[0],
    ORGANISATION[1],
    ORGANISATION[2],
];

/// The real settings with one of them written otherwise.
fn real_but(key: &'static str, value: &'static str) -> Vec<(&'static str, &'static str)> {
    REAL.into_iter().filter(|(name, _)| *name != key).chain([(key, value)]).collect()
}

#[test]
fn weakness_9_demo_passwords_do_not_open_a_real_portal() {
    let place = place();
    assert_done(&kabinet(place.path(), &["demo"]));
    let output = kabinet_with(place.path(), &["serve"], &REAL);
    assert_refused(&output, &["demo", "--demo", "database_url"]);
}

#[test]
fn weakness_9_everybodys_letters_are_not_shown_over_a_real_database() {
    let place = place();
    assert_done(&kabinet(place.path(), &["key"]));
    std::fs::write(place.path().join("providers.csv"), "code;name;account_length\ngas;Газ Тихоярска;8\n").unwrap();
    assert_done(&kabinet(place.path(), &["import", "providers", "providers.csv"]));
    let output = kabinet(place.path(), &["serve", "--demo", "--listen", "127.0.0.1:0"]);
    assert_refused(&output, &["real people", "--demo", "--database-url"]);
    assert_refused(&kabinet(place.path(), &["demo"]), &["nothing was changed"]);
}

#[tokio::test]
async fn weakness_9_demo_passwords_are_refused_whatever_the_mark_of_the_database() {
    let place = place();
    assert_done(&kabinet(place.path(), &["demo"]));
    sqlx::any::install_default_drivers();
    let url = format!("sqlite://{}/data/kabinet.db", place.path().display());
    let pool = sqlx::AnyPool::connect(&url).await.unwrap();
    sqlx::query("UPDATE installation SET value = 'real'").execute(&pool).await.unwrap();
    pool.close().await;

    let serve = || kabinet_with(place.path(), &["serve"], &REAL);
    assert_refused(&serve(), &["operator", "everybody knows", "`kabinet operator password operator`"]);
    let password = [("KABINET_OPERATOR_PASSWORD", "smena-na-kame-2026")];
    assert_done(&kabinet_with(place.path(), &["operator", "password", "operator"], &password));
    assert_refused(&serve(), &["demo@example.ru", "`kabinet user lock demo@example.ru`"]);
}

#[test]
fn weakness_10_each_partner_without_protection_is_refused() {
    for (key, value, words) in [
        ("KABINET_SMTP__URL", "smtp://mail.example.ru:25", ["smtp.url", "tls=required"]),
        ("KABINET_SMTP__URL", "smtp://mail.example.ru:587?tls=opportunistic", ["smtp.url", "allow_plain"]),
        ("KABINET_SMSC__URL", "http://smsc.example/", ["smsc.url", "https://"]),
        ("KABINET_YOOKASSA__URL", "http://shop.example/v3", ["yookassa.url", "https://"]),
        ("KABINET_DATABASE_URL", "postgres://me:pw@db.example/kabinet", ["database_url", "verify-full"]),
    ] {
        let place = place();
        assert_done(&kabinet(place.path(), &["key"]));
        let output = kabinet_with(place.path(), &["serve"], &real_but(key, value));
        assert_refused(&output, &words);
        let doctor = kabinet_with(place.path(), &["doctor"], &real_but(key, value));
        assert!(said(&doctor).contains(words[0]) && said(&doctor).contains("BAD"), "{value}: {}", said(&doctor));
    }
}

#[test]
fn weakness_10_a_database_server_without_a_checked_certificate_is_refused_by_each_command() {
    let variables = [("KABINET_DATABASE_URL", "postgres://me:pw@db.example/kabinet")];
    for command in [&["migrate"][..], &["demo"], &["import", "providers", "none.csv"]] {
        let place = place();
        assert_done(&kabinet(place.path(), &["key"]));
        assert_refused(&kabinet_with(place.path(), command, &variables), &["database_url", "verify-full"]);
    }
}

#[cfg(unix)]
#[test]
fn weakness_10_a_key_that_others_can_read_is_refused_and_named() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = place();
    assert_done(&kabinet(place.path(), &["key"]));
    let key = place.path().join("data/secret.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let output = kabinet(place.path(), &["serve", "--demo", "--listen", "127.0.0.1:0"]);
    assert_refused(&output, &["secret.key", "chmod 600"]);
    assert!(said(&kabinet(place.path(), &["doctor"])).contains("chmod 600"));
}

#[cfg(unix)]
#[test]
fn weakness_10_the_doctor_names_a_settings_file_with_secrets_that_others_can_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = place();
    let file = place.path().join("kabinet.toml");
    std::fs::write(&file, "[smsc]\nurl = \"https://smsc.example\"\nlogin = \"me\"\npassword = \"x\"\n").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let doctor = kabinet(place.path(), &["doctor"]);
    assert!(said(&doctor).contains("kabinet.toml") && said(&doctor).contains("chmod 600"), "{}", said(&doctor));
}

#[cfg(unix)]
#[test]
fn weakness_10_serving_warns_of_a_settings_file_with_secrets_that_others_can_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = place();
    let file = place.path().join("kabinet.toml");
    std::fs::write(&file, "[smsc]\nurl = \"https://smsc.example\"\nlogin = \"me\"\npassword = \"x\"\n").unwrap();
    // The start ends at the missing key, after the warning.
    let serve = |mode| {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        let variables = [("KABINET_PUBLIC_URL", "https://lk.example.ru"), ("KABINET_LISTEN", "127.0.0.1:0")];
        complained(&kabinet_with(place.path(), &["serve"], &variables))
    };
    let warned = serve(0o644);
    assert!(warned.contains("kabinet.toml") && warned.contains("chmod 600"), "{warned}");
    assert!(!serve(0o600).contains("chmod 600"));
}

#[test]
fn weakness_10_the_doctor_sends_no_password_to_a_database_server_that_is_not_checked() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    // The driver would connect to this listener; the settings only see an address that is not loopback.
    let port = listener.local_addr().unwrap().port();
    let url = format!("postgres://me:pw@db.example:{port}/kabinet?hostaddr=::ffff:127.0.0.1");
    let doctor = kabinet_with(place().path(), &["doctor"], &[("KABINET_DATABASE_URL", &url)]);
    let text = said(&doctor);
    assert_eq!(text.matches("verify-full").count(), 1, "named once: {text}");
    assert!(!text.contains("answers"), "not asked: {text}");
    assert!(listener.accept().is_err(), "no connection was made");
}

#[test]
fn the_doctor_names_a_public_listener_without_tls() {
    let doctor = kabinet_with(place().path(), &["doctor"], &[("KABINET_LISTEN", "0.0.0.0:3000")]);
    assert!(said(&doctor).contains("without TLS"), "{}{}", said(&doctor), complained(&doctor));
}

#[test]
fn a_console_address_is_written_with_its_url() {
    let output = kabinet_with(place().path(), &["migrate"], &[("KABINET_CONSOLE_LISTEN", "127.0.0.1:3002")]);
    assert_refused(&output, &["console_url", "console_listen"]);
}
