//! Settings as an administrator writes them.

use super::*;
use crate::domain::hint::Topic;

fn load(text: &str) -> Result<Loaded, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kabinet.toml");
    std::fs::write(&file, text).unwrap();
    Config::load(Some(&file), &Flags::default())
}

#[test]
fn an_unknown_key_is_an_error_that_names_it() {
    let error = load("listn = \"127.0.0.1:1\"").err().unwrap().to_string();
    assert!(error.contains("listn"), "{error}");
}

#[test]
fn an_unknown_database_scheme_is_an_error_not_a_default() {
    let error = load("database_url = \"mysql://x\"").err().unwrap().to_string();
    assert!(error.contains("sqlite://") && error.contains("database_url"), "{error}");
}

#[test]
fn plain_http_is_for_loopback_only() {
    assert!(load("public_url = \"http://lk.example.ru\"").is_err());
    assert!(load("public_url = \"https://lk.example.ru\"").is_ok());
    assert!(load("public_url = \"http://127.0.0.1:3999\"").is_ok());
}

#[test]
fn a_named_file_must_be_there() {
    assert!(matches!(Config::load(Some(Path::new("no-such.toml")), &Flags::default()), Err(ConfigError::NoFile(_))));
}

#[test]
fn a_theme_may_be_named_in_part_and_no_other_key_is_known() {
    let loaded = load("[theme]\naccent = \"#b5121b\"").unwrap();
    assert_eq!(loaded.config.theme.accent.as_deref(), Some("#b5121b"));
    assert_eq!(loaded.config.theme.name, None);
    assert!(load("[theme]\ncolour = \"#b5121b\"").is_err());
}

#[test]
fn a_providers_hints_change_the_words_that_they_name_and_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hints.toml");
    std::fs::write(&file, "[pin]\ntext = \"Восемь цифр с вашей квитанции.\"").unwrap();
    let (ours, theirs) = (hints(None).unwrap(), hints(Some(&file)).unwrap());
    assert_eq!(theirs.of(Topic::Pin).text, "Восемь цифр с вашей квитанции.");
    assert_eq!(theirs.of(Topic::Pin).about, ours.of(Topic::Pin).about);
    assert_eq!(theirs.of(Topic::Login), ours.of(Topic::Login));
}

#[test]
fn a_file_of_hints_that_cannot_be_used_is_an_error_that_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hints.toml");
    assert!(hints(Some(&file)).unwrap_err().to_string().contains("is not there"));
    for (text, why) in
        [("[pni]\ntext = \"a\"", "pni"), ("[pin]\ntekst = \"a\"", "tekst"), ("[pin]\ntext = \"\"", "Pin")]
    {
        std::fs::write(&file, text).unwrap();
        let told = hints(Some(&file)).unwrap_err().to_string();
        assert!(told.contains("hints_file") && told.contains(why), "{told}");
    }
    let settings = format!("hints_file = \"{}\"", file.display());
    assert!(load(&settings).is_err(), "the portal does not start with them");
}

#[test]
fn an_organisation_is_checked_and_read_as_text() {
    let loaded = load("[organisation]\nname = \"МУП «Тепло»\"\ninn = \"7707083893\"").unwrap();
    assert_eq!(loaded.config.organisation.inn.as_deref(), Some("7707083893"));
    let error = load("[organisation]\ninn = \"7707083894\"").err().unwrap().to_string();
    assert!(error.contains("organisation.inn") && error.contains("check digit"), "{error}");
    assert!(load("[organisation]\nkpp = \"1\"").is_err(), "no other key is known");
}

#[test]
fn a_text_that_cannot_be_used_is_an_error_at_the_start() {
    for setting in ["help_file", "consent_file", "paperless_file"] {
        let error = load(&format!("{setting} = \"none.md\"")).err().unwrap().to_string();
        assert!(error.contains(setting) && error.contains("none.md"), "{error}");
    }
}

#[test]
fn doctor_shows_the_source_and_never_the_password() {
    let loaded = load("database_url = \"postgres://me:secret@127.0.0.1/kabinet\"").unwrap();
    let shown = format!("{:?}", loaded.sources());
    assert!(!shown.contains("secret@") && shown.contains("kabinet.toml") && shown.contains("default"), "{shown}");
}

#[test]
fn a_flag_wins_over_the_file_and_the_public_address_follows_the_port() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kabinet.toml");
    std::fs::write(&file, "listen = \"127.0.0.1:3001\"").unwrap();
    let flags = Flags { listen: Some(SocketAddr::from(([0, 0, 0, 0], 3002))), ..Flags::default() };
    let loaded = Config::load(Some(&file), &flags).unwrap();
    assert_eq!(loaded.config.listen.port(), 3002);
    assert_eq!(loaded.config.public_url, "http://127.0.0.1:3002");
    let shown = format!("{:?}", loaded.sources());
    assert!(shown.contains("0.0.0.0:3002\", \"flag") && shown.contains("from listen"), "{shown}");
}

#[test]
fn a_written_public_address_stays() {
    let loaded = load("listen = \"127.0.0.1:3001\"\npublic_url = \"https://lk.example.ru\"").unwrap();
    assert_eq!(loaded.config.public_url, "https://lk.example.ru");
    assert_eq!(loaded.config.public_host(), "lk.example.ru");
    assert!(loaded.is_given("public_url") && !loaded.is_given("max_links"));
}

#[test]
fn a_portal_with_tls_has_an_https_address() {
    let tls = "[tls]\ncertificate_file = \"chain.pem\"\nkey_file = \"key.pem\"\n";
    assert_eq!(load(tls).unwrap().config.public_url, "https://127.0.0.1:3000", "also where none is written");
    let error = load(&format!("public_url = \"http://127.0.0.1:3000\"\n{tls}")).err().unwrap().to_string();
    assert!(error.contains("public_url") && error.contains("[tls]"), "{error}");
}

#[test]
fn a_table_of_notices_may_be_written_in_part_and_a_wrong_value_names_its_key() {
    let loaded = load("[notices]\nquiet_from = 22\nsms_per_minute = 60").unwrap();
    let settings = loaded.config.notices.settings();
    assert_eq!((settings.quiet.from, settings.quiet.until, settings.sms.0), (22, 9, 60));
    for (wrong, key) in
        [("quiet_from = 24", "notices.quiet_from"), ("quiet = 3", "quiet"), ("folder = \"none\"", "none")]
    {
        let told = load(&format!("[notices]\n{wrong}")).err().unwrap().to_string();
        assert!(told.contains(key), "{told}");
    }
}
