//! Walks of a person through the whole site, over HTTP requests and on both engines: the portal with its middleware, a
//! scripted bank, recording mail and SMS, and a clock that the test moves.

mod administration;
mod agreeing;
mod announcing;
mod capacity;
mod contacts;
mod display;
pub(crate) mod door;
mod doors_accounts;
mod doors_console;
mod doors_entering;
mod doors_settings;
mod explaining;
mod finishing;
mod helping;
mod home;
mod input;
mod linking;
mod listing_payments;
mod lockouts;
mod logging;
mod metering;
mod operators;
mod paying;
mod photographing;
pub(crate) mod portal;
mod props;
mod proving;
mod refusing;
mod registering;
mod requirements;
mod second_factor;
mod sending;
mod signing_in;
mod staff;
mod stating;
mod weaknesses;
