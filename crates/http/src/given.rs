//! Fields that may be left out, or be null, which is not the same.

use serde::{Deserialize, Deserializer};

/// Null as `Some(None)`; left out is the default, `None`.
#[expect(clippy::option_option, reason = "that is what it tells apart")]
pub fn or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}
