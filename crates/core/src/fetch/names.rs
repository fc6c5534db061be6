use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::is_public;

/// Finds the addresses of a host.
pub trait Names: Resolve + std::fmt::Debug {
    fn as_resolve(self: Arc<Self>) -> Arc<dyn Resolve>;
}

impl<T: Resolve + std::fmt::Debug + 'static> Names for T {
    fn as_resolve(self: Arc<Self>) -> Arc<dyn Resolve> {
        self
    }
}

/// The names that this machine knows.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemNames;

impl Resolve for SystemNames {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let addresses: Vec<SocketAddr> = found.collect();
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// Lets no address through that is not public. It sits where the connection is made, so that a name which changes
/// its address between two look-ups gains nothing.
#[derive(Clone, Debug)]
pub struct Guarded<T>(pub T);

/// Lets the hosts through that the operator named, and of all others public addresses only.
#[derive(Clone, Debug)]
pub struct House(pub Vec<String>);

impl Resolve for House {
    fn resolve(&self, name: Name) -> Resolving {
        if self.0.iter().any(|host| host == name.as_str()) {
            return SystemNames.resolve(name);
        }
        Guarded(SystemNames).resolve(name)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the name {0} leads to {1}, which is no public address")]
pub(super) struct Private(String, IpAddr);

impl<T: Resolve> Resolve for Guarded<T> {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        let inner = self.0.resolve(name);
        Box::pin(async move {
            let addresses: Vec<SocketAddr> = inner.await?.collect();
            match addresses.iter().find(|address| !is_public(address.ip())) {
                Some(private) => Err(Private(host, private.ip()).into()),
                None => Ok(Box::new(addresses.into_iter()) as Addrs),
            }
        })
    }
}
