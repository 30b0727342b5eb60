//! The display settings of a browser: the size of all text and the contrast. They are in a cookie, not in the session,
//! because guests and error pages have them too.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;

use super::Site;
use super::cookies::{Cookie, cookie_header, read_cookie};

/// Lifetime of the cookie, in seconds: a year, as of the cookie of a known browser.
const COOKIE_SECONDS: i64 = 365 * 24 * 60 * 60;

/// The size of all text.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Print {
    /// 18 px where the browser has no other size.
    #[default]
    Regular,
    /// 21 px.
    Large,
    /// 24 px.
    Largest,
}

impl Print {
    const ALL: [Self; 3] = [Self::Regular, Self::Large, Self::Largest];

    /// The value in the form and in the cookie.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Regular => "regular",
            Self::Large => "large",
            Self::Largest => "largest",
        }
    }
}

/// The contrast of text and edges with their grounds.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum Contrast {
    /// As the operating system asks.
    #[default]
    System,
    /// More, whatever the operating system asks.
    More,
}

impl Contrast {
    const ALL: [Self; 2] = [Self::System, Self::More];

    /// The value in the form and in the cookie.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::More => "more",
        }
    }
}

/// The display settings.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
pub struct Display {
    /// The size of all text.
    pub print: Print,
    /// The contrast.
    pub contrast: Contrast,
}

impl Display {
    /// The settings in the request's cookies; the default without one.
    pub fn read(site: &Site, headers: &HeaderMap) -> Self {
        read_cookie(headers, &Cookie::Display.name(site.https)).map(Self::from_cookie).unwrap_or_default()
    }

    /// The header that stores the settings.
    pub fn store(self, site: &Site) -> (HeaderName, HeaderValue) {
        cookie_header(site, Cookie::Display, &self.to_cookie(), COOKIE_SECONDS)
    }

    /// Any unknown value gives the default.
    fn from_cookie(value: &str) -> Self {
        let parse = |(print, contrast): (&str, &str)| {
            Some(Self {
                print: Print::ALL.into_iter().find(|known| known.as_str() == print)?,
                contrast: Contrast::ALL.into_iter().find(|known| known.as_str() == contrast)?,
            })
        };
        value.split_once('.').and_then(parse).unwrap_or_default()
    }

    fn to_cookie(self) -> String {
        format!("{}.{}", self.print.as_str(), self.contrast.as_str())
    }

    /// The classes of `<html>` in `style/contrast.css`; `None` for the default.
    pub const fn classes(self) -> Option<&'static str> {
        match (self.print, self.contrast) {
            (Print::Regular, Contrast::System) => None,
            (Print::Regular, Contrast::More) => Some("contrast-more"),
            (Print::Large, Contrast::System) => Some("print-large"),
            (Print::Large, Contrast::More) => Some("print-large contrast-more"),
            (Print::Largest, Contrast::System) => Some("print-largest"),
            (Print::Largest, Contrast::More) => Some("print-largest contrast-more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_comes_back_from_its_cookie() {
        for print in Print::ALL {
            for contrast in Contrast::ALL {
                let display = Display { print, contrast };
                assert_eq!(Display::from_cookie(&display.to_cookie()), display);
            }
        }
    }

    #[test]
    fn an_unknown_cookie_gives_the_default() {
        for value in ["", ".", "large", "large.", "large.most", "huge.more", "large.more.more", "\"><script>"] {
            assert_eq!(Display::from_cookie(value), Display::default(), "{value}");
        }
    }
}
