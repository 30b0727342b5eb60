//! The addresses of push services. A browser names its own, so a user may send any: only public hosts are called.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use thiserror::Error;

/// Longest address, in bytes: push services use up to some 600.
pub const MAX_ENDPOINT: usize = 2_000;
/// Last parts of names that never belong to the public internet.
const INTERNAL: [&str; 13] = [
    "arpa",
    "corp",
    "home",
    "internal",
    "intranet",
    "invalid",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "onion",
    "private",
    "test",
];

/// The address is not one of a push service on the public internet.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Error)]
#[error("not an address of a public push service")]
pub struct InvalidEndpoint;

/// The address, if it is `https` on port 443 at a public name. Names of the local network and IP addresses are refused;
/// [`PublicOnly`] checks what the name stands for.
///
/// # Errors
/// [`InvalidEndpoint`] for any other address, and for one that is too long.
pub fn public_endpoint(address: &str) -> Result<Url, InvalidEndpoint> {
    if address.len() > MAX_ENDPOINT {
        return Err(InvalidEndpoint);
    }
    let url = Url::parse(address).map_err(|_| InvalidEndpoint)?;
    let is_plain = url.username().is_empty() && url.password().is_none();
    let is_public = url.scheme() == "https" && url.port().is_none() && url.domain().is_some_and(is_public_name);
    if is_plain && is_public { Ok(url) } else { Err(InvalidEndpoint) }
}

/// A name has no dot at the end here: `localhost.` is `localhost`.
fn is_public_name(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, last)| !last.is_empty() && !INTERNAL.contains(&last))
}

/// Resolves names to public addresses only: a public name may stand for an address inside the network.
pub struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        Box::pin(async move {
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(InvalidEndpoint.into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// Networks of IPv4 that are not on the public internet (IANA's registry of special addresses): the first address and
/// the length of the prefix.
const CLOSED_V4: [(Ipv4Addr, u32); 15] = [
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];
/// The only network of IPv6 from which public addresses are given out.
const OPEN_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
/// Its parts for protocols, which may contain an address of IPv4 (Teredo, 6to4), and for examples.
const CLOSED_V6: [(Ipv6Addr, u32); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

fn is_public(address: IpAddr) -> bool {
    let in_v4 = |address: Ipv4Addr, (network, bits): (Ipv4Addr, u32)| {
        address.to_bits() >> (32 - bits) == network.to_bits() >> (32 - bits)
    };
    let in_v6 = |address: Ipv6Addr, (network, bits): (Ipv6Addr, u32)| {
        address.to_bits() >> (128 - bits) == network.to_bits() >> (128 - bits)
    };
    match address.to_canonical() {
        IpAddr::V4(address) => !CLOSED_V4.into_iter().any(|network| in_v4(address, network)),
        IpAddr::V6(address) => in_v6(address, OPEN_V6) && !CLOSED_V6.into_iter().any(|network| in_v6(address, network)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_push_services_are_accepted() {
        for good in [
            "https://fcm.googleapis.com/fcm/send/abc:def",
            "https://updates.push.services.mozilla.com/wpush/v2/gAAAA",
            "https://web.push.apple.com/QGu",
            "https://wns2-par02p.notify.windows.com/w/?token=BQYAAA%2f",
            "https://fcm.googleapis.com:443/fcm/send/abc",
        ] {
            assert!(public_endpoint(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn addresses_inside_a_network_are_refused() {
        let long = format!("https://push.example.com/{}", "a".repeat(MAX_ENDPOINT));
        for bad in [
            "",
            "push.example.com/1",
            "http://push.example.com/1",
            "ftp://push.example.com/1",
            "file:///etc/passwd",
            "https://push.example.com:8443/1",
            "https://user@push.example.com/1",
            "https://user:pass@push.example.com/1",
            "https://localhost/1",
            "https://localhost./1",
            "https://LOCALHOST/1",
            "https://api.localhost/1",
            "https://postgres/1",
            "https://printer.local/1",
            "https://metadata.google.internal/1",
            "https://1.0.168.192.in-addr.arpa/1",
            "https://push.example.com./1",
            "https://127.0.0.1/1",
            "https://127.1/1",
            "https://2130706433/1",
            "https://0x7f.0.0.1/1",
            "https://8.8.8.8/1",
            "https://[::1]/1",
            "https://[2001:4860:4860::8888]/1",
            long.as_str(),
        ] {
            assert_eq!(public_endpoint(bad), Err(InvalidEndpoint), "{bad}");
        }
    }

    #[test]
    fn only_public_addresses_are_called() {
        let is_public = |address: &str| is_public(address.parse().unwrap());
        for open in ["8.8.8.8", "95.163.0.1", "172.32.0.1", "100.128.0.1", "2a00:1450:4010::5f", "2606:4700::1111"] {
            assert!(is_public(open), "{open}");
        }
        for closed in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.168.1.1",
            "198.19.0.1",
            "203.0.113.7",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "64:ff9b::a00:1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "ff02::1",
            "2001::1",
            "2001:db8::1",
            "2002:a00:1::1",
            "3fff::1",
        ] {
            assert!(!is_public(closed), "{closed}");
        }
    }

    #[tokio::test]
    async fn a_name_that_stands_for_this_machine_is_not_resolved() {
        let refused = PublicOnly.resolve("localhost".parse().unwrap()).await.err().unwrap();
        assert!(refused.is::<InvalidEndpoint>(), "{refused}");
    }
}
