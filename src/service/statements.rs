//! The statement of an account for some months: every charge and payment, as a document and as a table.

use super::accounts::balance;
use super::links::LinkedAccount;
use super::printing::{self, PrintError};
use super::{Fault, Services};
use crate::document::statement::{StatementData, table};
use crate::domain::calendar::Period;
use crate::domain::id::UserId;
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
    /// Printing failed.
    Print(PrintError),
}

impl<E: Into<PrintError>> From<E> for StatementError {
    fn from(error: E) -> Self {
        Self::Print(error.into())
    }
}

/// The output format of a statement.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Format {
    /// A document, as PDF.
    Pdf,
    /// A table for spreadsheets.
    Csv,
}

/// Makes the statement of the user's account from one month to another, both included. The caller has checked that
/// access is full.
///
/// # Errors
/// [`StatementError`] when no month has charges, the statement is too long, or printing fails.
pub async fn make(
    services: &Services,
    user_id: &UserId,
    own: &LinkedAccount,
    from: Period,
    to: Period,
    format: Format,
) -> Result<Vec<u8>, StatementError> {
    let data = statement_of(services, own, from, to).await?;
    let made = printing::print(services, user_id, move |press| match format {
        Format::Pdf => press.statement(&data),
        Format::Csv => table(&data),
    });
    Ok(made.await?)
}

/// The data of an account's statement. Access is not checked here.
///
/// # Errors
/// [`StatementError`] when no month has charges, the statement is too long, or on an internal error.
pub async fn statement_of(
    services: &Services,
    own: &LinkedAccount,
    from: Period,
    to: Period,
) -> Result<StatementData, StatementError> {
    let account = &own.account;
    let mut connection = services.db().read().await?;
    let charges = charges::to_state(&mut connection, &account.id, from, to).await?;
    let (Some(first), Some(last)) = (charges.first(), charges.last()) else { return Err(StatementError::NoCharges) };
    let days = (first.period.first_day(), last.period.last_day());
    let payments = billing_payments::to_state(&mut connection, &account.id, days.0, days.1).await?;
    drop(connection);
    let statement = Statement::new(&charges, &payments).map_err(refusal)?;
    let now = balance(services, &account.id).await?;
    let newest = now.period == Some(statement.to());
    Ok(StatementData {
        provider: own.provider.clone(),
        account: account.clone(),
        issued_on: services.today(),
        statement,
        paid_since: if newest { now.paid_since } else { Money::ZERO },
    })
}

fn refusal(error: NoStatement) -> StatementError {
    match error {
        NoStatement::NoCharges => StatementError::NoCharges,
        NoStatement::TooLong => StatementError::TooLong,
        NoStatement::Sum(_) => Fault::Broken("the sums of a statement overflow").into(),
    }
}
