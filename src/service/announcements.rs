//! Announcements of providers: drafting, publishing and withdrawing by operators and the administrator. `shown` has what
//! subscribers see, `reach` counts them.

mod draft;
mod reach;
mod shown;

pub use draft::{DraftFault, Typed};
pub use reach::count_reached;
pub use shown::{ARCHIVED_FOR, Archive, Current, Reader, Shown, archive, current};

use draft::Draft;

use super::audit::Action;
use super::refused::{Correctable, Declined};
use super::{Fault, Services, Visitor, notices};
use crate::domain::account::AccountNumber;
use crate::domain::announcement::{Announcement, AnnouncementState, InvalidTransition};
use crate::domain::id::AnnouncementId;
use crate::domain::notice_occasion::Occasion;
use crate::domain::operator::Scope;
use crate::domain::paging::{AskedPage, PagePlace};
use crate::domain::provider::Provider;
pub use crate::storage::announcements::Listed;
use crate::storage::announcements::{self, STAFF_PAGE};
use crate::storage::{Connection, Database, StorageError, Tx, providers};
use crate::telemetry::{self, SecurityEvent};

/// The person who writes.
#[derive(Clone, Copy)]
pub enum Author<'a> {
    /// An operator, for the providers of their scope.
    Operator {
        /// Their scope.
        scope: &'a Scope,
        /// The client of the HTTP request.
        visitor: &'a Visitor,
    },
    /// The administrator at the command line, for every provider.
    Administrator,
}

/// Why an announcement was not stored, published or withdrawn.
#[derive(Debug)]
pub enum AnnouncementError {
    /// These fields are wrong.
    Draft(Vec<DraftFault>),
    /// It does not exist, or belongs to a provider outside the operator's scope: the answer is the same.
    NotFound,
    /// Its state does not allow it: another person was faster.
    State(InvalidTransition),
    /// Its time is over, so no subscriber would see it.
    Over,
}

impl Correctable for AnnouncementError {}

/// Stores a draft.
///
/// # Errors
/// [`Declined`] when a field is wrong, or on an internal error.
pub async fn draft(
    services: &Services,
    author: Author<'_>,
    typed: Typed<'_>,
) -> Result<AnnouncementId, Declined<AnnouncementError>> {
    let id = AnnouncementId::trusted(services.nature().id());
    let mut tx = services.db().begin().await?;
    let (announcement, accounts) = parse(services, &mut tx, author, typed, id.clone()).await?;
    let operator_id = match author {
        Author::Operator { scope, .. } => Some(&scope.operator_id),
        Author::Administrator => None,
    };
    announcements::insert(&mut tx, &announcement, &accounts, operator_id, services.now()).await?;
    record(services, &mut tx, author, Action::AnnouncementDrafted, &id).await?;
    Database::commit(tx).await?;
    Ok(id)
}

/// Replaces a draft.
///
/// # Errors
/// [`Declined`] when a field is wrong, the announcement is not the author's to change or no draft any more, or on an
/// internal error.
pub async fn change(
    services: &Services,
    author: Author<'_>,
    id: &AnnouncementId,
    typed: Typed<'_>,
) -> Result<(), Declined<AnnouncementError>> {
    let mut tx = services.db().begin().await?;
    let stored = find(&mut tx, author, id).await?;
    let state = stored.announcement.state_at(services.now());
    let to = state.change().map_err(AnnouncementError::State)?;
    let (changed, accounts) = parse(services, &mut tx, author, typed, id.clone()).await?;
    if !announcements::change(&mut tx, &changed, &accounts).await? {
        return Err(overtaken(state, to).into());
    }
    record(services, &mut tx, author, Action::AnnouncementChanged, id).await?;
    Ok(Database::commit(tx).await?)
}

/// Publishes a draft: at once when its time has come, else at that time. Returns the state that it has now.
///
/// # Errors
/// [`Declined`] when the announcement is not the author's, no draft, its time is over, or on an internal error.
pub async fn publish(
    services: &Services,
    author: Author<'_>,
    id: &AnnouncementId,
) -> Result<AnnouncementState, Declined<AnnouncementError>> {
    let mut tx = services.db().begin().await?;
    let found = find(&mut tx, author, id).await?.announcement;
    let to = found.stored.release().map_err(AnnouncementError::State)?;
    if found.is_over(services.now()) {
        return Err(AnnouncementError::Over.into());
    }
    let occasion = Occasion::Announcement(found.id.clone());
    notices::add_plan(&mut tx, services.nature(), &found.provider_id, &occasion).await?;
    move_to(services, tx, author, &found, to, Action::AnnouncementPublished).await?;
    Ok(Announcement { stored: to, ..found }.state_at(services.now()))
}

/// Withdraws an announcement: from now on only the staff sees it.
///
/// # Errors
/// [`Declined`] when the announcement is not the author's, was withdrawn before, or on an internal error.
pub async fn withdraw(
    services: &Services,
    author: Author<'_>,
    id: &AnnouncementId,
) -> Result<(), Declined<AnnouncementError>> {
    let mut tx = services.db().begin().await?;
    let found = find(&mut tx, author, id).await?.announcement;
    let to = found.stored.withdraw().map_err(AnnouncementError::State)?;
    move_to(services, tx, author, &found, to, Action::AnnouncementWithdrawn).await
}

/// Stores a transition with its event and commits.
async fn move_to(
    services: &Services,
    mut tx: Tx,
    author: Author<'_>,
    found: &Announcement,
    to: AnnouncementState,
    action: Action,
) -> Result<(), Declined<AnnouncementError>> {
    if !announcements::set_state(&mut tx, &found.id, found.stored, to).await? {
        return Err(overtaken(found.stored, to).into());
    }
    record(services, &mut tx, author, action, &found.id).await?;
    Ok(Database::commit(tx).await?)
}

/// Another person changed the state between the read and the write.
const fn overtaken(from: AnnouncementState, to: AnnouncementState) -> AnnouncementError {
    AnnouncementError::State(InvalidTransition { from, to })
}

async fn record(
    services: &Services,
    connection: &mut Connection,
    author: Author<'_>,
    action: Action,
    id: &AnnouncementId,
) -> Result<(), StorageError> {
    match author {
        Author::Operator { scope, visitor } => {
            let operator_id = &scope.operator_id;
            services.record_operator(connection, operator_id, None, action, Some(id.as_str()), visitor).await
        }
        Author::Administrator => services.record_administrator(connection, action, id.as_str()).await,
    }
}

/// The announcement, if it is the author's to decide on.
async fn find(
    connection: &mut Connection,
    author: Author<'_>,
    id: &AnnouncementId,
) -> Result<Listed, Declined<AnnouncementError>> {
    let found = match author {
        Author::Administrator => announcements::by_id(connection, id).await?,
        Author::Operator { scope, .. } => {
            let found = announcements::in_scope(connection, scope, id).await?;
            if found.is_none() {
                telemetry::security(SecurityEvent::OperatorRefused);
            }
            found
        }
    };
    found.ok_or_else(|| AnnouncementError::NotFound.into())
}

/// Checks the typed form.
async fn parse(
    services: &Services,
    connection: &mut Connection,
    author: Author<'_>,
    typed: Typed<'_>,
    id: AnnouncementId,
) -> Result<(Announcement, Vec<AccountNumber>), Declined<AnnouncementError>> {
    let provider = provider_of(connection, author, typed.provider).await?;
    let offset = services.settings().utc_offset_hours;
    let draft = Draft::parse(typed, provider, offset, services.now()).map_err(AnnouncementError::Draft)?;
    let announcement = Announcement {
        id,
        provider_id: draft.provider.id,
        kind: draft.kind,
        title: draft.title,
        text: draft.text,
        starts_at: draft.starts_at,
        ends_at: draft.ends_at,
        audience: draft.audience,
        stored: AnnouncementState::Draft,
    };
    Ok((announcement, draft.accounts))
}

/// The provider with a code, if the author may write for it.
async fn provider_of(
    connection: &mut Connection,
    author: Author<'_>,
    code: &str,
) -> Result<Option<Provider>, StorageError> {
    if let Author::Operator { scope, .. } = author
        && !providers::in_scope(connection, scope).await?.iter().any(|(own, _)| own == code)
    {
        return Ok(None);
    }
    providers::by_code(connection, code).await
}

/// The codes and names of the providers that an operator may write for.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn own_providers(services: &Services, scope: &Scope) -> Result<Vec<(String, String)>, Fault> {
    Ok(providers::in_scope(&mut *services.db().read().await?, scope).await?)
}

/// A page of the staff's list.
pub struct StaffPage {
    /// The announcements of this page, the newest first.
    pub listed: Vec<Listed>,
    /// The position of this page.
    pub place: PagePlace,
}

/// A page of the announcements in the operator's scope.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn staff_page(services: &Services, scope: &Scope, asked: AskedPage) -> Result<StaffPage, Fault> {
    let mut connection = services.db().read().await?;
    let count = announcements::count(&mut connection, scope).await?;
    let place = PagePlace::within(asked, count.unsigned_abs(), STAFF_PAGE);
    let listed = announcements::page(&mut connection, scope, place).await?;
    Ok(StaffPage { listed, place })
}

/// An announcement as the staff sees it.
pub struct Prepared {
    /// The announcement with its provider's name.
    pub listed: Listed,
    /// Billing's code of the provider.
    pub provider_code: String,
    /// The account numbers of its audience.
    pub accounts: Vec<AccountNumber>,
}

/// The announcement with an identifier; `None` outside the operator's scope.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn prepared(services: &Services, scope: &Scope, id: &AnnouncementId) -> Result<Option<Prepared>, Fault> {
    let mut connection = services.db().read().await?;
    let Some(listed) = announcements::in_scope(&mut connection, scope, id).await? else {
        telemetry::security(SecurityEvent::OperatorRefused);
        return Ok(None);
    };
    let provider = providers::by_id(&mut connection, &listed.announcement.provider_id).await?;
    let provider_code = provider.ok_or(Fault::Broken("an announcement of no provider"))?.code;
    let accounts = announcements::accounts(&mut connection, id).await?;
    Ok(Some(Prepared { listed, provider_code, accounts }))
}

/// The number of accounts that an announcement is for; `None` when it does not exist.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn reached(services: &Services, id: &AnnouncementId) -> Result<Option<u64>, Fault> {
    let (found, accounts) = {
        let mut connection = services.db().read().await?;
        let Some(found) = announcements::by_id(&mut connection, id).await? else { return Ok(None) };
        (found, announcements::accounts(&mut connection, id).await?)
    };
    Ok(Some(count_reached(services, &found.announcement, &accounts).await?))
}

/// The newest announcements of all providers, for the administrator.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn newest(services: &Services) -> Result<Vec<Listed>, Fault> {
    Ok(announcements::newest(&mut *services.db().read().await?).await?)
}
