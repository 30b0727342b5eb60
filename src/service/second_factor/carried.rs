//! Passes new backup codes to the page that shows them, sealed in a cookie, so that the action ends in a redirect, no
//! URL contains a secret and the database keeps only hashes.

use super::BackupCodes;
use crate::domain::calendar::{Moment, Span};
use crate::domain::session::Session;
use crate::service::Services;

/// How long sealed codes can be shown: enough for a slow redirect; a copy of the cookie found later is useless.
pub const CARRIED: Span = Span::minutes(10);

/// Binds sealed codes to their session.
fn purpose(session: &Session) -> String {
    format!("shown backup codes:{}", session.id)
}

/// Seals new backup codes for the page of this session that shows them.
pub fn seal_codes(services: &Services, session: &Session, BackupCodes(codes): &BackupCodes) -> String {
    let expires_at = services.now().plus(CARRIED).micros();
    services.vault().seal(&purpose(session), &format!("{expires_at} {}", codes.join(" ")))
}

/// Opens sealed codes. `None` when they are too old, of another session, or not sealed by the portal.
pub fn unseal_codes(services: &Services, session: &Session, sealed: &str) -> Option<BackupCodes> {
    let text = services.vault().unseal(&purpose(session), sealed).ok()?;
    let (expires_at, codes) = text.split_once(' ')?;
    let expires_at = Moment::from_micros(expires_at.parse().ok()?);
    (services.now() <= expires_at).then(|| BackupCodes(codes.split(' ').map(str::to_owned).collect()))
}
