//! Placeholders of the texts, such as `{inn}`: each is filled from a setting.

use super::super::{Config, OrganisationConfig};

/// A placeholder in a text, filled from a setting.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Placeholder {
    /// The organisation's name.
    Organisation,
    /// Its taxpayer number.
    Inn,
    /// Its address.
    Address,
    /// The support's e-mail address.
    SupportEmail,
    /// The portal's address.
    Url,
    /// The rule for passwords, as a sentence.
    PasswordRule,
    /// Most accounts that one user may link.
    MaxLinks,
}

impl Placeholder {
    /// Every placeholder.
    pub const ALL: [Self; 7] = [
        Self::Organisation,
        Self::Inn,
        Self::Address,
        Self::SupportEmail,
        Self::Url,
        Self::PasswordRule,
        Self::MaxLinks,
    ];

    /// The name in a text, without the braces.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Organisation => "organisation",
            Self::Inn => "inn",
            Self::Address => "address",
            Self::SupportEmail => "support_email",
            Self::Url => "url",
            Self::PasswordRule => "password_rule",
            Self::MaxLinks => "max_links",
        }
    }

    /// The setting that gives its value.
    pub const fn setting(self) -> &'static str {
        match self {
            Self::Organisation => "organisation.name",
            Self::Inn => "organisation.inn",
            Self::Address => "organisation.address",
            Self::SupportEmail => "support_email",
            Self::Url => "public_url",
            Self::PasswordRule => "password_policy",
            Self::MaxLinks => "max_links",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|placeholder| placeholder.name() == name)
    }
}

/// Values of the placeholders, from the settings.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Values {
    organisation: OrganisationConfig,
    support_email: String,
    url: String,
    password_rule: &'static str,
    max_links: String,
}

impl Values {
    /// The values of the settings, but with another organisation.
    pub fn new(config: &Config, organisation: OrganisationConfig) -> Self {
        Self {
            organisation,
            support_email: config.support_email.clone(),
            url: config.public_url.trim_end_matches('/').to_owned(),
            password_rule: config.password_policy.rule(),
            max_links: config.max_links.to_string(),
        }
    }

    /// The value of a placeholder; `None` if its setting is missing.
    pub fn of(&self, placeholder: Placeholder) -> Option<&str> {
        match placeholder {
            Placeholder::Organisation => self.organisation.name.as_deref(),
            Placeholder::Inn => self.organisation.inn.as_deref(),
            Placeholder::Address => self.organisation.address.as_deref(),
            Placeholder::SupportEmail => Some(&self.support_email),
            Placeholder::Url => Some(&self.url),
            Placeholder::PasswordRule => Some(self.password_rule),
            Placeholder::MaxLinks => Some(&self.max_links),
        }
    }
}

/// The placeholders of a text, in order; the error describes the wrong one.
pub(super) fn placeholders(text: &str) -> Result<Vec<Placeholder>, String> {
    placeholders_beside(text, &[])
}

/// The same, for a text that has placeholders of its own beside the general ones.
pub(super) fn placeholders_beside(text: &str, own: &[&str]) -> Result<Vec<Placeholder>, String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let pair = rest[at..].strip_prefix('{').and_then(|rest| rest.split_once('}'));
        let (name, after) = pair.ok_or("a brace without its pair; braces are for placeholders such as {url}")?;
        if !own.contains(&name) {
            found.push(Placeholder::parse(name).ok_or_else(|| unknown(name, own))?);
        }
        rest = after;
    }
    Ok(found)
}

fn unknown(name: &str, own: &[&str]) -> String {
    let general = Placeholder::ALL.iter().map(|placeholder| placeholder.name());
    let known: Vec<String> = own.iter().copied().chain(general).map(|name| format!("{{{name}}}")).collect();
    format!("the placeholder {{{name}}} is unknown; write one of {}", known.join(", "))
}

/// Fills the general placeholders of a checked text; a text's own ones stay. Braces in a value are not expanded.
pub(super) fn fill(text: &str, values: &Values) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, tail) = after.split_once('}').unwrap_or((after, ""));
        filled.push_str(before);
        match Placeholder::parse(name) {
            Some(placeholder) => filled.push_str(values.of(placeholder).unwrap_or_default()),
            None => filled.extend(["{", name, "}"]),
        }
        rest = tail;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> Values {
        Values::new(&Config::default(), OrganisationConfig::default().or_made_up())
    }

    #[test]
    fn each_placeholder_is_filled_from_its_setting() {
        for placeholder in Placeholder::ALL {
            let text = format!("до {{{}}} после", placeholder.name());
            assert_eq!(placeholders(&text), Ok(vec![placeholder]));
            let value = values().of(placeholder).unwrap().to_owned();
            assert_eq!(fill(&text, &values()), format!("до {value} после"));
        }
        assert_eq!(fill("{url}{url}", &values()), "http://127.0.0.1:3000http://127.0.0.1:3000");
    }

    #[test]
    fn an_unknown_placeholder_is_named_with_the_known_ones() {
        let problem = placeholders("ИНН {ИНН}").unwrap_err();
        assert!(problem.contains("{ИНН}") && problem.contains("{inn}"), "{problem}");
    }

    #[test]
    fn a_texts_own_placeholders_are_known_and_stay() {
        assert_eq!(placeholders_beside("{sum} {url}", &["sum"]), Ok(vec![Placeholder::Url]));
        assert_eq!(fill("{sum} {max_links}", &values()), "{sum} 3");
        let problem = placeholders_beside("{summ}", &["sum"]).unwrap_err();
        assert!(problem.contains("{sum}, {organisation}"), "{problem}");
    }

    #[test]
    fn a_brace_without_its_pair_is_an_error() {
        for text in ["{inn", "inn}", "}{", "{inn} {"] {
            assert!(placeholders(text).unwrap_err().contains("brace"), "{text}");
        }
        assert!(placeholders("{{inn}}").is_err());
    }

    #[test]
    fn a_value_with_braces_is_not_filled_again() {
        let organisation = OrganisationConfig { name: Some("{inn}".to_owned()), ..OrganisationConfig::default() };
        assert_eq!(fill("{organisation}", &Values::new(&Config::default(), organisation)), "{inn}");
    }
}
