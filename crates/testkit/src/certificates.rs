//! Certificates for servers on this machine, signed by an authority that is made for the test.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Files in PEM.
#[derive(Debug, Clone)]
pub struct Certificates {
    pub ca: PathBuf,
    pub certificate: PathBuf,
    pub key: PathBuf,
}

impl Certificates {
    /// For `localhost` and `address`, valid for so many days; with none it has expired a second later.
    ///
    /// # Panics
    /// When openssl is missing or says no.
    pub fn make(folder: &Path, address: &str, days: u32) -> Self {
        let at = |name: &str| folder.join(name);
        let text = |name: &str| at(name).to_string_lossy().into_owned();
        openssl(&format!(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=Test-CA \
             -addext basicConstraints=critical,CA:TRUE -keyout {} -out {}",
            text("ca.key"),
            text("ca.pem")
        ));
        openssl(&format!(
            "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost -keyout {} -out {}",
            text("server.key"),
            text("server.csr")
        ));
        let names =
            format!("subjectAltName=DNS:localhost,IP:127.0.0.1,IP:{address}\nbasicConstraints=CA:FALSE\n");
        fs::write(at("server.ext"), names).expect("a file in a temporary folder");
        openssl(&format!(
            "x509 -req -in {} -CA {} -CAkey {} -set_serial 7 -days {days} -extfile {} -out {}",
            text("server.csr"),
            text("ca.pem"),
            text("ca.key"),
            text("server.ext"),
            text("server.pem")
        ));
        Self {
            ca: at("ca.pem"),
            certificate: at("server.pem"),
            key: at("server.key"),
        }
    }

    /// The authority, as a person would paste it.
    ///
    /// # Panics
    /// When the folder is gone.
    pub fn authority(&self) -> String {
        fs::read_to_string(&self.ca).expect("the certificate was made")
    }
}

fn openssl(arguments: &str) {
    let done = Command::new("openssl")
        .args(arguments.split_whitespace())
        .stdin(Stdio::null())
        .output()
        .expect("openssl is there");
    assert!(
        done.status.success(),
        "openssl {arguments}\n{}",
        String::from_utf8_lossy(&done.stderr)
    );
}
