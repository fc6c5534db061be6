//! One private PostgreSQL for all test processes of this checkout.
//!
//! nextest runs every test in a process of its own, and starting a server for each would cost two
//! seconds a test. So the first process that needs the server starts it, the others find it, and a
//! small watchdog stops it when the last user has been gone for twenty seconds.

use std::fs::{self, File, Permissions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

const WATCHDOG: &str = include_str!("watchdog.sh");

/// Settings of the server: durable as in production where the code under test can notice (`fsync`),
/// small and without replication. ICU collation on purpose: a query that forgot to name its
/// collation sorts differently here than on SQLite, and its test says so.
const SETTINGS: &[&str] = &[
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=300",
    "shared_buffers=128MB",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_wal_size=2GB",
    "full_page_writes=off",
    "autovacuum_naptime=10s",
    "log_min_messages=warning",
];

/// Address of the running server. Starts it when it is not running.
///
/// # Panics
/// When Debian's PostgreSQL 15 is not installed or does not start; the message says what to do.
pub fn address() -> &'static str {
    static ADDRESS: OnceLock<String> = OnceLock::new();
    ADDRESS.get_or_init(|| {
        let port = join_or_start().unwrap_or_else(|error| {
            panic!(
                "The tests could not start PostgreSQL: {error}. `scripts/tools.sh` installs what is missing."
            )
        });
        format!("127.0.0.1:{port}")
    })
}

fn join_or_start() -> io::Result<u16> {
    let dir = own_folder()?;
    let gate = File::create(dir.join("gate"))?;
    gate.lock()?;
    let users = File::create(dir.join("users"))?;
    users.lock_shared()?;
    // Held until this process ends, however it ends: this is how the watchdog counts.
    std::mem::forget(users);
    match running(&dir) {
        Some((_, port)) => Ok(port),
        None => start(&dir),
    }
}

/// A folder of this user and this checkout: the user `postgres` must be able to walk into it, which
/// a checkout in a home folder does not promise.
fn own_folder() -> io::Result<PathBuf> {
    let uid = fs::metadata("/proc/self")?.uid();
    let mut hasher = DefaultHasher::new();
    env!("CARGO_MANIFEST_DIR").hash(&mut hasher);
    let dir = std::env::temp_dir().join(format!("guildhall-testpg-{uid}-{:016x}", hasher.finish()));
    match fs::create_dir(&dir) {
        Ok(()) => fs::set_permissions(&dir, Permissions::from_mode(0o711))?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    let found = fs::symlink_metadata(&dir)?;
    if !found.is_dir() || found.uid() != uid {
        return Err(io::Error::other(format!(
            "{} belongs to somebody else",
            dir.display()
        )));
    }
    Ok(dir)
}

/// Process id and port of the server in this folder, if it lives and listens.
fn running(dir: &Path) -> Option<(u32, u16)> {
    let text = fs::read_to_string(dir.join("pg/data/postmaster.pid")).ok()?;
    let mut lines = text.lines();
    let pid = lines.next()?.trim().parse().ok()?;
    let port = lines.nth(2)?.trim().parse().ok()?;
    TcpStream::connect(("127.0.0.1", port)).ok()?;
    Some((pid, port))
}

fn start(dir: &Path) -> io::Result<u16> {
    let programs = programs()?;
    let home = dir.join("pg");
    if home.exists() {
        fs::remove_dir_all(&home)?;
    }
    make_home(dir, &home)?;
    let data = home.join("data");
    run(as_postgres(&programs.join("initdb"), dir)
        .arg("--pgdata")
        .arg(&data)
        .args([
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--locale-provider=icu",
            "--icu-locale=en-US",
            "--no-sync",
        ]))?;
    let mut last = None;
    // Between choosing a free port and listening on it another program may take it: try again.
    for _ in 0..5 {
        let port = free_port()?;
        let mut options = format!("-p {port}");
        for setting in SETTINGS {
            options.push_str(" -c ");
            options.push_str(setting);
        }
        let started = run(as_postgres(&programs.join("pg_ctl"), dir)
            .arg("--pgdata")
            .arg(&data)
            .arg("--log")
            .arg(home.join("log"))
            .args(["--wait", "--options", &options, "start"]));
        match started {
            Ok(()) => {
                let (pid, port) = running(dir).ok_or_else(|| io::Error::other("the server ended at once"))?;
                watch(dir, pid)?;
                return Ok(port);
            }
            Err(error) => {
                let log = fs::read_to_string(home.join("log")).unwrap_or_default();
                last = Some(io::Error::other(format!("{error}\n{log}")));
            }
        }
    }
    Err(last.unwrap_or_else(|| io::Error::other("no free port")))
}

fn programs() -> io::Result<PathBuf> {
    let path = PathBuf::from("/usr/lib/postgresql/15/bin");
    if path.join("initdb").exists() {
        Ok(path)
    } else {
        Err(io::Error::other(
            "Debian's package postgresql-15 is not installed",
        ))
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

/// PostgreSQL refuses to run as root; root hands it to the package's own user.
fn as_postgres(program: &Path, dir: &Path) -> Command {
    let mut command = if is_root() {
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir(dir).env("LC_ALL", "C.UTF-8");
    command
}

fn make_home(dir: &Path, home: &Path) -> io::Result<()> {
    let mut command = Command::new("install");
    command.current_dir(dir).args(["-d", "-m", "700"]);
    if is_root() {
        command.args(["-o", "postgres"]);
    }
    run(command.arg(home))
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// The watchdog gets a session of its own and none of our pipes: it outlives this test, and the
/// test runner does not wait for it.
fn watch(dir: &Path, pid: u32) -> io::Result<()> {
    let script = dir.join("watchdog.sh");
    fs::write(&script, WATCHDOG)?;
    Command::new("setsid")
        .args(["--fork", "sh"])
        .arg(&script)
        .arg(dir)
        .arg(pid.to_string())
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .map(|_| ())
}

fn run(command: &mut Command) -> io::Result<()> {
    let output = command.stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(format!("{command:?}: {said}")))
}
