//! The stories of the program as it is started by hand.

mod codes;
mod commands;
mod common;
mod frontline;
mod joining;
mod sso;
mod story;
mod sync;
