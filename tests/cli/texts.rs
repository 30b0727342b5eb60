//! The texts that a supplier replaces: help, the consent and the organisation in them.

use super::{assert_done, assert_refused, assert_says, complained, kabinet_with, place, said};

/// A made-up organisation.
pub const ORGANISATION: [(&str, &str); 3] = [
    ("KABINET_ORGANISATION__NAME", "ООО «Газ Тихоярска»"),
    ("KABINET_ORGANISATION__INN", "5900000098"),
    ("KABINET_ORGANISATION__ADDRESS", "г. Тихоярск, ул. Береговая, д. 1"),
];
const SERVE: [&str; 3] = ["serve", "--listen", "127.0.0.1:0"];
const PUBLIC: (&str, &str) = ("KABINET_PUBLIC_URL", "https://lk.example.ru");

#[test]
fn serving_without_the_demo_names_each_setting_that_the_consent_lacks() {
    let place = place();
    for (left_out, key) in [(0, "organisation.name"), (1, "organisation.inn"), (2, "organisation.address")] {
        let mut variables = vec![PUBLIC];
        variables.extend(ORGANISATION);
        variables.remove(1 + left_out);
        assert_refused(&kabinet_with(place.path(), &SERVE, &variables), &[key, "consent", "--demo"]);
        let doctor = kabinet_with(place.path(), &["doctor"], &variables);
        assert_says(&doctor, &[&format!("{key} is not set"), "without --demo"]);
    }
    let doctor = kabinet_with(place.path(), &["doctor"], &ORGANISATION);
    assert_says(&doctor, &["the help and the consent of 2026-11-01 are complete", "built-in sample", "paperless_file"]);
}

#[test]
fn a_consent_that_names_no_organisation_needs_no_setting_for_it() {
    let place = place();
    std::fs::write(place.path().join("consent.md"), "version: 2027-01-31\n\n# Согласие\n\nЯ согласен.\n").unwrap();
    let variables = [PUBLIC, ("KABINET_CONSENT_FILE", "consent.md")];
    assert_refused(&kabinet_with(place.path(), &SERVE, &variables), &["secret.key"]);
    let doctor = kabinet_with(place.path(), &["doctor"], &variables);
    assert_says(&doctor, &["the consent of 2027-01-31"]);
    assert!(!said(&doctor).contains("built-in sample"), "{}", said(&doctor));
}

#[test]
fn an_unknown_placeholder_is_refused_with_its_file_and_line() {
    let place = place();
    std::fs::write(place.path().join("consent.md"), "version: 2027-01-31\n\n# Согласие\n\nЯ, {who}.\n").unwrap();
    let consent = [("KABINET_CONSENT_FILE", "consent.md")];
    let serve = kabinet_with(place.path(), &["serve", "--demo", "--listen", "127.0.0.1:0"], &consent);
    assert_refused(&serve, &["consent_file", "consent.md", "line 5", "{who}"]);
    std::fs::write(place.path().join("help.toml"), "emergency = \"{who}\"\n").unwrap();
    let help = [("KABINET_HELP_FILE", "help.toml")];
    assert_refused(&kabinet_with(place.path(), &["migrate"], &help), &["help_file", "help.toml", "line 1", "{who}"]);
}

#[test]
fn a_taxpayer_number_with_a_slip_is_refused() {
    let place = place();
    let slip = [("KABINET_ORGANISATION__INN", "5900000089")];
    assert_refused(&kabinet_with(place.path(), &["migrate"], &slip), &["organisation.inn", "check digit"]);
    let leading_zero = kabinet_with(place.path(), &["doctor"], &[("KABINET_ORGANISATION__INN", "0100000004")]);
    assert_done(&leading_zero);
    assert!(said(&leading_zero).contains("organisation.inn = 0100000004"), "{}", complained(&leading_zero));
}
