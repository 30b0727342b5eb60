//! Accounts that tell a story, each with a subscriber, an address and an owner among the demo's users.

/// What happens to an account in the years that the town shows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Plot {
    /// Nothing special.
    Ordinary,
    /// A heated house, unpaid for the last four months.
    Debt,
    /// Paid far ahead.
    Advance,
    /// The dial passes zero.
    RolledOver,
    /// The verification of the meter has expired: charged by the norm since then.
    Expired,
    /// One month does not continue the previous one.
    Gap,
    /// A heated house with an even consumption: only the weather changes it.
    WinterPeak,
    /// A benefit in every month.
    Pensioner,
    /// Unpaid for most of a year, with penalties and one payment of a part.
    LongDebt,
    /// An account of a few months.
    Newcomer,
    /// Central heating, charged in the season.
    HeatedFlat,
    /// A leak triples the consumption for two months; then it is recalculated.
    Leak,
    /// Consumption from April to October only.
    Dacha,
}

/// An account with a story.
pub(super) struct Tale {
    /// The index of the supplier.
    pub(super) supplier: usize,
    /// The index of the account at the supplier.
    pub(super) index: u32,
    pub(super) plot: Plot,
    /// The login of the demo's user who has it in full access.
    pub(super) owner: Option<&'static str>,
    pub(super) subscriber: &'static str,
    pub(super) address: &'static str,
    /// The story in a few words, in Russian.
    pub(super) shows: &'static str,
}

/// All stories; the first three come first wherever accounts are listed.
pub(super) const TALES: [Tale; 12] = [
    Tale {
        supplier: 0,
        index: 0,
        plot: Plot::Debt,
        owner: Some("demo@example.ru"),
        subscriber: "Ковалёва Ирина Сергеевна",
        address: "г. Тихоярск, ул. Береговая, д. 27",
        shows: "дом с газовым отоплением, не оплачены четыре месяца, есть пени",
    },
    Tale {
        supplier: 0,
        index: 1,
        plot: Plot::Advance,
        owner: Some("family@example.ru"),
        subscriber: "Мельников Андрей Викторович",
        address: "г. Тихоярск, ул. Рябиновая, д. 8",
        shows: "газ, оплачено вперёд",
    },
    Tale {
        supplier: 1,
        index: 0,
        plot: Plot::HeatedFlat,
        owner: Some("demo@example.ru"),
        subscriber: "Ковалёва Ирина Сергеевна",
        address: "г. Тихоярск, ул. Строителей, д. 14, кв. 36",
        shows: "отопление и горячая вода, номер из 12 цифр",
    },
    Tale {
        supplier: 2,
        index: 0,
        plot: Plot::Leak,
        owner: Some("family@example.ru"),
        subscriber: "Мельников Андрей Викторович",
        address: "г. Тихоярск, ул. Рябиновая, д. 8",
        shows: "вода, два месяца утечки и перерасчёт",
    },
    Tale {
        supplier: 3,
        index: 0,
        plot: Plot::Dacha,
        owner: Some("family@example.ru"),
        subscriber: "Мельникова Елена Павловна",
        address: "г. Яшмогорск, СНТ «Родник», уч. 41",
        shows: "дача, электричество с апреля по октябрь",
    },
    Tale {
        supplier: 0,
        index: 5,
        plot: Plot::WinterPeak,
        owner: Some("house@example.ru"),
        subscriber: "Лаптев Михаил Николаевич",
        address: "г. Тихоярск, ул. Полевая, д. 41",
        shows: "большой дом с газовым отоплением, зимой платежи в несколько раз больше",
    },
    Tale {
        supplier: 0,
        index: 3,
        plot: Plot::Expired,
        owner: Some("house@example.ru"),
        subscriber: "Лаптева Нина Григорьевна",
        address: "г. Тихоярск, ул. Школьная, д. 19, кв. 44",
        shows: "поверка счётчика истекла, с тех пор начисляется по норме",
    },
    Tale {
        supplier: 0,
        index: 6,
        plot: Plot::Pensioner,
        owner: Some("pensioner@example.ru"),
        subscriber: "Воронина Галина Петровна",
        address: "г. Тихоярск, ул. Мира, д. 3, кв. 17",
        shows: "льгота каждый месяц",
    },
    Tale {
        supplier: 0,
        index: 7,
        plot: Plot::LongDebt,
        owner: Some("debtor@example.ru"),
        subscriber: "Гусев Олег Анатольевич",
        address: "г. Тихоярск, ул. Заводская, д. 22, кв. 9",
        shows: "долг за много месяцев, пени растут, одна оплата части долга",
    },
    Tale {
        supplier: 0,
        index: 8,
        plot: Plot::Newcomer,
        owner: Some("newcomer@example.ru"),
        subscriber: "Белова Дарья Алексеевна",
        address: "г. Тихоярск, ул. Молодёжная, д. 16, кв. 70",
        shows: "счёт открыт пять месяцев назад",
    },
    Tale {
        supplier: 0,
        index: 2,
        plot: Plot::RolledOver,
        owner: None,
        subscriber: "Зимина Светлана Юрьевна",
        address: "г. Тихоярск, ул. Школьная, д. 5, кв. 12",
        shows: "счётчик прошёл через ноль",
    },
    Tale {
        supplier: 0,
        index: 4,
        plot: Plot::Gap,
        owner: None,
        subscriber: "Дроздов Павел Игоревич",
        address: "г. Тихоярск, пер. Почтовый, д. 6, кв. 21",
        shows: "остаток одного месяца не сходится с предыдущим",
    },
];

/// The story of an account, if it has one.
pub(super) fn tale(supplier: usize, index: u32) -> Option<&'static Tale> {
    TALES.iter().find(|tale| (tale.supplier, tale.index) == (supplier, index))
}

#[cfg(test)]
mod tests {
    use jiff::civil::Date;

    use super::super::ledger::Story;
    use super::super::{Household, last_period};
    use super::*;
    use crate::domain::settlement::{Charge, Method};

    fn today() -> Date {
        Date::constant(2026, 11, 22)
    }

    fn told(plot: Plot) -> Story {
        let tale = TALES.iter().find(|tale| tale.plot == plot).unwrap();
        Story::tell(&Household::new(tale.supplier, tale.index), last_period(today()), today())
    }

    /// The rows of the account's first service, by month.
    fn rows(story: &Story) -> Vec<&Charge> {
        let service = &story.charges[0].charge.service;
        story.charges.iter().map(|record| &record.charge).filter(|charge| charge.service == *service).collect()
    }

    fn row<'a>(rows: &[&'a Charge], month: &str) -> &'a Charge {
        rows.iter().find(|charge| charge.period.machine() == month).unwrap()
    }

    fn kopecks(charge: &Charge) -> i64 {
        charge.charged.kopecks()
    }

    #[test]
    fn a_heated_house_pays_several_times_more_in_winter() {
        let story = told(Plot::WinterPeak);
        let rows = rows(&story);
        assert!(kopecks(row(&rows, "2026-01")) > 5 * kopecks(row(&rows, "2026-07")));
        assert!(kopecks(row(&rows, "2026-01")) > kopecks(row(&rows, "2026-03")));
    }

    #[test]
    fn a_leak_triples_two_months_and_is_taken_back_with_a_reason() {
        let story = told(Plot::Leak);
        let rows = rows(&story);
        for leaking in ["2026-03", "2026-04"] {
            assert!(kopecks(row(&rows, leaking)) * 2 > kopecks(row(&rows, "2026-02")) * 5, "{leaking}");
        }
        let corrected: Vec<_> = rows.iter().filter(|charge| charge.recalculation_reason.is_some()).collect();
        assert_eq!(corrected.len(), 1);
        assert_eq!(corrected[0].period.machine(), "2026-05");
        let leaked = kopecks(row(&rows, "2026-03")) + kopecks(row(&rows, "2026-04"));
        assert!((corrected[0].recalculated.kopecks() * 3 + leaked * 2).abs() < 500, "two thirds are taken back");
        assert!(corrected[0].recalculation_reason.as_ref().unwrap().contains("март 2026 и апрель 2026"));
    }

    #[test]
    fn the_pensioner_has_a_benefit_in_every_month() {
        let story = told(Plot::Pensioner);
        let rows = rows(&story);
        assert_eq!(rows.len(), 36);
        assert!(rows.iter().all(|charge| charge.benefit.kopecks() == kopecks(charge) / 2 && kopecks(charge) > 0));
    }

    #[test]
    fn the_debtor_pays_a_part_once_and_penalties_grow() {
        let story = told(Plot::LongDebt);
        let late = Date::constant(2026, 2, 1);
        let payments: Vec<_> = story.payments.iter().filter(|record| record.payment.date >= late).collect();
        assert_eq!(payments.len(), 1);
        let rows = rows(&story);
        let newest = row(&rows, "2026-10");
        assert!(newest.closing.kopecks() > payments[0].payment.amount.kopecks());
        let penalties: Vec<i64> = story
            .charges
            .iter()
            .filter(|record| {
                record.charge.service == "Пеня за газ" && record.charge.period.machine().as_str() >= "2026-04"
            })
            .map(|record| record.charge.closing.kopecks())
            .collect();
        assert!(penalties.len() >= 6 && penalties.windows(2).all(|pair| pair[0] < pair[1]), "{penalties:?}");
    }

    #[test]
    fn the_newcomer_has_five_months() {
        let story = told(Plot::Newcomer);
        let rows = rows(&story);
        assert_eq!((rows.len(), rows[0].period.machine()), (5, "2026-06".to_owned()));
        assert!(rows[0].opening.is_zero());
        let tale = TALES.iter().find(|tale| tale.plot == Plot::Newcomer).unwrap();
        let record = Household::new(tale.supplier, tale.index).record(last_period(today()));
        assert_eq!(record.opened_on, Some(Date::constant(2026, 6, 1)));
    }

    #[test]
    fn a_dacha_consumes_from_april_to_october() {
        let story = told(Plot::Dacha);
        for charge in rows(&story) {
            let is_summer = (4..=10).contains(&charge.period.month());
            assert_eq!(kopecks(charge) > 0, is_summer, "{}", charge.period.machine());
            assert_eq!(charge.method, Some(Method::Meter));
        }
    }

    #[test]
    fn since_the_verification_expired_the_norm_is_charged() {
        let story = told(Plot::Expired);
        let methods: Vec<_> = rows(&story).iter().map(|charge| charge.method.unwrap()).collect();
        assert_eq!(methods[..32], [Method::Meter; 32]);
        assert_eq!(methods[32..], [Method::Norm; 4]);
    }

    #[test]
    fn who_pays_ahead_owes_nothing_in_the_end() {
        let story = told(Plot::Advance);
        assert!(rows(&story).last().unwrap().closing.is_negative());
    }
}
