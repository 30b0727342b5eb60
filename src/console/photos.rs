//! `/console/photos/{reading}`: the photo that proves a sent reading, for an operator of its provider.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;

use crate::domain::id::SentReadingId;
use crate::http::Web;
use crate::http::answer::{Answer, Failure};
use crate::http::session::Staff;
use crate::pages::readings::photo::answer;
use crate::service::photos;

/// The route of this screen.
pub fn router() -> Router<Web> {
    Router::new().route("/console/photos/{reading}", get(show))
}

async fn show(staff: Staff, Path(reading): Path<String>) -> Answer {
    let id = SentReadingId::parse(&reading).map_err(|_| Failure::NotFound)?;
    let photo = photos::show_to_operator(&staff.web.services, &staff.scope, &id, &staff.visitor).await?;
    Ok(answer(photo.ok_or(Failure::NotFound)?))
}
