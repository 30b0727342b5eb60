//! The navigation of an error page: that of the person whose session the request carries.

use axum::extract::{FromRequestParts as _, Request};
use axum::http::HeaderValue;
use axum::http::header::COOKIE;

use super::Web;
use super::session::{Staff, Visit};
use super::shell::Nav;

/// The parts of a request that tell its person, kept while a handler consumes the request.
pub struct Caller {
    cookies: Option<HeaderValue>,
    is_at_console: bool,
}

impl Caller {
    /// Keeps the parts of a request.
    pub fn of(request: &Request) -> Self {
        Self {
            cookies: request.headers().get(COOKIE).cloned(),
            is_at_console: request.uri().path().starts_with("/console"),
        }
    }

    /// The person's navigation; that of a guest without a session, and when the session cannot be read.
    pub async fn nav(self, web: &Web) -> Nav {
        let nobody = if self.is_at_console { Nav::ConsoleDoor } else { Nav::Guest };
        let Some(cookies) = self.cookies else { return nobody };
        let mut request = Request::new(());
        request.headers_mut().insert(COOKIE, cookies);
        let (mut parts, ()) = request.into_parts();
        if self.is_at_console {
            let staff = Staff::from_request_parts(&mut parts, web).await;
            return staff.map_or(nobody, |staff| Nav::Operator { name: staff.operator.name });
        }
        Visit::from_request_parts(&mut parts, web).await.map_or(nobody, |visit| visit.nav())
    }
}
