//! Made-up receipts, plainly so: for the tests, the benchmark and whoever wants to look at the template.

use jiff::civil::Date;

use crate::domain::account::AccountNumber;
use crate::domain::calendar::Period;
use crate::domain::decimal::{Area, Tariff, Volume};
use crate::domain::id::ProviderId;
use crate::domain::meter::{Reading, ReadingSource};
use crate::domain::money::Money;
use crate::domain::pin::Pin;
use crate::domain::provider::Provider;
use crate::domain::receipt::{Receipt, ReceiptMeter};
use crate::domain::settlement::{Charge, Method};

const STREETS: [&str; 8] =
    ["Садовая", "Вымышленная", "Полевая", "Примерная", "Образцовая", "Заречная", "Ягодная", "Северная"];
const LAST_NAMES: [&str; 8] =
    ["Примерова", "Образцова", "Вымыслова", "Тестова", "Садовая", "Заречная", "Полевая", "Ягодина"];
const FIRST_NAMES: [&str; 6] = ["Мария", "Анна", "Ольга", "Зинаида", "Вера", "Надежда"];
const MIDDLE_NAMES: [&str; 5] = ["Ивановна", "Петровна", "Сергеевна", "Ильинична", "Львовна"];

/// A receipt that differs from seed to seed in names, sums, meters and services, and is the same for the same seed.
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
        format!("г. Примерск, ул. {}, д. {}, кв. {}", dice.pick(&STREETS), 1 + dice.below(120), 1 + dice.below(200));
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

/// Two meters, three services, nothing owed before.
pub fn metered() -> Receipt {
    let mut receipt = empty();
    receipt.meters = vec![
        meter("ВК-G4Т", "0123456", "кухня", (1_204_311, 1_233_831), false),
        meter("СГМН-1-G6", "7654321", "котельная", (88_120, 88_970), false),
    ];
    receipt.rows = vec![
        Charge {
            volume: Some(Volume::from_raw(30_370)),
            unit: Some("м³".into()),
            tariff: Some(Tariff::from_raw(7_328_000)),
            method: Some(Method::Meter),
            ..charge("Газоснабжение природным газом", 0, 22_255, 0)
        },
        charge("Техническое обслуживание газового оборудования", 0, 15_850, 0),
        charge("Обслуживание узла учёта", 4_100, 4_100, 4_100),
    ];
    receipt
}

/// No meter: by the norm for three residents and the heated area.
pub fn by_norm() -> Receipt {
    let mut receipt = empty();
    receipt.residents = Some(3);
    receipt.heated_area = Some(Area::from_raw(54_300));
    let by_norm = |service: &str, volume: i64, norm: i64, charged: i64| Charge {
        volume: Some(Volume::from_raw(volume)),
        unit: Some("м³".into()),
        tariff: Some(Tariff::from_raw(7_328_000)),
        method: Some(Method::Norm),
        norm: Some(Volume::from_raw(norm)),
        ..charge(service, 0, charged, 0)
    };
    receipt.rows = vec![
        by_norm("Газ: плита и горячее водоснабжение", 36_000, 12_000, 26_381),
        by_norm("Газ: отопление", 543_000, 10_000, 397_910),
    ];
    receipt
}

/// An old debt with its penalty, a recalculation and a benefit, an expired meter, a part paid in the portal since.
pub fn in_debt() -> Receipt {
    let mut receipt = empty();
    receipt.meters = vec![meter("ВК-G4Т", "0123456", "кухня", (1_204_311, 1_233_831), true)];
    let mut gas = Charge {
        volume: Some(Volume::from_raw(29_520)),
        unit: Some("м³".into()),
        tariff: Some(Tariff::from_raw(7_328_000)),
        method: Some(Method::Average),
        recalculated: money(-4_210),
        benefit: money(2_000),
        recalculation_reason: Some("Возврат за дни без газа: с 03.11.2026 по 07.11.2026".into()),
        ..charge("Газоснабжение природным газом", 125_040, 21_632, 50_000)
    };
    close(&mut gas);
    receipt.rows = vec![gas, charge("Пеня за газ", 310, 412, 0)];
    receipt.paid_since = money(20_000);
    receipt.payments_counted_to = Some(Date::constant(2026, 11, 30));
    receipt
}

/// The provider owes the subscriber.
pub fn overpaid() -> Receipt {
    let mut receipt = empty();
    receipt.meters = vec![meter("ВК-G4Т", "0123456", "кухня", (1_204_311, 1_233_831), false)];
    let gas = charge("Газоснабжение природным газом", 0, 44_763, 66_000);
    receipt.rows = vec![Charge { method: Some(Method::Meter), ..gas }];
    receipt
}

/// Long names everywhere, and more services and meters than a page holds.
pub fn long() -> Receipt {
    let mut receipt = metered();
    receipt.provider.name =
        "Публичное акционерное общество «Образцово-показательная газоснабжающая организация Примерской области и \
         прилегающих к ней вымышленных территорий»"
            .into();
    receipt.subscriber = Some("Константинопольская-Вымышленная Александра-Елизавета Аполлинариевна".into());
    receipt.address = "Примерская область, Образцово-Вымышленский муниципальный округ, посёлок городского типа \
                       Верхненижнеобразцовопримерский, улица Шестидесятилетия Примерного Газоснабжения, дом 118/2, \
                       корпус 3, строение 1, квартира 1274"
        .into();
    let more = (1..=16).map(|number| charge(&format!("Дополнительная услуга по договору № {number}"), 0, 1_000, 0));
    receipt.rows.extend(more);
    receipt
}

fn empty() -> Receipt {
    Receipt {
        provider: provider(),
        account_number: AccountNumber::trusted("59012345".into()),
        els: Some("60АА000593".into()),
        subscriber: Some("Примерова Мария Ивановна".into()),
        address: "г. Примерск, ул. Садовая, д. 1, кв. 12".into(),
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
    }
}

fn provider() -> Provider {
    Provider {
        id: ProviderId::trusted("p".repeat(26)),
        code: "sample-gas".into(),
        name: "АО «Горгаз Примерск»".into(),
        region: Some("Примерская область".into()),
        inn: Some("5900000122".into()),
        kpp: Some("590001001".into()),
        bank_name: Some("Банк «Пример» (вымышленный)".into()),
        bik: Some("045799999".into()),
        settlement_account: Some("40702810300000000123".into()),
        correspondent_account: Some("30101810300000000999".into()),
        account_length: 8,
        support_email: Some("abonent@gorgaz.example".into()),
        support_phone: Some("+7 000 000-00-00".into()),
        site: Some("gorgaz.example".into()),
    }
}

fn charge(service: &str, opening: i64, charged: i64, paid: i64) -> Charge {
    let mut charge =
        Charge { charged: money(charged), paid: money(paid), ..Charge::unchanged(november(), service, money(opening)) };
    close(&mut charge);
    charge
}

fn close(charge: &mut Charge) {
    charge.closing = charge.expected_closing().unwrap_or_default();
}

fn meter(model: &str, serial: &str, location: &str, dial: (i64, i64), expired: bool) -> ReceiptMeter {
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

fn november() -> Period {
    Period::of(Date::constant(2026, 11, 1))
}

fn money(kopecks: i64) -> Money {
    Money::from_kopecks(kopecks)
}

/// A small generator of repeatable variety (a linear congruence); nothing secret hangs on it.
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
