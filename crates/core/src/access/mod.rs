//! Passwords: which are good enough, how they are hashed, and how guessing is slowed.

mod hasher;
mod login;
pub mod rules;
mod sql;

pub use hasher::PasswordHasher;
pub use login::{LoggedIn, Origin, choose_password, log_in, log_in_anywhere};
pub(crate) use sql::set as keep_password;
pub use sql::{forget_password, has_password};
