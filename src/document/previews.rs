//! An LRU cache of previews by the hash of their content: a page opened again needs no second layout. In memory only,
//! so that no receipt data is left on a disk.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

/// Cached pictures: at some 200 kB each, a dozen megabytes.
const KEPT: usize = 64;

/// The hash of the whole content of a picture.
pub(super) type Fingerprint = [u8; 32];

/// The hash of the parts, separated from each other.
pub(super) fn fingerprint(parts: &[&[u8]]) -> Fingerprint {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// The pictures, the most recently used at the back.
#[derive(Default)]
pub(super) struct Previews(Mutex<VecDeque<(Fingerprint, Arc<str>)>>);

impl Previews {
    /// A picture, if it is cached.
    pub(super) fn get(&self, fingerprint: &Fingerprint) -> Option<Arc<str>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.iter().position(|(known, _)| known == fingerprint)?;
        let found = kept.remove(place)?;
        let picture = Arc::clone(&found.1);
        kept.push_back(found);
        Some(picture)
    }

    /// Caches a picture and evicts the least recently used one.
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
