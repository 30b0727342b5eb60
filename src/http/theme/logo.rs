//! The logo of a theme: a small picture of known size, so that the page reserves its space.

use std::path::Path;

use roxmltree::{Document, ParsingOptions};

use super::{File, ThemeError};
use crate::http::assets;

/// Most bytes of a logo: every page loads it.
const MAX_LOGO: u64 = 100_000;
/// Allowed file extensions of a logo.
const LOGO_ENDINGS: [&str; 3] = ["svg", "png", "webp"];
pub(super) const LOGO_ADDRESS: &str = "/theme/logo";
/// Greatest height and width on a page, in CSS pixels; `layout.css` has the same values in rem.
pub const LOGO_HEIGHT: u32 = 32;
const LOGO_WIDEST: f64 = 160.0;
/// Least ratio of the shorter side to the longer one for an icon.
const ICON_SLIMMEST: f64 = 0.8;

/// The provider's logo.
#[derive(Debug, Eq, PartialEq)]
pub struct Logo {
    pub(super) file: File,
    width: u32,
    is_icon: bool,
}

impl Logo {
    pub(super) fn read(path: &Path) -> Result<Self, ThemeError> {
        let refused = |problem: String| ThemeError::Logo { path: path.display().to_string(), problem };
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        if !LOGO_ENDINGS.contains(&&*ending) {
            return Err(refused("write an SVG, PNG or WebP picture".to_owned()));
        }
        let bytes = std::fs::metadata(path).map_err(|error| refused(error.to_string()))?.len();
        if bytes > MAX_LOGO {
            return Err(refused(format!("has {bytes} bytes, and every page waits for it: at most {MAX_LOGO}")));
        }
        let bytes = std::fs::read(path).map_err(|error| refused(error.to_string()))?;
        let shape = if ending == "svg" { shape_of_svg(&bytes) } else { shape_of_pixels(&bytes) };
        let shape = shape.filter(|shape| shape.is_normal() && *shape > 0.0);
        let shape = shape.ok_or_else(|| refused(format!("is no {ending} picture that tells its width and height")))?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 1 and `LOGO_WIDEST`; no number becomes 0"
        )]
        let width = (f64::from(LOGO_HEIGHT) * shape).clamp(1.0, LOGO_WIDEST).round() as u32;
        Ok(Self {
            file: File::new(LOGO_ADDRESS, assets::content_type(&format!("logo.{ending}")), bytes.into()),
            width,
            is_icon: (ICON_SLIMMEST..=1.0 / ICON_SLIMMEST).contains(&shape),
        })
    }

    /// The address of the picture.
    pub fn address(&self) -> &str {
        &self.file.address
    }

    /// The width on a page at [`LOGO_HEIGHT`], in CSS pixels.
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// Whether it can serve as an icon.
    pub(super) const fn is_icon(&self) -> bool {
        self.is_icon
    }
}

/// Aspect ratio, width to height.
#[expect(clippy::cast_precision_loss, reason = "a side has far fewer than 2^52 pixels")]
fn shape_of_pixels(bytes: &[u8]) -> Option<f64> {
    let size = imagesize::blob_size(bytes).ok()?;
    Some(size.width as f64 / size.height as f64)
}

/// Aspect ratio as browsers compute it: from the size in pixels, or else from the view box.
fn shape_of_svg(bytes: &[u8]) -> Option<f64> {
    // Drawing programs still write a DTD.
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    let document = Document::parse_with_options(std::str::from_utf8(bytes).ok()?, options).ok()?;
    let root = Some(document.root_element()).filter(|root| root.tag_name().name() == "svg")?;
    let side = |name| root.attribute(name)?.trim_end_matches("px").parse::<f64>().ok();
    match side("width").zip(side("height")) {
        Some((width, height)) => Some(width / height),
        None => shape_of_view_box(root.attribute("viewBox")?),
    }
}

fn shape_of_view_box(view_box: &str) -> Option<f64> {
    let numbers = view_box.split([' ', ',', '\n', '\t']).filter(|number| !number.is_empty());
    let numbers: Option<Vec<f64>> = numbers.map(|number| number.parse().ok()).collect();
    match numbers?[..] {
        [_, _, width, height] => Some(width / height),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The logo of a file with these bytes, or why not.
    fn logo(name: &str, bytes: &[u8]) -> Result<Logo, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        Logo::read(&path).map_err(|error| error.to_string())
    }

    /// The header of a PNG picture of this size; the code reads no more of it.
    fn png(width: u32, height: u32) -> Vec<u8> {
        let head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice();
        [head, &width.to_be_bytes(), &height.to_be_bytes(), &[8, 6, 0, 0, 0]].concat()
    }

    #[test]
    fn a_logo_is_a_small_picture() {
        let square = logo("logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 20 20'/>").unwrap();
        assert!(square.address().starts_with("/theme/logo?v="), "{}", square.address());
        assert!(logo("logo.exe", b"MZ").unwrap_err().contains("SVG, PNG or WebP"));
        assert!(logo("big.png", &vec![0; 100_001]).unwrap_err().contains("at most 100000"));
        assert!(Logo::read(Path::new("absent.svg")).is_err());
    }

    #[test]
    fn a_logo_tells_how_wide_it_will_stand() {
        let widths = [
            (logo("a.svg", b"<svg viewBox='0 0 20 20'/>"), 32),
            (logo("b.svg", b"<svg viewBox='0,0, 300,100'/>"), 96),
            (logo("c.svg", b"<svg width='64px' height='32' viewBox='0 0 10 10'/>"), 64),
            (logo("d.png", &png(50, 100)), 16),
            (logo("e.png", &png(3000, 100)), 160),
        ];
        for (logo, width) in widths {
            assert_eq!(logo.unwrap().width(), width);
        }
    }

    #[test]
    fn what_does_not_tell_its_size_is_refused() {
        let strange: [&[u8]; 6] = [
            b"<svg/>",
            b"<svg viewBox='0 0 20 0'/>",
            b"<svg viewBox='0 0 a b'/>",
            b"<svg viewBox='0 0 -20 20'/>",
            b"<html viewBox='0 0 20 20'/>",
            b"not XML",
        ];
        for bytes in strange {
            let refused = logo("logo.svg", bytes).unwrap_err();
            assert!(refused.contains("width and height"), "{refused}");
        }
        assert!(logo("logo.png", b"no picture").unwrap_err().contains("width and height"));
    }

    #[test]
    fn only_a_logo_that_is_nearly_square_serves_as_an_icon() {
        assert!(logo("a.png", &png(100, 100)).unwrap().is_icon());
        assert!(logo("b.png", &png(100, 90)).unwrap().is_icon());
        assert!(!logo("c.png", &png(300, 100)).unwrap().is_icon());
        assert!(!logo("d.png", &png(100, 300)).unwrap().is_icon());
    }
}
