//! Made-up receipts, each for one situation: template authors view them with `kabinet receipt --demo CASE`, and the
//! tests check each.

use jiff::civil::Date;

use super::sample::{charge, close, empty, meter, money};
use crate::domain::decimal::{Area, Tariff, Volume};
use crate::domain::instalment::{Instalment, ReceiptInstalment};
use crate::domain::meter::{Reading, ReadingSource};
use crate::domain::receipt::Receipt;
use crate::domain::settlement::{Charge, Method};

/// A receipt with the name of its situation.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name on the command line.
    pub name: &'static str,
    /// Its purpose, in a few words.
    pub shows: &'static str,
    /// The receipt.
    pub receipt: fn() -> Receipt,
}

/// Every case.
pub const CASES: [Case; 19] = [
    case("metered", "two meters, three services, nothing owed before", metered),
    case("by-norm", "no meter: the norm with its arithmetic", by_norm),
    case("average", "by the average of earlier months, with a reading of billing", average),
    case("in-debt", "debt, penalty, recalculation with its reason, a part paid since", in_debt),
    case("overpaid", "an overpayment: nothing to pay, no code", overpaid),
    case("nothing-charged", "a month without consumption, all settled", nothing_charged),
    case("negative-month", "a recalculation larger than the charge", negative_month),
    case("paid-since", "all paid after the month was closed", paid_since),
    case("twelve-services", "twelve services of a house", twelve_services),
    case("two-pages", "long names and more services than a page holds", long),
    case("ten-meters", "ten meters", ten_meters),
    case("verification-expired", "a meter whose verification has run out", verification_expired),
    case("all-columns", "each kind of correction at once", all_columns),
    case("bare", "only what cannot be missing", bare),
    case("long-names", "a payee of 160 characters, an address of four lines", long_names),
    case("signs-in-names", "quotes, `|` and other separators in names", signs_in_names),
    case("large-sums", "sums of nine digits", large_sums),
    case("no-requisites", "a provider without requisites: no code", no_requisites),
    case("instalment", "a debt that is paid by an agreed plan", instalment),
];

const fn case(name: &'static str, shows: &'static str, receipt: fn() -> Receipt) -> Case {
    Case { name, shows, receipt }
}

/// Two meters, three services, no earlier debt.
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

/// Long names everywhere, and more services and meters than fit on a page.
pub fn long() -> Receipt {
    let mut receipt = metered();
    receipt.provider.name =
        "Публичное акционерное общество «Тихоярско-правобережная и среднеярская газоснабжающая организация Тихоярской \
         области и прилегающих к ней пригородных территорий»"
            .into();
    receipt.subscriber = Some("Константинопольская-Вишневецкая Александра-Елизавета Аполлинариевна".into());
    receipt.address = "Тихоярская область, Заречно-Вознесенский муниципальный округ, посёлок городского типа \
                       Верхненижнекамскопригородский, улица Шестидесятилетия Уральского Газоснабжения, дом 118/2, \
                       корпус 3, строение 1, квартира 1274"
        .into();
    let more = (1..=16).map(|number| charge(&format!("Дополнительная услуга по договору № {number}"), 0, 1_000, 0));
    receipt.rows.extend(more);
    receipt
}

/// No reading was sent: charged by the average, the last reading is billing's own.
pub fn average() -> Receipt {
    let mut receipt = metered();
    receipt.meters.truncate(1);
    let reading = &mut receipt.meters[0].current;
    *reading = reading.map(|reading| Reading { source: ReadingSource::Calculated, ..reading });
    receipt.rows.truncate(1);
    receipt.rows[0].method = Some(Method::Average);
    receipt
}

/// A meter with no consumption, and nothing owed.
pub fn nothing_charged() -> Receipt {
    let mut receipt = empty();
    receipt.meters = vec![meter("ВК-G4Т", "0123456", "кухня", (1_204_311, 1_204_311), false)];
    let gas = charge("Газоснабжение природным газом", 0, 0, 0);
    receipt.rows = vec![Charge {
        volume: Some(Volume::from_raw(0)),
        unit: Some("м³".into()),
        tariff: Some(Tariff::from_raw(7_328_000)),
        method: Some(Method::Meter),
        ..gas
    }];
    receipt
}

/// A recalculation of earlier months is larger than the month's charges.
pub fn negative_month() -> Receipt {
    let mut receipt = metered();
    receipt.rows.truncate(1);
    let gas = &mut receipt.rows[0];
    gas.opening = money(90_000);
    gas.recalculated = money(-61_234);
    gas.recalculation_reason =
        Some("Возврат по показаниям за август — октябрь 2026 вместо начислений по среднему".into());
    close(gas);
    receipt
}

/// Billing's closing debt has been paid in the portal since.
pub fn paid_since() -> Receipt {
    let mut receipt = metered();
    receipt.paid_since = receipt.rows.iter().fold(money(0), |sum, row| sum.checked_add(row.closing).unwrap_or(sum));
    receipt.payments_counted_to = Some(Date::constant(2026, 12, 1));
    receipt
}

/// Twelve services of a house: their settlements continue on a second page.
pub fn twelve_services() -> Receipt {
    let mut receipt = metered();
    let more = [
        ("Отопление", 184_233),
        ("Холодное водоснабжение", 21_007),
        ("Горячее водоснабжение", 73_518),
        ("Водоотведение", 30_041),
        ("Обращение с твёрдыми коммунальными отходами", 17_720),
        ("Содержание и ремонт жилого помещения", 112_480),
        ("Взнос на капитальный ремонт", 65_312),
        ("Электроснабжение мест общего пользования", 3_905),
        ("Домофон", 5_000),
    ];
    receipt.rows.extend(more.map(|(service, charged)| charge(service, 0, charged, 0)));
    receipt
}

/// Ten meters of one flat.
pub fn ten_meters() -> Receipt {
    let mut receipt = metered();
    let more = (3..=10).map(|number| {
        let dial = (i64::from(number) * 12_345, i64::from(number) * 12_345 + 1_500);
        meter("Гранд-4", &format!("77001{number:02}"), "котельная", dial, false)
    });
    receipt.meters.extend(more);
    receipt
}

/// Verification expired in the month before: the meter is treated as missing (ПП РФ 549).
pub fn verification_expired() -> Receipt {
    let mut receipt = by_norm();
    receipt.meters = vec![meter("ВК-G4Т", "0123456", "кухня", (1_204_311, 1_233_831), true)];
    receipt
}

/// Recalculated, with a benefit, adjusted and written off in one month.
pub fn all_columns() -> Receipt {
    let mut receipt = metered();
    let gas = &mut receipt.rows[0];
    (gas.recalculated, gas.benefit, gas.adjusted, gas.written_off) =
        (money(-4_210), money(2_000), money(1_500), money(300));
    gas.recalculation_reason = Some("Временное отсутствие с 03.11.2026 по 07.11.2026".into());
    close(gas);
    receipt
}

/// Without all optional data.
pub fn bare() -> Receipt {
    let mut receipt = no_requisites();
    let provider = &mut receipt.provider;
    (provider.support_email, provider.support_phone, provider.site) = (None, None, None);
    (receipt.els, receipt.subscriber, receipt.residents, receipt.area) = (None, None, None, None);
    receipt.pin = None;
    receipt.meters.clear();
    receipt.rows = vec![charge("Газ", 0, 22_255, 0)];
    receipt
}

/// Names of the maximum length.
pub fn long_names() -> Receipt {
    let mut receipt = metered();
    let long = long();
    receipt.provider.name = long.provider.name;
    receipt.subscriber = long.subscriber;
    receipt.address = long.address;
    receipt.rows[0].service =
        "Газоснабжение природным газом жилого дома с надворными постройками по общему счётчику".into();
    receipt.meters[0].location = Some("подвальное помещение под лестницей, слева от входа, за щитом".into());
    receipt
}

/// Characters that could end a field of the code, a text of markup or an attribute.
pub fn signs_in_names() -> Receipt {
    let mut receipt = metered();
    receipt.provider.name = "ООО \"Газ|Тепло; 'Сервис' @ №1\" & Ко".into();
    receipt.subscriber = Some("О'Морозова <Мария> Ивановна #1".into());
    receipt.address = "г. Тихоярск, ул. «Садовая» | линия 2, д. 1/2 (стр. 3), кв. 12_а".into();
    receipt.rows[0].service = "Газ $x$ *жирно* _курсив_ [b] {i} \\ ~ `код`".into();
    receipt
}

/// Millions of roubles, as a boiler house may owe.
pub fn large_sums() -> Receipt {
    let mut receipt = in_debt();
    let gas = &mut receipt.rows[0];
    (gas.opening, gas.charged, gas.paid) = (money(12_345_678_901), money(987_654_321), money(100_000_000));
    gas.volume = Some(Volume::from_raw(1_347_781_000));
    close(gas);
    receipt.paid_since = money(0);
    receipt
}

/// A provider whose requisites billing has not sent.
pub fn no_requisites() -> Receipt {
    let mut receipt = metered();
    let provider = &mut receipt.provider;
    for field in [
        &mut provider.inn,
        &mut provider.kpp,
        &mut provider.bank_name,
        &mut provider.bik,
        &mut provider.settlement_account,
        &mut provider.correspondent_account,
    ] {
        *field = None;
    }
    receipt
}

/// An old debt that is paid in six parts: the second is due with this receipt.
pub fn instalment() -> Receipt {
    let mut receipt = metered();
    receipt.rows.truncate(1);
    let gas = &mut receipt.rows[0];
    (gas.opening, gas.paid) = (money(300_000), money(50_000));
    close(gas);
    receipt.instalment = Some(ReceiptInstalment {
        total: money(300_000),
        part: Instalment { number: 2, sum: money(50_000), due_on: Date::constant(2026, 12, 15) },
        months: 6,
        left_after: money(200_000),
        payable: money(72_255),
    });
    receipt
}
