//! Who looks after whom: the people whose managers lead to somebody, and those at the locations that they were given. They
//! give these access codes and see who has not come yet, and nothing more.

mod sql;

use std::collections::BTreeMap;

use guildhall_store::{Conn, Tx};

use crate::accounts::{self, Account, AccountState};
use crate::ids::{AccountId, WorkplaceId};
use crate::{Actor, App, Error, Page, Permission, Result, audit, fold};

pub(crate) use sql::forget;
pub use sql::locations;

/// The most locations that one person looks after.
const MOST: usize = 100;
const LONGEST: usize = 200;

/// Which of their own people.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only those who have not claimed their account.
    pub waiting: bool,
    pub after: Option<(String, AccountId)>,
    pub limit: i64,
}

/// Whom an actor looks after.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    pub me: AccountId,
    /// Folded.
    pub locations: Vec<String>,
}

/// Whom the actor looks after, if that is what their role is for.
pub(crate) async fn scope<'a>(conn: impl Into<Conn<'a>>, actor: &Actor) -> Result<Scope> {
    actor.need(Permission::PeopleSupervise)?;
    let me = actor.account().ok_or_else(|| Error::Refused {
        code: "no_account",
        message: "Only a person looks after people: log in.".into(),
    })?;
    let locations = sql::locations(conn, actor.workplace, me).await?;
    Ok(Scope {
        me,
        locations: locations.iter().map(|location| fold::key(location)).collect(),
    })
}

/// The actor's own people who have not left, a page at a time.
pub async fn own_people(app: &App, actor: &Actor, filter: &Filter) -> Result<Page<Account>> {
    let scope = scope(&app.db, actor).await?;
    accounts::looked_after(&app.db, actor.workplace, (scope.me, &scope.locations), filter).await
}

/// How many of the actor's own people are in each state.
pub async fn counts(app: &App, actor: &Actor) -> Result<BTreeMap<AccountState, i64>> {
    let scope = scope(&app.db, actor).await?;
    accounts::count_looked_after(&app.db, actor.workplace, (scope.me, &scope.locations)).await
}

/// Which of these people the actor looks after.
pub(crate) async fn own_of(tx: &mut Tx, actor: &Actor, ids: &[AccountId]) -> Result<Vec<AccountId>> {
    let scope = scope(&mut *tx, actor).await?;
    accounts::looked_after_of(tx, actor.workplace, (scope.me, &scope.locations), ids).await
}

/// The locations that people are to have, each once; or what is wrong with one.
fn checked(given: &[String]) -> Result<Vec<String>> {
    if given.len() > MOST {
        return Err(Error::invalid(
            "locations",
            format!("Name at most {MOST} locations."),
        ));
    }
    let mut seen = std::collections::BTreeSet::new();
    let mut locations = Vec::new();
    for location in given {
        let location = location.trim();
        if location.is_empty() || location.chars().count() > LONGEST {
            return Err(Error::invalid(
                "locations",
                "Name each location as it stands in the profiles.",
            ));
        }
        if seen.insert(fold::key(location)) {
            locations.push(location.to_owned());
        }
    }
    Ok(locations)
}

/// Says at which locations a person looks after everybody, besides those whose managers lead to them. It works once their
/// role lets them.
pub async fn set_locations(app: &App, actor: &Actor, id: AccountId, given: &[String]) -> Result<Vec<String>> {
    actor.need(Permission::RolesManage)?;
    let after = checked(given)?;
    let whose: (WorkplaceId, AccountId) = (actor.workplace, id);
    let mut tx = app.begin().await?;
    tx.lock(actor.workplace.0).await?;
    let account = accounts::get(&mut tx, actor.workplace, id)
        .await?
        .ok_or_else(|| Error::not_found("person"))?;
    let before = sql::locations(&mut tx, actor.workplace, id).await?;
    if before != after {
        sql::put(&mut tx, whose, &after).await?;
        let entry = audit::Entry {
            source: accounts::people::source(actor).as_str(),
            verb: "set_supervised",
            subject: audit::Subject {
                kind: "account",
                id: Some(id.0),
                name: account.name(),
            },
            run: None,
            changes: vec![audit::FieldChange {
                field: "supervised_locations".into(),
                before: Some(before.join(", ")).filter(|text| !text.is_empty()),
                after: Some(after.join(", ")).filter(|text| !text.is_empty()),
                was_from: None,
            }],
        };
        let now = app.now();
        audit::write(&mut tx, &app.entropy, audit::Scope { actor, now }, entry).await?;
    }
    tx.commit().await?;
    Ok(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_are_named_once() {
        let text = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            checked(&text(&[" Kraków ", "KRAKÓW", "Leeds"])).unwrap(),
            ["Kraków", "Leeds"]
        );
        assert!(checked(&text(&["Leeds", " "])).is_err());
        assert!(checked(&vec!["x".to_owned(); 101]).is_err());
    }
}
