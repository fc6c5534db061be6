//! What the tests stand on: real databases and mail servers, started on free loopback ports in
//! temporary folders and stopped again. Nothing that ships depends on this crate.

pub mod certificates;
pub mod dns;
pub mod https;
pub mod ldap;
pub mod passkey;
pub mod people;
pub mod postfix;
pub mod postgres;
pub mod samba;
pub mod smtp;
pub mod tools;
pub mod web;

/// Asks `ready` fifty times a second until it has something to give, for about `within`.
pub fn poll<T>(within: std::time::Duration, mut ready: impl FnMut() -> Option<T>) -> Option<T> {
    let pause = std::time::Duration::from_millis(20);
    for _ in 0..=(within.as_millis() / pause.as_millis()) {
        if let Some(value) = ready() {
            return Some(value);
        }
        std::thread::sleep(pause);
    }
    None
}
