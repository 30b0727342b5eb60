//! Captures the log of the current thread, for tests.

use std::io;
use std::sync::{Arc, Mutex, Once};

use serde_json::Value;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{DefaultGuard, Interest};
use tracing::{Event, Metadata, Subscriber};

/// A subscriber that writes nothing. Tests run in parallel, and `tracing` caches per call site whether any subscriber
/// is interested: without this one, a call site that runs first in a test without a log stays silent in all others.
struct Idle;

impl Subscriber for Idle {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        false
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

fn install_idle() {
    static ONCE: Once = Once::new();
    // Fails if a test has already installed the real log: that subscriber is interested as well.
    ONCE.call_once(|| drop(tracing::subscriber::set_global_default(Idle)));
}

/// The lines logged since the test began to listen.
#[derive(Clone, Default)]
pub struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    /// Captures the JSON lines that pass a filter, until the guard is dropped.
    pub fn listen(filter: &str) -> (Self, DefaultGuard) {
        install_idle();
        let kept = Self::default();
        let writer = kept.clone();
        let lines = super::json(filter.parse().unwrap(), move || writer.clone());
        (kept, tracing::subscriber::set_default(lines))
    }

    /// Captures text lines.
    pub fn listen_to_text(filter: &str) -> (Self, DefaultGuard) {
        install_idle();
        let kept = Self::default();
        let writer = kept.clone();
        let lines = super::text(filter.parse().unwrap(), move || writer.clone(), false);
        (kept, tracing::subscriber::set_default(lines))
    }

    /// The text logged so far.
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// The lines so far, as objects, and clears them.
    pub fn take(&self) -> Vec<Value> {
        let text = String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"))).collect()
    }
}

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
