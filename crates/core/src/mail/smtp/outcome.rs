//! What became of a letter that was handed over.

use lettre::transport::smtp::Error;

/// The answer of the mail server, or the lack of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The server has taken the letter and is responsible for it now.
    Accepted { text: String },
    /// The server has said no. The letter was not taken.
    Rejected {
        /// It will say no again (5xx) rather than perhaps yes later (4xx).
        permanent: bool,
        /// The reply code, if the server gave one.
        code: Option<u16>,
        /// The server's words, or ours.
        text: String,
        stage: Stage,
    },
    /// No conversation, or it broke before the letter went out: it was certainly not taken.
    Unreachable { reason: String },
    /// The connection was lost, or the server fell silent, after the letter had begun to go out and before its
    /// answer came. It may have been taken or not; SMTP has no way to ask (RFC 1047).
    Uncertain { reason: String },
}

/// Where in the conversation the server said no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Before anything of ours: greeting, EHLO, STARTTLS.
    Greeting,
    /// User and password.
    Login,
    /// `MAIL FROM`: it does not take mail from this sender.
    Sender,
    /// `RCPT TO`: it does not take mail for this person.
    Recipient,
    /// `DATA`, or the letter itself.
    Content,
}

impl Outcome {
    /// Whether the address bounced: the server knows the recipient or the letter and will never take it. A
    /// refused log-in or sender is the settings' fault, not the address's.
    pub fn is_bounce(&self) -> bool {
        matches!(
            self,
            Self::Rejected {
                permanent: true,
                stage: Stage::Recipient | Stage::Content,
                ..
            }
        )
    }

    /// Whether trying again later can neither harm nor is known to be in vain.
    pub fn may_retry(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Rejected { .. }) && !self.is_bounce()
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Accepted { text } => write!(f, "The mail server took the letter: {text}"),
            Self::Rejected {
                code, text, stage, ..
            } => {
                let what = match stage {
                    Stage::Greeting => "The mail server does not talk to us",
                    Stage::Login => "The mail server refused the user name or password",
                    Stage::Sender => "The mail server does not take mail from this sender",
                    Stage::Recipient => "The mail server does not take mail for this address",
                    Stage::Content => "The mail server did not take the letter",
                };
                match code {
                    Some(code) => write!(f, "{what}: {code} {text}"),
                    None => write!(f, "{what}: {text}"),
                }
            }
            Self::Unreachable { reason } => write!(f, "The mail server cannot be reached: {reason}"),
            Self::Uncertain { reason } => {
                write!(
                    f,
                    "The mail server may have taken the letter, it did not say: {reason}"
                )
            }
        }
    }
}

/// What went wrong in one step of the conversation.
pub(super) enum Fault {
    Refused {
        code: u16,
        text: String,
    },
    /// We refuse ourselves: the server lacks something this letter needs.
    Unable(String),
    Lost(String),
}

impl Fault {
    pub fn of(error: &Error) -> Self {
        let cause = std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
        if let Some(code) = error.status() {
            return Self::Refused {
                code: code.into(),
                text: shortened(&cause),
            };
        }
        if error.is_tls() || cause.to_lowercase().contains("certificate") {
            return Self::Lost(format!(
                "its certificate or encryption was not accepted ({cause}). Check the host name, or add the \
                 server's CA certificate to the mail settings"
            ));
        }
        if error.is_client() {
            return Self::Unable(cause);
        }
        Self::Lost(shortened(&cause))
    }

    pub fn timed_out() -> Self {
        Self::Lost("it did not answer in time".to_owned())
    }

    /// The connection is of no further use.
    pub fn ends_connection(&self) -> bool {
        matches!(self, Self::Lost(_) | Self::Refused { code: 421, .. })
    }

    /// The outcome of a fault before the letter's first byte.
    pub fn before_data(self, stage: Stage) -> Outcome {
        match self {
            Self::Refused { code, text } => Outcome::Rejected {
                permanent: code >= 500,
                code: Some(code),
                text,
                stage,
            },
            Self::Unable(text) => Outcome::Rejected {
                permanent: true,
                code: None,
                text,
                stage,
            },
            Self::Lost(reason) => Outcome::Unreachable { reason },
        }
    }

    /// The outcome of a fault from the letter's first byte on.
    pub fn after_data(self) -> Outcome {
        match self {
            Self::Lost(reason) | Self::Unable(reason) => Outcome::Uncertain { reason },
            refused @ Self::Refused { .. } => refused.before_data(Stage::Content),
        }
    }
}

/// A server's words on one line, no longer than an admin wants to read.
fn shortened(text: &str) -> String {
    crate::mail::text::one_line(text, 500)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_counts_as_a_bounce_and_what_may_be_tried_again() {
        let rejected = |code: u16, stage| {
            Fault::Refused {
                code,
                text: "no".to_owned(),
            }
            .before_data(stage)
        };
        for (outcome, bounce, retry) in [
            (Outcome::Accepted { text: String::new() }, false, false),
            (rejected(550, Stage::Recipient), true, false),
            (rejected(554, Stage::Content), true, false),
            (rejected(450, Stage::Recipient), false, true),
            (rejected(451, Stage::Content), false, true),
            (rejected(535, Stage::Login), false, true),
            (rejected(553, Stage::Sender), false, true),
            (rejected(554, Stage::Greeting), false, true),
            (Fault::timed_out().before_data(Stage::Recipient), false, true),
            (Fault::timed_out().after_data(), false, false),
            (
                Fault::Unable("no SMTPUTF8".to_owned()).before_data(Stage::Recipient),
                true,
                false,
            ),
        ] {
            assert_eq!(
                (outcome.is_bounce(), outcome.may_retry()),
                (bounce, retry),
                "{outcome:?}"
            );
        }
    }
}
