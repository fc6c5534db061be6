//! Letters to people: what they say ([`letters`]), how they look on the wire ([`message`]), who vouches for
//! them ([`dkim`]) and how they leave the house ([`smtp`]). No database and no clock in here: the outbox
//! decides what is sent when, and keeps the state before and after.

pub mod address;
pub mod dkim;
pub mod letters;
pub mod message;
pub mod smtp;
mod text;

pub use address::{AddressProblem, EmailAddress};
pub use dkim::{DkimError, DkimSigner};
pub use letters::{Catalogue, Content, LetterData, LetterKind, Recipient, RenderError, Rendered, Sender};
pub use message::{Letter, MessageError, Outgoing, message_id};
pub use smtp::{Outcome, Prepared, SettingsError, SmtpSettings, Stage, Transport};
