//! The people of all roles, created through the portal's own pages and commands, and the identifiers for patterns:
//! those of the subscriber in full access.

use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};
use totp_rs::{Builder, Secret};

use super::{Portal, forms};
use crate::client::Answer;

/// Timeout of a letter: it is sent within a second or two.
const LETTER_WITHIN: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Period of a TOTP code in seconds (RFC 6238), and the remaining seconds that a code needs when it is sent.
const STEP: u64 = 30;
const SPARE: u64 = 4;
/// Length of an identifier, and of a token in a link.
const ID: usize = 26;
const TOKEN: usize = 43;
/// The password of every subscriber here, and of every operator.
pub const PASSWORD: &str = "zima2026";
pub const OPERATOR_PASSWORD: &str = "smena-na-kame-2026";

/// A person with a role.
pub struct Person {
    pub name: &'static str,
    pub cookies: String,
    pub address: String,
}

/// All people, and the identifiers for patterns.
pub struct People {
    /// The subscriber in full access comes last.
    pub all: Vec<Person>,
    /// The account for patterns, and its number.
    pub account: String,
    pub number: String,
    /// Another session of the subscriber in full access: the one for `session`.
    elsewhere: String,
    payment: String,
    thread: String,
    session: String,
    pin_request: String,
    announcement: String,
    meter: String,
    letter: String,
    /// A month with charges, as `2026-10`.
    month: String,
}

impl People {
    /// Creates all people.
    ///
    /// # Errors
    /// When a page does not redirect as expected.
    pub fn make(portal: &Portal<'_>) -> Result<Self> {
        let elsewhere = portal.sign_in("demo@example.ru", "demo2026", "10.0.0.1")?;
        let full = portal.sign_in("demo@example.ru", "demo2026", "10.0.0.1")?;
        let account = link_after(&portal.page("/accounts", &full)?, "/accounts/", ID)?;
        let number = number_of(portal, &full, &account)?;
        let session = link_after(&portal.page("/settings/sessions", &full)?, "/settings/sessions/", ID)?;
        let meter = link_after(&portal.page(&format!("/accounts/{account}/readings"), &full)?, "/readings/", ID)?;
        let month = month_of(&portal.page(&format!("/accounts/{account}/receipt"), &full)?)?;
        let payment = paid(portal, &full, &account)?;
        let sent = portal.post("/feedback", &full, "subject=Question&message=Text")?;
        let thread = link_after(sent.header("location").unwrap_or_default(), "/feedback/", ID)?;
        let lite = lite(portal, &number, &account)?;
        let foreign = portal.register("foreign@example.ru", "10.0.0.3")?;
        let half = portal.half_subscriber("half@example.ru", "10.0.0.5")?;
        let locked = portal.register("locked@example.ru", "10.0.0.4")?;
        portal.command(&["user", "lock", "locked@example.ru"], "")?;
        let (operator, half_operator) = portal.demo_operator()?;
        let pin_request = request_to(&portal.page("/console/pin-requests", &operator)?, "lite@example.ru")?;
        let announcement = link_after(&portal.page("/console/announcements", &operator)?, "/announcements/", ID)?;
        // The subscriber of the demo has accounts of other providers than this one.
        let other = portal.operator("other", &["--provider", "kama-water"])?;
        let disabled = portal.operator("disabled", &["--all-providers"])?;
        portal.command(&["operator", "disable", "disabled"], "")?;
        let letter = link_after(&portal.page("/demo/mailbox", "")?, "/demo/mailbox/", ID)?;
        let person = |name, cookies: String, last: u8| Person { name, cookies, address: format!("10.0.1.{last}") };
        let all = vec![
            person("guest", String::new(), 1),
            person("foreign", foreign, 2),
            person("locked", locked, 3),
            person("half", half, 10),
            person("half-operator", half_operator, 4),
            person("disabled-operator", disabled, 5),
            person("other-operator", other, 6),
            person("operator", operator, 7),
            person("lite", lite, 8),
            person("full", full, 9),
        ];
        Ok(Self {
            all,
            account,
            number,
            elsewhere,
            payment,
            thread,
            session,
            pin_request,
            announcement,
            meter,
            letter,
            month,
        })
    }

    /// A pattern with the identifiers of the subscriber in full access, and with its query.
    pub fn fill(&self, pattern: &str) -> String {
        let id = match pattern {
            _ if pattern.starts_with("/accounts/") || pattern.contains("/unlink/") => &self.account,
            _ if pattern.starts_with("/payments/") => &self.payment,
            _ if pattern.contains("feedback/") => &self.thread,
            _ if pattern.contains("pin-requests/") => &self.pin_request,
            _ if pattern.contains("announcements/") => &self.announcement,
            _ if pattern.starts_with("/demo/mailbox/") => &self.letter,
            _ => &self.session,
        };
        // No reading was sent: any well-formed identifier will do.
        let filled = pattern.replace("{id}", id).replace("{meter}", &self.meter).replace("{reading}", &self.meter);
        let filled = filled.replace("{token}", &"a".repeat(TOKEN)).replace("{file}", &format!("{}.pdf", self.month));
        let path = match filled.find("{*") {
            Some(at) => format!("{}none", &filled[..at]),
            None => filled,
        };
        path + &forms::query(pattern, &self.month, &self.payment)
    }

    /// The form for a pattern. A server function gets the identifiers of an address as fields.
    pub fn body(&self, method: &str, pattern: &str) -> String {
        let form = forms::form(pattern);
        if method == "GET" || !pattern.starts_with("/api/") {
            return if method == "GET" { String::new() } else { form.to_owned() };
        }
        let ids = [
            ("account_id", &self.account),
            ("payment_id", &self.payment),
            ("thread_id", &self.thread),
            ("session_id", &self.session),
            ("request_id", &self.pin_request),
            ("announcement_id", &self.announcement),
            ("token", &"a".repeat(TOKEN)),
        ];
        ids.iter().fold(form.to_owned(), |form, (name, id)| format!("{form}&{name}={id}"))
    }

    /// Whether the other session of the subscriber in full access, and their account, still exist.
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn is_unharmed(&self, portal: &Portal<'_>) -> Result<bool> {
        let page = portal.send("GET", &format!("/accounts/{}", self.account), &self.elsewhere, "10.0.2.1", "")?;
        Ok(page.status == 200)
    }
}

/// A payment begun by the account's subscriber.
fn paid(portal: &Portal<'_>, full: &str, account: &str) -> Result<String> {
    portal.post(&format!("/accounts/{account}/pay"), full, "amount=10&key=aaaaaaaaaaaaaaaaaaaaaaaaaa")?;
    let all = link_after(&portal.page("/settings/payments", full)?, "/payments/", ID);
    all.or_else(|_| link_after(&portal.page(&format!("/accounts/{account}/payments"), full)?, "/payments/", ID))
}

/// A person who has linked the same account without its PIN, and requested it.
fn lite(portal: &Portal<'_>, number: &str, account: &str) -> Result<String> {
    let lite = portal.register("lite@example.ru", "10.0.0.2")?;
    portal.link_and_ask(&lite, number, account, "lite%40example.ru")?;
    Ok(lite)
}

/// The PIN request with a contact, on the page of the queue.
pub fn request_to(queue: &str, contact: &str) -> Result<String> {
    let card = queue.split(contact).nth(1).with_context(|| format!("no request to {contact} in the queue"))?;
    link_after(card, "/console/pin-requests/", ID)
}

/// The month of a receipt on the page.
fn month_of(page: &str) -> Result<String> {
    let is_month =
        |text: &&str| text.len() == 7 && text.split('-').all(|part| part.bytes().all(|b| b.is_ascii_digit()));
    let values = page.split("value=\"").skip(1).filter_map(|rest| rest.split('"').next());
    values.filter(is_month).last().map(str::to_owned).context("the page of receipts offers no month")
}

/// The identifier of `length` letters and digits after a mark in a page.
fn link_after(page: &str, mark: &str, length: usize) -> Result<String> {
    let is_id =
        |text: &&str| text.len() >= length && text.bytes().take(length).all(|byte| byte.is_ascii_alphanumeric());
    let found = page.split(mark).skip(1).find(is_id);
    found.map(|text| text[..length].to_owned()).with_context(|| format!("no identifier after {mark}"))
}

/// The account number on the account's page.
fn number_of(portal: &Portal<'_>, cookies: &str, account: &str) -> Result<String> {
    let page = portal.page(&format!("/accounts/{account}"), cookies)?;
    let digits = |text: &&str| text.len() == 8 && text.starts_with("59");
    let number = page.split(|c: char| !c.is_ascii_digit()).find(digits);
    number.map(str::to_owned).context("the account's page shows no number")
}

impl Portal<'_> {
    /// A page as text.
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn page(&self, path: &str, cookies: &str) -> Result<String> {
        let answer = self.send("GET", path, cookies, "10.0.2.1", "")?;
        Ok(String::from_utf8_lossy(&answer.body).into_owned())
    }

    /// Sends a form.
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn post(&self, path: &str, cookies: &str, form: &str) -> Result<Answer> {
        self.send("POST", path, cookies, "10.0.2.1", form)
    }

    /// Signs a subscriber in; returns the cookies of the session.
    ///
    /// # Errors
    /// When the portal refuses the sign-in.
    pub fn sign_in(&self, login: &str, password: &str, from: &str) -> Result<String> {
        let form = format!("login={}&password={password}", login.replace('@', "%40").replace('+', "%2B"));
        let answer = self.send("POST", "/sign-in", "", from, &form)?;
        if answer.status != 303 {
            bail!("{login} cannot sign in: {}", answer.status);
        }
        Ok(answer.cookies())
    }

    /// The newest message to a recipient in the demo's mailbox that contains some words.
    ///
    /// # Errors
    /// When no message arrives in time.
    pub fn letter(&self, to: &str, words: &str) -> Result<String> {
        let deadline = Instant::now() + LETTER_WITHIN;
        while Instant::now() < deadline {
            let list = self.page("/demo/mailbox", "")?;
            for row in list.split("<tr").filter(|row| row.contains(to)) {
                let Some(address) = row.split("href=\"").nth(1).and_then(|rest| rest.split('"').next()) else {
                    continue;
                };
                let letter = self.page(address, "")?;
                if letter.contains(words) {
                    return Ok(letter);
                }
            }
            thread::sleep(LOOK_EVERY);
        }
        bail!("no message to {to} about {words}")
    }

    /// The path with the token in the newest letter to a recipient, after a mark such as `/confirm/`.
    ///
    /// # Errors
    /// When no letter arrives in time.
    pub fn letter_link(&self, to: &str, mark: &str) -> Result<String> {
        let letter = self.letter(to, mark)?;
        let token = letter.split(mark).nth(1).and_then(|rest| rest.get(..TOKEN)).context("no link in the letter")?;
        Ok(format!("{mark}{token}"))
    }

    /// Registers and confirms by the letter; returns the cookies of the session.
    ///
    /// # Errors
    /// When a step does not redirect as expected.
    pub fn register(&self, login: &str, from: &str) -> Result<String> {
        let form = format!("login={}&password={PASSWORD}&consent=on", login.replace('@', "%40"));
        let guest = self.send("POST", "/register", "", from, &form)?.cookies();
        let answer = self.send("POST", &self.letter_link(login, "/confirm/")?, &guest, from, "")?;
        if answer.status != 303 {
            bail!("{login} is not confirmed: {}", answer.status);
        }
        Ok(answer.cookies())
    }

    /// Links an account and requests its PIN, with a name and an address that are not the owner's.
    ///
    /// # Errors
    /// When a step does not redirect as expected.
    pub fn link_and_ask(&self, cookies: &str, number: &str, account: &str, contact: &str) -> Result<()> {
        self.post("/accounts/link", cookies, &format!("provider=perm-gas&number={number}"))?;
        let form = format!("name=Name&address=Address&contact={contact}");
        let asked = self.post(&format!("/accounts/{account}/pin-request"), cookies, &form)?;
        ensure!(asked.status == 303, "the PIN cannot be asked for: {}", asked.status);
        Ok(())
    }

    /// A subscriber with a second factor who has entered the password but not the code.
    ///
    /// # Errors
    /// When a step does not redirect as expected.
    pub fn half_subscriber(&self, login: &str, from: &str) -> Result<String> {
        let cookies = self.register(login, from)?;
        let code = first_code(&self.page("/settings/second-factor", &cookies)?)?;
        let on = self.post("/settings/second-factor", &cookies, &format!("code={code}"))?;
        ensure!(on.status == 303, "the second factor is not switched on: {}", on.status);
        let form = format!("login={}&password={PASSWORD}", login.replace('@', "%40"));
        let half = self.send("POST", "/sign-in", "", from, &form)?;
        let to = half.header("location").unwrap_or_default();
        ensure!(to.starts_with("/sign-in/code"), "the password alone leads to {to}");
        Ok(half.cookies())
    }

    /// The demo's operator: a full session, and one that waits for the code.
    ///
    /// # Errors
    /// When a step does not redirect as expected.
    pub fn demo_operator(&self) -> Result<(String, String)> {
        let password = "login=operator&password=operator2026";
        let pending = self.post("/console/sign-in", "", password)?.cookies();
        let letter = self.letter("operator@example.ru", "Одноразовый код")?;
        let code = letter.split("входа сотрудника: ").nth(1).and_then(|rest| rest.get(..11)).context("no code")?;
        let full = self.post("/console/sign-in/code", &pending, &format!("code={code}"))?;
        if full.status != 303 {
            bail!("the operator is not let in: {}", full.status);
        }
        let half = self.post("/console/sign-in", "", password)?.cookies();
        Ok((full.cookies(), half))
    }

    /// An operator created by a command, with an authenticator app.
    ///
    /// # Errors
    /// When a step does not redirect as expected.
    pub fn operator(&self, login: &str, options: &[&str]) -> Result<String> {
        let arguments = [&["operator", "add", login], options].concat();
        self.command(&arguments, OPERATOR_PASSWORD)?;
        let form = format!("login={login}&password={OPERATOR_PASSWORD}");
        let pending = self.post("/console/sign-in", "", &form)?.cookies();
        let code = first_code(&self.page("/console/sign-in/code", &pending)?)?;
        let answer = self.post("/console/sign-in/set-up", &pending, &format!("code={code}"))?;
        if answer.status != 303 {
            bail!("the operator {login} is not let in: {}", answer.status);
        }
        Ok(without_backup_codes(&answer.cookies()))
    }
}

/// The cookies without the sealed backup codes: their page would show them for some minutes and then redirect.
fn without_backup_codes(cookies: &str) -> String {
    cookies.split("; ").filter(|cookie| !cookie.contains("-backup-codes=")).collect::<Vec<_>>().join("; ")
}

/// A code is valid for its own thirty seconds only: one near its end could expire on the way.
#[expect(clippy::disallowed_methods, reason = "the portal that it knocks at runs on the machine's clock")]
fn wait_for_a_code_that_lasts() -> Result<()> {
    let into_step = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() % STEP;
    if into_step >= STEP - SPARE {
        thread::sleep(Duration::from_secs(STEP - into_step));
    }
    Ok(())
}

/// The current code of an authenticator app, by the secret on its set-up page.
fn first_code(page: &str) -> Result<String> {
    let secret = page.split("id=\"secret\"").nth(1).and_then(|rest| rest.split('>').nth(1)).context("no secret")?;
    let secret = secret.split('<').next().unwrap_or_default().replace(' ', "");
    let secret = Secret::try_from_base32(secret).map_err(|_| anyhow::anyhow!("the secret is no base 32"))?;
    wait_for_a_code_that_lasts()?;
    Ok(Builder::new().with_secret(secret).build_noncompliant().generate_current().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_found_after_its_mark() {
        let id = "a1".repeat(13);
        let page = format!("<a href=\"/accounts/link\"></a><a href=\"/accounts/{id}/pay\">");
        assert_eq!(link_after(&page, "/accounts/", ID).unwrap(), id);
        assert!(link_after("<a href=\"/accounts/link\">", "/accounts/", ID).is_err());
    }

    #[test]
    fn the_request_of_one_contact_is_told_from_the_others() {
        let form = |id: &str| format!("<form action=\"/console/pin-requests/{}/approve\">", id.repeat(26));
        let queue = format!("<td>a@example.ru</td>{}<td>b@example.ru</td>{}", form("a"), form("b"));
        assert_eq!(request_to(&queue, "b@example.ru").unwrap(), "b".repeat(26));
        assert!(request_to(&queue, "c@example.ru").is_err());
    }

    #[test]
    fn a_session_is_kept_and_backup_codes_are_not() {
        let cookies = "kabinet-console=a; kabinet-console-backup-codes=b; kabinet-console-device=c";
        assert_eq!(without_backup_codes(cookies), "kabinet-console=a; kabinet-console-device=c");
    }

    #[test]
    fn the_last_month_of_the_list_is_taken() {
        let page = "<option value=\"\"><option value=\"2026-10\"><option value=\"2026-09\"><input value=\"a\">";
        assert_eq!(month_of(page).unwrap(), "2026-09");
    }
}
