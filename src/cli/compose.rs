//! Composes the application: the database, the vault, the gateways, and the use cases over them.

use std::net::SocketAddr;
use std::sync::Arc;

use super::failure::CliError;
use crate::app::DemoParts;
use crate::clock::Nature;
use crate::config::texts::{Placeholder, Values};
use crate::config::{Config, Loaded, Partner, SmscConfig, SmtpConfig, Texts, ThemeConfig, YookassaConfig, reachable};
use crate::domain::notice::{NoticeSettings, QuietHours};
use crate::domain::notice_preview::NoticePreview;
use crate::domain::notice_text::NoticeTexts;
use crate::gateway::acquirer::yookassa::{VAT_22, YooKassa, YooKassaSettings};
use crate::gateway::mail::smtp::{SmtpMailer, SmtpSettings};
use crate::gateway::push::web_push::WebPush;
use crate::gateway::sms::smsc::{Smsc, SmscCredentials, SmscSettings};
use crate::http::theme::{NAME, Theme, ThemeError};
use crate::http::{Site, webhooks};
use crate::service::notices::sample;
use crate::service::vault::Vault;
use crate::service::{Outside, Services, Settings, health};
use crate::storage::Database;
use crate::test_bank::mailbox::{DemoMailer, DemoSms, Mailbox};
use crate::test_bank::push::DemoPush;
use crate::test_bank::{MOUNT, TestBank, TestBankSettings};

/// The shop of the demo at the test bank; no money moves there.
const DEMO_SHOP: &str = "demo-shop";
/// Its key, not a secret: anyone who reaches the test bank may use it.
const DEMO_KEY: &str = "demo-key";
/// The acquirer's own pages, allowed as form targets.
const ACQUIRER_PAGES: &str = " https://yoomoney.ru https://*.yoomoney.ru https://*.yookassa.ru";

/// The database, opened and migrated.
pub(super) async fn open_database(config: &Config) -> Result<Database, CliError> {
    refuse_plain(config, |partner| partner == Partner::Postgres)?;
    let db = Database::open(&config.database_url).await?;
    db.migrate().await?;
    Ok(db)
}

/// Rejects partners that would be reached without protection, unless `allow_plain` lists them.
pub(super) fn refuse_plain(config: &Config, concerns: impl Fn(Partner) -> bool) -> Result<(), CliError> {
    let plain = config.plain_partners().into_iter().find(|plain| concerns(plain.partner));
    plain.map_or(Ok(()), |plain| Err(CliError::Plain(plain)))
}

/// The vault; its key must exist.
pub(super) fn open_vault(config: &Config, nature: &Nature) -> Result<Vault, CliError> {
    Ok(Vault::open(&config.secret_key_file, nature.clone())?)
}

/// The vault of the demo: creates a missing key.
pub(super) fn open_demo_vault(config: &Config, nature: &Nature) -> Result<Vault, CliError> {
    if Vault::create_key(&config.secret_key_file, nature)? {
        println!("Made the key file {}.", config.secret_key_file.display());
    }
    open_vault(config, nature)
}

/// Checks that the key sealed the PINs of this database: after a restored backup it may be another.
pub(super) async fn check_key(config: &Config, db: &Database, vault: &Vault) -> Result<(), CliError> {
    if health::key_fits(db, vault).await? { Ok(()) } else { Err(CliError::OtherKey(config.secret_key_file.clone())) }
}

/// Use cases over these parts. The texts are those of [`notice_texts`].
pub(super) fn services(
    config: &Config,
    notice_texts: NoticeTexts,
    demo: bool,
    db: Database,
    vault: Vault,
    outside: Outside,
    nature: Nature,
) -> Result<Services, CliError> {
    let settings = Settings {
        portal_name: config.theme.name.clone().unwrap_or_else(|| NAME.to_owned()),
        public_url: config.public_url.trim_end_matches('/').to_owned(),
        public_host: config.public_host(),
        password_policy: config.password_policy,
        max_links: config.max_links,
        utc_offset_hours: config.utc_offset_hours,
        support_email: config.support_email.clone(),
        demo,
        password_hash: config.password_hash,
        context_words: context_words(config),
        notices: notice_settings(config, demo),
        notice_texts: Arc::new(notice_texts),
    };
    Ok(Services::new(db, nature, vault, outside, settings)?)
}

/// A visitor of a demo does not wait until the morning.
fn notice_settings(config: &Config, demo: bool) -> NoticeSettings {
    let settings = config.notices.settings();
    if demo { NoticeSettings { quiet: QuietHours::NONE, ..settings } } else { settings }
}

/// The words of the portal's name and host, which a password must not contain.
fn context_words(config: &Config) -> Vec<String> {
    let name = config.theme.name.clone().unwrap_or_default();
    let host = config.public_host();
    [name, host].iter().flat_map(|text| text.split([' ', '.', '-', '«', '»'])).map(str::to_owned).collect()
}

/// Use cases for a command that sends no messages: the demo's gateways need no settings.
pub(super) async fn services_that_send_nothing(config: &Config, nature: Nature) -> Result<Services, CliError> {
    let vault = open_vault(config, &nature)?;
    let db = open_database(config).await?;
    over(config, db, vault, nature)
}

/// The same, after a check that the key of the settings is the one of the database.
pub(super) async fn services_with_checked_key(config: &Config, nature: Nature) -> Result<Services, CliError> {
    let vault = open_vault(config, &nature)?;
    let db = open_database(config).await?;
    check_key(config, &db, &vault).await?;
    over(config, db, vault, nature)
}

fn over(config: &Config, db: Database, vault: Vault, nature: Nature) -> Result<Services, CliError> {
    let outside = demo_outside(config, &db, &nature, config.listen)?;
    let texts = notice_texts(config, &Texts::read(config)?, false);
    services(config, texts, false, db, vault, outside, nature)
}

/// Addresses, texts and theme of the site.
pub(super) fn site(loaded: &Loaded, demo: bool) -> Result<Site, CliError> {
    let config = &loaded.config;
    Ok(Site {
        origin: config.origin(),
        https: config.is_https(),
        trusted_proxies: config.trusted_proxies.clone(),
        form_targets: if demo { String::new() } else { ACQUIRER_PAGES.to_owned() },
        support_email: config.support_email.clone(),
        hints: loaded.hints.clone(),
        texts: Arc::new(texts(loaded, demo)?),
        theme: theme(&config.theme)?,
    })
}

/// The texts with their placeholders filled. A demo invents the organisation; a real portal requires its settings.
fn texts(loaded: &Loaded, demo: bool) -> Result<Texts, CliError> {
    let values = values(&loaded.config, demo);
    if let Some(missing) = loaded.texts.unfilled(&values).first() {
        let why = "the text of the consent, of the help or of a notice needs it";
        return Err(CliError::Missing { key: missing.setting(), why });
    }
    Ok(loaded.texts.filled(&values))
}

/// The texts of notices with their general placeholders filled. A missing setting leaves nothing in its place: `serve`
/// refuses it before, with the help and the consent.
pub(super) fn notice_texts(config: &Config, texts: &Texts, demo: bool) -> NoticeTexts {
    texts.filled(&values(config, demo)).notices
}

/// Each notice with made-up values.
pub(super) fn notice_previews(config: &Config, texts: &NoticeTexts) -> Result<Vec<NoticePreview>, CliError> {
    let public_url = config.public_url.trim_end_matches('/');
    Ok(sample::previews(texts, &theme(&config.theme)?.name, public_url, &config.support_email))
}

fn values(config: &Config, demo: bool) -> Values {
    let written = config.organisation.clone();
    Values::new(config, if demo { written.or_made_up() } else { written })
}

/// The placeholders whose settings a real portal still lacks.
pub(super) fn unfilled(loaded: &Loaded) -> Vec<Placeholder> {
    loaded.texts.unfilled(&Values::new(&loaded.config, loaded.config.organisation.clone()))
}

/// The theme from the settings.
pub(super) fn theme(config: &ThemeConfig) -> Result<Theme, ThemeError> {
    Theme::new(config.name.as_deref(), config.accent.as_deref(), config.logo_file.as_deref())
}

/// The demo's gateways: letters, SMS and pushes go into the mailbox, payments to the test bank in this process.
pub(super) fn demo_outside(
    config: &Config,
    db: &Database,
    nature: &Nature,
    listen: SocketAddr,
) -> Result<Outside, CliError> {
    let acquirer = YooKassa::new(YooKassaSettings {
        card_page_origin: Some(config.origin()),
        base_url: format!("http://{}{MOUNT}/v3", reachable(listen)),
        shop_id: DEMO_SHOP.to_owned(),
        secret: DEMO_KEY.to_owned(),
        vat_code: VAT_22,
    });
    Ok(Outside {
        acquirer: Arc::new(acquirer.map_err(|error| wrong("yookassa", &error))?),
        mailer: Arc::new(DemoMailer::new(db.clone(), nature.clone())),
        sms: Arc::new(DemoSms::new(db.clone(), nature.clone())),
        push: Arc::new(DemoPush::new(db.clone(), nature.clone())),
    })
}

/// The pages of the demo: the test bank, the mailbox and the made-up notices.
pub(super) fn demo_parts(
    config: &Config,
    texts: &NoticeTexts,
    db: &Database,
    nature: &Nature,
    listen: SocketAddr,
) -> Result<DemoParts, CliError> {
    let public_url = config.public_url.trim_end_matches('/').to_owned();
    let bank = TestBank::new(
        db.clone(),
        nature.clone(),
        TestBankSettings {
            shop_id: DEMO_SHOP.to_owned(),
            secret: DEMO_KEY.to_owned(),
            public_url: public_url.clone(),
            notify_url: format!("http://{}{}", reachable(listen), webhooks::YOOKASSA),
        },
    );
    let mailbox = Mailbox {
        db: db.clone(),
        public_url: public_url.into(),
        offset_hours: config.utc_offset_hours,
        notices: notice_previews(config, texts)?.into(),
    };
    Ok(DemoParts { bank: bank.map_err(|error| wrong("listen", &error))?, mailbox })
}

/// The gateways from the settings; all are required.
pub(super) fn real_outside(config: &Config) -> Result<Outside, CliError> {
    refuse_plain(config, |_| true)?;
    let missing = |key, why| CliError::Missing { key, why };
    let smtp = config.smtp.as_ref().ok_or(missing("smtp", "letters need a mail server (url, from)"))?;
    let smsc = config.smsc.as_ref().ok_or(missing("smsc", "SMS need a gateway (url, login, password)"))?;
    let yookassa = config.yookassa.as_ref();
    let yookassa =
        yookassa.ok_or(missing("yookassa", "payments need an acquirer (url, shop_id, secret_key, vat_code)"))?;
    Ok(Outside {
        acquirer: Arc::new(acquirer(yookassa)?),
        mailer: Arc::new(mailer(smtp)?),
        sms: Arc::new(sms_gateway(smsc)?),
        push: Arc::new(push_gateway(&config.public_url)?),
    })
}

fn mailer(SmtpConfig { url, from }: &SmtpConfig) -> Result<SmtpMailer, CliError> {
    let settings = SmtpSettings { url: url.clone(), from: from.clone() };
    SmtpMailer::new(&settings).map_err(|error| wrong("smtp", &error))
}

fn sms_gateway(SmscConfig { url, login, password }: &SmscConfig) -> Result<Smsc, CliError> {
    let credentials = SmscCredentials::Password { login: login.clone(), password: password.clone() };
    let settings = SmscSettings { base_url: url.clone(), credentials, sender: None };
    Smsc::new(settings).map_err(|error| wrong("smsc.url", &error))
}

/// Needs no settings of its own: each browser names its push service, and the portal's address says who sends.
fn push_gateway(public_url: &str) -> Result<WebPush, CliError> {
    WebPush::new(public_url).map_err(|error| wrong("public_url", &error))
}

fn acquirer(config: &YookassaConfig) -> Result<YooKassa, CliError> {
    let settings = YooKassaSettings {
        base_url: config.url.clone(),
        card_page_origin: None,
        shop_id: config.shop_id.clone(),
        secret: config.secret_key.clone(),
        vat_code: config.vat_code,
    };
    YooKassa::new(settings).map_err(|error| wrong("yookassa.url", &error))
}

fn wrong(key: &'static str, problem: &dyn std::error::Error) -> CliError {
    CliError::Setting { key, problem: problem.to_string() }
}
