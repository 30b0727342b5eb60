use image::codecs::webp::WebPEncoder;
use image::{ExtendedColorType, ImageEncoder as _, RgbImage, Rgba, RgbaImage};

use super::*;

/// The first lines of EXIF: little-endian, one entry, the orientation.
fn exif(orientation: u8) -> Vec<u8> {
    [b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".as_slice(), &[orientation, 0, 0, 0], &[0; 4]].concat()
}

/// A picture whose left half is red and whose right half is blue.
fn two_halves(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(
        width,
        height,
        |x, _| if x < width / 2 { image::Rgb([220, 0, 0]) } else { image::Rgb([0, 0, 220]) },
    )
}

fn jpeg(picture: &RgbImage, orientation: u8) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut file, 90);
    encoder.set_exif_metadata(exif(orientation)).unwrap();
    let (width, height) = picture.dimensions();
    encoder.write_image(picture.as_raw(), width, height, ExtendedColorType::Rgb8).unwrap();
    file
}

fn written(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, format).unwrap();
    file.into_inner()
}

fn read(stored: &[u8]) -> RgbImage {
    image::load_from_memory_with_format(stored, ImageFormat::Jpeg).unwrap().into_rgb8()
}

/// A PNG with the header of a size and no pixels.
fn png_that_claims(width: u32, height: u32) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().unwrap();
    writer.write_chunk(png::chunk::IDAT, &[0x78, 0x9c]).unwrap();
    drop(writer);
    file
}

/// Pixels that no codec makes smaller.
fn noise(width: u32, height: u32) -> RgbImage {
    let mut state = 1_u32;
    RgbImage::from_fn(width, height, |_, _| {
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        image::Rgb([next(), next(), next()])
    })
}

#[test]
fn a_photo_is_turned_upright_and_loses_its_metadata() {
    let file = jpeg(&two_halves(400, 200), 6);
    assert!(file.windows(4).any(|part| part == b"Exif"), "the file has metadata");
    let stored = reencode(&file).unwrap();
    assert!(!stored.windows(4).any(|part| part == b"Exif"));
    let upright = read(&stored);
    assert_eq!(upright.dimensions(), (200, 400));
    // Turned clockwise, the left half is above.
    assert!(upright.get_pixel(100, 50)[0] > 150 && upright.get_pixel(100, 350)[2] > 150);
}

#[test]
fn every_accepted_format_becomes_jpeg() {
    let picture = DynamicImage::ImageRgb8(two_halves(300, 200));
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let stored = reencode(&written(&picture, format)).unwrap();
        assert_eq!(read(&stored).dimensions(), (300, 200), "{format:?}");
    }
    let grey = DynamicImage::ImageLuma16(picture.to_luma16());
    assert!(reencode(&written(&grey, ImageFormat::Png)).is_ok());
    let clear = RgbaImage::from_pixel(30, 20, Rgba([9, 9, 9, 0]));
    assert!(reencode(&written(&DynamicImage::ImageRgba8(clear), ImageFormat::Png)).is_ok());
}

#[test]
fn the_orientation_of_a_webp_is_applied_too() {
    let picture = two_halves(40, 20);
    let mut file = Vec::new();
    let mut encoder = WebPEncoder::new_lossless(&mut file);
    encoder.set_exif_metadata(exif(8)).unwrap();
    encoder.write_image(picture.as_raw(), 40, 20, ExtendedColorType::Rgb8).unwrap();
    assert_eq!(read(&reencode(&file).unwrap()).dimensions(), (20, 40));
}

#[test]
fn a_large_photo_becomes_smaller_and_even_noise_fits() {
    let stored = reencode(&jpeg(&two_halves(4000, 3000), 1)).unwrap();
    assert_eq!(read(&stored).dimensions(), (1600, 1200));
    let stored = reencode(&jpeg(&noise(1700, 1300), 1)).unwrap();
    assert!(stored.len() <= MAX_STORED, "{} bytes", stored.len());
    assert!(read(&stored).width() >= 400);
}

#[test]
fn a_file_that_is_cut_off_is_refused() {
    let picture = DynamicImage::ImageRgb8(noise(64, 48));
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let file = written(&picture, format);
        for kept in [16, file.len() / 2, file.len() - 40] {
            assert_eq!(reencode(&file[..kept]), Err(PhotoError::Damaged), "{kept} bytes of {format:?}");
        }
    }
}

#[test]
fn what_a_camera_appends_after_a_jpeg_is_ignored() {
    let file = [jpeg(&two_halves(40, 20), 1), b"a video of the moment".to_vec()].concat();
    assert!(reencode(&file).is_ok());
}

#[test]
fn a_picture_of_too_many_pixels_is_refused_by_its_header() {
    for (width, height) in [(30_000, 30_000), (10_000, 5_001), (20_001, 1)] {
        let refused = reencode(&png_that_claims(width, height));
        assert_eq!(refused, Err(PhotoError::TooManyPixels), "{width}×{height}");
    }
    assert_eq!(reencode(&png_that_claims(100, 100)), Err(PhotoError::Damaged));
}

#[test]
fn other_kinds_of_files_are_known_by_their_content() {
    let heic = |brand: &[u8]| [b"\0\0\0\x18ftyp", brand, b"\0\0\0\0mif1heic"].concat();
    for brand in [b"heic", b"heix", b"mif1", b"hevc"] {
        assert_eq!(reencode(&heic(brand)), Err(PhotoError::Heic));
    }
    assert_eq!(reencode(&heic(b"isom")), Err(PhotoError::OtherKind("видео")));
    assert_eq!(reencode(&heic(b"avif")), Err(PhotoError::OtherKind("файл AVIF")));
    assert_eq!(reencode(b"GIF89a\x01\0\x01\0"), Err(PhotoError::OtherKind("файл GIF")));
    assert_eq!(reencode(b"%PDF-1.7"), Err(PhotoError::OtherKind("файл PDF")));
    for text in [b"just text".as_slice(), b"", b"\xff\xd8", b"RIFF\0\0\0\0WAVE", b"\0\0\0\x18ftyp"] {
        assert!(matches!(reencode(text), Err(PhotoError::NotAPicture | PhotoError::OtherKind("видео"))), "{text:?}");
    }
}

#[test]
fn a_webp_with_a_chunk_that_claims_more_than_the_file_is_refused() {
    let mut file = written(&DynamicImage::ImageRgb8(two_halves(16, 16)), ImageFormat::WebP);
    file[16..20].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(reencode(&file), Err(PhotoError::Damaged));
}

proptest::proptest! {
    #[test]
    fn no_bytes_after_a_known_beginning_make_the_decoder_panic(
        bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200),
        beginning in 0_usize..3,
    ) {
        let beginnings: [&[u8]; 3] = [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x40\0\0\0WEBP"];
        let _ = reencode(&[beginnings[beginning], &bytes].concat());
    }
}
