/// Why something is refused, as RFC 7644 (section 3.12) and RFC 9865 name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    InvalidFilter,
    TooMany,
    Uniqueness,
    Mutability,
    InvalidSyntax,
    InvalidPath,
    NoTarget,
    InvalidValue,
    Sensitive,
    InvalidCursor,
    ExpiredCursor,
    InvalidCount,
}

impl Kind {
    /// The word for `scimType`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::TooMany => "tooMany",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
            Self::Sensitive => "sensitive",
            Self::InvalidCursor => "invalidCursor",
            Self::ExpiredCursor => "expiredCursor",
            Self::InvalidCount => "invalidCount",
        }
    }
}

/// A request that can't be understood, with a sentence that says what to send instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct ScimError {
    pub kind: Kind,
    pub detail: String,
}

impl ScimError {
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
        }
    }
    pub(super) fn filter(detail: impl Into<String>) -> Self {
        Self::new(Kind::InvalidFilter, detail)
    }
    pub(super) fn value(detail: impl Into<String>) -> Self {
        Self::new(Kind::InvalidValue, detail)
    }
    pub(super) fn path(detail: impl Into<String>) -> Self {
        Self::new(Kind::InvalidPath, detail)
    }
    pub(super) fn syntax(detail: impl Into<String>) -> Self {
        Self::new(Kind::InvalidSyntax, detail)
    }
}
