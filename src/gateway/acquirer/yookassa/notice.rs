//! Notices: their content, and the networks that they come from.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::Deserialize;

use super::is_payment_id;

/// The subject of a notice; its other content is not trusted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Notice {
    /// The payment of this identifier changed.
    Payment(String),
    /// A refund, a payout or another event of the shop: not the portal's.
    Other,
}

/// Parses a notice; `None` if it is malformed.
pub fn parse_notification(body: &[u8]) -> Option<Notice> {
    #[derive(Deserialize)]
    struct Envelope {
        r#type: String,
        event: String,
        object: Subject,
    }
    #[derive(Deserialize)]
    struct Subject {
        id: String,
    }
    let Envelope { r#type, event, object } = serde_json::from_slice(body).ok()?;
    if r#type != "notification" {
        return None;
    }
    if !event.starts_with("payment.") {
        return Some(Notice::Other);
    }
    is_payment_id(&object.id).then_some(Notice::Payment(object.id))
}

/// Networks that send notices. The OpenAPI document does not list them; unverified, taken from public integrations of
/// 2024–2026.
pub const YOOKASSA_NETWORKS: [IpNet; 7] = [
    network_v4([185, 71, 76, 0], 27),
    network_v4([185, 71, 77, 0], 27),
    network_v4([77, 75, 153, 0], 25),
    network_v4([77, 75, 154, 128], 25),
    network_v4([77, 75, 156, 11], 32),
    network_v4([77, 75, 156, 35], 32),
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::new(0x2a02, 0x5180, 0, 0, 0, 0, 0, 0), 32)),
];

const fn network_v4([a, b, c, d]: [u8; 4], prefix: u8) -> IpNet {
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix))
}

/// Whether an address belongs to one of the networks; an IPv4-mapped IPv6 address counts as IPv4.
pub fn is_from(ip: IpAddr, networks: &[IpNet]) -> bool {
    networks.iter().any(|network| network.contains(&ip.to_canonical()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::tests::ID;
    use super::*;

    #[test]
    fn a_notice_gives_the_identifier_and_nothing_else() {
        let notice = |event: &str, id: &str| {
            let body = json!({ "type": "notification", "event": event, "object": { "id": id, "status": "succeeded" } });
            parse_notification(body.to_string().as_bytes())
        };
        assert_eq!(notice("payment.succeeded", ID), Some(Notice::Payment(ID.to_owned())));
        assert_eq!(notice("payment.canceled", ID), Some(Notice::Payment(ID.to_owned())));
        assert_eq!(notice("refund.succeeded", ID), Some(Notice::Other));
        assert_eq!(notice("payment.succeeded", "../../x"), None);
        assert_eq!(notice("payment.succeeded", ""), None);
        assert_eq!(parse_notification(b"{\"type\":\"notification\""), None);
    }

    #[test]
    fn notices_come_from_their_networks_only() {
        let from = |text: &str| is_from(text.parse().unwrap(), &YOOKASSA_NETWORKS);
        for address in ["185.71.76.0", "185.71.76.31", "77.75.156.11", "::ffff:77.75.153.1", "2a02:5180::1"] {
            assert!(from(address), "{address}");
        }
        for address in ["185.71.76.32", "77.75.156.12", "77.75.154.1", "127.0.0.1", "2a02:5181::1"] {
            assert!(!from(address), "{address}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_of_notices_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse_notification(&body);
        }
    }
}
