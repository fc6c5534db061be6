//! SAML as identity providers send it, and as attackers would.

mod accepts;
mod attacks;
mod changed;
mod encrypted;
mod idp;
mod logout;
mod metadata;
mod peeks;
mod rate;
mod requests;
