//! What the tests stand on: real databases and mail servers, started on free loopback ports in
//! temporary folders and stopped again. Nothing that ships depends on this crate.

pub mod postgres;
