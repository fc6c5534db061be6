//! Talking to a directory server (LDAP, RFC 4511). Knows no workplace: the server and the agent both use it.

mod changes;
mod connect;
mod group;
mod groups;
mod search;
mod sync;
mod trouble;

use serde::{Deserialize, Serialize};

use crate::words::words;

pub use changes::{Asked, Cursor, Found, Read, find};
pub(super) use connect::open;
pub use connect::{Session, connect, reach};
pub use groups::{Group, MOST_MEMBERS, groups};
pub use search::Query;
pub use trouble::Trouble;

words! {
    /// How the way to the server is protected.
    Security {
        /// TLS from the first byte (port 636).
        Ldaps = "ldaps",
        /// TLS after a word in plain (port 389, RFC 4511, 4.14).
        StartTls = "start_tls",
        /// In plain: the password, too.
        None = "none",
    }
}

/// Where a server is and how to get in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Server {
    pub host: String,
    /// The usual one if absent.
    pub port: Option<u16>,
    pub security: Security,
    /// Certificates that are trusted besides the system's, as PEM.
    pub ca: Option<String>,
    /// Who asks: a name such as `CN=sync,OU=Services,DC=example,DC=com` or `sync@example.com`; empty: nobody.
    pub bind_dn: String,
}

impl Server {
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.security {
            Security::Ldaps => 636,
            Security::StartTls | Security::None => 389,
        })
    }
}
