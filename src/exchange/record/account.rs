use std::fmt;
use std::hash::Hasher;

use jiff::civil::Date;

use super::value::Phone;
use super::{Column, Record, Row, hash_text, value};
use crate::domain::account::AccountNumber;
use crate::domain::decimal::Area;
use crate::domain::login::Login;
use crate::domain::pin::Pin;
use crate::exchange::Kind;
use crate::exchange::writer::CellWriter;

/// A billed account. It contains personal data and a secret, so `Debug` shows no fields.
#[derive(Clone, Eq, PartialEq)]
pub struct AccountRecord {
    /// The number printed on the receipt.
    pub number: AccountNumber,
    /// The address of the flat or house.
    pub address: String,
    /// The person billed.
    pub subscriber: Option<String>,
    /// Unified account of the state system.
    pub els: Option<String>,
    /// Total area.
    pub area: Option<Area>,
    /// Heated area.
    pub heated_area: Option<Area>,
    /// Residents counted by the norm.
    pub residents: Option<u16>,
    /// A mobile phone, to which the PIN may be sent.
    pub phone: Option<Login>,
    /// An e-mail address, to which the PIN may be sent.
    pub email: Option<Login>,
    /// The PIN, if billing provides it.
    pub pin: Option<Pin>,
    /// Opening date.
    pub opened_on: Option<Date>,
    /// Closing date.
    pub closed_on: Option<Date>,
}

impl fmt::Debug for AccountRecord {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("AccountRecord(…)")
    }
}

/// Index of the column `phone`.
const PHONE: usize = 7;

impl Record for AccountRecord {
    const KIND: Kind = Kind::Accounts;
    const COLUMNS: &'static [Column] = &[
        Column::required("account"),
        Column::required("address").private(),
        Column::optional("subscriber").private(),
        Column::optional("els"),
        Column::optional("area_m2"),
        Column::optional("heated_area_m2"),
        Column::optional("residents"),
        Column::optional("phone").private(),
        Column::optional("email").private(),
        Column::optional("pin").private(),
        Column::optional("opened_on"),
        Column::optional("closed_on"),
    ];

    fn read(row: &mut Row<'_>) -> Option<Self> {
        let number = row.required(0, value::account(row.rules()));
        let address = row.required(1, value::text);
        let subscriber = row.optional(2, value::text);
        let els = row.optional(3, value::identifier);
        let area = row.optional(4, value::area);
        let heated_area = row.optional(5, value::area);
        let residents = row.optional(6, value::number::<u16>);
        let phone = read_phone(row);
        let email = row.optional(8, value::email);
        let pin = row.optional(9, value::pin);
        let opened_on = row.optional(10, value::date);
        let closed_on = row.optional(11, value::date);
        Some(Self {
            number: number?,
            address: address?,
            subscriber: subscriber?,
            els: els?,
            area: area?,
            heated_area: heated_area?,
            residents: residents?,
            phone: phone?,
            email: email?,
            pin: pin?,
            opened_on: opened_on?,
            closed_on: closed_on?,
        })
    }

    fn write(&self, cells: &mut CellWriter) {
        cells.text(self.number.as_str());
        cells.text(&self.address);
        cells.optional(self.subscriber.as_deref());
        cells.optional(self.els.as_deref());
        cells.thousandths(self.area.map(Area::raw));
        cells.thousandths(self.heated_area.map(Area::raw));
        cells.shown(self.residents);
        cells.optional(self.phone.as_ref().map(Login::as_str));
        cells.optional(self.email.as_ref().map(Login::as_str));
        cells.optional(self.pin.as_ref().map(Pin::reveal));
        cells.shown(self.opened_on);
        cells.shown(self.closed_on);
    }

    fn hash_key(&self, hasher: &mut dyn Hasher) {
        hash_text(self.number.as_str(), hasher);
    }

    fn account(&self) -> Option<&AccountNumber> {
        Some(&self.number)
    }
}

/// A city phone is not stored, because it receives no SMS; it is a warning only, so that old phones do not block the
/// whole file.
#[expect(
    clippy::option_option,
    reason = "as `Row::optional`: nothing after a fault, otherwise the value of the cell, if any"
)]
fn read_phone(row: &mut Row<'_>) -> Option<Option<Login>> {
    match row.optional(PHONE, value::phone)? {
        Some(Phone::Mobile(login)) => Some(Some(login)),
        Some(Phone::City) => {
            row.warn_city_phone();
            Some(None)
        }
        None => Some(None),
    }
}
