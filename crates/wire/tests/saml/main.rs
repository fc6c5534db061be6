//! SAML as identity providers send it, and as attackers would.

mod accepts;
mod attacks;
mod idp;
