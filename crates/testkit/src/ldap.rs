//! A real OpenLDAP server (slapd) with the suffix `dc=example,dc=com`.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::certificates::Certificates;
use crate::{poll, tools};

pub const BASE: &str = "dc=example,dc=com";
pub const BIND_DN: &str = "cn=sync,dc=example,dc=com";
pub const PASSWORD: &str = "correct horse";
/// Who may do all, to alter what is there.
const ROOT: &str = "cn=root,dc=example,dc=com";

/// How the server is to behave.
#[derive(Debug, Clone)]
pub struct Options {
    /// Entries that it gives at most, to everybody but its administrator.
    pub size_limit: u32,
    /// Knows content synchronisation (RFC 4533).
    pub sync: bool,
    /// For how many days its certificate is valid.
    pub days: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            size_limit: 1_000_000,
            sync: true,
            days: 2,
        }
    }
}

/// A running server; stopped when dropped.
#[derive(Debug)]
pub struct Slapd {
    child: Child,
    folder: TempDir,
    certificates: Certificates,
    pub port: u16,
    pub tls_port: u16,
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its number").port()
}

impl Slapd {
    /// Starts a server with these entries (LDIF) below the base.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start(options: &Options, ldif: &str) -> Self {
        tools::need("tool_slapd");
        let folder = TempDir::new().expect("a temporary folder");
        let certificates = Certificates::make(folder.path(), "127.0.0.1", options.days);
        let configuration = configuration(&folder, &certificates, options);
        fs::create_dir(folder.path().join("db")).expect("a folder");
        fs::write(folder.path().join("slapd.conf"), configuration).expect("a file");
        let all = format!(
            "dn: {BASE}\nobjectClass: organization\nobjectClass: dcObject\no: Example\ndc: example\n\n\
             dn: {BIND_DN}\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: sync\n\
             userPassword: {PASSWORD}\n\n{ldif}"
        );
        let conf = folder.path().join("slapd.conf");
        let mut adding = Command::new("/usr/sbin/slapadd")
            .arg("-q")
            .arg("-f")
            .arg(&conf)
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("slapadd is there");
        let mut input = adding.stdin.take().expect("it is piped");
        input.write_all(all.as_bytes()).expect("slapadd reads");
        drop(input);
        let added = adding.wait_with_output().expect("slapadd ends");
        assert!(
            added.status.success(),
            "{}",
            String::from_utf8_lossy(&added.stderr)
        );
        let (port, tls_port) = (free_port(), free_port());
        let child = Command::new("/usr/sbin/slapd")
            .args(["-d", "0", "-h"])
            .arg(format!("ldap://127.0.0.1:{port} ldaps://127.0.0.1:{tls_port}"))
            .arg("-f")
            .arg(&conf)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("slapd is there");
        let server = Self {
            child,
            folder,
            certificates,
            port,
            tls_port,
        };
        let up = poll(Duration::from_secs(20), || {
            TcpStream::connect(("127.0.0.1", tls_port)).ok()
        });
        assert!(up.is_some(), "slapd does not listen");
        server
    }

    pub fn authority(&self) -> String {
        self.certificates.authority()
    }

    /// Alters entries as the LDIF says (`changetype: modify`, `modrdn`, `delete`, `add`).
    ///
    /// # Panics
    /// When the server refuses.
    pub fn change(&self, ldif: &str) {
        let url = format!("ldap://127.0.0.1:{}", self.port);
        modify(&url, (ROOT, PASSWORD), &self.folder, ldif);
    }
}

/// Alters entries of the server at `url` as the LDIF says; its certificate is not looked at.
pub(crate) fn modify(url: &str, (bind_dn, password): (&str, &str), folder: &TempDir, ldif: &str) {
    let file = folder.path().join("change.ldif");
    fs::write(&file, ldif).expect("a file");
    let done = Command::new("ldapmodify")
        .env("LDAPTLS_REQCERT", "never")
        .args(["-x", "-H", url, "-D", bind_dn, "-w", password, "-f"])
        .arg(&file)
        .stdin(Stdio::null())
        .output()
        .expect("ldapmodify is there");
    assert!(
        done.status.success(),
        "{ldif}\n{}",
        String::from_utf8_lossy(&done.stderr)
    );
}

impl Drop for Slapd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn configuration(folder: &TempDir, certificates: &Certificates, options: &Options) -> String {
    let path = folder.path().display();
    let mut text = String::new();
    for schema in ["core", "cosine", "inetorgperson", "nis"] {
        let _ = writeln!(text, "include /etc/ldap/schema/{schema}.schema");
    }
    let _ = write!(
        text,
        "modulepath /usr/lib/ldap\nmoduleload back_mdb\nmoduleload syncprov\npidfile {path}/pid\n\
         TLSCACertificateFile {}\nTLSCertificateFile {}\nTLSCertificateKeyFile {}\n\
         database mdb\nmaxsize 1073741824\nsuffix {BASE}\ndirectory {path}/db\nrootdn {ROOT}\nrootpw \"{PASSWORD}\"\n\
         index objectClass,entryUUID,entryCSN,modifyTimestamp eq\nsizelimit {}\n\
         access to attrs=userPassword by anonymous auth by * none\naccess to * by dn={BIND_DN} read by * none\n",
        certificates.ca.display(),
        certificates.certificate.display(),
        certificates.key.display(),
        options.size_limit
    );
    if options.sync {
        text.push_str("overlay syncprov\n");
    }
    text
}

/// The entry of a person below `ou=people`.
pub fn person(uid: &str, given: &str, family: &str, more: &str) -> String {
    format!(
        "dn: uid={uid},ou=people,{BASE}\nobjectClass: inetOrgPerson\nobjectClass: shadowAccount\nuid: {uid}\n\
         cn: {given} {family}\ngivenName: {given}\nsn: {family}\nmail: {uid}@example.com\n{more}\n"
    )
}

/// A folder for people or groups.
pub fn folder(name: &str) -> String {
    format!("dn: ou={name},{BASE}\nobjectClass: organizationalUnit\nou: {name}\n\n")
}
