//! What people may do in the admin panel: built-in roles and those that a workplace makes of single permissions.

pub mod rules;
mod sql;

use std::collections::{BTreeMap, BTreeSet};

use guildhall_store::{Conn, Tx};

use crate::accounts::people;
use crate::accounts::{self, Plan, Verb};
use crate::ids::{AccountId, WorkplaceId};
use crate::{Actor, App, Error, Moment, Permission, Result, access, audit};

/// A role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    pub key: String,
    pub name: String,
    pub description: String,
    pub permissions: BTreeSet<Permission>,
    pub built_in: bool,
    /// How many people have it; not told of [`accounts::MEMBER`], which all others have.
    pub people: i64,
}

/// Whether there is such a role.
pub async fn exists<'a>(conn: impl Into<Conn<'a>>, workplace: WorkplaceId, key: &str) -> Result<bool> {
    if rules::built_in(key).is_some() {
        return Ok(true);
    }
    Ok(sql::get(conn, workplace, key).await?.is_some())
}

/// What each role of the workplace may do, by its key.
pub async fn all_permissions<'a>(
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
) -> Result<BTreeMap<String, BTreeSet<Permission>>> {
    let built_in = rules::BUILT_IN
        .iter()
        .filter_map(|(key, ..)| Some(((*key).to_owned(), rules::built_in(key)?)));
    let mut all: BTreeMap<_, _> = built_in.collect();
    let own = sql::list(conn, workplace).await?;
    all.extend(own.into_iter().map(|role| (role.key, role.permissions)));
    Ok(all)
}

/// What a role may do; a role that is gone may nothing.
pub async fn permissions_of<'a>(
    conn: impl Into<Conn<'a>>,
    workplace: WorkplaceId,
    key: &str,
) -> Result<BTreeSet<Permission>> {
    if let Some(permissions) = rules::built_in(key) {
        return Ok(permissions);
    }
    let found = sql::get(conn, workplace, key).await?;
    Ok(found.map(|role| role.permissions).unwrap_or_default())
}

/// Those who are in and have the permission, a hundred at most: whom to tell when something needs them.
pub async fn holders(
    tx: &mut Tx,
    workplace: WorkplaceId,
    permission: Permission,
) -> Result<Vec<accounts::Account>> {
    let mut keys: Vec<String> = rules::BUILT_IN
        .iter()
        .filter(|(key, ..)| rules::built_in(key).is_some_and(|may| may.contains(&permission)))
        .map(|(key, ..)| (*key).to_owned())
        .collect();
    let own = sql::list(&mut *tx, workplace).await?;
    keys.extend(
        own.into_iter()
            .filter(|role| role.permissions.contains(&permission))
            .map(|role| role.key),
    );
    accounts::with_roles(tx, workplace, &keys).await
}

/// The roles of the actor's workplace: the built-in ones first, then its own by name.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<Role>> {
    actor.need(Permission::PeopleRead)?;
    let held = accounts::count_roles(&app.db, actor.workplace).await?;
    let people = |key: &str| {
        held.iter()
            .find(|(held, _)| held == key)
            .map_or(0, |(_, count)| *count)
    };
    let everybody: i64 = accounts::counts(&app.db, actor.workplace).await?.values().sum();
    let others: i64 = held.iter().map(|(_, count)| count).sum();
    let mut roles: Vec<Role> = rules::BUILT_IN
        .iter()
        .map(|(key, name, description)| Role {
            key: (*key).to_owned(),
            name: (*name).to_owned(),
            description: (*description).to_owned(),
            permissions: rules::built_in(key).unwrap_or_default(),
            built_in: true,
            people: if *key == accounts::MEMBER {
                everybody - others
            } else {
                people(key)
            },
        })
        .collect();
    for mut role in sql::list(&app.db, actor.workplace).await? {
        role.people = people(&role.key);
        roles.push(role);
    }
    Ok(roles)
}

async fn note(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    verb: &'static str,
    before: Option<&Role>,
    after: Option<&Role>,
) -> Result<()> {
    let told = |role: Option<&Role>| {
        role.map(|role| {
            let permissions: Vec<&str> = role.permissions.iter().map(|one| one.as_str()).collect();
            format!("{}: {}", role.name, permissions.join(" "))
        })
    };
    let Some(role) = after.or(before) else {
        return Ok(());
    };
    let entry = audit::Entry {
        source: "admin",
        verb,
        subject: audit::Subject {
            kind: "role",
            id: None,
            name: role.name.clone(),
        },
        run: None,
        changes: vec![audit::FieldChange {
            field: "role".into(),
            before: told(before),
            after: told(after),
            was_from: None,
        }],
    };
    let now = app.now();
    audit::write(tx, &app.entropy, audit::Scope { actor, now }, entry).await
}

/// What a role is to be.
#[derive(Clone, Debug)]
pub struct Input {
    pub name: String,
    pub description: String,
    pub permissions: BTreeSet<Permission>,
}

/// Makes a role of single permissions.
pub async fn create(app: &App, actor: &Actor, input: &Input) -> Result<Role> {
    actor.need(Permission::RolesManage)?;
    access::proven(actor, app.now())?;
    rules::may_give(&actor.permissions, &input.permissions)?;
    let (name, description) = rules::named(&input.name, &input.description)?;
    let now: Moment = app.now();
    let role = Role {
        key: format!("custom-{}", app.entropy.id(now).simple()),
        name,
        description,
        permissions: input.permissions.clone(),
        built_in: false,
        people: 0,
    };
    let mut tx = app.begin().await?;
    tx.lock(actor.workplace.0).await?;
    sql::put(&mut tx, actor.workplace, &role, now).await?;
    note(app, &mut tx, actor, "create", None, Some(&role)).await?;
    tx.commit().await?;
    Ok(role)
}

async fn own(tx: &mut Tx, actor: &Actor, key: &str) -> Result<Role> {
    if rules::built_in(key).is_some() {
        return Err(Error::Refused {
            code: "built_in",
            message: "Built-in roles can't be changed: make one of your own instead.".into(),
        });
    }
    sql::get(tx, actor.workplace, key)
        .await?
        .ok_or_else(|| Error::not_found("role"))
}

/// Changes a role of the workplace's own; whoever has it may the new things from the next request on. Nobody changes one that
/// may more than they may themselves.
pub async fn update(app: &App, actor: &Actor, key: &str, input: &Input) -> Result<Role> {
    actor.need(Permission::RolesManage)?;
    access::proven(actor, app.now())?;
    rules::may_give(&actor.permissions, &input.permissions)?;
    let (name, description) = rules::named(&input.name, &input.description)?;
    let mut tx = app.begin().await?;
    tx.lock(actor.workplace.0).await?;
    let before = own(&mut tx, actor, key).await?;
    rules::may_give(&actor.permissions, &before.permissions)?;
    let role = Role {
        name,
        description,
        permissions: input.permissions.clone(),
        ..before.clone()
    };
    sql::put(&mut tx, actor.workplace, &role, app.now()).await?;
    note(app, &mut tx, actor, "update", Some(&before), Some(&role)).await?;
    tx.commit().await?;
    Ok(role)
}

/// Removes a role that nobody has.
pub async fn delete(app: &App, actor: &Actor, key: &str) -> Result<()> {
    actor.need(Permission::RolesManage)?;
    access::proven(actor, app.now())?;
    let mut tx = app.begin().await?;
    tx.lock(actor.workplace.0).await?;
    let role = own(&mut tx, actor, key).await?;
    let filter = people::Filter {
        role: Some(key.to_owned()),
        ..people::Filter::default()
    };
    let held = accounts::count_matching(&app.db, actor.workplace, &filter).await?;
    if held > 0 {
        return Err(Error::Refused {
            code: "role_in_use",
            message: format!("{held} people have this role: give them another one first."),
        });
    }
    sql::remove(&mut tx, actor.workplace, key).await?;
    note(app, &mut tx, actor, "delete", Some(&role), None).await?;
    tx.commit().await?;
    Ok(())
}

/// Gives a person a role. Nobody gives one, or takes one away, that may more than they may themselves.
pub async fn give(app: &App, actor: &Actor, person: AccountId, key: &str) -> Result<Plan> {
    actor.need(Permission::RolesManage)?;
    access::proven(actor, app.now())?;
    let permissions = permissions_of(&app.db, actor.workplace, key).await?;
    rules::may_give(&actor.permissions, &permissions)?;
    people::act(app, actor, person, Verb::SetRole { role: key.to_owned() }, None).await
}
