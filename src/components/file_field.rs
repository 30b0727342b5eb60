//! The field of a file.

use leptos::prelude::*;

use super::field::Surround;

/// A file to send, of a plain form with `enctype="multipart/form-data"`. A phone offers its camera.
///
/// ```
/// # use kabinet::components::*;
/// # use leptos::prelude::*;
/// # let _ = |errors: Vec<FieldError>| view! {
/// <FileField id="photo" label="Снимок счётчика" hint="До 10 МБ." accept="image/jpeg"
///     error=error_of(&errors, "photo")/>
/// # };
/// ```
#[component]
pub fn FileField(
    /// Its id and name.
    id: &'static str,
    /// Its label.
    #[prop(into)]
    label: String,
    /// What may be sent.
    #[prop(into)]
    hint: String,
    /// The content types that the browser offers.
    accept: &'static str,
    /// What is wrong.
    #[prop(optional_no_strip)]
    error: Option<String>,
) -> impl IntoView {
    let surround = Surround { id: id.into(), label, optional: false, hint: Some(hint), error, aside: None };
    let (described_by, invalid) = (surround.described_by(), surround.invalid());
    surround.around(view! {
        <input
            class="input"
            type="file"
            id=id
            name=id
            accept=accept
            capture="environment"
            required
            aria-describedby=described_by
            aria-invalid=invalid
        />
    })
}
