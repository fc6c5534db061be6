//! What was sent with a request, as the log keeps it: short beside the entry, long packed and apart, so that a list of
//! entries stays quick to read.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde_json::Value;

use crate::Error;

/// Up to how many bytes it stands in the row of its entry.
pub const SHORT: usize = 8 * 1024;
/// How many bytes the long ones of one connector take at most, packed; the oldest make room for the newest.
pub const ROOM: i64 = 100 * 1024 * 1024;

/// What was sent with a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Sent {
    /// Nothing, or what could not be read.
    #[default]
    Nothing,
    /// As JSON.
    Short(String),
    /// So many bytes of JSON, packed.
    Long { bytes: i64, packed: Vec<u8> },
    /// So many bytes that are kept, but were not read with the entry.
    Apart { bytes: i64 },
    /// So many bytes that are kept no longer: others needed the room.
    Gone { bytes: i64 },
}

impl Sent {
    /// Without passwords. Packs what is long, which takes a moment.
    pub fn of(mut value: Value) -> Self {
        if value.is_null() {
            return Self::Nothing;
        }
        hide(&mut value);
        let text = value.to_string();
        if text.len() <= SHORT {
            return Self::Short(text);
        }
        let bytes = text.len() as i64;
        match pack(&text) {
            Ok(packed) => Self::Long { bytes, packed },
            Err(_) => Self::Gone { bytes },
        }
    }

    /// How many bytes it has, if it does not stand in the row of its entry.
    pub fn bytes_apart(&self) -> Option<i64> {
        match self {
            Self::Nothing | Self::Short(_) => None,
            Self::Long { bytes, .. } | Self::Apart { bytes } | Self::Gone { bytes } => Some(*bytes),
        }
    }

    /// What was sent, if it was read with the entry.
    pub fn value(&self) -> Option<Value> {
        match self {
            Self::Short(text) => serde_json::from_str(text).ok(),
            Self::Long { packed, .. } => serde_json::from_str(&unpack(packed).ok()?).ok(),
            Self::Nothing | Self::Apart { .. } | Self::Gone { .. } => None,
        }
    }

    /// What was sent, to try it again.
    pub fn again(&self) -> Result<Value, Error> {
        let message = match self {
            Self::Gone { bytes } => format!(
                "What was sent ({}) is not kept any longer: of long requests the log keeps the newest, {} of them. Have the \
                 identity provider send it again.",
                told(*bytes),
                told(ROOM)
            ),
            _ => "What was sent could not be read, so it was not kept.".to_owned(),
        };
        self.value().ok_or(Error::Refused {
            code: "not_kept",
            message,
        })
    }
}

fn pack(text: &str) -> std::io::Result<Vec<u8>> {
    let mut packer = DeflateEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(text.as_bytes())?;
    packer.finish()
}

fn unpack(packed: &[u8]) -> std::io::Result<String> {
    let mut text = String::new();
    DeflateDecoder::new(packed).read_to_string(&mut text)?;
    Ok(text)
}

fn told(bytes: i64) -> String {
    const MEGABYTE: i64 = 1024 * 1024;
    if bytes < MEGABYTE {
        return format!("{} kB", (bytes + 1023) / 1024);
    }
    format!("{:.0} MB", bytes as f64 / MEGABYTE as f64)
}

fn hide(value: &mut Value) {
    match value {
        Value::Object(map) => {
            let names_password = map.iter().any(|(key, value)| {
                key.eq_ignore_ascii_case("path")
                    && value
                        .as_str()
                        .is_some_and(|path| path.to_ascii_lowercase().contains("password"))
            });
            for (key, value) in map {
                if key.to_ascii_lowercase().contains("password")
                    || names_password && key.eq_ignore_ascii_case("value")
                {
                    *value = "(hidden)".into();
                } else {
                    hide(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(hide),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn no_password_is_kept() {
        let body = json!({"userName": "a", "password": "x", "Operations": [{"op": "add", "path": "password", "value": "y"}]});
        let Sent::Short(kept) = Sent::of(body) else {
            panic!("it is short");
        };
        assert!(!kept.contains("\"x\"") && !kept.contains("\"y\""), "{kept}");
        assert!(kept.contains("userName"));
    }

    #[test]
    fn what_is_long_is_packed_and_comes_back_as_it_was() {
        let members: Vec<Value> = (0..2000)
            .map(|number| json!({"value": format!("person-{number}")}))
            .collect();
        let body = json!({"members": members, "password": "x"});
        let sent = Sent::of(body.clone());
        let Sent::Long { bytes, packed } = &sent else {
            panic!("it is long");
        };
        assert!(packed.len() as i64 * 4 < *bytes, "{} of {bytes}", packed.len());
        let mut told = sent.again().unwrap();
        assert_eq!(told["password"], "(hidden)");
        told["password"] = json!("x");
        assert_eq!(told, body);
    }

    #[test]
    fn why_it_cannot_be_tried_again_is_told() {
        let told = |sent: Sent| sent.again().unwrap_err().to_string();
        assert_eq!(
            told(Sent::Gone { bytes: 70_000 }),
            "What was sent (69 kB) is not kept any longer: of long requests the log keeps the newest, 100 MB of them. Have the \
             identity provider send it again."
        );
        assert_eq!(
            told(Sent::Nothing),
            "What was sent could not be read, so it was not kept."
        );
        assert_eq!(super::told(3 * 1024 * 1024 + 5), "3 MB");
    }
}
