//! Which channels bring a notice to a user: what they have chosen, the addresses that they have, and the addresses that
//! refuse messages.

use std::collections::BTreeMap;

use crate::domain::calendar::Moment;
use crate::domain::id::UserId;
use crate::domain::login::Login;
use crate::domain::notice::{Channels, NoticeChannel, NoticeKind, Reach};
use crate::domain::user::User;
use crate::service::{Fault, Services};
use crate::storage::{Connection, Database, StorageError, contacts, notice_preferences, refused_addresses};

/// The channels that a user wants for each kind; a kind that is absent: none.
pub type Wanted = BTreeMap<NoticeKind, Channels>;

/// An address that notices go to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Destination {
    /// The address.
    pub address: Login,
    /// Since when it refuses messages; `None`: they arrive.
    pub refused_since: Option<Moment>,
}

/// A user's choice of channels, for the settings page.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Choices {
    /// Where letters go; `None`: the user has no e-mail address.
    pub mail: Option<Destination>,
    /// Where SMS go; `None`: the user has no phone.
    pub sms: Option<Destination>,
    /// The channels of each kind, in the order of the page.
    pub kinds: Vec<(NoticeKind, Channels)>,
}

impl Choices {
    /// The kinds of address that the user has.
    pub const fn reach(&self) -> Reach {
        Reach { mail: self.mail.is_some(), sms: self.sms.is_some() }
    }
}

/// Whether the user may choose a channel for a kind: its address exists, and the kind can be switched off there.
pub const fn is_offered(kind: NoticeKind, channel: NoticeChannel, reach: Reach) -> bool {
    match channel {
        NoticeChannel::Push => true,
        NoticeChannel::Mail => reach.mail && kind.why_always().is_none(),
        NoticeChannel::Sms => reach.sms && kind.why_always().is_none(),
    }
}

/// The user's choices and addresses.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn choices(services: &Services, user: &User) -> Result<Choices, Fault> {
    let mut connection = services.db().read().await?;
    let contact = contacts::of_user(&mut connection, &user.id).await?;
    let refused = refused_addresses::of_user(&mut connection, &user.id).await?;
    let stored = stored(&mut connection, &user.id).await?;
    let destination = |channel| {
        let address = address(user, contact.as_ref(), channel)?.clone();
        let refused_since = refused.iter().find(|(refused, _)| *refused == address).map(|(_, since)| *since);
        Some(Destination { address, refused_since })
    };
    let reach = reach(user, contact.as_ref());
    let kinds = NoticeKind::ALL.map(|kind| (kind, chosen(kind, stored.get(&kind).copied(), reach)));
    let (mail, sms) = (destination(NoticeChannel::Mail), destination(NoticeChannel::Sms));
    Ok(Choices { mail, sms, kinds: kinds.to_vec() })
}

/// Stores what the user wants. What is not offered to them stays as it was, whatever the form says. A kind that was not
/// changed keeps following the defaults.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn choose(services: &Services, user: &User, wanted: &Wanted) -> Result<(), Fault> {
    let mut tx = services.db().begin().await?;
    let contact = contacts::of_user(&mut tx, &user.id).await?;
    let (reach, stored) = (reach(user, contact.as_ref()), stored(&mut tx, &user.id).await?);
    for kind in NoticeKind::ALL {
        let before = chosen(kind, stored.get(&kind).copied(), reach);
        let after = changed(kind, before, wanted.get(&kind).copied().unwrap_or_default(), reach);
        if after != before {
            notice_preferences::set(&mut tx, &user.id, kind, after).await?;
        }
    }
    Ok(Database::commit(tx).await?)
}

/// Switches the letters of a kind off.
///
/// # Errors
/// [`StorageError`] when the storage fails.
pub(super) async fn switch_letters_off(
    connection: &mut Connection,
    user: &User,
    kind: NoticeKind,
) -> Result<(), StorageError> {
    let contact = contacts::of_user(connection, &user.id).await?;
    let stored = notice_preferences::of_kind(connection, &user.id, kind).await?;
    let before = chosen(kind, stored, reach(user, contact.as_ref()));
    notice_preferences::set(connection, &user.id, kind, before.without(NoticeChannel::Mail)).await
}

/// The channels that bring a notice of a kind to a user now: the chosen ones, or the defaults, less those without an
/// address and those whose address refuses messages.
///
/// # Errors
/// [`StorageError`] when the storage fails.
pub(super) async fn channels(
    connection: &mut Connection,
    user: &User,
    contact: Option<&Login>,
    kind: NoticeKind,
) -> Result<Channels, StorageError> {
    let stored = notice_preferences::of_kind(connection, &user.id, kind).await?;
    let refused = refused_addresses::of_user(connection, &user.id).await?;
    let arrives =
        |channel| address(user, contact, channel).is_some_and(|own| refused.iter().all(|(refused, _)| refused != own));
    let arrives = Reach { mail: arrives(NoticeChannel::Mail), sms: arrives(NoticeChannel::Sms) };
    Ok(within(chosen(kind, stored, reach(user, contact)), arrives))
}

/// The addresses of the user that refuse messages, each with the moment since when.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn refusing(services: &Services, user_id: &UserId) -> Result<Vec<(Login, Moment)>, Fault> {
    Ok(refused_addresses::of_user(&mut *services.db().read().await?, user_id).await?)
}

/// Lets notices go again to the user's address of a channel, which refused messages before.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn try_again(services: &Services, user: &User, channel: NoticeChannel) -> Result<(), Fault> {
    let mut tx = services.db().begin().await?;
    let contact = contacts::of_user(&mut tx, &user.id).await?;
    if let Some(address) = address(user, contact.as_ref(), channel) {
        refused_addresses::remove(&mut tx, address.as_str()).await?;
    }
    Ok(Database::commit(tx).await?)
}

/// The address of the user that a channel goes to: the login or the second contact. A push has none.
pub(super) fn address<'a>(user: &'a User, contact: Option<&'a Login>, channel: NoticeChannel) -> Option<&'a Login> {
    let is_phone = match channel {
        NoticeChannel::Mail => false,
        NoticeChannel::Sms => true,
        NoticeChannel::Push => return None,
    };
    std::iter::once(&user.login).chain(contact).find(|address| address.is_phone() == is_phone)
}

fn reach(user: &User, contact: Option<&Login>) -> Reach {
    let has = |channel| address(user, contact, channel).is_some();
    Reach { mail: has(NoticeChannel::Mail), sms: has(NoticeChannel::Sms) }
}

async fn stored(connection: &mut Connection, user_id: &UserId) -> Result<Wanted, StorageError> {
    Ok(notice_preferences::of_user(connection, user_id).await?.into_iter().collect())
}

/// The stored choice or the default; letters and SMS of what cannot be switched off are always in it.
fn chosen(kind: NoticeKind, stored: Option<Channels>, reach: Reach) -> Channels {
    let channels = stored.unwrap_or_else(|| kind.default_channels(reach));
    match kind.why_always() {
        Some(_) => channels.with(NoticeChannel::Mail).with(NoticeChannel::Sms),
        None => channels,
    }
}

/// The channels after a form was sent: what is offered is as wanted, the rest as before.
fn changed(kind: NoticeKind, before: Channels, wanted: Channels, reach: Reach) -> Channels {
    let is_in = |channel| if is_offered(kind, channel, reach) { wanted.has(channel) } else { before.has(channel) };
    NoticeChannel::ALL.into_iter().filter(|channel| is_in(*channel)).fold(Channels::NONE, Channels::with)
}

/// The channels less those without an address.
const fn within(channels: Channels, reach: Reach) -> Channels {
    let channels = if reach.mail { channels } else { channels.without(NoticeChannel::Mail) };
    if reach.sms { channels } else { channels.without(NoticeChannel::Sms) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::storage::testing::{TestDatabase, new_user, on_both_engines};
    use crate::storage::users;

    const BOTH: Reach = Reach { mail: true, sms: true };

    fn reaches() -> impl Strategy<Value = Reach> {
        (any::<bool>(), any::<bool>()).prop_map(|(mail, sms)| Reach { mail, sms })
    }

    fn sets() -> impl Strategy<Value = Channels> {
        proptest::sample::subsequence(NoticeChannel::ALL.to_vec(), 0..=3)
            .prop_map(|channels| channels.into_iter().fold(Channels::NONE, Channels::with))
    }

    /// The kinds that always come, or those that can be switched off.
    fn kinds(always: bool) -> impl Strategy<Value = NoticeKind> {
        let kinds = NoticeKind::ALL.into_iter().filter(|kind| kind.why_always().is_some() == always);
        proptest::sample::select(kinds.collect::<Vec<_>>())
    }

    proptest! {
        #[test]
        fn what_cannot_be_switched_off_goes_to_every_address_whatever_was_wanted(
            kind in kinds(true), stored in proptest::option::of(sets()), wanted in sets(), reach in reaches(),
        ) {
            let before = chosen(kind, stored, reach);
            let after = within(changed(kind, before, wanted, reach), reach);
            prop_assert_eq!(after.has(NoticeChannel::Mail), reach.mail);
            prop_assert_eq!(after.has(NoticeChannel::Sms), reach.sms);
            prop_assert_eq!(after.has(NoticeChannel::Push), wanted.has(NoticeChannel::Push));
        }

        #[test]
        fn a_choice_is_kept_for_each_address_and_untouched_without_one(
            kind in kinds(false), stored in proptest::option::of(sets()), wanted in sets(), reach in reaches(),
        ) {
            let before = chosen(kind, stored, reach);
            let after = changed(kind, before, wanted, reach);
            for (channel, has_address) in [(NoticeChannel::Mail, reach.mail), (NoticeChannel::Sms, reach.sms)] {
                let expected = if has_address { wanted.has(channel) } else { before.has(channel) };
                prop_assert_eq!(after.has(channel), expected);
            }
        }

        #[test]
        fn no_channel_without_an_address_is_left(channels in sets(), reach in reaches()) {
            let left = within(channels, reach);
            prop_assert!(reach.mail || !left.has(NoticeChannel::Mail));
            prop_assert!(reach.sms || !left.has(NoticeChannel::Sms));
            prop_assert_eq!(left.has(NoticeChannel::Push), channels.has(NoticeChannel::Push));
        }
    }

    #[test]
    fn without_a_choice_the_defaults_of_the_kind_count() {
        for kind in NoticeKind::ALL {
            assert_eq!(chosen(kind, None, BOTH), kind.default_channels(BOTH), "{kind:?}");
        }
    }

    async fn user(connection: &mut Connection) -> User {
        let id = new_user(connection, 1).await;
        users::by_id(connection, &id).await.unwrap().unwrap()
    }

    on_both_engines! {
        async fn an_address_that_refuses_gets_nothing_not_even_what_is_always_sent(test: TestDatabase) {
            let phone = Login::parse("+79021234567").unwrap();
            let mut tx = test.database.begin().await.unwrap();
            let user = user(&mut tx).await;
            let debt = channels(&mut tx, &user, Some(&phone), NoticeKind::Debt).await.unwrap();
            assert_eq!(debt.to_string(), "mail sms push");
            refused_addresses::add(&mut tx, user.login.as_str(), Moment::from_micros(1), "550").await.unwrap();
            let debt = channels(&mut tx, &user, Some(&phone), NoticeKind::Debt).await.unwrap();
            assert_eq!(debt.to_string(), "sms push");
        }

        async fn a_stored_choice_counts_and_a_missing_address_gets_nothing(test: TestDatabase) {
            let mut tx = test.database.begin().await.unwrap();
            let user = user(&mut tx).await;
            let all = Channels::parse("mail sms push").unwrap();
            notice_preferences::set(&mut tx, &user.id, NoticeKind::NewReceipt, all).await.unwrap();
            let receipt = channels(&mut tx, &user, None, NoticeKind::NewReceipt).await.unwrap();
            assert_eq!(receipt.to_string(), "mail push");
        }

        async fn letters_that_were_switched_off_leave_the_other_channels(test: TestDatabase) {
            let mut tx = test.database.begin().await.unwrap();
            let user = user(&mut tx).await;
            for _ in 0..2 {
                switch_letters_off(&mut tx, &user, NoticeKind::NewReceipt).await.unwrap();
                let receipt = channels(&mut tx, &user, None, NoticeKind::NewReceipt).await.unwrap();
                assert_eq!(receipt.to_string(), "push");
            }
            let answer = channels(&mut tx, &user, None, NoticeKind::Answer).await.unwrap();
            assert_eq!(answer.to_string(), "mail push");
        }
    }
}
