//! Formats only: bytes in, typed values out. Nothing of ours is imported here, nothing is stored, nothing is sent.

pub mod cards;
pub mod directory;
pub mod oidc;
mod refusal;
pub mod saml;
pub mod scim;
pub mod sheet;
