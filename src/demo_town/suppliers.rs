//! The town's suppliers. Requisites carry right control digits, so that every check passes, and plainly belong to
//! nobody: a tax office and a bank with zeros for numbers.

use crate::exchange::ProviderRecord;

/// A supplier.
pub(super) struct Supplier {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    region: &'static str,
    pub(super) account_length: u8,
    /// Accounts that it has.
    pub(super) accounts: u32,
    /// What its account numbers begin with.
    pub(super) prefix: &'static str,
    support_email: &'static str,
    support_phone: &'static str,
    site: &'static str,
    /// The first nine digits of its taxpayer number.
    inn: &'static str,
    /// The last eleven digits of its settlement account.
    settlement: &'static str,
}

/// All of them; the first is the one of the user's manual.
pub(super) const SUPPLIERS: [Supplier; 4] = [
    Supplier {
        code: "perm-gas",
        name: "Межрегионгаз Пермь",
        region: "Пермский край",
        account_length: 8,
        accounts: 1_400,
        prefix: "59",
        support_email: "support@смородина.онлайн",
        support_phone: "8 800 000-00-01",
        site: "https://perm-gas.example.ru",
        inn: "590000001",
        settlement: "00000000101",
    },
    Supplier {
        code: "kama-heat",
        name: "Камские тепловые сети",
        region: "Пермский край",
        account_length: 12,
        accounts: 300,
        prefix: "5920",
        support_email: "heat@example.ru",
        support_phone: "8 800 000-00-02",
        site: "https://kama-heat.example.ru",
        inn: "590000002",
        settlement: "00000000202",
    },
    Supplier {
        code: "zarechny-water",
        name: "Водоканал Заречный",
        region: "Свердловская область",
        account_length: 10,
        accounts: 200,
        prefix: "6603",
        support_email: "water@example.ru",
        support_phone: "8 800 000-00-03",
        site: "https://zarechny-water.example.ru",
        inn: "660000003",
        settlement: "00000000303",
    },
    Supplier {
        code: "ural-light",
        name: "Уральский свет",
        region: "Челябинская область",
        account_length: 9,
        accounts: 100,
        prefix: "74",
        support_email: "light@example.ru",
        support_phone: "8 800 000-00-04",
        site: "https://ural-light.example.ru",
        inn: "740000004",
        settlement: "00000000404",
    },
];

/// The bank that all of them share: no bank has this code.
const BIK: &str = "045700999";
const BANK: &str = "Банк «Придуманный»";
const KPP: &str = "590001001";

impl Supplier {
    /// Its row of the list of providers.
    pub(super) fn record(&self) -> ProviderRecord {
        let text = |text: &str| Some(text.to_owned());
        ProviderRecord {
            code: self.code.to_owned(),
            name: self.name.to_owned(),
            region: text(self.region),
            inn: Some(inn(self.inn)),
            kpp: text(KPP),
            bank_name: text(BANK),
            bik: text(BIK),
            settlement_account: Some(keyed_account(&BIK[6..], &format!("407028100{}", self.settlement))),
            correspondent_account: Some(keyed_account(&format!("0{}", &BIK[4..6]), "30101810000000000999")),
            account_length: Some(self.account_length),
            support_email: text(self.support_email),
            support_phone: text(self.support_phone),
            site: text(self.site),
        }
    }
}

fn digits(text: &str) -> impl Iterator<Item = u32> {
    text.chars().filter_map(|c| c.to_digit(10))
}

/// A taxpayer number of ten digits: nine and their control digit.
fn inn(nine: &str) -> String {
    let weights = [2, 4, 10, 3, 5, 9, 4, 6, 8];
    let sum: u32 = digits(nine).zip(weights).map(|(digit, weight)| digit * weight).sum();
    format!("{nine}{}", sum % 11 % 10)
}

/// An account of twenty digits with its control key, the ninth, in place: with the bank's three digits before it, the
/// weighted sum ends with zero.
fn keyed_account(bank: &str, account: &str) -> String {
    let sum = |key: u32| weighted_sum(bank, &with_key(account, key));
    let key = (0..10).find(|key| sum(*key).is_multiple_of(10)).unwrap_or_default();
    with_key(account, key)
}

fn with_key(account: &str, key: u32) -> String {
    format!("{}{key}{}", &account[..8], &account[9..])
}

fn weighted_sum(bank: &str, account: &str) -> u32 {
    digits(bank).chain(digits(account)).zip([7, 1, 3].into_iter().cycle()).map(|(d, weight)| d * weight % 10).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_control_digit_of_a_taxpayer_number_is_right() {
        assert_eq!(inn("783000229"), "7830002293");
    }

    #[test]
    fn accounts_carry_their_control_key() {
        for supplier in &SUPPLIERS {
            let record = supplier.record();
            let settlement = record.settlement_account.unwrap();
            assert_eq!(settlement.len(), 20);
            assert_eq!(weighted_sum(&BIK[6..], &settlement) % 10, 0);
            let correspondent = record.correspondent_account.unwrap();
            assert_eq!(weighted_sum("000", &correspondent) % 10, 0);
            assert!(correspondent.ends_with(&BIK[6..]));
        }
    }
}
