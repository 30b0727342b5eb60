//! The subscribers' screens, a file each, named as their address. A file holds the handlers of the address (check who
//! asks, call one use case, turn its errors into words) and the view.
//!
//! May import `domain`, `components`, `islands`, `api`, `service`, `http`.

pub mod app;
pub mod hints;
pub mod showcase;
pub mod words;
