//! A believable company, for `guildhall demo`, for tests and for benchmarks.

mod acts;
mod communities;
mod history;
pub mod people;
mod staff;

pub use history::{Demo, Login, make};
