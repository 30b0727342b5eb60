//! The accent colour of a theme: a check that text in it is readable, and its shades.

use palette::color_difference::Wcag21RelativeContrast as _;
use palette::{IntoColor as _, LinSrgb, Oklch, Srgb};

use super::ThemeError;

/// WCAG 2.2, 1.4.3: contrast between text and its ground.
pub(super) const CONTRAST_LEAST: f32 = 4.5;
const HEX_DIGITS: usize = 6;

/// A colour in which text is readable on the portal's light grounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Accent(Srgb<u8>);

impl Accent {
    pub(super) fn parse(text: &str) -> Result<Self, ThemeError> {
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

    /// The original value, `#rrggbb`.
    pub(super) fn hex(self) -> String {
        hex(self.0)
    }

    /// The style sheet, in the layer of the tokens, where later rules win; print, in a layer above, stays black on
    /// white.
    pub(super) fn css(self) -> String {
        let Self(light) = self;
        let dark = DARK.readable(at_lightness(light, DARK_ACCENT), LIGHTNESS_STEP);
        let rules = |accent: Srgb<u8>, scheme: &Scheme| {
            let lightness = oklch(accent).l;
            format!(
                ":root{{--accent:{};--accent-strong:{};--accent-soft:{};--hero-from:{};--hero-to:{};--cold:{};\
                 --cold-soft:{}}}",
                hex(accent),
                hex(at_lightness(accent, lightness + scheme.strong)),
                hex(pale(accent, scheme.soft)),
                hex(at_lightness(accent, scheme.hero.0)),
                hex(at_lightness(accent, scheme.hero.1)),
                hex(at_lightness(accent, scheme.bar)),
                hex(pale(accent, scheme.bar_before)),
            )
        };
        format!("@layer tokens{{{}@media (prefers-color-scheme:dark){{{}}}}}", rules(light, &LIGHT), rules(dark, &DARK))
    }
}

/// How the shades of an accent are made, as lightness and chroma of OKLCH.
struct Scheme {
    /// The ground under text in the accent: the page's or, in the dark scheme, a card's.
    ground: [u8; 3],
    /// Lightness added for a pressed link or button.
    strong: f32,
    /// Lightness and greatest chroma of the ground of a selected item.
    soft: (f32, f32),
    /// Lightness of both ends of the ground of the sum due: dark enough for white text.
    hero: (f32, f32),
    /// Lightness of a chart's bars.
    bar: f32,
    /// Lightness and greatest chroma of the bars of the year before.
    bar_before: (f32, f32),
}

const LIGHT: Scheme = Scheme {
    ground: [0xf0, 0xf6, 0xf9],
    strong: -0.07,
    soft: (0.945, 0.028),
    hero: (0.49, 0.36),
    bar: 0.64,
    bar_before: (0.86, 0.055),
};
const DARK: Scheme = Scheme {
    ground: [0x15, 0x1e, 0x27],
    strong: 0.07,
    soft: (0.32, 0.045),
    hero: (0.43, 0.31),
    bar: 0.68,
    bar_before: (0.42, 0.06),
};
/// Lightness from which the search for the accent on dark grounds starts.
const DARK_ACCENT: f32 = 0.80;

impl Scheme {
    /// The least contrast of text in this colour with its grounds.
    fn contrast(&self, colour: Srgb<u8>) -> f32 {
        contrast(colour, Srgb::from(self.ground)).min(contrast(colour, pale(colour, self.soft)))
    }

    /// The colour made lighter or darker until text in it is readable.
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

/// Too small to see.
const LIGHTNESS_STEP: f32 = 0.005;

/// The contrast ratio of WCAG 2.2.
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

/// The nearest colour that a screen can show.
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
            for ground in ["hero-from", "hero-to"].into_iter().flat_map(|name| values(&css, name)) {
                prop_assert!(contrast_of([255; 3], ground) >= CONTRAST_LEAST, "white on the sum due: {css}");
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
