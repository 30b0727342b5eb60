//! `kabinet doctor`: prints every setting with its source, and checks the portal's requirements. Changes nothing and
//! shows no secret.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use super::compose;
use super::failure::CliError;
use super::tls::Tls;
use crate::clock::Nature;
use crate::config::{Config, Loaded, Partner, TrustedProxies};
use crate::http::assets;
use crate::service::private_file::check_private;
use crate::service::vault::{Vault, VaultError};
use crate::storage::dialect::folder_of;
use crate::storage::migrations::Schema;
use crate::storage::{Database, Engine};

/// Timeout for the database, so that an unreachable or slow server is reported.
const DATABASE_WITHIN: Duration = Duration::from_secs(15);

/// The result of one check.
enum Finding {
    /// As it should be.
    Good(String),
    /// Worth reporting; the portal may still start.
    Note(String),
    /// The portal will not start or will not work.
    Bad(String),
}

use Finding::{Bad, Good, Note};

/// Prints settings and findings; the exit code is 1 if a finding is bad.
pub(super) async fn examine(loaded: &Loaded, nature: Nature) -> Result<ExitCode, CliError> {
    println!("kabinet {}\n\nSettings", env!("CARGO_PKG_VERSION"));
    for (setting, source) in loaded.sources() {
        println!("  {setting:<55} {source}");
    }
    println!("\nChecks");
    let database = database(&loaded.config).await;
    let is_current = matches!(database, Good(_));
    let mut findings = vec![database];
    findings.extend(folder(&loaded.config));
    findings.push(key(&loaded.config, nature, is_current).await);
    findings.extend(open_to_others(loaded));
    findings.extend(plain_partners(&loaded.config));
    findings.extend(listeners(&loaded.config));
    findings.push(site());
    findings.push(theme(&loaded.config));
    findings.extend(texts(loaded));
    findings.extend(outside(loaded));
    for finding in &findings {
        let (mark, text) = match finding {
            Good(text) => ("ok  ", text),
            Note(text) => ("note", text),
            Bad(text) => ("BAD ", text),
        };
        println!("  {mark} {text}");
    }
    let bad = findings.iter().any(|finding| matches!(finding, Bad(_)));
    Ok(if bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn database(config: &Config) -> Finding {
    // Never send the password over a connection that `serve` rejects.
    if let Err(error) = compose::refuse_plain(config, |partner| partner == Partner::Postgres) {
        return Bad(error.to_string());
    }
    let engine = match Engine::of(&config.database_url) {
        Ok(engine) => engine,
        Err(error) => return Bad(CliError::from(error).to_string()),
    };
    if let Some(file) = engine.file(&config.database_url).filter(|file| !file.exists()) {
        return Note(format!("no database yet at {}; `kabinet migrate`, `demo` and `serve` make it", file.display()));
    }
    let looked = tokio::time::timeout(DATABASE_WITHIN, schema(config));
    match looked.await {
        Err(_) => Bad("the database does not answer in time; check the address and the server's load".to_owned()),
        Ok(Err(error)) => Bad(error.to_string()),
        Ok(Ok(Schema::Current)) => Good("the database answers and is up to date".to_owned()),
        Ok(Ok(Schema::Behind(steps))) => {
            Note(format!("the database answers and lacks {steps} step(s); `kabinet migrate` and `serve` do them"))
        }
        Ok(Ok(Schema::Newer(step))) => {
            Bad(CliError::from(crate::storage::StorageError::NewerDatabase(step)).to_string())
        }
    }
}

async fn schema(config: &Config) -> Result<Schema, CliError> {
    let db = Database::open(&config.database_url).await?;
    let schema = db.schema().await?;
    db.close().await;
    Ok(schema)
}

/// SQLite creates files beside its own: the folder must be writable.
fn folder(config: &Config) -> Option<Finding> {
    let file = Engine::of(&config.database_url).ok()?.file(&config.database_url)?;
    let folder = folder_of(&file);
    let shown = folder.display();
    if !folder.exists() {
        return Some(Note(format!("the folder {shown} is not there yet and will be made")));
    }
    Some(match try_writing(folder) {
        Ok(()) => Good(format!("the folder {shown} can be written")),
        Err(error) => Bad(format!("the folder {shown} cannot be written: {error}; check who owns it")),
    })
}

fn try_writing(folder: &Path) -> std::io::Result<()> {
    let probe = folder.join(format!(".kabinet-doctor-{}", std::process::id()));
    std::fs::OpenOptions::new().write(true).create_new(true).open(&probe)?;
    std::fs::remove_file(&probe)
}

async fn key(config: &Config, nature: Nature, database_answers: bool) -> Finding {
    match Vault::open(&config.secret_key_file, nature) {
        Ok(vault) if database_answers => match fits(config, &vault).await {
            Ok(()) => Good(format!("the key file {} can be read and fits", config.secret_key_file.display())),
            Err(error) => Bad(error.to_string()),
        },
        Ok(_) => Good(format!("the key file {} can be read", config.secret_key_file.display())),
        Err(error @ VaultError::File(..)) if !config.secret_key_file.exists() => {
            Note(format!("{}; the demo makes its own", CliError::from(error)))
        }
        Err(error) => Bad(CliError::from(error).to_string()),
    }
}

async fn fits(config: &Config, vault: &Vault) -> Result<(), CliError> {
    let db = Database::open(&config.database_url).await?;
    compose::check_key(config, &db, vault).await?;
    db.close().await;
    Ok(())
}

/// Sensitive files that users other than their owner can read.
fn open_to_others(loaded: &Loaded) -> Vec<Finding> {
    let config = &loaded.config;
    let database = Engine::of(&config.database_url).ok().and_then(|engine| engine.file(&config.database_url));
    let settings = loaded.settings_file().filter(|_| config.has_secrets());
    let key_of_tls = config.tls.as_ref().map(|tls| tls.key_file.clone());
    let files = [database, settings.map(Path::to_owned), key_of_tls].into_iter().flatten();
    files.filter_map(|file| Some(Bad(check_private(&file).ok()?.err()?.to_string()))).collect()
}

/// Partners that would be reached unencrypted; the database has its own check.
fn plain_partners(config: &Config) -> impl Iterator<Item = Finding> {
    let plain = config.plain_partners().into_iter().filter(|plain| plain.partner != Partner::Postgres);
    plain.map(|plain| Bad(CliError::Plain(plain).to_string()))
}

/// The listeners, and whether each is protected.
fn listeners(config: &Config) -> Vec<Finding> {
    let public = !config.listen.ip().is_loopback();
    let proxied = config.trusted_proxies.is_any();
    let mut findings = Vec::new();
    match (&config.tls, proxied) {
        (Some(tls), _) => findings.push(match Tls::open(tls.clone()) {
            Ok(_) => Good("the certificate and its key can be used".to_owned()),
            Err(error) => Bad(CliError::from(error).to_string()),
        }),
        (None, false) if public => findings.push(Bad(
            "passwords reach this address without TLS; write [tls], or listen on 127.0.0.1 behind a proxy".to_owned(),
        )),
        (None, false) if config.is_https() => findings.push(Note(
            "public_url is https, and neither [tls] nor trusted_proxies is written: every visitor has the proxy's address"
                .to_owned(),
        )),
        (None, _) => {}
    }
    if public && matches!(config.trusted_proxies, TrustedProxies::Count(1..)) {
        let way_out = "trusted_proxies counts proxies, and others may connect past them; write the proxies' networks";
        findings.push(Note(way_out.to_owned()));
    }
    if !config.admin_listen.ip().is_loopback() {
        findings.push(Note("admin_listen is not loopback: whoever reaches it reads the metrics".to_owned()));
    }
    findings
}

fn site() -> Finding {
    match assets::missing() {
        None => Good("the site's files are in this binary".to_owned()),
        Some(missing) => Note(missing.to_owned()),
    }
}

fn theme(config: &Config) -> Finding {
    match compose::theme(&config.theme) {
        Ok(theme) => {
            Good(format!("the portal is called «{}»; its accent can be read and its logo is there", theme.name))
        }
        Err(error) => Bad(error.to_string()),
    }
}

/// The help and the consent: missing values of placeholders, and the built-in sample of the consent.
fn texts(loaded: &Loaded) -> Vec<Finding> {
    let version = loaded.texts.consent.version;
    let missing = compose::unfilled(loaded).into_iter().map(|placeholder| {
        let (key, name) = (placeholder.setting(), placeholder.name());
        Note(format!("{key} is not set; a text has {{{name}}}, and without --demo `serve` needs it"))
    });
    let mut findings: Vec<Finding> = missing.collect();
    if findings.is_empty() {
        findings.push(Good(format!("the help and the consent of {version} are complete")));
    }
    if loaded.config.consent_file.is_none() {
        let way_out = "the consent is the built-in sample; have a lawyer check it and name your own in consent_file";
        findings.push(Note(way_out.to_owned()));
    }
    if loaded.config.paperless_file.is_none() {
        let way_out = "the built-in consent to receipts by e-mail is a sample; have a lawyer check it and name your own in \
                       paperless_file";
        findings.push(Note(way_out.to_owned()));
    }
    findings
}

fn outside(loaded: &Loaded) -> [Finding; 4] {
    let config = &loaded.config;
    let set = |key: &str, is: bool| {
        if is {
            Good(format!("{key} is set"))
        } else {
            Note(format!("{key} is not set; without --demo `serve` needs it"))
        }
    };
    [
        set("smtp", config.smtp.is_some()),
        set("smsc", config.smsc.is_some()),
        set("yookassa", config.yookassa.is_some()),
        set("public_url", loaded.is_given("public_url")),
    ]
}
