//! People in the admin panel.

pub mod list;
pub mod one;
pub mod view;
