//! The server's half of every function: the caller, the answer's status and cookies, internal errors.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;

use super::{ApiError, Outcome, words};
use crate::components::NoticeKind;
use crate::domain::session::Session;
use crate::http::Web;
use crate::http::account::OfAccount;
use crate::http::answer::{Failure, count_busy, incident_number, write_flash};
use crate::http::session::{AtMoney, Entry, SignedIn, Staff};
use crate::service::refused::Refused;
use crate::service::{Fault, Services, sessions};
use crate::telemetry;

impl ApiError {
    const fn status(self) -> StatusCode {
        match self {
            Self::SignedOut | Self::PasswordNeeded => StatusCode::UNAUTHORIZED,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Closed => StatusCode::FORBIDDEN,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::Internal | Self::NoAnswer => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Sets the status of the response. Server functions answer every error with 500; a refusal gets its own status, so
    /// that monitoring does not count it as a failure.
    pub(super) fn with_status(self) -> Self {
        if let Some(options) = use_context::<ResponseOptions>() {
            options.set_status(self.status());
        }
        self
    }
}

/// The caller of a function, by the same extractor that a page uses: a guest's visit, a user, an operator.
///
/// # Errors
/// [`ApiError`] when the extractor refuses the request.
pub(crate) async fn caller<C: FromRequestParts<Web, Rejection = Failure> + Send>() -> Result<C, ApiError> {
    let web = use_context::<Web>().ok_or(ApiError::Internal)?;
    let mut parts = use_context::<Parts>().ok_or(ApiError::Internal)?;
    C::from_request_parts(&mut parts, &web).await.map_err(refused)
}

/// The caller of a function about the account of its form, with the proof of access.
///
/// # Errors
/// [`ApiError`] without a session, or without that access to the account.
pub(crate) async fn caller_of<A: OfAccount>(account_id: &str) -> Result<A, ApiError> {
    let AtMoney(signed_in) = caller().await?;
    A::of(signed_in, account_id).await.map_err(refused)
}

/// The API error of a failure that a page would render as a page.
pub(crate) fn refused(failure: Failure) -> ApiError {
    match failure {
        Failure::NotFound => ApiError::NotFound,
        Failure::Closed(_) => ApiError::Closed,
        Failure::SignedOut(_) => ApiError::SignedOut,
        Failure::PasswordNeeded(_) => ApiError::PasswordNeeded,
        Failure::BadRequest => ApiError::BadRequest,
        Failure::Fault(fault) => return failed(fault),
        Failure::Busy => ApiError::Busy,
        Failure::Logged => ApiError::Internal,
    }
    .with_status()
}

/// Logs an internal error once, with its causes, under the number of the request. The response carries no details.
pub(crate) fn failed(fault: impl Into<Fault>) -> ApiError {
    let error = match fault.into() {
        Fault::Busy => {
            count_busy();
            ApiError::Busy
        }
        fault => {
            let (incident, cause) = (incident_number(), telemetry::chain(&fault));
            tracing::error!(incident, cause, "a server function failed");
            ApiError::Internal
        }
    };
    error.with_status()
}

/// The answer to a refused use case: an internal error fails, a reached limit is an error of `field`, and `this` turns
/// the error that the person can correct into an outcome.
///
/// # Errors
/// [`ApiError`] on an internal error, or when `this` returns one.
pub(crate) fn refusal<E>(
    refused: Refused<E>,
    field: &'static str,
    this: impl FnOnce(E) -> Result<Outcome, ApiError>,
) -> Result<Outcome, ApiError> {
    match refused {
        Refused::This(error) => this(error),
        Refused::TooOften(limit) => Ok(Outcome::no_mistake(field, words::WAIT, words::too_often(limit))),
        Refused::Fault(fault) => Err(failed(fault)),
    }
}

/// A caller whose session can store a message for the next page.
pub(crate) trait HasSession {
    /// Use cases and the session.
    fn session(&self) -> (&Services, &Session);
}

impl HasSession for SignedIn {
    fn session(&self) -> (&Services, &Session) {
        (self.services(), &self.session)
    }
}

impl HasSession for Staff {
    fn session(&self) -> (&Services, &Session) {
        (&self.web.services, &self.session)
    }
}

/// Done: the next page shows a message.
///
/// # Errors
/// [`ApiError::Internal`] when the message cannot be stored.
pub(crate) async fn done(
    caller: &impl HasSession,
    to: impl Into<String>,
    kind: NoticeKind,
    text: &str,
) -> Result<Outcome, ApiError> {
    let (services, session) = caller.session();
    flash(services, session, kind, text).await?;
    Ok(Outcome::Next(to.into()))
}

/// Stores a message for the next page of a session.
///
/// # Errors
/// [`ApiError::Internal`] when the message cannot be stored.
pub(crate) async fn flash(
    services: &Services,
    session: &Session,
    kind: NoticeKind,
    text: &str,
) -> Result<(), ApiError> {
    sessions::leave_flash(services, session, &write_flash(kind, text)).await.map_err(failed)
}

/// Done: the browser gets the cookies of its new session.
pub(crate) fn entered(entry: Entry) -> Outcome {
    if let Some(options) = use_context::<ResponseOptions>() {
        for (name, value) in entry.cookies {
            options.append_header(name, value);
        }
    }
    Outcome::Next(entry.to)
}
