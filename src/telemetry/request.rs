//! The request under way: what every line of its log carries.

use std::cell::RefCell;
use std::future::Future;

use tracing::Instrument as _;

/// What is known of a request. The person is known once the session was found.
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
    /// A request from an address.
    pub fn new(id: String, address: String) -> Self {
        Self { id, address, ..Self::default() }
    }

    /// The user who asks, by identifier.
    pub fn user_id(&self) -> Option<&str> {
        self.user_id.as_deref()
    }

    /// The operator who asks, by identifier.
    pub fn operator_id(&self) -> Option<&str> {
        self.operator_id.as_deref()
    }
}

tokio::task_local! {
    static CURRENT: RefCell<RequestContext>;
}

/// Answers a request within its context; returns the context as it is at the end.
pub async fn within<T>(context: RequestContext, work: impl Future<Output = T>) -> (T, RequestContext) {
    let span = tracing::info_span!(
        "request",
        request.id = context.id,
        client.address = context.address,
        user.id = tracing::field::Empty,
        operator.id = tracing::field::Empty
    );
    let both = async {
        let done = work.await;
        (done, CURRENT.with(|current| current.borrow().clone()))
    };
    CURRENT.scope(RefCell::new(context), both.instrument(span)).await
}

/// The id of the request under way; `None` in a command or a job.
pub fn request_id() -> Option<String> {
    CURRENT.try_with(|current| current.borrow().id.clone()).ok()
}

/// The request under way.
pub(super) fn current() -> Option<RequestContext> {
    CURRENT.try_with(|current| current.borrow().clone()).ok()
}

/// The session is of this user.
pub fn note_user(id: &str) {
    let _ = CURRENT.try_with(|current| current.borrow_mut().user_id = Some(id.to_owned()));
    tracing::Span::current().record("user.id", id);
}

/// The session is of this operator.
pub fn note_operator(id: &str) {
    let _ = CURRENT.try_with(|current| current.borrow_mut().operator_id = Some(id.to_owned()));
    tracing::Span::current().record("operator.id", id);
}
