//! The announcements that a user sees. A page reads the few current ones of a provider and compares each with the
//! account that it has loaded already.

use std::cmp::Reverse;

use crate::domain::account::{AccountNumber, LinkedAccount};
use crate::domain::address::Address;
use crate::domain::announcement::{Announcement, Audience, Recipient};
use crate::domain::calendar::{Moment, Span};
use crate::domain::id::UserId;
use crate::domain::money::Money;
use crate::domain::paging::{AskedPage, PagePlace};
use crate::service::access::OwnAccess;
use crate::service::accounts::balance_on;
use crate::service::home::{Glance, OpenGlance};
use crate::service::{Fault, Services};
use crate::storage::announcements::{self, Listed};
use crate::storage::{Connection, StorageError};

/// Announcements on the home screen: more would push the sum due off it.
const MOST_ON_HOME: usize = 3;
/// Announcements of one page of the archive.
const PAGE: u32 = 10;
/// How long a past announcement stays in the archive; then it is deleted.
pub const ARCHIVED_FOR: Span = Span::days(366);

/// An announcement as a user sees it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Shown {
    /// The announcement.
    pub announcement: Announcement,
    /// The provider's name.
    pub provider: String,
    /// The user's accounts that it is for.
    pub accounts: Vec<AccountNumber>,
}

/// A user's account as announcements are compared with it.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    /// The account's number and provider.
    pub linked: &'a LinkedAccount,
    /// The address and the sum due; `None` in lite access.
    pub full: Option<(&'a str, Money)>,
}

impl<'a> From<&'a OpenGlance> for Reader<'a> {
    fn from(glance: &'a OpenGlance) -> Self {
        let full = Some((glance.access.account().address.as_str(), glance.balance.balance.due()));
        Self { linked: glance.access.linked(), full }
    }
}

impl<'a> From<&'a Glance> for Reader<'a> {
    fn from(glance: &'a Glance) -> Self {
        glance.open.as_ref().map_or(Self { linked: &glance.linked, full: None }, Self::from)
    }
}

/// The current announcements of a page.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Current {
    /// The newest ones.
    pub shown: Vec<Shown>,
    /// Whether there are more.
    pub more: bool,
}

/// The current announcements for these accounts of a user, at most [`MOST_ON_HOME`].
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn current(services: &Services, readers: &[Reader<'_>]) -> Result<Current, Fault> {
    let mut connection = services.db().read().await?;
    let now = services.now();
    let mut found = Found::default();
    for reader in readers {
        let address = reader.full.and_then(|(address, _)| Address::parse(address));
        for (listed, is_listed) in of_linked(&mut connection, reader.linked, now, now).await? {
            let due = reader.full.map(|(_, due)| due);
            found.add(reader.linked, address.as_ref(), due, listed, is_listed);
        }
    }
    let mut shown = found.newest_first();
    let more = shown.len() > MOST_ON_HOME;
    shown.truncate(MOST_ON_HOME);
    Ok(Current { shown, more })
}

/// A page of the announcements of the past year, the current ones included.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Archive {
    /// The announcements of this page, the newest first.
    pub shown: Vec<Shown>,
    /// The position of this page.
    pub place: PagePlace,
    /// The moment that tells current ones from past ones.
    pub now: Moment,
}

/// A page of a user's announcements of the past year. Whom they are for is decided by today's address and balance.
///
/// # Errors
/// [`Fault`] when the storage fails or the sum of payments overflows.
pub async fn archive(services: &Services, user_id: &UserId, asked: AskedPage) -> Result<Archive, Fault> {
    let own_accounts = OwnAccess::all(services, user_id).await?;
    let mut connection = services.db().read().await?;
    let now = services.now();
    let mut found = Found::default();
    for own in own_accounts {
        let address = own.address().and_then(Address::parse);
        let of_year = of_linked(&mut connection, own.linked(), now, now.minus(ARCHIVED_FOR)).await?;
        let due = due(services, &mut connection, &own, &of_year).await?;
        for (listed, is_listed) in of_year {
            found.add(own.linked(), address.as_ref(), due, listed, is_listed);
        }
    }
    let all = found.newest_first();
    let place = PagePlace::within(asked, all.len() as u64, PAGE);
    let (offset, size) = (place.offset().unsigned_abs(), place.size().unsigned_abs());
    let skipped = usize::try_from(offset).unwrap_or(usize::MAX);
    let shown = all.into_iter().skip(skipped).take(usize::try_from(size).unwrap_or(usize::MAX)).collect();
    Ok(Archive { shown, place, now })
}

/// What an account in full access owes; read only where an announcement is for debtors. `None` in lite access.
async fn due(
    services: &Services,
    connection: &mut Connection,
    own: &OwnAccess,
    listed: &[(Listed, bool)],
) -> Result<Option<Money>, StorageError> {
    if own.address().is_none() {
        return Ok(None);
    }
    let is_for_debtors = |(listed, _): &(Listed, bool)| matches!(listed.announcement.audience, Audience::Debtors(_));
    if !listed.iter().any(is_for_debtors) {
        return Ok(Some(Money::ZERO));
    }
    Ok(Some(balance_on(services, connection, own.id()).await?.balance.due()))
}

async fn of_linked(
    connection: &mut Connection,
    linked: &LinkedAccount,
    now: Moment,
    ended_after: Moment,
) -> Result<Vec<(Listed, bool)>, StorageError> {
    announcements::of_account(connection, &linked.provider.id, &linked.number, now, ended_after).await
}

/// The announcements for a user, each once with all their accounts.
#[derive(Default)]
struct Found(Vec<Shown>);

impl Found {
    /// Adds an announcement if it is for the account. `due` is `None` in lite access, where only an announcement for
    /// everybody is shown: any other would reveal the address or the debt.
    fn add(
        &mut self,
        linked: &LinkedAccount,
        address: Option<&Address>,
        due: Option<Money>,
        Listed { announcement, provider }: Listed,
        is_listed: bool,
    ) {
        let is_for_it = match due {
            None => announcement.audience.reaches_lite(),
            Some(due) => announcement.audience.reaches(Recipient { address, is_listed, due }),
        };
        if !is_for_it {
            return;
        }
        match self.0.iter_mut().find(|shown| shown.announcement.id == announcement.id) {
            Some(shown) => shown.accounts.push(linked.number.clone()),
            None => self.0.push(Shown { announcement, provider, accounts: vec![linked.number.clone()] }),
        }
    }

    fn newest_first(mut self) -> Vec<Shown> {
        self.0.sort_by_key(|shown| Reverse(shown.announcement.starts_at));
        self.0
    }
}
