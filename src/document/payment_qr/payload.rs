//! The text of GOST R 56042-2014 that a bank's app reads.

use encoding_rs::{UTF_8, WINDOWS_1251};
use thiserror::Error;

use crate::domain::calendar::Period;
use crate::domain::money::Money;
use crate::domain::requisites::{RequisiteError, check_account_shape, check_bik};

/// Format and version that every payload starts with.
const HEADER: &str = "ST0001";
/// Longest name of the payee, in characters.
pub(super) const MAX_NAME: usize = 160;
/// Longest name of the bank, in characters.
pub(super) const MAX_BANK_NAME: usize = 45;
/// Longest purpose of the payment, in characters.
const MAX_PURPOSE: usize = 210;
/// Largest size of the required fields together, with their keys and separators, in bytes of the encoding.
const MAX_REQUIRED: usize = 300;
/// Most digits of a sum in kopecks.
const MAX_SUM_DIGITS: usize = 18;
/// Largest payload in bytes: a code of version 25 still has modules of 0.35 mm when printed 44 mm wide.
const MAX_PAYLOAD: usize = 990;
/// Characters that may separate fields, in the order of preference.
const SEPARATORS: &str = "|@;:^_~{}!#$%&()*+,/";
/// Technical code of payments for housing and utilities.
const TECH_CODE_UTILITIES: &str = "02";

/// The encoding of a payload, by its digit in the standard; KOI8-R, the third, is not used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Encoding {
    /// 1: windows-1251.
    Windows1251,
    /// 2: UTF-8, the default.
    Utf8,
}

impl Encoding {
    const fn digit(self) -> char {
        match self {
            Self::Windows1251 => '1',
            Self::Utf8 => '2',
        }
    }

    fn encode(self, text: &str) -> Result<Vec<u8>, PayloadError> {
        let encoding = match self {
            Self::Windows1251 => WINDOWS_1251,
            Self::Utf8 => UTF_8,
        };
        let (bytes, _, unmappable) = encoding.encode(text);
        if unmappable { Err(PayloadError::NotEncodable) } else { Ok(bytes.into_owned()) }
    }
}

/// The reason why there is no payload.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Error)]
pub enum PayloadError {
    /// A required field is empty.
    #[error("the field {0} is empty")]
    Missing(&'static str),
    /// A field is longer than the standard allows.
    #[error("the field {0} is too long")]
    FieldTooLong(&'static str),
    /// A malformed number.
    #[error("the field {field} is malformed")]
    Malformed {
        /// Key of the field.
        field: &'static str,
        /// What is wrong with it.
        source: RequisiteError,
    },
    /// A sum of zero or less.
    #[error("the sum is not positive")]
    Sum,
    /// The five required fields together are longer than 300 bytes.
    #[error("the required fields are longer than {MAX_REQUIRED} bytes together")]
    RequiredTooLong,
    /// The payload is too long for a code that a phone reads from paper.
    #[error("the payload is longer than {MAX_PAYLOAD} bytes")]
    TooLong,
    /// Every separator occurs in some value.
    #[error("no separator is free")]
    NoSeparator,
    /// A character that the encoding lacks.
    #[error("a character is outside the encoding")]
    NotEncodable,
}

/// A payment as the standard defines it. Empty optional fields are left out.
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
    /// The same payment without the payer: shorter, with fewer unusual characters, and still payable.
    #[must_use]
    pub fn without_payer(&self) -> Self {
        Self { last_name: None, first_name: None, middle_name: None, payer_address: None, ..self.clone() }
    }

    /// The payload in an encoding.
    ///
    /// # Errors
    /// [`PayloadError`] when the payment breaks a rule of the standard; it names the rule and, where there is one, the
    /// field.
    pub fn encode(&self, encoding: Encoding) -> Result<Vec<u8>, PayloadError> {
        let required = self.required_fields()?;
        let optional = self.optional_fields()?;
        let separator = free_separator(required.iter().chain(&optional).map(|(_, value)| value.as_str()))?;
        let required = encoding.encode(&join(&required, separator))?;
        if required.len() > MAX_REQUIRED {
            return Err(PayloadError::RequiredTooLong);
        }
        let mut payload = format!("{HEADER}{}", encoding.digit()).into_bytes();
        payload.extend(required);
        payload.extend(encoding.encode(&join(&optional, separator))?);
        if payload.len() > MAX_PAYLOAD { Err(PayloadError::TooLong) } else { Ok(payload) }
    }

    fn required_fields(&self) -> Result<Fields, PayloadError> {
        let malformed = |field| move |source| PayloadError::Malformed { field, source };
        let name = required("Name", &self.name, MAX_NAME)?;
        let bank_name = required("BankName", &self.bank_name, MAX_BANK_NAME)?;
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
            ("Purpose", self.purpose.as_deref().map(|purpose| shorten(purpose, MAX_PURPOSE))),
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

/// A payload as text, decoded by its encoding digit.
pub fn text_of(payload: &[u8]) -> String {
    let encoding = if payload.get(HEADER.len()) == Some(&b'1') { WINDOWS_1251 } else { UTF_8 };
    encoding.decode_without_bom_handling(payload).0.into_owned()
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
    if sum <= Money::ZERO || text.len() > MAX_SUM_DIGITS { Err(PayloadError::Sum) } else { Ok(text) }
}

/// The first separator that occurs in no value.
fn free_separator<'a>(values: impl Iterator<Item = &'a str> + Clone) -> Result<char, PayloadError> {
    let is_free = |separator: &char| !values.clone().any(|value| value.contains(*separator));
    SEPARATORS.chars().find(is_free).ok_or(PayloadError::NoSeparator)
}

fn join(fields: &Fields, separator: char) -> String {
    fields.iter().map(|(key, value)| format!("{separator}{key}={value}")).collect::<Vec<_>>().concat()
}

/// A value on one line: control characters and runs of spaces become one space.
fn one_line(value: &str) -> String {
    let spaced: String = value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A text of at most `most` characters, cut between words where possible.
pub(super) fn shorten(text: &str, most: usize) -> String {
    let text = one_line(text);
    let Some((end, next)) = text.char_indices().nth(most) else { return text };
    let cut = &text[..end];
    match cut.rfind(' ') {
        Some(space) if next != ' ' => cut[..space].to_owned(),
        _ => cut.trim_end().to_owned(),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::super::picture::picture;
    use super::*;

    /// A payment with most of its fields.
    pub fn order() -> PaymentOrder {
        PaymentOrder {
            name: "АО «Горгаз Тихоярск»".into(),
            settlement_account: "40702810600000000017".into(),
            bank_name: "Банк «Тихоярский»".into(),
            bik: "045773603".into(),
            correspondent_account: "30101810900000000603".into(),
            sum: Some(Money::from_kopecks(123_456)),
            inn: Some("5902202276".into()),
            kpp: Some("590201001".into()),
            account: Some("59012345".into()),
            period: Period::parse("2026-11").ok(),
            last_name: Some("Иванова".into()),
            payer_address: Some("г. Тихоярск, ул. Садовая, д. 1/2".into()),
            ..PaymentOrder::default()
        }
    }

    fn text(order: &PaymentOrder) -> String {
        String::from_utf8(order.encode(Encoding::Utf8).unwrap()).unwrap()
    }

    /// Reads a payload in UTF-8 or windows-1251 as a bank does.
    pub fn read(payload: &[u8]) -> BTreeMap<String, String> {
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
            "ST00012|Name=АО «Горгаз Тихоярск»|PersonalAcc=40702810600000000017|BankName=Банк «Тихоярский»|BIC=045773603\
             |CorrespAcc=30101810900000000603|Sum=123456|PayeeINN=5902202276|KPP=590201001|PersAcc=59012345\
             |PaymPeriod=11.2026|LastName=Иванова|PayerAddress=г. Тихоярск, ул. Садовая, д. 1/2|TechCode=02"
        );
    }

    #[test]
    fn each_encoding_has_its_digit_and_bytes() {
        let windows = order().encode(Encoding::Windows1251).unwrap();
        assert!(windows.starts_with(b"ST00011|Name=\xC0\xCE \xAB\xC3\xEE\xF0\xE3\xE0\xE7"));
        let foreign = PaymentOrder { name: "Gaz 燃气".into(), ..order() };
        assert_eq!(foreign.encode(Encoding::Windows1251), Err(PayloadError::NotEncodable));
        assert!(foreign.encode(Encoding::Utf8).unwrap().starts_with("ST00012|Name=Gaz 燃气|".as_bytes()));
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
                    prop_assert!(payload.len() <= MAX_PAYLOAD);
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
