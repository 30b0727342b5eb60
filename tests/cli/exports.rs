//! `kabinet export …`: the files for billing, and what happens when one cannot be written.

use std::path::Path;
use std::process::Output;

use tempfile::TempDir;

use super::{a_small_town, assert_refused, assert_says, database, kabinet, place};

/// A user with full access to the first account who wants the receipts by e-mail since 22.11.2026 12:00 in Perm.
const PAPERLESS: [&str; 3] = [
    "INSERT INTO users (id, login, password_hash, consent_at, consent_from, consent_version, created_at) \
        VALUES ('uuuuuuuuuuuuuuuuuuuuuuuuuu', 'ivan@example.ru', '', 1, '', '', 1)",
    "INSERT INTO links (user_id, account_id, slot, access, linked_at, full_at) \
        SELECT 'uuuuuuuuuuuuuuuuuuuuuuuuuu', id, 1, 'full', 1, 1 FROM accounts WHERE number = '59000001'",
    "INSERT INTO paperless_consents (id, account_id, user_id, text_version, given_at, given_from) \
        SELECT 'cccccccccccccccccccccccccc', id, 'uuuuuuuuuuuuuuuuuuuuuuuuuu', '2026-11-22', 1795330800000000, '192.0.2.1' \
        FROM accounts WHERE number = '59000001'",
];
const HEADER: &str = "account;consent;at;text_version;email;paper\n";

async fn town() -> TempDir {
    let place = place();
    a_small_town(place.path());
    let pool = database(place.path()).await;
    for statement in PAPERLESS {
        sqlx::query(statement).execute(&pool).await.expect("the consent is stored");
    }
    pool.close().await;
    place
}

fn export(place: &Path, kind: &str, provider: &str, out: &str) -> Output {
    kabinet(place, &["export", kind, "--provider", provider, "--out", out])
}

fn written(place: &TempDir, file: &str) -> String {
    std::fs::read_to_string(place.path().join(file)).expect("the file is there")
}

#[tokio::test]
async fn consents_are_exported_once() {
    let place = town().await;
    assert_says(&export(place.path(), "consents", "gas", "first.csv"), &["1 consents", "first.csv"]);
    let line = "59000001;given;2026-11-22T07:00:00Z;2026-11-22;ivan@example.ru;no\n";
    assert_eq!(written(&place, "first.csv"), format!("{HEADER}{line}"));
    assert_says(&export(place.path(), "consents", "gas", "second.csv"), &["0 consents"]);
    assert_eq!(written(&place, "second.csv"), HEADER);
}

#[tokio::test]
async fn consents_of_a_file_that_was_not_written_are_in_the_next_one() {
    let place = town().await;
    // The file is finished under another name first; a folder of that name keeps it from being made.
    std::fs::create_dir(place.path().join("first.csv.part")).expect("a folder is made");
    assert_refused(&export(place.path(), "consents", "gas", "first.csv"), &["cannot write", "first.csv"]);
    assert_says(&export(place.path(), "consents", "gas", "second.csv"), &["1 consents"]);
}

#[tokio::test]
async fn a_file_that_is_there_and_an_unknown_provider_are_refused() {
    let place = town().await;
    std::fs::write(place.path().join("taken.csv"), "").expect("the file is written");
    for kind in ["consents", "readings"] {
        assert_refused(&export(place.path(), kind, "gas", "taken.csv"), &["taken.csv", "not there yet"]);
        assert_refused(&export(place.path(), kind, "water", "new.csv"), &["water", "nothing was marked"]);
        assert!(!place.path().join("new.csv.part").exists());
    }
}
