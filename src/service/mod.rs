//! Use cases: one public function each, written like a step of the manual. Each opens and commits its own transaction
//! and returns a domain value, or an enum of the errors that a user can correct, within [`refused::Refused`] where a
//! limit guards it.
//!
//! May import `domain`, `storage`, `gateway` (traits), `document`, `exchange`, `clock`. Independent of HTTP.

pub mod access;
pub mod account_access;
pub mod accounts;
pub mod announcements;
pub mod audit;
pub mod blocklist;
pub mod calendars;
pub mod certificates;
pub mod confirmation;
pub mod consumption;
pub mod contacts;
pub mod debts;
pub mod demo;
pub mod feedback;
pub mod health;
pub mod home;
pub mod import;
pub mod installation;
pub mod instalments;
pub mod key_rotation;
pub mod limits;
pub mod links;
pub mod messages;
pub mod notices;
pub mod one_time;
pub mod operators;
pub mod paperless;
pub mod password_change;
pub mod passwords;
pub mod payments;
pub mod photos;
pub mod pin_decisions;
pub mod pins;
pub mod print_run;
pub mod printing;
pub mod profile;
pub mod providers;
pub mod push;
pub mod readings;
pub mod receipts;
pub mod recovery;
pub mod refused;
pub mod registration;
pub mod second_factor;
pub mod sessions;
pub mod sign_in;
pub mod statements;
pub mod user_admin;
pub mod vault;

use std::sync::Arc;

use thiserror::Error;

use crate::clock::Nature;
use crate::document::Press;
use crate::domain::calendar::{Moment, Period};
use crate::domain::notice::NoticeSettings;
use crate::domain::notice_text::NoticeTexts;
use crate::domain::password::{HashWork, PasswordPolicy};
use crate::gateway::acquirer::Acquirer;
use crate::gateway::mail::Mailer;
use crate::gateway::push::PushGateway;
use crate::gateway::sms::SmsGateway;
use crate::storage::{Database, StorageError};
use passwords::Passwords;
use vault::Vault;

pub use crate::storage::private_file;

/// The settings that use cases need.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The portal's name, as beside the logo.
    pub portal_name: String,
    /// The public URL of the portal, without a trailing slash.
    pub public_url: String,
    /// Its host, for the last line of an SMS (WebOTP).
    pub public_host: String,
    /// The password policy.
    pub password_policy: PasswordPolicy,
    /// Maximum number of accounts that one user may link.
    pub max_links: u8,
    /// Offset of the subscribers' local time from UTC, in hours.
    pub utc_offset_hours: i8,
    /// The e-mail address of support.
    pub support_email: String,
    /// Whether letters, SMS and the bank are simulated for the demo.
    pub demo: bool,
    /// Cost parameters of the password hash.
    pub password_hash: HashWork,
    /// Words that passwords must not consist of: the name and the host of the portal.
    pub context_words: Vec<String>,
    /// When and how fast notices are sent.
    pub notices: NoticeSettings,
    /// The texts of notices.
    pub notice_texts: Arc<NoticeTexts>,
}

/// Everything that use cases work with. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    inner: Arc<Inner>,
}

struct Inner {
    db: Database,
    nature: Nature,
    vault: Vault,
    passwords: Passwords,
    acquirer: Arc<dyn Acquirer>,
    mailer: Arc<dyn Mailer>,
    sms: Arc<dyn SmsGateway>,
    push: Arc<dyn PushGateway>,
    press: Arc<Press>,
    settings: Settings,
}

/// Gateways to external systems, chosen by the composition root.
pub struct Outside {
    /// Takes card payments.
    pub acquirer: Arc<dyn Acquirer>,
    /// Sends letters.
    pub mailer: Arc<dyn Mailer>,
    /// Sends SMS.
    pub sms: Arc<dyn SmsGateway>,
    /// Sends pushes to browsers.
    pub push: Arc<dyn PushGateway>,
}

impl Services {
    /// Assembles the services.
    ///
    /// # Errors
    /// [`Fault`] when the dummy password hash cannot be computed.
    pub fn new(
        db: Database,
        nature: Nature,
        vault: Vault,
        outside: Outside,
        settings: Settings,
    ) -> Result<Self, Fault> {
        let passwords = Passwords::new(&nature, settings.password_hash)?;
        let press = Arc::new(Press::new());
        let Outside { acquirer, mailer, sms, push } = outside;
        let inner = Inner { db, nature, vault, passwords, acquirer, mailer, sms, push, press, settings };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The database.
    pub fn db(&self) -> &Database {
        &self.inner.db
    }
    /// The settings of use cases.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }
    /// The clock and the random generator.
    pub fn nature(&self) -> &Nature {
        &self.inner.nature
    }
    /// The current time.
    pub fn now(&self) -> Moment {
        self.inner.nature.now()
    }
    /// Today's date in the subscribers' local time.
    pub fn today(&self) -> jiff::civil::Date {
        self.now().date(self.inner.settings.utc_offset_hours)
    }
    /// The current month in the subscribers' local time.
    pub fn current_period(&self) -> Period {
        Period::of(self.today())
    }
    fn vault(&self) -> &Vault {
        &self.inner.vault
    }
    fn passwords(&self) -> &Passwords {
        &self.inner.passwords
    }
    fn acquirer(&self) -> &dyn Acquirer {
        &*self.inner.acquirer
    }
}

/// The client of a request, for limits, sessions and the audit trail.
#[derive(Clone, Eq, PartialEq)]
pub struct Visitor {
    /// The network address.
    pub address: String,
    /// The `User-Agent` header, truncated.
    pub user_agent: String,
    /// SHA-256 of the session cookie that the browser sent: a new session ends that session.
    pub session_hash: Option<String>,
    /// SHA-256 of the device cookie that the browser sent.
    pub device_hash: Option<String>,
}

crate::opaque_debug!(Visitor);

impl Visitor {
    /// A visitor with only an address.
    pub fn at(address: &str) -> Self {
        Self { address: address.to_owned(), user_agent: String::new(), session_hash: None, device_hash: None }
    }
}

impl Visitor {
    /// The administrator at the command line of this machine.
    pub fn administrator() -> Self {
        Self::at("command line")
    }
}

/// An internal error, which the user cannot correct: logged once with its source chain, shown with an incident number.
#[derive(Debug, Error)]
pub enum Fault {
    /// The database.
    #[error("storage failed")]
    Storage(#[from] StorageError),
    /// A sealed value cannot be opened: sealed with another key, or damaged.
    #[error("a sealed value cannot be opened")]
    Sealed(#[from] vault::VaultError),
    /// A password could not be hashed or checked.
    #[error("a password could not be hashed")]
    Hashing(String),
    /// The receipt could not be printed.
    #[error("a receipt could not be printed")]
    Document(#[from] crate::document::DocumentError),
    /// The acquirer refused the request itself.
    #[error("the acquirer refused the request")]
    Acquirer(#[source] crate::gateway::acquirer::AcquirerError),
    /// The queue of password hashes is full: retry in a minute.
    #[error("too many passwords wait to be checked")]
    Busy,
    /// A broken invariant: a state that should be impossible.
    #[error("{0}")]
    Broken(&'static str),
}

/// SHA-256 of a secret, in hex: the stored form of link tokens and cookies.
pub fn fingerprint(secret: &str) -> String {
    use sha2::Digest as _;
    data_encoding::HEXLOWER.encode(&sha2::Sha256::digest(secret.as_bytes()))
}

#[cfg(test)]
impl Outside {
    /// Doubles that store what they are given; only the letters are looked at.
    pub(crate) fn recording(mail: &crate::gateway::recording::RecordingMailer) -> Self {
        use crate::gateway::acquirer::recording::ScriptedBank;
        use crate::gateway::recording::{RecordingPush, RecordingSms};
        Self {
            acquirer: Arc::new(ScriptedBank::new()),
            mailer: Arc::new(mail.clone()),
            sms: Arc::new(RecordingSms::new()),
            push: Arc::new(RecordingPush::new()),
        }
    }
}
