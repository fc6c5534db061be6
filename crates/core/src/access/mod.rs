//! How people come in, and passwords: which are good enough, how they are hashed, and how guessing is slowed.

mod choice;
mod enter;
pub mod entry;
mod guesses;
mod hasher;
mod login;
mod passwords;
mod proof;
mod refused;
pub mod rules;
mod second;
mod sql;
mod step;
mod usernames;

pub use choice::{SECONDS as CHOICE_SECONDS, choices, choose_workplace, ticket};
pub(crate) use enter::{Way, let_in};
pub(crate) use guesses::count_question;
pub use hasher::PasswordHasher;
pub use login::{Device, Entrance, Held, LoggedIn, Origin, log_in, log_in_anywhere, must_use_sso};
pub(crate) use login::{by_sso_alone, may_have_password, network};
pub use passwords::{answer_resets, ask_reset, change_password, choose_password, open_reset, reset_password};
pub(crate) use passwords::{end_password, hash_password, post_link};
pub use proof::{Proof, challenge_own, prove, proven};
pub use second::{
    SetsUp, Shows, challenge_second, fresh_second, log_in_by_passkey, set_second_up, show_second,
};
pub(crate) use sql::steps::end_all as end_steps;
pub(crate) use sql::{end_resets, forget_username, keep_username, live_resets, set as keep_password};
pub use sql::{forget_password, has_password, username};
pub(crate) use step::come_in;
pub use step::{Entered, Need, SECONDS as STEP_SECONDS, Waiting, tidy, waiting};
pub(crate) use usernames::may_have_username;
