//! A page calls a server function: the POST of a page's own address does the same as the hydrated form.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Redirect, Response};
use leptos::prelude::*;
use leptos::reactive::computed::ScopedFuture;
use leptos_axum::ResponseOptions;

use super::{ApiError, Outcome};
use crate::domain::form::FieldError;
use crate::domain::id::AccountId;
use crate::http::Web;
use crate::http::answer::{Answer, Failure};
use crate::http::session::{Door, password_needed, signed_out};

/// How a called function ended.
pub enum Called {
    /// Done: the redirect to the next page, with its cookies.
    Done(Response),
    /// Fields to correct: the page renders its form again with these errors.
    Invalid(Vec<FieldError>),
}

/// Calls a server function for the request of a page.
///
/// # Errors
/// [`Failure`] when the function refused the request or failed.
pub async fn call<F>(web: &Web, parts: &Parts, function: F) -> Result<Called, Failure>
where
    F: Future<Output = Result<Outcome, ApiError>> + Send,
{
    let options = ResponseOptions::default();
    let owner = Owner::new();
    let run = owner.with(|| {
        provide_context(web.clone());
        provide_context(parts.clone());
        provide_context(options.clone());
        ScopedFuture::new(function)
    });
    let outcome = run.await;
    owner.unset_with_forced_cleanup();
    match outcome {
        Ok(Outcome::Next(to)) => {
            let mut response = Redirect::to(&to).into_response();
            if let Ok(mut set) = options.0.write() {
                response.headers_mut().extend(std::mem::take(&mut set.headers));
            }
            Ok(Called::Done(response))
        }
        Ok(Outcome::Invalid(errors)) => Ok(Called::Invalid(errors)),
        Err(error) => Err(failure(error, parts)),
    }
}

impl Called {
    /// The redirect, or the form again: `page` gets the caller, extracted again, and the errors.
    ///
    /// # Errors
    /// [`Failure`] when the extractor refuses the request or the page fails.
    pub async fn or_page<C, P>(self, web: &Web, mut parts: Parts, page: P) -> Answer
    where
        C: FromRequestParts<Web, Rejection = Failure>,
        P: AsyncFnOnce(C, Vec<FieldError>) -> Answer,
    {
        match self {
            Self::Done(response) => Ok(response),
            Self::Invalid(errors) => page(C::from_request_parts(&mut parts, web).await?, errors).await,
        }
    }
}

/// The page's failure for an error of its function.
fn failure(error: ApiError, parts: &Parts) -> Failure {
    let path = parts.uri.path();
    match error {
        ApiError::SignedOut if path.starts_with("/console") => signed_out(parts, Door::Console),
        ApiError::SignedOut => signed_out(parts, Door::Portal),
        ApiError::PasswordNeeded => password_needed(parts),
        ApiError::NotFound => Failure::NotFound,
        ApiError::Closed => account_of(path).map_or(Failure::NotFound, Failure::Closed),
        ApiError::Busy => Failure::Busy,
        ApiError::BadRequest => Failure::BadRequest,
        ApiError::Internal | ApiError::NoAnswer => Failure::Logged,
    }
}

/// The account in an address such as `/accounts/{id}/receipt`.
fn account_of(path: &str) -> Option<AccountId> {
    path.strip_prefix("/accounts/")?.split('/').next().and_then(|id| AccountId::parse(id).ok())
}
