//! The only interactive code that is shipped as WebAssembly. Every island is first rendered by the server and works as
//! a plain form without it. May import `domain`, `components`, `api`. No regular expressions, no router, no resources:
//! every kilobyte is downloaded by a phone. No secret and no personal data in props.

mod amount;
#[cfg(target_arch = "wasm32")]
mod field_error;
#[cfg(target_arch = "wasm32")]
mod form_in_browser;
mod payment_watch;
mod provider_combobox;
mod server_form;
#[cfg(target_arch = "wasm32")]
mod typing;

/// Runs after all islands of a page are hydrated: restores typed text that a session's end interrupted.
#[cfg(target_arch = "wasm32")]
pub(crate) fn after_hydration() {
    form_in_browser::restore_typed();
}

pub use amount::{AmountField, QuickSum};
pub use payment_watch::PaymentWatch;
pub use provider_combobox::ProviderCombobox;
pub use server_form::ServerForm;
