//! The product over HTTP: a router one can read, thin handlers, and what surrounds every request.

mod page;
mod problem;
mod router;
mod routes;
mod serve;
mod wrap;

pub use problem::{Failure, Problem};
pub use router::{openapi, router};
pub use serve::{metrics_router, serve};

use guildhall_core::App;

/// What every handler gets.
#[derive(Clone)]
pub struct Site {
    pub app: App,
    /// Where people reach this server, such as `https://people.example.com`, without a slash at the end.
    pub public_url: String,
}
