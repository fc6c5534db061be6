//! Groups that a connector pushes: people sets of its own.

use std::collections::HashSet;

use guildhall_store::Tx;
use guildhall_wire::scim::{
    ErrorKind, Map, MemberOperation, Operation, Resource, ScimError, apply as apply_operation,
    member_operations, read as read_resource,
};
use serde_json::{Value, json};

use super::people::owner;
use super::{Done, Match, Trouble, Within, gone, lock};
use crate::connectors::Session;
use crate::ids::{AccountId, SetId};
use crate::sets::{self, Set};
use crate::{App, Result};

type Told<T> = std::result::Result<T, Trouble>;

/// Members that are read in one step.
const STEP: i64 = 1000;

pub(super) fn version(set: &Set) -> String {
    format!("W/\"{}\"", set.version)
}

async fn find(within: Within<'_>, tx: &mut Tx, id: &str) -> Told<Set> {
    let id: SetId = id.parse().map_err(|_| gone("group"))?;
    let set = sets::get(&mut *tx, within.session.connector.workplace, owner(within).id, id).await?;
    set.ok_or_else(|| gone("group"))
}

/// The group without its members.
fn head(set: &Set) -> Map {
    let mut map = Map::new();
    map.insert("displayName".to_owned(), set.name.clone().into());
    if let Some(id) = &set.external_id {
        map.insert("externalId".to_owned(), id.clone().into());
    }
    map
}

/// The whole resource; who is in it only if that is wanted.
pub(super) async fn shown(within: Within<'_>, tx: &mut Tx, set: &Set, with_members: bool) -> Told<Map> {
    let base = within.base;
    let mut map = head(set);
    map.insert("schemas".to_owned(), json!([Resource::Group.schema().urn]));
    map.insert("id".to_owned(), set.id.to_string().into());
    map.insert(
        "meta".to_owned(),
        json!({
            "resourceType": "Group",
            "created": set.created_at,
            "lastModified": set.updated_at,
            "location": format!("{base}/Groups/{}", set.id),
            "version": version(set),
        }),
    );
    if with_members {
        let mut members = Vec::new();
        let mut after: Option<AccountId> = None;
        loop {
            let ids = sets::members(&mut *tx, set.workplace, set.id, after, STEP).await?;
            let Some(last) = ids.last() else { break };
            after = Some(*last);
            members.extend(
                ids.iter()
                    .map(|id| json!({ "value": id, "$ref": format!("{base}/Users/{id}"), "type": "User" })),
            );
        }
        for (id, name) in sets::nests_of(&mut *tx, set.workplace, set.id).await? {
            members.push(json!({ "value": id, "$ref": format!("{base}/Groups/{id}"), "type": "Group", "display": name }));
        }
        if !members.is_empty() {
            map.insert("members".to_owned(), Value::Array(members));
        }
    }
    Ok(map)
}

/// One group.
pub async fn read(within: Within<'_>, id: &str, with_members: bool) -> Told<Done> {
    let mut tx = within.app.db.snapshot().await?;
    let set = find(within, &mut tx, id).await?;
    Ok(Done {
        resource: shown(within, &mut tx, &set, with_members).await?,
        id: Some(set.id.0),
        version: version(&set),
        summary: format!("Read the group {}.", set.name),
        ..Done::default()
    })
}

fn text<'a>(map: &'a Map, name: &str) -> Option<&'a str> {
    map.get(name).and_then(Value::as_str)
}

/// The members that are named: people, and groups of this connector.
async fn sorted(within: Within<'_>, tx: &mut Tx, given: &[String]) -> Told<(Vec<AccountId>, Vec<SetId>)> {
    let ids: Vec<SetId> = given
        .iter()
        .map(|id| {
            id.parse().map_err(|_| {
                let detail = format!("There is nobody here with the id {id}: members are named by the id that this server gave.");
                ScimError::new(ErrorKind::InvalidValue, detail)
            })
        })
        .collect::<std::result::Result<_, _>>()?;
    let workplace = within.session.connector.workplace;
    let groups = sets::known_sets(tx, workplace, owner(within), &ids).await?;
    let is_group: HashSet<SetId> = groups.iter().copied().collect();
    let people = ids.into_iter().filter(|id| !is_group.contains(id));
    Ok((people.map(|id| AccountId(id.0)).collect(), groups))
}

fn members_of(resource: &Map) -> Vec<String> {
    resource
        .get("members")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|member| member.get("value").and_then(Value::as_str).map(str::to_owned))
        .collect()
}

fn named(resource: &Map) -> Told<&str> {
    text(resource, "displayName").ok_or_else(|| {
        ScimError::new(
            ErrorKind::InvalidValue,
            "\"displayName\" is missing: send the name of the group.",
        )
        .into()
    })
}

fn ignored(names: &[String]) -> Vec<String> {
    names
        .iter()
        .map(|name| format!("\"{name}\" is not kept."))
        .collect()
}

/// Makes a group.
pub async fn create(within: Within<'_>, tx: &mut Tx, body: &Value) -> Told<Done> {
    let read = read_resource(Resource::Group, body)?;
    let (name, external) = (named(&read.resource)?, text(&read.resource, "externalId"));
    lock(tx, within).await?;
    let (members, inner) = sorted(within, tx, &members_of(&read.resource)).await?;
    let Within { app, session, .. } = within;
    let (workplace, owner) = (session.connector.workplace, owner(within));
    let same = match external {
        Some(external) => sets::by_external(tx, workplace, owner.id, external).await?,
        None => sets::by_name(tx, workplace, owner.id, name).await?,
    };
    if let Some(same) = same {
        return Err(Trouble::Taken(format!(
            "The group {} is here already, with the id {}: change it instead of adding it again.",
            same.name, same.id
        )));
    }
    let mut set = sets::create(app, tx, &session.actor, owner, (name, external)).await?;
    if session.connector.settings.visible_groups {
        sets::show(app, tx, &session.actor, &mut set).await?;
    }
    let mut moved = sets::add(app, tx, &session.actor, &mut set, &members).await?;
    if !inner.is_empty() {
        moved.added += sets::put_in(app, tx, &session.actor, &mut set, (&inner, false))
            .await?
            .added;
    }
    Ok(Done {
        resource: shown(within, tx, &set, true).await?,
        id: Some(set.id.0),
        version: version(&set),
        summary: format!("Made the group {} with {} in it.", set.name, people(moved.added)),
        notes: ignored(&read.ignored),
        changed: true,
    })
}

fn people(count: u64) -> String {
    if count == 1 {
        "1 person".to_owned()
    } else {
        format!("{count} people")
    }
}

/// Makes the group what the resource says; one that does not name members keeps those it has.
pub async fn replace(within: Within<'_>, tx: &mut Tx, id: &str, body: &Value, seen: &Match) -> Told<Done> {
    let read = read_resource(Resource::Group, body)?;
    let says_members = body
        .as_object()
        .is_some_and(|body| body.keys().any(|key| key.eq_ignore_ascii_case("members")));
    let members = says_members.then(|| members_of(&read.resource));
    lock(tx, within).await?;
    let mut set = find(within, tx, id).await?;
    seen.check(&version(&set))?;
    let external = text(&read.resource, "externalId").map(str::to_owned);
    let mut work = Work::on(within, &mut set);
    work.head(
        tx,
        named(&read.resource)?,
        external.or_else(|| work.set.external_id.clone()),
    )
    .await?;
    if let Some(members) = members {
        work.members(tx, MemberOperation::Replace(members)).await?;
    }
    let mut done = work.done();
    done.notes = ignored(&read.ignored);
    finish(within, tx, &set, done, true).await
}

/// Changes what the operations name, member by member in the database, so that others at work on the same group in the
/// same moment lose nobody.
pub async fn patch(
    within: Within<'_>,
    tx: &mut Tx,
    id: &str,
    (operations, unknown): (&[Operation], Vec<String>),
    seen: &Match,
    with_members: bool,
) -> Told<Done> {
    lock(tx, within).await?;
    let mut set = find(within, tx, id).await?;
    seen.check(&version(&set))?;
    let mut work = Work::on(within, &mut set);
    for operation in operations {
        if let Some(members) = member_operations(operation)? {
            work.members(tx, members).await?;
            continue;
        }
        let mut map = head(work.set);
        apply_operation(&mut map, operation)?;
        let external = text(&map, "externalId").map(str::to_owned);
        work.head(tx, named(&map)?, external).await?;
    }
    let mut done = work.done();
    done.notes = ignored(&unknown);
    finish(within, tx, &set, done, with_members).await
}

async fn finish(within: Within<'_>, tx: &mut Tx, set: &Set, done: Done, with_members: bool) -> Told<Done> {
    Ok(Done {
        resource: shown(within, tx, set, with_members).await?,
        version: version(set),
        ..done
    })
}

struct Work<'a> {
    within: Within<'a>,
    set: &'a mut Set,
    renamed: bool,
    /// Other groups are in it, or people are in it otherwise than before.
    regrouped: bool,
    added: u64,
    removed: u64,
}

impl<'a> Work<'a> {
    fn on(within: Within<'a>, set: &'a mut Set) -> Self {
        Self {
            within,
            set,
            renamed: false,
            regrouped: false,
            added: 0,
            removed: 0,
        }
    }

    async fn head(&mut self, tx: &mut Tx, name: &str, external: Option<String>) -> Told<()> {
        let Within { app, session, .. } = self.within;
        self.renamed |= sets::rename(app, tx, &session.actor, self.set, (name, external.as_deref())).await?;
        Ok(())
    }

    async fn members(&mut self, tx: &mut Tx, operation: MemberOperation) -> Told<()> {
        let Within { app, session, .. } = self.within;
        let actor = &session.actor;
        let given = match &operation {
            MemberOperation::Add(given) | MemberOperation::Replace(given) => given.clone(),
            // Whoever is not in, or not here any more, is out already.
            MemberOperation::Remove(given) => {
                let known = given.iter().filter(|id| id.parse::<AccountId>().is_ok());
                known.cloned().collect()
            }
            MemberOperation::Clear => Vec::new(),
        };
        let (people, inner) = sorted(self.within, tx, &given).await?;
        let version = self.set.version;
        let (by_name, by_group) = match operation {
            MemberOperation::Add(_) => (
                sets::add(app, tx, actor, self.set, &people).await?,
                sets::put_in(app, tx, actor, self.set, (&inner, false)).await?,
            ),
            MemberOperation::Remove(_) => (
                sets::remove(app, tx, actor, self.set, &people).await?,
                sets::take_out(app, tx, actor, self.set, &inner).await?,
            ),
            MemberOperation::Replace(_) | MemberOperation::Clear => (
                sets::replace(app, tx, actor, self.set, &people).await?,
                sets::put_in(app, tx, actor, self.set, (&inner, true)).await?,
            ),
        };
        self.added += by_name.added + by_group.added;
        self.removed += by_name.removed + by_group.removed;
        self.regrouped |= self.set.version != version;
        Ok(())
    }

    fn done(self) -> Done {
        let mut did = Vec::new();
        if self.renamed {
            did.push("renamed".to_owned());
        }
        if self.added > 0 {
            did.push(format!("added {}", people(self.added)));
        }
        if self.removed > 0 {
            did.push(format!("took out {}", people(self.removed)));
        }
        if did.is_empty() && self.regrouped {
            did.push("changed the groups in it".to_owned());
        }
        let changed = !did.is_empty();
        let what = if changed {
            did.join(", ")
        } else {
            "nothing to change".to_owned()
        };
        Done {
            id: Some(self.set.id.0),
            summary: format!("The group {}: {what}.", self.set.name),
            changed,
            ..Done::default()
        }
    }
}

/// Removes a group. The people in it stay.
pub async fn remove(within: Within<'_>, tx: &mut Tx, id: &str, seen: &Match) -> Told<Done> {
    lock(tx, within).await?;
    let set = find(within, tx, id).await?;
    seen.check(&version(&set))?;
    sets::delete(within.app, tx, &within.session.actor, &set).await?;
    Ok(Done {
        id: Some(set.id.0),
        summary: format!("Deleted the group {}.", set.name),
        changed: true,
        ..Done::default()
    })
}

/// Makes every group of a connector one that people see, or hides them all, as its settings say.
pub async fn show_groups(app: &App, session: &Session) -> Result<()> {
    let connector = &session.connector;
    let mut after = None;
    loop {
        let sets = sets::list(&app.db, connector.workplace, connector.id.0, after, 100).await?;
        let Some(last) = sets.last() else { return Ok(()) };
        after = Some(last.id);
        for mut set in sets {
            let mut tx = app.begin().await?;
            if connector.settings.visible_groups {
                sets::show(app, &mut tx, &session.actor, &mut set).await?;
            } else {
                sets::hide(app, &mut tx, &session.actor, &set).await?;
            }
            tx.commit().await?;
        }
    }
}
