mod round_trip;

use super::*;
use crate::domain::meter::ReadingSource;
use crate::domain::money::Money;

const RULES: Rules = Rules { account_length: 8 };
const HEADER: &str = "account;period;service;opening;charged;paid;closing\n";

fn read_bytes<R: Record>(bytes: &[u8]) -> (Vec<R>, Findings) {
    let encoding = survey(bytes).unwrap().encoding;
    let mut reader = Reader::<R, _>::open(bytes, encoding, RULES).unwrap();
    let records = std::iter::from_fn(|| reader.read_record().unwrap()).collect();
    (records, reader.into_findings())
}

fn good<R: Record>(bytes: &[u8]) -> Vec<R> {
    let (records, findings) = read_bytes(bytes);
    assert_eq!(findings.faults(), &[]);
    records
}

/// Faults as displayed.
fn faults<R: Record>(text: &str) -> Vec<String> {
    read_bytes::<R>(text.as_bytes()).1.into_faults().iter().map(ToString::to_string).collect()
}

fn charge_faults(row: &str) -> Vec<String> {
    faults::<ChargeRecord>(&format!("{HEADER}{row}"))
}

// The file.

#[test]
fn columns_may_stand_in_any_order_and_case() {
    let text = "Address;ACCOUNT;residents\nул. Береговая, д. 1;59000001;3\n";
    let records = good::<AccountRecord>(text.as_bytes());
    assert_eq!(records[0].number.as_str(), "59000001");
    assert_eq!(records[0].address, "ул. Береговая, д. 1");
    assert_eq!(records[0].residents, Some(3));
}

#[test]
fn utf_8_with_and_without_a_mark_and_windows_1251_say_the_same() {
    let text = "account;address\n59000001;г. Тихоярск, ул. Ёлочная, д. 1\n";
    let (windows, ..) = encoding_rs::WINDOWS_1251.encode(text);
    let marked = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
    let plain = good::<AccountRecord>(text.as_bytes());
    assert!(plain == good::<AccountRecord>(&marked));
    assert!(plain == good::<AccountRecord>(&windows));
}

#[test]
fn both_line_breaks_blank_lines_and_a_missing_last_break_are_taken() {
    let rows = ["account;address", "59000001;а", "", "59000002;б"];
    assert!(good::<AccountRecord>(rows.join("\n").as_bytes()) == good::<AccountRecord>(rows.join("\r\n").as_bytes()));
    assert_eq!(good::<AccountRecord>(rows.join("\r\n").as_bytes()).len(), 2);
}

#[test]
fn numbers_dates_and_months_are_read_in_both_forms() {
    let text = format!("{HEADER}59000001;2026-10;Газ;0;447,63;660.00;-212,37\n59000002;10.2026;Газ;0.00;1;0;1\n");
    let records = good::<ChargeRecord>(text.as_bytes());
    assert_eq!(records[0].charge.closing, Money::from_kopecks(-21_237));
    assert_eq!(records[0].charge.period, records[1].charge.period);
    let text = "account;date;amount;operation_id\n59000001;2026-11-05;1;a\n59000001;05.11.2026;1;b\n";
    let records = good::<PaymentRecord>(text.as_bytes());
    assert_eq!(records[0].payment.date, records[1].payment.date);
}

#[test]
fn an_unknown_column_is_refused_by_name() {
    assert_eq!(
        faults::<AccountRecord>("account;address;fax\n59000001;а;1\n"),
        ["1:3 fax: fax: такого столбца у этого вида файла нет"]
    );
}

#[test]
fn missing_required_columns_are_named_all_at_once() {
    assert_eq!(
        faults::<PaymentRecord>("account;date\n"),
        ["1:3 amount: amount: нет обязательного столбца", "1:3 operation_id: operation_id: нет обязательного столбца"]
    );
}

#[test]
fn a_column_named_twice_is_refused() {
    assert_eq!(faults::<AccountRecord>("account;address;account\n"), ["1:3 account: account: столбец назван дважды"]);
}

#[test]
fn another_separator_is_told_as_such() {
    let faults = faults::<AccountRecord>("account,address\n59000001,а\n");
    assert_eq!(faults[0], "1:1 account,address: account,address: столбцы должны разделяться точкой с запятой");
}

#[test]
fn an_empty_file_and_utf_16_are_refused_with_their_reasons() {
    assert_eq!(read_bytes::<AccountRecord>(b"").1.faults()[0].reason, Reason::EmptyFile);
    assert_eq!(read_bytes::<AccountRecord>(b"\xFF\xFEa\0").1.faults()[0].reason, Reason::Utf16);
}

#[test]
fn a_header_alone_is_a_day_without_payments() {
    assert_eq!(good::<PaymentRecord>(b"account;date;amount;operation_id\n"), []);
}

#[test]
fn a_file_cut_in_its_last_line_is_refused() {
    assert_eq!(
        charge_faults("59000001;2026-10;Газ;0;1;0;1\n59000002;2026-10;Га"),
        ["3:4 opening: : столбцов в строке 3, а в заголовке 7; возможно, файл обрезан"]
    );
}

#[test]
fn a_utf_8_file_cut_inside_a_letter_is_refused_and_not_taken_for_another_encoding() {
    let text = "account;address\n59000001;ул. Береговая";
    let (records, findings) = read_bytes::<AccountRecord>(&text.as_bytes()[..text.len() - 1]);
    assert!(records.is_empty());
    assert_eq!(findings.faults()[0].reason, Reason::BrokenEncoding);
    assert_eq!((findings.faults()[0].line, findings.faults()[0].column), (2, 2));
}

#[test]
fn an_open_quote_spoils_its_own_row_only() {
    let text = "account;address\n59000001;\"ул. Мира\n59000002;б\n";
    let (records, findings) = read_bytes::<AccountRecord>(text.as_bytes());
    assert_eq!(records.len(), 1);
    assert_eq!(findings.faults().len(), 1);
    assert_eq!(
        findings.faults()[0].to_string(),
        "2:2 address: : кавычка не закрыта в этой строке или не удвоена внутри значения"
    );
}

#[test]
fn a_file_without_line_breaks_stops_at_the_longest_line() {
    let text = format!("account;address\n{}", "x".repeat(10 * reader::MAX_LINE_BYTES));
    let (_, findings) = read_bytes::<AccountRecord>(text.as_bytes());
    assert_eq!(findings.faults()[0].reason, Reason::LineTooLong(reader::MAX_LINE_BYTES));
}

#[test]
fn the_first_hundred_faults_are_listed() {
    let text = format!("{HEADER}{}", "59000001;2026-10;Газ;0;1;0;2\n".repeat(150));
    let faults = faults::<ChargeRecord>(&text);
    assert_eq!(faults.len(), 100);
    assert_eq!(faults[99], "101:7 closing: 2: не сходится: по остальным суммам строки выходит 1.00");
}

// The rows.

#[test]
fn every_fault_of_a_row_is_named() {
    assert_eq!(
        charge_faults("5900001;2026-13;;1e5;0,001;99999999999999;x\n"),
        [
            "2:1 account: 5900001: у этого поставщика номер лицевого счёта из 8 цифр",
            "2:2 period: 2026-13: не месяц: нужно ГГГГ-ММ или ММ.ГГГГ",
            "2:3 service: : не заполнено",
            "2:4 opening: 1e5: не число",
            "2:5 charged: 0,001: знаков после запятой больше 2",
            "2:6 paid: 99999999999999: значение вне допустимых пределов",
            "2:7 closing: x: не число",
        ]
    );
}

#[test]
fn arithmetic_that_does_not_close_names_what_it_should_be() {
    let header = "account;period;service;opening;charged;paid;closing;recalculated;benefit;adjusted;written_off\n";
    let text = format!("{header}59000001;2026-10;Газ;10;100;50;34,50;-20;5;1,50;2\n");
    assert_eq!(good::<ChargeRecord>(text.as_bytes()).len(), 1);
    let text = text.replace("34,50", "34,51");
    assert_eq!(
        faults::<ChargeRecord>(&text),
        ["2:7 closing: 34,51: не сходится: по остальным суммам строки выходит 34.50"]
    );
}

#[test]
fn words_of_closed_lists_are_named() {
    assert_eq!(
        faults::<ReadingRecord>("account;serial;date;value;source\n59000001;1;2026-11-05;10;me\n"),
        ["2:5 source: me: возможные значения: subscriber, inspector, calculated, bank, operator"]
    );
    assert_eq!(
        faults::<ReadingRecord>("account;serial;date;value\n59000001;1;2026-02-30;-1\n"),
        [
            "2:3 date: 2026-02-30: не дата: нужно ГГГГ-ММ-ДД или ДД.ММ.ГГГГ",
            "2:4 value: -1: значение вне допустимых пределов"
        ]
    );
}

#[test]
fn secrets_and_personal_data_are_never_quoted() {
    let text = "account;address;phone;email;pin\n59000001;а;+1 202 555 0143;ivan@;1234567\n";
    let faults = faults::<AccountRecord>(text);
    assert_eq!(faults.len(), 3);
    for fault in faults {
        assert!(!fault.contains("202") && !fault.contains("ivan") && !fault.contains("1234567"), "{fault}");
    }
}

#[test]
fn a_city_phone_is_left_out_with_a_warning() {
    let (records, findings) =
        read_bytes::<AccountRecord>("account;address;phone\n59000001;а;8 (342) 212-34-56\n".as_bytes());
    assert!(records[0].phone.is_none());
    assert_eq!(findings.warnings(), &[Warning::city_phone(2)]);
}

#[test]
fn a_requisite_whose_check_digit_does_not_match_is_a_fault_that_names_the_digit() {
    let header = "code;name;inn;bik;settlement_account;correspondent_account\n";
    let right = "bank;Банк;7707083893;044525225;;30101810400000000225\n";
    let (_, findings) = read_bytes::<ProviderRecord>(format!("{header}{right}").as_bytes());
    assert_eq!(findings.faults(), &[]);

    let slips = "bank;Банк;7707083894;044525225;40702810000000000017;30101810400000000252\n";
    let (records, findings) = read_bytes::<ProviderRecord>(format!("{header}{slips}").as_bytes());
    assert!(records.is_empty());
    let names: Vec<&str> = findings.faults().iter().map(|fault| fault.name.as_str()).collect();
    assert_eq!(names, ["inn", "settlement_account", "correspondent_account"]);
    assert_eq!(
        findings.faults()[0].to_string(),
        "2:3 inn: 7707083894: контрольная цифра не сходится: на 10-м месте должна стоять 3; проверьте весь реквизит, а у счёта и БИК"
    );
}

#[test]
fn an_account_at_the_treasury_is_held_to_its_shape_alone() {
    let text = "code;name;bik;settlement_account;correspondent_account\n\
                city;Город;015773997;03234643570000005600;40102810145370000048\n";
    let (records, findings) = read_bytes::<ProviderRecord>(text.as_bytes());
    assert_eq!((records.len(), findings.faults()), (1, [].as_slice()));
}

#[test]
fn an_account_without_its_bank_is_not_held_against_any_key() {
    let text = "code;name;settlement_account\ngas;Газ;40702810000000000017\n";
    assert_eq!(read_bytes::<ProviderRecord>(text.as_bytes()).1.faults(), &[]);
}

#[test]
fn a_reading_without_a_source_was_entered_at_the_provider() {
    let records = good::<ReadingRecord>(b"account;serial;date;value\n59000001;1;2026-11-05;10,5\n");
    assert_eq!(records[0].reading.source, ReadingSource::Operator);
}

#[test]
fn two_rows_of_one_key_have_one_fingerprint() {
    let text =
        "account;date;amount;operation_id\n59000001;2026-11-05;1;a\n59000001;2026-11-06;2;a\n59000001;2026-11-05;1;b\n";
    let records = good::<PaymentRecord>(text.as_bytes());
    assert_eq!(records[0].fingerprint(), records[1].fingerprint());
    assert_ne!(records[0].fingerprint(), records[2].fingerprint());
}
