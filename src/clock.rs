//! Time and randomness as parameters: the only module that reads the system's clock and generator.

use std::sync::Arc;

use jiff::civil::Date;

use crate::domain::calendar::{Moment, Span};

/// A source of the current time.
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> Moment;
}

/// The machine's own clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn now(&self) -> Moment {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Moment::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

/// The system's clock, shifted by a fixed span.
#[derive(Clone, Copy, Debug)]
struct DistantClock(Span);

impl Clock for DistantClock {
    fn now(&self) -> Moment {
        SystemClock.now().plus(self.0)
    }
}

/// A source of unguessable bytes.
pub trait Entropy: Send + Sync + 'static {
    /// Fills a buffer with random bytes.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's cryptographic generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks for randomness")]
    fn fill(&self, bytes: &mut [u8]) {
        use rand::RngCore as _;
        rand::rng().fill_bytes(bytes);
    }
}

/// The clock and the generator, as services carry them.
#[derive(Clone)]
pub struct Nature {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The generator.
    pub entropy: Arc<dyn Entropy>,
}

impl Nature {
    /// The machine's clock and generator.
    pub fn system() -> Self {
        Self { clock: Arc::new(SystemClock), entropy: Arc::new(SystemEntropy) }
    }

    /// The system's generator, and its clock shifted so that it is now noon of that day: for a reproducible demo.
    pub fn on_day(day: Date, utc_offset_hours: i8) -> Self {
        let days = (day - Date::constant(1970, 1, 1)).get_days();
        let noon =
            Moment::from_micros(0).plus(Span::days(days.into())).plus(Span::hours(12 - i64::from(utc_offset_hours)));
        Self { clock: Arc::new(DistantClock(noon.since(SystemClock.now()))), ..Self::system() }
    }

    /// Now.
    pub fn now(&self) -> Moment {
        self.clock.now()
    }

    /// Random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes);
        bytes
    }

    /// The text of a new identifier: 128 random bits in lower-case base 32.
    pub fn id(&self) -> String {
        data_encoding::BASE32_NOPAD.encode(&self.bytes::<16>()).to_lowercase()
    }

    /// A secret for a link or a cookie: 256 random bits, URL-safe.
    pub fn token(&self) -> String {
        data_encoding::BASE64URL_NOPAD.encode(&self.bytes::<32>())
    }

    /// A number below `bound`, each equally likely (rejection, no modulo bias).
    pub fn below(&self, bound: u32) -> u32 {
        let zone = u32::MAX - u32::MAX % bound.max(1);
        loop {
            let number = u32::from_le_bytes(self.bytes());
            if number < zone {
                return number % bound.max(1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_another_day_it_is_that_day_and_time_goes_on() {
        let day = Date::constant(2024, 2, 29);
        let nature = Nature::on_day(day, 5);
        let first = nature.now();
        assert_eq!(first.date(5), day);
        assert!(nature.now() >= first);
    }
}
