//! SCIM as identity providers really speak it.

mod filters;
mod patches;
mod reading;
