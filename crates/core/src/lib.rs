//! The product without HTTP: one room a capability. `ARCHITECTURE.md` is the map.

pub mod access;
pub mod accounts;
pub mod actor;
pub mod app;
pub mod audit;
pub mod clock;
pub mod demo;
pub mod entropy;
pub mod error;
pub mod files;
pub mod fold;
pub mod groups;
pub mod ids;
pub mod imports;
pub mod invitations;
pub mod jobs;
pub mod mail;
mod migrations;
pub mod outbox;
pub mod page;
pub mod pictures;
pub mod roles;
pub mod sealer;
pub mod sessions;
pub mod setup;
pub mod signals;
pub mod tokens;
pub mod workplaces;

pub use actor::{Actor, ActorKind, Permission};
pub use app::App;
pub use clock::{Clock, Moment, SystemClock};
pub use entropy::Entropy;
pub use error::{Error, FieldProblem, Result};
pub use migrations::MIGRATIONS;
pub use page::Page;
pub use sealer::Sealer;
