//! How people come in, and passwords: which are good enough, how they are hashed, and how guessing is slowed.

mod choice;
mod enter;
pub mod entry;
mod hasher;
mod login;
mod passwords;
mod refused;
pub mod rules;
mod sql;
mod usernames;

pub use choice::{SECONDS as CHOICE_SECONDS, choices, choose_workplace, ticket};
pub(crate) use enter::{Way, let_in};
pub use hasher::PasswordHasher;
pub use login::{Entrance, Held, LoggedIn, Origin, log_in, log_in_anywhere, must_use_sso};
pub(crate) use login::{may_have_password, network};
pub(crate) use passwords::hash_password;
pub use passwords::{answer_resets, ask_reset, change_password, choose_password, open_reset, reset_password};
pub(crate) use sql::{end_resets, forget_username, keep_username, live_resets, set as keep_password};
pub use sql::{forget_password, has_password, username};
pub(crate) use usernames::may_have_username;
