use std::collections::{HashMap, HashSet};

use aws_lc_rs::digest::{Context, SHA256};
use guildhall_wire::directory::{Entry, dn_key, is_below};
use ldap3::Scope;

use super::search::Query;
use super::{Session, Trouble};

/// Everybody who is in a group or in a group in it, by the names of their entries.
pub struct Members(HashSet<String>);

impl Members {
    pub fn has(&self, dn: &str) -> bool {
        self.0.contains(&dn_key(dn))
    }

    pub fn digest(&self) -> String {
        digest(self.0.iter().cloned().collect())
    }
}

/// The same for the same texts, in whatever order they come.
pub fn digest(mut texts: Vec<String>) -> String {
    texts.sort_unstable();
    let mut context = Context::new(&SHA256);
    for text in texts {
        context.update(text.as_bytes());
        context.update(b"\n");
    }
    hex::encode(context.finish())
}

/// Who is in the group. The groups of the directory are read once; a group that is in itself does no harm.
pub async fn members(session: &mut Session, root: &Entry, group: &str) -> Result<Members, Trouble> {
    let base = root
        .texts("namingContexts")
        .find(|context| is_below(group, context))
        .unwrap_or(group)
        .to_owned();
    let query = Query {
        base: &base,
        scope: Scope::Subtree,
        filter: "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=groupOfMembers))",
        attributes: vec!["member".into(), "uniqueMember".into()],
    };
    let mut groups: HashMap<String, Vec<String>> = HashMap::new();
    session
        .each(&query, |entry| {
            let members = entry.texts("member").chain(entry.texts("uniqueMember"));
            groups.insert(dn_key(&entry.dn), members.map(dn_key).collect());
            Ok(())
        })
        .await?;
    let mut waiting = vec![dn_key(group)];
    if !groups.contains_key(&waiting[0]) {
        return Err(Trouble::new(
            "directory_group",
            format!(
                "The directory has no group \"{group}\": check its name, part by part, and that the account that reads may see it."
            ),
        ));
    }
    let mut people = HashSet::new();
    while let Some(name) = waiting.pop() {
        match groups.remove(&name) {
            Some(inner) => waiting.extend(inner),
            None => {
                people.insert(name);
            }
        }
    }
    Ok(Members(people))
}
