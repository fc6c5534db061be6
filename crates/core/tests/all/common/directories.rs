//! What stories of directories share.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use guildhall_core::accounts::{self, Account, ProfileField as Field};
use guildhall_core::directory::ldap::{Security, Server};
use guildhall_core::directory::{self, Directory, Settings, Via};
use guildhall_core::imports::{self, RowFilter, Run, RunState};
use guildhall_testkit::ldap::{BASE, BIND_DN, PASSWORD, Slapd};
use guildhall_wire::directory::{Kind, Mapping};

use crate::common::World;
pub use crate::common::runs::{again, applied};

pub fn settings(slapd: &Slapd) -> Settings {
    Settings {
        kind: Kind::OpenLdap,
        via: Via::Server,
        server: Server {
            host: "localhost".into(),
            port: Some(slapd.tls_port),
            security: Security::Ldaps,
            ca: Some(slapd.authority()),
            bind_dn: BIND_DN.into(),
        },
        base: BASE.into(),
        filter: String::new(),
        group: None,
        groups: None,
        mapping: Mapping::preset(Kind::OpenLdap),
        invite: false,
        automatic: true,
        every_minutes: 15,
        full_hours: 24,
    }
}

pub async fn connect(world: &World, settings: Settings) -> Directory {
    directory::create(&world.app, &world.admin(), "LDAP", settings, Some(PASSWORD))
        .await
        .unwrap()
}

/// Reads the directory, everybody or what changed, and plans.
pub async fn planned(world: &World, directory: &Directory, full: bool) -> Run {
    world.hands.turn(60);
    let run = directory::start(&world.app, &world.admin(), directory.id, full)
        .await
        .unwrap();
    assert_eq!(run.state, RunState::Reading);
    work(world).await;
    again(world, &run).await
}

pub async fn work(world: &World) {
    directory::work(&world.app).await.unwrap();
    imports::work(&world.app).await.unwrap();
}

/// Each row as `name status action: problems`.
pub async fn rows(world: &World, run: &Run) -> Vec<String> {
    let filter = RowFilter {
        limit: 200,
        ..RowFilter::default()
    };
    let page = imports::rows(&world.app.db, &world.admin(), run.id, &filter)
        .await
        .unwrap();
    let told = |row: &imports::RowFacts| {
        let problems: Vec<String> = row
            .problems
            .iter()
            .map(|problem| problem.message.clone())
            .collect();
        let (name, status, action) = (&row.name, row.status.as_str(), row.action.as_str());
        format!("{name} {status} {action} {}", problems.join(" "))
            .trim()
            .to_owned()
    };
    page.items.iter().map(told).collect()
}

pub async fn find(world: &World, email: &str) -> Account {
    accounts::by_email(&world.app.db, world.workplace.id, email)
        .await
        .unwrap()
        .unwrap_or_else(|| panic!("nobody has {email}"))
}

pub async fn seen(world: &World, directory: &Directory) -> Directory {
    directory::get(&world.app.db, &world.admin(), directory.id)
        .await
        .unwrap()
}

pub fn value(account: &Account, field: Field) -> &str {
    account.profile.get(field).unwrap_or("")
}

/// Passes bytes on to the server at this address, and cuts the line once it has sent back so many. Gives a port at the same
/// address, and how many bytes came back in all.
pub fn cut_after((address, port): (&str, u16), most: usize) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((address, 0)).unwrap();
    let ours = listener.local_addr().unwrap().port();
    let (server, total) = (format!("{address}:{port}"), Arc::<AtomicUsize>::default());
    let counted = total.clone();
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let Ok(mut client) = client else { return };
            let Ok(mut server) = TcpStream::connect(&server) else {
                return;
            };
            let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            std::thread::spawn(move || std::io::copy(&mut from, &mut to));
            let (mut sent, mut bytes) = (0, [0; 4096]);
            while let Ok(count @ 1..) = server.read(&mut bytes) {
                sent += count;
                counted.fetch_add(count, Ordering::Relaxed);
                if sent > most || client.write_all(&bytes[..count]).is_err() {
                    break;
                }
            }
            let _ = client.shutdown(std::net::Shutdown::Both);
            let _ = server.shutdown(std::net::Shutdown::Both);
        }
    });
    (ours, total)
}
