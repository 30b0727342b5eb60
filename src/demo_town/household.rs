//! The household of an account: its services, its meter and its way of paying.

use crate::domain::account::AccountNumber;
use crate::domain::calendar::Period;
use crate::domain::decimal::Area;
use crate::domain::login::Login;
use crate::domain::pin::{PINS, Pin};
use crate::exchange::AccountRecord;

use super::dice::Dice;
use super::plot::{self, Plot, Tale};
use super::suppliers::SUPPLIERS;
use super::{MONTHS, names};

/// Months of the newcomer's account.
pub(super) const NEWCOMER_MONTHS: u32 = 5;

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
    /// The price of a unit before July 2024, in micro-roubles.
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
    /// Promptly, until most of a year ago; then a part of the debt, once.
    Defaulter,
}

/// An account of the town.
pub(super) struct Household {
    pub(super) supplier: usize,
    pub(super) index: u32,
    tale: Option<&'static Tale>,
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
        let tale = plot::tale(supplier, index);
        let plot = tale.map_or(Plot::Ordinary, |tale| tale.plot);
        let (services, meter) = match supplier {
            0 => gas(&mut dice, plot),
            1 => (vec![HEATING, HOT_WATER], None),
            2 => (vec![COLD_WATER, SEWERAGE], water_meter(&mut dice, plot)),
            _ => (vec![POWER], Some(dice.pick(&POWER_METERS))),
        };
        let least_area = if plot == Plot::WinterPeak { 1_200 } else { 480 };
        let area =
            if is_house(&services) { dice.between(least_area, 1_400) * 100 } else { dice.between(280, 780) * 100 };
        let payer = payer(&mut dice, plot);
        let residents = residents(&mut dice, plot);
        let heated_area = area - dice.between(20, 90) * 100;
        let benefit_percent = benefit_percent(&mut dice, plot);
        Self { supplier, index, tale, services, meter, payer, residents, area, heated_area, benefit_percent }
    }

    /// A random generator for the account's months, separate from the household's, so that neither changes the other.
    pub(super) fn dice(&self) -> Dice {
        Dice::of(subject(self.supplier, self.index) + 500_000)
    }

    pub(super) fn plot(&self) -> Plot {
        self.tale.map_or(Plot::Ordinary, |tale| tale.plot)
    }

    /// Whether it sends every reading, and leaves this month's to the visitor of the demo.
    pub(super) fn is_showcase(&self) -> bool {
        !matches!(self.plot(), Plot::Ordinary | Plot::Gap)
    }

    /// Its months of settlements.
    pub(super) fn months(&self) -> u32 {
        if self.plot() == Plot::Newcomer { NEWCOMER_MONTHS } else { MONTHS }
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

    /// Its row of the list of accounts, by the newest month with settlements.
    pub(super) fn record(&self, last: Period) -> AccountRecord {
        let mut dice = Dice::of(subject(self.supplier, self.index) + 700_000);
        let serial = subject(self.supplier, self.index);
        let town = SUPPLIERS[self.supplier].town;
        let address = names::address(&mut dice, town, is_house(&self.services));
        let subscriber = names::subscriber(&mut dice);
        AccountRecord {
            number: self.number(),
            address: self.tale.map_or(address, |tale| tale.address.to_owned()),
            subscriber: Some(self.tale.map_or(subscriber, |tale| tale.subscriber.to_owned())),
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
            opened_on: Some(last.months_before(self.months() - 1).first_day()),
            closed_on: None,
        }
    }
}

fn subject(supplier: usize, index: u32) -> u64 {
    supplier as u64 * 1_000_000 + u64::from(index)
}

fn is_house(services: &[Service]) -> bool {
    matches!(services[0].norm, Norm::PersonAndHeat(..))
}

fn gas(dice: &mut Dice, plot: Plot) -> (Vec<Service>, Option<Model>) {
    let main = match plot {
        Plot::Ordinary | Plot::Gap => dice.pick(&[STOVE, STOVE, STOVE_AND_HEATER, STOVE_AND_HEATING]),
        Plot::Debt | Plot::WinterPeak => STOVE_AND_HEATING,
        _ => STOVE_AND_HEATER,
    };
    let (metered, model) = match plot {
        Plot::Ordinary | Plot::Gap => {
            (dice.percent(if main.norm == STOVE.norm { 35 } else { 85 }), dice.pick(&GAS_METERS))
        }
        _ => (plot != Plot::LongDebt, GAS_METERS[0]),
    };
    let upkept = dice.percent(30) || plot == Plot::Debt;
    (if upkept { vec![main, UPKEEP] } else { vec![main] }, metered.then_some(model))
}

fn water_meter(dice: &mut Dice, plot: Plot) -> Option<Model> {
    let metered = dice.percent(70) || plot == Plot::Leak;
    metered.then(|| dice.pick(&WATER_METERS))
}

fn payer(dice: &mut Dice, plot: Plot) -> Payer {
    let chance = dice.below(100);
    match plot {
        Plot::Debt => Payer::Stopped,
        Plot::LongDebt => Payer::Defaulter,
        Plot::Advance => Payer::Ahead,
        Plot::HeatedFlat => Payer::Late,
        Plot::Ordinary => match chance {
            0..55 => Payer::Prompt,
            55..75 => Payer::RoundsUp,
            75..87 => Payer::Late,
            87..94 => Payer::Debtor,
            _ => Payer::Ahead,
        },
        _ => Payer::Prompt,
    }
}

fn residents(dice: &mut Dice, plot: Plot) -> u16 {
    let any = u16::try_from(dice.between(1, 5)).unwrap_or(1);
    match plot {
        Plot::Pensioner => 1,
        Plot::Newcomer | Plot::HeatedFlat => 2,
        Plot::WinterPeak => 4,
        Plot::LongDebt | Plot::Leak | Plot::Advance | Plot::Dacha => 3,
        _ => any,
    }
}

fn benefit_percent(dice: &mut Dice, plot: Plot) -> i64 {
    let has_benefit = dice.percent(6);
    match plot {
        Plot::Pensioner => 50,
        Plot::Debt => 10,
        Plot::Ordinary if has_benefit => 10,
        _ => 0,
    }
}
