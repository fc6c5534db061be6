//! Entries of a directory (LDAP): attributes as bytes in, a person as typed values out, by a mapping that names the
//! attributes. Nothing is asked of a server here.

mod dn;
mod entry;
mod line;
mod mapping;
mod values;

pub use dn::{is_below, key as dn_key};
pub use entry::Entry;
pub use line::{BadLine, GroupLine, Line, MAX_LINE, Person, read_line};
pub use mapping::{Kind, Left, Mapping, Rule, changed_at, key_of, person};
pub use values::{date_of, earlier, file_time, filter_bytes, generalised_time, guid, uuid};
