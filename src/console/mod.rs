//! The operators' pages: a door of their own, the queue of PIN requests, feedback. What an operator does is written to
//! the audit trail by the use case that does it.
//!
//! May import `domain`, `components`, `pages` (words and pieces of views), `service`, `http`.

pub mod account;
pub mod events;
pub mod feedback;
pub mod pin_requests;
pub mod second_factor;
pub mod sign_in;
#[cfg(test)]
mod tests;

use axum::Router;
use axum::response::Redirect;
use axum::routing::get;

use crate::http::Web;

/// Where an operator lands: the work that people wait for.
pub const HOME: &str = "/console/pin-requests";

/// Every page of the console.
pub fn router() -> Router<Web> {
    Router::new()
        .route("/console", get(|| async { Redirect::to(HOME) }))
        .merge(sign_in::router())
        .merge(second_factor::router())
        .merge(pin_requests::router())
        .merge(feedback::router())
        .merge(account::router())
        .merge(events::router())
}
