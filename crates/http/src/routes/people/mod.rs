//! People in the admin panel.

pub mod export;
pub mod list;
pub mod one;
pub mod view;
