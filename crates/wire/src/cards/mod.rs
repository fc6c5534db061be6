//! Access codes on paper: cards with name, how-to, code and QR code, in the language of who gets them, eight to a page of A4
//! with lines to cut along.

mod fonts;
mod pdf;
mod qr;
mod type_setting;
mod words;

pub use pdf::{Printed, Sheet, Unwritten, pdf};
pub use qr::{Qr, svg};
pub use words::Language;

/// What one person gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    pub name: String,
    pub employee_id: String,
    /// Where the card is handed out.
    pub department: String,
    /// In groups, as it is to be read.
    pub code: String,
    /// What the QR code holds.
    pub link: String,
    /// The last day on which the code works.
    pub last_day: jiff::civil::Date,
    pub language: Language,
}
