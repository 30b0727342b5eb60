//! Parsing and validity of codes.

use super::*;

#[test]
fn codes_are_those_of_rfc_6238() {
    let secret = data_encoding::BASE32_NOPAD.encode(b"12345678901234567890");
    let totp = totp(&secret, "a", "b").unwrap();
    // Appendix B, SHA-1, the last six of the eight digits.
    for (at, code) in [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")]
    {
        assert_eq!(check_code(&totp, code, at), Checked::Right(i64::try_from(at / STEP).unwrap()), "{at}");
        assert_eq!(check_code(&totp, code, at + STEP), Checked::Late, "{at}");
        assert_eq!(check_code(&totp, code, at + 2 * STEP), Checked::Wrong, "{at}");
    }
}

#[test]
fn a_code_is_read_with_spaces_and_a_backup_code_with_its_dash() {
    assert!(matches!(Typed::parse(" 123 456 "), Some(Typed::Code(code)) if code == "123456"));
    for pasted in ["１２３\u{a0}４５６", "\u{feff}123456", "Код для входа: 123 456. Никому его не сообщайте."]
    {
        assert!(matches!(Typed::parse(pasted), Some(Typed::Code(code)) if code == "123456"), "{pasted}");
    }
    for backup in ["ABCDE-23456", "abcde 23456", "abcde–23456", "abcde—23456"] {
        assert!(matches!(Typed::parse(backup), Some(Typed::Backup(code)) if code == "abcde23456"), "{backup}");
    }
    for other in ["", "12345", "1234567", "123456a", "123456 654321", "abcde-1890", "абвгд-абвгд"] {
        assert!(Typed::parse(other).is_none(), "{other}");
    }
}
