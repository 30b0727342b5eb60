//! The subscribers' screens, one file each, named after its address. A file has the handlers of the address (check
//! access, call one use case, turn its errors into words) and the view.
//!
//! May import `domain`, `components`, `islands`, `api`, `service`, `http`.

pub mod account;
pub mod accounts;
pub mod announcements;
pub mod calendar;
pub mod confirm;
pub mod debt;
pub mod display;
pub mod feedback;
pub mod glance;
pub mod help;
pub mod home;
pub mod link;
pub mod marked;
pub mod more;
pub mod notices;
pub mod paperless;
pub mod pay;
pub mod pay_all;
pub mod payment;
pub mod payments;
pub mod pin;
pub mod pin_request;
pub mod readings;
pub mod receipt;
pub mod recover;
pub mod register;
pub mod second_factor;
pub mod sections;
pub mod settings;
pub mod settlements;
pub mod showcase;
pub mod sign_in;
pub mod statement;
pub mod unsubscribe;

use axum::Router;

use crate::http::Web;

/// The screens with a form that sends a file: `app` admits a larger body there.
pub fn uploads() -> Router<Web> {
    readings::photo::uploads()
}

/// Every other screen of subscribers.
pub fn router() -> Router<Web> {
    Router::new()
        .merge(home::router())
        .merge(register::router())
        .merge(confirm::router())
        .merge(second_factor::router())
        .merge(sign_in::router())
        .merge(recover::router())
        .merge(accounts::router())
        .merge(announcements::router())
        .merge(link::router())
        .merge(account::router())
        .merge(sections::router())
        .merge(more::router())
        .merge(notices::router())
        .merge(unsubscribe::router())
        .merge(pin::router())
        .merge(pin_request::router())
        .merge(settlements::router())
        .merge(debt::router())
        .merge(statement::router())
        .merge(payments::router())
        .merge(readings::router())
        .merge(pay::router())
        .merge(pay_all::router())
        .merge(payment::router())
        .merge(receipt::router())
        .merge(paperless::router())
        .merge(calendar::router())
        .merge(help::router())
        .merge(display::router())
        .merge(feedback::router())
        .merge(settings::router())
}
