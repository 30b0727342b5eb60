//! One-time secrets of letters and SMS: generated, stored, compared.

use super::limits::{
    CODE_TRIED, LETTERS_ALL, LINK_TRIES, RESEND_PAUSE, SENDS_A_DAY, SENDS_KNOWN, SENDS_RECIPIENT, SMS_ALL, TooOften,
};
use super::{Services, Visitor, fingerprint};
use crate::domain::calendar::Moment;
use crate::domain::login::Login;
use crate::domain::one_time::{CODE_LENGTH, LinkToken, SmsCode};
use crate::storage::secrets::StoredSecret;
use crate::storage::{Connection, Database, StorageError};
use crate::telemetry::{self, SecurityEvent};

/// Number of possible codes.
#[expect(clippy::cast_possible_truncation, reason = "a small constant")]
const CODES: u32 = 10_u32.pow(CODE_LENGTH as u32);
/// Wrong codes before the user must request a new one.
pub const CODE_TRIES: i64 = 5;

/// A new secret in plain text, for the letter or the SMS.
pub(super) enum IssuedSecret {
    /// For a letter.
    Link(LinkToken),
    /// For an SMS.
    Code(SmsCode),
}

/// The kind of row that a code confirms: a code of one kind is never valid for another.
#[derive(Clone, Copy)]
pub(super) enum CodeOf {
    /// A registration.
    Registration,
    /// A recovery of a password.
    Recovery,
    /// A new second contact.
    Contact,
    /// A new login.
    Login,
}

impl CodeOf {
    const fn purpose(self) -> &'static str {
        match self {
            Self::Registration => "code of a registration",
            Self::Recovery => "code of a recovery",
            Self::Contact => "code of a contact",
            Self::Login => "code of a login",
        }
    }
}

impl Services {
    /// A token for a letter, six digits for an SMS.
    pub(super) fn issue_secret(&self, login: &Login) -> IssuedSecret {
        match login {
            Login::Email(_) => IssuedSecret::Link(LinkToken::trusted(self.nature().token())),
            Login::Phone(_) => IssuedSecret::Code(self.issue_code()),
        }
    }

    /// Six digits.
    pub(super) fn issue_code(&self) -> SmsCode {
        SmsCode::from_number(self.nature().below(CODES))
    }

    /// The stored form of a secret. Six digits can be brute-forced, so their hash is keyed and bound to the row.
    pub(super) fn stored(&self, secret: &IssuedSecret, of: CodeOf, row_id: &str) -> StoredSecret {
        match secret {
            IssuedSecret::Link(token) => StoredSecret::Link { hash: fingerprint(token.reveal()) },
            IssuedSecret::Code(code) => StoredSecret::Code { mac: self.code_mac(code, of, row_id) },
        }
    }

    /// The stored form of a code.
    pub(super) fn code_mac(&self, code: &SmsCode, of: CodeOf, row_id: &str) -> String {
        self.vault().mac(of.purpose(), &[row_id, code.reveal()])
    }

    /// Whether a typed code matches the code of a row.
    pub(super) fn is_code_of(&self, stored: &StoredSecret, of: CodeOf, row_id: &str, code: &SmsCode) -> bool {
        stored.code_mac().is_some_and(|mac| self.code_matches(mac, of, row_id, code))
    }

    /// The same for the stored form of a row that has codes only.
    pub(super) fn code_matches(&self, mac: &str, of: CodeOf, row_id: &str, code: &SmsCode) -> bool {
        self.vault().mac_matches(mac, of.purpose(), &[row_id, code.reveal()])
    }

    /// Whether a typed code was not tried yet against the code of a row. A code sent again has its own tries: a repeat
    /// must not be a free guess at it. The caller commits only if the try is counted.
    pub(super) async fn is_new_try(
        &self,
        connection: &mut Connection,
        code_mac: Option<&str>,
        row_id: &str,
        code: &SmsCode,
    ) -> Result<bool, StorageError> {
        let tried = format!("{row_id}:{}:{}", code_mac.unwrap_or_default(), code.reveal());
        CODE_TRIED.is_first(self, connection, &tried).await
    }

    /// Seconds until a new letter or SMS may be requested after one at a moment.
    pub(super) fn resend_in(&self, last_sent_at: Moment) -> i64 {
        let since = self.now().since(last_sent_at).whole_seconds();
        (RESEND_PAUSE.window.whole_seconds() - since).max(0)
    }

    /// Rate limit: one letter or SMS a minute and five a day for each login; a maximum for the recipient and for the
    /// installation. A known browser has its own counters, so that a stranger cannot use up the owner's.
    pub(super) async fn count_send(
        &self,
        login: &Login,
        visitor: &Visitor,
        known_device: Option<&str>,
    ) -> Result<Result<(), TooOften>, StorageError> {
        let login_owned = login.as_str().to_owned();
        let by_device = known_device.map(|device| format!("{login_owned} {device}"));
        let by_network = format!("{login_owned} {}", visitor.network());
        let (limits, ceiling) = match (&by_device, login) {
            (Some(own), _) => (vec![(RESEND_PAUSE, own), (SENDS_A_DAY, own)], SENDS_KNOWN),
            (None, login) => {
                let ceiling = if login.is_phone() { SMS_ALL } else { LETTERS_ALL };
                (
                    vec![(RESEND_PAUSE, &by_network), (SENDS_A_DAY, &by_network), (SENDS_RECIPIENT, &login_owned)],
                    ceiling,
                )
            }
        };
        let mut tx = self.db().begin().await?;
        for (limit, subject) in limits {
            if let Err(too_often) = limit.hit(self, &mut tx, subject).await? {
                Database::commit(tx).await?;
                return Ok(Err(too_often));
            }
        }
        let outcome = self.under_ceiling(&mut tx, ceiling).await?;
        Database::commit(tx).await?;
        Ok(outcome)
    }

    /// Checks that this visitor's networks have not tried too many wrong links.
    pub(super) async fn link_tries_left(&self, visitor: &Visitor) -> Result<Result<(), TooOften>, StorageError> {
        let mut connection = self.db().read().await?;
        Ok(LINK_TRIES.is_full_for(self, &mut connection, visitor).await?.map_or(Ok(()), Err))
    }

    /// Counts a wrong link.
    pub(super) async fn count_wrong_link(&self, visitor: &Visitor) -> Result<(), StorageError> {
        telemetry::security(SecurityEvent::SecretRefused);
        let _ = self.count_visitor(LINK_TRIES, visitor).await?;
        Ok(())
    }
}
