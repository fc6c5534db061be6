//! Thin handlers, one file a capability.

pub mod audit;
pub mod claims;
pub mod connectors;
pub mod description;
pub mod directories;
pub mod directory;
pub mod domains;
pub mod events;
pub mod groups;
pub mod health;
pub mod imports;
pub mod invitations;
pub mod jobs;
pub mod joins;
pub mod me;
pub mod outbox;
pub mod people;
pub mod pictures;
pub mod requests;
pub mod resets;
pub mod roles;
pub mod sessions;
pub mod setup;
pub mod tokens;
pub mod workplace;
