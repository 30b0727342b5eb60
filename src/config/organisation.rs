//! The organisation that runs the portal. The consent to the processing of personal data has to name it (152-ФЗ,
//! article 9).

use serde::{Deserialize, Serialize};

use super::ConfigError;
use crate::domain::requisites::check_inn;
use crate::domain::text::clean_text;

/// Longest name or address, in characters: the longest names in the state register are shorter.
const MAX_CHARACTERS: usize = 500;

/// The organisation that processes personal data.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganisationConfig {
    /// Its full name.
    pub name: Option<String>,
    /// Its taxpayer number, 10 or 12 digits.
    pub inn: Option<String>,
    /// Its address.
    pub address: Option<String>,
}

impl OrganisationConfig {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        check_words("organisation.name", self.name.as_deref())?;
        check_words("organisation.address", self.address.as_deref())?;
        let checked = self.inn.as_deref().map_or(Ok(()), check_inn);
        checked.map_err(|error| ConfigError::Refused { key: "organisation.inn", problem: error.to_string() })
    }

    /// The organisation of a demo: invents missing values. The invented taxpayer number has valid check digits.
    pub fn or_made_up(self) -> Self {
        let or = |written: Option<String>, made_up: &str| Some(written.unwrap_or_else(|| made_up.to_owned()));
        Self {
            name: or(self.name, "ООО «Газ Тихоярска»"),
            inn: or(self.inn, "5900000098"),
            address: or(self.address, "614000, г. Тихоярск, ул. Береговая, д. 1"),
        }
    }
}

fn check_words(key: &'static str, text: Option<&str>) -> Result<(), ConfigError> {
    let checked = text.map_or(Ok(()), |text| clean_text(text, MAX_CHARACTERS).map(drop));
    checked.map_err(|error| ConfigError::Refused { key, problem: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(organisation: OrganisationConfig) -> String {
        organisation.check().unwrap_err().to_string()
    }

    #[test]
    fn a_taxpayer_number_needs_its_check_digits() {
        let with = |inn: &str| OrganisationConfig { inn: Some(inn.to_owned()), ..OrganisationConfig::default() };
        for inn in ["7707083893", "500100732259"] {
            assert!(with(inn).check().is_ok(), "{inn}");
        }
        assert!(refused(with("7707083894")).contains("organisation.inn: the check digit at place 10 must be 3"));
        assert!(refused(with("77070838")).contains("10 or 12 digits"));
    }

    #[test]
    fn a_name_or_an_address_is_not_empty() {
        let name = OrganisationConfig { name: Some(" ".to_owned()), ..OrganisationConfig::default() };
        assert!(refused(name).contains("organisation.name"));
        let address = OrganisationConfig { address: Some(String::new()), ..OrganisationConfig::default() };
        assert!(refused(address).contains("organisation.address"));
    }

    #[test]
    fn the_made_up_organisation_fits_and_gives_way_to_what_is_written() {
        let written =
            OrganisationConfig { name: Some("МУП «Тепло»".to_owned()), ..OrganisationConfig::default() };
        let made_up = written.or_made_up();
        assert!(made_up.check().is_ok());
        assert_eq!(made_up.name.as_deref(), Some("МУП «Тепло»"));
        assert!(made_up.inn.is_some() && made_up.address.is_some());
    }
}
