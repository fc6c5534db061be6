//! Looks at the outside world whether a domain's proof is there. Talks only to public addresses, whatever the world
//! says, but for the resolver that this machine is set up with.

mod dns;
mod web;

use std::net::SocketAddr;

pub use dns::Dns;
pub use web::{PATH, Web};

use super::{Look, rules};
use crate::Moment;
use crate::fetch::Fetcher;

/// Where proofs are looked for.
#[derive(Debug)]
pub struct Scout {
    dns: Dns,
    web: Web,
}

impl Scout {
    /// With the resolver at that address, or those of this machine.
    pub fn system(resolver: Option<SocketAddr>) -> Self {
        Self::new(Dns::system(resolver), Web::new(Fetcher::system()))
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
