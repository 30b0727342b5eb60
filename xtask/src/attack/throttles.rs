//! Measures and prints how many tries the rate limits of sign-in allow.

use std::time::Instant;

use anyhow::Result;

use super::Portal;

/// Password tries from one address.
const TRIES: usize = 300;

/// Prints how many password tries reach the comparison for one address, one /56 of IPv6 and one login.
///
/// # Errors
/// When the connection breaks.
pub fn measure(portal: &Portal<'_>) -> Result<()> {
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
