pub mod demo;
pub mod mail;
