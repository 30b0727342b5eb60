//! `kabinet operator …`: for which providers somebody works, what a repeated command says, and what is refused.

use std::process::Output;

use tempfile::TempDir;

use super::{assert_done, assert_refused, assert_says, complained, database, kabinet, kabinet_with, place, said};

/// The password of every operator here.
const PASSWORD: (&str, &str) = ("KABINET_OPERATOR_PASSWORD", "smena-na-kame-2026");

/// A folder with a key and the providers `gas` and `heat`.
fn town() -> TempDir {
    let place = place();
    assert_done(&kabinet(place.path(), &["key"]));
    let providers = "code;name\ngas;Газ Тихоярска\nheat;Тепло Тихоярска\n";
    std::fs::write(place.path().join("providers.csv"), providers).expect("the file is written");
    assert_done(&kabinet(place.path(), &["import", "providers", "providers.csv"]));
    place
}

fn operator(place: &TempDir, arguments: &[&str]) -> Output {
    kabinet_with(place.path(), &[&["operator"], arguments].concat(), &[PASSWORD])
}

/// The town with the operator olga, who works for `gas`.
fn with_olga() -> TempDir {
    let place = town();
    assert_done(&operator(&place, &["add", "olga", "--name", "Ольга", "--provider", "gas"]));
    place
}

/// A command line that is not complete: nothing is begun.
fn assert_incomplete(output: &Output, words: &[&str]) {
    let text = complained(output);
    assert_eq!(output.status.code(), Some(2), "{text}");
    for word in words {
        assert!(text.contains(word), "no «{word}» in: {text}");
    }
}

#[test]
fn an_operator_works_for_the_providers_that_are_named() {
    let place = town();
    assert_says(&operator(&place, &["add", "olga", "--provider", "heat", "--provider", "gas"]), &["olga", "/console/"]);
    assert_says(&operator(&place, &["list"]), &["olga\tolga\tenabled\tno second factor yet\tgas, heat\t"]);
}

#[test]
fn an_operator_works_for_every_provider_where_that_is_written() {
    let place = town();
    assert_done(&operator(&place, &["add", "olga", "--name", "Ольга", "--all-providers"]));
    assert_says(&operator(&place, &["list"]), &["olga\tОльга\tenabled\tno second factor yet\tevery provider\t"]);
}

#[test]
fn without_a_choice_of_providers_nobody_is_added() {
    let place = town();
    assert_incomplete(&operator(&place, &["add", "olga"]), &["--provider <CODE>", "--all-providers"]);
    let both = ["add", "olga", "--provider", "gas", "--all-providers"];
    assert_incomplete(&operator(&place, &both), &["cannot be used with"]);
    assert_incomplete(&operator(&place, &["add", "olga", "--provider", ""]), &["--provider <CODE>"]);
    assert_eq!(said(&operator(&place, &["list"])), "");
}

#[test]
fn without_a_choice_of_providers_an_operators_providers_stay() {
    let place = with_olga();
    assert_incomplete(&operator(&place, &["providers", "olga"]), &["--provider <CODE>", "--all-providers"]);
    assert_says(&operator(&place, &["list"]), &["\tgas\t"]);
}

#[test]
fn a_provider_that_is_named_twice_counts_once() {
    let place = town();
    assert_done(&operator(&place, &["add", "olga", "--provider", "gas", "--provider", "gas"]));
    assert_says(&operator(&place, &["list"]), &["\tgas\t"]);
    let twice = ["providers", "olga", "--provider", "heat", "--provider", "heat"];
    assert_says(&operator(&place, &twice), &["olga works for heat."]);
}

#[test]
fn an_unknown_provider_is_refused_by_its_code() {
    let place = with_olga();
    let unknown = ["--provider", "gas", "--provider", "water"];
    let words = ["\"water\"", "import", "nothing was changed"];
    assert_refused(&operator(&place, &[&["add", "anna"][..], &unknown].concat()), &words);
    assert_refused(&operator(&place, &[&["providers", "olga"][..], &unknown].concat()), &words);
    let list = operator(&place, &["list"]);
    assert!(!said(&list).contains("anna") && said(&list).contains("\tgas\t"), "{}", said(&list));
}

#[test]
fn providers_are_replaced_and_the_same_ones_again_change_nothing() {
    let place = with_olga();
    assert_says(&operator(&place, &["providers", "olga", "--provider", "gas"]), &["olga works already for gas."]);
    assert_says(&operator(&place, &["providers", "olga", "--all-providers"]), &["olga works for every provider."]);
    assert_says(&operator(&place, &["providers", "olga", "--all-providers"]), &["works already for every provider."]);
    assert_says(&operator(&place, &["list"]), &["\tevery provider\t"]);
}

#[test]
fn an_operator_is_disabled_once_and_enabled_once() {
    let place = with_olga();
    assert_says(&operator(&place, &["disable", "olga"]), &["olga is disabled; their sessions are ended."]);
    let again = operator(&place, &["disable", "olga"]);
    assert_says(&again, &["olga was disabled already since ", "nothing was changed"]);
    assert_says(&operator(&place, &["list"]), &["\tdisabled\t"]);
    assert_says(&operator(&place, &["enable", "olga"]), &["olga is enabled."]);
    assert_says(&operator(&place, &["enable", "olga"]), &["olga was enabled already; nothing was changed."]);
    assert_says(&operator(&place, &["list"]), &["\tenabled\t"]);
}

#[tokio::test]
async fn a_repeated_command_leaves_no_event() {
    let place = with_olga();
    for command in ["disable", "disable", "enable", "enable"] {
        assert_done(&operator(&place, &[command, "olga"]));
    }
    for _ in 0..2 {
        assert_done(&operator(&place, &["providers", "olga", "--all-providers"]));
        assert_done(&operator(&place, &["reset-second-factor", "olga"]));
    }
    let pool = database(place.path()).await;
    let actions: Vec<String> =
        sqlx::query_scalar("SELECT action FROM audit ORDER BY action").fetch_all(&pool).await.unwrap();
    pool.close().await;
    assert_eq!(actions, ["operator_added", "operator_disabled", "operator_enabled", "operator_scope_changed"]);
}

#[tokio::test]
async fn the_list_shows_the_second_factor_and_the_last_sign_in_and_a_reset_removes_the_factor() {
    let place = with_olga();
    assert_says(&operator(&place, &["list"]), &["\tno second factor yet\t", "\tlast sign-in: never"]);
    let pool = database(place.path()).await;
    // 22.11.2026 12:00 in the zone of the subscribers.
    let signed_in = "INSERT INTO audit (id, at, operator_id, action, address) \
        SELECT 'a', 1795330800000000, id, 'operator_signed_in', '10.0.0.1' FROM operators";
    let factor = "INSERT INTO second_factors (id, operator_id, kind, secret_sealed, last_step, created_at, confirmed_at) \
        SELECT 'f', id, 'totp', '', 0, 1, 1 FROM operators";
    sqlx::query(signed_in).execute(&pool).await.unwrap();
    sqlx::query(factor).execute(&pool).await.unwrap();
    pool.close().await;
    assert_says(&operator(&place, &["list"]), &["\tsecond factor on\t", "\tlast sign-in: 22.11.2026 12:00"]);
    let reset = ["reset-second-factor", "olga"];
    assert_says(&operator(&place, &reset), &["olga: removed the second factor"]);
    assert_says(&operator(&place, &reset), &["olga: there was no second factor"]);
    assert_says(&operator(&place, &["list"]), &["\tno second factor yet\t"]);
}

#[tokio::test]
async fn a_password_is_changed_and_a_weak_or_missing_one_is_refused() {
    let place = with_olga();
    let hash = async || {
        let pool = database(place.path()).await;
        let hash: String = sqlx::query_scalar("SELECT password_hash FROM operators").fetch_one(&pool).await.unwrap();
        pool.close().await;
        hash
    };
    let before = hash().await;
    let change = ["operator", "password", "olga"];
    assert_refused(&kabinet(place.path(), &change), &["password", PASSWORD.0]);
    assert_refused(&kabinet_with(place.path(), &change, &[(PASSWORD.0, "short")]), &["10 characters"]);
    assert_eq!(hash().await, before);
    let changed = kabinet_with(place.path(), &change, &[(PASSWORD.0, "volga-i-kama-2026")]);
    assert_says(&changed, &["Changed the password of olga; their sessions are ended."]);
    assert!(!(said(&changed) + &complained(&changed)).contains("volga-i-kama"));
    assert_ne!(hash().await, before);
}

#[test]
fn an_operator_who_is_not_there_is_named_by_every_command() {
    let place = with_olga();
    for arguments in [
        &["disable", "nina"][..],
        &["enable", "nina"],
        &["password", "nina"],
        &["providers", "nina", "--all-providers"],
        &["reset-second-factor", "nina"],
    ] {
        let words = ["\"nina\"", "`kabinet operator list`", "nothing was changed"];
        assert_refused(&operator(&place, arguments), &words);
    }
    assert_refused(&operator(&place, &["disable", ""]), &["the login \"\""]);
}

#[test]
fn a_login_or_a_name_that_cannot_be_shown_is_refused() {
    let place = town();
    let add = |login: &str, name: &str| operator(&place, &["add", login, "--name", name, "--all-providers"]);
    assert_refused(&add("olga", ""), &["the name", "1 to 120", "nothing was changed"]);
    assert_refused(&add("olga", &"О".repeat(121)), &["the name", "1 to 120"]);
    assert_refused(&add("", "Ольга"), &["the login", "1 to 60"]);
    assert_refused(&add(&"o".repeat(61), "Ольга"), &["the login", "1 to 60"]);
    assert_eq!(said(&operator(&place, &["list"])), "");
}

#[test]
fn a_refused_operator_does_not_mark_the_database_as_real() {
    let place = place();
    assert_done(&kabinet(place.path(), &["key"]));
    let weak = kabinet_with(place.path(), &["operator", "add", "olga", "--all-providers"], &[(PASSWORD.0, "short")]);
    assert_refused(&weak, &["nothing was changed"]);
    assert_done(&operator(&place, &["list"]));
    assert_done(&kabinet(place.path(), &["demo"]));
    assert_says(&operator(&place, &["list"]), &["operator\t"]);
}
