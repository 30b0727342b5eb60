//! Server functions, one per action: the only way to an action for the hydrated form and for the page's own POST.
//!
//! A function finds the caller, calls one use case, turns refusals into [`Outcome::Invalid`] and success into
//! [`Outcome::Next`]. Each is a public endpoint: it checks access by itself, its errors are a closed enum, and an error
//! reveals nothing about other people's data. A page calls a function by `call`.

#![expect(missing_docs, reason = "`#[server]` makes fields of the arguments; the docs of the function describe them")]

mod browser;
pub mod calendar;
#[cfg(feature = "ssr")]
pub mod call;
pub mod console;
pub mod feedback;
pub mod instalments;
pub mod links;
pub mod notices;
pub mod paperless;
pub mod payments;
pub mod pins;
pub mod providers;
pub mod readings;
pub mod receipts;
pub mod recovery;
pub mod registration;
#[cfg(feature = "ssr")]
mod server;
pub mod settings;
pub mod sign_in;
#[cfg(feature = "ssr")]
pub mod words;

#[cfg(target_arch = "wasm32")]
pub(crate) use browser::{NotDone, fields, post};
#[cfg(feature = "ssr")]
pub(crate) use server::{caller, caller_of, done, entered, failed, flash, refusal, refused};

use leptos::prelude::*;
use leptos::server_fn::codec::JsonEncoding;
use serde::{Deserialize, Serialize};

pub use crate::domain::form::Outcome;

/// Why a server function has no result. Closed and without free text.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum ApiError {
    /// No session, or it ended.
    SignedOut,
    /// The action needs a password entered just now.
    PasswordNeeded,
    /// Does not exist, or is not the caller's.
    NotFound,
    /// Closed in lite access.
    Closed,
    /// Too many requests at this moment; a later one succeeds.
    Busy,
    /// A field is missing, or malformed in a way that no page of the portal sends.
    BadRequest,
    /// An internal error; the server logged it.
    Internal,
    /// No response came: the browser reports it, the server never does.
    NoAnswer,
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

impl ApiError {
    /// In the browser there is no response to set the status of.
    #[cfg(not(feature = "ssr"))]
    const fn with_status(self) -> Self {
        self
    }
}
