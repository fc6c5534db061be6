//! What surrounds every request.

pub mod errors;
pub mod headers;
pub mod patience;
pub mod watch;

pub use headers::form_action;

/// The number of a request, told in the answer, the log and the audit log.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);
