//! The payment QR of GOST R 56042-2014: the sum due on a receipt, as the text that a bank's app reads (`payload`) and
//! as its picture (`picture`).
//!
//! Check digits of the accounts are not checked here: the import rejects wrong ones.

mod payload;
mod picture;

use crate::domain::receipt::Receipt;
use crate::domain::requisites::{RequisiteError, check_inn, check_kpp};
pub use payload::{Encoding, PayloadError, PaymentOrder, text_of};
use payload::{MAX_BANK_NAME, MAX_NAME, shorten};
pub use picture::{Picture, picture};

/// Largest payload whose code any phone reads from cheap paper: it fits version 15 at correction M, and printed 44 mm
/// wide, quiet zone included, its modules are 0.5 mm.
const PAYLOAD_EASY: usize = 412;

/// The payload of a receipt whose code is easily read: in UTF-8; in windows-1251, where a letter takes half as much; or
/// without the payer, which banks do not need. If all are too long, the shortest that the standard allows. `None` when
/// nothing is due or the requisites do not allow it.
pub fn receipt_payload(receipt: &Receipt) -> Option<Vec<u8>> {
    let whole = order_of(receipt)?;
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

/// The payment of a receipt; `None` when nothing is due or the provider's requisites are unknown. Names longer than the
/// standard allows are shortened: banks use the numbers.
fn order_of(receipt: &Receipt) -> Option<PaymentOrder> {
    let provider = &receipt.provider;
    let sum = receipt.payable().ok().filter(|sum| !sum.is_zero())?;
    let payer = Payer::of(receipt.subscriber.as_deref());
    Some(PaymentOrder {
        name: shorten(&provider.name, MAX_NAME),
        settlement_account: provider.settlement_account.clone()?,
        bank_name: shorten(provider.bank_name.as_deref()?, MAX_BANK_NAME),
        bik: provider.bik.clone()?,
        correspondent_account: provider.correspondent_account.clone()?,
        sum: Some(sum),
        purpose: Some(format!("Оплата по л/с {} за {}", receipt.account_number, receipt.period)),
        inn: provider.inn.clone().filter(|inn| !matches!(check_inn(inn), Err(RequisiteError::Shape { .. }))),
        kpp: provider.kpp.clone().filter(|kpp| check_kpp(kpp).is_ok()),
        account: Some(receipt.account_number.to_string()),
        period: Some(receipt.period),
        category: None,
        last_name: payer.last,
        first_name: payer.first,
        middle_name: payer.middle,
        payer_address: Some(receipt.address.clone()),
    })
}

/// A payer's name split into the fields of the standard.
#[derive(Default)]
struct Payer {
    last: Option<String>,
    first: Option<String>,
    middle: Option<String>,
}

impl Payer {
    /// «Иванова Мария Петровна» is split; any other text (a firm, initials, four words) is kept whole as the last name.
    fn of(subscriber: Option<&str>) -> Self {
        let Some(subscriber) = subscriber else { return Self::default() };
        let words: Vec<&str> = subscriber.split_whitespace().collect();
        let is_name = |word: &&str| word.chars().count() > 1 && word.chars().all(|c| c.is_alphabetic() || c == '-');
        match words.as_slice() {
            [last, first, middle] if [last, first, middle].into_iter().all(is_name) => Self {
                last: Some((*last).to_owned()),
                first: Some((*first).to_owned()),
                middle: Some((*middle).to_owned()),
            },
            _ => Self { last: Some(words.join(" ")), ..Self::default() },
        }
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::WINDOWS_1251;

    use super::payload::tests::read;
    use super::picture::PIXELS;
    use super::*;

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
            (payer.last.unwrap(), payer.first.is_some())
        };
        assert_eq!(parts("Иванова Мария Петровна"), ("Иванова".into(), true));
        assert_eq!(parts("Иванова М. П."), ("Иванова М. П.".into(), false));
        assert_eq!(parts("ООО «Ромашка и Ко»"), ("ООО «Ромашка и Ко»".into(), false));
    }
}
