use crate::failure::Outcome;

pub fn run() -> Outcome {
    print!("{}", guildhall_http::openapi());
    Ok(())
}
