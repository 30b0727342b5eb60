//! Unique ids within one page.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use leptos::prelude::*;

/// Numbers elements that a page may show several times (hints, charts), so that ids are unique. The shell provides it.
#[derive(Clone, Debug, Default)]
pub struct PageIds(Arc<AtomicU32>);

impl PageIds {
    /// An id that begins with `word` and is unique in the page.
    pub fn next(word: &str) -> String {
        let number = use_context::<Self>().unwrap_or_default().0.fetch_add(1, Ordering::Relaxed);
        format!("{word}-{number}")
    }
}
