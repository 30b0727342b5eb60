//! The operator of the demo: the factor is on, and a one-time code comes by letter, so that a visitor needs no phone.

use super::backup::NewCodes;
use super::{BackupCodes, generate};
use crate::domain::id::Owner;
use crate::domain::login::Login;
use crate::service::messages::Text;
use crate::service::{Fault, Services, demo};
use crate::storage::second_factors::{self, SecondFactor};
use crate::storage::{Connection, Database, operators};

/// Maximum unused codes of the demo. Visitors sign in concurrently, each with their own code; codes of unread letters
/// must not accumulate.
const MAX_CODES: usize = 50;

/// Gives the operator of the demo a confirmed factor: its codes come by letter.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn enrol_for_demo(services: &Services, owner: &Owner) -> Result<(), Fault> {
    let mut tx = services.db().begin().await?;
    if second_factors::find(&mut tx, owner).await?.is_none() {
        let factor = generate(services, None);
        second_factors::insert(&mut tx, &factor, owner, services.now()).await?;
        second_factors::confirm(&mut tx, &factor.id, 0, services.now()).await?;
    }
    Ok(Database::commit(tx).await?)
}

/// Sends a code to the demo's operator, and to no other operator; in the demo only.
///
/// # Errors
/// [`Fault`] when the storage or the hashing of the code fails.
pub(in crate::service) async fn send_demo_code(
    services: &Services,
    connection: &mut Connection,
    owner: &Owner,
) -> Result<(), Fault> {
    let Owner::Operator(id) = owner else { return Ok(()) };
    let operator = operators::by_id(connection, id).await?;
    let is_demos = operator.is_some_and(|operator| operator.login == demo::OPERATOR);
    if !(services.settings().demo && is_demos) {
        return Ok(());
    }
    let Some(factor) = second_factors::find(connection, owner).await?.filter(|factor| factor.confirmed) else {
        return Ok(());
    };
    let code = next_code(services, connection, &factor).await?;
    let to = Login::parse(demo::OPERATOR_MAIL).map_err(|_| Fault::Broken("the demo operator's address"))?;
    let letter = services.letter(&format!(
        "Одноразовый код для входа сотрудника: {code}\n\nВ настоящем портале код показывает приложение на телефоне."
    ));
    let text = Text { subject: "Код для входа сотрудника", letter, sms: String::new() };
    services.send(connection, &to, text).await
}

async fn next_code(services: &Services, connection: &mut Connection, factor: &SecondFactor) -> Result<String, Fault> {
    if second_factors::unused_codes(connection, &factor.id).await?.len() >= MAX_CODES {
        second_factors::remove_codes(connection, &factor.id).await?;
    }
    let BackupCodes(codes) = NewCodes::make_one(services, &factor.id).await?.add(services, connection).await?;
    codes.into_iter().next().ok_or(Fault::Broken("a code for the demo's operator"))
}
