use guildhall_store as store;

/// One thing wrong with one field of what was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct FieldProblem {
    pub field: String,
    /// A sentence that says what to do.
    pub message: String,
    pub line: Option<u64>,
    pub column: Option<String>,
    pub value: Option<String>,
}

/// Why something was not done. Each carries a sentence that a person reads.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    NotFound(String),
    #[error("{0}")]
    Forbidden(String),
    /// Somebody else has it, or was quicker. `code` is stable.
    #[error("{message}")]
    Conflict { code: &'static str, message: String },
    #[error("{message}")]
    Invalid {
        message: String,
        fields: Vec<FieldProblem>,
    },
    /// The rules say no. `code` is stable.
    #[error("{message}")]
    Refused { code: &'static str, message: String },
    #[error("{0}")]
    Internal(String),
    #[error(transparent)]
    Store(store::Error),
}

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub fn not_found(what: &str) -> Self {
        Self::NotFound(format!("There is no such {what} here, or you may not see it."))
    }
    pub fn invalid(field: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        let problem = FieldProblem {
            field: field.into(),
            message: message.clone(),
            ..FieldProblem::default()
        };
        Self::Invalid {
            message,
            fields: vec![problem],
        }
    }
    /// The stable code of it, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "not_found",
            Self::Forbidden(_) => "forbidden",
            Self::Conflict { code, .. } | Self::Refused { code, .. } => code,
            Self::Invalid { .. } => "invalid",
            Self::Internal(_) | Self::Store(_) => "internal",
        }
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Unique => Self::Conflict {
                code: "conflict",
                message: "Somebody else took that in the same moment: load the page again and retry.".into(),
            },
            other => Self::Store(other),
        }
    }
}
