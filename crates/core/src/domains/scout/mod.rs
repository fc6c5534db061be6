//! Looks at the outside world whether a domain's proof is there. Talks only to public addresses, whatever the world
//! says, but for the resolver that this machine is set up with.

mod dns;
mod web;

use std::net::{IpAddr, SocketAddr};

pub use dns::Dns;
pub use web::{Guarded, PATH, SystemNames, Web};

use super::{Look, rules};
use crate::Moment;

/// Where proofs are looked for.
#[derive(Debug)]
pub struct Scout {
    dns: Dns,
    web: Web,
}

impl Scout {
    /// With the resolver at that address, or those of this machine.
    pub fn system(resolver: Option<SocketAddr>) -> Self {
        Self::new(Dns::system(resolver), Web::system())
    }

    pub fn new(dns: Dns, web: Web) -> Self {
        Self { dns, web }
    }

    /// Both places that a person may have put the proof in, at once.
    pub async fn look(&self, name: &str, token: &str, now: Moment) -> Vec<Look> {
        let proof = rules::proof(token);
        let (dns, web) = tokio::join!(self.dns.look(name, &proof, now), self.web.look(name, &proof));
        vec![dns, web]
    }
}

/// Whether the address is one of the public internet (RFC 6890): what anybody may name and we may talk to.
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_broadcast()
                || v4.is_documentation()
                || v4.is_multicast()
                || a == 0
                || a >= 240
                || (a == 100 && (64..128).contains(&b))
                || (a == 192 && b == 0 && c == 0)
                || (a == 192 && b == 88 && c == 99)
                || (a == 198 && (b == 18 || b == 19)))
        }
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            // Addresses that carry one of IPv4 (NAT64, 6to4, Teredo) lead to where it does: none is taken.
            let carries = (a, b) == (0x64, 0xff9b) || a == 0x2002 || (a, b) == (0x2001, 0);
            let compatible = (a, b, c, d) == (0, 0, 0, 0);
            let documents = (a, b) == (0x2001, 0xdb8) || a == 0x3fff;
            (a & 0xe000) == 0x2000 && !carries && !compatible && !documents
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_talked_to() {
        for address in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "192.0.0.8",
            "192.0.2.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "240.0.0.1",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "fc00::1",
            "fe80::1",
            "ff02::1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "2001:0:1::",
            "2001:db8::1",
            "fec0::1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
        }
        for address in [
            "1.1.1.1",
            "93.184.216.34",
            "100.63.0.1",
            "172.32.0.1",
            "2606:4700::1111",
            "::ffff:1.1.1.1",
        ] {
            assert!(is_public(address.parse().unwrap()), "{address}");
        }
    }
}
