//! Three years of an account: consumption, charges, payments and meter readings. Every row balances to the kopeck and
//! continues the previous one, except for one household, on purpose.

use jiff::civil::Date;

use super::dice::Dice;
use super::household::{Household, Norm, Payer, Service};
use super::plot::Plot;
use super::rates::{cost, norm_by_weather, norm_volume, person_norm, round_to, tariff_in};
use super::suppliers::SUPPLIERS;
use crate::domain::account::AccountNumber;
use crate::domain::calendar::{Period, show_date};
use crate::domain::decimal::{Tariff, Volume};
use crate::domain::meter::{Reading, ReadingSource};
use crate::domain::money::Money;
use crate::domain::payment::BillingPayment;
use crate::domain::settlement::{Charge, Method};
use crate::exchange::{ChargeRecord, MeterRecord, PaymentRecord, ReadingRecord};

/// First and last day of the month for readings.
const WINDOW: (i8, i8) = (15, 25);
/// Readings that may be missed in a row: for so long billing charges the average.
const MAX_MISSED: u32 = 3;
/// Months since the expired verification ran out.
const EXPIRED_AGO: u32 = 4;
/// Unpaid months at the end for the account with a debt.
const UNPAID: u32 = 4;
/// The last prompt payment of the account with a long debt, and its payment of a part, in months before the newest.
const LONG_UNPAID: u32 = 9;
const PART_PAID: u32 = 3;
/// First and last month of the leak, and the month of its recalculation, in months before the newest.
const LEAK: (u32, u32) = (7, 6);
const LEAK_RECALCULATED: u32 = 5;
/// The error of the opening balance of one month, in kopecks.
const GAP_KOPECKS: i64 = 10_000;

/// All records of one account.
pub(super) struct Story {
    pub(super) charges: Vec<ChargeRecord>,
    pub(super) payments: Vec<PaymentRecord>,
    pub(super) meter: Option<MeterRecord>,
    pub(super) readings: Vec<ReadingRecord>,
}

/// One service of an account from month to month.
struct Line {
    service: Service,
    /// The newest closing balance.
    closing: i64,
    /// Sums that each month added to the balance, before payments.
    billed: Vec<i64>,
}

impl Line {
    const fn new(service: Service) -> Self {
        Self { service, closing: 0, billed: Vec::new() }
    }

    /// The part of the balance that is older than so many newest months.
    fn older_than(&self, months: usize) -> i64 {
        (self.closing - self.billed.iter().rev().take(months).sum::<i64>()).max(0)
    }
}

/// The dial in thousandths, without overflow: the reading is the remainder by its limit.
struct Dial {
    serial: String,
    shown_modulo: i64,
    /// The real consumption.
    actual: i64,
    /// The reading up to which it was charged.
    billed: i64,
    missed: u32,
    /// Volumes of the last year, for the average.
    used: Vec<i64>,
    verified_until: Date,
}

/// The generator of one account's records.
struct Teller<'a> {
    household: &'a Household,
    number: AccountNumber,
    dice: Dice,
    today: Date,
    last: Period,
    lines: Vec<Line>,
    penalty: Line,
    dial: Option<Dial>,
    operations: u32,
    /// Volumes that leaked, by month.
    leaked: Vec<(Period, i64)>,
    story: Story,
}

impl Story {
    pub(super) fn tell(household: &Household, last: Period, today: Date) -> Self {
        let mut teller = Teller::new(household, last, today);
        let mut period = last.months_before(household.months() - 1);
        for _ in 0..household.months() {
            teller.month(period);
            period = period.next();
        }
        teller.current_month(period);
        teller.story
    }
}

impl<'a> Teller<'a> {
    fn new(household: &'a Household, last: Period, today: Date) -> Self {
        let mut dice = household.dice();
        let lines = household.services.iter().map(|service| Line::new(*service));
        let penalty_name = if household.supplier == 0 { "Пеня за газ" } else { "Пеня" };
        let penalty = Service { name: penalty_name, unit: "", tariff: 0, norm: Norm::Sum(0) };
        let mut teller = Self {
            household,
            number: household.number(),
            today,
            last,
            lines: lines.collect(),
            penalty: Line::new(penalty),
            dial: None,
            operations: 0,
            leaked: Vec::new(),
            story: Story { charges: Vec::new(), payments: Vec::new(), meter: None, readings: Vec::new() },
            dice: household.dice(),
        };
        teller.install_meter(&mut dice);
        teller
    }

    // The meter.

    fn install_meter(&mut self, dice: &mut Dice) {
        let Some(model) = self.household.meter else { return };
        let before = self.last.months_before(self.household.months());
        let modulo = 10_i64.pow(u32::from(model.digits)) * 1_000;
        let start = if self.household.plot() == Plot::RolledOver {
            // Three hundred below the limit: the dial overflows within the first year.
            modulo - 300_000
        } else {
            dice.between(0, 4_000) * 1_000
        };
        let installed = day_before(before, dice);
        let verified_until = self.verified_until(model.years, installed);
        let serial = format!("{:08}", dice.between(1_000_000, 99_999_999));
        self.story.meter = Some(MeterRecord {
            account: self.number.clone(),
            serial: serial.clone(),
            model: model.name.to_owned(),
            digits: Some(model.digits),
            decimals: Some(model.decimals),
            coefficient: None,
            installed_on: Some(installed),
            verified_until: Some(verified_until),
            sealed_on: Some(installed),
            location: Some(dice.pick(&["кухня", "коридор", "подъезд", "котельная"]).to_owned()),
            removed_on: None,
        });
        self.dial = Some(Dial {
            serial,
            shown_modulo: modulo,
            actual: start,
            billed: start,
            missed: 0,
            used: Vec::new(),
            verified_until,
        });
        self.note_reading(before.last_day(), start, ReadingSource::Inspector);
    }

    fn verified_until(&self, years: i64, installed: Date) -> Date {
        if self.household.plot() == Plot::Expired {
            return self.last.months_before(EXPIRED_AGO).last_day();
        }
        // Verified repeatedly, so that the verification is valid today: no other meter's has expired.
        let mut until = installed;
        let years = i16::try_from(years).unwrap_or(10);
        while until <= self.today {
            until = Date::new(until.year() + years, until.month(), until.day().min(28)).unwrap_or(Date::MAX);
        }
        until
    }

    fn note_reading(&mut self, date: Date, value: i64, source: ReadingSource) {
        let Some(dial) = &self.dial else { return };
        self.story.readings.push(ReadingRecord {
            account: self.number.clone(),
            serial: dial.serial.clone(),
            reading: Reading { date, value: Volume::from_raw(value % dial.shown_modulo), source },
            rejected: None,
        });
    }

    /// The charged volume of the first service, and the method.
    fn use_up(&mut self, period: Period) -> (i64, Method) {
        let norm = norm_volume(self.household, self.household.services[0].norm, period);
        let Some(mut dial) = self.dial.take() else { return (norm, Method::Norm) };
        let share = self.share(period);
        dial.actual += round_to(norm_by_weather(self.household, period) * share / 100, 10);
        let (volume, method, reading) = self.read_dial(&mut dial, period, norm);
        self.dial = Some(dial);
        if let Some((reading, source)) = reading {
            let day = i8::try_from(self.dice.between(WINDOW.0.into(), WINDOW.1.into())).unwrap_or(WINDOW.0);
            let date = Date::new(period.year(), period.month(), day).unwrap_or(period.first_day());
            self.note_reading(date, reading, source);
        }
        (volume, method)
    }

    /// The consumption of a month, in percent of the standard one.
    fn share(&mut self, period: Period) -> i64 {
        match self.household.plot() {
            Plot::Dacha if !(4..=10).contains(&period.month()) => 0,
            Plot::Leak if self.is_leaking(period) => self.dice.between(150, 165),
            Plot::WinterPeak | Plot::Pensioner | Plot::Newcomer | Plot::Leak => self.dice.between(50, 55),
            _ => self.dice.between(35, 75),
        }
    }

    fn is_leaking(&self, period: Period) -> bool {
        self.household.plot() == Plot::Leak
            && (self.last.months_before(LEAK.0)..=self.last.months_before(LEAK.1)).contains(&period)
    }

    /// The volume, the method, and the reading, if one was taken.
    fn read_dial(&mut self, dial: &mut Dial, period: Period, norm: i64) -> (i64, Method, Option<(i64, ReadingSource)>) {
        if period.last_day() > dial.verified_until {
            return (norm, Method::Norm, None);
        }
        let sent =
            self.household.is_showcase() || dial.missed >= MAX_MISSED || dial.used.is_empty() || self.dice.percent(88);
        if sent {
            dial.missed = 0;
            // An average that exceeded the dial: the same value is sent again until the dial has caught up.
            dial.actual = dial.actual.max(dial.billed);
            let volume = dial.actual - dial.billed;
            dial.billed = dial.actual;
            dial.used.push(volume);
            return (volume, Method::Meter, Some((dial.actual, self.reading_source())));
        }
        dial.missed += 1;
        let year = &dial.used[dial.used.len().saturating_sub(12)..];
        let average = round_to(year.iter().sum::<i64>() / i64::try_from(year.len()).unwrap_or(1).max(1), 10);
        dial.billed += average;
        (average, Method::Average, Some((dial.billed, ReadingSource::Calculated)))
    }

    fn reading_source(&mut self) -> ReadingSource {
        use ReadingSource::{Bank, Inspector, Operator, Subscriber};
        self.dice.pick(&[Subscriber, Subscriber, Subscriber, Subscriber, Subscriber, Bank, Operator, Inspector])
    }

    // A month.

    fn month(&mut self, period: Period) {
        let mut openings: Vec<i64> = self.lines.iter().map(|line| line.closing).collect();
        if self.household.plot() == Plot::Gap && period == self.last.months_before(9) {
            openings[0] += GAP_KOPECKS;
        }
        let penalty_opening = self.penalty.closing;
        let paid = self.pay(period, &openings, penalty_opening);
        let (volume, method) = self.use_up(period);
        if self.is_leaking(period) {
            self.leaked.push((period, round_to(volume * 2 / 3, 10)));
        }
        for index in 0..self.lines.len() {
            let sums = Sums { opening: openings[index], paid: paid[index] };
            let charge = self.charge(period, index, volume, method, sums);
            let closing = charge.closing.kopecks();
            self.lines[index].billed.push(closing - openings[index] + paid[index]);
            self.lines[index].closing = closing;
            self.story.charges.push(ChargeRecord { account: self.number.clone(), charge });
        }
        self.charge_penalty(period, penalty_opening, paid.last().copied().unwrap_or_default());
    }

    fn charge(&mut self, period: Period, index: usize, volume: i64, method: Method, sums: Sums) -> Charge {
        let service = self.lines[index].service;
        let (volume, method) = match service.norm {
            _ if index == 0 => (Some(volume), Some(method)),
            Norm::Same => (Some(volume), Some(method)),
            Norm::Sum(_) => (None, Some(Method::Other)),
            other => (Some(norm_volume(self.household, other, period)), Some(Method::Norm)),
        };
        let tariff = tariff_in(service.tariff, period);
        let charged = match (service.norm, volume) {
            (Norm::Sum(kopecks), _) => kopecks,
            (_, volume) => cost(volume.unwrap_or_default(), tariff),
        };
        let opening = Money::from_kopecks(sums.opening);
        let mut charge = Charge {
            charged: Money::from_kopecks(charged),
            benefit: Money::from_kopecks(if index == 0 { charged * self.household.benefit_percent / 100 } else { 0 }),
            paid: Money::from_kopecks(sums.paid),
            volume: volume.map(Volume::from_raw),
            unit: (!service.unit.is_empty()).then(|| service.unit.to_owned()),
            tariff: (tariff > 0).then(|| Tariff::from_raw(tariff)),
            method,
            norm: person_norm(service.norm).map(Volume::from_raw),
            ..Charge::unchanged(period, service.name, opening)
        };
        self.correct(&mut charge, service, index);
        charge.closing = charge.expected_closing().unwrap_or_default();
        charge
    }

    /// Billing corrects an earlier month: as the story tells, or from time to time.
    fn correct(&mut self, charge: &mut Charge, service: Service, index: usize) {
        match self.household.plot() {
            Plot::Leak if charge.period == self.last.months_before(LEAK_RECALCULATED) => {
                self.return_leaked(charge, service);
            }
            Plot::Debt if index == 0 && charge.period == self.last.months_before(6) => {
                recalculate(charge, -12, "Перерыв в подаче на время ремонта сетей");
            }
            Plot::Ordinary | Plot::Gap if index == 0 => self.correct_at_random(charge),
            _ => {}
        }
    }

    /// Takes back the leaked volumes, at the tariffs of their months.
    fn return_leaked(&self, charge: &mut Charge, service: Service) {
        let costs = self.leaked.iter().map(|(month, volume)| cost(*volume, tariff_in(service.tariff, *month)));
        charge.recalculated = Money::from_kopecks(-costs.sum::<i64>());
        let months: Vec<String> = self.leaked.iter().map(|(month, _)| month.to_string()).collect();
        charge.recalculation_reason = Some(format!(
            "Утечка на вводе в дом устранена {}, акт № 31. Объём за {} пересчитан до обычного",
            show_date(self.last.months_before(LEAK.1).last_day()),
            months.join(" и ")
        ));
    }

    fn correct_at_random(&mut self, charge: &mut Charge) {
        if self.dice.percent(2) {
            let share = self.dice.between(-25, 15);
            let reasons: &[&str] = match self.household.meter {
                Some(_) => &["Уточнение показаний прибора учёта"],
                None if share > 0 => &["Уточнение числа проживающих"],
                None => &["Временное отсутствие абонента по заявлению", "Перерыв в подаче на время ремонта сетей"],
            };
            let reason = self.dice.pick(reasons);
            recalculate(charge, share, reason);
        } else if self.dice.below(400) == 0 {
            charge.adjusted = Money::from_kopecks(self.dice.between(-5_000, 5_000));
        } else if charge.opening.kopecks() > 300_000 && self.dice.below(60) == 0 {
            charge.written_off = Money::from_kopecks(50_000);
        }
    }

    /// The penalty is a separate service, listed only when it is not zero.
    fn charge_penalty(&mut self, period: Period, opening: i64, paid: i64) {
        let charged = self.penalty();
        let closing = opening + charged - paid;
        self.penalty.closing = closing;
        if opening == 0 && charged == 0 && paid == 0 {
            return;
        }
        let money = Money::from_kopecks;
        let charge = Charge {
            charged: money(charged),
            paid: money(paid),
            closing: money(closing),
            method: Some(Method::Other),
            ..Charge::unchanged(period, self.penalty.service.name, money(opening))
        };
        self.story.charges.push(ChargeRecord { account: self.number.clone(), charge });
    }

    /// No penalty for the first month of delay, then 1/300 and 1/130 of 9.5 % a day, for thirty days. A month is due in
    /// the middle of the next one.
    fn penalty(&self) -> i64 {
        let first = &self.lines[0];
        (first.older_than(2) * 95 + first.older_than(4) * 124) / 10_000
    }

    // Paying.

    /// The payments of a month, by service, the penalty last.
    fn pay(&mut self, period: Period, openings: &[i64], penalty: i64) -> Vec<i64> {
        let due: i64 = openings.iter().sum::<i64>() + penalty;
        let sum = self.decide(period, due);
        if sum > 0 {
            let day = i8::try_from(self.dice.between(3, 14)).unwrap_or(10);
            let date = Date::new(period.year(), period.month(), day).unwrap_or(period.first_day());
            self.note_payment(date, sum);
        }
        let mut left = sum;
        let mut parts: Vec<i64> = openings.iter().copied().chain([penalty]).collect();
        for part in &mut parts {
            *part = left.min((*part).max(0));
            left -= *part;
        }
        parts[0] += left;
        parts
    }

    fn decide(&mut self, period: Period, due: i64) -> i64 {
        let late_month = period.month() % 2 == 0;
        match self.household.payer {
            Payer::Prompt => due.max(0),
            Payer::RoundsUp if due > 0 => (due + 9_999) / 10_000 * 10_000,
            Payer::Late if late_month => due.max(0),
            Payer::Debtor if due > 0 && self.dice.percent(25) => round_to(due / 2, 100),
            Payer::Ahead if due > -100_000 => due.max(0) + self.dice.between(20, 50) * 10_000,
            Payer::Stopped if period <= self.last.months_before(UNPAID) => due.max(0),
            Payer::Defaulter if period <= self.last.months_before(LONG_UNPAID) => due.max(0),
            Payer::Defaulter if period == self.last.months_before(PART_PAID) => round_to(due / 3, 10_000),
            _ => 0,
        }
    }

    fn note_payment(&mut self, date: Date, sum: i64) {
        self.operations += 1;
        let code = SUPPLIERS[self.household.supplier].code;
        let source = self.dice.pick(&[
            "Сбербанк",
            "Сбербанк",
            "Сбербанк",
            "Почта России",
            "ВТБ",
            "Касса поставщика",
            "Газпромбанк",
        ]);
        self.story.payments.push(PaymentRecord {
            account: self.number.clone(),
            payment: BillingPayment {
                date,
                amount: Money::from_kopecks(sum),
                operation_id: format!("{code}-{}-{}", self.household.index + 1, self.operations),
                source: Some(source.to_owned()),
                service: None,
            },
        });
    }

    // The month that is not charged yet.

    fn current_month(&mut self, period: Period) {
        let due: i64 = self.lines.iter().chain([&self.penalty]).map(|line| line.closing).sum();
        let day = i8::try_from(self.dice.between(3, 14)).unwrap_or(10);
        let prompt = matches!(self.household.payer, Payer::Prompt | Payer::RoundsUp);
        if prompt && due > 0 && day <= self.today.day() && self.dice.percent(80) {
            let date = Date::new(period.year(), period.month(), day).unwrap_or(period.first_day());
            self.note_payment(date, due);
        }
        self.current_reading(period);
    }

    /// Some accounts have sent this month's reading already; the showcase accounts have not, so that it can be tried.
    fn current_reading(&mut self, period: Period) {
        let is_tried = self.household.is_showcase();
        let Some(dial) = self.dial.as_ref().filter(|_| !is_tried && self.today.day() >= WINDOW.0) else { return };
        let (value, verified_until) = (dial.billed.max(dial.actual), dial.verified_until);
        if period.last_day() > verified_until || !self.dice.percent(60) {
            return;
        }
        let day = self.dice.between(WINDOW.0.into(), self.today.day().min(WINDOW.1).into());
        let date = Date::new(period.year(), period.month(), i8::try_from(day).unwrap_or(WINDOW.0));
        let value = value + round_to(norm_by_weather(self.household, period) / 2, 10);
        self.note_reading(date.unwrap_or(self.today), value, ReadingSource::Subscriber);
    }
}

/// The opening balance and the payments of a row.
struct Sums {
    opening: i64,
    paid: i64,
}

/// A day within the ten years before a month.
fn day_before(before: Period, dice: &mut Dice) -> Date {
    let month = before.months_before(u32::try_from(dice.between(1, 110)).unwrap_or(1));
    let day = i8::try_from(dice.between(1, 28)).unwrap_or(1);
    Date::new(month.year(), month.month(), day).unwrap_or(month.first_day())
}

/// Recalculates a charge by some percent of it, with the reason.
fn recalculate(charge: &mut Charge, share: i64, reason: &str) {
    charge.recalculated = Money::from_kopecks(charge.charged.kopecks() * share / 100);
    charge.recalculation_reason = (!charge.recalculated.is_zero()).then(|| reason.to_owned());
}
