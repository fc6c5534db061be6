//! A believable company, for `guildhall demo`, for tests and for benchmarks.

pub mod people;
