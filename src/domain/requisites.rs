//! A payee's requisites: their format, and the check digits that detect typing errors.
//!
//! The rules are public: the taxpayer number's check digits by the order of the Federal Tax Service, the accounts'
//! control key by the Bank of Russia's order No. 515 of 08.09.1997. Accounts at the Federal Treasury use other key
//! rules, so only their format is checked.

use thiserror::Error;

/// Digits of a bank account.
pub const ACCOUNT_DIGITS: usize = 20;
/// Digits of a bank's code.
pub const BIK_DIGITS: usize = 9;
/// Position of the control key in an account.
const KEY_POSITION: usize = 8;
/// Prefixes of accounts at the Federal Treasury: a client's, and the single one that replaces a correspondent account.
const TREASURY: [&str; 2] = ["03", "40102"];
/// Weights of the control key, repeated over the 23 digits.
const KEY_WEIGHTS: [u32; 3] = [7, 1, 3];
/// Weights of the last check digit of a 12-digit taxpayer number; the other checks use their tails.
const INN_WEIGHTS: [u32; 11] = [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8];

/// Why a requisite is rejected.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Error)]
pub enum RequisiteError {
    /// Something other than digits, or a wrong number of them.
    #[error("expected {expected} digits")]
    Shape {
        /// The required number of digits, as text.
        expected: &'static str,
    },
    /// The format is right, but a check digit is wrong.
    #[error("the check digit at place {place} must be {expected}")]
    CheckDigit {
        /// Its position, from 1.
        place: usize,
        /// The check digit computed from the other digits.
        expected: u8,
    },
}

/// A taxpayer number: 10 digits with one check digit, or 12 with two.
///
/// # Errors
/// [`RequisiteError`] when the format or a check digit is wrong.
#[expect(clippy::cast_possible_truncation, reason = "a check digit is below ten")]
pub fn check_inn(inn: &str) -> Result<(), RequisiteError> {
    let digits = digits(inn).filter(|digits| matches!(digits.len(), 10 | 12));
    let digits = digits.ok_or(RequisiteError::Shape { expected: "10 or 12" })?;
    let first_checked = if digits.len() == 10 { 9 } else { 10 };
    for at in first_checked..digits.len() {
        let expected = inn_check_digit(&digits[..at]);
        if digits[at] != expected {
            return Err(RequisiteError::CheckDigit { place: at + 1, expected: expected as u8 });
        }
    }
    Ok(())
}

fn inn_check_digit(before: &[u32]) -> u32 {
    let weights = &INN_WEIGHTS[INN_WEIGHTS.len() - before.len()..];
    before.iter().zip(weights).map(|(digit, weight)| digit * weight).sum::<u32>() % 11 % 10
}

/// A reason-of-registration code: nine digits, of which the fifth and sixth may be Latin capitals instead.
///
/// # Errors
/// [`RequisiteError::Shape`] when the format is wrong.
pub fn check_kpp(kpp: &str) -> Result<(), RequisiteError> {
    let fits = |(at, byte): (usize, u8)| byte.is_ascii_digit() || (matches!(at, 4 | 5) && byte.is_ascii_uppercase());
    if kpp.len() == 9 && kpp.bytes().enumerate().all(fits) {
        Ok(())
    } else {
        Err(RequisiteError::Shape { expected: "9" })
    }
}

/// A bank's code: nine digits.
///
/// # Errors
/// [`RequisiteError::Shape`] when it is not nine digits.
pub fn check_bik(bik: &str) -> Result<(), RequisiteError> {
    read(bik, BIK_DIGITS, "9").map(|_| ())
}

/// Twenty digits; the control key is not checked.
///
/// # Errors
/// [`RequisiteError::Shape`] when it is not twenty digits.
pub fn check_account_shape(account: &str) -> Result<(), RequisiteError> {
    read(account, ACCOUNT_DIGITS, "20").map(|_| ())
}

/// Checks a settlement account against its bank's code.
///
/// # Errors
/// [`RequisiteError`] when the format of either or the control key is wrong.
pub fn check_settlement_account(bik: &str, account: &str) -> Result<(), RequisiteError> {
    check_key(account, settlement_account_key(bik, account)?)
}

/// Checks a bank's correspondent account at the Bank of Russia against the bank's code.
///
/// # Errors
/// [`RequisiteError`] when the format of either or the control key is wrong.
pub fn check_correspondent_account(bik: &str, account: &str) -> Result<(), RequisiteError> {
    check_key(account, correspondent_account_key(bik, account)?)
}

/// The correct control key (ninth digit) of a settlement account at a bank; ignores the digit already there.
///
/// # Errors
/// [`RequisiteError::Shape`] when the format of either is wrong.
pub fn settlement_account_key(bik: &str, account: &str) -> Result<u8, RequisiteError> {
    let bank = read(bik, BIK_DIGITS, "9")?;
    // A code that ends in 000–002 belongs to the Bank of Russia's own network.
    let of_bank_of_russia = bank[6] == 0 && bank[7] == 0 && bank[8] <= 2;
    let prefix = if of_bank_of_russia { [0, bank[4], bank[5]] } else { [bank[6], bank[7], bank[8]] };
    control_key(prefix, account)
}

/// The correct control key (ninth digit) of a correspondent account; ignores the digit already there.
///
/// # Errors
/// [`RequisiteError::Shape`] when the format of either is wrong.
pub fn correspondent_account_key(bik: &str, account: &str) -> Result<u8, RequisiteError> {
    let bank = read(bik, BIK_DIGITS, "9")?;
    control_key([0, bank[4], bank[5]], account)
}

fn control_key(prefix: [u32; 3], account: &str) -> Result<u8, RequisiteError> {
    let mut account = read(account, ACCOUNT_DIGITS, "20")?;
    account[KEY_POSITION] = 0;
    let weights = KEY_WEIGHTS.iter().cycle();
    let sum: u32 = prefix.iter().chain(&account).zip(weights).map(|(digit, weight)| digit * weight % 10).sum();
    // The key weighs 3, and 3 × 3S + S is a multiple of ten.
    Ok((sum * 3 % 10) as u8)
}

fn check_key(account: &str, key: u8) -> Result<(), RequisiteError> {
    let holds = account.as_bytes().get(KEY_POSITION) == Some(&(b'0' + key));
    let of_treasury = TREASURY.iter().any(|beginning| account.starts_with(beginning));
    if holds || of_treasury {
        Ok(())
    } else {
        Err(RequisiteError::CheckDigit { place: KEY_POSITION + 1, expected: key })
    }
}

fn read(text: &str, count: usize, expected: &'static str) -> Result<Vec<u32>, RequisiteError> {
    digits(text).filter(|digits| digits.len() == count).ok_or(RequisiteError::Shape { expected })
}

fn digits(text: &str) -> Option<Vec<u32>> {
    text.chars().map(|c| c.to_digit(10)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_published_correspondent_account_holds_and_its_slip_does_not() {
        assert_eq!(check_correspondent_account("044525225", "30101810400000000225"), Ok(()));
        let slip = check_correspondent_account("044525225", "30101810400000000252");
        assert!(matches!(slip, Err(RequisiteError::CheckDigit { place: 9, .. })), "{slip:?}");
    }

    #[test]
    fn a_published_taxpayer_number_holds_and_its_slip_does_not() {
        for inn in ["7707083893", "7736050003", "500100732259"] {
            assert_eq!(check_inn(inn), Ok(()), "{inn}");
        }
        assert_eq!(check_inn("7707083894"), Err(RequisiteError::CheckDigit { place: 10, expected: 3 }));
        assert_eq!(check_inn("500100732269"), Err(RequisiteError::CheckDigit { place: 11, expected: 5 }));
        assert_eq!(check_inn("500100732258"), Err(RequisiteError::CheckDigit { place: 12, expected: 9 }));
    }

    #[test]
    fn a_wrong_shape_says_how_many_digits_there_must_be() {
        assert_eq!(check_inn("770708389"), Err(RequisiteError::Shape { expected: "10 or 12" }));
        assert_eq!(check_bik("04452522"), Err(RequisiteError::Shape { expected: "9" }));
        assert_eq!(check_kpp("77360100А"), Err(RequisiteError::Shape { expected: "9" }));
        assert_eq!(check_kpp("7736AB001"), Ok(()));
        assert_eq!(check_account_shape("4070281000000000000١"), Err(RequisiteError::Shape { expected: "20" }));
    }

    proptest! {
        #[test]
        fn an_account_with_its_key_holds_and_any_one_digit_changed_does_not(
            bik in "[0-9]{9}", account in "[1256789][0-9]{19}", at in 1_usize..20, by in 1_u8..10,
        ) {
            let key = settlement_account_key(&bik, &account).unwrap();
            let mut bytes = account.into_bytes();
            bytes[KEY_POSITION] = b'0' + key;
            let right = String::from_utf8(bytes.clone()).unwrap();
            prop_assert_eq!(check_settlement_account(&bik, &right), Ok(()));
            bytes[at] = b'0' + (bytes[at] - b'0' + by) % 10;
            let wrong = String::from_utf8(bytes).unwrap();
            let refused = check_settlement_account(&bik, &wrong);
            prop_assert!(matches!(refused, Err(RequisiteError::CheckDigit { place: 9, .. })), "{:?}", refused);
        }

        #[test]
        fn an_account_at_the_treasury_is_held_to_its_shape_alone(bik in "[0-9]{9}", rest in "[0-9]{18}") {
            prop_assert_eq!(check_settlement_account(&bik, &format!("03{rest}")), Ok(()));
            prop_assert_eq!(check_correspondent_account(&bik, &format!("40102{}", &rest[3..])), Ok(()));
            let short = format!("03{}", &rest[1..]);
            prop_assert!(check_settlement_account(&bik, &short).is_err());
        }

        #[test]
        fn no_text_makes_the_checks_panic(bik in "\\PC{0,12}", account in "\\PC{0,24}") {
            let _ = check_inn(&account);
            let _ = check_kpp(&bik);
            let _ = check_settlement_account(&bik, &account);
            let _ = check_correspondent_account(&bik, &account);
        }
    }
}
