//! People lists read and written.

mod anything;
mod columns;
mod reading;
mod refusing;
mod values;
mod workbooks;
mod writing;
