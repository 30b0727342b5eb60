//! The facts in Russian sentences, each with its arithmetic.

use std::cmp::Ordering;

use super::arithmetic::{Effects, Product, tenths_of_percent};
use super::change::{Cause, MonthChange, Turnover};
use super::facts::{ChangeOfVolume, Fact, TariffChange};
use super::penalty::{DIVISORS, EXAMPLE, OldestDebt, Penalty, example_of_a_day};
use super::{Explanation, Line};
use crate::domain::calendar::{Period, show_date};
use crate::domain::decimal::{Tariff, Volume, format_fixed};
use crate::domain::money::Money;
use crate::domain::settlement::{Charge, Method, NormFactor};

/// Causes named in the summary; the formula has all of them.
const MAX_CAUSES: usize = 3;
/// The unit of a volume that billing has sent without one.
const ANY_UNIT: &str = "ед.";

/// The unit of a row's volume.
pub(super) fn unit(charge: &Charge) -> String {
    charge.unit.clone().unwrap_or_else(|| ANY_UNIT.to_owned())
}

/// `29,52 м³`.
pub(super) fn quantity(volume: Volume, unit: &str) -> String {
    format!("{volume}\u{a0}{unit}")
}

/// `7,328 ₽`.
fn price(tariff: Tariff) -> String {
    format!("{tariff}\u{a0}₽")
}

/// `+10,00 ₽`, `−10,00 ₽`.
fn signed(sum: Money) -> String {
    let plus = if sum.kopecks() > 0 { "+" } else { "" };
    format!("{plus}{sum}")
}

/// A sum after a sign of arithmetic: below zero it is in brackets.
fn operand(sum: Money) -> String {
    if sum.is_negative() { format!("({sum})") } else { sum.to_string() }
}

/// The same for a volume.
fn volume_operand(volume: Volume, unit: &str) -> String {
    let words = quantity(volume, unit);
    if volume.raw() < 0 { format!("({words})") } else { words }
}

fn line(sentence: String, formula: Vec<String>) -> Line {
    Line { sentence, formula }
}

/// `на 10,00 ₽ больше, чем в сентябре`, `столько же, сколько в сентябре`; `difference` has no sign.
fn compared(order: Ordering, difference: &str, month: &str) -> String {
    match order {
        Ordering::Equal => format!("столько же, сколько в\u{a0}{month}"),
        Ordering::Greater => format!("на\u{a0}{difference} больше, чем в\u{a0}{month}"),
        Ordering::Less => format!("на\u{a0}{difference} меньше, чем в\u{a0}{month}"),
    }
}

/// The comparison of two sums; `None` when the difference overflows.
fn compared_sums(now: Money, before: Money, month: &str) -> Option<String> {
    let difference = now.checked_sub(before)?.magnitude().to_string();
    Some(compared(now.cmp(&before), &difference, month))
}

/// A text with a capital letter.
fn sentence_start(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    first + letters.as_str()
}

/// A text as a sentence.
fn sentence(text: &str) -> String {
    sentence_start(text) + "."
}

/// `+10,00 ₽ из-за объёма`: the names of causes.
const fn because(cause: Cause) -> &'static str {
    match cause {
        Cause::Volume => "из-за объёма",
        Cause::Tariff => "из-за тарифа",
        Cause::Charges => "из-за других начислений",
        Cause::NewServices => "из-за новых услуг",
        Cause::GoneServices => "из-за услуг, которых в этом месяце нет",
        Cause::Recalculation => "из-за перерасчёта",
        Cause::Benefit => "из-за льготы",
        Cause::Adjustment => "из-за корректировки",
        Cause::WriteOff => "из-за списания",
        Cause::Penalty => "из-за пени",
    }
}

impl Explanation {
    /// The month in one or two sentences.
    pub fn summary(&self) -> Line {
        self.change.line()
    }
}

impl MonthChange {
    /// The month against the month before.
    pub fn line(&self) -> Line {
        let Self { period, charged, before, .. } = *self;
        let month = period.prepositional(None);
        let previous = period.previous();
        let place = previous.prepositional(Some(period));
        let head = match charged.kopecks() {
            0 => format!("В\u{a0}{month} ничего не начислено"),
            1.. => format!("В\u{a0}{month} начислено {charged}"),
            _ => format!(
                "В\u{a0}{month} начисления отрицательные: сумма к\u{a0}оплате уменьшена на\u{a0}{}",
                charged.magnitude()
            ),
        };
        let Some(before) = before else {
            let known = previous.accusative(Some(period));
            return line(format!("{head}. Сравнить не\u{a0}с\u{a0}чем: данных за\u{a0}{known} нет."), Vec::new());
        };
        let comparison =
            compared_sums(charged, before, &place).filter(|_| charged > Money::ZERO && !before.is_negative());
        let sentence = match comparison {
            Some(comparison) => format!("{head}\u{a0}— {comparison}{}.", self.causes_in_short(before)),
            None => format!("{head}. {}", was_charged(before, &place)),
        };
        line(sentence, self.formula(before))
    }

    /// ` из-за объёма` for a single cause, `: из-за объёма +10,00 ₽, из-за тарифа +5,00 ₽` for several.
    fn causes_in_short(&self, before: Money) -> String {
        match self.causes.as_slice() {
            [] | [(Cause::Charges, _)] => String::new(),
            [(cause, _)] if self.charged != before => format!(", {}", because(*cause)),
            causes => {
                let rest = Money::checked_sum(causes.iter().skip(MAX_CAUSES).map(|(_, sum)| *sum));
                let rest = rest.filter(|rest| !rest.is_zero()).map(|rest| format!("остальное {}", signed(rest)));
                let named =
                    causes.iter().take(MAX_CAUSES).map(|(cause, sum)| format!("{} {}", because(*cause), signed(*sum)));
                format!(": {}", named.chain(rest).collect::<Vec<_>>().join(", "))
            }
        }
    }

    fn formula(&self, before: Money) -> Vec<String> {
        let Some(difference) = self.charged.checked_sub(before) else { return Vec::new() };
        if self.causes.is_empty() {
            return Vec::new();
        }
        let mut steps = vec![format!("{} − {} = {difference}", self.charged, operand(before))];
        if self.causes.len() > 1 {
            steps.extend(
                self.causes
                    .iter()
                    .map(|(cause, sum)| sentence_start(&format!("{}: {}", because(*cause), signed(*sum)))),
            );
        }
        let has = |cause| self.causes.iter().any(|(known, _)| *known == cause);
        if has(Cause::Volume) && has(Cause::Tariff) {
            steps.push(SPLIT.to_owned());
        }
        steps
    }
}

/// The way in which a difference is divided.
const SPLIT: &str = "Изменение объёма посчитано по\u{a0}прежнему тарифу, остальное\u{a0}— изменение тарифа.";

/// The charges of the month before, where «more» and «less» would mislead.
fn was_charged(before: Money, place: &str) -> String {
    match before.kopecks() {
        0 => format!("В\u{a0}{place} начислений тоже не\u{a0}было."),
        1.. => format!("В\u{a0}{place} было начислено {before}."),
        _ => format!("В\u{a0}{place} начисления были отрицательными: {before}."),
    }
}

impl Turnover {
    /// The payments of the month and the debt at its end.
    pub fn line(&self) -> Line {
        let Self { period, opening, charged, paid, closing } = *self;
        let place = period.prepositional(Some(period));
        let payments = match paid.kopecks() {
            0 => format!("В\u{a0}{place} учтённых оплат нет"),
            1.. => format!("В\u{a0}{place} учтена оплата {paid}"),
            _ => format!("В\u{a0}{place} возвращено {}", paid.magnitude()),
        };
        let owed = match closing.kopecks() {
            0 => "долга нет".to_owned(),
            1.. => format!("долг {closing}"),
            _ => format!("переплата {}", closing.magnitude()),
        };
        let sum = format!("{opening} + {} − {} = {closing}", operand(charged), operand(paid));
        let overpaid = opening.is_negative() || closing.is_negative();
        let note = if overpaid { " (с\u{a0}минусом\u{a0}— переплата)" } else { "" };
        let names = format!("Долг на\u{a0}начало + начислено − оплачено = долг на\u{a0}конец{note}");
        let formula = if self.closes() { vec![names, sum] } else { Vec::new() };
        line(format!("{payments}. На\u{a0}конец месяца {owed}."), formula)
    }
}

impl Fact {
    /// The fact in words; `None` when its numbers overflow.
    pub fn line(&self) -> Option<Line> {
        match self {
            Self::ByTariff { charged, method, volume, unit, tariff, norm } => {
                Some(by_tariff(*charged, *method, (*volume, unit.as_str()), *tariff, *norm))
            }
            Self::NotByTariff { charged, volume, unit, tariff, expected } => {
                not_by_tariff(*charged, (*volume, unit.as_str()), *tariff, *expected)
            }
            Self::Charged { charged } => Some(line(format!("{}.", charged_words(*charged)), Vec::new())),
            Self::Change { shown, now, before, effects } => change(*shown, *now, *before, effects.as_ref()),
            Self::New { shown } => {
                let month = shown.previous().prepositional(Some(*shown));
                Some(line(format!("В\u{a0}{month} этой услуги не\u{a0}было."), Vec::new()))
            }
            Self::Volume { shown, now, unit, earlier } => volume(*shown, *now, unit, earlier),
            Self::OtherMethod { shown, now, before } => {
                let month = shown.previous().prepositional(Some(*shown));
                Some(line(format!("Объём взят {now}, а\u{a0}в\u{a0}{month}\u{a0}— {before}."), Vec::new()))
            }
            Self::Tariff(change) => change.line(),
            Self::Recalculated { sum, reason } => Some(recalculated(*sum, reason.as_deref())),
            Self::Benefit(sum) => Some(correction(*sum, "Льгота уменьшила", "Исправление льготы увеличило")),
            Self::Adjusted(sum) => Some(correction(*sum, "Корректировка увеличила", "Корректировка уменьшила")),
            Self::WrittenOff(sum) => Some(correction(*sum, "Списание уменьшило", "Отмена списания увеличила")),
            Self::Total { charged, corrections, total } => Some(in_total(*charged, corrections, *total)),
            Self::Penalty(penalty) => Some(penalty.line()),
        }
    }
}

/// `начислено 10,00 ₽`, also where the sum is zero or negative.
fn charged_words(charged: Money) -> String {
    match charged.kopecks() {
        0 => "За\u{a0}месяц ничего не\u{a0}начислено".to_owned(),
        1.. => format!("Начислено {charged}"),
        _ => format!("Начисление отрицательное, оно уменьшает сумму на\u{a0}{}", charged.magnitude()),
    }
}

fn by_tariff(
    charged: Money,
    method: Option<Method>,
    (volume, unit): (Volume, &str),
    tariff: Tariff,
    norm: Option<(Volume, NormFactor)>,
) -> Line {
    let how = method.and_then(Method::words).map(|words| format!(" {words}")).unwrap_or_default();
    let (amount, price) = (quantity(volume, unit), price(tariff));
    let sentence = match charged.kopecks() {
        0 => format!("{}: объём {amount}.", charged_words(charged)),
        1.. => format!("{}{how}: {amount} по\u{a0}{price}.", charged_words(charged)),
        _ => format!("{}: {amount} по\u{a0}{price}.", charged_words(charged)),
    };
    let mut steps = Vec::new();
    if let Some((norm, factor)) = norm {
        steps.push(format!("Норматив: {} × {factor} = {amount}", quantity(norm, unit)));
    }
    let product = Product::of(volume, tariff);
    let exact = product.exact().unwrap_or_else(|| charged.to_string());
    steps.push(format!("{amount} × {price} = {exact}"));
    if !product.is_whole() {
        steps.push(format!("До\u{a0}целых копеек: {charged}"));
    }
    line(sentence, steps)
}

fn not_by_tariff(charged: Money, (volume, unit): (Volume, &str), tariff: Tariff, expected: Money) -> Option<Line> {
    let difference = charged.checked_sub(expected)?;
    let (amount, price) = (quantity(volume, unit), price(tariff));
    let sentence = format!(
        "{}. Объём по\u{a0}тарифу\u{a0}— {expected}; откуда разница, поставщик не\u{a0}указал.",
        charged_words(charged)
    );
    let steps =
        vec![format!("{amount} × {price} = {expected}"), format!("{charged} − {} = {difference}", operand(expected))];
    Some(line(sentence, steps))
}

fn change(shown: Period, now: Money, before: Money, effects: Option<&(ChangeOfVolume, Effects)>) -> Option<Line> {
    let difference = now.checked_sub(before)?;
    let text = compared_sums(now, before, &shown.previous().prepositional(Some(shown)))?;
    let mut steps = if difference.is_zero() { Vec::new() } else { vec![format!("{now} − {before} = {difference}")] };
    let Some((volumes, Effects { volume, tariff })) = effects else { return Some(line(sentence(&text), steps)) };
    let causes = match (volume.is_zero(), tariff.is_zero()) {
        (true, true) => String::new(),
        (false, true) => ", только из-за объёма".to_owned(),
        (true, false) => ", только из-за тарифа".to_owned(),
        (false, false) => {
            let ChangeOfVolume { now, before, unit, tariff: old } = volumes;
            let (now, before) = (quantity(*now, unit), volume_operand(*before, unit));
            steps.push(format!("Объём: ({now} − {before}) × {} = {volume}", price(*old)));
            steps.push(format!("Тариф: {difference} − {} = {tariff}", operand(*volume)));
            steps.push(SPLIT.to_owned());
            format!(": из-за объёма {}, из-за тарифа {}", signed(*volume), signed(*tariff))
        }
    };
    Some(line(sentence(&(text + &causes)), steps))
}

fn volume(shown: Period, now: Volume, unit: &str, earlier: &[(Period, Volume)]) -> Option<Line> {
    let (mut comparisons, mut steps) = (Vec::new(), Vec::new());
    for (month, before) in earlier {
        let difference = now.checked_sub(*before)?;
        let magnitude = Volume::from_raw(difference.raw().saturating_abs());
        let place = month.prepositional(Some(shown));
        comparisons.push(compared(now.cmp(before), &quantity(magnitude, unit), &place));
        if difference.raw() != 0 {
            steps.push(format!("{now} − {} = {}", quantity(*before, unit), quantity(difference, unit)));
        }
    }
    let text = format!("Объём {}: {}.", quantity(now, unit), comparisons.join(", и\u{a0}"));
    Some(line(text, steps))
}

impl TariffChange {
    /// The change in roubles and per cent; `None` when the numbers overflow.
    fn line(&self) -> Option<Line> {
        let Self { shown, since, from, to, unit } = self;
        let difference = to.raw().checked_sub(from.raw())?;
        let step = price(Tariff::from_raw(difference.saturating_abs()));
        let (verb, than) = if difference > 0 { ("вырос", "выше") } else { ("снизился", "ниже") };
        let tenths = tenths_of_percent(from.raw(), to.raw()).filter(|tenths| *tenths != 0);
        let percent = tenths.map(|tenths| format_fixed(tenths.saturating_abs(), 1, 0) + "\u{a0}%");
        let or_percent = percent.as_ref().map(|percent| format!(", или на\u{a0}{percent}")).unwrap_or_default();
        let month = since.genitive(Some(*shown));
        let sentence = format!(
            "С\u{a0}{month} тариф {verb}: был {} за\u{a0}{unit}, стал {}\u{a0}— {than} на\u{a0}{step}{or_percent}.",
            price(*from),
            price(*to)
        );
        let (more, less) = if difference > 0 { (to, from) } else { (from, to) };
        let mut steps = vec![format!("{} − {} = {step}", price(*more), price(*less))];
        steps.extend(percent.map(|percent| format!("{step} : {} × 100\u{a0}% = {percent}", price(*from))));
        Some(line(sentence, steps))
    }
}

fn recalculated(sum: Money, reason: Option<&str>) -> Line {
    let verb = if sum.is_negative() { "уменьшил" } else { "увеличил" };
    let reason = match reason {
        Some(reason) => format!("Причина: {}.", reason.trim_end_matches('.')),
        None => "Причину поставщик не\u{a0}указал.".to_owned(),
    };
    line(format!("Перерасчёт {verb} сумму на\u{a0}{}. {reason}", sum.magnitude()), Vec::new())
}

/// A correction of either sign, with the words for both.
fn correction(sum: Money, positive: &str, negative: &str) -> Line {
    let words = if sum.is_negative() { negative } else { positive };
    line(format!("{words} сумму на\u{a0}{}.", sum.magnitude()), Vec::new())
}

fn in_total(charged: Money, corrections: &[(&'static str, Money)], total: Money) -> Line {
    let step = |(name, sum): &(&str, Money)| {
        format!("{}\u{a0}{} ({name})", if sum.is_negative() { "−" } else { "+" }, sum.magnitude())
    };
    let steps: Vec<String> = corrections.iter().map(step).collect();
    let sentence = if total.is_negative() {
        format!("Всего за\u{a0}месяц сумма уменьшена на\u{a0}{}.", total.magnitude())
    } else {
        format!("Всего за\u{a0}месяц\u{a0}— {total}.")
    };
    line(sentence, vec![format!("{charged} {} = {total}", steps.join(" "))])
}

impl Penalty {
    /// The sum, and the law by which billing computes it.
    fn line(&self) -> Line {
        let sentence = match self.charged.kopecks() {
            0 => return line("В\u{a0}этом месяце пеня не\u{a0}начислена.".to_owned(), Vec::new()),
            1.. => format!(
                "Пеня {}. С\u{a0}какого долга и\u{a0}за\u{a0}сколько дней она посчитана, поставщик не\u{a0}сообщил.",
                self.charged
            ),
            _ => format!("Пеня уменьшена на\u{a0}{}.", self.charged.magnitude()),
        };
        let [lower, higher] = DIVISORS;
        let mut steps = vec![
            "Закон: часть 14 статьи 155 Жилищного кодекса РФ".to_owned(),
            "Дни 1–30 после срока оплаты: пени нет".to_owned(),
            format!("Дни 31–90: долг × ставка × 1/{lower} за\u{a0}каждый день"),
            format!("С\u{a0}91-го дня: долг × ставка × 1/{higher} за\u{a0}каждый день"),
        ];
        if self.has_limited_rate() {
            steps.push(
                "Ставка\u{a0}— ключевая ставка Банка России, но до\u{a0}01.01.2027 не\u{a0}больше 9,5\u{a0}%"
                    .to_owned(),
            );
            let [lower, higher] = DIVISORS.map(example_of_a_day);
            steps.push(format!(
                "Например, при ставке 9,5\u{a0}% с\u{a0}долга {EXAMPLE}: {lower} в\u{a0}день, с\u{a0}91-го дня\u{a0}— {higher}"
            ));
        } else {
            steps.push("Ставка\u{a0}— ключевая ставка Банка России".to_owned());
        }
        steps.extend(self.oldest_debt.map(|debt| oldest_debt(self.period, debt)));
        line(sentence, steps)
    }
}

fn oldest_debt(shown: Period, debt: OldestDebt) -> String {
    format!(
        "На\u{a0}начало {} не\u{a0}оплачены месяцы с\u{a0}{}. Срок оплаты первого из\u{a0}них\u{a0}— {}, 31-й день\u{a0}— {}, 91-й\u{a0}— {}",
        shown.genitive(Some(shown)),
        debt.period.genitive(Some(shown)),
        show_date(debt.due),
        show_date(debt.first),
        show_date(debt.higher)
    )
}
