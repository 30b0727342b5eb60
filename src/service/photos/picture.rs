//! Makes a small JPEG without metadata of untrusted bytes. The format is detected by content; the header is
//! checked before the pixels are decoded.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder as _, ImageError, ImageFormat, ImageReader, Limits};

use super::PhotoError;

/// Most pixels: the largest sensors of phones in their usual mode.
const MAX_PIXELS: u64 = 50_000_000;
/// Longest side: a panorama has 16 000.
const MAX_SIDE: u32 = 20_000;
/// Most bytes of the decoded picture: the most pixels with 32 bits each. A progressive JPEG needs 300 MB besides.
const MAX_DECODED: u64 = 4 * MAX_PIXELS;
/// Most bytes of the stored JPEG: the digits of a dial stay readable, and a database of photos stays small.
const MAX_STORED: usize = 300_000;
/// Longest sides of the stored picture: the next one is tried when the worst quality is not small enough.
const SIDES: [u32; 5] = [1600, 1200, 900, 600, 400];
/// Qualities, in the order in which they are tried.
const QUALITIES: [u8; 5] = [85, 75, 65, 55, 45];

/// The stored JPEG of a photo: upright, at most [`MAX_STORED`] bytes, without metadata.
pub(super) fn reencode(file: &[u8]) -> Result<Vec<u8>, PhotoError> {
    let format = format_of(file)?;
    let is_whole = match format {
        ImageFormat::Jpeg => jpeg_is_whole(file),
        ImageFormat::WebP => webp_is_whole(file),
        // The decoder refuses a PNG that is cut off.
        _ => true,
    };
    if !is_whole {
        return Err(PhotoError::Damaged);
    }
    encode(decode(file, format)?)
}

/// The format of a file, by its first bytes.
fn format_of(file: &[u8]) -> Result<ImageFormat, PhotoError> {
    const OTHERS: [(&[u8], &str); 8] = [
        (b"GIF8", "файл GIF"),
        (b"%PDF", "файл PDF"),
        (b"II*\0", "файл TIFF или RAW"),
        (b"MM\0*", "файл TIFF или RAW"),
        (b"BM", "файл BMP"),
        (b"PK\x03\x04", "архив или документ"),
        (b"Rar!", "архив"),
        (b"\x1a\x45\xdf\xa3", "видео"),
    ];
    if file.starts_with(b"\xff\xd8\xff") {
        return Ok(ImageFormat::Jpeg);
    }
    if file.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Ok(ImageFormat::Png);
    }
    if file.starts_with(b"RIFF") && file.get(8..12) == Some(b"WEBP") {
        return Ok(ImageFormat::WebP);
    }
    if file.get(4..8) == Some(b"ftyp") {
        return Err(of_brand(file.get(8..12).unwrap_or_default()));
    }
    let other = OTHERS.iter().find(|(beginning, _)| file.starts_with(beginning));
    Err(other.map_or(PhotoError::NotAPicture, |&(_, name)| PhotoError::OtherKind(name)))
}

/// The kind of a file of the ISO family, by its main brand.
fn of_brand(brand: &[u8]) -> PhotoError {
    match brand {
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1" => PhotoError::Heic,
        b"avif" | b"avis" => PhotoError::OtherKind("файл AVIF"),
        _ => PhotoError::OtherKind("видео"),
    }
}

/// Whether a JPEG has its end marker: of a file that is cut off, the decoder fills the rest with grey.
fn jpeg_is_whole(file: &[u8]) -> bool {
    let mut rest = file.get(2..).unwrap_or_default();
    loop {
        // Within compressed data, a stuffed zero and a restart are no markers.
        let is_marker = |pair: &[u8]| pair[0] == 0xFF && !matches!(pair[1], 0 | 0xD0..=0xD7 | 0xFF);
        let Some(at) = rest.windows(2).position(is_marker) else { return false };
        let (marker, after) = (rest[at + 1], &rest[at + 2..]);
        let length = match marker {
            0xD9 => return true,
            // These have no length.
            0x01 | 0xD8 => 0,
            _ => after.first_chunk::<2>().map_or(0, |length| u16::from_be_bytes(*length).into()),
        };
        let Some(next) = after.get(length..) else { return false };
        rest = next;
    }
}

/// Whether the chunks of a WebP are within the file: the decoder reserves as much memory as a chunk claims.
fn webp_is_whole(file: &[u8]) -> bool {
    let mut rest = file.get(12..).unwrap_or_default();
    while !rest.is_empty() {
        let length = rest.get(4..).and_then(|rest| rest.first_chunk::<4>()).map(|length| u32::from_le_bytes(*length));
        let Some(length) = length.and_then(|length| usize::try_from(length).ok()) else { return false };
        let Some(next) = rest.get(8..).and_then(|rest| rest.get(length..)) else { return false };
        // A chunk of an odd length is padded; some writers leave out the last padding.
        rest = next.get(length % 2..).unwrap_or_default();
    }
    true
}

/// Decodes a picture and turns it upright, at most [`SIDES`]' first side long.
fn decode(file: &[u8], format: ImageFormat) -> Result<DynamicImage, PhotoError> {
    let mut reader = ImageReader::with_format(Cursor::new(file), format);
    reader.limits(limits());
    let mut decoder = reader.into_decoder().map_err(|error| refused(&error))?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS || decoder.total_bytes() > MAX_DECODED {
        return Err(PhotoError::TooManyPixels);
    }
    // Wrong metadata is no reason to refuse the picture.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let decoded = DynamicImage::from_decoder(decoder).map_err(|error| refused(&error))?;
    let mut picture = DynamicImage::ImageRgb8(fit(decoded, SIDES[0]).into_rgb8());
    picture.apply_orientation(orientation);
    Ok(picture)
}

fn limits() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODED);
    limits
}

/// The library's own text may quote the file, so it is neither shown nor logged.
const fn refused(error: &ImageError) -> PhotoError {
    match error {
        ImageError::Limits(_) => PhotoError::TooManyPixels,
        _ => PhotoError::Damaged,
    }
}

/// Makes a picture smaller, so that its longest side is at most `side`.
fn fit(picture: DynamicImage, side: u32) -> DynamicImage {
    let longest = picture.width().max(picture.height());
    if longest <= side {
        return picture;
    }
    // First without the filter, which needs 16 bytes for a pixel of the large picture.
    let picture = if longest / 2 > side { picture.thumbnail(2 * side, 2 * side) } else { picture };
    picture.resize(side, side, FilterType::Triangle)
}

/// Encodes a picture with the best size and quality that are small enough.
fn encode(mut picture: DynamicImage) -> Result<Vec<u8>, PhotoError> {
    for side in SIDES {
        picture = fit(picture, side);
        for quality in QUALITIES {
            let mut jpeg = Vec::with_capacity(MAX_STORED);
            let encoder = JpegEncoder::new_with_quality(&mut jpeg, quality);
            picture.write_with_encoder(encoder).map_err(|error| refused(&error))?;
            if jpeg.len() <= MAX_STORED {
                return Ok(jpeg);
            }
        }
    }
    // Even noise is smaller at the last size.
    Err(PhotoError::TooManyPixels)
}

#[cfg(test)]
mod tests;
