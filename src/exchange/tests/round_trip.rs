//! Written files are read back.

use proptest::prelude::*;

use super::{good, read_bytes};
use crate::domain::account::AccountNumber;
use crate::domain::calendar::Period;
use crate::domain::decimal::{Area, Tariff, Volume};
use crate::domain::login::Login;
use crate::domain::meter::{Reading, ReadingSource};
use crate::domain::money::Money;
use crate::domain::payment::BillingPayment;
use crate::domain::pin::Pin;
use crate::domain::reading_rules::{ExpiredVerification, Window};
use crate::domain::requisites::{RequisiteError, check_correspondent_account, check_inn, check_settlement_account};
use crate::domain::settlement::{Charge, Method};
use crate::exchange::*;

fn text() -> impl Strategy<Value = String> {
    "[а-яёА-Яa-z0-9«№][а-яёa-z0-9 \";,.«»-]{0,20}[а-я0-9\"»]"
}

fn maybe_text() -> impl Strategy<Value = Option<String>> {
    proptest::option::of(text())
}

fn number() -> impl Strategy<Value = AccountNumber> {
    "[0-9]{8}".prop_map(AccountNumber::trusted)
}

fn money() -> impl Strategy<Value = Money> {
    (-1_000_000_000_i64..1_000_000_000).prop_map(Money::from_kopecks)
}

fn volume() -> impl Strategy<Value = Volume> {
    (0_i64..1_000_000_000).prop_map(Volume::from_raw)
}

fn date() -> impl Strategy<Value = jiff::civil::Date> {
    (1990_i16..2199, 1_i8..=12, 1_i8..=28).prop_map(|(year, month, day)| jiff::civil::Date::constant(year, month, day))
}

fn charges() -> impl Strategy<Value = ChargeRecord> {
    let sums = (money(), money(), money(), money(), money(), money(), money());
    let how = (
        proptest::option::of(volume()),
        maybe_text(),
        proptest::option::of(0_i64..10_000_000_000),
        proptest::option::of(0_usize..4),
        proptest::option::of(volume()),
    );
    (number(), (1990_i16..2199, 1_i8..=12), text(), sums, how, maybe_text()).prop_map(
        |(account, (year, month), service, sums, how, recalculation_reason)| {
            let mut charge = Charge {
                period: Period::new(year, month).unwrap(),
                service,
                opening: sums.0,
                charged: sums.1,
                recalculated: sums.2,
                benefit: sums.3,
                adjusted: sums.4,
                written_off: sums.5,
                paid: sums.6,
                closing: Money::ZERO,
                volume: how.0,
                unit: how.1,
                tariff: how.2.map(Tariff::from_raw),
                method: how.3.map(|index| Method::ALL[index]),
                norm: how.4,
                recalculation_reason,
            };
            charge.closing = charge.expected_closing().unwrap();
            ChargeRecord { account, charge }
        },
    )
}

fn accounts() -> impl Strategy<Value = AccountRecord> {
    let areas = (proptest::option::of(0_i64..9_000_000), proptest::option::of(0_i64..9_000_000));
    let contacts =
        (proptest::option::of(9_000_000_000_u64..=9_999_999_999), proptest::option::of("[a-z]{1,8}@example[.]ru"));
    let days = (proptest::option::of(date()), proptest::option::of(date()));
    let pin = proptest::option::of(0_u32..100_000_000);
    let people = proptest::option::of(0_u16..100);
    (number(), text(), maybe_text(), maybe_text(), areas, people, contacts, pin, days).prop_map(
        |(number, address, subscriber, els, areas, residents, contacts, pin, days)| AccountRecord {
            number,
            address,
            subscriber,
            els,
            area: areas.0.map(Area::from_raw),
            heated_area: areas.1.map(Area::from_raw),
            residents,
            phone: contacts.0.map(|number| Login::Phone(format!("+7{number}"))),
            email: contacts.1.map(Login::Email),
            pin: pin.map(Pin::from_number),
            opened_on: days.0,
            closed_on: days.1,
        },
    )
}

fn payments() -> impl Strategy<Value = PaymentRecord> {
    (number(), date(), money(), text(), maybe_text(), maybe_text()).prop_map(
        |(account, date, amount, operation_id, source, service)| PaymentRecord {
            account,
            payment: BillingPayment { date, amount, operation_id, source, service },
        },
    )
}

fn meters() -> impl Strategy<Value = MeterRecord> {
    let dial = (proptest::option::of(3_u8..=9), proptest::option::of(0_u8..=3), proptest::option::of(volume()));
    let days = (
        proptest::option::of(date()),
        proptest::option::of(date()),
        proptest::option::of(date()),
        proptest::option::of(date()),
    );
    (number(), text(), text(), dial, days, maybe_text()).prop_map(|(account, serial, model, dial, days, location)| {
        MeterRecord {
            account,
            serial,
            model,
            digits: dial.0,
            decimals: dial.1,
            coefficient: dial.2,
            installed_on: days.0,
            verified_until: days.1,
            sealed_on: days.2,
            location,
            removed_on: days.3,
        }
    })
}

fn readings() -> impl Strategy<Value = ReadingRecord> {
    let source = 0_usize..5;
    (number(), text(), date(), volume(), source, maybe_text()).prop_map(
        |(account, serial, date, value, source, rejected)| ReadingRecord {
            account,
            serial,
            reading: Reading { date, value, source: ReadingSource::ALL[source] },
            rejected,
        },
    )
}

fn providers() -> impl Strategy<Value = ProviderRecord> {
    let digits = (
        proptest::option::of("[0-9]{10}|[0-9]{12}"),
        proptest::option::of("[0-9]{9}"),
        proptest::option::of("[0-9]{9}"),
        proptest::option::of("[0-9]{20}"),
        proptest::option::of("[0-9]{20}"),
    );
    let contacts = (proptest::option::of("[a-z]{1,8}@example[.]ru"), maybe_text(), maybe_text());
    let days = proptest::option::of((1_u8..=31, 1_u8..=31));
    let readings = (maybe_text(), days, proptest::option::of(volume()), any::<bool>(), proptest::option::of(3_u8..=9));
    let length = proptest::option::of(4_u8..=20);
    ("[a-z0-9-]{1,20}", text(), maybe_text(), maybe_text(), digits, length, contacts, readings).prop_map(
        |(code, name, region, bank_name, digits, account_length, contacts, readings)| {
            let (inn, kpp, bik, settlement_account, correspondent_account) = digits;
            let bank = bik.clone().unwrap_or_default();
            ProviderRecord {
                code,
                name,
                region,
                inn: inn.map(|inn| mended(inn, check_inn)),
                kpp,
                bank_name,
                bik,
                settlement_account: settlement_account.map(|it| mended(it, |it| check_settlement_account(&bank, it))),
                correspondent_account: correspondent_account
                    .map(|it| mended(it, |it| check_correspondent_account(&bank, it))),
                account_length,
                support_email: contacts.0,
                support_phone: contacts.1,
                site: contacts.2,
                support_hours: readings.0,
                readings_window: readings.1.map(|(from, to)| Window::Days { from, to }),
                readings_ceiling: readings.2,
                readings_expired: readings.3.then_some(ExpiredVerification::Refuse),
                readings_digits: readings.4,
                readings_open: Some(readings.3),
            }
        },
    )
}

/// A requisite with correct check digits.
fn mended(requisite: String, check: impl Fn(&str) -> Result<(), RequisiteError>) -> String {
    let mut mended = requisite;
    while let Err(RequisiteError::CheckDigit { place, expected }) = check(&mended) {
        mended.replace_range(place - 1..place, &expected.to_string());
    }
    mended
}

fn written<R: Record>(records: &[R]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new()).unwrap();
    records.iter().try_for_each(|record| writer.write(record)).unwrap();
    writer.finish().unwrap()
}

proptest! {
    #[test]
    fn charges_are_read_as_they_were_written(records in proptest::collection::vec(charges(), 0..5)) {
        prop_assert_eq!(good::<ChargeRecord>(&written(&records)), records);
    }

    #[test]
    fn accounts_are_read_as_they_were_written(records in proptest::collection::vec(accounts(), 0..5)) {
        prop_assert!(good::<AccountRecord>(&written(&records)) == records);
    }

    #[test]
    fn payments_are_read_as_they_were_written(records in proptest::collection::vec(payments(), 0..5)) {
        prop_assert_eq!(good::<PaymentRecord>(&written(&records)), records);
    }

    #[test]
    fn meters_are_read_as_they_were_written(records in proptest::collection::vec(meters(), 0..5)) {
        prop_assert_eq!(good::<MeterRecord>(&written(&records)), records);
    }

    #[test]
    fn readings_are_read_as_they_were_written(records in proptest::collection::vec(readings(), 0..5)) {
        prop_assert_eq!(good::<ReadingRecord>(&written(&records)), records);
    }

    #[test]
    fn providers_are_read_as_they_were_written(records in proptest::collection::vec(providers(), 0..5)) {
        prop_assert_eq!(good::<ProviderRecord>(&written(&records)), records);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read_bytes::<ChargeRecord>(&bytes);
        let _ = read_bytes::<AccountRecord>(&[b"account;address\n".as_slice(), &bytes].concat());
    }
}
