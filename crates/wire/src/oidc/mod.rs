//! OpenID Connect for a relying party: what a provider publishes, sends and signs. A token is believed only as far as a key that
//! the provider publishes has signed it, and only for the question that was asked.
//!
//! Signatures are jsonwebtoken's (by aws-lc); what a token must say is decided here, so that whoever set the provider up reads
//! which value was wrong and where to set it right. Specifications: "Core" is OpenID Connect Core 1.0, "Discovery" OpenID Connect
//! Discovery 1.0, "Back-Channel" OpenID Connect Back-Channel Logout 1.0.

mod answers;
mod claims;
mod discovery;
mod id_token;
mod keys;
mod logout_token;
pub mod request;
mod token;

pub use crate::refusal::Refusal;
pub use answers::{Tokens, refused_there, tokens, user_info};
pub use claims::Claims;
pub use discovery::{Discovery, issuer, well_known};
pub use id_token::{Expect, SignedIn, accept};
pub use keys::Keys;
pub use logout_token::{Left, left};
