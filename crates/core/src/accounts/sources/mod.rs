//! What each source of people says, translated into changes. No rules here: those are in `rules.rs`.

pub mod scim;
