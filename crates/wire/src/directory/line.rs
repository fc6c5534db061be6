//! People on their way from a directory to the server: one JSON object a line. The agent sends it, and the server keeps
//! what it read itself in the same form. Without the last line it is not whole.

use std::collections::BTreeMap;
use std::io::BufRead;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::mapping::Left;
use crate::sheet::Field;

/// The longest line that is read: a person with a photo.
pub const MAX_LINE: usize = 2 * 1024 * 1024;

/// A person as a directory has them. Values are as they stand there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// What stays the same when the entry is renamed or moved: objectGUID, entryUUID.
    pub key: String,
    /// The name of the entry.
    pub dn: String,
    pub values: BTreeMap<Field, String>,
    /// The name of the manager's entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manager: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<Left>,
    /// When the account expires by itself, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "photo")]
    pub photo: Option<Vec<u8>>,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Line {
    Person(Box<Person>),
    /// This entry is there still, and not changed.
    Here {
        key: String,
    },
    /// This entry is gone, or is none of those who are asked for any more.
    Gone {
        key: String,
    },
    /// The entry of this name, somebody's manager, has this key.
    Name {
        dn: String,
        key: String,
    },
    /// All was read: so many lines before this one.
    End {
        lines: u64,
    },
}

mod photo {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    #[expect(clippy::ref_option, reason = "serde gives the field as it is")]
    pub fn serialize<S: Serializer>(photo: &Option<Vec<u8>>, to: S) -> Result<S::Ok, S::Error> {
        match photo {
            Some(bytes) => to.serialize_str(&STANDARD.encode(bytes)),
            None => to.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<u8>>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|text| STANDARD.decode(text))
            .transpose()
            .map_err(D::Error::custom)
    }
}

/// A line that can't be read.
#[derive(Debug, thiserror::Error)]
pub enum BadLine {
    #[error("it can't be read: {0}")]
    Io(#[from] std::io::Error),
    #[error("line {0} is longer than 2 MB")]
    Long(u64),
    #[error("line {0} is not what a directory sends: {1}")]
    Form(u64, serde_json::Error),
}

/// One line of the groups of a directory. The members of a group may stand on many lines behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum GroupLine {
    Group {
        /// What stays the same when it is renamed or moved.
        key: String,
        /// The name of the entry.
        dn: String,
        /// What people call it.
        name: String,
    },
    /// The names of entries that are in the last group: people, and other groups.
    Members { names: Vec<String> },
    /// All was read: so many lines before this one.
    End { lines: u64 },
}

/// The next line, of which `number` were read before; nothing at the end.
pub fn read_line<L: DeserializeOwned>(
    from: &mut impl BufRead,
    buffer: &mut Vec<u8>,
    number: u64,
) -> Result<Option<L>, BadLine> {
    buffer.clear();
    let limit = MAX_LINE as u64 + 1;
    let read = std::io::Read::take(&mut *from, limit).read_until(b'\n', buffer)?;
    if read == 0 {
        return Ok(None);
    }
    if read > MAX_LINE {
        return Err(BadLine::Long(number + 1));
    }
    serde_json::from_slice(buffer)
        .map(Some)
        .map_err(|why| BadLine::Form(number + 1, why))
}
