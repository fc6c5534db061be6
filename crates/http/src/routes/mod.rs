//! Thin handlers, one file a capability.

pub mod description;
pub mod health;
pub mod me;
pub mod sessions;
pub mod setup;
