//! People lists read and written.

mod reading;
