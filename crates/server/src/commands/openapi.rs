use crate::failure::Outcome;

pub fn run() -> Outcome {
    super::print(guildhall_http::openapi().as_bytes())
}
