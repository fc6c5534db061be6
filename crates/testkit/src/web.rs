//! Real web sites on HTTPS, one for each way in which a domain's file may be there or not: see `py/https_site.py`.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use guildhall_core::fetch::{Fetcher, Guarded};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::tls::Certificate;
use tempfile::TempDir;

use crate::tools;

/// The running sites; stopped when dropped.
#[derive(Debug)]
pub struct WebSites {
    child: Child,
    folder: TempDir,
    port: u16,
}

impl WebSites {
    /// Starts them.
    ///
    /// # Panics
    /// When they do not start.
    pub fn start() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        std::fs::write(folder.path().join("proof.txt"), "").expect("room for a file");
        // Its standard input is a pipe of ours: when we end, however we end, it ends too.
        let mut child = Command::new(tools::python("aiosmtpd"))
            .arg(tools::script("https_site.py"))
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the web sites start");
        let mut line = String::new();
        let output = child.stdout.take().expect("its output is a pipe");
        BufReader::new(output)
            .read_line(&mut line)
            .expect("it says its port");
        let said: serde_json::Value = serde_json::from_str(&line).expect("the web sites listen");
        let port = said["port"].as_u64().and_then(|port| u16::try_from(port).ok());
        Self {
            child,
            folder,
            port: port.expect("a port"),
        }
    }

    /// What the right ones serve from now on.
    ///
    /// # Panics
    /// When the disk is full.
    pub fn serve(&self, proof: &str) {
        std::fs::write(self.folder.path().join("proof.txt"), proof).expect("room for a file");
    }

    /// Fetches from a world in which every host is one of them, but for those inside, which are where nobody may look.
    ///
    /// # Panics
    /// When the certificate of their authority is gone.
    pub fn fetcher(&self) -> Fetcher {
        Fetcher::new(self.hosts(), self.roots())
    }

    /// The same, but as in production: nothing at a private address, where they are, is asked at all.
    ///
    /// # Panics
    /// When the certificate of their authority is gone.
    pub fn guarded_fetcher(&self) -> Fetcher {
        Fetcher::new(Guarded(self.hosts()), self.roots())
    }

    fn hosts(&self) -> Hosts {
        Hosts(SocketAddr::from(([127, 0, 0, 1], self.port)))
    }

    fn roots(&self) -> Vec<Certificate> {
        let pem = std::fs::read(self.folder.path().join("ca.pem")).expect("written before the port was said");
        vec![Certificate::from_pem(&pem).expect("the authority's certificate is one")]
    }
}

impl Drop for WebSites {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Every host is at this address.
#[derive(Clone, Debug)]
struct Hosts(SocketAddr);

impl Resolve for Hosts {
    fn resolve(&self, name: Name) -> Resolving {
        if name.as_str().starts_with("inside.") {
            // Whoever asks there is caught.
            return Guarded(Inside(self.0)).resolve(name);
        }
        Inside(self.0).resolve(name)
    }
}

#[derive(Clone, Debug)]
struct Inside(SocketAddr);

impl Resolve for Inside {
    fn resolve(&self, _: Name) -> Resolving {
        let address = self.0;
        Box::pin(async move { Ok(Box::new(std::iter::once(address)) as Addrs) })
    }
}
