//! The vertical axis of a chart: round steps, and heights as shares of the drawing.

/// The height of a drawing, in the unit of all heights here: one thousandth of it.
pub(super) const WHOLE: i64 = 1000;
/// Least height of a bar whose value is not zero: about a pixel.
const LEAST_BAR: i64 = 6;
/// Most steps of an axis: closer lines are no longer readable on a phone.
const MAX_STEPS: i64 = 5;

/// An axis from the lowest to the highest line, in round steps (1, 2, 5, 10, 20, 50…). Zero is always on it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Axis {
    from: i64,
    to: i64,
    step: i64,
}

/// A bar between zero and its value, in thousandths of the height.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Bar {
    /// Distance of its upper edge from the top.
    pub(super) top: i64,
    /// Its height, never zero.
    pub(super) height: i64,
}

impl Axis {
    /// An axis that covers zero and all values and consists of whole `unit`s.
    pub(super) fn around(values: impl Iterator<Item = i64>, unit: i64) -> Self {
        let (least, most) = values.fold((0, 0), |(least, most): (i64, i64), value| (least.min(value), most.max(value)));
        let most = most.max(least.saturating_add(unit));
        let span = most.saturating_sub(least);
        let step = round_steps(unit).find(|step| span / step < MAX_STEPS).unwrap_or(unit);
        let from = least.div_euclid(step).saturating_mul(step);
        let to = most.saturating_add(step - 1).div_euclid(step).saturating_mul(step).max(from.saturating_add(step));
        Self { from, to, step }
    }

    /// Distance of a value from the top, from 0 to [`WHOLE`].
    pub(super) fn y(self, value: i64) -> i64 {
        let span = i128::from(self.to) - i128::from(self.from);
        let above = i128::from(self.to) - i128::from(value);
        i64::try_from(above * i128::from(WHOLE) / span.max(1)).unwrap_or(0)
    }

    /// The values with a line, the lowest first.
    pub(super) fn ticks(self) -> impl Iterator<Item = i64> {
        (0..=MAX_STEPS + 2)
            .map(move |n| self.from.saturating_add(self.step.saturating_mul(n)))
            .take_while(move |tick| *tick <= self.to)
    }

    /// The bar of a value: above zero, below it for a negative value, `None` for zero.
    pub(super) fn bar(self, value: i64) -> Option<Bar> {
        let (zero, end) = (self.y(0), self.y(value));
        match value {
            0 => None,
            1.. => {
                let top = end.min(zero - LEAST_BAR);
                Some(Bar { top, height: zero - top })
            }
            _ => Some(Bar { top: zero, height: (end - zero).max(LEAST_BAR) }),
        }
    }
}

/// 1, 2, 5, 10, 20, 50… units, as far as 64 bits go.
fn round_steps(unit: i64) -> impl Iterator<Item = i64> {
    let tens = (0..).map_while(move |power| 10_i64.checked_pow(power)?.checked_mul(unit));
    tens.flat_map(|ten| [1, 2, 5].map(|factor| ten.saturating_mul(factor)))
}

/// Thousandths as a percentage of an SVG attribute: `12.5%`.
pub(super) fn percent(thousandths: i64) -> String {
    format!("{}.{}%", thousandths / 10, thousandths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_axis_counts_in_round_steps_from_zero() {
        let axis = Axis::around([123_456, 50_000].into_iter(), 100);
        assert_eq!(axis, Axis { from: 0, to: 150_000, step: 50_000 });
        assert_eq!((axis.y(0), axis.y(75_000), axis.y(150_000)), (WHOLE, 500, 0));
        assert_eq!(axis.ticks().collect::<Vec<_>>(), [0, 50_000, 100_000, 150_000]);
    }

    #[test]
    fn an_axis_reaches_below_zero_for_a_recalculation() {
        let axis = Axis::around([-21_237, 44_763].into_iter(), 100);
        assert!(axis.from <= -21_237 && axis.to >= 44_763);
        assert!(axis.ticks().any(|tick| tick == 0), "{axis:?}");
    }

    #[test]
    fn months_without_charges_still_have_an_axis() {
        assert_eq!(Axis::around([0, 0].into_iter(), 100), Axis { from: 0, to: 100, step: 100 });
        assert_eq!(Axis::around(std::iter::empty(), 100), Axis { from: 0, to: 100, step: 100 });
    }

    #[test]
    fn nothing_is_drawn_for_zero() {
        assert_eq!(Axis::around([0, 500].into_iter(), 100).bar(0), None);
        assert_eq!(Axis::around([-300, 500].into_iter(), 100).bar(0), None);
    }

    #[test]
    fn a_negative_value_is_drawn_below_the_axis() {
        let axis = Axis::around([-500, 500].into_iter(), 100);
        let (below, above) = (axis.bar(-250).unwrap(), axis.bar(250).unwrap());
        assert_eq!(below.top, axis.y(0));
        assert_eq!(above.top + above.height, axis.y(0));
        assert_eq!(below.height, above.height);
    }

    #[test]
    fn the_smallest_value_is_still_seen() {
        let axis = Axis::around([1, 1_000_000].into_iter(), 100);
        assert_eq!(axis.bar(1), Some(Bar { top: WHOLE - LEAST_BAR, height: LEAST_BAR }));
    }

    #[test]
    fn a_share_is_written_as_a_percentage() {
        assert_eq!([percent(0), percent(125), percent(1000)], ["0.0%", "12.5%", "100.0%"]);
    }

    proptest! {
        #[test]
        fn every_bar_is_inside_the_chart(values in prop::collection::vec(-10_000_000_i64..10_000_000, 1..30)) {
            let axis = Axis::around(values.iter().copied(), 100);
            prop_assert!(axis.ticks().count() <= usize::try_from(MAX_STEPS + 3).unwrap());
            for bar in values.into_iter().filter_map(|value| axis.bar(value)) {
                prop_assert!(bar.top >= 0 && bar.height > 0 && bar.top + bar.height <= WHOLE, "{bar:?} in {axis:?}");
            }
        }

        #[test]
        fn no_sum_makes_an_axis_panic(values in prop::collection::vec(any::<i64>(), 0..5)) {
            let axis = Axis::around(values.iter().copied(), 100);
            for tick in axis.ticks() {
                let _ = axis.y(tick);
            }
            for value in values {
                let _ = axis.bar(value);
            }
        }
    }
}
