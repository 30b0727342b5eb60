//! The help of the page `/help`: the emergency line, and topics with their steps (M11).

use std::collections::BTreeSet;

use figment::Figment;
use figment::providers::{Format as _, Toml};
use serde::Deserialize;

use super::markdown::{filled, note_strings};
use super::placeholder::{Values, placeholders};
use crate::domain::markdown::{Inline, TextFault, inlines};

/// Most topics, and most steps of a topic: the table of contents must fit on a screen, and a longer list of steps
/// should be several topics.
const MAX_ENTRIES: usize = 30;
/// Anchors of the page that are not topics.
const OWN_ANCHORS: [&str; 1] = ["words"];

/// The help.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Help {
    /// The emergency line; may be empty.
    pub emergency: Vec<Inline>,
    /// The topics, in the order of the page.
    pub topics: Vec<HelpTopic>,
}

/// A topic.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HelpTopic {
    /// The anchor.
    pub id: String,
    /// The heading.
    pub title: String,
    /// The steps.
    pub steps: Vec<Vec<Inline>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HelpFile {
    #[serde(default)]
    emergency: String,
    topics: Vec<TopicTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TopicTable {
    id: String,
    title: String,
    steps: Vec<String>,
}

impl Help {
    /// Reads the text of a file.
    ///
    /// # Errors
    /// When a placeholder is unknown (the message names its line) or the file is not valid (the message names the
    /// topic).
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        check_placeholders(text).map_err(|fault| fault.to_string())?;
        let file: HelpFile = Figment::from(Toml::string(text)).extract().map_err(|error| error.to_string())?;
        if !(1..=MAX_ENTRIES).contains(&file.topics.len()) {
            return Err(format!("write 1 to {MAX_ENTRIES} topics"));
        }
        let mut seen = BTreeSet::from(OWN_ANCHORS.map(str::to_owned));
        if let Some(twice) = file.topics.iter().find(|topic| !seen.insert(topic.id.clone())) {
            return Err(format!("the id {} is taken; each topic has its own", twice.id));
        }
        let topics = file.topics.into_iter().map(HelpTopic::of).collect::<Result<_, _>>()?;
        let emergency = line(&file.emergency).map_err(|problem| format!("emergency: {problem}"))?;
        Ok(Self { emergency, topics })
    }

    /// The help with its placeholders filled.
    pub(super) fn filled(&self, values: &Values) -> Self {
        let topic = |topic: &HelpTopic| HelpTopic {
            steps: topic.steps.iter().map(|step| filled(step, values)).collect(),
            ..topic.clone()
        };
        Self { emergency: filled(&self.emergency, values), topics: self.topics.iter().map(topic).collect() }
    }

    /// Each string, with placeholders not filled.
    pub(super) fn strings(&self) -> Vec<&str> {
        let mut found = Vec::new();
        note_strings(&self.emergency, &mut found);
        self.topics.iter().flat_map(|topic| &topic.steps).for_each(|step| note_strings(step, &mut found));
        found
    }
}

impl HelpTopic {
    fn of(TopicTable { id, title, steps }: TopicTable) -> Result<Self, String> {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !id.starts_with(|first: char| first.is_ascii_lowercase()) || !id.bytes().all(fits) {
            return Err(format!("the id «{id}» is no anchor; write Latin letters, digits and hyphens, a letter first"));
        }
        let of_topic = |problem: &str| format!("topic {id}: {problem}");
        if title.trim().is_empty() || title.contains(['{', '}']) {
            return Err(of_topic("write a title, without placeholders"));
        }
        let written = steps.iter().filter(|step| !step.trim().is_empty()).count();
        if written != steps.len() || !(1..=MAX_ENTRIES).contains(&written) {
            return Err(of_topic(&format!("write 1 to {MAX_ENTRIES} steps, none of them empty")));
        }
        let steps = steps.iter().map(|step| line(step)).collect::<Result<_, _>>();
        let steps = steps.map_err(|problem| of_topic(&problem))?;
        Ok(Self { id, title, steps })
    }
}

/// Parses a text. Placeholders are checked here too: a line of a long string may look like a comment.
fn line(text: &str) -> Result<Vec<Inline>, String> {
    placeholders(text)?;
    inlines(text)
}

/// Checks the placeholders line by line, except in comments: the TOML parser reports no lines.
fn check_placeholders(text: &str) -> Result<(), TextFault> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with('#'));
    for (at, line) in lines {
        placeholders(line).map_err(|problem| TextFault::at(at + 1, problem))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(id: &str, steps: &str) -> String {
        format!("[[topics]]\nid = \"{id}\"\ntitle = \"Оплатить\"\nsteps = [{steps}]\n")
    }

    #[test]
    fn topics_keep_their_order_and_the_emergency_may_be_left_out() {
        let help = Help::parse(&(topic("pay", "\"Раз\", \"**Два**\"") + &topic("ask", "\"Три\""))).unwrap();
        let ids: Vec<&str> = help.topics.iter().map(|topic| topic.id.as_str()).collect();
        assert_eq!(ids, ["pay", "ask"]);
        assert_eq!(help.topics[0].steps[1], [Inline::Strong("Два".to_owned())]);
        assert!(help.emergency.is_empty());
    }

    #[test]
    fn an_unknown_placeholder_is_an_error_with_its_line() {
        let text = format!("# {{не проверяется}}\n{}", topic("pay", "\n\"Раз\",\n\"{urls}\""));
        let problem = Help::parse(&text).unwrap_err();
        assert!(problem.starts_with("line 7: ") && problem.contains("{urls}"), "{problem}");
    }

    #[test]
    fn a_placeholder_in_a_string_that_looks_like_a_comment_is_checked_too() {
        let problem = Help::parse(&topic("pay", "\"\"\"Раз\n# {urls}\"\"\"")).unwrap_err();
        assert!(problem.contains("{urls}") && problem.contains("pay"), "{problem}");
    }

    #[test]
    fn a_topic_that_cannot_be_shown_is_named() {
        let too_many = "\"Раз\",".repeat(MAX_ENTRIES + 1);
        for (text, why) in [
            (topic("pay", ""), "pay"),
            (topic("pay", "\" \""), "pay"),
            (topic("pay", &too_many), "30"),
            (topic("Pay", "\"Раз\""), "Pay"),
            (topic("words", "\"Раз\""), "words"),
            (topic("pay", "\"Раз\"") + &topic("pay", "\"Два\""), "pay"),
            (topic("pay", "\"**Раз\""), "**"),
            (topic("pay", "\"[раз](http://example.ru)\""), "http://example.ru"),
            (topic("pay", "\"Раз\"") + "text = \"а\"\n", "text"),
            ("topics = []".to_owned(), "topics"),
            (format!("emergency = \"**а\"\n{}", topic("pay", "\"Раз\"")), "emergency"),
        ] {
            let problem = Help::parse(&text).unwrap_err();
            assert!(problem.contains(why), "{text}: {problem}");
        }
    }
}
