//! The only interactive code that is shipped as WebAssembly. Every island is rendered by the server first and works
//! as a plain form without it. May import `domain`, `components`, `api`. No regular expressions, no router, no
//! resources: every kilobyte is paid by a phone. No secret and no personal data in props.

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

/// What follows the hydration of all islands of a page: typed text that a session's end interrupted comes back.
#[cfg(target_arch = "wasm32")]
pub(crate) fn after_hydration() {
    form_in_browser::restore_typed();
}

pub use amount::{AmountField, QuickSum, amount_error_words};
pub use payment_watch::PaymentWatch;
pub use provider_combobox::ProviderCombobox;
pub use server_form::ServerForm;
