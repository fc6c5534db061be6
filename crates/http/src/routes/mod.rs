//! Thin handlers, one file a capability.

pub mod description;
pub mod health;
