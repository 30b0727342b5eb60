//! How the portal looks as a provider's own: its name, logo and accent colour, from the settings.
//!
//! The style sheet has an accent of its own for each scheme. A provider gives one colour; it stands as it is on light
//! grounds, and only if text in it can be read there. For dark grounds, and for what is pressed or pale, it is made
//! lighter or darker: the eye knows a brand by its hue. Imports nothing of the crate but this room's files.

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use palette::color_difference::Wcag21RelativeContrast as _;
use palette::{IntoColor as _, LinSrgb, Oklch, Srgb};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use super::Web;
use super::answer::{Answer, Failure};
use super::assets;

/// The product's own name.
pub const NAME: &str = "Кабинет";
/// Longest name beside the logo, in characters: a phone shows no more in one line.
pub const NAME_MOST: usize = 30;
/// Most bytes of a logo: every page waits for it.
pub const LOGO_MOST: u64 = 100_000;
/// What a logo may be, by the ending of its file.
const LOGO_ENDINGS: [&str; 3] = ["svg", "png", "webp"];
/// Pictures run no script and load nothing, also when someone opens them alone.
const LOGO_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";
/// WCAG 2.2, 1.4.3: text and its ground.
const CONTRAST_LEAST: f32 = 4.5;
const HEX_DIGITS: usize = 6;
const STYLE_ADDRESS: &str = "/theme.css";
const LOGO_ADDRESS: &str = "/theme/logo";

/// Why a theme cannot be used.
#[derive(Debug, Error)]
pub enum ThemeError {
    /// Empty, or longer than fits.
    #[error("theme.name: write 1 to {NAME_MOST} characters")]
    Name,
    /// No colour.
    #[error("theme.accent: write a colour as #rrggbb, such as #0b5a6e")]
    NoColour,
    /// Text in it could not be read.
    #[error(
        "theme.accent: {given} on the portal's light grounds has a contrast of {contrast:.1}, and text needs \
         {CONTRAST_LEAST}; the same colour, dark enough: {instead}"
    )]
    TooPale {
        /// The colour.
        given: String,
        /// Its contrast.
        contrast: f32,
        /// The nearest that can be read.
        instead: String,
    },
    /// The file of the logo.
    #[error("theme.logo_file: {path}: {problem}")]
    Logo {
        /// The file.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
}

/// How the portal looks, as every page needs it. Cheap to clone.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Theme {
    /// The name beside the logo and in every title.
    pub name: Arc<str>,
    style: Option<Arc<File>>,
    logo: Option<Arc<File>>,
}

/// What a theme adds to the files of the site.
#[derive(Debug, Eq, PartialEq)]
struct File {
    bytes: Bytes,
    kind: &'static str,
    version: String,
    /// With the version.
    address: String,
}

impl Default for Theme {
    fn default() -> Self {
        Self { name: NAME.into(), style: None, logo: None }
    }
}

impl Theme {
    /// The theme of the settings; what they do not name stays the product's own.
    ///
    /// # Errors
    /// [`ThemeError`] says what to write instead.
    pub fn new(name: Option<&str>, accent: Option<&str>, logo: Option<&Path>) -> Result<Self, ThemeError> {
        let name = name.unwrap_or(NAME).trim();
        if name.is_empty() || name.chars().count() > NAME_MOST || name.chars().any(char::is_control) {
            return Err(ThemeError::Name);
        }
        let style = accent.map(|accent| Accent::parse(accent).map(|accent| Arc::new(sheet(accent)))).transpose()?;
        let logo = logo.map(|file| read_logo(file).map(Arc::new)).transpose()?;
        Ok(Self { name: name.into(), style, logo })
    }

    /// Whether it is the product's own in everything.
    pub fn is_default(&self) -> bool {
        *self.name == *NAME && self.style.is_none() && self.logo.is_none()
    }

    /// The address of the style sheet that changes the accent, if any.
    pub fn style(&self) -> Option<&str> {
        self.style.as_ref().map(|style| style.address.as_str())
    }

    /// The address of the provider's logo, if any.
    pub fn logo(&self) -> Option<&str> {
        self.logo.as_ref().map(|logo| logo.address.as_str())
    }
}

/// The addresses that the theme leads to.
pub fn router() -> Router<Web> {
    Router::new().route(STYLE_ADDRESS, get(style)).route(LOGO_ADDRESS, get(logo))
}

async fn style(State(web): State<Web>, RawQuery(query): RawQuery) -> Answer {
    let style = web.site.theme.style.as_ref().ok_or(Failure::NotFound)?;
    Ok(style.answer(query.as_deref()))
}

async fn logo(State(web): State<Web>, RawQuery(query): RawQuery) -> Answer {
    let logo = web.site.theme.logo.as_ref().ok_or(Failure::NotFound)?;
    Ok(([(CONTENT_SECURITY_POLICY, LOGO_POLICY)], logo.answer(query.as_deref())).into_response())
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

fn read_logo(file: &Path) -> Result<File, ThemeError> {
    let refused = |problem: String| ThemeError::Logo { path: file.display().to_string(), problem };
    let ending = file.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    if !LOGO_ENDINGS.contains(&&*ending) {
        return Err(refused("write an SVG, PNG or WebP picture".to_owned()));
    }
    let bytes = std::fs::metadata(file).map_err(|error| refused(error.to_string()))?.len();
    if bytes > LOGO_MOST {
        return Err(refused(format!("has {bytes} bytes, and every page waits for it: at most {LOGO_MOST}")));
    }
    let bytes = std::fs::read(file).map_err(|error| refused(error.to_string()))?;
    Ok(File::new(LOGO_ADDRESS, assets::content_type(&format!("logo.{ending}")), bytes.into()))
}

fn sheet(accent: Accent) -> File {
    File::new(STYLE_ADDRESS, assets::content_type(STYLE_ADDRESS), accent.css().into())
}

/// A colour in which text can be read on the portal's light grounds.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Accent(Srgb<u8>);

impl Accent {
    fn parse(text: &str) -> Result<Self, ThemeError> {
        let digits = text.trim().strip_prefix('#').ok_or(ThemeError::NoColour)?;
        if digits.len() != HEX_DIGITS || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(ThemeError::NoColour);
        }
        let colour: Srgb<u8> = digits.parse().map_err(|_| ThemeError::NoColour)?;
        let contrast = LIGHT.contrast(colour);
        if contrast >= CONTRAST_LEAST {
            return Ok(Self(colour));
        }
        let instead = hex(LIGHT.readable(colour, -LIGHTNESS_STEP));
        Err(ThemeError::TooPale { given: hex(colour), contrast, instead })
    }

    /// In the layer of the tokens, whose later rules win: paper, in a layer above, stays black on white.
    fn css(self) -> String {
        let Self(light) = self;
        let dark = DARK.readable(at_lightness(light, DARK_ACCENT), LIGHTNESS_STEP);
        let rules = |accent: Srgb<u8>, scheme: &Scheme| {
            let lightness = oklch(accent).l;
            format!(
                ":root{{--accent:{};--accent-strong:{};--accent-soft:{}}}",
                hex(accent),
                hex(at_lightness(accent, lightness + scheme.strong)),
                hex(pale(accent, scheme.soft)),
            )
        };
        format!("@layer tokens{{{}@media (prefers-color-scheme:dark){{{}}}}}", rules(light, &LIGHT), rules(dark, &DARK))
    }
}

/// How the colours around an accent are made of it, as lightness and chroma of OKLCH.
struct Scheme {
    /// The ground of the page or, in the dark, of a card: text in the accent stands there.
    ground: [u8; 3],
    /// What is added for a link or a button that is pressed.
    strong: f32,
    /// Lightness and most chroma of the ground of what is chosen.
    soft: (f32, f32),
}

const LIGHT: Scheme = Scheme { ground: [0xf1, 0xf5, 0xf6], strong: -0.07, soft: (0.945, 0.028) };
const DARK: Scheme = Scheme { ground: [0x14, 0x22, 0x27], strong: 0.07, soft: (0.32, 0.045) };
/// Lightness from which the accent for dark grounds is sought.
const DARK_ACCENT: f32 = 0.80;

impl Scheme {
    /// The least contrast of text in this colour with the grounds that it stands on.
    fn contrast(&self, colour: Srgb<u8>) -> f32 {
        contrast(colour, Srgb::from(self.ground)).min(contrast(colour, pale(colour, self.soft)))
    }

    /// The colour made lighter or darker until text in it can be read.
    fn readable(&self, colour: Srgb<u8>, step: f32) -> Srgb<u8> {
        let mut lightness = oklch(colour).l;
        let mut readable = colour;
        while self.contrast(readable) < CONTRAST_LEAST && (0.0..=1.0).contains(&lightness) {
            lightness += step;
            readable = at_lightness(colour, lightness);
        }
        readable
    }
}

/// Too small to be seen.
const LIGHTNESS_STEP: f32 = 0.005;

/// WCAG 2.2: how much lighter one is than the other.
fn contrast(colour: Srgb<u8>, ground: Srgb<u8>) -> f32 {
    colour.into_format::<f32>().relative_contrast(ground.into_format())
}

fn at_lightness(colour: Srgb<u8>, lightness: f32) -> Srgb<u8> {
    rgb(Oklch { l: lightness.clamp(0.0, 1.0), ..oklch(colour) })
}

fn pale(colour: Srgb<u8>, (lightness, most): (f32, f32)) -> Srgb<u8> {
    let colour = oklch(colour);
    rgb(Oklch { l: lightness, chroma: colour.chroma.min(most), ..colour })
}

fn oklch(colour: Srgb<u8>) -> Oklch {
    colour.into_linear::<f32>().into_color()
}

/// The nearest that a screen can show.
fn rgb(colour: Oklch) -> Srgb<u8> {
    let linear: LinSrgb = colour.into_color();
    Srgb::from_linear(linear)
}

fn hex(colour: Srgb<u8>) -> String {
    format!("#{colour:x}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The values of a sheet's rules: first those of the light scheme, then those of the dark one.
    fn values(css: &str, name: &str) -> Vec<[u8; 3]> {
        let begun = format!("--{name}:#");
        let digits = css.split(&begun).skip(1).map(|rest| u32::from_str_radix(&rest[..6], 16).unwrap().to_be_bytes());
        digits.map(|[_, red, green, blue]| [red, green, blue]).collect()
    }

    fn contrast_of(text: [u8; 3], ground: [u8; 3]) -> f32 {
        contrast(Srgb::from(text), Srgb::from(ground))
    }

    #[test]
    fn an_accent_that_cannot_be_read_is_refused_with_one_that_can() {
        let refused = Accent::parse("#ffcc00").unwrap_err();
        let ThemeError::TooPale { instead, contrast, .. } = &refused else { panic!("{refused}") };
        assert!(*contrast < 1.6, "{refused}");
        assert!(Accent::parse(instead).is_ok(), "{refused}");
    }

    #[test]
    fn what_is_no_colour_is_refused() {
        for text in ["", "red", "#abc", "0b5a6e", "#0b5a6g", "#0b5a6e00", "#€€", "#+1+2+3"] {
            assert!(matches!(Accent::parse(text), Err(ThemeError::NoColour)), "{text}");
        }
    }

    #[test]
    fn a_dark_accent_stands_as_it_was_given() {
        let css = Accent::parse("#B5121B").unwrap().css();
        assert_eq!(values(&css, "accent")[0], [0xb5, 0x12, 0x1b], "{css}");
    }

    #[test]
    fn a_name_fits_beside_the_logo() {
        assert_eq!(&*Theme::new(None, None, None).unwrap().name, NAME);
        assert_eq!(&*Theme::new(Some(" Газ Прикамья "), None, None).unwrap().name, "Газ Прикамья");
        for name in ["", "  ", "a\nb", &"я".repeat(NAME_MOST + 1)] {
            assert!(matches!(Theme::new(Some(name), None, None), Err(ThemeError::Name)), "{name:?}");
        }
    }

    #[test]
    fn a_logo_is_a_small_picture() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            Theme::new(None, None, Some(&path))
        };
        assert!(file("logo.svg", b"<svg/>").unwrap().logo().unwrap().starts_with("/theme/logo?v="));
        assert!(file("logo.exe", b"MZ").unwrap_err().to_string().contains("SVG, PNG or WebP"));
        assert!(file("big.png", &[0; 100_001]).unwrap_err().to_string().contains("at most 100000"));
        assert!(Theme::new(None, None, Some(&folder.path().join("absent.svg"))).is_err());
    }

    proptest! {
        #[test]
        fn text_can_be_read_in_every_accent_that_is_taken(red: u8, green: u8, blue: u8) {
            let Ok(accent) = Accent::parse(&format!("#{red:02x}{green:02x}{blue:02x}")) else { return Ok(()) };
            let css = accent.css();
            let [accents, strong, soft] = ["accent", "accent-strong", "accent-soft"].map(|name| values(&css, name));
            for (scheme, ground) in [LIGHT.ground, DARK.ground].into_iter().enumerate() {
                prop_assert!(contrast_of(accents[scheme], ground) >= CONTRAST_LEAST, "{css}");
                prop_assert!(contrast_of(strong[scheme], ground) >= CONTRAST_LEAST, "{css}");
                prop_assert!(contrast_of(strong[scheme], soft[scheme]) >= CONTRAST_LEAST, "{css}");
                prop_assert!(contrast_of(accents[scheme], soft[scheme]) >= CONTRAST_LEAST, "{css}");
            }
            prop_assert!(contrast_of([255; 3], accents[0]) >= CONTRAST_LEAST, "white on a button: {css}");
            prop_assert!(contrast_of(DARK.ground, accents[1]) >= CONTRAST_LEAST, "dark on a button: {css}");
        }

        #[test]
        fn what_is_proposed_for_a_pale_accent_is_taken(red: u8, green: u8, blue: u8) {
            if let Err(ThemeError::TooPale { instead, .. }) = Accent::parse(&format!("#{red:02x}{green:02x}{blue:02x}")) {
                prop_assert!(Accent::parse(&instead).is_ok(), "{instead}");
            }
        }
    }
}
