//! The stories of the routes, on both databases. One program, since each takes long to link and much disk.

mod access;
mod choose;
mod claim_photo;
mod codes;
mod common;
mod devices;
mod directories;
mod doors;
mod factors;
mod groups;
mod imports;
mod joining;
mod leavers;
mod people;
mod scim;
mod sso;
mod tenants;
mod who_may;
