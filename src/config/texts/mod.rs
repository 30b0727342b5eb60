//! The texts that a supplier can replace: hints, help, the consent and notices. Each has a built-in version; a setting gives a
//! file or a folder to use instead.

mod consent;
mod help;
pub mod markdown;
pub mod notices;
mod placeholder;

use std::path::Path;

use figment::Figment;
use figment::providers::{Format as _, Toml};

use super::{Config, ConfigError};
use crate::domain::hint::Hints;
use crate::domain::notice_text::NoticeTexts;

pub use consent::Consent;
pub use help::{Help, HelpTopic};
pub use placeholder::{Placeholder, Values};

/// The default hints.
const BUILT_IN_HINTS: &str = include_str!("../../../texts/hints.toml");
/// The default help.
const BUILT_IN_HELP: &str = include_str!("../../../texts/help.toml");
/// The default consent.
const BUILT_IN_CONSENT: &str = include_str!("../../../texts/consent.md");
/// The default consent to receipts by e-mail.
const BUILT_IN_PAPERLESS: &str = include_str!("../../../texts/paperless.md");
/// Longest text, in bytes: twenty times the built-in ones. A longer file was probably given by mistake.
const MAX_BYTES: u64 = 256 * 1024;

/// The hints: the built-in ones, overridden topic by topic by a provider's file.
///
/// # Errors
/// [`ConfigError::Refused`] when the file cannot be read or is not valid; it says what is wrong.
pub fn hints(file: Option<&Path>) -> Result<Hints, ConfigError> {
    let refused = |problem: String| ConfigError::Refused { key: "hints_file", problem };
    let mut figment = Figment::from(Toml::string(BUILT_IN_HINTS));
    if let Some(file) = file {
        if !file.is_file() {
            return Err(refused(format!("{} is not there", file.display())));
        }
        figment = figment.merge(Toml::file_exact(file));
    }
    let texts = figment.extract().map_err(|error| refused(error.to_string()))?;
    Hints::new(texts).map_err(|error| refused(error.to_string()))
}

/// The help, the consent and the texts of notices.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Texts {
    /// The help.
    pub help: Help,
    /// The consent to the processing of personal data.
    pub consent: Consent,
    /// The consent to receive receipts by e-mail instead of on paper.
    pub paperless: Consent,
    /// The texts of notices.
    pub notices: NoticeTexts,
}

impl Texts {
    /// Reads the files in the settings, or the built-in texts; the placeholders are not filled.
    ///
    /// # Errors
    /// [`ConfigError::Refused`] when a file cannot be read or is not valid; it names the setting, the file and the
    /// line.
    pub fn read(config: &Config) -> Result<Self, ConfigError> {
        let consent = |text: &str| Consent::parse(text).map_err(|fault| fault.to_string());
        Ok(Self {
            help: parsed("help_file", config.help_file.as_deref(), BUILT_IN_HELP, Help::parse)?,
            consent: parsed("consent_file", config.consent_file.as_deref(), BUILT_IN_CONSENT, consent)?,
            paperless: parsed("paperless_file", config.paperless_file.as_deref(), BUILT_IN_PAPERLESS, consent)?,
            notices: notices::read(config.notices.folder.as_deref())
                .map_err(|problem| ConfigError::Refused { key: "notices.folder", problem })?,
        })
    }

    /// The texts with their placeholders filled.
    pub fn filled(&self, values: &Values) -> Self {
        Self {
            help: self.help.filled(values),
            consent: self.consent.filled(values),
            paperless: self.paperless.filled(values),
            notices: notices::filled(&self.notices, values),
        }
    }

    /// The placeholders in the texts that have no value, each once.
    pub fn unfilled(&self, values: &Values) -> Vec<Placeholder> {
        let documents = [&self.consent.document, &self.paperless.document].map(|document| document.strings());
        let strings = [self.help.strings(), documents.concat(), notices::strings(&self.notices)].concat();
        let used = |placeholder: &Placeholder| {
            let written = format!("{{{}}}", placeholder.name());
            strings.iter().any(|text| text.contains(&written))
        };
        Placeholder::ALL.into_iter().filter(|one| values.of(*one).is_none()).filter(used).collect()
    }

    /// The built-in texts of a made-up organisation.
    #[cfg(test)]
    pub fn made_up() -> std::sync::Arc<Self> {
        let config = Config::default();
        let values = Values::new(&config, config.organisation.clone().or_made_up());
        std::sync::Arc::new(Self::read(&config).expect("the built-in texts fit").filled(&values))
    }
}

/// The text of a file, or the built-in one.
fn parsed<T>(
    key: &'static str,
    file: Option<&Path>,
    built_in: &str,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<T, ConfigError> {
    let Some(file) = file else {
        return parse(built_in).map_err(|problem| ConfigError::Refused { key, problem });
    };
    let refused = |problem: String| ConfigError::Refused { key, problem: format!("{}: {problem}", file.display()) };
    parse(&read(file).map_err(refused)?).map_err(refused)
}

/// A file's text; the error is without the file's name.
fn read(file: &Path) -> Result<String, String> {
    let told = |error: std::io::Error| format!("cannot be read: {error}");
    let length = std::fs::metadata(file).map_err(told)?.len();
    if length > MAX_BYTES {
        return Err(format!("has {length} bytes; a text has {MAX_BYTES} at most"));
    }
    let text = std::fs::read_to_string(file).map_err(told)?;
    // Some editors write a byte order mark.
    Ok(text.trim_start_matches('\u{feff}').to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::OrganisationConfig;
    use super::*;
    use crate::domain::markdown::{Block, Inline};

    fn values(organisation: OrganisationConfig) -> Values {
        Values::new(&Config::default(), organisation)
    }

    /// The texts with one of the files replaced.
    fn with_file(name: &str, text: &str) -> Result<Texts, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        let mut config = Config::default();
        let setting = match name {
            "help.toml" => &mut config.help_file,
            "paperless.md" => &mut config.paperless_file,
            _ => &mut config.consent_file,
        };
        *setting = Some(file);
        Texts::read(&config)
    }

    #[test]
    fn the_built_in_texts_are_whole_once_the_organisation_is_written() {
        let texts = Texts::read(&Config::default()).unwrap();
        let unfilled = texts.unfilled(&values(OrganisationConfig::default()));
        assert_eq!(unfilled, [Placeholder::Organisation, Placeholder::Inn, Placeholder::Address]);
        let whole = values(OrganisationConfig::default().or_made_up());
        assert_eq!(texts.unfilled(&whole), []);
        let filled = texts.filled(&whole);
        let consents = [&filled.consent, &filled.paperless].map(|consent| consent.document.strings()).concat();
        for text in [filled.help.strings(), consents].concat() {
            assert!(!text.contains(['{', '}', '[', ']']) && !text.contains("**"), "{text}");
        }
    }

    #[test]
    fn the_built_in_consent_names_the_operator_and_links_to_the_support() {
        let consent = &Texts::made_up().consent;
        let strings = consent.document.strings().join("\n");
        assert!(strings.contains("ООО «Газ Тихоярска», ИНН 5900000098"), "{strings}");
        let support = Config::default().support_email;
        let is_link =
            |piece: &Inline| matches!(piece, Inline::Link { address, .. } if *address == format!("mailto:{support}"));
        let links = |block: &Block| matches!(block, Block::Paragraph(line) if line.iter().any(is_link));
        assert!(consent.document.blocks.iter().any(links));
    }

    #[test]
    fn a_providers_file_takes_the_place_of_the_built_in_text() {
        let own =
            with_file("consent.md", "\u{feff}version: 2027-01-31\r\n\r\n# Согласие\r\n\r\nЯ согласен.\r\n").unwrap();
        assert_eq!(own.consent.version.to_string(), "2027-01-31");
        assert_eq!(own.unfilled(&values(OrganisationConfig::default())), [], "it names no placeholder");
        let paperless =
            with_file("paperless.md", "version: 2027-02-01\n\n# Квитанции\n\nЯ согласен.").unwrap().paperless;
        assert_eq!(
            (paperless.version.to_string(), paperless.document.title.as_str()),
            ("2027-02-01".into(), "Квитанции")
        );
        let topic = "[[topics]]\nid = \"pay\"\ntitle = \"Оплатить\"\nsteps = [\"Раз\"]";
        assert_eq!(with_file("help.toml", topic).unwrap().help.topics.len(), 1);
    }

    #[test]
    fn a_file_that_cannot_be_used_is_named_with_its_setting_and_line() {
        let told = with_file("consent.md", "version: 2027-01-31\n\n# Согласие\n\n{name}").unwrap_err().to_string();
        for word in ["consent_file", "consent.md", "line 5", "{name}", "{organisation}"] {
            assert!(told.contains(word), "no «{word}» in: {told}");
        }
        let told = with_file("help.toml", "topics = [").unwrap_err().to_string();
        assert!(told.contains("help_file") && told.contains("help.toml"), "{told}");
        let missing = Config { help_file: Some("none.toml".into()), ..Config::default() };
        assert!(Texts::read(&missing).unwrap_err().to_string().contains("none.toml"));
        let long = "а".repeat(usize::try_from(MAX_BYTES).unwrap());
        assert!(with_file("consent.md", &long).unwrap_err().to_string().contains("at most"));
    }
}
