//! Exact arithmetic of charges: volume × tariff, and the effects of volume and tariff on a difference.

use crate::domain::decimal::{Tariff, Volume, format_fixed};
use crate::domain::money::Money;
use crate::domain::settlement::Charge;

/// Units of a product in a kopeck: billionths of a rouble, as a volume has three decimals and a tariff six.
const UNITS_IN_KOPECK: i128 = 10_000_000;
/// Decimals of a product in roubles.
const PRODUCT_SCALE: u32 = 9;
/// Decimals of a sum in roubles.
const KOPECK_SCALE: u32 = 2;

/// A volume times a tariff before rounding, in billionths of a rouble.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Product(i128);

impl Product {
    /// The product; it fits for any two numbers.
    pub fn of(volume: Volume, tariff: Tariff) -> Self {
        Self(i128::from(volume.raw()) * i128::from(tariff.raw()))
    }

    /// Rounded to kopecks, half away from zero; `None` when the sum overflows.
    pub fn rounded(self) -> Option<Money> {
        rounded_quotient(self.0, UNITS_IN_KOPECK).map(Money::from_kopecks)
    }

    /// Whether a sum is this product in kopecks, whichever way billing rounds.
    pub fn makes(self, sum: Money) -> bool {
        (i128::from(sum.kopecks()) * UNITS_IN_KOPECK - self.0).abs() < UNITS_IN_KOPECK
    }

    /// Whether it has no fraction of a kopeck.
    pub const fn is_whole(self) -> bool {
        self.0 % UNITS_IN_KOPECK == 0
    }

    /// `216,32256 ₽`; `None` when it overflows.
    pub fn exact(self) -> Option<String> {
        let units = i64::try_from(self.0).ok()?;
        Some(format!("{}\u{a0}₽", format_fixed(units, PRODUCT_SCALE, KOPECK_SCALE)))
    }
}

/// A quotient rounded to a whole number, half away from zero; `None` when it overflows. The divisor is positive.
fn rounded_quotient(number: i128, divisor: i128) -> Option<i64> {
    let half = if number < 0 { -(divisor / 2) } else { divisor / 2 };
    number.checked_add(half).and_then(|number| i64::try_from(number / divisor).ok())
}

/// The change from one positive number to another in tenths of a per cent, rounded; `None` when the first is not
/// positive or the change overflows.
pub fn tenths_of_percent(from: i64, to: i64) -> Option<i64> {
    if from <= 0 {
        return None;
    }
    rounded_quotient((i128::from(to) - i128::from(from)) * 1_000, i128::from(from))
}

/// The parts of the difference between two charges, which add up to it exactly.
///
/// The effect of the volume is the change of the volume at the old tariff, rounded to kopecks; the effect of the tariff
/// is the rest of the difference, that is the change of the tariff at the new volume with all rounding. Where only one
/// of the two has changed, the whole difference is its effect.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Effects {
    /// The effect of the volume.
    pub volume: Money,
    /// The effect of the tariff.
    pub tariff: Money,
}

impl Effects {
    /// The effects between two rows of one service. `None` when they cannot be known: a row is not its volume times its
    /// tariff, the units differ, a volume is negative, a tariff is not positive, or rounding exceeds an effect.
    pub fn between(before: &Charge, now: &Charge) -> Option<Self> {
        let (old_volume, old_tariff) = Self::factors(before)?;
        let (volume, tariff) = Self::factors(now)?;
        if before.unit != now.unit {
            return None;
        }
        let difference = now.charged.checked_sub(before.charged)?;
        let more = volume.checked_sub(old_volume)?;
        let by_volume = match (more.raw(), tariff == old_tariff) {
            (0, true) if !difference.is_zero() => return None,
            (0, _) => Money::ZERO,
            (_, true) => difference,
            (_, false) => Product::of(more, old_tariff).rounded()?,
        };
        let effects = Self { volume: by_volume, tariff: difference.checked_sub(by_volume)? };
        let dearer = tariff.raw().cmp(&old_tariff.raw());
        let agrees = |effect: Money, change| effect.is_zero() || effect.cmp(&Money::ZERO) == change;
        (agrees(effects.volume, more.raw().cmp(&0)) && agrees(effects.tariff, dearer)).then_some(effects)
    }

    /// The volume and the tariff of a row whose charge is their product.
    fn factors(charge: &Charge) -> Option<(Volume, Tariff)> {
        let (volume, tariff) = charge.volume.zip(charge.tariff)?;
        let usable = volume.raw() >= 0 && tariff.raw() > 0 && Product::of(volume, tariff).makes(charge.charged);
        usable.then_some((volume, tariff))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::calendar::Period;

    fn row(volume: i64, tariff: i64) -> Charge {
        let (volume, tariff) = (Volume::from_raw(volume), Tariff::from_raw(tariff));
        Charge {
            volume: Some(volume),
            tariff: Some(tariff),
            charged: Product::of(volume, tariff).rounded().unwrap(),
            ..Charge::unchanged(Period::parse("2026-10").unwrap(), "Газ", Money::ZERO)
        }
    }

    fn effects(before: &Charge, now: &Charge) -> Option<(i64, i64)> {
        Effects::between(before, now).map(|effects| (effects.volume.kopecks(), effects.tariff.kopecks()))
    }

    #[test]
    fn a_product_is_exact_and_rounded_half_away_from_zero() {
        let product = Product::of(Volume::from_raw(29_520), Tariff::from_raw(7_328_000));
        assert_eq!(product.exact().as_deref(), Some("216,32256\u{a0}₽"));
        assert_eq!(product.rounded(), Some(Money::from_kopecks(21_632)));
        assert!(product.makes(Money::from_kopecks(21_633)), "billing may round up");
        assert!(!product.makes(Money::from_kopecks(21_634)));
        let half = |raw| Product::of(Volume::from_raw(raw), Tariff::from_raw(10_000)).rounded().unwrap().kopecks();
        assert_eq!([half(500), half(499), half(-500)], [1, 0, -1]);
    }

    #[test]
    fn the_volume_counts_at_the_old_tariff_and_the_tariff_takes_the_rest() {
        assert_eq!(effects(&row(10_000, 7_000_000), &row(12_000, 8_000_000)), Some((1_400, 1_200)));
        assert_eq!(effects(&row(10_000, 7_000_000), &row(12_000, 7_000_000)), Some((1_400, 0)));
        assert_eq!(effects(&row(10_000, 7_000_000), &row(10_000, 8_000_000)), Some((0, 1_000)));
        assert_eq!(effects(&row(12_000, 8_000_000), &row(10_000, 9_000_000)), Some((-1_600, 1_000)));
        assert_eq!(effects(&row(10_000, 7_000_000), &row(10_000, 7_000_000)), Some((0, 0)));
    }

    #[test]
    fn a_row_that_is_not_its_product_has_no_effects() {
        let (before, now) = (row(10_000, 7_000_000), row(12_000, 8_000_000));
        let by_hand = Charge { charged: Money::from_kopecks(1), ..now.clone() };
        let other_unit = Charge { unit: Some("Гкал".to_owned()), ..now.clone() };
        let without_tariff = Charge { tariff: None, ..now };
        for charge in [by_hand, other_unit, without_tariff, row(-1_000, 7_000_000)] {
            assert_eq!(effects(&before, &charge), None);
        }
    }

    #[test]
    fn a_change_in_per_cent_is_rounded_to_a_tenth() {
        assert_eq!(tenths_of_percent(6_720_000, 7_330_000), Some(91));
        assert_eq!(tenths_of_percent(7_330_000, 6_720_000), Some(-83));
        assert_eq!(tenths_of_percent(0, 1), None);
        assert_eq!(tenths_of_percent(1, i64::MAX), None);
    }

    proptest! {
        #[test]
        fn the_effects_add_up_to_the_difference(
            volumes in any::<[u32; 2]>(),
            tariffs in [1_i64..10_000_000_000, 1_i64..10_000_000_000],
        ) {
            let [before, now] = [0, 1].map(|index| row(i64::from(volumes[index]), tariffs[index]));
            if let Some(effects) = Effects::between(&before, &now) {
                prop_assert_eq!(effects.volume.checked_add(effects.tariff), now.charged.checked_sub(before.charged));
            }
        }

        #[test]
        fn no_numbers_make_the_arithmetic_panic(numbers in any::<[i64; 6]>()) {
            let [a, b, c, d, e, f] = numbers;
            let raw = |volume, tariff, charged| Charge {
                volume: Some(Volume::from_raw(volume)),
                tariff: Some(Tariff::from_raw(tariff)),
                charged: Money::from_kopecks(charged),
                ..row(0, 1)
            };
            let _ = Effects::between(&raw(a, b, c), &raw(d, e, f));
            let product = Product::of(Volume::from_raw(a), Tariff::from_raw(b));
            let _ = (product.exact(), product.rounded(), tenths_of_percent(a, b));
        }
    }
}
