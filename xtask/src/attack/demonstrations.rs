//! The attacks that once worked, run again against the binary, each named after the weakness that it used.

use std::sync::Barrier;

use anyhow::{Context, Result, anyhow, ensure};

use super::people::{PASSWORD, People, request_to};
use super::{Portal, installation};
use crate::tally::Tally;

/// One attack: whether it was refused.
type Attack = fn(&Portal<'_>, &People) -> Result<bool>;

const ATTACKS: [(&str, Attack); 19] = [
    ("1: the code of a registration's SMS is a link", registration_code_as_link),
    ("1: the code of a recovery's SMS is a link", recovery_code_as_link),
    ("2: a link that posts for the attacker", forged_action),
    ("3: a stranger's registration keeps the stranger's password", pre_hijacking),
    ("4: a recovery link outlives a change of the password", outliving_link),
    ("5: a change of the password under way overrides a recovery", race),
    ("6: signing in again leaves the session before alive", second_session),
    ("7: a disabled operator's session works on", disabled_operator),
    ("7: an operator with a weak password", weak_operator),
    ("7: an operator sends a PIN to themselves", own_request),
    ("8: a stranger keeps a known browser out", lock_out),
    ("8: a stranger takes the recovery away", recovery_taken_away),
    ("9: the demo's passwords open a real portal", installation::demo_served_as_real),
    ("9: the demo shows the letters of real people", installation::real_served_as_demo),
    ("10: other users of the machine read the database", installation::readable_by_others),
    ("10: letters leave without TLS", installation::plain_partner),
    ("metrics and readiness for the internet", public_metrics),
    ("a question of an island redirects to another site", open_redirect),
    ("a NUL is an internal error", nul),
];

/// Runs each attack; an attack that succeeds counts as failed, and so does one whose preparation fails.
pub fn run(portal: &Portal<'_>, people: &People) -> Tally {
    let mut tally = Tally::default();
    for (name, attack) in ATTACKS {
        let refused = match attack(portal, people) {
            Ok(true) => "refused".to_owned(),
            Ok(false) => "WORKS".to_owned(),
            Err(error) => format!("NOT RUN: {error:#}"),
        };
        println!("  attack {name}: {refused}");
        tally.passed += u64::from(refused == "refused");
        tally.failed += u64::from(refused != "refused");
    }
    tally
}

fn registration_code_as_link(portal: &Portal<'_>, _: &People) -> Result<bool> {
    portal.send("POST", "/register", "", "10.1.0.1", &format!("login=89021234567&password={PASSWORD}&consent=on"))?;
    let code = sms_code(portal, "902", "код для регистрации")?;
    is_no_link(portal, "/confirm/+79021234567", &code)
}

/// The owner is registered first; the thief only reads an SMS of the recovery.
fn recovery_code_as_link(portal: &Portal<'_>, _: &People) -> Result<bool> {
    let form = format!("login=89031234567&password={PASSWORD}&consent=on");
    let guest = portal.send("POST", "/register", "", "10.1.0.20", &form)?.cookies();
    let code = sms_code(portal, "903", "код для регистрации")?;
    let confirmed = portal.send("POST", "/register/code", &guest, "10.1.0.20", &format!("code={code}"))?;
    ensure!(confirmed.status == 303, "the phone is not confirmed: {}", confirmed.status);
    portal.send("POST", "/recover", "", "10.1.1.20", "login=89031234567")?;
    let code = sms_code(portal, "903", "код для СМЕНЫ ПАРОЛЯ")?;
    let refused = is_no_link(portal, "/recover/+79031234567", &code)?;
    Ok(refused && portal.sign_in("89031234567", PASSWORD, "10.1.0.20").is_ok())
}

/// The six digits in the newest SMS to a phone that contains some words.
fn sms_code(portal: &Portal<'_>, phone: &str, words: &str) -> Result<String> {
    let sms = portal.letter(phone, words)?;
    let code = sms.split(" — код для").next().and_then(|text| text.get(text.len().checked_sub(6)?..));
    let code = code.filter(|code| code.bytes().all(|byte| byte.is_ascii_digit()));
    code.map(str::to_owned).context("no code in the SMS")
}

/// Whether an address with a valid code in it answers both GET and POST with 404.
fn is_no_link(portal: &Portal<'_>, address: &str, code: &str) -> Result<bool> {
    let path = format!("{address}:{code}");
    let opened = portal.send("GET", &path, "", "10.1.0.2", "")?;
    let posted = portal.send("POST", &path, "", "10.1.0.2", "password=taken2026")?;
    Ok([opened.status, posted.status] == [404, 404])
}

fn forged_action(portal: &Portal<'_>, _: &People) -> Result<bool> {
    let answer = portal.send("GET", "/confirm/..%2Fsign-out", "", "10.1.0.3", "")?;
    Ok(answer.status == 404 && !String::from_utf8_lossy(&answer.body).contains("data-submit-at-once"))
}

fn pre_hijacking(portal: &Portal<'_>, _: &People) -> Result<bool> {
    let form = "login=victim%40example.ru&password=mine2026x&consent=on";
    portal.send("POST", "/register", "", "10.1.0.4", form)?;
    let link = portal.letter_link("victim@example.ru", "/confirm/")?;
    let page = portal.send("GET", &link, "", "10.1.0.5", "")?;
    let pressed = portal.send("POST", &link, "", "10.1.0.5", "")?;
    let signed_in = portal.sign_in("victim@example.ru", "mine2026x", "10.1.0.4").is_ok();
    let submits = String::from_utf8_lossy(&page.body).contains("data-submit-at-once");
    Ok(!submits && pressed.status == 422 && !signed_in)
}

/// The other half, two links of which one was used, needs a minute between two letters: a walk tests it.
fn outliving_link(portal: &Portal<'_>, _: &People) -> Result<bool> {
    let owner = portal.register("changed@example.ru", "10.1.0.21")?;
    let link = recovery_link(portal, "changed@example.ru", "10.1.1.21")?;
    let opened = portal.send("GET", &link, "", "10.1.1.21", "")?;
    let form = format!("current_password={PASSWORD}&new_password=kama2026x");
    let changed = portal.send("POST", "/settings/password", &owner, "10.1.0.21", &form)?;
    ensure!((opened.status, changed.status) == (200, 303), "{} before, {} changed", opened.status, changed.status);
    let used = portal.send("POST", &link, "", "10.1.1.21", "password=thief2026")?;
    // The form redirects to the page of its link, which says that it is void.
    let is_void = used.status == 303 && portal.send("GET", &link, "", "10.1.1.21", "")?.status == 410;
    Ok(is_void && portal.sign_in("changed@example.ru", "kama2026x", "10.1.0.21").is_ok())
}

fn recovery_link(portal: &Portal<'_>, login: &str, from: &str) -> Result<String> {
    let asked = portal.send("POST", "/recover", "", from, &format!("login={}", login.replace('@', "%40")))?;
    ensure!(asked.status == 303, "{login} cannot recover: {}", asked.status);
    portal.letter_link(login, "/recover/")
}

/// Few: a walk runs fifty, on both engines.
const ROUNDS: usize = 3;

fn race(portal: &Portal<'_>, _: &People) -> Result<bool> {
    for round in 0..ROUNDS {
        if !one_wins(portal, &format!("race{round}@example.ru"))? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A thief with the password and a session changes it while the owner recovers. A change that comes first voids the
/// link; a change that comes second fails on the current password. The side that gets the success page has the valid
/// password.
fn one_wins(portal: &Portal<'_>, login: &str) -> Result<bool> {
    let thief = portal.register(login, "10.1.0.30")?;
    let link = recovery_link(portal, login, "10.1.1.30")?;
    let form = format!("current_password={PASSWORD}&new_password=thief2026");
    let barrier = Barrier::new(2);
    let (changed, recovered) = std::thread::scope(|scope| {
        let change = scope.spawn(|| {
            barrier.wait();
            portal.send("POST", "/settings/password", &thief, "10.1.0.30", &form)
        });
        barrier.wait();
        let recovered = portal.send("POST", &link, "", "10.1.1.30", "password=owner2026");
        (change.join(), recovered)
    });
    let (changed, recovered) = (changed.map_err(|_| anyhow!("the change panicked"))??, recovered?);
    // A void link redirects to its own page.
    let has_recovered = recovered.header("location") == Some("/accounts");
    let (winner, loser) = if has_recovered { ("owner2026", "thief2026") } else { ("thief2026", "owner2026") };
    let is_done = has_recovered || changed.status == 303;
    let opens = |password| portal.sign_in(login, password, "10.1.2.30").is_ok();
    Ok(is_done && opens(winner) && !opens(loser))
}

fn second_session(portal: &Portal<'_>, _: &People) -> Result<bool> {
    let before = portal.register("twice@example.ru", "10.1.0.6")?;
    let form = format!("login=twice%40example.ru&password={PASSWORD}");
    let again = portal.send("POST", "/sign-in", &before, "10.1.0.6", &form)?;
    let old = portal.send("GET", "/accounts", &before, "10.1.0.6", "")?;
    Ok(again.status == 303 && old.status == 303)
}

fn disabled_operator(portal: &Portal<'_>, _: &People) -> Result<bool> {
    let leaver = portal.operator("leaver", &["--all-providers"])?;
    let look = || portal.send("GET", "/console/pin-requests", &leaver, "10.1.0.7", "");
    let before = look()?.status;
    portal.command(&["operator", "disable", "leaver"], "")?;
    Ok((before, look()?.status) == (200, 303))
}

fn weak_operator(portal: &Portal<'_>, _: &People) -> Result<bool> {
    let added = portal.command(&["operator", "add", "weak", "--all-providers"], "1234567890");
    let listed = portal.command(&["operator", "list"], "")?;
    Ok(added.is_err() && !listed.contains("weak"))
}

/// As a subscriber they request the PIN of another's account to their own mailbox, as an operator they approve it.
fn own_request(portal: &Portal<'_>, people: &People) -> Result<bool> {
    let subscriber = portal.register("bob@example.ru", "10.1.0.13")?;
    portal.link_and_ask(&subscriber, &people.number, &people.account, "bob%40example.ru")?;
    let operator = portal.operator("bob", &["--contact", "bob@example.ru", "--all-providers"])?;
    let queue = || portal.page("/console/pin-requests", &operator);
    let request = request_to(&queue()?, "bob@example.ru")?;
    portal.post(&format!("/console/pin-requests/{request}/approve"), &operator, "confirmed=1")?;
    Ok(request_to(&queue()?, "bob@example.ru").is_ok_and(|still| still == request))
}

fn lock_out(portal: &Portal<'_>, _: &People) -> Result<bool> {
    let known = portal.register("owner@example.ru", "10.1.0.8")?;
    let form = |password: &str| format!("login=owner%40example.ru&password={password}");
    for _ in 0..8 {
        portal.send("POST", "/sign-in", "", "10.1.0.9", &form("wrong2026x"))?;
    }
    let stranger = portal.send("POST", "/sign-in", "", "10.1.0.10", &form(PASSWORD))?;
    let owner = portal.send("POST", "/sign-in", &known, "10.1.0.8", &form(PASSWORD))?;
    Ok(stranger.status == 422 && owner.status == 303)
}

fn recovery_taken_away(portal: &Portal<'_>, _: &People) -> Result<bool> {
    portal.register("sought@example.ru", "10.1.0.14")?;
    let ask = |from| portal.send("POST", "/recover", "", from, "login=sought%40example.ru").map(|asked| asked.status);
    let stranger = [ask("10.2.0.1")?, ask("10.2.0.1")?];
    Ok(stranger == [303, 422] && ask("10.3.0.1")? == 303)
}

fn public_metrics(portal: &Portal<'_>, _: &People) -> Result<bool> {
    let status = |path| portal.send("GET", path, "", "10.1.0.11", "").map(|answer| answer.status);
    Ok([status("/metrics")?, status("/readyz")?] == [404, 404])
}

fn open_redirect(portal: &Portal<'_>, _: &People) -> Result<bool> {
    let headers = [("Accept", "text/html"), ("Referer", "https://evil.example/"), ("Connection", "close")];
    let answer = portal.send_raw("GET", "/api/providers?query=x", &headers, "")?;
    Ok(answer.header("location").is_none())
}

fn nul(portal: &Portal<'_>, _: &People) -> Result<bool> {
    let answer = portal.send("POST", "/console/sign-in", "", "10.1.0.12", "login=%00&password=x")?;
    Ok(answer.status == 400)
}
