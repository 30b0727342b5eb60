//! Tests that a bank's app can read the printed code: an independent program renders the PDF, another one finds and
//! decodes the code, and an independent parser splits its fields.

use std::collections::BTreeMap;

use encoding_rs::{KOI8_R, UTF_8, WINDOWS_1251};
use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::page::Page;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{RenderCache, RenderSettings};
use quircs::Quirc;

use super::cases;
use super::press::Press;
use crate::domain::account::AccountNumber;
use crate::domain::receipt::Receipt;

/// A cheap printer and a cheap scanner: 150 dots per inch.
const PIXELS_A_POINT: f32 = 150.0 / 72.0;

/// The bytes in the code of each page; `None` where no code is found.
fn scan(pdf: Vec<u8>) -> Vec<Option<Vec<u8>>> {
    Pdf::new(pdf).unwrap().pages().iter().map(scan_page).collect()
}

fn scan_page(page: &Page<'_>) -> Option<Vec<u8>> {
    let settings =
        RenderSettings { x_scale: PIXELS_A_POINT, y_scale: PIXELS_A_POINT, bg_color: WHITE, ..Default::default() };
    let page = hayro::render(page, &RenderCache::new(), &InterpreterSettings::default(), &settings);
    let (width, height) = (usize::from(page.width()), usize::from(page.height()));
    let grey: Vec<u8> = page.data().iter().map(|pixel| pixel.g).collect();
    let code = Quirc::default().identify(width, height, &grey).next()?;
    Some(code.unwrap().decode().unwrap().payload)
}

/// GOST R 56042-2014, 5: the format's name, its version, a digit for the encoding, a separator, pairs.
fn fields(payload: &[u8]) -> BTreeMap<String, String> {
    let encoding = match payload.get(..7) {
        Some(b"ST00011") => WINDOWS_1251,
        Some(b"ST00012") => UTF_8,
        Some(b"ST00013") => KOI8_R,
        other => panic!("no payment code: {other:?}"),
    };
    let (text, _, broken) = encoding.decode(&payload[7..]);
    assert!(!broken, "{text}");
    let separator = text.chars().next().unwrap();
    let pairs = text[separator.len_utf8()..].split(separator).filter_map(|pair| pair.split_once('='));
    pairs.map(|(key, value)| (key.to_lowercase(), value.to_owned())).collect()
}

/// The fields of the code on a receipt's first page.
fn read(receipt: &Receipt) -> Option<BTreeMap<String, String>> {
    let codes = scan(Press::new().receipt(receipt).unwrap());
    codes.first().unwrap().as_deref().map(fields)
}

#[test]
fn a_bank_reads_from_paper_whom_to_pay_how_much_for_which_account() {
    let long_address = {
        let mut receipt = cases::by_norm();
        receipt.address = "Пермский край, Тихоярский городской округ, посёлок Родниковый, ".repeat(3);
        receipt
    };
    for receipt in [cases::metered(), cases::in_debt(), long_address] {
        let read = read(&receipt).expect("a code is found");
        assert_eq!(read["sum"], receipt.payable().unwrap().kopecks().to_string());
        assert_eq!(read["persacc"], receipt.account_number.as_str());
        assert_eq!(read["name"], receipt.provider.name);
        assert_eq!(Some(&read["personalacc"]), receipt.provider.settlement_account.as_ref());
        assert_eq!(Some(&read["bic"]), receipt.provider.bik.as_ref());
        assert_eq!(read["techcode"], "02");
    }
}

#[test]
fn who_has_nothing_to_pay_gets_no_code() {
    assert_eq!(read(&cases::overpaid()), None);
}

#[test]
fn in_a_print_run_each_receipt_bears_its_own_code() {
    let receipts = [cases::metered(), cases::overpaid(), cases::in_debt(), cases::by_norm()];
    let numbered: Vec<_> = (1..).zip(receipts).map(|(number, receipt)| numbered(number, receipt)).collect();
    let (pdf, pages) = Press::new().receipts(&numbered.iter().collect::<Vec<_>>()).unwrap();
    let codes = scan(pdf);
    let mut read = Vec::new();
    let mut first = 0;
    for (receipt, pages) in numbered.iter().zip(pages) {
        let code = codes[first].as_deref().map(fields);
        assert_eq!(code.is_some(), !receipt.payable().unwrap().is_zero(), "{}", receipt.account_number);
        read.extend(code.map(|mut code| code.remove("persacc").unwrap()));
        first += pages;
    }
    assert_eq!(read, ["59000001", "59000003", "59000004"]);
}

fn numbered(number: u32, mut receipt: Receipt) -> Receipt {
    receipt.account_number = AccountNumber::trusted(format!("5900000{number}"));
    receipt
}
