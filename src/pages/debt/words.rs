//! A debt in calm words: where it stands, and what happens on which day.

use jiff::civil::Date;

use crate::components::{NoticeKind, Step, StepState};
use crate::domain::calendar::{Period, date_in_words};
use crate::domain::debt::{Debt, DebtStage, Event, Milestone, SuspensionRule, UnpaidMonth, When};
use crate::domain::explanation::{FIRST_DAY, has_limited_rate};
use crate::domain::in_words::noun_after;

/// The law of penalties.
const PENALTY_LAW: &str = "часть 14 статьи 155 Жилищного кодекса РФ";
/// The law of suspensions.
const SUSPENSION_LAW: &str = "пункты 45–47 Правил поставки газа (постановление Правительства РФ № 549)";

/// Where the debt stands: the kind of the notice, its title and its text.
pub(super) fn summary(debt: &Debt, today: Date) -> (NoticeKind, &'static str, String) {
    match debt.stage {
        DebtStage::NotDue => (NoticeKind::Success, "Долга нет", "Все начисления оплачены.".to_owned()),
        DebtStage::Due { until } => {
            let text = format!("Оплатить нужно до {}. До этого дня пени нет.", date_in_words(until));
            (NoticeKind::Info, "Срок оплаты ещё не прошёл", text)
        }
        DebtStage::Overdue { days, penalty_from, .. } => {
            let text = format!(
                "Срок оплаты прошёл {days} {} назад. Пеня начнётся {}: если заплатить раньше, её не будет.",
                days_noun(days),
                date_in_words(penalty_from)
            );
            (NoticeKind::Info, "Срок оплаты прошёл, пени пока нет", text)
        }
        DebtStage::Penalty { rate, next_rate_from } => {
            let next = next_rate_from.map(|from| format!(" С {} она станет больше.", date_in_words(from)));
            let text = format!(
                "За каждый день начисляется пеня {rate} ставки.{}{} Чем раньше заплатить, тем она меньше.",
                most_a_day(debt, today),
                next.unwrap_or_default()
            );
            (NoticeKind::Info, "Начисляется пеня", text)
        }
        DebtStage::MayBeSuspended { periods } => {
            let text = format!(
                "Не оплачено {periods} {} подряд. В таком случае закон разрешает поставщику приостановить подачу газа, но \
                 сначала он обязан предупредить вас письменно. Если заплатить раньше, газ не отключат.{}",
                noun_after(periods as u64, ["месяц", "месяца", "месяцев"]),
                most_a_day(debt, today)
            );
            (NoticeKind::Warning, "Лучше заплатить или написать нам сейчас", text)
        }
    }
}

/// The highest penalty of a day, as a sentence; empty without a penalty or a limit of the rate.
fn most_a_day(debt: &Debt, today: Date) -> String {
    let most = debt.most_penalty_a_day(today);
    most.map(|most| format!(" Сейчас пеня — не больше {most} в день.")).unwrap_or_default()
}

fn days_noun(days: i64) -> &'static str {
    noun_after(days.unsigned_abs(), ["день", "дня", "дней"])
}

/// What happens to the debt, day by day.
pub(super) fn steps(debt: &Debt, today: Date) -> Vec<Step> {
    let Some(oldest) = debt.oldest() else { return Vec::new() };
    debt.timeline(today).into_iter().map(|milestone| step(debt, oldest, milestone)).collect()
}

fn step(debt: &Debt, oldest: UnpaidMonth, Milestone { date, event, when }: Milestone) -> Step {
    let state = match when {
        When::Past => StepState::Past,
        When::Now => StepState::Current,
        When::Ahead => StepState::Ahead,
    };
    let (text, note) = match event {
        Event::Charged => charged(debt, oldest),
        Event::Late => {
            let text = format!("Срок оплаты — до {}", date_in_words(oldest.period.due_date()));
            (text, format!("Первые {} дней после срока пени нет: {PENALTY_LAW}", FIRST_DAY - 1))
        }
        Event::Penalty(rate) | Event::HigherPenalty(rate) => {
            let text = format!("С {} — пеня {rate} ставки за каждый день", date_in_words(date));
            (text, format!("{}. Закон: {PENALTY_LAW}", rate_words(date)))
        }
        Event::Suspension(rule) => suspension(date, rule),
    };
    Step::new(text, state).note(note)
}

fn charged(debt: &Debt, oldest: UnpaidMonth) -> (String, String) {
    if debt.is_beginning_known {
        (format!("Начислено за {}", oldest.period), format!("Из этого месяца осталось оплатить {}", oldest.sum))
    } else {
        let note = format!(
            "С какого месяца он начался, в кабинете не видно. Дни ниже посчитаны с {}: на деле они могли быть раньше",
            oldest.period.genitive(None)
        );
        (format!("Долг за прошлые месяцы — {}", oldest.sum), note)
    }
}

/// What the rate is on a day.
fn rate_words(date: Date) -> String {
    let limit =
        if has_limited_rate(Period::of(date)) { ", но до 01.01.2027 не больше 9,5\u{a0}%" } else { "" };
    format!("Ставка — ключевая ставка Банка России{limit}")
}

fn suspension(date: Date, SuspensionRule { periods, notice_days }: SuspensionRule) -> (String, String) {
    let text = format!("С {} поставщик вправе предупредить о приостановке подачи газа", date_in_words(date));
    let note = format!(
        "Только если не оплачены {periods} месяца подряд. Предупреждение — письменное, не позднее чем за {notice_days} дней. \
         Если за это время заплатить, газ не отключат. Закон: {SUSPENSION_LAW}"
    );
    (text, note)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Money;
    use crate::domain::settlement::MonthSettlement;

    const fn day(month: i8, day: i8) -> Date {
        Date::constant(2026, month, day)
    }

    /// September and October 2026 with sums in kopecks, nothing paid.
    fn debt(sums: [i64; 2], today: Date, is_gas: bool) -> Debt {
        let [september, october] = sums.map(Money::from_kopecks);
        let month = |period: &str, opening: Money, closing: Money| {
            MonthSettlement::of(Period::parse(period).unwrap(), opening, Money::ZERO, closing).unwrap()
        };
        let both = september.checked_add(october).unwrap();
        let months = [month("2026-10", september, both), month("2026-09", Money::ZERO, september)];
        Debt::of(&months, Money::ZERO, today, is_gas).unwrap()
    }

    #[test]
    fn a_summary_says_the_days_and_what_to_do() {
        let text = |sums, today, is_gas| summary(&debt(sums, today, is_gas), today).2.replace('\u{a0}', " ");
        assert_eq!(text([0, 50_000], day(11, 10), true), "Оплатить нужно до 15 ноября 2026. До этого дня пени нет.");
        let overdue =
            "Срок оплаты прошёл 7 дней назад. Пеня начнётся 16 декабря 2026: если заплатить раньше, её не будет.";
        assert_eq!(text([0, 50_000], day(11, 22), true), overdue);
        let penalty = "За каждый день начисляется пеня 1/300 ставки. Сейчас пеня — не больше 0,16 ₽ в день. С 14 января \
                       2027 она станет больше. Чем раньше заплатить, тем она меньше.";
        assert_eq!(text([50_000, 50_000], day(11, 22), false), penalty);
        let gas = text([50_000, 50_000], day(11, 22), true);
        assert!(gas.starts_with("Не оплачено 2 месяца подряд.") && gas.contains("газ не отключат"), "{gas}");
    }

    #[test]
    fn the_steps_name_their_days_and_their_laws() {
        let today = day(11, 22);
        let steps = steps(&debt([50_000, 50_000], today, true), today);
        let texts: Vec<&str> = steps.iter().map(|step| step.text.as_str()).collect();
        let expected = [
            "Начислено за сентябрь 2026",
            "Срок оплаты — до 15 октября 2026",
            "С 15 ноября 2026 — пеня 1/300 ставки за каждый день",
            "С 16 ноября 2026 поставщик вправе предупредить о приостановке подачи газа",
            "С 14 января 2027 — пеня 1/130 ставки за каждый день",
        ];
        assert_eq!(texts, expected);
        let notes: Vec<&str> = steps.iter().filter_map(|step| step.note.as_deref()).collect();
        assert!(notes[2].contains("не больше 9,5\u{a0}%") && notes[2].contains("статьи 155"), "{notes:?}");
        assert!(notes[3].contains("за 20 дней") && notes[3].contains("№ 549"), "{notes:?}");
        assert!(!notes[4].contains("9,5"), "the limit has ended: {notes:?}");
        let states: Vec<StepState> = steps.iter().map(|step| step.state).collect();
        assert_eq!(states[2..], [StepState::Past, StepState::Current, StepState::Ahead]);
    }
}
