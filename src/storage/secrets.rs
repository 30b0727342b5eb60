//! Stored one-time secrets of letters and SMS: a link and a code are different kinds, in different columns.

/// The stored form of a one-time secret.
#[derive(Clone, Eq, PartialEq)]
pub enum StoredSecret {
    /// The link of a letter: 256 random bits, looked up by their SHA-256.
    Link {
        /// SHA-256 of the token, in hex.
        hash: String,
    },
    /// The code of an SMS: never looked up, only compared with the row of the browser's session.
    Code {
        /// A keyed hash of the code and the row's identifier.
        mac: String,
    },
    /// A secret from an earlier version of the portal: invalid.
    Void,
}

crate::opaque_debug!(StoredSecret);

impl StoredSecret {
    /// Reads the two columns of a row.
    pub(super) fn read(link_hash: Option<String>, code_mac: Option<String>) -> Self {
        match (link_hash, code_mac) {
            (Some(hash), None) => Self::Link { hash },
            (None, Some(mac)) => Self::Code { mac },
            _ => Self::Void,
        }
    }

    /// The value of the column for links.
    pub fn link_hash(&self) -> Option<&str> {
        if let Self::Link { hash } = self { Some(hash) } else { None }
    }

    /// The value of the column for codes.
    pub fn code_mac(&self) -> Option<&str> {
        if let Self::Code { mac } = self { Some(mac) } else { None }
    }
}
