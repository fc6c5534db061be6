/// Why a document of an identity provider is not accepted: a code for programs, and a sentence for whoever set it up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    pub code: &'static str,
    pub message: String,
}

impl Refusal {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// The document is none that an identity provider in order would send.
    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        Self::new("malformed", message)
    }

    /// Something stands where nothing may stand that is not signed, or where it could be mistaken for what is.
    pub(crate) fn wrapped(message: impl Into<String>) -> Self {
        Self::new("wrapped", message)
    }
}
