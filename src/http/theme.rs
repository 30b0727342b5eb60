//! The provider's theme: name, logo and accent colour, from the settings.
//!
//! The style sheet has one accent for each scheme. A provider gives one colour; it is used unchanged on light grounds,
//! and rejected if text in it is not readable there. For dark grounds, pressed and pale states it is made lighter or
//! darker with the same hue, by which people recognise a brand. Imports only its own submodules and `http`.

mod accent;
mod logo;

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use self::accent::{Accent, CONTRAST_LEAST};
pub use self::logo::{LOGO_HEIGHT, Logo};
use super::Web;
use super::answer::{Answer, Failure};
use super::assets;

/// The product's own name.
pub const NAME: &str = "Кабинет";
/// Longest name beside the logo, in characters: a phone shows no more in one line.
pub const MAX_NAME: usize = 30;
/// SVG pictures run no script and load nothing, also when opened directly.
const LOGO_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
const STYLE_ADDRESS: &str = "/theme.css";
const MANIFEST_ADDRESS: &str = "/theme/manifest.webmanifest";
/// The product's own manifest, which a theme changes.
const MANIFEST: &str = "manifest.webmanifest";

/// Why a theme cannot be used.
#[derive(Debug, Error)]
pub enum ThemeError {
    /// Empty, or longer than [`MAX_NAME`].
    #[error("theme.name: write 1 to {MAX_NAME} characters")]
    Name,
    /// Not a colour.
    #[error("theme.accent: write a colour as #rrggbb, such as #0b5a6e")]
    NoColour,
    /// Text in it is not readable.
    #[error(
        "theme.accent: {given} on the portal's light grounds has a contrast of {contrast:.1}, and text needs \
         {CONTRAST_LEAST}; the same colour, dark enough: {instead}"
    )]
    TooPale {
        /// The colour.
        given: String,
        /// Its contrast.
        contrast: f32,
        /// The nearest readable colour.
        instead: String,
    },
    /// The file of the logo cannot be used.
    #[error("theme.logo_file: {path}: {problem}")]
    Logo {
        /// The file.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
}

/// The theme, as every page needs it. Cheap to clone.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Theme {
    /// The name beside the logo and in every title.
    pub name: Arc<str>,
    style: Option<Arc<File>>,
    logo: Option<Arc<Logo>>,
    manifest: Option<Arc<File>>,
}

/// A file that a theme adds to those of the site.
#[derive(Debug, Eq, PartialEq)]
struct File {
    bytes: Bytes,
    kind: &'static str,
    version: String,
    /// With the version in its query.
    address: String,
}

impl Default for Theme {
    fn default() -> Self {
        Self { name: NAME.into(), style: None, logo: None, manifest: None }
    }
}

impl Theme {
    /// The theme from the settings; missing values are the product's own.
    ///
    /// # Errors
    /// [`ThemeError`] when a value cannot be used; it says what to write instead.
    pub fn new(name: Option<&str>, accent: Option<&str>, logo: Option<&Path>) -> Result<Self, ThemeError> {
        let name = name.unwrap_or(NAME).trim();
        if name.is_empty() || name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
            return Err(ThemeError::Name);
        }
        let accent = accent.map(Accent::parse).transpose()?;
        let logo = logo.map(Logo::read).transpose()?;
        let style = accent.map(|accent| Arc::new(sheet(accent)));
        let mut theme = Self { name: name.into(), style, logo: logo.map(Arc::new), manifest: None };
        if !theme.is_default() {
            theme.manifest = manifest(name, accent, theme.logo()).map(Arc::new);
        }
        Ok(theme)
    }

    /// Whether all of it is the product's own.
    pub fn is_default(&self) -> bool {
        *self.name == *NAME && self.style.is_none() && self.logo.is_none()
    }

    /// The address of the style sheet that overrides the accent, if any.
    pub fn style(&self) -> Option<&str> {
        self.style.as_ref().map(|style| style.address.as_str())
    }

    /// The provider's logo, if any.
    pub fn logo(&self) -> Option<&Logo> {
        self.logo.as_deref()
    }

    /// The address of the provider's logo, if it can serve as an icon.
    pub fn icon(&self) -> Option<&str> {
        self.logo().filter(|logo| logo.is_icon()).map(Logo::address)
    }

    /// The address of the web manifest with the theme's name, if it differs from the product's own.
    pub fn manifest(&self) -> Option<&str> {
        self.manifest.as_ref().map(|manifest| manifest.address.as_str())
    }
}

/// The routes of the theme's files.
pub fn router() -> Router<Web> {
    Router::new()
        .route(STYLE_ADDRESS, get(style))
        .route(logo::LOGO_ADDRESS, get(logo))
        .route(MANIFEST_ADDRESS, get(manifest_file))
}

async fn style(State(web): State<Web>, RawQuery(query): RawQuery) -> Answer {
    let style = web.site.theme.style.as_ref().ok_or(Failure::NotFound)?;
    Ok(style.answer(query.as_deref()))
}

async fn logo(State(web): State<Web>, RawQuery(query): RawQuery) -> Answer {
    let logo = web.site.theme.logo.as_ref().ok_or(Failure::NotFound)?;
    Ok(([(CONTENT_SECURITY_POLICY, LOGO_POLICY)], logo.file.answer(query.as_deref())).into_response())
}

async fn manifest_file(State(web): State<Web>, RawQuery(query): RawQuery) -> Answer {
    let manifest = web.site.theme.manifest.as_ref().ok_or(Failure::NotFound)?;
    Ok(manifest.answer(query.as_deref()))
}

impl File {
    fn new(address: &str, kind: &'static str, bytes: Bytes) -> Self {
        let version = assets::version(&Sha256::digest(&bytes));
        Self { address: format!("{address}?v={version}"), kind, version, bytes }
    }

    fn answer(&self, query: Option<&str>) -> Response {
        let caching = assets::caching(query, &self.version);
        ([(CONTENT_TYPE, HeaderValue::from_static(self.kind)), (CACHE_CONTROL, caching)], self.bytes.clone())
            .into_response()
    }
}

fn sheet(accent: Accent) -> File {
    File::new(STYLE_ADDRESS, assets::content_type(STYLE_ADDRESS), accent.css().into())
}

/// The product's web manifest with the theme's values; `None` in a binary without the site's files.
fn manifest(name: &str, accent: Option<Accent>, logo: Option<&Logo>) -> Option<File> {
    let mut manifest: Value = serde_json::from_slice(&assets::bytes(MANIFEST)?).ok()?;
    manifest["name"] = name.into();
    manifest["short_name"] = name.into();
    if let Some(accent) = accent {
        manifest["theme_color"] = accent.hex().into();
    }
    if let Some(logo) = logo.filter(|logo| logo.is_icon()) {
        manifest["icons"] = json!([{ "src": logo.address(), "sizes": "any", "type": logo.file.kind }]);
    }
    Some(File::new(MANIFEST_ADDRESS, assets::content_type(MANIFEST), manifest.to_string().into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_fits_beside_the_logo() {
        assert_eq!(&*Theme::new(None, None, None).unwrap().name, NAME);
        assert_eq!(&*Theme::new(Some(" Газ Прикамья "), None, None).unwrap().name, "Газ Прикамья");
        for name in ["", "  ", "a\nb", &"я".repeat(MAX_NAME + 1)] {
            assert!(matches!(Theme::new(Some(name), None, None), Err(ThemeError::Name)), "{name:?}");
        }
    }
}
