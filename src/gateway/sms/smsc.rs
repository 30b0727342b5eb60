//! SMS through SMSC (`sys/send.php`, answers in JSON).

use std::time::Duration;

use futures::future::BoxFuture;
use reqwest::Client;
use serde::Deserialize;

use super::{SendError, Sms, SmsGateway};
use crate::gateway::http_client::{CallError, ClientError, client_for, read_body};

/// Timeout for one message; the outbox retries.
const CALL_TIMEOUT: Duration = Duration::from_secs(20);
/// An answer is a line of JSON.
const MAX_ANSWER: usize = 16 * 1024;

/// Settings of SMSC. No `Debug`: it contains the key.
#[derive(Clone)]
pub struct SmscSettings {
    /// `https://smsc.ru`, or a test server.
    pub base_url: String,
    /// Credentials of our SMSC account.
    pub credentials: SmscCredentials,
    /// The sender's registered name; without it, the account's default.
    pub sender: Option<String>,
}

/// Credentials of our SMSC account.
#[derive(Clone)]
pub enum SmscCredentials {
    /// Login and password.
    Password {
        /// The login.
        login: String,
        /// The password, or its MD5 in lower case.
        password: String,
    },
    /// An API key for this program.
    ApiKey(String),
}

/// Sends SMS through SMSC.
pub struct Smsc {
    client: Client,
    settings: SmscSettings,
}

/// `{"id":…,"cnt":…}`, or `{"error":…,"error_code":…}`. The error's text is not parsed: it may contain the phone.
#[derive(Deserialize)]
struct Answer {
    id: Option<serde_json::Value>,
    error_code: Option<u32>,
}

impl Smsc {
    /// Checks the settings; does not connect yet.
    ///
    /// # Errors
    /// [`ClientError`] when the address is wrong or HTTPS cannot be set up.
    pub fn new(settings: SmscSettings) -> Result<Self, ClientError> {
        Self::with_timeout(settings, CALL_TIMEOUT)
    }

    fn with_timeout(settings: SmscSettings, timeout: Duration) -> Result<Self, ClientError> {
        Ok(Self { client: client_for(&settings.base_url, timeout)?, settings })
    }

    async fn hand_over(&self, sms: &Sms) -> Result<(), SendError> {
        let url = format!("{}/sys/send.php", self.settings.base_url.trim_end_matches('/'));
        let request = self.client.post(url).form(&self.form(sms));
        let response = request.send().await.map_err(|error| not_now(error.into()))?;
        let status = response.status();
        if !status.is_success() {
            return Err(SendError::Temporary(format!("SMSC answered HTTP {}", status.as_u16())));
        }
        understand(&read_body(response, MAX_ANSWER).await.map_err(not_now)?)
    }

    fn form<'a>(&'a self, sms: &'a Sms) -> Vec<(&'static str, &'a str)> {
        let mut form = vec![
            ("phones", sms.to.trim_start_matches('+')),
            ("mes", sms.text.as_str()),
            ("fmt", "3"),
            ("charset", "utf-8"),
        ];
        match &self.settings.credentials {
            SmscCredentials::Password { login, password } => {
                form.extend([("login", login.as_str()), ("psw", password)]);
            }
            SmscCredentials::ApiKey(key) => form.push(("apikey", key)),
        }
        form.extend(self.settings.sender.as_deref().map(|sender| ("sender", sender)));
        form
    }
}

impl SmsGateway for Smsc {
    fn send<'a>(&'a self, sms: &'a Sms) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(self.hand_over(sms))
    }
}

fn not_now(error: CallError) -> SendError {
    SendError::Temporary(format!("SMSC: {error}"))
}

fn understand(body: &[u8]) -> Result<(), SendError> {
    match serde_json::from_slice::<Answer>(body) {
        Ok(Answer { error_code: Some(code), .. }) => Err(refusal(code)),
        Ok(Answer { id: Some(_), .. }) => Ok(()),
        _ => Err(SendError::Temporary("SMSC answered something else than its protocol".into())),
    }
}

/// The error codes of `send.php`. Temporary if the account's owner can fix the cause or it passes with time: the
/// message then stays queued.
fn refusal(code: u32) -> SendError {
    let (words, error): (_, fn(String) -> SendError) = match code {
        1 => ("wrong parameters", SendError::Permanent),
        2 => ("wrong login, password or sender's network", SendError::Temporary),
        3 => ("not enough money on the account", SendError::Temporary),
        4 => ("this address is blocked for a while", SendError::Temporary),
        5 => ("wrong date", SendError::Permanent),
        6 => ("the text or the sender's name is forbidden", SendError::Permanent),
        7 => ("wrong phone number", SendError::Refused),
        8 => ("this phone cannot be reached", SendError::Refused),
        9 => ("the same message again within a minute, or too many at once", SendError::Temporary),
        _ => ("unknown error", SendError::Temporary),
    };
    error(format!("SMSC error {code}: {words}"))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::{Arc, Mutex};

    use axum::Form;
    use axum::http::StatusCode;
    use axum::routing::post;

    use super::*;

    type Seen = Arc<Mutex<Vec<HashMap<String, String>>>>;

    async fn smsc_server(status: StatusCode, answer: &'static str) -> (String, Seen) {
        let seen = Seen::default();
        let record = seen.clone();
        let handler = move |Form(form): Form<HashMap<String, String>>| {
            record.lock().unwrap().push(form);
            async move { (status, answer) }
        };
        let router = axum::Router::new().route("/sys/send.php", post(handler));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        (url, seen)
    }

    fn gateway(base_url: String) -> Smsc {
        let credentials = SmscCredentials::Password { login: "gas".into(), password: "s3cret".into() };
        Smsc::new(SmscSettings { base_url, credentials, sender: Some("GAS".into()) }).unwrap()
    }

    fn sms() -> Sms {
        Sms { to: "+79021234567".into(), text: "Код 123456\n@kabinet.example #123456".into() }
    }

    #[tokio::test]
    async fn a_message_goes_out_as_a_form_in_utf_8() {
        let (url, seen) = smsc_server(StatusCode::OK, r#"{"id":1,"cnt":1}"#).await;
        gateway(url).send(&sms()).await.unwrap();
        let form = seen.lock().unwrap().pop().unwrap();
        for (name, value) in [
            ("phones", "79021234567"),
            ("mes", "Код 123456\n@kabinet.example #123456"),
            ("fmt", "3"),
            ("charset", "utf-8"),
            ("login", "gas"),
            ("psw", "s3cret"),
            ("sender", "GAS"),
        ] {
            assert_eq!(form.get(name).map(String::as_str), Some(value), "{name}");
        }
    }

    #[tokio::test]
    async fn a_key_goes_out_in_place_of_login_and_password() {
        let (url, seen) = smsc_server(StatusCode::OK, r#"{"id":"abc","cnt":1}"#).await;
        let credentials = SmscCredentials::ApiKey("k".into());
        let gateway = Smsc::new(SmscSettings { base_url: url, credentials, sender: None }).unwrap();
        gateway.send(&sms()).await.unwrap();
        let form = seen.lock().unwrap().pop().unwrap();
        assert_eq!(form.get("apikey").map(String::as_str), Some("k"));
        assert!(!form.contains_key("login") && !form.contains_key("psw") && !form.contains_key("sender"));
    }

    #[test]
    fn each_error_code_is_permanent_or_not() {
        for code in [1, 5, 6] {
            assert!(matches!(refusal(code), SendError::Permanent(_)), "{code}");
        }
        for code in [7, 8] {
            assert!(matches!(refusal(code), SendError::Refused(_)), "{code}");
        }
        for code in [2, 3, 4, 9, 77] {
            assert!(matches!(refusal(code), SendError::Temporary(_)), "{code}");
        }
    }

    #[tokio::test]
    async fn a_refusal_repeats_neither_the_phone_nor_the_password() {
        let (url, _) = smsc_server(StatusCode::OK, r#"{"error":"invalid 79021234567","error_code":7}"#).await;
        let error = gateway(url).send(&sms()).await.unwrap_err();
        assert!(matches!(error, SendError::Refused(_)));
        let text = format!("{error} {error:?}");
        assert!(!text.contains("7902") && !text.contains("s3cret"), "{text}");
    }

    #[tokio::test]
    async fn an_answer_that_makes_no_sense_is_a_temporary_error() {
        for (status, answer) in [
            (StatusCode::OK, "<html>"),
            (StatusCode::OK, r#"{"id":1,"#),
            (StatusCode::OK, "{}"),
            (StatusCode::BAD_GATEWAY, r#"{"id":1,"cnt":1}"#),
        ] {
            let (url, _) = smsc_server(status, answer).await;
            let error = gateway(url).send(&sms()).await.unwrap_err();
            assert!(matches!(error, SendError::Temporary(_)), "{answer}: {error}");
        }
    }

    #[tokio::test]
    async fn a_gateway_that_is_away_or_silent_is_a_temporary_error_without_its_address() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let settings = SmscSettings {
            base_url: format!("http://{address}"),
            credentials: SmscCredentials::ApiKey("k".into()),
            sender: None,
        };
        let gateway = Smsc::with_timeout(settings, Duration::from_millis(100)).unwrap();
        let silent = gateway.send(&sms()).await.unwrap_err();
        assert_eq!(silent.to_string(), "not sent now: SMSC: no answer in time");
        drop(listener);
        let away = gateway.send(&sms()).await.unwrap_err();
        assert!(matches!(away, SendError::Temporary(_)) && !away.to_string().contains("127.0.0.1"), "{away}");
    }
}
