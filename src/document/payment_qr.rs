//! The payment QR of GOST R 56042-2014: the text that a bank's app reads, and its picture.
//!
//! Control keys of the accounts are not checked here: the import refuses those that do not match.

use encoding_rs::{KOI8_R, UTF_8, WINDOWS_1251};
use qrcodegen::{Mask, QrCode, QrCodeEcc, QrSegment, Version};
use thiserror::Error;

use crate::domain::calendar::Period;
use crate::domain::money::Money;
use crate::domain::receipt::Receipt;
use crate::domain::requisites::{RequisiteError, check_account_shape, check_bik, check_inn, check_kpp};

/// Format and version that every payload starts with.
const HEADER: &str = "ST0001";
/// Longest name of the payee, in characters.
const NAME_MOST: usize = 160;
/// Longest name of the bank, in characters.
const BANK_NAME_MOST: usize = 45;
/// Longest purpose of the payment, in characters.
const PURPOSE_MOST: usize = 210;
/// Largest size of the required fields together, with their keys and separators, in bytes of the encoding.
const REQUIRED_MOST: usize = 300;
/// Most digits of a sum in kopecks.
const SUM_DIGITS_MOST: usize = 18;
/// Largest payload in bytes: a code of version 25 still has modules of 0.35 mm when printed 44 mm wide.
const PAYLOAD_MOST: usize = 990;
/// Largest payload whose code any phone reads from cheap paper: at correction M a code of version 15 holds it, and printed
/// 44 mm wide, quiet zone included, its modules are 0.5 mm.
const PAYLOAD_EASY: usize = 412;
/// Characters that may separate fields, in the order of preference.
const SEPARATORS: &str = "|@;:^_~{}!#$%&()*+,/";
/// Technical code of payments for housing and utilities.
const TECH_CODE_UTILITIES: &str = "02";
/// White modules around a code (ISO/IEC 18004).
const QUIET_ZONE: usize = 4;
/// The pattern laid over the modules, a checkerboard. Readers take any of the eight; weighing them all takes ten times as
/// long as the code itself, and over words and digits none is much worse than another.
const MASK: u8 = 0;
/// Pixels of a module's side: a viewer that smooths pictures blurs a quarter of a module at most, and readers look at
/// its middle.
const PIXELS: usize = 2;

/// The encoding of a payload, by its digit in the standard.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Encoding {
    /// 1: windows-1251.
    Windows1251,
    /// 2: UTF-8, the default.
    Utf8,
    /// 3: KOI8-R.
    Koi8R,
}

impl Encoding {
    const fn digit(self) -> char {
        match self {
            Self::Windows1251 => '1',
            Self::Utf8 => '2',
            Self::Koi8R => '3',
        }
    }

    fn encode(self, text: &str) -> Result<Vec<u8>, PayloadError> {
        let encoding = match self {
            Self::Windows1251 => WINDOWS_1251,
            Self::Utf8 => UTF_8,
            Self::Koi8R => KOI8_R,
        };
        let (bytes, _, unmappable) = encoding.encode(text);
        if unmappable { Err(PayloadError::NotEncodable) } else { Ok(bytes.into_owned()) }
    }
}

/// Why there is no payload.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Error)]
pub enum PayloadError {
    /// A required field is empty.
    #[error("the field {0} is empty")]
    Missing(&'static str),
    /// A field is longer than the standard allows.
    #[error("the field {0} is too long")]
    FieldTooLong(&'static str),
    /// A number of another shape.
    #[error("the field {field} is malformed")]
    Malformed {
        /// Key of the field.
        field: &'static str,
        /// What is wrong with it.
        source: RequisiteError,
    },
    /// A sum of nothing or less.
    #[error("the sum is not positive")]
    Sum,
    /// The five required fields are longer together than 300 bytes.
    #[error("the required fields are longer than {REQUIRED_MOST} bytes together")]
    RequiredTooLong,
    /// The whole is too long for a code that a phone reads from paper.
    #[error("the payload is longer than {PAYLOAD_MOST} bytes")]
    TooLong,
    /// Every separator occurs in some value.
    #[error("no separator is free")]
    NoSeparator,
    /// A character that the encoding lacks.
    #[error("a character is outside the encoding")]
    NotEncodable,
}

/// A payment as the standard describes it. Optional fields that are empty are left out.
#[derive(Clone, Default, Eq, PartialEq)]
pub struct PaymentOrder {
    /// `Name`: the payee.
    pub name: String,
    /// `PersonalAcc`: settlement account.
    pub settlement_account: String,
    /// `BankName`.
    pub bank_name: String,
    /// `BIC`.
    pub bik: String,
    /// `CorrespAcc`.
    pub correspondent_account: String,
    /// `Sum`.
    pub sum: Option<Money>,
    /// `Purpose`.
    pub purpose: Option<String>,
    /// `PayeeINN`.
    pub inn: Option<String>,
    /// `KPP`.
    pub kpp: Option<String>,
    /// `PersAcc`: the subscriber's account.
    pub account: Option<String>,
    /// `PaymPeriod`.
    pub period: Option<Period>,
    /// `Category`: kind of the payment.
    pub category: Option<String>,
    /// `LastName` of the payer.
    pub last_name: Option<String>,
    /// `FirstName` of the payer.
    pub first_name: Option<String>,
    /// `MiddleName` of the payer.
    pub middle_name: Option<String>,
    /// `PayerAddress`.
    pub payer_address: Option<String>,
}

/// Keys with cleaned values, in the order of the standard.
type Fields = Vec<(&'static str, String)>;

impl PaymentOrder {
    /// What a receipt asks for; `None` when nothing is due or the provider's requisites are not known. Names longer
    /// than the standard allows are shortened: banks go by the numbers.
    pub fn of(receipt: &Receipt) -> Option<Self> {
        let provider = &receipt.provider;
        let sum = receipt.payable().ok().filter(|sum| !sum.is_zero())?;
        let payer = Payer::of(receipt.subscriber.as_deref());
        Some(Self {
            name: shorten(&provider.name, NAME_MOST),
            settlement_account: provider.settlement_account.clone()?,
            bank_name: shorten(provider.bank_name.as_deref()?, BANK_NAME_MOST),
            bik: provider.bik.clone()?,
            correspondent_account: provider.correspondent_account.clone()?,
            sum: Some(sum),
            purpose: Some(format!("Оплата по л/с {} за {}", receipt.account_number, receipt.period)),
            inn: provider.inn.clone().filter(|inn| !matches!(check_inn(inn), Err(RequisiteError::Shape { .. }))),
            kpp: provider.kpp.clone().filter(|kpp| check_kpp(kpp).is_ok()),
            account: Some(receipt.account_number.to_string()),
            period: Some(receipt.period),
            category: None,
            last_name: payer.last_name,
            first_name: payer.first_name,
            middle_name: payer.middle_name,
            payer_address: Some(receipt.address.clone()),
        })
    }

    /// The same payment without what tells who pays: shorter, with fewer strange characters, and still payable.
    #[must_use]
    pub fn without_payer(&self) -> Self {
        Self { last_name: None, first_name: None, middle_name: None, payer_address: None, ..self.clone() }
    }

    /// The payload in an encoding.
    ///
    /// # Errors
    /// [`PayloadError`] names the rule and, where there is one, the field.
    pub fn encode(&self, encoding: Encoding) -> Result<Vec<u8>, PayloadError> {
        let required = self.required_fields()?;
        let optional = self.optional_fields()?;
        let separator = free_separator(required.iter().chain(&optional).map(|(_, value)| value.as_str()))?;
        let required = encoding.encode(&join(&required, separator))?;
        if required.len() > REQUIRED_MOST {
            return Err(PayloadError::RequiredTooLong);
        }
        let mut payload = format!("{HEADER}{}", encoding.digit()).into_bytes();
        payload.extend(required);
        payload.extend(encoding.encode(&join(&optional, separator))?);
        if payload.len() > PAYLOAD_MOST { Err(PayloadError::TooLong) } else { Ok(payload) }
    }

    fn required_fields(&self) -> Result<Fields, PayloadError> {
        let malformed = |field| move |source| PayloadError::Malformed { field, source };
        let name = required("Name", &self.name, NAME_MOST)?;
        let bank_name = required("BankName", &self.bank_name, BANK_NAME_MOST)?;
        check_account_shape(&self.settlement_account).map_err(malformed("PersonalAcc"))?;
        check_bik(&self.bik).map_err(malformed("BIC"))?;
        check_account_shape(&self.correspondent_account).map_err(malformed("CorrespAcc"))?;
        Ok(vec![
            ("Name", name),
            ("PersonalAcc", self.settlement_account.clone()),
            ("BankName", bank_name),
            ("BIC", self.bik.clone()),
            ("CorrespAcc", self.correspondent_account.clone()),
        ])
    }

    fn optional_fields(&self) -> Result<Fields, PayloadError> {
        let period = self.period.map(|period| format!("{:02}.{:04}", period.month(), period.year()));
        let fields = [
            ("Sum", self.sum.map(sum_in_kopecks).transpose()?),
            ("Purpose", self.purpose.as_deref().map(|purpose| shorten(purpose, PURPOSE_MOST))),
            ("PayeeINN", self.inn.clone()),
            ("KPP", self.kpp.clone()),
            ("PersAcc", self.account.clone()),
            ("PaymPeriod", period),
            ("Category", self.category.clone()),
            ("LastName", self.last_name.clone()),
            ("FirstName", self.first_name.clone()),
            ("MiddleName", self.middle_name.clone()),
            ("PayerAddress", self.payer_address.clone()),
            ("TechCode", Some(TECH_CODE_UTILITIES.to_owned())),
        ];
        let given = fields.into_iter().filter_map(|(key, value)| Some((key, one_line(&value?))));
        Ok(given.filter(|(_, value)| !value.is_empty()).collect())
    }
}

/// A payer's name in the parts that the standard has.
#[derive(Default)]
struct Payer {
    last_name: Option<String>,
    first_name: Option<String>,
    middle_name: Option<String>,
}

impl Payer {
    /// «Иванова Мария Петровна» in its parts; anything else (a firm, initials, four words) whole as the last name.
    fn of(subscriber: Option<&str>) -> Self {
        let Some(subscriber) = subscriber else { return Self::default() };
        let words: Vec<&str> = subscriber.split_whitespace().collect();
        let is_name = |word: &&str| word.chars().count() > 1 && word.chars().all(|c| c.is_alphabetic() || c == '-');
        match words.as_slice() {
            [last, first, middle] if [last, first, middle].into_iter().all(is_name) => Self {
                last_name: Some((*last).to_owned()),
                first_name: Some((*first).to_owned()),
                middle_name: Some((*middle).to_owned()),
            },
            _ => Self { last_name: Some(words.join(" ")), ..Self::default() },
        }
    }
}

/// A payload as text, by the encoding that it names.
pub fn text_of(payload: &[u8]) -> String {
    let encoding = match payload.get(HEADER.len()) {
        Some(b'1') => WINDOWS_1251,
        Some(b'3') => KOI8_R,
        _ => UTF_8,
    };
    encoding.decode_without_bom_handling(payload).0.into_owned()
}

/// The payload of a receipt whose code is easily read: in UTF-8; in windows-1251, where a letter takes half as much; or
/// without the payer, whom banks do not need. If none is short enough, the shortest that the standard allows. `None` when
/// nothing is due or the requisites do not allow it.
pub fn receipt_payload(receipt: &Receipt) -> Option<Vec<u8>> {
    let whole = PaymentOrder::of(receipt)?;
    let anonymous = whole.without_payer();
    let attempts = [&whole, &anonymous].into_iter().flat_map(|order| {
        [Encoding::Utf8, Encoding::Windows1251].into_iter().filter_map(move |encoding| order.encode(encoding).ok())
    });
    let mut shortest: Option<Vec<u8>> = None;
    for payload in attempts {
        if payload.len() <= PAYLOAD_EASY {
            return Some(payload);
        }
        shortest = Some(shortest.filter(|shortest| shortest.len() <= payload.len()).unwrap_or(payload));
    }
    shortest
}

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
    let zone = QUIET_ZONE as i32;
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

fn required(key: &'static str, value: &str, most: usize) -> Result<String, PayloadError> {
    let value = one_line(value);
    match value.chars().count() {
        0 => Err(PayloadError::Missing(key)),
        count if count > most => Err(PayloadError::FieldTooLong(key)),
        _ => Ok(value),
    }
}

fn sum_in_kopecks(sum: Money) -> Result<String, PayloadError> {
    let text = sum.kopecks().to_string();
    if sum <= Money::ZERO || text.len() > SUM_DIGITS_MOST { Err(PayloadError::Sum) } else { Ok(text) }
}

/// The first separator that occurs in no value.
fn free_separator<'a>(values: impl Iterator<Item = &'a str> + Clone) -> Result<char, PayloadError> {
    let is_free = |separator: &char| !values.clone().any(|value| value.contains(*separator));
    SEPARATORS.chars().find(is_free).ok_or(PayloadError::NoSeparator)
}

fn join(fields: &Fields, separator: char) -> String {
    fields.iter().map(|(key, value)| format!("{separator}{key}={value}")).collect()
}

/// A value on one line: control characters and runs of spaces become one space.
fn one_line(value: &str) -> String {
    let spaced: String = value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text of at most so many characters, cut between words where there are any.
fn shorten(text: &str, most: usize) -> String {
    let text = one_line(text);
    let Some((end, next)) = text.char_indices().nth(most) else { return text };
    let cut = &text[..end];
    match cut.rfind(' ') {
        Some(space) if next != ' ' => cut[..space].to_owned(),
        _ => cut.trim_end().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn order() -> PaymentOrder {
        PaymentOrder {
            name: "АО «Горгаз Примерск»".into(),
            settlement_account: "40702810600000000017".into(),
            bank_name: "Банк «Пример»".into(),
            bik: "045773603".into(),
            correspondent_account: "30101810900000000603".into(),
            sum: Some(Money::from_kopecks(123_456)),
            inn: Some("5902202276".into()),
            kpp: Some("590201001".into()),
            account: Some("59012345".into()),
            period: Period::parse("2026-11").ok(),
            last_name: Some("Иванова".into()),
            payer_address: Some("г. Примерск, ул. Садовая, д. 1/2".into()),
            ..PaymentOrder::default()
        }
    }

    fn text(order: &PaymentOrder) -> String {
        String::from_utf8(order.encode(Encoding::Utf8).unwrap()).unwrap()
    }

    /// Reads a payload in UTF-8 or windows-1251 as a bank does.
    fn read(payload: &[u8]) -> BTreeMap<String, String> {
        let (head, rest) = payload.split_at(HEADER.len() + 1);
        let encoding = match head {
            b"ST00011" => WINDOWS_1251,
            b"ST00012" => UTF_8,
            other => panic!("{other:?}"),
        };
        let rest = encoding.decode_without_bom_handling_and_without_replacement(rest).unwrap();
        let separator = rest.chars().next().unwrap();
        let fields = rest[separator.len_utf8()..].split(separator);
        fields.map(|field| field.split_once('=').unwrap()).map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
    }

    #[test]
    fn a_payload_has_its_fields_in_the_standards_order_and_the_sum_in_kopecks() {
        assert_eq!(
            text(&order()),
            "ST00012|Name=АО «Горгаз Примерск»|PersonalAcc=40702810600000000017|BankName=Банк «Пример»|BIC=045773603\
             |CorrespAcc=30101810900000000603|Sum=123456|PayeeINN=5902202276|KPP=590201001|PersAcc=59012345\
             |PaymPeriod=11.2026|LastName=Иванова|PayerAddress=г. Примерск, ул. Садовая, д. 1/2|TechCode=02"
        );
    }

    #[test]
    fn each_encoding_has_its_digit_and_bytes() {
        let windows = order().encode(Encoding::Windows1251).unwrap();
        assert!(windows.starts_with(b"ST00011|Name=\xC0\xCE \xAB\xC3\xEE\xF0\xE3\xE0\xE7"));
        let koi = PaymentOrder { name: "Газ".into(), bank_name: "Банк".into(), ..order() };
        assert!(koi.encode(Encoding::Koi8R).unwrap().starts_with(b"ST00013|Name=\xE7\xC1\xDA|"));
        assert_eq!(order().encode(Encoding::Koi8R), Err(PayloadError::NotEncodable), "KOI8-R has no «»");
    }

    #[test]
    fn a_separator_that_occurs_in_a_value_gives_way_to_the_next() {
        let order = PaymentOrder { payer_address: Some("д. 1|2, кв. @".into()), ..order() };
        assert!(text(&order).starts_with("ST00012;Name="));
        let order = PaymentOrder { payer_address: Some(SEPARATORS.trim_end_matches('/').into()), ..order };
        assert!(text(&order).starts_with("ST00012/Name="));
        let order = PaymentOrder { payer_address: Some(SEPARATORS.into()), ..order };
        assert_eq!(order.encode(Encoding::Utf8), Err(PayloadError::NoSeparator));
        assert!(order.without_payer().encode(Encoding::Utf8).is_ok());
    }

    #[test]
    fn a_value_may_hold_an_equals_sign_and_never_a_line_break() {
        let order = PaymentOrder { name: "А=Б\r\nВ\tГ".into(), ..order() };
        assert_eq!(read(&order.encode(Encoding::Utf8).unwrap())["Name"], "А=Б В Г");
    }

    #[test]
    fn required_fields_longer_than_300_bytes_together_are_refused() {
        let long = PaymentOrder { name: "Я".repeat(160), bank_name: "Б".repeat(45), ..order() };
        assert_eq!(long.encode(Encoding::Utf8), Err(PayloadError::RequiredTooLong));
        assert!(long.encode(Encoding::Windows1251).is_ok(), "the limits are those of one byte a letter");
        let longer = PaymentOrder { name: "Я".repeat(161), ..order() };
        assert_eq!(longer.encode(Encoding::Windows1251), Err(PayloadError::FieldTooLong("Name")));
    }

    #[test]
    fn requisites_of_another_shape_and_sums_of_nothing_are_refused() {
        let short = PaymentOrder { settlement_account: "4070281060000000001".into(), ..order() };
        assert!(matches!(short.encode(Encoding::Utf8), Err(PayloadError::Malformed { field: "PersonalAcc", .. })));
        let nameless = PaymentOrder { name: " ".into(), ..order() };
        assert_eq!(nameless.encode(Encoding::Utf8), Err(PayloadError::Missing("Name")));
        for kopecks in [0, -1] {
            let order = PaymentOrder { sum: Some(Money::from_kopecks(kopecks)), ..order() };
            assert_eq!(order.encode(Encoding::Utf8), Err(PayloadError::Sum));
        }
    }

    #[test]
    fn a_receipt_without_requisites_or_debt_has_no_code() {
        let receipt = crate::document::cases::metered();
        assert!(receipt_payload(&receipt).is_some());
        let mut bankless = receipt.clone();
        bankless.provider.bik = None;
        assert!(receipt_payload(&bankless).is_none());
        assert!(receipt_payload(&crate::document::cases::overpaid()).is_none());
    }

    #[test]
    fn a_receipts_code_names_the_account_the_period_and_what_is_due() {
        let receipt = crate::document::cases::metered();
        let fields = read(&receipt_payload(&receipt).unwrap());
        assert_eq!(fields["PersAcc"], receipt.account_number.as_str());
        assert_eq!(fields["PaymPeriod"], "11.2026");
        assert_eq!(fields["Sum"], receipt.payable().unwrap().kopecks().to_string());
    }

    #[test]
    fn a_provider_with_long_names_still_has_a_code() {
        let mut receipt = crate::document::cases::metered();
        receipt.provider.name = "Общество с ограниченной ответственностью «Газ» ".repeat(5);
        receipt.provider.bank_name = Some("Приволжский филиал публичного акционерного общества «Банк»".into());
        let payload = receipt_payload(&receipt).unwrap();
        assert!(payload.starts_with(b"ST00011|"), "UTF-8 would break the 300 bytes");
        let (text, _) = WINDOWS_1251.decode_without_bom_handling(&payload);
        assert!(text.contains("|BankName=Приволжский филиал публичного акционерного|"));
    }

    #[test]
    fn a_code_has_modules_of_half_a_millimetre_also_with_a_long_address() {
        let mut receipt = crate::document::cases::metered();
        let modules_most = (44.0 / 0.5) as usize;
        let modules = |payload: &[u8]| picture(payload).unwrap().side / PIXELS;
        assert!(modules(&[b'8'; PAYLOAD_EASY]) <= modules_most && modules(&[b'8'; PAYLOAD_EASY + 1]) > modules_most);
        for words in 0..40 {
            receipt.address = "Краснокамская ".repeat(words);
            let payload = receipt_payload(&receipt).unwrap();
            assert!(modules(&payload) <= modules_most, "{words} words, {} bytes", payload.len());
            assert_eq!(read(&payload)["PersAcc"], receipt.account_number.as_str());
        }
    }

    #[test]
    fn a_payers_name_is_split_only_when_it_is_one() {
        let parts = |name| {
            let payer = Payer::of(Some(name));
            (payer.last_name.unwrap(), payer.first_name.is_some())
        };
        assert_eq!(parts("Иванова Мария Петровна"), ("Иванова".into(), true));
        assert_eq!(parts("Иванова М. П."), ("Иванова М. П.".into(), false));
        assert_eq!(parts("ООО «Ромашка и Ко»"), ("ООО «Ромашка и Ко»".into(), false));
    }

    #[test]
    fn a_picture_is_square_and_has_a_quiet_zone_around_its_finder_patterns() {
        let Picture { side, luma } = picture(&order().encode(Encoding::Utf8).unwrap()).unwrap();
        assert_eq!(luma.len(), side * side);
        assert_eq!((side / PIXELS - 2 * QUIET_ZONE) % 4, 1, "17 modules and four for each version");
        let dark = |x: usize, y: usize| luma[y * side + x] == 0;
        let zone = QUIET_ZONE * PIXELS;
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
            let module = |pixels: usize| i32::try_from(pixels / PIXELS).unwrap() - QUIET_ZONE as i32;
            let (x, y) = (module(index % side), module(index / side));
            assert_eq!(*pixel == 0, code.get_module(x, y), "{x}, {y}");
        }
        let pixel = |module: usize| (QUIET_ZONE + module) * PIXELS;
        let dark = |x: usize, y: usize| luma[pixel(y) * side + pixel(x)] == 0;
        assert!(
            dark(8, code.size() as usize - 8),
            "the module that is dark in every code lies below, not to the right"
        );
    }

    proptest! {
        #[test]
        fn whatever_the_names_a_payload_is_read_back_as_written(
            name in "\\PC{1,60}", bank in "\\PC{1,40}", payer in "\\PC{0,60}", address in "\\PC{0,80}",
        ) {
            let order = PaymentOrder {
                name, bank_name: bank, last_name: Some(payer), payer_address: Some(address), ..order()
            };
            match order.encode(Encoding::Utf8) {
                Ok(payload) => {
                    let fields = read(&payload);
                    prop_assert_eq!(&fields["Name"], &one_line(&order.name));
                    prop_assert_eq!(&fields["BankName"], &one_line(&order.bank_name));
                    let payer = one_line(order.last_name.as_deref().unwrap());
                    prop_assert_eq!(fields.get("LastName").cloned().unwrap_or_default(), payer);
                    prop_assert_eq!(&fields["TechCode"], "02");
                    prop_assert!(payload.len() <= PAYLOAD_MOST);
                    prop_assert!(picture(&payload).is_some());
                }
                Err(error) => prop_assert!(matches!(
                    error,
                    PayloadError::RequiredTooLong | PayloadError::NoSeparator | PayloadError::Missing(_)
                )),
            }
        }

        #[test]
        fn a_shortened_text_keeps_the_limit(text in "\\PC{0,80}", most in 1_usize..40) {
            prop_assert!(shorten(&text, most).chars().count() <= most);
        }
    }
}
