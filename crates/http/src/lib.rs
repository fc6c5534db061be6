//! The product over HTTP: a router one can read, thin handlers, and what surrounds every request.

mod caller;
mod description;
mod download;
mod events;
mod given;
mod page;
mod pages;
mod problem;
mod router;
mod routes;
mod scim;
mod serve;
mod wrap;

pub use events::Events;
pub use pages::addresses as page_addresses;
pub use problem::{Failure, Problem};
pub use router::{openapi, router};
pub use serve::{metrics_router, serve};

use std::sync::Arc;

use guildhall_core::App;
use guildhall_core::access::PasswordHasher;
use guildhall_core::openings::Openness;

/// What every handler gets.
#[derive(Clone)]
pub struct Site {
    pub app: App,
    /// Where people reach this server, such as `https://people.example.com`, without a slash at the end.
    pub public_url: String,
    pub hasher: PasswordHasher,
    /// What whoever opens the first workplace from another machine must know.
    pub setup_code: Arc<str>,
    pub events: Events,
    /// How fast connectors ask, and their log.
    pub connectors: guildhall_core::connectors::Desk,
    /// The address that letters come from; absent: they wait in the outbox.
    pub mail_from: Option<Arc<str>>,
    /// Who may open workplaces from the web.
    pub openness: Openness,
}
