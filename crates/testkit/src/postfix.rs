//! Debian's Postfix as a private instance: its own configuration, queue, log and Maildir in a temporary folder,
//! on a free loopback port. It delivers to `…@example.test` and answers 550 to `gone@`, 450 to `defer@`.

use std::fmt::Write as _;
use std::fs::{self, Permissions};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::tools;

/// The user that owns the delivered mail: nobody's in particular.
const MAIL_UID: u32 = 65_534;

/// A running mail server; stopped when dropped.
#[derive(Debug)]
pub struct Postfix {
    folder: TempDir,
    port: u16,
    master: u32,
}

impl Postfix {
    /// Starts an instance. Postfix changes between users, so this needs root.
    ///
    /// # Panics
    /// When it does not start; the message has its log.
    pub fn start() -> Self {
        tools::need("tool_postfix");
        assert!(
            is_root(),
            "Postfix can only be started as root: run this test with sudo, or in a container"
        );
        let folder = TempDir::new().expect("a temporary folder");
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).expect("its own folder");
        let mut said = String::new();
        // Between choosing a free port and listening on it another program may take it: try again.
        for _ in 0..5 {
            let port = free_port();
            write_configuration(folder.path(), port);
            let started = postfix(folder.path(), "start");
            if let Some(master) = crate::poll(Duration::from_secs(20), || running(folder.path(), port)) {
                return Self { folder, port, master };
            }
            let log = fs::read_to_string(folder.path().join("log")).unwrap_or_default();
            said = format!("{started}\n{log}");
            postfix(folder.path(), "abort");
        }
        panic!("Postfix did not start:\n{said}");
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// `smtp://127.0.0.1:PORT`
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// The messages delivered so far, oldest first, as they lie in the Maildir.
    pub fn delivered(&self) -> Vec<Vec<u8>> {
        let mut files: Vec<PathBuf> = fs::read_dir(self.folder.path().join("mail/inbox/new"))
            .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
            .unwrap_or_default();
        files.sort();
        files.iter().filter_map(|path| fs::read(path).ok()).collect()
    }

    /// Waits until at least `count` messages were delivered, for at most `within`; returns all.
    ///
    /// # Panics
    /// When they do not come; the message has the server's log.
    pub fn wait_for(&self, count: usize, within: Duration) -> Vec<Vec<u8>> {
        let delivered = crate::poll(within, || Some(self.delivered()).filter(|all| all.len() >= count));
        delivered.unwrap_or_else(|| {
            let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            panic!("{count} messages were not delivered:\n{log}")
        })
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        postfix(self.folder.path(), "stop");
        let gone = || (!Path::new(&format!("/proc/{}", self.master)).exists()).then_some(());
        if crate::poll(Duration::from_secs(5), gone).is_none() {
            postfix(self.folder.path(), "abort");
        }
    }
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
    listener.local_addr().expect("its address").port()
}

/// `postfix -c CONFIG VERB`, and what it said.
fn postfix(folder: &Path, verb: &str) -> String {
    let done = Command::new("/usr/sbin/postfix")
        .arg("-c")
        .arg(folder.join("etc"))
        .arg(verb)
        .stdin(Stdio::null())
        .output();
    match done {
        Ok(done) => String::from_utf8_lossy(&done.stderr).into_owned(),
        Err(error) => error.to_string(),
    }
}

/// The master's process id, once the port answers.
fn running(folder: &Path, port: u16) -> Option<u32> {
    TcpStream::connect(("127.0.0.1", port)).ok()?;
    fs::read_to_string(folder.join("spool/pid/master.pid"))
        .ok()?
        .trim()
        .parse()
        .ok()
}

fn write_configuration(folder: &Path, port: u16) {
    for name in ["etc", "spool", "data", "mail"] {
        fs::create_dir_all(folder.join(name)).expect("room for Postfix");
    }
    let owner = |user: &str| -> u32 {
        let id = Command::new("id").args(["-u", user]).output().expect("id runs");
        String::from_utf8_lossy(&id.stdout)
            .trim()
            .parse()
            .expect("the package made its user")
    };
    chown(folder.join("data"), Some(owner("postfix")), None).expect("root may");
    chown(folder.join("mail"), Some(MAIL_UID), Some(MAIL_UID)).expect("root may");
    fs::write(folder.join("etc/recipients"), "gone@example.test 550 5.1.1 No such user here\ndefer@example.test 450 4.2.0 Mailbox busy, try again\n")
        .expect("room for Postfix");
    fs::write(folder.join("etc/main.cf"), main_cf(folder)).expect("room for Postfix");
    fs::write(folder.join("etc/master.cf"), master_cf(port)).expect("room for Postfix");
}

fn main_cf(folder: &Path) -> String {
    let root = folder.display();
    let mut text = String::new();
    for (name, value) in [
        ("compatibility_level", "3.6".to_owned()),
        ("queue_directory", format!("{root}/spool")),
        ("data_directory", format!("{root}/data")),
        ("command_directory", "/usr/sbin".to_owned()),
        ("daemon_directory", "/usr/lib/postfix/sbin".to_owned()),
        ("mail_owner", "postfix".to_owned()),
        ("setgid_group", "postdrop".to_owned()),
        ("maillog_file_prefixes", root.to_string()),
        ("maillog_file", format!("{root}/log")),
        ("inet_interfaces", "127.0.0.1".to_owned()),
        ("inet_protocols", "ipv4".to_owned()),
        ("myhostname", "mail.example.test".to_owned()),
        ("mydestination", String::new()),
        ("alias_maps", String::new()),
        ("alias_database", String::new()),
        ("mynetworks", "127.0.0.0/8".to_owned()),
        // It delivers here or nowhere.
        (
            "default_transport",
            "error:no mail leaves this machine".to_owned(),
        ),
        ("virtual_mailbox_domains", "example.test".to_owned()),
        ("virtual_mailbox_base", format!("{root}/mail")),
        ("virtual_mailbox_maps", "static:inbox/".to_owned()),
        ("virtual_uid_maps", format!("static:{MAIL_UID}")),
        ("virtual_gid_maps", format!("static:{MAIL_UID}")),
        ("virtual_minimum_uid", "100".to_owned()),
        (
            "smtpd_recipient_restrictions",
            format!("check_recipient_access texthash:{root}/etc/recipients, permit_mynetworks, reject"),
        ),
        ("smtpd_peername_lookup", "no".to_owned()),
        ("smtputf8_enable", "yes".to_owned()),
    ] {
        let _ = writeln!(text, "{name} = {value}");
    }
    text
}

fn master_cf(port: u16) -> String {
    format!(
        "127.0.0.1:{port} inet n - n - - smtpd\n\
         cleanup unix n - n - 0 cleanup\n\
         qmgr unix n - n 300 1 qmgr\n\
         tlsmgr unix - - n 1000? 1 tlsmgr\n\
         rewrite unix - - n - - trivial-rewrite\n\
         bounce unix - - n - 0 bounce\n\
         defer unix - - n - 0 bounce\n\
         trace unix - - n - 0 bounce\n\
         verify unix - - n - 1 verify\n\
         proxymap unix - - n - - proxymap\n\
         error unix - - n - - error\n\
         retry unix - - n - - error\n\
         discard unix - - n - - discard\n\
         virtual unix - n n - - virtual\n\
         anvil unix - - n - 1 anvil\n\
         scache unix - - n - 1 scache\n\
         postlog unix-dgram n - n - 1 postlogd\n"
    )
}
