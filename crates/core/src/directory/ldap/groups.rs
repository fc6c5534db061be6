use guildhall_wire::directory::{Entry, Kind, key_of};
use ldap3::Scope;

use super::search::Query;
use super::{Session, Trouble};

/// Groups of both kinds of directory; distribution lists of Active Directory are groups, too.
const GROUPS: &str = "(|(objectClass=group)(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=groupOfMembers))";
/// More members of one group are a mistake in what is asked for.
pub const MOST_MEMBERS: usize = 1_000_000;

/// A group as a directory has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// What stays the same when it is renamed or moved.
    pub key: String,
    pub dn: String,
    pub name: String,
    /// The names of the entries that are in it: people, and other groups.
    pub members: Vec<String>,
}

/// All groups below an entry. Ends well only when all was read.
///
/// # Errors
/// What is wrong with the connection, the base, or the rights of whoever reads.
pub async fn groups(session: &mut Session, kind: Kind, base: &str) -> Result<Vec<Group>, Trouble> {
    let query = Query {
        base,
        scope: Scope::Subtree,
        filter: GROUPS,
        attributes: [
            kind.key_attribute(),
            "cn",
            "displayName",
            "member",
            "uniqueMember",
        ]
        .map(str::to_owned)
        .to_vec(),
    };
    let mut found = Vec::new();
    session
        .each(&query, |entry| {
            found.extend(group(kind, &entry));
            Ok(())
        })
        .await?;
    if kind == Kind::ActiveDirectory {
        for group in &mut found {
            rest(session, group).await?;
        }
    }
    Ok(found)
}

fn group(kind: Kind, entry: &Entry) -> Option<Group> {
    let name = entry.text("displayName").or(entry.text("cn"))?.trim().to_owned();
    let members = entry.texts("member").chain(entry.texts("uniqueMember"));
    Some(Group {
        key: key_of(entry, kind)?,
        dn: entry.dn.clone(),
        name,
        members: members.map(str::to_owned).collect(),
    })
}

/// Active Directory gives 1,500 values at once: the others are asked for by their places (MS-ADTS 3.1.1.3.1.3.3).
async fn rest(session: &mut Session, group: &mut Group) -> Result<(), Trouble> {
    const STEP: usize = 1500;
    if group.members.len() < STEP {
        return Ok(());
    }
    loop {
        let from = group.members.len();
        let attribute = format!("member;range={from}-*");
        let more = session.entry(&group.dn, &[&attribute]).await?;
        let before = group.members.len();
        let more = more.unwrap_or_default();
        group.members.extend(more.texts("member").map(str::to_owned));
        if group.members.len() == before || group.members.len() > MOST_MEMBERS {
            return Ok(());
        }
    }
}
