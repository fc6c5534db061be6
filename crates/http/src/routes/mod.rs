//! Thin handlers, one file a capability.

pub mod claims;
pub mod description;
pub mod events;
pub mod health;
pub mod me;
pub mod resets;
pub mod sessions;
pub mod setup;
