//! The kind of utility that a supplier sells, recognised by its name. The icon beside the name depends on it, and
//! whether the page of a debt names the rules of the supply of gas.

/// A kind of utility.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Utility {
    /// Gas.
    Gas,
    /// Water, hot or cold, and sewerage.
    Water,
    /// Heating.
    Heat,
    /// Electricity.
    Power,
    /// Not recognised.
    Unknown,
}

/// Stems of Russian names, in lower case. The first kind with a match counts: «Теплоэнерго» sells heat.
const STEMS: [(Utility, &[&str]); 4] = [
    (Utility::Gas, &["газ"]),
    (Utility::Heat, &["тепл", "отопл", "котельн"]),
    (Utility::Water, &["водо", "водн", "вода", "воды"]),
    (Utility::Power, &["энерг", "электр", "свет"]),
];

impl Utility {
    /// The kind that a supplier's or a service's name indicates.
    pub fn of(name: &str) -> Self {
        let name = name.to_lowercase();
        let found = STEMS.into_iter().find(|(_, stems)| stems.iter().any(|stem| name.contains(stem)));
        found.map_or(Self::Unknown, |(utility, _)| utility)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suppliers_name_tells_its_utility() {
        let cases = [
            ("Межрегионгаз Пермь", Utility::Gas),
            ("Камские тепловые сети", Utility::Heat),
            ("Теплоэнерго", Utility::Heat),
            ("Водоканал Заречный", Utility::Water),
            ("Урал-Свет", Utility::Power),
            ("ЭНЕРГОСБЫТ", Utility::Power),
            ("Лифтремонт", Utility::Unknown),
            ("", Utility::Unknown),
        ];
        for (name, utility) in cases {
            assert_eq!(Utility::of(name), utility, "{name}");
        }
    }
}
