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
    /// Anything else, also a lost connection.
    Internal,
}

impl FromServerFnError for ApiError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(_error: ServerFnErrorErr) -> Self {
        Self::Internal
    }
}

/// Who asks, and what answers: the server provides both to every call.
#[cfg(feature = "ssr")]
struct Asked {
    web: crate::http::Web,
    user: Option<crate::domain::id::UserId>,
}

#[cfg(feature = "ssr")]
async fn asked() -> Result<Asked, ApiError> {
    let web = use_context::<crate::http::Web>().ok_or(ApiError::Internal)?;
    let headers = use_context::<axum::http::HeaderMap>().ok_or(ApiError::Internal)?;
    let user = crate::http::session::current_user(&web, &headers).await.map_err(|_| ApiError::Internal)?;
    Ok(Asked { web, user })
}

/// Logs what nobody at the other end can mend; the answer tells nothing of it.
#[cfg(feature = "ssr")]
fn failed(fault: crate::service::Fault) -> ApiError {
    tracing::error!(cause = crate::telemetry::chain(&fault), "an island's question failed");
    ApiError::Internal
}
