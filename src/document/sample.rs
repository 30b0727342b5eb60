//! Any number of made-up receipts for the tests and the benchmark, and the parts of these and of the named cases.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "the numbers of a sample are small"
)]

use jiff::civil::Date;

use super::cases::{by_norm, in_debt, metered};
use super::certificate::CertificateData;
use super::no_debt::NoDebtData;
use super::statement::StatementData;
use crate::domain::account::{Account, AccountNumber};
use crate::domain::calendar::{Moment, Period};
use crate::domain::decimal::{Area, Volume};
use crate::domain::id::{AccountId, PaymentId, ProviderId};
use crate::domain::meter::{Reading, ReadingSource};
use crate::domain::money::Money;
use crate::domain::payment::BillingPayment;
use crate::domain::pin::Pin;
use crate::domain::provider::Provider;
use crate::domain::receipt::{Receipt, ReceiptMeter};
use crate::domain::settlement::Charge;
use crate::domain::statement::{MAX_ENTRIES, MAX_MONTHS, Statement};

const STREETS: [&str; 8] =
    ["Садовая", "Берёзовая", "Полевая", "Луговая", "Школьная", "Заречная", "Ягодная", "Северная"];
const LAST_NAMES: [&str; 8] =
    ["Морозова", "Соколова", "Кузнецова", "Лебедева", "Зимина", "Вознесенская", "Кравченко", "Ягодина"];
const FIRST_NAMES: [&str; 6] = ["Мария", "Анна", "Ольга", "Зинаида", "Вера", "Надежда"];
const MIDDLE_NAMES: [&str; 5] = ["Ивановна", "Петровна", "Сергеевна", "Ильинична", "Львовна"];

/// A receipt with names, sums, meters and services that vary by seed; the same seed gives the same receipt.
pub fn sample(seed: u32) -> Receipt {
    let mut dice = Dice(u64::from(seed) + 1);
    let mut receipt = match seed % 4 {
        0 | 1 => metered(),
        2 => by_norm(),
        _ => in_debt(),
    };
    receipt.account_number = AccountNumber::trusted(format!("{:08}", 59_000_000 + dice.below(1_000_000)));
    receipt.subscriber =
        Some(format!("{} {} {}", dice.pick(&LAST_NAMES), dice.pick(&FIRST_NAMES), dice.pick(&MIDDLE_NAMES)));
    receipt.address =
        format!("г. Тихоярск, ул. {}, д. {}, кв. {}", dice.pick(&STREETS), 1 + dice.below(120), 1 + dice.below(200));
    receipt.area = Some(Area::from_raw(30_000 + dice.below(60_000) / 100 * 100));
    receipt.pin = Some(Pin::from_number(dice.below(100_000_000) as u32));
    for row in &mut receipt.rows {
        row.charged = money(10_000 + dice.below(90_000));
        row.paid = money(dice.below(10_000));
        row.volume = row.volume.map(|_| Volume::from_raw(1_000 + dice.below(90_000)));
        close(row);
    }
    for meter in &mut receipt.meters {
        meter.serial = format!("{:07}", dice.below(10_000_000));
    }
    receipt
}

/// A statement of so many months up to November 2026. Each year has a month with each special situation of billing: an
/// overpayment (April), a payment that is not listed (June), a closing balance that its rows do not explain (September)
/// and an opening balance that differs from the previous closing (October).
pub fn stated(months: u32) -> StatementData {
    let (mut charges, mut payments) = (Vec::new(), Vec::new());
    let mut owed = money(10_000);
    for period in (0..months).rev().map(|earlier| november().months_before(earlier)) {
        let paid = money(match period.month() {
            4 => 400_000,
            5 | 10 => 0,
            _ => 40_000,
        });
        if period.month() == 10 {
            owed = owed.checked_add(money(1_000)).unwrap_or(owed);
        }
        let mut row = Charge {
            charged: money(35_000 + i64::from(period.month()) * 1_111),
            recalculated: money(if period.month() == 3 { -4_210 } else { 0 }),
            paid,
            ..Charge::unchanged(period, "Газоснабжение природным газом", owed)
        };
        close(&mut row);
        if period.month() == 9 {
            row.closing = row.closing.checked_sub(money(2_500)).unwrap_or(row.closing);
        }
        owed = row.closing;
        charges.push(row);
        if !paid.is_zero() && period.month() != 6 {
            payments.push(payment(period, paid));
        }
    }
    statement_of(&charges, &payments)
}

/// A statement of the maximum length: so many months, each with as many services and payments as fit.
pub fn stated_longest() -> StatementData {
    let (mut charges, mut payments) = (Vec::new(), Vec::new());
    let months = (0..MAX_MONTHS as u32).rev().map(|earlier| november().months_before(earlier));
    for period in months {
        for service in 1..=MAX_ENTRIES / MAX_MONTHS {
            let (sum, name) = (money(35_000 + service as i64 * 1_111), format!("Услуга № {service}"));
            charges.push(Charge { charged: sum, paid: sum, ..Charge::unchanged(period, name, money(10_000)) });
            payments.push(payment(period, sum));
        }
    }
    statement_of(&charges, &payments)
}

fn payment(period: Period, amount: Money) -> BillingPayment {
    BillingPayment {
        date: period.first_day(),
        amount,
        operation_id: period.machine(),
        source: Some("Отделение «Почты» № 614990".into()),
        service: None,
    }
}

fn statement_of(charges: &[Charge], payments: &[BillingPayment]) -> StatementData {
    StatementData {
        provider: provider(),
        account: account(),
        issued_on: Date::constant(2026, 12, 1),
        statement: Statement::new(charges, payments).expect("from one month to as many as a statement may have"),
        paid_since: money(20_000),
    }
}

/// The certificate of a payment made on 2 December 2026, with the address of full access.
pub fn certified() -> CertificateData {
    CertificateData {
        provider: provider(),
        account_number: account().number,
        address: Some(account().address),
        amount: money(357_788),
        paid_at: Moment::from_micros(1_796_204_220_000_000),
        utc_offset_hours: 5,
        payment_id: PaymentId::trusted("payment0000000000000000001".into()),
        operation: Some("2f0c7c1b-000f-5000-9000-145f6df21d6f".into()),
        issued_on: Date::constant(2026, 12, 3),
    }
}

/// The certificate of an account that has paid more than it owes, with a payment since the newest month.
pub fn without_debt() -> NoDebtData {
    NoDebtData {
        provider: provider(),
        account: account(),
        advance: money(21_237),
        newest: november(),
        paid_since: money(50_000),
        issued_on: Date::constant(2026, 12, 3),
    }
}

fn account() -> Account {
    Account {
        id: AccountId::trusted("a".repeat(26)),
        provider_id: provider().id,
        number: AccountNumber::trusted("59012345".into()),
        address: "г. Тихоярск, ул. Садовая, д. 1, кв. 12".into(),
        subscriber: Some("Морозова Мария Ивановна".into()),
        els: None,
        area: None,
        heated_area: None,
        residents: None,
        phone: None,
        email: None,
        opened_on: None,
        closed_on: None,
    }
}

/// A receipt without meters and rows.
pub(super) fn empty() -> Receipt {
    Receipt {
        provider: provider(),
        account_number: AccountNumber::trusted("59012345".into()),
        els: Some("60АА000593".into()),
        subscriber: Some("Морозова Мария Ивановна".into()),
        address: "г. Тихоярск, ул. Садовая, д. 1, кв. 12".into(),
        residents: Some(2),
        area: Some(Area::from_raw(54_300)),
        heated_area: None,
        period: november(),
        issued_on: Date::constant(2026, 12, 1),
        meters: Vec::new(),
        rows: Vec::new(),
        paid_since: Money::ZERO,
        payments_counted_to: None,
        pin: Some(Pin::from_number(40_718_253)),
        instalment: None,
    }
}

/// A provider whose requisites have valid check digits.
pub(super) fn provider() -> Provider {
    Provider {
        id: ProviderId::trusted("p".repeat(26)),
        code: "sample-gas".into(),
        name: "АО «Горгаз Тихоярск»".into(),
        region: Some("Тихоярская область".into()),
        inn: Some("5900000122".into()),
        kpp: Some("590001001".into()),
        bank_name: Some("Банк «Тихоярский» (АО)".into()),
        bik: Some("045799999".into()),
        settlement_account: Some("40702810300000000123".into()),
        correspondent_account: Some("30101810300000000999".into()),
        account_length: 8,
        support_email: Some("abonent@gorgaz.example".into()),
        support_phone: Some("+7 000 000-00-00".into()),
        site: Some("gorgaz.example".into()),
        support_hours: None,
        readings: None,
    }
}

/// A row of November 2026 that balances; sums in kopecks.
pub(super) fn charge(service: &str, opening: i64, charged: i64, paid: i64) -> Charge {
    let mut charge =
        Charge { charged: money(charged), paid: money(paid), ..Charge::unchanged(november(), service, money(opening)) };
    close(&mut charge);
    charge
}

/// Sets the closing balance by the row's own arithmetic.
pub(super) fn close(charge: &mut Charge) {
    charge.closing = charge.expected_closing().unwrap_or_default();
}

/// A meter with a previous reading and one in November 2026, in thousandths.
pub(super) fn meter(model: &str, serial: &str, location: &str, dial: (i64, i64), expired: bool) -> ReceiptMeter {
    let reading = |date, value| Reading { date, value: Volume::from_raw(value), source: ReadingSource::Subscriber };
    let verified_until = if expired { Date::constant(2026, 10, 14) } else { Date::constant(2031, 4, 20) };
    ReceiptMeter {
        model: model.into(),
        serial: serial.into(),
        location: Some(location.into()),
        previous: Some(reading(Date::constant(2026, 10, 21), dial.0)),
        current: Some(reading(Date::constant(2026, 11, 20), dial.1)),
        difference: Some(Volume::from_raw(dial.1 - dial.0)),
        verified_until: Some(verified_until),
        verification_expired: expired,
    }
}

pub(super) fn november() -> Period {
    Period::of(Date::constant(2026, 11, 1))
}

pub(super) fn money(kopecks: i64) -> Money {
    Money::from_kopecks(kopecks)
}

/// A small repeatable generator (a linear congruence); not for secrets.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % limit.unsigned_abs().max(1)) as i64
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len() as i64) as usize]
    }
}
