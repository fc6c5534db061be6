//! Who is there, and who changed since the last time. Active Directory counts its changes (uSNChanged); others say
//! them by content synchronisation (RFC 4533), or show when an entry was changed. What can't be told so is found by
//! looking who is still there.

use std::collections::HashSet;
use std::time::Duration;

use guildhall_wire::directory::{Entry, Kind, Mapping, earlier, guid, key_of};
use ldap3::controls::RawControl;
use ldap3::{Scope, ldap_escape};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::group::{self, Members};
use super::search::Query;
use super::sync::synchronise;
use super::{Session, Trouble};

/// Deleted objects are shown, too (MS-ADTS 3.1.1.3.4.1.14).
const SHOW_DELETED: &str = "1.2.840.113556.1.4.417";
/// Members of a group and of the groups in it (MS-ADTS 3.1.1.3.4.4.3).
const IN_CHAIN: &str = "1.2.840.113556.1.4.1941";
const SYNC: &str = "1.3.6.1.4.1.4203.1.9.1.1";

/// Whose entries are people.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub kind: Kind,
    pub base: &'a str,
    pub filter: &'a str,
    pub mapping: &'a Mapping,
    /// Only who is in this group, or in a group in it.
    pub group: Option<&'a str>,
}

/// Up to where a directory was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    position: Position,
    /// Who was in the group that was asked for, as a digest.
    members: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
enum Position {
    /// The last change of that server (each counts for itself).
    Usn {
        server: String,
        last: i64,
    },
    /// What the server gave, in Base64.
    Sync {
        cookie: String,
    },
    Time {
        last: String,
    },
}

/// Something that was found.
#[derive(Debug)]
pub enum Found {
    Entry(Box<Entry>),
    /// It is there still, unchanged.
    Here(String),
    Gone(String),
}

/// What a read was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// Everybody who is there was named: whoever was not has left.
    pub whole: bool,
    /// All entries were read anew, not only what changed.
    pub full: bool,
    pub cursor: Option<Cursor>,
}

/// Reads everybody, or what changed since. Falls back to everybody where the directory can't tell.
pub async fn find(
    session: &mut Session,
    asked: &Asked<'_>,
    since: Option<&Cursor>,
    take: &mut (dyn FnMut(Found) -> Result<(), Trouble> + Send),
) -> Result<Read, Trouble> {
    match asked.kind {
        Kind::ActiveDirectory => active_directory(session, asked, since, take).await,
        Kind::OpenLdap => others(session, asked, since, take).await,
    }
}

type Take<'a> = &'a mut (dyn FnMut(Found) -> Result<(), Trouble> + Send);

async fn root(session: &mut Session, names: &[&str]) -> Result<Entry, Trouble> {
    session.entry("", names).await?.ok_or_else(|| {
        Trouble::new(
            "directory_root",
            "The server does not tell what it is: see that it is a directory (LDAP version 3).",
        )
    })
}

fn and(filter: &str, more: &str) -> String {
    format!("(&{filter}{more})")
}

pub(super) fn query<'a>(base: &'a str, filter: &'a str, attributes: Vec<String>) -> Query<'a> {
    Query {
        base,
        scope: Scope::Subtree,
        filter,
        attributes,
    }
}

/// Tells who is there, besides those who were named already.
async fn here(
    session: &mut Session,
    asked: &Asked<'_>,
    (filter, members): (&str, Option<&Members>),
    named: &HashSet<String>,
    take: Take<'_>,
) -> Result<(), Trouble> {
    let query = query(asked.base, filter, vec![asked.kind.key_attribute().into()]);
    session
        .each(&query, |entry| match key_of(&entry, asked.kind) {
            Some(key) if !named.contains(&key) && members.is_none_or(|members| members.has(&entry.dn)) => {
                take(Found::Here(key))
            }
            _ => Ok(()),
        })
        .await
}

async fn active_directory(
    session: &mut Session,
    asked: &Asked<'_>,
    since: Option<&Cursor>,
    take: Take<'_>,
) -> Result<Read, Trouble> {
    let names = ["highestCommittedUSN", "dsServiceName", "defaultNamingContext"];
    let root = root(session, &names).await?;
    let last = root.number("highestCommittedUSN").ok_or_else(|| {
        Trouble::new(
            "directory_kind",
            "This is no Active Directory: choose \"OpenLDAP and others\" as its kind.",
        )
    })?;
    let service = root.text("dsServiceName").unwrap_or_default().to_owned();
    let settings = session.entry(&service, &["invocationId"]).await.ok().flatten();
    let server = settings
        .and_then(|entry| guid(entry.bytes("invocationId")?))
        .unwrap_or(service);
    let mut filter = asked.filter.to_owned();
    let mut members = None;
    if let Some(group) = asked.group {
        filter = and(&filter, &format!("(memberOf:{IN_CHAIN}:={})", ldap_escape(group)));
        let mut keys = Vec::new();
        session
            .each(&query(asked.base, &filter, vec!["objectGUID".into()]), |entry| {
                keys.extend(key_of(&entry, asked.kind));
                Ok(())
            })
            .await?;
        members = Some(group::digest(keys));
    }
    let cursor = Some(Cursor {
        position: Position::Usn {
            server: server.clone(),
            last,
        },
        members: members.clone(),
    });
    let attributes = asked.mapping.attributes(asked.kind);
    let after = since
        .filter(|since| since.members == members)
        .and_then(|since| match &since.position {
            Position::Usn { server: known, last } if *known == server => Some(*last),
            _ => None,
        });
    let Some(after) = after else {
        let all = query(asked.base, &filter, attributes);
        session
            .each(&all, |entry| take(Found::Entry(Box::new(entry))))
            .await?;
        return Ok(Read {
            whole: true,
            full: true,
            cursor,
        });
    };
    let since = format!("(uSNChanged>={})", after + 1);
    let mut named = HashSet::new();
    let changed = and(&filter, &since);
    session
        .each(&query(asked.base, &changed, attributes), |entry| {
            named.extend(key_of(&entry, asked.kind));
            take(Found::Entry(Box::new(entry)))
        })
        .await?;
    let domain = root.text("defaultNamingContext").unwrap_or(asked.base).to_owned();
    // Whoever changed after that point was not looked for above and is there perhaps: they are for the next time.
    let between = format!("{since}(uSNChanged<={last})");
    let whole = !gone_of_active_directory(session, &domain, &between, &named, &mut *take).await?;
    if whole {
        here(session, asked, (&filter, None), &named, take).await?;
    }
    Ok(Read {
        whole,
        full: false,
        cursor,
    })
}

/// Tells who was deleted, or is none of those who are asked for any more. False: this account may not see who was
/// deleted.
async fn gone_of_active_directory(
    session: &mut Session,
    domain: &str,
    between: &str,
    named: &HashSet<String>,
    take: Take<'_>,
) -> Result<bool, Trouble> {
    let control = || RawControl {
        ctype: SHOW_DELETED.into(),
        crit: true,
        val: None,
    };
    let grave = format!("CN=Deleted Objects,{domain}");
    let mut visible = false;
    let one = Query {
        base: &grave,
        scope: Scope::Base,
        filter: "(objectClass=*)",
        attributes: vec!["objectGUID".into()],
    };
    let seen = session.ask(&one, vec![control()], |_, _| {
        visible = true;
        Ok(())
    });
    let allowed = seen.await.is_ok();
    if !(allowed && visible) {
        return Ok(false);
    }
    let mut tell = |entry: Entry| match key_of(&entry, Kind::ActiveDirectory) {
        Some(key) if !named.contains(&key) => take(Found::Gone(key)),
        _ => Ok(()),
    };
    let deleted = and("(isDeleted=TRUE)", between);
    let buried = query(&grave, &deleted, vec!["objectGUID".into()]);
    session.each_with(&buried, || vec![control()], &mut tell).await?;
    let moved = and("(objectClass=user)", between);
    session
        .each(&query(domain, &moved, vec!["objectGUID".into()]), &mut tell)
        .await?;
    Ok(true)
}

async fn others(
    session: &mut Session,
    asked: &Asked<'_>,
    since: Option<&Cursor>,
    take: Take<'_>,
) -> Result<Read, Trouble> {
    let root = root(session, &["supportedControl", "namingContexts"]).await?;
    let members = match asked.group {
        Some(group) => Some(group::members(session, &root, group).await?),
        None => None,
    };
    let digest = members.as_ref().map(Members::digest);
    let since = since
        .filter(|since| since.members == digest)
        .map(|since| &since.position);
    let mut sieve = Sieve {
        kind: asked.kind,
        members: members.as_ref(),
        named: HashSet::new(),
        newest: String::new(),
        take,
    };
    let began = Instant::now();
    let mut attributes = asked.mapping.attributes(asked.kind);
    attributes.push("modifyTimestamp".into());
    let cursor = |position| {
        Some(Cursor {
            position,
            members: digest.clone(),
        })
    };
    match since {
        Some(Position::Sync { cookie }) => {
            let mut sifted = |entry| sieve.sift(entry);
            let synced = synchronise(session, asked, Some(cookie), attributes.clone(), &mut sifted).await?;
            if let Some(synced) = synced {
                let any = !sieve.named.is_empty() || !synced.here.is_empty();
                for key in synced.here {
                    (sieve.take)(Found::Here(key))?;
                }
                for key in synced.gone {
                    (sieve.take)(Found::Gone(key))?;
                }
                // "All are gone" is told by nobody who is at work: then everybody is read anew.
                if any || !synced.whole {
                    let position = Position::Sync {
                        cookie: synced.cookie.unwrap_or_else(|| cookie.clone()),
                    };
                    return Ok(Read {
                        whole: synced.whole,
                        full: false,
                        cursor: cursor(position),
                    });
                }
            }
        }
        Some(Position::Time { last }) => {
            let changed = and(asked.filter, &format!("(modifyTimestamp>={last})"));
            last.clone_into(&mut sieve.newest);
            session
                .each(&query(asked.base, &changed, attributes), |entry| {
                    sieve.sift(entry)
                })
                .await?;
            here(
                session,
                asked,
                (asked.filter, sieve.members),
                &sieve.named,
                sieve.take,
            )
            .await?;
            return Ok(Read {
                whole: true,
                full: false,
                cursor: by_time(&sieve.newest, began.elapsed()).and_then(cursor),
            });
        }
        _ => {}
    }
    // First where the directory stands, then everybody: what changes meanwhile comes again the next time.
    let mut stand = None;
    if root.texts("supportedControl").any(|control| control == SYNC) {
        let synced = synchronise(session, asked, None, vec!["1.1".into()], &mut |_| Ok(())).await;
        stand = synced.ok().flatten().and_then(|synced| synced.cookie);
    }
    session
        .each(&query(asked.base, asked.filter, attributes), |entry| {
            // Who is not in the group is nobody here.
            match sieve.members {
                Some(members) if !members.has(&entry.dn) => Ok(()),
                _ => sieve.sift(entry),
            }
        })
        .await?;
    let position = match stand {
        Some(cookie) => Some(Position::Sync { cookie }),
        None => by_time(&sieve.newest, began.elapsed()),
    };
    Ok(Read {
        whole: true,
        full: true,
        cursor: position.and_then(cursor),
    })
}

/// Up to where it was read, by the newest change that was seen: by as much earlier as the read took, for what changed
/// meanwhile may have been read before it did.
fn by_time(newest: &str, took: Duration) -> Option<Position> {
    let last = earlier(newest, took.as_secs() as i64 + 1)?;
    Some(Position::Time { last })
}

/// What becomes of an entry that was found.
struct Sieve<'a> {
    kind: Kind,
    members: Option<&'a Members>,
    named: HashSet<String>,
    /// The latest change that was seen.
    newest: String,
    take: Take<'a>,
}

impl Sieve<'_> {
    fn sift(&mut self, entry: Entry) -> Result<(), Trouble> {
        if let Some(changed) = entry.text("modifyTimestamp")
            && changed > self.newest.as_str()
        {
            changed.clone_into(&mut self.newest);
        }
        let key = key_of(&entry, self.kind);
        self.named.extend(key.clone());
        match key {
            Some(key) if self.members.is_some_and(|members| !members.has(&entry.dn)) => {
                (self.take)(Found::Gone(key))
            }
            _ => (self.take)(Found::Entry(Box::new(entry))),
        }
    }
}
