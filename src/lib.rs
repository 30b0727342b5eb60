//! Kabinet: the personal account of a utility's subscribers.
//!
//! The rooms (modules) and their allowed imports; `tests/rooms.rs` checks the table, `docs/ARCHITECTURE.md` explains
//! it.
//!
//! | room | contents | may import |
//! |---|---|---|
//! | `domain` | types, rules, state machines | — |
//! | `components` | stateless pieces of a view | `domain` |
//! | `islands` | the only interactive code shipped as WebAssembly | `domain`, `components`, `api` |
//! | `api` | server functions, one per action; pages call them too | `domain`; on the server `components`, `service`, `http` |
//! | `pages` | screens, one per file: its handlers and its view | `domain`, `components`, `islands`, `api`, `service`, `http` |
//! | `console` | the operators' screens | `domain`, `components`, `islands`, `api`, `pages`, `service`, `http` |
//! | `service` | use cases; each opens and commits its transaction | `domain`, `storage`, `gateway`, `document`, `exchange`, `clock` |
//! | `storage` | all SQL | `domain`, `clock` |
//! | `gateway` | mail, SMS, pushes, acquirer: traits, adapters, test doubles | `domain` |
//! | `document` | receipts, statements and certificates on paper, the payment QR | `domain` |
//! | `exchange` | registries: readers and writers, streamed | `domain` |
//! | `worker` | notices, outbox, reconciliation, expiry | `service`, `domain`, `clock` |
//! | `http` | sessions, CSRF, headers, limits, assets, the shell of a page, its theme | `domain`, `components`, `service`, `gateway`, `clock` |
//! | `test_bank` | the embedded acquirer and the demo mailbox | `domain`, `components`, `gateway`, `storage`, `http`, `clock` |
//! | `demo_town` | the demo's invented town as exchange files | `domain`, `exchange` |
//! | `app` | every route and the layers around them | everything |
//! | `cli` | commands; the composition root | everything |

#![cfg_attr(
    test,
    expect(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        clippy::format_collect,
        clippy::format_push_string,
        clippy::missing_panics_doc,
        reason = "the numbers and texts of a test are small, and its helpers fail by panicking"
    )
)]

pub mod api;
pub mod components;
pub mod domain;
pub mod islands;

#[cfg(feature = "ssr")]
pub mod app;
#[cfg(feature = "ssr")]
pub mod cli;
#[cfg(feature = "ssr")]
pub mod clock;
#[cfg(feature = "ssr")]
pub mod config;
#[cfg(feature = "ssr")]
pub mod console;
#[cfg(feature = "ssr")]
pub mod demo_town;
#[cfg(feature = "ssr")]
pub mod document;
#[cfg(feature = "ssr")]
pub mod exchange;
#[cfg(feature = "ssr")]
pub mod gateway;
#[cfg(feature = "ssr")]
pub mod http;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod service;
#[cfg(feature = "ssr")]
pub mod storage;
#[cfg(feature = "ssr")]
pub mod telemetry;
#[cfg(feature = "ssr")]
pub mod test_bank;
#[cfg(all(test, feature = "ssr"))]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod walks;
#[cfg(feature = "ssr")]
pub mod worker;

/// Prepares the islands of a page for hydration; the page's script calls it after the WebAssembly is loaded.
#[cfg(all(feature = "hydrate", target_arch = "wasm32"))]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}

/// Ends the hydration of a page; the page's script calls it after all islands are hydrated.
#[cfg(all(feature = "hydrate", target_arch = "wasm32"))]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn after_hydration() {
    islands::after_hydration();
}
