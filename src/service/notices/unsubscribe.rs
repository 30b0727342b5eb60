//! The link at the end of a letter that switches letters of its kind off, without signing in (RFC 8058).
//!
//! Nothing is stored for it: its token names the user and the kind, and a keyed hash proves that the portal made it. It
//! lives as long as its key is in the key file.

use crate::domain::id::UserId;
use crate::domain::notice::NoticeKind;
use crate::service::notices::preferences;
use crate::service::refused::{Correctable, Refused};
use crate::service::vault::Vault;
use crate::service::{Services, Visitor};
use crate::storage::{Database, users};

/// The purpose of the keyed hash: no other hash of the vault is a token.
const PURPOSE: &str = "unsubscribe from letters";

/// The link is none of the portal's letters, or its user no longer exists.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct UnknownLink;

impl Correctable for UnknownLink {}

/// The token of the link in a letter. One of a kind that cannot be switched off is refused like a wrong one, so such a
/// letter has no link.
pub fn token(services: &Services, user_id: &UserId, kind: NoticeKind) -> String {
    write(services.vault(), user_id, kind)
}

/// The user and the kind of a token; `None` when the portal did not make it, or the kind cannot be switched off.
pub fn read(services: &Services, token: &str) -> Option<(UserId, NoticeKind)> {
    parse(services.vault(), token)
}

/// What a link would switch off. A wrong link is counted.
///
/// # Errors
/// [`Refused`] when the link is wrong, too many wrong ones came from this network, or on an internal error.
pub async fn look_at_link(
    services: &Services,
    token: &str,
    visitor: &Visitor,
) -> Result<NoticeKind, Refused<UnknownLink>> {
    Ok(find(services, token, visitor).await?.1)
}

/// Switches the letters of a link's kind off; a second time changes nothing.
///
/// # Errors
/// [`Refused`] when the link is wrong, too many wrong ones came from this network, or on an internal error.
pub async fn unsubscribe(
    services: &Services,
    token: &str,
    visitor: &Visitor,
) -> Result<NoticeKind, Refused<UnknownLink>> {
    let (user_id, kind) = find(services, token, visitor).await?;
    let mut tx = services.db().begin().await?;
    let user = users::by_id(&mut tx, &user_id).await?.ok_or(UnknownLink)?;
    preferences::switch_letters_off(&mut tx, &user, kind).await?;
    Database::commit(tx).await?;
    Ok(kind)
}

async fn find(
    services: &Services,
    token: &str,
    visitor: &Visitor,
) -> Result<(UserId, NoticeKind), Refused<UnknownLink>> {
    services.link_tries_left(visitor).await??;
    if let Some(found) = read(services, token) {
        return Ok(found);
    }
    services.count_wrong_link(visitor).await?;
    Err(UnknownLink.into())
}

/// `user.kind.key.hash`, all of characters that an address may have.
fn write(vault: &Vault, user_id: &UserId, kind: NoticeKind) -> String {
    let mac = vault.mac(PURPOSE, &[user_id.as_str(), kind.as_str()]);
    format!("{user_id}.{}.{mac}", kind.as_str())
}

fn parse(vault: &Vault, token: &str) -> Option<(UserId, NoticeKind)> {
    let (user_id, rest) = token.split_once('.')?;
    let (kind, mac) = rest.split_once('.')?;
    let user_id = UserId::parse(user_id).ok()?;
    let kind = NoticeKind::parse(kind).filter(|kind| kind.why_always().is_none())?;
    vault.mac_matches(mac, PURPOSE, &[user_id.as_str(), kind.as_str()]).then_some((user_id, kind))
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;
    use crate::clock::Nature;

    /// One vault for all cases; its file is gone, as in other tests of it.
    static VAULT: LazyLock<Vault> = LazyLock::new(|| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret.key");
        Vault::create_key(&file, &Nature::system()).unwrap();
        Vault::open(&file, Nature::system()).unwrap()
    });

    fn user_ids() -> impl Strategy<Value = UserId> {
        "[a-z0-9]{26}".prop_map(UserId::trusted)
    }

    fn kinds() -> impl Strategy<Value = NoticeKind> {
        proptest::sample::select(NoticeKind::ALL.to_vec())
    }

    proptest! {
        #[test]
        fn a_token_is_read_back_unless_its_kind_cannot_be_switched_off(user_id in user_ids(), kind in kinds()) {
            let expected = kind.why_always().is_none().then(|| (user_id.clone(), kind));
            prop_assert_eq!(parse(&VAULT, &write(&VAULT, &user_id, kind)), expected);
        }

        #[test]
        fn a_changed_token_is_no_token(
            user_id in user_ids(), kind in kinds(), at in any::<proptest::sample::Index>(), other in "[!-~]",
        ) {
            let token = write(&VAULT, &user_id, kind);
            let at = at.index(token.len());
            let changed = [&token[..at], other.as_str(), &token[at + 1..]].concat();
            prop_assume!(changed != token);
            prop_assert_eq!(parse(&VAULT, &changed), None);
            prop_assert_eq!(parse(&VAULT, &token[..at]), None);
        }

        #[test]
        fn a_hash_for_another_purpose_or_of_another_user_is_no_token(
            user_id in user_ids(), other in user_ids(), kind in kinds(), purpose in "[a-z ]{1,20}",
        ) {
            prop_assume!(user_id != other && purpose != PURPOSE);
            let parts = [user_id.as_str(), kind.as_str()];
            let of_purpose = format!("{user_id}.{}.{}", kind.as_str(), VAULT.mac(&purpose, &parts));
            prop_assert_eq!(parse(&VAULT, &of_purpose), None);
            let of_other = format!("{other}.{}.{}", kind.as_str(), VAULT.mac(PURPOSE, &parts));
            prop_assert_eq!(parse(&VAULT, &of_other), None);
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in any::<String>()) {
            prop_assert_eq!(parse(&VAULT, &text), None);
        }
    }

    #[test]
    fn a_token_outlives_a_rotation_of_keys_and_dies_with_its_key() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret.key");
        Vault::create_key(&file, &Nature::system()).unwrap();
        let vault = Vault::open(&file, Nature::system()).unwrap();
        let user_id = UserId::trusted("a".repeat(26));
        let token = write(&vault, &user_id, NoticeKind::NewReceipt);
        let old_key = vault.active_key_id();
        vault.rotate().unwrap();
        assert_eq!(parse(&vault, &token), Some((user_id, NoticeKind::NewReceipt)));
        vault.retire(&[old_key]).unwrap();
        assert_eq!(parse(&vault, &token), None);
    }
}
