use super::Column;
use crate::domain::account::AccountNumber;
use crate::domain::calendar::Moment;
use crate::domain::login::Login;
use crate::domain::paperless::PaperlessState;
use crate::exchange::writer::{CellWriter, Line};

/// A consent to receipts by e-mail, or its withdrawal, for billing. The portal writes such files and reads none.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ConsentLine {
    /// The account.
    pub account: AccountNumber,
    /// Given or withdrawn.
    pub state: PaperlessState,
    /// When.
    pub at: Moment,
    /// The version of the text that the subscriber agreed to.
    pub text_version: String,
    /// Where the receipts go, or went.
    pub email: Option<Login>,
    /// Whether the account needs paper receipts now: none of its users has a consent. After a withdrawal another user's
    /// may still count.
    pub needs_paper: bool,
}

impl Line for ConsentLine {
    const HEADER: &'static [Column] = &[
        Column::required("account"),
        Column::required("consent"),
        Column::required("at"),
        Column::required("text_version"),
        Column::optional("email").private(),
        Column::required("paper"),
    ];

    fn cells(&self, cells: &mut CellWriter) {
        cells.text(self.account.as_str());
        cells.text(self.state.as_str());
        cells.text(&self.at.machine());
        cells.text(&self.text_version);
        cells.optional(self.email.as_ref().map(Login::as_str));
        cells.text(if self.needs_paper { "yes" } else { "no" });
    }
}
