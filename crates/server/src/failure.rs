use std::process::ExitCode;

use guildhall_core::Error;

/// Why a command ends without having done what was asked: one line for a person, one number for a script.
#[derive(Debug)]
pub struct Failure {
    code: u8,
    sentence: String,
}

/// It could not be done: 1.
const FAILED: u8 = 1;
/// It was asked in a wrong way, on the command line or in the settings: 2, as the command line's parser has it.
const WRONG: u8 = 2;

/// The brake holds: 3.
const BRAKE: u8 = 3;

pub type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    pub fn failed(sentence: impl Into<String>) -> Self {
        Self {
            code: FAILED,
            sentence: sentence.into(),
        }
    }

    pub fn wrong(sentence: impl Into<String>) -> Self {
        Self {
            code: WRONG,
            sentence: sentence.into(),
        }
    }

    pub fn brake(sentence: impl Into<String>) -> Self {
        Self {
            code: BRAKE,
            sentence: sentence.into(),
        }
    }

    pub fn tell(self) -> ExitCode {
        eprintln!("guildhall: {}", self.sentence);
        ExitCode::from(self.code)
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl From<guildhall_store::Error> for Failure {
    fn from(error: guildhall_store::Error) -> Self {
        Self::failed(error.to_string())
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::failed(error.to_string())
    }
}
