//! The attacks that once worked, run again against the binary, and what the throttles let through.

use std::time::Instant;

use anyhow::{Context, Result};

use super::Portal;
use super::people::{PASSWORD, People};
use crate::tally::Tally;

/// Says whether the portal refused.
type Attack = fn(&Portal<'_>, &People) -> Result<bool>;

/// Runs each attack; one that works again fails.
///
/// # Errors
/// When the connection breaks.
pub fn run(portal: &Portal<'_>, people: &People) -> Result<Tally> {
    let attacks: [(&str, Attack); 9] = [
        ("1: the code of an SMS is no link", code_as_link),
        ("2: a link that posts for the attacker", forged_action),
        ("3: a stranger's registration keeps the stranger's password", pre_hijacking),
        ("6: signing in again leaves the session before alive", second_session),
        ("7: a disabled operator's cookie", disabled_operator),
        ("8: a stranger keeps a known browser out", lock_out),
        ("9, 10: metrics on the public address", public_metrics),
        ("a question of an island redirects to another site", open_redirect),
        ("a NUL is an internal error", nul),
    ];
    let mut tally = Tally::default();
    for (name, attack) in attacks {
        let refused = attack(portal, people).with_context(|| name.to_owned())?;
        println!("  attack {name}: {}", if refused { "refused" } else { "WORKS" });
        tally.passed += u64::from(refused);
        tally.failed += u64::from(!refused);
    }
    Ok(tally)
}

fn code_as_link(portal: &Portal<'_>, _: &People) -> Result<bool> {
    portal.send("POST", "/register", "", "10.1.0.1", &format!("login=89021234567&password={PASSWORD}&consent=on"))?;
    let sms = portal.letter("902", "код для")?;
    let code = sms.split('#').nth(1).and_then(|rest| rest.get(..6)).context("no code in the SMS")?;
    let mut statuses = Vec::new();
    for page in ["confirm", "recover"] {
        let path = format!("/{page}/+79021234567:{code}");
        statuses.push(portal.send("GET", &path, "", "10.1.0.2", "")?.status);
        statuses.push(portal.send("POST", &path, "", "10.1.0.2", "password=taken2026x")?.status);
    }
    Ok(statuses.iter().all(|status| *status == 404))
}

fn forged_action(portal: &Portal<'_>, _: &People) -> Result<bool> {
    let answer = portal.send("GET", "/confirm/..%2Fsign-out", "", "10.1.0.3", "")?;
    Ok(answer.status == 404 && !String::from_utf8_lossy(&answer.body).contains("data-submit-at-once"))
}

fn pre_hijacking(portal: &Portal<'_>, _: &People) -> Result<bool> {
    let form = "login=victim%40example.ru&password=mine2026x&consent=on";
    portal.send("POST", "/register", "", "10.1.0.4", form)?;
    let letter = portal.letter("victim@example.ru", "/confirm/")?;
    let token = letter.split("/confirm/").nth(1).and_then(|rest| rest.get(..43)).context("no link")?;
    let page = portal.send("GET", &format!("/confirm/{token}"), "", "10.1.0.5", "")?;
    let pressed = portal.send("POST", &format!("/confirm/{token}"), "", "10.1.0.5", "")?;
    let signed_in = portal.sign_in("victim@example.ru", "mine2026x", "10.1.0.4").is_ok();
    let submits = String::from_utf8_lossy(&page.body).contains("data-submit-at-once");
    Ok(!submits && pressed.status == 422 && !signed_in)
}

fn second_session(portal: &Portal<'_>, _: &People) -> Result<bool> {
    let before = portal.register("twice@example.ru", "10.1.0.6")?;
    let form = format!("login=twice%40example.ru&password={PASSWORD}");
    let again = portal.send("POST", "/sign-in", &before, "10.1.0.6", &form)?;
    let old = portal.send("GET", "/accounts", &before, "10.1.0.6", "")?;
    Ok(again.status == 303 && old.status == 303)
}

fn disabled_operator(portal: &Portal<'_>, people: &People) -> Result<bool> {
    let person = people.all.iter().find(|person| person.name == "disabled-operator").context("no such person")?;
    Ok(portal.send("GET", "/console/pin-requests", &person.cookies, "10.1.0.7", "")?.status == 303)
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

fn public_metrics(portal: &Portal<'_>, _: &People) -> Result<bool> {
    let mut statuses = Vec::new();
    for path in ["/metrics", "/readyz"] {
        statuses.push(portal.send("GET", path, "", "10.1.0.11", "")?.status);
    }
    Ok(statuses == [404, 404])
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

/// Tries of a password from one place.
const TRIES: usize = 300;

/// Prints how many tries of a password reach the comparison for one address, one /56 of IPv6 and one login.
///
/// # Errors
/// When the connection breaks.
pub fn measure_throttles(portal: &Portal<'_>) -> Result<()> {
    println!("\n{:<34} {:>8} {:>10} {:>10}", "tries of a password", "sent", "compared", "seconds");
    let from_line = |try_: usize| (format!("a{try_}@example.ru"), "203.0.113.6".to_owned());
    let from_56 = |try_: usize| (format!("b{try_}@example.ru"), format!("2001:db8:0:{:x}::1", try_ % 200));
    let at_login = |try_: usize| ("one@example.ru".to_owned(), format!("198.51.{}.7", try_ % 250));
    throttle(portal, "one address, many logins", from_line)?;
    throttle(portal, "one IPv6 /56, many logins", from_56)?;
    throttle(portal, "one login, many networks", at_login)
}

fn throttle(portal: &Portal<'_>, name: &str, of: impl Fn(usize) -> (String, String)) -> Result<()> {
    let begun = Instant::now();
    let mut compared = 0;
    for try_ in 0..TRIES {
        let (login, from) = of(try_);
        let form = format!("login={}&password=wrong2026x", login.replace('@', "%40"));
        let answer = portal.send("POST", "/sign-in", "", &from, &form)?;
        compared += usize::from(String::from_utf8_lossy(&answer.body).contains("не подошли"));
    }
    println!("{name:<34} {TRIES:>8} {compared:>10} {:>10.1}", begun.elapsed().as_secs_f64());
    Ok(())
}
