//! `kabinet user …` and `kabinet account …`: what an administrator sees and does about a subscriber, once.

use std::process::Output;

use tempfile::TempDir;

use super::{a_small_town, assert_done, assert_refused, assert_says, database, kabinet, place, said};

/// The user of these tests.
const IVAN: &str = "ivan@example.ru";

/// 22.11.2026 12:00 in the zone of the subscribers; the session lives for ever.
const PEOPLE: [&str; 3] = [
    "INSERT INTO users (id, login, password_hash, consent_at, consent_from, consent_version, created_at) \
        VALUES ('uuuuuuuuuuuuuuuuuuuuuuuuuu', 'ivan@example.ru', '', 1, '', '', 1795330800000000)",
    "INSERT INTO links (user_id, account_id, slot, access, linked_at, full_at) \
        SELECT 'uuuuuuuuuuuuuuuuuuuuuuuuuu', id, 1, 'full', 1, 1 FROM accounts WHERE number = '59000001'",
    "INSERT INTO sessions (token_hash, id, user_id, user_agent, address, created_at, seen_at, expires_at) \
        VALUES ('t', 's', 'uuuuuuuuuuuuuuuuuuuuuuuuuu', '', '', 1, 1, 9000000000000000)",
];

/// A town with a user who is signed in and has full access to the first account.
async fn town() -> TempDir {
    let place = place();
    a_small_town(place.path());
    let pool = database(place.path()).await;
    for statement in PEOPLE {
        sqlx::query(statement).execute(&pool).await.expect("the user is made");
    }
    pool.close().await;
    place
}

fn user(place: &TempDir, arguments: &[&str]) -> Output {
    kabinet(place.path(), &[&["user"], arguments].concat())
}

fn account(place: &TempDir, command: &str, number: &str, rest: &[&str]) -> Output {
    let named = ["account", command, "--provider", "gas", "--number", number];
    kabinet(place.path(), &[&named[..], rest].concat())
}

/// The actions of the trail, in order of their names, and how many messages wait.
async fn traces(place: &TempDir) -> (Vec<String>, i64) {
    let pool = database(place.path()).await;
    let actions = sqlx::query_scalar("SELECT action FROM audit ORDER BY action").fetch_all(&pool).await;
    let messages = sqlx::query_scalar("SELECT COUNT(*) FROM outbox").fetch_one(&pool).await;
    pool.close().await;
    (actions.expect("the trail is there"), messages.expect("the outbox is there"))
}

#[tokio::test]
async fn a_user_is_found_without_their_address() {
    let place = town().await;
    let found = user(&place, &["find", "Ivan@Example.ru"]);
    assert_says(&found, &["(uuuuuuuuuuuuuuuuuuuuuuuuuu)", "since          22.11.2026 12:00", "locked         no"]);
    assert_says(&found, &["second factor  off", "sessions       1", "account        59000001 (full)"]);
    assert!(!said(&found).contains(IVAN), "{}", said(&found));
}

#[tokio::test]
async fn a_user_who_is_locked_again_gets_one_letter_and_stays_locked_since_then() {
    let place = town().await;
    assert_says(&user(&place, &["lock", IVAN]), &["is locked; their sessions are ended."]);
    assert_says(&user(&place, &["lock", IVAN]), &["was locked already since ", "nothing was changed."]);
    assert_eq!(traces(&place).await, (vec!["user_locked".to_owned()], 1));
    let found = user(&place, &["find", IVAN]);
    assert_says(&found, &["sessions       0"]);
    assert!(!said(&found).contains("locked         no"), "{}", said(&found));
}

#[tokio::test]
async fn a_user_is_unlocked_once() {
    let place = town().await;
    assert_says(&user(&place, &["unlock", IVAN]), &["was not locked; nothing was changed."]);
    assert_done(&user(&place, &["lock", IVAN]));
    assert_says(&user(&place, &["unlock", IVAN]), &["is unlocked."]);
    assert_says(&user(&place, &["unlock", IVAN]), &["was not locked; nothing was changed."]);
    assert_eq!(traces(&place).await.0, ["user_locked", "user_unlocked"]);
    assert_says(&user(&place, &["find", IVAN]), &["locked         no"]);
}

#[tokio::test]
async fn the_sessions_of_a_user_are_counted_and_ended_once() {
    let place = town().await;
    assert_says(&user(&place, &["sessions", IVAN]), &["1 session(s); --end ends them."]);
    assert_says(&user(&place, &["sessions", IVAN, "--end"]), &["Ended 1 session(s) of "]);
    assert_says(&user(&place, &["sessions", IVAN, "--end"]), &["had no session; nothing was changed."]);
    assert_eq!(traces(&place).await, (vec!["sessions_ended_by_administrator".to_owned()], 0));
}

#[tokio::test]
async fn a_user_without_a_second_factor_has_none_to_reset() {
    let place = town().await;
    assert_says(&user(&place, &["reset-second-factor", IVAN]), &["There was no second factor."]);
    assert_eq!(traces(&place).await, (vec![], 0));
}

#[tokio::test]
async fn a_user_who_is_not_there_is_told_by_every_command() {
    let place = town().await;
    for command in ["find", "lock", "unlock", "sessions", "reset-second-factor"] {
        assert_refused(&user(&place, &[command, "nobody@example.ru"]), &["no such user", "e-mail address or phone"]);
        assert_refused(&user(&place, &[command, "nobody"]), &["e-mail address or mobile phone"]);
    }
}

#[tokio::test]
async fn the_owners_of_an_account_are_listed() {
    let place = town().await;
    assert_eq!(said(&account(&place, "owners", "59000001", &[])), format!("{IVAN}\n"));
    assert_says(&account(&place, "owners", "59000002", &[]), &["Nobody has full access to 59000002."]);
}

#[tokio::test]
async fn full_access_is_revoked_once() {
    let place = town().await;
    assert_says(&account(&place, "revoke", "59000001", &[IVAN]), &["Closed the full access of "]);
    let again = account(&place, "revoke", "59000001", &[IVAN]);
    assert_says(&again, &["had no full access; nothing was changed."]);
    assert_eq!(traces(&place).await, (vec!["access_revoked".to_owned()], 1));
    assert_says(&user(&place, &["find", IVAN]), &["account        59000001 (lite)"]);
}

#[tokio::test]
async fn a_new_pin_leaves_full_access_open_unless_it_is_told_to_close_it() {
    let place = town().await;
    let pin = async || {
        let pool = database(place.path()).await;
        let sealed = "SELECT pin_sealed FROM accounts WHERE number = '59000001'";
        let pin: Option<String> = sqlx::query_scalar(sealed).fetch_one(&pool).await.unwrap();
        pool.close().await;
        pin
    };
    let before = pin().await;
    let replaced = account(&place, "new-pin", "59000001", &[]);
    assert_says(&replaced, &["Replaced the PIN of 59000001; 0 full access(es) closed."]);
    let after = pin().await;
    assert!(after.is_some() && after != before);
    assert_says(&account(&place, "owners", "59000001", &[]), &[IVAN]);
    let closed = account(&place, "new-pin", "59000001", &["--revoke-all"]);
    assert_says(&closed, &["Replaced the PIN of 59000001; 1 full access(es) closed."]);
    assert_ne!(pin().await, after);
    assert_says(&account(&place, "owners", "59000001", &[]), &["Nobody has full access"]);
}

#[tokio::test]
async fn an_account_or_a_user_that_is_not_there_is_told() {
    let place = town().await;
    for (command, rest) in [("owners", &[][..]), ("revoke", &[IVAN]), ("new-pin", &[])] {
        assert_refused(&account(&place, command, "59999999", rest), &["no such account", "--provider", "--number"]);
    }
    let water = ["account", "owners", "--provider", "water", "--number", "59000001"];
    assert_refused(&kabinet(place.path(), &water), &["no such account", "--provider"]);
    let nobody = account(&place, "revoke", "59000001", &["nobody@example.ru"]);
    assert_refused(&nobody, &["no such user", "e-mail address or phone"]);
    assert_refused(&account(&place, "revoke", "59000001", &["nobody"]), &["e-mail address or mobile phone"]);
    assert_eq!(traces(&place).await, (vec![], 0));
}
