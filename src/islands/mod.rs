//! The only interactive code that is shipped as WebAssembly. Every island is rendered by the server first and works
//! as a plain form without it. May import `domain`, `components`, `api`. No regular expressions, no router, no
//! resources: every kilobyte is paid by a phone. No secret and no personal data in props.

mod amount;
mod provider_combobox;

pub use amount::{AmountField, QuickSum, amount_error_words};
pub use provider_combobox::ProviderCombobox;
