//! Partners that would be reached without encryption, or without a check of their certificate.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use url::Url;

use super::Config;

/// A partner that the portal connects to.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Partner {
    /// The mail server: it receives PINs and recovery links.
    Smtp,
    /// The SMS gateway.
    Smsc,
    /// The acquirer.
    Yookassa,
    /// The database server.
    Postgres,
}

/// A partner whose address does not require protection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PlainPartner {
    /// The partner.
    pub partner: Partner,
    /// The setting.
    pub key: &'static str,
    /// What to write instead.
    pub way_out: &'static str,
}

const SMTP: PlainPartner = PlainPartner {
    partner: Partner::Smtp,
    key: "smtp.url",
    way_out: "letters with PINs would travel in the clear; write smtps://… or smtp://…:587?tls=required, or name \
              \"smtp\" in allow_plain",
};
const SMSC: PlainPartner = PlainPartner {
    partner: Partner::Smsc,
    key: "smsc.url",
    way_out: "SMS with codes would travel in the clear; write https://…, or name \"smsc\" in allow_plain",
};
const YOOKASSA: PlainPartner = PlainPartner {
    partner: Partner::Yookassa,
    key: "yookassa.url",
    way_out: "the shop's key would travel in the clear; write https://…, or name \"yookassa\" in allow_plain",
};
const POSTGRES: PlainPartner = PlainPartner {
    partner: Partner::Postgres,
    key: "database_url",
    way_out: "the database server's certificate would not be checked; add ?sslmode=verify-full (and sslrootcert=…), or \
              name \"postgres\" in allow_plain",
};

impl Config {
    /// Partners whose addresses do not require protection and that `allow_plain` does not list; loopback is exempt.
    pub fn plain_partners(&self) -> Vec<PlainPartner> {
        let smtp = self.smtp.as_ref().filter(|smtp| is_plain_smtp(&smtp.url)).map(|_| SMTP);
        let smsc = self.smsc.as_ref().filter(|smsc| is_plain_http(&smsc.url)).map(|_| SMSC);
        let yookassa = self.yookassa.as_ref().filter(|yookassa| is_plain_http(&yookassa.url)).map(|_| YOOKASSA);
        let elsewhere = std::env::var("PGHOSTADDR").or_else(|_| std::env::var("PGHOST")).ok();
        let postgres = is_unchecked_postgres(&self.database_url, elsewhere.as_deref()).then_some(POSTGRES);
        let found = [smtp, smsc, yookassa, postgres].into_iter().flatten();
        found.filter(|plain| !self.allow_plain.contains(&plain.partner)).collect()
    }
}

fn is_loopback(url: &Url) -> bool {
    is_loopback_host(url.host_str().unwrap_or_default())
}

fn is_loopback_host(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn is_plain_http(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| url.scheme() == "http" && !is_loopback(&url))
}

fn is_plain_smtp(address: &str) -> bool {
    let Ok(url) = Url::parse(address) else { return false };
    let required = url.query_pairs().any(|(key, value)| key == "tls" && (value == "required" || value == "wrapper"));
    url.scheme() == "smtp" && !required && !is_loopback(&url)
}

/// A remote server must present a certificate for its name; loopback and a local socket are exempt. In the driver,
/// query parameters override the host, and the environment's host applies if the address has none.
fn is_unchecked_postgres(address: &str, host_of_environment: Option<&str>) -> bool {
    let Ok(url) = Url::parse(address) else { return false };
    if !matches!(url.scheme(), "postgres" | "postgresql") {
        return false;
    }
    let named = |names: [&str; 2]| -> Vec<String> {
        url.query_pairs().filter(|(key, _)| names.contains(&&**key)).map(|(_, value)| value.into_owned()).collect()
    };
    let modes = named(["sslmode", "ssl-mode"]);
    if !modes.is_empty() && modes.iter().all(|mode| mode.eq_ignore_ascii_case("verify-full")) {
        return false;
    }
    let mut hosts = named(["host", "hostaddr"]);
    hosts.extend(url.host_str().filter(|host| !host.is_empty()).map(str::to_owned));
    if hosts.is_empty() {
        hosts.extend(host_of_environment.map(str::to_owned));
    }
    !hosts.iter().all(|host| is_loopback_host(host) || is_socket(host))
}

/// A socket's folder, plain or percent-encoded in place of a host.
fn is_socket(host: &str) -> bool {
    host.starts_with('/') || host.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("%2f"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_server_needs_tls_unless_it_is_on_this_machine() {
        for plain in ["smtp://mail.example.ru:25", "smtp://mail.example.ru:587?tls=opportunistic"] {
            assert!(is_plain_smtp(plain), "{plain}");
        }
        let good = ["smtps://mail.example.ru", "smtp://mail.example.ru:587?tls=required", "smtp://127.0.0.1:2525"];
        for good in good {
            assert!(!is_plain_smtp(good), "{good}");
        }
    }

    #[test]
    fn a_web_gateway_needs_https_unless_it_is_on_this_machine() {
        assert!(is_plain_http("http://smsc.example/"));
        for good in ["https://smsc.example/", "http://127.0.0.1:3000/v3", "http://[::1]/", "http://localhost/"] {
            assert!(!is_plain_http(good), "{good}");
        }
    }

    #[test]
    fn a_database_server_on_another_machine_shows_its_certificate() {
        for open in ["postgres://me@db.example/kabinet", "postgresql://me@10.0.0.5/kabinet?sslmode=require"] {
            assert!(is_unchecked_postgres(open, None), "{open}");
        }
        let good = [
            "postgres://me@db.example/kabinet?sslmode=verify-full",
            "postgres://me@127.0.0.1/kabinet",
            "postgres://me@[::1]/kabinet",
            "postgres://me@%2Fvar%2Frun%2Fpostgresql/kabinet",
            "postgres:///kabinet?host=/var/run/postgresql",
            "postgres:///kabinet",
            "sqlite://data/kabinet.db",
        ];
        for good in good {
            assert!(!is_unchecked_postgres(good, None), "{good}");
        }
    }

    #[test]
    fn weakness_10_a_loopback_address_does_not_hide_the_server_that_the_driver_connects_to() {
        for open in [
            "postgres://me@127.0.0.1/kabinet?host=db.example",
            "postgres://me@localhost/kabinet?hostaddr=10.0.0.5",
            "postgres:///kabinet?host=/var/run/postgresql&host=db.example",
            "postgres://me@db.example/kabinet?sslmode=verify-full&sslmode=disable",
            "postgres://me@db.example/kabinet?sslmode=verify-full&ssl-mode=prefer",
        ] {
            assert!(is_unchecked_postgres(open, None), "{open}");
        }
        assert!(is_unchecked_postgres("postgres:///kabinet", Some("db.example")), "the environment's host");
        assert!(!is_unchecked_postgres("postgres:///kabinet", Some("/var/run/postgresql")));
        assert!(!is_unchecked_postgres("postgres://127.0.0.1/kabinet", Some("db.example")), "the address wins");
    }
}
