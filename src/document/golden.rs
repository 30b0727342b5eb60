//! Golden tests: the text of each box on each case's pages, read by an independent program, and a picture of each page.
//! `KABINET_GOLDEN=renew` rewrites both; look at them before committing.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::{env, fs};

use hayro::hayro_interpret::font::Glyph;
use hayro::hayro_interpret::hayro_cmap::BfString;
use hayro::hayro_interpret::{
    BlendMode, ClipPath, Context, Device, GlyphDrawMode, Image, InterpreterCache, InterpreterSettings, Paint,
    PathDrawMode, SoftMask, interpret_page,
};
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::vello_cpu::kurbo::{Affine, BezPath, Rect};
use hayro::{RenderCache, RenderSettings};

use super::cases::{CASES, Case};
use super::press::Press;
use super::sample;

static PRESS: LazyLock<Press> = LazyLock::new(Press::new);
/// The folder of the expected results.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/document/golden");
/// Small enough to store, sharp enough to read: 72 dots per inch.
const PIXELS_A_POINT: f32 = 1.0;
/// Allowed difference of two pixels in levels of grey: processors render edges of letters differently.
const MAX_GREY: u8 = 24;
/// Allowed share of pixels that differ by more.
const MAX_DIFFERENT: f64 = 0.000_2;

/// Reads the boxes of a page: each marked-content sequence is one.
#[derive(Default)]
struct BoxReader {
    boxes: Vec<String>,
    line: Option<i64>,
}

impl Device<'_> for BoxReader {
    fn draw_glyph(&mut self, glyph: &Glyph<'_>, place: Affine, within: Affine, _: &Paint<'_>, _: &GlyphDrawMode) {
        let Some(text) = self.boxes.last_mut() else { panic!("a letter outside of every box") };
        let line = (place * within).translation().y.round() as i64;
        // A small vertical offset is still the same line.
        if self.line.replace(line).is_some_and(|before| (before - line).abs() > 2) {
            text.push_str("\n   ");
        }
        match glyph.as_unicode() {
            Some(BfString::Char(letter)) => text.push(letter),
            Some(BfString::String(letters)) => text.push_str(&letters),
            None => panic!("a letter that no reader knows, after «{text}»"),
        }
    }

    fn begin_marked_content(&mut self, _: &[u8], _: Option<i32>) {
        self.boxes.push(String::new());
        self.line = None;
    }

    fn set_soft_mask(&mut self, _: Option<SoftMask<'_>>) {}
    fn set_blend_mode(&mut self, _: BlendMode) {}
    fn draw_path(&mut self, _: &BezPath, _: Affine, _: &Paint<'_>, _: &PathDrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'_>>, _: BlendMode) {}
    fn draw_image(&mut self, _: Image<'_, '_>, _: Affine) {}
    fn pop_clip_path(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}

/// The boxes with text, page after page.
fn boxes(pdf: &Pdf) -> String {
    let mut told = String::new();
    for (page, number) in pdf.pages().iter().zip(1..) {
        told.push_str(&format!("page {number}\n"));
        let mut reader = BoxReader::default();
        let (cache, whole) = (InterpreterCache::new(), Rect::new(0.0, 0.0, 1000.0, 1000.0));
        let mut context = Context::new(Affine::IDENTITY, whole, &cache, page.xref(), InterpreterSettings::default());
        interpret_page(page, &mut context, &mut reader);
        reader.boxes.iter().filter(|text| !text.is_empty()).for_each(|text| {
            told.push_str(text.replace('\u{a0}', " ").trim_end());
            told.push('\n');
        });
    }
    told
}

/// A page in greyscale, row by row, and its width.
fn picture(pdf: &Pdf, page: usize) -> (u32, Vec<u8>) {
    let settings =
        RenderSettings { x_scale: PIXELS_A_POINT, y_scale: PIXELS_A_POINT, bg_color: WHITE, ..Default::default() };
    let page = hayro::render(&pdf.pages()[page], &RenderCache::new(), &InterpreterSettings::default(), &settings);
    (u32::from(page.width()), page.data().iter().map(|pixel| pixel.g).collect())
}

fn write_png(file: &Path, (width, greys): &(u32, Vec<u8>)) {
    let height = greys.len() as u32 / width;
    let mut encoder = png::Encoder::new(fs::File::create(file).unwrap(), *width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_compression(png::Compression::High);
    encoder.write_header().unwrap().write_image_data(greys).unwrap();
}

fn read_png(file: &Path) -> (u32, Vec<u8>) {
    let opened = fs::File::open(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let mut reader = png::Decoder::new(std::io::BufReader::new(opened)).read_info().unwrap();
    let mut greys = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut greys).unwrap();
    (frame.width, greys)
}

fn hold_picture(case: &str, page: usize, seen: &(u32, Vec<u8>)) {
    let file = golden(case, &format!("{}.png", page + 1));
    if is_renewed() {
        return write_png(&file, seen);
    }
    let expected = read_png(&file);
    assert_eq!((seen.0, seen.1.len()), (expected.0, expected.1.len()), "{case}: the size of the page");
    let differ = seen.1.iter().zip(&expected.1).filter(|(a, b)| a.abs_diff(**b) > MAX_GREY).count();
    let share = differ as f64 / seen.1.len() as f64;
    if share > MAX_DIFFERENT {
        let new = env::temp_dir().join(format!("kabinet-{case}-{}.png", page + 1));
        write_png(&new, seen);
        panic!("{case}, page {}: {differ} pixels are not as in {}; see {}", page + 1, file.display(), new.display());
    }
}

fn golden(case: &str, ending: &str) -> PathBuf {
    Path::new(FOLDER).join(format!("{case}.{ending}"))
}

fn is_renewed() -> bool {
    env::var("KABINET_GOLDEN").is_ok_and(|value| value == "renew")
}

fn hold(case: &Case) {
    hold_document(case.name, PRESS.receipt(&(case.receipt)()).unwrap());
}

fn hold_document(name: &str, pdf: Vec<u8>) {
    let pdf = Pdf::new(pdf).unwrap();
    let (file, told) = (golden(name, "txt"), boxes(&pdf));
    if is_renewed() {
        fs::create_dir_all(FOLDER).unwrap();
        fs::write(&file, &told).unwrap();
    }
    let expected = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    for (line, (told, expected)) in told.lines().zip(expected.lines()).enumerate() {
        assert_eq!(told, expected, "{name}: line {}", line + 1);
    }
    assert_eq!(told.lines().count(), expected.lines().count(), "{name}: boxes");
    for page in 0..pdf.pages().len() {
        hold_picture(name, page, &picture(&pdf, page));
    }
}

macro_rules! golden_cases {
    ($($name:ident)+) => {
        $(#[test]
        fn $name() {
            hold(CASES.iter().find(|case| case.name == stringify!($name).replace('_', "-")).unwrap());
        })+

        #[test]
        fn every_case_is_held() {
            let held = [$(stringify!($name)),+].map(|name| name.replace('_', "-"));
            let cases: Vec<&str> = CASES.iter().map(|case| case.name).collect();
            assert_eq!(cases, held);
        }
    };
}

golden_cases! {
    metered by_norm average in_debt overpaid nothing_charged negative_month paid_since twelve_services two_pages
    ten_meters verification_expired all_columns bare long_names signs_in_names large_sums no_requisites
    instalment
}

#[test]
fn a_statement_of_two_years() {
    hold_document("statement", PRESS.statement(&sample::stated(24)).unwrap());
}

#[test]
fn a_certificate_of_a_payment() {
    hold_document("certificate", PRESS.certificate(&sample::certified()).unwrap());
}

#[test]
fn a_certificate_of_no_debt() {
    hold_document("no-debt", PRESS.no_debt(&sample::without_debt()).unwrap());
}
