//! A real SMTP server (Python's aiosmtpd) that answers as the recipient's address tells it to: `defer…@`,
//! `gone…@`, `spam…@`, `later…@`, `kept…@`, `lost…@`, `slow…@`, `closing…@`, anything else is taken. See
//! `py/smtp_server.py`.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde::Deserialize;
use tempfile::TempDir;

use crate::tools;

/// How the server is to behave.
#[derive(Debug, Clone, Default)]
pub struct SmtpOptions {
    pub tls: SmtpTls,
    /// Takes no mail before STARTTLS.
    pub require_starttls: bool,
    /// Takes no mail without this user and password.
    pub auth: Option<(String, String)>,
    /// How long `slow…@` takes, in seconds; two if not given.
    pub slow_seconds: Option<f64>,
    /// Answers 553 to this sender.
    pub refuse_sender: Option<String>,
    /// Does not know SMTPUTF8.
    pub no_utf8: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SmtpTls {
    #[default]
    None,
    StartTls,
    Implicit,
}

/// A running server; killed when dropped.
#[derive(Debug)]
pub struct SmtpServer {
    child: Child,
    options: SmtpOptions,
    folder: TempDir,
    port: u16,
}

/// A letter that the server took.
#[derive(Debug, Clone)]
pub struct ReceivedMail {
    pub bytes: Vec<u8>,
    pub envelope: Envelope,
}

/// How it came.
#[derive(Debug, Clone, Deserialize)]
pub struct Envelope {
    pub from: String,
    pub to: Vec<String>,
    pub options: Vec<String>,
    /// The client's port: the same for letters that came over one connection.
    pub peer_port: u16,
    pub hello: String,
    pub tls: bool,
    pub user: Option<String>,
}

impl SmtpServer {
    /// Starts a server without encryption or log-in.
    pub fn start() -> Self {
        Self::with(&SmtpOptions::default())
    }

    /// Starts a server on a free loopback port.
    ///
    /// # Panics
    /// When it does not start.
    pub fn with(options: &SmtpOptions) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let (child, port) = spawn(options, folder.path(), 0);
        Self {
            child,
            options: options.clone(),
            folder,
            port,
        }
    }

    /// Ends the server and starts it again on the same port, with what it had taken.
    ///
    /// # Panics
    /// When it does not start again.
    pub fn restart(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        (self.child, self.port) = spawn(&self.options, self.folder.path(), self.port);
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// `smtp://127.0.0.1:PORT`, for a server without encryption or log-in.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// The certificate (PEM) of the authority that signed the server's, which is for `localhost`.
    pub fn ca_pem(&self) -> Vec<u8> {
        std::fs::read(self.folder.path().join("ca.pem")).expect("the server was started with TLS")
    }

    /// All letters taken so far, in order.
    pub fn received(&self) -> Vec<ReceivedMail> {
        let mut files: Vec<PathBuf> = std::fs::read_dir(self.folder.path().join("new"))
            .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
            .unwrap_or_default();
        files.retain(|path| path.extension().is_some_and(|extension| extension == "eml"));
        files.sort();
        files.iter().map(|path| read(path)).collect()
    }

    /// Waits until at least `count` letters were taken, for at most `within`; returns all.
    ///
    /// # Panics
    /// When they do not come.
    pub fn wait_for(&self, count: usize, within: Duration) -> Vec<ReceivedMail> {
        let taken = crate::poll(within, || Some(self.received()).filter(|all| all.len() >= count));
        taken.unwrap_or_else(|| panic!("{count} letters did not arrive, only {}", self.received().len()))
    }
}

/// Starts a server on `port`, 0 for any free one; returns it and its port.
fn spawn(options: &SmtpOptions, folder: &Path, port: u16) -> (Child, u16) {
    let mut command = Command::new(tools::python("aiosmtpd"));
    command
        .arg(tools::script("smtp_server.py"))
        .arg("--dir")
        .arg(folder)
        .arg("--port")
        .arg(port.to_string());
    command.args(["--tls", ["none", "starttls", "implicit"][options.tls as usize]]);
    if options.require_starttls {
        command.arg("--require-starttls");
    }
    if options.no_utf8 {
        command.arg("--no-utf8");
    }
    if let Some((user, password)) = &options.auth {
        command.arg("--auth").arg(format!("{user}:{password}"));
    }
    if let Some(seconds) = options.slow_seconds {
        command.arg("--slow").arg(seconds.to_string());
    }
    if let Some(sender) = &options.refuse_sender {
        command.arg("--refuse-sender").arg(sender);
    }
    // Its standard input is a pipe of ours: when we end, however we end, it ends too.
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the SMTP server starts");
    let mut line = String::new();
    let output = child.stdout.take().expect("its output is a pipe");
    BufReader::new(output)
        .read_line(&mut line)
        .expect("it says its port");
    let said: serde_json::Value = serde_json::from_str(&line).expect("the SMTP server listens");
    let port = said["port"]
        .as_u64()
        .and_then(|port| u16::try_from(port).ok())
        .expect("a port");
    (child, port)
}

fn read(path: &Path) -> ReceivedMail {
    let facts = std::fs::read(path.with_extension("json")).expect("written before the letter");
    ReceivedMail {
        bytes: std::fs::read(path).expect("a whole letter"),
        envelope: serde_json::from_slice(&facts).expect("its envelope"),
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A private key for DKIM and the TXT record of its public half, made by Python's cryptography.
#[derive(Debug, Clone, Deserialize)]
pub struct DkimKey {
    pub pem: String,
    pub record: String,
}

/// Makes a key: `rsa` (PKCS#8), `rsa-pkcs1` or `ed25519`.
///
/// # Panics
/// When Python cannot.
pub fn dkim_key(kind: &str) -> DkimKey {
    let made = Command::new(tools::python("aiosmtpd"))
        .arg(tools::script("dkim_keys.py"))
        .arg(kind)
        .output()
        .expect("Python runs");
    serde_json::from_slice(&made.stdout)
        .unwrap_or_else(|_| panic!("no key: {}", String::from_utf8_lossy(&made.stderr)))
}

/// Whether dkimpy finds the message's signature valid, in a world whose DNS has the one TXT record.
///
/// # Errors
/// Why it does not.
///
/// # Panics
/// When dkimpy does not run.
pub fn dkim_check(message: &[u8], name: &str, record: &str) -> Result<(), String> {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), message).expect("room for a letter");
    let checked = Command::new(tools::python("aiosmtpd"))
        .arg(tools::script("dkim_check.py"))
        .args([name, record])
        .stdin(file.reopen().expect("the file just written"))
        .output()
        .expect("Python runs");
    let said: serde_json::Value = serde_json::from_slice(&checked.stdout)
        .unwrap_or_else(|_| panic!("dkimpy: {}", String::from_utf8_lossy(&checked.stderr)));
    if said["valid"] == true {
        Ok(())
    } else {
        Err(said["why"]
            .as_str()
            .unwrap_or("the signature does not match")
            .to_owned())
    }
}
