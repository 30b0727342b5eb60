//! `kabinet announcement …`: adding, listing, withdrawing, and what is refused.

use std::process::Output;

use tempfile::TempDir;

use super::{a_small_town, assert_done, assert_refused, assert_says, complained, database, kabinet, place, said};

/// A time that has not come, so that the tests do not depend on today.
const TIME: [&str; 4] = ["--from", "2100-01-01 00:00", "--to", "2100-02-01 00:00"];

/// The small town with a text of an announcement.
fn town() -> TempDir {
    let place = place();
    a_small_town(place.path());
    let text = "\u{feff}Газа не будет **до вечера**.\n";
    std::fs::write(place.path().join("text.md"), text).expect("the file is written");
    place
}

fn announcement(place: &TempDir, arguments: &[&str]) -> Output {
    kabinet(place.path(), &[&["announcement"], arguments].concat())
}

fn add(place: &TempDir, arguments: &[&str]) -> Output {
    let valid = ["add", "--provider", "gas", "--title", "Работы", "--text-file", "text.md"];
    announcement(place, &[&valid[..], &TIME, arguments].concat())
}

/// The identifier that `add` prints first.
fn id_of(output: &Output) -> String {
    assert_done(output);
    said(output).split('\t').next().unwrap_or_default().to_owned()
}

#[test]
fn an_announcement_is_added_as_a_draft_and_withdrawn_once() {
    let place = town();
    let added = add(&place, &["--kind", "works"]);
    let id = id_of(&added);
    assert_says(&added, &["\tdraft\tfor 4 account(s)"]);
    let listed = [format!("{id}\tdraft\tworks\t01.01.2100 00:00 - 01.02.2100 00:00\tall\tГаз Тихоярска\tРаботы")];
    assert_says(&announcement(&place, &["list"]), &listed.each_ref().map(String::as_str));
    assert_says(&announcement(&place, &["withdraw", &id]), &["is withdrawn"]);
    assert_says(&announcement(&place, &["list"]), &["\twithdrawn\t"]);
    assert_refused(&announcement(&place, &["withdraw", &id]), &["`withdrawn`", "nothing was changed"]);
}

#[test]
fn an_announcement_is_published_for_its_time_and_for_each_audience() {
    let place = town();
    std::fs::write(place.path().join("accounts.txt"), "59000001\r\n59000002\r\n").expect("the file is written");
    for (audience, kind, count) in [
        (&["--street", "ул. Береговая", "--houses", "2-10"][..], "\tstreet\t", 4),
        (&["--accounts", "accounts.txt"], "\taccounts\t", 2),
        (&["--debtors", "500,50"], "\tdebtors\t", 1),
    ] {
        let added = add(&place, &[audience, &["--publish"]].concat());
        assert_says(&added, &[&format!("\tscheduled\tfor {count} account(s)")]);
        let id = id_of(&added);
        let list = said(&announcement(&place, &["list"]));
        let line = list.lines().find(|line| line.starts_with(&id)).unwrap_or_default();
        assert!(line.contains(kind) && line.contains("\tscheduled\t"), "{line}");
    }
}

#[test]
fn every_wrong_value_is_named_in_one_sentence() {
    let place = town();
    std::fs::write(place.path().join("bad.md"), "а\n\n[б](javascript:alert(1))\n").expect("the file is written");
    let wrong = [
        "add",
        "--provider",
        "water",
        "--title",
        " ",
        "--text-file",
        "bad.md",
        "--kind",
        "party",
        "--from",
        "tomorrow",
        "--to",
        "2100-02-01",
        "--street",
        "ул. Береговая",
        "--houses",
        "пять",
    ];
    let words = ["--provider", "--title", "line 3", "--kind", "--from", "--to", "пять", "nothing was stored"];
    assert_refused(&announcement(&place, &wrong), &words);
    assert_eq!(said(&announcement(&place, &["list"])), "");
}

#[test]
fn a_missing_file_and_an_unknown_identifier_are_named() {
    let place = town();
    assert_refused(&add(&place, &["--accounts", "none.txt"]), &["none.txt", "check its path"]);
    assert_refused(&announcement(&place, &["withdraw", "x"]), &["\"x\"", "announcement list"]);
    let unknown = "a".repeat(26);
    assert_refused(&announcement(&place, &["withdraw", &unknown]), &["no such announcement", "list"]);
    std::fs::write(place.path().join("bad.txt"), "59000001\n5900").expect("the file is written");
    let refused = add(&place, &["--accounts", "bad.txt"]);
    assert_refused(&refused, &["--accounts", "place 2"]);
    assert!(!complained(&refused).contains("5900"), "a number is not repeated: {}", complained(&refused));
}

#[test]
fn one_audience_is_chosen_and_houses_need_their_street() {
    let place = town();
    for arguments in [&["--houses", "1-9"][..], &["--street", "ул. Мира", "--debtors", "100"]] {
        let output = add(&place, arguments);
        assert_eq!(output.status.code(), Some(2), "{}", complained(&output));
    }
}

#[tokio::test]
async fn what_the_administrator_does_is_in_the_trail() {
    let place = town();
    let id = id_of(&add(&place, &["--publish"]));
    assert_done(&announcement(&place, &["withdraw", &id]));
    let pool = database(place.path()).await;
    let trail = "SELECT action FROM audit WHERE subject = $1 AND operator_id IS NULL ORDER BY action";
    let actions: Vec<String> = sqlx::query_scalar(trail).bind(&id).fetch_all(&pool).await.expect("the trail is there");
    pool.close().await;
    assert_eq!(actions, ["announcement_drafted", "announcement_published", "announcement_withdrawn"]);
}
