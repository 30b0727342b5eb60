use proptest::prelude::*;

use super::*;
use crate::domain::decimal::Tariff;
use crate::domain::settlement::Method;

const GAS: &str = "Газоснабжение";

fn period(text: &str) -> Period {
    Period::parse(text).unwrap()
}

/// A row of a service without a volume; sums are in kopecks.
fn row(month: &str, service: &str, charged: i64) -> Charge {
    let charged = Money::from_kopecks(charged);
    Charge { charged, closing: charged, ..Charge::unchanged(period(month), service, Money::ZERO) }
}

/// A row of gas by the meter: the volume and the tariff are texts of numbers.
fn gas(month: &str, volume: &str, tariff: &str) -> Charge {
    let (volume, tariff) = (Volume::parse(volume).unwrap(), Tariff::parse(tariff).unwrap());
    Charge {
        volume: Some(volume),
        tariff: Some(tariff),
        unit: Some("м³".to_owned()),
        method: Some(Method::Meter),
        ..row(month, GAS, Product::of(volume, tariff).rounded().unwrap().kopecks())
    }
}

fn explained(charges: &[Charge]) -> Explanation {
    let home = Household { residents: Some(3), heated_area: Some(Area::from_raw(54_300)) };
    explain(period("2026-10"), charges, home).unwrap()
}

fn plain(text: &str) -> String {
    text.replace('\u{a0}', " ")
}

/// The summary of October 2026.
fn summary(charges: &[Charge]) -> String {
    plain(&explained(charges).summary().sentence)
}

/// The sentences of the first service of October 2026.
fn sentences(charges: &[Charge]) -> Vec<String> {
    lines(charges).into_iter().map(|line| plain(&line.sentence)).collect()
}

fn lines(charges: &[Charge]) -> Vec<Line> {
    explained(charges).services[0].facts.iter().filter_map(Fact::line).collect()
}

/// The steps of the only fact whose sentence begins so.
fn formula(charges: &[Charge], beginning: &str) -> Vec<String> {
    let line = lines(charges).into_iter().find(|line| plain(&line.sentence).starts_with(beginning));
    let line = line.unwrap_or_else(|| panic!("no sentence begins with «{beginning}»"));
    line.formula.iter().map(|step| plain(step)).collect()
}

#[test]
fn the_summary_names_the_difference_and_its_causes_and_nothing_else() {
    let september = gas("2026-09", "26,17", "6,72");
    let cases: [(&str, Vec<Charge>, &str); 11] = [
        (
            "a first month",
            vec![row("2026-10", GAS, 73_456)],
            "В октябре 2026 начислено 734,56 ₽. Сравнить не с чем: данных за сентябрь нет.",
        ),
        (
            "a larger volume",
            vec![gas("2026-10", "30,37", "6,72"), september.clone()],
            "В октябре 2026 начислено 204,09 ₽ — на 28,23 ₽ больше, чем в сентябре, из-за объёма.",
        ),
        (
            "a higher tariff",
            vec![gas("2026-10", "26,17", "7,33"), september.clone()],
            "В октябре 2026 начислено 191,83 ₽ — на 15,97 ₽ больше, чем в сентябре, из-за тарифа.",
        ),
        (
            "a larger volume and a higher tariff",
            vec![gas("2026-10", "30,37", "7,33"), september.clone()],
            "В октябре 2026 начислено 222,61 ₽ — на 46,75 ₽ больше, чем в сентябре: из-за объёма +28,22 ₽, \
             из-за тарифа +18,53 ₽.",
        ),
        (
            "the same",
            vec![gas("2026-10", "26,17", "6,72"), september.clone()],
            "В октябре 2026 начислено 175,86 ₽ — столько же, сколько в сентябре.",
        ),
        (
            "sums without volumes",
            vec![row("2026-10", GAS, 73_456), row("2026-09", GAS, 100_000)],
            "В октябре 2026 начислено 734,56 ₽ — на 265,44 ₽ меньше, чем в сентябре.",
        ),
        (
            "a recalculation of a month before and a new service",
            vec![
                row("2026-10", GAS, 50_000),
                row("2026-10", "Вода", 10_000),
                Charge { recalculated: Money::from_kopecks(-4_210), ..row("2026-09", GAS, 50_000) },
            ],
            "В октябре 2026 начислено 600,00 ₽ — на 142,10 ₽ больше, чем в сентябре: из-за новых услуг +100,00 ₽, \
             из-за перерасчёта +42,10 ₽.",
        ),
        (
            "more causes than are named",
            vec![
                Charge {
                    benefit: Money::from_kopecks(700),
                    adjusted: Money::from_kopecks(300),
                    ..row("2026-10", GAS, 52_000)
                },
                row("2026-10", "Пеня", 200),
                row("2026-09", GAS, 50_000),
            ],
            "В октябре 2026 начислено 518,00 ₽ — на 18,00 ₽ больше, чем в сентябре: из-за других начислений +20,00 ₽, \
             из-за льготы −7,00 ₽, из-за корректировки +3,00 ₽, остальное +2,00 ₽.",
        ),
        (
            "nothing",
            vec![row("2026-10", GAS, 0), september.clone()],
            "В октябре 2026 ничего не начислено. В сентябре было начислено 175,86 ₽.",
        ),
        (
            "a reversal",
            vec![row("2026-10", GAS, -4_210), september],
            "В октябре 2026 начисления отрицательные: сумма к оплате уменьшена на 42,10 ₽. В сентябре было начислено \
             175,86 ₽.",
        ),
        (
            "after a reversal",
            vec![row("2026-10", GAS, 10_000), row("2026-09", GAS, -4_210)],
            "В октябре 2026 начислено 100,00 ₽. В сентябре начисления были отрицательными: −42,10 ₽.",
        ),
    ];
    for (name, charges, expected) in cases {
        assert_eq!(summary(&charges), expected, "{name}");
    }
}

#[test]
fn january_is_compared_with_december_of_another_year() {
    let months = [row("2027-01", GAS, 200), row("2026-12", GAS, 100)];
    let explanation = explain(period("2027-01"), &months, Household::default()).unwrap();
    let expected = "В январе 2027 начислено 2,00 ₽ — на 1,00 ₽ больше, чем в декабре 2026.";
    assert_eq!(plain(&explanation.summary().sentence), expected);
}

#[test]
fn a_metered_service_says_its_volume_its_tariff_and_their_effects() {
    let months = [
        gas("2026-10", "30,37", "7,33"),
        gas("2026-09", "26,17", "6,72"),
        gas("2026-08", "20", "6,72"),
        gas("2025-10", "32,37", "6,16"),
    ];
    assert_eq!(
        sentences(&months),
        [
            "Начислено 222,61 ₽ по прибору учёта: 30,37 м³ по 7,33 ₽.",
            "На 46,75 ₽ больше, чем в сентябре: из-за объёма +28,22 ₽, из-за тарифа +18,53 ₽.",
            "Объём 30,37 м³: на 4,2 м³ больше, чем в сентябре, и на 2 м³ меньше, чем в октябре 2025.",
            "С октября тариф вырос: был 6,72 ₽ за м³, стал 7,33 ₽ — выше на 0,61 ₽, или на 9,1 %.",
        ]
    );
    assert_eq!(formula(&months, "Начислено"), ["30,37 м³ × 7,33 ₽ = 222,6121 ₽", "До целых копеек: 222,61 ₽"]);
    assert_eq!(
        formula(&months, "На 46,75 ₽")[..3],
        [
            "222,61 ₽ − 175,86 ₽ = 46,75 ₽",
            "Объём: (30,37 м³ − 26,17 м³) × 6,72 ₽ = 28,22 ₽",
            "Тариф: 46,75 ₽ − 28,22 ₽ = 18,53 ₽"
        ]
    );
    assert_eq!(formula(&months, "Объём"), ["30,37 − 26,17 м³ = 4,2 м³", "30,37 − 32,37 м³ = −2 м³"]);
    assert_eq!(formula(&months, "С октября"), ["7,33 ₽ − 6,72 ₽ = 0,61 ₽", "0,61 ₽ : 6,72 ₽ × 100 % = 9,1 %"]);
    let bars: Vec<_> = explained(&months).services[0]
        .bars
        .iter()
        .map(|bar| (bar.period.machine(), plain(&bar.volume), bar.length))
        .collect();
    let bar = |month: &str, volume: &str, length| (month.to_owned(), volume.to_owned(), length);
    assert_eq!(
        bars,
        [bar("2026-10", "30,37 м³", 938), bar("2026-09", "26,17 м³", 808), bar("2025-10", "32,37 м³", 1_000)]
    );
}

#[test]
fn an_earlier_change_of_the_tariff_keeps_its_month() {
    let months = ["2026-10", "2026-09", "2026-08"].map(|month| gas(month, "10", "7,33"));
    let months: Vec<Charge> =
        months.into_iter().chain([gas("2026-07", "10", "8"), gas("2026-06", "10", "7")]).collect();
    let expected = "С августа тариф снизился: был 8,00 ₽ за м³, стал 7,33 ₽ — ниже на 0,67 ₽, или на 8,4 %.";
    assert_eq!(sentences(&months).last().map(String::as_str), Some(expected));
    let broken: Vec<Charge> = months.into_iter().filter(|row| row.period != period("2026-09")).collect();
    assert!(sentences(&broken).iter().all(|sentence| !sentence.contains("тариф")), "a missing month hides the change");
}

#[test]
fn a_norm_is_multiplied_by_residents_or_by_the_area_where_the_volume_confirms_it() {
    let norm = |volume, norm| Charge {
        method: Some(Method::Norm),
        norm: Volume::parse(norm).ok(),
        ..gas("2026-10", volume, "7,328")
    };
    let people = [norm("36", "12")];
    assert_eq!(sentences(&people), ["Начислено 263,81 ₽ по нормативу: 36 м³ по 7,328 ₽."]);
    let steps = ["Норматив: 12 м³ × 3 чел. = 36 м³", "36 м³ × 7,328 ₽ = 263,808 ₽", "До целых копеек: 263,81 ₽"];
    assert_eq!(formula(&people, "Начислено"), steps);
    assert_eq!(formula(&[norm("543", "10")], "Начислено")[0], "Норматив: 10 м³ × 54,3 м² = 543 м³");
    assert_eq!(formula(&[norm("40", "12")], "Начислено")[0], "40 м³ × 7,328 ₽ = 293,12 ₽");
}

#[test]
fn corrections_are_named_with_their_reason_and_add_up() {
    let money = Money::from_kopecks;
    let october = Charge {
        recalculated: money(-4_210),
        recalculation_reason: Some("Возврат за дни без газа.".to_owned()),
        benefit: money(2_000),
        adjusted: money(150),
        written_off: money(10_000),
        ..row("2026-10", GAS, 30_000)
    };
    assert_eq!(
        sentences(std::slice::from_ref(&october)),
        [
            "Начислено 300,00 ₽.",
            "Перерасчёт уменьшил сумму на 42,10 ₽. Причина: Возврат за дни без газа.",
            "Льгота уменьшила сумму на 20,00 ₽.",
            "Корректировка увеличила сумму на 1,50 ₽.",
            "Списание уменьшило сумму на 100,00 ₽.",
            "Всего за месяц — 139,40 ₽.",
        ]
    );
    let step = "300,00 ₽ − 42,10 ₽ (перерасчёт) − 20,00 ₽ (льгота) + 1,50 ₽ (корректировка) − 100,00 ₽ (списание) \
                = 139,40 ₽";
    assert_eq!(formula(&[october], "Всего"), [step]);
    let back = Charge { recalculated: money(100), benefit: money(-200), ..row("2026-10", GAS, 0) };
    assert_eq!(
        sentences(&[back])[..3],
        [
            "За месяц ничего не начислено.",
            "Перерасчёт увеличил сумму на 1,00 ₽. Причину поставщик не указал.",
            "Исправление льготы увеличило сумму на 2,00 ₽.",
        ]
    );
}

#[test]
fn a_reversal_is_described_without_more_and_less() {
    let months = [gas("2026-10", "-5", "7"), gas("2026-09", "10", "7")];
    assert_eq!(sentences(&months), ["Начисление отрицательное, оно уменьшает сумму на 35,00 ₽: −5 м³ по 7,00 ₽."]);
    assert!(explained(&months).services[0].bars.is_empty());
}

#[test]
fn a_charge_that_is_not_its_product_says_that_the_rest_is_unknown() {
    let by_hand = [Charge { charged: Money::from_kopecks(25_000), ..gas("2026-10", "30", "7") }];
    let expected = "Начислено 250,00 ₽. Объём по тарифу — 210,00 ₽; откуда разница, поставщик не указал.";
    assert_eq!(sentences(&by_hand), [expected]);
    assert_eq!(formula(&by_hand, "Начислено"), ["30 м³ × 7,00 ₽ = 210,00 ₽", "250,00 ₽ − 210,00 ₽ = 40,00 ₽"]);
}

#[test]
fn another_method_and_a_new_service_are_named() {
    let average = Charge { method: Some(Method::Average), ..gas("2026-10", "10", "7") };
    let told = sentences(&[average, gas("2026-09", "10", "7")]);
    assert!(told.contains(&"Столько же, сколько в сентябре.".to_owned()), "{told:?}");
    assert!(told.contains(&"Объём взят по среднему, а в сентябре — по прибору учёта.".to_owned()), "{told:?}");
    let told = sentences(&[row("2026-10", GAS, 100), row("2026-09", "Вода", 100)]);
    assert_eq!(told, ["Начислено 1,00 ₽.", "В сентябре этой услуги не было."]);
}

#[test]
fn a_penalty_says_the_law_and_invents_neither_base_nor_days() {
    let debt = |month: &str, opening: i64, charged: i64| {
        let owed = Charge::unchanged(period(month), GAS, Money::from_kopecks(opening));
        Charge { charged: Money::from_kopecks(charged), closing: Money::from_kopecks(opening + charged), ..owed }
    };
    let months = [
        row("2026-10", "Пеня за газ", 412),
        debt("2026-07", 0, 70_000),
        debt("2026-08", 70_000, 70_000),
        debt("2026-09", 140_000, 70_000),
    ];
    let expected = "Пеня 4,12 ₽. С какого долга и за сколько дней она посчитана, поставщик не сообщил.";
    assert_eq!(sentences(&months)[0], expected);
    assert_eq!(
        formula(&months, "Пеня"),
        [
            "Закон: часть 14 статьи 155 Жилищного кодекса РФ",
            "Дни 1–30 после срока оплаты: пени нет",
            "Дни 31–90: долг × ставка × 1/300 за каждый день",
            "С 91-го дня: долг × ставка × 1/130 за каждый день",
            "Ставка — ключевая ставка Банка России, но до 01.01.2027 не больше 9,5 %",
            "Например, при ставке 9,5 % с долга 1 000,00 ₽: 0,32 ₽ в день, с 91-го дня — 0,73 ₽",
            "На начало октября не оплачены месяцы с июля. Срок оплаты первого из них — 15.08.2026, 31-й день — \
             15.09.2026, 91-й — 14.11.2026",
        ]
    );
    assert_eq!(formula(&months[..1], "Пеня").len(), 6, "no debt is known");
}

#[test]
fn the_payments_of_a_month_lead_from_its_first_debt_to_its_last() {
    let money = Money::from_kopecks;
    let october =
        Charge { opening: money(100_000), paid: money(50_000), closing: money(123_456), ..row("2026-10", GAS, 73_456) };
    let turnover = explained(&[october]).turnover.line();
    assert_eq!(plain(&turnover.sentence), "В октябре учтена оплата 500,00 ₽. На конец месяца долг 1 234,56 ₽.");
    assert_eq!(plain(&turnover.formula[1]), "1 000,00 ₽ + 734,56 ₽ − 500,00 ₽ = 1 234,56 ₽");
    let ahead = Charge { opening: money(-5_000), closing: money(-5_000), ..row("2026-10", GAS, 0) };
    let turnover = explained(&[ahead]).turnover.line();
    assert_eq!(plain(&turnover.sentence), "В октябре учтённых оплат нет. На конец месяца переплата 50,00 ₽.");
}

#[test]
fn a_missing_number_makes_no_sentence() {
    let without = |change: fn(&mut Charge)| {
        let mut october = gas("2026-10", "10", "7");
        change(&mut october);
        sentences(&[october, gas("2026-09", "10", "6")])
    };
    let no_volume = without(|row| row.volume = None);
    assert_eq!(
        no_volume,
        [
            "Начислено 70,00 ₽.",
            "На 10,00 ₽ больше, чем в сентябре.",
            "С октября тариф вырос: был 6,00 ₽ за м³, стал 7,00 ₽ — выше на 1,00 ₽, или на 16,7 %."
        ]
    );
    let no_tariff = without(|row| row.tariff = None);
    assert!(no_tariff.iter().all(|sentence| !sentence.contains("тариф")), "{no_tariff:?}");
    let other_unit = without(|row| row.unit = Some("Гкал".to_owned()));
    assert_eq!(
        other_unit,
        ["Начислено 70,00 ₽ по прибору учёта: 10 Гкал по 7,00 ₽.", "На 10,00 ₽ больше, чем в сентябре."]
    );
    assert_eq!(explain(period("2026-10"), &[gas("2026-09", "10", "6")], Household::default()), None);
}

/// Rows of a few services and months with any numbers.
fn any_charge(sums: impl Strategy<Value = i64> + Clone + 'static) -> impl Strategy<Value = Charge> {
    let numbers = (prop::array::uniform8(sums.clone()), prop::array::uniform3(prop::option::of(sums)));
    let kind = (0_u32..14, prop::sample::select(vec![GAS, "Вода", "Пеня"]), prop::option::of(0_usize..4));
    (kind, numbers).prop_map(|((months, service, method), (sums, [volume, tariff, norm]))| {
        let [opening, charged, recalculated, benefit, adjusted, written_off, paid, closing] =
            sums.map(Money::from_kopecks);
        Charge {
            period: period("2026-10").months_before(months),
            service: service.to_owned(),
            opening,
            charged,
            recalculated,
            benefit,
            adjusted,
            written_off,
            paid,
            closing,
            volume: volume.map(Volume::from_raw),
            unit: Some("м³".to_owned()),
            tariff: tariff.map(Tariff::from_raw),
            method: method.map(|index| Method::ALL[index]),
            norm: norm.map(Volume::from_raw),
            recalculation_reason: None,
        }
    })
}

proptest! {
    #[test]
    fn the_causes_add_up_to_the_difference(
        charges in prop::collection::vec(any_charge(-1_000_000_i64..1_000_000), 1..30),
        by_tariff in any::<bool>(),
    ) {
        let mut charges = charges;
        for row in charges.iter_mut().filter(|_| by_tariff) {
            let product = row.volume.zip(row.tariff).and_then(|(volume, tariff)| Product::of(volume, tariff).rounded());
            row.charged = product.unwrap_or(row.charged);
        }
        let mut known = std::collections::BTreeSet::new();
        charges.retain(|row| known.insert((row.period, row.service.clone())));
        if let Some(explanation) = explain(period("2026-10"), &charges, Household::default()) {
            let MonthChange { charged, before, causes, .. } = explanation.change;
            let sum = Money::checked_sum(causes.into_iter().map(|(_, sum)| sum)).unwrap();
            prop_assert_eq!(sum, before.map_or(Money::ZERO, |before| charged.checked_sub(before).unwrap()));
        }
    }

    #[test]
    fn no_numbers_make_an_explanation_panic(charges in prop::collection::vec(any_charge(any::<i64>()), 1..12)) {
        for charge in &charges {
            if let Some(explanation) = explain(charge.period, &charges, Household::default()) {
                let _ = (explanation.summary(), explanation.turnover.line());
                let facts = explanation.services.iter().flat_map(|service| &service.facts);
                facts.filter_map(Fact::line).for_each(|line| assert!(!line.sentence.is_empty()));
                prop_assert!(explanation.services.iter().flat_map(|service| &service.bars).all(|bar| bar.length <= BAR_LENGTH));
            }
        }
    }
}
