//! SAML 2.0 for a service provider: what an identity provider sends is trusted only as far as it is signed, and read only
//! from the bytes that were verified.
//!
//! No audited library for SAML exists in Rust. XML signatures are bergshamra's; what may stand in a document at all is
//! decided here, and is a small part of what the standards allow (`strict`, `signature`): a document that needs more is
//! refused. Specifications: "Core" is saml-core-2.0-os, "Profiles" saml-profiles-2.0-os, "XMLDSIG" xmldsig-core1.

mod algorithms;
mod assertion;
mod certificate;
mod checks;
mod encrypted;
pub mod logout;
pub mod metadata;
mod peek;
pub mod request;
mod response;
mod signature;
mod strict;

pub use crate::refusal::Refusal;
pub use assertion::{Assertion, Confirmation, NameId};
pub use certificate::Certificate;
pub use checks::{Expect, SignedIn, accept};
pub use peek::{Peek, peek};
pub use request::OurKey;
pub use response::{Response, Status, open};
pub use signature::Trust;

/// Namespaces.
pub(crate) mod ns {
    pub const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
    pub const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
    pub const METADATA: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
    pub const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
    pub const ENCRYPTION: &str = "http://www.w3.org/2001/04/xmlenc#";
    pub const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
}
