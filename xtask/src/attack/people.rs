//! Everybody who knocks, made through the portal's own pages and commands, and the identifiers that patterns are filled
//! with: those of the subscriber in full access.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use totp_rs::{Builder, Secret};

use super::Portal;
use crate::client::Answer;

/// A letter leaves within a second or two.
const LETTER_WITHIN: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// The password of every subscriber here, and of every operator.
pub const PASSWORD: &str = "zima2026";
const OPERATOR_PASSWORD: &str = "smena-na-kame-2026";

/// One who knocks.
pub struct Person {
    pub name: &'static str,
    pub cookies: String,
    pub address: String,
}

/// Everybody, and what patterns are filled with.
pub struct People {
    /// The subscriber in full access comes last.
    pub all: Vec<Person>,
    account: String,
    payment: String,
    thread: String,
    session: String,
    pin_request: String,
    meter: String,
}

impl People {
    /// Makes everybody.
    ///
    /// # Errors
    /// When a page does not lead where it should.
    pub fn make(portal: &Portal<'_>) -> Result<Self> {
        let first = portal.sign_in("demo@example.ru", "demo2026", "10.0.0.1")?;
        let full = portal.sign_in("demo@example.ru", "demo2026", "10.0.0.1")?;
        let account = link_after(&portal.page("/accounts", &full)?, "/accounts/", 26)?;
        let number = number_of(portal, &full, &account)?;
        let settings = portal.page("/settings", &full)?;
        let session = link_after(&settings, "/settings/sessions/", 26)?;
        drop(first);
        let meter = link_after(&portal.page(&format!("/accounts/{account}/readings"), &full)?, "/readings/", 26)?;
        let pay = format!("/accounts/{account}/pay");
        portal.post(&pay, &full, "amount=10&key=aaaaaaaaaaaaaaaaaaaaaaaaaa")?;
        let payment = link_after(&portal.page("/settings/payments", &full)?, "/payments/", 26).or_else(|_| {
            link_after(&portal.page(&format!("/accounts/{account}/payments"), &full)?, "/payments/", 26)
        })?;
        let sent = portal.post("/feedback", &full, "subject=Question&message=Text")?;
        let thread = link_after(sent.header("location").unwrap_or_default(), "/feedback/", 26)?;
        let lite = portal.register("lite@example.ru", "10.0.0.2")?;
        portal.post("/accounts/link", &lite, &format!("provider=perm-gas&number={number}"))?;
        let request = "name=Name&address=Address&contact=lite%40example.ru";
        portal.post(&format!("/accounts/{account}/pin-request"), &lite, request)?;
        let foreign = portal.register("foreign@example.ru", "10.0.0.3")?;
        let locked = portal.register("locked@example.ru", "10.0.0.4")?;
        portal.command(&["user", "lock", "locked@example.ru"], "")?;
        let (operator, half) = portal.demo_operator()?;
        let queue = portal.page("/console/pin-requests", &operator)?;
        let pin_request = link_after(&queue, "/console/pin-requests/", 26)?;
        let other = portal.operator("other", &["--provider", "kama-heat"])?;
        let disabled = portal.operator("disabled", &[])?;
        portal.command(&["operator", "disable", "disabled"], "")?;
        let person = |name, cookies: String, last: u8| Person { name, cookies, address: format!("10.0.1.{last}") };
        let all = vec![
            person("guest", String::new(), 1),
            person("foreign", foreign, 2),
            person("locked", locked, 3),
            person("half-operator", half, 4),
            person("disabled-operator", disabled, 5),
            person("other-operator", other, 6),
            person("operator", operator, 7),
            person("lite", lite, 8),
            person("full", full, 9),
        ];
        Ok(Self { all, account, payment, thread, session, pin_request, meter })
    }

    /// A pattern with the identifiers of the subscriber in full access.
    pub fn fill(&self, pattern: &str) -> String {
        let id = match pattern {
            _ if pattern.starts_with("/accounts/") || pattern.contains("/unlink/") => &self.account,
            _ if pattern.starts_with("/payments/") => &self.payment,
            _ if pattern.contains("feedback/") => &self.thread,
            _ if pattern.contains("pin-requests/") => &self.pin_request,
            _ => &self.session,
        };
        let token = "a".repeat(43);
        let filled = pattern.replace("{id}", id).replace("{account}", id).replace("{meter}", &self.meter);
        let filled = filled.replace("{token}", &token);
        match filled.find("{*") {
            Some(at) => format!("{}none", &filled[..at]),
            None => filled,
        }
    }
}

/// The identifier of so many letters and digits after a mark in a page.
fn link_after(page: &str, mark: &str, length: usize) -> Result<String> {
    let is_id =
        |text: &&str| text.len() >= length && text.bytes().take(length).all(|byte| byte.is_ascii_alphanumeric());
    let found = page.split(mark).skip(1).find(is_id);
    found.map(|text| text[..length].to_owned()).with_context(|| format!("no identifier after {mark}"))
}

/// The number of an account, as its page shows it.
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

    /// Signs a subscriber in; the cookies of the session.
    ///
    /// # Errors
    /// When the portal does not let them in.
    pub fn sign_in(&self, login: &str, password: &str, from: &str) -> Result<String> {
        let form = format!("login={}&password={password}", login.replace('@', "%40").replace('+', "%2B"));
        let answer = self.send("POST", "/sign-in", "", from, &form)?;
        if answer.status != 303 {
            bail!("{login} cannot sign in: {}", answer.status);
        }
        Ok(answer.cookies())
    }

    /// The newest message to a recipient in the demo's mailbox that holds some words.
    ///
    /// # Errors
    /// When none comes in time.
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
            std::thread::sleep(LOOK_EVERY);
        }
        bail!("no message to {to} about {words}")
    }

    /// Registers and confirms by the letter; the cookies of the session.
    ///
    /// # Errors
    /// When a step does not lead on.
    pub fn register(&self, login: &str, from: &str) -> Result<String> {
        let form = format!("login={}&password={PASSWORD}&consent=on", login.replace('@', "%40"));
        let guest = self.send("POST", "/register", "", from, &form)?.cookies();
        let letter = self.letter(login, "/confirm/")?;
        let token =
            letter.split("/confirm/").nth(1).and_then(|rest| rest.get(..43)).context("no link in the letter")?;
        let answer = self.send("POST", &format!("/confirm/{token}"), &guest, from, "")?;
        if answer.status != 303 {
            bail!("{login} is not confirmed: {}", answer.status);
        }
        Ok(answer.cookies())
    }

    /// The demo's operator: a full session, and one that waits for the code.
    ///
    /// # Errors
    /// When a step does not lead on.
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

    /// An operator made by command, with an application for codes set up.
    ///
    /// # Errors
    /// When a step does not lead on.
    pub fn operator(&self, login: &str, options: &[&str]) -> Result<String> {
        let arguments = [&["operator", "add", login], options].concat();
        self.command(&arguments, OPERATOR_PASSWORD)?;
        let form = format!("login={login}&password={OPERATOR_PASSWORD}");
        let pending = self.post("/console/sign-in", "", &form)?.cookies();
        let page = self.page("/console/sign-in/code", &pending)?;
        let secret = page.split("id=\"secret\"").nth(1).and_then(|rest| rest.split('>').nth(1)).context("no secret")?;
        let secret = secret.split('<').next().unwrap_or_default().replace(' ', "");
        let secret = Secret::try_from_base32(secret).map_err(|_| anyhow::anyhow!("the secret is no base 32"))?;
        let totp = Builder::new().with_secret(secret).build_noncompliant();
        let code = totp.generate_current();
        let answer = self.post("/console/sign-in/set-up", &pending, &format!("code={code}"))?;
        if answer.status != 200 {
            bail!("the operator {login} is not let in: {}", answer.status);
        }
        Ok(answer.cookies())
    }
}
