//! Settings: `kabinet.toml`, then environment `KABINET_…`, then flags. Unknown keys are errors, not defaults.
//!
//! Imports `domain` only; the composition root turns settings into adapters.

mod listeners;
mod notices;
mod organisation;
pub mod texts;
mod transport;

use std::any::type_name;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Env, Format as _, Serialized, Toml};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::domain::account::MAX_LINKS;
use crate::domain::hint::Hints;
use crate::domain::password::{HashWork, PasswordPolicy};

pub use listeners::{LogFormat, TlsConfig, TrustedProxies};
pub use notices::NoticesConfig;
pub use organisation::OrganisationConfig;
pub use texts::{Texts, hints};
pub use transport::{Partner, PlainPartner};

/// The settings file without `--config`.
pub const DEFAULT_FILE: &str = "kabinet.toml";
/// The prefix of environment variables.
const PREFIX: &str = "KABINET_";
/// Variables with the prefix that are not settings: the file, the log filter, the tests' server, a password that
/// `operator add` reads.
const NOT_SETTINGS: [&str; 4] = ["config", "test_postgres", "log", "operator_password"];
/// Read from the environment as text although they look like numbers: a shop `054401` would become 54401.
const TEXTS: [&str; 9] = [
    "smsc.login",
    "smsc.password",
    "yookassa.shop_id",
    "yookassa.secret_key",
    "theme.name",
    "theme.accent",
    "organisation.name",
    "organisation.inn",
    "organisation.address",
];

/// Why settings cannot be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The given file does not exist.
    #[error("the settings file {0} is not there; check the path after --config")]
    NoFile(PathBuf),
    /// An unknown key, a wrong type, a malformed file: figment's message contains the key and its source.
    #[error("the settings cannot be used: {0}")]
    Unusable(Box<figment::Error>),
    /// A value that is not allowed.
    #[error("setting {key}: {problem}")]
    Refused {
        /// The key.
        key: &'static str,
        /// The problem and its remedy.
        problem: String,
    },
}

/// Every setting.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `sqlite://path` or `postgres://…`.
    pub database_url: String,
    /// The listener's address.
    pub listen: SocketAddr,
    /// The portal's public address, for letters and the acquirer. Plain HTTP on loopback only.
    pub public_url: String,
    /// The file with the key that seals PINs and letters; created in demo mode if it is missing.
    pub secret_key_file: PathBuf,
    /// The rule for passwords: `manual` or `modern`.
    pub password_policy: PasswordPolicy,
    /// The cost of a password hash; a stored hash is upgraded at the next sign-in.
    pub password_hash: HashWork,
    /// Most accounts that one user may link, 1 to 3.
    pub max_links: u8,
    /// Hours between UTC and the wall clock of the subscribers; Perm is 5.
    pub utc_offset_hours: i8,
    /// The support's e-mail address (M11).
    pub support_email: String,
    /// A file with hints that override those of `texts/hints.toml` (M11).
    pub hints_file: Option<PathBuf>,
    /// A file with the help in place of `texts/help.toml` (M11).
    pub help_file: Option<PathBuf>,
    /// A file with the consent to the processing of personal data in place of `texts/consent.md` (M1).
    pub consent_file: Option<PathBuf>,
    /// A file with the consent to receipts by e-mail in place of `texts/paperless.md` (M7).
    pub paperless_file: Option<PathBuf>,
    /// The organisation in the texts; a demo invents missing values.
    pub organisation: OrganisationConfig,
    /// The texts of notices, and when and how fast they are sent.
    pub notices: NoticesConfig,
    /// The provider's theme; missing values are the product's own.
    pub theme: ThemeConfig,
    /// Proxies in front that add to `X-Forwarded-For`: how many, or their networks; 0 trusts none.
    pub trusted_proxies: TrustedProxies,
    /// TLS in this program; absent behind a proxy that does it.
    pub tls: Option<TlsConfig>,
    /// The listener of `/metrics` and `/readyz`.
    pub admin_listen: SocketAddr,
    /// The console's own listener; with it the portal's listener does not serve the console.
    pub console_listen: Option<SocketAddr>,
    /// The console's public address, if it has a listener of its own.
    pub console_url: Option<String>,
    /// Partners that may be reached without encryption or without a check of their certificate.
    pub allow_plain: Vec<Partner>,
    /// The format of log lines.
    pub log_format: LogFormat,
    /// Letters; absent in demo mode.
    pub smtp: Option<SmtpConfig>,
    /// SMS; absent in demo mode.
    pub smsc: Option<SmscConfig>,
    /// The acquirer; absent in demo mode.
    pub yookassa: Option<YookassaConfig>,
}

/// The provider's theme.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThemeConfig {
    /// The name beside the logo and in titles.
    pub name: Option<String>,
    /// The colour of buttons and links, `#rrggbb`; must be readable on a light ground.
    pub accent: Option<String>,
    /// A picture, SVG, PNG or WebP.
    pub logo_file: Option<PathBuf>,
}

/// The mail server.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpConfig {
    /// `smtps://user:password@host:465` or `smtp://…:587?tls=required`.
    pub url: String,
    /// The sender, e.g. `Кабинет <noreply@example.ru>`.
    pub from: String,
}

/// The SMS gateway SMSC.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmscConfig {
    /// Its address.
    pub url: String,
    /// The login there.
    pub login: String,
    /// The password there.
    pub password: String,
}

/// The acquirer's shop.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct YookassaConfig {
    /// Address of its API, with the version.
    pub url: String,
    /// The shop.
    pub shop_id: String,
    /// Its secret key.
    pub secret_key: String,
    /// The code of the VAT rate on the fiscal receipt, as the acquirer numbers them; 11 is 22 %.
    pub vat_code: u8,
}

/// Settings from the command line; they override the environment and the file.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Flags {
    /// `--database-url`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_url: Option<String>,
    /// `--listen`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<SocketAddr>,
}

macro_rules! hide_secrets {
    ($($name:ident),+) => {$(
        /// Shows the type's name only: it contains secrets.
        impl std::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )+};
}
hide_secrets!(SmtpConfig, SmscConfig, YookassaConfig);

impl Default for Config {
    fn default() -> Self {
        Self {
            database_url: "sqlite://data/kabinet.db".to_owned(),
            listen: SocketAddr::from(([127, 0, 0, 1], 3000)),
            public_url: "http://127.0.0.1:3000".to_owned(),
            secret_key_file: PathBuf::from("data/secret.key"),
            password_policy: PasswordPolicy::Manual,
            password_hash: HashWork::LEAST,
            max_links: MAX_LINKS,
            utc_offset_hours: 5,
            support_email: "support@смородина.онлайн".to_owned(),
            hints_file: None,
            help_file: None,
            consent_file: None,
            paperless_file: None,
            organisation: OrganisationConfig::default(),
            notices: NoticesConfig::default(),
            theme: ThemeConfig::default(),
            trusted_proxies: TrustedProxies::default(),
            tls: None,
            admin_listen: SocketAddr::from(([127, 0, 0, 1], 3001)),
            console_listen: None,
            console_url: None,
            allow_plain: Vec::new(),
            log_format: LogFormat::Text,
            smtp: None,
            smsc: None,
            yookassa: None,
        }
    }
}

/// Settings, their texts, and the source of each setting.
pub struct Loaded {
    file: PathBuf,
    /// The settings.
    pub config: Config,
    /// The texts of the hints, with the overrides of `hints_file`.
    pub hints: Hints,
    /// The help, the consents and the texts of notices, from the files in the settings; placeholders are not filled.
    pub texts: Texts,
    figment: Figment,
}

impl Config {
    /// Reads the file (a given one must exist, the default one may be missing), the environment and the flags.
    ///
    /// # Errors
    /// [`ConfigError`] when a setting or a file cannot be used; it names the key and its source.
    pub fn load(file: Option<&Path>, flags: &Flags) -> Result<Loaded, ConfigError> {
        if let Some(file) = file.filter(|file| !file.exists()) {
            return Err(ConfigError::NoFile(file.to_owned()));
        }
        let file = file.unwrap_or(Path::new(DEFAULT_FILE));
        // `KABINET_SMTP__URL` is the key `url` of the table `smtp`.
        let environment = Env::prefixed(PREFIX).ignore(&NOT_SETTINGS).split("__");
        let mut figment =
            Figment::from(Serialized::defaults(Self::default())).merge(Toml::file(file)).merge(environment);
        for key in TEXTS {
            let variable = format!("{PREFIX}{}", key.replace('.', "__").to_uppercase());
            if let Ok(text) = std::env::var(variable) {
                figment = figment.merge(Serialized::default(key, text));
            }
        }
        let figment = figment.merge(Serialized::defaults(flags.clone()));
        let config: Self = figment.extract().map_err(|error| ConfigError::Unusable(Box::new(error)))?;
        let hints = hints(config.hints_file.as_deref())?;
        let texts = Texts::read(&config)?;
        let mut loaded = Loaded { file: file.to_owned(), config, hints, texts, figment };
        loaded.listens_on(loaded.config.listen);
        loaded.config.check()?;
        Ok(loaded)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let refuse = |key, problem: &str| Err(ConfigError::Refused { key, problem: problem.to_owned() });
        if !(1..=MAX_LINKS).contains(&self.max_links) {
            return refuse("max_links", "write 1, 2 or 3");
        }
        if !self.password_hash.is_allowed() {
            return refuse("password_hash", "write memory_kib from 19456, passes from 2 and lanes from 1");
        }
        if !(-12..=14).contains(&self.utc_offset_hours) {
            return refuse("utc_offset_hours", "write hours from -12 to 14");
        }
        let scheme = ["sqlite:", "postgres://", "postgresql://"];
        if !scheme.iter().any(|s| self.database_url.starts_with(s)) {
            return refuse("database_url", "must begin with sqlite:// or postgres://");
        }
        if self.console_listen.is_some() != self.console_url.is_some() {
            return refuse("console_url", "console_listen and console_url are written both or none");
        }
        self.organisation.check()?;
        self.notices.check()?;
        check_url("public_url", &self.public_url)?;
        if self.tls.is_some() && !self.is_https() {
            return refuse("public_url", "must begin with https://, because [tls] is written");
        }
        self.console_url.as_deref().map_or(Ok(()), |url| check_url("console_url", url))
    }

    /// The portal's host, without a port.
    pub fn public_host(&self) -> String {
        url::Url::parse(&self.public_url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
    }

    /// The portal's own origin, e.g. `https://lk.example.ru`.
    pub fn origin(&self) -> String {
        url::Url::parse(&self.public_url).map(|url| url.origin().ascii_serialization()).unwrap_or_default()
    }

    /// Whether the settings contain passwords or keys.
    pub fn has_secrets(&self) -> bool {
        let password = url::Url::parse(&self.database_url).is_ok_and(|url| url.password().is_some());
        password || self.smtp.is_some() || self.smsc.is_some() || self.yookassa.is_some()
    }

    /// Whether browsers reach the portal over TLS.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }
}

fn check_url(key: &'static str, address: &str) -> Result<(), ConfigError> {
    let refuse = |problem: &str| Err(ConfigError::Refused { key, problem: problem.to_owned() });
    let Ok(url) = url::Url::parse(address) else { return refuse("is not an address") };
    match (url.scheme(), url.host_str()) {
        ("https", Some(_)) | ("http", Some("127.0.0.1" | "localhost" | "[::1]")) => Ok(()),
        ("http", Some(_)) => refuse("plain http is for this machine only; use https"),
        _ => refuse("must begin with https://"),
    }
}

impl Loaded {
    /// The settings file, if it exists.
    pub fn settings_file(&self) -> Option<&Path> {
        self.file.is_file().then_some(self.file.as_path())
    }

    /// Whether this setting was given, rather than left at its default.
    pub fn is_given(&self, key: &str) -> bool {
        self.figment.find_metadata(key).is_some_and(|metadata| metadata.name != type_name::<Config>())
    }

    /// Records the listener's address: without a given `public_url`, that becomes this port on this machine.
    pub fn listens_on(&mut self, address: SocketAddr) {
        if !self.is_given("public_url") {
            let scheme = if self.config.tls.is_some() { "https" } else { "http" };
            self.config.public_url = format!("{scheme}://{}", reachable(address));
        }
    }

    /// Each setting and its source; secrets and addresses with passwords are hidden.
    pub fn sources(&self) -> Vec<(String, String)> {
        let keys = [
            "database_url",
            "listen",
            "public_url",
            "secret_key_file",
            "password_policy",
            "password_hash",
            "max_links",
            "utc_offset_hours",
            "support_email",
            "hints_file",
            "help_file",
            "consent_file",
            "paperless_file",
            "organisation.name",
            "organisation.inn",
            "organisation.address",
            "notices.folder",
            "notices.quiet_from",
            "notices.quiet_until",
            "notices.letters_per_minute",
            "notices.sms_per_minute",
            "notices.pushes_per_minute",
            "notices.due_in_days",
            "theme.name",
            "theme.accent",
            "theme.logo_file",
            "trusted_proxies",
            "tls",
            "admin_listen",
            "console_listen",
            "console_url",
            "allow_plain",
            "log_format",
            "smtp",
            "smsc",
            "yookassa",
        ];
        keys.iter().map(|key| (format!("{key} = {}", self.shown(key)), self.source(key))).collect()
    }

    fn source(&self, key: &str) -> String {
        let Some(metadata) = self.figment.find_metadata(key) else { return "not set".to_owned() };
        match &metadata.source {
            _ if key == "public_url" && !self.is_given(key) => "default, from listen".to_owned(),
            _ if metadata.name == type_name::<Config>() => "default".to_owned(),
            _ if metadata.name == type_name::<Flags>() => "flag".to_owned(),
            Some(source) => source.to_string(),
            None => format!("environment {PREFIX}{}", key.to_uppercase()),
        }
    }

    fn shown(&self, key: &str) -> String {
        let config = &self.config;
        let given = |is: bool| text(is.then_some("given"));
        let path = |file: Option<&Path>| file.map_or_else(|| text(None), |file| file.display().to_string());
        match key {
            "database_url" => hide_password(&config.database_url),
            "listen" => config.listen.to_string(),
            "public_url" => config.public_url.clone(),
            "secret_key_file" => config.secret_key_file.display().to_string(),
            "password_policy" => format!("{:?}", config.password_policy).to_lowercase(),
            "password_hash" => {
                let HashWork { memory_kib, passes, lanes } = config.password_hash;
                format!("{memory_kib} KiB, {passes} passes, {lanes} lanes")
            }
            "max_links" => config.max_links.to_string(),
            "utc_offset_hours" => config.utc_offset_hours.to_string(),
            "support_email" => config.support_email.clone(),
            "hints_file" => path(config.hints_file.as_deref()),
            "help_file" => path(config.help_file.as_deref()),
            "consent_file" => path(config.consent_file.as_deref()),
            "paperless_file" => path(config.paperless_file.as_deref()),
            "organisation.name" => text(config.organisation.name.as_deref()),
            "organisation.inn" => text(config.organisation.inn.as_deref()),
            "organisation.address" => text(config.organisation.address.as_deref()),
            "theme.name" => text(config.theme.name.as_deref()),
            "theme.accent" => text(config.theme.accent.as_deref()),
            "theme.logo_file" => path(config.theme.logo_file.as_deref()),
            _ if key.starts_with("notices.") => config.notices.shown(key),
            "trusted_proxies" => config.trusted_proxies.to_string(),
            "tls" => given(config.tls.is_some()),
            "admin_listen" => config.admin_listen.to_string(),
            "console_listen" => text(config.console_listen.map(|address| address.to_string()).as_deref()),
            "console_url" => text(config.console_url.as_deref()),
            "allow_plain" => format!("{:?}", config.allow_plain).to_lowercase(),
            "log_format" => format!("{:?}", config.log_format).to_lowercase(),
            "smtp" => given(config.smtp.is_some()),
            "smsc" => given(config.smsc.is_some()),
            _ => given(config.yookassa.is_some()),
        }
    }
}

fn text(given: Option<&str>) -> String {
    given.unwrap_or("none").to_owned()
}

/// The address to reach a local listener at: an unspecified address cannot be called.
pub fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}

/// A database address without its password.
pub fn hide_password(address: &str) -> String {
    match url::Url::parse(address) {
        Ok(mut url) if url.password().is_some() => {
            let _ = url.set_password(Some("***"));
            url.to_string()
        }
        _ => address.to_owned(),
    }
}

#[cfg(test)]
mod tests;
