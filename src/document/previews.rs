//! Pictures of pages that were looked at lately, by the hash of what is on them: a page opened again, or gone back to,
//! costs no second layout. In memory only, so that nothing of a receipt is left on a disk.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

/// Pictures kept: at some 200 kB each, a dozen megabytes.
const KEPT: usize = 64;

/// The hash of everything that a picture shows.
pub(super) type Fingerprint = [u8; 32];

/// The hash of the parts, each apart from the next.
pub(super) fn fingerprint(parts: &[&[u8]]) -> Fingerprint {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// The pictures, the one looked at last at the back.
#[derive(Default)]
pub(super) struct Previews(Mutex<VecDeque<(Fingerprint, Arc<str>)>>);

impl Previews {
    /// A picture, if it was kept.
    pub(super) fn get(&self, fingerprint: &Fingerprint) -> Option<Arc<str>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.iter().position(|(known, _)| known == fingerprint)?;
        let found = kept.remove(place)?;
        let picture = Arc::clone(&found.1);
        kept.push_back(found);
        Some(picture)
    }

    /// Keeps a picture in place of the one that nobody has looked at for longest.
    pub(super) fn keep(&self, fingerprint: Fingerprint, picture: Arc<str>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back((fingerprint, picture));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_looked_at_for_longest_makes_room() {
        let (previews, of) = (Previews::default(), |n: usize| fingerprint(&[&n.to_le_bytes()]));
        for n in 0..KEPT {
            previews.keep(of(n), "picture".into());
        }
        assert!(previews.get(&of(0)).is_some());
        previews.keep(of(KEPT), "picture".into());
        assert!(previews.get(&of(0)).is_some() && previews.get(&of(1)).is_none());
    }

    #[test]
    fn parts_that_run_together_alike_differ() {
        assert_ne!(fingerprint(&[b"ab", b"c"]), fingerprint(&[b"a", b"bc"]));
    }
}
