//! The household of an account: made-up names and streets, its consumption and its way of paying.

use crate::domain::account::AccountNumber;
use crate::domain::calendar::Period;
use crate::domain::decimal::Area;
use crate::domain::login::Login;
use crate::domain::pin::{PINS, Pin};
use crate::exchange::AccountRecord;

use super::dice::Dice;
use super::suppliers::SUPPLIERS;

/// Indexes of the first supplier's showcase accounts.
pub(super) const DEBT: u32 = 0;
pub(super) const ADVANCE: u32 = 1;
pub(super) const ROLLED_OVER: u32 = 2;
pub(super) const EXPIRED: u32 = 3;
pub(super) const GAP: u32 = 4;

const SURNAMES: [(&str, &str); 10] = [
    ("Образцов", "Образцова"),
    ("Примеров", "Примерова"),
    ("Выдумкин", "Выдумкина"),
    ("Небывалов", "Небывалова"),
    ("Вымыслов", "Вымыслова"),
    ("Черновиков", "Черновикова"),
    ("Макетов", "Макетова"),
    ("Шаблонов", "Шаблонова"),
    ("Пробников", "Пробникова"),
    ("Сказкин", "Сказкина"),
];
const MEN: [(&str, &str); 4] =
    [("Пример", "Иванович"), ("Образец", "Примерович"), ("Иван", "Примерович"), ("Артём", "Образцович")];
const WOMEN: [(&str, &str); 4] =
    [("Алёна", "Примеровна"), ("Мария", "Образцовна"), ("Вера", "Примеровна"), ("Ольга", "Ивановна")];
const STREETS: [&str; 8] = [
    "ул. Придуманная",
    "ул. Образцовая",
    "пер. Примерный",
    "ул. Вымышленная",
    "пр-т Небывалый",
    "ул. Черновая",
    "ул. Макетная",
    "б-р Сказочный",
];

/// Monthly consumption, in thousandths of its unit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Norm {
    /// Per resident.
    Person(i64),
    /// Per resident, plus per heated square metre in the season.
    PersonAndHeat(i64, i64),
    /// Per heated square metre in the season.
    Heat(i64),
    /// The same as for the first service.
    Same,
    /// A fixed sum, in kopecks, without a volume.
    Sum(i64),
}

/// A charged service.
#[derive(Clone, Copy, Debug)]
pub(super) struct Service {
    pub(super) name: &'static str,
    pub(super) unit: &'static str,
    /// The price of a unit from July 2023, in micro-roubles.
    pub(super) tariff: i64,
    pub(super) norm: Norm,
}

/// A model of a meter: its name, digits and decimals of the dial, years between verifications.
#[derive(Clone, Copy, Debug)]
pub(super) struct Model {
    pub(super) name: &'static str,
    pub(super) digits: u8,
    pub(super) decimals: u8,
    pub(super) years: i64,
}

const GAS: &str = "Газоснабжение природным газом";
const GAS_TARIFF: i64 = 6_543_000;
const STOVE: Service = Service { name: GAS, unit: "м³", tariff: GAS_TARIFF, norm: Norm::Person(12_000) };
const STOVE_AND_HEATER: Service = Service { name: GAS, unit: "м³", tariff: GAS_TARIFF, norm: Norm::Person(35_000) };
const STOVE_AND_HEATING: Service =
    Service { name: GAS, unit: "м³", tariff: GAS_TARIFF, norm: Norm::PersonAndHeat(35_000, 10_000) };
const UPKEEP: Service = Service {
    name: "Техническое обслуживание ВДГО", unit: "", tariff: 0, norm: Norm::Sum(6_150)
};
const HEATING: Service =
    Service { name: "Отопление", unit: "Гкал", tariff: 2_104_360_000, norm: Norm::Heat(22) };
const HOT_WATER: Service =
    Service {
        name: "Горячее водоснабжение", unit: "м³", tariff: 164_870_000, norm: Norm::Person(3_120)
    };
const COLD_WATER: Service =
    Service {
        name: "Холодное водоснабжение", unit: "м³", tariff: 38_420_000, norm: Norm::Person(4_850)
    };
const SEWERAGE: Service =
    Service { name: "Водоотведение", unit: "м³", tariff: 31_760_000, norm: Norm::Same };
const POWER: Service =
    Service {
        name: "Электроснабжение", unit: "кВт·ч", tariff: 4_870_000, norm: Norm::Person(96_000)
    };

const GAS_METERS: [Model; 3] = [
    Model { name: "ВК-G4", digits: 5, decimals: 3, years: 10 },
    Model { name: "СГБМ-1,6", digits: 5, decimals: 3, years: 12 },
    Model { name: "NPM-G4", digits: 5, decimals: 3, years: 6 },
];
const WATER_METERS: [Model; 2] = [
    Model { name: "СВ-15", digits: 5, decimals: 3, years: 6 },
    Model { name: "ВСХ-15", digits: 5, decimals: 3, years: 6 },
];
const POWER_METERS: [Model; 2] = [
    Model { name: "СЕ-101", digits: 6, decimals: 1, years: 16 },
    Model { name: "НЕВА-103", digits: 6, decimals: 1, years: 16 },
];

/// The way an account is paid.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Payer {
    /// The sum due, every month.
    Prompt,
    /// The sum due, rounded up to a hundred roubles.
    RoundsUp,
    /// Every second month.
    Late,
    /// Rarely, and only a part.
    Debtor,
    /// Far in advance.
    Ahead,
    /// Promptly, until the last four months.
    Stopped,
}

/// An account of the town.
pub(super) struct Household {
    pub(super) supplier: usize,
    pub(super) index: u32,
    pub(super) services: Vec<Service>,
    pub(super) meter: Option<Model>,
    pub(super) payer: Payer,
    pub(super) residents: u16,
    pub(super) area: i64,
    pub(super) heated_area: i64,
    /// Benefit, in percent of the charge.
    pub(super) benefit_percent: i64,
}

impl Household {
    pub(super) fn new(supplier: usize, index: u32) -> Self {
        let mut dice = Dice::of(subject(supplier, index));
        let (services, meter) = match supplier {
            0 => gas(&mut dice, index),
            1 => (vec![HEATING, HOT_WATER], None),
            2 => (vec![COLD_WATER, SEWERAGE], dice.percent(70).then(|| dice.pick(&WATER_METERS))),
            _ => (vec![POWER], Some(dice.pick(&POWER_METERS))),
        };
        let area = if matches!(services[0].norm, Norm::PersonAndHeat(..)) {
            dice.between(480, 1_400) * 100
        } else {
            dice.between(280, 780) * 100
        };
        Self {
            supplier,
            index,
            services,
            meter,
            payer: payer(&mut dice, supplier, index),
            residents: u16::try_from(dice.between(1, 5)).unwrap_or(1),
            area,
            heated_area: area - dice.between(20, 90) * 100,
            benefit_percent: if dice.percent(6) || (supplier == 0 && index == DEBT) { 10 } else { 0 },
        }
    }

    /// A random generator for the account's months, separate from the household's, so that neither changes the other.
    pub(super) fn dice(&self) -> Dice {
        Dice::of(subject(self.supplier, self.index) + 500_000)
    }

    /// Whether one of its months deliberately does not continue the previous one.
    pub(super) fn has_gap(&self) -> bool {
        self.is(GAP)
    }

    /// Whether it is this one of the first supplier's showcase accounts.
    pub(super) fn is(&self, index: u32) -> bool {
        self.supplier == 0 && self.index == index
    }

    pub(super) fn number(&self) -> AccountNumber {
        let supplier = &SUPPLIERS[self.supplier];
        let width = usize::from(supplier.account_length) - supplier.prefix.len();
        // Numbers are spaced: neighbours are not consecutive, as in any billing.
        AccountNumber::trusted(format!("{}{:0width$}", supplier.prefix, 10_107 + self.index * 7))
    }

    pub(super) fn pin(&self) -> Pin {
        let number = Dice::of(subject(self.supplier, self.index) + 900_000).below(PINS.into());
        Pin::from_number(u32::try_from(number).unwrap_or_default())
    }

    /// Its row of the list of accounts.
    pub(super) fn record(&self, opened: Period) -> AccountRecord {
        let mut dice = Dice::of(subject(self.supplier, self.index) + 700_000);
        let serial = subject(self.supplier, self.index);
        AccountRecord {
            number: self.number(),
            address: address(&mut dice, self.supplier),
            subscriber: Some(name(&mut dice)),
            els: Some(format!("{}АА{:06}", 59 + self.supplier, self.index + 593)),
            area: Some(Area::from_raw(self.area)),
            heated_area: Some(Area::from_raw(self.heated_area)),
            residents: Some(self.residents),
            phone: self
                .index
                .is_multiple_of(3)
                .then(|| Login::Phone(format!("+79000000{:03}", self.index / 3 % 1_000))),
            email: (!self.index.is_multiple_of(4)).then(|| Login::Email(format!("demo+{serial}@example.ru"))),
            pin: Some(self.pin()),
            opened_on: Some(opened.first_day()),
            closed_on: None,
        }
    }
}

fn subject(supplier: usize, index: u32) -> u64 {
    supplier as u64 * 1_000_000 + u64::from(index)
}

fn gas(dice: &mut Dice, index: u32) -> (Vec<Service>, Option<Model>) {
    let main = match index {
        ROLLED_OVER | EXPIRED => STOVE_AND_HEATER,
        DEBT | ADVANCE => STOVE_AND_HEATING,
        _ => dice.pick(&[STOVE, STOVE, STOVE_AND_HEATER, STOVE_AND_HEATING]),
    };
    let metered = match index {
        DEBT..=EXPIRED => true,
        _ => dice.percent(if main.norm == STOVE.norm { 35 } else { 85 }),
    };
    let model = if index <= EXPIRED { GAS_METERS[0] } else { dice.pick(&GAS_METERS) };
    let upkept = dice.percent(30) || index == DEBT;
    (if upkept { vec![main, UPKEEP] } else { vec![main] }, metered.then_some(model))
}

fn payer(dice: &mut Dice, supplier: usize, index: u32) -> Payer {
    let chance = dice.below(100);
    match (supplier, index) {
        (0, DEBT) => Payer::Stopped,
        (0, ADVANCE) => Payer::Ahead,
        (0, ROLLED_OVER..=GAP) => Payer::Prompt,
        (1, 0) => Payer::Late,
        _ => match chance {
            0..55 => Payer::Prompt,
            55..75 => Payer::RoundsUp,
            75..87 => Payer::Late,
            87..94 => Payer::Debtor,
            _ => Payer::Ahead,
        },
    }
}

fn name(dice: &mut Dice) -> String {
    let (man, woman) = dice.pick(&SURNAMES);
    let (surname, (first, patronymic)) =
        if dice.percent(50) { (man, dice.pick(&MEN)) } else { (woman, dice.pick(&WOMEN)) };
    format!("{surname} {first} {patronymic}")
}

fn address(dice: &mut Dice, supplier: usize) -> String {
    let town = ["г. Примерск", "г. Примерск", "г. Заречный Образцовый", "г. Выдумск"][supplier.min(3)];
    let street = dice.pick(&STREETS);
    let (house, flat) = (dice.between(1, 120), dice.between(1, 96));
    format!("{town}, {street}, д. {house}, кв. {flat}")
}
