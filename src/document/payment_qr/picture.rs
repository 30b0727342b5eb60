//! The picture of a payload: a QR code, drawn pixel by pixel.

use qrcodegen::{Mask, QrCode, QrCodeEcc, QrSegment, Version};

/// White modules around a code (ISO/IEC 18004).
const QUIET_ZONE: u8 = 4;
/// The mask pattern, a checkerboard. Readers accept any of the eight; evaluating them all takes ten times as long as
/// the code itself, and for words and digits none is much worse than another.
const MASK: u8 = 0;
/// Pixels of a module's side: a viewer that smooths pictures blurs a quarter of a module at most, and readers sample
/// its middle.
pub(super) const PIXELS: usize = 2;

/// A code as a picture: rows of grey bytes, black modules on white, its quiet zone included.
pub struct Picture {
    /// Pixels of each side.
    pub side: usize,
    /// A byte for each pixel, 0 black and 255 white.
    pub luma: Vec<u8>,
}

/// A payload as a picture, error correction M. `None` when it does not fit into any code.
pub fn picture(payload: &[u8]) -> Option<Picture> {
    Some(draw(&code(payload)?))
}

fn code(payload: &[u8]) -> Option<QrCode> {
    let segments = [QrSegment::make_bytes(payload)];
    let (smallest, largest, mask) = (Version::new(1), Version::new(40), Mask::new(MASK));
    QrCode::encode_segments_advanced(&segments, QrCodeEcc::Medium, smallest, largest, Some(mask), false).ok()
}

fn draw(code: &QrCode) -> Picture {
    let zone = i32::from(QUIET_ZONE);
    let modules = -zone..code.size() + zone;
    let side = modules.len() * PIXELS;
    let mut luma = Vec::with_capacity(side * side);
    for y in modules.clone() {
        let from = luma.len();
        for x in modules.clone() {
            let pixel = if code.get_module(x, y) { 0 } else { 255 };
            luma.extend([pixel; PIXELS]);
        }
        for _ in 1..PIXELS {
            luma.extend_from_within(from..from + side);
        }
    }
    Picture { side, luma }
}

#[cfg(test)]
mod tests {
    use super::super::payload::Encoding;
    use super::super::payload::tests::order;
    use super::*;

    #[test]
    fn a_picture_is_square_and_has_a_quiet_zone_around_its_finder_patterns() {
        let Picture { side, luma } = picture(&order().encode(Encoding::Utf8).unwrap()).unwrap();
        assert_eq!(luma.len(), side * side);
        assert_eq!((side / PIXELS - 2 * usize::from(QUIET_ZONE)) % 4, 1, "17 modules and four for each version");
        let dark = |x: usize, y: usize| luma[y * side + x] == 0;
        let zone = usize::from(QUIET_ZONE) * PIXELS;
        assert!((0..side).all(|at| (0..zone).all(|edge| !dark(at, edge) && !dark(edge, at))));
        assert!((zone..zone + 7 * PIXELS).all(|at| dark(at, zone) && dark(zone, at)), "the first finder pattern");
        assert!(!dark(zone + 7 * PIXELS, zone));
        assert!(picture(&[0; 3000]).is_none());
    }

    #[test]
    fn every_pixel_is_that_of_its_module_the_right_way_round() {
        let code = code(&order().encode(Encoding::Utf8).unwrap()).unwrap();
        let Picture { side, luma } = draw(&code);
        for (index, pixel) in luma.iter().enumerate() {
            let module = |pixels: usize| i32::try_from(pixels / PIXELS).unwrap() - i32::from(QUIET_ZONE);
            let (x, y) = (module(index % side), module(index / side));
            assert_eq!(*pixel == 0, code.get_module(x, y), "{x}, {y}");
        }
        let pixel = |module: usize| (usize::from(QUIET_ZONE) + module) * PIXELS;
        let dark = |x: usize, y: usize| luma[pixel(y) * side + pixel(x)] == 0;
        assert!(
            dark(8, code.size() as usize - 8),
            "the module that is dark in every code lies below, not to the right"
        );
    }
}
