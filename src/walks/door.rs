//! Both callers of an action: the hydrated form, which calls the server function, and the page's own POST. Compares
//! their responses.

use axum::body::Body;
use axum::http::StatusCode;

use super::portal::{Person, Reply};
use crate::api::{ApiError, Outcome};

/// The response to a call of a server function.
#[derive(Debug)]
pub struct CallReply {
    pub reply: Reply,
}

impl CallReply {
    /// The outcome; fails if the function refused the call.
    pub fn outcome(&self) -> Outcome {
        self.reply.is(200);
        serde_json::from_slice(&self.reply.bytes).unwrap_or_else(|error| panic!("{error}: {}", self.reply.text()))
    }

    /// Fails unless the outcome is a next page whose address has this prefix.
    pub fn leads_to(&self, address: &str) -> &Self {
        let outcome = self.outcome();
        assert!(matches!(&outcome, Outcome::Next(to) if to.starts_with(address)), "{outcome:?}, not {address}");
        self
    }

    /// Fails unless the outcome has an error at this field with these words.
    pub fn refuses(&self, field: &str, words: &str) -> &Self {
        let outcome = self.outcome();
        let Outcome::Invalid(errors) = &outcome else { panic!("{outcome:?} has no errors") };
        let fits = errors.iter().any(|error| error.field == field && error.message.contains(words));
        assert!(fits, "no error of {field} with «{words}»: {errors:?}");
        self
    }

    /// Fails unless the function returned this error with its status.
    pub fn fails(&self, error: ApiError) -> &Self {
        let found: ApiError = serde_json::from_slice(&self.reply.bytes).unwrap_or_else(|_| panic!("{:?}", self.reply));
        assert_eq!(found, error);
        assert_ne!(self.reply.status, StatusCode::OK);
        self
    }
}

impl Person<'_> {
    /// Calls a server function as the hydrated form does.
    pub async fn calls(&self, function: &str, fields: &[(&str, &str)]) -> CallReply {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self
            .request("POST", function)
            .header("content-type", "application/x-www-form-urlencoded;charset=UTF-8")
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(body));
        CallReply { reply: self.sends(request.unwrap()).await }
    }

    /// Sends an invalid form both ways: the function rejects the field with these words, and the page shows the same
    /// words with status 422. The form must not count as a try, or the second way would hit the rate limit.
    pub async fn is_refused_both_ways(
        &self,
        (function, page): (&str, &str),
        fields: &[(&str, &str)],
        (field, words): (&str, &str),
    ) {
        self.calls(function, fields).await.refuses(field, words);
        self.posts(page, fields).await.is(422).shows(words).shows(&format!("id=\"{field}-error\""));
    }
}
