//! Settings of notices: their texts, the quiet hours, and the pace of each channel.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::ConfigError;
use crate::domain::notice::{NoticeSettings, PerMinute, QuietHours};

/// The last hour of a day.
const LAST_HOUR: u8 = 23;
/// Most days between a reminder and the due date: from the 1st, when charges come, to the 10th, when they are due.
const MAX_DUE_IN_DAYS: u8 = 10;

/// Settings of notices.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoticesConfig {
    /// A folder with texts in place of those of `texts/notices/`, by their names; the others stay.
    pub folder: Option<PathBuf>,
    /// The first hour of the quiet time, 0–23, by the subscribers' clock.
    pub quiet_from: u8,
    /// The hour at which the quiet time ends, 0–23; the same hour as `quiet_from`: there is no quiet time.
    pub quiet_until: u8,
    /// Most letters in a minute.
    pub letters_per_minute: u32,
    /// Most SMS in a minute.
    pub sms_per_minute: u32,
    /// Most pushes in a minute.
    pub pushes_per_minute: u32,
    /// Days before the due date on which an unpaid sum is reminded of, 1–10.
    pub due_in_days: u8,
}

impl Default for NoticesConfig {
    fn default() -> Self {
        let NoticeSettings { quiet, letters, sms, pushes, due_in_days } = NoticeSettings::USUAL;
        Self {
            folder: None,
            quiet_from: quiet.from,
            quiet_until: quiet.until,
            letters_per_minute: letters.0,
            sms_per_minute: sms.0,
            pushes_per_minute: pushes.0,
            due_in_days,
        }
    }
}

impl NoticesConfig {
    /// As the use cases take them.
    pub const fn settings(&self) -> NoticeSettings {
        NoticeSettings {
            quiet: QuietHours { from: self.quiet_from, until: self.quiet_until },
            letters: PerMinute(self.letters_per_minute),
            sms: PerMinute(self.sms_per_minute),
            pushes: PerMinute(self.pushes_per_minute),
            due_in_days: self.due_in_days,
        }
    }

    /// Refuses an hour that no day has, a pace at which nothing is sent, and too many days.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let hours = [("notices.quiet_from", self.quiet_from), ("notices.quiet_until", self.quiet_until)];
        if let Some((key, _)) = hours.into_iter().find(|(_, hour)| *hour > LAST_HOUR) {
            return Err(refused(key, format!("write an hour from 0 to {LAST_HOUR}")));
        }
        let paces = [
            ("notices.letters_per_minute", self.letters_per_minute),
            ("notices.sms_per_minute", self.sms_per_minute),
            ("notices.pushes_per_minute", self.pushes_per_minute),
        ];
        if let Some((key, _)) = paces.into_iter().find(|(_, pace)| *pace == 0) {
            return Err(refused(key, "write 1 or more; at 0 no notice would ever be sent".to_owned()));
        }
        if !(1..=MAX_DUE_IN_DAYS).contains(&self.due_in_days) {
            return Err(refused("notices.due_in_days", format!("write days from 1 to {MAX_DUE_IN_DAYS}")));
        }
        Ok(())
    }

    /// The value of a key, for `kabinet doctor`.
    pub(super) fn shown(&self, key: &str) -> String {
        match key {
            "notices.folder" => {
                self.folder.as_deref().map_or_else(|| "none".to_owned(), |folder| folder.display().to_string())
            }
            "notices.quiet_from" => self.quiet_from.to_string(),
            "notices.quiet_until" => self.quiet_until.to_string(),
            "notices.letters_per_minute" => self.letters_per_minute.to_string(),
            "notices.sms_per_minute" => self.sms_per_minute.to_string(),
            "notices.pushes_per_minute" => self.pushes_per_minute.to_string(),
            _ => self.due_in_days.to_string(),
        }
    }
}

const fn refused(key: &'static str, problem: String) -> ConfigError {
    ConfigError::Refused { key, problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_installation_that_sets_nothing_has_the_usual_settings() {
        assert_eq!(NoticesConfig::default().settings(), NoticeSettings::USUAL);
        assert!(NoticesConfig::default().check().is_ok());
    }

    #[test]
    fn a_value_that_is_not_allowed_is_refused_with_its_key() {
        let usual = NoticesConfig::default;
        for (wrong, key) in [
            (NoticesConfig { quiet_from: 24, ..usual() }, "notices.quiet_from"),
            (NoticesConfig { quiet_until: 24, ..usual() }, "notices.quiet_until"),
            (NoticesConfig { letters_per_minute: 0, ..usual() }, "notices.letters_per_minute"),
            (NoticesConfig { sms_per_minute: 0, ..usual() }, "notices.sms_per_minute"),
            (NoticesConfig { pushes_per_minute: 0, ..usual() }, "notices.pushes_per_minute"),
            (NoticesConfig { due_in_days: 0, ..usual() }, "notices.due_in_days"),
            (NoticesConfig { due_in_days: 11, ..usual() }, "notices.due_in_days"),
        ] {
            let told = wrong.check().unwrap_err().to_string();
            assert!(told.contains(key), "{told}");
        }
    }

    #[test]
    fn each_key_is_shown_with_its_value() {
        let config = NoticesConfig { folder: Some("texts".into()), ..NoticesConfig::default() };
        let shown = ["folder", "quiet_from", "quiet_until", "letters_per_minute", "due_in_days"]
            .map(|key| config.shown(&format!("notices.{key}")));
        assert_eq!(shown, ["texts", "21", "9", "1200", "3"]);
    }
}
