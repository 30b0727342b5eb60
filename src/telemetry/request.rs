//! The context of the current request: the fields of all its log lines.

use std::cell::RefCell;
use std::future::Future;

use tracing::{Instrument as _, Span};

/// Data about a request. The person is set after the session is loaded.
#[derive(Clone, Default)]
pub struct RequestContext {
    /// 128 random bits.
    pub id: String,
    /// The network address of the visitor.
    pub address: String,
    user_id: Option<String>,
    operator_id: Option<String>,
}

impl RequestContext {
    /// A request from an address, before its session is loaded.
    pub fn new(id: String, address: String) -> Self {
        Self { id, address, ..Self::default() }
    }

    /// The signed-in user's identifier.
    pub fn user_id(&self) -> Option<&str> {
        self.user_id.as_deref()
    }

    /// The signed-in operator's identifier.
    pub fn operator_id(&self) -> Option<&str> {
        self.operator_id.as_deref()
    }
}

struct Current {
    context: RefCell<RequestContext>,
    span: Span,
}

tokio::task_local! {
    static CURRENT: Current;
}

/// Handles a request within its context; returns the final context too.
pub async fn within<T>(context: RequestContext, work: impl Future<Output = T>) -> (T, RequestContext) {
    // At level `ERROR`, so that a filter for errors only keeps the request's id in their lines.
    let span = tracing::error_span!(
        "request",
        request.id = context.id,
        client.address = context.address,
        user.id = tracing::field::Empty,
        operator.id = tracing::field::Empty
    );
    let current = Current { context: RefCell::new(context), span: span.clone() };
    let both = async {
        let done = work.await;
        (done, CURRENT.with(|current| current.context.borrow().clone()))
    };
    CURRENT.scope(current, both.instrument(span)).await
}

/// Wraps work for another thread so that its log lines have the request's id too.
pub fn carried<T>(work: impl FnOnce() -> T) -> impl FnOnce() -> T {
    let span = Span::current();
    move || span.in_scope(work)
}

/// The id of the current request; `None` in a command or a job.
pub fn request_id() -> Option<String> {
    CURRENT.try_with(|current| current.context.borrow().id.clone()).ok()
}

/// Records the session's user in the log context.
pub fn note_user(id: &str) {
    note("user.id", id, |context| &mut context.user_id);
}

/// Records the session's operator in the log context.
pub fn note_operator(id: &str) {
    note("operator.id", id, |context| &mut context.operator_id);
}

/// The text formatter appends recorded fields, so each identifier is recorded only once.
fn note(field: &'static str, id: &str, place: impl FnOnce(&mut RequestContext) -> &mut Option<String>) {
    let _ = CURRENT.try_with(|current| {
        let before = place(&mut current.context.borrow_mut()).replace(id.to_owned());
        if before.as_deref() != Some(id) {
            current.span.record(field, id);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::super::kept::Kept;
    use super::*;

    fn context() -> RequestContext {
        RequestContext::new("request-one".into(), "192.0.2.1".into())
    }

    #[tokio::test]
    async fn a_filter_of_errors_keeps_the_id_of_the_request() {
        let (kept, _guard) = Kept::listen("error");
        within(context(), async { tracing::error!("failed") }).await;
        assert_eq!(kept.take()[0]["request.id"], "request-one");
    }

    #[tokio::test]
    async fn a_line_of_an_inner_span_or_of_another_thread_has_the_id_of_the_request() {
        let (kept, _guard) = Kept::listen("info");
        let dispatch = tracing::dispatcher::get_default(Clone::clone);
        within(context(), async {
            tracing::info_span!("inner", step = 1).in_scope(|| tracing::info!("within a span"));
            let work = carried(|| tracing::info!("on another thread"));
            std::thread::scope(|scope| {
                scope.spawn(|| tracing::dispatcher::with_default(&dispatch, work));
            });
        })
        .await;
        let lines = kept.take();
        assert_eq!((lines.len(), &lines[0]["step"]), (2, &1.into()));
        assert!(lines.iter().all(|line| line["request.id"] == "request-one"), "{lines:?}");
    }

    #[tokio::test]
    async fn a_person_who_is_noted_twice_is_in_a_line_of_text_once() {
        let (kept, _guard) = Kept::listen_to_text("info");
        within(context(), async {
            note_user("user-one");
            note_user("user-one");
            tracing::info!("known");
        })
        .await;
        let text = kept.text();
        assert_eq!(text.matches("user-one").count(), 1, "{text}");
        assert!(text.contains("request-one") && !text.contains('\u{1b}'), "{text}");
    }
}
