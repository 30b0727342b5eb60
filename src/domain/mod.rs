//! Business types and rules: types that reject invalid values, and state machines that reject invalid transitions.
//!
//! No input or output, no clock, no randomness, no view. May import `std`, `serde`, `thiserror` and the
//! civil calendar of `jiff`. Compiled for the server and for the browser.

pub mod account;
pub mod account_calendar;
pub mod address;
pub mod announcement;
pub mod balance;
pub mod calendar;
pub mod card;
pub mod consumption;
pub mod debt;
pub mod decimal;
pub mod explanation;
pub mod feedback;
pub mod form;
pub mod hint;
pub mod icalendar;
pub mod id;
pub mod in_words;
pub mod instalment;
pub mod login;
pub mod markdown;
pub mod meter;
pub mod money;
pub mod notice;
pub mod notice_occasion;
pub mod notice_preview;
pub mod notice_text;
pub mod one_time;
pub mod opaque;
pub mod operator;
pub mod paging;
pub mod paperless;
pub mod password;
pub mod payment;
pub mod pin;
pub mod provider;
pub mod push;
pub mod reading_rules;
pub mod receipt;
pub mod requisites;
pub mod search;
pub mod sent_reading;
pub mod session;
pub mod settlement;
pub mod statement;
pub mod text;
pub mod typed;
pub mod user;
pub mod utility;
