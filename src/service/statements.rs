//! The statement of an account for some months: every charge and payment, as a document and as a table.

use super::access::FullAccess;
use super::accounts::balance;
use super::printing;
use super::refused::{Correctable, Declined, Refused};
use super::{Fault, Services};
use crate::document::statement::{StatementData, table};
use crate::domain::calendar::Period;
use crate::domain::money::Money;
use crate::domain::statement::{Statement, StatementError as NoStatement};
use crate::storage::{billing_payments, charges};

/// Why there is no statement.
#[derive(Debug)]
pub enum StatementError {
    /// None of the months has charges.
    NoCharges,
    /// Too many months or entries for one document.
    TooLong,
}

impl Correctable for StatementError {}

/// The output format of a statement.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Format {
    /// A document, as PDF.
    Pdf,
    /// A table for spreadsheets.
    Csv,
}

/// Makes the statement of the user's account from one month to another, both included.
///
/// # Errors
/// [`Refused`] when no month has charges, the statement is too long, or printing fails.
pub async fn make(
    services: &Services,
    access: &FullAccess,
    from: Period,
    to: Period,
    format: Format,
) -> Result<Vec<u8>, Refused<StatementError>> {
    let data = statement_of(services, access, from, to).await?;
    let made = printing::print(services, access.user_id(), move |press| match format {
        Format::Pdf => press.statement(&data),
        Format::Csv => table(&data),
    });
    made.await
}

/// The data of an account's statement.
///
/// # Errors
/// [`Declined`] when no month has charges, the statement is too long, or on an internal error.
pub(crate) async fn statement_of(
    services: &Services,
    access: &FullAccess,
    from: Period,
    to: Period,
) -> Result<StatementData, Declined<StatementError>> {
    let mut connection = services.db().read().await?;
    let charges = charges::to_state(&mut connection, access.id(), from, to).await?;
    let (Some(first), Some(last)) = (charges.first(), charges.last()) else {
        return Err(StatementError::NoCharges.into());
    };
    let days = (first.period.first_day(), last.period.last_day());
    let payments = billing_payments::to_state(&mut connection, access.id(), days.0, days.1).await?;
    drop(connection);
    let statement = Statement::new(&charges, &payments).map_err(refusal)?;
    let now = balance(services, access).await?;
    let newest = now.period == Some(statement.to());
    Ok(StatementData {
        provider: access.provider().clone(),
        account: access.account().clone(),
        issued_on: services.today(),
        statement,
        paid_since: if newest { now.paid_since } else { Money::ZERO },
    })
}

fn refusal(error: NoStatement) -> Declined<StatementError> {
    match error {
        NoStatement::NoCharges => StatementError::NoCharges.into(),
        NoStatement::TooLong => StatementError::TooLong.into(),
        NoStatement::Sum(_) => Fault::Broken("the sums of a statement overflow").into(),
    }
}
