use std::collections::{HashMap, HashSet};
use std::io::BufReader;

use super::household::Payer;
use super::*;
use crate::domain::meter::ReadingSource;
use crate::domain::settlement::Method;
use crate::exchange::{Reader, Rules, survey};

fn today() -> Date {
    Date::constant(2026, 11, 22)
}

/// Account numbers of the first stories; other tests and the demo's visitors rely on them.
const FIRST_NUMBERS: (&str, &str, &str) = ("59010107", "59010114", "592000010107");

fn town() -> (tempfile::TempDir, Town) {
    let folder = tempfile::tempdir().unwrap();
    let town = write_town(folder.path(), today()).unwrap();
    (folder, town)
}

fn rules_of(code: Option<&str>) -> Rules {
    let supplier = SUPPLIERS.iter().find(|supplier| Some(supplier.code) == code);
    Rules { account_length: supplier.map_or(8, |supplier| supplier.account_length) }
}

/// Reads a file of the town and checks that its rows have no faults.
fn read<R: Record>(file: &TownFile) -> Vec<R> {
    assert_eq!(file.kind, R::KIND);
    let encoding = survey(File::open(&file.path).unwrap()).unwrap().encoding;
    let input = BufReader::new(File::open(&file.path).unwrap());
    let mut reader = Reader::open(input, encoding, rules_of(file.provider_code)).unwrap();
    let records = std::iter::from_fn(|| reader.read_record().unwrap()).collect();
    assert_eq!(reader.findings().faults(), &[]);
    records
}

fn of<R: Record>(town: &Town, code: &str) -> Vec<R> {
    let file = town.files.iter().find(|file| file.kind == R::KIND && file.provider_code == Some(code)).unwrap();
    let records = read(file);
    assert_eq!(records.len() as u64, file.rows);
    records
}

#[test]
fn the_same_day_gives_the_same_bytes() {
    let ((_first_folder, first), (_second_folder, second)) = (town(), town());
    for (a, b) in first.files.iter().zip(&second.files) {
        assert_eq!(std::fs::read(&a.path).unwrap(), std::fs::read(&b.path).unwrap(), "{}", a.path.display());
    }
    assert_eq!(first.files.len(), 21);
}

#[test]
fn two_thousand_accounts_of_four_suppliers_have_numbers_and_pins_of_their_own() {
    let (_folder, town) = town();
    assert_eq!(read::<ProviderRecord>(&town.files[0]).len(), 4);
    let counts: Vec<usize> = SUPPLIERS.iter().map(|supplier| of::<AccountRecord>(&town, supplier.code).len()).collect();
    assert_eq!(counts, [1_400, 300, 200, 100]);
    let accounts = of::<AccountRecord>(&town, "perm-gas");
    assert!(accounts.iter().all(|account| account.pin.is_some()));
}

#[test]
fn every_month_continues_the_last_but_one_on_purpose() {
    let (_folder, town) = town();
    for supplier in &SUPPLIERS {
        let charges = of::<ChargeRecord>(&town, supplier.code);
        let mut closings = HashMap::new();
        let mut gaps = 0;
        for ChargeRecord { account, charge } in &charges {
            let before = closings.insert((account, &charge.service), (charge.period, charge.closing));
            let continues = before.is_none_or(|(period, closing)| {
                (period.next() != charge.period && closing.is_zero()) || closing == charge.opening
            });
            gaps += u64::from(!continues);
        }
        assert_eq!(gaps, u64::from(supplier.code == "perm-gas"));
        let newest = charges.iter().map(|record| record.charge.period).max().unwrap();
        let oldest = charges.iter().map(|record| record.charge.period).min().unwrap();
        assert_eq!((oldest.machine(), newest.machine()), ("2023-11".to_owned(), "2026-10".to_owned()));
    }
}

#[test]
fn payments_are_what_the_charges_say_was_paid() {
    let (_folder, town) = town();
    for supplier in &SUPPLIERS {
        let mut balance: HashMap<(String, Period), i64> = HashMap::new();
        for ChargeRecord { account, charge } in of::<ChargeRecord>(&town, supplier.code) {
            *balance.entry((account.to_string(), charge.period)).or_default() += charge.paid.kopecks();
        }
        for PaymentRecord { account, payment } in of::<PaymentRecord>(&town, supplier.code) {
            assert!(payment.date <= today());
            *balance.entry((account.to_string(), Period::of(payment.date))).or_default() -= payment.amount.kopecks();
        }
        let charged = balance.iter().filter(|((_, period), _)| *period <= last_period(today()));
        assert!(charged.into_iter().all(|(_, left)| *left == 0), "{}", supplier.code);
    }
}

#[test]
fn the_showcase_shows_what_it_says() {
    let (_folder, town) = town();
    let balance = |account: &ShowcaseAccount| {
        let charges = of::<ChargeRecord>(&town, account.provider_code);
        let newest = charges.iter().filter(|c| c.account == account.number && c.charge.period == last_period(today()));
        newest.map(|record| record.charge.closing.kopecks()).sum::<i64>()
    };
    let [debt, ahead, heat, ..] = town.showcase.as_slice() else { panic!("three accounts come first") };
    assert_eq!((debt.number.as_str(), ahead.number.as_str(), heat.number.as_str()), FIRST_NUMBERS);
    assert!(balance(debt) > 100_000, "{}", balance(debt));
    assert!(balance(ahead) < 0, "{}", balance(ahead));
    for account in &town.showcase {
        let accounts = of::<AccountRecord>(&town, account.provider_code);
        let stored = accounts.iter().find(|record| record.number == account.number).unwrap();
        assert!(stored.pin.as_ref() == Some(&account.pin));
    }
    let charges = of::<ChargeRecord>(&town, "perm-gas");
    let has = |service| charges.iter().any(|c| c.account == debt.number && c.charge.service == service);
    assert!(has("Пеня за газ") && has("Газоснабжение природным газом"));
    assert!(of::<MeterRecord>(&town, "perm-gas").iter().any(|meter| meter.account == debt.number));
}

/// The names of all subscribers, in three parts.
fn subscribers(town: &Town) -> Vec<[String; 3]> {
    let accounts = SUPPLIERS.iter().flat_map(|supplier| of::<AccountRecord>(town, supplier.code));
    let parts = |name: String| name.split(' ').map(str::to_owned).collect::<Vec<_>>().try_into().unwrap();
    accounts.map(|account| parts(account.subscriber.unwrap())).collect()
}

#[test]
fn surname_and_patronymic_agree_in_gender() {
    let (_folder, town) = town();
    let mut women = 0;
    for [surname, first, patronymic] in subscribers(&town) {
        let is_woman = patronymic.ends_with("на");
        women += u32::from(is_woman);
        assert_ne!(is_woman, patronymic.ends_with("ич"), "{surname} {first} {patronymic}");
        let ends = |endings: &[&str]| endings.iter().any(|ending| surname.ends_with(ending));
        assert!(!ends(if is_woman { &["ов", "ев", "ёв", "ин", "ий"] } else { &["а", "ая"] }), "{surname} {first}");
        let named_as_woman = ["а", "я", "вь"].iter().any(|ending| first.ends_with(ending));
        assert_eq!(is_woman, named_as_woman && !["Илья", "Никита"].contains(&first.as_str()), "{first} {patronymic}");
    }
    assert!((900..1_300).contains(&women), "{women}");
}

#[test]
fn names_and_addresses_vary_over_the_town() {
    let (_folder, town) = town();
    let names = subscribers(&town);
    let different = |part: usize| names.iter().map(|name| name[part].as_str()).collect::<HashSet<_>>().len();
    assert!(different(0) >= 300 && different(1) >= 60 && different(2) >= 60, "{} {}", different(0), different(1));
    assert!(names.iter().collect::<HashSet<_>>().len() >= 1_900);
    let accounts = of::<AccountRecord>(&town, "perm-gas");
    assert!(accounts.iter().all(|account| account.address.starts_with("г. Тихоярск, ")));
    let streets = accounts.iter().map(|account| account.address.split(", ").nth(1).unwrap());
    assert!(streets.collect::<HashSet<_>>().len() >= 50);
}

#[test]
fn every_row_of_every_account_closes_to_the_kopeck() {
    let (_folder, town) = town();
    for supplier in &SUPPLIERS {
        for ChargeRecord { account, charge } in of::<ChargeRecord>(&town, supplier.code) {
            assert!(charge.closes(), "{account} {}", charge.period.machine());
        }
    }
}

#[test]
fn who_pays_every_month_in_time_has_no_penalty() {
    let last = last_period(today());
    let prompt = (0..SUPPLIERS[0].accounts).map(|index| Household::new(0, index));
    for household in prompt.filter(|household| household.payer == Payer::Prompt) {
        let story = Story::tell(&household, last, today());
        assert!(story.charges.iter().all(|record| record.charge.service != "Пеня за газ"), "{}", household.index);
    }
}

#[test]
fn one_dial_starts_anew_and_one_verification_has_run_out() {
    let (_folder, town) = town();
    let readings = of::<ReadingRecord>(&town, "perm-gas");
    let fell = readings.windows(2).filter(|w| w[0].serial == w[1].serial && w[1].reading.value < w[0].reading.value);
    assert_eq!(fell.count(), 1);
    let expired = of::<MeterRecord>(&town, "perm-gas");
    let expired: Vec<_> = expired.iter().filter(|meter| meter.verified_until.is_some_and(|u| u < today())).collect();
    assert_eq!(expired.len(), 1);
    assert!(readings.iter().all(|record| record.reading.date <= today()));
    assert!(readings.iter().any(|record| record.reading.source == ReadingSource::Calculated));
    let charges = of::<ChargeRecord>(&town, "perm-gas");
    for method in [Method::Meter, Method::Norm, Method::Average] {
        assert!(charges.iter().any(|record| record.charge.method == Some(method)), "{method:?}");
    }
    assert!(charges.iter().any(|record| record.charge.recalculation_reason.is_some()));
    assert!(charges.iter().any(|record| !record.charge.benefit.is_zero()));
}

#[test]
fn bulk_files_have_as_many_rows_as_asked() {
    let folder = tempfile::tempdir().unwrap();
    let files = write_charges(folder.path(), 7, 100).unwrap();
    let file = |kind, path: &Path| TownFile { kind, provider_code: None, path: path.into(), rows: 0, warnings: 0 };
    let read_charges = |path: &Path| {
        let input = BufReader::new(File::open(path).unwrap());
        let mut reader: Reader<ChargeRecord, _> =
            Reader::open(input, crate::exchange::Encoding::Utf8, Rules { account_length: 10 }).unwrap();
        let count = std::iter::from_fn(|| reader.read_record().unwrap()).count();
        assert_eq!(reader.findings().faults(), &[]);
        count
    };
    assert_eq!(read_charges(&files.charges), 100);
    assert_eq!(read::<ProviderRecord>(&file(Kind::Providers, &files.providers)).len(), 1);
    assert!(write_charges(folder.path(), 1, 3_000).is_err());
}
