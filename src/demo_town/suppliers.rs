//! The town's suppliers. Requisites have valid check digits, so that every check passes, and plainly do not exist: a
//! tax office and a bank with zeros for numbers.

use crate::domain::reading_rules::Window;
use crate::domain::requisites::{RequisiteError, correspondent_account_key, settlement_account_key};
use crate::exchange::ProviderRecord;

/// A supplier.
pub(super) struct Supplier {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    region: &'static str,
    /// The town of its accounts; it does not exist.
    pub(super) town: &'static str,
    pub(super) account_length: u8,
    /// The number of its accounts.
    pub(super) accounts: u32,
    /// The prefix of its account numbers.
    pub(super) prefix: &'static str,
    support_email: &'static str,
    support_phone: &'static str,
    site: &'static str,
    support_hours: &'static str,
    /// The days on which its readings are accepted; empty: none.
    readings_window: &'static str,
    /// Whether readings are accepted without signing in.
    readings_open: bool,
    /// The first nine digits of its taxpayer number.
    inn: &'static str,
    /// The last eleven digits of its settlement account.
    settlement: &'static str,
}

/// All suppliers; the first has the name that the user's manual gives as its example.
pub(super) const SUPPLIERS: [Supplier; 4] = [
    Supplier {
        code: "perm-gas",
        name: "Межрегионгаз Пермь",
        region: "Пермский край",
        town: "г. Тихоярск",
        account_length: 8,
        accounts: 1_400,
        prefix: "59",
        support_email: "support@смородина.онлайн",
        support_phone: "8 800 000-00-01",
        site: "https://perm-gas.example.ru",
        support_hours: "ежедневно с 8:00 до 20:00",
        readings_window: "always",
        readings_open: true,
        inn: "590000001",
        settlement: "00000000101",
    },
    Supplier {
        code: "kama-heat",
        name: "Тихоярские тепловые сети",
        region: "Пермский край",
        town: "г. Тихоярск",
        account_length: 12,
        accounts: 300,
        prefix: "5920",
        support_email: "heat@example.ru",
        support_phone: "8 800 000-00-02",
        site: "https://kama-heat.example.ru",
        support_hours: "пн–пт с 8:00 до 17:00",
        readings_window: "15-25",
        readings_open: false,
        inn: "590000002",
        settlement: "00000000202",
    },
    Supplier {
        code: "kama-water",
        name: "Водоканал Тихоярска",
        region: "Пермский край",
        town: "г. Тихоярск",
        account_length: 10,
        accounts: 200,
        prefix: "5903",
        support_email: "water@example.ru",
        support_phone: "8 800 000-00-03",
        site: "https://kama-water.example.ru",
        support_hours: "пн–сб с 9:00 до 18:00",
        readings_window: "25-5",
        readings_open: true,
        inn: "590000003",
        settlement: "00000000303",
    },
    Supplier {
        code: "ural-light",
        name: "Яшмогорский энергосбыт",
        region: "Свердловская область",
        town: "г. Яшмогорск",
        account_length: 9,
        accounts: 100,
        prefix: "66",
        support_email: "light@example.ru",
        support_phone: "8 800 000-00-04",
        site: "https://ural-light.example.ru",
        support_hours: "пн–пт с 9:00 до 18:00",
        readings_window: "",
        readings_open: false,
        inn: "660000004",
        settlement: "00000000404",
    },
];

/// The bank shared by all suppliers: no bank has this code.
const BIK: &str = "045700999";
const BANK: &str = "Банк «Тихоярский»";
const KPP: &str = "590001001";
/// The bank's account, its check digit not set yet.
const CORRESPONDENT: &str = "30101810000000000999";

impl Supplier {
    /// Its row of the list of providers.
    pub(super) fn record(&self) -> ProviderRecord {
        let text = |text: &str| Some(text.to_owned());
        let settlement = format!("407028100{}", self.settlement);
        ProviderRecord {
            code: self.code.to_owned(),
            name: self.name.to_owned(),
            region: text(self.region),
            inn: Some(inn(self.inn)),
            kpp: text(KPP),
            bank_name: text(BANK),
            bik: text(BIK),
            settlement_account: Some(with_key(&settlement, settlement_account_key(BIK, &settlement))),
            correspondent_account: Some(with_key(CORRESPONDENT, correspondent_account_key(BIK, CORRESPONDENT))),
            account_length: Some(self.account_length),
            support_email: text(self.support_email),
            support_phone: text(self.support_phone),
            site: text(self.site),
            support_hours: text(self.support_hours),
            readings_window: Window::parse(self.readings_window).ok(),
            readings_open: Some(self.readings_open),
            ..ProviderRecord::default()
        }
    }
}

/// A taxpayer number of ten digits: nine and their check digit.
fn inn(nine: &str) -> String {
    let weights = [2, 4, 10, 3, 5, 9, 4, 6, 8];
    let sum: u32 = nine.chars().filter_map(|c| c.to_digit(10)).zip(weights).map(|(digit, weight)| digit * weight).sum();
    format!("{nine}{}", sum % 11 % 10)
}

/// An account of twenty digits with its check digit, the ninth, set.
fn with_key(account: &str, key: Result<u8, RequisiteError>) -> String {
    format!("{}{}{}", &account[..8], key.unwrap_or_default(), &account[9..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::requisites::{check_correspondent_account, check_inn, check_settlement_account};

    #[test]
    fn the_control_digit_of_a_taxpayer_number_is_right() {
        assert_eq!(inn("783000229"), "7830002293");
    }

    #[test]
    fn accounts_carry_their_control_key() {
        for supplier in &SUPPLIERS {
            let record = supplier.record();
            assert_eq!(check_inn(&record.inn.unwrap()), Ok(()));
            assert_eq!(check_settlement_account(BIK, &record.settlement_account.unwrap()), Ok(()));
            let correspondent = record.correspondent_account.unwrap();
            assert_eq!(check_correspondent_account(BIK, &correspondent), Ok(()));
            assert!(correspondent.ends_with(&BIK[6..]));
        }
    }
}
