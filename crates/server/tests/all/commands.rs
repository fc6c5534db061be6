//! The real program, as an operator and a script meet it.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Output, Stdio};
use std::time::Duration;
use std::{fs, io, thread};

use crate::common::{guildhall, run};

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// A server on a port that was free a moment ago; ended when it goes out of scope.
struct Server(Child);

impl Server {
    fn start(data: &Path) -> Self {
        let free = TcpListener::bind("127.0.0.1:0")
            .and_then(|l| l.local_addr())
            .expect("a free port");
        let mut command = guildhall(data, &["serve", "--listen", &free.to_string()]);
        let server = Self(command.stderr(Stdio::null()).spawn().expect("the server starts"));
        for _ in 0..600 {
            if ready(free).is_ok_and(|answer| answer.contains(" 200 ")) {
                return server;
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("no answer at {free}");
    }
}

/// What the server says to whether it can work. It takes connections before it does, and answers them then.
fn ready(address: SocketAddr) -> io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(b"GET /readyz HTTP/1.0\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_backup_is_made_and_restored_while_the_server_runs() -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    let (data, file) = (folder.path().join("data"), folder.path().join("monday.db"));
    let name = file.to_string_lossy().into_owned();
    let _server = Server::start(&data);
    for arguments in [["backup", &name], ["restore", &name]] {
        let output = run(&data, &arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", said(&output));
    }
    let again = run(&data, &["backup", &name]);
    assert_eq!(again.status.code(), Some(1));
    assert!(
        said(&again).contains("nothing is overwritten"),
        "{}",
        said(&again)
    );

    let elsewhere = folder.path().join("elsewhere");
    let output = run(&elsewhere, &["restore", &name]);
    assert_eq!(
        output.status.code(),
        Some(0),
        "into an empty folder: {}",
        said(&output)
    );
    Ok(())
}

#[test]
fn what_is_not_a_backup_is_refused_and_nothing_is_lost() -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("notes.txt");
    fs::write(&file, "no database")?;
    let output = run(&folder.path().join("data"), &["restore", &file.to_string_lossy()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said(&output).contains("is not a Guildhall backup"),
        "{}",
        said(&output)
    );
    Ok(())
}

#[test]
fn the_doctor_says_what_to_do_until_all_is_well() -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    let before = run(folder.path(), &["doctor"]);
    assert_eq!(before.status.code(), Some(1));
    assert!(
        said(&before).contains("There is no database"),
        "{}",
        said(&before)
    );
    assert_eq!(run(folder.path(), &["migrate"]).status.code(), Some(0));
    let after = run(folder.path(), &["doctor"]);
    assert_eq!(after.status.code(), Some(0), "{}", said(&after));
    Ok(())
}

#[test]
fn a_taken_port_and_a_wrong_setting_are_told_in_one_line() -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let output = run(
        folder.path(),
        &["serve", "--listen", &taken.local_addr()?.to_string()],
    );
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said(&output).contains("choose another address"),
        "{}",
        said(&output)
    );

    let output = guildhall(folder.path(), &["migrate"])
        .env("GUILDHALL_LISTN", "x")
        .output()?;
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("GUILDHALL_LISTN"), "{}", said(&output));
    assert_eq!(said(&output).trim().lines().count(), 1);
    Ok(())
}

#[test]
fn a_demo_is_made_once_and_never_beside_real_people() -> io::Result<()> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("demo");
    let arguments = ["demo", "--people", "60", "--json"];
    let output = run(&data, &arguments);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let told: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let boss = &told["logins"][0];
    assert_eq!(boss["role"], "system admin");
    let email = boss["email"].as_str().expect("an address");
    let shown = run(&data, &["account", "show", email, "--json"]);
    assert!(said(&shown).contains("\"claimed\""), "{}", said(&shown));
    let kept = fs::read_to_string(data.join("demo.txt"))?;
    assert!(
        kept.contains(told["password"].as_str().expect("a password")),
        "{kept}"
    );

    let again = run(&data, &arguments);
    assert_eq!(again.status.code(), Some(1));
    assert!(
        said(&again).contains("a workplace in this data folder already"),
        "{}",
        said(&again)
    );
    Ok(())
}
