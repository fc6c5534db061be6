//! Passwords: which are good enough, how they are hashed, and how guessing is slowed.

mod hasher;
pub mod rules;

pub use hasher::PasswordHasher;
