//! What an open page asks of the server: an island, or `site.js`. Each function is a public endpoint: it checks who asks
//! by itself, answers with a closed error and tells nothing of another's things. Both only read, so they are GET.

mod browser;
pub mod payments;
pub mod providers;

use leptos::prelude::*;
use leptos::server_fn::codec::JsonEncoding;
use serde::{Deserialize, Serialize};

/// Why the server did not answer. Closed and without free text: it may travel in an address.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum ApiError {
    /// Nobody is signed in any more.
    SignedOut,
    /// Not there, or not theirs.
    NotFound,
    /// Too many questions; ask later.
    Busy,
    /// The question cannot be read: a field is missing, or is not what it should be.
    BadRequest,
    /// Anything else, also a lost connection.
    Internal,
}

impl FromServerFnError for ApiError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        let is_unreadable = matches!(
            error,
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Deserialization(_)
        );
        if is_unreadable { Self::BadRequest.with_status() } else { Self::Internal.with_status() }
    }
}

/// Who asks, and what answers: the server provides both to every call.
#[cfg(feature = "ssr")]
struct Asked {
    web: crate::http::Web,
    user: crate::domain::id::UserId,
}

#[cfg(feature = "ssr")]
impl ApiError {
    const fn status(self) -> axum::http::StatusCode {
        use axum::http::StatusCode;
        match self {
            Self::SignedOut => StatusCode::UNAUTHORIZED,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl ApiError {
    /// Sets the status of the answer. Server functions answer every error with 500; an ordinary refusal has a status of its
    /// own, so that monitoring does not take it for a failure.
    #[cfg(feature = "ssr")]
    fn with_status(self) -> Self {
        if let Some(options) = use_context::<leptos_axum::ResponseOptions>() {
            options.set_status(self.status());
        }
        self
    }

    /// The browser has no answer to set a status of.
    #[cfg(not(feature = "ssr"))]
    const fn with_status(self) -> Self {
        self
    }
}

/// Answers a question of a signed-in user.
#[cfg(feature = "ssr")]
async fn answer<T, W: Future<Output = Result<T, ApiError>>>(work: impl FnOnce(Asked) -> W) -> Result<T, ApiError> {
    let result = match asked().await {
        Ok(asked) => work(asked).await,
        Err(refused) => Err(refused),
    };
    result.map_err(ApiError::with_status)
}

#[cfg(feature = "ssr")]
async fn asked() -> Result<Asked, ApiError> {
    let web = use_context::<crate::http::Web>().ok_or(ApiError::Internal)?;
    let headers = use_context::<axum::http::HeaderMap>().ok_or(ApiError::Internal)?;
    let user = crate::http::session::current_user(&web, &headers).await.map_err(|_| ApiError::Internal)?;
    let user = user.ok_or(ApiError::SignedOut)?;
    Ok(Asked { web, user })
}

/// Logs what nobody at the other end can mend; the answer tells nothing of it.
#[cfg(feature = "ssr")]
fn failed(fault: crate::service::Fault) -> ApiError {
    tracing::error!(cause = crate::telemetry::chain(&fault), "an island's question failed");
    ApiError::Internal
}
