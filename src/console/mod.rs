//! The operators' pages: their own sign-in, the queue of PIN requests, feedback, photos of meters. The use case that performs an
//! operator's action writes it to the audit trail.
//!
//! May import `domain`, `components`, `islands`, `api`, `pages` (pieces of views), `service`, `http`.

pub mod account;
pub mod announcements;
pub mod events;
pub mod feedback;
pub mod instalments;
pub mod photos;
pub mod pin_requests;
pub mod second_factor;
pub mod sign_in;
#[cfg(test)]
mod tests;

use axum::Router;
use axum::response::Redirect;
use axum::routing::get;

pub use crate::api::console::HOME;
use crate::http::Web;

/// Every page of the console.
pub fn router() -> Router<Web> {
    Router::new()
        .route("/console", get(|| async { Redirect::to(HOME) }))
        .merge(sign_in::router())
        .merge(second_factor::router())
        .merge(pin_requests::router())
        .merge(feedback::router())
        .merge(announcements::router())
        .merge(instalments::router())
        .merge(account::router())
        .merge(events::router())
        .merge(photos::router())
}
