//! Handing letters to a mail server (RFC 5321), so that after every step it is known what became of them.
//!
//! `lettre` speaks the protocol; the steps are taken here one by one, because what matters to us is *when* a
//! connection broke: before the letter's first byte it was certainly not taken, after it nobody knows.

mod outcome;
mod pool;
mod settings;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::Mechanism;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;

use super::message::Outgoing;
use outcome::Fault;
use pool::{Connection, Pool};
use settings::{Encryption, Endpoint};

pub use outcome::{Outcome, Stage};
pub use settings::{SettingsError, SmtpSettings, Timeouts};

/// A mail server to hand letters to. Cheap to clone; clones share its open connections.
#[derive(Clone)]
pub struct Transport {
    shared: Arc<Shared>,
}

struct Shared {
    endpoint: Endpoint,
    timeouts: Timeouts,
    pool: Pool,
}

/// A letter that the server has agreed to take (sender and recipient are accepted), before its first byte:
/// the moment to record that it goes out now. Dropped, nothing was sent.
pub struct Prepared<'a> {
    transport: &'a Transport,
    connection: Connection,
    mail: &'a Outgoing,
}

impl Transport {
    /// A transport with `settings` checked. Connects only when there is a letter. Needs a tokio runtime later.
    pub fn new(settings: &SmtpSettings) -> Result<Self, SettingsError> {
        let endpoint = Endpoint::new(settings)?;
        let pool = Pool::new(settings.idle_connections, settings.timeouts.idle);
        Ok(Self {
            shared: Arc::new(Shared {
                endpoint,
                timeouts: settings.timeouts,
                pool,
            }),
        })
    }

    /// Sends one letter to its one recipient and waits for the server's answer.
    pub async fn send(&self, mail: &Outgoing) -> Outcome {
        match self.prepare(mail).await {
            Ok(prepared) => prepared.deliver().await,
            Err(outcome) => outcome,
        }
    }

    /// The conversation up to the letter itself. The error is never [`Outcome::Accepted`] or
    /// [`Outcome::Uncertain`]: up to here nothing has been sent.
    pub async fn prepare<'a>(&'a self, mail: &'a Outgoing) -> Result<Prepared<'a>, Outcome> {
        if let Some(mut connection) = self.reusable().await {
            match self.address(&mut connection, mail).await {
                Ok(()) => {
                    return Ok(Prepared {
                        transport: self,
                        connection,
                        mail,
                    });
                }
                // Servers close connections that have been used long enough: that says nothing about the letter.
                Err((fault, _)) if fault.ends_connection() => {}
                Err((fault, stage)) => {
                    self.park(connection).await;
                    return Err(fault.before_data(stage));
                }
            }
        }
        let mut connection = self.connect().await?;
        match self.address(&mut connection, mail).await {
            Ok(()) => Ok(Prepared {
                transport: self,
                connection,
                mail,
            }),
            Err((fault, stage)) => {
                if !fault.ends_connection() {
                    self.park(connection).await;
                }
                Err(fault.before_data(stage))
            }
        }
    }

    /// Connects and logs in, for "test the settings" and start-up checks. No letter is sent.
    pub async fn check(&self) -> Result<(), Outcome> {
        let connection = self.connect().await?;
        self.shared.pool.park(connection);
        Ok(())
    }

    /// Says goodbye on all open connections.
    pub async fn close(&self) {
        self.shared.pool.close().await;
    }

    /// `MAIL FROM` and `RCPT TO`.
    async fn address(&self, connection: &mut Connection, mail: &Outgoing) -> Result<(), (Fault, Stage)> {
        let mut parameters = Vec::new();
        let features = connection.smtp.server_info();
        if mail.from.needs_utf8() || mail.to.needs_utf8() {
            if !features.supports_feature(Extension::SmtpUtfEight) {
                let text = "it cannot deliver to addresses with letters beyond ASCII before the @ (SMTPUTF8)";
                return Err((Fault::Unable(text.to_owned()), Stage::Recipient));
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        if !mail.bytes.is_ascii() && features.supports_feature(Extension::EightBitMime) {
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        let wait = self.shared.timeouts.command;
        step(
            wait,
            connection
                .smtp
                .command(Mail::new(Some(mail.from.to_lettre()), parameters)),
        )
        .await
        .map_err(|fault| (fault, Stage::Sender))?;
        step(
            wait,
            connection
                .smtp
                .command(Rcpt::new(mail.to.to_lettre(), Vec::new())),
        )
        .await
        .map_err(|fault| (fault, Stage::Recipient))?;
        Ok(())
    }

    /// An open connection that still answers.
    async fn reusable(&self) -> Option<Connection> {
        while let Some(mut connection) = self.shared.pool.take() {
            if tokio::time::timeout(Duration::from_secs(5), connection.smtp.test_connected()).await
                == Ok(true)
            {
                return Some(connection);
            }
        }
        None
    }

    /// Keeps the connection for the next letter, with this one's addresses forgotten.
    async fn park(&self, mut connection: Connection) {
        if step(self.shared.timeouts.command, connection.smtp.command(Rset))
            .await
            .is_ok()
        {
            self.shared.pool.park(connection);
        }
    }

    async fn connect(&self) -> Result<Connection, Outcome> {
        let Shared {
            endpoint,
            timeouts,
            pool,
            ..
        } = &*self.shared;
        let wrapped = match &endpoint.encryption {
            Encryption::Wrapped(parameters) => Some(parameters.clone()),
            _ => None,
        };
        let server = (endpoint.host.as_str(), endpoint.port);
        // Once for the TCP connection, and once more for greeting and EHLO.
        let whole = timeouts.connect + timeouts.command;
        let opened = AsyncSmtpConnection::connect_tokio1(
            server,
            Some(timeouts.connect),
            &endpoint.hello,
            wrapped,
            None,
        );
        let mut smtp = step(whole, opened)
            .await
            .map_err(|fault| fault.before_data(Stage::Greeting))?;
        self.encrypt(&mut smtp)
            .await
            .map_err(|fault| fault.before_data(Stage::Greeting))?;
        if let Some(credentials) = &endpoint.credentials {
            let mechanisms = [Mechanism::Plain, Mechanism::Login];
            step(timeouts.command, smtp.auth(&mechanisms, credentials))
                .await
                .map_err(|fault| fault.before_data(Stage::Login))?;
        }
        Ok(pool.adopt(smtp))
    }

    async fn encrypt(&self, smtp: &mut AsyncSmtpConnection) -> Result<(), Fault> {
        let parameters = match &self.shared.endpoint.encryption {
            Encryption::None | Encryption::Wrapped(_) => return Ok(()),
            Encryption::Opportunistic(_) if !smtp.can_starttls() => return Ok(()),
            Encryption::Required(_) if !smtp.can_starttls() => {
                let text = "it does not offer encryption (STARTTLS), which the settings require";
                return Err(Fault::Unable(text.to_owned()));
            }
            Encryption::Opportunistic(parameters) | Encryption::Required(parameters) => parameters.clone(),
        };
        step(
            self.shared.timeouts.command,
            smtp.starttls(parameters, &self.shared.endpoint.hello),
        )
        .await
    }
}

impl Prepared<'_> {
    /// Sends the letter and waits for the answer. From here on a lost connection is [`Outcome::Uncertain`].
    pub async fn deliver(self) -> Outcome {
        let Self {
            transport,
            mut connection,
            mail,
        } = self;
        let timeouts = transport.shared.timeouts;
        // A server that has no "go ahead" (354) yet has not got a byte of the letter.
        if let Err(fault) = step(timeouts.command, connection.smtp.command(Data)).await {
            if !fault.ends_connection() {
                transport.park(connection).await;
            }
            return fault.before_data(Stage::Content);
        }
        match step(timeouts.data, connection.smtp.message(&mail.bytes)).await {
            Ok(response) => {
                transport.shared.pool.park(connection);
                Outcome::Accepted {
                    text: words(&response),
                }
            }
            Err(fault) => {
                if !fault.ends_connection() {
                    transport.park(connection).await;
                }
                fault.after_data()
            }
        }
    }

    /// Sends nothing after all and keeps the connection for the next letter.
    pub async fn abandon(self) {
        self.transport.park(self.connection).await;
    }
}

/// One step of the conversation within its time.
async fn step<T>(wait: Duration, action: impl Future<Output = Result<T, Error>>) -> Result<T, Fault> {
    match tokio::time::timeout(wait, action).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(Fault::of(&error)),
        Err(_) => Err(Fault::timed_out()),
    }
}

fn words(response: &Response) -> String {
    super::text::one_line(&response.message().collect::<Vec<_>>().join(" "), 500)
}
