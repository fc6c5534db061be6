//! Real name servers: Knot speaks for zones under `example.`, Unbound resolves them and checks their signatures.
//! Zones stand in the world at documentation addresses (RFC 5737); [`DnsWorld::way`] leads to where they really are.

use std::fmt::Write as _;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::tools;

/// How a zone behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Plain,
    /// Signed, as its parent says.
    Signed,
    /// Signed a year ago, for a week.
    Expired,
    /// Its parent says that it is signed, and it is not.
    Unsigned,
    /// Its server knows nothing of it.
    Failing,
    /// Its server never answers.
    Silent,
}

/// A zone: its name without `.example`, its behaviour, its TXT records.
#[derive(Clone, Copy, Debug)]
pub struct Zone<'a>(pub &'a str, pub Kind, pub &'a [&'a str]);

const SPEAKING: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 53);
const SILENT: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 54);
/// Long enough ago that a signature of then holds no more.
const LONG_AGO: &str = "1760000000";

/// The running servers; stopped when dropped.
#[derive(Debug)]
pub struct DnsWorld {
    knot: Child,
    unbound: Child,
    /// Takes questions and answers none.
    silence: UdpSocket,
    authority: SocketAddr,
    resolver: SocketAddr,
    folder: TempDir,
}

fn free_port() -> u16 {
    // Both protocols take the same number; one that is free for TCP is nearly always so for UDP.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
    listener.local_addr().expect("its address").port()
}

fn local(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

impl DnsWorld {
    /// Starts both servers.
    ///
    /// # Panics
    /// When they do not start.
    pub fn start(zones: &[Zone<'_>]) -> Self {
        tools::need("tool_dns");
        let folder = TempDir::new().expect("a temporary folder");
        let root = folder.path();
        for name in ["zones", "keys", "run", "unbound"] {
            fs::create_dir(root.join(name)).expect("room for name servers");
        }
        let silence = UdpSocket::bind("127.0.0.1:0").expect("a loopback port");
        let (authority, resolver) = (local(free_port()), local(free_port()));
        write_zones(root, zones);
        write_knot(root, authority, zones);
        let mut anchors = String::new();
        for Zone(name, kind, _) in zones {
            match kind {
                Kind::Signed | Kind::Unsigned => anchors.push_str(&key_of(root, name)),
                Kind::Expired => {
                    sign_long_ago(root, name);
                    anchors.push_str(&anchor(root, name));
                }
                Kind::Plain | Kind::Failing | Kind::Silent => {}
            }
        }
        fs::write(root.join("anchors"), anchors).expect("room for trust anchors");
        write_unbound(
            root,
            resolver,
            authority,
            silence.local_addr().expect("its address"),
            zones,
        );
        let knot = spawn("knotd", &root.join("knot.conf"));
        let unbound = spawn("unbound", &root.join("unbound.conf"));
        let world = Self {
            knot,
            unbound,
            silence,
            authority,
            resolver,
            folder,
        };
        world.wait(zones);
        world
    }

    /// Where the resolver listens.
    pub fn resolver(&self) -> SocketAddr {
        self.resolver
    }

    /// Leads from the address that a name server has in this world to where it is.
    pub fn way(&self) -> impl Fn(IpAddr) -> Option<SocketAddr> + Send + Sync + 'static {
        let (authority, silence) = (self.authority, self.silence.local_addr().expect("its address"));
        move |address| match address {
            IpAddr::V4(SPEAKING) => Some(authority),
            IpAddr::V4(SILENT) => Some(silence),
            _ => None,
        }
    }

    /// Replaces the TXT records of a zone by these.
    ///
    /// # Panics
    /// When Knot refuses.
    pub fn set_txt(&self, name: &str, records: &[&str]) {
        let zone = format!("{name}.example");
        let control = |arguments: &[&str]| {
            let done = Command::new("knotc")
                .arg("-s")
                .arg(self.folder.path().join("run/knot.sock"))
                .args(arguments)
                .output()
                .expect("knotc runs");
            (
                done.status.success(),
                String::from_utf8_lossy(&done.stdout).into_owned(),
            )
        };
        let must = |arguments: &[&str]| {
            let (fine, said) = control(arguments);
            assert!(fine, "knotc {arguments:?}: {said}");
        };
        must(&["zone-begin", &zone]);
        control(&["zone-unset", &zone, "@", "TXT"]);
        for record in records {
            must(&["zone-set", &zone, "@", "1", "TXT", &format!("\"{record}\"")]);
        }
        must(&["zone-commit", &zone]);
    }

    fn wait(&self, zones: &[Zone<'_>]) {
        let speaks = |server: SocketAddr, name: &str| {
            let asked = Command::new("kdig")
                .args([&format!("@{}", server.ip()), "-p", &server.port().to_string()])
                .args(["+short", "+timeout=1", "+retry=0", "SOA", name])
                .output();
            asked.is_ok_and(|said| !said.stdout.is_empty())
        };
        let ready = || {
            let all = zones
                .iter()
                .filter(|Zone(_, kind, _)| *kind != Kind::Failing && *kind != Kind::Silent);
            let mut all = all.map(|Zone(name, ..)| format!("{name}.example"));
            (speaks(self.authority, "example")
                && all.all(|name| speaks(self.authority, &name))
                && speaks(self.resolver, "example"))
            .then_some(())
        };
        crate::poll(Duration::from_secs(20), ready).expect("the name servers answer");
    }
}

impl Drop for DnsWorld {
    fn drop(&mut self) {
        for child in [&mut self.knot, &mut self.unbound] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn spawn(program: &str, configuration: &Path) -> Child {
    let path = std::env::var("PATH").unwrap_or_default();
    Command::new(program)
        .env("PATH", format!("{path}:/usr/sbin"))
        .arg("-c")
        .arg(configuration)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a name server starts")
}

fn write_zones(root: &Path, zones: &[Zone<'_>]) {
    let write = |name: &str, text: &str| {
        fs::write(root.join(format!("zones/{name}.zone")), text).expect("room for a zone");
    };
    let begin = |origin: &str| {
        format!(
            "$ORIGIN {origin}.\n$TTL 1\n@ SOA ns1 hostmaster 1 3600 600 86400 1\n@ NS ns1\nns1 A {SPEAKING}\n"
        )
    };
    let mut parent = begin("example");
    for Zone(name, kind, records) in zones {
        let server = if *kind == Kind::Silent { SILENT } else { SPEAKING };
        let _ = writeln!(parent, "{name} NS ns1.{name}\nns1.{name} A {server}");
        let mut text = begin(&format!("{name}.example"));
        for record in *records {
            let _ = writeln!(text, "@ TXT \"{record}\"");
        }
        if *kind != Kind::Failing {
            write(&format!("{name}.example"), &text);
        }
    }
    write("example", &parent);
}

fn write_knot(root: &Path, authority: SocketAddr, zones: &[Zone<'_>]) {
    let shown = root.display();
    let begin = format!(
        "server:\n  rundir: {shown}/run\n  listen: {}@{}\ndatabase:\n  storage: {shown}/keys\npolicy:\n  - id: own\n    \
         algorithm: ecdsap256sha256\n    single-type-signing: on\n    rrsig-lifetime: 7d\n    rrsig-refresh: 2d\n    \
         rrsig-pre-refresh: 1h\n    dnskey-ttl: 1\n    zone-max-ttl: 60\n    propagation-delay: 1\ntemplate:\n  - id: \
         default\n    storage: {shown}/zones\n    file: \"%s.zone\"\n    zonefile-sync: -1\n    zonefile-load: \
         difference-no-serial\n    journal-content: all\nzone:\n  - domain: example\n",
        authority.ip(),
        authority.port()
    );
    let (mut serving, mut signing) = (begin.clone(), begin);
    for Zone(name, kind, _) in zones {
        let signed = "    dnssec-signing: on\n    dnssec-policy: own\n";
        let zone = format!("  - domain: {name}.example\n");
        let _ = write!(
            serving,
            "{zone}{}",
            if *kind == Kind::Signed { signed } else { "" }
        );
        let _ = write!(signing, "{zone}{signed}");
    }
    fs::write(root.join("knot.conf"), serving).expect("room for a configuration");
    fs::write(root.join("signing.conf"), signing).expect("room for a configuration");
}

fn run(program: &str, arguments: &[&str]) -> String {
    let path = std::env::var("PATH").unwrap_or_default();
    let done = Command::new(program)
        .env("PATH", format!("{path}:/usr/sbin"))
        .args(arguments)
        .output()
        .expect("a program of Knot runs");
    let error = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{program} {arguments:?}: {error}");
    String::from_utf8_lossy(&done.stdout).into_owned()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

/// Makes the key of a zone, and gives what its parent would say of it.
fn key_of(root: &Path, name: &str) -> String {
    let (signing, zone) = (root.join("signing.conf"), format!("{name}.example"));
    run(
        "keymgr",
        &[
            "-c",
            text(&signing),
            &zone,
            "generate",
            "algorithm=13",
            "ksk=yes",
            "zsk=yes",
        ],
    );
    anchor(root, name)
}

fn anchor(root: &Path, name: &str) -> String {
    let (signing, zone) = (root.join("signing.conf"), format!("{name}.example"));
    run("keymgr", &["-c", text(&signing), &zone, "ds"])
}

fn sign_long_ago(root: &Path, name: &str) {
    let (signing, zones) = (root.join("signing.conf"), root.join("zones"));
    let zone = format!("{name}.example");
    run(
        "kzonesign",
        &["-c", text(&signing), "-t", LONG_AGO, "-o", text(&zones), &zone],
    );
}

fn write_unbound(
    root: &Path,
    resolver: SocketAddr,
    authority: SocketAddr,
    silence: SocketAddr,
    zones: &[Zone<'_>],
) {
    let shown = root.display();
    let mut all = format!(
        "server:\n  username: \"\"\n  chroot: \"\"\n  directory: \"{shown}/unbound\"\n  pidfile: \"{shown}/unbound/pid\"\n  \
         interface: {}\n  port: {}\n  do-daemonize: no\n  use-syslog: no\n  do-not-query-localhost: no\n  access-control: \
         127.0.0.0/8 allow\n  trust-anchor-file: \"{shown}/anchors\"\n  ede: yes\n  num-threads: 1\n  cache-max-ttl: 0\n  \
         cache-max-negative-ttl: 0\nremote-control:\n  control-enable: no\n",
        resolver.ip(),
        resolver.port()
    );
    let mut stub = |name: &str, to: SocketAddr| {
        let _ = write!(
            all,
            "stub-zone:\n  name: \"{name}\"\n  stub-addr: {}@{}\n",
            to.ip(),
            to.port()
        );
    };
    stub("example", authority);
    for Zone(name, kind, _) in zones {
        let to = if *kind == Kind::Silent { silence } else { authority };
        stub(&format!("{name}.example"), to);
    }
    fs::write(root.join("unbound.conf"), all).expect("room for a configuration");
}
