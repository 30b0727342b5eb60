//! Pages of a list: the page requested in an address, and its place within the list. Independent of SQL and HTML.

use serde::Deserialize;

/// The page requested in an address, from 1. A number beyond the list is kept: [`PagePlace::within`] replaces it with
/// the last page. Anything that is not a number means the first page.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Deserialize)]
#[serde(from = "String")]
pub struct AskedPage(u64);

impl AskedPage {
    /// The first page.
    pub const FIRST: Self = Self(1);
}

impl Default for AskedPage {
    fn default() -> Self {
        Self::FIRST
    }
}

impl From<String> for AskedPage {
    fn from(text: String) -> Self {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // A number that overflows is a page beyond the last one.
        if is_number { Self(text.parse().unwrap_or(u64::MAX)) } else { Self::FIRST }
    }
}

/// The place of a page within its list.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PagePlace {
    /// The page, from 1 to `pages`.
    pub number: u32,
    /// Number of pages, at least one.
    pub pages: u32,
    /// Rows per page.
    size: u32,
}

impl PagePlace {
    /// The requested page of a list of `rows` rows, `size` per page; the last page if the list is shorter.
    pub fn within(asked: AskedPage, rows: u64, size: u32) -> Self {
        let size = size.max(1);
        let pages = u32::try_from(rows.div_ceil(u64::from(size))).unwrap_or(u32::MAX).max(1);
        let number = u32::try_from(asked.0).unwrap_or(u32::MAX).clamp(1, pages);
        Self { number, pages, size }
    }

    /// Rows per page.
    pub const fn size(self) -> i64 {
        self.size as i64
    }

    /// Offset of this page's first row.
    pub const fn offset(self) -> i64 {
        (self.number as i64 - 1) * self.size as i64
    }

    /// The next page; `None` after the last.
    pub fn next(self) -> Option<AskedPage> {
        (self.number < self.pages).then(|| AskedPage(u64::from(self.number) + 1))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn asked(text: &str) -> AskedPage {
        AskedPage::from(text.to_owned())
    }

    #[test]
    fn what_is_no_page_number_is_the_first_page() {
        for text in ["", "0", "-1", "x", "1e9", " 2", "٢", "+2"] {
            assert_eq!(PagePlace::within(asked(text), 100, 10).number, 1, "{text}");
        }
    }

    #[test]
    fn a_page_behind_the_last_is_the_last() {
        for text in ["11", "999", "9223372036854775807", "18446744073709551616", &"9".repeat(200)] {
            assert_eq!(PagePlace::within(asked(text), 100, 10).number, 10, "{text}");
        }
    }

    #[test]
    fn an_empty_list_has_one_page() {
        let place = PagePlace::within(asked("7"), 0, 10);
        assert_eq!((place.number, place.pages, place.offset(), place.next()), (1, 1, 0, None));
    }

    proptest! {
        #[test]
        fn every_place_is_within_its_list(text in "\\PC{0,25}", rows in any::<u64>(), size in any::<u32>()) {
            let place = PagePlace::within(asked(&text), rows, size);
            prop_assert!(place.number >= 1 && place.number <= place.pages);
            prop_assert!(place.offset() >= 0 && place.size() >= 1);
        }

        #[test]
        fn leafing_through_shows_each_row_once(rows in 0_u64..500, size in 1_u32..50) {
            let mut shown = 0;
            let mut next = Some(AskedPage::FIRST);
            while let Some(asked) = next {
                let place = PagePlace::within(asked, rows, size);
                prop_assert_eq!(u64::try_from(place.offset()).unwrap(), shown);
                shown += (rows - shown).min(u64::from(size));
                next = place.next();
            }
            prop_assert_eq!(shown, rows);
        }
    }
}
