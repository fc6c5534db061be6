//! What a token says, value by value.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::Refusal;

/// What somebody who signed says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Claims(pub Map<String, Value>);

impl Claims {
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// Whether that is said at all.
    pub fn has(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|value| !value.is_null())
    }

    /// One text or several.
    pub(super) fn texts(&self, name: &str) -> Vec<&str> {
        match self.0.get(name) {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// A time, in seconds since 1970 (RFC 7519, section 2).
    ///
    /// # Errors
    /// `malformed`: it is there, and no time.
    pub(super) fn time(&self, name: &str) -> Result<Option<Timestamp>, Refusal> {
        let Some(value) = self.0.get(name).filter(|value| !value.is_null()) else {
            return Ok(None);
        };
        let wrong = || {
            Refusal::malformed(format!(
                "The token's \"{name}\" is no time, which is a number of seconds since 1970."
            ))
        };
        let seconds = value.as_i64().or_else(|| {
            let seconds = value.as_f64().filter(|seconds| seconds.abs() < 1e12)?;
            Some(seconds.trunc() as i64)
        });
        Timestamp::from_second(seconds.ok_or_else(wrong)?)
            .map(Some)
            .map_err(|_| wrong())
    }
}
