//! A real domain controller (Samba) that speaks as Active Directory does, on a loopback address of its own, for its
//! ports are the standard ones.

use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::certificates::Certificates;
use crate::ldap::modify;
use crate::{poll, tools};

pub const BASE: &str = "DC=ad,DC=example,DC=com";
pub const BIND_DN: &str = "Administrator@ad.example.com";
pub const PASSWORD: &str = "Correct-horse-1";

/// A running domain controller; stopped when dropped.
#[derive(Debug)]
pub struct Samba {
    child: Child,
    folder: TempDir,
    certificates: Certificates,
    pub address: String,
    /// Two at once on one machine find the same sockets outside their folders, and the second does not come up.
    _alone: fs::File,
}

impl Samba {
    /// Provisions a domain and starts it.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start() -> Self {
        tools::need("tool_samba");
        let alone = fs::File::create(std::env::temp_dir().join("guildhall-samba.lock")).expect("a file");
        alone.lock().expect("files can be locked");
        let folder = TempDir::new().expect("a temporary folder");
        let number = std::process::id();
        let address = format!("127.77.{}.{}", number / 250 % 250, number % 250 + 1);
        let certificates = Certificates::make(folder.path(), &address, 2);
        let domain = folder.path().join("d");
        let done = Command::new("samba-tool")
            .args([
                "domain",
                "provision",
                "--server-role=dc",
                "--dns-backend=NONE",
                "--realm=AD.EXAMPLE.COM",
            ])
            .args([
                "--domain=AD",
                "--host-name=dc1",
                &format!("--adminpass={PASSWORD}"),
                "--use-rfc2307",
            ])
            .arg(format!("--host-ip={address}"))
            .arg(format!("--targetdir={}", domain.display()))
            .stdin(Stdio::null())
            .output()
            .expect("samba-tool is there");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        settle(&domain, &address, &certificates);
        Self {
            child: run(&domain, &address),
            folder,
            certificates,
            address,
            _alone: alone,
        }
    }

    /// Stops the server; what it keeps stays.
    pub fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Starts it anew, with a certificate of another authority that is valid for so many days; with none it has expired a
    /// second later.
    ///
    /// # Panics
    /// When it does not start.
    pub fn renew(&mut self, days: u32) {
        self.stop();
        self.certificates = Certificates::make(self.folder.path(), &self.address, days);
        self.child = run(&self.folder.path().join("d"), &self.address);
    }

    pub fn authority(&self) -> String {
        self.certificates.authority()
    }

    /// Alters entries as the LDIF says (`changetype: add`, `modify`, `modrdn`, `delete`).
    ///
    /// # Panics
    /// When the server refuses.
    pub fn change(&self, ldif: &str) {
        let url = format!("ldaps://{}", self.address);
        modify(&url, (BIND_DN, PASSWORD), &self.folder, ldif);
    }
}

impl Drop for Samba {
    fn drop(&mut self) {
        self.stop();
    }
}

fn run(domain: &Path, address: &str) -> Child {
    let child = Command::new("/usr/sbin/samba")
        .args(["-i", "-M", "single", "-s"])
        .arg(domain.join("etc/smb.conf"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("samba is there");
    let up = poll(Duration::from_mins(1), || TcpStream::connect((address, 636)).ok());
    assert!(up.is_some(), "samba does not listen");
    child
}

fn settle(domain: &Path, address: &str, certificates: &Certificates) {
    let conf = domain.join("etc/smb.conf");
    let text = fs::read_to_string(&conf).expect("the provision wrote it");
    let ours = format!(
        "[global]\n\tinterfaces = {address}/8\n\tbind interfaces only = yes\n\
         \tserver services = rpc, ldap, cldap, kdc, drepl, winbindd, kcc\n\
         \ttls cafile = {}\n\ttls certfile = {}\n\ttls keyfile = {}\n",
        certificates.ca.display(),
        certificates.certificate.display(),
        certificates.key.display()
    );
    let theirs = text
        .lines()
        .filter(|line| !line.trim().starts_with("server services"));
    let text = theirs
        .collect::<Vec<_>>()
        .join("\n")
        .replacen("[global]\n", &ours, 1);
    fs::write(&conf, text + "\n").expect("a file");
    let _ = fs::create_dir(domain.join("cache"));
}
