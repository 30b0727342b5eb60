//! Settings of listeners: TLS, proxies in front, the log.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use ipnet::IpNet;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// TLS in this program.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// The certificate and its chain, in PEM.
    pub certificate_file: PathBuf,
    /// Its private key, in PEM; only its owner may read it.
    pub key_file: PathBuf,
    /// A plain listener that redirects to `public_url`, e.g. `0.0.0.0:80`.
    pub redirect_listen: Option<SocketAddr>,
}

/// The format of log lines.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For a log processor: one JSON object per line.
    Json,
}

/// Which entries of `X-Forwarded-For` are trusted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum TrustedProxies {
    /// The number of proxies in front, whatever their addresses; 0 trusts none.
    Count(u8),
    /// The networks of the proxies' addresses.
    Networks(Vec<IpNet>),
}

impl Default for TrustedProxies {
    fn default() -> Self {
        Self::Count(0)
    }
}

impl TrustedProxies {
    /// Whether any proxy is trusted.
    pub fn is_any(&self) -> bool {
        match self {
            Self::Count(count) => *count > 0,
            Self::Networks(networks) => !networks.is_empty(),
        }
    }

    /// Whether an address is a trusted proxy's: its connections belong to many visitors.
    pub fn includes(&self, peer: IpAddr) -> bool {
        match self {
            Self::Count(count) => *count > 0,
            Self::Networks(_) => self.is_proxy(peer),
        }
    }

    fn is_proxy(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        matches!(self, Self::Networks(networks) if networks.iter().any(|network| network.contains(&address)))
    }

    /// The visitor's address: that of the connection, or the one that the outermost trusted proxy reported. An entry
    /// that is not an address ends the search: entries beyond it cannot be trusted.
    pub fn visitor(&self, peer: IpAddr, forwarded: &[&str]) -> IpAddr {
        let peer = peer.to_canonical();
        match self {
            Self::Count(0) => peer,
            Self::Count(count) => {
                let index = forwarded.len().checked_sub(usize::from(*count));
                index.and_then(|index| forwarded.get(index)).and_then(|entry| entry_address(entry)).unwrap_or(peer)
            }
            Self::Networks(_) => {
                let mut nearest = peer;
                for entry in forwarded.iter().rev() {
                    if !self.is_proxy(nearest) {
                        break;
                    }
                    let Some(address) = entry_address(entry) else { break };
                    nearest = address;
                }
                nearest
            }
        }
    }
}

/// The address of an entry; some proxies add a port.
fn entry_address(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim();
    let bare = entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(entry);
    let address = bare.parse().ok().or_else(|| entry.parse::<SocketAddr>().ok().map(|address| address.ip()));
    address.map(|address: IpAddr| address.to_canonical())
}

impl Serialize for TrustedProxies {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Count(count) => serializer.serialize_u8(*count),
            Self::Networks(networks) => serializer.collect_seq(networks.iter().map(ToString::to_string)),
        }
    }
}

impl<'de> Deserialize<'de> for TrustedProxies {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Count(u8),
            Networks(Vec<String>),
        }
        let problem = "a number of proxies, or networks such as [\"127.0.0.1/32\", \"10.0.0.0/8\"]";
        match Written::deserialize(deserializer).map_err(|_| D::Error::custom(problem))? {
            Written::Count(count) => Ok(Self::Count(count)),
            Written::Networks(networks) => {
                let parsed: Option<Vec<IpNet>> = networks.iter().map(|network| network.parse().ok()).collect();
                parsed.map(Self::Networks).ok_or_else(|| D::Error::custom(problem))
            }
        }
    }
}

impl fmt::Display for TrustedProxies {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(formatter, "{count}"),
            Self::Networks(networks) => formatter.debug_list().entries(networks).finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(proxies: &TrustedProxies, peer: &str, forwarded: &[&str]) -> String {
        proxies.visitor(peer.parse().unwrap(), forwarded).to_string()
    }

    #[test]
    fn without_proxies_a_forwarded_address_is_not_believed() {
        assert_eq!(seen(&TrustedProxies::Count(0), "192.0.2.1", &["203.0.113.6"]), "192.0.2.1");
    }

    #[test]
    fn a_count_of_proxies_is_taken_from_the_right() {
        let one = TrustedProxies::Count(1);
        assert_eq!(seen(&one, "127.0.0.1", &["1.1.1.1", "203.0.113.6"]), "203.0.113.6");
        assert_eq!(seen(&TrustedProxies::Count(2), "127.0.0.1", &["1.1.1.1", "203.0.113.6"]), "1.1.1.1");
        assert_eq!(seen(&one, "127.0.0.1", &[]), "127.0.0.1");
    }

    #[test]
    fn an_entry_with_a_port_is_the_same_visitor_and_junk_is_the_peer() {
        let one = TrustedProxies::Count(1);
        for entry in ["203.0.113.6", "203.0.113.6:40001", "::ffff:203.0.113.6", "[::ffff:203.0.113.6]:40002"] {
            assert_eq!(seen(&one, "127.0.0.1", &[entry]), "203.0.113.6", "{entry}");
        }
        for junk in ["", "unknown", "_hidden", "203.0.113.6, ", "999.1.1.1", "a\u{0}b"] {
            assert_eq!(seen(&one, "127.0.0.1", &[junk]), "127.0.0.1", "{junk}");
        }
    }

    #[test]
    fn proxies_by_network_are_walked_past_only_while_they_are_trusted() {
        let networks = TrustedProxies::Networks(vec!["127.0.0.1/32".parse().unwrap(), "10.0.0.0/8".parse().unwrap()]);
        assert_eq!(seen(&networks, "127.0.0.1", &["1.1.1.1", "203.0.113.6", "10.0.0.7"]), "203.0.113.6");
        assert_eq!(seen(&networks, "192.0.2.1", &["203.0.113.6"]), "192.0.2.1", "not a proxy of ours");
        assert_eq!(seen(&networks, "127.0.0.1", &["203.0.113.6", "junk"]), "127.0.0.1");
    }
}
