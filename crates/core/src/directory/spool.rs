//! A directory read into lines, in a file: what the server keeps and the agent sends. Knows no workplace.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufWriter, Seek as _, SeekFrom, Write as _};

use guildhall_wire::directory::{Line, dn_key, key_of, person};
use ldap3::Scope;

use super::ldap::{self, Asked, Cursor, Found, Query, Session, Trouble};
use super::{Look, Settings, Step};
use crate::Moment;

/// Managers outside of what changed who are asked for by name in one read.
const MANAGERS: usize = 2000;

/// What was read.
#[derive(Debug)]
pub struct Spool {
    pub file: File,
    /// Lines before the last.
    pub lines: u64,
    /// People among them.
    pub people: u64,
    pub read: ldap::Read,
}

fn asked(settings: &Settings) -> Asked<'_> {
    Asked {
        kind: settings.kind,
        base: &settings.base,
        filter: settings.filter(),
        mapping: &settings.mapping,
        group: settings.group.as_deref(),
    }
}

/// Reads everybody, or what changed since, into a temporary file. It is whole or an error.
pub async fn read(
    settings: Settings,
    password: String,
    since: Option<Cursor>,
    now: Moment,
) -> Result<Spool, Trouble> {
    // The library takes answers apart in ways that a broken server could make it panic: that must stop nobody else.
    let reading = tokio::spawn(async move { read_here(&settings, &password, since.as_ref(), now).await });
    reading.await.unwrap_or_else(|_| {
        Err(Trouble::new(
            "directory_answer",
            "The directory gave an answer that is no LDAP: see that the port is that of a directory.",
        ))
    })
}

async fn read_here(
    settings: &Settings,
    password: &str,
    since: Option<&Cursor>,
    now: Moment,
) -> Result<Spool, Trouble> {
    let mut session = ldap::connect(&settings.server, password).await?;
    let mut lines = Lines::new(settings, now)?;
    let read = ldap::find(&mut session, &asked(settings), since, &mut |found| {
        lines.take(found)
    })
    .await?;
    if !read.full {
        lines.find_managers(&mut session).await?;
    }
    lines.finish(read)
}

struct Lines<'a> {
    settings: &'a Settings,
    now: i64,
    to: BufWriter<File>,
    written: u64,
    people: u64,
    /// The names of entries that were read, and of managers.
    names: HashSet<String>,
    managers: HashMap<String, String>,
}

fn not_kept(why: &dyn std::fmt::Display) -> Trouble {
    Trouble::new(
        "directory_disk",
        format!("What was read can't be written to the disk: {why}."),
    )
}

impl<'a> Lines<'a> {
    fn new(settings: &'a Settings, now: Moment) -> Result<Self, Trouble> {
        Ok(Self {
            settings,
            now: now.ms(),
            to: BufWriter::new(tempfile::tempfile().map_err(|why| not_kept(&why))?),
            written: 0,
            people: 0,
            names: HashSet::new(),
            managers: HashMap::new(),
        })
    }

    fn take(&mut self, found: Found) -> Result<(), Trouble> {
        let line = match found {
            Found::Here(key) => Line::Here { key },
            Found::Gone(key) => Line::Gone { key },
            Found::Entry(entry) => match person(&entry, self.settings.kind, &self.settings.mapping, self.now)
            {
                Some(person) => Line::Person(Box::new(person)),
                None => {
                    return Err(Trouble::new(
                        "directory_rights",
                        format!(
                            "The entry \"{}\" came without its {}: let the account that reads see that attribute.",
                            entry.dn,
                            self.settings.kind.key_attribute()
                        ),
                    ));
                }
            },
        };
        self.write(&line)
    }

    fn write(&mut self, line: &Line) -> Result<(), Trouble> {
        if let Line::Person(person) = line {
            self.people += 1;
            self.names.insert(dn_key(&person.dn));
            if let Some(dn) = &person.manager {
                self.managers.insert(dn_key(dn), dn.clone());
            }
        }
        serde_json::to_writer(&mut self.to, line).map_err(|why| not_kept(&why))?;
        self.to.write_all(b"\n").map_err(|why| not_kept(&why))?;
        self.written += 1;
        Ok(())
    }

    /// Asks for the keys of managers who did not change themselves: they may have been moved with all around them.
    async fn find_managers(&mut self, session: &mut Session) -> Result<(), Trouble> {
        let names = std::mem::take(&mut self.names);
        let managers = std::mem::take(&mut self.managers);
        let unknown = managers.into_iter().filter(|(name, _)| !names.contains(name));
        for (_, dn) in unknown.take(MANAGERS) {
            let kind = self.settings.kind;
            if let Ok(Some(entry)) = session.entry(&dn, &[kind.key_attribute()]).await
                && let Some(key) = key_of(&entry, kind)
            {
                self.write(&Line::Name { dn, key })?;
            }
        }
        Ok(())
    }

    fn finish(mut self, read: ldap::Read) -> Result<Spool, Trouble> {
        let lines = self.written;
        self.write(&Line::End { lines })?;
        let mut file = self.to.into_inner().map_err(|why| not_kept(&why))?;
        file.seek(SeekFrom::Start(0)).map_err(|why| not_kept(&why))?;
        Ok(Spool {
            file,
            lines,
            people: self.people,
            read,
        })
    }
}

/// Goes the way to a directory step by step, and looks at its first people.
pub async fn look(settings: &Settings, password: &str, now: Moment, samples: usize) -> Look {
    let (settings, password) = (settings.clone(), password.to_owned());
    let looking = tokio::spawn(async move {
        let mut look = Look::default();
        if let Err(trouble) = look_here(&mut look, &settings, &password, (now, samples)).await {
            let titles = ["Reach the server", "Agree on encryption", "Log in", "Find people"];
            look.steps.push(Step {
                title: titles[look.steps.len().min(3)],
                done: false,
                detail: trouble.message,
            });
        }
        look
    });
    looking.await.unwrap_or_default()
}

async fn look_here(
    look: &mut Look,
    settings: &Settings,
    password: &str,
    (now, samples): (Moment, usize),
) -> Result<(), Trouble> {
    let server = &settings.server;
    let mut step = |title, detail: String| {
        look.steps.push(Step {
            title,
            done: true,
            detail,
        });
    };
    let stream = ldap::reach(server).await?;
    let at = stream
        .peer_addr()
        .map_or_else(|_| server.host.clone(), |at| at.to_string());
    step("Reach the server", format!("{at} answers."));
    let mut session = ldap::open(server, stream).await?;
    step(
        "Agree on encryption",
        match server.security {
            ldap::Security::Ldaps => "LDAPS; the certificate is trusted.".into(),
            ldap::Security::StartTls => "StartTLS; the certificate is trusted.".into(),
            ldap::Security::None => "None: the password and all data cross the network in plain.".into(),
        },
    );
    session.log_in(&server.bind_dn, password).await?;
    step(
        "Log in",
        if server.bind_dn.is_empty() {
            "As nobody: no name was given.".into()
        } else {
            format!("As {}.", server.bind_dn)
        },
    );
    let mut attributes = settings.mapping.attributes(settings.kind);
    attributes.push("*".into());
    let query = Query {
        base: &settings.base,
        scope: Scope::Subtree,
        filter: settings.filter(),
        attributes,
    };
    let found = session.first(&query, samples).await?;
    if found.is_empty() {
        return Err(Trouble::new(
            "directory_empty",
            "Nobody was found: check the base and the filter, and that the account that reads may see people there.",
        ));
    }
    for entry in &found {
        let names = entry.names().map(str::to_owned).collect();
        match person(entry, settings.kind, &settings.mapping, now.ms()) {
            Some(person) => look.people.push((person, names)),
            None => {
                return Err(Trouble::new(
                    "directory_kind",
                    format!(
                        "The entries have no {}: choose another kind of directory, or let the account that reads see it.",
                        settings.kind.key_attribute()
                    ),
                ));
            }
        }
    }
    look.steps.push(Step {
        title: "Find people",
        done: true,
        detail: format!("{} of them are shown below.", look.people.len()),
    });
    Ok(())
}
